package luma_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dreambot/luma"
)

const testKey = "sk-XdO3mLq9Zt2vRk7n"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// seen is a request as it arrived.
type seen struct {
	method, path string // path as it was escaped
	header       http.Header
	body         string
}

// service is a real HTTP server that keeps what it is asked.
type service struct {
	*httptest.Server
	mu   sync.Mutex
	seen []seen
}

func serve(t *testing.T, answer http.HandlerFunc) *service {
	t.Helper()
	s := &service{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("read the request: %v", err)
		}
		s.mu.Lock()
		s.seen = append(s.seen, seen{r.Method, r.URL.EscapedPath(), r.Header, string(body)})
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// always answers every request in the same way.
func always(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func (s *service) requests() []seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]seen(nil), s.seen...)
}

// dial returns a client of the server at url that does not wait.
func dial(t *testing.T, url string, options ...luma.Option) *luma.Client {
	t.Helper()
	c, err := luma.New(testKey, append([]luma.Option{
		luma.WithBaseURL(url),
		luma.WithWait(func(ctx context.Context, _ time.Duration) error { return ctx.Err() }),
	}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// dialer is dial, or dial of a client that speaks another dialect.
type dialer func(t *testing.T, url string, options ...luma.Option) *luma.Client

// everyDialect runs a test for each dialect.
func everyDialect(t *testing.T, test func(t *testing.T, dial dialer)) {
	for _, name := range luma.Dialects() {
		t.Run(name, func(t *testing.T) { test(t, speaking(name)) })
	}
}

// speaking is dial of a client that speaks a dialect.
func speaking(name string) dialer {
	return func(t *testing.T, url string, options ...luma.Option) *luma.Client {
		t.Helper()
		return dial(t, url, append([]luma.Option{luma.WithDialect(name)}, options...)...)
	}
}

// sameJSON reports whether two texts are the same JSON value.
func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	norm := func(s string) string {
		var v any
		if err := json.Unmarshal([]byte(s), &v); err != nil {
			t.Fatalf("%q is no JSON: %v", s, err)
		}
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	return norm(a) == norm(b)
}
