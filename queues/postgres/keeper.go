package postgres

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"hotline/queues"
)

// Keeper saves availability as the router tells it, without ever keeping the router waiting: it remembers the last state of each
// agent, and writes what is new when it can. While the database is away it tries again and again, and of each agent only the last
// choice is written then.
type Keeper struct {
	store  *Store
	writer writer

	mu    sync.Mutex
	fresh map[queues.AgentID]queues.AgentState // not saved yet
	last  map[queues.AgentID]choice            // seen, saved or not
}

// NewKeeper makes a keeper. Let acd tell it each step, and let Run work.
func NewKeeper(s *Store, log *slog.Logger) *Keeper {
	return &Keeper{
		store: s, writer: newWriter("agents' choices", log, 0),
		fresh: map[queues.AgentID]queues.AgentState{},
		last:  map[queues.AgentID]choice{},
	}
}

// Stepped takes note of what agents chose. It never blocks. It implements acd.Observer.
func (k *Keeper) Stepped(_ time.Time, _ queues.Event, decided []queues.Decision) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, d := range decided {
		changed, is := d.(*queues.AgentChanged)
		if !is {
			continue
		}
		a := changed.Agent
		c, before := choiceOf(a), k.last[a.ID]
		if before == (choice{}) && c.Availability == queues.SignedOut {
			continue // they were found talking after a restart, and have not signed out themselves
		}
		if c != before {
			k.last[a.ID] = c
			k.fresh[a.ID] = a
			k.writer.news()
		}
	}
}

// Run writes until ctx ends, and then what is left, for 2 s at most.
func (k *Keeper) Run(ctx context.Context) error { return k.writer.run(ctx, k) }

func (k *Keeper) finish(ctx context.Context) error { return k.write(ctx) }

// write writes what is fresh; what could not be written is fresh again, unless there is newer.
func (k *Keeper) write(ctx context.Context) error {
	k.mu.Lock()
	states := k.fresh
	k.fresh = map[queues.AgentID]queues.AgentState{}
	k.mu.Unlock()
	if len(states) == 0 {
		return nil
	}
	err := k.store.SaveAvailability(ctx, slices.Collect(maps.Values(states))...)
	if err == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, a := range states {
		if _, newer := k.fresh[id]; !newer {
			k.fresh[id] = a
		}
	}
	return err
}
