package reply

import (
	"time"

	"dreambot/internal/i18n"
	"dreambot/store"
)

// facts are the small print: who, how, when, which.
func facts(p i18n.Printer, j store.Job) []string {
	key := "card.for"
	if j.Reaction {
		key = "card.by_reaction"
	}
	list := []string{p.Say(key, i18n.Args{"Member": mention(p, j.Member)})}
	list = append(list, wishes(p, j.Settings)...)
	if e := j.Settings.ExpandPrompt; e != nil && *e {
		list = append(list, p.Say("card.expand"))
	} else if e != nil {
		list = append(list, p.Say("card.expand.not"))
	}
	list = append(list, origin(p, j)...)
	list = append(list, credits(p, j.Remixes)...)
	if j.FinishedAt.IsZero() {
		list = append(list, p.Say("card.asked", i18n.Args{"Time": stamp(j.CreatedAt, "R")}))
	} else {
		list = append(list, p.Say("card.finished", i18n.Args{"Time": stamp(j.FinishedAt, "R")}))
	}
	if j.State == store.StateCompleted && !j.SentAt.IsZero() {
		list = append(list, p.Say("card.took", i18n.Args{"Took": took(p, j.FinishedAt.Sub(j.SentAt))}))
	}
	list = append(list, paid(p, j)...)
	return append(list, p.Say("card.job", i18n.Args{"Job": j.ID}))
}

// wishes are what was chosen of what the dialect offers.
func wishes(p i18n.Printer, chosen store.Settings) (list []string) {
	if chosen.Model != "" {
		list = append(list, escape(chosen.Model))
	}
	if chosen.Duration > 0 {
		list = append(list, p.Say("card.seconds", i18n.Args{"Seconds": int(chosen.Duration / time.Second)}))
	}
	if chosen.Resolution != "" {
		list = append(list, escape(chosen.Resolution))
	}
	if chosen.AspectRatio != "" {
		list = append(list, chosen.AspectRatio) // one of the dialect's: numbers and a colon, which an escape would spoil
	}
	if chosen.Loop {
		list = append(list, p.Say("card.loop"))
	}
	return list
}

// Link is the address of a message, which Discord's client jumps to. The
// guild is empty for direct messages.
func Link(guild string, at store.Spot) string {
	if guild == "" {
		guild = "@me"
	}
	return "https://discord.com/channels/" + guild + "/" + at.Channel + "/" + at.Message
}

// mention names a member; one who has asked to be forgotten has no name.
func mention(p i18n.Printer, user string) string {
	if user == store.Nobody {
		return p.Say("card.nobody")
	}
	return "<@" + user + ">"
}

// credits say after whose result something was made, and whose was the first of
// all, where that is another's.
func credits(p i18n.Printer, line []store.Credit) []string {
	if len(line) == 0 {
		return nil
	}
	nearest, first := line[0].Member, line[len(line)-1].Member
	list := []string{p.Say("card.remixed", i18n.Args{"Member": mention(p, nearest)})}
	if first != nearest {
		list = append(list, p.Say("card.remixed.first", i18n.Args{"Member": mention(p, first)}))
	}
	return list
}

// notes are what a card has to say besides: why it stands where it does, and
// what will come of it.
func notes(p i18n.Printer, j store.Job) []string {
	var list []string
	switch j.Route {
	case store.RoutePost:
		list = append(list, p.Say("card.posted"))
	case store.RouteDirect:
		list = append(list, p.Say("card.direct", i18n.Args{"Channel": "<#" + j.Channel + ">"}))
	}
	// Where there is no video and will be none, there is no Remix either.
	if j.Reaction && j.State != store.StateFailed && j.State != store.StateCancelled {
		list = append(list, p.Say("card.by_reaction.note"))
	}
	// Said from the first reply on: when the time has come, it is too late.
	if j.Guest && !j.State.Final() {
		list = append(list, p.Say("card.guest", i18n.Args{"Time": stamp(j.Origin.Expires, "t")}))
	}
	return list
}
