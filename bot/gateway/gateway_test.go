package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
)

func TestASessionIsOpenedWithIdentifyAndHandsOnEveryEvent(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprint("tls ", secure), func(t *testing.T) {
			t.Parallel()
			s := newServer(t, secure)
			b := start(t, s, nil)
			p := s.accept()
			p.hello(slow)
			var identify struct {
				Token      string
				Intents    int
				Compress   bool
				Properties map[string]string
			}
			if err := json.Unmarshal(p.expect(opIdentify).Data, &identify); err != nil {
				t.Fatal(err)
			}
			if identify.Token != botToken || identify.Intents != 1|1<<10 || identify.Compress || identify.Properties["$browser"] != "dreambot" {
				t.Errorf("IDENTIFY with intents %d, compress %v, properties %v, right token %v", identify.Intents,
					identify.Compress, identify.Properties, identify.Token == botToken)
			}
			if b.Ready() {
				t.Error("it is ready before READY")
			}
			p.send(`{"op":0,"s":1,"t":"READY","d":{"session_id":"abc","application":{"id":"7"}}}`)
			p.send(`{"op":0,"s":2,"t":"GUILD_CREATE","d":null}`)
			p.send(`{"op":0,"s":3,"t":"SOMETHING_NEW","d":{"a":[1,2,{"b":"<&>"}]}}`)
			p.send(`{"op":99,"d":{}}`)
			p.send(`{"op":0,"s":4,"t":"INTERACTION_CREATE","d":{"type":5,"data":{"components":[{"type":18}]}}}`)
			var got []string
			for _, typ := range []string{"READY", "GUILD_CREATE", "SOMETHING_NEW", "INTERACTION_CREATE"} {
				got = append(got, string(b.event(typ).Data))
			}
			want := []string{`{"session_id":"abc","application":{"id":"7"}}`, `null`, `{"a":[1,2,{"b":"<&>"}]}`,
				`{"type":5,"data":{"components":[{"type":18}]}}`}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("data (-want +got):\n%s", diff)
			}
			if !b.Ready() {
				t.Error("it is not ready")
			}
			b.stop()
			if code := p.ended(); code != websocket.CloseNormalClosure {
				t.Errorf("close code %d, want 1000, which ends the session", code)
			}
		})
	}
}

func TestHeartbeatsAreSentAndAnswered(t *testing.T) {
	t.Parallel()
	s := newServer(t, false)
	b := start(t, s, nil)
	p := s.accept()
	p.hello(4000) // ms: so that a slow machine is in time with its ACKs
	p.expect(opIdentify)
	p.send(`{"op":0,"s":41,"t":"READY","d":{"session_id":"abc"}}`)
	for range 2 {
		if m := p.expect(opHeartbeat); string(m.Data) != "41" {
			t.Errorf("heartbeat with %s, want the last sequence, 41", m.Data)
		}
		p.send(`{"op":11}`)
	}
	p.send(`{"op":1,"d":null}`)
	p.expect(opHeartbeat)
	pong := make(chan string, 1)
	p.conn.SetPongHandler(func(data string) error { pong <- data; return nil })
	if err := p.conn.WriteControl(websocket.PingMessage, []byte("are you there"), time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	p.send(`{"op":1}`) // its answer comes after the pong
	p.expect(opHeartbeat)
	if got := <-pong; got != "are you there" {
		t.Errorf("pong %q", got)
	}
	b.event("READY")
	b.stop()
}

func TestASessionIsResumedWhereDiscordStillHasIt(t *testing.T) {
	t.Parallel()
	for name, disconnect := range map[string]func(*peer){
		"op 7":               func(p *peer) { p.send(`{"op":7,"d":null}`) },
		"op 9, d true":       func(p *peer) { p.send(`{"op":9,"d":true}`) },
		"close code 4000":    func(p *peer) { p.closeWith(4000) },
		"close code 4001":    func(p *peer) { p.closeWith(4001) },
		"close code 4002":    func(p *peer) { p.closeWith(4002) },
		"close code 4003":    func(p *peer) { p.closeWith(4003) },
		"close code 4005":    func(p *peer) { p.closeWith(4005) },
		"close code 4008":    func(p *peer) { p.closeWith(4008) },
		"close code 4999":    func(p *peer) { p.closeWith(4999) },
		"no close code":      func(p *peer) { _ = p.conn.WriteControl(websocket.CloseMessage, nil, time.Now().Add(patience)) },
		"the line is cut":    func(p *peer) { _ = p.conn.Close() },
		"the line is reset":  func(p *peer) { p.reset() },
		"cut in a frame":     func(p *peer) { p.raw(appendFrame(nil, frameText, []byte(`{"op":11}`))[:5]); _ = p.conn.Close() },
		"no json":            func(p *peer) { p.send(`nonsense`) },
		"json cut short":     func(p *peer) { p.send(`{"op":0,"t":"X","d":{`) },
		"two json values":    func(p *peer) { p.send(`{"op":11}{"op":11}`) },
		"a huge message":     func(p *peer) { p.raw([]byte{finalBit | frameText, 127, 0, 0, 0, 1, 0, 0, 0, 0}) },
		"a message of zlib":  func(p *peer) { _ = p.conn.WriteMessage(websocket.BinaryMessage, []byte("\x78\x9c\xaa\x56")) },
		"null":               func(p *peer) { p.send(`null`) },
		"a binary message":   func(p *peer) { _ = p.conn.WriteMessage(websocket.BinaryMessage, []byte("x")) },
		"a HELLO to stop at": func(p *peer) { p.hello(0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, false)
			b := start(t, s, nil)
			p := s.accept()
			p.ready("abc")
			p.send(`{"op":0,"s":7,"t":"RESUMABLE","d":{}}`)
			b.event("READY")
			b.event("RESUMABLE")
			disconnect(p)
			if code := p.ended(); code != websocket.CloseAbnormalClosure {
				t.Errorf("the bot sent close code %d, which ends the session", code)
			}

			p = s.accept()
			p.resumed("abc", 7)
			b.event("RESUMED")
			if !b.Ready() {
				t.Error("it is not ready")
			}
			// The sequence goes on, and events that are sent again come through
			// before RESUMED too.
			_ = p.conn.Close()
			p = s.accept()
			p.hello(slow)
			p.expect(opResume)
			p.send(`{"op":0,"s":9,"t":"MISSED","d":{}}`)
			b.event("MISSED")
			p.send(`{"op":7}`)
			p = s.accept()
			p.resumed("abc", 9)
			b.event("RESUMED")
			b.stop()
		})
	}
}

