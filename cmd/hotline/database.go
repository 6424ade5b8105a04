package main

import (
	"context"
	"sync"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/schema"
	"hotline/telephony/hours"
	"hotline/tickets"
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
	c, err := s.tickets.CountsSince(ctx, hours.DayBegins(time.Now().In(s.config.Location()), 0))
	s.database.told(err, time.Now())
	if err == nil {
		s.today.set(c)
	}
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

// counted is how many calls and tickets there were since the line's midnight, as the database last said.
type counted struct {
	mu     sync.Mutex
	counts tickets.Counts
}

func (t *counted) set(c tickets.Counts) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts = c
}

// Counts implements desk.Tally.
func (t *counted) Counts() tickets.Counts {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts
}
