package reply

import (
	"strings"

	"github.com/bwmarrin/discordgo"

	"dreambot/internal/i18n"
	"dreambot/store"
)

// DreamsPerPage is how many dreams a page of the history shows: each takes five
// of a message's 40 components.
const (
	DreamsPerPage = 5
	dreamPrompt   = 300
)

// History draws a page of somebody's own dreams, for them alone. more says
// whether there are older ones.
func History(p i18n.Printer, jobs []store.Job, page int, more bool) Message {
	parts := []discordgo.MessageComponent{discordgo.TextDisplay{Content: "### 🗂️ " + p.Say("history.title", i18n.Args{"Page": page + 1})}}
	if len(jobs) == 0 {
		parts = append(parts, discordgo.TextDisplay{Content: p.Say("history.empty")})
	}
	for _, j := range jobs {
		parts = append(parts, discordgo.TextDisplay{Content: dream(p, j)})
		row := []discordgo.MessageComponent{}
		for _, b := range again(j) {
			row = append(row, press(p, b, Action{Verb: b.verb, Job: j.ID}))
		}
		parts = append(parts, discordgo.ActionsRow{Components: row})
	}
	return private(parts, turns(p, Action{Verb: ActionHistory}, page, more))
}

// again are the buttons of a dream in the history.
func again(j store.Job) []button {
	list := []button{{ActionShow, "👁️", discordgo.SecondaryButton}}
	switch j.State {
	case store.StateCompleted:
		list = append(list, button{ActionAgain, "🔁", discordgo.SecondaryButton}, remix)
	case store.StateFailed:
		list = append(list, button{ActionRetry, "🔁", discordgo.SecondaryButton})
	case store.StateCancelled:
		list = append(list, remix)
	}
	return wordless(j, list)
}

func dream(p i18n.Printer, j store.Job) string {
	head := headings[j.State]
	facts := []string{head.sign + " **" + p.Say(head.key) + "**"}
	if !j.Spot().IsZero() {
		facts = append(facts, "["+p.Say("history.jump")+"]("+Link(j.SpotGuild(), j.Spot())+")")
	}
	facts = append(facts, origin(p, j)...)
	facts = append(facts, stamp(j.CreatedAt, "R"), p.Say("card.job", i18n.Args{"Job": j.ID}))
	return strings.Join(facts, " · ") + "\n" + said(p, j, Line(j.Prompt, dreamPrompt), dreamPrompt+100)
}

// Copy draws a job's card once more, for the one who asks for it. Its video and
// its pictures are shown by their addresses, which must be fresh.
func Copy(p i18n.Printer, j store.Job) Message {
	uploaded := j.Upload.ID != "" && j.Video.URL != ""
	j.Image.Upload, j.EndImage.Upload, j.Upload = store.Upload{}, store.Upload{}, store.Upload{}
	m := card(p, j, ScreenCopy, uploaded)
	m.Flags |= FlagEphemeral
	return m
}
