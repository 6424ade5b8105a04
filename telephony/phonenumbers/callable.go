package phonenumbers

import (
	"slices"
	"strconv"
	"strings"

	plan "github.com/nyaruka/phonenumbers"

	"hotline/telephony"
)

// Callable says whether a number that a caller gave as theirs may be called from a line (E.164) in region. What a caller says their number
// is costs the line's owner money: only ordinary phones are called, of the line's own country and of others by prefix
// ("+375"); and never the line itself, nor a short number.
//
// A country is not its calling code: +7 is Russia and Kazakhstan, +1 North America and many islands, +44 Great Britain and others. Premium and
// shared-cost services, satellites, and ranges that the tables do not know are called only where a prefix names them.
func Callable(n telephony.Number, line, region string, abroad []string) bool {
	if n.Kind != telephony.Full || n.Key() == "" || n.E164 == line {
		return false
	}
	theirs, err := plan.Parse(n.E164, "")
	if err != nil {
		return false
	}
	ordinary := isOrdinary(theirs)
	for _, prefix := range abroad {
		if strings.HasPrefix(n.E164, prefix) && (ordinary || names(prefix, theirs)) {
			return true
		}
	}
	return ordinary && plan.GetRegionCodeForNumber(theirs) == country(line, region)
}

// Zones are the time zones in which a number may be, by their names in the IANA database: several where its beginning does not tell, as of
// a freephone number, and none where nothing is known. A mobile phone may be elsewhere than its number.
func Zones(n telephony.Number) []string {
	theirs, err := plan.Parse(n.E164, "")
	if err != nil {
		return nil
	}
	zones, err := plan.GetTimezonesForNumber(theirs)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(zones, func(name string) bool { return name == plan.UNKNOWN_TIMEZONE })
}

// isOrdinary says whether a number is a phone's, of some country, at the usual price.
func isOrdinary(n *plan.PhoneNumber) bool {
	switch plan.GetNumberType(n) {
	case plan.FIXED_LINE, plan.MOBILE, plan.FIXED_LINE_OR_MOBILE, plan.VOIP: // a personal number costs what its owner chose
		return plan.GetRegionCodeForNumber(n) != plan.REGION_CODE_FOR_NON_GEO_ENTITY
	default:
		return false
	}
}

// specific is how many digits after the calling code a prefix has at least that names a range: "+7809", not "+7".
const specific = 3

// names says whether a prefix of a number names its range: the code of a satellite network or of another service without a country
// does, and one that goes so far into a country's numbers that it means this range alone.
func names(prefix string, n *plan.PhoneNumber) bool {
	code := strconv.Itoa(int(n.GetCountryCode()))
	rest, whole := strings.CutPrefix(strings.TrimPrefix(prefix, "+"), code)
	return whole && (len(rest) >= specific || plan.GetRegionCodeForCountryCode(int(n.GetCountryCode())) == plan.REGION_CODE_FOR_NON_GEO_ENTITY)
}

// country is that of a line: its region, where the line's number has that region's calling code, and else the number's own.
func country(line, region string) string {
	if code := Country(region); code != "" && strings.HasPrefix(line, "+"+code) { // no code begins with another
		return region
	}
	own, err := plan.Parse(line, "")
	if err != nil {
		return ""
	}
	return plan.GetRegionCodeForNumber(own)
}
