package clock

import (
	"slices"
	"testing"
	"time"
)

func TestNextIsWhateverComesFirstOfAllClocks(t *testing.T) {
	ticket := opened(t, "1 09:00")
	for i, x := range []struct {
		now, at string
		step    Step
		kind    Kind
	}{
		{"1 09:00", "1 10:30", Warning, Reaction},
		{"1 09:30", "1 10:30", Warning, Reaction},
		{"1 10:30", "1 11:00", Breach, Reaction},
		{"1 11:00", "2 14:00", Warning, Resolution},
		{"2 15:00", "2 18:00", Breach, Resolution},
		{"2 18:00", "3 09:00", Escalation, Resolution},
	} {
		clocks := Reckon(ticket, june(t, x.now))
		if i%2 == 1 { // in whatever order
			slices.Reverse(clocks)
		}
		e, ok := Next(clocks)
		if !ok || !e.At.Equal(june(t, x.at)) || e.Step != x.step || e.Clock.Kind != x.kind {
			t.Errorf("after %s comes %s of %s at %s, %v, not %+v", x.now, e.Step, e.Clock.Kind, e.At, ok, x)
		}
	}
	if e, ok := Next(Reckon(ticket, june(t, "3 09:00"))); ok {
		t.Errorf("after all has happened comes %+v", e)
	}
}

func TestEachStepIsNewsOnce(t *testing.T) {
	ticket := opened(t, "1 09:00", Moment{At: june(t, "1 09:10"), What: Reacted})
	var got []Step
	for _, now := range []string{"1 10:00", "2 14:00", "2 15:00", "2 19:00", "3 08:59", "3 09:00", "4 09:00"} {
		clocks := Reckon(ticket, june(t, now))
		for _, e := range News(ticket.Kept, clocks) {
			got = append(got, e.Step)
		}
		ticket.Kept = stored(t, clocks)
	}
	if len(got) != 3 || got[0] != Warning || got[1] != Breach || got[2] != Escalation {
		t.Errorf("the news were %v", got)
	}
}

func TestWhoeverSleptThroughAWarningIsToldOfTheBreachAlone(t *testing.T) {
	ticket := opened(t, "1 09:00")
	news := News(nil, Reckon(ticket, june(t, "1 12:00")))
	if len(news) != 2 || news[0].Step != Breach || news[1].Step != Escalation {
		t.Errorf("the news are %+v", news)
	}
	ticket.Moments = append(ticket.Moments, Moment{At: june(t, "1 12:00"), What: Reacted})
	news = News(nil, Reckon(ticket, june(t, "1 12:30")))
	if len(news) != 1 || news[0].Step != Breach || !news[0].At.Equal(june(t, "1 11:00")) {
		t.Errorf("of a clock that has ended the news are %+v", news)
	}
}

func TestWarningThatFallsDueAgainIsNotGivenAgain(t *testing.T) {
	ticket := opened(t, "1 09:00", Moment{At: june(t, "1 09:10"), What: Reacted})
	now := june(t, "2 15:00")
	ticket.Kept = Reckon(ticket, now)
	ticket.Agreement.Resolution += 8 * time.Hour // a lower priority, and so a later warning
	for _, now := range []time.Time{now, june(t, "3 17:00")} {
		clocks := Reckon(ticket, now)
		if news := News(ticket.Kept, clocks); len(news) != 0 {
			t.Errorf("it is warned again: %+v", news)
		}
		ticket.Kept = clocks
	}
	due(t, one(t, ticket.Kept, Resolution, 1), "3 18:00")
}
