package commands_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dreambot/commands"
	"dreambot/store"
)

// result is a completed job at home, of member 400.
func (f *fixture) result(t testing.TB, n int) store.Job {
	t.Helper()
	return f.put(t, store.Job{ID: id(n), Guild: "100", Channel: "200", Member: "400", Prompt: "a boat", Locale: "en-US", UploadLimit: 25 << 20,
		Remote: fmt.Sprint("gen-", n), Settings: store.Settings{Model: "ray-v2"}}, store.StateCompleted)
}

// reaction is a member's ⏩ under a job's message.
func reaction(j store.Job, member string) commands.Reaction {
	at := j.Spot()
	return commands.Reaction{Member: commands.Member{ID: member, Roles: []string{"1"}}, Guild: j.Guild, Channel: at.Channel, Message: at.Message, Emoji: "⏩"}
}

// react does it, and expects an outcome without an error.
func (f *fixture) react(t testing.TB, r commands.Reaction, want commands.Outcome) {
	t.Helper()
	got, question, err := f.set.React(t.Context(), r)
	if got != want || err != nil || (question != nil) != (want == commands.ReactionAsked) {
		t.Errorf("%s by %s, taken away %v: %q, %v; want %q", r.Emoji, r.Member.ID, r.Removed, got, err, want)
	}
}

func TestAReactionExtendsAResult(t *testing.T) {
	f := setUp(t)
	j := f.result(t, 1)
	f.react(t, reaction(j, "401"), commands.ReactionExtended)
	if len(f.line.got) != 1 {
		t.Fatalf("%d jobs", len(f.line.got))
	}
	got := f.line.got[0]
	if got.Kind != store.KindExtend || !got.Reaction || got.Prompt != "a boat" || got.Parent != j.ID || got.Source != "gen-1" || got.Root != j.ID ||
		got.Part != 2 || got.Back != j.Spot() || got.Guild != "100" || got.Channel != "200" || got.Member != "401" || got.Locale != "en-US" ||
		got.UploadLimit != 25<<20 || got.Guest || !got.CreatedAt.Equal(now) || !got.Origin.Token.IsZero() || len(got.ID) != 20 || got.ID == j.ID {
		t.Errorf("asked for %+v", got)
	}
	if want := []string{"100 200 401"}; !slices.Equal(f.rights.asked, want) {
		t.Errorf("asked for the rights of %q", f.rights.asked)
	}
}

// What a reaction is not about costs nothing, not even a question to Discord.
func TestReactionsThatAreIgnored(t *testing.T) {
	for name, c := range map[string]struct {
		state  store.State
		change func(*store.Job)
		react  func(*commands.Reaction)
	}{
		"unfinished":             {store.StateDreaming, nil, nil},
		"waiting":                {store.StateWaiting, nil, nil},
		"failed":                 {store.StateFailed, nil, nil},
		"cancelled":              {store.StateCancelled, nil, nil},
		"removed":                {store.StateCompleted, func(j *store.Job) { j.Removed = true }, nil},
		"another message":        {store.StateCompleted, nil, func(r *commands.Reaction) { r.Message = "999" }},
		"another channel":        {store.StateCompleted, nil, func(r *commands.Reaction) { r.Channel = "201" }},
		"another server":         {store.StateCompleted, nil, func(r *commands.Reaction) { r.Guild = "101" }},
		"no server":              {store.StateCompleted, nil, func(r *commands.Reaction) { r.Guild = "" }},
		"sent to the member":     {store.StateCompleted, func(j *store.Job) { j.Direct = "250" }, nil},
		"and taken for a server": {store.StateCompleted, func(j *store.Job) { j.Direct = "250" }, func(r *commands.Reaction) { r.Channel = "250" }},
	} {
		for _, taken := range []bool{false, true} {
			f := setUp(t)
			j := f.put(t, store.Job{ID: id(1), Guild: "100", Channel: "200", Member: "400", Prompt: "a boat"}, c.state)
			if c.change != nil {
				f.change(t, j.ID, c.change)
			}
			r := reaction(j, "401")
			r.Removed = taken
			if c.react != nil {
				c.react(&r)
			}
			got, question, err := f.set.React(t.Context(), r)
			if got != commands.ReactionIgnored || question != nil || err != nil {
				t.Errorf("%s, taken away %v: %q, %v", name, taken, got, err)
			}
			if now, err := f.store.Get(t.Context(), j.ID); err != nil || len(now.Reactors) != 0 || len(f.line.got) != 0 || len(f.rights.asked) != 0 {
				t.Errorf("%s, taken away %v: %v react, %d jobs, asked for rights %q", name, taken, now.Reactors, len(f.line.got), f.rights.asked)
			}
		}
	}
}

