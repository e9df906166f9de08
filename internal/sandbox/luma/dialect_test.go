package luma

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDialectsHaveTheirPlace(t *testing.T) {
	t.Parallel()
	places := map[string]string{}
	for _, name := range Dialects() {
		path, err := Path(name)
		if err != nil {
			t.Fatal(err)
		}
		places[name] = path
	}
	want := map[string]string{"crazyrouter": "", "lumalabs": "/dream-machine/v1", "agents": "/agents/v1"}
	if diff := cmp.Diff(want, places); diff != "" || Dialects()[0] != "crazyrouter" {
		t.Error(diff)
	}
	if _, err := Path("klingon"); err == nil || !strings.Contains(err.Error(), "lumalabs") {
		t.Errorf("an unknown one: %v", err)
	}
	paths := Paths()
	slices.Sort(paths)
	if diff := cmp.Diff([]string{"/agents/", "/clips/", "/dream-machine/", "/luma/"}, paths); diff != "" {
		t.Error(diff)
	}
}

// What one dialect accepts, all others tell of.
func TestAllDialectsTellOfOneSetOfGenerations(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	for maker, m := range speeches() {
		id := s.made(t, m.create, m.body)
		for teller, d := range speeches() {
			status, text := s.call(t, "GET", d.query+id, "")
			if status != 200 || !strings.Contains(text, `"state":"completed"`) || !strings.Contains(text, "/clips/") {
				t.Errorf("%s of what %s made: %d %s", teller, maker, status, text)
			}
		}
	}
}

// What was written down when there was one dialect says which and what it was; what
// was deleted stays so.
func TestAnOldJournalIsCompleted(t *testing.T) {
	t.Parallel()
	k, err := readJournal(strings.NewReader(`{"key":"k"}` + "\n" + `{"id":"a"}` + "\n" + `{"id":"b","parent":"a"}` + "\n" +
		`{"id":"c","dialect":"lumalabs","kind":"sound","parent":"a"}` + "\n" + `{"id":"d"}` + "\n" + `{"id":"d","gone":true}` + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range k.records {
		got = append(got, r.ID+" "+r.Dialect+" "+r.Kind)
	}
	if diff := cmp.Diff([]string{"a crazyrouter create", "b crazyrouter extend", "c lumalabs sound"}, got); diff != "" {
		t.Error(diff)
	}
}

// Whatever is sent, the answer is one of those that are documented.
func FuzzRequests(f *testing.F) {
	for dialect := range speeches() {
		f.Add(dialect, speeches()[dialect].body)
	}
	f.Add("lumalabs", `{"prompt":"a boat","model":"ray-2","loop":true,"keyframes":{"frame0":{"type":"generation","id":"a"},"frame1":{"type":"image","url":"http://127.0.0.1/"}}}`)
	f.Add("agents", ray(`"video":{"duration":"10s","start_frame":{"data":"aGk=","media_type":"image/png"},"keyframes":[{"url":"http://127.0.0.1/"}],"keyframe_indexes":[0]}`))
	f.Add("agents", ray(`"video":null`))
	s, err := New(Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := s.Close(); err != nil {
			f.Error(err)
		}
	})
	f.Fuzz(func(t *testing.T, dialect, body string) {
		d, ok := speeches()[dialect]
		if !ok {
			return
		}
		r := httptest.NewRequest("POST", d.create, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+s.Key())
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if !slices.Contains([]int{d.created, 400, 404, 413, 422, 429, 503}, w.Code) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
