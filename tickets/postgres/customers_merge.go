package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/customers"
)

// Doubles are merged by a person who has chosen the survivor; nothing merges them by itself. What is the other's moves to the survivor: numbers,
// contracts, tickets, contacts, and what is said of them. The other stays behind as a pointer, by whose id the survivor is found. All that moved is
// kept, so that the two can part again: each thing that moved and is still the survivor's goes back, and what came since stays. When they have parted, what moved
// is kept no longer: it is of one of them alone.

const (
	mergeColumns = `id::text, merged::text, coalesce(record->'merged'->>'name', ''), into_id::text, at, who`

	sqlPoint        = `UPDATE customers SET merged_into = $2, version = $3 WHERE id = $1`
	sqlPointNowhere = `UPDATE customers SET merged_into = NULL, version = $2 WHERE id = $1`
	sqlTicketsOfOne = `
		SELECT ` + ticketColumns + ` FROM tickets WHERE customer_id = $1 AND ($2::text[] IS NULL OR number = ANY ($2)) ORDER BY number FOR UPDATE`
	sqlContactsToOther = `
		WITH moved AS (UPDATE contacts SET customer_id = $2 WHERE customer_id = $1 AND ($3::text[] IS NULL OR id = ANY ($3)) RETURNING id)
		SELECT coalesce(array_agg(id), '{}') FROM moved`
	sqlAddMerge = `
		INSERT INTO customer_merges (id, merged, into_id, who, record, tickets, contacts) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ` + mergeColumns
	sqlMergeToUndo = `
		SELECT merged::text, into_id::text, record, tickets, contacts FROM customer_merges WHERE id = $1 AND undone_at IS NULL FOR UPDATE`
	sqlUndone = `
		UPDATE customer_merges SET undone_at = now(), undone_by = $2, record = '{}', tickets = '{}', contacts = '{}' WHERE id = $1 RETURNING at, who`
)

func scanMerge(row pgx.CollectableRow) (m customers.Merging, err error) {
	return m, row.Scan(&m.ID, &m.Merged, &m.Name, &m.Into, moment{&m.At}, &m.By)
}

func scanMergedInto(row pgx.CollectableRow) (m customers.MergedInto, err error) {
	return m, row.Scan(&m.ID, &m.Merged, &m.Name, &m.Into, moment{&m.At}, &m.By, &m.Tickets, &m.Contacts)
}

// Merge merges a customer into another, the survivor. version is the merged one's that is meant: customers.Lost where another is there.
func (s *Customers) Merge(ctx context.Context, merged tickets.CustomerID, version int64, into tickets.CustomerID, by tickets.By) (m customers.Merging, err error) {
	err = s.again(ctx, func(ctx context.Context, tx pgx.Tx) error {
		from, to, err := lockedPair(ctx, tx, merged, into)
		if err != nil {
			return err
		}
		if from.Version != version {
			changes, err := changesOf(ctx, tx, merged, version)
			return errors.Join(customers.Lost{Now: from, Changes: changes}, err)
		}
		m, err = s.merge(ctx, tx, from, to, by)
		return err
	})
	if err != nil {
		return customers.Merging{}, fmt.Errorf("merge customer %s into %s: %w", merged, into, err)
	}
	return m, nil
}

// lockedPair locks two customers, in the same order whoever asks. Whoever writes of one of them just then waits, and writes of the survivor (survivor_of in
// the schema); what they have written is moved.
func lockedPair(ctx context.Context, tx pgx.Tx, a, b tickets.CustomerID) (first, second tickets.Customer, err error) {
	if uuid.Validate(string(a)) != nil || uuid.Validate(string(b)) != nil {
		return first, second, customers.ErrNoCustomer
	}
	if a == b {
		return first, second, customers.Wrong{Field: "into", Rule: "expected another customer"}
	}
	if _, err = tx.Exec(ctx, `SELECT FROM customers WHERE id IN ($1, $2) ORDER BY id FOR UPDATE`, a, b); err != nil {
		return first, second, err
	}
	if first, err = locked(ctx, tx, a); err != nil {
		return first, second, err
	}
	second, err = locked(ctx, tx, b)
	return first, second, err
}

