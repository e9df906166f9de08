package discord

import (
	"regexp"
	"strings"
)

// An emoji is one of Unicode's, of which Name is the characters, or one of a
// guild's own, which has an id besides.

const (
	// pictured is what an emoji begins with, colored its skin and its shape.
	pictured = `[\x{A9}\x{AE}\x{203C}\x{2049}\x{2122}\x{2139}\x{2190}-\x{21FF}\x{2300}-\x{23FF}\x{24C2}\x{25A0}-\x{27BF}` +
		`\x{2900}-\x{297F}\x{2B00}-\x{2BFF}\x{3030}\x{303D}\x{3297}\x{3299}\x{1F000}-\x{1FAFF}]`
	colored = `[\x{1F3FB}-\x{1F3FF}]?\x{FE0F}?`
	// shape is what says that a character is to be shown as a picture.
	shape = "\uFE0F"
)

var (
	// unicodeEmoji matches one emoji of Unicode: a key, a flag of two letters, or
	// a picture with its color, its tags, and others joined to it.
	// Source: Unicode Technical Standard 51, 1.4.9.
	unicodeEmoji = regexp.MustCompile(`^(?:[0-9#*]\x{FE0F}?\x{20E3}|[\x{1F1E6}-\x{1F1FF}]{2}|` +
		pictured + colored + `[\x{E0020}-\x{E007F}]{0,7}(?:\x{200D}` + pictured + colored + `){0,9})$`)
	// customName matches the name of a guild's emoji.
	// Source: discord-api-docs, resources/emoji.
	customName = regexp.MustCompile(`^\w{2,32}$`)
)

// valid reports whether there can be such an emoji.
func (e Emoji) valid() bool {
	if e.ID == "" {
		return unicodeEmoji.MatchString(e.Name)
	}
	return snowflake(e.ID) != 0 && customName.MatchString(e.Name)
}

// same reports whether two are one emoji. Those of guilds are told apart by
// their ids, those of Unicode by their characters, but for the one that only
// asks for a picture.
func (e Emoji) same(o Emoji) bool {
	if e.ID != "" || o.ID != "" {
		return e.ID == o.ID
	}
	return strings.TrimSuffix(e.Name, shape) == strings.TrimSuffix(o.Name, shape)
}

// parseEmoji reads an emoji as paths name it: the characters, or name:id. ok is
// false where there can be no such emoji.
// Source: discord-api-docs, resources/message, create reaction.
func parseEmoji(text string) (e Emoji, ok bool) {
	e.Name, e.ID, ok = strings.Cut(text, ":")
	return e, (!ok || e.ID != "") && e.valid()
}

// path is how paths name an emoji.
func (e Emoji) path() string {
	if e.ID == "" {
		return e.Name
	}
	return e.Name + ":" + e.ID
}

// partialJSON is the emoji of a reaction.
func (e Emoji) partialJSON() object {
	o := object{"id": nil, "name": e.Name}
	if e.ID != "" {
		o["id"], o["animated"] = e.ID, e.Animated
	}
	return o
}
