package reply_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"dreambot/bot/reply"
	"dreambot/internal/i18n"
	"dreambot/store"
)

// piece is a component of a message, as Discord reads it.
type piece struct {
	Type       int
	Content    *string
	CustomID   *string `json:"custom_id"`
	Label      *string
	Accessory  *piece
	Components []piece
	Items      []struct{ Description *string }
}

// Types of components.
const (
	typeRow     = 1
	typeText    = 10
	typeGallery = 12
)

// checkMessage holds a message against Discord's bounds.
// Source: discord-api-docs, components/reference.
func checkMessage(t *testing.T, m reply.Message) {
	t.Helper()
	var wire piece
	decode(t, m, &wire)
	pieces, text := 0, 0
	seen := map[string]bool{}
	var walk func([]piece)
	walk = func(list []piece) {
		for _, p := range list {
			pieces++
			switch {
			case p.Type == typeText && (p.Content == nil || strings.TrimSpace(*p.Content) == ""):
				t.Error("a text says nothing")
			case p.Type == typeRow && (len(p.Components) < 1 || len(p.Components) > 5):
				t.Errorf("a row has %d buttons", len(p.Components))
			case p.Type == typeGallery && (len(p.Items) < 1 || len(p.Items) > 10):
				t.Errorf("a gallery has %d items", len(p.Items))
			}
			if p.Content != nil {
				text += len(utf16.Encode([]rune(*p.Content)))
			}
			if p.Label != nil {
				within(t, "button", *p.Label, 1, 80)
			}
			if p.CustomID != nil {
				within(t, "custom id", *p.CustomID, 1, 100)
				if seen[*p.CustomID] {
					t.Errorf("two buttons have the custom id %s", *p.CustomID)
				}
				seen[*p.CustomID] = true
			}
			for _, i := range p.Items {
				if i.Description != nil {
					within(t, "alt text", *i.Description, 1, 1024)
				}
			}
			if p.Accessory != nil {
				walk([]piece{*p.Accessory})
			}
			walk(p.Components)
		}
	}
	walk(wire.Components)
	if pieces < 1 || pieces > 40 {
		t.Errorf("the message has %d components", pieces)
	}
	if text > 4000 {
		t.Errorf("the message has %d characters of text", text)
	}
	if len(m.AllowedMentions.Parse) != 0 {
		t.Errorf("the message may mention %v", m.AllowedMentions)
	}
}

// lists are a full page of a story, one of the history, one of the gallery, and a
// profile, whose jobs have a prompt, and ids as long as ids can be.
func lists(p i18n.Printer, prompt string) map[string]reply.Message {
	const snowflake = "18446744073709551615"
	s := page(1)
	s.Cut, s.Unknown, s.Length, s.Parts = true, true, 59*60e9+59e9, store.MaxScan
	h := append(dreams()[:3:3], made(store.KindBlend, store.StateCompleted), byReaction(store.StateCompleted))
	for i := range s.Chapters {
		c := &s.Chapters[i]
		c.Label, c.After = "1000abc", "999abc"
		c.Job.Prompt, c.Job.Guild, c.Job.Channel, c.Job.Message, c.Job.Member = prompt, snowflake, snowflake, snowflake, snowflake
	}
	for i := range h {
		j := &h[i]
		j.ID = fmt.Sprintf("d0abcdefghijklmno%03d", i)
		j.Prompt, j.Guild, j.Channel, j.Message, j.Part = prompt, snowflake, snowflake, snowflake, 1000
		j.Parent, j.Back = someJob, store.Spot{Channel: snowflake, Message: snowflake}
		j.Second, j.SecondBack = j.Parent, j.Back
	}
	gallery := reply.GalleryPage{List: reply.ListTopMonth, Page: 198, More: true}
	best := reply.Profile{Member: snowflake, Tally: store.Tally{Dreams: 1e6, Length: 1e6 * time.Second}}
	for i := range reply.ExhibitsPerPage {
		gallery.Exhibits = append(gallery.Exhibits, fullest(i, prompt))
		best.Best = append(best.Best, fullest(i, prompt).Prompt)
	}
	return map[string]reply.Message{
		"story":   reply.Story(p, s),
		"history": reply.History(p, h, 198, true),
		"gallery": reply.Gallery(p, gallery),
		"profile": reply.ProfileCard(p, best),
	}
}

