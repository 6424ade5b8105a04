package queues

import (
	"fmt"
	"time"
)

// Calendar says when something is open, in local time: by the day of the week, and otherwise on some dates.
type Calendar struct {
	Week  [7][]Span         // by time.Weekday: Sunday is 0
	Dates map[string][]Span // "2026-12-31" is unlike its weekday; none is closed all day
}

// Span is a time of a day: From inclusive, To exclusive, on the clock on the wall. To is 24 h at most.
type Span struct{ From, To time.Duration }

const wholeDay = 24 * time.Hour

// check says what is wrong with a calendar.
func (c *Calendar) check() error {
	if c == nil {
		return nil
	}
	for day, spans := range c.Week {
		if err := checkSpans(spans); err != nil {
			return fmt.Errorf("%s: %w", time.Weekday(day), err)
		}
	}
	for date, spans := range c.Dates {
		if _, err := time.Parse(time.DateOnly, date); err != nil {
			return fmt.Errorf("%q is no date", date)
		}
		if err := checkSpans(spans); err != nil {
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
	if spans, other := c.Dates[fmt.Sprintf("%04d-%02d-%02d", y, m, d)]; other {
		return spans
	}
	return c.Week[time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Weekday()]
}

// Open says whether it is open at a time, whose location is the calendar's. A nil calendar always is.
func (c *Calendar) Open(at time.Time) bool {
	if c == nil {
		return true
	}
	hour, minute, second := at.Clock()
	clock := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second
	for _, s := range c.spans(at.Date()) {
		if s.From <= clock && clock < s.To {
			return true
		}
	}
	return false
}

// Next is when it is open next: at the time given where it is open then. Not ok where it is not within a year.
func (c *Calendar) Next(at time.Time) (next time.Time, ok bool) {
	if c.Open(at) {
		return at, true
	}
	y, m, d := at.Date()
	for ahead := range 366 {
		day := time.Date(y, m, d+ahead, 12, 0, 0, 0, at.Location())
		for _, s := range c.spans(day.Date()) {
			// On the clock: a day on which the clock is changed has not 24 hours.
			opens := time.Date(y, m, d+ahead, 0, 0, int(s.From/time.Second), 0, at.Location())
			if opens.After(at) {
				return opens, true
			}
		}
	}
	return time.Time{}, false
}
