package i18n

import (
	"regexp"
	"strings"
)

// The marks around what a marked catalog says in its own words.
const (
	opens  = "⟦"
	closes = "⟧"
)

// hole is what a sentence has filled in.
var hole = regexp.MustCompile(`\{\{[^}]*\}\}`)

// LoadMarked is Load for tests that look for words that are not the catalog's:
// what a sentence says itself stands between ⟦ and ⟧, and what it has filled in
// stands outside of them.
func LoadMarked() (*Catalog, error) {
	return load(func(sentence string) string {
		marked := opens + hole.ReplaceAllString(sentence, closes+"$0"+opens) + closes
		return strings.ReplaceAll(marked, opens+closes, "")
	})
}

// Unmarked returns what of a text no marked catalog has said, with a space for
// what it has. A sentence that was cut is one to the end of the text.
func Unmarked(text string) string {
	var rest strings.Builder
	for text != "" {
		before, after, said := strings.Cut(text, opens)
		rest.WriteString(before)
		if said {
			rest.WriteByte(' ')
		}
		_, text, _ = strings.Cut(after, closes)
	}
	return rest.String()
}
