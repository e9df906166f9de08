package reply

import (
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"dreambot/internal/i18n"
	"dreambot/store"
)

// Chapter is one job of a story.
type Chapter struct {
	Job store.Job
	// Label names it in the story: "2", or "2a" and "2b" where it branches.
	Label string
	// After is the label of the part that it goes on from, where that is not
	// plain to see: the story branches there. Empty: it follows the one before.
	After string
	// Before is the label of the part that it leads to, where it was made backward.
	Before string
}

// StoryPage is a page of a story.
type StoryPage struct {
	Chapters []Chapter
	Parts    int           // of the whole story
	Length   time.Duration // of the videos from the first part to Last, as far as it is known
	Unknown  bool          // some of them have a length that is not known
	Cut      bool          // its beginning is no longer kept
	Of       string        // id of a job of the story, which pages are turned by
	Page     int           // from 0
	Pages    int
	Last     store.Job // what a continuation goes on from; zero: there is none
}

// ChaptersPerPage is how many parts of a story a page shows: with prompts of
// chapterPrompt each, they fit into a message.
const (
	ChaptersPerPage = 8
	chapterPrompt   = 200
)

// Story draws a page of a story, for the one who asked.
func Story(p i18n.Printer, s StoryPage) Message {
	length := took(p, s.Length)
	key := "story.title"
	switch {
	case s.Length == 0:
		key = "story.title.no_length"
	case s.Unknown:
		key = "story.title.at_least"
	}
	head := "### 📖 " + p.Say(key, i18n.Args{"Parts": s.Parts, "Length": length})
	if s.Cut {
		head += "\n-# " + p.Say("story.cut")
	}
	parts := []discordgo.MessageComponent{discordgo.TextDisplay{Content: head}}
	for _, c := range s.Chapters {
		parts = append(parts, discordgo.TextDisplay{Content: chapter(p, c)})
	}
	var row []discordgo.MessageComponent
	if s.Last.ID != "" && s.Page == s.Pages-1 {
		b := press(p, button{ActionExtend, "⏩", discordgo.PrimaryButton}, Action{Verb: ActionExtend, Job: s.Last.ID}).(discordgo.Button)
		b.Label = p.Say("button.continue")
		row = append(row, b)
	}
	row = append(row, turns(p, Action{Verb: ActionStory, Job: s.Of}, s.Page, s.Page < s.Pages-1)...)
	return private(parts, row)
}

// chapter is one part: which, who, how long, where, and what it was to show.
func chapter(p i18n.Printer, c Chapter) string {
	j := c.Job
	title := p.Say("story.part", i18n.Args{"Part": c.Label})
	switch {
	case c.Before != "":
		title = p.Say("story.part.before", i18n.Args{"Part": c.Label, "Before": c.Before})
	case c.After != "":
		title = p.Say("story.part.after", i18n.Args{"Part": c.Label, "After": c.After})
	}
	if j.Removed {
		return "**" + title + "** · " + p.Say("story.removed")
	}
	facts := []string{"**" + title + "**"}
	if !j.Spot().IsZero() {
		facts = append(facts, "["+p.Say(headings[j.State].key)+"]("+Link(j.SpotGuild(), j.Spot())+")")
	} else {
		facts = append(facts, p.Say(headings[j.State].key))
	}
	facts = append(facts, p.Say("card.for", i18n.Args{"Member": mention(p, j.Member)}))
	if d := j.Length(); d > 0 {
		facts = append(facts, took(p, d))
	}
	return strings.Join(facts, " · ") + "\n" + said(p, j, Line(j.Prompt, chapterPrompt), chapterPrompt+60)
}

// private wraps what only the person who asked sees.
func private(parts, row []discordgo.MessageComponent) Message {
	if len(row) > 0 {
		parts = append(parts, discordgo.ActionsRow{Components: row})
	}
	m := message(accents[store.StateDreaming], parts)
	m.Flags |= FlagEphemeral
	return m
}

// turns are the buttons to the pages before and after.
func turns(p i18n.Printer, a Action, page int, more bool) []discordgo.MessageComponent {
	var row []discordgo.MessageComponent
	turn := func(to int, key, sign string) {
		a.Page = to
		row = append(row, discordgo.Button{Label: p.Say(key), Style: discordgo.SecondaryButton,
			Emoji: &discordgo.ComponentEmoji{Name: sign}, CustomID: a.CustomID()})
	}
	if page > 0 {
		turn(page-1, "button.page.before", "◀️")
	}
	if more && page+1 < MaxPages {
		turn(page+1, "button.page.after", "▶️")
	}
	return row
}
