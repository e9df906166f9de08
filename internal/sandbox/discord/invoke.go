package discord

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Types of options.
// Source: discord-api-docs, interactions/application-commands.
const (
	optionSubcommand  = 1
	optionGroup       = 2
	optionString      = 3
	optionInteger     = 4
	optionBoolean     = 5
	optionUser        = 6
	optionChannel     = 7
	optionRole        = 8
	optionMentionable = 9
	optionNumber      = 10
	optionAttachment  = 11
)

// Types of commands that people can use here.
// Source: discord-api-docs, interactions/application-commands.
const (
	typed      = 1 // CHAT_INPUT
	ofMessages = 3 // MESSAGE
)

// maxSafe is the largest whole number that an option takes.
const maxSafe = 1<<53 - 1

// Invoke has a person type a command and returns what they see first: it
// waits for the bot's first response, Limits.Ack at most.
func (s *Server) Invoke(ctx context.Context, i Invocation) (Outcome, error) {
	in, err := s.invoke(kindCommand, i)
	return s.await(ctx, in, err)
}

// Autocomplete has a person type in the option i.Focused.
func (s *Server) Autocomplete(ctx context.Context, i Invocation) (Outcome, error) {
	in, err := s.invoke(kindAutocomplete, i)
	return s.await(ctx, in, err)
}

func (s *Server) invoke(kind int, i Invocation) (*interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i.Target != "" {
		return s.take(kind, i)
	}
	p, c, g, err := s.actor(i.User, i.Channel)
	if err != nil {
		return nil, err
	}
	words := strings.Fields(i.Command)
	if len(words) == 0 {
		return nil, unknown("command %q", i.Command)
	}
	at := scene{person: p, channel: c, guild: g}
	cmd, err := s.findCommand(&at, typed, words[0])
	if err != nil {
		return nil, err
	}
	path, options, err := descend(cmd, words[1:])
	if err != nil {
		return nil, err
	}
	t := typing{s: s, guild: g, options: options, given: i.Options}
	if kind == kindAutocomplete {
		t.focused = i.Focused
	}
	list, err := t.read(kind)
	if err != nil {
		return nil, err
	}
	for _, sub := range slices.Backward(path) {
		list = []object{{"name": sub.Name, "type": sub.Type, "options": list}}
	}
	data := cmd.data()
	if len(list) > 0 {
		data["options"] = list
	}
	if len(t.uploads)+len(t.things) > 0 {
		data["resolved"] = s.resolve(c, g, t.uploads, t.things)
	}
	return s.start(kind, at, data, func(in *interaction, _ object) {
		in.Command = i.Command
		in.Numbers = t.numbers
	})
}

// take has a person take a command from a message's menu: the bot gets the
// whole message, whatever its intents. mu is held.
// Source: discord-api-docs, interactions/application-commands, message commands.
func (s *Server) take(kind int, i Invocation) (*interaction, error) {
	m := s.history.byID[i.Target]
	if m == nil || m.OnlyFor != "" && m.OnlyFor != i.User || i.Channel != "" && i.Channel != m.ChannelID {
		return nil, unknown("message %q", i.Target)
	}
	p, c, g, err := s.actor(i.User, m.ChannelID)
	if err != nil {
		return nil, err
	}
	if kind != kindCommand || len(i.Options) > 0 || i.Focused != "" {
		return nil, invalid("a message command has no options")
	}
	at := scene{person: p, channel: c, guild: g}
	cmd, err := s.findCommand(&at, ofMessages, i.Command)
	if err != nil {
		return nil, err
	}
	data := cmd.data()
	data["target_id"] = m.ID
	data["resolved"] = object{"messages": object{m.ID: s.wholeJSON(m)}}
	return s.start(kind, at, data, func(in *interaction, _ object) {
		in.Command, in.Menu = cmd.Name, true
		in.Metadata["target_message_id"] = m.ID
	})
}

// findCommand returns a command of a type that is offered to somebody in a
// channel, the guild's own before a global one, and sets who owns its use
// there. mu is held.
func (s *Server) findCommand(at *scene, kind int, name string) (*command, error) {
	c := at.channel
	if !s.can(at.person, c, at.guild, permAppCommands) {
		return nil, invalid("the person may not use commands here")
	}
	for _, scope := range []string{c.GuildID, ""} {
		for _, cmd := range s.commands[scope] {
			if cmd.Type != kind || cmd.Name != name || !slices.Contains(cmd.contexts(), c.context()) ||
				!s.uses(cmd, at.person, c, at.guild) {
				continue
			}
			if at.owners = s.owners(c, at.person.ID, cmd.installs()); len(at.owners) > 0 {
				return cmd, nil
			}
		}
	}
	return nil, unknown("command %q", name)
}

// data is what every use of a command begins with.
func (c *command) data() object {
	o := object{"id": c.ID, "name": c.Name, "type": c.Type}
	if c.GuildID != "" {
		o["guild_id"] = c.GuildID
	}
	return o
}

