package postgres

import (
	"context"
	"encoding/json"
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
//
// It keeps them on a disk, too, for a start without the database: see Before.
type Keeper struct {
	store  *Store
	writer writer

	disk   Disk // nil: none
	onDisk writer
	before map[queues.AgentID]Choice // of the run before; never changes

	mu    sync.Mutex
	fresh map[queues.AgentID]queues.AgentState // not saved yet
	last  map[queues.AgentID]Choice            // seen, saved or not
	stand map[queues.AgentID]Choice            // what is to be on the disk: last, and before where nothing was seen yet
}

// Disk keeps a text: the latest one durably, or the one before, and never half of one.
type Disk interface {
	Read() ([]byte, error) // nothing where nothing was kept yet
	Keep(text []byte) error
}

// NewKeeper makes a keeper. Let acd tell it each step, and let Run and RunDisk work. The disk may be nil. What cannot be read from it is not known.
func NewKeeper(s *Store, disk Disk, log *slog.Logger) *Keeper {
	k := &Keeper{
		store: s, writer: newWriter("agents' choices", log, 0),
		disk: disk, onDisk: newWriter("agents' choices", log, 0), before: map[queues.AgentID]Choice{},
		fresh: map[queues.AgentID]queues.AgentState{},
		last:  map[queues.AgentID]Choice{},
	}
	k.onDisk.to = "disk"
	if disk != nil {
		text, err := disk.Read()
		if err == nil && len(text) > 0 {
			err = json.Unmarshal(text, &k.before)
		}
		if err != nil {
			log.Warn("what agents chose last is not known without the database: what was kept on the disk cannot be read", "err", err)
		}
	}
	k.stand = maps.Clone(k.before)
	return k
}

// Before is what each agent had chosen last when the run before ended, as far as this Hotline's own disk knows. Nobody may change it.
func (k *Keeper) Before() map[queues.AgentID]Choice { return k.before }

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
		if before == (Choice{}) && c.Availability == queues.SignedOut {
			continue // they were found talking after a restart, and have not signed out themselves
		}
		if c != before {
			k.last[a.ID] = c
			k.fresh[a.ID] = a
			k.stand[a.ID] = c
			k.writer.news()
			k.onDisk.news()
		}
	}
}

// Run writes until ctx ends, and then what is left, for 2 s at most.
func (k *Keeper) Run(ctx context.Context) error { return k.writer.run(ctx, k) }

// RunDisk keeps on the disk what is new, until ctx ends.
func (k *Keeper) RunDisk(ctx context.Context) error {
	if k.disk == nil {
		return nil
	}
	return k.onDisk.run(ctx, kept{k})
}

// kept is a Keeper's backlog for the disk.
type kept struct{ *Keeper }

func (k kept) finish(ctx context.Context) error { return k.write(ctx) }

func (k kept) write(context.Context) error {
	k.mu.Lock()
	text, err := json.Marshal(k.stand)
	k.mu.Unlock()
	if err != nil {
		return err
	}
	return k.disk.Keep(text)
}

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
