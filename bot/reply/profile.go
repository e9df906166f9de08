package reply

import (
	"strings"

	"github.com/bwmarrin/discordgo"

	"dreambot/internal/community"
	"dreambot/internal/i18n"
	"dreambot/store"
)

// Profile is what a member has made and shared in a server.
type Profile struct {
	Member   string // snowflake
	Tally    store.Tally
	Standing community.Standing
	Best     []community.Prompt // of those that are shared, MaxBest at most
}

// MaxBest is how many shared prompts a profile shows.
const (
	MaxBest    = 3
	bestPrompt = 200
)

// ProfileCard draws a profile, for the one who asked.
func ProfileCard(p i18n.Printer, of Profile) Message {
	count := func(key string, n int) string { return p.Say(key, i18n.Args{"Count": n}) }
	lines := []string{
		"### 👤 " + p.Say("profile.title", i18n.Args{"Member": mention(p, of.Member)}),
		count("profile.dreams", of.Tally.Dreams),
		p.Say("profile.length", i18n.Args{"Length": took(p, of.Tally.Length)}),
		count("profile.shared", of.Standing.Shared),
		count("profile.votes", of.Standing.Votes),
		count("profile.remixed", of.Tally.Remixed),
	}
	parts := []discordgo.MessageComponent{discordgo.TextDisplay{Content: strings.Join(lines, "\n")}}
	best := "-# " + p.Say("profile.none")
	if len(of.Best) > 0 {
		best = "**" + p.Say("profile.best") + "**"
	}
	for _, shared := range of.Best[:min(len(of.Best), MaxBest)] {
		best += "\n🌟 " + itoa(int64(shared.Votes)) + " · " + stamp(shared.SharedAt, "R") +
			" · [" + p.Say("history.jump") + "](" + Link(shared.Guild, standing(shared)) + ")\n" +
			quote(Line(shared.Text, bestPrompt), bestPrompt+60)
	}
	return private(append(parts, discordgo.TextDisplay{Content: best}), nil)
}
