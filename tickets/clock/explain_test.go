package clock

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hotline/telephony/hours"
)

// told writes a reckoning down, a line a day.
func told(days []Day) string {
	var b strings.Builder
	for _, d := range days {
		fmt.Fprintf(&b, "%s", d.Date[5:])
		if len(d.Open) == 0 {
			fmt.Fprint(&b, " closed")
		}
		if d.Unusual {
			fmt.Fprintf(&b, " (%s)", d.Name.In("en"))
		}
		for _, p := range d.Pieces {
			fmt.Fprintf(&b, " %s-%s %s", p.From.Format("15:04"), p.To.Format("15:04"), p.Why)
			if p.Why == Paused {
				fmt.Fprintf(&b, " for %s", p.Party)
			}
			if p.Ahead {
				fmt.Fprint(&b, " ahead")
			}
			fmt.Fprint(&b, ",")
		}
		fmt.Fprintf(&b, " %s counted, %s left\n", d.Counted, d.Left)
	}
	return b.String()
}

// zammad 390
func TestReckoningIsToldDayByDayWithItsHolidays(t *testing.T) {
	ticket := opened(t, "10 16:00", waits(t, "10 17:00", Customer), waits(t, "11 10:00", FirstLine))
	now := june(t, "11 11:00")
	days := Explain(one(t, Reckon(ticket, now), Resolution, 1), ticket.Agreement.Calendar, now.UTC())
	want := `06-10 16:00-17:00 counts, 17:00-18:00 paused for customer, 1h0m0s counted, 15h0m0s left
06-11 09:00-10:00 paused for customer, 10:00-11:00 counts, 11:00-13:00 counts ahead, 14:00-18:00 counts ahead, 7h0m0s counted, 8h0m0s left
06-12 closed (Russia Day) 0s counted, 8h0m0s left
06-13 closed 0s counted, 8h0m0s left
06-14 closed 0s counted, 8h0m0s left
06-15 09:00-13:00 counts ahead, 14:00-18:00 counts ahead, 8h0m0s counted, 0s left
`
	if got := told(days); got != want {
		t.Errorf("it is told so:\n%snot so:\n%s", got, want)
	}
	if open := days[0].Open; len(open) != 2 || open[0].Long() != 4*time.Hour || open[1].To.Format("15:04") != "18:00" {
		t.Errorf("on the first day %v is open", open)
	}
}

func TestReckoningGoesOnAfterTheDueDateAndEndsWithTheClock(t *testing.T) {
	ticket := opened(t, "1 09:00")
	now := june(t, "1 12:00")
	days := Explain(one(t, Reckon(ticket, now), Reaction, 1), ticket.Agreement.Calendar, now)
	if got, want := told(days), "06-01 09:00-12:00 counts, 3h0m0s counted, -1h0m0s left\n"; got != want {
		t.Errorf("of a clock that has run out it is told %s", got)
	}
	ticket.Moments = append(ticket.Moments, Moment{At: june(t, "1 10:00"), What: Reacted})
	days = Explain(one(t, Reckon(ticket, now), Reaction, 1), ticket.Agreement.Calendar, now)
	if got, want := told(days), "06-01 09:00-10:00 counts, 1h0m0s counted, 1h0m0s left\n"; got != want {
		t.Errorf("of a clock that has ended it is told %s", got)
	}
	ticket.Moments[1] = waits(t, "1 11:00", Customer)
	days = Explain(one(t, Reckon(ticket, now), Resolution, 1), ticket.Agreement.Calendar, now)
	if got, want := told(days), "06-01 09:00-11:00 counts, 11:00-12:00 paused for customer, 2h0m0s counted, 14h0m0s left\n"; got != want {
		t.Errorf("of a clock that stands still it is told %s", got)
	}
}

func TestWhatTodaysCalendarCannotExplainIsToldAsASum(t *testing.T) {
	ticket := opened(t, "1 09:00", waits(t, "2 12:00", Customer), waits(t, "3 12:00", FirstLine))
	now := june(t, "3 13:00")
	ticket.Kept = Reckon(ticket, now)
	later := office(t)
	for d := range later.Week {
		later.Week[d] = []hours.Span{{From: 10 * time.Hour, To: 18 * time.Hour}}
	}
	ticket.Agreement.Calendar = later
	days := Explain(one(t, Reckon(ticket, now), Resolution, 1), later, now)
	want := `06-01 09:00-12:00 settled, 11h0m0s counted, 5h0m0s left
06-02 12:00-18:00 paused for customer, 0s counted, 5h0m0s left
06-03 10:00-12:00 paused for customer, 12:00-13:00 counts, 13:00-17:00 counts ahead, 5h0m0s counted, 0s left
`
	if got := told(days); got != want {
		t.Errorf("it is told so:\n%snot so:\n%s", got, want)
	}
}

func TestDaysAroundTheClockAreThoseOfWhoeverAsks(t *testing.T) {
	ticket := opened(t, "1 23:00")
	ticket.Agreement.Calendar, ticket.Agreement.Reaction = nil, 2*time.Hour
	now := june(t, "1 23:30")
	c := one(t, Reckon(ticket, now), Reaction, 1)
	if got, want := told(Explain(c, nil, now)), "06-01 23:00-23:30 counts, 23:30-00:00 counts ahead, 1h0m0s counted, 1h0m0s left\n06-02 00:00-01:00 counts ahead, 1h0m0s counted, 0s left\n"; got != want {
		t.Errorf("in Moscow it is told %s", got)
	}
	if got, want := told(Explain(c, nil, now.UTC())), "06-01 20:00-20:30 counts, 20:30-22:00 counts ahead, 2h0m0s counted, 0s left\n"; got != want {
		t.Errorf("in UTC it is told %s", got)
	}
}
