package main

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/tickets"
	"hotline/tickets/due"
	"hotline/tickets/work"
)

// The jobs by which the dates of tickets are kept: one for each ticket of which something is due, and the periodic one that makes them.
const (
	dueKind  = "ticket.due"
	wakeKind = "ticket.wake"
	// wakeEvery is how late something may be that is due.
	wakeEvery = 3 * time.Second
	// keepNotices is how long people find what they were told.
	keepNotices = 60 * 24 * time.Hour
)

// dateTerms are the settings by which the dates of tickets are kept.
func dateTerms(c config.Config) due.Terms {
	return due.Terms{Terms: c.Terms(), Clocks: c.Clocks(), DepartmentClocks: c.DepartmentClocks()}
}

// tendKind does what is due, one ticket after the other: the oldest first.
func (s *service) tendKind() work.Kind {
	return work.Kind{Name: dueKind, Workers: 1, Do: func(ctx context.Context, args json.RawMessage) error {
		var n tickets.Number
		if err := json.Unmarshal(args, &n); err != nil {
			return err
		}
		return s.dates.Tend(ctx, n, time.Now())
	}}
}

// wake makes a job of each ticket that is to wake, where it has none.
func (s *service) wake() work.Periodic {
	return work.Periodic{Name: wakeKind, Every: wakeEvery, Do: func(ctx context.Context) error {
		return s.dates.Wake(ctx, time.Now(), func(ctx context.Context, all []tickets.Number) error {
			jobs := make([]work.Job, 0, len(all))
			for _, n := range all {
				jobs = append(jobs, work.Job{Kind: dueKind, Args: n, Unique: string(n), Ticket: string(n)})
			}
			return s.work.Insert(ctx, jobs...)
		})
	}}
}

// ticketsChanged has clocks reckoned at once, where anybody but calls has changed tickets. What these change is found within a second, as the watch looks by itself: each
// changes its ticket several times.
func (s *service) ticketsChanged(history []tickets.Change) {
	if slices.ContainsFunc(history, func(c tickets.Change) bool { return c.By.Kind != tickets.ByCall }) {
		s.dates.Changed()
	}
}
