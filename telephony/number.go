package telephony

// NumberKind says how much a Number can be trusted to reach somebody.
type NumberKind uint8

const (
	Anonymous NumberKind = iota // withheld, or nothing that could be a number
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
// short number; "" for an anonymous one.
func (n Number) Key() string {
	switch n.Kind {
	case Full:
		return n.E164
	case Short:
		return n.Raw
	default:
		return ""
	}
}

// NumberOf is the number of a key, with the text it came as; the key says its kind.
func NumberOf(key, raw string) Number {
	switch {
	case key == "":
		return Number{Raw: raw}
	case key[0] == '+':
		return Number{E164: key, Raw: raw, Kind: Full}
	default:
		return Number{Raw: key, Kind: Short}
	}
}

func (n Number) String() string {
	if k := n.Key(); k != "" {
		return k
	}
	return "anonymous"
}
