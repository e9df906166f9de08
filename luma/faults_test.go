package luma_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"dreambot/luma"
)

// listen hands every connection to handle, in a goroutine of its own, and
// closes it after that. It returns host and port.
func listen(t *testing.T, handle func(*net.TCPConn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				handle(conn.(*net.TCPConn))
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	return l.Addr().String()
}

// readRequest reads one request whole.
func readRequest(conn net.Conn) (*http.Request, error) {
	req, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(io.Discard, req.Body)
	return req, err
}

// untilGone waits until the other side has closed the connection.
func untilGone(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

func TestWhatAFaultLeavesOpen(t *testing.T) { everyDialect(t, testWhatAFaultLeavesOpen) }

func testWhatAFaultLeavesOpen(t *testing.T, dial dialer) {
	t.Parallel()
	// after answers a whole request with text, byte for byte.
	after := func(text string) func(*net.TCPConn, func()) {
		return func(conn *net.TCPConn, _ func()) {
			if _, err := readRequest(conn); err == nil {
				_, _ = io.WriteString(conn, text)
			}
		}
	}
	const whole = `{"id":"luma_gen_abc123","state":"queued"}`
	for name, c := range map[string]struct {
		scheme string
		// handle serves a connection; end ends the caller's context.
		handle    func(conn *net.TCPConn, end func())
		uncertain bool
		want      error // besides ErrUnavailable
	}{
		"closed within the TLS handshake": {scheme: "https", handle: func(*net.TCPConn, func()) {}},
		"no TLS on the other side": {scheme: "https", handle: func(conn *net.TCPConn, _ func()) {
			_, _ = io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
			_ = conn.CloseWrite()
			untilGone(conn)
		}},
		"the caller gave up within the TLS handshake": {scheme: "https", handle: func(conn *net.TCPConn, end func()) {
			end()
			untilGone(conn)
		}, want: context.Canceled},

		"closed at once": {handle: func(*net.TCPConn, func()) {}, uncertain: true},
		"closed after the first byte": {handle: func(conn *net.TCPConn, _ func()) {
			_, _ = conn.Read(make([]byte, 1))
		}, uncertain: true},
		"closed after the request": {handle: after(""), uncertain: true},
		"reset after the request": {handle: func(conn *net.TCPConn, _ func()) {
			_, _ = readRequest(conn)
			_ = conn.SetLinger(0)
		}, uncertain: true},
		"the caller gave up after the request": {handle: func(conn *net.TCPConn, end func()) {
			_, _ = readRequest(conn)
			end()
			untilGone(conn)
		}, uncertain: true, want: context.Canceled},
		"the caller gave up within the answer": {handle: func(conn *net.TCPConn, end func()) {
			_, _ = readRequest(conn)
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 41\r\n\r\n"+whole[:20])
			end()
			untilGone(conn)
		}, uncertain: true, want: context.Canceled},
		"half a header":    {handle: after("HTTP/1.1 200 OK\r\nContent-Le"), uncertain: true},
		"half a body":      {handle: after("HTTP/1.1 200 OK\r\nContent-Length: 41\r\n\r\n" + whole[:20]), uncertain: true, want: io.ErrUnexpectedEOF},
		"half a chunk":     {handle: after("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n29\r\n" + whole[:20]), uncertain: true, want: io.ErrUnexpectedEOF},
		"half a 500":       {handle: after("HTTP/1.1 500 No\r\nContent-Length: 41\r\n\r\n" + whole[:20]), uncertain: true},
		"not HTTP":         {handle: after("hello\r\n\r\n"), uncertain: true},
		"an endless head":  {handle: after("HTTP/1.1 200 OK\r\nA: " + strings.Repeat("a", 128<<10) + "\r\n\r\n"), uncertain: true},
		"a 1xx and no end": {handle: after("HTTP/1.1 102 Processing\r\n\r\n"), uncertain: true},
		"101":              {handle: after("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"), uncertain: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, end := context.WithCancel(context.Background())
			defer end()
			addr := listen(t, func(conn *net.TCPConn) { c.handle(conn, end) })
			scheme := c.scheme
			if scheme == "" {
				scheme = "http"
			}
			client := dial(t, scheme+"://"+addr)
			_, err := client.Create(ctx, luma.Request{Prompt: "a fox"})
			if !errors.Is(err, luma.ErrUnavailable) || errors.Is(err, luma.ErrUncertain) != c.uncertain {
				t.Errorf("create: %v, want ErrUnavailable, uncertain %v", err, c.uncertain)
			}
			if c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("create: %v, want %v in it", err, c.want)
			}
		})
	}
}