// descend follows the words behind a command's name through its groups and
// subcommands, and returns the options there.
func descend(c *command, words []string) (path []Option, options []Option, err error) {
	options = c.Options
	for {
		nested := len(options) > 0 && options[0].Type <= optionGroup
		switch {
		case !nested && len(words) == 0:
			return path, options, nil
		case !nested || len(words) == 0:
			return nil, nil, unknown("command: it has subcommands, and one of them must be named")
		}
		i := slices.IndexFunc(options, func(o Option) bool { return o.Name == words[0] && o.Type <= optionGroup })
		if i < 0 {
			return nil, nil, unknown("subcommand %q", words[0])
		}
		path = append(path, options[i])
		options, words = options[i].Options, words[1:]
	}
}

// typing checks what a person fills in, as Discord's client does.
type typing struct {
	s       *Server
	guild   guild
	options []Option
	given   []GivenValue
	focused string

	numbers bool // the focused option is a number
	uploads []string
	things  []string // ids of users, roles and channels
}

func (t *typing) read(kind int) ([]object, error) {
	list := []object{}
	seen := map[string]bool{}
	for _, v := range t.given {
		i := slices.IndexFunc(t.options, func(o Option) bool { return o.Name == v.Name })
		if i < 0 {
			return nil, invalid("the command has no option %q", v.Name)
		}
		if seen[v.Name] {
			return nil, invalid("the option %q is given twice", v.Name)
		}
		seen[v.Name] = true
		o := t.options[i]
		if kind == kindAutocomplete && v.Name == t.focused {
			continue
		}
		value, err := t.value(o, v.Value)
		if err != nil {
			return nil, err
		}
		list = append(list, object{"name": o.Name, "type": o.Type, "value": value})
	}
	if kind == kindAutocomplete {
		return t.focus(list)
	}
	for _, o := range t.options {
		if o.Required && !seen[o.Name] {
			return nil, invalid("the option %q is required", o.Name)
		}
	}
	return list, nil
}

// focus adds the option that is being typed, whatever is in it so far.
func (t *typing) focus(list []object) ([]object, error) {
	i := slices.IndexFunc(t.options, func(o Option) bool { return o.Name == t.focused })
	if i < 0 || !t.options[i].Autocomplete {
		return nil, invalid("the option %q does not autocomplete", t.focused)
	}
	o := t.options[i]
	typed := ""
	for _, v := range t.given {
		if v.Name == t.focused {
			switch v := v.Value.(type) {
			case string:
				typed = v
			case float64:
				typed = strconv.FormatFloat(v, 'f', -1, 64)
			default:
				return nil, invalid("the option %q is typed as text", t.focused)
			}
		}
	}
	if utf8.RuneCountInString(typed) > maxOptionText {
		return nil, invalid("the option %q is too long", t.focused)
	}
	t.numbers = o.Type != optionString
	return append(list, object{"name": o.Name, "type": o.Type, "value": typed, "focused": true}), nil
}

func (t *typing) value(o Option, v any) (any, error) {
	bad := func(what string) (any, error) { return nil, invalid("the option %q %s", o.Name, what) }
	switch o.Type {
	case optionString:
		text, ok := v.(string)
		n := utf8.RuneCountInString(text)
		least, most := 1, maxOptionText
		if o.MinLength != nil {
			least = max(1, *o.MinLength)
		}
		if o.MaxLength != nil {
			most = *o.MaxLength
		}
		if !ok || n < least || n > most {
			return bad("is a text of " + strconv.Itoa(least) + " to " + strconv.Itoa(most) + " characters")
		}
		if !o.offers(text) {
			return bad("has no such choice")
		}
		return text, nil
	case optionInteger, optionNumber:
		x, ok := v.(float64)
		if !ok || math.IsNaN(x) || math.Abs(x) > maxSafe || o.Type == optionInteger && x != math.Trunc(x) {
			return bad("is a number")
		}
		if o.MinValue != nil && x < *o.MinValue || o.MaxValue != nil && x > *o.MaxValue {
			return bad("is out of its range")
		}
		if !o.offers(x) {
			return bad("has no such choice")
		}
		if o.Type == optionInteger {
			return int64(x), nil
		}
		return x, nil
	case optionBoolean:
		if _, ok := v.(bool); !ok {
			return bad("is true or false")
		}
		return v, nil
	case optionAttachment:
		id, _ := v.(string)
		if f := t.s.uploaded(id); f == nil {
			return nil, unknown("upload %q", id)
		} else if !ofType(f.Filename, o.FileTypes) {
			return bad("does not take such a file")
		}
		t.uploads = append(t.uploads, id)
		return id, nil
	}
	id, _ := v.(string)
	kind := map[int]int{optionUser: typeUserSelect, optionChannel: typeChannels, optionRole: typeRoleSelect, optionMentionable: typeMentionable}[o.Type]
	if !t.s.selectable(Component{Type: kind, ChannelTypes: o.ChannelTypes}, id, t.guild) {
		return nil, unknown("%q", id)
	}
	t.things = append(t.things, id)
	return id, nil
}

// offers reports whether a value is one of the choices, where there are some.
func (o Option) offers(v any) bool {
	return len(o.Choices) == 0 || slices.ContainsFunc(o.Choices, func(c OptionChoice) bool { return c.Value == v })
}
