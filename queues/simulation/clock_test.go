package simulation

import (
	"testing"
	"time"

	"hotline/queues"
)

// watchedDay is a date in a place, on which callers came at these times, in order, and hung up after half a minute.
func watchedDay(t *testing.T, date time.Time, came ...time.Time) *Observer {
	t.Helper()
	router, err := queues.New(queues.Config{Queues: []queues.Queue{{ID: "line"}}, Location: date.Location()})
	if err != nil {
		t.Fatal(err)
	}
	o := Observe(date)
	tell := func(at time.Time, e queues.Event) { o.Stepped(at, e, router.Step(at, e)) }
	tell(date, queues.PhoneChanged{Agent: "anna", Reachable: true})
	for i, at := range came {
		// What she does must stay in order, also where the wall shows the same hour again.
		tell(at.Add(-time.Second), queues.AgentSignedIn{Agent: queues.Agent{ID: "anna"}, Availability: queues.NotReady, Reason: queues.Break})
		tell(at.Add(-time.Second), queues.AgentSignedOut{Agent: "anna"})
		id := queues.RequestID(rune('a' + i))
		tell(at, queues.Enqueued{Request: queues.Request{ID: id, Queue: "line", Arrived: at}})
		tell(at.Add(30*time.Second), queues.Abandoned{Request: id})
	}
	o.Until(date.AddDate(0, 0, 1))
	return o
}

func TestHalfHoursAreTheWallsOnDaysWhoseClockIsSet(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		name  string
		date  time.Time
		came  []time.Duration // elapsed since midnight
		slots []int
	}{
		{"set back, an hour comes twice", time.Date(2026, 10, 25, 0, 0, 0, 0, berlin),
			[]time.Duration{90 * time.Minute, 170 * time.Minute, 190 * time.Minute, 24*time.Hour + 10*time.Minute}, []int{3, 5, 4, 46}},
		{"set forward, an hour is missing", time.Date(2026, 3, 29, 0, 0, 0, 0, berlin),
			[]time.Duration{90 * time.Minute, 130 * time.Minute, 22*time.Hour + 10*time.Minute}, []int{3, 6, 46}},
	} {
		t.Run(x.name, func(t *testing.T) {
			var want [Slots]int
			var came []time.Time
			for i, d := range x.came {
				came = append(came, x.date.Add(d))
				want[x.slots[i]]++
			}
			o := watchedDay(t, x.date, came...)
			config := queues.Config{Queues: []queues.Queue{{ID: "line"}}, Location: berlin}
			real, err := o.Figures(config)
			if err != nil {
				t.Fatal(err)
			}
			again := run(t, o.Trace(config, 1))
			for slot, n := range want {
				if f, g := real[0].Slots[slot], again.Queues[0].Slots[slot]; f.Offered != n || f.Abandoned != n || g.Offered != n || g.Abandoned != n || g.Longest != f.Longest {
					t.Errorf("half hour %d: %d came, and were counted as\n%+v\nand again as\n%+v", slot, n, f, g)
				}
			}
		})
	}
}

func TestAForecastBeginsAtTheTimeOnTheWall(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	late := time.Date(2026, 10, 25, 23, 10, 0, 0, berlin)
	config := queues.Config{Queues: []queues.Queue{{ID: "line"}}, Location: berlin}
	for _, at := range []time.Time{late, late.UTC()} {
		p := Observe(late.Add(-time.Hour)).Forecast(at, config).plan(30*time.Minute, nil, 1)
		if p.Only.From != 23*time.Hour+10*time.Minute || p.Begin.Day() != 25 {
			t.Errorf("%s: from %s on %s", at, p.Only.From, p.Begin)
		}
	}
}
