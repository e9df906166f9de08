package commands_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"dreambot/commands"
	"dreambot/internal/community"
	"dreambot/store"
)

// typed asks for what completes a prompt.
func (f *fixture) typed(t testing.TB, w where, text string) []commands.Choice {
	t.Helper()
	a, err := f.do(t, commands.KindComplete, w, fmt.Sprintf(`{"name":"dream","options":[{"name":"prompt","type":3,"value":%q,"focused":true}]}`, text))
	if err != nil || a.Choices == nil || len(a.Choices) > 25 {
		t.Fatalf("%+v, %v", a, err)
	}
	for _, c := range a.Choices {
		for what, s := range map[string]string{"name": c.Name, "value": c.Value} {
			if n := len(utf16.Encode([]rune(s))); n < 1 || n > 100 {
				t.Errorf("a %s has %d characters: %q", what, n, s)
			}
		}
	}
	return a.Choices
}

func values(list []commands.Choice) (all []string) {
	for _, c := range list {
		all = append(all, c.Value)
	}
	return all
}

func TestPromptsAreSuggested(t *testing.T) {
	f := setUp(t)
	long := strings.Repeat("a very long boat ", 20)
	f.video(t, 1, ada, "a paper boat")
	f.video(t, 2, ada, "A Paper Boat") // the same again
	f.video(t, 3, ada, long)
	f.put(t, store.Job{ID: id(4), Guild: "100", Channel: "200", Member: "400", Prompt: "waiting for a boat", CreatedAt: now.Add(4 * time.Second)}, store.StateWaiting)
	f.remove(t, f.video(t, 5, ada, "a boat that was removed").ID)
	f.put(t, store.Job{ID: id(6), Guild: "100", Channel: "200", Member: "400", Prompt: "a boat that is not accepted"}, store.StateQueued)
	f.change(t, id(6), func(j *store.Job) { j.State, j.Failure = store.StateFailed, store.FailurePromptRejected })
	f.put(t, store.Job{ID: id(7), Guild: "100", Channel: "200", Member: "400", Prompt: "a boat by a reaction", Reaction: true, Kind: store.KindExtend}, store.StateCompleted)
	f.put(t, store.Job{ID: id(8), Guild: "100", Channel: "200", Member: "400", Prompt: "a boat of bob's", CreatedAt: now.Add(8 * time.Second),
		Remixes: []store.Credit{{Job: id(20), Member: "401"}}}, store.StateCompleted)
	f.put(t, store.Job{ID: id(9), Guild: "100", Channel: "200", Member: "400", Prompt: "two lines\nof a boat", CreatedAt: now.Add(9 * time.Second)}, store.StateCompleted)
	// Words of one's own for what a video shows, which these are not.
	for n, kind := range map[int]store.Kind{12: store.KindUpscale, 13: store.KindSound} {
		f.put(t, store.Job{ID: id(n), Kind: kind, Parent: id(1), Guild: "100", Channel: "200", Member: "400", Prompt: "a boat, made over"}, store.StateCompleted)
	}
	f.video(t, 10, there, "a boat elsewhere")
	f.video(t, 11, bob, "a boat that bob keeps to himself")
	best, second := f.share(t, f.video(t, 20, bob, "a shared boat")), f.share(t, f.video(t, 21, bob, "一只纸船"))
	f.vote(t, best, 2)
	f.vote(t, second, 1)
	f.share(t, f.video(t, 22, where{"101", "210", "401"}, "a boat shared elsewhere"))

	token := func(id string) string { return "prompt:" + id }
	own := []string{token(id(9)), token(id(8)), "waiting for a boat", token(id(3)), "A Paper Boat"}
	for text, want := range map[string][]string{
		"":                 append(slices.Clone(own), token(best.ID), token(second.ID)),
		"  BOAT ":          append(slices.Clone(own), token(best.ID)),
		"paper":            {"A Paper Boat"},
		"sha":              {token(best.ID)},
		"纸船":               {token(second.ID)},
		"nowhere":          nil,
		"prompt:" + id(20): nil,
	} {
		if got := values(f.typed(t, ada, text)); !slices.Equal(got, want) {
			t.Errorf("%q suggests %q, want %q", text, got, want)
		}
	}
	for _, c := range f.typed(t, ada, "sha") {
		if c.Name != "🌟 a shared boat" {
			t.Errorf("a shared one is called %q", c.Name)
		}
	}
	// Another option of the command completes nothing.
	a, err := f.do(t, commands.KindComplete, ada, `{"name":"dream","options":[{"name":"model","type":3,"value":"","focused":true}]}`)
	if err != nil || len(a.Choices) != 0 {
		t.Errorf("another option: %+v, %v", a, err)
	}
}

