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
	if j.Settings.Model != "" {
		list = append(list, escape(j.Settings.Model))
	}
	if j.Settings.Duration > 0 {
		list = append(list, p.Say("card.seconds", i18n.Args{"Seconds": int(j.Settings.Duration / time.Second)}))
	}
	if j.Settings.Resolution != "" {
		list = append(list, escape(j.Settings.Resolution))
	}
	if e := j.Settings.ExpandPrompt; e != nil && *e {
		list = append(list, p.Say("card.expand"))
	} else if e != nil {
		list = append(list, p.Say("card.expand.not"))
	}
	list = append(list, part(p, j)...)
	list = append(list, credits(p, j.Remixes)...)
	if j.FinishedAt.IsZero() {
		list = append(list, p.Say("card.asked", i18n.Args{"Time": stamp(j.CreatedAt, "R")}))
	} else {
		list = append(list, p.Say("card.finished", i18n.Args{"Time": stamp(j.FinishedAt, "R")}))
	}
	if j.State == store.StateCompleted && !j.SentAt.IsZero() {
		list = append(list, p.Say("card.took", i18n.Args{"Took": took(p, j.FinishedAt.Sub(j.SentAt))}))
	}
	return append(list, p.Say("card.job", i18n.Args{"Job": j.ID}))
}

// part says which part of a story a job is, and leads back to the one before.
func part(p i18n.Printer, j store.Job) []string {
	if j.Parent == "" {
		return nil
	}
	args := i18n.Args{"Part": max(j.Part, 2), "Before": max(j.Part-1, 1), "Job": j.Parent, "URL": Link(j.Guild, j.Back)}
	if j.Back.IsZero() {
		return []string{p.Say("card.part.job", args)}
	}
	return []string{p.Say("card.part", args)}
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
