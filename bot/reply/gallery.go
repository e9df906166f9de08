package reply

import (
	"strings"

	"github.com/bwmarrin/discordgo"

	"dreambot/internal/community"
	"dreambot/internal/i18n"
	"dreambot/store"
)

// Lists of the gallery, as Action.Arg names them.
const (
	ListTopWeek  = "topweek"
	ListTopMonth = "topmonth"
	ListTopAll   = "topall"
	ListNew      = "new"
	ListSearch   = "search"
	ListMine     = "mine"
	ListRandom   = "random"
)

// Lists returns all lists of the gallery.
func Lists() []string {
	return []string{ListTopWeek, ListTopMonth, ListTopAll, ListNew, ListSearch, ListMine, ListRandom}
}

// Exhibit is a shared prompt as the gallery shows it.
type Exhibit struct {
	community.Prompt
	Address   string // where its video can be seen now; empty: nobody knows
	Hidden    bool   // behind a spoiler
	Withdraws bool   // whoever looks at it may withdraw it
}

// GalleryPage is a page of a list of the gallery.
type GalleryPage struct {
	List     string // one of Lists
	Words    string // with ListSearch
	Page     int    // from 0
	More     bool   // there is a page after it
	Exhibits []Exhibit
}

// ExhibitsPerPage is how many prompts a page of the gallery shows: each takes
// seven of a message's 40 components, and a third of its text.
const (
	ExhibitsPerPage = 3
	exhibitPrompt   = 400
	exhibitQuote    = exhibitPrompt + 100 // with what escapes add
)

// Gallery draws a page of the gallery, for the one who asked.
func Gallery(p i18n.Printer, g GalleryPage) Message {
	title := p.Say("gallery.title."+g.List, i18n.Args{"Words": escape(Line(g.Words, MaxSearch))})
	if g.Page > 0 || g.More {
		title += " · " + p.Say("gallery.page", i18n.Args{"Page": g.Page + 1})
	}
	title = "### 🖼️ " + title
	parts := []discordgo.MessageComponent{discordgo.TextDisplay{Content: title}}
	if len(g.Exhibits) == 0 {
		parts = append(parts, discordgo.TextDisplay{Content: p.Say(emptyKey(g))})
	}
	for _, e := range g.Exhibits {
		parts = append(parts, exhibit(p, e, (maxText-width(title))/len(g.Exhibits), len(g.Exhibits) == 1)...)
	}
	list := Action{Verb: ActionGallery, Arg: g.List, Text: g.Words}
	row := turns(p, list, g.Page, g.More)
	if g.List == ListRandom && len(g.Exhibits) > 0 {
		row = append(row, discordgo.Button{Label: p.Say("button.gallery.another"), Style: discordgo.SecondaryButton,
			Emoji: &discordgo.ComponentEmoji{Name: "🎲"}, CustomID: list.CustomID()})
	}
	return private(parts, row)
}

// emptyKey says why a page shows nothing.
func emptyKey(g GalleryPage) string {
	switch {
	case g.Page > 0:
		return "gallery.empty.page"
	case g.List == ListTopWeek, g.List == ListTopMonth:
		return "gallery.empty.top"
	case g.List == ListSearch, g.List == ListMine:
		return "gallery.empty." + g.List
	}
	return "gallery.empty"
}

// exhibit is one prompt in at most room units of text: its video, what it says,
// the small print, and what can be done with it. One that stands alone is shown
// with all of its words.
func exhibit(p i18n.Printer, e Exhibit, room int, alone bool) []discordgo.MessageComponent {
	var parts []discordgo.MessageComponent
	if e.Address != "" && width(e.Address) <= maxLink {
		parts = append(parts, gallery(item(store.Job{Spoiler: e.Hidden}, e.Address, cut(clean(e.Text), maxDescription))))
	} else {
		none := discordgo.TextDisplay{Content: "-# " + p.Say("gallery.video.none")}
		room -= width(none.Content)
		parts = append(parts, none)
	}
	small := "-# " + strings.Join(labels(p, e.Prompt), " · ")
	if len(e.Remixes) > 0 {
		line := "\n-# " + lineage(p, e.Remixes)
		if width(small)+width(line)+exhibitQuote > room {
			line = "\n-# " + strings.Join(credits(p, e.Remixes), " · ")
		}
		small += line
	}
	said := ""
	if alone {
		said = quote(e.Text, min(room-width(small)-1, maxPrompt))
	} else {
		said = quote(Line(e.Text, exhibitPrompt), min(room-width(small)-1, exhibitQuote))
	}
	parts = append(parts, discordgo.TextDisplay{Content: said + "\n" + small})

	of := func(v Verb) Action { return Action{Verb: v, Job: e.ID} }
	row := []discordgo.MessageComponent{
		press(p, button{ActionUse, "🎬", discordgo.PrimaryButton}, of(ActionUse)),
		press(p, button{ActionReuse, "✏️", discordgo.SecondaryButton}, of(ActionReuse)),
		opens(p, e.Prompt),
	}
	if e.Withdraws {
		row = append(row, press(p, withdraw, of(ActionWithdraw)))
	}
	return append(parts, discordgo.ActionsRow{Components: row})
}

