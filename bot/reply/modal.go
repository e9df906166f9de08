package reply

import (
	"dreambot/internal/i18n"
)

// Modal is a dialog.
type Modal struct {
	CustomID   string  `json:"custom_id"`
	Title      string  `json:"title"`
	Components []label `json:"components"`
}

// label, textInput and fileUpload are written here because discordgo knows
// neither the Label and File Upload components nor a Text Input without a label
// of its own.
// Source: discord-api-docs, components/reference#label.
type label struct {
	Type        int    `json:"type"`
	Label       string `json:"label"`
	Description string `json:"description,omitempty"`
	Component   any    `json:"component"`
}

type textInput struct {
	Type        int    `json:"type"`
	CustomID    string `json:"custom_id"`
	Style       int    `json:"style"`
	MinLength   int    `json:"min_length"`
	MaxLength   int    `json:"max_length"`
	Required    bool   `json:"required"`
	Value       string `json:"value,omitempty"`
	Placeholder string `json:"placeholder,omitempty"`
}

type fileUpload struct {
	Type      int    `json:"type"`
	CustomID  string `json:"custom_id"`
	MinValues int    `json:"min_values"`
	MaxValues int    `json:"max_values"`
	Required  bool   `json:"required"`
}

// Component types and styles of a modal.
const (
	typeLabel      = 18
	typeTextInput  = 4
	typeFileUpload = 19
	styleShort     = 1
	styleParagraph = 2
)

// PromptInputs are the custom ids of the modal's fields for the prompt, which
// is their values one after the other: one field holds 4,000 characters, a
// prompt can be longer.
func PromptInputs() []string { return []string{"prompt", "prompt_more"} }

// Custom ids of the modal's fields for pictures.
const (
	InputImage    = "image"
	InputEndImage = "end_image"
)

// Form is what a dialog asks for.
type Form struct {
	Prompt   string // filled in
	Limit    int    // of the prompt, in characters
	Image    bool   // a first frame is asked for, as the one before is gone
	EndImage bool   // and a last one
	Sound    bool   // the prompt is of what is heard
}

// PromptModal asks for a prompt, and for pictures where they are wanting.
func PromptModal(p i18n.Printer, a Action, f Form) Modal {
	verb := string(a.Verb)
	m := Modal{CustomID: a.CustomID(), Title: p.Say("modal." + verb + ".title")}
	first, rest := split(f.Prompt, min(f.Limit, maxInput))
	ids, hint := PromptInputs(), p.Say("modal."+verb+".hint")
	if f.Sound {
		hint = p.Say("modal.sound.hint")
	}
	m.Components = []label{{Type: typeLabel, Label: p.Say("modal.prompt"), Component: textInput{
		Type: typeTextInput, CustomID: ids[0], Style: styleParagraph, MinLength: 1,
		MaxLength: min(f.Limit, maxInput), Required: true, Value: first,
		Placeholder: hint,
	}}}
	if rest != "" {
		m.Components = append(m.Components, label{Type: typeLabel, Label: p.Say("modal.prompt.more"), Component: textInput{
			Type: typeTextInput, CustomID: ids[1], Style: styleParagraph,
			MaxLength: maxInput, Value: cut(rest, maxInput),
		}})
	}
	for _, picture := range []struct {
		wanting bool
		id, key string
	}{{f.Image, InputImage, "modal.image"}, {f.EndImage, InputEndImage, "modal.end_image"}} {
		if picture.wanting {
			m.Components = append(m.Components, label{Type: typeLabel, Label: p.Say(picture.key),
				Description: p.Say("modal.picture.gone"), Component: fileUpload{
					Type: typeFileUpload, CustomID: picture.id, MinValues: 1, MaxValues: 1, Required: true,
				}})
		}
	}
	return m
}
