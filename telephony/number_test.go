package telephony_test

import (
	"testing"

	"hotline/telephony"
)

func TestNumberIsKnownAgainByItsKey(t *testing.T) {
	for _, n := range []telephony.Number{
		{E164: "+78005550101", Raw: "88005550101", Kind: telephony.Full},
		{Raw: "112", Kind: telephony.Short},
		{Raw: "anonymous"},
		{},
	} {
		if got := telephony.NumberOf(n.Key(), n.Raw); got != n {
			t.Errorf("%+v becomes %+v", n, got)
		}
	}
}

func TestWhatStandsInANumbersPlaceIsNobodys(t *testing.T) {
	for _, key := range []string{"", "+", "0", "00", "000000", "+0", "7", "+7", "99999", "+11111111111", "1234567890", "0123456789", "123456789", "266696687", "7378742833"} {
		if n := telephony.NumberOf(key, "raw"); n != (telephony.Number{Raw: "raw"}) || n.Key() != "" {
			t.Errorf("%q, kept by an older version, is %+v", key, n)
		}
		if n := (telephony.Number{Raw: key, Kind: telephony.Short}); n.Key() != "" || n.String() != "anonymous" {
			t.Errorf("%q, read from a note, is somebody's", key)
		}
	}
	for _, key := range []string{"10", "02", "101", "111", "7777", "112", "1000", "+998901234567", "+74950000000", "+79999999990"} {
		if n := telephony.NumberOf(key, key); n.Key() != key {
			t.Errorf("%q is nobody's", key)
		}
	}
}
