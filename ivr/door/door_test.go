package door

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"hotline/telephony"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func call(from, address string) telephony.Arrival {
	a := telephony.Arrival{From: telephony.NumberOf(from, from)}
	if address != "" {
		a.Address = netip.MustParseAddr(address)
	}
	return a
}

func TestTooManyCallsOfOneNumberAreTurnedAway(t *testing.T) {
	d := New(Rules{PerNumber: 6})
	for i := range 6 {
		if v := d.Knock(call("+74951230001", ""), noon); v != Welcome {
			t.Fatalf("call %d of six that a minute may bring: %s", i+1, v)
		}
	}
	for range 100 {
		if v := d.Knock(call("+74951230001", ""), noon.Add(9*time.Second)); v != Flooded {
			t.Fatalf("the seventh call in nine seconds: %s", v)
		}
	}
	if v := d.Knock(call("+74951230002", ""), noon); v != Welcome {
		t.Errorf("a neighbour pays for the flood: %s", v)
	}
	if v := d.Knock(call("+74951230001", ""), noon.Add(10*time.Second)); v != Welcome {
		t.Errorf("ten seconds later one of six a minute may come again, whatever was turned away: %s", v)
	}
	if n := d.TurnedAway(Flooded); n != 100 {
		t.Errorf("%d calls were counted as turned away, and 100 were", n)
	}
}

func TestAddressesAreCountedByNetwork(t *testing.T) {
	tests := []struct {
		name, first, second string
		want                Verdict
	}{
		{"one IPv4 address", "192.0.2.7", "192.0.2.7", Flooded},
		{"its neighbour", "192.0.2.7", "192.0.2.8", Welcome},
		{"an IPv4 address in IPv6's clothes", "192.0.2.7", "::ffff:192.0.2.7", Flooded},
		{"one network of IPv6", "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", Flooded},
		{"another network", "2001:db8:1:2::1", "2001:db8:1:3::1", Welcome},
		{"with a zone", "fe80::1%a", "fe80::1%b", Flooded},
		{"no address at all", "", "", Welcome},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := New(Rules{PerAddress: 1})
			d.Knock(call("+74951230001", test.first), noon)
			if v := d.Knock(call("+74951230002", test.second), noon); v != test.want {
				t.Errorf("the second call is %s, want %s", v, test.want)
			}
		})
	}
}

func TestStrangersAreNotCountedAsOne(t *testing.T) {
	d := New(Rules{PerNumber: 1})
	for range 50 {
		if v := d.Knock(call("", ""), noon); v != Welcome {
			t.Fatalf("a caller without a number: %s", v)
		}
	}
}

func TestBlockedCallerIsServedAgainAfterTheEnd(t *testing.T) {
	d := New(Rules{Blocked: map[string]time.Time{"+74951230001": noon, "": noon.Add(time.Hour)}})
	if v := d.Knock(call("+74951230001", ""), noon.Add(-time.Second)); v != Blocked {
		t.Errorf("before the end: %s", v)
	}
	if v := d.Knock(call("+74951230001", ""), noon); v != Welcome {
		t.Errorf("at the end: %s", v)
	}
	if v := d.Knock(call("", ""), noon); v != Welcome {
		t.Errorf("who shows no number cannot be listed: %s", v)
	}
	d.Change(Rules{})
	if v := d.Knock(call("+74951230001", ""), noon.Add(-time.Second)); v != Welcome {
		t.Errorf("taken off the list: %s", v)
	}
}

func TestMemoryIsBoundedWhateverNumbersCome(t *testing.T) {
	d := New(Rules{PerNumber: 60, PerAddress: 60})
	for i := range 3 * keysMost {
		d.Knock(call(fmt.Sprintf("+7495%07d", i), fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)), noon)
	}
	if n, m := len(d.numbers.empty), len(d.addresses.empty); n > keysMost || m > keysMost {
		t.Errorf("%d numbers and %d addresses are kept; the most is %d", n, m, keysMost)
	}
}

func TestABlockedNumberIsBlockedAndCountedWhenItIsWithheldToo(t *testing.T) {
	d := New(Rules{PerNumber: 2, Blocked: map[string]time.Time{"+74951230009": noon.Add(time.Hour)}})
	withheld := func(number string) telephony.Arrival {
		return telephony.Arrival{Hidden: telephony.NumberOf(number, number)}
	}
	if v := d.Knock(withheld("+74951230009"), noon); v != Blocked {
		t.Errorf("a blocked number that is withheld: %s", v)
	}
	for i, want := range []Verdict{Welcome, Welcome, Flooded} {
		if v := d.Knock(withheld("+74951230008"), noon); v != want {
			t.Errorf("call %d of a withheld number, of two that may come in a minute: %s", i+1, v)
		}
	}
	if v := d.Knock(call("+74951230008", ""), noon); v != Flooded {
		t.Errorf("the same number, shown: %s", v)
	}
}
