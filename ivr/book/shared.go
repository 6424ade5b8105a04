package book

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"hotline/ivr/callback"
	"hotline/tickets"
)

// Facts takes to the database what is written here.
type Facts interface {
	// TellCallback keeps it on disk until the database has it. own is the number that was reserved for their call; "" is not known. An error says that it is not kept.
	TellCallback(c tickets.Callback, own tickets.Number) error
	// CaughtUp waits until the database has all that was kept before this run; the error is ctx's.
	CaughtUp(ctx context.Context) error
}

// Rows are the callbacks in the database.
type Rows interface {
	// Callbacks are those of a node that somebody waits for since an epoch before one, and, of some calls, whatever is known of their callback.
	Callbacks(ctx context.Context, node string, before int64, calls []string) ([]tickets.Callback, error)
}

// Options of a shared book.
type Options struct {
	Book  *Book // on this disk
	Node  string
	Epoch func() int64 // in which this Hotline is in charge of the node
	// Alone says that nobody else was in charge since this disk was written, or that nobody can tell: then it says who is to be called back.
	Alone bool
	Facts Facts
	Rows  Rows
	Log   *slog.Logger
}

// Shared is the book of all who may serve a node. It is callback.Book, and safe for concurrent use.
type Shared struct {
	o Options

	mu     sync.Mutex       // guards what is below, and the files
	last   int64            // of what was written, in microseconds
	known  map[string]known // what this run has found, kept or struck
	untold []untold         // what was not taken for the database, in order
}

// untold is what the database is to be told of a callback yet.
type untold struct {
	callback tickets.Callback
	own      tickets.Number
}

// known is what this run knows of a callback, which is more than the database does: it is told of it with delay.
type known struct {
	waits bool
	at    time.Time
}

// Times of a shared book.
const (
	lookEvery = 2 * time.Second         // for what others have left
	answers   = 1500 * time.Millisecond // the database has it to say at the start who waits
	askWithin = 10 * time.Second        // and later
)

// Share makes a book that is shared.
func Share(o Options) *Shared { return &Shared{o: o, known: make(map[string]known)} }

// Entries are those that wait at the start. What is on a disk that another has served after may be over, and waits for the database to say so: see Later.
func (s *Shared) Entries() (names []string, entries [][]byte, err error) {
	if names, entries, err = s.onDisk(); s.o.Alone {
		return names, entries, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), answers)
	defer cancel()
	names, entries, _, asked := s.found(ctx)
	if asked != nil {
		s.o.Log.Warn("whom others have promised a callback is not known yet: the database does not say", "err", asked)
	}
	return names, entries, err
}

// onDisk is what is on disk, of which the database is told, and which this run knows where nobody else was in charge since.
func (s *Shared) onDisk() (names []string, entries [][]byte, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	names, entries, err = Tell(s.o.Book, s.o.Node, func(c tickets.Callback, own tickets.Number) error {
		s.last = max(s.last, c.N) // a clock that was set back since is no reason to be believed less
		s.tell(c, own)
		return nil
	})
	if s.o.Alone {
		for _, name := range names {
			s.known[name] = known{true, time.Now()}
		}
	}
	return names, entries, err
}

// tell tells the database, or does so later where the spool does not take it. It is called with mu held.
func (s *Shared) tell(c tickets.Callback, own tickets.Number) {
	err := s.o.Facts.TellCallback(c, own)
	if err == nil {
		return
	}
	s.untold = slices.DeleteFunc(s.untold, func(u untold) bool { return u.callback.Call == c.Call }) // the later counts
	s.untold = append(s.untold, untold{c, own})
	s.o.Log.Error("what became of a callback is not on its way to the database; Hotline tries again", "call", c.Call, "waits", c.Entry != nil, "err", err)
}

// tellAgain tells the database what it is to be told yet.
func (s *Shared) tellAgain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.untold) > 0 && s.o.Facts.TellCallback(s.untold[0].callback, s.untold[0].own) == nil {
		s.untold = s.untold[1:]
	}
}

// Later implements callback.Book.
func (s *Shared) Later(ctx context.Context) (names []string, entries [][]byte, over []string, err error) {
	for {
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
			return nil, nil, nil, context.Cause(ctx)
		}
		s.tellAgain()
		soon, cancel := context.WithTimeout(ctx, askWithin)
		names, entries, over, err = s.found(soon)
		cancel()
		if len(names) > 0 || len(over) > 0 {
			return names, entries, over, nil
		}
		if err != nil {
			s.o.Log.Debug("whom others have promised a callback is not known", "err", err)
		}
	}
}

