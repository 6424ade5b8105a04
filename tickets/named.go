package tickets

import (
	"strings"
	"unicode"
)

// Two things may say what a caller is called: the customer whose number it is, and the network, which passes on what somebody has put into the
// caller's phone or PBX. The customer's name wins where there is one. A customer whom nobody has named yet, such as the provisional one of an
// unknown number's second call, leaves the network's: better than none, though nobody has confirmed it.

// NameOf is what a caller is called, safe to show: the customer's name, or else the caller's own; "" where neither says anything.
func NameOf(c *Customer, own string) string {
	if c != nil {
		if name := Display(c.Name); name != "" {
			return name
		}
	}
	return OwnName(own)
}

// nobodys are names that networks and phones send where there is none.
var nobodys = map[string]bool{
	"anonymous": true, "anonym": true, "unknown": true, "unknown caller": true, "unknown name": true, "unavailable": true, "not available": true, "name unavailable": true,
	"private": true, "private caller": true, "private number": true, "restricted": true, "withheld": true, "number withheld": true, "blocked": true, "no name": true,
	"caller": true, "wireless caller": true, "toll free call": true, "out of area": true, "asterisk": true, "null": true, "none": true, "undefined": true, "n/a": true,
	"аноним": true, "анонимно": true, "анонимный": true, "неизвестно": true, "неизвестный": true, "неизвестный номер": true, "номер скрыт": true, "скрытый номер": true, "недоступно": true,
}

// OwnName is the name that the network sent with a call, safe to show; "" where it is none: blank, without any letter (such as the number once
// more), an address, or a word for nobody.
func OwnName(sent string) string {
	name := Display(sent)
	plain := strings.ToLower(strings.Trim(name, `"'()<>[] `))
	switch {
	case !strings.ContainsFunc(plain, unicode.IsLetter), nobodys[plain]:
		return ""
	case strings.HasPrefix(plain, "sip:"), strings.HasPrefix(plain, "tel:"), strings.Contains(plain, "@anonymous.invalid"), isAddress(plain):
		return ""
	default:
		return name
	}
}

// isAddress says whether a text is a number at a host, as some PBXs send it for a name.
func isAddress(text string) bool {
	user, host, found := strings.Cut(text, "@")
	return found && host != "" && strings.Trim(user, "+0123456789-.() ") == ""
}
