package discord

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of commands.
// Source: discord-api-docs, interactions/application-commands.
const (
	maxSlash       = 100 // slash commands of a scope
	maxMenus       = 15  // user commands, and message commands, of a scope
	maxName        = 32
	maxHint        = 100
	maxOptions     = 25
	maxChoiceName  = 100
	maxChoiceValue = 100
	maxOptionText  = 6000
	maxCommand     = 8000 // characters of one command in all
)

// commandName matches the names of slash commands and their options; they must be in
// lower case besides, where their script has one.
var commandName = regexp.MustCompile(`^[-_'\p{L}\p{N}\p{Devanagari}\p{Thai}]{1,32}$`)

// locales are those that a localization may be for.
// Source: discord-api-docs, reference, locales.
const locales = " ar bg cs da de el en-GB en-US es-419 es-ES fi fr he hi hr hu id it ja ko lt nl no pl pt-BR ro ru sv-SE th tr uk vi zh-CN zh-TW "

// readCommands reads the body that replaces all commands of a scope.
func readCommands(f form, raw []any, global bool) []*command {
	count := map[int]int{}
	seen := map[string]bool{}
	out := make([]*command, 0, min(len(raw), maxSlash))
	if !f.length(len(raw), 0, maxSlash+2*maxMenus) {
		return nil
	}
	for i, v := range raw {
		g := f.item(i)
		o, ok := g.asObject(v)
		if !ok {
			continue
		}
		c := readCommand(g, o, global)
		if count[c.Type]++; count[c.Type] > mostCommands(c.Type) {
			g.bad("APPLICATION_COMMANDS_MAX_EXCEEDED", "At most %d commands of this type", mostCommands(c.Type))
		}
		key := fmt.Sprint(c.Type, " ", c.Name)
		if seen[key] {
			g.at("name").bad("APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
		}
		seen[key] = true
		out = append(out, c)
	}
	return out
}

// mostCommands is how many commands of a type a scope takes.
func mostCommands(kind int) int {
	if kind == typed {
		return maxSlash
	}
	return maxMenus
}

func readCommand(f form, m object, global bool) *command {
	c := &command{Command: Command{Type: 1}}
	if t, ok := f.choice(m, "type", 1, 2, 3); ok {
		c.Type = t
	}
	check := checkName
	if c.Type != 1 {
		check = nil // the names of menu entries are free
	}
	c.Name = f.needText(m, "name", 1, maxName)
	if check != nil {
		check(f.at("name"), c.Name)
	}
	c.NameLocalizations = readLocalized(f, m, "name_localizations", 1, maxName, check)
	if c.Type == 1 {
		c.Description = f.needText(m, "description", 1, maxHint)
		c.DescriptionLocalizations = readLocalized(f, m, "description_localizations", 1, maxHint, nil)
		c.Options = readOptions(f, m, 0)
	} else {
		for _, key := range []string{"description", "options"} {
			if v, ok := m[key]; ok && v != nil && v != "" {
				f.at(key).bad("APPLICATION_COMMAND_CONTEXT_MENU_FIELD_INVALID", "Context menu commands have no %s", key)
			}
		}
	}
	if v, ok := m["default_member_permissions"]; ok && v != nil {
		if p := idText(v); p != "" {
			c.Permissions = &p
		} else {
			f.at("default_member_permissions").bad("BITFIELD_INVALID", "Must be a bit set as a string")
		}
	}
	c.NSFW, _ = f.flag(m, "nsfw")
	f.flag(m, "dm_permission")
	c.Contexts = readPlaces(f, m, "contexts", 2, global)
	c.IntegrationTypes = readPlaces(f, m, "integration_types", 1, global)
	if n := c.size(); n > maxCommand {
		f.bad("APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (%d)", maxCommand)
	}
	return c
}

// readPlaces reads contexts or integration_types, which only global commands
// have.
func readPlaces(f form, m object, key string, most int64, global bool) []int {
	l, ok := f.list(m, key, 1, int(most)+1)
	if !ok {
		return nil
	}
	if !global {
		f.at(key).bad("APPLICATION_COMMAND_GUILD_FIELD_INVALID", "Guild commands have no %s", key)
		return nil
	}
	var out []int
	for i, v := range l {
		n, ok := whole(v)
		if !ok || n < 0 || n > most || slices.Contains(out, int(n)) {
			f.at(key).item(i).bad("BASE_TYPE_CHOICES", "Value must be one of 0 to %d, once each.", most)
			continue
		}
		out = append(out, int(n))
	}
	return out
}

func checkName(f form, s string) {
	if s != "" && (!commandName.MatchString(s) || strings.ToLower(s) != s) {
		f.bad("APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
	}
}

// readLocalized reads a dictionary by locales. check, if not nil, sees every
// value.
func readLocalized(f form, m object, key string, least, most int, check func(form, string)) map[string]string {
	o, ok := f.object(m, key)
	if !ok {
		return nil
	}
	out := map[string]string{}
	g := f.at(key)
	for locale, v := range o {
		if !strings.Contains(locales, " "+locale+" ") {
			g.at(locale).bad("DICT_TYPE_KEY_INVALID", "This is no locale that Discord knows")
			continue
		}
		if v == nil {
			continue
		}
		if text, ok := g.text(o, locale, least, most); ok {
			if check != nil {
				check(g.at(locale), text)
			}
			out[locale] = text
		}
	}
	return out
}

// readOptions reads the options of a command (depth 0), of a group or a
// subcommand.
func readOptions(f form, m object, depth int) []Option {
	l, ok := f.list(m, "options", 0, maxOptions)
	if !ok {
		return nil
	}
	var out []Option
	seen := map[string]bool{}
	optional := false
	for i, v := range l {
		g := f.at("options").item(i)
		o, ok := g.asObject(v)
		if !ok {
			continue
		}
		p := readOption(g, o, depth)
		if seen[p.Name] {
			g.at("name").bad("APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option names must be unique")
		}
		seen[p.Name] = true
		if p.Required && optional {
			g.bad("APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options must be placed before non-required options")
		}
		optional = optional || !p.Required
		if len(out) > 0 && (p.Type <= optionGroup) != (out[0].Type <= optionGroup) {
			g.at("type").bad("APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command and sub-command group option types are mutually exclusive to all other types")
		}
		out = append(out, p)
	}
	return out
}

func readOption(f form, m object, depth int) Option {
	p := Option{
		Name:        f.needText(m, "name", 1, maxName),
		Description: f.needText(m, "description", 1, maxHint),
	}
	checkName(f.at("name"), p.Name)
	p.NameLocalizations = readLocalized(f, m, "name_localizations", 1, maxName, checkName)
	p.DescriptionLocalizations = readLocalized(f, m, "description_localizations", 1, maxHint, nil)
	if f.need(m, "type") {
		p.Type, _ = f.number(m, "type", optionSubcommand, optionAttachment)
	}
	p.Required, _ = f.flag(m, "required")
	p.Autocomplete, _ = f.flag(m, "autocomplete")
	only := func(key string, types ...int) bool {
		v, ok := m[key]
		if !ok || v == nil {
			return false
		}
		if !slices.Contains(types, p.Type) {
			f.at(key).bad("APPLICATION_COMMAND_OPTIONS_FIELD_INVALID", "Options of type %d have no %s", p.Type, key)
			return false
		}
		return true
	}
	if p.Autocomplete {
		only("autocomplete", optionString, optionInteger, optionNumber)
	}
	if only("choices", optionString, optionInteger, optionNumber) {
		p.Choices = readFixedChoices(f, m, p.Type)
		if p.Autocomplete && len(p.Choices) > 0 {
			f.at("choices").bad("APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE", "An option that autocompletes has no choices")
		}
	}
	if only("min_length", optionString) {
		p.MinLength = lengthOf(f, m, "min_length", 0)
	}
	if only("max_length", optionString) {
		p.MaxLength = lengthOf(f, m, "max_length", 1)
	}
	if p.MinLength != nil && p.MaxLength != nil && *p.MinLength > *p.MaxLength {
		f.at("min_length").bad("APPLICATION_COMMAND_OPTIONS_MIN_GREATER_THAN_MAX", "min_length must not be more than max_length")
	}
	for key, to := range map[string]**float64{"min_value": &p.MinValue, "max_value": &p.MaxValue} {
		if only(key, optionInteger, optionNumber) {
			if x, ok := f.real(m, key); ok {
				*to = &x
				if p.Type == optionInteger && (x != math.Trunc(x) || math.Abs(x) > maxSafe) {
					f.at(key).bad("NUMBER_TYPE_COERCE", "Value is not int.")
				}
			}
		}
	}
	if p.MinValue != nil && p.MaxValue != nil && *p.MinValue > *p.MaxValue {
		f.at("min_value").bad("APPLICATION_COMMAND_OPTIONS_MIN_GREATER_THAN_MAX", "min_value must not be more than max_value")
	}
	if only("channel_types", optionChannel) {
		p.ChannelTypes = readChannelTypes(f, m)
	}
	if only("file_types", optionAttachment) {
		p.FileTypes = readFileTypes(f, m)
	}
	switch {
	case p.Type == optionSubcommand || p.Type == optionGroup:
		p.Options = readNested(f, m, p.Type, depth)
	case m["options"] != nil:
		only("options", optionSubcommand, optionGroup)
	}
	return p
}

// readNested reads what is in a subcommand or a group: a group may stand in a
// command alone, and holds subcommands alone.
func readNested(f form, m object, kind, depth int) []Option {
	bad := func() {
		f.at("type").bad("APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-commands and groups cannot be nested like this")
	}
	if kind == optionGroup && depth > 0 || depth > 1 {
		bad()
		return nil
	}
	list := readOptions(f, m, depth+1)
	for _, o := range list {
		if (o.Type == optionSubcommand) != (kind == optionGroup) || o.Type == optionGroup {
			bad()
			break
		}
	}
	return list
}

func lengthOf(f form, m object, key string, least int64) *int {
	n, ok := f.number(m, key, least, maxOptionText)
	if !ok {
		return nil
	}
	return &n
}

func readFixedChoices(f form, m object, kind int) []OptionChoice {
	l, ok := f.list(m, "choices", 0, maxChoices)
	if !ok {
		return nil
	}
	var out []OptionChoice
	seen := map[string]bool{}
	for i, v := range l {
		g := f.at("choices").item(i)
		o, ok := g.asObject(v)
		if !ok {
			continue
		}
		c := OptionChoice{Name: g.needText(o, "name", 1, maxChoiceName)}
		c.NameLocalizations = readLocalized(g, o, "name_localizations", 1, maxChoiceName, nil)
		if g.need(o, "value") {
			c.Value = choiceValue(g.at("value"), o["value"], kind != optionString)
			if n, ok := o["value"].(json.Number); ok && kind == optionInteger {
				if whole, err := n.Int64(); err != nil || whole < -maxSafe || whole > maxSafe {
					g.at("value").bad("NUMBER_TYPE_COERCE", "Value is not int.")
				}
			}
		}
		if seen[c.Name] {
			g.at("name").bad("APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS", "Option choice names must be unique")
		}
		seen[c.Name] = true
		out = append(out, c)
	}
	return out
}

// readFileTypes reads file_types: families, or extensions with their dot.
func readFileTypes(f form, m object) []string {
	l, _ := f.list(m, "file_types", 0, maxOptions)
	var out []string
	for i, v := range l {
		t, _ := v.(string)
		if t == "image" || t == "video" || t == "audio" || len(t) > 1 && len(t) <= maxName && t[0] == '.' {
			out = append(out, t)
			continue
		}
		f.at("file_types").item(i).bad("BASE_TYPE_CHOICES", "Value must be one of ('image', 'video', 'audio') or an extension as '.png'.")
	}
	return out
}

// size is the length that counts toward maxCommand: names, descriptions and
// the values of choices, each with the longest of its localizations.
func (c *command) size() int {
	return longest(c.Name, c.NameLocalizations) + longest(c.Description, c.DescriptionLocalizations) + sizeOf(c.Options)
}

func sizeOf(list []Option) int {
	n := 0
	for _, o := range list {
		n += longest(o.Name, o.NameLocalizations) + longest(o.Description, o.DescriptionLocalizations) + sizeOf(o.Options)
		for _, c := range o.Choices {
			n += longest(c.Name, c.NameLocalizations)
			if text, ok := c.Value.(string); ok {
				n += utf8.RuneCountInString(text)
			}
		}
	}
	return n
}

func longest(text string, others map[string]string) int {
	n := utf8.RuneCountInString(text)
	for _, o := range others {
		n = max(n, utf8.RuneCountInString(o))
	}
	return n
}
