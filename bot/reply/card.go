package reply

import (
	"slices"
	"strings"

	"github.com/bwmarrin/discordgo"

	"dreambot/internal/i18n"
	"dreambot/store"
)

// Screen is how a completed job's video is shown.
type Screen int

// The screens, each simpler than the one before: a screen that Discord does not
// take is followed by the next.
const (
	// ScreenCopy plays from Job.Video, which is fresh: the card is shown once
	// more, to one person. It is no step of the ladder.
	ScreenCopy Screen = iota - 1
	// ScreenUpload plays the file that stands on the message, or is uploaded
	// with it.
	ScreenUpload
	// ScreenLink plays from Luma's link: the file is too large to upload.
	ScreenLink
	// ScreenLinkOnly writes the link: the file could not be fetched, or
	// Discord does not take it.
	ScreenLinkOnly
	// ScreenPlain is ScreenLinkOnly without any media, the pictures that were
	// given included.
	ScreenPlain
)

// maxLink is the longest address that is written or shown; a longer one is
// left out. Discord takes 2,048 characters for the address of a media item.
const maxLink = 2048

// Card draws a job. It is the reply, from the first answer to the last edit,
// and what is sent in its place where the job's Route says so.
func Card(p i18n.Printer, j store.Job, screen Screen) Message {
	return card(p, j, screen, screen == ScreenUpload)
}

// card draws a job; uploaded says whether its video is Discord's own.
func card(p i18n.Printer, j store.Job, screen Screen, uploaded bool) Message {
	head := headings[j.State]
	title := "### " + head.sign + " " + p.Say(head.key)
	if status := status(p, j); status != "" {
		title += "\n" + status
	}
	if costs := costs(p, j); costs != "" {
		title += "\n" + costs
	}
	parts := []discordgo.MessageComponent{discordgo.TextDisplay{Content: title}}

	if screen == ScreenPlain {
		j.Image, j.EndImage = store.Picture{}, store.Picture{}
	}
	var f files
	given := pictures(p, j, &f)
	if j.State == store.StateCompleted {
		parts = append(parts, video(p, j, screen, &f)...)
	}
	// The link and the prompt share the room for text.
	parts = append(parts, wish(said(p, j, j.Prompt, maxPrompt-textWidth(parts[1:])), given)...)
	small := "-# " + strings.Join(facts(p, j), " · ")
	for _, note := range notes(p, j) {
		small += "\n-# " + note
	}
	parts = append(parts, discordgo.TextDisplay{Content: small})
	// A copy of what is under way is not edited, so it offers nothing.
	if row := buttons(p, j, uploaded); row != nil && (screen != ScreenCopy || j.State.Final()) {
		parts = append(parts, row)
	}

	m := message(accents[j.State], parts)
	m.Attachments = f.list
	return m
}

// status says, under the state's word, what is going on.
func status(p i18n.Printer, j store.Job) string {
	expected := ""
	if j.Expected > 0 && !j.SentAt.IsZero() {
		expected = p.Say("card.expected", i18n.Args{"Time": stamp(j.SentAt.Add(j.Expected), "R")})
	}
	switch j.State {
	case store.StateWaiting, store.StateSubmitting: // the latter has no place
		if j.Hold != store.HoldNone {
			return p.Say("card.hold." + string(j.Hold))
		}
		ready := "" // an earlier try's Expected says nothing here
		if !j.Ready.IsZero() {
			ready = p.Say("card.expected", i18n.Args{"Time": stamp(j.Ready, "R")})
		}
		return join(" · ", line(p, j.Place), ready)
	case store.StateQueued:
		return join(" · ", p.Say("card.line.accepted"), expected)
	case store.StateDreaming:
		return join(" · ", p.Say("card.dreaming.since", i18n.Args{"Time": stamp(j.StartedAt, "R")}), expected)
	case store.StateFailed:
		return p.Say("failure."+string(j.Failure),
			i18n.Args{"Deadline": took(p, j.FinishedAt.Sub(j.SentAt))})
	}
	return ""
}

