package hours

import (
	"iter"
	"time"

	"hotline/telephony/words"
)

// Farthest is how many years ahead Add looks. A working time that does not come in these never comes, for people's purposes.
const Farthest = 10

// Stretch is a time without a gap: From inclusive, To exclusive.
type Stretch struct{ From, To time.Time }

// Long is how long a stretch takes.
func (s Stretch) Long() time.Duration { return s.To.Sub(s.From) }

// Between is the working time from one moment to another: the time that the calendar is open. It is 0 where to is not after from.
func (c *Calendar) Between(from, to time.Time) (worked time.Duration) {
	if !from.Before(to) {
		return 0
	}
	if c == nil {
		return to.Round(0).Sub(from.Round(0))
	}
	for p := range pieces(c.here(from), to) {
		for _, s := range c.spans(p.day) {
			if open, closes, some := p.overlap(s); some {
				worked += closes.Sub(open)
			}
		}
	}
	return worked
}

// Add is the moment at which a working time has passed since another: the first one, so that eight hours since nine in the morning
// end when the day closes at five, and not when the next day opens. What is not above 0 is over at once. It is not ok where so much
// does not come within ten years (see Farthest). The answer is written in the calendar's zone where it has one.
func (c *Calendar) Add(at time.Time, worked time.Duration) (then time.Time, ok bool) {
	worked = max(worked, 0)
	if c == nil {
		return at.Add(worked), true
	}
	at = c.here(at)
	if worked == 0 {
		return at, true
	}
	for p := range pieces(at, at.AddDate(Farthest, 0, 0)) {
		for _, s := range c.spans(p.day) {
			open, closes, some := p.overlap(s)
			if !some {
				continue
			}
			if long := closes.Sub(open); long < worked {
				worked -= long
				continue
			}
			return p.moment(open.Add(worked), at.Location()), true
		}
	}
	return time.Time{}, false
}

// Day is a day of a calendar, or the part of it that was asked about, with what is open of that.
type Day struct {
	Stretch
	Date    string     // "2026-12-31", on the calendar's clock
	Name    words.Text // what the date is called; nil where it has no name
	Unusual bool       // the calendar's Dates say something about the date, so that it is unlike its weekday
	Open    []Stretch  // in order; none where it is closed
}

// Worked is the time that is open on a day.
func (d Day) Worked() (worked time.Duration) {
	for _, s := range d.Open {
		worked += s.Long()
	}
	return worked
}

// Days are the days from one moment to another, in order, the first and the last cut where these are. Each moment in between is in
// one of them. A nil calendar has the days of the place in which from is written.
func (c *Calendar) Days(from, to time.Time) iter.Seq[Day] {
	if c == nil {
		c = &always
	}
	return func(yield func(Day) bool) {
		at := c.here(from)
		var day Day
		for p := range pieces(at, to) {
			date := p.day.Format(time.DateOnly)
			if date != day.Date {
				if day.Date != "" && !yield(day) {
					return
				}
				_, unusual := c.Dates[date]
				day = Day{Stretch: Stretch{From: p.moment(p.from, at.Location())}, Date: date, Name: c.Names[date], Unusual: unusual}
			}
			day.To = p.moment(p.to, at.Location())
			for _, s := range c.spans(p.day) {
				if open, closes, some := p.overlap(s); some {
					day.open(Stretch{p.moment(open, at.Location()), p.moment(closes, at.Location())})
				}
			}
		}
		if day.Date != "" {
			yield(day)
		}
	}
}

// open adds what is open. Where the clock is set while it is open, the two sides are one.
func (d *Day) open(s Stretch) {
	if last := len(d.Open) - 1; last >= 0 && d.Open[last].To.Equal(s.From) {
		d.Open[last].To = s.To
		return
	}
	d.Open = append(d.Open, s)
}

// always is what a nil calendar stands for, where its days are asked for.
var always = func() (c Calendar) {
	for day := range c.Week {
		c.Week[day] = []Span{{0, wholeDay}}
	}
	return c
}()

// piece is a part of a day in which the clock only runs. That is the whole day unless the clock is set on it, or it is cut by what
// was asked about. Its times are on the wall's clock, written as if they were UTC, where no day has a gap.
type piece struct {
	day      time.Time     // midnight
	from, to time.Time     // within the 24 hours that follow
	ahead    time.Duration // so much the wall's clock is ahead of UTC
}

// pieces go from one moment to another, on the clock of the place in which from is written. They go from one setting of the clock to
// the next: in between, the clock only runs.
func pieces(from, to time.Time) iter.Seq[piece] {
	return func(yield func(piece) bool) {
		for from.Before(to) {
			_, set := from.ZoneBounds()
			if set.IsZero() || set.After(to) {
				set = to.Round(0)
			}
			_, offset := from.Zone()
			ahead := time.Duration(offset) * time.Second
			end := set.UTC().Add(ahead)
			for at := from.UTC().Add(ahead); at.Before(end); {
				day := at.Truncate(wholeDay)
				next := day.Add(wholeDay)
				if next.After(end) {
					next = end
				}
				if !yield(piece{day, at, next, ahead}) {
					return
				}
				at = next
			}
			from = set
		}
	}
}

// overlap is what a piece and a span have in common.
func (p piece) overlap(s Span) (open, closes time.Time, some bool) {
	open, closes = p.day.Add(s.From), p.day.Add(s.To)
	if open.Before(p.from) {
		open = p.from
	}
	if closes.After(p.to) {
		closes = p.to
	}
	return open, closes, open.Before(closes)
}

// moment is when the wall's clock shows a time of the piece.
func (p piece) moment(shown time.Time, in *time.Location) time.Time {
	return shown.Add(-p.ahead).In(in)
}
