package spool

import (
	"testing"
	"time"
)

// TestAgeOfTheOldestFactIsKnownHoweverLongTheDatabaseIsAway: a fact a second for a week, then the database comes back.
func TestAgeOfTheOldestFactIsKnownHoweverLongTheDatabaseIsAway(t *testing.T) {
	start := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	const week = 7 * 24 * 3600
	var m marks
	for second := range uint64(week) {
		m.add(second+1, start.Add(time.Duration(second)*time.Second))
	}
	if len(m.all) > marksMost {
		t.Errorf("%d marks are kept", len(m.all))
	}
	if !m.oldest().Equal(start) {
		t.Errorf("the oldest is of %v", m.oldest())
	}
	for _, applied := range []uint64{1, 1000, week / 3, week / 2, week - 1} {
		m.applied(applied)
		is, want := m.oldest(), start.Add(time.Duration(applied)*time.Second) // of the fact after it
		if is.After(want) || want.Sub(is) > m.apart {
			t.Errorf("after %d the oldest is of %v, not %v", applied, is, want)
		}
	}
	m.caughtUp()
	if !m.oldest().IsZero() {
		t.Errorf("nothing waits since %v", m.oldest())
	}
	m.add(week+1, start.Add(8*24*time.Hour))
	m.add(week+2, start.Add(8*24*time.Hour+2*time.Second))
	if m.applied(week + 1); !m.oldest().Equal(start.Add(8*24*time.Hour + 2*time.Second)) {
		t.Errorf("the oldest is of %v", m.oldest())
	}
}
