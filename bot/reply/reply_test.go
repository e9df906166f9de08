package reply_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"dreambot/bot/reply"
	"dreambot/internal/i18n"
	"dreambot/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

// start is an instant that all goldens count from.
var start = time.Unix(1_800_000_000, 0)

func catalog(t testing.TB) *i18n.Catalog {
	t.Helper()
	load := i18n.Load
	if *marked != "" {
		load = i18n.LoadMarked
	}
	c, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// job is a job in a state, as the tracker leaves it.
func job(kind store.Kind, state store.State) store.Job {
	j := store.Job{
		ID: "d0abcdefghijklmnopqr", Kind: kind, State: state, Prompt: "a paper boat sails into a painted sunset",
		Guild: "100", Channel: "200", Message: "300", Member: "400", CreatedAt: start, AnsweredAt: start,
	}
	if kind == store.KindDream {
		yes := true
		j.Settings = store.Settings{Model: "ray-v2", Duration: 5 * time.Second, Resolution: "720p", ExpandPrompt: &yes}
		j.Image = store.Picture{URL: "https://cdn.example/boat.png?ex=1&is=2&hm=3", Name: "boat.png", Width: 64, Height: 64}
		j.EndImage = store.Picture{URL: "https://cdn.example/sun.png?ex=1&is=2&hm=3", Name: "sun.png", Width: 64, Height: 64}
	} else {
		j.Parent = "d0000000000000000000"
	}
	if state == store.StateWaiting {
		j.Place = 3
		return j
	}
	j.SentAt, j.Expected = start.Add(2*time.Second), 80*time.Second
	if state == store.StateDreaming {
		j.StartedAt = start.Add(10 * time.Second)
	}
	if state.Final() {
		j.FinishedAt = start.Add(74 * time.Second)
	}
	if state == store.StateCompleted {
		j.Video.URL = "https://luma.example/v.mp4?sig=(1)"
	}
	return j
}

// golden compares what was drawn with the golden file of that name. Every case
// goes through TestEveryVisibleWordIsTheCatalogs, too.
func golden(t *testing.T, name string, value any) {
	t.Helper()
	if *marked != "" {
		report(t, name, value)
		return
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", strings.ReplaceAll(name, " ", "_")+".json")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-golden +drawn):\n%s", path, diff)
	}
}

func TestCardOfEachStateKindAndLanguage(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		for _, kind := range []store.Kind{store.KindDream, store.KindExtend} {
			for _, state := range store.States() {
				j := job(kind, state)
				if state == store.StateFailed {
					j.Failure = store.FailureUncertain
				}
				golden(t, strings.Join([]string{"card", string(kind), string(state), locale}, "-"),
					reply.Card(c.For(locale), j, reply.ScreenUpload))
			}
		}
	}
}

// A line that stands still says why, and that it goes on by itself.
func TestAHeldJobSaysSo(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		seen := map[string]bool{}
		for _, hold := range store.Holds() {
			j := job(store.KindDream, store.StateWaiting)
			j.Hold = hold
			card := reply.Card(c.For(locale), j, reply.ScreenUpload)
			golden(t, "hold-"+string(hold)+"-"+locale, card)
			head, _, _ := strings.Cut(texts(t, card), "> ")
			if strings.Contains(head, "card.") || strings.Contains(head, "3") || seen[head] {
				t.Errorf("%s in %s: %s", hold, locale, head)
			}
			seen[head] = true
		}
	}
	// What the store counts as shown alike is drawn alike.
	waiting, sending := job(store.KindDream, store.StateWaiting), job(store.KindDream, store.StateSubmitting)
	for _, hold := range append(store.Holds(), store.HoldNone) {
		waiting.Place, waiting.Hold, sending.Hold = 0, hold, hold
		p := c.For("en-US")
		if diff := cmp.Diff(reply.Card(p, waiting, 0), reply.Card(p, sending, 0)); diff != "" {
			t.Errorf("hold %q (-waiting +submitting):\n%s", hold, diff)
		}
	}
}

// A message that stands for a reply says why it is there, in its small print.
func TestACardElsewhereSaysWhy(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		for route, part := range map[store.Route]string{store.RoutePost: "", store.RouteDirect: "<#200>"} {
			for _, state := range []store.State{store.StateCompleted, store.StateFailed} {
				j := job(store.KindDream, state)
				if state == store.StateFailed {
					j.Failure = store.FailureTimedOut
				}
				plain := texts(t, reply.Card(c.For(locale), j, reply.ScreenUpload))
				j.Route = route
				card := reply.Card(c.For(locale), j, reply.ScreenUpload)
				golden(t, strings.Join([]string{"route", string(route), string(state), locale}, "-"), card)
				text := texts(t, card)
				small, ok := strings.CutPrefix(text, plain+"\n-# ")
				if !ok || !strings.Contains(small, part) || strings.Contains(small, "card.") {
					t.Errorf("%s in %s: %s", route, locale, text)
				}
			}
		}
	}
}

