package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// every calls each method of the client once.
var every = map[string]func(context.Context, *Client) error{
	"Application": func(ctx context.Context, c *Client) error { _, err := c.Application(ctx); return err },
	"Guilds":      func(ctx context.Context, c *Client) error { _, err := c.Guilds(ctx); return err },
	"RegisterCommands": func(ctx context.Context, c *Client) error {
		return c.RegisterCommands(ctx, "111", "", []int{})
	},
	"Respond": func(ctx context.Context, c *Client) error {
		_, err := c.Respond(ctx, interaction(userToken), 1)
		return err
	},
	"Original": func(ctx context.Context, c *Client) error {
		_, err := c.Original(ctx, interaction(userToken))
		return err
	},
	"EditOriginal": func(ctx context.Context, c *Client) error {
		_, err := c.EditOriginal(ctx, interaction(userToken), 1)
		return err
	},
	"EditMessage": func(ctx context.Context, c *Client) error { _, err := c.EditMessage(ctx, "1", "2", 1); return err },
	"EditMessage with a file": func(ctx context.Context, c *Client) error {
		_, err := c.EditMessage(ctx, "1", "2", 1, (&memoryFile{}).file("a.mp4", []byte("abc"), 3))
		return err
	},
	"CreateMessage": func(ctx context.Context, c *Client) error {
		_, err := c.CreateMessage(ctx, "1", newMessage)
		return err
	},
	"CreateMessage with a file": func(ctx context.Context, c *Client) error {
		_, err := c.CreateMessage(ctx, "1", newMessage, (&memoryFile{}).file("a.mp4", []byte("abc"), 3))
		return err
	},
	"Message":        func(ctx context.Context, c *Client) error { _, err := c.Message(ctx, "1", "2"); return err },
	"AddReaction":    func(ctx context.Context, c *Client) error { return c.AddReaction(ctx, "1", "2", "⏩") },
	"Guild":          func(ctx context.Context, c *Client) error { _, err := c.Guild(ctx, "1"); return err },
	"Channel":        func(ctx context.Context, c *Client) error { _, err := c.Channel(ctx, "1"); return err },
	"MessagesAfter":  func(ctx context.Context, c *Client) error { _, err := c.MessagesAfter(ctx, "1", "2", 3); return err },
	"DirectChannel":  func(ctx context.Context, c *Client) error { _, err := c.DirectChannel(ctx, "1"); return err },
	"DeleteMessage":  func(ctx context.Context, c *Client) error { return c.DeleteMessage(ctx, "1", "2") },
	"DeleteOriginal": func(ctx context.Context, c *Client) error { return c.DeleteOriginal(ctx, interaction(userToken)) },
}

func TestTroubleIsRetriedThriceButForTheFirstResponse(t *testing.T) {
	t.Parallel()
	troubles := map[string]http.HandlerFunc{
		"500": func(w http.ResponseWriter, _ *http.Request) {
			answer(w, 500, `{"message":"500: Internal Server Error"}`)
		},
		"502 without JSON": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502); _, _ = io.WriteString(w, "<html>") },
		"504":              func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(504) },
		"the line is cut":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	}
	for trouble, h := range troubles {
		for name, call := range every {
			t.Run(trouble+"/"+name, func(t *testing.T) {
				t.Parallel()
				want := int32(maxAttempts)
				if name == "Respond" {
					want = 1
				}
				var calls atomic.Int32
				inBubble(t, func(w http.ResponseWriter, r *http.Request) {
					calls.Add(1)
					_, _ = io.Copy(io.Discard, r.Body)
					h(w, r)
				}, func(t *testing.T, c *Client) {
					var err error
					d := took(func() { err = call(t.Context(), c) })
					if n := calls.Load(); n != want {
						t.Errorf("%d requests, want %d", n, want)
					}
					var e *Error
					if isAnswer := errors.As(err, &e); err == nil || isAnswer != (trouble != "the line is cut") {
						t.Errorf("error %v", err)
					} else if isAnswer && e.Status < 500 {
						t.Errorf("status %d", e.Status)
					}
					if limit := 3 * minBackoff; d > limit {
						t.Errorf("it took %s, want %s at most", d, limit)
					}
				})
			})
		}
	}
}

