package discord

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// sizes counts what the server keeps.
func (s *Server) sizes() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := map[string]int{
		"interactions": len(s.acts.byID), "order of interactions": len(s.acts.order), "modals": len(s.acts.modals),
		"messages": len(s.history.byID), "nonces": len(s.history.nonces.byKey), "order of nonces": len(s.history.nonces.order),
		"files": len(s.files.byID), "uploads": len(s.files.uploads), "buckets": len(s.edits),
		"events": len(s.feed.events), "subscribers": len(s.feed.subscribers), "commands": len(s.commands),
		"sessions": len(s.hub.sessions), "connections": len(s.hub.socks),
		"fate": len(s.fate.Closed) + len(s.fate.Denied) + len(s.fate.Gone) + len(s.fate.Kicked),
	}
	for _, list := range s.history.channels {
		n["listed messages"] += len(list)
	}
	for _, x := range s.hub.sessions {
		n["missed frames"] += len(x.missed)
	}
	return n
}

// direct serves a request without a network.
func (s *Server) direct(t *testing.T, method, path, body string) {
	t.Helper()
	r := httptest.NewRequest(method, "/api/v10/"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bot "+s.Token())
	w := httptest.NewRecorder()
	if s.serveAPI(w, r); w.Code >= 300 {
		t.Fatalf("%s: %d %s", method, w.Code, w.Body)
	}
}

// TestWhatIsKeptIsBounded: however many interactions there are, what is kept
// of them stays within its bounds, and is the same after a restart.
func TestWhatIsKeptIsBounded(t *testing.T) {
	t.Parallel()
	const (
		rounds = maxFeed/2 + 200 // with two events at least
		most   = 50
	)
	limits := Limits{History: most, Interactions: most, EditWindow: time.Nanosecond}
	dir := t.TempDir()
	s, err := New(Config{Dir: dir, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	s.direct(t, "PUT", "applications/"+app+"/commands", dreamCommand)
	s.mu.Lock() // a session that is away keeps what it misses
	away := &session{hub: &s.hub, id: "away", intents: intentMessages | intentDirect, shard: [2]int{0, 1}, gone: time.Now()}
	s.hub.sessions[away.id] = away
	s.mu.Unlock()

	for i := range rounds {
		in := s.opened(t, away, i)
		token := s.interactionToken(in.ID)
		s.direct(t, "POST", "interactions/"+in.ID+"/"+token+"/callback", `{"type":4,"data":{"content":"a"}}`)
		s.direct(t, "PATCH", "webhooks/"+app+"/"+token+"/messages/@original", `{"content":"b"}`)
		nonce := fmt.Sprintf(`{"content":"c","nonce":"%d","enforce_nonce":true}`, i)
		s.direct(t, "POST", "channels/"+s.DirectChannel(ada)+"/messages", nonce)
		if i%4 == 0 {
			if _, err := s.Upload(t.Context(), "a.txt", []byte("a")); err != nil {
				t.Fatal(err)
			}
		}
	}
	bounds := map[string]int{
		"interactions": most, "order of interactions": most, "modals": maxModals, "messages": 2 * most, "listed messages": 2 * most,
		"nonces": maxNonces, "order of nonces": maxNonces, "files": maxUploads + 2*most, "uploads": maxUploads,
		"buckets": maxBuckets, "events": maxFeed, "subscribers": 0, "commands": 1, "sessions": 1, "connections": 0,
		"missed frames": maxMissed, "fate": 0,
	}
	check := func(when string, s *Server) {
		t.Helper()
		for what, n := range s.sizes() {
			if most, known := bounds[what]; !known || n > most {
				t.Errorf("%s %d %s are kept, want %d at most", when, n, what, most)
			}
		}
	}
	check("at the end", s)
	if s.sizes()["messages"] != 2*most || s.sizes()["interactions"] != most {
		t.Errorf("it keeps less than it may: %v", s.sizes())
	}
	killed := killed(t, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for when, dir := range map[string]string{"after a kill": killed, "after a restart": dir} {
		again, err := New(Config{Dir: dir, Limits: limits})
		if err != nil {
			t.Fatal(err)
		}
		check(when, again)
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
}

// opened has a person type a command, with a session there to take it: only
// one that is connected is given any.
func (s *Server) opened(t *testing.T, x *session, i int) *interaction {
	t.Helper()
	k := &socket{out: make(chan []byte, 1), ending: make(chan struct{})}
	s.mu.Lock()
	x.sock = k
	s.mu.Unlock()
	in, err := s.invoke(kindCommand, Invocation{User: ada, Channel: dreams, Command: "dream", Options: []GivenValue{{"prompt", fmt.Sprint(i)}}})
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	x.sock = nil
	s.mu.Unlock()
	return in
}

func TestNoncesAreBoundedAndTheNewestStay(t *testing.T) {
	t.Parallel()
	n, now := newNonces(), time.Now()
	for i := range 2 * maxNonces {
		n.remember(fmt.Sprint(i), fmt.Sprint("m", i), now)
	}
	if len(n.byKey) != maxNonces || len(n.order) != maxNonces || n.find("0", now) != "" || n.find(fmt.Sprint(maxNonces), now) == "" {
		t.Errorf("%d are kept, the first %q", len(n.byKey), n.order[0])
	}
	last := fmt.Sprint(2*maxNonces - 1)
	if n.find(last, now.Add(nonceLife)) == "" || n.find(last, now.Add(nonceLife+1)) != "" {
		t.Error("it is not known for its time, or for longer")
	}
	n.remember(last, "again", now.Add(2*nonceLife))
	if len(n.byKey) != 1 || len(n.order) != 1 || n.find(last, now.Add(2*nonceLife)) != "again" {
		t.Errorf("after their time %v are kept", n.order)
	}
}

// TestAWaitingInteractionStays: the bound drops nothing that somebody waits for.
func TestAWaitingInteractionStays(t *testing.T) {
	t.Parallel()
	a, now := newActs(2), time.Now()
	a.put(&interaction{ID: "1", Created: now, done: make(chan Outcome, 1)})
	for i := range 5 {
		a.put(&interaction{ID: fmt.Sprint(2 + i), Created: now, dead: true})
		a.forget(now.Add(-time.Minute))
	}
	if a.byID["1"] == nil || len(a.order) != 6 {
		t.Errorf("%v are kept", a.order)
	}
	a.byID["1"].Acked = respondMessage
	if a.forget(now.Add(-time.Minute)); len(a.order) != 2 || a.order[1] != "6" {
		t.Errorf("%v are kept", a.order)
	}
	if a.forget(now.Add(time.Minute)); len(a.order) != 0 || len(a.byID) != 0 {
		t.Errorf("%v are kept after their time", a.order)
	}
}

// TestAnOutcomeIsNotKept: what a person saw belongs to whoever waits for it.
func TestAnOutcomeIsNotKept(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	_, e, _ := b.answered(`{"content":"a"}`)
	in := b.s.acts.byID[e.text("id")]
	if len(in.done) != 0 {
		t.Error("the outcome is kept")
	}
	ctx, cancel := context.WithCancel(b.ctx)
	cancel()
	if _, err := b.s.await(ctx, in, nil); err != context.Canceled {
		t.Errorf("a second one to wait: %v", err)
	}
}
