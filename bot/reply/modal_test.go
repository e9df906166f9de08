package reply_test

import (
	"strings"
	"testing"
	"unicode/utf16"

	"dreambot/bot/reply"
	"dreambot/internal/i18n"
	"dreambot/store"
)

// modals are the verbs that open one, and whether a prompt is filled in.
var modals = map[reply.Verb]bool{
	reply.ActionExtend: false, reply.ActionBegin: false,
	reply.ActionRemix: true, reply.ActionAgain: true, reply.ActionRetry: true,
}

func TestModals(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		for verb, filled := range modals {
			form := reply.Form{Limit: 5000}
			if filled {
				form.Prompt = job(store.KindDream, store.StateFailed).Prompt
			}
			a := reply.Action{Verb: verb, Job: someJob}
			name := "modal-" + string(verb)
			golden(t, name+"-"+locale, reply.PromptModal(c.For(locale), a, form))
			if verb == reply.ActionRemix {
				form.Sound = true
				golden(t, name+"-sound-"+locale, reply.PromptModal(c.For(locale), a, form))
				form.Sound = false
			}
			form.Image, form.EndImage = true, true
			golden(t, name+"-pictures-"+locale, reply.PromptModal(c.For(locale), a, form))
		}
	}
}

func TestNotices(t *testing.T) {
	c := catalog(t)
	for _, locale := range i18n.Locales() {
		golden(t, "notice-time-"+locale, reply.Notice(c.For(locale), "refusal.busy", i18n.Args{"Max": 5, "Time": start}))
		golden(t, "notice-"+locale, reply.Notice(c.For(locale), "refusal.image.kind", i18n.Args{"Name": "@everyone *x*.gif"}))
		golden(t, "notice-words-"+locale, reply.Notice(c.For(locale), "refusal.draft.gone",
			i18n.Args{"Prompt": reply.Words("a *paper* boat\nsails off")}))
	}
}

// wireModal is a modal as Discord reads it.
type wireModal struct {
	CustomID   string `json:"custom_id"`
	Title      string
	Components []struct {
		Type        int
		Label       string
		Description string
		Component   struct {
			Type        int
			CustomID    string `json:"custom_id"`
			Value       string
			Placeholder string
			MinLength   int  `json:"min_length"`
			MaxLength   int  `json:"max_length"`
			MinValues   *int `json:"min_values"`
			MaxValues   *int `json:"max_values"`
			Required    *bool
		}
	}
}

// Discord's bounds on modals.
// Source: discord-api-docs, components/reference#label, #text-input and
// #file-upload, interactions/receiving-and-responding, "Modal".
func TestModalsKeepDiscordsBounds(t *testing.T) {
	c := catalog(t)
	prompts := append([]string{strings.Repeat("x", 5000), strings.Repeat("🐙", 5000)}, hostile...)
	for _, locale := range i18n.Locales() {
		for verb := range modals {
			for _, prompt := range prompts {
				for _, pictures := range []bool{false, true} {
					var m wireModal
					decode(t, reply.PromptModal(c.For(locale), reply.Action{Verb: verb, Job: someJob},
						reply.Form{Prompt: prompt, Limit: 5000, Image: pictures, EndImage: pictures}), &m)
					checkModal(t, m)
				}
			}
		}
	}
}

func checkModal(t *testing.T, m wireModal) {
	t.Helper()
	within(t, "custom id", m.CustomID, 1, 100)
	within(t, "title", m.Title, 1, 45)
	if n := len(m.Components); n < 1 || n > 5 {
		t.Errorf("%s has %d components", m.CustomID, n)
	}
	seen := map[string]bool{}
	for _, l := range m.Components {
		within(t, "label", l.Label, 1, 45)
		within(t, "description", l.Description, 0, 100)
		field := l.Component
		within(t, "custom id", field.CustomID, 1, 100)
		if seen[field.CustomID] {
			t.Errorf("%s has two fields %s", m.CustomID, field.CustomID)
		}
		seen[field.CustomID] = true
		switch field.Type {
		case 4:
			within(t, "value", field.Value, 0, field.MaxLength)
			within(t, "placeholder", field.Placeholder, 0, 100)
			if field.MaxLength < 1 || field.MaxLength > 4000 || field.MinLength > field.MaxLength {
				t.Errorf("%s takes from %d to %d characters", field.CustomID, field.MinLength, field.MaxLength)
			}
		case 19:
			if field.MinValues == nil || field.MaxValues == nil || *field.MinValues != 1 || *field.MaxValues != 1 || field.Required == nil || !*field.Required {
				t.Errorf("%s takes %v to %v files", field.CustomID, field.MinValues, field.MaxValues)
			}
		default:
			t.Errorf("%s is of type %d", field.CustomID, field.Type)
		}
	}
	if a, err := reply.ParseAction(m.CustomID); err != nil || a.Verb != reply.ActionSettings && !seen[reply.PromptInputs()[0]] {
		t.Errorf("%s does not ask for a prompt", m.CustomID)
	}
}

func within(t *testing.T, what, text string, least, most int) {
	t.Helper()
	if n := len(utf16.Encode([]rune(text))); n < least || n > most {
		t.Errorf("a %s has %d characters, want %d to %d: %q", what, n, least, most, text)
	}
}

// A prompt from before the limit was lowered is filled in all the same.
func TestAPromptBeyondTheLimitFitsItsFields(t *testing.T) {
	for _, limit := range []int{1, 100, 4000} {
		var m wireModal
		decode(t, reply.PromptModal(catalog(t).For("en-US"), reply.Action{Verb: reply.ActionRemix, Job: someJob},
			reply.Form{Prompt: strings.Repeat("水", 4000), Limit: limit}), &m)
		checkModal(t, m)
	}
}

// The picture that is gone is asked for, and no other.
func TestAModalAsksForThePictureThatIsWanting(t *testing.T) {
	p := catalog(t).For("en-US")
	for _, f := range []reply.Form{{}, {Image: true}, {EndImage: true}, {Image: true, EndImage: true}} {
		f.Limit, f.Prompt = 5000, "x"
		var m wireModal
		decode(t, reply.PromptModal(p, reply.Action{Verb: reply.ActionAgain, Job: someJob}, f), &m)
		seen := map[string]bool{}
		for _, l := range m.Components {
			seen[l.Component.CustomID] = true
		}
		if seen[reply.InputImage] != f.Image || seen[reply.InputEndImage] != f.EndImage {
			t.Errorf("for %+v it asks for %v", f, seen)
		}
	}
}

func TestALongPromptIsFilledIntoTwoFieldsWhole(t *testing.T) {
	prompt := strings.Repeat("海底の🐙 ", 800) // 4,800 runes, more in UTF-16 units
	var m wireModal
	decode(t, reply.PromptModal(catalog(t).For("en-US"), reply.Action{Verb: reply.ActionRetry, Job: someJob},
		reply.Form{Prompt: prompt, Limit: 5000, Image: true}), &m)
	var whole string
	for _, l := range m.Components {
		whole += l.Component.Value
	}
	if whole != prompt {
		t.Error("the prompt does not come back whole")
	}
	checkModal(t, m)
}
