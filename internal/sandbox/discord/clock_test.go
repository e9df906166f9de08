package discord

import (
	"errors"
	"testing"
	"time"
)

func TestTheClockGoesAhead(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	c, e, m := b.answered(`{"content":"a"}`)
	up, err := b.s.Upload(b.ctx, "a.png", picture(t, 2, 2))
	b.done(err)
	file := b.upload("POST", inDreams, `{"content":"a"}`, part{"files[0]", "a.png", "", picture(t, 2, 2)})
	link := file.text("attachments.0.url")

	b.s.Skip(14 * time.Minute)
	b.must(200, "PATCH", e.hook("@original"), `{"content":"b"}`)
	b.s.Skip(2 * time.Minute)
	refused(t, b.call("PATCH", e.hook("@original"), `{"content":"c"}`), 401, 50027)
	if res, _ := b.fetch(link, nil); res.StatusCode != 200 {
		t.Errorf("within the day: %d", res.StatusCode)
	}
	b.s.Skip(urlLife)
	if res, _ := b.fetch(link, nil); res.StatusCode != 404 {
		t.Errorf("a day later: %d", res.StatusCode)
	}
	at := inDreams + "/" + file.text("id")
	if res, _ := b.fetch(b.must(200, "GET", at, "").text("attachments.0.url"), nil); res.StatusCode != 200 {
		t.Errorf("read again: %d", res.StatusCode)
	}
	// A command's file is gone, whatever is signed.
	b.s.mu.Lock()
	fresh := b.s.signedURL(b.s.files.byID[up.ID], b.s.now())
	b.s.mu.Unlock()
	if res, _ := b.fetch(fresh, nil); res.StatusCode != 404 {
		t.Errorf("a command's file: %d", res.StatusCode)
	}
	if _, err := b.s.Invoke(b.ctx, Invocation{User: ada, Channel: dreams, Command: "dream",
		Options: []GivenValue{{"prompt", "a"}, {"image", up.ID}}}); !errors.Is(err, ErrUnknown) {
		t.Errorf("given again: %v", err)
	}
	r := b.must(200, "PATCH", inDreams+"/"+m.ID, `{"content":"c"}`)
	edited, err := time.Parse(time.RFC3339, r.text("edited_timestamp"))
	if err != nil || edited.Sub(m.Timestamp) < urlLife {
		t.Errorf("edited at %v, made at %v, %v", edited, m.Timestamp, err)
	}
	// What is asked now is answered in time all the same.
	ch := b.invoke()
	e = c.next("INTERACTION_CREATE")
	if age := madeAt(e.text("id")).Sub(m.Timestamp); age < urlLife {
		t.Errorf("it is %v younger", age)
	}
	b.s.Skip(time.Minute)
	b.must(204, "POST", e.path(), `{"type":4,"data":{"content":"a"}}`)
	if out := b.saw(ch, OutcomeMessage); out.Took > patience {
		t.Errorf("it took %v", out.Took)
	}
}

func TestANonceEndsByTheClock(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	send := func() string {
		return b.must(200, "POST", inDreams, `{"content":"a","nonce":"n","enforce_nonce":true}`).text("id")
	}
	first := send()
	if again := send(); again != first {
		t.Errorf("at once it is %s", again)
	}
	b.s.Skip(nonceLife + time.Second)
	if later := send(); later == first {
		t.Error("later it is the same")
	}
}

func TestTheClockIsBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := serve(t, Config{Dir: dir})
	b.s.Skip(0)
	b.s.Skip(-time.Hour)
	if d := time.Until(b.s.now()); d > time.Second {
		t.Errorf("it is %v ahead", d)
	}
	b.s.Skip(time.Hour)
	ahead := func(s *Server) time.Duration { return time.Duration(s.ahead.Load()) }
	for _, copied := range []string{killed(t, dir), shut(t, b.s, dir)} {
		s, err := New(Config{Dir: copied})
		if err != nil {
			t.Fatal(err)
		}
		if ahead(s) != time.Hour {
			t.Errorf("after the restart it is %v ahead", ahead(s))
		}
		for range 3 {
			s.Skip(1<<63 - 1)
		}
		if ahead(s) != maxSkip {
			t.Errorf("at most it is %v ahead", ahead(s))
		}
		s.mu.Lock()
		first, second := s.newID(), s.newID()
		s.mu.Unlock()
		if snowflake(first) >= snowflake(second) || madeAt(first).Before(time.Now().Add(maxSkip-time.Hour)) {
			t.Errorf("ids are %s and %s", first, second)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
