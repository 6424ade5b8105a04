package ivr

import (
	"fmt"
	"testing"

	"hotline/telephony"
)

func TestOfOneCallerAsManyAreSentOnAtOnceAsMayBeColleagues(t *testing.T) {
	o := sendings{calls: map[sending]sent{}}
	enter := func(id string, from, to string) error {
		return o.enter(telephony.CallID(id), sent{from: from, to: to}, 100)
	}
	for i := range ofOneCaller {
		if err := enter(fmt.Sprint("colleague ", i), "+7916", "+7495"); err != nil {
			t.Fatalf("colleague %d: %v", i, err)
		}
	}
	if err := enter("one more", "+7916", "+7499"); err == nil {
		t.Error("a circle of forwardings never ends")
	}
	if err := enter("another", "+7917", "+7495"); err != nil {
		t.Errorf("another caller: %v", err)
	}
	for i := range 2 * ofOneCaller {
		if err := enter(fmt.Sprint("withheld ", i), "", "+7495"); err != nil {
			t.Errorf("a withheld number: %v", err)
		}
	}
	o.leave("colleague 0")
	if err := enter("one more", "+7916", "+7499"); err != nil {
		t.Errorf("one has left: %v", err)
	}
}