func TestReactionsAreCountedUntilThereAreEnough(t *testing.T) {
	f := setUp(t).with(func(c *commands.Config) { c.Reactions.Members = 3 })
	j := f.result(t, 1)
	take := func(member string) commands.Reaction {
		r := reaction(j, member)
		r.Removed = true
		return r
	}
	f.react(t, reaction(j, "401"), commands.ReactionCounted)
	f.react(t, reaction(j, "401"), commands.ReactionCounted) // told twice
	f.react(t, reaction(j, "402"), commands.ReactionCounted)
	f.react(t, take("401"), commands.ReactionCounted)
	f.react(t, take("409"), commands.ReactionCounted) // who had not reacted
	f.react(t, reaction(j, "403"), commands.ReactionCounted)
	if len(f.line.got) != 0 {
		t.Fatal("two are enough")
	}
	f.rights.of = map[string]uint64{"404": 0}
	f.react(t, reaction(j, "404"), commands.ReactionRefused) // and does not count
	f.react(t, reaction(j, "401"), commands.ReactionExtended)
	if len(f.line.got) != 1 || f.line.got[0].Member != "401" {
		t.Errorf("jobs %+v", f.line.got)
	}
}

// Once an extension runs, or was made, reactions are counted alone, and nobody
// is asked for rights. One that failed frees the result.
func TestAResultIsExtendedByReactionsOnce(t *testing.T) {
	f := setUp(t)
	j := f.result(t, 1)
	f.react(t, reaction(j, "401"), commands.ReactionExtended)
	asked := len(f.rights.asked)
	for _, state := range []store.State{store.StateWaiting, store.StateSubmitting, store.StateQueued, store.StateDreaming} {
		if state != store.StateWaiting {
			f.become(t, f.line.got[0].ID, state)
		}
		f.react(t, reaction(j, "402"), commands.ReactionCounted)
	}
	f.become(t, f.line.got[0].ID, store.StateFailed)
	if len(f.rights.asked) != asked {
		t.Errorf("asked for rights %q", f.rights.asked)
	}
	f.react(t, reaction(j, "403"), commands.ReactionExtended)
	f.become(t, f.line.got[1].ID, store.StateCancelled)
	f.react(t, reaction(j, "404"), commands.ReactionExtended)
	f.become(t, f.line.got[2].ID, store.StateSubmitting)
	f.become(t, f.line.got[2].ID, store.StateCompleted)
	f.react(t, reaction(j, "405"), commands.ReactionCounted)
	if len(f.line.got) != 3 {
		t.Errorf("%d jobs", len(f.line.got))
	}
	now, err := f.store.Get(t.Context(), j.ID)
	if want := []string{"401", "402", "403", "404", "405"}; err != nil || !slices.Equal(now.Reactors, want) {
		t.Errorf("%v react, %v; want %v", now.Reactors, err, want)
	}
	// Another's, by a command, keeps nobody from anything.
	other := f.result(t, 2)
	f.put(t, store.Job{ID: id(3), Kind: store.KindExtend, Parent: other.ID, Guild: "100", Channel: "200", Member: "400", Prompt: "x"}, store.StateDreaming)
	f.react(t, reaction(other, "401"), commands.ReactionExtended)
}

// Another process may have been quicker: the store says so.
func TestAResultThatIsClaimedMeanwhile(t *testing.T) {
	f := setUp(t)
	j := f.result(t, 1)
	f.line.refuses = fmt.Errorf("store: %w", store.ErrClaimed)
	f.react(t, reaction(j, "401"), commands.ReactionCounted)
}

