package discord

import (
	"slices"
	"strings"
	"time"
)

// Types of messages.
// Source: discord-api-docs, resources/message.
const (
	typeDefault = 0
	typeReply   = 19
	typeCommand = 20 // answers a slash command
	typeMenu    = 23 // answers a command of a message's menu
)

// messageJSON is the message object that the bot gets. mu is held.
func (s *Server) messageJSON(m *message) object {
	o := s.wholeJSON(m)
	s.hideContent(m, o)
	return o
}

// wholeJSON is the message object with all that people see. mu is held.
func (s *Server) wholeJSON(m *message) object {
	v := s.view(m)
	users, roles, everyone := []object{}, []string{}, false
	for _, id := range v.Mentions {
		if role, ok := strings.CutPrefix(id, "&"); ok {
			roles = append(roles, role)
		} else if u, ok := s.world.user(id); ok {
			users = append(users, userJSON(u))
		} else {
			everyone = true
		}
	}
	o := object{
		"id": v.ID, "channel_id": v.ChannelID, "type": m.Type, "pinned": false, "author": userJSON(v.Author),
		"content": v.Content, "timestamp": stamp(v.Timestamp), "edited_timestamp": nil,
		"flags": v.Flags, "tts": m.TTS, "mention_everyone": everyone,
		"mentions": users, "mention_roles": roles, "embeds": []object{},
		"attachments": []object{}, "components": componentsJSON(v.Components, v.Attachments),
	}
	if v.Edited != nil {
		o["edited_timestamp"] = stamp(*v.Edited)
	}
	if len(m.Embeds) > 0 && m.Flags&flagSuppressEmbeds == 0 {
		o["embeds"] = m.Embeds
	}
	if len(v.Attachments) > 0 {
		list := make([]object, 0, len(v.Attachments))
		for _, a := range v.Attachments {
			list = append(list, attachmentJSON(a))
		}
		o["attachments"] = list
	}
	if m.Metadata != nil {
		o["application_id"], o["webhook_id"] = s.world.bot.ID, s.world.bot.ID
		o["interaction_metadata"] = m.Metadata
		if user, ok := s.world.user(m.InvokerID); ok && m.CommandName != "" {
			o["interaction"] = object{"id": m.InteractionID, "type": kindCommand, "name": m.CommandName, "user": userJSON(user)}
		}
	}
	if m.ReplyTo != "" && m.Type == typeReply {
		ref := object{"type": 0, "channel_id": m.ChannelID, "message_id": m.ReplyTo}
		if m.GuildID != "" {
			ref["guild_id"] = m.GuildID
		}
		o["message_reference"] = ref
		o["referenced_message"] = nil
		if to := s.history.byID[m.ReplyTo]; to != nil {
			short := s.messageJSON(&message{Message: to.Message, Type: typeDefault})
			o["referenced_message"] = short
		}
	}
	if len(v.Reactions) > 0 {
		o["reactions"] = s.reactionsJSON(v.Reactions)
	}
	return o
}

// createdJSON is the message object of a message that was just created: later
// ones do not have its nonce, which Discord does not keep for long. mu is held.
func (s *Server) createdJSON(m *message) object {
	o := s.messageJSON(m)
	if m.Nonce != nil {
		o["nonce"] = m.Nonce
	}
	return o
}

// hideContent takes from a message what the bot may not read without the
// MESSAGE_CONTENT intent: that of people who do not mention it, but for direct
// messages.
// Source: discord-api-docs, topics/gateway, message content intent.
func (s *Server) hideContent(m *message, o object) {
	if m.Author.ID == s.world.bot.ID || m.GuildID == "" || slices.Contains(m.Mentions, s.world.bot.ID) {
		return
	}
	o["content"] = ""
	o["attachments"], o["components"], o["embeds"] = []object{}, []object{}, []object{}
}

func componentsJSON(list []Component, files []Attachment) []object {
	out := make([]object, 0, len(list))
	for _, c := range list {
		out = append(out, componentJSON(c, files))
	}
	return out
}

