package gateway

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestConnectingHasATimeLimit(t *testing.T) {
	t.Parallel()
	const hello = `{"op":10,"d":{"heartbeat_interval":45000}}`
	for name, tc := range map[string]struct {
		silence func(*server)
		say     []string // to whoever connects; nil: nobody gets that far
		cause   string
	}{
		"no address": {silence: func(s *server) {
			s.ask = func(_ http.ResponseWriter, r *http.Request) {
				select {
				case <-r.Context().Done():
				case <-s.done:
				}
			}
		}, cause: "context deadline exceeded"},
		"no upgrade": {silence: func(s *server) {
			s.upgrade = func(_ http.ResponseWriter, r *http.Request) bool {
				select {
				case <-r.Context().Done():
				case <-s.done:
				}
				return false
			}
		}, cause: "no HELLO within 50ms"},
		"no HELLO":                 {say: []string{}, cause: "no HELLO within 50ms"},
		"no READY":                 {say: []string{hello}, cause: "no READY within 50ms"},
		"no READY but a heartbeat": {say: []string{hello, `{"op":1}`}, cause: "no READY within 50ms"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, false)
			if tc.silence != nil {
				tc.silence(s)
			}
			ended := make(chan string, 100)
			b := start(t, s, func(c *Config) {
				c.Limits.Connect = 50 * time.Millisecond
				c.Log = causes(ended)
			})
			quit := make(chan struct{})
			var speaking sync.WaitGroup
			if tc.say != nil {
				speaking.Go(func() {
					for {
						select {
						case p := <-s.peers:
							for _, m := range tc.say {
								// The bot may have given up already: then the
								// next connection is heard.
								_ = p.conn.WriteMessage(websocket.TextMessage, []byte(m))
							}
							defer p.conn.Close()
						case <-quit:
							return
						}
					}
				})
			}
			t.Cleanup(func() { close(quit); speaking.Wait() })
			deadline := time.After(patience)
			for {
				select {
				case got := <-ended:
					if !strings.Contains(got, tc.cause) {
						continue // a slow machine can be late at an earlier step
					}
				case <-deadline:
					t.Fatalf("no connection ended with %q", tc.cause)
				}
				break
			}
			b.stop()
		})
	}
}

func TestAConnectionWithoutHeartbeatACKsIsGivenUpAndResumed(t *testing.T) {
	t.Parallel()
	s := newServer(t, false)
	ended := make(chan string, 100)
	b := start(t, s, func(c *Config) { c.Log = causes(ended) })
	p := s.accept()
	p.hello(1000)
	p.expect(opIdentify)
	p.send(`{"op":0,"s":1,"t":"READY","d":{"session_id":"abc"}}`)
	b.event("READY")
	// Events do not stand for ACKs.
	p.send(`{"op":0,"s":2,"t":"LIFE","d":{}}`)
	b.event("LIFE")
	if code := p.ended(); code != websocket.CloseAbnormalClosure {
		t.Errorf("the bot sent close code %d", code)
	}
	if got := <-ended; !strings.Contains(got, "no heartbeat ACK within 2.5s") {
		t.Errorf("cause %q", got)
	}
	s.accept().resumed("abc", 2)
	b.event("RESUMED")
	b.stop()
}

func TestCloseCodesThatNothingHealsEndTheSessionWithOneClearSentence(t *testing.T) {
	t.Parallel()
	for code, words := range map[int][]string{
		4004: {"token", "DISCORD_TOKEN", "Bot page"},
		4010: {"shard", "update"},
		4011: {"2,500 servers", "remove it from some"},
		4012: {"version", "update"},
		4013: {"intents", "update"},
		4014: {"privileged intents", "Bot page"},
	} {
		for _, when := range []string{"in place of HELLO", "in place of READY", "of an open session"} {
			t.Run(fmt.Sprint(code, " ", when), func(t *testing.T) {
				t.Parallel()
				s := newServer(t, false)
				b := start(t, s, nil)
				p := s.accept()
				switch when {
				case "in place of READY":
					p.hello(slow)
					p.expect(opIdentify)
				case "of an open session":
					p.ready("abc")
					b.event("READY")
				}
				p.closeWith(code)
				var fatal *FatalError
				if err := b.wait(); !errors.As(err, &fatal) || fatal.Code != code {
					t.Fatalf("Run returned %v", err)
				}
				if b.Ready() {
					t.Error("it is ready after its end")
				}
				text := fatal.Error()
				for _, word := range words {
					if !strings.Contains(text, word) {
						t.Errorf("%q does not say %q", text, word)
					}
				}
				if strings.ContainsAny(text, "\n.!") || strings.Contains(text, botToken) {
					t.Errorf("%q is not one sentence", text)
				}
			})
		}
	}
}

