package discord

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// seen is what people see, without the parts that every look makes anew.
func seen(s *Server) State {
	st := s.State()
	st.Seq = 0
	return st
}

func compareStates(t *testing.T, before, after State) {
	t.Helper()
	if diff := cmp.Diff(before, after, cmpopts.IgnoreFields(Attachment{}, "URL"), cmpopts.IgnoreFields(Media{}, "URL", "ProxyURL"), cmpopts.IgnoreFields(State{}, "Online")); diff != "" {
		t.Errorf("after the restart:\n%s", diff)
	}
}

// fill makes something of everything.
func (b *bench) fill() (event, Message) {
	b.Helper()
	_, e, _ := b.answered(card)
	b.upload("PATCH", e.hook("@original"), `{"components":[{"type":12,"items":[{"media":{"url":"attachment://a.png"}}]},
		{"type":1,"components":[{"type":2,"style":1,"label":"a","custom_id":"a"}]}]}`, part{"files[0]", "a.png", "", picture(b.T, 2, 2)})
	b.must(204, "DELETE", inDreams+"/"+b.must(200, "POST", inDreams, `{"content":"a"}`).text("id"), "")
	return e, b.s.Messages(dreams)[0]
}

func TestARestartKeepsEverything(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(t *testing.T, b *bench, dir string) string{
		"closed": func(t *testing.T, b *bench, dir string) string {
			if err := b.s.Close(); err != nil {
				t.Fatal(err)
			}
			return dir
		},
		// What a kill leaves is what is on the disk at any moment.
		"killed": func(t *testing.T, b *bench, dir string) string {
			copied := t.TempDir()
			if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			f, err := os.OpenFile(filepath.Join(copied, journalName), os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = f.WriteString(`{"message":{"id":"17`)
			_ = f.Close()
			if err := os.WriteFile(filepath.Join(copied, "attachments", "99"), []byte("orphan"), 0o600); err != nil {
				t.Fatal(err)
			}
			return copied
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			b := serve(t, Config{Dir: dir})
			e, m := b.fill()
			before := seen(b.s)
			s, err := New(Config{Dir: leave(t, b, dir)})
			if err != nil {
				t.Fatal(err)
			}
			again := serveServer(t, s)
			compareStates(t, before, seen(s))
			if s.Token() != b.s.Token() {
				t.Error("the token is another")
			}
			if res, raw := again.fetch(s.Messages(dreams)[0].Attachments[0].URL, nil); res.StatusCode != 200 || len(raw) == 0 {
				t.Errorf("the attachment: %d", res.StatusCode)
			}
			if _, err := os.Stat(s.files.path("99")); err == nil {
				t.Error("a file that nothing knows of is kept")
			}
			refused(t, again.call("POST", e.path(), `{"type":4,"data":{"content":"b"}}`), 400, 40060)
			if r := again.must(200, "PATCH", e.hook("@original"), `{"components":[{"type":10,"content":"later"}]}`); r.text("interaction_metadata.user.id") != ada {
				t.Errorf("edited, it is %s", r.raw)
			}
			if id := again.must(200, "POST", inDreams, `{"content":"a"}`).text("id"); snowflake(id) <= snowflake(m.ID) {
				t.Errorf("%s comes after %s", id, m.ID)
			}
		})
	}
}

func TestTheJournalIsCompacted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := serve(t, Config{Dir: dir})
	b.must(200, "POST", inDreams, `{"content":"a"}`)
	b.s.mu.Lock()
	b.s.journal.lines = maxJournal
	b.s.mu.Unlock()
	b.must(200, "POST", inDreams, `{"content":"b"}`)
	b.must(200, "POST", inDreams, `{"content":"c"}`)
	raw, err := os.ReadFile(filepath.Join(dir, journalName))
	if err != nil || bytes.Count(raw, []byte("\n")) != 1 {
		t.Errorf("the journal has %d lines, %v", bytes.Count(raw, []byte("\n")), err)
	}
	before := seen(b.s)
	if err := b.s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	compareStates(t, before, seen(s))
}

func TestAStateThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, content := range []string{`{`, `{}`, `{"version":1}`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, stateName), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := New(Config{Dir: dir}); err == nil || !strings.Contains(err.Error(), stateName) {
			t.Errorf("%s: %v", content, err)
		}
	}
}

