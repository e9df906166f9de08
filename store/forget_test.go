package store_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"dreambot/internal/secret"
	"dreambot/store"
)

// known returns a completed job of member m, of which everything is known and shown.
func known() store.Job {
	j := job(store.StateCompleted)
	j.Message, j.AnsweredAt, j.Prompt = "1", time.Unix(2, 0), "a cat"
	j.Origin = store.Origin{Application: "2", Interaction: "3", Token: secret.New("sesame"), Expires: time.Unix(9, 0)}
	j.Image, j.EndImage = store.Picture{URL: "https://c/1"}, store.Picture{URL: "https://c/2"}
	j.Reactors = []string{"n", "m", "o"}
	j.Remixes = []store.Credit{{Job: "a", Member: "n"}, {Job: "b", Member: "m"}}
	j.Parent, j.Second, j.Source, j.SecondSource, j.Remote = "p", "s", "r-p", "r-s", "r"
	j.Back, j.SecondBack = store.Spot{Channel: "c", Message: "4"}, store.Spot{Channel: "d", Message: "5"}
	j.Inline, j.Price, j.Priced = true, 300_000, true
	return j
}

func TestForgottenTakesTheNameOut(t *testing.T) {
	before := known()
	after, ok := store.Forgotten(before, "m")
	want := known()
	want.Member, want.Origin, want.Image, want.EndImage = store.Nobody, store.Origin{}, store.Picture{}, store.Picture{}
	want.Reactors = []string{"n", "o"}
	want.Remixes = []store.Credit{{Job: "a", Member: "n"}, {Job: "b", Member: store.Nobody}}
	want.Revision++
	if !ok || !reflect.DeepEqual(after, want) {
		t.Errorf("it is %+v, %v;\nwant %+v", after, ok, want)
	}
	if !reflect.DeepEqual(before, known()) {
		t.Error("the job that was passed in has changed")
	}
	if again, ok := store.Forgotten(after, "m"); ok || !reflect.DeepEqual(again, after) {
		t.Error("once more, it is another job")
	}
}

func TestForgottenDrawsAnewWhatShowsLess(t *testing.T) {
	own := func(*store.Job) {}
	others := func(j *store.Job) { j.Member = "p" }
	reacts := func(j *store.Job) { j.Member, j.Remixes = "p", nil }
	for name, c := range map[string]struct {
		alter func(*store.Job)
		more  func(*store.Job)
		ok    bool
		rises int64
	}{
		"their own":              {own, own, true, 1},
		"a credit":               {others, own, true, 1},
		"a reaction":             {reacts, own, true, 0},
		"neither":                {others, func(j *store.Job) { j.Remixes, j.Reactors = nil, nil }, false, 0},
		"without a message":      {own, func(j *store.Job) { j.Message = "" }, true, 0},
		"where no way leads":     {own, func(j *store.Job) { j.Route = store.RouteNone }, true, 0},
		"by a new message":       {own, func(j *store.Job) { j.Route = store.RoutePost }, true, 1},
		"where the bot is not":   {own, func(j *store.Job) { j.Guest = true }, true, 0},
		"removed":                {own, func(j *store.Job) { j.Removed = true }, true, 0},
		"a credit, and removed":  {others, func(j *store.Job) { j.Removed = true }, true, 0},
		"a credit, as it is run": {others, func(j *store.Job) { j.State = store.StateDreaming }, true, 1},
	} {
		j := known()
		c.alter(&j)
		c.more(&j)
		after, ok := store.Forgotten(j, "m")
		if ok != c.ok || after.Revision != j.Revision+c.rises || after.Shown != j.Shown {
			t.Errorf("%s: %v, and revision %d from %d", name, ok, after.Revision, j.Revision)
		}
		if after.Member == "m" || slices.Contains(after.Reactors, "m") || slices.ContainsFunc(after.Remixes, func(c store.Credit) bool { return c.Member == "m" }) {
			t.Errorf("%s: the name is in %+v", name, after)
		}
	}
	nobody, _ := store.Forgotten(known(), "m")
	if after, ok := store.Forgotten(nobody, store.Nobody); ok || after.Revision != nobody.Revision {
		t.Error("nobody is forgotten once more")
	}
}
