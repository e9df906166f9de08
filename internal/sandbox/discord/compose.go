package discord

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Message flags.
// Source: discord-api-docs, resources/message.
const (
	flagSuppressEmbeds = 1 << 2
	flagEphemeral      = 1 << 6
	flagLoading        = 1 << 7
	flagSilent         = 1 << 12 // SUPPRESS_NOTIFICATIONS
	flagV2             = 1 << 15 // IS_COMPONENTS_V2
)

// Limits of messages.
// Source: discord-api-docs, resources/message.
const (
	maxContent   = 2000
	maxFiles     = 10
	maxEmbeds    = 10
	maxEmbedText = 6000 // of all embeds of a message
	maxNonce     = 25
)

// Flags that each way of writing a message may set.
const (
	flagsOfAnswers  = flagSuppressEmbeds | flagEphemeral | flagSilent | flagV2
	flagsOfMessages = flagSuppressEmbeds | flagSilent | flagV2
	flagsOfEdits    = flagSuppressEmbeds | flagV2
)

// compose reads a request that creates a message (where prev is empty, but for
// who and where) or edits prev, and returns what the message becomes. sent are
// the request's uploads. prev stays as it is. mu is held.
func (s *Server) compose(f form, m object, prev *message, sent []upload, settable int) (*message, error) {
	ours := prev.Author.ID == s.world.bot.ID
	if c, _, _ := s.world.channel(prev.ChannelID); ours && len(sent) > 0 && !s.may(c, permAttach) {
		return nil, s.forbidden(errNoPermission(), c, permAttach)
	}
	next := *prev
	edit := prev.ID != ""

	if v, ok := m["content"]; ok {
		next.Content = ""
		if v != nil {
			next.Content, _ = f.text(m, "content", 0, maxContent)
		}
	}
	if v, ok := m["embeds"]; ok {
		next.Embeds = nil
		if v != nil {
			next.Embeds = readEmbeds(f, m)
		}
	}
	if on, ok := f.flag(m, "tts"); ok && !edit {
		next.TTS = on
	}
	refuseUnsupported(f, m)
	composeFlags(f, m, &next, settable, edit)
	if err := s.composeFiles(f, m, &next, prev, sent); err != nil {
		return nil, err
	}
	s.composeComponents(f, m, &next)
	allowed := readAllowed(f, m)
	if next.Flags&flagV2 != 0 {
		for key, there := range map[string]bool{"content": next.Content != "", "embeds": len(next.Embeds) > 0} {
			if there {
				f.at(key).bad("MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
					"The %q field cannot be used when using MessageFlags.IS_COMPONENTS_V2", key)
			}
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if next.empty() {
		return nil, errEmpty()
	}
	next.Mentions = s.mentions(&next, allowed)
	if edit {
		next.edited(prev, s.now())
	}
	return &next, nil
}

// empty reports whether there is nothing to send. Buttons alone are nothing
// where the message is not made of components.
func (m *message) empty() bool {
	if m.Flags&flagV2 != 0 {
		return len(m.Components) == 0
	}
	return m.Content == "" && len(m.Embeds) == 0 && len(m.Attachments) == 0
}

func (m *message) edited(prev *message, now time.Time) {
	m.Edits++
	if prev.Flags&flagLoading != 0 {
		m.Flags &^= flagLoading // "thinking…" ends; that is no edit to people
		return
	}
	now = now.UTC()
	m.Edited = &now
}

// refuseUnsupported refuses what Discord has and this server has not, rather
// than to lose it.
func refuseUnsupported(f form, m object) {
	for _, key := range []string{"poll", "sticker_ids", "shared_client_theme"} {
		switch v := m[key].(type) {
		case nil:
		case []any:
			if len(v) > 0 {
				f.at(key).bad("UNSUPPORTED", "This stand-in has no %s", key)
			}
		default:
			f.at(key).bad("UNSUPPORTED", "This stand-in has no %s", key)
		}
	}
}

func composeFlags(f form, m object, next *message, settable int, edit bool) {
	flags, ok := f.number(m, "flags", 0, 1<<31-1)
	if !ok {
		return
	}
	if edit {
		// A client may send back what the message has already.
		flags &^= next.Flags &^ settable
	}
	if flags&^settable != 0 {
		f.at("flags").bad("MESSAGE_FLAGS_INVALID", "Only the flags %d can be set here", settable)
		return
	}
	if edit && next.Flags&flagV2 != 0 && flags&flagV2 == 0 {
		f.at("flags").bad("MESSAGE_CANNOT_REMOVE_COMPONENTS_V2_FLAG", "MessageFlags.IS_COMPONENTS_V2 cannot be removed")
		return
	}
	next.Flags = next.Flags&^settable | flags
}

// composeFiles finds out which attachments the message has: those it had, of
// which a list in an edit keeps only the named ones, and the new ones.
// Source: discord-api-docs, resources/message, edit message, attachments.
func (s *Server) composeFiles(f form, m object, next, prev *message, sent []upload) error {
	given, listed := f.list(m, "attachments", 0, 1000)
	if v, ok := m["attachments"]; ok && v == nil {
		listed = true // null removes all, as an empty list does
	}
	added := make([]Attachment, len(sent))
	for i, u := range sent {
		added[i] = Attachment{ID: u.file.ID, Filename: u.file.Filename}
	}
	kept := slices.Clone(prev.Attachments)
	if listed {
		kept = nil
	}
	for i, v := range given {
		g := f.at("attachments").item(i)
		o, ok := g.asObject(v)
		if !ok || !g.need(o, "id") {
			continue
		}
		id, ok := g.id(o, "id")
		if !ok {
			continue
		}
		name, _ := g.text(o, "filename", 0, 1024)
		description, described := g.text(o, "description", 0, maxDescription)
		if n := slices.IndexFunc(sent, func(u upload) bool { return strconv.Itoa(u.n) == id }); n >= 0 {
			added[n].Description = description
			sent[n].rename(name)
			added[n].Filename = sent[n].file.Filename
			continue
		}
		n := slices.IndexFunc(prev.Attachments, func(a Attachment) bool { return a.ID == id })
		if n < 0 {
			g.at("id").bad("ATTACHMENT_NOT_FOUND", "The attachment is not on this message, and no file was uploaded for it")
			continue
		}
		a := prev.Attachments[n]
		if described {
			a.Description = description
		}
		if !slices.ContainsFunc(kept, func(k Attachment) bool { return k.ID == id }) {
			kept = append(kept, a)
		}
	}
	next.Attachments = append(kept, added...)
	if len(next.Attachments) > maxFiles {
		return errTooManyAttachments()
	}
	return nil
}

// composeComponents reads new components, or checks that those which stay have
// the files that they show.
func (s *Server) composeComponents(f form, m object, next *message) {
	v, ok := m["components"]
	if !ok {
		if missing := next.missingFiles(); missing > 0 {
			f.at("attachments").bad("ATTACHMENT_IN_USE", "%d components of the message show an attachment that is removed", missing)
		}
		return
	}
	next.Components = nil
	if v == nil {
		return
	}
	if raw, ok := f.list(m, "components", 0, 1000); ok {
		next.Components = readComponents(f.at("components"), raw, next.Flags&flagV2 != 0, func(name string) (string, bool) {
			for _, a := range slices.Backward(next.Attachments) {
				if a.Filename == name {
					return a.ID, true
				}
			}
			return "", false
		})
	}
}

// missingFiles counts the media whose attachment is not on the message.
func (m *message) missingFiles() int {
	missing := 0
	check := func(media *Media) {
		if media != nil && media.AttachmentID != "" &&
			!slices.ContainsFunc(m.Attachments, func(a Attachment) bool { return a.ID == media.AttachmentID }) {
			missing++
		}
	}
	eachComponent(m.Components, func(c *Component) {
		check(c.Media)
		check(c.File)
		for i := range c.Items {
			check(&c.Items[i].Media)
		}
	})
	return missing
}

// readEmbeds checks the sizes of embeds and keeps them as they are.
func readEmbeds(f form, m object) []object {
	l, ok := f.list(m, "embeds", 0, maxEmbeds)
	if !ok {
		return nil
	}
	total := 0
	out := make([]object, 0, len(l))
	for i, v := range l {
		g := f.at("embeds").item(i)
		o, ok := g.asObject(v)
		if !ok {
			continue
		}
		read := func(g form, o object, key string, most int) {
			t, _ := g.text(o, key, 0, most)
			total += utf8.RuneCountInString(t)
		}
		read(g, o, "title", 256)
		read(g, o, "description", 4096)
		if a, ok := g.object(o, "author"); ok {
			read(g.at("author"), a, "name", 256)
		}
		if a, ok := g.object(o, "footer"); ok {
			read(g.at("footer"), a, "text", 2048)
		}
		g.number(o, "color", 0, maxColor)
		fields, _ := g.list(o, "fields", 0, 25)
		for j, v := range fields {
			h := g.at("fields").item(j)
			if field, ok := h.asObject(v); ok {
				h.need(field, "name")
				h.need(field, "value")
				read(h, field, "name", 256)
				read(h, field, "value", 1024)
				inline, _ := h.flag(field, "inline")
				field["inline"] = inline
			}
		}
		o["type"] = "rich"
		out = append(out, o)
	}
	if total > maxEmbedText {
		f.at("embeds").bad("MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of %d", maxEmbedText)
	}
	return out
}

// readNonce returns a nonce as it was sent, and as a key.
func readNonce(f form, m object) (sent json.RawMessage, key string) {
	switch v := m["nonce"].(type) {
	case nil:
		return nil, ""
	case string:
		f.at("nonce").length(utf8.RuneCountInString(v), 0, maxNonce)
		sent, _ = json.Marshal(v)
		return sent, v
	case json.Number:
		if _, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return json.RawMessage(v), v.String()
		}
	}
	f.at("nonce").bad("NONCE_TYPE_COERCE", "Must be a string or an int64.")
	return nil, ""
}

// rename takes the name that the payload gives an upload; the one of its part
// stands otherwise.
func (u *upload) rename(name string) {
	if name = strings.TrimSpace(name); name == "" {
		return
	}
	u.file.Filename, u.file.Given = safeName(name), name
	u.file.ContentType = contentType(name, u.file.ContentType)
}
