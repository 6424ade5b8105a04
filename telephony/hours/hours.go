// Package hours says when something is open: business calendars by the clock on the wall, with their exceptions by date, in a
// time zone of their own. Queues open and close by them, callbacks are made in them, and agreements about tickets run in them.
//
//	Week       Monday 09:00–18:00, Tuesday …       what is usual
//	Dates      "2026-12-31" 09:00–15:00            what a date has instead of its weekday
//	Names      "2026-12-31" New Year's Eve         what a date is called
//	Zone       Europe/Moscow                       where these clocks hang
//
// A calendar also reckons in working time, which is the time that it is open: Between counts it, Add goes so far ahead in it, and
// Days tells the count day by day.
//
//	           Friday                Saturday, Sunday    Monday
//	9:00 ━━━━━━━━━━━━━━━━━━━━ 18:00                 9:00 ━━━━━━━━━━━━━━━━ 18:00
//	                 16:00 ├─── 2 h ──┤                  ├── 1 h ──┤ 10:00
//
// Friday 16:00 and three hours of working time is Monday 10:00.
//
// Invariants:
//   - a calendar is a value: nothing here keeps time or changes a calendar; the time is always an argument;
//   - a nil *Calendar is open at any time, a zero Calendar never;
//   - what is true at a moment does not depend on the zone in which the moment is written, where the calendar has a Zone;
//   - working time adds up: Between(a, b) + Between(b, c) is Between(a, c), also where the clock is set in between.
package hours

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"hotline/telephony/words"
)

// LastYear is the last one in which an end may be set that somebody types. The day after 9999-12-31 has no form in RFC 3339, and is no time in JSON.
const LastYear = 2200

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
	Week  [7][]Span             // by time.Weekday: Sunday is 0
	Dates map[string][]Span     // "2026-12-31" is unlike its weekday; none is closed all day
	Names map[string]words.Text // what a date is called, for people; it does not say whether the date is open
	Zone  *time.Location        // where the clock hangs; where nil, the place in which the time that is asked about is written
}

// Span is a time of a day: From inclusive, To exclusive, on the clock on the wall. To is 24 h at most.
type Span struct{ From, To time.Duration }

const wholeDay = 24 * time.Hour

// Check says what is wrong with a calendar: spans that are no time of a day, that meet or are out of order, dates that are none, and
// names without a word.
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
	for _, date := range slices.Sorted(maps.Keys(c.Names)) {
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			return fmt.Errorf("%q has a name and is no date", date)
		}
		if c.Names[date].In(words.Languages[0]) == "" {
			return fmt.Errorf("%s: its name is empty", date)
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

// spans are those of a day, which is given by its midnight in UTC.
func (c *Calendar) spans(day time.Time) []Span {
	if len(c.Dates) > 0 {
		var text [len(time.DateOnly)]byte
		if spans, other := c.Dates[string(day.AppendFormat(text[:0], time.DateOnly))]; other {
			return spans
		}
	}
	return c.Week[day.Weekday()]
}

// here is a time on the calendar's own clock.
func (c *Calendar) here(at time.Time) time.Time {
	at = at.Round(0) // the reading of a monotonic clock is no time of a day
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
	y, m, d := at.Date()
	for _, s := range c.spans(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)) {
		if s.From <= clock && clock < s.To {
			return true
		}
	}
	return false
}

// Next is when it is open next: at the time given where it is open then. Not ok where it is not within a year. The answer is
// written in the calendar's zone where it has one, and otherwise in that of the time given.
func (c *Calendar) Next(at time.Time) (next time.Time, ok bool) {
	if c == nil {
		return at, true
	}
	at = c.here(at)
	for p := range pieces(at, at.Add(366*wholeDay)) {
		for _, s := range c.spans(p.day) {
			if open, _, some := p.overlap(s); some {
				return p.moment(open, at.Location()), true
			}
		}
	}
	return time.Time{}, false
}
