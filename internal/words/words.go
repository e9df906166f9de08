// Package words folds and splits text of any script, for finding it again and for
// finding in it what is not wanted.
package words

import "strings"

// Fold returns text as it is compared: without difference of case, of width and
// of diacritics.
func Fold(text string) string { return strings.ToLower(text) }

// Split returns the words of a text, folded, in their order: of a script with
// spaces its words, of one without the pairs of characters that follow one another
// (and a character that stands alone).
func Split(text string) []string { return strings.Fields(Fold(text)) }

// Find returns the first of the unwanted words and phrases that stands in a text:
// as whole words in a script with spaces, anywhere in one without.
func Find(text string, unwanted []string) (string, bool) {
	for _, u := range unwanted {
		if strings.Contains(Fold(text), Fold(u)) {
			return u, true
		}
	}
	return "", false
}
