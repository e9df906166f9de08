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

func TestEveryCallHasABound(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"
	for name, c := range map[string]struct {
		answer     string // after which the server falls silent
		paid, free time.Duration
	}{
		// A query waits between its attempts too, less than 2 s in all.
		"no answer":      {"", paidHeader, queryAttempts * queryHeader},
		"half an answer": {head, paidTotal, queryAttempts * queryTotal},
	} {
		synctest.Test(t, func(t *testing.T) {
			client, err := New("sk-key-of-this-test", WithBaseURL("http://localhost"))
			if err != nil {
				t.Fatal(err)
			}
			inMemory(client, func(conn net.Conn) {
				defer conn.Close()
				if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					_, _ = io.Copy(io.Discard, req.Body)
					_, _ = io.WriteString(conn, c.answer)
					_, _ = io.Copy(io.Discard, conn)
				}
			})
			defer client.Close()
			start := time.Now()
			_, err = client.Create(t.Context(), CreateRequest{Prompt: "a fox"})
			if took := time.Since(start); took != c.paid || !errors.Is(err, ErrUncertain) {
				t.Errorf("%s: create took %v, want %v: %v", name, took, c.paid, err)
			}
			start = time.Now()
			_, err = client.Get(t.Context(), "a")
			if took := time.Since(start); took < c.free || took > c.free+2*time.Second || !errors.Is(err, ErrUnavailable) {
				t.Errorf("%s: get took %v, want %v and a little more: %v", name, took, c.free, err)
			}
		})
	}
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
		_, err = client.Create(t.Context(), CreateRequest{Prompt: "a fox"})
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
