package reply

import (
	"strconv"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"dreambot/internal/community"
	"dreambot/internal/i18n"
)

// Tabs of the card of a server's rules, as Action.Arg names them.
const (
	TabAccess   = "access"
	TabLimits   = "limits"
	TabDefaults = "defaults"
	TabSharing  = "sharing"
	TabWords    = "words"
)

// Tabs returns all tabs, in their order.
func Tabs() []string { return []string{TabAccess, TabLimits, TabDefaults, TabSharing, TabWords} }

// The rules that are set on them, as Action.Arg names them.
const (
	SetChannels     = "channels"
	SetRoles        = "roles"
	SetMemberDreams = "memberdreams"
	SetGuildLength  = "guildlength"
	SetModel        = "model"
	SetDuration     = "duration"
	SetResolution   = "resolution"
	SetLanguage     = "language"
	SetShowcase     = "showcase"
	SetReaction     = "reaction"
	SetSpoiler      = "spoiler"
	SetHidden       = "hidden"
	// By a dialog:
	SetExact    = "exact" // both limits
	SetUnwanted = "unwanted"
)

// Values of select menus that are no values of the rules themselves. Discord takes
// none that is empty.
const (
	ValueNone = "-"   // nothing is set: as Luma, Discord or the operator has it
	ValueOff  = "off" // of SetReaction
)

// Custom ids of the fields of the dialogs.
const (
	InputMemberDreams = "member_dreams"
	InputGuildLength  = "guild_length"
	InputUnwanted     = "unwanted"
)

// SettingsPage is a tab of the card of a server's rules.
type SettingsPage struct {
	Tab      string
	Rules    community.Settings
	Saved    string // which rule was just changed; empty: none
	Reacting bool   // the operator lets reactions ask for extensions
	// What the dialect offers.
	Models      []string
	Durations   []time.Duration
	Resolutions []string
}

// Settings draws a tab of a server's rules, for who may change them.
func Settings(p i18n.Printer, s SettingsPage) Message {
	head := "### ⚙️ " + p.Say("settings.title")
	if s.Saved != "" {
		head += "\n-# ✅ " + p.Say("settings.saved", i18n.Args{"Name": p.Say("settings." + s.Saved)})
	}
	var tabs []discordgo.MessageComponent
	for _, tab := range Tabs() {
		style := discordgo.SecondaryButton
		if tab == s.Tab {
			style = discordgo.PrimaryButton
		}
		tabs = append(tabs, discordgo.Button{Label: p.Say("settings.tab." + tab), Style: style, CustomID: setting(tab)})
	}
	parts := []discordgo.MessageComponent{discordgo.TextDisplay{Content: head}, discordgo.ActionsRow{Components: tabs}}
	switch r := s.Rules; s.Tab {
	case TabAccess:
		parts = append(parts, rule(p, SetChannels, channelMenu(r.Channels, community.MaxChannels, dreamable))...)
		parts = append(parts, rule(p, SetRoles, discordgo.SelectMenu{MenuType: discordgo.RoleSelectMenu, MaxValues: community.MaxRoles,
			DefaultValues: present(discordgo.SelectMenuDefaultValueRole, r.Roles, community.MaxRoles)})...)
	case TabLimits:
		parts = append(parts, rule(p, SetMemberDreams, memberDreams(p, r.MemberDreams))...)
		parts = append(parts, rule(p, SetGuildLength, guildLength(p, r.GuildLength))...)
		parts = append(parts, opener(p, SetExact, "🔢"))
	case TabDefaults:
		parts = append(parts, defaults(p, s)...)
		parts = append(parts, rule(p, SetLanguage, languages(p, r.Language))...)
	case TabSharing:
		parts = append(parts, rule(p, SetShowcase, channelMenu(some(r.Showcase), 1, postable))...)
		parts = append(parts, rule(p, SetReaction, reactions(p, r.Reaction))...)
		if !s.Reacting {
			parts = append(parts, discordgo.TextDisplay{Content: "-# " + p.Say("settings.reaction.operator")})
		}
	case TabWords:
		parts = append(parts,
			heading(p, SetUnwanted),
			discordgo.TextDisplay{Content: p.Say("settings.unwanted.count", i18n.Args{"Count": len(r.Unwanted)})},
			opener(p, SetUnwanted, "✏️"))
		parts = append(parts, rule(p, SetSpoiler, spoilers(p, r.Spoiler))...)
		if r.Spoiler == community.SpoilerChannels {
			parts = append(parts, rule(p, SetHidden, channelMenu(r.Hidden, community.MaxChannels, dreamable))...)
		}
	}
	return private(parts, nil)
}

func setting(arg string) string { return Action{Verb: ActionSettings, Arg: arg}.CustomID() }

// heading says what a rule is about.
func heading(p i18n.Printer, name string) discordgo.MessageComponent {
	return discordgo.TextDisplay{Content: "**" + p.Say("settings."+name) + "**\n-# " + p.Say("settings."+name+".hint")}
}

// rule is a rule and the menu that sets it.
func rule(p i18n.Printer, name string, menu discordgo.SelectMenu) []discordgo.MessageComponent {
	menu.CustomID = setting(name)
	// Of what is chosen from a list, exactly one; of channels and roles, any number.
	// Where one is always chosen nobody sees the placeholder, but it names the menu.
	least := 0
	if menu.Options == nil {
		menu.Placeholder = p.Say("settings." + name + ".none")
	} else {
		menu.Placeholder = p.Say("settings." + name)
		least = 1
	}
	menu.MinValues = &least
	return []discordgo.MessageComponent{heading(p, name), discordgo.ActionsRow{Components: []discordgo.MessageComponent{menu}}}
}

// opener is the button that opens the dialog of a rule.
func opener(p i18n.Printer, name, sign string) discordgo.MessageComponent {
	return discordgo.ActionsRow{Components: []discordgo.MessageComponent{discordgo.Button{
		Label: p.Say("settings." + name + ".open"), Style: discordgo.SecondaryButton, CustomID: setting(name),
		Emoji: &discordgo.ComponentEmoji{Name: sign}}}}
}

// ExactModal asks for both limits as numbers; an empty field is no limit.
func ExactModal(p i18n.Printer, rules community.Settings) Modal {
	field := func(id, name string, value int) label {
		input := textInput{Type: typeTextInput, CustomID: id, Style: styleShort, MaxLength: maxNumber, Placeholder: p.Say("settings.no_limit")}
		if value > 0 {
			input.Value = strconv.Itoa(value)
		}
		return label{Type: typeLabel, Label: p.Say("settings." + name + ".label"), Component: input}
	}
	return Modal{CustomID: setting(SetExact), Title: p.Say("settings.exact.title"), Components: []label{
		field(InputMemberDreams, SetMemberDreams, rules.MemberDreams),
		field(InputGuildLength, SetGuildLength, int(rules.GuildLength/time.Second)),
	}}
}

// maxNumber is how many digits a number may have.
const maxNumber = 6

// UnwantedModal asks for the words that no prompt may hold, one on each line.
func UnwantedModal(p i18n.Printer, unwanted []string) Modal {
	value, _ := split(strings.Join(unwanted, "\n"), maxInput)
	return Modal{CustomID: setting(SetUnwanted), Title: p.Say("settings.unwanted.title"), Components: []label{{
		Type: typeLabel, Label: p.Say("settings.unwanted.label"), Description: p.Say("settings.unwanted.lines"),
		Component: textInput{Type: typeTextInput, CustomID: InputUnwanted, Style: styleParagraph, MaxLength: maxInput, Value: value},
	}}}
}