var withdraw = button{ActionWithdraw, "↩️", discordgo.SecondaryButton}

// opens leads to where a prompt stands: its post, or else its result.
func opens(p i18n.Printer, shared community.Prompt) discordgo.MessageComponent {
	return discordgo.Button{Label: p.Say("button.open"), Style: discordgo.LinkButton,
		Emoji: &discordgo.ComponentEmoji{Name: "🔗"}, URL: Link(shared.Guild, standing(shared))}
}

// standing is the message that shows a shared prompt to everybody.
func standing(shared community.Prompt) store.Spot {
	if at := shared.Post.Spot(); !at.IsZero() {
		return at
	}
	return shared.Result
}

// labels are the small print of a shared prompt: whose it is, how it is liked, and
// how it was made.
func labels(p i18n.Printer, shared community.Prompt) []string {
	list := []string{p.Say("gallery.by", i18n.Args{"Member": mention(p, shared.Author)}), "🌟 " + itoa(int64(shared.Votes))}
	list = append(list, wishes(p, shared.Settings)...)
	if shared.Pictures {
		list = append(list, p.Say("gallery.pictures"))
	}
	if shared.Extends {
		list = append(list, p.Say("gallery.extends"))
	}
	list = append(list, p.Say("gallery.shared", i18n.Args{"Time": stamp(shared.SharedAt, "R")}))
	if shared.Contest != "" {
		list = append(list, "🏆 "+p.Say("gallery.entry"))
	}
	return list
}

// lineage names all after whose results something was made, the nearest first.
func lineage(p i18n.Printer, line []store.Credit) string {
	var members []string
	for _, c := range line[:min(len(line), store.MaxCredits)] {
		members = append(members, mention(p, c.Member))
	}
	return p.Say("gallery.line", i18n.Args{"Members": strings.Join(members, " ← ")})
}

// Sharing is what came of sharing a prompt.
type Sharing struct {
	Prompt  community.Prompt
	Contest community.Contest // that it is an entry of; the zero one: of none
	Already bool              // it was shared before
}

// Shared says that a prompt is in the gallery, and how to take it out again.
func Shared(p i18n.Printer, s Sharing) Message {
	text := p.Say("share.done")
	if s.Already {
		text = p.Say("share.already", i18n.Args{"Votes": s.Prompt.Votes})
	}
	lines := []string{"🌟 " + text}
	post := i18n.Args{"Channel": "<#" + s.Prompt.Post.Channel + ">", "URL": Link(s.Prompt.Guild, s.Prompt.Post.Spot())}
	switch s.Prompt.Post.State {
	case community.PostDue:
		lines = append(lines, p.Say("share.post.due", post))
	case community.PostMade:
		lines = append(lines, p.Say("share.post.made", post))
	}
	if s.Contest.ID != "" {
		key := "share.contest"
		if s.Contest.State != community.ContestRunning {
			key = "share.contest.over"
		}
		lines = append(lines, "🏆 "+p.Say(key, i18n.Args{
			"Theme": escape(Line(s.Contest.Theme, community.MaxTheme)), "Time": stamp(s.Contest.Ends, "R")}))
	}
	lines = append(lines, "-# "+p.Say("share.undo"))
	return shareAnswer(p, strings.Join(lines, "\n"),
		press(p, withdraw, Action{Verb: ActionWithdraw, Job: s.Prompt.ID}))
}

// Withdrawn says that a prompt is in the gallery no more.
func Withdrawn(p i18n.Printer) Message { return shareAnswer(p, p.Say("share.withdrawn")) }

// shareAnswer is a text with buttons, the last of which leads to the gallery.
func shareAnswer(p i18n.Printer, text string, buttons ...discordgo.MessageComponent) Message {
	see := press(p, button{ActionGallery, "🖼️", discordgo.SecondaryButton}, Action{Verb: ActionGallery, Arg: ListNew})
	return private([]discordgo.MessageComponent{discordgo.TextDisplay{Content: text}}, append(buttons, see))
}
