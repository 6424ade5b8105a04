package desk

import (
	"context"
	"errors"
	"time"

	"hotline/agentapi"
	"hotline/queues"
	told "hotline/queues/words"
	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
)

// storyTime limits what a database that does not answer may cost who asks for a story.
const storyTime = 2 * time.Second

// Records keep the decisions about calls. Of gives those about a call, in order, and beside an error those alone that are not written
// yet. The Recorder of queues/postgres implements it.
type Records interface {
	Of(ctx context.Context, call queues.RequestID) ([]told.Record, error)
}

// Queue is what stories ask of the router: who waits, and how a call that waits stands.
type Queue interface {
	Waiting(ctx context.Context, n int) ([]queues.Waiter, error)
	Considered(ctx context.Context, id queues.RequestID) ([]queues.Consideration, error)
	ExpectedWait(ctx context.Context, id queues.RequestID) (w queues.Wait, known bool, err error)
}

// Stories say which calls and tickets there are, and how calls were routed, with the names of people and queues.
type Stories struct {
	Desks   *Desks
	Queue   Queue
	Records Records
}

// Story implements rest.Decisions.
func (s *Stories) Story(ctx context.Context, call telephony.CallID, live bool) (agentapi.Story, error) {
	id := queues.RequestID(call)
	asking, cancel := context.WithTimeout(ctx, storyTime)
	defer cancel()
	records, err := s.Records.Of(asking, id)
	if err != nil {
		s.Desks.log.Warn("the story of a call is told in part", "call", call, "err", err)
	}
	if len(records) > 0 {
		id = records[0].Call // where we made the call, the one that it is for
	}
	lineup := s.Desks.present.Lineup()
	names := lineup.Names()
	story := agentapi.Story{Call: call, Items: make([]agentapi.Decision, len(records)), Partial: err != nil}
	for i, r := range records {
		plain := r
		plain.Facts = agentapi.Own(r.Facts)
		story.Items[i] = agentapi.Decision{
			At: r.At.UTC(), Kind: r.Kind, Queue: r.Queue, Facts: r.Facts, Words: words.Text(r.Words(names)), Plain: words.Text(plain.Words(names)),
		}
		story.Items[i].Agent = lineup.named(r.Agent)
	}
	if !live {
		return story, nil
	}
	if story.Agents, err = s.considered(ctx, id); len(story.Agents) == 0 {
		return story, err
	}
	if w, known, err := s.Queue.ExpectedWait(ctx, id); err == nil && known {
		story.Wait = &agentapi.ExpectedWait{LowS: w.Low.Seconds(), HighS: w.High.Seconds(), Silent: w.Silent}
	}
	return story, nil
}

// considered is how everybody signed in stands to a call, as long as it waits.
func (s *Stories) considered(ctx context.Context, id queues.RequestID) (all []agentapi.Considered, err error) {
	considered, err := s.Queue.Considered(ctx, id)
	switch {
	case errors.Is(err, queues.ErrUnknownRequest), errors.Is(err, queues.ErrActivity), errors.Is(err, queues.ErrStopped):
		return nil, nil
	case err != nil:
		return nil, err
	}
	lineup := s.Desks.present.Lineup()
	for _, c := range considered {
		all = append(all, agentapi.Considered{
			Agent: agentapi.NamedAgent{ID: c.Agent, Name: c.Name}, Standing: c.Standing, Rank: c.Rank, Words: words.Text(told.OfStanding(c, lineup.Names())),
		})
	}
	return all, nil
}

// listedAtMost is how many who wait are listed.
const listedAtMost = 50

// Waiting implements rest.Calls.
func (s *Stories) Waiting(ctx context.Context) (all []agentapi.Call, err error) {
	waiting, err := s.Queue.Waiting(ctx, listedAtMost)
	for _, w := range waiting {
		all = append(all, agentapi.Call{
			Call: telephony.CallID(w.ID), At: w.Came().UTC(), Queue: w.Queue, Callback: w.Callback, Agent: s.named(w.Agent),
			Led: w.Lead.Times, LedBy: s.personName(w.Lead.By), LedTo: s.named(w.Lead.Agent),
		})
	}
	return all, err
}

// CallsWith implements rest.Calls.
func (s *Stories) CallsWith(_ context.Context, id queues.AgentID) ([]agentapi.Call, error) {
	s.Desks.mu.Lock()
	defer s.Desks.mu.Unlock()
	p := s.Desks.pages[id]
	if p == nil || p.state.Request == "" {
		return nil, nil
	}
	return []agentapi.Call{{
		Call: telephony.CallID(p.state.Request), At: p.state.ActivitySince.UTC(), Queue: p.state.Queue, Agent: s.named(id),
	}}, nil
}

// CallsOf implements rest.Calls.
func (s *Stories) CallsOf(ctx context.Context, n tickets.Number) (all []agentapi.Call, err error) {
	h, err := s.Desks.contacts.History(ctx, n)
	for _, c := range h.Contacts {
		call, isCall := c.Call()
		if !isCall {
			continue
		}
		all = append(all, agentapi.Call{
			Call: call, At: c.ArrivedAt.UTC(), Queue: queues.QueueID(c.Queue), Agent: s.named(queues.AgentID(c.Agent.ID)), Outcome: string(c.Outcome), LostBy: string(c.LostBy),
		})
	}
	return all, err
}

func (s *Stories) personName(id string) string { return s.Desks.present.Lineup().Names().Person(id) }

func (s *Stories) named(id queues.AgentID) *agentapi.NamedAgent {
	return s.Desks.present.Lineup().named(id)
}
