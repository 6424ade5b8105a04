package postgres_test

import (
	"maps"
	"testing"
	"time"
)

func TestATicketsTimeIsRunningOutFromBeforeItIsOverUntilTheClockEnds(t *testing.T) {
	w := keepDates(t)
	n := w.ticket(84_001, 0, 60)
	w.must(w.Reckon(t.Context(), w.at(1)))
	expect := func(before time.Time, want map[string]int) {
		t.Helper()
		if got, err := w.store.ClocksEnding(t.Context(), before); err != nil || !maps.Equal(got, want) {
			t.Errorf("before %s there are %v, %v, not %v", before.Sub(w.begin), got, err, want)
		}
	}
	expect(w.at(59), map[string]int{})
	expect(w.at(61), map[string]int{"support": 1})
	expect(w.at(3000), map[string]int{"support": 1})                // it is over already
	expect(w.begin.AddDate(0, 0, 20), map[string]int{"support": 1}) // by both of its clocks
	_, err := w.pool.Exec(t.Context(), `UPDATE ticket_clocks SET ended = due WHERE ticket = $1 AND kind = 'reaction'`, n)
	w.must(err)
	expect(w.at(3000), map[string]int{})
}
