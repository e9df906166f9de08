package discord

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Types of components.
// Source: discord-api-docs, components/reference.
const (
	typeRow         = 1
	typeButton      = 2
	typeSelect      = 3 // of strings
	typeTextInput   = 4
	typeUserSelect  = 5
	typeRoleSelect  = 6
	typeMentionable = 7
	typeChannels    = 8
	typeSection     = 9
	typeText        = 10
	typeThumbnail   = 11
	typeGallery     = 12
	typeFile        = 13
	typeSeparator   = 14
	typeContainer   = 17
	typeLabel       = 18
	typeUpload      = 19
)

const (
	styleLink    = 5
	stylePremium = 6
)

// Limits of components.
// Source: discord-api-docs, components/reference.
const (
	maxComponents  = 40
	maxText        = 4000 // of all Text Displays of a message
	maxRow         = 5
	maxRows        = 5 // without Components V2
	maxLabel       = 80
	maxCustomID    = 100
	maxPlaceholder = 150
	maxChoices     = 25
	maxGallery     = 10
	maxDescription = 1024
	maxSection     = 3
	maxColor       = 0xFFFFFF
	maxURL         = 2048
	maxButtonURL   = 512
)

// attachmentScheme begins a reference to a file of the same message.
const attachmentScheme = "attachment://"

// reader reads the components of one message or modal and keeps what must hold
// for them together.
type reader struct {
	files     func(name string) (id string, ok bool)
	count     int
	text      int
	customIDs map[string]bool
	ids       map[int]bool
}

func newReader(files func(string) (string, bool)) *reader {
	return &reader{files: files, customIDs: map[string]bool{}, ids: map[int]bool{}}
}

// readComponents reads a message's components. v2 says whether the message
// has the flag IS_COMPONENTS_V2; files finds an attachment by its name.
func readComponents(f form, raw []any, v2 bool, files func(string) (string, bool)) []Component {
	r := newReader(files)
	var out []Component
	if v2 {
		f.length(len(raw), 0, maxComponents)
		out = r.list(f, raw, typeRow, typeSection, typeText, typeGallery, typeFile, typeSeparator, typeContainer)
	} else {
		f.length(len(raw), 0, maxRows)
		out = r.list(f, raw, typeRow)
	}
	if r.count > maxComponents {
		f.bad("COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", "The total number of components must be %d or fewer.", maxComponents)
	}
	if r.text > maxText {
		f.bad("COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", "The total displayable text size must be %d or fewer.", maxText)
	}
	if !f.failed() {
		r.number(out)
	}
	return out
}

// list reads components of the types that are allowed here.
func (r *reader) list(f form, raw []any, types ...int) []Component {
	out := make([]Component, 0, min(len(raw), maxComponents))
	for i, v := range raw {
		if r.count > maxComponents {
			break // it is refused already; the rest is not worth reading
		}
		if c, ok := r.one(f.item(i), v, types...); ok {
			out = append(out, c)
		}
	}
	return out
}

