package tickets

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The longest texts that are kept of what a network or a person sends. Texts are counted in characters everywhere: here, in the commands of
// the pages, and in the pages themselves; a letter counts one in every script, and so does an emoji of one code point.
const (
	LongestNote    = 4000 // of a note that an agent types
	LongestSubject = 200  // of a ticket's subject
	LongestName    = 256  // of names, ids and numbers that a network or a program sends
)

// Clean makes hostile text storable: valid UTF-8 without NUL (which PostgreSQL has no place
// for), cut after limit characters. Everything else stays as it came.
func Clean(s string, limit int) string {
	if len(s) > utf8.UTFMax*limit { // do not walk 10 MB to keep 256 characters
		s = s[:utf8.UTFMax*limit]
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	for i := range s {
		if limit == 0 {
			return s[:i]
		}
		limit--
	}
	return s
}

// Typed is what a person typed, as it is kept: nothing that turns, hides or forges text is left in it, as in what callers send (see Display).
// Lines stay lines, and the joiners that some scripts and emoji need stay as well. A text of blanks alone is none.
func Typed(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.TrimSpace(strings.Map(func(r rune) rune { return legible(r, true) }, s))
}

// DisplayLines is Display for a text of several lines, such as a note.
func DisplayLines(s string) string { return Typed(s) }

// Display makes hostile text safe to look at: control characters become spaces, marks that
// turn or hide text (bidirectional overrides, zero-width characters, tags) vanish. It is no HTML
// escaping: the text stays text, and whoever puts it in a page does so as text.
func Display(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune { return legible(r, false) }, s))
}

// legible is what is shown of a character; -1 is nothing. Where lines are kept, so are the joiners of letters and emoji.
func legible(r rune, lines bool) rune {
	switch {
	case lines && (r == '\n' || r == '\t' || r == zeroWidthNonJoiner || r == zeroWidthJoiner):
		return r
	case lines && (unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r)):
		return '\n'
	case unicode.IsControl(r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
		return ' '
	case r == utf8.RuneError:
		return '\uFFFD'
	case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r):
		return -1
	default:
		return r
	}
}

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)
