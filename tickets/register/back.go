package register

import (
	"context"
	"slices"
	"time"

	"hotline/tickets"
)

// A database that is restored from a dump lacks what it took since. The facts that are kept beside it (Past) are in the order in which it took them, so that it has them up
// to one, and none after it: the last of each piece tells whether it has the piece.

// bringBack applies again what the store lacks of what it had, before anything newer is applied. A call that goes on has its newer facts in the spool. False means that ctx has ended.
func (r *Register) bringBack(ctx context.Context) bool {
	if r.o.Past == nil {
		return true
	}
	pieces, err := r.o.Past.Kept()
	if err != nil {
		r.o.Log.Error("what is kept beside the database cannot be read: should it have been restored from a dump, it lacks what is younger", "err", err)
	}
	first := len(pieces)
	for ; first > 0; first-- {
		has, ok := r.has(ctx, pieces[first-1])
		if !ok {
			return false
		}
		if has {
			break
		}
	}
	if first == len(pieces) {
		return true
	}
	r.o.Log.Warn("the database lacks facts that it had, as after a restore from a dump: they are applied again as far as they are kept here", "pieces", len(pieces)-first)
	began, applied, refused := time.Now(), 0, int64(0)
	var last []tickets.Entry
	for _, piece := range pieces[first:] {
		for some := range slices.Chunk(r.readKept(piece), factsAtOnce) {
			facts, entries := kept(some)
			aside, ok := r.applyFacts(ctx, facts, entries, func(taken []tickets.Entry) { last = taken[len(taken)-1:] })
			if !ok {
				return false
			}
			applied, refused = applied+len(facts)-int(aside), refused+aside
		}
	}
	r.keepBeside(last) // which tells the next start that all of them are there, though the store may have refused what came after
	r.o.Log.Warn("the database has again what was kept here of what it lacked", "facts", applied, "set_aside", refused, "within", time.Since(began).Round(time.Millisecond))
	return true
}

// keepBeside keeps what the store has taken.
func (r *Register) keepBeside(entries []tickets.Entry) {
	if r.o.Past == nil {
		return
	}
	facts := make([][]byte, 0, len(entries))
	for _, e := range entries {
		facts = append(facts, e.Fact)
	}
	r.o.Past.Keep(facts)
}

// has says whether the store has the last fact of a piece, of those that can be read, and so all of it; or had it for so long that it may have deleted it, as after the months for which this
// server was no more than a standby. It waits for a store that is away; ok is false where ctx has ended meanwhile.
func (r *Register) has(ctx context.Context, piece string) (has, ok bool) {
	facts, _ := kept(r.readKept(piece))
	if len(facts) == 0 {
		return false, true // those before it tell
	}
	last := facts[len(facts)-1]
	if r.o.Forgets > 0 && time.Since(last.At) > r.o.Forgets {
		return true, ctx.Err() == nil
	}
	_ = r.insist(ctx, func(ctx context.Context) (err error) {
		has, err = r.o.Store.Has(ctx, last.Key())
		return err
	})
	return has, ctx.Err() == nil
}

// readKept gives the facts of a piece; none where it cannot be read.
func (r *Register) readKept(piece string) [][]byte {
	facts, err := r.o.Past.ReadKept(piece)
	if err != nil {
		r.o.Log.Error("facts that are kept beside the database cannot be read", "piece", piece, "err", err)
	}
	return facts
}

// kept are the facts of a piece that can be read.
func kept(all [][]byte) (facts []tickets.Fact, entries []tickets.Entry) {
	for _, b := range all {
		e := tickets.Entry{Fact: b}
		if f, err := decode(e); err == nil {
			facts, entries = append(facts, f), append(entries, e)
		}
	}
	return facts, entries
}