func TestARefusedTokenOverHTTPEndsTheSession(t *testing.T) {
	t.Parallel()
	s := newServer(t, false)
	s.ask = func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"code":0,"message":"401: Unauthorized"}`))
	}
	b := start(t, s, nil)
	var fatal *FatalError
	if err := b.wait(); !errors.As(err, &fatal) || fatal.Code != 4004 {
		t.Fatalf("Run returned %v", err)
	}
}

func TestTroubleBeforeTheConnectionIsNotTheEnd(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]func(s *server, first func() bool){
		"no answer": func(s *server, first func() bool) {
			s.ask = func(w http.ResponseWriter, _ *http.Request) {
				if first() {
					panic(http.ErrAbortHandler)
				}
				s.address(w)
			}
		},
		"429": func(s *server, first func() bool) {
			s.ask = func(w http.ResponseWriter, _ *http.Request) {
				if first() {
					w.Header().Set("Retry-After", "3600")
					w.WriteHeader(429)
					_, _ = w.Write([]byte(`{"retry_after":3600}`))
					return
				}
				s.address(w)
			}
		},
		"502": func(s *server, first func() bool) {
			s.ask = func(w http.ResponseWriter, _ *http.Request) {
				if first() {
					w.WriteHeader(502)
					return
				}
				s.address(w)
			}
		},
		"an endless answer": func(s *server, first func() bool) {
			s.ask = func(w http.ResponseWriter, _ *http.Request) {
				if first() {
					for range 1 << 10 {
						_, _ = w.Write(make([]byte, 1<<10))
					}
					return
				}
				s.address(w)
			}
		},
		"an address that is none": func(s *server, first func() bool) {
			s.ask = func(w http.ResponseWriter, _ *http.Request) {
				if first() {
					_, _ = w.Write([]byte(`{"url":"gopher://x"}`))
					return
				}
				s.address(w)
			}
		},
		"a refused connection": func(s *server, first func() bool) {
			s.ask = func(w http.ResponseWriter, _ *http.Request) {
				if first() {
					_, _ = w.Write([]byte(`{"url":"ws://127.0.0.1:1"}`))
					return
				}
				s.address(w)
			}
		},
		"no websocket": func(s *server, first func() bool) {
			s.upgrade = func(w http.ResponseWriter, _ *http.Request) bool {
				if first() {
					w.WriteHeader(503)
					return false
				}
				return true
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, false)
			var asked atomic.Int32
			trouble(s, func() bool { return asked.Add(1) <= 2 })
			b := start(t, s, nil)
			s.accept().ready("abc")
			b.event("READY")
			if n := asked.Load(); n != 3 {
				t.Errorf("%d attempts, want 3", n)
			}
			b.stop()
		})
	}
}

func TestASessionOutlivesAServerThatIsDownForAWhile(t *testing.T) {
	t.Parallel()
	s := newServer(t, false)
	var down atomic.Int32
	refused := make(chan struct{}, 1)
	s.ask = func(w http.ResponseWriter, _ *http.Request) {
		if n := down.Load(); n > 0 {
			if down.Add(-1) == 0 {
				refused <- struct{}{}
			}
			panic(http.ErrAbortHandler)
		}
		s.address(w)
	}
	b := start(t, s, nil)
	p := s.accept()
	p.ready("abc")
	b.event("READY")
	down.Store(2 * maxTries) // more than a session is resumed in vain
	_ = p.conn.Close()
	<-refused
	if b.Ready() {
		t.Error("it is ready without a connection")
	}
	s.accept().resumed("abc", 1)
	b.event("RESUMED")
	b.stop()
}

func TestTheTokenIsSentOpenlyToThisMachineAlone(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{"127.0.0.1": true, "127.8.0.1": true, "::1": true, "10.0.0.1": false, "192.0.2.1": false, "::": false} {
		if got := local(&net.TCPAddr{IP: net.ParseIP(addr), Port: 80}); got != want {
			t.Errorf("%s: got %v", addr, got)
		}
	}
	if local(&net.UnixAddr{}) {
		t.Error("an address of another kind counts as this machine")
	}
}
