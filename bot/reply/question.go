package reply

import (
	"github.com/bwmarrin/discordgo"

	"dreambot/internal/i18n"
	"dreambot/store"
)

// DeleteQuestion asks, of the one who pressed Delete alone, whether the job's
// reply is to go for everybody.
func DeleteQuestion(p i18n.Printer, j store.Job) Message {
	key := "card.delete.question"
	if j.State != store.StateCompleted {
		key = "card.delete.question.failed" // there is no video
	}
	m := message(accents[store.StateFailed], []discordgo.MessageComponent{
		discordgo.TextDisplay{Content: p.Say(key)},
		discordgo.ActionsRow{Components: []discordgo.MessageComponent{discordgo.Button{
			Label: p.Say("button.remove"), Style: discordgo.DangerButton, CustomID: Action{ActionRemove, j.ID}.CustomID(),
		}}},
	})
	m.Flags |= FlagEphemeral
	return m
}
