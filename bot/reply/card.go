package reply

import (
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"dreambot/internal/i18n"
	"dreambot/store"
)

// Screen is how a completed job's video is shown.
type Screen int

// The screens, each simpler than the one before: a screen that Discord does not
// take is followed by the next.
const (
	// ScreenUpload plays the file that stands on the message, or is uploaded
	// with it.
	ScreenUpload Screen = iota
	// ScreenLink plays from Luma's link: the file is too large to upload.
	ScreenLink
	// ScreenLinkOnly writes the link: the file could not be fetched, or
	// Discord does not take it.
	ScreenLinkOnly
	// ScreenPlain is ScreenLinkOnly without any media, the pictures that were
	// given included.
	ScreenPlain
)

// maxLink is the longest address that is written or shown; a longer one is
// left out. Discord takes 2,048 characters for the address of a media item.
const maxLink = 2048

// FileName is the name that a job's video is uploaded by.
func FileName(j store.Job) string { return "dream-" + j.ID + ".mp4" }

// Card draws a job. It is the reply, from the first answer to the last edit,
// and what is sent in its place where the job's Route says so.
func Card(p i18n.Printer, j store.Job, screen Screen) Message {
	head := headings[j.State]
	title := "### " + head.sign + " " + p.Say(head.key)
	if status := status(p, j); status != "" {
		title += "\n" + status
	}
	parts := []discordgo.MessageComponent{discordgo.TextDisplay{Content: title}}

	var files []Attachment
	if j.State == store.StateCompleted {
		var shown []discordgo.MessageComponent
		shown, files = video(p, j, screen)
		parts = append(parts, shown...)
	}
	if screen == ScreenPlain {
		j.Image, j.EndImage = store.Picture{}, store.Picture{}
	}
	// The link and the prompt share the room for text.
	parts = append(parts, wish(p, j, maxPrompt-textWidth(parts[1:]))...)
	small := "-# " + strings.Join(facts(p, j), " · ")
	if why := elsewhere(p, j); why != "" {
		small += "\n-# " + why
	}
	parts = append(parts, discordgo.TextDisplay{Content: small})
	if row := buttons(p, j); row != nil {
		parts = append(parts, row)
	}

	m := message(accents[j.State], parts)
	m.Attachments = files
	return m
}

// status says, under the state's word, what is going on.
func status(p i18n.Printer, j store.Job) string {
	expected := ""
	if j.Expected > 0 && !j.SentAt.IsZero() {
		expected = p.Say("card.expected", i18n.Args{"Time": stamp(j.SentAt.Add(j.Expected), "R")})
	}
	switch j.State {
	case store.StateWaiting, store.StateSubmitting: // the latter has no place
		if j.Hold != store.HoldNone {
			return p.Say("card.hold." + string(j.Hold))
		}
		return line(p, j.Place)
	case store.StateQueued:
		return join(" · ", p.Say("card.line.accepted"), expected)
	case store.StateDreaming:
		return join(" · ", p.Say("card.dreaming.since", i18n.Args{"Time": stamp(j.StartedAt, "R")}), expected)
	case store.StateFailed:
		return p.Say("failure."+string(j.Failure),
			i18n.Args{"Deadline": took(p, j.FinishedAt.Sub(j.SentAt))})
	}
	return ""
}

// line says a place in line; the tracker rounds those beyond ten.
func line(p i18n.Printer, place int) string {
	switch {
	case place == 0:
		return p.Say("card.line.sending")
	case place == 1:
		return p.Say("card.line.next")
	case place <= 10:
		return p.Say("card.line.place", i18n.Args{"Place": place})
	}
	return p.Say("card.line.about", i18n.Args{"Place": place})
}

// video shows the result, and says which files the message has.
func video(p i18n.Printer, j store.Job, screen Screen) ([]discordgo.MessageComponent, []Attachment) {
	alt := cut(clean(j.Prompt), maxDescription)
	link := linkSafe.Replace(j.Video.URL)
	say := func(key string) discordgo.MessageComponent {
		if width(link) > maxLink {
			key = "card.link.none"
		}
		return discordgo.TextDisplay{Content: p.Say(key, i18n.Args{"URL": link})}
	}
	switch {
	case screen == ScreenLink && width(link) <= maxLink:
		return []discordgo.MessageComponent{gallery(item(j.Video.URL, alt)), say("card.link.too_large")}, nil
	case screen != ScreenUpload:
		return []discordgo.MessageComponent{say("card.link.only")}, nil
	}
	file := Attachment{ID: j.Upload.ID, Filename: j.Upload.Name}
	if file.ID == "" {
		file = Attachment{ID: "0", Filename: FileName(j), Description: alt}
	}
	return []discordgo.MessageComponent{gallery(item("attachment://"+file.Filename, alt))}, []Attachment{file}
}

