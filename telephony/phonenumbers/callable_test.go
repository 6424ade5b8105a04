package phonenumbers_test

import (
	"testing"

	"hotline/telephony/phonenumbers"
)

func TestOnlyOrdinaryPhonesOfTheOwnCountryAreCalledBack(t *testing.T) {
	for _, in := range []struct {
		line, region string
		abroad       []string
		may          map[string]bool
	}{
		{"+74950000100", "RU", nil, map[string]bool{
			"+79161234567": true, "8 (495) 123-45-67": true,
			"+77012345678": false, "+77172123456": false, "87012345678": false, // Kazakhstan
			"+79407771234":  true, // Abkhazia, by the tables Russia's
			"+375291234567": false, "+74950000100": false, "84950000100": false, "+78091234567": false, "+78005550100": false, "+78031234567": false,
			"+19005551234": false, "+881612345678": false, "+882161234567": false, "+8835100123456": false, "+979112345678": false, "+870773111632": false,
			"+4930123456": false, "+79999999999": false, "112": false, "anonymous": false, "'; DROP TABLE calls": false, "000000": false,
		}},
		{"+78005550100", "RU", []string{"+375", "+77"}, map[string]bool{
			"+79161234567": true, "+375291234567": true, "+77012345678": true, "+78091234567": false, "+375602123456": false, "+380501234567": false,
		}},
		{"+74950000100", "RU", []string{"+7", "+1", "+88", "+8"}, map[string]bool{
			"+77012345678": true, "+12125551234": true, "+18765551234": true, "+78091234567": false, "+19005551234": false, "+8617012345678": true,
			"+882161234567": false, "+881612345678": false,
		}},
		{"+74950000100", "RU", []string{"+7809", "+882", "+979", "+1900", "+8816"}, map[string]bool{
			"+78091234567": true, "+882161234567": true, "+979112345678": true, "+19005551234": true, "+881612345678": true, "+881712345678": false, "+12125551234": false,
		}},
		{"+12125550100", "US", nil, map[string]bool{
			"+12125551234": true, "+18765551234": false, "+18092345678": false, "+14165551234": false, "+18005551234": false, "+19005551234": false, "+18682912345": false,
		}},
		{"+18005550100", "CA", nil, map[string]bool{"+14165551234": true, "+12125551234": false}},
		{"+442079460100", "GB", nil, map[string]bool{
			"+447400123456": true, "+442079460958": true, "+447624123456": false, "+447797712345": false, "+447781123456": false, "+449012345678": false, "+448431234567": false, "+447012345678": false,
		}},
		{"+4930901820", "RU", nil, map[string]bool{"+4915112345678": true, "+79161234567": false}},
		{"+393331234567", "IT", nil, map[string]bool{"+390669883712": false, "+390212345678": true}}, // the Vatican's is not Italy's
	} {
		for raw, want := range in.may {
			if got := phonenumbers.Callable(phonenumbers.Parse(raw, in.region), in.line, in.region, in.abroad); got != want {
				t.Errorf("%s may be called from %s, with %q: %v", raw, in.line, in.abroad, got)
			}
		}
	}
}
