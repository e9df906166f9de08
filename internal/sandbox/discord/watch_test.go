package discord

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
)

// happened is a gateway event without its time and its session's id.
type happened struct {
	Kind    string
	Of      bool // a session
	Code    int
	Details string
}

// gatewayWatched is a server that hands its gateway events to the test.
func gatewayWatched(t *testing.T) (b *bench, expect func(want ...happened)) {
	events := make(chan GatewayEvent, 1000)
	b = serve(t, Config{ObserveGateway: func(e GatewayEvent) { events <- e }})
	return b, func(want ...happened) {
		t.Helper()
		for _, w := range want {
			select {
			case e := <-events:
				if e.Session != "" && len(e.Session) != 8 || time.Since(e.Time) > patience {
					t.Errorf("the event %+v", e)
				}
				if diff := cmp.Diff(w, happened{e.Kind, e.Session != "", e.Code, e.Detail}); diff != "" {
					t.Errorf("an event is another one:\n%s", diff)
				}
			case <-b.ctx.Done():
				t.Fatalf("waiting for %+v", w)
			}
		}
	}
}

func TestWhatHappensAtTheGatewayIsTold(t *testing.T) {
	t.Parallel()
	b, expect := gatewayWatched(t)
	connected, identified, ready := happened{Kind: "connect"}, happened{Kind: "identify"}, happened{Kind: "ready", Of: true}
	sent := func(event string) happened { return happened{Kind: "dispatch", Of: true, Details: event} }

	c := b.online(intentGuilds | intentMessages)
	expect(connected, identified, ready, sent("GUILD_CREATE"), sent("GUILD_CREATE"))
	c.next("GUILD_CREATE")
	c.next("GUILD_CREATE")
	c.write(`{"op":1,"d":null}`)
	expect(happened{Kind: "heartbeat", Of: true})
	b.s.Gateway().SendReconnect()
	expect(happened{Kind: "reconnect", Of: true})

	b.s.Gateway().CutAll()
	expect(happened{Kind: "close", Of: true})
	b.must(200, "POST", inDreams, `{"content":"a"}`) // is kept, and sent by the resume
	c = c.resume(c.seq)
	c.next("RESUMED")
	expect(connected, happened{Kind: "resume", Of: true}, sent("MESSAGE_CREATE"), happened{Kind: "resumed", Of: true})

	b.s.Gateway().SendInvalidSession(false)
	expect(happened{Kind: "invalid session", Of: true})
	_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4200, "whatever the client says"), time.Now().Add(patience))
	expect(happened{"close", true, 4200, ""})

	c = b.dial()
	c.session = "whatever a client makes up"
	c.write(fmt.Sprintf(`{"op":6,"d":{"token":%q,"session_id":%q,"seq":1}}`, b.s.Token(), b.s.Token()))
	expect(connected, happened{Kind: "resume"}, happened{Kind: "invalid session"})
	b.s.Gateway().ReconnectAtIdentify(1)
	c.identify(0)
	expect(identified, happened{Kind: "reconnect"})
	c.identify(privileged)
	expect(identified, happened{"close", false, 4014, "Disallowed intent(s)."})
}

func TestTheStatusOfTheGateway(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	start := time.Now()
	if st := b.s.Gateway().Status(); st.Sessions == nil || len(st.Sessions) != 0 {
		t.Errorf("at first %+v", st)
	}
	away, here := b.online(0), b.online(intentGuilds)
	here.write(`{"op":1}`)
	here.next("GUILD_CREATE")
	here.next("GUILD_CREATE")
	for e := here.read(); e.Op != opAck; e = here.read() {
		t.Errorf("came %+v", e)
	}
	b.s.mu.Lock()
	x := b.s.hub.sessions[away.session]
	x.sock.cut()
	b.s.mu.Unlock()
	var st GatewayStatus
	for st = b.s.Gateway().Status(); st.Sessions[0].Connected; st = b.s.Gateway().Status() {
		if b.ctx.Err() != nil {
			t.Fatal("it stays connected")
		}
	}
	for i, want := range []SessionStatus{
		{ID: away.session[:8], Seq: 1}, {ID: here.session[:8], Connected: true, Intents: intentGuilds, Seq: 3},
	} {
		got := st.Sessions[i]
		if got.Since.Before(start) || got.Since.After(time.Now()) || got.Heartbeat.IsZero() == want.Connected {
			t.Errorf("the times of %+v", got)
		}
		got.Since, got.Heartbeat = time.Time{}, time.Time{}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("session %d:\n%s", i, diff)
		}
	}
	b.s.mu.Lock()
	x.gone = x.gone.Add(-resumeFor) // longer ago than it can be resumed
	b.s.mu.Unlock()
	if st := b.s.Gateway().Status(); len(st.Sessions) != 1 || st.Sessions[0].ID != here.session[:8] {
		t.Errorf("in the end %+v", st)
	}
}
