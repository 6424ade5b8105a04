package clock

import (
	"time"

	"hotline/telephony/hours"
	"hotline/telephony/words"
)

// Why says what became of a piece of working time.
type Why string

const (
	Counts  Why = "counts"  // it was counted, or will be
	Paused  Why = "paused"  // it was not, since somebody was awaited
	Settled Why = "settled" // it was counted by the calendar that was in force then, and by today's would be other: only the sum is known
)

// Piece is a time of a day in which the calendar was open, and what became of it. A settled one may go on into the days after.
type Piece struct {
	hours.Stretch
	Why     Why
	Counted time.Duration
	Party   Party // whose time it was
	Ahead   bool  // it is to come, if nothing changes
}

// Day is a day of a clock's reckoning. What of it is in no piece is not working time: the day is closed (Open has nothing), by its weekday or as
// a holiday (Unusual, with its Name), or it is outside of the day's hours, such as lunch and the night.
type Day struct {
	Date    string          // "2026-12-31", on the calendar's clock
	Name    words.Text      // what the date is called; nil where it has no name
	Unusual bool            // the date is unlike its weekday
	Open    []hours.Stretch // of the whole date
	Pieces  []Piece         // from the clock's start to its end
	Counted time.Duration   // of all pieces
	Left    time.Duration   // after this day; below zero of a clock that has run out
}

// Explain tells how a clock's time came about, day by day: from its start to its end, to now while it is paused, and otherwise until it is due,
// or to now where that is later. Calendar is the one that the clock is reckoned by. Where it is nil, days are those of the place in which
// now is written. Of a settled piece that is longer than a day the days after the first are left out.
func Explain(c Clock, calendar *hours.Calendar, now time.Time) (days []Day) {
	now = now.Round(0)
	for _, i := range c.Intervals {
		settled := !i.To.IsZero() && !i.Paused && calendar.Between(i.From, i.To) != i.Worked
		if i.To.IsZero() {
			i.To = now
			if !i.Paused && c.Due.After(now) {
				i.To = c.Due
			}
		}
		for d := range calendar.Days(i.From.In(now.Location()), i.To) {
			if n := len(days); n == 0 || days[n-1].Date != d.Date {
				days = append(days, dayOf(d, calendar))
			}
			today := &days[len(days)-1]
			if settled {
				today.add(Piece{Stretch: hours.Stretch{From: d.From, To: i.To.In(d.From.Location())}, Why: Settled, Counted: i.Worked, Party: i.Party})
				break
			}
			for _, s := range d.Open {
				today.fill(s, i, now)
			}
		}
	}
	left := c.Allowed
	for n := range days {
		left -= days[n].Counted
		days[n].Left = left
	}
	return days
}

// dayOf is a day without pieces.
func dayOf(d hours.Day, calendar *hours.Calendar) Day {
	day := Day{Date: d.Date, Name: d.Name, Unusual: d.Unusual}
	for whole := range calendar.Days(hours.DayBegins(d.From, 0), hours.DayBegins(d.From, 1)) {
		day.Open = append(day.Open, whole.Open...)
	}
	return day
}

// fill adds what is open to a day, cut in two where now lies in it.
func (d *Day) fill(s hours.Stretch, i Interval, now time.Time) {
	if s.From.Before(now) && now.Before(s.To) {
		d.fill(hours.Stretch{From: s.From, To: now.In(s.From.Location())}, i, now)
		s.From = now.In(s.From.Location())
	}
	p := Piece{Stretch: s, Why: Paused, Party: i.Party, Ahead: !s.From.Before(now)}
	if !i.Paused {
		p.Why, p.Counted = Counts, s.Long()
	}
	d.add(p)
}

// add adds a piece; what goes on as it was is one piece.
func (d *Day) add(p Piece) {
	d.Counted += p.Counted
	if n := len(d.Pieces) - 1; n >= 0 {
		before := &d.Pieces[n]
		if before.To.Equal(p.From) && before.Why == p.Why && before.Party == p.Party && before.Ahead == p.Ahead {
			before.To = p.To
			before.Counted += p.Counted
			return
		}
	}
	d.Pieces = append(d.Pieces, p)
}
