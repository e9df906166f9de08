package discord

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestReadySaysWhoAndWhere(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	c := b.dial()
	c.write(`{"op":1,"d":null}`)
	if e := c.read(); e.Op != opAck {
		t.Errorf("a heartbeat got %+v", e)
	}
	c.identify(intentGuilds)
	e := c.read()
	for path, want := range map[string]any{
		"application.id": app, "user.id": app, "guilds.1.unavailable": true, "shard.1": 1.0,
		"resume_gateway_url": "ws" + strings.TrimPrefix(b.base, "http") + "/gateway",
	} {
		if got := e.get(path); e.T != "READY" || got != want {
			t.Errorf("%s's %s is %v, want %v", e.T, path, got, want)
		}
	}
	for i, name := range []string{"Dream Harbor", "梦想工坊"} {
		e := c.read()
		if e.T != "GUILD_CREATE" || e.text("name") != name || *e.S != int64(i+2) || e.text("channels.1.type") != "0" || e.get("unavailable") != false {
			t.Errorf("then came %s %v", e.T, e.get("name"))
		}
	}
	if err := b.s.WaitOnline(b.ctx); err != nil || !b.s.State().Online {
		t.Errorf("online %v, %v", b.s.State().Online, err)
	}
	if left := b.must(200, "GET", "gateway/bot", "").get("session_start_limit.remaining"); left != 999.0 {
		t.Errorf("%v starts are left", left)
	}
}

func TestCloseCodes(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	identify := func(fields string) string {
		return fmt.Sprintf(`{"op":2,"d":{"token":%q,"properties":{},%s}}`, b.s.Token(), fields)
	}
	for name, c := range map[string]struct {
		frames []string
		code   int
	}{
		"no JSON":               {[]string{`{`}, 4002},
		"no opcode":             {[]string{`{"d":1}`}, 4002},
		"too long":              {[]string{`{"op":1,"d":"` + strings.Repeat("a", maxFrame) + `"}`}, 4002},
		"an unknown opcode":     {[]string{`{"op":99}`}, 4001},
		"not identified":        {[]string{`{"op":3,"d":{}}`}, 4003},
		"nothing to identify":   {[]string{`{"op":2,"d":{}}`}, 4002},
		"a wrong token":         {[]string{`{"op":2,"d":{"token":"x","intents":1,"properties":{}}}`}, 4004},
		"a wrong token, resume": {[]string{`{"op":6,"d":{"token":"x","session_id":"a","seq":1}}`}, 4004},
		"a malformed resume":    {[]string{`{"op":6,"d":[]}`}, 4002},
		"identified twice":      {[]string{identify(`"intents":0`), identify(`"intents":0`)}, 4005},
		"resumed when there":    {[]string{identify(`"intents":0`), `{"op":6,"d":{"token":"x","session_id":"a","seq":1}}`}, 4005},
		"a shard that is none":  {[]string{identify(`"intents":0,"shard":[1,1]`)}, 4010},
		"no intents":            {[]string{identify(`"shard":[0,1]`)}, 4013},
		"unknown intents":       {[]string{identify(`"intents":1073741824`)}, 4013},
		"message content":       {[]string{identify(`"intents":32768`)}, 4014},
		"too many frames":       {[]string{strings.Repeat(`{"op":1}|`, maxCommands+1)}, 4008},
	} {
		t.Run(name, func(t *testing.T) {
			k := b.dial()
			for _, f := range c.frames {
				for _, one := range strings.Split(strings.TrimSuffix(f, "|"), "|") {
					_ = k.ws.WriteMessage(websocket.TextMessage, []byte(one)) // it may be closed already
				}
			}
			if code := k.closed(); code != c.code {
				t.Errorf("closed with %d, want %d", code, c.code)
			}
		})
	}
}

func TestAClientWithoutHeartbeatIsClosed(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{Limits: Limits{Heartbeat: 20 * time.Millisecond}})
	if code := b.dial().closed(); code != 4009 {
		t.Errorf("closed with %d", code)
	}
}

