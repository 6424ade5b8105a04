// Package hours says when something is open: business calendars by the clock on the wall, with their exceptions by date, in a
// time zone of their own. Queues open and close by them, callbacks are made in them, and agreements about tickets run in them.
//
//	Week       Monday 09:00–18:00, Tuesday …       what is usual
//	Dates      "2026-12-31" 09:00–15:00            what a date has instead of its weekday
//	Zone       Europe/Moscow                       where these clocks hang
//
// Invariants:
//   - a calendar is a value: nothing here keeps time or changes a calendar; the time is always an argument;
//   - a nil *Calendar is open at any time, a zero Calendar never;
//   - what is true at a moment does not depend on the zone in which the moment is written, where the calendar has a Zone.
package hours

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// DayBegins is the first moment of a time's day, or of one so many days later, on the clock of the time's place: midnight, or
// what follows on it where the clock is set forward at midnight, as in Santiago or Havana.
func DayBegins(t time.Time, later int) time.Time {
	y, m, d := t.Date()
	want := time.Date(y, m, d+later, 12, 0, 0, 0, time.UTC).Day()
	begins := time.Date(y, m, d+later, 0, 0, 0, 0, t.Location())
	for begins.Day() != want { // a midnight that is skipped is said to be in the evening before
		begins = begins.Add(15 * time.Minute)
	}
	return begins
}

// Calendar says when something is open, by the clock on the wall: by the day of the week, and otherwise on some dates. An
// hour that a day skips when the clock is set forward is in no span, and one that it has twice is in its span twice.
type Calendar struct {
	Week  [7][]Span         // by time.Weekday: Sunday is 0
	Dates map[string][]Span // "2026-12-31" is unlike its weekday; none is closed all day
	Zone  *time.Location    // where the clock hangs; where nil, the place in which the time that is asked about is written
}

// Span is a time of a day: From inclusive, To exclusive, on the clock on the wall. To is 24 h at most.
type Span struct{ From, To time.Duration }

const wholeDay = 24 * time.Hour

// Check says what is wrong with a calendar: spans that are no time of a day, that meet or are out of order, and dates that are none.
func (c *Calendar) Check() error {
	if c == nil {
		return nil
	}
	for day, spans := range c.Week {
		if err := checkSpans(spans); err != nil {
			return fmt.Errorf("%s: %w", time.Weekday(day), err)
		}
	}
	for _, date := range slices.Sorted(maps.Keys(c.Dates)) {
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			return fmt.Errorf("%q is no date", date)
		}
		if err := checkSpans(c.Dates[date]); err != nil {
			return fmt.Errorf("%s: %w", date, err)
		}
	}
	return nil
}

func checkSpans(spans []Span) error {
	end := time.Duration(0)
	for _, s := range spans {
		switch {
		case s.From < 0 || s.To > wholeDay || s.From >= s.To:
			return fmt.Errorf("open from %s to %s is no time of a day", s.From, s.To)
		case s.From < end:
			return fmt.Errorf("open from %s, which is within or before the time until %s", s.From, end)
		}
		end = s.To
	}
	return nil
}

// spans are those of a day.
func (c *Calendar) spans(y int, m time.Month, d int) []Span {
	day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	if len(c.Dates) > 0 {
		if spans, other := c.Dates[day.Format(time.DateOnly)]; other {
			return spans
		}
	}
	return c.Week[day.Weekday()]
}

// here is a time on the calendar's own clock.
func (c *Calendar) here(at time.Time) time.Time {
	if c.Zone == nil {
		return at
	}
	return at.In(c.Zone)
}

// Open says whether it is open at a time. A nil calendar always is.
func (c *Calendar) Open(at time.Time) bool {
	if c == nil {
		return true
	}
	at = c.here(at)
	hour, minute, second := at.Clock()
	clock := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second
	for _, s := range c.spans(at.Date()) {
		if s.From <= clock && clock < s.To {
			return true
		}
	}
	return false
}

// Next is when it is open next: at the time given where it is open then. Not ok where it is not within a year. The answer is
// written in the calendar's zone where it has one, and otherwise in that of the time given.
//
// It goes from one setting of the clock to the next: in between, the clock only runs.
func (c *Calendar) Next(at time.Time) (next time.Time, ok bool) {
	if c == nil {
		return at, true
	}
	at = c.here(at)
	if c.Open(at) {
		return at, true
	}
	year := at.Add(366 * wholeDay)
	for from := at; from.Before(year); {
		_, set := from.ZoneBounds()
		if set.IsZero() || set.After(year) {
			set = year
		}
		_, offset := from.Zone()
		ahead := time.Duration(offset) * time.Second
		if opens, ok := c.opens(from.UTC().Add(ahead), set.UTC().Add(ahead)); ok {
			return opens.Add(-ahead).In(at.Location()), true
		}
		from = set
	}
	return time.Time{}, false
}

// opens is the first time from one to before another at which it is open, on a clock that is never set.
func (c *Calendar) opens(from, before time.Time) (time.Time, bool) {
	for day := from.Truncate(wholeDay); day.Before(before); day = day.Add(wholeDay) {
		for _, s := range c.spans(day.Date()) {
			opens := day.Add(s.From)
			if opens.Before(from) {
				opens = from
			}
			if opens.Before(before) && opens.Before(day.Add(s.To)) {
				return opens, true
			}
		}
	}
	return time.Time{}, false
}
