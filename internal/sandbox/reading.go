package sandbox

import (
	"strings"

	"dreambot/internal/sandbox/discord"
)

// Text returns all text of a message, one line for each piece: what it says,
// the labels of its buttons in brackets, and the alternative texts of media.
func Text(m discord.Message) string {
	var b strings.Builder
	line := func(text string) {
		if text != "" {
			b.WriteString(text + "\n")
		}
	}
	line(m.Content)
	Walk(m.Components, func(c discord.Component) {
		line(c.Content)
		if c.Label != "" {
			line("[" + c.Label + "]")
		}
		for _, i := range c.Items {
			line(i.Description)
		}
	})
	return strings.TrimSuffix(b.String(), "\n")
}

// Says reports whether all words stand in a message's Text.
func Says(m discord.Message, words ...string) bool {
	text := Text(m)
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// Video returns the first video that a message shows, or nil.
func Video(m discord.Message) *discord.Media {
	var found *discord.Media
	Walk(m.Components, func(c discord.Component) {
		for _, i := range c.Items {
			if found == nil && strings.HasPrefix(i.Media.ContentType, "video/") {
				found = &i.Media
			}
		}
	})
	return found
}

// Walk shows each component of a list to see, and what is in it after it.
func Walk(list []discord.Component, see func(discord.Component)) {
	for _, c := range list {
		see(c)
		Walk(c.Components, see)
		if c.Accessory != nil {
			Walk([]discord.Component{*c.Accessory}, see)
		}
	}
}
