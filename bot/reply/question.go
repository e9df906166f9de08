package reply

import (
	"github.com/bwmarrin/discordgo"

	"dreambot/internal/i18n"
	"dreambot/store"
)

// DeleteQuestion asks whether the job's reply is to go for everybody. It is for
// the one alone who pressed Delete.
func DeleteQuestion(p i18n.Printer, j store.Job) Message {
	m := message(accents[store.StateFailed], []discordgo.MessageComponent{
		discordgo.TextDisplay{Content: p.Say(deleteKey(j))},
		discordgo.ActionsRow{Components: []discordgo.MessageComponent{removal(p, j)}},
	})
	m.Flags |= FlagEphemeral
	return m
}

// OpenQuestion is DeleteQuestion where nobody pressed a button: it stands in
// the channel, names who reacted, and can be declined.
func OpenQuestion(p i18n.Printer, j store.Job, member string) Message {
	return message(accents[store.StateFailed], []discordgo.MessageComponent{
		discordgo.TextDisplay{Content: p.Say(deleteKey(j)) + "\n-# " + p.Say("card.delete.by", i18n.Args{"Member": mention(p, member)})},
		discordgo.ActionsRow{Components: []discordgo.MessageComponent{removal(p, j),
			press(p, button{verb: ActionKeep, style: discordgo.SecondaryButton}, Action{Verb: ActionKeep, Job: j.ID})}},
	})
}

func deleteKey(j store.Job) string {
	if j.State != store.StateCompleted {
		return "card.delete.question.failed" // there is no video
	}
	return "card.delete.question"
}

func removal(p i18n.Printer, j store.Job) discordgo.MessageComponent {
	return press(p, button{verb: ActionRemove, style: discordgo.DangerButton}, Action{Verb: ActionRemove, Job: j.ID})
}
