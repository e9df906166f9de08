package reply

import (
	"slices"
	"strings"

	"github.com/bwmarrin/discordgo"

	"dreambot/internal/community"
	"dreambot/internal/i18n"
	"dreambot/store"
)

// Showcase draws the post of a shared prompt, with its video as a file of its own
// by the name FileName. It is not drawn again for votes: the reactions under it
// count themselves.
func Showcase(p i18n.Printer, shared community.Prompt, hidden bool) Message {
	drawn := store.Job{ID: shared.ID, Spoiler: hidden}
	var f files
	alt := cut(clean(shared.Text), maxDescription)
	clip := gallery(item(drawn, f.refer(store.Upload{Name: FileName(drawn)}, alt), alt))

	title := "### 🌟 " + p.Say("post.title")
	small := "-# " + strings.Join(slices.Delete(labels(p, shared), 1, 2), " · ") // without its votes
	if len(shared.Remixes) > 0 {
		small += "\n-# " + lineage(p, shared.Remixes)
	}
	small += "\n-# " + p.Say("post.vote")
	room := min(maxPrompt, maxText-width(title)-width(small)-1)

	m := message(accents[store.StateCompleted], []discordgo.MessageComponent{
		discordgo.TextDisplay{Content: title},
		clip,
		discordgo.TextDisplay{Content: quote(shared.Text, room)},
		discordgo.TextDisplay{Content: small},
		discordgo.ActionsRow{Components: []discordgo.MessageComponent{
			press(p, button{ActionUse, "🎬", discordgo.PrimaryButton}, Action{Verb: ActionUse, Job: shared.ID}),
			press(p, button{ActionReuse, "✏️", discordgo.SecondaryButton}, Action{Verb: ActionReuse, Job: shared.ID}),
			discordgo.Button{Label: p.Say("post.open"), Style: discordgo.LinkButton,
				Emoji: &discordgo.ComponentEmoji{Name: "🔗"}, URL: Link(shared.Guild, shared.Result)},
		}},
	})
	m.Attachments = f.list
	return m
}
