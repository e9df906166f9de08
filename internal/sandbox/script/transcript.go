package script

import (
	"fmt"
	"io"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/discord"
)

// Types of components that are shown in a way of their own.
// Source: discord-api-docs, components/reference.
const (
	typeRow         = 1
	typeButton      = 2
	typeSelect      = 3
	typeTextInput   = 4
	typeUsers       = 5
	typeRoles       = 6
	typeMentionable = 7
	typeChannels    = 8 // the last of the select menus, which begin with typeUsers, but for typeSelect
	typeThumbnail   = 11
	typeFile        = 13
	typeUpload      = 19
)

// transcript is what a play prints. The first error ends it.
type transcript struct {
	w       io.Writer
	untimed bool
	began   time.Time
	state   discord.State     // for the names
	shown   map[string]string // what was printed of a message, by its id
	err     error
}

func newTranscript(w io.Writer, untimed bool, box *sandbox.Sandbox) *transcript {
	return &transcript{w: w, untimed: untimed, began: time.Now(), state: box.Discord.State(), shown: map[string]string{}}
}

// write prints a text without what would make a terminal do something, or show
// it in another order.
func (t *transcript) write(text string) {
	if t.err != nil {
		return
	}
	_, t.err = io.WriteString(t.w, strings.Map(func(r rune) rune {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Bidi_Control) {
			return -1
		}
		return r
	}, text))
}

// line prints what happens, with its time.
func (t *transcript) line(format string, args ...any) {
	if !t.untimed {
		t.write(fmt.Sprintf("%7.1fs  ", time.Since(t.began).Seconds()))
	}
	t.write(fmt.Sprintf(format, args...) + "\n")
}

// body prints what belongs to the line before.
func (t *transcript) body(lines []string) {
	indent := strings.Repeat(" ", 14)
	if t.untimed {
		indent = "    "
	}
	for _, l := range lines {
		t.write(indent + l + "\n")
	}
}

// message prints a message, unless it was printed just so before.
func (t *transcript) message(m discord.Message, what string, args ...any) {
	lines := t.flat(m)
	text := strings.Join(lines, "\n")
	if before, ok := t.shown[m.ID]; ok && before == text {
		return
	}
	t.shown[m.ID] = text
	t.line(what, args...)
	t.body(lines)
}

// flat is what a message shows, line by line.
func (t *transcript) flat(m discord.Message) []string {
	var out []string
	out = t.text(out, m.Content)
	out = t.components(out, m.Components)
	if len(m.Components) == 0 {
		for _, a := range m.Attachments {
			out = append(out, media(discord.Media{URL: a.URL, ContentType: a.ContentType}, a.Description, false))
		}
	}
	if len(out) == 0 {
		out = []string{"(empty)"}
	}
	return out
}

func (t *transcript) components(out []string, all []discord.Component) []string {
	var buttons []string
	for _, c := range all {
		switch {
		case c.Type == typeButton:
			buttons = append(buttons, button(c))
			continue
		case c.Type >= typeSelect && c.Type <= typeChannels && c.Type != typeTextInput:
			out = append(out, "["+name(c)+": "+list(t.offers(c))+"]")
		case c.Type == typeThumbnail && c.Media != nil:
			out = append(out, media(*c.Media, c.Description, c.Spoiler))
		case c.Type == typeFile && c.File != nil:
			out = append(out, media(*c.File, c.Description, c.Spoiler))
		}
		out = t.text(out, c.Content)
		for _, i := range c.Items {
			out = append(out, media(i.Media, i.Description, i.Spoiler))
		}
		out = t.components(out, c.Components)
		if c.Accessory != nil {
			out = t.components(out, []discord.Component{*c.Accessory})
		}
	}
	if len(buttons) > 0 {
		out = append(out, strings.Join(buttons, " "))
	}
	return out
}

// face is what stands on a button.
func face(c discord.Component) string {
	if c.Emoji == nil {
		return c.Label
	}
	return strings.TrimSpace(c.Emoji.Name + " " + c.Label)
}

// button is a button as it is printed.
func button(c discord.Component) string {
	text := face(c)
	if c.Disabled {
		text += ", off"
	}
	return "[" + text + "]"
}

// name is what a person would call a menu or a field.
func name(c discord.Component) string {
	if c.Placeholder != "" {
		return c.Placeholder
	}
	return "choose"
}

func options(c discord.Component) []string {
	names := []string{}
	for _, o := range c.Options {
		names = append(names, o.Label)
	}
	return names
}

