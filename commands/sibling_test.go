package commands_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"dreambot/bot/reply"
	"dreambot/commands"
	"dreambot/internal/secret"
	"dreambot/luma"
	"dreambot/store"
)

// makings are a job of each kind that is made from the clips 1 and 2, and what
// another take of it is, with the words "and further" where it has words.
func makings() map[store.Kind]struct{ of, want store.Job } {
	first, second := store.Spot{Channel: "200", Message: "91"}, store.Spot{Channel: "200", Message: "92"}
	took := store.Settings{Model: "ray-flash-2", Resolution: "720p", AspectRatio: "9:16"}
	whole := store.Settings{Model: "ray-flash-2", Duration: 5 * time.Second, Resolution: "720p", AspectRatio: "9:16", Loop: true}
	sharp := whole
	sharp.Resolution = "4k"
	base := func(kind store.Kind, settings store.Settings) store.Job {
		return store.Job{Kind: kind, Prompt: "and on", Settings: settings, Parent: id(1), Source: "gen-1", Back: first}
	}
	all := map[store.Kind]struct{ of, want store.Job }{}
	add := func(j store.Job, words string, counts time.Duration) {
		want := j
		want.Prompt, want.Counts = words, counts
		all[j.Kind] = struct{ of, want store.Job }{j, want}
	}
	extend := base(store.KindExtend, took)
	extend.Root, extend.Part, extend.Backward = id(1), 2, true
	add(extend, "and further", 5*time.Second)
	blend := base(store.KindBlend, took)
	blend.Second, blend.SecondSource, blend.SecondBack = id(2), "gen-2", second
	add(blend, "and further", 5*time.Second)
	upscale := base(store.KindUpscale, sharp)
	upscale.Prompt = "clip 1"
	add(upscale, "clip 1", 6*time.Second)
	add(base(store.KindSound, whole), "and further", 6*time.Second)
	return all
}

// Another take makes the same of the same videos, be they in the store or no
// longer. What has no words is made again at once.
func TestTakesOfEachKind(t *testing.T) {
	for kind, c := range makings() {
		for _, verb := range takes {
			for name, gone := range map[string][]int{"all there": nil, "the first is pruned": {1}, "the second is pruned": {2}, "both are pruned": {1, 2}} {
				t.Run(strings.Join([]string{string(kind), string(verb), name}, ", "), func(t *testing.T) {
					f := speaking(t, able)
					for n := 1; n <= 2; n++ {
						if len(gone) == 0 || gone[0] != n && gone[len(gone)-1] != n {
							f.clip(t, n, nil)
						}
					}
					j := c.of
					j.ID, j.Guild, j.Channel, j.Member, j.Counts = id(9), "100", "200", "400", c.want.Counts
					state := store.StateCompleted
					if verb == reply.ActionRetry {
						state = store.StateFailed
					}
					f.put(t, j, state)
					customID := reply.Action{Verb: verb, Job: j.ID}.CustomID()
					a, err := f.do(t, commands.KindComponent, home, button(customID))
					want := c.want
					switch {
					case kind == store.KindUpscale && verb == reply.ActionRemix:
						if refusal(t, err) != "refusal.unknown" || len(f.line.got) != 0 {
							t.Errorf("it is remixed: %+v, %v", a, err)
						}
						return
					case err != nil:
						t.Fatal(err)
					case verb == reply.ActionAgain || kind == store.KindUpscale:
						want.Prompt = j.Prompt
					default:
						if a.Modal == nil || len(f.line.got) != 0 {
							t.Fatalf("answered by %+v", a)
						}
						if _, prompt := fields(t, a.Modal); prompt != "and on" {
							t.Errorf("filled in with %q", prompt)
						}
						if _, err = f.do(t, commands.KindModal, home, modal(customID, "and further")); err != nil {
							t.Fatal(err)
						}
					}
					if diff := cmp.Diff(want, derived(f.line.got[0]), cmpopts.EquateComparable(secret.Text{})); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
				})
			}
		}
	}
}

// No dialog gives an upscale other words than its video's.
func TestAnUpscaleKeepsItsVideosWords(t *testing.T) {
	for _, verb := range takes {
		f := speaking(t, able)
		f.clip(t, 1, nil)
		j := makings()[store.KindUpscale].of
		j.ID, j.Guild, j.Channel, j.Member = id(9), "100", "200", "400"
		f.put(t, j, store.StateFailed)
		a, err := f.do(t, commands.KindModal, home, modal(reply.Action{Verb: verb, Job: j.ID}.CustomID(), "something else"))
		if err != nil || a.Job.Prompt != "clip 1" {
			t.Errorf("%s: %+v, %v", verb, a.Job, err)
		}
	}
}

