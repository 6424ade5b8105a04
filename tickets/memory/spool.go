package memory

import (
	"context"
	"slices"
	"sync"
	"time"

	"hotline/tickets"
)

// Spool keeps facts and reserved numbers for a register, as long as the process lives.
type Spool struct {
	mu      sync.Mutex // guards what is below
	first   uint64     // position before entries[0]
	entries [][]byte
	grown   chan struct{} // closed and made anew when entries grows
	aside   []tickets.Entry
	blocks  []tickets.Block
	full    bool
}

// NewSpool is an empty spool.
func NewSpool() *Spool { return &Spool{grown: make(chan struct{})} }

// SetFull makes the spool one whose disk takes nothing: facts are read from memory, and none is kept on disk.
func (s *Spool) SetFull(full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = full
}

// Append keeps a fact.
func (s *Spool) Append(fact []byte, _ time.Duration) (position uint64, kept bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries = append(s.entries, slices.Clone(fact))
	close(s.grown)
	s.grown = make(chan struct{})
	return s.first + uint64(len(s.entries)), !s.full, nil
}

// Held are the positions of the facts that are there.
func (s *Spool) Held() (after, last uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first, s.first + uint64(len(s.entries))
}

// Read waits for facts after a position.
func (s *Spool) Read(ctx context.Context, after uint64, most int) ([]tickets.Entry, error) {
	for {
		s.mu.Lock()
		after = max(after, s.first)
		var found []tickets.Entry
		for i := after - s.first; i < uint64(len(s.entries)) && len(found) < most; i++ {
			found = append(found, tickets.Entry{Position: s.first + i + 1, Fact: s.entries[i]})
		}
		grown := s.grown
		s.mu.Unlock()
		if len(found) > 0 {
			return found, nil
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-grown:
		}
	}
}

// Applied forgets facts.
func (s *Spool) Applied(upTo uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if upTo > s.first {
		s.entries = slices.Clone(s.entries[upTo-s.first:])
		s.first = upTo
	}
	return nil
}

// SetAside keeps an entry that can never be applied.
func (s *Spool) SetAside(e tickets.Entry, _ error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.aside = append(s.aside, e)
	return nil
}

// Aside copies what was set aside.
func (s *Spool) Aside() []tickets.Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.aside)
}

// LoadBlocks gives the reserved blocks.
func (s *Spool) LoadBlocks() ([]tickets.Block, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.blocks), nil
}

// SaveBlocks keeps them.
func (s *Spool) SaveBlocks(blocks []tickets.Block) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocks = slices.Clone(blocks)
	return nil
}