// linkSafe keeps an address from ending the link that it is written into.
var linkSafe = strings.NewReplacer("(", "%28", ")", "%29", " ", "%20", "<", "%3C", ">", "%3E")

// wish shows the prompt and the pictures that were given: a single one small
// beside the prompt, two of them side by side below it.
func wish(p i18n.Printer, j store.Job, room int) []discordgo.MessageComponent {
	var items []discordgo.MediaGalleryItem
	if !j.Image.IsZero() {
		items = append(items, item(j.Image.URL, p.Say("card.first_frame")))
	}
	if !j.EndImage.IsZero() {
		items = append(items, item(j.EndImage.URL, p.Say("card.last_frame")))
	}
	prompt := []discordgo.MessageComponent{discordgo.TextDisplay{Content: quote(j.Prompt, room)}}
	switch len(items) {
	case 0:
		return prompt
	case 1:
		return []discordgo.MessageComponent{discordgo.Section{Components: prompt,
			Accessory: discordgo.Thumbnail{Media: items[0].Media, Description: items[0].Description}}}
	}
	return append(prompt, gallery(items...))
}

func gallery(items ...discordgo.MediaGalleryItem) discordgo.MessageComponent {
	return discordgo.MediaGallery{Items: items}
}

func item(url, alt string) discordgo.MediaGalleryItem {
	i := discordgo.MediaGalleryItem{Media: discordgo.UnfurledMediaItem{URL: url}}
	if alt != "" { // Discord takes none that is empty
		i.Description = &alt
	}
	return i
}

// facts are the small print: who, how, when, which.
func facts(p i18n.Printer, j store.Job) []string {
	list := []string{p.Say("card.for", i18n.Args{"Member": "<@" + j.Member + ">"})}
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
	if j.Parent != "" {
		list = append(list, p.Say("card.extends", i18n.Args{"Job": j.Parent}))
	}
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

// elsewhere says why the card does not stand where it was asked for, or is
// empty where it does.
func elsewhere(p i18n.Printer, j store.Job) string {
	switch j.Route {
	case store.RoutePost:
		return p.Say("card.posted")
	case store.RouteDirect:
		return p.Say("card.direct", i18n.Args{"Channel": "<#" + j.Channel + ">"})
	}
	return ""
}

// button is a button of a card: its word is the catalog's "button." and verb.
type button struct {
	verb  Verb
	sign  string // emoji
	style discordgo.ButtonStyle
}

// offered are the buttons of each state. Delete asks before it does.
var offered = map[store.State][]button{
	store.StateWaiting:    {{ActionCancel, "✖️", discordgo.SecondaryButton}},
	store.StateSubmitting: {{ActionCancel, "✖️", discordgo.SecondaryButton}},
	store.StateCompleted: {{ActionExtend, "⏩", discordgo.PrimaryButton},
		{ActionDelete, "🗑️", discordgo.SecondaryButton}},
	store.StateFailed: {{ActionRetry, "🔁", discordgo.PrimaryButton},
		{ActionDelete, "🗑️", discordgo.SecondaryButton}},
}

// buttons are what can be done with the job now, or nil.
func buttons(p i18n.Printer, j store.Job) discordgo.MessageComponent {
	var row []discordgo.MessageComponent
	for _, b := range offered[j.State] {
		row = append(row, discordgo.Button{Label: p.Say("button." + string(b.verb)), Style: b.style,
			Emoji: &discordgo.ComponentEmoji{Name: b.sign}, CustomID: Action{b.verb, j.ID}.CustomID()})
	}
	if row == nil {
		return nil
	}
	return discordgo.ActionsRow{Components: row}
}

// textWidth is how much text the components hold.
func textWidth(parts []discordgo.MessageComponent) int {
	n := 0
	for _, c := range parts {
		if t, ok := c.(discordgo.TextDisplay); ok {
			n += width(t.Content)
		}
	}
	return n
}

// join is strings.Join without the empty ones.
func join(sep string, parts ...string) string {
	var out []string
	for _, s := range parts {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, sep)
}
