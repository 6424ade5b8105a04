package private

import "testing"

// Several test suites and demos run on one machine: a house of the tests has 1000 ports for media, the demo 4000.
func TestManyHousesFitBesideEachOther(t *testing.T) {
	const ofOneHouse, ofTheSystem = 1000, 32768
	if n := units * rtpPerUnit / ofOneHouse; n < 12 {
		t.Errorf("%d houses fit beside each other", n)
	}
	if last := 8000 + units*rtpPerUnit - 1; last >= ofTheSystem {
		t.Errorf("the last port is %d, which the system gives to anybody", last)
	}
	if last := 7000 + 20*units - 1; last >= 8000 {
		t.Errorf("SIP and ARI reach up to port %d, among those of media", last)
	}
}