func (s *Customers) merge(ctx context.Context, tx pgx.Tx, from, to tickets.Customer, by tickets.By) (m customers.Merging, err error) {
	before := customers.Of(to)
	after, moved := customers.Merge(before, customers.Of(from))
	record, err := json.Marshal(moved)
	if err != nil {
		return m, err
	}
	id := uuid.Must(uuid.NewV7()).String()
	// The merged one's own record is emptied first: nothing may be two customers' at once.
	emptied := customers.Record{Name: from.Name}.Onto(from)
	emptied.Version++
	if err := saveCustomer(ctx, tx, from, emptied, changeWith(customers.Merged, customers.Of(from), customers.Of(emptied), "into", string(to.ID), id), by); err != nil {
		return m, err
	}
	if _, err := tx.Exec(ctx, sqlPoint, from.ID, to.ID, emptied.Version); err != nil {
		return m, err
	}
	survivor := after.Onto(to)
	survivor.Version++
	if err := saveCustomer(ctx, tx, to, survivor, changeWith(customers.TookOver, before, after, "merged", string(from.ID), id), by); err != nil {
		return m, err
	}
	var contacts []string
	numbers, err := s.giveTickets(ctx, tx, from.ID, to.ID, nil, id, by)
	if err != nil {
		return m, err
	}
	if err := tx.QueryRow(ctx, sqlContactsToOther, from.ID, to.ID, nil).Scan(&contacts); err != nil {
		return m, err
	}
	rows, err := tx.Query(ctx, sqlAddMerge, id, from.ID, to.ID, by.ID, record, numbers, contacts)
	if err != nil {
		return m, err
	}
	return pgx.CollectExactlyOneRow(rows, scanMerge)
}

// giveTickets makes tickets of one customer another's, each with a line in its history: those named, or all where these are nil.
func (s *Customers) giveTickets(ctx context.Context, tx pgx.Tx, from, to tickets.CustomerID, numbers []string, merge string, by tickets.By) ([]string, error) {
	rows, err := tx.Query(ctx, sqlTicketsOfOne, from, numbers)
	if err != nil {
		return nil, err
	}
	theirs, err := pgx.CollectRows(rows, scanTicket)
	if err != nil {
		return nil, err
	}
	var (
		b       pgx.Batch
		history []tickets.Change
		given   = []string{}
		at      = time.Now().UTC().Truncate(time.Microsecond)
	)
	for _, t := range theirs {
		before := t.Fields()
		t.Customer = to
		lines := tickets.Record(before, &t, tickets.Change{At: at, By: by, Kind: "customers_merged", Details: map[string]string{"merge": merge}}, t.Fields())
		saveTicket(&b, &t)
		for _, line := range lines {
			saveChange(&b, line, "")
		}
		history, given = append(history, lines...), append(given, string(t.Number))
	}
	if b.Len() == 0 {
		return given, nil
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return nil, err
	}
	return given, s.changed(ctx, tx, nil, history)
}

// changeWith is a line of history with the other customer and the merge that it is about.
func changeWith(kind customers.Kind, before, after customers.Record, role, other, merge string) customers.Change {
	data, err := json.Marshal(map[string]string{role: other, "merge": merge})
	if err != nil {
		panic(err) // texts
	}
	return customers.Change{Kind: kind, Data: data, Patch: customers.Diff(before, after)}
}

// UndoMerge parts two customers who were merged. It is customers.ErrNoMerge where there is no such merge, or it was undone, and ErrNoCustomer where the survivor
// was merged into another meanwhile: that is to be undone first.
func (s *Customers) UndoMerge(ctx context.Context, id string, by tickets.By) (m customers.Merging, err error) {
	err = s.again(ctx, func(ctx context.Context, tx pgx.Tx) error {
		m, err = s.part(ctx, tx, id, by)
		return err
	})
	if err != nil {
		return customers.Merging{}, fmt.Errorf("undo merge %s: %w", id, err)
	}
	return m, nil
}

func (s *Customers) part(ctx context.Context, tx pgx.Tx, id string, by tickets.By) (m customers.Merging, err error) {
	if uuid.Validate(id) != nil {
		return m, customers.ErrNoMerge
	}
	var (
		merged, into      tickets.CustomerID
		moved             customers.Moved
		numbers, contacts []string
	)
	err = tx.QueryRow(ctx, sqlMergeToUndo, id).Scan(&merged, &into, &moved, &numbers, &contacts)
	if errors.Is(err, pgx.ErrNoRows) {
		err = customers.ErrNoMerge
	}
	if err != nil {
		return m, err
	}
	if _, err := tx.Exec(ctx, `SELECT FROM customers WHERE id IN ($1, $2) ORDER BY id FOR UPDATE`, merged, into); err != nil {
		return m, err
	}
	to, err := locked(ctx, tx, into)
	if err != nil {
		return m, err
	}
	from, err := one(ctx, tx, sqlCustomer, merged)
	if err != nil {
		return m, err
	}
	before := customers.Of(to)
	survivor, parted := customers.Part(before, moved)
	alone := survivor.Onto(to)
	alone.Version++
	if err := saveCustomer(ctx, tx, to, alone, changeWith(customers.GaveBack, before, survivor, "parted", string(merged), id), by); err != nil {
		return m, err
	}
	version := from.Version + 1
	if _, err := tx.Exec(ctx, sqlPointNowhere, merged, version); err != nil {
		return m, err
	}
	again := parted.Onto(from)
	again.Version = version
	if err := saveCustomer(ctx, tx, from, again, changeWith(customers.Parted, customers.Of(from), parted, "from", string(into), id), by); err != nil {
		return m, err
	}
	if _, err := s.giveTickets(ctx, tx, into, merged, numbers, id, by); err != nil {
		return m, err
	}
	var back []string
	if err := tx.QueryRow(ctx, sqlContactsToOther, into, merged, contacts).Scan(&back); err != nil {
		return m, err
	}
	m = customers.Merging{ID: id, Merged: merged, Name: moved.Merged.Name, Into: into}
	return m, tx.QueryRow(ctx, sqlUndone, id, by.ID).Scan(moment{&m.At}, &m.By)
}

