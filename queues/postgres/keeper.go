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

// Keeper saves availability as the router tells it, without ever keeping the router
// waiting: it remembers the last state of each agent, and writes what is new when it can.
// While the database is away it goes on trying; only the last choice counts then.
type Keeper struct {
	store *Store
	log   *slog.Logger
	wake  chan struct{} // room for one: a second wake says nothing new

	mu    sync.Mutex
	fresh map[queues.AgentID]queues.AgentState // not saved yet
	last  map[queues.AgentID]choice            // seen, saved or not
}

// again is the pause after a failed write.
const again = time.Second

// NewKeeper makes a keeper. Let acd tell it each step, and let Run work.
func NewKeeper(s *Store, log *slog.Logger) *Keeper {
	return &Keeper{
		store: s, log: log, wake: make(chan struct{}, 1),
		fresh: map[queues.AgentID]queues.AgentState{},
		last:  map[queues.AgentID]choice{},
	}
}

// Stepped takes note of what agents chose. It never blocks. It is acd.Observer's.
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
			continue // found talking after a restart: that they signed out they did not say
		}
		if c != before {
			k.last[a.ID] = c
			k.fresh[a.ID] = a
			select {
			case k.wake <- struct{}{}:
			default: // Run is to wake up anyway
			}
		}
	}
}

// Run writes until ctx ends, and then what is left, for 2 s at most.
func (k *Keeper) Run(ctx context.Context) error {
	failing := false
	for {
		select {
		case <-k.wake:
		case <-ctx.Done():
			return finish(ctx, k.save)
		}
		err := k.save(ctx)
		if (err != nil) != failing {
			failing = err != nil
			if failing {
				k.log.Warn("the availability of agents cannot be saved; trying on", "error", err)
			} else {
				k.log.Info("the availability of agents is saved again")
			}
		}
		if err == nil {
			continue
		}
		select {
		case <-time.After(again):
		case <-ctx.Done():
		}
		select {
		case k.wake <- struct{}{}:
		default: // somebody chose anew meanwhile
		}
	}
}

// save writes what is fresh; what could not be written is fresh again, unless there is newer.
func (k *Keeper) save(ctx context.Context) error {
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
