package luma

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// inMemory makes c talk to serve over pipes, which the clock of a synctest
// bubble sees; everything else of its transports stays as it is.
func inMemory(c *Client, serve func(net.Conn)) {
	for _, h := range []*http.Client{c.paid, c.free} {
		t := h.Transport.(*http.Transport)
		t.Proxy = nil
		t.DialContext = func(context.Context, string, string) (net.Conn, error) {
			here, there := net.Pipe()
			go serve(there)
			return here, nil
		}
	}
}

// trickling sends text over and over, a piece of it every second.
func trickling(conn net.Conn, text string) {
	for {
		if _, err := io.WriteString(conn, text); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

// asked serves a connection by reading one request, and then by answer.
func asked(answer func(net.Conn)) func(net.Conn) {
	return func(conn net.Conn) {
		defer conn.Close()
		req, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, req.Body)
		answer(conn)
		_, _ = io.Copy(io.Discard, conn)
	}
}

func TestEveryCallHasABound(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"
	for name, c := range map[string]struct {
		serve      func(net.Conn)
		paid, free time.Duration // free: of one attempt
	}{
		"a time-out before the request was written": {func(conn net.Conn) {
			defer conn.Close()
			_, _ = conn.Read(make([]byte, 1))
			time.Sleep(time.Hour)
		}, paidTotal, queryTotal},
		"a time-out after the request was written": {asked(func(net.Conn) {}), paidHeader, queryHeader},
		"a header that trickles": {asked(func(conn net.Conn) {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
			trickling(conn, "X-More: a\r\n")
		}), paidHeader, queryHeader},
		"1xx that trickle": {asked(func(conn net.Conn) { trickling(conn, "HTTP/1.1 102 Processing\r\n\r\n") }),
			paidHeader, queryHeader},
		"half an answer": {asked(func(conn net.Conn) { _, _ = io.WriteString(conn, head+"{") }), paidTotal, queryTotal},
		"a body that trickles": {asked(func(conn net.Conn) {
			_, _ = io.WriteString(conn, head)
			trickling(conn, " ")
		}), paidTotal, queryTotal},
		"a refusal that trickles": {asked(func(conn net.Conn) {
			_, _ = io.WriteString(conn, "HTTP/1.1 500 No\r\n\r\n")
			trickling(conn, "x")
		}), paidTotal, queryTotal},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// It speaks the dialect that has all calls.
				client, err := New("sk-key-of-this-test", WithBaseURL("http://localhost"), WithDialect("lumalabs"))
				if err != nil {
					t.Fatal(err)
				}
				inMemory(client, c.serve)
				defer client.Close()
				start := time.Now()
				_, err = client.Create(t.Context(), Request{Prompt: "a fox"})
				if took := time.Since(start); took != c.paid || !errors.Is(err, ErrUncertain) || !errors.Is(err, ErrUnavailable) {
					t.Errorf("create took %v, want %v: %v", took, c.paid, err)
				}
				for op, call := range map[string]func() error{
					"get": func() error { _, err := client.Get(t.Context(), "a"); return err },
					"find": func() error {
						_, err := client.Find(t.Context(), Request{Prompt: "a fox"}, time.Now(), time.Now())
						return err
					},
					"balance": func() error { _, err := client.Balance(t.Context()); return err },
				} {
					start = time.Now()
					err = call()
					// A query waits between its attempts too, less than 2 s in all.
					least := queryAttempts * c.free
					if took := time.Since(start); took < least || took > least+2*time.Second || !errors.Is(err, ErrUnavailable) {
						t.Errorf("%s took %v, want %v and a little more: %v", op, took, least, err)
					}
				}
				start = time.Now()
				err = client.Ping(t.Context())
				if took := time.Since(start); took != c.free || !errors.Is(err, ErrUnavailable) {
					t.Errorf("ping took %v, want %v: %v", took, c.free, err)
				}
				time.Sleep(2 * time.Hour) // in fake time: the servers end too
			})
		})
	}
}

func TestATimeOutBeforeThereIsAConnectionIsNotUncertain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := New("sk-key-of-this-test", WithBaseURL("http://localhost"))
		if err != nil {
			t.Fatal(err)
		}
		over := make(chan struct{})
		defer close(over)
		for _, h := range []*http.Client{client.paid, client.free} {
			h.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
				<-over // longer than the dialer of the package waits
				return nil, errors.New("it is over")
			}
		}
		start := time.Now()
		_, err = client.Create(t.Context(), Request{Prompt: "a fox"})
		if took := time.Since(start); took != paidTotal || !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrUncertain) {
			t.Errorf("create took %v, want %v and no doubt: %v", took, paidTotal, err)
		}
		start = time.Now()
		if err := client.Ping(t.Context()); time.Since(start) != queryTotal || !errors.Is(err, ErrUnavailable) {
			t.Errorf("ping took %v, want %v: %v", time.Since(start), queryTotal, err)
		}
	})
}

func TestAConnectionThatIsNeverMadeHasABound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := New("sk-key-of-this-test", WithBaseURL("https://localhost"))
		if err != nil {
			t.Fatal(err)
		}
		inMemory(client, func(conn net.Conn) { // says nothing in the TLS handshake
			defer conn.Close()
			_, _ = io.Copy(io.Discard, conn)
		})
		defer client.Close()
		start := time.Now()
		_, err = client.Create(t.Context(), Request{Prompt: "a fox"})
		if took := time.Since(start); took != tlsTimeout || !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrUncertain) {
			t.Errorf("create took %v, want %v: %v", took, tlsTimeout, err)
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if err := wait(t.Context(), time.Minute); err != nil || time.Since(start) != time.Minute {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		ctx, end := context.WithTimeout(t.Context(), time.Second)
		defer end()
		start = time.Now()
		if err := wait(ctx, time.Minute); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

func TestBackoffStaysWithinItsBounds(t *testing.T) {
	for attempt := 1; attempt < 8; attempt++ {
		most := min(minBackoff<<(attempt-1), maxBackoff)
		for range 100 {
			if d := backoff(attempt); d < most/2 || d > most {
				t.Fatalf("backoff(%d) = %v, want %v to %v", attempt, d, most/2, most)
			}
		}
	}
}
