// Package phonenumbers turns what a network sends as a caller's number into a
// telephony.Number. It owns one decision: whether a text is a number that can be
// called back and recognised again (Full), a number of the own exchange or city
// (Short), or nothing of the kind (Anonymous). It never fails: whatever it does not
// understand is anonymous, with the raw text kept for people to look at.
//
//	"8 (495) 123-45-67", "810 49 30 …", "+44 …", "380 50 …" ─► Full, E.164
//	"112", "7004", "123-45-67"                              ─► Short
//	"anonymous", "", "1'; DROP TABLE", "sip:…"              ─► Anonymous
//
// Numbering plans come from nyaruka/phonenumbers (Google's libphonenumber tables). A
// number of the right length in a known country is accepted even where its range is
// missing from the tables: ranges are opened faster than tables are released.
package phonenumbers

import (
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
)

// Parse reads raw as it is dialled in region (ISO 3166, "RU").
func Parse(raw, region string) telephony.Number {
	n := telephony.Number{Raw: clean(raw)}
	number, ok := dialled(raw)
	if !ok {
		return n
	}
	if !strings.HasPrefix(number, "+") && len(number) <= shortDigits {
		n.Kind, n.Raw = telephony.Short, number
		return n
	}
	if e164 := full(number, region); e164 != "" {
		n.Kind, n.E164 = telephony.Full, e164
		return n
	}
	if local(number, region) {
		n.Kind, n.Raw = telephony.Short, number
	}
	return n
}

// dialled strips raw to an optional plus and digits, and refuses a text that holds
// anything but a number and its usual punctuation.
func dialled(raw string) (string, bool) {
	raw = strings.TrimSpace(raw)
	if len(raw) >= 4 && strings.EqualFold(raw[:4], "tel:") {
		raw = raw[4:]
	}
	if len(raw) > rawBytes {
		return "", false
	}
	var b strings.Builder
	digits := 0
	for _, r := range raw {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
			digits++
		case r == '+' && b.Len() == 0:
			b.WriteRune(r)
		case strings.ContainsRune(" -().\u00a0\u2011\u2013", r):
		default:
			return "", false
		}
	}
	if digits == 0 || digits > mostDigits {
		return "", false
	}
	return b.String(), true
}

// full gives number in E.164, or "".
func full(number, region string) string {
	// 00 is the international prefix of most of the world, though not of Russia (810): carriers send both.
	if rest, ok := strings.CutPrefix(number, "00"); ok {
		number = "+" + rest
	}
	parsed, err := plan.Parse(number, region)
	if err == nil && plan.IsValidNumber(parsed) {
		return plan.Format(parsed, plan.E164)
	}
	// Trunks like to leave out the plus of a foreign number. Only a number valid to the
	// last digit is taken for one: else any long extension would become somebody abroad.
	if number[0] != '+' {
		if abroad, err := plan.Parse("+"+number, region); err == nil && plan.IsValidNumber(abroad) {
			return plan.Format(abroad, plan.E164)
		}
	}
	if err == nil && parsed.GetNationalNumber() != 0 && plan.IsPossibleNumberWithReason(parsed) == plan.IS_POSSIBLE {
		return plan.Format(parsed, plan.E164)
	}
	return ""
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
