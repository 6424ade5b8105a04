package hours

import (
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata" // machines without a database of time zones run these tests, too
)

// clock is a time of a day: clock(9, 30).
func clock(hour, minute int) time.Duration {
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute
}

func workdays(spans ...Span) (week [7][]Span) {
	for d := time.Monday; d <= time.Friday; d++ {
		week[d] = spans
	}
	return week
}

func berlin(t *testing.T) *time.Location {
	t.Helper()
	l, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// In Berlin the clock goes from 2:00 to 3:00 on 2026-03-29, and from 3:00 back to 2:00 on 2026-10-25, both Sundays.
func TestADayBeginsAfterAMidnightThatIsSkipped(t *testing.T) {
	santiago, err := time.LoadLocation("America/Santiago")
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 9, 5, 12, 0, 0, 0, santiago)
	for later, want := range []string{"2026-09-05T00:00:00-04:00", "2026-09-06T01:00:00-03:00", "2026-09-07T00:00:00-03:00"} {
		if got := DayBegins(noon, later).Format(time.RFC3339); got != want {
			t.Errorf("%d days later the day begins at %s, want %s", later, got, want)
		}
	}
	if got := DayBegins(time.Date(2026, 9, 30, 12, 0, 0, 0, santiago), 1).Format(time.DateOnly); got != "2026-10-01" {
		t.Errorf("after the 30th of September comes %s", got)
	}
}

func TestCalendarGoesByTheClockOnTheWall(t *testing.T) {
	where := berlin(t)
	week := workdays(Span{clock(9, 0), clock(12, 0)}, Span{clock(13, 0), clock(18, 0)})
	week[time.Sunday] = []Span{{clock(2, 15), clock(2, 45)}, {clock(9, 0), clock(10, 0)}}
	c := &Calendar{Week: week, Dates: map[string][]Span{
		"2026-12-24": {{clock(9, 0), clock(12, 0)}},
		"2026-12-25": nil,
		"2026-12-26": {{0, 24 * time.Hour}}, // a Saturday
		"2026-03-08": {{clock(2, 30), clock(4, 0)}},
		"2027-03-28": {{clock(2, 30), clock(4, 0)}}, // the clock goes from 2:00 to 3:00
	}}
	for _, x := range []struct {
		name, at, next string // next is "" where it is open
	}{
		{"the beginning is in it", "2026-06-01T09:00:00+02:00", ""},
		{"the end is not", "2026-06-01T12:00:00+02:00", "2026-06-01T13:00:00+02:00"},
		{"to its last moment", "2026-06-01T17:59:59+02:00", ""},
		{"in the evening, tomorrow", "2026-06-01T18:00:00+02:00", "2026-06-02T09:00:00+02:00"},
		{"on Friday evening, on Sunday", "2026-06-05T20:00:00+02:00", "2026-06-07T02:15:00+02:00"},
		{"shorter on a date", "2026-12-24T13:30:00+01:00", "2026-12-26T00:00:00+01:00"},
		{"open on a date though it is a Saturday", "2026-12-26T23:59:59+01:00", ""},
		{"until midnight and no further", "2026-12-27T00:00:00+01:00", "2026-12-27T02:15:00+01:00"},
		{"closed on a date", "2026-12-25T10:00:00+01:00", "2026-12-26T00:00:00+01:00"},
		{"a span that the clock skips", "2026-03-29T01:59:59+01:00", "2026-03-29T09:00:00+02:00"},
		{"a span of whose begin the clock skips a part", "2027-03-28T01:59:00+01:00", "2027-03-28T03:00:00+02:00"},
		{"9:00 is 9:00 when the clock was set", "2026-03-29T08:59:59+02:00", "2026-03-29T09:00:00+02:00"},
		{"the first of two hours", "2026-10-25T02:00:00+02:00", "2026-10-25T02:15:00+02:00"},
		{"open in the first", "2026-10-25T02:30:00+02:00", ""},
		{"between the two", "2026-10-25T02:50:00+02:00", "2026-10-25T02:15:00+01:00"},
		{"open in the second", "2026-10-25T02:30:00+01:00", ""},
		{"after both", "2026-10-25T02:45:00+01:00", "2026-10-25T09:00:00+01:00"},
	} {
		at, err := time.Parse(time.RFC3339, x.at)
		if err != nil {
			t.Fatal(err)
		}
		at = at.In(where)
		if x.next == "" {
			x.next = x.at
		}
		if open := c.Open(at); open != (x.next == x.at) {
			t.Errorf("%s: at %s open is %v", x.name, x.at, open)
		}
		if next, ok := c.Next(at); !ok || next.Format(time.RFC3339) != x.next || next.Location() != where {
			t.Errorf("%s: after %s it is open at %s, %v, not at %s", x.name, x.at, next.Format(time.RFC3339), ok, x.next)
		}
	}
}

