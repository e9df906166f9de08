package gateway

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// proxy is one that leads on with CONNECT.
type proxy struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string // what it was asked for, with whose password
	first []func(http.ResponseWriter, *http.Request)
}

func newProxy(t *testing.T, secure bool) *proxy {
	t.Helper()
	p := &proxy{}
	p.Server = httptest.NewUnstartedServer(p)
	if secure {
		p.StartTLS()
	} else {
		p.Start()
	}
	t.Cleanup(p.Close)
	return p
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.Method+" "+r.Host+" "+r.Header.Get("Proxy-Authorization"))
	var answer func(http.ResponseWriter, *http.Request)
	if len(p.first) > 0 {
		answer, p.first = p.first[0], p.first[1:]
	}
	p.mu.Unlock()
	if answer != nil {
		answer(w, r)
		return
	}
	there, err := net.Dial("tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer there.Close()
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer here.Close()
	_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	var copying sync.WaitGroup
	copying.Go(func() {
		_, _ = io.Copy(there, here)
		_ = there.Close()
	})
	_, _ = io.Copy(here, there)
	_ = here.Close()
	copying.Wait()
}

// behind has the bot go by the proxy, with a password.
func (p *proxy) behind(c *Config) {
	address, _ := url.Parse(p.URL)
	address.User = url.UserPassword("me", "proxy-password")
	if t, ok := c.Transport.(*http.Transport); ok {
		t.Proxy = http.ProxyURL(address)
	}
}

func TestTheGatewayIsReachedByTheProxyOfTheTransport(t *testing.T) {
	t.Parallel()
	for name, secure := range map[string]bool{"http": false, "https": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := newServer(t, true), newProxy(t, secure)
			b := start(t, s, p.behind)
			s.accept().ready("abc")
			b.event("READY")
			b.stop()
			p.mu.Lock()
			defer p.mu.Unlock()
			want := "CONNECT " + strings.TrimPrefix(s.URL, "https://") + " Basic bWU6cHJveHktcGFzc3dvcmQ="
			if len(p.asked) != 2 || p.asked[0] != want || p.asked[1] != want {
				t.Errorf("the proxy was asked %q, want twice %q: the question and the gateway", p.asked, want)
			}
		})
	}
}

func TestAProxyThatFailsIsTriedAgainAndItsPasswordNotShown(t *testing.T) {
	t.Parallel()
	gateway := func(answer func(http.ResponseWriter, *http.Request)) []func(http.ResponseWriter, *http.Request) {
		return []func(http.ResponseWriter, *http.Request){nil, answer} // the question comes first
	}
	for name, tc := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		cause  string
	}{
		"refused": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(407) }, "407"},
		"cut":     {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		"chatty": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\nhello")
				_ = conn.Close()
			}
		}, "before it was spoken to"},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
				for err == nil {
					_, err = io.WriteString(conn, "X: "+strings.Repeat("x", 1000)+"\r\n")
				}
				_ = conn.Close()
			}
		}, "ask the proxy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := newServer(t, true), newProxy(t, false)
			p.first = gateway(tc.answer)
			b := start(t, s, p.behind)
			s.accept().ready("abc")
			b.event("READY")
			b.stop()
			log := b.log.String()
			if !strings.Contains(log, "ask the proxy 127.0.0.1") || !strings.Contains(log, tc.cause) {
				t.Errorf("the log does not say what the proxy did (%q)", tc.cause)
			}
			if strings.Contains(log, "proxy-password") {
				t.Error("the log has the proxy's password")
			}
		})
	}
	t.Run("silent", func(t *testing.T) {
		t.Parallel()
		s, p := newServer(t, true), newProxy(t, false)
		asked := make(chan struct{})
		done := make(chan struct{})
		p.first = gateway(func(http.ResponseWriter, *http.Request) { close(asked); <-done })
		t.Cleanup(func() { close(done) })
		b := start(t, s, p.behind)
		<-asked
		b.stop() // which does not wait for the proxy
	})
	t.Run("of a scheme that cannot be used", func(t *testing.T) {
		t.Parallel()
		l := &link{s: New(Config{Transport: &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "socks5", Host: "127.0.0.1:1"})}})}
		if _, err := l.reach(t.Context(), "tcp", "127.0.0.1:1", true); err == nil || !strings.Contains(err.Error(), `"socks5"`) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("that is not to be found", func(t *testing.T) {
		t.Parallel()
		none := errors.New("no way")
		l := &link{s: New(Config{Transport: &http.Transport{Proxy: func(*http.Request) (*url.URL, error) { return nil, none }}})}
		if _, err := l.reach(t.Context(), "tcp", "127.0.0.1:1", true); !errors.Is(err, none) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAProxyThatDoesNotAnswerHasATimeLimit(t *testing.T) {
	t.Parallel()
	s, p := newServer(t, true), newProxy(t, false)
	done := make(chan struct{})
	t.Cleanup(func() { close(done) })
	for range 1000 {
		p.first = append(p.first, func(http.ResponseWriter, *http.Request) { <-done })
	}
	ended := make(chan string, 1)
	b := start(t, s, func(c *Config) {
		p.behind(c)
		c.Limits.Connect = 50 * time.Millisecond
		c.Log = causes(ended)
	})
	if got := <-ended; !strings.Contains(got, "deadline exceeded") && !strings.Contains(got, "timeout") {
		t.Errorf("cause %q", got)
	}
	b.stop()
}
