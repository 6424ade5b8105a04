package register

import (
	"context"
	"errors"
	"sync"
	"time"

	"hotline/tickets"
)

// The applier puts at most factsAtOnce facts into a transaction. Between two transactions it pauses, and facts gather meanwhile, so that the
// database pays for a handful of commits a second, and not for every digit: of what a call does at its beginning the ticket and the contact are written once. Nobody waits for
// the pause, see Flush.
const (
	factsAtOnce  = 256
	gathers      = 200 * time.Millisecond
	shortestWait = 50 * time.Millisecond // between two tries of a store that is away
	longestWait  = 2 * time.Second
)

// progress counts facts by their positions in the spool.
type progress struct {
	mu       sync.Mutex    // guards what is below
	changed  chan struct{} // closed and made anew when handled moves
	hurry    chan struct{} // has room for one: somebody waits for what is not handled
	last     uint64        // the latest position appended
	handled  uint64        // the latest position applied or set aside
	applied  int64
	setAside int64
}

func (p *progress) appended(position uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = max(p.last, position)
}

func (p *progress) reached(position uint64, applied, setAside int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.handled, p.last = position, max(p.last, position)
	p.applied += applied
	p.setAside += setAside
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *progress) fill(s *Stats) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.Applied, s.SetAside = p.applied, p.setAside
	if p.last > p.handled {
		s.Pending = int64(p.last - p.handled)
	}
}

// Flush waits until every fact that was written before it is in the store, those of earlier runs included.
func (r *Register) Flush(ctx context.Context) error {
	r.progress.mu.Lock()
	target := r.progress.last
	r.progress.mu.Unlock()
	return r.flushTo(ctx, target)
}

// CaughtUp waits until every fact of earlier runs is in the store, also where that was restored from a dump.
func (r *Register) CaughtUp(ctx context.Context) error {
	select {
	case <-r.back:
		return r.flushTo(ctx, r.earlier)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (r *Register) flushTo(ctx context.Context, target uint64) error {
	p := &r.progress
	p.mu.Lock()
	for p.handled < target {
		changed := p.changed
		p.mu.Unlock()
		select {
		case p.hurry <- struct{}{}:
		default: // it was told so
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changed:
		}
		p.mu.Lock()
	}
	p.mu.Unlock()
	return nil
}

// applyAll is the one applier: it runs in Run's goroutine.
func (r *Register) applyAll(ctx context.Context) {
	if !r.bringBack(ctx) {
		return
	}
	close(r.back)
	var after uint64
	for {
		entries, err := r.o.Spool.Read(ctx, after, factsAtOnce)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			r.o.Log.Error("the spool cannot be read; Hotline tries again", "err", err)
			pause(ctx, longestWait)
			continue
		}
		if !r.applyEntries(ctx, entries) {
			return
		}
		after = entries[len(entries)-1].Position
		if err := r.o.Spool.Applied(after); err != nil {
			r.o.Log.Error("the spool cannot be shortened: its facts will be read again after a restart, which changes nothing", "err", err)
		}
		if len(entries) < factsAtOnce {
			r.gather(ctx, gathers)
		}
	}
}

// gather waits while facts gather, and no longer once somebody waits for them.
func (r *Register) gather(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-r.progress.hurry:
	case <-t.C:
	}
}

// applyEntries applies entries, or sets them aside; false means that ctx has ended.
func (r *Register) applyEntries(ctx context.Context, entries []tickets.Entry) bool {
	facts := make([]tickets.Fact, 0, len(entries))
	good := make([]tickets.Entry, 0, len(entries))
	var aside int64
	for _, e := range entries {
		f, err := decode(e)
		if err != nil {
			if !r.setAside(ctx, e, err) {
				return false
			}
			aside++
			continue
		}
		facts, good = append(facts, f), append(good, e)
	}
	refused, ok := r.applyFacts(ctx, facts, good, r.keepBeside)
	if ok {
		aside += refused
		r.progress.reached(entries[len(entries)-1].Position, int64(len(entries))-aside, aside)
	}
	return ok
}

// applyFacts tries until the store has taken the facts, and tells which it has. When it refuses them, it is given each
// alone, so that only those to blame are set aside.
func (r *Register) applyFacts(ctx context.Context, facts []tickets.Fact, entries []tickets.Entry, taken func([]tickets.Entry)) (refused int64, ok bool) {
	if len(facts) == 0 {
		return 0, true
	}
	err := r.persist(ctx, facts)
	switch {
	case err == nil:
		taken(entries)
		return 0, true
	case !errors.Is(err, tickets.ErrRefused):
		return 0, false
	case len(facts) == 1:
		return 1, r.setAside(ctx, entries[0], err)
	}
	half := len(facts) / 2
	first, ok := r.applyFacts(ctx, facts[:half], entries[:half], taken)
	if !ok {
		return first, false
	}
	second, ok := r.applyFacts(ctx, facts[half:], entries[half:], taken)
	return first + second, ok
}

// persist applies facts. It gives up when they are refused, or ctx ends.
func (r *Register) persist(ctx context.Context, facts []tickets.Fact) error {
	return r.insist(ctx, func(ctx context.Context) error { return r.o.Store.Apply(ctx, facts) })
}

// insist does something with the store, waiting for one that is away as long as it takes. It gives up when the store refuses, or ctx ends.
func (r *Register) insist(ctx context.Context, do func(context.Context) error) error {
	away := time.Time{}
	for wait := shortestWait; ; wait = min(2*wait, longestWait) {
		try, cancel := context.WithTimeout(ctx, 30*time.Second)
		err := do(try)
		cancel()
		if err == nil && !away.IsZero() {
			r.o.Log.Info("the store is back", "away_for", time.Since(away).Round(time.Millisecond))
		}
		if err == nil || errors.Is(err, tickets.ErrRefused) || ctx.Err() != nil {
			return err
		}
		if away.IsZero() {
			away = time.Now()
			r.o.Log.Warn("the store is away: facts wait in the spool, no caller does", "err", err)
		}
		pause(ctx, wait)
	}
}

// setAside keeps a fact where an operator finds it, however long the disk takes: it is nowhere else then. False means that ctx has
// ended, and the fact is still in the spool.
func (r *Register) setAside(ctx context.Context, e tickets.Entry, why error) bool {
	call, ticket, kind := about(e)
	for try := 0; ; try++ {
		err := r.o.Shelf.SetAside(e, why)
		switch {
		case err == nil:
			r.o.Log.Error("a fact that can never be applied is set aside for you to look at", "call", call, "ticket", ticket, "kind", kind, "position", e.Position)
			return true
		case try == 0:
			r.o.Log.Error("a fact that can never be applied cannot be set aside; Hotline tries again", "call", call, "ticket", ticket, "kind", kind, "err", err)
		}
		if pause(ctx, longestWait); ctx.Err() != nil {
			return false
		}
	}
}

// about says what a fact is about, as far as it can be read. What it says is not for a log.
func about(e tickets.Entry) (tickets.ContactID, tickets.Number, tickets.Kind) {
	f, err := decode(e)
	if err != nil {
		return "", "", ""
	}
	return f.Contact, f.Own, f.Event.Kind()
}

func decode(e tickets.Entry) (tickets.Fact, error) {
	if e.Fact == nil {
		return tickets.Fact{}, errors.New("damaged on disk")
	}
	return tickets.DecodeFact(e.Fact)
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