func TestOtherDialectsAreRefused(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	for _, q := range []string{"?encoding=etf", "?compress=zstd-stream"} {
		_, res, err := websocket.DefaultDialer.DialContext(b.ctx, "ws"+strings.TrimPrefix(b.base, "http")+"/gateway"+q, nil)
		if err == nil || res.StatusCode != 400 {
			t.Errorf("%s: %v", q, err)
		}
		_ = res.Body.Close()
	}
	_, res, err := websocket.DefaultDialer.DialContext(b.ctx, "ws"+strings.TrimPrefix(b.base, "http")+"/gateway", http.Header{"Origin": {"https://example.org"}})
	if err == nil || res.StatusCode != 403 {
		t.Errorf("a page of elsewhere: %v", err)
	}
	_ = res.Body.Close()
	ws, res, err := websocket.DefaultDialer.DialContext(b.ctx, "ws"+strings.TrimPrefix(b.base, "http")+"/gateway?v=6", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	defer ws.Close()
	if code := (&client{bench: b, ws: ws}).closed(); code != 4012 {
		t.Errorf("version 6 is closed with %d", code)
	}
}

// resume comes back with a session on a new connection.
func (c *client) resume(seq int64) *client {
	c.Helper()
	k := c.dial()
	k.session = c.session
	k.write(fmt.Sprintf(`{"op":6,"d":{"token":%q,"session_id":%q,"seq":%d}}`, c.s.Token(), c.session, seq))
	return k
}

func TestAResumeReplaysWhatWasMissed(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	c := b.online(intentMessages)
	online := b.s.Subscribe(b.ctx, b.s.State().Seq)
	b.s.Gateway().CutAll()
	if e := <-online; e.Type != EventGateway || e.Online {
		t.Errorf("the event is %+v", e)
	}
	for range 3 {
		b.must(200, "POST", inDreams, `{"content":"a"}`)
	}
	k := c.resume(c.seq)
	for i := range int64(3) {
		if e := k.read(); e.T != "MESSAGE_CREATE" || *e.S != c.seq+i+1 {
			t.Errorf("replayed %s as %d", e.T, *e.S)
		}
	}
	if e := k.read(); e.T != "RESUMED" {
		t.Errorf("then came %s", e.T)
	}
	if !b.s.State().Online || b.s.Gateway().Sessions() != 1 {
		t.Error("it is not online")
	}
}

func TestWhatCannotBeResumed(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	invalid := func(k *client) {
		t.Helper()
		if e := k.read(); e.Op != opInvalidSession || e.D != false {
			t.Errorf("came %+v", e)
		}
		k.identify(0)
		k.next("READY")
	}
	c := b.online(0)
	c.session = "none"
	invalid(c.resume(0))

	c = b.online(0)
	if code := c.resume(99).closed(); code != 4007 {
		t.Errorf("a future seq is closed with %d", code)
	}

	c = b.online(0)
	_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(patience))
	c.closed()
	invalid(c.resume(c.seq))

	c = b.online(0)
	b.s.Gateway().CloseAll(4009)
	if code := c.closed(); code != 4009 {
		t.Errorf("closed with %d", code)
	}
	b.offline()
	invalid(c.resume(c.seq))

	c = b.online(intentMessages)
	seq := c.seq
	b.s.mu.Lock()
	x := b.s.hub.sessions[c.session]
	for range maxMissed + 1 {
		x.dispatch("TEST", nil)
	}
	b.s.mu.Unlock()
	invalid(c.resume(seq))
}

// offline waits until no session is connected.
func (b *bench) offline() {
	b.Helper()
	for {
		b.s.mu.Lock()
		online, changed := b.s.hub.online(), b.s.feed.changed
		b.s.mu.Unlock()
		if !online {
			return
		}
		select {
		case <-changed:
		case <-b.ctx.Done():
			b.Fatal(b.ctx.Err())
		}
	}
}