func TestWhatSucceedsInTheEndIsASuccess(t *testing.T) {
	t.Parallel()
	for name, call := range every {
		if name == "Respond" || name == "Guilds" || name == "MessagesAfter" {
			continue // the one is not repeated, the others answer with a list
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			inBubble(t, func(w http.ResponseWriter, r *http.Request) {
				if calls++; calls < maxAttempts {
					w.WriteHeader(503)
					return
				}
				none := r.Method == http.MethodGet || r.Method == http.MethodDelete || name == "AddReaction"
				if b, err := io.ReadAll(r.Body); err != nil || (len(b) == 0) != none {
					t.Errorf("the repeated body: %q, %v", b, err)
				}
				answer(w, 200, `{"id":"9"}`)
			}, func(t *testing.T, c *Client) {
				if err := call(t.Context(), c); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestRefusalsAreNotRetried(t *testing.T) {
	t.Parallel()
	for name, call := range every {
		for _, status := range []int{302, 400, 401, 403, 404, 413} {
			calls := 0
			c := onLoopback(t, func(w http.ResponseWriter, _ *http.Request) {
				calls++
				w.Header().Set("Location", "/elsewhere")
				answer(w, status, `{"code":10008,"message":"Unknown\nMessage","errors":{"a":{"_errors":[{"code":"B"}]}}}`)
			})
			err := call(t.Context(), c)
			var e *Error
			if !errors.As(err, &e) || e.Status != status || e.Code != CodeUnknownMessage || calls != 1 ||
				e.Message != `Unknown Message {"a":{"_errors":[{"code":"B"}]}}` {
				t.Errorf("%s, %d: %v after %d calls", name, status, err, calls)
			}
		}
	}
}

func TestAnErrorSaysWhatDiscordSaid(t *testing.T) {
	t.Parallel()
	e := &Error{Route: "PATCH /x/:id", Status: 429, Code: 30046, Message: "too many", RetryAfter: 2 * time.Second}
	if got, want := e.Error(), "PATCH /x/:id: status 429, code 30046: too many (again in 2s)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for name, tc := range map[string]struct {
		body string
		want Error
	}{
		"no JSON":          {"<html>", Error{Message: "Not Found"}},
		"no message":       {`{"code":3}`, Error{Code: 3, Message: "Not Found"}},
		"a code in quotes": {`{"code":"3","message":"m"}`, Error{Message: "m"}},
		"a long message":   {`{"message":"` + strings.Repeat("ä", 600) + `"}`, Error{Message: strings.Repeat("ä", maxMessage) + "…"}},
	} {
		tc.want.Route, tc.want.Status = "GET /x", 404
		if got := newError("GET /x", 404, nil, []byte(tc.body), nil); *got != tc.want {
			t.Errorf("%s: got %+v, want %+v", name, *got, tc.want)
		}
	}
}

func TestTheFirstResponseIsSentOnceWhereItMayHaveArrived(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var bodies []string
	c := onLoopback(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		bodies = append(bodies, string(b))
		mu.Unlock()
		panic(http.ErrAbortHandler) // the connection is cut after it was read
	})
	for range 2 { // on a new connection, and on whatever is left of it
		_, err := c.Respond(t.Context(), interaction(userToken), "hello")
		if err == nil || errors.As(err, new(*Error)) {
			t.Errorf("got %v, want an error that is no answer", err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(bodies) != 2 {
		t.Errorf("two calls made %d requests: %q", len(bodies), bodies)
	}
}

func TestTheFirstResponseIsSentAgainWhereItSurelyDidNotArrive(t *testing.T) {
	t.Parallel()
	t.Run("refused by rate limit", func(t *testing.T) {
		t.Parallel()
		calls := 0
		inBubble(t, func(w http.ResponseWriter, _ *http.Request) {
			if calls++; calls == 1 {
				answer(w, 429, `{"retry_after":0.3}`)
				return
			}
			answer(w, 200, `{"resource":{"message":{"id":"9"}}}`)
		}, func(t *testing.T, c *Client) {
			m, err := c.Respond(t.Context(), interaction(userToken), 1)
			if err != nil || m.ID != "9" || calls != 2 {
				t.Errorf("%+v, %v after %d calls", m, err, calls)
			}
		})
	})
	t.Run("no connection", func(t *testing.T) {
		t.Parallel()
		dials := 0
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }))
		defer s.Close()
		transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if dials++; dials < maxAttempts {
				return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", errors.New("connection refused"))}
			}
			return new(net.Dialer).DialContext(ctx, network, addr)
		}}
		c := New(Config{BaseURL: s.URL, Transport: transport})
		defer c.Close()
		if _, err := c.Respond(t.Context(), interaction(userToken), 1); err != nil || dials != maxAttempts {
			t.Errorf("%v after %d dials", err, dials)
		}
	})
}

func TestAnAcceptedFirstResponseIsNoErrorWhateverTheBody(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"204":         func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) },
		"empty":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) },
		"no JSON":     func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") },
		"no resource": func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, `{"interaction":{"id":"1"}}`) },
		"no message":  func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, `{"resource":{"type":9}}`) },
		"null":        func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, `null`) },
		"cut in two": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99")
			answer(w, 200, `{"res`)
		},
		"without bound": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, maxAnswer+10)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			c := onLoopback(t, func(w http.ResponseWriter, r *http.Request) { calls.Add(1); h(w, r) })
			m, err := c.Respond(t.Context(), interaction(userToken), 1)
			if err != nil || m.ID != "" || calls.Load() != 1 {
				t.Errorf("%+v, %v after %d calls", m, err, calls.Load())
			}
		})
	}
}

