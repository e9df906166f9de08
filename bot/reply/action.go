package reply

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
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
)

func verbs() []Verb {
	return []Verb{ActionExtend, ActionRemix, ActionAgain, ActionRetry, ActionCancel, ActionDelete,
		ActionRemove, ActionKeep, ActionShow, ActionStory, ActionHistory, ActionBegin}
}

// paged reports whether a verb turns to a page.
func (v Verb) paged() bool { return v == ActionStory || v == ActionHistory }

// Action is what a button's or a dialog's custom id says. The id holds all that
// is needed to find the rest in the store, so that it works after a restart
// and at any age.
type Action struct {
	Verb Verb
	Job  string // id; empty for ActionHistory
	Page int    // from 0, of the verbs that turn to one
}

// actionVersion begins every custom id, so that a later form can be told apart.
const actionVersion = "1"

// MaxPages bounds how far pages go.
const MaxPages = 200

// CustomID writes the action as a custom id: "1:extend:JOB", "1:story:JOB:2".
func (a Action) CustomID() string {
	parts := []string{actionVersion, string(a.Verb), a.Job}
	if a.Verb.paged() {
		parts = append(parts, strconv.Itoa(a.Page))
	}
	return strings.Join(parts, ":")
}

// ParseAction reads a custom id. It may come from anybody: a job that it names
// need not exist.
func ParseAction(customID string) (Action, error) {
	parts := strings.Split(customID, ":")
	if len(parts) < 3 || parts[0] != actionVersion {
		return Action{}, fmt.Errorf("custom id %q is not one of ours", customID)
	}
	a := Action{Verb: Verb(parts[1]), Job: parts[2]}
	if !slices.Contains(verbs(), a.Verb) {
		return Action{}, fmt.Errorf("custom id %q asks for an unknown action", customID)
	}
	if rest := parts[3:]; a.Verb.paged() && len(rest) == 1 {
		page, err := strconv.ParseUint(rest[0], 10, 31)
		if err != nil || page >= MaxPages || rest[0] != strconv.FormatUint(page, 10) {
			return Action{}, fmt.Errorf("custom id %q names no page", customID)
		}
		a.Page = int(page)
	} else if a.Verb.paged() || len(rest) > 0 {
		return Action{}, fmt.Errorf("custom id %q has %d parts", customID, len(parts))
	}
	if (a.Verb == ActionHistory) != (a.Job == "") || a.Job != "" && !jobID(a.Job) {
		return Action{}, fmt.Errorf("custom id %q names no job", customID)
	}
	return a, nil
}

// jobID reports whether s has the form of a job's id: 20 characters of
// base32hex.
func jobID(s string) bool {
	return len(s) == 20 && strings.Trim(s, "0123456789abcdefghijklmnopqrstuv") == ""
}