func TestAFreshSessionIsOpenedWhereDiscordHasNoneToResume(t *testing.T) {
	t.Parallel()
	for name, disconnect := range map[string]func(*peer){
		"op 9, d false":   func(p *peer) { p.send(`{"op":9,"d":false}`) },
		"op 9, no d":      func(p *peer) { p.send(`{"op":9}`) },
		"close code 1000": func(p *peer) { p.closeWith(1000) },
		"close code 1001": func(p *peer) { p.closeWith(1001) },
		"close code 4007": func(p *peer) { p.closeWith(4007) },
		"close code 4009": func(p *peer) { p.closeWith(4009) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, false)
			b := start(t, s, nil)
			p := s.accept()
			p.ready("abc")
			b.event("READY")
			disconnect(p)
			p = s.accept()
			p.ready("def")
			b.event("READY")
			_ = p.conn.Close()
			s.accept().resumed("def", 1)
			b.event("RESUMED")
			b.stop()
		})
	}
}

// READY tells which gateway has the session; where that one cannot be reached,
// any is asked again.
func TestASessionIsResumedAtTheGatewayThatHasIt(t *testing.T) {
	t.Parallel()
	for name, reachable := range map[string]bool{"it can be reached": true, "it cannot": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, has := newServer(t, false), newServer(t, false)
			if !reachable {
				has.upgrade = func(w http.ResponseWriter, _ *http.Request) bool {
					w.WriteHeader(http.StatusServiceUnavailable)
					return false
				}
			}
			b := start(t, s, nil)
			p := s.accept()
			p.hello(slow)
			p.expect(opIdentify)
			p.send(`{"op":0,"s":1,"t":"READY","d":{"session_id":"abc","resume_gateway_url":%q}}`, "ws"+strings.TrimPrefix(has.URL, "http")+"/ws")
			b.event("READY")
			p.send(`{"op":7}`)
			if reachable {
				has.accept().resumed("abc", 1)
			} else {
				s.accept().resumed("abc", 1)
			}
			b.event("RESUMED")
			b.stop()
		})
	}
}

func TestAResumeThatIsRefusedIsFollowedByAFreshSession(t *testing.T) {
	t.Parallel()
	s := newServer(t, false)
	b := start(t, s, nil)
	p := s.accept()
	p.ready("abc")
	b.event("READY")
	p.send(`{"op":7}`)
	p = s.accept()
	p.hello(slow)
	p.expect(opResume)
	p.send(`{"op":9,"d":false}`)
	s.accept().ready("def")
	b.event("READY")
	b.stop()
}

func TestASessionIsResumedThreeTimesInVainAndNotMore(t *testing.T) {
	t.Parallel()
	s := newServer(t, false)
	b := start(t, s, nil)
	p := s.accept()
	p.ready("abc")
	b.event("READY")
	_ = p.conn.Close()
	for range maxTries {
		p = s.accept()
		p.hello(slow)
		p.expect(opResume)
		_ = p.conn.Close()
	}
	s.accept().ready("def")
	b.event("READY")
	b.stop()
}

