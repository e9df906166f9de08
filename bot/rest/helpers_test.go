package rest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"dreambot/internal/secret"
)

const (
	botToken   = "MTk4NjIy.Cl2FMQ.bot-token"
	userToken  = "aW50ZXJhY3Rpb24/token+of=one"
	otherToken = "aW50ZXJhY3Rpb24-another"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func interaction(token string) Interaction {
	return Interaction{Application: "111", ID: "222", Token: secret.New(token)}
}

// onLoopback returns a client of a server on loopback that answers with h.
func onLoopback(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c := New(Config{BaseURL: s.URL, Token: secret.New(botToken)})
	t.Cleanup(c.Close)
	return c
}

// inBubble runs f where time is not the wall's. The client and the server that
// answers with h are real; the network between them is in memory, since a wait
// for a real one would stop the clock.
func inBubble(t *testing.T, h http.HandlerFunc, f func(*testing.T, *Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		// A handler that has not read the whole body does not see the client go.
		serving, cancel := context.WithCancel(t.Context())
		s := &http.Server{Handler: h, BaseContext: func(net.Listener) context.Context { return serving }}
		done := make(chan error)
		go func() { done <- s.Serve(l) }()
		transport := &http.Transport{DialContext: l.dial, MaxIdleConnsPerHost: 100, ResponseHeaderTimeout: stepTimeout}
		c := New(Config{BaseURL: "http://discord.test", Token: secret.New(botToken), Transport: transport})
		f(t, c)
		// The server's end closes the connections. The client's would cancel dials that
		// were made long ago, too, which the runtime at times takes for a channel of
		// another bubble's.
		cancel()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
		time.Sleep(time.Minute) // of the bubble: net/http's last connections linger
	})
}

// pipes is a listener whose connections are net.Pipe's.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipes) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

// answer writes a JSON answer.
func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// memoryFile is a file that counts how often it is open.
type memoryFile struct {
	mu     sync.Mutex
	opened int
	open   int
}

func (m *memoryFile) file(name string, content []byte, size int64) File {
	return File{Name: name, ContentType: "video/mp4", Size: size, Open: func() (io.ReadCloser, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.opened++
		m.open++
		return &openFile{m: m, Reader: bytes.NewReader(content)}, nil
	}}
}

func (m *memoryFile) counts() (opened, open int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.opened, m.open
}

type openFile struct {
	io.Reader
	m *memoryFile
}

func (f *openFile) Close() error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	f.m.open--
	return nil
}
