package adherence

import (
	"cmp"
	"slices"
	"time"

	"hotline/queues"
	"hotline/telephony/hours"
)

// Plan is the rota of each agent of whom one is known.
type Plan map[queues.AgentID]Rota

// Rota is when somebody works, by the clock on the wall. It is written as JSON where plans are kept.
type Rota struct {
	Week   [7][]Span         `json:"week"`            // the shifts that begin on a day of the week, by time.Weekday
	Dates  map[string][]Span `json:"dates,omitempty"` // "2026-12-31" has these instead; none is a day off
	Breaks []Span            `json:"breaks,omitempty"`
}

// Span is a time of a day; what ends after 24 h ends the next day.
type Span struct {
	From time.Duration `json:"from"`
	To   time.Duration `json:"to"`
}

const (
	aDay = 24 * time.Hour
	// Before is how far back what somebody was must be known, so that a stretch can be reckoned whose first shift has begun before it.
	Before = 3 * aDay
)

// Shifts are the shifts that overlap a stretch, whole. Two that touch are one. Of somebody who never stops working it is what lies within
// Before of the stretch.
func (r Rota) Shifts(place *time.Location, in hours.Stretch) []hours.Stretch {
	return overlapping(r.open(place, in, r.on), in)
}

// breaks are the planned breaks within shifts.
func (r Rota) breaks(place *time.Location, shifts []hours.Stretch) (all []hours.Stretch) {
	if len(r.Breaks) == 0 || len(shifts) == 0 {
		return nil
	}
	found := r.open(place, hours.Stretch{From: shifts[0].From, To: shifts[len(shifts)-1].To}, func(time.Time) []Span { return r.Breaks })
	for _, b := range found {
		for _, s := range shifts {
			if cut := (hours.Stretch{From: later(b.From, s.From), To: earlier(b.To, s.To)}); cut.From.Before(cut.To) {
				all = append(all, cut)
			}
		}
	}
	return all
}

// on are the shifts that begin on a date, which is given by its midnight in UTC.
func (r Rota) on(date time.Time) []Span {
	if spans, other := r.Dates[date.Format(time.DateOnly)]; other {
		return spans
	}
	return r.Week[date.Weekday()]
}

// open is when spans are open around a stretch, by the rules of hours.Calendar: an hour that the clock skips is in none, and one that comes
// twice is in its span twice.
func (r Rota) open(place *time.Location, in hours.Stretch, on func(date time.Time) []Span) (all []hours.Stretch) {
	first, last := in.From.In(place).Add(-Before), in.To.In(place).Add(Before)
	c := hours.Calendar{Dates: map[string][]hours.Span{}, Zone: place}
	y, m, d := first.Date()
	for date := time.Date(y, m, d-1, 0, 0, 0, 0, time.UTC); date.Before(last.Add(2 * aDay)); date = date.AddDate(0, 0, 1) {
		var spans []hours.Span
		for _, s := range on(date) {
			if s.From < aDay {
				spans = append(spans, hours.Span{From: s.From, To: min(s.To, aDay)})
			}
		}
		for _, s := range on(date.AddDate(0, 0, -1)) { // what goes past midnight
			if s.To > aDay {
				spans = append(spans, hours.Span{From: max(0, s.From-aDay), To: s.To - aDay})
			}
		}
		c.Dates[date.Format(time.DateOnly)] = joined(spans)
	}
	for day := range c.Days(first, last) {
		for _, s := range day.Open {
			if n := len(all); n > 0 && all[n-1].To.Equal(s.From) {
				all[n-1].To = s.To
			} else {
				all = append(all, s)
			}
		}
	}
	return all
}

// joined are spans in order, those that meet as one.
func joined(spans []hours.Span) (all []hours.Span) {
	slices.SortFunc(spans, func(a, b hours.Span) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	for _, s := range spans {
		if n := len(all); n > 0 && s.From <= all[n-1].To {
			all[n-1].To = max(all[n-1].To, s.To)
		} else {
			all = append(all, s)
		}
	}
	return all
}

func overlapping(all []hours.Stretch, in hours.Stretch) (some []hours.Stretch) {
	for _, s := range all {
		if s.From.Before(in.To) && in.From.Before(s.To) {
			some = append(some, s)
		}
	}
	return some
}
