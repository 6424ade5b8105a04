package tickets

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The longest texts, in bytes, that are kept of what a network or a person sends.
const (
	longestName = 256
	longestText = 8192
)

// Clean makes hostile text storable: valid UTF-8 without NUL (which PostgreSQL has no place
// for), cut at limit bytes between characters. Everything else stays as it came.
func Clean(s string, limit int) string {
	if len(s) > limit+utf8.UTFMax { // do not walk 10 MB to keep 256 bytes
		s = s[:limit+utf8.UTFMax]
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// Display makes hostile text safe to look at: control characters become spaces, marks that
// turn or hide text (bidirectional overrides, zero-width characters, tags) vanish. It is no HTML
// escaping: the text stays text, and whoever puts it in a page does so as text.
func Display(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r', unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r):
			return ' '
		case r == utf8.RuneError:
			return '\uFFFD'
		case unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r):
			return -1
		default:
			return r
		}
	}, s)
	return strings.TrimSpace(s)
}
