package main

import (
	"testing"
	"time"

	"hotline/tickets"
)

// TestWhoseCallsAsteriskHasTakenAlong are those of a Hotline that was there minutes before Asterisk's new start. Where it was gone for hours by then, they have ended by
// themselves, unless the machine of both was off in between.
func TestWhoseCallsAsteriskHasTakenAlong(t *testing.T) {
	began := time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	at := func(ago time.Duration) time.Time { return began.Add(-ago) }
	for name, test := range map[string]struct {
		seen, began time.Time
		arrived     []time.Time
		together    bool
		booted      time.Time
	}{
		"both have died":                               {at(time.Minute), began, []time.Time{at(time.Hour)}, true, time.Time{}},
		"Hotline saw Asterisk come back":               {began.Add(time.Second), began, []time.Time{at(time.Hour)}, true, time.Time{}},
		"Hotline died in the evening":                  {at(6 * time.Hour), began, []time.Time{at(7 * time.Hour), at(6 * time.Hour)}, false, time.Time{}},
		"nobody waited, and one has just come":         {time.Time{}, began, []time.Time{at(2 * time.Hour), at(time.Minute)}, true, time.Time{}},
		"the last who waited did so hours ago":         {at(6 * time.Hour), began, []time.Time{at(time.Minute)}, true, time.Time{}},
		"nothing is known of the last run":             {time.Time{}, began, []time.Time{at(time.Hour)}, false, time.Time{}},
		"who comes after Asterisk's start says naught": {at(6 * time.Hour), began, []time.Time{at(6 * time.Hour), began.Add(time.Second)}, false, time.Time{}},
		"a power cut for hours":                        {at(6 * time.Hour), began, []time.Time{at(7 * time.Hour), at(6 * time.Hour)}, true, at(time.Minute)},
		"off since the day before yesterday":           {at(50 * time.Hour), began, []time.Time{at(51 * time.Hour), at(50 * time.Hour)}, false, at(time.Minute)},
		"the machine was started before":               {at(6 * time.Hour), began, []time.Time{at(7 * time.Hour)}, false, at(8 * time.Hour)},
		"nobody was there before the boot":             {time.Time{}, began, nil, false, at(time.Minute)},
		"Asterisk's start is not known":                {at(time.Minute), time.Time{}, []time.Time{at(time.Minute)}, false, time.Time{}},
	} {
		var all []tickets.Unended
		for _, at := range test.arrived {
			all = append(all, tickets.Unended{ArrivedAt: at})
		}
		if together := diedTogether(all, test.seen, test.began, test.booted); together != test.together {
			t.Errorf("%s: they died together: %v", name, together)
		}
	}
}

func TestWhenTheMachineWasStartedIsReadFromLinux(t *testing.T) {
	if at := bootIn("cpu  1 2 3\nintr 5 6\nbtime 1772424000\nprocesses 7\n"); !at.Equal(time.Unix(1772424000, 0)) {
		t.Errorf("it is %s", at)
	}
	for _, stat := range []string{"", "btime x\n", "cpu 1"} {
		if at := bootIn(stat); !at.IsZero() {
			t.Errorf("%q: it is %s", stat, at)
		}
	}
}
