package reply

import (
	"fmt"
	"strings"

	"dreambot/internal/i18n"
	"dreambot/store"
)

// Verb is what a button or a modal does with a job.
type Verb string

// The verbs.
const (
	ActionExtend Verb = "extend" // go on from the job's video
	ActionRetry  Verb = "retry"  // dream a failed job again, with another prompt
	ActionCancel Verb = "cancel" // take a job back that waits in line
	ActionDelete Verb = "delete" // ask whether to delete the reply of a finished job
	ActionRemove Verb = "remove" // delete it: the answer to that question
)

// Action is what a button's or a modal's custom id says. The id holds all that
// is needed to find the rest in the store, so that it works after a restart
// and at any age.
type Action struct {
	Verb Verb
	Job  string // id
}

// actionVersion begins every custom id, so that a later form can be told apart.
const actionVersion = "1"

// CustomID writes the action as a custom id: "1:extend:JOB".
func (a Action) CustomID() string {
	return strings.Join([]string{actionVersion, string(a.Verb), a.Job}, ":")
}

// ParseAction reads a custom id. It may come from anybody: a job that it names
// need not exist.
func ParseAction(customID string) (Action, error) {
	parts := strings.Split(customID, ":")
	if len(parts) != 3 || parts[0] != actionVersion || !jobID(parts[2]) {
		return Action{}, fmt.Errorf("custom id %q is not one of ours", customID)
	}
	a := Action{Verb: Verb(parts[1]), Job: parts[2]}
	switch a.Verb {
	case ActionExtend, ActionRetry, ActionCancel, ActionDelete, ActionRemove:
		return a, nil
	}
	return Action{}, fmt.Errorf("custom id %q asks for an unknown action", customID)
}

// jobID reports whether s has the form of a job's id: 20 characters of
// base32hex.
func jobID(s string) bool {
	return len(s) == 20 && strings.Trim(s, "0123456789abcdefghijklmnopqrstuv") == ""
}

// Modal is a dialog.
type Modal struct {
	CustomID   string  `json:"custom_id"`
	Title      string  `json:"title"`
	Components []label `json:"components"`
}

// label and textInput are written here because discordgo knows neither the
// Label component nor a Text Input without a label of its own.
// Source: discord-api-docs, components/reference#label.
type label struct {
	Type      int       `json:"type"`
	Label     string    `json:"label"`
	Component textInput `json:"component"`
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

// Component types and styles of a modal.
const (
	typeLabel      = 18
	typeTextInput  = 4
	styleParagraph = 2
)

// PromptInputs are the custom ids of the modal's fields for the prompt, which
// is their values one after the other: one field holds 4,000 characters, a
// prompt can be longer.
func PromptInputs() []string { return []string{"prompt", "prompt_more"} }

// PromptModal asks for a prompt of at most limit characters. A retry comes
// with the failed job's prompt filled in.
func PromptModal(p i18n.Printer, a Action, j store.Job, limit int) Modal {
	m := Modal{CustomID: a.CustomID(), Title: p.Say("modal." + string(a.Verb) + ".title")}
	first, rest := "", ""
	if a.Verb == ActionRetry {
		first, rest = split(j.Prompt, maxInput)
	}
	ids := PromptInputs()
	m.Components = []label{{typeLabel, p.Say("modal.prompt"), textInput{
		Type: typeTextInput, CustomID: ids[0], Style: styleParagraph, MinLength: 1,
		MaxLength: min(limit, maxInput), Required: true, Value: first,
		Placeholder: p.Say("modal." + string(a.Verb) + ".hint"),
	}}}
	if rest != "" {
		m.Components = append(m.Components, label{typeLabel, p.Say("modal.prompt.more"), textInput{
			Type: typeTextInput, CustomID: ids[1], Style: styleParagraph,
			MaxLength: maxInput, Value: cut(rest, maxInput),
		}})
	}
	return m
}
