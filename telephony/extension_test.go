package telephony

import "testing"

func TestANumberWithAnExtensionIsACompanys(t *testing.T) {
	for raw, want := range map[string]bool{
		"+74950000100": false, "84950000100": false, "+7 (495) 000-01-00": false, "": false, "sip": false, "+74950000100;user=phone": false,
		"+74950000100 ext. 12": true, "+74950000100x7": true, "+7495000-0100 доб. 15": true, "+74950000100,,15": false, "+74950000100,15": true,
		"+74950000100;ext=12": true, "+74950000100;phone-context=x;ext=12": true, "+74950000100%3Bext=12": true, "+74950000100#12": true,
	} {
		if got := (Number{E164: "+74950000100", Raw: raw, Kind: Full}).NamesExtension(); got != want {
			t.Errorf("%q: %t", raw, got)
		}
	}
}
