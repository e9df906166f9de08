package bot

import (
	"fmt"
	"testing"
	"time"

	"dreambot/internal/agenda"
	"dreambot/store"
)

func newEditor(t testing.TB, d *discord, s store.Store) *Editor {
	t.Helper()
	e := NewEditor(EditorConfig{Store: s, REST: d.rest(), Catalog: catalog(t), Loopback: true})
	t.Cleanup(e.fetch.close)
	return e
}

// edit works on the job, and on its invitation where there is one, until there
// is nothing left to do at once, and returns how long the editor then waits; 0:
// it is done.
func edit(t testing.TB, e *Editor, id string) time.Duration {
	t.Helper()
	wait := comes(t, e.work, id)
	if e.invitations.Len() > 0 {
		wait = max(wait, comes(t, e.invitation, id))
	}
	return wait
}

func comes(t testing.TB, work agenda.Do, id string) time.Duration {
	t.Helper()
	for range 10 {
		switch again := work(t.Context(), id); {
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
		// That it ended long ago says nothing: this process has not tried yet.
		j.Video.URL, j.FinishedAt = gone.URL+"/film/v.mp4", time.Now().Add(-24*time.Hour)
	})
	gone.Close()
	e.fetches[j.ID] = fetches{n: 1, since: time.Now().Add(-fetchPatience)}
	waits := 0
	for edit(t, e, j.ID) > 0 {
		if waits++; waits > maxFetches {
			t.Fatal("it is tried for ever")
		}
	}
	if got := d.requests(); waits != maxFetches-2 || len(got) != 1 || got[0].file != "" {
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

// What the editor keeps of a job in memory is gone with its end: neither shown,
// nor refused, nor deleted jobs add up.
func TestNothingIsKeptOfJobsThatAreDone(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	e := newEditor(t, d, s)
	outcomes := []func(){
		func() { d.on("PATCH webhook", nil) },
		func() { d.on("PATCH webhook", no(401, 50027)) },
		func() { d.on("PATCH webhook", no(404, 10008)) },
		func() { d.on("PATCH webhook", says(500, "oops")) }, // the first time
	}
	for i := range 8 {
		outcomes[i%len(outcomes)]()
		id := fmt.Sprintf("d0abcdefghijklmnop%02d", i)
		put(t, s, store.StateFailed, func(j *store.Job) { j.ID = id })
		if i%len(outcomes) == 3 {
			if edit(t, e, id) == 0 || e.tries[id] != 1 {
				t.Fatalf("trouble is not remembered: %v", e.tries)
			}
			d.on("PATCH webhook", nil)
		}
		if wait := edit(t, e, id); wait != 0 {
			t.Fatalf("job %d is tried again after %v", i, wait)
		}
	}
	if n := len(e.tries) + len(e.fetches); n != 0 {
		t.Errorf("failures of %d jobs are kept", n)
	}
}

// A link that says no can come alive yet; one that is gone cannot.
func TestADeadLinkIsAskedAgain(t *testing.T) {
	for status, want := range map[int]bool{403: true, 404: true, 410: false} {
		d, s, cdn := newDiscord(t), newStore(t), serve(t, plain(status, "text/html", ""))
		j := put(t, s, store.StateCompleted, func(j *store.Job) { j.Video.URL, j.FinishedAt = cdn.URL, time.Now() })
		wait := edit(t, newEditor(t, d, s), j.ID)
		if (wait > 0) != want || get(t, s, j.ID).Due() != want {
			t.Errorf("status %d: waits %v", status, wait)
		}
	}
}