func TestATemporaryFolderIsRemoved(t *testing.T) {
	t.Parallel()
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Upload(t.Context(), "a", []byte("a")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
		t.Errorf("the folder: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{Limits: Limits{EditWindow: time.Hour, WebhookEdits: 2, ChannelEdits: 1}})
	_, e, m := b.answered(`{"content":"a"}`)
	edit := func() reply { return b.call("PATCH", e.hook("@original"), `{"content":"b"}`) }
	if r := edit(); r.status != 200 || r.header.Get("X-RateLimit-Limit") != "2" || r.header.Get("X-RateLimit-Remaining") != "1" || r.header.Get("X-RateLimit-Bucket") == "" {
		t.Errorf("the first: %d %v", r.status, r.header)
	}
	edit()
	r := edit()
	refused(t, r, 429, 0)
	if wait, _ := r.get("retry_after").(float64); wait < 3000 || wait > 3600 || r.get("global") != false || r.header.Get("Retry-After") == "" || r.header.Get("X-RateLimit-Scope") != "user" {
		t.Errorf("%s, %v", r.raw, r.header)
	}
	b.must(200, "PATCH", inDreams+"/"+m.ID, `{"content":"c"}`)
	b.must(429, "PATCH", inDreams+"/"+m.ID, `{"content":"c"}`)
	b.must(200, "GET", e.hook("@original"), "")
	other := serve(t, Config{Limits: Limits{EditWindow: time.Nanosecond, WebhookEdits: 1}})
	_, e, _ = other.answered(`{"content":"a"}`)
	for range 3 {
		other.must(200, "PATCH", e.hook("@original"), `{"content":"b"}`)
	}
}

func TestCallsAreObserved(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var calls []Call
	b := serve(t, Config{Observe: func(c Call) {
		c.Body, c.Payload = bytes.Clone(c.Body), bytes.Clone(c.Payload)
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, c)
	}})
	_, e, _ := b.answered(`{"content":"a"}`)
	b.upload("PATCH", e.hook("@original"), `{"content":"b"}`, part{"files[0]", "a.bin", "", []byte("the file itself")})
	b.call("POST", e.path(), `{"type":4,"data":{"content":"a"}}`)
	b.call("GET", "nowhere/"+e.text("token"), "")
	if err := b.s.Close(); err != nil { // so that the last call was observed
		t.Fatal(err)
	}
	b.call("GET", "gateway", "")
	mu.Lock()
	defer mu.Unlock()
	var edit, second Call
	for _, c := range calls {
		if strings.Contains(c.Path, e.text("token")) {
			t.Error("a token is shown")
		}
		switch {
		case c.Method == "PATCH":
			edit = c
		case c.Code == 40060:
			second = c
		}
	}
	if edit.Path != "/api/v10/webhooks/"+app+"/…/messages/@original" || edit.Status != 200 || string(edit.Payload) != `{"content":"b"}` || edit.Request == nil {
		t.Errorf("the edit was %+v", edit)
	}
	if !bytes.Contains(edit.Body, []byte("payload_json")) || bytes.Contains(edit.Body, []byte("the file itself")) {
		t.Errorf("its body was %q", edit.Body)
	}
	if second.Status != 400 || string(second.Body) != `{"type":4,"data":{"content":"a"}}` || second.Took <= 0 {
		t.Errorf("the second answer was %+v", second)
	}
}

func TestInterceptedRequests(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	var mu sync.Mutex
	var fault *Answer
	b.s.SetIntercept(func(r *http.Request) *Answer {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == "POST" {
			return fault
		}
		return nil
	})
	post := func(f *Answer) (reply, error) {
		mu.Lock()
		fault = f
		mu.Unlock()
		res, err := b.http.Do(b.request("POST", inDreams, "application/json", strings.NewReader(`{"content":"a"}`)))
		if err != nil {
			return reply{}, err
		}
		defer res.Body.Close()
		raw, err := io.ReadAll(res.Body)
		return reply{status: res.StatusCode, header: res.Header, raw: raw}, err
	}
	count := func() int { return len(b.s.Messages(dreams)) }
	if r, err := post(&Answer{Status: 502, Body: "bad", Header: http.Header{"X-A": {"b"}}}); err != nil || r.status != 502 || string(r.raw) != "bad" || r.header.Get("X-A") != "b" || count() != 0 {
		t.Errorf("before: %+v, %v, %d messages", r, err, count())
	}
	if r, err := post(&Answer{After: true, Status: 500}); err != nil || r.status != 500 || len(r.raw) != 0 || count() != 1 {
		t.Errorf("after: %+v, %v, %d messages", r, err, count())
	}
	if _, err := post(&Answer{Drop: true}); err == nil || count() != 1 {
		t.Errorf("dropped before: %v, %d messages", err, count())
	}
	if _, err := post(&Answer{After: true, Drop: true}); err == nil || count() != 2 {
		t.Errorf("dropped after: %v, %d messages", err, count())
	}
	if r, err := post(&Answer{Delay: time.Millisecond}); err != nil || r.status != 200 || count() != 3 {
		t.Errorf("delayed: %+v, %v, %d messages", r, err, count())
	}
	if r, err := post(nil); err != nil || r.status != 200 || count() != 4 {
		t.Errorf("untouched: %+v, %v, %d messages", r, err, count())
	}
}

func TestExpiredTokens(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	c, e, _ := b.answered(`{"content":"a"}`)
	b.s.ExpireTokens()
	refused(t, b.call("PATCH", e.hook("@original"), `{"content":"b"}`), 401, 50027)
	ch := b.invoke()
	e = c.next("INTERACTION_CREATE")
	b.must(204, "POST", e.path(), `{"type":4,"data":{"content":"a"}}`)
	b.saw(ch, OutcomeMessage)
	b.must(200, "GET", e.hook("@original"), "")
}

func TestSubscribers(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	slow := b.s.Subscribe(b.ctx, 0)
	publish := func(n int) {
		b.s.mu.Lock()
		defer b.s.mu.Unlock()
		for range n {
			b.s.publish(Event{Type: EventCommands})
		}
	}
	publish(maxBehind)
	late := b.s.Subscribe(b.ctx, maxBehind-10)
	for i := range int64(10) {
		if e := <-late; e.Seq != maxBehind-10+i+1 {
			t.Errorf("event %d", e.Seq)
		}
	}
	publish(1)
	n := 0
	for range slow {
		n++
	}
	if n != maxBehind {
		t.Errorf("the slow one saw %d", n)
	}
	publish(maxFeed)
	for range b.s.Subscribe(b.ctx, 5) {
		t.Error("what is no longer kept was delivered")
	}
	for e := range late {
		if e.Seq > maxBehind+maxBehind {
			break
		}
	}
	if len(b.s.feed.events) != maxFeed {
		t.Errorf("%d are kept", len(b.s.feed.events))
	}
}
