// Package reply draws what people see: a job becomes a card, a mistake a
// notice, a question a modal. Everything in it is a pure function; the golden
// files in testdata show each state in each language.
//
// Bounds are Discord's: 4,000 characters of text in a message, 1,024 of alt
// text, 100 of a custom id. Lengths are counted in UTF-16 units, which is
// never less than what Discord counts, and text is cut between graphemes.
package reply

import (
	"maps"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"dreambot/internal/i18n"
	"dreambot/store"
)

// Flags of a message.
// Source: discord-api-docs, resources/message#message-object-message-flags.
const (
	FlagEphemeral    = 1 << 6
	FlagComponentsV2 = 1 << 15
)

// Message is the body of a message to create or to edit.
type Message struct {
	Flags           int                          `json:"flags,omitempty"`
	Components      []discordgo.MessageComponent `json:"components"`
	AllowedMentions Mentions                     `json:"allowed_mentions"`
	// Attachments, where not nil, are all files that the message has after
	// the edit: kept ones and new ones.
	Attachments []Attachment `json:"attachments,omitempty"`
}

// Mentions says who may be notified: nobody. Who asked is named on the card,
// and has just done so.
type Mentions struct {
	Parse []string `json:"parse"` // always empty
}

// Attachment is a file of a message: a kept one by its snowflake, a new one by
// the index of its part in the upload.
type Attachment struct {
	ID          string `json:"id"`
	Filename    string `json:"filename,omitempty"`
	Description string `json:"description,omitempty"`
}

// Colours of the card's edge.
var accents = map[store.State]int{
	store.StateWaiting:    0x8A93A6,
	store.StateSubmitting: 0x8A93A6,
	store.StateQueued:     0x8A93A6,
	store.StateDreaming:   0x7C5CFF,
	store.StateCompleted:  0x2FB36D,
	store.StateFailed:     0xE5534B,
	store.StateCancelled:  0x5C6370,
}

// headings name the states; the word's key is the catalog's.
var headings = map[store.State]struct{ sign, key string }{
	store.StateWaiting:    {"⏳", "state.queued"},
	store.StateSubmitting: {"⏳", "state.queued"},
	store.StateQueued:     {"⏳", "state.queued"},
	store.StateDreaming:   {"🌙", "state.dreaming"},
	store.StateCompleted:  {"🎬", "state.completed"},
	store.StateFailed:     {"⚠️", "state.failed"},
	store.StateCancelled:  {"✖️", "state.cancelled"},
}

// message wraps the components of a card or notice.
func message(accent int, parts []discordgo.MessageComponent) Message {
	return Message{
		Flags: FlagComponentsV2,
		Components: []discordgo.MessageComponent{
			discordgo.Container{AccentColor: &accent, Components: parts},
		},
		AllowedMentions: Mentions{Parse: []string{}},
	}
}

// Words is a long text of a person's, as an argument of a Notice.
type Words string

// maxWords is how much of it is shown.
const maxWords = 3000

// Types of arguments of a Notice.
type (
	// Channels and Roles are ids, which are shown by their names.
	Channels []string
	Roles    []string
	// Covered is a text behind a spoiler: it is shown to who wants to see it.
	Covered string
	// Trait is what a request has, by its name in the catalog.
	Trait string
)

// maxListed is how many of Channels or of Roles are named.
const maxListed = 10

// Notice is an answer that only the asker sees: a mistake of theirs or ours,
// in plain words. Texts among args are shown as they are, and a time counts by
// itself in the reader's client.
func Notice(p i18n.Printer, key string, args i18n.Args) Message {
	args = maps.Clone(args)
	for name, value := range args {
		switch v := value.(type) {
		case string:
			args[name] = escape(Label(v))
		case Words:
			args[name] = "\n" + quote(string(v), maxWords)
		case Covered:
			args[name] = "||" + escape(Label(string(v))) + "||"
		case Trait:
			args[name] = p.Say("trait." + string(v))
		case Channels:
			args[name] = listed("<#", v)
		case Roles:
			args[name] = listed("<@&", v)
		case time.Duration:
			args[name] = span(p, v)
		case time.Time:
			args[name] = stamp(v, "R")
		}
	}
	m := message(accents[store.StateFailed], []discordgo.MessageComponent{
		discordgo.TextDisplay{Content: cut(p.Say(key, args), maxText)},
	})
	m.Flags |= FlagEphemeral
	return m
}

// listed names what has ids, the first maxListed of it.
func listed(mark string, ids []string) string {
	var names []string
	for _, id := range ids[:min(len(ids), maxListed)] {
		names = append(names, mark+id+">")
	}
	if len(ids) > maxListed {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

// said is a job's prompt as a quotation of at most room units, or, where Luma's
// moderation did not accept it, why it is not shown.
func said(p i18n.Printer, j store.Job, prompt string, room int) string {
	if j.Failure == store.FailurePromptRejected {
		return "-# " + p.Say("card.prompt.hidden")
	}
	return quote(prompt, room)
}

// stamp is a time that the reader's client writes in the reader's own zone,
// and keeps counting by itself where the style is R.
// Source: discord-api-docs, reference#message-formatting.
func stamp(t time.Time, style string) string {
	return "<t:" + itoa(t.Unix()) + ":" + style + ">"
}
