package commands_test

import (
	"slices"
	"testing"
	"time"

	"dreambot/bot/reply"
	"dreambot/commands"
	"dreambot/internal/community"
	"dreambot/store"
)

// pressShared does a verb on a shared prompt.
func (f *fixture) pressShared(t testing.TB, w where, verb reply.Verb, id string) (commands.Answer, error) {
	t.Helper()
	return f.do(t, commands.KindComponent, w, button(reply.Action{Verb: verb, Job: id}.CustomID()))
}

// Use dreams a shared prompt as it is, Remix with other words: with its settings as
// far as the dialect knows them, and with credit back to the first.
func TestUsingASharedPrompt(t *testing.T) {
	yes := true
	f := setUp(t)
	j := f.video(t, 1, ada, "a boat")
	j.Settings = store.Settings{Model: "ray-v2", Duration: 9 * time.Second, Resolution: "720p", ExpandPrompt: &yes}
	j.Remixes, j.Spoiler = []store.Credit{{Job: id(8), Member: "402"}}, true
	p := f.share(t, j)
	kept := store.Settings{Model: "ray-v2", Resolution: "720p", ExpandPrompt: &yes}

	check := func(a commands.Answer, err error, prompt string, line ...store.Credit) {
		t.Helper()
		if err != nil || a.Job == nil {
			t.Fatalf("%+v, %v", a, err)
		}
		got := *a.Job
		if got.Kind != store.KindDream || got.Prompt != prompt || got.Parent != "" || got.ID == p.ID || !got.Spoiler {
			t.Errorf("dreams %+v", got)
		}
		if got.Settings.Model != kept.Model || got.Settings.Duration != 0 || got.Settings.Resolution != kept.Resolution || !*got.Settings.ExpandPrompt {
			t.Errorf("with %+v", got.Settings)
		}
		if !slices.Equal(got.Remixes, line) {
			t.Errorf("credits %v, want %v", got.Remixes, line)
		}
	}
	first := store.Credit{Job: id(8), Member: "402"}
	a, err := f.pressShared(t, bob, reply.ActionUse, p.ID)
	check(a, err, "a boat", store.Credit{Job: p.ID, Member: "400"}, first)
	a, err = f.pressShared(t, ada, reply.ActionUse, p.ID) // one's own is no remix
	check(a, err, "a boat", first)

	a, err = f.pressShared(t, bob, reply.ActionReuse, p.ID)
	if err != nil || a.Modal == nil || a.Modal.CustomID != "1:reuse:"+p.ID {
		t.Fatalf("%+v, %v", a, err)
	}
	if _, prompt := fields(t, a.Modal); prompt != "a boat" {
		t.Errorf("the dialog holds %q", prompt)
	}
	a, err = f.do(t, commands.KindModal, bob, modal(a.Modal.CustomID, "a red boat"))
	check(a, err, "a red boat", store.Credit{Job: p.ID, Member: "400"}, first)

	// The rules of the server hold for it, as for any other video.
	f.rule(t, "100", func(s *community.Settings) { s.Unwanted = []string{"boat"} })
	if _, err := f.pressShared(t, bob, reply.ActionUse, p.ID); refusal(t, err) != "refusal.rule.word" {
		t.Errorf("an unwanted word: %v", err)
	}
	if err := f.community.Withdraw(t.Context(), "100", p.ID); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []reply.Verb{reply.ActionUse, reply.ActionReuse} {
		if _, err := f.pressShared(t, bob, verb, p.ID); refusal(t, err) != "refusal.shared.gone" {
			t.Errorf("%s of what was withdrawn: %v", verb, err)
		}
	}
}

// A prompt is dreamed with the pictures of its job, by fresh addresses; one that is
// gone is asked for, and with the job all are. The pictures of an extension belong
// to what it went on from.
func TestPicturesOfASharedPrompt(t *testing.T) {
	for name, c := range map[string]struct {
		image  time.Duration // how long it works
		fresh  func(store.Job) (store.Job, error)
		kind   store.Kind
		pruned bool
		use    string   // refusal
		asks   []string // fields for pictures
		url    string   // of what is dreamed
	}{
		"it works":           {image: time.Hour, url: "https://old.example/image"},
		"it is over, found":  {image: -time.Hour, fresh: finds("image"), url: "https://new.example/image"},
		"it is gone":         {image: -time.Hour, fresh: finds(), asks: []string{"image"}, url: boatURL},
		"the job is gone":    {image: time.Hour, pruned: true, use: "refusal.shared.pictures"},
		"it is an extension": {image: time.Hour, kind: store.KindExtend},
	} {
		t.Run(name, func(t *testing.T) {
			f := setUp(t)
			f.replies.fresh = c.fresh
			j := f.put(t, store.Job{ID: id(1), Kind: c.kind, Guild: "100", Channel: "200", Member: "400", Prompt: "a boat",
				Image: given("image", c.image)}, store.StateCompleted)
			f.change(t, j.ID, func(j *store.Job) { j.Upload = store.Upload{ID: "800", Name: "dream.mp4"} })
			j, err := f.store.Get(t.Context(), j.ID)
			if err != nil {
				t.Fatal(err)
			}
			p := f.share(t, j)
			if c.pruned {
				f.change(t, j.ID, func(j *store.Job) { j.Removed = true }) // nobody finds it any more
			}
			a, err := f.pressShared(t, bob, reply.ActionUse, p.ID)
			if got := refusal(t, err); got != c.use {
				t.Fatalf("Use is refused %q, want %q", got, c.use)
			}
			if c.use == "" && c.asks == nil && (a.Job == nil || a.Job.Image.URL != c.url) {
				t.Errorf("Use: %+v", a)
			}
			if c.asks != nil {
				fields, _ := fields(t, a.Modal)
				if !slices.Equal(fields[1:], c.asks) || a.Modal.CustomID != "1:use:"+p.ID {
					t.Errorf("Use asks for %v by %s", fields, a.Modal.CustomID)
				}
			}
			a, err = f.pressShared(t, bob, reply.ActionReuse, p.ID)
			if err != nil || a.Modal == nil {
				t.Fatalf("Remix: %+v, %v", a, err)
			}
			fields, _ := fields(t, a.Modal)
			if !slices.Equal(fields[1:], c.asks) {
				t.Errorf("Remix asks for %v, want %v", fields, c.asks)
			}
			var files []string
			for _, field := range c.asks {
				files = append(files, field, picturePNG)
			}
			a, err = f.do(t, commands.KindModal, bob, modal(a.Modal.CustomID, "a red boat", files...))
			if err != nil || a.Job == nil || a.Job.Image.URL != c.url || a.Job.Kind != store.KindDream || a.Job.Prompt != "a red boat" {
				t.Errorf("Remix: %+v, %v; want picture %q", a, err, c.url)
			}
		})
	}
}