// What locks discordgo up for ever, or kills the process, in place of READY.
func TestNothingInPlaceOfREADYStopsTheNextAttempt(t *testing.T) {
	t.Parallel()
	for name, say := range map[string]func(*peer){
		"op 7":                 func(p *peer) { p.send(`{"op":7}`) },
		"op 9":                 func(p *peer) { p.send(`{"op":9,"d":false}`) },
		"op 7, in two frames":  func(p *peer) { p.inFrames(`{"op":`, `7}`) },
		"op 7, in odd writing": func(p *peer) { p.send(` {"s":null, "OP" : 7 }`) },
		"op 7 after op 11":     func(p *peer) { p.send(`{"op":11}`); p.send(`{"op":7}`) },
		"null":                 func(p *peer) { p.send(`null`) },
		"a close frame":        func(p *peer) { p.closeWith(4000) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, false)
			b := start(t, s, nil)
			p := s.accept()
			p.hello(slow)
			p.expect(opIdentify)
			say(p)
			s.accept().ready("abc")
			b.event("READY")
			b.stop()
		})
	}
}

func TestWhatOpensLateIsOpenAllTheSame(t *testing.T) {
	t.Parallel()
	s := newServer(t, false)
	b := start(t, s, nil)
	p := s.accept()
	p.hello(slow)
	p.expect(opIdentify)
	p.send(`{"op":1}`) // discordgo takes it for READY
	p.expect(opHeartbeat)
	if b.Ready() {
		t.Error("it is ready before READY")
	}
	p.inFrames(`{"op":0,"s":1,"t":"READY",`, `"d":{"session_id"`, `:"abc"}}`)
	b.event("READY")
	if !b.Ready() {
		t.Error("it is not ready")
	}
	_ = p.conn.Close()
	s.accept().resumed("abc", 1)
	b.event("RESUMED")
	b.stop()
}

func TestAPanicOfTheHandlerEndsNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t, false)
	handled := make(chan string, 10)
	b := start(t, s, func(c *Config) {
		c.Handle = func(e Event) {
			handled <- e.Type
			if e.Type == "BAD" {
				panic("no good")
			}
		}
	})
	p := s.accept()
	p.ready("abc")
	p.send(`{"op":0,"s":2,"t":"BAD","d":{}}`)
	p.send(`{"op":0,"s":3,"t":"GOOD","d":{}}`)
	for _, want := range []string{"READY", "BAD", "GOOD"} {
		if got := <-handled; got != want {
			t.Errorf("event %q, want %q", got, want)
		}
	}
	b.stop()
	if log := b.log.String(); !strings.Contains(log, "no good") || !strings.Contains(log, "event=BAD") {
		t.Errorf("the panic is not in the log:\n%s", log)
	}
}

func TestTheSessionEndsWithItsContextInEveryPhase(t *testing.T) {
	t.Parallel()
	for name, reach := range map[string]func(*server, *bot){
		"at once": func(*server, *bot) {},
		"connected": func(s *server, _ *bot) {
			s.accept()
		},
		"after HELLO": func(s *server, _ *bot) {
			p := s.accept()
			p.hello(slow)
			p.expect(opIdentify)
		},
		"ready": func(s *server, b *bot) {
			s.accept().ready("abc")
			b.event("READY")
		},
		"while it resumes": func(s *server, b *bot) {
			p := s.accept()
			p.ready("abc")
			b.event("READY")
			p.send(`{"op":7}`)
			p = s.accept()
			p.hello(slow)
			p.expect(opResume)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, false)
			b := start(t, s, nil)
			reach(s, b)
			b.stop()
		})
	}
	t.Run("while it asks for the address", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, false)
		asked := make(chan struct{})
		s.ask = func(_ http.ResponseWriter, r *http.Request) {
			close(asked)
			<-r.Context().Done()
		}
		b := start(t, s, nil)
		<-asked
		b.stop()
	})
	t.Run("while it waits for the next attempt", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, false)
		s.ask = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }
		ended := make(chan string, 1)
		b := start(t, s, func(c *Config) {
			c.Limits = Limits{MinBackoff: time.Hour, MaxBackoff: time.Hour}
			c.Log = causes(ended)
		})
		<-ended
		b.stop()
	})
}

func TestNoEventIsDeliveredAfterTheContextHasEnded(t *testing.T) {
	t.Parallel()
	s := newServer(t, false)
	var b *bot
	var late atomic.Int32
	started := make(chan struct{})
	b = start(t, s, func(c *Config) {
		c.Handle = func(e Event) {
			<-started
			switch e.Type {
			case "LAST":
				b.cancel()
			case "LATE":
				late.Add(1)
			}
		}
	})
	close(started)
	p := s.accept()
	p.ready("abc")
	p.inFrames(`{"op":0,"s":2,"t":"LAST","d":{}}`)
	for range 50 {
		if p.conn.WriteMessage(websocket.TextMessage, []byte(`{"op":0,"s":3,"t":"LATE","d":{}}`)) != nil {
			break
		}
	}
	if err := b.wait(); err != nil {
		t.Error(err)
	}
	if n := late.Load(); n != 0 {
		t.Errorf("%d events after the end", n)
	}
}
