package reply_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
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
	c, err := i18n.Load()
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

func golden(t *testing.T, name string, value any) {
	t.Helper()
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

func TestModals(t *testing.T) {
	c := catalog(t)
	j := job(store.KindDream, store.StateFailed)
	for _, locale := range i18n.Locales() {
		for _, verb := range []reply.Verb{reply.ActionExtend, reply.ActionRetry} {
			golden(t, "modal-"+string(verb)+"-"+locale,
				reply.PromptModal(c.For(locale), reply.Action{Verb: verb, Job: j.ID}, j, 5000))
		}
		golden(t, "notice-"+locale, reply.Notice(c.For(locale), "refusal.image.kind", i18n.Args{"Name": "@everyone *x*.gif"}))
	}
}

func TestALongPromptIsFilledIntoTwoFieldsWhole(t *testing.T) {
	j := job(store.KindDream, store.StateFailed)
	j.Prompt = strings.Repeat("海底の🐙 ", 800) // 4,800 runes, more in UTF-16 units
	m := reply.PromptModal(catalog(t).For("en-US"), reply.Action{Verb: reply.ActionRetry, Job: j.ID}, j, 5000)
	var wire struct {
		Components []struct {
			Component struct {
				Value string `json:"value"`
			} `json:"component"`
		} `json:"components"`
	}
	decode(t, m, &wire)
	var whole string
	for _, c := range wire.Components {
		if n := len(utf16.Encode([]rune(c.Component.Value))); n > 4000 {
			t.Errorf("a field has %d characters", n)
		}
		whole += c.Component.Value
	}
	if whole != j.Prompt {
		t.Error("the prompt does not come back whole")
	}
}

// hostile are prompts that must neither break a card nor be more than text.
var hostile = []string{
	"", "\n\n\n", "> quoted\n# heading\n- list\n1. one\n-# small",
	"@everyone @here <@1> <@&2> <#3> </dream:4> <:x:5> <t:1:R>",
	"**bold** __under__ ~~gone~~ ||spoiler|| `code` ```block``` \\*escaped",
	"[link](https://evil.example) https://evil.example <https://evil.example>",
	strings.Repeat("*", 6000), strings.Repeat("👩‍👩‍👧‍👦", 1500), strings.Repeat("a\u0301", 3000),
	"\u0301" + strings.Repeat("\u0301", 6000), "\xff\xfe broken",
}

func TestMarkupIsShownAsItWasTyped(t *testing.T) {
	j := job(store.KindExtend, store.StateQueued)
	for prompt, want := range map[string]string{
		"a well-known cat, 3.5 m tall (really!)": "> a well-known cat, 3.5 m tall (really!)",
		"- a\n# b\n> c\n1. d\n  -# e":            "> \\- a\n> \\# b\n> \\> c\n> 1\\. d\n>   \\-# e",
		"**x** :smile: <@1>":                     `> \*\*x\*\* \:smile\: \<\@1\>`,
	} {
		j.Prompt = prompt
		if text := texts(t, reply.Card(catalog(t).For("en-US"), j, reply.ScreenUpload)); !strings.Contains(text, want) {
			t.Errorf("%q is drawn as\n%s", prompt, text)
		}
	}
}

func TestNoLinkBreaksACard(t *testing.T) {
	c := catalog(t)
	j := job(store.KindDream, store.StateCompleted)
	j.Prompt = strings.Repeat("*", 5000)
	for _, length := range []int{100, 2000, 2048, 2049, 9000} {
		j.Video.URL = "https://luma.example/v.mp4?sig=" + strings.Repeat("x", length-31)
		for _, screen := range []reply.Screen{reply.ScreenUpload, reply.ScreenLink, reply.ScreenLinkOnly, reply.ScreenPlain} {
			if n := len(utf16.Encode([]rune(texts(t, reply.Card(c.For("en-US"), j, screen))))); n > 4000 {
				t.Errorf("screen %d, link of %d: %d characters of text", screen, length, n)
			}
		}
	}
}

func TestNoPromptBreaksACard(t *testing.T) {
	c := catalog(t)
	for _, prompt := range hostile {
		for _, state := range store.States() {
			j := job(store.KindDream, state)
			j.Prompt = prompt
			if state == store.StateFailed {
				j.Failure = store.FailureUncertain
			}
			check(t, c, j)
		}
	}
}

func FuzzCard(f *testing.F) {
	for _, prompt := range hostile {
		f.Add(prompt)
	}
	c := catalog(f)
	f.Fuzz(func(t *testing.T, prompt string) {
		j := job(store.KindDream, store.StateCompleted)
		j.Prompt = prompt
		check(t, c, j)
	})
}

// check holds a card against Discord's bounds.
func check(t *testing.T, c *i18n.Catalog, j store.Job) {
	t.Helper()
	m := reply.Card(c.For("en-US"), j, reply.ScreenUpload)
	text := texts(t, m)
	if n := len(utf16.Encode([]rune(text))); n > 4000 {
		t.Errorf("the card has %d characters of text", n)
	}
	if len(m.AllowedMentions.Parse) != 0 {
		t.Errorf("the card may mention %+v", m.AllowedMentions)
	}
	// What stands after a backslash is text; what is left must be the card's
	// own markup.
	var rest strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' {
			i++
			continue
		}
		rest.WriteByte(text[i])
	}
	for _, mark := range []string{"@everyone", "<@1", "<#", "</", "<:", "**", "__", "~~", "||", "```", "](", "https:"} {
		if strings.Contains(rest.String(), mark) {
			t.Errorf("%q has a meaning in the card of %.80q:\n%s", mark, j.Prompt, text)
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

func TestActionsSurviveTheirCustomID(t *testing.T) {
	for _, verb := range []reply.Verb{reply.ActionExtend, reply.ActionRetry} {
		a := reply.Action{Verb: verb, Job: "d0abcdefghijklmnopqr"}
		got, err := reply.ParseAction(a.CustomID())
		if err != nil || got != a {
			t.Errorf("ParseAction(%q) = %v, %v", a.CustomID(), got, err)
		}
	}
}

func FuzzParseAction(f *testing.F) {
	for _, id := range []string{"", "1:extend:d0abcdefghijklmnopqr", "1:extend:", "2:extend:d0abcdefghijklmnopqr",
		"1:pay:d0abcdefghijklmnopqr", "1:extend:../../etc/passwd...", "1:retry:D0ABCDEFGHIJKLMNOPQR", "::::"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		a, err := reply.ParseAction(id)
		if err == nil && a.CustomID() != id {
			t.Errorf("%q was read as %v", id, a)
		}
	})
}

func TestLabelIsOneShortLine(t *testing.T) {
	if got := reply.Label(" a\n b\t c "); got != "a b c" {
		t.Errorf("Label = %q", got)
	}
	if got := reply.Label(strings.Repeat("👩‍👩‍👧‍👦", 50)); len(utf16.Encode([]rune(got))) > 100 || !strings.HasSuffix(got, "…") {
		t.Errorf("Label = %q", got)
	}
}