func TestTheQuestionBeforeDeleting(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		for _, state := range []store.State{store.StateCompleted, store.StateFailed} {
			j := job(store.KindDream, state)
			m := reply.DeleteQuestion(c.For(locale), j)
			golden(t, strings.Join([]string{"delete", string(state), locale}, "-"), m)
			if m.Flags != reply.FlagEphemeral|reply.FlagComponentsV2 {
				t.Errorf("its flags are %d", m.Flags)
			}
			// The one that a reaction leads to is seen by everybody: it says by whom,
			// and who may answer, and it can be declined.
			m = reply.OpenQuestion(c.For(locale), j, "401")
			golden(t, strings.Join([]string{"question", string(state), locale}, "-"), m)
			if m.Flags != reply.FlagComponentsV2 {
				t.Errorf("the open one's flags are %d", m.Flags)
			}
			if got := actions(t, m); len(got) != 2 || got[0] != (reply.Action{Verb: reply.ActionRemove, Job: j.ID}) ||
				got[1] != (reply.Action{Verb: reply.ActionKeep, Job: j.ID}) {
				t.Errorf("the open one offers %v", got)
			}
			if text := texts(t, m); !strings.Contains(text, "<@401>") || len(m.AllowedMentions.Parse) != 0 {
				t.Errorf("the open one says %q and may mention %v", text, m.AllowedMentions)
			}
		}
	}
}

// Each state has the buttons for what can be done then, and no other. What a
// reaction asks for has no words of its own, which can be changed at any time.
func TestButtonsOfEachState(t *testing.T) {
	for state, want := range map[store.State]struct{ all, byReaction []reply.Verb }{
		store.StateWaiting:    {[]reply.Verb{reply.ActionCancel}, []reply.Verb{reply.ActionRemix}},
		store.StateSubmitting: {[]reply.Verb{reply.ActionCancel}, []reply.Verb{reply.ActionRemix}},
		store.StateQueued:     {nil, []reply.Verb{reply.ActionRemix}},
		store.StateDreaming:   {nil, []reply.Verb{reply.ActionRemix}},
		store.StateCompleted:  {[]reply.Verb{reply.ActionExtend, reply.ActionRemix, reply.ActionAgain, reply.ActionShare, reply.ActionDelete}, nil},
		store.StateFailed:     {[]reply.Verb{reply.ActionRetry, reply.ActionDelete}, nil},
		store.StateCancelled:  {nil, nil},
	} {
		for _, byReaction := range []bool{false, true} {
			j := job(store.KindExtend, state)
			j.Reaction = byReaction
			verbs := slices.Clone(want.all)
			if byReaction {
				verbs = append(verbs, want.byReaction...)
			}
			var got []reply.Verb
			for _, a := range actions(t, reply.Card(catalog(t).For("en-US"), j, reply.ScreenUpload)) {
				if a.Job != j.ID {
					t.Errorf("%s: a button of job %s", state, a.Job)
				}
				got = append(got, a.Verb)
			}
			if !slices.Equal(got, verbs) {
				t.Errorf("%s, by a reaction: %v, offers %v, want %v", state, byReaction, got, verbs)
			}
		}
	}
}

// actions are what the buttons of a message do.
func actions(t *testing.T, m reply.Message) []reply.Action {
	t.Helper()
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var list []reply.Action
	for _, id := range customID.FindAllStringSubmatch(string(b), -1) {
		a, err := reply.ParseAction(id[1])
		if err != nil {
			t.Error(err)
		}
		list = append(list, a)
	}
	return list
}

var customID = regexp.MustCompile(`"custom_id":"([^"]*)"`)

func TestCardOfEachScreen(t *testing.T) {
	p := catalog(t).For("en-US")
	j := job(store.KindDream, store.StateCompleted)
	golden(t, "screen-link", reply.Card(p, j, reply.ScreenLink))
	golden(t, "screen-link-only", reply.Card(p, j, reply.ScreenLinkOnly))
	golden(t, "screen-plain", reply.Card(p, j, reply.ScreenPlain))
	j.EndImage = store.Picture{}
	golden(t, "one-picture", reply.Card(p, j, reply.ScreenUpload))
	j.Upload = store.Upload{ID: "900", Name: reply.FileName(j), Size: 1000}
	golden(t, "screen-kept", reply.Card(p, j, reply.ScreenUpload))
}

func TestEveryFailureHasItsSentence(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		seen := map[string]store.Failure{}
		for _, f := range store.Failures() {
			j := job(store.KindDream, store.StateFailed)
			j.Failure = f
			j.Cause = "upstream said: secret details"
			text := texts(t, reply.Card(c.For(locale), j, reply.ScreenUpload))
			if strings.Contains(text, "failure.") || strings.Contains(text, "upstream") {
				t.Errorf("%s in %s: %s", f, locale, text)
			}
			head, _, _ := strings.Cut(text, "> ")
			if other, ok := seen[head]; ok {
				t.Errorf("%s says the same as %s in %s", f, other, locale)
			}
			seen[head] = f
		}
	}
}

// texts is all that the message's Text Displays say.
func texts(t *testing.T, m reply.Message) string {
	t.Helper()
	type component struct {
		Type       int
		Content    string
		Components []component
		Items      []struct{ Description string }
	}
	var wire struct{ Components []component }
	decode(t, m, &wire)
	var b strings.Builder
	var walk func([]component)
	walk = func(list []component) {
		for _, c := range list {
			b.WriteString(c.Content)
			for _, i := range c.Items {
				if n := len(utf16.Encode([]rune(i.Description))); n > 1024 {
					t.Errorf("alt text has %d characters", n)
				}
			}
			walk(c.Components)
		}
	}
	walk(wire.Components)
	return b.String()
}

func decode(t *testing.T, from, to any) {
	t.Helper()
	b, err := json.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, to); err != nil {
		t.Fatal(err)
	}
}

func TestLabelIsOneShortLine(t *testing.T) {
	if got := reply.Label(" a\n b\t c "); got != "a b c" {
		t.Errorf("Label = %q", got)
	}
	if got := reply.Label(strings.Repeat("👩‍👩‍👧‍👦", 50)); len(utf16.Encode([]rune(got))) > 100 || !strings.HasSuffix(got, "…") {
		t.Errorf("Label = %q", got)
	}
}
