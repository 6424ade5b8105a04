// Package reports says what is reported over tickets: which reports there are, what each figure of them counts, and how a row is finished. It
// counts nothing itself: a store gives the counts of a Question. That of tickets/postgres does so in SQL, and tickets/conformance holds it against
// a reckoning of each ticket's life in plain Go.
//
//	Period ── days of the line's place ──► Question ──► store: counts by key ──► Finish ──► Answer: rows with shares, and their total
//
// The rule of each figure stands beside it (Column.Rule), in the words in which a page shows it: what a report says is what its reader finds there.
//
// Invariants:
//
//   - a ticket counts under the topic, the class and the department that it has now, and under the channel by which it came; a department's own clock
//     under that department;
//   - a day begins and ends by the clocks of the line's place, also where they are set forward or back that day;
//   - over any time, open at its end = open at its beginning + opened + reopened − closed;
//   - a share of nothing is no value, and not zero;
//   - nothing here is of a customer.
package reports

import (
	"math"
	"slices"
	"strings"
	"time"

	"hotline/telephony/words"
)

// Report is one of the reports.
type Report struct {
	Name    string
	Title   words.Text
	Rule    words.Text // what is counted at all
	Groups  []Group    // by what its rows may be; the first is the usual
	Columns []Column
	order   string // the column by which rows of other groups than times come, the greatest first; "" is by key
}

// Group is by what the rows of a report are.
type Group string

const (
	ByDay        Group = "day"
	ByWeek       Group = "week" // from Monday
	ByMonth      Group = "month"
	ByTopic      Group = "topic"
	ByClass      Group = "class"
	ByDepartment Group = "department"
	ByChannel    Group = "channel"
	ByPerson     Group = "person"
	ByAgreement  Group = "agreement"
	ByReason     Group = "reason"        // of calls that agents made
	ByCalls      Group = "person_reason" // of calls that agents made: each person's by reason, as CallsKey has it
)

// Timed says whether the rows are times.
func (g Group) Timed() bool { return g == ByDay || g == ByWeek || g == ByMonth }

// Unit is what a figure is told in.
type Unit string

const (
	Count   Unit = "count"
	Share   Unit = "share"   // of one: 0.5 is a half
	Seconds Unit = "seconds" // of time that passes on the wall
)

// fold is how a total is made of the rows.
type fold int

const (
	sum  fold = iota
	last      // of times; of other rows the sum
	most
)

// Column is a figure.
type Column struct {
	Key    string
	Title  words.Text
	Rule   words.Text
	Unit   Unit
	Hidden bool // others are made of it, and nobody is told it

	fold fold
	of   func(figure) float64 // makes it of the others of the row; nil: the store counts it
}

// figure gives a row's figure by its key.
type figure func(key string) float64

// Counted says whether a store counts the column, and it is not made of others.
func (c Column) Counted() bool { return c.of == nil }

// Row is a line of a report.
type Row struct {
	Key     string    // the id of a topic, a person, …; of a time its first day
	From    time.Time // when a time begins; zero of others
	Figures []float64 // by the report's columns; NaN is no value
}

// Answer is a report.
type Answer struct {
	Question
	Rows  []Row
	Total Row
}

// Question is what is asked.
type Question struct {
	Report     Report
	Period     Period
	Group      Group
	Department string        // only what is of it; "" is of all
	Repeat     time.Duration // a contact within so long of the last on the same topic is a repeated one
	Now        time.Time
}

// All are the reports, in the order in which they are offered.
func All() []Report {
	return []Report{ticketsReport, clocksReport, whoseReport, promisesReport, repeatsReport, peopleReport, departmentsReport, callsReport, gapsReport}
}

// Find is a report by its name.
func Find(name string) (Report, bool) {
	i := slices.IndexFunc(All(), func(r Report) bool { return r.Name == name })
	if i < 0 {
		return Report{}, false
	}
	return All()[i], true
}

// Counted are the keys of the figures that a store counts, in order.
func (r Report) Counted() (keys []string) {
	for _, c := range r.Columns {
		if c.Counted() {
			keys = append(keys, c.Key)
		}
	}
	return keys
}

// index is where a column stands.
func (r Report) index(key string) int {
	i := slices.IndexFunc(r.Columns, func(c Column) bool { return c.Key == key })
	if i < 0 {
		panic("reports: " + r.Name + " has no figure " + key)
	}
	return i
}

// Of is a row's figure by its key.
func (r Report) Of(row Row, key string) float64 { return row.Figures[r.index(key)] }

// Finish makes an answer of what a store has counted: figures by the keys of Counted, by key. Times in which there was
// nothing are rows; of other groups no row is of nothing.
func (q Question) Finish(counted map[string][]float64) Answer {
	a := Answer{Question: q}
	if q.Group.Timed() {
		for _, start := range q.Period.Starts(q.Group) {
			key := start.Format(time.DateOnly)
			a.Rows = append(a.Rows, Row{Key: key, From: start, Figures: q.figures(counted[key])})
		}
	} else {
		for key, these := range counted {
			if !slices.ContainsFunc(these, func(n float64) bool { return n != 0 }) {
				continue
			}
			a.Rows = append(a.Rows, Row{Key: key, Figures: q.figures(these)})
		}
	}
	a.Total = q.total(a.Rows)
	for i := range a.Rows {
		q.derive(&a.Rows[i])
	}
	q.derive(&a.Total)
	q.sort(a.Rows)
	return a
}

// figures puts counted figures at their places.
func (q Question) figures(counted []float64) []float64 {
	all := make([]float64, len(q.Report.Columns))
	n := 0
	for i, c := range q.Report.Columns {
		if c.Counted() {
			if n < len(counted) {
				all[i] = counted[n]
			}
			n++
		}
	}
	return all
}

func (q Question) total(rows []Row) Row {
	t := Row{Figures: make([]float64, len(q.Report.Columns))}
	for i, c := range q.Report.Columns {
		for _, r := range rows {
			switch {
			case c.fold == most:
				t.Figures[i] = max(t.Figures[i], r.Figures[i])
			case c.fold == last && q.Group.Timed():
				t.Figures[i] = r.Figures[i]
			default:
				t.Figures[i] += r.Figures[i]
			}
		}
	}
	return t
}

func (q Question) derive(r *Row) {
	for i, c := range q.Report.Columns {
		if !c.Counted() {
			r.Figures[i] = c.of(func(key string) float64 { return r.Figures[q.Report.index(key)] })
		}
	}
}

func (q Question) sort(rows []Row) {
	if q.Group.Timed() {
		return
	}
	slices.SortFunc(rows, func(a, b Row) int {
		if by := q.Report.order; by != "" {
			if x, y := q.Report.Of(a, by), q.Report.Of(b, by); x != y {
				return int(math.Copysign(1, y-x))
			}
		}
		return strings.Compare(a.Key, b.Key)
	})
}

// share is a share, or no value where it is one of nothing.
func share(part, whole float64) float64 {
	if whole == 0 {
		return math.NaN()
	}
	return part / whole
}
