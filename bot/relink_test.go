package bot

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"dreambot/store"
)

// A video whose link has run out is fetched by a fresh one, at once.
func TestALinkThatHasRunOutIsAskedForAgain(t *testing.T) {
	ok := plain(200, "video/mp4", film)
	for name, c := range map[string]struct {
		old     http.HandlerFunc // what the link that the job has answers
		fresh   http.HandlerFunc // and the fresh one
		link    string           // that Luma gives: "fresh", "old", "" or "error"
		failed  int              // downloads that failed before
		asked   int              // times that Luma is asked
		uploads bool             // the video goes up
		written bool             // a link is written in its place, at once
	}{
		"it works":                        {ok, ok, "fresh", 0, 0, true, false},
		"403":                             {plain(403, "application/xml", "<Error/>"), ok, "fresh", 0, 1, true, false},
		"404":                             {plain(404, "", ""), ok, "fresh", 0, 1, true, false},
		"410":                             {plain(410, "", ""), ok, "fresh", 0, 1, true, false},
		"trouble, at first":               {plain(500, "", ""), ok, "fresh", 0, 0, false, false},
		"trouble, again":                  {plain(500, "", ""), ok, "fresh", 1, 1, true, false},
		"a page, again":                   {plain(200, "text/html", film), ok, "fresh", 1, 1, true, false},
		"too large":                       {plain(200, "video/mp4", strings.Repeat(film, 100_000)), ok, "fresh", 5, 0, false, true},
		"the fresh one is too large":      {plain(403, "", ""), plain(200, "video/mp4", strings.Repeat(film, 100_000)), "fresh", 0, 1, false, true},
		"the fresh one is no better":      {plain(403, "", ""), plain(403, "", ""), "fresh", 0, 1, false, false},
		"there is no other":               {plain(403, "", ""), ok, "old", 0, 1, false, false},
		"there is none any more":          {plain(403, "", ""), ok, "", 0, 1, false, false},
		"gone, and there is no other":     {plain(410, "", ""), ok, "", 0, 1, false, true},
		"gone, and nobody can tell":       {plain(410, "", ""), ok, "error", 0, 1, false, true},
		"nobody can tell":                 {plain(403, "", ""), ok, "error", 0, 1, false, false},
		"403 for the last time, no other": {plain(403, "", ""), ok, "", maxFetches, 1, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, s := newDiscord(t), newStore(t)
			old, fresh := serve(t, c.old), serve(t, c.fresh)
			e := newEditor(t, d, s)
			asked := 0
			e.Link = func(_ context.Context, j store.Job) (string, error) {
				asked++
				if c.link == "error" {
					return "", errors.New("no route")
				}
				return map[string]string{"fresh": fresh.URL + "/f", "old": old.URL + "/o"}[c.link], nil
			}
			j := put(t, s, store.StateCompleted, func(j *store.Job) { j.Video = store.Video{URL: old.URL + "/o", Width: 640} })
			if c.failed > 0 {
				e.fetches[j.ID] = fetches{n: c.failed, since: time.Now().Add(-time.Hour)}
			}
			again := e.work(t.Context(), j.ID)
			now := get(t, s, j.ID)
			if shown := len(d.requests()) > 0; shown != (c.uploads || c.written) || (now.Upload.ID != "") != c.uploads {
				t.Fatalf("asked for %v; upload %+v", d.routes(), now.Upload)
			}
			if asked != c.asked {
				t.Errorf("Luma is asked %d times, want %d", asked, c.asked)
			}
			want := old.URL + "/o"
			if c.asked > 0 && c.link == "fresh" {
				want = fresh.URL + "/f"
			}
			if now.Video != (store.Video{URL: want, Width: 640}) {
				t.Errorf("the job's video is at %+v, want %s", now.Video, want)
			}
			if c.uploads && now.Due() {
				t.Error("it is still due")
			}
			if !c.uploads && !c.written && time.Until(again) <= 0 {
				t.Error("it is tried again at once")
			}
			if c.written && !strings.Contains(d.requests()[0].text(t), want) {
				t.Errorf("the link that is written is another: %s", d.requests()[0].text(t))
			}
		})
	}
}

// Where Luma has no other link, it is asked no more often than the video is tried.
func TestAskingForLinksEnds(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	e := newEditor(t, d, s)
	cdn := serve(t, plain(403, "", ""))
	asked := 0
	e.Link = func(context.Context, store.Job) (string, error) { asked++; return "", nil }
	j := put(t, s, store.StateCompleted, func(j *store.Job) { j.Video.URL = cdn.URL })
	e.fetches[j.ID] = fetches{n: 1, since: time.Now().Add(-fetchPatience)}
	for waits := 0; edit(t, e, j.ID) > 0; waits++ {
		if waits > maxFetches {
			t.Fatal("it is tried for ever")
		}
	}
	if asked != maxFetches-1 || get(t, s, j.ID).Due() {
		t.Errorf("asked %d times", asked)
	}
}

// What changes while a fresh link is asked for is not taken for shown.
func TestAChangeWhileALinkIsAskedForIsShown(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	e := newEditor(t, d, s)
	old, fresh := serve(t, plain(403, "", "")), serve(t, plain(200, "video/mp4", film))
	j := put(t, s, store.StateCompleted, func(j *store.Job) { j.Video.URL = old.URL })
	e.Link = func(context.Context, store.Job) (string, error) {
		next(t, s, j.ID, nil)
		return fresh.URL, nil
	}
	if e.work(t.Context(), j.ID); !get(t, s, j.ID).Due() {
		t.Error("it is called shown")
	}
	edit(t, e, j.ID)
	if got := d.requests(); len(got) != 2 || got[1].file != "" || get(t, s, j.ID).Due() {
		t.Errorf("asked for %v", d.routes())
	}
}

// Where a store cannot take the link, the video goes up all the same.
func TestALinkThatCannotBeStored(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	fresh := serve(t, plain(200, "video/mp4", film))
	old := serve(t, plain(403, "", ""))
	j := put(t, s, store.StateCompleted, func(j *store.Job) { j.Video.URL = old.URL })
	e := newEditor(t, d, &full{Store: s, left: 1})
	e.Link = func(context.Context, store.Job) (string, error) { return fresh.URL, nil }
	edit(t, e, j.ID)
	if now := get(t, s, j.ID); now.Upload.ID != "900" || now.Due() || now.Video.URL != old.URL {
		t.Errorf("upload %+v, due %v, video %+v", now.Upload, now.Due(), now.Video)
	}
}

// full is a store that does not take some changes at first.
type full struct {
	store.Store
	left int
}

func (f *full) Update(ctx context.Context, id string, change func(*store.Job) error) (store.Job, error) {
	if f.left > 0 {
		f.left--
		return store.Job{}, store.ErrNoSpace
	}
	return f.Store.Update(ctx, id, change)
}
