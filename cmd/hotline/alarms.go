package main

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/agentapi/alarms"
	"hotline/agentapi/hooks"
	accounts "hotline/agentapi/postgres"
	"hotline/tickets/work"
)

// clocksEnd is how long before a ticket's time is over an alarm may be about it.
const clocksEnd = time.Hour

// wireAlarms makes the alarms, which the painter of the wall shows the router's state.
func (s *service) wireAlarms() {
	store := accounts.NewAlarms(s.db, s.tellOfAlarm)
	s.alarms = alarms.New(alarms.Options{
		Rules: s.config.AlarmRules(), Present: s.present, Terms: s.register.Terms, Location: s.config.Location(), Store: store, Orders: store, Late: s.late, Log: s.log,
		Settled: func() bool {
			select {
			case <-s.ready:
				return true
			default:
				return false
			}
		},
		Recordings: func() (failing, known bool) {
			if s.tapes == nil {
				return false, true // nothing is to be recorded
			}
			return s.tapes.Trouble() != nil, true
		},
	})
	s.painter.Alarms = s.alarms
}

// late is what is late with tickets.
func (s *service) late(ctx context.Context, now time.Time) (late alarms.Late, err error) {
	if late.Promises, err = s.tickets.BrokenPromises(ctx, now); err != nil {
		return late, err
	}
	late.Clocks, err = s.tickets.ClocksEnding(ctx, now.Add(clocksEnd))
	return late, err
}

// tellOfAlarm inserts the jobs by which other programs are told what is new about an alarm.
func (s *service) tellOfAlarm(ctx context.Context, tx pgx.Tx, was *alarms.Raised, is alarms.Raised) error {
	var jobs []work.Job
	for _, d := range s.hooks.Deliveries(hooks.AlarmEvents(was, is)) {
		jobs = append(jobs, work.Job{Kind: hooks.JobKind, Args: d})
	}
	if len(jobs) == 0 {
		return nil
	}
	return s.work.InTx(ctx, tx, jobs...)
}