func TestOfManyReactionsAtOnceOneExtends(t *testing.T) {
	f := setUp(t)
	j := f.result(t, 1)
	var mu sync.Mutex
	outcomes := map[commands.Outcome]int{}
	var group sync.WaitGroup
	start := make(chan struct{})
	for n := range 20 {
		group.Go(func() {
			<-start
			got, _, err := f.set.React(t.Context(), reaction(j, fmt.Sprint(500+n)))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			outcomes[got]++
		})
	}
	close(start)
	group.Wait()
	if len(f.line.got) != 1 || outcomes[commands.ReactionExtended] != 1 || outcomes[commands.ReactionCounted] != 19 {
		t.Errorf("%d jobs, by the outcomes %v", len(f.line.got), outcomes)
	}
	story, err := f.store.Story(t.Context(), j.ID)
	if err != nil || len(story) != 2 {
		t.Errorf("the story has %d jobs, %v", len(story), err)
	}
	if now, err := f.store.Get(t.Context(), j.ID); err != nil || len(now.Reactors) != 20 {
		t.Errorf("%d react, %v", len(now.Reactors), err)
	}
	// Two processes share no lock, only the store.
	f.become(t, f.line.got[0].ID, store.StateCancelled)
	other := commands.New(f.set.Config)
	for n := range 20 {
		set := []*commands.Set{f.set, other}[n%2]
		group.Go(func() {
			if _, _, err := set.React(t.Context(), reaction(j, fmt.Sprint(600+n))); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(f.line.got) != 2 {
		t.Errorf("%d jobs after a second round", len(f.line.got))
	}
}

// Who may not use commands may not by a reaction either, and nor may who has
// done too much.
func TestReactionsThatAreRefused(t *testing.T) {
	f := setUp(t).with(func(c *commands.Config) { c.PerMinute = 1 })
	f.rights.of = map[string]uint64{"401": 0, "402": mayManage, "403": 8}
	j := f.result(t, 1)
	f.react(t, reaction(j, "401"), commands.ReactionRefused)
	f.react(t, reaction(j, "402"), commands.ReactionRefused)
	if now, err := f.store.Get(t.Context(), j.ID); err != nil || len(now.Reactors) != 0 {
		t.Errorf("%v react, %v", now.Reactors, err)
	}
	f.react(t, reaction(j, "403"), commands.ReactionExtended) // an administrator
	next := f.result(t, 2)
	f.react(t, reaction(next, "403"), commands.ReactionRefused) // more than one in a minute
	f.now = f.now.Add(time.Minute)
	f.react(t, reaction(j, "403"), commands.ReactionCounted) // which costs nothing
	f.react(t, reaction(next, "403"), commands.ReactionExtended)

	f.now = f.now.Add(time.Minute)
	f.rights.err = errors.New("no route")
	third := f.result(t, 3)
	if got, _, err := f.set.React(t.Context(), reaction(third, "404")); got != commands.ReactionRefused || err == nil {
		t.Errorf("nobody knows the rights: %q, %v", got, err)
	}
	f.rights.err = nil
	for _, c := range []struct {
		refuses error
		ours    bool
	}{
		{store.ErrFull, false}, {&store.BusyError{Limit: 5}, false}, {errors.New("no space left"), true},
	} {
		f.now = f.now.Add(time.Minute)
		f.line.refuses = fmt.Errorf("submit: %w", c.refuses)
		got, _, err := f.set.React(t.Context(), reaction(third, "405"))
		if got != commands.ReactionRefused || (err != nil) != c.ours {
			t.Errorf("%v: %q, %v", c.refuses, got, err)
		}
	}
	// It can be asked for again later.
	f.now, f.line.refuses = f.now.Add(time.Minute), nil
	f.react(t, reaction(third, "405"), commands.ReactionExtended)
}

// Outside of servers nobody has rights to ask for.
func TestReactionsInDirectMessages(t *testing.T) {
	f := setUp(t)
	in := f.put(t, store.Job{ID: id(1), Channel: "250", Member: "400", Prompt: "a boat"}, store.StateCompleted)
	f.react(t, reaction(in, "400"), commands.ReactionExtended)
	sent := f.result(t, 2)
	f.change(t, sent.ID, func(j *store.Job) { j.Direct, j.Message = "250", "777" })
	f.react(t, commands.Reaction{Member: commands.Member{ID: "400"}, Channel: "250", Message: "777", Emoji: "⏩"}, commands.ReactionExtended)
	if len(f.rights.asked) != 0 {
		t.Errorf("asked for rights %q", f.rights.asked)
	}
	if got := f.line.got[1]; got.Guild != "" || got.Channel != "250" || got.Back != (store.Spot{Channel: "250", Message: "777"}) {
		t.Errorf("asked for %+v", got)
	}
}

// ❌ asks, and only of those who can answer.
func TestAReactionThatRemoves(t *testing.T) {
	for name, c := range map[string]struct {
		member      string
		permissions uint64
		state       store.State
		taken       bool
		want        commands.Outcome
		asked       int // for rights
	}{
		"who asked for it":          {"400", 0, store.StateCompleted, false, commands.ReactionAsked, 0},
		"a moderator":               {"401", mayManage, store.StateCompleted, false, commands.ReactionAsked, 1},
		"an administrator":          {"401", 8, store.StateCompleted, false, commands.ReactionAsked, 1},
		"a stranger":                {"401", mayUse, store.StateCompleted, false, commands.ReactionRefused, 1},
		"of a failed one":           {"400", 0, store.StateFailed, false, commands.ReactionAsked, 0},
		"of a cancelled one":        {"400", 0, store.StateCancelled, false, commands.ReactionAsked, 0},
		"of an unfinished one":      {"400", 0, store.StateDreaming, false, commands.ReactionIgnored, 0},
		"of a waiting one":          {"401", mayManage, store.StateWaiting, false, commands.ReactionIgnored, 0},
		"taken away":                {"400", 0, store.StateCompleted, true, commands.ReactionIgnored, 0},
		"a moderator's, taken away": {"401", mayManage, store.StateCompleted, true, commands.ReactionIgnored, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := setUp(t).with(func(c *commands.Config) { c.Reactions.Extend = "" }) // which it is not a matter of
			f.rights.of = map[string]uint64{c.member: c.permissions}
			j := f.put(t, store.Job{ID: id(1), Guild: "100", Channel: "200", Member: "400", Prompt: "x", Locale: "zh-CN"}, c.state)
			r := reaction(j, c.member)
			r.Emoji, r.Removed = "❌", c.taken
			got, question, err := f.set.React(t.Context(), r)
			if got != c.want || err != nil || len(f.rights.asked) != c.asked {
				t.Fatalf("%q, %v, asked for rights %q", got, err, f.rights.asked)
			}
			if (question != nil) != (c.want == commands.ReactionAsked) {
				t.Fatalf("the question is %+v", question)
			}
			if question != nil {
				if text := says(t, question); !strings.Contains(text, "<@"+c.member+">") || !strings.Contains(text, "1:remove:"+j.ID) ||
					!strings.Contains(text, "1:keep:"+j.ID) || !strings.Contains(text, "删除") {
					t.Errorf("the question is %s", text)
				}
			}
			if now, err := f.store.Get(t.Context(), j.ID); err != nil || now.Removed || len(now.Reactors) != 0 || len(f.line.acts) != 0 || len(f.line.got) != 0 {
				t.Errorf("it did something: %+v, %q", now, f.line.acts)
			}
		})
	}
	f := setUp(t).with(func(c *commands.Config) { c.PerMinute = 1 })
	j := f.result(t, 1)
	r := reaction(j, "400")
	r.Emoji = "❌"
	f.react(t, r, commands.ReactionAsked)
	f.react(t, r, commands.ReactionRefused) // more than one in a minute
	r.Member.ID, f.rights.err = "401", errors.New("no route")
	if got, _, err := f.set.React(t.Context(), r); got != commands.ReactionRefused || err == nil {
		t.Errorf("nobody knows the rights: %q, %v", got, err)
	}
	// In direct messages there are no moderators.
	private := f.put(t, store.Job{ID: id(2), Channel: "250", Member: "400", Prompt: "x"}, store.StateCompleted)
	r = reaction(private, "401")
	r.Emoji = "❌"
	f.react(t, r, commands.ReactionRefused)
}

func TestEmojiAreComparedHoweverTheyAreDrawn(t *testing.T) {
	for _, c := range []struct{ name, id, want string }{
		{"⏩", "", "⏩"}, {"▶\uFE0F", "", "▶"}, {"▶", "", "▶"}, {"❌\uFE0F", "", "❌"}, {"1\uFE0F\u20E3", "", "1\uFE0F\u20E3"},
		{"onward", "41771983423143937", "onward:41771983423143937"}, {"", "", ""},
	} {
		if got := commands.Emoji(c.name, c.id); got != c.want {
			t.Errorf("Emoji(%q, %q) = %q, want %q", c.name, c.id, got, c.want)
		}
	}
}

func TestWhichEmojiAreHeeded(t *testing.T) {
	for extend, want := range map[string]map[string]bool{
		"⏩":                            {"⏩": true, "❌": true, "▶": false, "": false, "onward:1": false},
		commands.Emoji("▶\uFE0F", ""):  {"⏩": false, "❌": true, "▶": true},
		commands.Emoji("onward", "41"): {"⏩": false, "❌": true, "onward:41": true, "onward:42": false, "onward": false},
		"":                             {"⏩": false, "❌": true, "": false},
	} {
		f := setUp(t).with(func(c *commands.Config) { c.Reactions.Extend = extend })
		for emoji, heeds := range want {
			if got := f.set.Heeds(emoji); got != heeds {
				t.Errorf("extending by %q, %q is heeded: %v", extend, emoji, got)
			}
		}
	}
}

// A store that does not answer is a fault of ours, and no reaction is lost to it
// without a word.
func TestAFaultOfTheStoreIsTold(t *testing.T) {
	f := setUp(t)
	j := f.result(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, _, err := f.set.React(ctx, reaction(j, "401")); err == nil {
		t.Errorf("%q without an error", got)
	}
}

// A reaction has no words of its own: what goes on shows what the video shows, which
// the words for a sound do not say.
func TestAReactionExtendsEveryKind(t *testing.T) {
	kinds := map[int]store.Kind{1: store.KindDream, 2: store.KindExtend, 3: store.KindBlend, 4: store.KindUpscale, 5: store.KindSound}
	for name, c := range map[string]struct {
		of   int
		gone int // a job that is no longer kept; below 0: that was removed
		want string
	}{
		"a dream": {1, 0, "clip 1"}, "an extension": {2, 0, "clip 2"}, "a blend": {3, 0, "clip 3"},
		"an upscale": {4, 0, "clip 3"}, "a sound": {5, 0, "clip 3"},
		"a sound of what is gone": {5, 4, "clip 5"}, "a sound of what was made over from what is gone": {5, 3, "clip 5"},
		"a sound of what was removed": {5, -4, "clip 5"},
	} {
		f := speaking(t, able)
		for n := 1; n <= 5; n++ { // each is made from the one before
			if n == c.gone {
				continue
			}
			f.clip(t, n, func(j *store.Job) {
				if j.Kind = kinds[n]; n > 1 {
					j.Parent = id(n - 1)
				}
			})
		}
		if c.gone < 0 {
			f.remove(t, id(-c.gone))
		}
		j, err := f.store.Get(t.Context(), id(c.of))
		if err != nil {
			t.Fatal(err)
		}
		f.react(t, reaction(j, "401"), commands.ReactionExtended)
		got := f.line.got[0]
		if got.Kind != store.KindExtend || got.Parent != j.ID || got.Prompt != c.want || got.Settings.Resolution != "720p" || got.Settings.Loop {
			t.Errorf("%s: asked for %+v", name, got)
		}
	}
}