func TestFaultsOfTheGateway(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	c := b.online(0)
	b.s.Gateway().SendReconnect()
	if e := c.read(); e.Op != opReconnect {
		t.Errorf("came %+v", e)
	}
	b.s.Gateway().SendInvalidSession(true)
	if e := c.read(); e.Op != opInvalidSession || e.D != true {
		t.Errorf("came %+v", e)
	}
	c = c.resume(c.seq)
	c.next("RESUMED")
	b.s.Gateway().SendInvalidSession(false)
	if e := c.read(); e.Op != opInvalidSession || e.D != false {
		t.Errorf("came %+v", e)
	}
	if b.s.State().Online {
		t.Error("it is online without a session")
	}
	c.identify(0)
	c.next("READY")
	b.s.Gateway().CloseAll(4000)
	if code := c.closed(); code != 4000 {
		t.Errorf("closed with %d", code)
	}
}

func TestAnInteractionGoesToOneSession(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	b.must(200, "PUT", globalCommands, dreamCommand)
	quiet, old, newer := b.online(intentGuilds), b.online(intentMessages), b.online(intentMessages)
	quiet.next("GUILD_CREATE")
	quiet.next("GUILD_CREATE")
	ch := b.invoke()
	e := newer.next("INTERACTION_CREATE")
	b.must(204, "POST", e.path(), `{"type":4,"data":{"content":"a"}}`)
	b.saw(ch, OutcomeMessage)
	if e := old.read(); e.T != "MESSAGE_CREATE" {
		t.Errorf("the other session got %s", e.T)
	}
	quiet.write(`{"op":1}`)
	if e := quiet.read(); e.Op != opAck {
		t.Errorf("the session without the intent got %s", e.T)
	}
}

func TestShardsServeTheirGuilds(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	b.must(200, "PUT", globalCommands, dreamCommand)
	shard := snowflake(harbor) >> 22 % 2
	c := b.dial()
	c.write(fmt.Sprintf(`{"op":2,"d":{"token":%q,"intents":1,"properties":{},"shard":[%d,2]}}`, b.s.Token(), 1-shard))
	if e := c.read(); e.T != "READY" || e.get("guilds.0") != nil {
		t.Errorf("the other shard got %v", e.D)
	}
	b.saw(b.invoke(), OutcomeNone)
	c = b.dial()
	c.write(fmt.Sprintf(`{"op":2,"d":{"token":%q,"intents":1,"properties":{},"shard":[%d,2]}}`, b.s.Token(), shard))
	c.next("GUILD_CREATE")
	ch := b.invoke()
	e := c.next("INTERACTION_CREATE")
	b.must(204, "POST", e.path(), `{"type":4,"data":{"content":"a"}}`)
	b.saw(ch, OutcomeMessage)
}

func TestAClientThatDoesNotReadIsCutOff(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	b.online(intentMessages)
	big := strings.Repeat("a", 1<<16)
	// 16 MiB may wait, and the network takes some.
	for range 4 * maxQueued / len(big) {
		b.s.mu.Lock()
		b.s.dispatchGuild("TEST", harbor, intentMessages, big)
		b.s.mu.Unlock()
	}
	b.offline()
}

func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{Limits: Limits{Ack: time.Hour}})
	c, _, ch := b.dream()
	events := b.s.Subscribe(b.ctx, b.s.State().Seq)
	waits := make(chan error, 1)
	go func() {
		_, err := b.s.Wait(context.Background(), func(Message) bool { return false })
		waits <- err
	}()
	done := make(chan error, 1)
	go func() { done <- b.s.Close() }()
	if code := c.closed(); code != 1001 {
		t.Errorf("closed with %d", code)
	}
	b.saw(ch, OutcomeNone)
	for range events {
	}
	if err := <-waits; err == nil {
		t.Error("Wait found something")
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := b.s.Invoke(b.ctx, Invocation{User: ada, Channel: dreams, Command: "dream", Options: []GivenValue{{"prompt", "a"}}}); err == nil {
		t.Error("a closed server takes an act")
	}
	refused(t, b.call("GET", "users/@me", ""), 503, 0)
	if err := b.s.WaitOnline(b.ctx); err == nil {
		t.Error("a closed server is online")
	}
}