// What is suggested can be chosen: it is the words, with the credit that is due.
func TestAChosenSuggestionIsItsWords(t *testing.T) {
	f := setUp(t)
	long := strings.TrimSpace(strings.Repeat("a very long boat ", 20))
	f.video(t, 1, ada, long)
	f.put(t, store.Job{ID: id(2), Guild: "100", Channel: "200", Member: "400", Prompt: "a boat of bob's",
		Remixes: []store.Credit{{Job: id(20), Member: "401"}}}, store.StateCompleted)
	f.video(t, 3, bob, "a boat that bob keeps to himself")
	f.put(t, store.Job{ID: id(4), Guild: "100", Channel: "200", Member: "400", Prompt: "not accepted"}, store.StateQueued)
	f.change(t, id(4), func(j *store.Job) { j.State, j.Failure = store.StateFailed, store.FailurePromptRejected })
	f.remove(t, f.video(t, 5, ada, "removed").ID)
	f.video(t, 6, there, "elsewhere")
	j := f.video(t, 20, bob, "a shared boat")
	j.Remixes = []store.Credit{{Job: id(30), Member: "402"}}
	f.share(t, j)
	f.share(t, f.video(t, 21, where{"101", "210", "401"}, "shared elsewhere"))
	withdrawn := f.share(t, f.video(t, 22, bob, "withdrawn"))
	if err := f.community.Withdraw(t.Context(), "100", withdrawn.ID); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]struct {
		refusal, prompt string
		credits         []store.Credit
	}{
		"a plain boat":                {prompt: "a plain boat"},
		"prompt: a boat":              {prompt: "prompt: a boat"},
		"prompt:" + id(1)[:19]:        {prompt: "prompt:" + id(1)[:19]},
		"prompt:" + id(1) + "0":       {prompt: "prompt:" + id(1) + "0"},
		"prompt:ZZZZZZZZZZZZZZZZZZZZ": {prompt: "prompt:ZZZZZZZZZZZZZZZZZZZZ"},
		"prompt:" + id(1):             {prompt: long},
		" prompt:" + id(2) + " ":      {prompt: "a boat of bob's", credits: []store.Credit{{Job: id(20), Member: "401"}}},
		"prompt:" + id(20):            {prompt: "a shared boat", credits: []store.Credit{{Job: id(20), Member: "401"}, {Job: id(30), Member: "402"}}},
		"prompt:" + id(3):             {refusal: "refusal.suggestion.gone"},
		"prompt:" + id(4):             {refusal: "refusal.suggestion.gone"},
		"prompt:" + id(5):             {refusal: "refusal.suggestion.gone"},
		"prompt:" + id(6):             {refusal: "refusal.suggestion.gone"},
		"prompt:" + id(21):            {refusal: "refusal.suggestion.gone"},
		"prompt:" + id(22):            {refusal: "refusal.suggestion.gone"},
		"prompt:" + id(99):            {refusal: "refusal.suggestion.gone"},
	} {
		a, err := f.do(t, commands.KindCommand, ada, command("dream", option("prompt", `"`+value+`"`)))
		if got := refusal(t, err); got != want.refusal {
			t.Errorf("%q is refused %q, want %q", value, got, want.refusal)
		}
		if want.refusal == "" && (a.Job == nil || a.Job.Prompt != want.prompt || !slices.Equal(a.Job.Remixes, want.credits)) {
			t.Errorf("%q dreams %+v, want %+v", value, a.Job, want)
		}
	}
}

// slow is a community store whose lists take until nobody waits for them any more.
type slow struct{ community.Store }

func (s slow) List(ctx context.Context, _ community.Query) (community.Page, error) {
	<-ctx.Done()
	return community.Page{}, ctx.Err()
}

// broken is one that has a fault.
type broken struct{ community.Store }

func (b broken) List(context.Context, community.Query) (community.Page, error) {
	return community.Page{}, errors.New("disk on fire")
}

// Whoever types is answered with what is known by then.
func TestSuggestionsDoNotWait(t *testing.T) {
	for name, wrap := range map[string]func(community.Store) community.Store{
		"slow":   func(s community.Store) community.Store { return slow{s} },
		"broken": func(s community.Store) community.Store { return broken{s} },
	} {
		f := setUp(t)
		f.video(t, 1, ada, "a boat")
		f.with(func(c *commands.Config) {
			c.Community = community.New(community.Config{Store: wrap(f.community.Store), Jobs: f.store})
		})
		if got := values(f.typed(t, ada, "boat")); !slices.Equal(got, []string{"a boat"}) {
			t.Errorf("%s: suggests %q", name, got)
		}
	}
}

func TestSuggestionsAreBounded(t *testing.T) {
	f := setUp(t)
	for n := range 30 {
		f.video(t, n, ada, fmt.Sprintf("boat no %d", n))
		f.share(t, f.video(t, 100+n, bob, fmt.Sprintf("shared boat no %d", n)))
	}
	if got := f.typed(t, ada, "boat"); len(got) != 25 || got[0].Value != "boat no 29" {
		t.Errorf("suggests %q", values(got))
	}
	if got := f.typed(t, where{"100", "200", "402"}, "boat"); len(got) != 25 {
		t.Errorf("suggests %q", values(got))
	}
}

func BenchmarkSuggestions(b *testing.B) {
	f := setUp(b)
	for n := range 200 {
		f.video(b, n, ada, fmt.Sprintf("boat no %d", n))
	}
	for b.Loop() {
		f.typed(b, ada, "boat")
	}
}
