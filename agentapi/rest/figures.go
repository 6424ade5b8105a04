package rest

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/queues/figures"
	"hotline/telephony/hours"
)

// Figures are what a centre's queues, skills and agents did, up to now.
type Figures interface {
	// Figures sums up what a subject did (each of its kind where it has no id) between each two neighbours of times, which
	// are beginnings of quarters of an hour, in order. Where nothing happened there is no entry; there are at most limit.
	Figures(ctx context.Context, of figures.Subject, times []time.Time, limit int) ([]figures.Entry, error)
}

// At most so much is told at once.
const (
	figuresSteps = 1000
	figuresItems = 10_000
)

// figuresFirst is before any figures.
var figuresFirst = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

type figuresQuestion struct {
	By   string    `query:"by" required:"true" enum:"queue,skill,agent" doc:"what the figures are about"`
	ID   string    `query:"id" maxLength:"100" doc:"of one queue, skill or agent; all where absent"`
	From time.Time `query:"from" doc:"rounded down to the step; the last midnight where absent"`
	To   time.Time `query:"to" doc:"rounded up to the step; now where absent"`
	Step string    `query:"step" enum:"15m,1h,day" default:"15m" doc:"hours and days are those of the line's place"`
}

func (s *Server) registerFigures(api huma.API, operation operations) {
	o := operation("figures", http.MethodGet, "/figures", "What queues, skills or agents did, step by step",
		person(Own, All, "an agent's own figures").withToken(gate.ReadFigures))
	o.Description = "For supervisors and administrators; an agent may ask for their own. Counts and times are kept by the quarter of an hour, " +
		"this one up to now. No more than 1000 steps and 10000 items are told at once."
	huma.Register(api, o, s.tellFigures)
}

func (s *Server) tellFigures(ctx context.Context, in *figuresQuestion) (*answer[agentapi.FiguresAnswer], error) {
	who, err := s.who(ctx)
	if err != nil {
		return nil, err
	}
	of := figures.Subject{Kind: figures.SubjectKind(in.By), ID: in.ID}
	if !who.Role.Oversees() {
		if of.ID == "" && of.Kind == figures.OfAgent {
			of.ID = string(who.Agent)
		}
		if of != (figures.Subject{Kind: figures.OfAgent, ID: string(who.Agent)}) {
			return nil, agentapi.Refuse(agentapi.CodeForbidden, "an agent sees their own figures only")
		}
	}
	if s.figures == nil {
		return nil, agentapi.Refuse(agentapi.CodeNotFound, "no figures are kept here")
	}
	times, err := in.times(time.Now(), s.location)
	if err != nil {
		return nil, err
	}
	entries, err := s.figures.Figures(ctx, of, times, figuresItems+1)
	if err != nil {
		return nil, s.refusal(err, "read figures")
	}
	if len(entries) > figuresItems {
		return nil, agentapi.RefuseField("query.step", fmt.Sprintf("expected at most %d items: ask for a longer step, a shorter time, or one id", figuresItems))
	}
	answer := agentapi.FiguresAnswer{By: in.By, Step: in.Step, From: times[0].UTC(), To: times[len(times)-1].UTC(), Items: make([]agentapi.FiguresItem, len(entries))}
	for i, next := 0, 1; i < len(entries); i++ {
		for !times[next].After(entries[i].From) {
			next++
		}
		answer.Items[i] = figuresItem(entries[i], times[next])
	}
	return answered(answer), nil
}

// times are the steps' beginnings, and the end of the last.
func (in *figuresQuestion) times(now time.Time, location *time.Location) ([]time.Time, error) {
	from, to := in.From, in.To
	if to.IsZero() {
		to = now
	}
	if from.IsZero() {
		from = stepBegin(now.In(location), "day")
	}
	if to.After(now.AddDate(1, 0, 0)) { // at the end of the calendar no step could be added, or be written down
		return nil, agentapi.RefuseField("query.to", "expected a time of a year from now at most").Coded(agentapi.FieldTooFar, 0)
	}
	if from.Before(figuresFirst) {
		return nil, agentapi.RefuseField("query.from", "expected a time from the year 2000 on").Coded(agentapi.FieldPast, 0)
	}
	if !from.Before(to) {
		return nil, agentapi.RefuseField("query.to", "expected a time after from")
	}
	times := []time.Time{stepBegin(from.In(location), in.Step)}
	for last := times[0]; last.Before(to); times = append(times, last) {
		if len(times) > figuresSteps {
			return nil, agentapi.RefuseField("query.to", fmt.Sprintf("expected at most %d steps of %s after from", figuresSteps, in.Step))
		}
		last = nextStep(last, in.Step)
	}
	return times, nil
}

// stepBegin is the beginning of the step that a moment is in.
func stepBegin(t time.Time, step string) time.Time {
	switch step {
	case "15m":
		return t.Truncate(figures.Quarter)
	case "1h":
		return t.Truncate(time.Minute).Add(-time.Duration(t.Minute()) * time.Minute)
	case "day":
		return hours.DayBegins(t, 0)
	}
	panic("agentapi: unknown step " + step)
}

func nextStep(t time.Time, step string) time.Time {
	switch step {
	case "15m":
		return t.Add(figures.Quarter)
	case "1h":
		return t.Add(time.Hour)
	case "day":
		return hours.DayBegins(t, 1)
	}
	panic("agentapi: unknown step " + step)
}

func figuresItem(e figures.Entry, to time.Time) agentapi.FiguresItem {
	s := &e.Sums
	f := agentapi.FiguresItem{
		ID: e.Subject.ID, From: e.From.UTC(), To: to.UTC(),
		Offered: s.Offered, Answered: s.Answered, InTarget: s.InTarget, Abandoned: s.Abandoned, ShortAbandoned: s.ShortAbandoned,
		Overflowed: s.Overflowed, CalledBack: s.CalledBack, NotReached: s.NotReached, CalledIn: s.CalledIn, Withdrawn: s.Withdrawn,
		Announced: s.Announced, InRange: s.InRange, Missed: s.Missed, Declined: s.Declined, Revoked: s.Revoked, Failed: s.Failed,
		Longest: seconds(s.Longest), Handled: s.Handled, CallsMade: s.CallsMade, CallsAnswered: s.CallsAnswered, CallsTalk: seconds(s.CallsTalk), Ready: seconds(s.Ready), Busy: seconds(s.Busy),
	}
	if level, ok := s.ServiceLevel(); ok {
		f.ServiceLevel = &level
	}
	if share, ok := s.InRangeShare(); ok {
		f.InRangeShare = &share
	}
	if share, ok := s.Occupancy(); ok {
		f.Occupancy = &share
	}
	f.ASA = secondsOrNull(s.ASA())
	f.AHT = secondsOrNull(s.AHT())
	talk, hold, wrapUp, ok := s.Handling()
	f.Talk, f.Hold, f.WrapUp = secondsOrNull(talk, ok), secondsOrNull(hold, ok), secondsOrNull(wrapUp, ok)
	all, overdue := s.NotReady()
	f.NotReady, f.Overdue = seconds(all), seconds(overdue)
	for _, r := range s.Reasons {
		f.Reasons = append(f.Reasons, agentapi.FiguresReason{Reason: r.Reason, NotReady: seconds(r.For), Overdue: seconds(r.Overdue)})
	}
	return f
}

// seconds are to the millisecond.
func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }

func secondsOrNull(d time.Duration, ok bool) *float64 {
	if !ok {
		return nil
	}
	s := seconds(d)
	return &s
}
