package reply

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Verb is what a button or a dialog does.
type Verb string

// The verbs. They are of the job that the custom id names, where nothing else
// is said.
const (
	ActionExtend  Verb = "extend"  // go on from the job's video
	ActionRemix   Verb = "remix"   // the same with another prompt
	ActionAgain   Verb = "again"   // the same once more: a new take
	ActionRetry   Verb = "retry"   // dream a failed job again, with another prompt
	ActionCancel  Verb = "cancel"  // take a job back that waits in line
	ActionDelete  Verb = "delete"  // ask whether to delete the reply of a finished job
	ActionRemove  Verb = "remove"  // delete it: the answer to that question
	ActionKeep    Verb = "keep"    // leave it: the other answer
	ActionShow    Verb = "show"    // show it again, to who asks
	ActionStory   Verb = "story"   // turn to a page of the story that it belongs to
	ActionHistory Verb = "history" // turn to a page of one's own dreams; of no job
	ActionBegin   Verb = "begin"   // dream a draft, which is named in the job's place

	ActionShare    Verb = "share"    // put a result into the gallery, or say that it is there
	ActionWithdraw Verb = "withdraw" // take a shared prompt, named in the job's place, out of it
	ActionUse      Verb = "use"      // dream a shared prompt as it is
	ActionReuse    Verb = "reuse"    // dream it with other words
	ActionGallery  Verb = "gallery"  // turn to a page of the list that Arg and Text name
	ActionSettings Verb = "settings" // show or change the part of the server's rules that Arg names
	ActionForget   Verb = "forget"   // forget who presses: the answer to that question
	ActionSpare    Verb = "spare"    // the other answer
)

func verbs() []Verb {
	return []Verb{ActionExtend, ActionRemix, ActionAgain, ActionRetry, ActionCancel, ActionDelete,
		ActionRemove, ActionKeep, ActionShow, ActionStory, ActionHistory, ActionBegin,
		ActionShare, ActionWithdraw, ActionUse, ActionReuse, ActionGallery, ActionSettings, ActionForget, ActionSpare}
}

// paged reports whether a verb turns to a page.
func (v Verb) paged() bool { return v == ActionStory || v == ActionHistory || v == ActionGallery }

// named reports whether a verb says with Arg what it is about, and not with an id.
func (v Verb) named() bool { return v == ActionGallery || v == ActionSettings }

// bare reports whether a verb needs nothing to be named.
func (v Verb) bare() bool { return v == ActionHistory || v == ActionForget || v == ActionSpare }

// OfJob reports whether a verb is about the job that its action names.
func (v Verb) OfJob() bool {
	switch v {
	case ActionBegin, ActionWithdraw, ActionUse, ActionReuse:
		return false
	}
	return !v.named() && !v.bare()
}

// Action is what a button's or a dialog's custom id says. The id holds all that
// is needed to find the rest in the store, so that it works after a restart
// and at any age.
type Action struct {
	Verb Verb
	Job  string // id; empty where the verb is about none
	Arg  string // of ActionGallery and ActionSettings: small letters, 1 to 20
	Page int    // from 0, of the verbs that turn to one
	Text string // of ActionGallery: what is searched for, MaxSearch characters at most
}

// MaxSearch is how long a search can be, in characters: a custom id, which has 100
// at most, must hold it.
const MaxSearch = 50

// actionVersion begins every custom id, so that a later form can be told apart.
const actionVersion = "1"

// MaxPages bounds how far pages go.
const MaxPages = 200

// CustomID writes the action as a custom id: "1:extend:JOB", "1:story:JOB:2".
func (a Action) CustomID() string {
	parts := []string{actionVersion, string(a.Verb), a.Job + a.Arg}
	if a.Verb.paged() {
		parts = append(parts, strconv.Itoa(a.Page))
	}
	if a.Text != "" {
		parts = append(parts, a.Text)
	}
	return strings.Join(parts, ":")
}

// ParseAction reads a custom id. It may come from anybody: a job that it names
// need not exist.
func ParseAction(customID string) (Action, error) {
	parts := strings.SplitN(customID, ":", 5)
	if len(parts) < 3 || parts[0] != actionVersion {
		return Action{}, fmt.Errorf("custom id %q is not one of ours", customID)
	}
	a := Action{Verb: Verb(parts[1]), Job: parts[2]}
	if !slices.Contains(verbs(), a.Verb) {
		return Action{}, fmt.Errorf("custom id %q asks for an unknown action", customID)
	}
	rest := parts[3:]
	if a.Verb == ActionGallery && len(rest) == 2 {
		a.Text, rest = rest[1], rest[:1]
		if n := len([]rune(a.Text)); n == 0 || n > MaxSearch || !utf8.ValidString(a.Text) {
			return Action{}, fmt.Errorf("custom id %q searches for %d characters", customID, n)
		}
	}
	if a.Verb.named() {
		a.Job, a.Arg = "", a.Job
		if a.Arg == "" || len(a.Arg) > 20 || strings.Trim(a.Arg, "abcdefghijklmnopqrstuvwxyz") != "" {
			return Action{}, fmt.Errorf("custom id %q names nothing", customID)
		}
	}
	if a.Verb.paged() && len(rest) == 1 {
		page, err := strconv.ParseUint(rest[0], 10, 31)
		if err != nil || page >= MaxPages || rest[0] != strconv.FormatUint(page, 10) {
			return Action{}, fmt.Errorf("custom id %q names no page", customID)
		}
		a.Page = int(page)
	} else if a.Verb.paged() || len(rest) > 0 {
		return Action{}, fmt.Errorf("custom id %q has %d parts", customID, len(parts))
	}
	if (a.Verb.bare() || a.Verb.named()) != (a.Job == "") || a.Job != "" && !jobID(a.Job) {
		return Action{}, fmt.Errorf("custom id %q names no job", customID)
	}
	return a, nil
}

// jobID reports whether s has the form of a job's id: 20 characters of
// base32hex.
func jobID(s string) bool {
	return len(s) == 20 && strings.Trim(s, "0123456789abcdefghijklmnopqrstuv") == ""
}
