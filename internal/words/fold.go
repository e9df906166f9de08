package words

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold returns text as it is compared: without difference of case, of width and
// of diacritics. What nobody sees, as a space of no width, is gone. Signs that make
// another letter in scripts of their own, as the vowels of Thai and of Devanagari or
// the voicing of Kana, are no diacritics and stay.
func Fold(text string) string {
	if ascii(text) {
		return strings.ToLower(text)
	}
	text = strip(norm.NFKD.String(strings.ToValidUTF8(text, string(utf8.RuneError))))
	// Folding can bring diacritics forth, and so do the letters that it makes of
	// others: the Turkish İ is an i with a dot above.
	// Cherokee is folded to its capitals by some, and to its small letters by others.
	text = strip(norm.NFKD.String(strings.ToLower(cases.Fold().String(text))))
	return norm.NFC.String(text)
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// strip takes away what Fold does not compare, from decomposed text.
func strip(text string) string {
	var out strings.Builder
	out.Grow(len(text))
	lettered := false // the last character that is no mark takes diacritics
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Cf, r), r == 'ـ': // which only stretches Arabic
			continue
		case unicode.Is(unicode.Mn, r):
			if lettered || diacritic(r) {
				continue
			}
		default:
			lettered = unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Hebrew, unicode.Arabic)
		}
		if plain, ok := letter(r); ok {
			out.WriteString(plain)
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

// diacritic reports whether a mark is one whatever it stands on: those that are of
// no script, and what only chooses how a character is drawn.
// Source: Unicode 15, Blocks.txt.
func diacritic(r rune) bool {
	return r >= 0x0300 && r <= 0x036F || r >= 0x1AB0 && r <= 0x1AFF || r >= 0x1DC0 && r <= 0x1DFF ||
		r >= 0x20D0 && r <= 0x20FF || r >= 0xFE20 && r <= 0xFE2F || unicode.Is(unicode.Variation_Selector, r)
}

// letter returns what stands for a letter whose diacritic Unicode does not take
// apart.
func letter(r rune) (string, bool) {
	switch r {
	case 'Ø', 'ø':
		return "o", true
	case 'Ł', 'ł':
		return "l", true
	case 'Đ', 'đ':
		return "d", true
	case 'Ħ', 'ħ':
		return "h", true
	case 'ı':
		return "i", true
	case 'Æ', 'æ':
		return "ae", true
	case 'Œ', 'œ':
		return "oe", true
	}
	return "", false
}
