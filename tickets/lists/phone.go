package lists

import (
	"strings"
	"unicode"
)

const (
	leastDigits = 4  // of a telephone number's end
	Countryless = 10 // digits from the end count: before them stands a country, or how somebody dials out
)

// PhoneEnd are the digits at the end of a telephone number, from the last one; "" where what was typed is none.
func PhoneEnd(typed string) string {
	var digits []rune
	for _, r := range typed {
		switch {
		case r >= '0' && r <= '9':
			digits = append(digits, r)
		case strings.ContainsRune("+-()./", r), unicode.IsSpace(r):
		default:
			return ""
		}
	}
	if len(digits) < leastDigits {
		return ""
	}
	var end []rune
	for i := len(digits) - 1; i >= 0 && len(end) < Countryless; i-- {
		end = append(end, digits[i])
	}
	return string(end)
}