// line says a place in line; the tracker rounds those beyond ten.
func line(p i18n.Printer, place int) string {
	switch {
	case place == 0:
		return p.Say("card.line.sending")
	case place == 1:
		return p.Say("card.line.next")
	case place <= 10:
		return p.Say("card.line.place", i18n.Args{"Place": place})
	}
	return p.Say("card.line.about", i18n.Args{"Place": place})
}

// button is a button of a card: its word is the catalog's "button." and verb.
type button struct {
	verb  Verb
	sign  string // emoji
	style discordgo.ButtonStyle
}

// offered are the buttons of each state. Delete asks before it does.
var offered = map[store.State][]button{
	store.StateWaiting:    {{ActionCancel, "✖️", discordgo.SecondaryButton}},
	store.StateSubmitting: {{ActionCancel, "✖️", discordgo.SecondaryButton}},
	store.StateCompleted: {{ActionExtend, "⏩", discordgo.PrimaryButton}, remix,
		{ActionAgain, "🔁", discordgo.SecondaryButton}, share, {ActionDelete, "🗑️", discordgo.SecondaryButton}},
	store.StateFailed: {{ActionRetry, "🔁", discordgo.PrimaryButton},
		{ActionDelete, "🗑️", discordgo.SecondaryButton}},
}

var (
	remix = button{ActionRemix, "✏️", discordgo.SecondaryButton}
	share = button{ActionShare, "📤", discordgo.SecondaryButton}
)

// shareable reports whether a server's gallery can show the job's video.
func shareable(j store.Job, uploaded bool) bool {
	return uploaded && j.SpotGuild() != "" && j.Route != store.RouteDirect && !j.Guest
}

// wordless is a list of buttons for a job. One that has no prompt of its own to
// change is made again as it was.
func wordless(j store.Job, list []button) []button {
	if j.Kind != store.KindUpscale {
		return list
	}
	again := slices.ContainsFunc(list, func(b button) bool { return b.verb == ActionAgain })
	var fits []button
	for _, b := range list {
		switch {
		case b.verb != ActionRemix && b.verb != ActionRetry:
			fits = append(fits, b)
		case !again:
			fits = append(fits, button{ActionAgain, "🔁", b.style})
		}
	}
	return fits
}

// buttons are what can be done with the job now, or nil. A reaction has no
// prompt to change: that can be done from the beginning.
func buttons(p i18n.Printer, j store.Job, uploaded bool) discordgo.MessageComponent {
	list := wordless(j, offered[j.State])
	if j.Reaction && !j.State.Final() {
		list = append(slices.Clone(list), remix)
	}
	var row []discordgo.MessageComponent
	for _, b := range list {
		if b.verb == ActionShare && !shareable(j, uploaded) {
			continue
		}
		row = append(row, press(p, b, Action{Verb: b.verb, Job: j.ID}))
	}
	if row == nil {
		return nil
	}
	return discordgo.ActionsRow{Components: row}
}

// press draws a button that does what the action says.
func press(p i18n.Printer, b button, a Action) discordgo.MessageComponent {
	drawn := discordgo.Button{Label: p.Say("button." + string(b.verb)), Style: b.style, CustomID: a.CustomID()}
	if b.sign != "" {
		drawn.Emoji = &discordgo.ComponentEmoji{Name: b.sign}
	}
	return drawn
}

// textWidth is how much text the components hold.
func textWidth(parts []discordgo.MessageComponent) int {
	n := 0
	for _, c := range parts {
		if t, ok := c.(discordgo.TextDisplay); ok {
			n += width(t.Content)
		}
	}
	return n
}

// join is strings.Join without the empty ones.
func join(sep string, parts ...string) string {
	var out []string
	for _, s := range parts {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, sep)
}