func TestNoPromptBreaksAList(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		for _, prompt := range hostile {
			checkLists(t, c.For(locale), prompt)
		}
	}
}

func FuzzLists(f *testing.F) {
	for _, prompt := range hostile {
		f.Add(prompt)
	}
	p := catalog(f).For("zh-CN")
	f.Fuzz(func(t *testing.T, prompt string) { checkLists(t, p, prompt) })
}

// checkLists holds lists of a prompt against Discord's bounds. Each prompt is one
// line of quotation, in which nothing has a meaning, and changes nothing else.
func checkLists(t *testing.T, p i18n.Printer, prompt string) {
	t.Helper()
	plain := lists(p, "x")
	for name, m := range lists(p, prompt) {
		checkMessage(t, m)
		text := contents(t, m)
		if got, want := quoted.ReplaceAllString(text, ">"), quoted.ReplaceAllString(contents(t, plain[name]), ">"); got != want {
			t.Errorf("%.80q changes the rest of the %s:\n%s\nwant\n%s", prompt, name, got, want)
		}
		for _, line := range quoted.FindAllString(text, -1) {
			if mark := meaning.FindString(escaped.ReplaceAllString(strings.TrimPrefix(line, ">"), "")); mark != "" {
				t.Errorf("%q has a meaning in the %s of %.80q: %q", mark, name, prompt, line)
			}
			if strings.ContainsFunc(line, unseen) {
				t.Errorf("the %s of %.80q has what is not seen: %q", name, prompt, line)
			}
		}
	}
}

// contents are the texts of a message, each from a line of its own on.
func contents(t *testing.T, m reply.Message) string {
	t.Helper()
	var wire piece
	decode(t, m, &wire)
	var list []string
	var walk func([]piece)
	walk = func(pieces []piece) {
		for _, p := range pieces {
			if p.Content != nil {
				list = append(list, *p.Content)
			}
			walk(p.Components)
		}
	}
	walk(wire.Components)
	return strings.Join(list, "\n")
}

var (
	escaped = regexp.MustCompile(`\\.`)
	meaning = regexp.MustCompile("[\\\\`*_~|<>\\[\\]:@]")
)

// A message that gives a lost prompt back is a message, whatever the prompt was.
func TestWordsInANoticeStayInTheirQuotation(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		for _, prompt := range hostile {
			m := reply.Notice(c.For(locale), "refusal.draft.gone", i18n.Args{"Prompt": reply.Words(prompt)})
			checkMessage(t, m)
			_, inside, _ := strings.Cut(texts(t, m), "\n")
			for line := range strings.SplitSeq(inside, "\n") {
				if !strings.HasPrefix(line, "> ") {
					t.Errorf("%.80q has a line outside: %q", prompt, line)
				}
			}
		}
	}
}

// Every card keeps the bounds with everything on it.
func TestCardsKeepDiscordsBounds(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		for _, prompt := range hostile {
			for _, state := range store.States() {
				j := byReaction(state)
				j.Prompt, j.Settings, j.Guest, j.Route = prompt, job(store.KindDream, state).Settings, true, store.RouteDirect
				j.Remixes = []store.Credit{{Job: someJob, Member: "18446744073709551615"}, {Job: someJob, Member: "18446744073709551614"}}
				j.Image, j.EndImage = store.Picture{URL: "https://c/x", Name: "x.png"}, store.Picture{URL: "https://c/y"}
				for _, screen := range []reply.Screen{reply.ScreenCopy, reply.ScreenUpload, reply.ScreenLink, reply.ScreenLinkOnly, reply.ScreenPlain} {
					checkMessage(t, reply.Card(c.For(locale), j, screen))
				}
			}
		}
		for _, j := range everything() {
			for _, prompt := range hostile {
				j.Prompt = prompt
				checkMessage(t, reply.Card(c.For(locale), j, reply.ScreenLink))
			}
		}
		j := byReaction(store.StateCompleted)
		checkMessage(t, reply.OpenQuestion(c.For(locale), j, "18446744073709551615"))
		checkMessage(t, reply.DeleteQuestion(c.For(locale), j))
	}
}