const (
	// Of those of whom some customers $1 were part for a while, because they were merged into them, or into somebody who was: from which version to which anybody was part
	// of them, and whether it was one of those customers.
	sqlPartedFrom = `
		WITH RECURSIVE spans (customer, since, until) AS (
			SELECT id, 0::bigint, NULL::bigint FROM unnest($1::uuid[]) id
			UNION SELECT t.customer_id, t.version, g.version FROM spans s
				JOIN customer_changes m ON m.customer_id = s.customer AND m.version >= s.since AND m.version <= coalesce(s.until, m.version) AND m.kind = 'merged'
				JOIN customer_changes t ON t.customer_id = (m.data->>'into')::uuid AND t.kind = 'took_over' AND t.data->>'merge' = m.data->>'merge'
				JOIN customer_changes g ON g.customer_id = t.customer_id AND g.kind = 'gave_back' AND g.data->>'merge' = m.data->>'merge')
		SELECT t.customer_id::text, t.version, g.version, (t.customer_id, t.version) IN (SELECT customer, since FROM spans) FROM customer_changes t
			JOIN customer_changes g ON g.customer_id = t.customer_id AND g.kind = 'gave_back' AND g.data->>'merge' = t.data->>'merge'
		WHERE t.kind = 'took_over' AND t.customer_id IN (SELECT customer FROM spans) AND NOT t.customer_id = ANY ($1::uuid[])
		ORDER BY t.customer_id, t.version`
	sqlMayForgetPatches = `SET LOCAL hotline.erasure = 'on'`
	sqlForgetPatches    = `UPDATE customer_changes SET patch = '{}' WHERE customer_id = $1 AND version BETWEEN $2 AND $3`
	sqlOnePatch         = `UPDATE customer_changes SET patch = $3 WHERE customer_id = $1 AND version = $2`
)

// span is a piece of a customer's history, by its first and last version, while somebody was part of them.
type span struct {
	Of       tickets.CustomerID
	From, To int64
	Goes     bool // is to go
}

// joined makes one span of those that overlap, for where one begins within another its change tells what the other had brought. They come by customer and by their beginnings.
func joined(spans []span) (all []span) {
	for _, s := range spans {
		if last := len(all) - 1; last >= 0 && all[last].Of == s.Of && s.From <= all[last].To {
			all[last].To, all[last].Goes = max(all[last].To, s.To), all[last].Goes || s.Goes
		} else {
			all = append(all, s)
		}
	}
	return all
}

// partAllForGood takes customers who are to go, with those who were merged into them, out of the histories of others of whom they were part once. What was changed
// there meanwhile stands as one change, without what was theirs. Merges in which they took part go with their rows.
func partAllForGood(ctx context.Context, tx pgx.Tx, gone []string) error {
	spans, err := ask(ctx, tx, pgx.RowToStructByPos[span], sqlPartedFrom, gone)
	if err != nil || len(spans) == 0 {
		return err
	}
	if _, err := tx.Exec(ctx, sqlMayForgetPatches); err != nil {
		return err
	}
	for _, sp := range joined(spans) {
		if !sp.Goes {
			continue
		}
		before, err := recordAt(ctx, tx, sp.Of, sp.From-1)
		if err != nil {
			return err
		}
		after, err := recordAt(ctx, tx, sp.Of, sp.To)
		if err != nil {
			return err
		}
		patch, err := json.Marshal(customers.Diff(before, after))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlForgetPatches, sp.Of, sp.From, sp.To); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlOnePatch, sp.Of, sp.To, patch); err != nil {
			return err
		}
	}
	return nil
}

// recordAt is what was said of a customer at a version, by their history.
func recordAt(ctx context.Context, tx pgx.Tx, id tickets.CustomerID, version int64) (r customers.Record, err error) {
	rows, err := tx.Query(ctx, `SELECT patch FROM customer_changes WHERE customer_id = $1 AND version <= $2 ORDER BY version`, id, version)
	if err != nil {
		return r, err
	}
	patches, err := pgx.CollectRows(rows, pgx.RowTo[customers.Patch])
	for _, p := range patches {
		if err == nil {
			r, err = p.Onto(r)
		}
	}
	return r, err
}
