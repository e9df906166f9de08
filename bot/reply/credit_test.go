package reply_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"dreambot/bot/reply"
	"dreambot/internal/i18n"
	"dreambot/store"
)

// hidden is a completed job whose video is hidden until somebody wants to see it.
func hidden() store.Job {
	j := job(store.KindDream, store.StateCompleted)
	j.Spoiler = true
	return j
}

// spoilers counts the media of a message, and those that are hidden.
func spoilers(t *testing.T, m reply.Message) (media, hidden int) {
	t.Helper()
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(b), `"media":`), strings.Count(string(b), `"spoiler":true`)
}

// Nothing of a hidden job can be seen by accident: not its video, its pictures or
// the link that it plays from.
func TestAHiddenVideoIsHiddenOnEveryScreen(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		for name, screen := range map[string]reply.Screen{"upload": reply.ScreenUpload, "link": reply.ScreenLink,
			"link-only": reply.ScreenLinkOnly, "plain": reply.ScreenPlain} {
			for _, pictures := range []int{0, 1, 2} {
				j := hidden()
				if pictures < 2 {
					j.EndImage = store.Picture{}
				}
				if pictures < 1 {
					j.Image = store.Picture{}
				}
				m := reply.Card(c.For(locale), j, screen)
				if pictures == 2 {
					golden(t, "spoiler-"+name+"-"+locale, m)
				}
				if media, hidden := spoilers(t, m); hidden != media {
					t.Errorf("screen %s, %d pictures: of %d media %d are hidden", name, pictures, media, hidden)
				}
				text := texts(t, m)
				before, after, linked := strings.Cut(text, j.Video.URL[:len("https://luma.example/v.mp4")])
				if linked && (strings.Count(before, "||") != 1 || !strings.Contains(after, "||")) {
					t.Errorf("screen %s: the link is to be seen: %s", name, text)
				}
				j.Spoiler = false
				if _, hidden := spoilers(t, reply.Card(c.For(locale), j, screen)); hidden != 0 {
					t.Errorf("screen %s: %d media are hidden without a wish", name, hidden)
				}
			}
		}
	}
	j := hidden()
	j.Video.URL = "https://luma.example/v.mp4?a=||"
	if text := texts(t, reply.Card(c.For("en-US"), j, reply.ScreenLinkOnly)); strings.Count(text, "||") != 2 {
		t.Errorf("the link ends the spoiler: %s", text)
	}
	if media, hidden := spoilers(t, reply.Copy(c.For("en-US"), hidden())); media == 0 || hidden != media {
		t.Errorf("of %d media of a copy %d are hidden", media, hidden)
	}
}

// A card says after whose result it was made, and whose was the first.
func TestCreditsOnACard(t *testing.T) {
	c := catalog(t)
	credit := func(members ...string) (line []store.Credit) {
		for _, m := range members {
			line = append(line, store.Credit{Job: someJob, Member: m})
		}
		return line
	}
	for _, locale := range i18n.Locales() {
		nobody := c.For(locale).Say("card.nobody")
		for name, line := range map[string][]store.Credit{
			"one": credit("401"), "two": credit("401", "402"), "three": credit("401", "402", "403"),
			"back": credit("401", "402", "401"), "nobody": credit(store.Nobody, store.Nobody), "first": credit("401", store.Nobody),
		} {
			j := job(store.KindDream, store.StateQueued)
			j.Remixes = line
			card := reply.Card(c.For(locale), j, reply.ScreenUpload)
			golden(t, "credit-"+name+"-"+locale, card)
			text := texts(t, card)
			if strings.Contains(text, "<@0>") || strings.Contains(text, "<@402>") != (name == "two") ||
				strings.Contains(text, "<@403>") != (name == "three") || strings.Contains(text, nobody) != (name == "nobody" || name == "first") ||
				strings.Count(text, "<@401>") != map[bool]int{true: 0, false: 1}[name == "nobody"] {
				t.Errorf("%s in %s: %s", name, locale, text)
			}
		}
		j := job(store.KindDream, store.StateCompleted)
		j.Member = store.Nobody
		card := reply.Card(c.For(locale), j, reply.ScreenUpload)
		golden(t, "nobody-"+locale, card)
		if text := texts(t, card); strings.Contains(text, "<@") || !strings.Contains(text, nobody) {
			t.Errorf("a forgotten member's card in %s: %s", locale, text)
		}
	}
}

// A prompt that moderation did not accept is shown nowhere.
func TestARejectedPromptIsNotShown(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		j := job(store.KindDream, store.StateFailed)
		j.Failure, j.Prompt = store.FailurePromptRejected, "unspeakable"
		card := reply.Card(c.For(locale), j, reply.ScreenUpload)
		golden(t, "rejected-"+locale, card)
		for name, m := range map[string]reply.Message{
			"card": card, "copy": reply.Copy(c.For(locale), j),
			"history": reply.History(c.For(locale), []store.Job{j}, 0, false),
			"story":   reply.Story(c.For(locale), reply.StoryPage{Parts: 1, Pages: 1, Chapters: []reply.Chapter{{Job: j, Label: "1"}}}),
		} {
			b, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(b), j.Prompt) || !strings.Contains(texts(t, m), c.For(locale).Say("card.prompt.hidden")) {
				t.Errorf("the %s in %s: %s", name, locale, b)
			}
		}
	}
}

// Only what a server's gallery can show offers to be shared.
func TestWhatCanBeShared(t *testing.T) {
	p := catalog(t).For("en-US")
	offers := func(m reply.Message) bool {
		return slices.ContainsFunc(actions(t, m), func(a reply.Action) bool { return a.Verb == reply.ActionShare })
	}
	for name, c := range map[string]struct {
		change func(*store.Job)
		screen reply.Screen
		offers bool
	}{
		"a result":              {func(*store.Job) {}, reply.ScreenUpload, true},
		"it plays from a link":  {func(*store.Job) {}, reply.ScreenLink, false},
		"it is a link":          {func(*store.Job) {}, reply.ScreenLinkOnly, false},
		"nothing but text":      {func(*store.Job) {}, reply.ScreenPlain, false},
		"outside of servers":    {func(j *store.Job) { j.Guild = "" }, reply.ScreenUpload, false},
		"in a direct message":   {func(j *store.Job) { j.Route = store.RouteDirect }, reply.ScreenUpload, false},
		"the bot is a guest":    {func(j *store.Job) { j.Guest = true }, reply.ScreenUpload, false},
		"it has failed":         {func(j *store.Job) { j.State, j.Failure = store.StateFailed, store.FailureLost }, reply.ScreenUpload, false},
		"it is not finished":    {func(j *store.Job) { j.State = store.StateDreaming }, reply.ScreenUpload, false},
		"it was posted instead": {func(j *store.Job) { j.Route = store.RoutePost }, reply.ScreenUpload, true},
	} {
		j := job(store.KindDream, store.StateCompleted)
		c.change(&j)
		if got := offers(reply.Card(p, j, c.screen)); got != c.offers {
			t.Errorf("%s: it offers to be shared: %v", name, got)
		}
	}
	j := job(store.KindDream, store.StateCompleted)
	if offers(reply.Copy(p, j)) {
		t.Error("a copy of what was never uploaded offers to be shared")
	}
	j.Upload = store.Upload{ID: "900", Name: reply.FileName(j)}
	if !offers(reply.Copy(p, j)) {
		t.Error("a copy does not offer to be shared")
	}
}
