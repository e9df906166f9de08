package rest

import (
	"net/url"
	pathname "path"
	"strings"
)

// Message is the part of a message that the bot reads.
type Message struct {
	ID          string       `json:"id"`
	ChannelID   string       `json:"channel_id"`
	Flags       int          `json:"flags"`
	Author      Author       `json:"author"`
	Attachments []Attachment `json:"attachments"`
	Components  []component  `json:"components"`
	// Interaction is the interaction that the message answers, if any.
	Interaction struct {
		ID string `json:"id"`
	} `json:"interaction_metadata"`
}

// Author is a user, as who wrote a message.
type Author struct {
	ID  string `json:"id"`
	Bot bool   `json:"bot"`
}

// component is what of a component names a file or a button, and its text; the
// rest is not read.
type component struct {
	CustomID   string      `json:"custom_id"`
	Content    string      `json:"content"`
	Media      media       `json:"media"`
	Items      []component `json:"items"`
	Accessory  *component  `json:"accessory"`
	Components []component `json:"components"`
}

type media struct {
	URL          string `json:"url"`
	AttachmentID string `json:"attachment_id"`
	Width        int    `json:"width"`
	Height       int    `json:"height"`
	ContentType  string `json:"content_type"`
}

// Says reports whether a text of the message contains text.
func (m Message) Says(text string) bool { return says(m.Components, text) }

func says(list []component, text string) bool {
	for _, c := range list {
		if strings.Contains(c.Content, text) || says(c.Components, text) {
			return true
		}
	}
	return false
}

// CustomIDs returns the custom ids of the message's buttons and selects.
func (m Message) CustomIDs() []string { return customIDs(nil, m.Components) }

func customIDs(found []string, list []component) []string {
	for _, c := range list {
		if c.CustomID != "" {
			found = append(found, c.CustomID)
		}
		if c.Accessory != nil {
			found = customIDs(found, []component{*c.Accessory})
		}
		found = customIDs(found, c.Components)
	}
	return found
}

// File returns the file of that name that stands on the message. Discord can
// leave a file that a component shows out of the attachments; it is then found
// at the component, and its size is not known.
func (m Message) File(name string) (Attachment, bool) {
	for _, a := range m.Attachments {
		if a.Filename == name {
			return a, true
		}
	}
	shown, ok := shownFile(m.Components, name)
	return Attachment{ID: shown.AttachmentID, Filename: name, URL: shown.URL,
		Width: shown.Width, Height: shown.Height, ContentType: shown.ContentType}, ok
}

func shownFile(list []component, name string) (media, bool) {
	for _, c := range list {
		if u, err := url.Parse(c.Media.URL); err == nil && c.Media.AttachmentID != "" && pathname.Base(u.Path) == name {
			return c.Media, true
		}
		inner := append(c.Items, c.Components...)
		if c.Accessory != nil {
			inner = append(inner, *c.Accessory)
		}
		if found, ok := shownFile(inner, name); ok {
			return found, true
		}
	}
	return media{}, false
}

// Attachment is a file that stands on a message.
type Attachment struct {
	ID       string `json:"id"`
	Filename string `json:"filename"`
	Size     int64  `json:"size"`
	URL      string `json:"url"` // signed; it works for a day or so
	// Of a picture or a video that Discord could decode.
	Width       int    `json:"width"`  // pixels
	Height      int    `json:"height"` // pixels
	ContentType string `json:"content_type"`
}

// Application is the bot's application.
type Application struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Bot is the user that the bot is.
	Bot struct {
		ID string `json:"id"`
	} `json:"bot"`
}

// Guild is a server that the bot is in.
type Guild struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// GuildRoles is what of a server the rights of its members follow from.
type GuildRoles struct {
	ID      string `json:"id"`
	OwnerID string `json:"owner_id"`
	Roles   []Role `json:"roles"`
}

// Role is a role of a server. The one that everybody has bears the server's id.
type Role struct {
	ID          string `json:"id"`
	Permissions string `json:"permissions"` // decimal; it may come to exceed 64 bits
}

// Channel is a channel or a thread.
type Channel struct {
	ID         string      `json:"id"`
	Type       int         `json:"type"`
	GuildID    string      `json:"guild_id"`  // empty in direct messages
	ParentID   string      `json:"parent_id"` // of a thread: its channel; else a category, if any
	Overwrites []Overwrite `json:"permission_overwrites"`
}

// Types of channels that are threads.
// Source: discord-api-docs, resources/channel, "Channel Types".
const (
	ChannelAnnouncementThread = 10
	ChannelPublicThread       = 11
	ChannelPrivateThread      = 12
)

// Overwrite is what a channel allows and denies a role or a member, whatever
// the server says.
// Source: discord-api-docs, resources/channel, "Overwrite Object".
type Overwrite struct {
	ID    string `json:"id"`
	Type  int    `json:"type"`  // OverwriteRole or OverwriteMember
	Allow string `json:"allow"` // decimal, as Role.Permissions
	Deny  string `json:"deny"`
}

// Whom an Overwrite is of.
const (
	OverwriteRole   = 0
	OverwriteMember = 1
)
