package phonenumbers

import (
	"slices"
	"strings"

	plan "github.com/nyaruka/phonenumbers"
)

// Dialled lists the ways in which a line's number (E.164) may come as the number that was dialled, in region: with and without its plus sign, with an
// international prefix, with the trunk prefix, and without any. Each of them is digits, but for a plus sign at its beginning, and Parse reads each
// of them as that number. The first two are the number itself. A number that no country has is dialled in these two ways only.
func Dialled(number, region string) []string {
	digits := strings.TrimPrefix(number, "+")
	all := []string{digits, "+" + digits}
	parsed, err := plan.Parse("+"+digits, region)
	if err != nil {
		return all
	}
	national, trunk := plan.GetNationalSignificantNumber(parsed), plan.GetNddPrefixForRegion(region, true)
	for _, way := range []string{
		"00" + digits, international(region) + digits,
		trunk + national, trunk + "0" + national, // "80" in Belarus
		national,
	} {
		if !slices.Contains(all, way) && Parse(way, region).Key() == "+"+digits {
			all = append(all, way)
		}
	}
	return all
}

// international is what is dialled in a region before the number of another country, such as "810" or "011".
func international(region string) string {
	abroad := "+390669883712"
	if region == "IT" || region == "VA" {
		abroad = "+442079460958"
	}
	n, err := plan.Parse(abroad, "")
	if err != nil {
		return "" // the tables lack it
	}
	var digits strings.Builder
	for _, r := range plan.FormatOutOfCountryCallingNumber(n, region) {
		if r >= '0' && r <= '9' {
			digits.WriteRune(r)
		}
	}
	prefix, _ := strings.CutSuffix(digits.String(), abroad[1:])
	return prefix
}