func (r *reader) one(f form, raw any, types ...int) (Component, bool) {
	m, ok := f.asObject(raw)
	if !ok {
		return Component{}, false
	}
	r.count++
	if !f.need(m, "type") {
		return Component{}, false
	}
	t, ok := f.number(m, "type", 1, 1000)
	if !ok {
		return Component{}, false
	}
	if !slices.Contains(types, t) {
		f.at("type").bad("COMPONENT_TYPE_INVALID", "The specified component type is invalid in this context")
		return Component{}, false
	}
	c := Component{Type: t}
	if id, ok := f.number(m, "id", 0, 1<<31-1); ok && id != 0 {
		if r.ids[id] {
			f.at("id").bad("COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
		}
		r.ids[id], c.ID = true, id
	}
	switch t {
	case typeRow:
		r.row(f, m, &c)
	case typeButton:
		r.button(f, m, &c)
	case typeSelect, typeUserSelect, typeRoleSelect, typeMentionable, typeChannels:
		r.menu(f, m, &c)
	case typeTextInput:
		r.textInput(f, m, &c)
	case typeSection:
		r.section(f, m, &c)
	case typeText:
		c.Content = f.needText(m, "content", 1, maxText)
		r.text += utf8.RuneCountInString(c.Content)
	case typeThumbnail:
		c.Media = r.media(f, m, "media", false)
		c.Description, _ = f.text(m, "description", 1, maxDescription)
		c.Spoiler, _ = f.flag(m, "spoiler")
	case typeGallery:
		r.gallery(f, m, &c)
	case typeFile:
		c.File = r.media(f, m, "file", true)
		c.Spoiler, _ = f.flag(m, "spoiler")
	case typeSeparator:
		if on, ok := f.flag(m, "divider"); ok {
			c.Divider = &on
		}
		c.Spacing, _ = f.choice(m, "spacing", 1, 2)
	case typeContainer:
		if color, ok := f.number(m, "accent_color", 0, maxColor); ok {
			c.AccentColor = &color
		}
		c.Spoiler, _ = f.flag(m, "spoiler")
		if l, ok := r.children(f, m, 1, maxComponents); ok {
			c.Components = r.list(f.at("components"), l, typeRow, typeSection, typeText, typeGallery, typeFile, typeSeparator)
		}
	case typeLabel:
		r.label(f, m, &c)
	case typeUpload:
		r.upload(f, m, &c)
	}
	return c, true
}

func (r *reader) children(f form, m object, least, most int) ([]any, bool) {
	if !f.need(m, "components") {
		return nil, false
	}
	return f.list(m, "components", least, most)
}

func (r *reader) row(f form, m object, c *Component) {
	l, ok := r.children(f, m, 1, maxRow)
	if !ok {
		return
	}
	c.Components = r.list(f.at("components"), l, typeButton, typeSelect, typeUserSelect, typeRoleSelect, typeMentionable, typeChannels)
	for _, k := range c.Components {
		if k.Type != typeButton && len(c.Components) > 1 {
			f.at("components").bad("COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The maximum width of a row is one select menu or five buttons")
			return
		}
	}
}

func (r *reader) customID(f form, m object) string {
	id := f.needText(m, "custom_id", 1, maxCustomID)
	if id != "" && r.customIDs[id] {
		f.at("custom_id").bad("COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
	}
	r.customIDs[id] = true
	return id
}

func (r *reader) button(f form, m object, c *Component) {
	if f.need(m, "style") {
		c.Style, _ = f.choice(m, "style", 1, 2, 3, 4, styleLink, stylePremium)
	}
	c.Label, _ = f.text(m, "label", 0, maxLabel)
	c.Emoji = readEmoji(f, m)
	c.Disabled, _ = f.flag(m, "disabled")
	link, hasURL := f.text(m, "url", 1, maxButtonURL)
	_, hasID := m["custom_id"].(string)
	switch c.Style {
	case styleLink:
		if !hasURL {
			f.at("url").bad("BUTTON_COMPONENT_URL_REQUIRED", "A url is required")
		} else if checkURL(f.at("url"), link, "http", "https", "discord") {
			c.URL = link
		}
		if hasID {
			f.at("custom_id").bad("BUTTON_COMPONENT_CUSTOM_ID_AND_URL_EXCLUSIVE", "A custom id and url cannot both be specified")
		}
	case stylePremium:
		f.at("sku_id").bad("BUTTON_COMPONENT_INVALID_SKU_ID", "Invalid SKU id")
	default:
		if hasURL {
			f.at("url").bad("BUTTON_COMPONENT_CUSTOM_ID_AND_URL_EXCLUSIVE", "A custom id and url cannot both be specified")
		}
		c.CustomID = r.customID(f, m)
	}
	if c.Style != stylePremium && c.Label == "" && c.Emoji == nil {
		f.bad("BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A button must have a label or an emoji")
	}
}

func readEmoji(f form, m object) *Emoji {
	o, ok := f.object(m, "emoji")
	if !ok {
		return nil
	}
	f = f.at("emoji")
	e := &Emoji{}
	e.ID, _ = f.id(o, "id")
	e.Name, _ = f.text(o, "name", 0, 32)
	e.Animated, _ = f.flag(o, "animated")
	if e.ID == "" && e.Name == "" {
		f.bad("BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji")
		return nil
	}
	return e
}

func (r *reader) section(f form, m object, c *Component) {
	if l, ok := r.children(f, m, 1, maxSection); ok {
		c.Components = r.list(f.at("components"), l, typeText)
	}
	if !f.need(m, "accessory") {
		return
	}
	if a, ok := r.one(f.at("accessory"), m["accessory"], typeButton, typeThumbnail); ok {
		c.Accessory = &a
	}
}

func (r *reader) gallery(f form, m object, c *Component) {
	if !f.need(m, "items") {
		return
	}
	l, ok := f.list(m, "items", 1, maxGallery)
	if !ok {
		return
	}
	for i, v := range l {
		g := f.at("items").item(i)
		o, ok := g.asObject(v)
		if !ok {
			continue
		}
		item := GalleryItem{}
		if media := r.media(g, o, "media", false); media != nil {
			item.Media = *media
		}
		item.Description, _ = g.text(o, "description", 1, maxDescription)
		item.Spoiler, _ = g.flag(o, "spoiler")
		c.Items = append(c.Items, item)
	}
}

// media reads an unfurled media item. A File component's must be a reference
// to a file of the message.
func (r *reader) media(f form, m object, key string, own bool) *Media {
	if !f.need(m, key) {
		return nil
	}
	o, ok := f.object(m, key)
	if !ok {
		return nil
	}
	g := f.at(key)
	link := g.needText(o, "url", 1, maxURL)
	if link == "" {
		return nil
	}
	g = g.at("url")
	if name, ok := strings.CutPrefix(link, attachmentScheme); ok {
		id, ok := r.files(name)
		if !ok {
			g.bad("UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", "The referenced attachment was not found in the message")
			return nil
		}
		return &Media{AttachmentID: id}
	}
	if own {
		g.bad("UNFURLED_MEDIA_ITEM_ATTACHMENT_REQUIRED", "Only an %s reference may be used here", attachmentScheme)
		return nil
	}
	if !checkURL(g, link, "http", "https") {
		return nil
	}
	return &Media{URL: link}
}

func checkURL(f form, link string, schemes ...string) bool {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" {
		f.bad("URL_TYPE_INVALID_URL", "Not a well formed URL.")
		return false
	}
	if !slices.Contains(schemes, strings.ToLower(u.Scheme)) {
		f.bad("URL_TYPE_INVALID_SCHEME", "The scheme is not supported. Scheme must be one of %v.", schemes)
		return false
	}
	return true
}
