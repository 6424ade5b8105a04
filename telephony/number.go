package telephony

import "strings"

// NumberKind says how much a Number can be trusted to reach somebody.
type NumberKind uint8

const (
	Anonymous NumberKind = iota // withheld, nothing that could be a number, or one that nobody can be meant by
	Short                       // a number of the own exchange or network: "112", "7004"
	Full                        // E.164
)

// Number is a telephone number, with the text it came as. The zero Number is anonymous.
// Anonymous, short and foreign numbers are ordinary.
type Number struct {
	E164 string // with the plus sign (ITU-T E.164); set where Kind is Full
	Raw  string // as the network sent it, cut at 79 bytes: hostile
	Kind NumberKind
}

// Key is what two calls from the same number share: E.164, or the digits of a
// short number; "" for an anonymous one, and for what only stands in a number's place.
//
// It is the one rule about whose number it is. Whatever takes a caller's number for somebody goes by the key and does nothing where it
// is "": their customer, earlier calls and ticket, their place in a queue and the agent who served them last, a callback.
// Two callers of the same key may still be two people of one company.
func (n Number) Key() string {
	key := ""
	switch n.Kind {
	case Full:
		key = n.E164
	case Short:
		key = n.Raw
	}
	if Placeholder(key) {
		return ""
	}
	return key
}

// NumberOf is the number of a key, with the text it came as; the key says its kind. A key that an older version has kept, and that is
// nobody's, gives an anonymous number.
func NumberOf(key, raw string) Number {
	switch {
	case Placeholder(key):
		return Number{Raw: raw}
	case key[0] == '+':
		return Number{E164: key, Raw: raw, Kind: Full}
	default:
		return Number{Raw: key, Kind: Short}
	}
}

// spelled are words that some American switches send in the digits of their letters on a keypad, as if they were numbers.
var spelled = map[string]bool{
	"266696687":   true, // ANONYMOUS
	"7378742833":  true, // RESTRICTED
	"86282452253": true, // UNAVAILABLE
}

const (
	leastDigits   = 2 // of a number of the own exchange
	sameDigits    = 5 // from here on digits that are all the same are nobody's: "111" may be an extension, "99999" is not
	countedDigits = 9 // from here on digits that count up from 0 or 1 are nobody's: "123456789", "0123456789"
)

// Placeholder says whether digits, with or without a plus sign, are none that a caller can be known by: a single one, zeros alone, the same digit
// again and again, digits that count up, and words spelled on a keypad. Switches send them where they have no
// number. Numbers of two to four digits are extensions: each belongs to somebody.
func Placeholder(digits string) bool {
	digits = strings.TrimPrefix(digits, "+")
	switch {
	case len(digits) < leastDigits, strings.Trim(digits, "0") == "", spelled[digits]:
		return true
	case len(digits) >= sameDigits && strings.Trim(digits, digits[:1]) == "":
		return true
	default:
		return len(digits) >= countedDigits && counts(digits)
	}
}

// counts says whether digits begin with 0 or 1, and each is one more than that before it; 0 follows 9.
func counts(digits string) bool {
	if digits[0] > '1' {
		return false
	}
	for i := 1; i < len(digits); i++ {
		if digits[i]-'0' != (digits[i-1]-'0'+1)%10 {
			return false
		}
	}
	return true
}

func (n Number) String() string {
	if k := n.Key(); k != "" {
		return k
	}
	return "anonymous"
}
