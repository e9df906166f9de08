package luma_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"dreambot/luma"
)

// endlessly answers with head and then chunk after chunk, until the client has
// gone, and says how many bytes went out.
func endlessly(t *testing.T, head, chunk string) (addr string, took chan int) {
	took = make(chan int, 1)
	return listen(t, func(conn *net.TCPConn) {
		if _, err := readRequest(conn); err != nil {
			return
		}
		n, err := io.WriteString(conn, head)
		for err == nil {
			var m int
			m, err = io.WriteString(conn, chunk)
			n += m
		}
		select {
		case took <- n:
		default:
		}
	}), took
}

// maxTaken is what an endless answer can be on the way, in bytes: what is read
// of it, and what the two sides' buffers take.
const maxTaken = 64 << 20

func TestABodyThatNeverEndsIsNotReadOn(t *testing.T) {
	t.Parallel()
	blank := strings.Repeat(" ", 64<<10)
	for name, head := range map[string]string{
		"no Content-Length":          "HTTP/1.1 200 OK\r\n\r\n",
		"a Content-Length of 8 EiB":  "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n",
		"a refusal that never ends":  "HTTP/1.1 403 No\r\n\r\n",
		"trouble that never ends":    "HTTP/1.1 500 No\r\n\r\n",
		"a redirect that never ends": "HTTP/1.1 302 Found\r\nLocation: https://example.com/\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr, took := endlessly(t, head, blank)
			_, err := dial(t, "http://"+addr).Create(context.Background(), luma.Request{Prompt: "a fox"})
			if err == nil {
				t.Error("it succeeds")
			}
			if n := <-took; n > maxTaken {
				t.Errorf("%d bytes went through", n)
			}
		})
	}
}

func TestAHeaderThatNeverEndsIsNotReadOn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ head, chunk string }{
		"one line":           {"HTTP/1.1 200 OK\r\nX-Long: ", strings.Repeat("a", 4<<10)},
		"lines without end":  {"HTTP/1.1 200 OK\r\n", strings.Repeat("X-More: a\r\n", 400)},
		"1xx without an end": {"", strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 100)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr, took := endlessly(t, c.head, c.chunk)
			_, err := dial(t, "http://"+addr).Create(context.Background(), luma.Request{Prompt: "a fox"})
			if !errors.Is(err, luma.ErrUnavailable) || !errors.Is(err, luma.ErrUncertain) {
				t.Errorf("%v, want ErrUnavailable and ErrUncertain", err)
			}
			if n := <-took; n > maxTaken {
				t.Errorf("%d bytes went through", n)
			}
		})
	}
}

// bomb answers with gzip members without an end, each of which unpacks to a
// mebibyte, and says how many it sent.
func bomb(t *testing.T, first string) (http.HandlerFunc, chan int) {
	member := func(text string) []byte {
		var b strings.Builder
		z := gzip.NewWriter(&b)
		if _, err := io.WriteString(z, text); err != nil {
			t.Error(err)
		}
		if err := z.Close(); err != nil {
			t.Error(err)
		}
		return []byte(b.String())
	}
	blank := member(strings.Repeat(" ", 1<<20))
	sent := make(chan int, 8)
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, err := w.Write(member(first))
		n := 0
		for ; err == nil; n++ {
			_, err = w.Write(blank)
		}
		sent <- n
	}, sent
}

func TestAGzipBombIsUnpackedUpToTheBound(t *testing.T) {
	everyDialect(t, testAGzipBombIsUnpackedUpToTheBound)
}

func testAGzipBombIsUnpackedUpToTheBound(t *testing.T, dial dialer) {
	t.Parallel()
	for name, c := range map[string]struct {
		first string
		want  outcome
	}{
		"blanks alone":        {" ", outcome{luma.ErrUnavailable, true}},
		"behind a generation": {`{"id":"luma_gen_abc123","state":"queued"}`, outcome{}},
		"within a generation": {`{"id":"luma_gen_abc123","state":"queued"`, outcome{luma.ErrUnavailable, true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer, sent := bomb(t, c.first)
			s := serve(t, answer)
			client := dial(t, s.URL)
			_, err := client.Create(context.Background(), luma.Request{Prompt: "a fox"})
			if !errors.Is(err, c.want.kind) || errors.Is(err, luma.ErrUncertain) != c.want.uncertain {
				t.Errorf("%v, want %v, uncertain %v", err, c.want.kind, c.want.uncertain)
			}
			if c.want.kind != nil && !strings.Contains(err.Error(), "1048576 bytes") {
				t.Errorf("the error does not name the bound: %v", err)
			}
			<-sent // the server sees that nobody reads on
			if _, err := client.Get(context.Background(), "luma_gen_abc123"); !errors.Is(err, c.want.kind) {
				t.Errorf("get: %v, want %v", err, c.want.kind)
			}
		})
	}
}
