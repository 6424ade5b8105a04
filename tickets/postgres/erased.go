package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
)

// Facts of somebody who was erased may come to the database afterwards: from the disk of a server that was away. They are applied as what happened on a day, without who called, and the
// transaction takes out the rest as their erasure would have done. Whoever brought them has them on disk, which is to hear of it (see OnLate).
//
//	Erase ─► erased: contacts by their ids, numbers by their digests
//	            │
//	Apply ─► load ─► Fact.OfNobody ─► Book.Apply ─► save ─► eraseAll, OnLate
//
// While somebody is erased no facts are applied, so that none of theirs come in between.

const (
	sqlApplies    = `SELECT pg_advisory_xact_lock_shared(hashtext('erased'))`
	sqlErases     = `SELECT pg_advisory_xact_lock(hashtext('erased'))`
	sqlNoteErased = `INSERT INTO erased (key, at) SELECT key, now() FROM unnest($1::text[]) AS key ON CONFLICT (key) DO UPDATE SET at = excluded.at`
	sqlErased     = `SELECT key, at FROM erased WHERE key = ANY ($1)`
	// The tickets of contacts that are about nobody else: of no customer, and of no contact of others.
	sqlTicketsOfErased = `
		SELECT number FROM tickets t WHERE number = ANY (ARRAY (SELECT ticket FROM contacts WHERE id = ANY ($1))) AND customer_id IS NULL
			AND NOT EXISTS (SELECT FROM contacts c WHERE c.ticket = t.number AND NOT EXISTS (SELECT FROM erased e WHERE e.key = c.id))`
)

// keepErased is how long it is known that somebody was erased: no disk comes back after so long.
const keepErased = 366 * 24 * time.Hour

// erasedNumber is the key of a number in the table erased.
func erasedNumber(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// noteErased notes who is erased, for facts that come later.
func noteErased(ctx context.Context, tx pgx.Tx, p Person, contacts []string) error {
	keys := slices.Clone(contacts)
	for _, n := range p.Numbers {
		keys = append(keys, erasedNumber(n))
	}
	_, err := tx.Exec(ctx, sqlNoteErased, keys)
	return err
}

// erasedKey is a row of erased.
type erasedKey struct {
	key string
	at  time.Time
}

func scanErased(row pgx.CollectableRow) (e erasedKey, err error) { return e, row.Scan(&e.key, &e.at) }

// keysOf are the keys under which facts may be of somebody who was erased.
func keysOf(facts []tickets.Fact, contacts []string) []string {
	keys := slices.Clone(contacts)
	for _, f := range facts {
		if e, is := f.Event.(tickets.Arrived); is {
			for _, n := range e.Numbers() {
				keys = append(keys, erasedNumber(n))
			}
		}
	}
	return keys
}

// lateFacts are those of persons who were erased before: their contacts, and the numbers from which these came where a fact says so.
type lateFacts struct{ contacts, numbers []string }

// lateOf finds them. Who has called after they were erased is somebody new.
func lateOf(facts []tickets.Fact, erased []erasedKey) (l lateFacts) {
	if len(erased) == 0 {
		return l
	}
	at := make(map[string]time.Time)
	for _, e := range erased {
		at[e.key] = e.at
	}
	for _, f := range facts {
		_, is := at[string(f.Contact)]
		if e, arrived := f.Event.(tickets.Arrived); arrived {
			for _, n := range e.Numbers() {
				if when, was := at[erasedNumber(n)]; was && !f.At.After(when) {
					is = true
					l.numbers = append(l.numbers, n)
				}
			}
		}
		if is && !l.is(f.Contact) {
			l.contacts = append(l.contacts, string(f.Contact))
		}
	}
	return l
}

func (l lateFacts) is(c tickets.ContactID) bool { return slices.Contains(l.contacts, string(c)) }

// OnLate makes a store tell, within the transaction that applies them, of facts of persons who were erased before: the calls, and the numbers as far as the facts say them. They are on the
// disk of whoever brings them, though they are not new. It is for the one who makes the store, before it is used.
func (s *Store) OnLate(tell func(ctx context.Context, tx pgx.Tx, p Person, calls []string) error) {
	s.toldLate = tell
}

// eraseLate takes out who it was about of what facts that came late have changed.
func (s *Store) eraseLate(ctx context.Context, tx pgx.Tx, l lateFacts, changed map[tickets.ContactID]bool) error {
	if len(l.contacts) == 0 {
		return nil
	}
	var theirs []string
	for _, id := range l.contacts {
		if changed[tickets.ContactID(id)] {
			theirs = append(theirs, id)
		}
	}
	p := Person{Numbers: l.numbers}
	if len(theirs) > 0 {
		err := noteErased(ctx, tx, Person{}, theirs)
		var about []string
		if err == nil {
			about, err = ask(ctx, tx, pgx.RowTo[string], sqlTicketsOfErased, theirs)
		}
		if err == nil {
			err = eraseAll(ctx, tx, Traces{theirContacts: theirs, theirTickets: about})
		}
		if err != nil {
			return fmt.Errorf("erase what came late: %w", err)
		}
	}
	if s.toldLate == nil {
		return nil
	}
	return s.toldLate(ctx, tx, p, l.contacts)
}
