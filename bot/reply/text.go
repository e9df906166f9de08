package reply

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/rivo/uniseg"

	"dreambot/internal/i18n"
)

// Discord's limits on text.
// Source: discord-api-docs, components/reference.
const (
	maxText        = 4000 // of all Text Displays of a message
	maxPrompt      = 3000 // of them, for the prompt; the rest is ours
	maxDescription = 1024 // alt text of a gallery item
	maxInput       = 4000 // value of a Text Input
	maxLabel       = 100  // name of a choice of an option
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// width is the length of s in UTF-16 units.
func width(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// cut shortens s to at most limit units, between graphemes, and marks it.
func cut(s string, limit int) string {
	if width(s) <= limit {
		return s
	}
	head, _ := split(s, limit-1)
	return strings.TrimRight(head, " \n") + "…"
}

// split returns as many whole graphemes of s as fit into limit units, and the
// rest. A single grapheme that is longer is split between runes, so that
// every call makes progress.
func split(s string, limit int) (head, rest string) {
	end, n, state := 0, 0, -1
	for left := s; left != ""; {
		var cluster string
		cluster, left, _, state = uniseg.FirstGraphemeClusterInString(left, state)
		w := width(cluster)
		if n+w > limit {
			break
		}
		n += w
		end += len(cluster)
	}
	if end == 0 {
		for i, r := range s {
			if n += max(utf16.RuneLen(r), 1); n > limit && i > 0 {
				return s[:i], s[i:]
			}
		}
		return s, ""
	}
	return s[:end], s[end:]
}

// markup are the characters that Discord may give a meaning to wherever they
// stand: mentions, links, timestamps, emoji, emphasis, code and spoilers. A
// backslash before any of them makes it plain.
const markup = "\\`*_~|<>[]:@"

// escape writes one line so that Discord shows it as it is.
func escape(line string) string {
	line = level(line)
	var b strings.Builder
	// Headings, lists, quotes and small print are what a line begins with.
	text := strings.TrimLeft(line, " \t")
	b.WriteString(line[:len(line)-len(text)])
	if number := strings.TrimLeft(text, "0123456789"); number != text && strings.IndexAny(number, ".)") == 0 {
		b.WriteString(text[:len(text)-len(number)])
		b.WriteByte('\\')
		text = number
	} else if strings.IndexAny(text, "#-+") == 0 {
		b.WriteByte('\\')
	}
	for _, r := range text {
		if strings.ContainsRune(markup, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// quote is the prompt, cleaned and escaped, as a quotation of at most room
// units. It cuts before it escapes, so that no escape is torn.
func quote(prompt string, room int) string {
	prompt = clean(prompt)
	quoted := func(s string) string {
		lines := strings.Split(s, "\n")
		for i := range lines {
			lines[i] = "> " + escape(lines[i])
		}
		return strings.Join(lines, "\n")
	}
	if q := quoted(prompt); width(q) <= room {
		return q
	}
	low, high := 0, room // units of the prompt that fit, by bisection
	for low < high {
		mid := (low + high + 1) / 2
		if width(quoted(cut(prompt, mid))) <= room {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return quoted(cut(prompt, low))
}

// Label is text as the name of a choice: one line of at most 100 units.
func Label(text string) string { return Line(text, maxLabel) }

// Line is text as one line of at most limit units.
func Line(text string, limit int) string {
	return cut(strings.Join(strings.Fields(clean(text)), " "), limit)
}

// took writes a duration in words.
func took(p i18n.Printer, d time.Duration) string {
	seconds := int(d.Round(time.Second) / time.Second)
	switch {
	case seconds < 60:
		return p.Say("card.seconds", i18n.Args{"Seconds": seconds})
	case seconds >= 600:
		return p.Say("card.minutes.whole", i18n.Args{"Minutes": int(d.Round(time.Minute) / time.Minute)})
	}
	return p.Say("card.minutes", i18n.Args{"Minutes": seconds / 60, "Seconds": seconds % 60})
}