func TestAnswersThatCannotBeReadAreErrors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		h     http.HandlerFunc
		calls int32
	}{
		"no JSON":       {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }, 1},
		"HTML":          {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html></html>") }, 1},
		"two values":    {func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, `{"id":"1"}{"id":"2"}`) }, 1},
		"nothing":       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, 1},
		"without bound": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, maxAnswer+10)) }, 1},
		"cut in two": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99")
			answer(w, 200, `{"res`)
		}, maxAttempts},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			c := onLoopback(t, func(w http.ResponseWriter, r *http.Request) { calls.Add(1); tc.h(w, r) })
			if err := edit(t.Context(), c, "one"); err == nil || calls.Load() != tc.calls {
				t.Errorf("%v after %d calls, want an error after %d", err, calls.Load(), tc.calls)
			}
		})
	}
}

func TestAnAttemptHasATimeLimit(t *testing.T) {
	t.Parallel()
	const size = 20 * uploadRate // worth 20 s
	file := func() File {
		return File{Name: "a.mp4", Size: size, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(io.LimitReader(zeros{}, size)), nil
		}}
	}
	for name, tc := range map[string]struct {
		h    http.HandlerFunc
		call func(context.Context, *Client) error
		want time.Duration
	}{
		"no answer": {
			h:    func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() },
			call: every["Respond"],
			want: stepTimeout,
		},
		"half an answer": {
			h: func(w http.ResponseWriter, r *http.Request) {
				answer(w, 400, `{`)
				_ = http.NewResponseController(w).Flush()
				<-r.Context().Done()
			},
			call: every["Respond"],
			want: attemptTimeout,
		},
		"an upload that is not taken": {
			h: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			call: func(ctx context.Context, c *Client) error {
				_, err := c.attemptOnce(ctx, file())
				return err
			},
			want: attemptTimeout + 20*time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, tc.h, func(t *testing.T, c *Client) {
				var err error
				d := took(func() { err = tc.call(t.Context(), c) })
				if err == nil || d != tc.want {
					t.Errorf("after %s, want %s: %v", d, tc.want, err)
				}
				if errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("it looks as if the caller's context had ended: %v", err)
				}
			})
		})
	}
}

// attemptOnce is EditOriginal with one attempt.
func (c *Client) attemptOnce(ctx context.Context, f File) (Message, error) {
	p := newPath(http.MethodPatch).word("webhooks").id("app", "1")
	var m Message
	return m, c.call(ctx, p, callOptions{once: true, payload: 1, files: []File{f}}, &m)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestTheCallersContextEndsACall(t *testing.T) {
	t.Parallel()
	inBubble(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, func(t *testing.T, c *Client) {
		for name, call := range every {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			d := took(func() {
				if err := call(ctx, c); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s: %v", name, err)
				}
			})
			cancel()
			if d != time.Second {
				t.Errorf("%s: ended after %s", name, d)
			}
		}
	})
}

func TestEditsOfManyTokensRunSideBySide(t *testing.T) {
	t.Parallel()
	const many = 50
	var there sync.WaitGroup
	there.Add(many)
	c := onLoopback(t, func(w http.ResponseWriter, r *http.Request) {
		there.Done()
		there.Wait() // until all are here
		limited(w, "b", 5, 4, time.Second)
		answer(w, 200, "{}")
	})
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			if err := edit(t.Context(), c, fmt.Sprint(i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}
