package life

import (
	"math/rand/v2"
	"slices"
	"testing"

	"hotline/tickets"
)

// TestLinksComeByTheirNumbers whatever the order in which they were tied, as from the database.
func TestLinksComeByTheirNumbers(t *testing.T) {
	numbers := []tickets.Number{"10000001", "10000002", "10000003", "99999999", "123456789"}
	rand.Shuffle(len(numbers), func(i, j int) { numbers[i], numbers[j] = numbers[j], numbers[i] })
	var m Matter
	for _, n := range numbers {
		if !m.tie(Link{Other: n, Kind: "related"}) || m.tie(Link{Other: n, Kind: "related"}) {
			t.Errorf("%s is tied once", n)
		}
	}
	if !slices.IsSortedFunc(m.Links, func(a, b Link) int { return slices.Compare([]byte(a.Other), []byte(b.Other)) }) || len(m.Links) != len(numbers) {
		t.Errorf("%v", m.Links)
	}
}