// componentJSON is a component of a message, with the fields that Discord
// always sends.
func componentJSON(c Component, files []Attachment) object {
	o := object{"type": c.Type, "id": c.ID}
	set := func(key string, v any, given bool) {
		if given {
			o[key] = v
		}
	}
	switch c.Type {
	case typeRow:
		o["components"] = componentsJSON(c.Components, files)
	case typeButton:
		o["style"] = c.Style
		set("custom_id", c.CustomID, c.CustomID != "")
		set("label", c.Label, c.Label != "")
		set("url", c.URL, c.URL != "")
		set("emoji", emojiJSON(c.Emoji), c.Emoji != nil)
		set("disabled", true, c.Disabled)
	case typeSelect, typeUserSelect, typeRoleSelect, typeMentionable, typeChannels:
		o["custom_id"] = c.CustomID
		o["min_values"], o["max_values"] = c.range_()
		set("placeholder", c.Placeholder, c.Placeholder != "")
		set("disabled", true, c.Disabled)
		set("options", optionsJSON(c.Options), c.Type == typeSelect)
		set("default_values", c.DefaultValues, len(c.DefaultValues) > 0)
		set("channel_types", c.ChannelTypes, len(c.ChannelTypes) > 0)
	case typeSection:
		o["components"] = componentsJSON(c.Components, files)
		if c.Accessory != nil {
			o["accessory"] = componentJSON(*c.Accessory, files)
		}
	case typeText:
		o["content"] = c.Content
	case typeThumbnail:
		o["media"], o["description"], o["spoiler"] = mediaJSON(c.Media, c.ID), orNull(c.Description), c.Spoiler
	case typeGallery:
		items := make([]object, 0, len(c.Items))
		for i := range c.Items {
			it := &c.Items[i]
			items = append(items, object{"media": mediaJSON(&it.Media, c.ID), "description": orNull(it.Description), "spoiler": it.Spoiler})
		}
		o["items"] = items
	case typeFile:
		o["file"], o["spoiler"], o["name"], o["size"] = mediaJSON(c.File, c.ID), c.Spoiler, nil, nil
		for _, a := range files {
			if c.File != nil && a.ID == c.File.AttachmentID {
				o["name"], o["size"] = a.Filename, a.Size
			}
		}
	case typeSeparator:
		o["divider"], o["spacing"] = c.Divider == nil || *c.Divider, max(c.Spacing, 1)
	case typeContainer:
		o["components"], o["spoiler"], o["accent_color"] = componentsJSON(c.Components, files), c.Spoiler, nil
		if c.AccentColor != nil {
			o["accent_color"] = *c.AccentColor
		}
	}
	return o
}

func optionsJSON(list []SelectItem) []object {
	out := make([]object, 0, len(list))
	for _, i := range list {
		o := object{"label": i.Label, "value": i.Value, "default": i.Default}
		if i.Description != "" {
			o["description"] = i.Description
		}
		if i.Emoji != nil {
			o["emoji"] = emojiJSON(i.Emoji)
		}
		out = append(out, o)
	}
	return out
}

func emojiJSON(e *Emoji) object {
	if e == nil {
		return nil
	}
	o := object{"name": e.Name}
	if e.ID != "" {
		o["id"], o["animated"] = e.ID, e.Animated
	}
	return o
}

func mediaJSON(m *Media, component int) object {
	if m == nil {
		return nil
	}
	o := object{"id": "0", "url": m.URL, "proxy_url": m.ProxyURL, "width": nil, "height": nil, "content_type": nil}
	if m.Width > 0 {
		o["width"], o["height"] = m.Width, m.Height
	}
	if m.ContentType != "" {
		o["content_type"] = m.ContentType
	}
	if m.AttachmentID != "" {
		o["id"], o["attachment_id"] = m.AttachmentID, m.AttachmentID
	}
	return o
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// newMessage is an empty message of an author's in a channel.
func (s *Server) newMessage(c Channel, author User, now time.Time) *message {
	return &message{Message: Message{
		ChannelID: c.ID, GuildID: c.GuildID, Author: author, Timestamp: now.UTC(),
		Attachments: []Attachment{}, Components: []Component{}, Mentions: []string{}, Reactions: []Reaction{},
	}}
}