// found are those that wait, by the database and by the disk, and of which this run knows nothing yet; and those that are over, of which it knew that they wait. The later word of the
// two counts.
func (s *Shared) found(ctx context.Context) (names []string, entries [][]byte, over []string, err error) {
	if err := s.o.Facts.CaughtUp(ctx); err != nil { // an earlier run has made some, perhaps, and the database does not know it yet
		return nil, nil, nil, err
	}
	onDisk, texts, _ := s.o.Book.Entries() // Entries has said what cannot be read
	rows, err := s.o.Rows.Callbacks(ctx, s.o.Node, s.o.Epoch(), onDisk)
	if err != nil {
		return nil, nil, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.known, func(_ string, k known) bool { return !k.waits && callback.TooLate(k.at) })
	waits, inherits, made := make(map[string][]byte), make(map[string][]byte), []string(nil)
	for i, name := range onDisk {
		waits[name] = texts[i]
	}
	for _, r := range rows {
		name := string(r.Call)
		text, onDisk := waits[name]
		switch k, is := s.known[name]; {
		case is && (!k.waits || !onDisk || r.Entry != nil), onDisk && !r.Later(callbackOf(name, s.o.Node, text)):
			continue
		case is: // whoever had it before us has made it, and tells it only now
			s.known[name] = known{false, time.Now()}
			over = append(over, name)
		}
		if r.Entry == nil {
			delete(waits, name)
			made = append(made, name)
			continue
		}
		waits[name], inherits[name] = r.Entry, r.Entry
	}
	if err := s.o.Book.Update(inherits, made); err != nil {
		s.o.Log.Error("the book of callbacks on disk is not what the database has", "err", err)
	}
	for _, name := range slices.Sorted(maps.Keys(waits)) {
		if _, is := s.known[name]; !is {
			s.known[name] = known{true, time.Now()}
			names, entries = append(names, name), append(entries, waits[name])
		}
	}
	return names, entries, over, nil
}

// Keep implements callback.Book.
func (s *Shared) Keep(name string, entry []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[name] = known{true, time.Now()}
	c := s.next(name)
	text, err := stamped(entry, c)
	if err != nil {
		return err
	}
	c.Entry = text
	err = s.o.Book.Keep(name, text)
	s.tell(c, ownOf(text))
	return err
}

// Strike implements callback.Book.
func (s *Shared) Strike(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, is := s.known[name]; !is || k.waits {
		s.known[name] = known{false, time.Now()}
		s.tell(s.next(name), "")
	}
	return s.o.Book.Strike(name)
}

// next is what is written now of a call. It is called with mu held.
func (s *Shared) next(name string) tickets.Callback {
	s.last = max(time.Now().UnixMicro(), s.last+1)
	return tickets.Callback{Call: tickets.ContactID(name), Node: s.o.Node, Epoch: s.o.Epoch(), N: s.last}
}

// Tell gives what is on a disk, and tells the database of it: whoever wrote it may have died before, or been of a version that did not. What the database was told
// before changes nothing there.
func Tell(b *Book, node string, tell func(tickets.Callback, tickets.Number) error) (names []string, entries [][]byte, err error) {
	names, entries, err = b.Entries()
	for i, name := range names {
		if c := callbackOf(name, node, entries[i]); c.Entry != nil {
			err = errors.Join(err, tell(c, ownOf(entries[i])))
		}
	}
	return names, entries, err
}

// stamp is what an entry on disk says besides of when it was written: beside the fields of callback.Callback, for a version that does not know of it reads it, too.
type stamp struct {
	Epoch int64 `json:"callback_epoch"`
	N     int64 `json:"callback_n"`
}

// stamped is an entry that says when it was written.
func stamped(entry []byte, c tickets.Callback) ([]byte, error) {
	fields := make(map[string]json.RawMessage)
	if err := json.Unmarshal(entry, &fields); err != nil {
		return nil, fmt.Errorf("callback of call %s: %w", c.Call, err)
	}
	fields["callback_epoch"], fields["callback_n"] = fmt.Append(nil, c.Epoch), fmt.Append(nil, c.N)
	return json.Marshal(fields)
}

// callbackOf is what an entry is to the database. One that an older version has written is from before all others. Without an Entry it is none: it cannot be read, or is too old.
func callbackOf(name, node string, entry []byte) tickets.Callback {
	c := tickets.Callback{Call: tickets.ContactID(name), Node: node}
	var s stamp
	var b callback.Callback
	if json.Unmarshal(entry, &s) != nil || json.Unmarshal(entry, &b) != nil || string(b.Request.ID) != name || callback.TooLate(b.Request.Arrived) {
		return c
	}
	if c.Epoch, c.N, c.Entry = s.Epoch, s.N, entry; c.N == 0 {
		c.N = b.Request.Arrived.UnixMicro()
	}
	return c
}

// ownOf is the ticket number that was reserved for the call of an entry; "" where it does not say.
func ownOf(entry []byte) tickets.Number {
	var b callback.Callback
	_ = json.Unmarshal(entry, &b) // one that cannot be read names none
	return b.Ticket.Own
}
