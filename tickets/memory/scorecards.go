package memory

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"sync"

	"hotline/tickets/scorecard"
)

// Scorecards are a scorecard.Store. The zero value is ready.
type Scorecards struct {
	mu  sync.Mutex
	all []scorecard.Card // guarded by mu
}

// copied shares nothing with a card.
func copied(c scorecard.Card) (copy scorecard.Card) {
	text, err := json.Marshal(c)
	if err == nil {
		err = json.Unmarshal(text, &copy)
	}
	if err != nil {
		panic(err) // a card is plain data
	}
	return copy
}

// Begin implements scorecard.Store.
func (s *Scorecards) Begin(_ context.Context, c scorecard.Card) (scorecard.Card, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.all {
		if x.Call == c.Call && x.Agent == c.Agent && x.Form.ID == c.Form.ID {
			return copied(x), nil
		}
	}
	s.all = append(s.all, copied(c))
	return copied(c), nil
}

// Card implements scorecard.Store.
func (s *Scorecards) Card(_ context.Context, id string) (scorecard.Card, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.all {
		if x.ID == id {
			return copied(x), nil
		}
	}
	return scorecard.Card{}, scorecard.ErrNoCard
}

// Cards implements scorecard.Store.
func (s *Scorecards) Cards(_ context.Context, q scorecard.Question) (all []scorecard.Card, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	later := func(a, b scorecard.Place) int { return cmp.Or(b.Begun.Compare(a.Begun), cmp.Compare(b.ID, a.ID)) }
	for _, x := range s.all {
		if q.Agent != "" && x.Agent != q.Agent || len(q.Calls) > 0 && !slices.Contains(q.Calls, x.Call) || q.In && x.First() == nil ||
			q.Form != "" && x.Form.ID != q.Form || q.Queue != "" && x.Queue != q.Queue || x.Begun.Before(q.From) || !q.To.IsZero() && !x.Begun.Before(q.To) ||
			q.Before.ID != "" && later(scorecard.Place{Begun: x.Begun, ID: x.ID}, q.Before) <= 0 {
			continue
		}
		all = append(all, copied(x))
	}
	slices.SortFunc(all, func(a, b scorecard.Card) int {
		return later(scorecard.Place{Begun: a.Begun, ID: a.ID}, scorecard.Place{Begun: b.Begun, ID: b.ID})
	})
	return all[:min(len(all), q.Limit)], nil
}

// Change implements scorecard.Store.
func (s *Scorecards) Change(_ context.Context, id string, change func(*scorecard.Card) error) (scorecard.Card, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, x := range s.all {
		if x.ID == id {
			c := copied(x)
			if err := change(&c); err != nil {
				return scorecard.Card{}, err
			}
			s.all[i] = copied(c)
			return c, nil
		}
	}
	return scorecard.Card{}, scorecard.ErrNoCard
}