// A source that was removed, is another server's or has no video is none; and what
// the dialect no longer makes is not asked for.
func TestTakesThatAreRefused(t *testing.T) {
	for kind, c := range makings() {
		for name, spoil := range map[string]func(f *fixture, j *store.Job) string{
			"the first is removed": func(f *fixture, _ *store.Job) string { f.remove(t, id(1)); return "refusal.job.gone" },
			"the second is removed": func(f *fixture, _ *store.Job) string {
				f.remove(t, id(2))
				return map[bool]string{true: "refusal.job.gone"}[kind == store.KindBlend]
			},
			"the first has no video": func(f *fixture, j *store.Job) string { j.Parent = id(3); return "refusal.video.failed" },
			"the second is another server's": func(f *fixture, j *store.Job) string {
				j.Second = id(4)
				return map[bool]string{true: "refusal.job.gone"}[kind == store.KindBlend]
			},
			"nobody knows the first any more": func(f *fixture, j *store.Job) string { j.Parent, j.Source = id(98), ""; return "refusal.job.gone" },
			"another dialect": func(f *fixture, _ *store.Job) string {
				f.with(func(c *commands.Config) { c.Capabilities = capabilities })
				return "refusal.unable"
			},
			"no such resolution": func(f *fixture, j *store.Job) string {
				j.Settings.Resolution = "8k"
				return map[bool]string{true: "refusal.unable"}[kind == store.KindUpscale]
			},
		} {
			f := speaking(t, able)
			f.clip(t, 1, nil)
			f.clip(t, 2, nil)
			f.put(t, store.Job{ID: id(3), Guild: "100", Channel: "200", Member: "400", Prompt: "x"}, store.StateFailed)
			f.clip(t, 4, func(j *store.Job) { j.Guild = "101" })
			j := c.of
			j.ID, j.Guild, j.Channel, j.Member = id(9), "100", "200", "400"
			want := spoil(f, &j)
			f.put(t, j, store.StateCompleted)
			_, err := f.do(t, commands.KindComponent, home, button("1:again:"+j.ID))
			if got := refusal(t, err); got != want || (err == nil) != (len(f.line.got) == 1) {
				t.Errorf("%s, %s: %q, want %q", kind, name, got, want)
			}
			// A dialog that leads nowhere is not opened.
			if a, err := f.do(t, commands.KindComponent, home, button("1:retry:"+j.ID)); want == "refusal.unable" && refusal(t, err) != want {
				t.Errorf("%s, %s: the dialog: %+v, %v", kind, name, a, err)
			}
		}
	}
}

// An extension toward a picture is none where the dialect lacks it.
func TestAnExtensionTowardAPictureThatIsNoLongerMade(t *testing.T) {
	can := able
	can.ExtendEndImage = false
	f := speaking(t, can)
	f.clip(t, 1, nil)
	f.put(t, store.Job{ID: id(9), Kind: store.KindExtend, Parent: id(1), Guild: "100", Channel: "200", Member: "400", Prompt: "x",
		EndImage: given("end", time.Hour)}, store.StateCompleted)
	if _, err := f.do(t, commands.KindComponent, home, button("1:again:"+id(9))); refusal(t, err) != "refusal.unable" {
		t.Errorf("it is: %v", err)
	}
}

// The dialog for a sound asks for what is heard.
func TestTheDialogOfASound(t *testing.T) {
	f := speaking(t, able)
	f.clip(t, 1, nil)
	f.clip(t, 2, func(j *store.Job) { j.Kind, j.Parent = store.KindSound, id(1) })
	for n, heard := range map[int]bool{1: false, 2: true} {
		a, err := f.do(t, commands.KindComponent, home, button("1:remix:"+id(n)))
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(a.Modal)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(text), f.set.Catalog.For("zh-CN").Say("modal.sound.hint")); got != heard {
			t.Errorf("job %d asks for what is heard: %v", n, got)
		}
	}
}

// A shared result of any kind is dreamed by its words, as one of its own.
func TestUsingWhatWasMadeFromVideos(t *testing.T) {
	for _, kind := range store.Kinds() {
		can := able
		can.Conflicts = append(can.Conflicts, [2]luma.Trait{luma.TraitLoop, luma.TraitLong})
		f := speaking(t, can)
		p := f.share(t, f.clip(t, 2, func(j *store.Job) {
			if j.Kind = kind; kind.Derived() {
				j.Parent, j.Second, j.Settings.Duration = id(1), id(3), 9*time.Second
			}
		}))
		a, err := f.pressShared(t, bob, reply.ActionUse, p.ID)
		if err != nil || a.Job == nil {
			t.Fatalf("%s: %+v, %v", kind, a, err)
		}
		want := store.Job{Kind: store.KindDream, Prompt: "clip 2", Counts: 5 * time.Second,
			Settings: store.Settings{Model: "ray-flash-2", Duration: 5 * time.Second, Resolution: "720p", AspectRatio: "9:16", Loop: true}}
		if kind.Derived() { // what does not go together any more is left out
			want.Settings.Duration, want.Settings.Loop, want.Counts = 9*time.Second, false, 9*time.Second
		}
		if diff := cmp.Diff(want, derived(*a.Job), cmpopts.EquateComparable(secret.Text{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
	}
}
