package reply

import (
	"slices"
	"strconv"
	"time"

	"github.com/bwmarrin/discordgo"

	"dreambot/internal/community"
	"dreambot/internal/i18n"
)

// Channels of these types can be dreamed in: those that members write in, and
// forums, whose posts are threads. What holds for a channel holds for its threads.
var dreamable = []discordgo.ChannelType{discordgo.ChannelTypeGuildText, discordgo.ChannelTypeGuildVoice,
	discordgo.ChannelTypeGuildNews, discordgo.ChannelTypeGuildStageVoice, discordgo.ChannelTypeGuildForum}

// Channels of these types can be posted in.
var postable = []discordgo.ChannelType{discordgo.ChannelTypeGuildText, discordgo.ChannelTypeGuildNews}

func channelMenu(chosen []string, most int, types []discordgo.ChannelType) discordgo.SelectMenu {
	return discordgo.SelectMenu{MenuType: discordgo.ChannelSelectMenu, ChannelTypes: types, MaxValues: most,
		DefaultValues: present(discordgo.SelectMenuDefaultValueChannel, chosen, most)}
}

// present are the ids that a menu shows as chosen.
func present(kind discordgo.SelectMenuDefaultValueType, ids []string, most int) []discordgo.SelectMenuDefaultValue {
	var list []discordgo.SelectMenuDefaultValue
	for _, id := range ids[:min(len(ids), most)] {
		list = append(list, discordgo.SelectMenuDefaultValue{ID: id, Type: kind})
	}
	return list
}

func some(id string) []string {
	if id == "" {
		return nil
	}
	return []string{id}
}

// choice is a value of a menu that is written as it is said.
type choice struct{ value, label string }

// choose is a menu of which one is chosen.
func choose(chosen string, list []choice) discordgo.SelectMenu {
	menu := discordgo.SelectMenu{MaxValues: 1, Options: []discordgo.SelectMenuOption{}}
	for _, c := range list[:min(len(list), maxOptions)] {
		menu.Options = append(menu.Options, discordgo.SelectMenuOption{Label: Label(c.label), Value: c.value, Default: c.value == chosen})
	}
	return menu
}

// maxOptions is how many options a select menu has.
// Source: discord-api-docs, components/reference#string-select.
const maxOptions = 25

// memberDreams offers usual numbers, and the one that is set.
func memberDreams(p i18n.Printer, chosen int) discordgo.SelectMenu {
	list := []choice{{"0", p.Say("settings.no_limit")}}
	for _, n := range numbers([]int{1, 2, 3, 5, 10, 20, 50, 100}, chosen) {
		list = append(list, choice{strconv.Itoa(n), p.Say("settings.memberdreams.choice", i18n.Args{"Count": n})})
	}
	return choose(strconv.Itoa(chosen), list)
}

// guildLength offers usual lengths, and the one that is set, in seconds.
func guildLength(p i18n.Printer, chosen time.Duration) discordgo.SelectMenu {
	seconds := int(chosen / time.Second)
	list := []choice{{"0", p.Say("settings.no_limit")}}
	for _, n := range numbers([]int{60, 300, 600, 1800, 3600, 2 * 3600, 5 * 3600, 10 * 3600}, seconds) {
		list = append(list, choice{strconv.Itoa(n), span(p, time.Duration(n)*time.Second)})
	}
	return choose(strconv.Itoa(seconds), list)
}

// numbers are the usual ones, with another one at its place; 0 is none.
func numbers(usual []int, other int) []int {
	if i, found := slices.BinarySearch(usual, other); other > 0 && !found {
		return slices.Insert(usual, i, other)
	}
	return usual
}

// span writes a length of which a day is made up.
func span(p i18n.Printer, d time.Duration) string {
	switch {
	case d < time.Minute:
		return took(p, d)
	case d%time.Hour == 0:
		return p.Say("settings.hours", i18n.Args{"Hours": int(d / time.Hour)})
	case d%time.Minute == 0:
		return p.Say("card.minutes.whole", i18n.Args{"Minutes": int(d / time.Minute)})
	}
	// To the second, unlike took: it is what somebody has set.
	return p.Say("card.minutes", i18n.Args{"Minutes": int(d / time.Minute), "Seconds": int(d % time.Minute / time.Second)})
}

// defaults are the menus of what the dialect offers.
func defaults(p i18n.Printer, s SettingsPage) []discordgo.MessageComponent {
	var parts []discordgo.MessageComponent
	add := func(name, chosen string, list []choice) {
		if len(list) == 0 {
			return
		}
		if !slices.ContainsFunc(list, func(c choice) bool { return c.value == chosen }) {
			chosen = ValueNone // the dialect does not know it any more
		}
		parts = append(parts, rule(p, name, choose(chosen, append([]choice{{ValueNone, p.Say("settings." + name + ".none")}}, list...)))...)
	}
	plain := func(values []string) (list []choice) {
		for _, v := range values {
			list = append(list, choice{v, v})
		}
		return list
	}
	add(SetModel, s.Rules.Defaults.Model, plain(s.Models))
	var lengths []choice
	for _, d := range s.Durations {
		lengths = append(lengths, choice{d.String(), took(p, d)})
	}
	add(SetDuration, s.Rules.Defaults.Duration.String(), lengths)
	add(SetResolution, s.Rules.Defaults.Resolution, plain(s.Resolutions))
	return parts
}

func languages(p i18n.Printer, chosen string) discordgo.SelectMenu {
	list := []choice{{ValueNone, p.Say("settings.language.none")}}
	for _, l := range i18n.Locales() {
		list = append(list, choice{l, p.Say("language." + l)})
	}
	if chosen == "" {
		chosen = ValueNone
	}
	return choose(chosen, list)
}

// reactions offers how many members must react.
func reactions(p i18n.Printer, r community.Reaction) discordgo.SelectMenu {
	list := []choice{{ValueNone, p.Say("settings.reaction.none")}, {ValueOff, p.Say("settings.reaction.off")}}
	for _, n := range numbers([]int{1, 2, 3, 5, 10}, r.Members) {
		list = append(list, choice{strconv.Itoa(n), p.Say("settings.reaction.choice", i18n.Args{"Count": n})})
	}
	chosen := ValueNone
	switch {
	case r.Off:
		chosen = ValueOff
	case r.Members > 0:
		chosen = strconv.Itoa(r.Members)
	}
	return choose(chosen, list)
}

func spoilers(p i18n.Printer, chosen community.Spoiler) discordgo.SelectMenu {
	value := string(chosen)
	if chosen == community.SpoilerWished {
		value = ValueNone
	}
	return choose(value, []choice{
		{ValueNone, p.Say("settings.spoiler.none")},
		{string(community.SpoilerChannels), p.Say("settings.spoiler.channels")},
		{string(community.SpoilerAlways), p.Say("settings.spoiler.always")},
	})
}
