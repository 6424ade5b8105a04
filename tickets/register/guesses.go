package register

import (
	"sync"
	"time"
)

// How many ticket numbers that are not their own may be typed in an hour from one number, and by all callers together who withhold theirs.
const (
	guessesPerHour   = 10
	strangersPerHour = 60
)

// guesses are the ticket numbers that callers have typed lately and that were not those of their own tickets, by the caller's number. Each call may
// try a few times; who calls again and again to find numbers is told from then on that there are none.
type guesses struct {
	mu sync.Mutex
	at map[string][]time.Time // in order; guarded by mu
}

// mayGuess says whether another number may be tried.
func (g *guesses) mayGuess(from string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	most := guessesPerHour
	if from == "" {
		most = strangersPerHour
	}
	return len(g.lately(from, now)) < most
}

// guessed notes a number that was not one of the caller's own tickets.
func (g *guesses) guessed(from string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.at == nil || len(g.at) > 100_000 { // so many callers guess only where somebody shows ever new numbers
		g.at = map[string][]time.Time{}
	}
	g.at[from] = append(g.lately(from, now), now)
}

// lately are the guesses of the last hour; called with mu held.
func (g *guesses) lately(from string, now time.Time) []time.Time {
	all := g.at[from]
	for len(all) > 0 && now.Sub(all[0]) >= time.Hour {
		all = all[1:]
	}
	if len(all) == 0 {
		delete(g.at, from)
	}
	return all
}
