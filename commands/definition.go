package commands

import (
	"slices"
	"strconv"
	"time"

	"dreambot/internal/i18n"
)

// Definition is a command as Discord registers it. It is written here because
// discordgo's type does not know file_types.
// Source: discord-api-docs, interactions/application-commands.
type Definition struct {
	Type                     int               `json:"type"`
	Name                     string            `json:"name"`
	NameLocalizations        map[string]string `json:"name_localizations,omitempty"`
	Description              string            `json:"description,omitempty"` // of slash commands
	DescriptionLocalizations map[string]string `json:"description_localizations,omitempty"`
	Options                  []DefinedOption   `json:"options,omitempty"`
	IntegrationTypes         []int             `json:"integration_types,omitempty"`
	Contexts                 []int             `json:"contexts,omitempty"`
	// Permissions are those that a member needs to see the command, unless a
	// server says otherwise: a decimal number.
	Permissions string `json:"default_member_permissions,omitempty"`
}

// DefinedOption is an option of a command.
type DefinedOption struct {
	Type                     int               `json:"type"`
	Name                     string            `json:"name"`
	NameLocalizations        map[string]string `json:"name_localizations,omitempty"`
	Description              string            `json:"description"`
	DescriptionLocalizations map[string]string `json:"description_localizations,omitempty"`
	Required                 bool              `json:"required,omitempty"`
	Autocomplete             bool              `json:"autocomplete,omitempty"`
	Choices                  []Choice          `json:"choices,omitempty"`
	MinLength                int               `json:"min_length,omitempty"`
	MaxLength                int               `json:"max_length,omitempty"`
	FileTypes                []string          `json:"file_types,omitempty"`
	Options                  []DefinedOption   `json:"options,omitempty"` // of a subcommand
}

// Choice is a value that Discord offers for an option.
type Choice struct {
	Name              string            `json:"name"`
	NameLocalizations map[string]string `json:"name_localizations,omitempty"`
	Value             string            `json:"value"`
}

// Types of commands and options, and where commands may be used.
const (
	chatInput   = 1
	messageMenu = 3

	optionSub        = 1
	optionString     = 3
	optionBoolean    = 5
	optionUser       = 6
	optionAttachment = 11

	installGuild   = 0
	installUser    = 1
	contextGuild   = 0
	contextBotDM   = 1
	contextPrivate = 2 // between persons
)

// maxChoices is how many choices an option or an autocompletion may have.
const maxChoices = 25

// maxOptionLength is the greatest max_length of a string option.
const maxOptionLength = 6000

// define makes a definition whose words are the catalog's under "command.".
func (s *Set) define(name string, options ...DefinedOption) Definition {
	key := "command." + name
	return Definition{
		Type: chatInput, Name: s.say(key + ".name"), NameLocalizations: s.Catalog.Localizations(key + ".name"),
		Description: s.say(key + ".description"), DescriptionLocalizations: s.Catalog.Localizations(key + ".description"),
		IntegrationTypes: []int{installGuild, installUser}, Contexts: []int{contextGuild, contextBotDM, contextPrivate},
		Options: options,
	}
}

// defineInServers is define for a command of servers that have installed the
// bot, for members with all of these permissions; 0: for everybody.
func (s *Set) defineInServers(name string, permissions uint64, options ...DefinedOption) Definition {
	d := s.define(name, options...)
	d.IntegrationTypes, d.Contexts = []int{installGuild}, []int{contextGuild}
	if permissions != 0 {
		d.Permissions = strconv.FormatUint(permissions, 10)
	}
	return d
}

// menu makes the definition of an entry in the menu of messages.
func (s *Set) menu(key string) Definition {
	return Definition{
		Type: messageMenu, Name: s.say(key), NameLocalizations: s.Catalog.Localizations(key),
		IntegrationTypes: []int{installGuild, installUser}, Contexts: []int{contextGuild, contextBotDM, contextPrivate},
	}
}

// option makes an option whose words are the catalog's under "option."; its
// description's key is given where the command's differs.
func (s *Set) option(kind int, name, describedBy string) DefinedOption {
	key := "option." + name
	if describedBy == "" {
		describedBy = key + ".description"
	}
	return DefinedOption{
		Type: kind, Name: s.say(key + ".name"), NameLocalizations: s.Catalog.Localizations(key + ".name"),
		Description: s.say(describedBy), DescriptionLocalizations: s.Catalog.Localizations(describedBy),
	}
}

func (s *Set) promptOption(describedBy string) DefinedOption {
	o := s.option(optionString, "prompt", describedBy)
	o.Required, o.MinLength, o.MaxLength = true, max(s.Capabilities.PromptMin, 1), min(s.Capabilities.PromptMax, maxOptionLength)
	return o
}

func (s *Set) pictureOption(name string) DefinedOption {
	o := s.option(optionAttachment, name, "")
	o.FileTypes = []string{"image"}
	return o
}

// choiceOption offers the values that the dialect knows; false where it knows
// none.
func (s *Set) choiceOption(name string, choices []Choice) (DefinedOption, bool) {
	o := s.option(optionString, name, "")
	o.Choices = choices[:min(len(choices), maxChoices)]
	return o, len(choices) > 0
}

// durations offers the dialect's lengths, valued as Go writes them ("5s").
func (s *Set) durations() []Choice {
	var list []Choice
	for _, length := range s.Capabilities.Durations {
		args := i18n.Args{"Seconds": int(length / time.Second)}
		list = append(list, Choice{Name: s.say("option.duration.choice", args),
			NameLocalizations: s.Catalog.Localizations("option.duration.choice", args), Value: length.String()})
	}
	return list
}

// same makes choices that are called by their values.
func same(values []string) []Choice {
	var list []Choice
	for _, v := range values {
		list = append(list, Choice{Name: v, Value: v})
	}
	return list
}

// say is the catalog's sentence in the language of Discord's default.
func (s *Set) say(key string, args ...i18n.Args) string {
	return s.Catalog.For(i18n.Locales()[0]).Say(key, args...)
}

// chosen returns the option's value, which must be one of choices.
func chosen(in Interaction, name string, choices []Choice) (string, error) {
	value := in.Options[name].Text
	if value == "" {
		return "", nil
	}
	if !slices.ContainsFunc(choices, func(c Choice) bool { return c.Value == value }) {
		return "", refuse("refusal.option", i18n.Args{"Option": name})
	}
	return value, nil
}
