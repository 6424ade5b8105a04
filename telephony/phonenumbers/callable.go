package phonenumbers

import (
	"slices"
	"strings"

	plan "github.com/nyaruka/phonenumbers"

	"hotline/telephony"
)

// Callable says whether a number that a caller gave as theirs may be called from a line (E.164). What a caller says their number
// is costs the line's owner money: only ordinary phones are called, of the line's own country and of others by prefix
// ("+375"); no premium or shared-cost service, no short number, no range that the tables do not know, and never the line itself.
func Callable(n telephony.Number, line string, abroad []string) bool {
	if n.Kind != telephony.Full || n.E164 == line {
		return false
	}
	theirs, err := plan.Parse(n.E164, "")
	if err != nil {
		return false
	}
	switch plan.GetNumberType(theirs) {
	case plan.FIXED_LINE, plan.MOBILE, plan.FIXED_LINE_OR_MOBILE, plan.VOIP, plan.PERSONAL_NUMBER:
	default:
		return false
	}
	own, err := plan.Parse(line, "")
	return err == nil && own.GetCountryCode() == theirs.GetCountryCode() ||
		slices.ContainsFunc(abroad, func(prefix string) bool { return strings.HasPrefix(n.E164, prefix) })
}