// offers are the choices of a menu as they are printed: a tick is behind those that
// are chosen. Of a menu that Discord fills these are all that is said.
func (t *transcript) offers(c discord.Component) []string {
	const chosen = " ✓"
	names := []string{}
	for _, o := range c.Options {
		if o.Default {
			o.Label += chosen
		}
		names = append(names, o.Label)
	}
	for _, d := range c.DefaultValues {
		mark := map[string]string{"role": "<@&%s>", "channel": "<#%s>", "user": "<@%s>"}[d.Type]
		names = append(names, t.plain(fmt.Sprintf(mark, d.ID))+chosen)
	}
	return names
}

// media names a picture, a video or a file by its file's name, and says where a
// spoiler hides it.
func media(m discord.Media, alt string, hidden bool) string {
	file := "?"
	if u, err := url.Parse(m.URL); err == nil {
		file = path.Base(u.Path)
	}
	kind, _, _ := strings.Cut(m.ContentType, "/")
	switch {
	case kind == "video", path.Ext(file) == ".mp4":
		kind = "video"
	case kind == "image", slices.Contains([]string{".jpg", ".jpeg", ".png", ".webp", ".gif"}, strings.ToLower(path.Ext(file))):
		kind = "picture"
	default:
		kind = "file"
	}
	if hidden {
		kind = "hidden " + kind
	}
	if alt != "" {
		return fmt.Sprintf("(%s %s: %s)", kind, file, strings.Join(strings.Fields(alt), " "))
	}
	return fmt.Sprintf("(%s %s)", kind, file)
}

// Discord's markup, as far as it would hide what a message says.
var (
	mention   = regexp.MustCompile(`<(@[!&]?|#)(\d{1,20})>`)
	timestamp = regexp.MustCompile(`<t:(\d{1,12})(?::[a-zA-Z])?>`)
	link      = regexp.MustCompile(`\[([^\]\n]+)\]\(https?://[^)\s]*\)`)
	heading   = regexp.MustCompile(`^(?:#{1,3} |-# )`)
)

// text adds a text in lines, without markup.
func (t *transcript) text(out []string, text string) []string {
	for line := range strings.Lines(text) {
		if line = t.plain(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// plain is a line as it reads in the chat: names in place of ids, and times by
// the clock.
func (t *transcript) plain(line string) string {
	line = heading.ReplaceAllString(strings.TrimSpace(line), "")
	line = link.ReplaceAllString(line, "$1")
	line = strings.ReplaceAll(line, "**", "")
	line = timestamp.ReplaceAllStringFunc(line, func(s string) string {
		n, err := strconv.ParseInt(timestamp.FindStringSubmatch(s)[1], 10, 64)
		if err != nil {
			return s
		}
		return time.Unix(n, 0).UTC().Format("15:04:05 UTC")
	})
	return mention.ReplaceAllStringFunc(line, func(s string) string {
		m := mention.FindStringSubmatch(s)
		switch m[1] {
		case "#":
			return "#" + t.place(m[2])
		case "@&":
			return "@" + t.role(m[2])
		}
		return "@" + t.person(m[2])
	})
}

// person is what somebody is called.
func (t *transcript) person(id string) string {
	for _, u := range append(t.state.Users, t.state.Application) {
		if u.ID == id {
			return u.GlobalName
		}
	}
	return id
}

// role is what a role is called.
func (t *transcript) role(id string) string {
	for _, g := range t.state.Guilds {
		for _, r := range append(g.Roles, discord.Role{ID: g.ID, Name: "everyone"}) {
			if r.ID == id {
				return r.Name
			}
		}
	}
	return id
}

// place is what a channel is called.
func (t *transcript) place(id string) string {
	for _, g := range t.state.Guilds {
		for _, c := range g.Channels {
			if c.ID == id {
				return c.Name
			}
		}
	}
	for _, c := range t.state.Direct {
		if c.ID == id && c.Recipient != "" {
			return "direct"
		}
	}
	return "private"
}

// dialog prints a modal that opens.
func (t *transcript) dialog(m discord.Modal, who string) {
	t.line("a dialog opens for %s: %s", who, m.Title)
	var lines []string
	for _, c := range m.Components {
		lines = t.text(lines, c.Content)
		for _, f := range fields([]discord.Component{c}) {
			text := f.label + ": "
			switch {
			case f.Type == typeUpload:
				text += "(a file)"
			case f.Type != typeTextInput:
				text += list(t.offers(f.Component))
			case f.Value != "":
				text += strconv.Quote(f.Value)
			default:
				text += "…"
			}
			lines = append(lines, text)
		}
	}
	t.body(lines)
}
