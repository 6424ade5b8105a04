package phonenumbers

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// written is a number as a text writes it: a plus sign or none, and digits.
type written struct {
	number  string
	context string // of a number that is to be read within it, as RFC 3966 has it: a plus sign and digits; "" where there is none
}

// extension is what follows the number of a company: the number of somebody inside it, whom the network does not reach.
var extension = regexp.MustCompile(`(?i)(?:x|ext\.?|доб\.?|#|,|/)[\s:]*[0-9]{1,7}$`)

// readWritten reads the user part of a SIP address or a tel: address (RFC 3261, 19.1.1; RFC 3966), or a number as people write it. It is not ok
// for a text that holds anything but one number, its usual punctuation, parameters and an extension.
func readWritten(text string) (w written, ok bool) {
	if len(text) > rawBytes {
		return w, false
	}
	if plain, err := url.PathUnescape(text); err == nil {
		text = plain
	}
	text = strings.TrimSpace(text)
	if len(text) >= 4 && strings.EqualFold(text[:4], "tel:") {
		text = text[4:]
	}
	text, parameters, _ := strings.Cut(text, ";")
	if !plainParameters(parameters) {
		return w, false
	}
	w.context = contextOf(parameters)
	text = strings.TrimRight(strings.TrimSpace(text), "#")
	if at := extension.FindStringIndex(text); at != nil && digitsIn(text[:at[0]]) >= leastBeforeExtension {
		text = text[:at[0]]
	}
	w.number, ok = bare(text)
	return w, ok
}

// leastBeforeExtension is how many digits stand before an extension: "030/901820" is an area code and a number, and "12/345" is neither.
const leastBeforeExtension = 7

// bare leaves a plus sign and digits of a number with its usual punctuation.
func bare(text string) (string, bool) {
	var b strings.Builder
	digits := 0
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
			digits++
		case r == '+' && b.Len() == 0:
			b.WriteRune(r)
		case strings.ContainsRune("().\u2212/", r), unicode.In(r, unicode.Pd, unicode.Zs): // hyphens, dashes and spaces of all kinds
		default:
			return "", false
		}
	}
	return b.String(), digits > 0 && digits <= mostDigits
}

func digitsIn(text string) (n int) {
	for _, r := range text {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

// plainParameters says whether what stands behind a number's first semicolon looks like parameters, of RFC 3966 ("isub", "ext", "phone-context"),
// RFC 4694 ("npdi", "rn", "cic"), or any other: none of them changes whose number it is, but for the context.
func plainParameters(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune(`<>"'`, r)
	})
}

// contextOf finds a global phone-context among parameters. One that is a domain says nothing about digits.
func contextOf(parameters string) string {
	for p := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(p, "=")
		if !strings.EqualFold(name, "phone-context") {
			continue
		}
		if digits, ok := bare(value); ok && strings.HasPrefix(digits, "+") {
			return digits
		}
	}
	return ""
}
