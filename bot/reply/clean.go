package reply

import (
	"strings"
	"unicode"
)

// Directions of text that are given by characters of their own.
// Source: Unicode Standard Annex 9, 2.
const (
	firstEmbedding = '\u202A' // to U+202E: embeddings and overrides
	lastEmbedding  = '\u202E'
	firstIsolate   = '\u2066' // to U+2068; each lasts up to a popIsolate
	popIsolate     = '\u2069'
)

// clean is text without what is not seen but changes how other text is seen:
// controls, overrides of the direction of writing, and characters without
// width. Letters of any script stay, and so do the joiners that scripts and
// emoji need. What else could begin a new line is a space, so that "\n" alone
// does.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case unicode.In(r, unicode.Zl, unicode.Zp), r == '\r', r == '\v', r == '\f', r == '\u0085':
			return ' '
		case unicode.IsControl(r), r >= firstEmbedding && r <= lastEmbedding, widthless(r):
			return -1
		}
		return r
	}, text)
}

// widthless reports whether r has no width and no use in a prompt. Without it
// words could hide in others.
func widthless(r rune) bool {
	switch {
	case r == '\u200B', r == '\uFEFF', r == '\u180E', r == '\u00AD', // zero-width spaces, soft hyphen
		r >= '\u2060' && r <= '\u2064', // joiners and operators that are not seen
		r >= '\u206A' && r <= '\u206F', // deprecated formats
		r >= '\uFFF9' && r <= '\uFFFB': // annotations
		return true
	}
	return false
}

func isolates(r rune) bool { return r >= firstIsolate && r <= popIsolate }

// level is a line in which every isolate of direction ends: where one does
// not, all are left out, since it would reach into what stands behind.
func level(line string) string {
	depth := 0
	for _, r := range line {
		switch {
		case r == popIsolate:
			depth--
		case isolates(r):
			depth++
		}
		if depth < 0 {
			break
		}
	}
	if depth == 0 {
		return line
	}
	return strings.Map(func(r rune) rune {
		if isolates(r) {
			return -1
		}
		return r
	}, line)
}
