package main

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"hotline/recordings"
	ticketstore "hotline/tickets/postgres"
	"hotline/tickets/work"
)

const (
	keepMessages = 60 * 24 * time.Hour // as long as decisions and the journal are kept
	keepImports  = 30 * 24 * time.Hour // files of customers that were sent, and what became of them
	waitImports  = 24 * time.Hour      // those that nobody has started
	forgetEvery  = 24 * time.Hour
	forgetAgain  = 10 * time.Minute // where deleting failed
)

// forgetMessages deletes old messages from Asterisk's disk that did not come into the folder of recordings, at once and then every day, or oftener where they
// are kept for less than four, until ctx ends. Their tickets stay.
func (s *service) forgetMessages(ctx context.Context) error {
	select {
	case <-s.sw.Ready():
	case <-ctx.Done():
		return nil
	}
	keep := s.keeps().Messages
	return again(ctx, min(forgetEvery, keep/4), func() error {
		n, err := s.sw.ForgetRecordings(ctx, time.Now().Add(-keep))
		return told(ctx, s.log, "messages", err, n > 0, "deleted", n)
	})
}

// keeps is how long recordings are kept.
func (s *service) keeps() recordings.Rule {
	return s.config.RecordingsRule(cmp.Or(s.config.Voicemail.Keep, keepMessages))
}

// periodic is what one of the Hotlines on the database does every so often.
func (s *service) periodic() []work.Periodic {
	return []work.Periodic{{Name: "retention", Every: forgetEvery, Timeout: time.Hour, Do: s.forgetTickets}, s.wake()}
}

// forgetTickets deletes tickets, facts, customers and lines of the audit that have been kept for long enough.
func (s *service) forgetTickets(ctx context.Context) error {
	f, err := s.tickets.Forget(ctx, s.config.Retention.Rows(), time.Now())
	if err == nil {
		_, err = s.tickets.ForgetNotices(ctx, time.Now().Add(-keepNotices))
	}
	if err == nil {
		err = s.imported.StopWaiting(ctx, time.Now().Add(-waitImports))
	}
	if err == nil {
		_, err = s.imported.Forget(ctx, time.Now().Add(-keepImports))
	}
	if days := s.config.Retention.Scorecards; err == nil && days > 0 {
		_, err = ticketstore.NewScorecards(s.db).Forget(ctx, time.Now().AddDate(0, 0, -days))
	}
	return told(ctx, s.log, "tickets", err, f.Tickets+f.Facts+f.Customers+f.Looks+f.Files > 0,
		"tickets", f.Tickets, "contacts", f.Contacts, "facts", f.Facts, "customers", f.Customers, "audit", f.Looks, "files", f.Files)
}

// again deletes at once and then every so often until ctx ends, and soon after a failure.
func again(ctx context.Context, every time.Duration, forget func() error) error {
	for {
		pause := every
		if forget() != nil {
			pause = min(every, forgetAgain)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
	}
}

// told says in the log what was deleted, and what was not.
func told(ctx context.Context, log *slog.Logger, what string, err error, some bool, counts ...any) error {
	switch {
	case err != nil && ctx.Err() == nil:
		log.Warn("what is over is not all deleted; deleting is tried again later", append([]any{"what", what, "err", err}, counts...)...)
	case some:
		log.Info("what is over is deleted", append([]any{"what", what}, counts...)...)
	}
	return err
}
