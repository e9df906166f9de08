package script

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// word is a word of a line. One that begins with a quote is always text, and
// never a word of the language.
type word struct {
	text   string
	quoted bool
}

// split parts a line into its words, without its comment. What stands directly
// behind each other is one word, whether quoted or not, as in prompt:"a boat".
func split(line string) ([]word, error) {
	var words []word
	for {
		line = strings.TrimLeftFunc(line, unicode.IsSpace)
		if line == "" || line[0] == '#' {
			return words, nil
		}
		w := word{quoted: line[0] == '"'}
		for line != "" && !unicode.IsSpace(first(line)) {
			if line[0] != '"' {
				end := strings.IndexFunc(line, func(r rune) bool { return r == '"' || unicode.IsSpace(r) })
				if end < 0 {
					end = len(line)
				}
				w.text, line = w.text+line[:end], line[end:]
				continue
			}
			quote, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil, fmt.Errorf(`the quote that begins at %s has no end, or an escape that Go does not know; write \" for a quote within`, short(line))
			}
			text, err := strconv.Unquote(quote)
			if err != nil {
				return nil, fmt.Errorf("the quote %s cannot be read: %w", short(quote), err)
			}
			w.text, line = w.text+text, line[len(quote):]
		}
		words = append(words, w)
	}
}

func first(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

// short is the beginning of a text, for a message.
func short(s string) string {
	const most = 60
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most]) + "…"
}

// reader goes through the words of a line.
type reader struct {
	words []word
}

// is takes the next word where it is this one of the language.
func (r *reader) is(name string) bool {
	if len(r.words) == 0 || r.words[0].quoted || r.words[0].text != name {
		return false
	}
	r.words = r.words[1:]
	return true
}

// oneOf takes the next word where it is one of these of the language.
func (r *reader) oneOf(names ...string) (string, bool) {
	for _, n := range names {
		if r.is(n) {
			return n, true
		}
	}
	return "", false
}

func (r *reader) left() bool { return len(r.words) > 0 }

// text takes the next word, which is text.
func (r *reader) text(what string) (string, error) {
	if len(r.words) == 0 {
		return "", fmt.Errorf("%s is missing", what)
	}
	w := r.words[0]
	r.words = r.words[1:]
	if w.text == "" {
		return "", fmt.Errorf("%s is empty", what)
	}
	return w.text, nil
}

// end refuses what is left over.
func (r *reader) end() error {
	if len(r.words) == 0 {
		return nil
	}
	if r.words[0].quoted {
		return fmt.Errorf("%q is too much", r.words[0].text)
	}
	return fmt.Errorf("%q is too much; a text of several words stands in quotes", r.words[0].text)
}

// duration takes a time, as 30s or 504h.
func (r *reader) duration(what string, most time.Duration) (time.Duration, error) {
	text, err := r.text(what)
	if err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%s is a time as 300ms, 30s or 2h, not %q", what, text)
	}
	if d < 0 || d > most {
		return 0, fmt.Errorf("%s is %v at most, and not less than nothing", what, most)
	}
	return d, nil
}

func (r *reader) number(what string, least, most int) (int, error) {
	text, err := r.text(what)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%s is a number from %d to %d, not %q", what, least, most, text)
	}
	return n, nil
}

// list joins names for a message.
func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
