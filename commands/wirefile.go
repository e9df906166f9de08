package commands

import "cmp"

// wireFiles are the attachments that an interaction came with.
type wireFiles struct {
	Attachments map[string]wireFile `json:"attachments"`
}

func (w wireFiles) into(in *Interaction) {
	for id, a := range w.Attachments {
		in.Files[id] = a.file()
	}
}

// wireFile is an attachment, or other media that have an address.
type wireFile struct {
	Filename    string `json:"filename"`
	ContentType string `json:"content_type"`
	URL         string `json:"url"`
	ProxyURL    string `json:"proxy_url"`
	Size        int64  `json:"size"`
	Width       int    `json:"width"`
	Height      int    `json:"height"`
}

func (w wireFile) file() File {
	return File{w.Filename, w.ContentType, w.URL, w.Size, w.Width, w.Height}
}

// wireMessage is what can be seen on a message, and on those that it passes on.
type wireMessage struct {
	wireSeen
	Snapshots []struct {
		Message wireSeen `json:"message"`
	} `json:"message_snapshots"`
}

type wireSeen struct {
	Attachments []wireFile  `json:"attachments"`
	Embeds      []wireEmbed `json:"embeds"`
	Components  []wireShown `json:"components"`
}

// wireEmbed is an embed's pictures. Discord's copy is taken, which its signed
// address leads to, since the other one leads anywhere.
type wireEmbed struct {
	Image     *wireImage `json:"image"`
	Thumbnail *wireImage `json:"thumbnail"`
}

type wireImage struct {
	ProxyURL    string `json:"proxy_url"`
	ContentType string `json:"content_type"`
	Width       int    `json:"width"`
	Height      int    `json:"height"`
}

// wireShown is a component that shows media, or holds others. Of media too
// Discord's copy is taken.
type wireShown struct {
	Media      *wireFile   `json:"media"`
	Accessory  *wireShown  `json:"accessory"`
	Items      []wireShown `json:"items"`
	Components []wireShown `json:"components"`
}

// maxSeen bounds how many files of a message are looked at.
const maxSeen = 50

// files returns what the message shows, as it stands from top to bottom.
func (m wireMessage) files() []File {
	var list []File
	add := func(f File) {
		if f.URL != "" && len(list) < maxSeen {
			list = append(list, f)
		}
	}
	seen := []wireSeen{m.wireSeen}
	for _, s := range m.Snapshots {
		seen = append(seen, s.Message)
	}
	for _, s := range seen {
		for _, a := range s.Attachments {
			add(a.file())
		}
		shown(s.Components, maxNesting, add)
		for _, e := range s.Embeds {
			for _, i := range []*wireImage{e.Image, e.Thumbnail} {
				if i != nil {
					add(File{ContentType: i.ContentType, URL: i.ProxyURL, Width: i.Width, Height: i.Height})
				}
			}
		}
	}
	return list
}

func shown(list []wireShown, depth int, add func(File)) {
	if depth == 0 {
		return
	}
	for _, c := range list {
		if c.Media != nil {
			f := c.Media.file()
			f.URL = cmp.Or(c.Media.ProxyURL, f.URL)
			add(f)
		}
		if c.Accessory != nil {
			shown([]wireShown{*c.Accessory}, depth-1, add)
		}
		shown(c.Items, depth-1, add)
		shown(c.Components, depth-1, add)
	}
}
