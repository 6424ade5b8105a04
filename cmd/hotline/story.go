package main

import (
	"context"
	"errors"
	"time"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/queues/acd"
	told "hotline/queues/words"
	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
)

// storyTime limits what a database that does not answer may cost who asks for a story.
const storyTime = 2 * time.Second

// stories is the service as the pages ask it which calls there are, and how they were routed: what the recorder knows, with the names
// of people and queues.
type stories service

// Story is agentapi.Decisions'.
func (s *stories) Story(ctx context.Context, call telephony.CallID, live bool) (agentapi.Story, error) {
	id := queues.RequestID(call)
	asking, cancel := context.WithTimeout(ctx, storyTime)
	defer cancel()
	records, err := s.recorder.Of(asking, id)
	if err != nil {
		s.log.Warn("the story of a call is told in part", "call", call, "err", err)
	}
	if len(records) > 0 {
		id = records[0].Call // where we made the call, the one that it is for
	}
	names := s.centre.names()
	story := agentapi.Story{Call: call, Items: make([]agentapi.Decision, len(records)), Partial: err != nil}
	for i, r := range records {
		plain := r
		plain.Facts = agentapi.Own(r.Facts)
		story.Items[i] = agentapi.Decision{
			At: r.At.UTC(), Kind: r.Kind, Queue: r.Queue, Facts: r.Facts, Words: words.Text(r.Words(names)), Plain: words.Text(plain.Words(names)),
		}
		story.Items[i].Agent = s.centre.named(r.Agent)
	}
	if !live {
		return story, nil
	}
	if story.Agents, err = s.considered(ctx, id); len(story.Agents) == 0 {
		return story, err
	}
	if w, known, err := s.acd.ExpectedWait(ctx, id); err == nil && known {
		story.Wait = &agentapi.ExpectedWait{LowS: w.Low.Seconds(), HighS: w.High.Seconds(), Silent: w.Silent}
	}
	return story, nil
}

// considered is how everybody signed in stands to a call, as long as it waits.
func (s *stories) considered(ctx context.Context, id queues.RequestID) (all []agentapi.Considered, err error) {
	considered, err := s.acd.Considered(ctx, id)
	switch {
	case errors.Is(err, queues.ErrUnknownRequest), errors.Is(err, queues.ErrActivity), errors.Is(err, acd.ErrStopped):
		return nil, nil
	case err != nil:
		return nil, err
	}
	for _, c := range considered {
		all = append(all, agentapi.Considered{
			Agent: agentapi.NamedAgent{ID: c.Agent, Name: c.Name}, Standing: c.Standing, Rank: c.Rank, Words: words.Text(told.OfStanding(c)),
		})
	}
	return all, nil
}

// listedAtMost is how many who wait are listed.
const listedAtMost = 50

// Waiting is agentapi.Calls'.
func (s *stories) Waiting(ctx context.Context) (all []agentapi.Call, err error) {
	waiting, err := s.acd.Waiting(ctx, listedAtMost)
	for _, w := range waiting {
		all = append(all, agentapi.Call{
			Call: telephony.CallID(w.ID), At: w.Came().UTC(), Queue: w.Queue, Callback: w.Callback, Agent: s.centre.named(w.Agent),
		})
	}
	return all, err
}

// CallsWith is agentapi.Calls'.
func (s *stories) CallsWith(_ context.Context, id queues.AgentID) ([]agentapi.Call, error) {
	s.centre.mu.Lock()
	defer s.centre.mu.Unlock()
	d := s.centre.desks[id]
	if d == nil || d.state.Request == "" {
		return nil, nil
	}
	return []agentapi.Call{{
		Call: telephony.CallID(d.state.Request), At: d.state.ActivitySince.UTC(), Queue: d.state.Queue, Agent: s.centre.named(id),
	}}, nil
}

// CallsOf is agentapi.Calls'.
func (s *stories) CallsOf(ctx context.Context, n tickets.Number) (all []agentapi.Call, err error) {
	h, err := s.tickets.History(ctx, n)
	for _, c := range h.Contacts {
		call, isCall := c.Call()
		if !isCall {
			continue
		}
		all = append(all, agentapi.Call{
			Call: call, At: c.ArrivedAt.UTC(), Queue: queues.QueueID(c.Queue), Agent: s.centre.named(queues.AgentID(c.Agent.ID)), Outcome: string(c.Outcome),
		})
	}
	return all, err
}

// named is an agent for people to read; nil where nobody is meant.
func (c *centre) named(id queues.AgentID) *agentapi.NamedAgent {
	if id == "" {
		return nil
	}
	return &agentapi.NamedAgent{ID: id, Name: c.names().Agent(id)}
}

// names are how the configuration calls agents and queues; who is no longer in it stays an id.
func (c *centre) names() told.Names {
	lineup := c.lineup()
	return told.Names{
		Agent: func(id queues.AgentID) string {
			if a, known := lineup.Agents[id]; known {
				return a.Name
			}
			return string(id)
		},
		Queue: func(id queues.QueueID, language string) string {
			for _, q := range lineup.Queues {
				if name := q.Name[language]; q.ID == id && name != "" {
					return name
				}
			}
			return string(id)
		},
	}
}

// why says to an agent why an offer came to them; nothing where the talk is of before a restart.
func (c *centre) why(o queues.Offered) words.Text {
	if o.Why.Rule == "" {
		return nil
	}
	for _, r := range told.Records(o.Offer.At, []queues.Decision{&o}) {
		return words.Text(r.Why(c.names()))
	}
	return nil
}
