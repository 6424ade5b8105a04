package main

import (
	"context"
	"slices"
	"time"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/queues"
	"hotline/telephony/hours"
	"hotline/tickets"
)

// tendDatabase brings the schema up to date and the configured people in, as soon as the database is there, and again those
// whom a reload brings. Then it keeps the counts for the wall.
func (s *service) tendDatabase(ctx context.Context) error {
	var seated *[]config.Person
	quiet := false
	for ctx.Err() == nil {
		if people := s.people.Load(); people != seated {
			err := s.prepareDatabase(ctx, *people)
			switch {
			case err == nil && seated == nil:
				close(s.prepared)
				fallthrough
			case err == nil:
				seated, quiet = people, false
				s.log.Info("people are seated", "people", len(*people))
			case !quiet && ctx.Err() == nil:
				quiet = true
				s.log.Warn("the database is not ready; calls are served, their facts wait on disk, and who may sign in is as it was", "err", err)
			}
		} else if c, err := s.tickets.CountsSince(ctx, hours.DayBegins(time.Now(), 0)); err == nil {
			s.mu.Lock()
			s.total = c
			s.mu.Unlock()
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return nil
}

func (s *service) prepareDatabase(ctx context.Context, people []config.Person) error {
	if _, err := migrate(ctx, s.config.Database.URL.Text()); err != nil {
		return err
	}
	select {
	case <-s.migrated: // before, when the people could not be seated
	default:
		close(s.migrated)
	}
	return s.seatPeople(ctx, people)
}

// counts are today's, as the database last said.
func (s *service) counts() tickets.Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// recentCalls are an agent's latest, for a desk that opens anew.
func (s *service) recentCalls(id queues.AgentID) []agentapi.Recent {
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	calls, err := s.tickets.RecentOf(ctx, string(id), recentCalls)
	if err != nil {
		s.log.Debug("an agent's recent calls are not shown", "agent", id, "err", err)
	}
	recent := make([]agentapi.Recent, len(calls))
	for i, c := range calls {
		recent[i] = agentapi.Recent{Call: c.Call, Ticket: c.Ticket, Name: c.Name, Number: c.From.Key(), At: c.At, Outcome: string(c.Outcome)}
	}
	return recent
}

// talkOf is an agent's talk about a request: with whoever was called back, it is under another name than the request's, and
// then the agent's latest.
func (s *service) talkOf(id queues.AgentID, of queues.RequestID) (t agentapi.Talk, found bool) {
	recent := s.recentCalls(id)
	if len(recent) == 0 {
		return t, false
	}
	call := recent[max(0, slices.IndexFunc(recent, func(r agentapi.Recent) bool { return string(r.Call) == string(of) }))]
	ctx, cancel := context.WithTimeout(context.Background(), commandTime)
	defer cancel()
	h, err := s.tickets.History(ctx, call.Ticket)
	if err != nil {
		s.log.Debug("whose call is wrapped up is not shown", "agent", id, "err", err)
		return t, false
	}
	pop, found := tickets.PopOf(h, call.Call)
	pop.Queue.Name = s.centre.lineup().Queue(queues.QueueID(pop.Queue.ID)).Name
	return agentapi.Talk{ID: call.Call, Since: call.At, Pop: agentapi.ShowPop(pop)}, found
}
