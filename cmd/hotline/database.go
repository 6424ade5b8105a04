package main

import (
	"context"
	"sync"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/schema"
	"hotline/telephony/hours"
	"hotline/tickets"
	ticketstore "hotline/tickets/postgres"
)

// signInsLookedAt is how often it is looked whether another process has ended a sign-in of which a page is open here.
const signInsLookedAt = 10 * time.Second

// tendDatabase brings the schema up to date and the configured people in, as soon as the database is there, and again those
// whom a reload brings. Then it keeps the counts for the wall, and
// closes the pages of sign-ins that another process has ended.
func (s *service) tendDatabase(ctx context.Context) error {
	quiet := false
	looked := time.Now()
	for ctx.Err() == nil {
		if seated, people := s.seated.Load(), s.people.Load(); people != seated {
			err := s.prepareDatabase(ctx, *people)
			switch {
			case err == nil && seated == nil:
				close(s.prepared)
				fallthrough
			case err == nil:
				quiet = false
				s.seated.Store(people)
				s.log.Info("people are seated", "people", len(*people)-int(s.notSeated.Load()))
			case !quiet && ctx.Err() == nil:
				quiet = true
				s.log.Warn("the database is not ready; calls are served, their facts wait on disk, and who may sign in is as it was", "err", err)
			}
		} else {
			s.count(ctx)
			if time.Since(looked) > signInsLookedAt {
				looked = time.Now()
				if err := s.api.CloseEnded(ctx); err != nil {
					s.log.Debug("sign-ins that another process has ended may go on", "err", err)
				}
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return nil
}

// count keeps today's counts, and learns by that whether the database is there.
func (s *service) count(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	err := s.today.count(ctx, s.tickets, hours.DayBegins(time.Now().In(s.config.Location()), 0))
	s.database.told(err, time.Now())
}

func (s *service) prepareDatabase(ctx context.Context, people []config.Person) error {
	_, version, err := schema.Migrate(ctx, s.config.Database.URL.Text())
	s.database.told(err, time.Now())
	if err != nil {
		return err
	}
	s.database.migrated(version)
	select {
	case <-s.migrated: // a try before this one closed it, and could not seat the people
	default:
		close(s.migrated)
	}
	return s.seatPeople(ctx, people)
}

// counted is what of today the database last said.
type counted struct {
	day tickets.DayCount // tendDatabase's goroutine only

	mu   sync.Mutex
	last tickets.Today // guarded by mu
}

// count asks the database again: for what is new, and a piece of what is older.
func (t *counted) count(ctx context.Context, store *ticketstore.Store, midnight time.Time) error {
	now := time.Now()
	spans := t.day.Due(midnight, now)
	arrived, due, err := store.Today(ctx, midnight, spans)
	if err != nil {
		return err
	}
	calls := t.day.Counted(midnight, spans, arrived)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = tickets.Today{Calls: calls, CallbacksDue: due, At: now}
	return nil
}

// Today implements desk.Tally.
func (t *counted) Today() tickets.Today {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last
}
