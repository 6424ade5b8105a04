package phonenumbers_test

import (
	"testing"

	"hotline/telephony/phonenumbers"
)

func TestOnlyOrdinaryPhonesOfTheOwnCountryAreCalledBack(t *testing.T) {
	for raw, want := range map[string]bool{
		"+79161234567": true, "8 (495) 123-45-67": true, "+375291234567": true,
		"+74950000100":  false, // the line itself
		"+78091234567":  false, // premium
		"+19005551234":  false, // premium, abroad
		"+881612345678": false, // a satellite
		"+4930123456":   false, // abroad
		"112":           false, "anonymous": false, "'; DROP TABLE calls": false,
	} {
		if got := phonenumbers.Callable(phonenumbers.Parse(raw, "RU"), "+74950000100", []string{"+375"}); got != want {
			t.Errorf("%s may be called: %v", raw, got)
		}
	}
}
