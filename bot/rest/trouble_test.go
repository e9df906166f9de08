package rest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A call is tried for a moment; who needs more comes back by himself. Nothing
// of the trouble is left when it has passed.
func TestMinutesOfTroubleLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	const minutes = 5 * time.Minute
	for name, trouble := range map[string]http.HandlerFunc{
		"500":         func(w http.ResponseWriter, _ *http.Request) { answer(w, 500, `{"message":"500"}`) },
		"503":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) },
		"502 in HTML": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502); _, _ = io.WriteString(w, "<html>") },
		"520 of an edge": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(520)
			_, _ = io.WriteString(w, "error 520")
		},
		"cut lines":       func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"no answer":       func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() },
		"two JSON values": func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, `{"id":"1"} {"id":"2"}`) },
		"HTML as success": func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, `<html>`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			var begun time.Time // set before the first request
			inBubble(t, func(w http.ResponseWriter, r *http.Request) {
				if time.Since(begun) < minutes {
					requests.Add(1)
					trouble(w, r)
					return
				}
				answer(w, 200, `{"id":"5"}`)
			}, func(t *testing.T, c *Client) {
				begun = time.Now()
				calls := 0
				for ; time.Since(begun) < minutes || calls == 0; calls++ {
					d := took(func() {
						if err := edit(t.Context(), c, "one"); err == nil && time.Since(begun) < minutes {
							t.Error("no error")
						}
					})
					if limit := maxAttempts*stepTimeout + time.Second; d > limit {
						t.Errorf("a call took %s", d)
					}
					time.Sleep(10 * time.Second)
				}
				if n := int(requests.Load()); n > calls*maxAttempts || n < calls-1 {
					t.Errorf("%d requests for %d calls", n, calls)
				}
				if d := took(func() {
					if err := edit(t.Context(), c, "one"); err != nil {
						t.Error(err)
					}
				}); d != 0 {
					t.Errorf("after it, a call took %s", d)
				}
				if n := c.Invalid(); n != 0 {
					t.Errorf("%d invalid requests", n)
				}
			})
		})
	}
}

func TestARefusedConnectionIsTriedThriceForEveryCall(t *testing.T) {
	t.Parallel()
	for name, call := range every {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, nil, func(t *testing.T, c *Client) {
				dials := 0
				refused := os.NewSyscallError("connect", errors.New("connection refused"))
				c.http.Transport = &http.Transport{DialContext: func(_ context.Context, network, _ string) (net.Conn, error) {
					dials++
					return nil, &net.OpError{Op: "dial", Net: network, Err: refused}
				}}
				err := call(t.Context(), c)
				if err == nil || !strings.Contains(err.Error(), "connection refused") || errors.As(err, new(*Error)) || dials != maxAttempts {
					t.Errorf("%v after %d dials", err, dials)
				}
			})
		})
	}
}

func TestAnswersThatNeverComeAreGivenUpAndAskedForAgain(t *testing.T) {
	t.Parallel()
	for name, call := range every {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			attempts := int32(maxAttempts)
			if name == "Respond" {
				attempts = 1 // it may have arrived
			}
			var requests atomic.Int32
			inBubble(t, func(_ http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				_, _ = io.Copy(io.Discard, r.Body)
				<-r.Context().Done()
			}, func(t *testing.T, c *Client) {
				var err error
				d := took(func() { err = call(t.Context(), c) })
				if err == nil || errors.As(err, new(*Error)) || requests.Load() != attempts {
					t.Errorf("%v after %d requests, want %d", err, requests.Load(), attempts)
				}
				if limit := time.Duration(attempts)*stepTimeout + time.Second; d > limit {
					t.Errorf("it took %s, want %s at most", d, limit)
				}
			})
		})
	}
}

// The three seconds have passed, or the interaction has an answer: neither is
// asked again, and neither counts toward a ban.
func TestAFirstAnswerThatIsTooLateOrNotTheFirstIsFinal(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status, code int
		body         string
	}{
		"too late":         {404, CodeUnknownInteraction, `{"message":"Unknown interaction","code":10062}`},
		"answered already": {400, CodeAlreadyAnswered, `{"message":"Interaction has already been acknowledged.","code":40060}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requests := 0
			c := onLoopback(t, func(w http.ResponseWriter, _ *http.Request) { requests++; answer(w, tc.status, tc.body) })
			_, err := c.Respond(t.Context(), interaction(userToken), 1)
			var e *Error
			if !errors.As(err, &e) || e.Status != tc.status || e.Code != tc.code || requests != 1 || c.Invalid() != 0 {
				t.Errorf("%v after %d requests, %d of them invalid", err, requests, c.Invalid())
			}
		})
	}
}
