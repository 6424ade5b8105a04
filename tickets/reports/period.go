package reports

import (
	"errors"
	"fmt"
	"time"
)

// Period is some days of the line's place: From is the beginning of the first, To the end of the last. Each day is as long as the clocks there
// make it: 23, 24 or 25 hours.
type Period struct {
	From, To time.Time // To is exclusive; both in the line's place
	Name     Span      // as what it was asked for
}

// Span names a period by today.
type Span string

const (
	Today   Span = "today"
	Week    Span = "week" // from Monday up to today
	Month   Span = "month"
	Quarter Span = "quarter"
	Year    Span = "year"
	Days    Span = "" // from one day to another
)

// longest is how many days a period may have.
const longest = 3660

// ErrPeriod refuses a period.
var ErrPeriod = errors.New("the period has no day, or more than ten years")

// This is a span up to today, at a place.
func This(s Span, now time.Time, place *time.Location) (Period, error) {
	y, m, d := now.In(place).Date()
	p := Period{Name: s, To: midnight(y, m, d+1, place)}
	switch s {
	case Today:
		p.From = midnight(y, m, d, place)
	case Week:
		p.From = monday(midnight(y, m, d, place))
	case Month:
		p.From = midnight(y, m, 1, place)
	case Quarter:
		p.From = midnight(y, m-(m-1)%3, 1, place)
	case Year:
		p.From = midnight(y, 1, 1, place)
	default:
		return p, fmt.Errorf("span %q is unknown", string(s))
	}
	return p, nil
}

// FromTo is from the first day to the last, as people write them (2026-11-29), at a place.
func FromTo(first, last string, place *time.Location) (Period, error) {
	from, err := time.Parse(time.DateOnly, first)
	if err != nil {
		return Period{}, fmt.Errorf("from: expected a day such as 2026-11-29")
	}
	to, err := time.Parse(time.DateOnly, last)
	if err != nil {
		return Period{}, fmt.Errorf("to: expected a day such as 2026-11-29")
	}
	if days := to.Sub(from).Hours()/24 + 1; days < 1 || days > longest {
		return Period{}, ErrPeriod
	}
	return Period{From: day(from, 0, place), To: day(to, 1, place)}, nil
}

// Before is as many days of the span before: this month up to the 10th is held against the last one up to its 10th.
func (p Period) Before() Period {
	place := p.From.Location()
	days := daysBetween(p.From, p.To)
	b := Period{Name: p.Name, From: p.From}
	switch p.Name {
	case Week:
		b.From = day(p.From, -7, place)
	case Month:
		b.From = p.From.AddDate(0, -1, 0)
	case Quarter:
		b.From = p.From.AddDate(0, -3, 0)
	case Year:
		b.From = p.From.AddDate(-1, 0, 0)
	default:
		b.From = day(p.From, -days, place)
	}
	b.From = day(b.From, 0, place)
	if b.To = day(b.From, days, place); b.To.After(p.From) { // February is over before the 30th
		b.To = p.From
	}
	return b
}

// First and Last are its days, as people write them.
func (p Period) First() string { return p.From.Format(time.DateOnly) }
func (p Period) Last() string  { return day(p.To, -1, p.To.Location()).Format(time.DateOnly) }

// Starts are the beginnings of its days, weeks or months, in order; the first begins with the period.
func (p Period) Starts(g Group) (all []time.Time) {
	place := p.From.Location()
	for at := p.From; at.Before(p.To); {
		all = append(all, at)
		switch g {
		case ByWeek:
			at = day(monday(at), 7, place)
		case ByMonth:
			y, m, _ := at.Date()
			at = midnight(y, m+1, 1, place)
		default:
			at = day(at, 1, place)
		}
	}
	return all
}

func monday(t time.Time) time.Time {
	return day(t, -(int(t.Weekday())+6)%7, t.Location())
}

// day is the beginning of the day so many days after that of a moment, at a place.
func day(t time.Time, after int, place *time.Location) time.Time {
	y, m, d := t.Date()
	return midnight(y, m, d+after, place)
}

// midnight is when a day begins. Where clocks are set forward at midnight there is none, and the
// day begins with the first moment that there is.
func midnight(y int, m time.Month, d int, place *time.Location) time.Time {
	t := time.Date(y, m, d, 0, 0, 0, 0, place)
	want := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	if t.Day() != want.Day() { // Date has given the hour before the gap
		t = time.Date(y, m, d, 1, 0, 0, 0, place)
	}
	if before := t.Add(-time.Hour); before.Day() == want.Day() { // set back at one o'clock: midnight comes twice
		t = before
	}
	return t
}

// daysBetween is how many days lie between two midnights.
func daysBetween(a, b time.Time) int {
	flat := func(t time.Time) time.Time { y, m, d := t.Date(); return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	return int(flat(b).Sub(flat(a)).Hours() / 24)
}