func TestAFaultInARefusalDoesNotMakeItUncertain(t *testing.T) {
	everyDialect(t, testAFaultInARefusalDoesNotMakeItUncertain)
}

func testAFaultInARefusalDoesNotMakeItUncertain(t *testing.T, dial dialer) {
	t.Parallel()
	addr := listen(t, func(conn *net.TCPConn) {
		if _, err := readRequest(conn); err == nil {
			_, _ = io.WriteString(conn, "HTTP/1.1 401 No\r\nContent-Length: 99\r\n\r\n{\"det")
		}
	})
	_, err := dial(t, "http://"+addr).Create(context.Background(), luma.Request{Prompt: "a fox"})
	if !errors.Is(err, luma.ErrUnauthorized) || errors.Is(err, luma.ErrUncertain) {
		t.Errorf("%v, want ErrUnauthorized and no doubt", err)
	}
}

func TestWhatNeverHadAConnectionIsNotUncertain(t *testing.T) {
	everyDialect(t, testWhatNeverHadAConnectionIsNotUncertain)
}

func testWhatNeverHadAConnectionIsNotUncertain(t *testing.T, dial dialer) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := l.Addr().String()
	l.Close()
	// Nobody trusts this server's certificate.
	stranger := httptest.NewUnstartedServer(always(200, `{"id":"a","state":"queued"}`))
	stranger.Config.ErrorLog = quiet()
	stranger.StartTLS()
	defer stranger.Close()
	running := serve(t, always(200, `{"id":"a","state":"queued"}`))
	ended, end := context.WithCancel(context.Background())
	end()
	for name, c := range map[string]struct {
		ctx  context.Context
		url  string
		want error
	}{
		"refused":                 {context.Background(), "http://" + refused, nil},
		"an unknown certificate":  {context.Background(), stranger.URL, nil},
		"a context ended already": {ended, running.URL, context.Canceled},
	} {
		client := dial(t, c.url)
		_, created := client.Create(c.ctx, luma.Request{Prompt: "a fox"})
		_, extended := client.Create(c.ctx, luma.Request{Kind: luma.KindExtend, Source: "a", Prompt: "a fox"})
		_, got := client.Get(c.ctx, "a")
		for op, err := range map[string]error{"create": created, "extend": extended, "get": got} {
			if !errors.Is(err, luma.ErrUnavailable) || errors.Is(err, luma.ErrUncertain) {
				t.Errorf("%s, %s: %v, want ErrUnavailable and no doubt", name, op, err)
			}
			if c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%s, %s: %v, want %v in it", name, op, err, c.want)
			}
		}
	}
	if n := len(running.requests()); n != 0 {
		t.Errorf("%d requests were sent under an ended context", n)
	}
}

func TestATransportThatGivesNoSignsIsUncertain(t *testing.T) {
	t.Parallel()
	silent := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		r.Body.Close()
		return nil, errors.New("something broke")
	})}
	_, err := dial(t, "http://localhost", luma.WithHTTPClient(silent)).
		Create(context.Background(), luma.Request{Prompt: "a fox"})
	if !errors.Is(err, luma.ErrUncertain) {
		t.Errorf("%v, want ErrUncertain", err)
	}
}

