package reply

import (
	"strings"

	"github.com/bwmarrin/discordgo"

	"dreambot/internal/community"
	"dreambot/internal/i18n"
)

// contestAccent is the colour of what is said of contests.
const contestAccent = 0xE0A526

// winnerPrompt is how much is shown of a winner's prompt.
const winnerPrompt = 300

// medals are the winners' places.
var medals = [community.MaxWinners]string{"🥇", "🥈", "🥉"}

// theme is the theme of a contest, as it is shown.
func theme(c community.Contest) string { return escape(Line(c.Theme, community.MaxTheme)) }

// ContestOpened tells everybody of a contest that begins: its theme, its end, how
// to take part in it and how to vote.
func ContestOpened(p i18n.Printer, c community.Contest) Message {
	return message(contestAccent, []discordgo.MessageComponent{
		discordgo.TextDisplay{Content: "### 🏆 " + p.Say("contest.opened", i18n.Args{"Theme": theme(c)})},
		discordgo.TextDisplay{Content: strings.Join([]string{
			p.Say("contest.ends", i18n.Args{"Time": stamp(c.Ends, "F"), "In": stamp(c.Ends, "R")}),
			p.Say("contest.enter"), p.Say("contest.vote")}, "\n")},
		discordgo.TextDisplay{Content: "-# " + p.Say("contest.by", i18n.Args{"Member": mention(p, c.StartedBy)})},
	})
}

// ContestOver announces the winners of a contest. Its id stands in the small print:
// the announcement is found by it.
func ContestOver(p i18n.Printer, c community.Contest) Message {
	parts := []discordgo.MessageComponent{
		discordgo.TextDisplay{Content: "### 🏆 " + p.Say("contest.over", i18n.Args{"Theme": theme(c)})}}
	switch {
	case c.Entries == 0:
		parts = append(parts, discordgo.TextDisplay{Content: p.Say("contest.none")})
	case len(c.Winners) == 0:
		parts = append(parts, discordgo.TextDisplay{Content: p.Say("contest.unvoted")})
	}
	for i, w := range c.Winners[:min(len(c.Winners), len(medals))] {
		head := p.Say("contest.winner", i18n.Args{"Member": mention(p, w.Author), "Votes": w.Votes, "URL": Link(c.Guild, w.Result)})
		parts = append(parts, discordgo.TextDisplay{Content: medals[i] + " " + head + "\n" + quote(Line(w.Text, winnerPrompt), winnerPrompt+100)})
	}
	small := "-# " + p.Say("contest.entries", i18n.Args{"Count": c.Entries}) + " · " + p.Say("contest.id", i18n.Args{"Contest": c.ID})
	return message(contestAccent, append(parts, discordgo.TextDisplay{Content: small}))
}

// ContestStopped says that a contest was stopped, to who has stopped it.
func ContestStopped(p i18n.Printer, c community.Contest) Message {
	return private([]discordgo.MessageComponent{discordgo.TextDisplay{
		Content: p.Say("contest.stopped", i18n.Args{"Channel": "<#" + c.Channel + ">"})}}, nil)
}
