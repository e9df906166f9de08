package reply

import (
	"path"
	"strings"

	"github.com/bwmarrin/discordgo"

	"dreambot/internal/i18n"
	"dreambot/store"
)

// FileName is the name that a job's video is uploaded by.
func FileName(j store.Job) string { return "dream-" + j.ID + ".mp4" }

// PictureName is the name that the job's first picture, or its last one, is
// uploaded by.
func PictureName(j store.Job, last bool) string {
	name, given := "first-"+j.ID, j.Image.Name
	if last {
		name, given = "last-"+j.ID, j.EndImage.Name
	}
	switch ext := strings.ToLower(path.Ext(given)); ext {
	case ".png", ".webp", ".jpeg":
		return name + ext
	}
	return name + ".jpg"
}

// files are those of a message: kept ones by their ids, and new ones by their
// order, which is that of the uploads.
type files struct {
	list  []Attachment
	fresh int
}

// refer adds a file and returns the address that components show it by.
func (f *files) refer(u store.Upload, alt string) string {
	a := Attachment{ID: u.ID, Filename: u.Name}
	if a.ID == "" {
		a.ID, a.Description = itoa(int64(f.fresh)), alt
		f.fresh++
	}
	f.list = append(f.list, a)
	return "attachment://" + u.Name
}

// video shows the result.
func video(p i18n.Printer, j store.Job, screen Screen, f *files) []discordgo.MessageComponent {
	alt := cut(clean(j.Prompt), maxDescription)
	link := linkSafe.Replace(j.Video.URL)
	say := func(key string) discordgo.MessageComponent {
		if width(link) > maxLink {
			key = "card.link.none"
		}
		text := p.Say(key, i18n.Args{"URL": link})
		if j.Spoiler {
			text = "||" + text + "||"
		}
		return discordgo.TextDisplay{Content: text}
	}
	switch {
	case screen == ScreenCopy && link == "":
		return []discordgo.MessageComponent{discordgo.TextDisplay{Content: p.Say("card.video.lost")}}
	case screen == ScreenCopy && width(link) <= maxLink:
		return []discordgo.MessageComponent{gallery(item(j, j.Video.URL, alt))}
	case screen == ScreenLink && width(link) <= maxLink:
		return []discordgo.MessageComponent{gallery(item(j, j.Video.URL, alt)), say("card.link.too_large")}
	case screen != ScreenUpload:
		return []discordgo.MessageComponent{say("card.link.only")}
	}
	upload := j.Upload
	if upload.ID == "" {
		upload.Name = FileName(j)
	}
	return []discordgo.MessageComponent{gallery(item(j, f.refer(upload, alt), alt))}
}

// linkSafe keeps an address from ending the link that it is written into.
var linkSafe = strings.NewReplacer("|", "%7C", "(", "%28", ")", "%29", " ", "%20", "<", "%3C", ">", "%3E")

// pictures are those that were given, as items of a gallery.
func pictures(p i18n.Printer, j store.Job, f *files) []discordgo.MediaGalleryItem {
	var items []discordgo.MediaGalleryItem
	for _, given := range []struct {
		store.Picture
		key string
	}{{j.Image, "card.first_frame"}, {j.EndImage, "card.last_frame"}} {
		if given.IsZero() {
			continue
		}
		alt, address := p.Say(given.key), given.URL
		if given.Upload.Name != "" {
			address = f.refer(given.Upload, alt)
		}
		items = append(items, item(j, address, alt))
	}
	return items
}

// wish shows the prompt and the pictures that were given: a single one small
// beside the prompt, two of them side by side below it.
func wish(prompt string, items []discordgo.MediaGalleryItem) []discordgo.MessageComponent {
	text := []discordgo.MessageComponent{discordgo.TextDisplay{Content: prompt}}
	switch len(items) {
	case 0:
		return text
	case 1:
		return []discordgo.MessageComponent{discordgo.Section{Components: text,
			Accessory: discordgo.Thumbnail{Media: items[0].Media, Description: items[0].Description, Spoiler: items[0].Spoiler}}}
	}
	return append(text, gallery(items...))
}

func gallery(items ...discordgo.MediaGalleryItem) discordgo.MessageComponent {
	return discordgo.MediaGallery{Items: items}
}

// item shows what is at an address, hidden if its job is.
func item(j store.Job, url, alt string) discordgo.MediaGalleryItem {
	i := discordgo.MediaGalleryItem{Media: discordgo.UnfurledMediaItem{URL: url}, Spoiler: j.Spoiler}
	if alt != "" { // Discord takes none that is empty
		i.Description = &alt
	}
	return i
}
