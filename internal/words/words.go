// Package words folds and splits text of any script, for finding it again and for
// finding in it what is not wanted.
//
// There are scripts with spaces between words, such as Latin, Cyrillic, Arabic or
// Devanagari, and such without, as Chinese, Japanese and Thai: those are compared by
// their characters. Korean has spaces and hangs its particles on the words, so that
// it is taken for one without, as search engines do.
//
// An index that keeps what Split and Terms return must be made anew when one of
// them changes.
package words

import (
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxWord is how many bytes Split and Terms leave of a word, at most.
const MaxWord = 64

// joined are the scripts whose words are not told apart by spaces.
func joined(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo,
		unicode.Yi, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan) ||
		r == 'ー' // the long vowel of both Kana, which is of no script
}

// kind is what a piece of text is.
type kind int

const (
	spaced    kind = iota // a word of a script with spaces, or a number
	character             // one of a script without
	symbol                // an emoji, or another sign that stands for itself
)

// piece is a part of a folded text that is compared as a whole.
type piece struct {
	text string
	kind kind
	next bool // it follows the piece before it at once, and both are characters
}

// pieces yields the pieces of a folded text, in their order. Punctuation and white
// space are in none.
func pieces(folded string) iter.Seq[piece] {
	return func(yield func(piece) bool) {
		follows := false
		for at := 0; at < len(folded); {
			p, size := first(folded[at:])
			at += size
			if p.text == "" {
				follows = false
				continue
			}
			p.next, follows = follows && p.kind == character, p.kind == character
			if !yield(p) {
				return
			}
		}
	}
}

// first returns the piece that a text begins with, and how many bytes it takes. No
// text: they are of none.
func first(text string) (piece, int) {
	r, size := utf8.DecodeRuneInString(text)
	switch {
	case joined(r) && wordly(r):
		end := size + marks(text[size:])
		return piece{text[:end], character, false}, end
	case wordly(r):
		end := size
		for end < len(text) {
			r, size := utf8.DecodeRuneInString(text[end:])
			if !wordly(r) && !unicode.Is(unicode.M, r) || joined(r) {
				break
			}
			end += size
		}
		return piece{text[:end], spaced, false}, end
	case unicode.Is(unicode.So, r) && r != utf8.RuneError:
		end := size
		if flagLetter(r) {
			// A flag is the two letters of a country.
			if r, size := utf8.DecodeRuneInString(text[end:]); flagLetter(r) {
				end += size
			}
		}
		return piece{text[:end], symbol, false}, end
	}
	return piece{}, size
}

// wordly reports whether words are made of a character.
func wordly(r rune) bool { return unicode.In(r, unicode.L, unicode.N) }

func flagLetter(r rune) bool { return r >= '🇦' && r <= '🇿' }

// marks returns how many bytes of a text are signs that belong to what stands
// before it, as the vowels of Thai.
func marks(text string) int {
	for i, r := range text {
		if !unicode.Is(unicode.M, r) {
			return i
		}
	}
	return len(text)
}

// cut bounds a word, between characters.
func cut(word string) string {
	if len(word) <= MaxWord {
		return word
	}
	end := MaxWord
	for !utf8.RuneStart(word[end]) {
		end--
	}
	return word[:end]
}

// Split returns the words of a text, folded, in their order: of a script with
// spaces its words, of one without the pairs of characters that follow one another
// (and a character that stands alone).
func Split(text string) []string { return split(text, false) }

// Terms returns what a text is found by: the words of Split, and of a script without
// spaces each character, too, by which it is found where one alone is searched for.
func Terms(text string) []string { return split(text, true) }

func split(text string, characters bool) []string {
	var list []string
	var alone string // the character before, while it is in no pair
	var last string  // the character before
	for p := range pieces(Fold(text)) {
		if !p.next && alone != "" {
			list = append(list, alone)
			alone = ""
		}
		p.text = cut(p.text)
		switch {
		case p.kind != character:
			list = append(list, p.text)
			continue
		case characters:
			list = append(list, p.text)
			if p.next {
				list = append(list, cut(last+p.text))
			}
		case p.next:
			list = append(list, cut(last+p.text))
			alone = ""
		default:
			alone = p.text
		}
		last = p.text
	}
	if alone != "" {
		list = append(list, alone)
	}
	return list
}

// Open reports whether a word of Split can be the beginning of another one: a word
// of a script with spaces can.
func Open(word string) bool {
	p, _ := first(word)
	return p.kind == spaced && p.text != ""
}

// Find returns the first of the unwanted words and phrases that stands in a text, as
// it is in the list: as whole words in a script with spaces, whatever white space and
// punctuation is between them; anywhere in one without. What has no words, as ":(",
// is found as it is.
func Find(text string, unwanted []string) (string, bool) {
	if len(unwanted) == 0 {
		return "", false
	}
	folded := Fold(text)
	have := slices.Collect(pieces(folded))
	places := map[string][]int{}
	for i, p := range have {
		places[p.text] = append(places[p.text], i)
	}
	for _, u := range unwanted {
		entry := Fold(u)
		want := slices.Collect(pieces(entry))
		if len(want) == 0 {
			if entry = strings.TrimSpace(entry); entry != "" && strings.Contains(folded, entry) {
				return u, true
			}
			continue
		}
		for _, at := range places[want[0].text] {
			if begins(have[at:], want) {
				return u, true
			}
		}
	}
	return "", false
}

// begins reports whether pieces begin with others. Characters that follow one another
// at once must do so in both.
func begins(have, want []piece) bool {
	if len(have) < len(want) {
		return false
	}
	for i, w := range want {
		if have[i].text != w.text || i > 0 && w.next && !have[i].next {
			return false
		}
	}
	return true
}
