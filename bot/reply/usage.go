package reply

import (
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"dreambot/internal/i18n"
	"dreambot/store"
)

// UsagePage is what was used of a day, and what it holds.
type UsagePage struct {
	Outside   bool            // of servers: nothing is counted there
	Allowance store.Allowance // of the server
	Member    store.Usage     // of the person, today
	Guild     *store.Usage    // of the server, for who moderates it; nil: not shown
	Until     time.Time       // when the next day begins
	Tally     store.Tally     // of the person, of all time
}

// Usage draws it, for the one who asks.
func Usage(p i18n.Printer, u UsagePage) Message {
	lines := []string{"### 📊 " + p.Say("usage.title")}
	if u.Outside {
		lines = append(lines, p.Say("usage.outside"))
		return private([]discordgo.MessageComponent{discordgo.TextDisplay{Content: strings.Join(lines, "\n")}}, nil)
	}
	args := i18n.Args{"Count": u.Member.Dreams, "Max": u.Allowance.MemberDreams, "Length": span(p, u.Member.Length)}
	if u.Allowance.MemberDreams > 0 {
		lines = append(lines, p.Say("usage.member.limited", args))
	} else {
		lines = append(lines, p.Say("usage.member", args))
	}
	if u.Guild != nil {
		args := i18n.Args{"Count": u.Guild.Dreams, "Length": span(p, u.Guild.Length), "Max": span(p, u.Allowance.GuildLength)}
		if u.Allowance.GuildLength > 0 {
			lines = append(lines, p.Say("usage.guild.limited", args))
		} else {
			lines = append(lines, p.Say("usage.guild", args))
		}
	}
	lines = append(lines, p.Say("usage.until", i18n.Args{"Time": stamp(u.Until, "R")}),
		p.Say("usage.tally", i18n.Args{"Count": u.Tally.Dreams, "Length": span(p, u.Tally.Length.Round(time.Second)), "Remixed": u.Tally.Remixed}))
	return private([]discordgo.MessageComponent{discordgo.TextDisplay{Content: strings.Join(lines, "\n")}}, nil)
}
