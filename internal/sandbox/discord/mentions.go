package discord

import (
	"regexp"
	"slices"
	"strings"
)

// maxMentioned is how many users or roles allowed_mentions may list.
const maxMentioned = 100

// allowed is a request's allowed_mentions.
// Source: discord-api-docs, resources/message, allowed mentions object.
type allowed struct {
	users, roles, everyone bool // parse
	listed                 []string
	replied                bool
}

// readAllowed reads allowed_mentions. Without it everything is parsed.
func readAllowed(f form, m object) allowed {
	o, ok := f.object(m, "allowed_mentions")
	if !ok {
		return allowed{users: true, roles: true, everyone: true, replied: true}
	}
	f = f.at("allowed_mentions")
	var a allowed
	parse, _ := f.list(o, "parse", 0, 3)
	for i, v := range parse {
		switch v {
		case "users":
			a.users = true
		case "roles":
			a.roles = true
		case "everyone":
			a.everyone = true
		default:
			f.at("parse").item(i).bad("BASE_TYPE_CHOICES", "Value must be one of ('users', 'everyone', 'roles').")
		}
	}
	for _, kind := range []struct {
		key, prefix string
		parsed      bool
	}{{"users", "", a.users}, {"roles", "&", a.roles}} {
		l, _ := f.list(o, kind.key, 0, maxMentioned)
		if len(l) > 0 && kind.parsed {
			f.at("parse").bad("MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", "parse:[%q] and %s: [ids...] are mutually exclusive.", kind.key, kind.key)
		}
		for i, v := range l {
			id := idText(v)
			if id == "" {
				f.at(kind.key).item(i).bad("NUMBER_TYPE_COERCE", "Value %q is not snowflake.", kindOf(v))
				continue
			}
			a.listed = append(a.listed, kind.prefix+id)
		}
	}
	a.replied, _ = f.flag(o, "replied_user")
	return a
}

// mentioned matches what Discord's client shows as a mention.
// Source: discord-api-docs, reference, message formatting.
var mentioned = regexp.MustCompile(`<@!?(\d{1,20})>|<@(&\d{1,20})>|(@everyone|@here)`)

// mentions returns whom a message mentions: what stands in its text, as far as
// allowed_mentions lets it, and the author of the message that it answers.
func (s *Server) mentions(m *message, a allowed) []string {
	var text strings.Builder
	text.WriteString(m.Content)
	eachComponent(m.Components, func(c *Component) {
		if c.Type == typeText {
			text.WriteString("\n" + c.Content)
		}
	})
	found := []string{}
	for _, g := range mentioned.FindAllStringSubmatch(text.String(), -1) {
		user, role, all := g[1], g[2], g[3]
		switch {
		case user != "":
			if _, known := s.world.user(user); known && (a.users || slices.Contains(a.listed, user)) {
				found = append(found, user)
			}
		case role != "":
			if a.roles || slices.Contains(a.listed, role) {
				found = append(found, role)
			}
		case a.everyone:
			found = append(found, all)
		}
	}
	if m.ReplyTo != "" && a.replied && m.Type == typeReply && m.InteractionID == "" {
		if to := s.history.byID[m.ReplyTo]; to != nil {
			found = append(found, to.Author.ID)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
