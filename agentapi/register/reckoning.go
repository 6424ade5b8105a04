package register

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/telephony/hours"
	"hotline/telephony/words"
	"hotline/tickets/clock"
)

// Reckoning is how the time of a clock came about, day by day.
type Reckoning struct {
	N             int           `json:"n" doc:"which clock of the ticket"`
	Kind          clock.Kind    `json:"kind" enum:"reaction,resolution,department"`
	Department    string        `json:"department" doc:"of kind department"`
	Agreement     string        `json:"agreement"`
	AgreementName words.Text    `json:"agreement_name,omitempty" doc:"by language"`
	Allowed       float64       `json:"allowed_s" doc:"working time that there is, in seconds"`
	Used          float64       `json:"used_s" doc:"of it, up to now; what is to come is in the days alone"`
	Started       time.Time     `json:"started_at"`
	Ended         *time.Time    `json:"ended_at"`
	Due           *time.Time    `json:"due"`
	Zone          string        `json:"zone" doc:"of the calendar, in which its times are written" example:"Europe/Moscow"`
	Days          []ReckonedDay `json:"days" nullable:"false" doc:"to its end, or until it is due; the last 400 of them"`
	Cut           bool          `json:"cut,omitempty" doc:"there were days before"`
}

// ReckonedDay is a day of it. What of the day is in no piece was no working time.
type ReckonedDay struct {
	Date    string          `json:"date" example:"2026-12-31"`
	Name    words.Text      `json:"name,omitempty" doc:"what the date is called, by language"`
	Unusual bool            `json:"unusual,omitempty" doc:"it is unlike its weekday, such as a holiday"`
	Open    []Stretch       `json:"open" nullable:"false" doc:"when the calendar is open on the whole date; empty: closed"`
	Pieces  []ReckonedPiece `json:"pieces" nullable:"false"`
	Counted float64         `json:"counted_s"`
	Left    float64         `json:"left_s" doc:"after this day; below zero: it has run out"`
}

// Stretch is a time of a day.
type Stretch struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// ReckonedPiece is a time in which the calendar was open, and what became of it.
type ReckonedPiece struct {
	Stretch
	Why     clock.Why   `json:"why" enum:"counts,paused,settled" doc:"settled: counted by a calendar that is in force no more, so that only the sum is known"`
	Counted float64     `json:"counted_s"`
	Party   clock.Party `json:"party" enum:"customer,first_line,department,vendor,scheduled" doc:"whose time it was"`
	Ahead   bool        `json:"ahead,omitempty" doc:"it is to come, if nothing changes"`
}

// mostDays is how many days of a reckoning are shown: more than a year.
const mostDays = 400

type reckoningQuestion struct {
	Number string `path:"number" maxLength:"40" example:"100237"`
	N      int    `path:"n" minimum:"1" maximum:"100000" doc:"which of its clocks"`
}

func (t *Tickets) reckoningOperation(to *rest.Registrar) {
	theirs := rest.Person(rest.Own, rest.All, theirTickets).WithToken(gate.ReadTickets)
	o := to.Operation("ticket-reckoning", http.MethodGet, "/tickets/{number}/clocks/{n}/reckoning", "How a clock's time came about, day by day, with its holidays", theirs)
	huma.Register(to.API, o, func(ctx context.Context, in *reckoningQuestion) (*rest.Answer[Reckoning], error) {
		_, n, err := t.about(ctx, to, in.Number)
		if err != nil {
			return nil, err
		}
		c, err := t.Store.Clock(ctx, n, in.N)
		if err != nil {
			return nil, refusal(to, n, err, "reckon a clock")
		}
		return rest.Answered(t.reckon(c, in.N, time.Now())), nil
	})
}

// reckon tells how a clock came about up to now, by the terms that are in force.
func (t *Tickets) reckon(c clock.Clock, n int, now time.Time) Reckoning {
	terms := t.Dates()
	calendar, place := terms.CalendarOf(c), t.location()
	if calendar != nil && calendar.Zone != nil {
		place = calendar.Zone
	}
	r := Reckoning{
		N: n, Kind: c.Kind, Department: c.Department, Agreement: c.Agreement, AgreementName: terms.Agreements[c.Agreement].Name, Allowed: c.Allowed.Seconds(),
		Started: c.Started, Ended: orNil(c.Ended), Due: orNil(c.Due), Zone: place.String(), Days: []ReckonedDay{},
	}
	for _, d := range clock.Explain(c, calendar, now.In(place)) {
		day := ReckonedDay{Date: d.Date, Name: d.Name, Unusual: d.Unusual, Open: []Stretch{}, Pieces: []ReckonedPiece{}, Counted: d.Counted.Seconds(), Left: d.Left.Seconds()}
		for _, s := range d.Open {
			day.Open = append(day.Open, showStretch(s))
		}
		for _, p := range d.Pieces {
			day.Pieces = append(day.Pieces, ReckonedPiece{showStretch(p.Stretch), p.Why, p.Counted.Seconds(), p.Party, p.Ahead})
			if !p.Ahead {
				r.Used += p.Counted.Seconds()
			}
		}
		r.Days = append(r.Days, day)
	}
	if over := len(r.Days) - mostDays; over > 0 {
		r.Days, r.Cut = r.Days[over:], true
	}
	return r
}

func showStretch(s hours.Stretch) Stretch { return Stretch{s.From, s.To} }