// dropper is a server that keeps its connections open, until it has read a
// second paid call: it closes that one's connection without an answer.
type dropper struct{ conns, gets, posts atomic.Int32 }

func (d *dropper) handle(conn *net.TCPConn) {
	d.conns.Add(1)
	in := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, req.Body)
		if req.Method == http.MethodGet {
			d.gets.Add(1)
		} else if d.posts.Add(1) >= 2 {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 29\r\n\r\n"+`{"id":"a","state":"dreaming"}`)
	}
}

func TestAPaidCallArrivesOnce(t *testing.T) { everyDialect(t, testAPaidCallArrivesOnce) }

func testAPaidCallArrivesOnce(t *testing.T, dial dialer) {
	t.Parallel()
	ctx := context.Background()
	for name, c := range map[string]struct {
		options func(*http.Client) []luma.Option
		conns   int32 // for two queries and two paid calls
	}{
		// One is kept for the queries; each paid call has its own.
		"on a connection of its own": {func(*http.Client) []luma.Option { return nil }, 3},
		"on a kept connection":       {func(h *http.Client) []luma.Option { return []luma.Option{luma.WithHTTPClient(h)} }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var d dropper
			addr := listen(t, d.handle)
			kept := &http.Client{Transport: &http.Transport{}}
			client := dial(t, "http://"+addr, c.options(kept)...)
			for range 2 {
				if _, err := client.Get(ctx, "a"); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := client.Create(ctx, luma.Request{Prompt: "a fox"}); err != nil {
				t.Fatal(err)
			}
			if _, err := client.Create(ctx, luma.Request{Kind: luma.KindExtend, Source: "a", Prompt: "a fox"}); !errors.Is(err, luma.ErrUncertain) {
				t.Errorf("%v, want ErrUncertain", err)
			}
			if gets, posts, conns := d.gets.Load(), d.posts.Load(), d.conns.Load(); gets != 2 || posts != 2 || conns != c.conns {
				t.Errorf("%d queries, %d paid calls, %d connections; want 2, 2, %d", gets, posts, conns, c.conns)
			}
		})
	}
}

func TestAPaidRequestCannotBeReplayed(t *testing.T) {
	t.Parallel()
	s := serve(t, always(200, `{"id":"a","state":"queued"}`))
	watched := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		// These are what makes net/http send a POST a second time.
		if r.GetBody != nil || r.Header["Idempotency-Key"] != nil || r.Header["X-Idempotency-Key"] != nil {
			t.Error("the transport may send it again")
		}
		return (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	})}
	c := dial(t, s.URL, luma.WithHTTPClient(watched))
	if _, err := c.Create(context.Background(), luma.Request{Prompt: "a fox"}); err != nil {
		t.Error(err)
	}
	if _, err := c.Create(context.Background(), luma.Request{Kind: luma.KindExtend, Source: "a", Prompt: "a fox"}); err != nil {
		t.Error(err)
	}
}

func TestAnIDThatArrivedIsNotLost(t *testing.T) { everyDialect(t, testAnIDThatArrivedIsNotLost) }

func testAnIDThatArrivedIsNotLost(t *testing.T, dial dialer) {
	t.Parallel()
	const whole = `{"id":"luma_gen_abc123","state":"queued"}`
	for name, answer := range map[string]string{
		"the body breaks off after it": "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + whole,
		"the body has no end":          "HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + whole + strings.Repeat(" ", 3000000-len(whole)),
	} {
		addr := listen(t, func(conn *net.TCPConn) {
			if _, err := readRequest(conn); err == nil {
				_, _ = io.WriteString(conn, answer)
			}
		})
		g, err := dial(t, "http://"+addr).Create(context.Background(), luma.Request{Prompt: "a fox"})
		if err != nil || g.ID != "luma_gen_abc123" {
			t.Errorf("%s: %+v, %v", name, g, err)
		}
	}
}
