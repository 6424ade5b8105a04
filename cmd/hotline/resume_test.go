package main

import (
	"testing"
	"time"

	"hotline/tickets"
)

// TestWhoseCallsAsteriskHasTakenAlong are those of a Hotline that was there minutes before Asterisk's new start. Where it was gone for hours by then, they have ended by
// themselves.
func TestWhoseCallsAsteriskHasTakenAlong(t *testing.T) {
	began := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	at := func(ago time.Duration) time.Time { return began.Add(-ago) }
	for name, test := range map[string]struct {
		seen, began time.Time
		arrived     []time.Time
		together    bool
	}{
		"both have died":                               {at(time.Minute), began, []time.Time{at(time.Hour)}, true},
		"Hotline saw Asterisk come back":               {began.Add(time.Second), began, []time.Time{at(time.Hour)}, true},
		"Hotline died in the evening":                  {at(6 * time.Hour), began, []time.Time{at(7 * time.Hour), at(6 * time.Hour)}, false},
		"nobody waited, and one has just come":         {time.Time{}, began, []time.Time{at(2 * time.Hour), at(time.Minute)}, true},
		"the last who waited did so hours ago":         {at(6 * time.Hour), began, []time.Time{at(time.Minute)}, true},
		"nothing is known of the last run":             {time.Time{}, began, []time.Time{at(time.Hour)}, false},
		"who comes after Asterisk's start says naught": {at(6 * time.Hour), began, []time.Time{at(6 * time.Hour), began.Add(time.Second)}, false},
		"Asterisk's start is not known":                {at(time.Minute), time.Time{}, []time.Time{at(time.Minute)}, false},
	} {
		var all []tickets.Unended
		for _, at := range test.arrived {
			all = append(all, tickets.Unended{ArrivedAt: at})
		}
		if together := diedTogether(all, test.seen, test.began); together != test.together {
			t.Errorf("%s: they died together: %v", name, together)
		}
	}
}
