package bot

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreambot/store"
)

func newEditor(t testing.TB, d *discord, s store.Store) *Editor {
	t.Helper()
	e := NewEditor(EditorConfig{Store: s, REST: d.rest(), Catalog: catalog(t), Loopback: true})
	t.Cleanup(e.fetch.close)
	return e
}

// edit works on the job until there is nothing left to do at once, and returns
// how long the editor then waits; 0: it is done.
func edit(t testing.TB, e *Editor, id string) time.Duration {
	t.Helper()
	for range 10 {
		switch again := e.work(t.Context(), id); {
		case again.IsZero():
			return 0
		case time.Until(again) > 0:
			return time.Until(again)
		}
	}
	t.Fatal("the editor does not come to rest")
	return 0
}

func get(t testing.TB, s store.Store, id string) store.Job {
	t.Helper()
	j, err := s.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestACompletedJobIsUploadedOnceAndKept(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	e := newEditor(t, d, s)
	j := put(t, s, store.StateCompleted, func(j *store.Job) { j.Video.URL = d.URL + "/film/v.mp4" })
	if wait := edit(t, e, j.ID); wait != 0 {
		t.Errorf("it is tried again after %v", wait)
	}
	got := d.requests()
	if len(got) != 1 || got[0].route != "PATCH webhook" || got[0].file != "dream-"+j.ID+".mp4" {
		t.Fatalf("asked for %+v", got)
	}
	if after := get(t, s, j.ID); after.Due() || after.Upload.ID != "900" {
		t.Errorf("due %v, upload %+v", after.Due(), after.Upload)
	}
	// Another edit keeps the file and sends none.
	if _, err := s.Update(t.Context(), j.ID, func(j *store.Job) error { j.Expected = time.Minute; return nil }); err != nil {
		t.Fatal(err)
	}
	edit(t, e, j.ID)
	got = d.requests()
	kept, _ := got[len(got)-1].body["attachments"].([]any)
	if len(got) != 2 || got[1].file != "" || len(kept) != 1 || kept[0].(map[string]any)["id"] != "900" {
		t.Errorf("asked for %+v", got[1:])
	}
}

// Each no of Discord's is final for its way, and is remembered: a new editor
// does not ask again.
func TestRefusals(t *testing.T) {
	no := func(status int, code string) func(http.ResponseWriter) {
		return says(status, `{"message":"no","code":`+code+`}`)
	}
	for name, c := range map[string]struct {
		webhook, channel func(http.ResponseWriter)
		change           func(*store.Job)
		want             []string
	}{
		"the token has ended early":   {no(401, "50027"), nil, nil, []string{"PATCH webhook", "PATCH channel"}},
		"the token's time is over":    {nil, nil, func(j *store.Job) { j.Origin.Expires = time.Now() }, []string{"PATCH channel"}},
		"the message was deleted":     {no(404, "10008"), no(404, "10008"), nil, []string{"PATCH webhook", "PATCH channel"}},
		"no access to the channel":    {no(401, "50027"), no(403, "50001"), nil, []string{"PATCH webhook", "PATCH channel"}},
		"the body is not taken":       {no(400, "50035"), nil, nil, []string{"PATCH webhook"}},
		"nor by way of the channel":   {no(404, "10015"), no(400, "50035"), nil, []string{"PATCH webhook", "PATCH channel"}},
		"the message is not known":    {no(401, "50027"), nil, nil, []string{"PATCH webhook", "PATCH channel"}},
		"both ways, one after other":  {no(404, "10062"), no(404, "10003"), nil, []string{"PATCH webhook", "PATCH channel"}},
		"the token's end, on the way": {no(401, "0"), nil, nil, []string{"PATCH webhook", "PATCH channel"}},
	} {
		t.Run(name, func(t *testing.T) {
			d, s := newDiscord(t), newStore(t)
			d.on("PATCH webhook", c.webhook)
			d.on("PATCH channel", c.channel)
			j := put(t, s, store.StateDreaming, c.change)
			for range 2 { // the second stands for the next process
				if wait := edit(t, newEditor(t, d, s), j.ID); wait != 0 {
					t.Errorf("it is tried again after %v", wait)
				}
			}
			if got := d.routes(); !slices.Equal(got, c.want) {
				t.Errorf("asked for %v, want %v", got, c.want)
			}
			if get(t, s, j.ID).Due() {
				t.Error("it is still due")
			}
		})
	}
}

func TestWhatDiscordFindsTooLargeIsShownByItsLink(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	d.on("PATCH webhook", says(413, `{"message":"Request entity too large","code":40005}`))
	e := newEditor(t, d, s)
	j := put(t, s, store.StateCompleted, func(j *store.Job) { j.Video.URL = d.URL + "/film/v.mp4" })
	if again := e.work(t.Context(), j.ID); again.IsZero() {
		t.Fatal("it is not tried again")
	}
	d.on("PATCH webhook", nil)
	edit(t, e, j.ID)
	got := d.requests()
	if len(got) != 2 || got[1].file != "" || get(t, s, j.ID).Due() {
		t.Errorf("asked for %v", d.routes())
	}
}

// A card that Discord does not take is drawn simpler, until one is taken: a
// video that was paid for is told of in some way.
func TestACompletedCardIsDrawnSimplerUntilItIsTaken(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	d.on("PATCH webhook", says(400, `{"message":"Invalid Form Body","code":50035}`))
	j := put(t, s, store.StateCompleted, func(j *store.Job) {
		j.Video.URL, j.Image.URL = d.URL+"/film/v.mp4", "https://cdn.example/gone.png"
	})
	for range 2 { // the second stands for the next process
		if wait := edit(t, newEditor(t, d, s), j.ID); wait != 0 {
			t.Errorf("it is tried again after %v", wait)
		}
	}
	var drawn []string
	for _, a := range d.requests() {
		body, err := json.Marshal(a.body)
		if err != nil {
			t.Fatal(err)
		}
		what := a.route
		for _, part := range []string{"attachment://", `"url":"` + j.Video.URL, "gone.png", "Open it at Luma"} {
			if strings.Contains(string(body), part) {
				what += " +" + part
			}
		}
		drawn = append(drawn, what)
	}
	want := []string{
		"PATCH webhook +attachment:// +gone.png",
		`PATCH webhook +"url":"` + j.Video.URL + " +gone.png",
		"PATCH webhook +gone.png +Open it at Luma",
		"PATCH webhook +Open it at Luma",
		"PATCH channel +Open it at Luma",
	}
	if diff := cmp.Diff(want, drawn); diff != "" {
		t.Errorf("drawn (-want +got):\n%s", diff)
	}
	if get(t, s, j.ID).Due() {
		t.Error("it is still due")
	}
}

func TestTheBotsOwnTokenBeingRefusedIsNoMatterOfOneJob(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	d.on("PATCH channel", says(401, `{"message":"401: Unauthorized","code":0}`))
	j := put(t, s, store.StateFailed, func(j *store.Job) { j.Origin.Expires = time.Now() })
	if wait := edit(t, newEditor(t, d, s), j.ID); wait == 0 || !get(t, s, j.ID).Due() {
		t.Error("the reply is given up")
	}
}

func TestAVideoThatCannotBeFetchedIsWrittenAsALink(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	e := newEditor(t, d, s)
	gone := newDiscord(t)
	j := put(t, s, store.StateCompleted, func(j *store.Job) {
		j.Video.URL, j.FinishedAt = gone.URL+"/film/v.mp4", time.Now().Add(-fetchPatience)
	})
	gone.Close()
	waits := 0
	for edit(t, e, j.ID) > 0 {
		if waits++; waits > maxFetches {
			t.Fatal("it is tried for ever")
		}
	}
	if got := d.requests(); waits != maxFetches-1 || len(got) != 1 || got[0].file != "" {
		t.Errorf("%d waits; asked for %v", waits, d.routes())
	}
	if j := get(t, s, j.ID); j.Due() {
		t.Error("it is still due")
	}
}

func TestTroubleIsWaitedForAndNothingIsForgotten(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	e := newEditor(t, d, s)
	d.Close() // nothing listens there
	j := put(t, s, store.StateFailed, nil)
	var last time.Duration
	for range 3 {
		wait := edit(t, e, j.ID)
		if wait <= last || wait > maxEditWait {
			t.Fatalf("waits %v after %v", wait, last)
		}
		last = wait
	}
	if j := get(t, s, j.ID); !j.Due() || j.Origin.Token.IsZero() {
		t.Error("it is given up")
	}
}

func TestReplyTellsWhetherThereIsOne(t *testing.T) {
	for name, c := range map[string]struct {
		answer  func(http.ResponseWriter)
		message string
		unknown bool
	}{
		"there is":          {nil, "700", false},
		"another job's":     {says(200, `{"id":"700","components":[{"type":10,"content":"job d0aaaaaaaaaaaaaaaaaa"}]}`), "", false},
		"a notice":          {says(200, `{"id":"700","flags":64,"components":[{"type":10,"content":"d0abcdefghijklmnopqr"}]}`), "", false},
		"not answered":      {says(404, `{"message":"Unknown Webhook","code":10015}`), "", false},
		"deleted":           {says(404, `{"message":"Unknown Message","code":10008}`), "", false},
		"the token's ended": {says(401, `{"message":"Invalid Webhook Token","code":50027}`), "", false},
		"in trouble":        {says(500, `oops`), "", true},
	} {
		d, s := newDiscord(t), newStore(t)
		d.on("GET webhook", c.answer)
		j := put(t, s, store.StateWaiting, nil)
		message, err := newEditor(t, d, s).Reply(t.Context(), j)
		if message != c.message || (err != nil) != c.unknown {
			t.Errorf("%s: %q, %v", name, message, err)
		}
		if err != nil && (strings.Contains(err.Error(), "aToken") || errors.Is(err, store.ErrNotFound)) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}