func TestCalendarLooksAheadAYear(t *testing.T) {
	at := time.Date(2026, time.June, 3, 12, 0, 0, 0, time.UTC)
	for date, want := range map[string]bool{"2026-06-03": false, "2026-12-31": true, "2027-06-03": true, "2027-06-05": false} {
		c := &Calendar{Dates: map[string][]Span{date: {{clock(9, 0), clock(10, 0)}}}}
		next, ok := c.Next(at)
		if ok != want || ok && next.Format(time.DateTime) != date+" 09:00:00" {
			t.Errorf("open on %s alone: %s, %v", date, next, ok)
		}
	}
	if next, ok := (&Calendar{}).Next(at); ok {
		t.Errorf("what is never open is open at %s", next)
	}
	var always *Calendar
	if next, ok := always.Next(at); !ok || !next.Equal(at) || !always.Open(at) {
		t.Errorf("what is always open is open at %s, %v", next, ok)
	}
}

// Next is what looking at each minute finds.
func TestNextOpeningIsTheFirstThereIs(t *testing.T) {
	where := berlin(t)
	for seed := range uint64(40) {
		dice := rand.New(rand.NewPCG(seed, 1))
		c := &Calendar{Dates: map[string][]Span{}}
		span := func() []Span {
			from := clock(dice.IntN(24), dice.IntN(60))
			to := from + time.Minute + time.Duration(dice.Int64N(int64(wholeDay-from)))
			return []Span{{from, to.Truncate(time.Minute)}}
		}
		for d := range c.Week {
			if dice.IntN(2) == 0 {
				c.Week[d] = span()
			}
		}
		c.Dates["2026-10-25"] = span()
		c.Dates["2026-10-24"] = nil
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, time.October, 24, 20, 0, 0, 0, where).Add(time.Duration(dice.IntN(600)) * time.Minute)
		want := at
		for !c.Open(want) && want.Before(at.Add(8*wholeDay)) {
			want = want.Add(time.Minute)
		}
		if next, ok := c.Next(at); ok && next.Before(at.Add(8*wholeDay)) && !next.Equal(want) {
			t.Errorf("seed %d: after %s it is open at %s, not at %s: %v", seed, at, next, want, c)
		}
	}
}

func TestCalendarThatCannotBeIsRefused(t *testing.T) {
	for want, c := range map[string]*Calendar{
		`Friday: open from 18h0m0s to 9h0m0s is no time of a day`:                     {Week: [7][]Span{time.Friday: {{clock(18, 0), clock(9, 0)}}}},
		`Monday: open from 9h0m0s to 24h0m1s is no time of a day`:                     {Week: [7][]Span{time.Monday: {{clock(9, 0), wholeDay + time.Second}}}},
		`Monday: open from 11h0m0s, which is within or before the time until 12h0m0s`: {Week: [7][]Span{time.Monday: {{clock(9, 0), clock(12, 0)}, {clock(11, 0), clock(13, 0)}}}},
		`"2026-02-30" is no date`:                                     {Dates: map[string][]Span{"2026-02-30": nil, "tomorrow": nil}},
		`2026-05-01: open from -1h0m0s to 1h0m0s is no time of a day`: {Dates: map[string][]Span{"2026-05-01": {{-time.Hour, time.Hour}}}},
	} {
		if err := c.Check(); err == nil || err.Error() != want {
			t.Errorf("%v, not %s", err, want)
		}
	}
	var always *Calendar
	if err := always.Check(); err != nil {
		t.Error(err)
	}
}

// A calendar with a zone of its own gives the same answer wherever the moment is written down.
func TestCalendarKeepsItsOwnZone(t *testing.T) {
	vladivostok, err := time.LoadLocation("Asia/Vladivostok") // ten hours ahead of UTC all year
	if err != nil {
		t.Fatal(err)
	}
	c := &Calendar{Week: workdays(Span{clock(9, 0), clock(18, 0)}), Zone: vladivostok}
	for at, open := range map[string]bool{
		"2026-06-01T08:59:59+10:00": false, "2026-06-01T09:00:00+10:00": true,
		"2026-05-31T22:59:59Z": false, "2026-05-31T23:00:00Z": true, "2026-06-01T07:59:59Z": true, "2026-06-01T08:00:00Z": false,
		"2026-06-01T01:00:00+02:00": true, "2026-06-01T10:00:00+02:00": false,
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Open(moment); got != open {
			t.Errorf("at %s open is %v", at, got)
		}
	}
	next, ok := c.Next(time.Date(2026, time.June, 1, 12, 0, 0, 0, berlin(t)))
	if want := "2026-06-02T09:00:00+10:00"; !ok || next.Format(time.RFC3339) != want {
		t.Errorf("in the evening over there it is open next at %s, %v, want %s", next.Format(time.RFC3339), ok, want)
	}
}
