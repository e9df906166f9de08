package reply

import (
	"github.com/bwmarrin/discordgo"

	"dreambot/internal/i18n"
	"dreambot/store"
)

// Document is a file that goes with an answer.
type Document struct {
	Name        string
	ContentType string
	Content     []byte
}

// Export hands somebody what is kept of them. cut says that it is not all: a file
// may be only so large.
func Export(p i18n.Printer, d Document, everywhere, cut bool) Message {
	key := "export.here"
	if everywhere {
		key = "export.everywhere"
	}
	text := "### 📦 " + p.Say("export.title") + "\n" + p.Say(key)
	if cut {
		text += "\n" + p.Say("export.cut")
	}
	var f files
	parts := []discordgo.MessageComponent{
		discordgo.TextDisplay{Content: text},
		discordgo.FileComponent{File: discordgo.UnfurledMediaItem{URL: f.refer(store.Upload{Name: d.Name}, "")}},
	}
	m := private(parts, nil)
	m.Attachments = f.list
	return m
}

// ForgetQuestion asks whether somebody is to be forgotten, and says what that
// means.
func ForgetQuestion(p i18n.Printer) Message {
	m := private([]discordgo.MessageComponent{
		discordgo.TextDisplay{Content: "### 🧹 " + p.Say("forget.title") + "\n" + p.Say("forget.goes") + "\n" + p.Say("forget.stays")},
	}, []discordgo.MessageComponent{
		press(p, button{verb: ActionForget, style: discordgo.DangerButton}, Action{Verb: ActionForget}),
		press(p, button{verb: ActionSpare, style: discordgo.SecondaryButton}, Action{Verb: ActionSpare}),
	})
	return m
}

// Done says that something was done, or was not, to the one who has decided it.
func Done(p i18n.Printer, key string) Message {
	return private([]discordgo.MessageComponent{discordgo.TextDisplay{Content: p.Say(key)}}, nil)
}
