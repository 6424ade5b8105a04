// Package phonenumbers turns what a network sends as a caller's number into a
// telephony.Number. It owns one decision: whether a text is a number that can be
// called back and recognised again (Full), a number of the own exchange or city
// (Short), or nothing of the kind (Anonymous). It never fails: whatever it does not
// understand is anonymous, with the raw text kept for people to look at.
//
//	"8 (495) 123-45-67", "810 49 30 …", "+44 …", "380 50 …"         ─► Full, E.164
//	"tel:495-1234567;phone-context=+7", "+7495…;npdi", "%2B7495…"   ─► Full, E.164
//	"112", "7004", "123-45-67"                                      ─► Short
//	"anonymous", "", "1'; DROP TABLE", "sip:…", "000000", "5"       ─► Anonymous
//
// Numbering plans come from nyaruka/phonenumbers (Google's libphonenumber tables). A
// number of the right length in a known country is accepted even where its range is
// missing from the tables: ranges are opened faster than tables are released. What only stands in a number's place
// (telephony.Placeholder) is anonymous also where some country has such a number.
package phonenumbers

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	plan "github.com/nyaruka/phonenumbers"

	"hotline/telephony"
)

const (
	rawBytes    = 79 // what the switch itself keeps of a caller's number
	shortDigits = 6  // longer ones belong to some numbering plan
	mostDigits  = 21 // E.164's 15, a long international prefix, some grace
	longestE164 = 15 // digits (ITU-T E.164, 6)
)

// Parse reads raw as it is dialled in region (ISO 3166, "RU").
func Parse(raw, region string) telephony.Number {
	n := telephony.Number{Raw: clean(raw)}
	w, ok := readWritten(raw)
	if !ok || telephony.Placeholder(w.number) {
		return n
	}
	if w.context != "" && w.number[0] != '+' {
		if n.E164 = valid(w.context+w.number, region); n.E164 != "" {
			n.Kind = telephony.Full
			return n
		}
	}
	if w.number[0] != '+' && len(w.number) <= shortDigits {
		n.Kind, n.Raw = telephony.Short, w.number
		return n
	}
	if n.E164 = full(w.number, region); n.E164 != "" {
		n.Kind = telephony.Full
		return n
	}
	if local(w.number, region) {
		n.Kind, n.Raw = telephony.Short, w.number
	}
	return n
}

// ParseCaller reads a caller's number as Parse does. Nobody is meant by the line's own number (E.164): a call that shows it comes from a network that
// had none to show, or from somebody to whom the line has led a caller and who forwards them back.
func ParseCaller(raw, region, line string) telephony.Number {
	n := Parse(raw, region)
	if n.Key() == line {
		return telephony.Number{Raw: clean(raw)}
	}
	return n
}

// full gives number in E.164, or "". The first reading counts that is valid to the last digit; if there is none, the likeliest where its length is
// right. Any other reading must be valid: else any long extension would become somebody abroad.
func full(number, region string) string {
	if number[0] == '+' && number[1] != '0' { // as networks should send it: to parse a number is dear, and done once for most callers
		if e164 := valid(number, region); e164 != "" {
			return e164
		}
	}
	likeliest, others := readings(number, region)
	for _, reading := range others {
		if e164 := valid(reading, region); e164 != "" {
			return e164
		}
	}
	return possible(likeliest, region)
}

// readings are what a number may mean, in the order in which they are tried, and the one that is likeliest where none is valid.
func readings(number, region string) (likeliest string, all []string) {
	switch rest, international := strings.CutPrefix(strings.TrimPrefix(number, "+"), "00"); {
	case international: // 00 is the international prefix of most of the world, though not of Russia (810): carriers send both
		number = "+" + rest
		return number, []string{number}
	case number[0] == '+' && number[1] == '0': // a national number behind a plus sign: no country begins with a zero
		national := number[1:]
		return national, []string{national, strings.TrimLeft(national, "0")}
	case number[0] == '+' && possible(number, region) == "": // and some networks set a plus sign before whatever they have
		return number, []string{number, number[1:]}
	case number[0] == '+':
		return number, []string{number}
	case number[0] == '0': // the usual trunk prefix, also where it is another
		return number, []string{number, strings.TrimLeft(number, "0")}
	case plan.GetNddPrefixForRegion(region, true) == "0": // a national number would begin with the zero
		return number, []string{"+" + number, number}
	default: // trunks like to leave out the plus of a foreign number
		return number, []string{number, "+" + number}
	}
}

// valid gives a reading in E.164 where it is a number to the last digit, or "".
func valid(reading, region string) string {
	parsed, err := plan.Parse(reading, region)
	if err != nil || !plan.IsValidNumber(parsed) {
		return ""
	}
	return e164(parsed)
}

// possible gives a reading in E.164 where it has the length of a number, or "". A zero that the country's numbers do not begin with is not one.
func possible(reading, region string) string {
	parsed, err := plan.Parse(reading, region)
	if err != nil || parsed.GetItalianLeadingZero() || plan.IsPossibleNumberWithReason(parsed) != plan.IS_POSSIBLE {
		return ""
	}
	return e164(parsed)
}

// e164 writes a number, but "" for one that is too long for E.164, and for one that only stands in a number's place.
func e164(n *plan.PhoneNumber) string {
	written := plan.Format(n, plan.E164)
	if len(written)-1 > longestE164 || telephony.Placeholder(written) || telephony.Placeholder(strconv.FormatUint(n.GetNationalNumber(), 10)) {
		return ""
	}
	return written
}

// local says whether number is one within a city, without its area code: useless abroad,
// but the same caller has the same one tomorrow.
func local(number, region string) bool {
	if number[0] == '+' {
		return false
	}
	parsed, err := plan.Parse(number, region)
	return err == nil && plan.IsPossibleNumberWithReason(parsed) == plan.IS_POSSIBLE_LOCAL_ONLY
}

// clean keeps what can safely be stored and shown of a hostile text: no control
// characters, no direction marks that turn a line around, at most 79 bytes.
func clean(raw string) string {
	var b strings.Builder
	for _, r := range raw {
		if unicode.In(r, unicode.Cc, unicode.Cf) {
			continue
		}
		if b.Len()+utf8.RuneLen(r) > rawBytes {
			break
		}
		b.WriteRune(r) // an invalid byte comes out of range as U+FFFD
	}
	return b.String()
}

// Country is the calling code of a region (ISO 3166, "RU"), such as "7"; "" where there is none.
func Country(region string) string {
	if code := plan.GetCountryCodeForRegion(region); code > 0 {
		return strconv.Itoa(code)
	}
	return ""
}
