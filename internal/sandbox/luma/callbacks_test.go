package luma

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// listener is who is called back. Each call waits until it is told what to answer.
type listener struct {
	url   string
	heard chan heard
}

type heard struct {
	method, media, path string
	body                map[string]any
	answer              chan<- int // a status
}

func listen(t *testing.T) listener {
	t.Helper()
	l := listener{heard: make(chan heard, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return // cut off
		}
		_, body := object(t, string(data))
		answer := make(chan int, 1)
		l.heard <- heard{r.Method, r.Header.Get("Content-Type"), r.URL.Path, body, answer}
		select {
		case status := <-answer:
			if status == http.StatusFound {
				w.Header().Set("Location", "/elsewhere")
			}
			w.WriteHeader(status)
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(server.Close)
	l.url = server.URL
	return l
}

// wants is the body of a create that asks to be called back.
func (l listener) wants(prompt string) string {
	return fmt.Sprintf(`{"prompt":%q,"model":"ray-2","callback_url":%q}`, prompt, l.url+"/told")
}

// hears waits for a call of a state, and answers it.
func (l listener) hears(t *testing.T, state string, status int) heard {
	t.Helper()
	select {
	case h := <-l.heard:
		if h.body["state"] != state || h.method != http.MethodPost || h.media != "application/json" || h.path != "/told" {
			t.Fatalf("heard %+v, want %s", h, state)
		}
		h.answer <- status
		return h
	case <-time.After(time.Minute):
		t.Fatalf("never heard of %s", state)
		return heard{}
	}
}

const toBeCalled = dreamMachine + "/generations/video"

func TestACallbackSaysWhatAQueryWould(t *testing.T) {
	t.Parallel()
	s, l := serve(t, Config{}), listen(t)
	s.Hold()
	id := s.made(t, toBeCalled, l.wants("a boat"))
	query := func() map[string]any {
		t.Helper()
		_, text := s.call(t, "GET", dreamMachine+"/generations/"+id, "")
		_, body := object(t, text)
		return body
	}
	for _, state := range []string{"dreaming", "completed"} {
		if err := s.Advance(id, ""); err != nil {
			t.Fatal(err)
		}
		got, want := l.hears(t, state, http.StatusOK).body, query()
		for _, body := range []map[string]any{got, want} {
			if assets, ok := body["assets"].(map[string]any); ok {
				assets["video"], _, _ = strings.Cut(assets["video"].(string), "?") // signed each time
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || (got["assets"] != nil) != (state == "completed") {
			t.Errorf("%s: %s", state, diff)
		}
	}
	id = s.made(t, toBeCalled, l.wants("another"))
	if err := s.Advance(id, "out of paint"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(query(), l.hears(t, "failed", http.StatusOK).body); diff != "" {
		t.Error(diff)
	}
}

// The clock calls, though nobody looks.
func TestTheClockCallsBack(t *testing.T) {
	t.Parallel()
	s, l := serve(t, Config{Queued: 20 * time.Millisecond, Dreaming: 20 * time.Millisecond}), listen(t)
	s.made(t, toBeCalled, l.wants("a boat"))
	l.hears(t, "dreaming", http.StatusOK)
	l.hears(t, "completed", http.StatusOK)
	s.made(t, toBeCalled, l.wants("a moderated one"))
	l.hears(t, "failed", http.StatusOK)
	s.Hold()
	s.made(t, toBeCalled, l.wants("held"))
	s.Release()
	l.hears(t, "dreaming", http.StatusOK)
	l.hears(t, "completed", http.StatusOK)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.watched) != 0 {
		t.Errorf("%d are still watched", len(s.watched))
	}
}

func TestACallbackIsTriedFourTimes(t *testing.T) {
	t.Parallel()
	seen := make(chan Call, 100)
	s, l := serve(t, Config{Observe: func(c Call) { seen <- c }}), listen(t)
	s.Hold()
	id := s.made(t, toBeCalled, l.wants("a boat"))
	<-seen
	s.finish(t, id)
	for _, status := range []int{500, 302, 204, 404} { // only 200 will do
		l.hears(t, "dreaming", status)
	}
	for _, status := range []int{503, 200} {
		l.hears(t, "completed", status)
	}
	for _, want := range []string{"dreaming 500", "dreaming 302", "dreaming 204", "dreaming 404", "completed 503", "completed 200"} {
		c := <-seen
		if got := fmt.Sprint(c.Path, " ", c.Status); got != want || c.Method != "callback" || c.Generation != id {
			t.Errorf("it is told as %+v, want %s", c, want)
		}
	}
}

func TestCallbacksAreLostOrRepeated(t *testing.T) {
	t.Parallel()
	s, l := serve(t, Config{}), listen(t)
	s.Hold()
	if err := s.SetFaults(FaultCallbacksLost); err != nil {
		t.Fatal(err)
	}
	id := s.made(t, toBeCalled, l.wants("a boat"))
	if err := s.Advance(id, ""); err != nil {
		t.Fatal(err)
	}
	if err := s.SetFaults(FaultCallbacksRepeated); err != nil {
		t.Fatal(err)
	}
	if err := s.Advance(id, ""); err != nil {
		t.Fatal(err)
	}
	for range 3 { // and not of what was lost
		l.hears(t, "completed", http.StatusOK)
	}
	if err := s.SetFaults(); err != nil {
		t.Fatal(err)
	}
	if err := s.Advance(s.made(t, toBeCalled, l.wants("another")), ""); err != nil {
		t.Fatal(err)
	}
	l.hears(t, "dreaming", http.StatusOK)
}

func TestOnlyThisMachineIsCalledBack(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"http://127.0.0.1:80/a": true, "http://localhost/a": true, "http://[::1]:1/": true, "http://127.9.9.9/": true,
		"http://192.0.2.1/": false, "http://example.com/": false, "http://0.0.0.0/": false, "http://[::]/": false,
		"http://localhost.example.com/": false, "http://127.0.0.1.example.com/": false, "http://10.0.0.1/": false, "%": false,
	} {
		if got := here(address); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	seen := make(chan Call, 100)
	s, l := serve(t, Config{Observe: func(c Call) { seen <- c }}), listen(t)
	s.Hold()
	id := s.made(t, toBeCalled, `{"prompt":"a boat","model":"ray-2","callback_url":"http://192.0.2.1/"}`)
	s.finish(t, id)
	s.finish(t, s.made(t, toBeCalled, l.wants("another")))
	l.hears(t, "dreaming", http.StatusOK)
	l.hears(t, "completed", http.StatusOK)
	for called := 0; called < 2; {
		if c := <-seen; c.Method == "callback" {
			called++
			if c.Generation == id {
				t.Errorf("called: %+v", c)
			}
		}
	}
	// Nor is one that a name or a mistake leads elsewhere.
	if _, err := s.caller.client.Get("http://192.0.2.1:1/"); err == nil || !strings.Contains(err.Error(), errAway.Error()) {
		t.Errorf("elsewhere: %v", err)
	}
}

func TestCloseEndsACallback(t *testing.T) {
	t.Parallel()
	s, l := serve(t, Config{}), listen(t)
	s.Hold()
	s.finish(t, s.made(t, toBeCalled, l.wants("a boat")))
	<-l.heard // and not answered
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// What came about while the stand-in was away is not told of; what comes later is.
func TestCallbacksOutliveAKill(t *testing.T) {
	t.Parallel()
	dir, l := t.TempDir(), listen(t)
	s := serve(t, Config{Dir: dir})
	s.Hold()
	done := s.made(t, toBeCalled, l.wants("done"))
	s.finish(t, done)
	l.hears(t, "dreaming", http.StatusOK)
	l.hears(t, "completed", http.StatusOK)
	open := s.made(t, toBeCalled, l.wants("open"))
	again := serve(t, Config{Dir: dir, Dreaming: time.Hour}) // nothing is closed
	if err := again.Advance(open, ""); err != nil {
		t.Fatal(err)
	}
	if h := l.hears(t, "completed", http.StatusOK); h.body["request"].(map[string]any)["prompt"] != "open" {
		t.Errorf("heard %+v", h)
	}
}

func TestTooManyCallbacksAreLost(t *testing.T) {
	t.Parallel()
	c := newCaller() // nobody works it off
	for range maxDue {
		if !c.add(callback{generation: "a"}) {
			t.Fatal("there is no room")
		}
	}
	if c.add(callback{generation: "a"}) {
		t.Error("there is no bound")
	}
}
