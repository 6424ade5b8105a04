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
