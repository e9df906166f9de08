package reply

import (
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"dreambot/internal/i18n"
	"dreambot/internal/money"
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
	PricesOf  string          // day whose prices the costs are reckoned by; empty: not known
	Balance   Balance
}

// Balance is what the operator's account holds.
type Balance struct {
	Shown  bool // to this person
	Known  bool
	Amount money.Amount
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
	lines = append(lines, usageCosts(p, u)...)
	lines = append(lines, p.Say("usage.until", i18n.Args{"Time": stamp(u.Until, "R")}),
		p.Say("usage.tally", i18n.Args{"Count": u.Tally.Dreams, "Length": span(p, u.Tally.Length.Round(time.Second)), "Remixed": u.Tally.Remixed}))
	return private([]discordgo.MessageComponent{discordgo.TextDisplay{Content: strings.Join(lines, "\n")}}, nil)
}

// usageCosts are the lines on money: what of it is known.
func usageCosts(p i18n.Printer, u UsagePage) []string {
	var lines []string
	if u.Member.Cost > 0 {
		lines = append(lines, p.Say("usage.cost.member", i18n.Args{"Cost": u.Member.Cost.Short()}))
	}
	if u.Guild != nil && u.Guild.Cost > 0 {
		lines = append(lines, p.Say("usage.cost.guild", i18n.Args{"Cost": u.Guild.Cost.Short()}))
	}
	if len(lines) > 0 && u.PricesOf != "" {
		lines = append(lines, "-# "+p.Say("usage.prices", i18n.Args{"Date": escape(u.PricesOf)}))
	}
	switch {
	case u.Balance.Shown && u.Balance.Known:
		lines = append(lines, p.Say("usage.balance", i18n.Args{"Balance": u.Balance.Amount.Short()}))
	case u.Balance.Shown:
		lines = append(lines, p.Say("usage.balance.unknown"))
	}
	return lines
}
