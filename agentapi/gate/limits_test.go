package gate

import (
	"fmt"
	"testing"
	"time"
)

func TestFailedSignInsLeakAwayAndAddressesStandApart(t *testing.T) {
	at := func(seconds float64) time.Time {
		return time.Unix(0, 0).Add(time.Duration(seconds * float64(time.Second)))
	}
	var l limits
	for range 5 {
		l.failed("anna", "a", at(0))
	}
	for _, c := range []struct {
		login, address string
		seconds        float64
		blocked        bool
	}{
		{"anna", "a", 0, true}, {"anna", "b", 0, false}, {"boris", "a", 0, false},
		{"anna", "a", 9, true}, {"anna", "a", 10, false},
	} {
		if got := l.blocked(c.login, c.address, at(c.seconds)) > 0; got != c.blocked {
			t.Errorf("%s from %s at %v s: blocked is %v", c.login, c.address, c.seconds, got)
		}
	}
	for i := range 20 { // one address tries many logins
		l.failed(fmt.Sprint(i), "c", at(100))
	}
	if l.blocked("vera", "c", at(100)) == 0 || l.blocked("vera", "a", at(100)) != 0 {
		t.Error("expected the address c to be blocked, and a not")
	}
	for i := range 100 { // many addresses try one login
		l.failed("vera", fmt.Sprint(i), at(200))
	}
	if l.blocked("vera", "new", at(200)) == 0 || l.blocked("anna", "new", at(200)) != 0 {
		t.Error("expected the login vera to be blocked, and anna not")
	}
	for i := range 2 * bucketsMost {
		l.failed(fmt.Sprint("x", i), fmt.Sprint("y", i), at(300))
	}
	if len(l.buckets) > bucketsMost+3 {
		t.Errorf("%d buckets are kept", len(l.buckets))
	}
}
