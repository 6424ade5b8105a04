package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"hotline/tickets"
	"hotline/tickets/life"
)

const (
	partColumns    = `n, department, owner, what, due, state, answer, answered_by, given_at, done_at`
	promiseColumns = `n, what, told_to, channel, due, state, person, department, made_at, first_due, moved, told, ended_at, went_on`
	vendorColumns  = `n, vendor, number, what, asked_at, promised, remind_at, reminded, state, answer, done_at`
	reviewColumns  = `n, level, about, wrote, department, reviewer, complaint, opened_at, due, state, answer, done_at`
	changeColumns  = `ticket, version, at, by_kind, by_id, by_name, by_for, by_from, kind, contact, details, patch`
	entryColumns   = `ticket, n, version, at, by_kind, by_id, by_name, by_for, by_from, kind, internal, text, channel, address`
)

func scanPart(row pgx.CollectableRow) (p owned[life.Part], err error) {
	v := &p.value
	return p, row.Scan(&p.ticket, &v.N, &v.Department, &v.Owner, &v.What, moment{&v.Due}, &v.State, &v.Answer, &v.By, moment{&v.GivenAt}, moment{&v.DoneAt})
}

func scanPromise(row pgx.CollectableRow) (p owned[life.Promise], err error) {
	v := &p.value
	return p, row.Scan(&p.ticket, &v.N, &v.What, &v.To, &v.Channel, moment{&v.Due}, &v.State, &v.Person, &v.Department, moment{&v.MadeAt}, moment{&v.First},
		&v.Moved, &v.Told, moment{&v.EndedAt}, &v.WentOn)
}

func scanVendor(row pgx.CollectableRow) (p owned[life.Vendor], err error) {
	v := &p.value
	return p, row.Scan(&p.ticket, &v.N, &v.Vendor, &v.Number, &v.What, moment{&v.AskedAt}, moment{&v.Promised}, moment{&v.RemindAt}, &v.Reminded, &v.State,
		&v.Answer, moment{&v.DoneAt})
}

func scanReview(row pgx.CollectableRow) (p owned[life.Review], err error) {
	v := &p.value
	return p, row.Scan(&p.ticket, &v.N, &v.Level, &v.About, &v.Wrote, &v.Department, &v.Reviewer, &v.Complaint, moment{&v.OpenedAt}, moment{&v.Due}, &v.State,
		&v.Answer, moment{&v.DoneAt})
}

func scanLink(row pgx.CollectableRow) (p owned[life.Link], err error) {
	return p, row.Scan(&p.ticket, &p.value.Other, &p.value.Kind, moment{&p.value.At})
}

func scanChange(row pgx.CollectableRow) (c tickets.Change, err error) {
	return c, row.Scan(&c.Ticket, &c.Version, moment{&c.At}, &c.By.Kind, &c.By.ID, &c.By.Name, &c.By.For, &c.By.From, &c.Kind, &c.Contact, &c.Details, &c.Patch)
}

func scanEntry(row pgx.CollectableRow) (e life.Entry, err error) {
	return e, row.Scan(&e.Ticket, &e.N, &e.Version, moment{&e.At}, &e.By.Kind, &e.By.ID, &e.By.Name, &e.By.For, &e.By.From, &e.Kind, &e.Internal, &e.Text,
		&e.Channel, &e.Address)
}

// owned is something with the ticket to which it belongs.
type owned[T any] struct {
	ticket tickets.Number
	value  T
}

type queryer interface {
	SendBatch(context.Context, *pgx.Batch) pgx.BatchResults
}

// loadMatters puts tickets with all that belongs to them into a file, in one round trip. Second names lead to their tickets.
func loadMatters(ctx context.Context, q queryer, f *life.File, numbers []tickets.Number, forUpdate bool) error {
	var b pgx.Batch
	put := askMatters(&b, f, numbers, forUpdate)
	if err := q.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("read tickets %v: %w", numbers, err)
	}
	put()
	return nil
}

// askMatters is loadMatters for a batch that somebody else sends: put is for the time after that.
func askMatters(b *pgx.Batch, f *life.File, numbers []tickets.Number, forUpdate bool) (put func()) {
	const those = `(SELECT coalesce(m.ticket, n) FROM unnest($1::text[]) n LEFT JOIN merged_numbers m ON m.number = n
		AND NOT EXISTS (SELECT FROM tickets t WHERE t.number = n))`
	lock := ""
	if forUpdate {
		lock = ` FOR UPDATE`
	}
	var (
		names    []pair
		found    []owned[int]
		rows     []tickets.Ticket
		parts    []owned[life.Part]
		promises []owned[life.Promise]
		vendors  []owned[life.Vendor]
		reviews  []owned[life.Review]
		links    []owned[life.Link]
		merges   []tickets.Change
	)
	collect(b, `SELECT `+ticketColumns+` FROM tickets WHERE number IN `+those+` ORDER BY number`+lock, scanTicket, &rows, numbers)
	collect(b, `SELECT number, ticket FROM merged_numbers WHERE number = ANY ($1)`, scanPair, &names, numbers)
	collect(b, `SELECT number, written FROM tickets WHERE number IN `+those, func(row pgx.CollectableRow) (o owned[int], err error) {
		return o, row.Scan(&o.ticket, &o.value)
	}, &found, numbers)
	collect(b, `SELECT ticket, `+partColumns+` FROM ticket_parts WHERE ticket IN `+those+` ORDER BY ticket, n`, scanPart, &parts, numbers)
	collect(b, `SELECT ticket, `+promiseColumns+` FROM ticket_promises WHERE ticket IN `+those+` ORDER BY ticket, n`, scanPromise, &promises, numbers)
	collect(b, `SELECT ticket, `+vendorColumns+` FROM ticket_vendors WHERE ticket IN `+those+` ORDER BY ticket, n`, scanVendor, &vendors, numbers)
	collect(b, `SELECT ticket, `+reviewColumns+` FROM ticket_reviews WHERE ticket IN `+those+` ORDER BY ticket, n`, scanReview, &reviews, numbers)
	collect(b, `SELECT ticket, other, kind, at FROM ticket_links WHERE ticket IN `+those+` ORDER BY ticket, other`, scanLink, &links, numbers)
	collect(b, `SELECT DISTINCT ON (ticket) `+changeColumns+` FROM ticket_changes
		WHERE kind = 'merge' AND patch ? 'into' AND ticket IN (SELECT number FROM tickets WHERE merged_into IS NOT NULL AND number IN `+those+`)
		ORDER BY ticket, version DESC`, scanChange, &merges, numbers)
	return func() {
		for _, n := range numbers {
			f.Asked[n] = true
		}
		for _, name := range names {
			f.Names[tickets.Number(name.a)] = tickets.Number(name.b)
		}
		all := map[tickets.Number]*life.Matter{}
		for _, t := range rows {
			all[t.Number] = &life.Matter{Ticket: t}
		}
		give(found, all, func(m *life.Matter, n int) { m.Written = n })
		give(parts, all, func(m *life.Matter, p life.Part) { m.Parts = append(m.Parts, p) })
		give(promises, all, func(m *life.Matter, p life.Promise) { m.Promises = append(m.Promises, p) })
		give(vendors, all, func(m *life.Matter, v life.Vendor) { m.Vendors = append(m.Vendors, v) })
		give(reviews, all, func(m *life.Matter, r life.Review) { m.Reviews = append(m.Reviews, r) })
		give(links, all, func(m *life.Matter, l life.Link) { m.Links = append(m.Links, l) })
		for _, c := range merges {
			if m := all[c.Ticket]; m != nil {
				m.Join = &c
			}
		}
		for n, m := range all {
			f.Asked[n], f.Matters[n] = true, m
		}
	}
}

// loadCame notes in a file when contacts came.
func loadCame(ctx context.Context, tx pgx.Tx, f *life.File, contacts []tickets.ContactID) error {
	if len(contacts) == 0 {
		return nil
	}
	f.Came = map[tickets.ContactID]time.Time{}
	for _, id := range contacts {
		f.Came[id] = time.Time{}
	}
	rows, err := tx.Query(ctx, `SELECT id, arrived_at FROM contacts WHERE id = ANY ($1)`, contacts)
	if err == nil {
		var id tickets.ContactID
		var at time.Time
		_, err = pgx.ForEachRow(rows, []any{&id, moment{&at}}, func() error {
			f.Came[id] = at
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("when contacts came: %w", err)
	}
	return nil
}

// matters are tickets with all that belongs to them, by their own numbers.
func matters(ctx context.Context, q queryer, numbers []tickets.Number, forUpdate bool) (map[tickets.Number]*life.Matter, error) {
	f := newFile("")
	return f.Matters, loadMatters(ctx, q, f, numbers, forUpdate)
}

func newFile(own tickets.Number) *life.File {
	return &life.File{Own: own, Matters: map[tickets.Number]*life.Matter{}, Names: map[tickets.Number]tickets.Number{}, Asked: map[tickets.Number]bool{}}
}

// own is the ticket of a file: the one of its number, or of which that is a second name.
func own(f *life.File) (*life.Matter, error) {
	if m := f.Matters[f.Own]; m != nil {
		return m, nil
	}
	if m := f.Matters[f.Names[f.Own]]; m != nil {
		f.Own = m.Number
		return m, nil
	}
	return nil, tickets.ErrNoTicket
}

func give[T any](all []owned[T], to map[tickets.Number]*life.Matter, put func(*life.Matter, T)) {
	for _, o := range all {
		if m := to[o.ticket]; m != nil {
			put(m, o.value)
		}
	}
}

// Matter is a ticket, by its number or a second name, with all that belongs to it; tickets.ErrNoTicket.
func (s *Store) Matter(ctx context.Context, n tickets.Number) (m life.Matter, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) (err error) {
		m, err = matterOf(ctx, tx, n)
		return err
	})
	return m, err
}

func matterOf(ctx context.Context, tx pgx.Tx, n tickets.Number) (life.Matter, error) {
	f := newFile(n)
	if err := loadMatters(ctx, tx, f, []tickets.Number{n}, false); err != nil {
		return life.Matter{}, err
	}
	m, err := own(f)
	if err != nil {
		return life.Matter{}, fmt.Errorf("ticket %s: %w", n, err)
	}
	return *m, nil
}

// MattersOf are some tickets with all that belongs to them; one that is not there is left out.
func (s *Store) MattersOf(ctx context.Context, numbers []tickets.Number) (map[tickets.Number]*life.Matter, error) {
	f := newFile("")
	var b pgx.Batch
	put := askMatters(&b, f, numbers, false)
	if err := s.read(ctx, &b); err != nil {
		return nil, fmt.Errorf("read tickets %v: %w", numbers, err)
	}
	put()
	return f.Matters, nil
}

// Change loads the tickets of a command and those that it is about, lets do decide, and saves what that gives, in one transaction. Where do says
// that it needs other tickets (life.NeedsError) it is asked again with these. key is of the request that asks for it: where it was done
// before, the tickets are given as they are, and do is not asked.
func (s *Store) Change(ctx context.Context, n tickets.Number, others []tickets.Number, key string, do func(*life.File) (life.Outcome, error)) (life.Matter, error) {
	var m life.Matter
	err := s.again(ctx, func(ctx context.Context, tx pgx.Tx) error {
		f := newFile(n)
		if err := loadMatters(ctx, tx, f, append([]tickets.Number{n}, others...), true); err != nil {
			return err
		}
		is, err := own(f)
		if err != nil {
			return err
		}
		if done, err := doneBefore(ctx, tx, is.Number, key); err != nil || done {
			m = *is
			return err
		}
		out, err := do(f)
		var more *life.NeedsError
		for errors.As(err, &more) {
			if err := loadMatters(ctx, tx, f, more.Numbers, true); err != nil {
				return err
			}
			if err := loadCame(ctx, tx, f, more.Contacts); err != nil {
				return err
			}
			out, err = do(f)
		}
		if err != nil {
			return err
		}
		if err := s.saveOutcome(ctx, tx, out, is.Number, key); err != nil {
			return err
		}
		m = *f.Matters[is.Number]
		return nil
	})
	if err != nil {
		return life.Matter{}, fmt.Errorf("change ticket %s: %w", n, refusal(err))
	}
	return m, nil
}

// Open opens a ticket with a contact that is registered by hand, whose id the request has: where it is there, that one's ticket is given as
// it is, and do is not asked.
func (s *Store) Open(ctx context.Context, contact tickets.ContactID, do func(*life.File) (life.Outcome, error)) (life.Matter, error) {
	var n tickets.Number
	err := s.again(ctx, func(ctx context.Context, tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `SELECT ticket FROM contacts WHERE id = $1`, contact).Scan(&n)
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		out, err := do(newFile(""))
		if err != nil {
			return err
		}
		n = out.Contact.Ticket
		return s.saveOutcome(ctx, tx, out, n, "")
	})
	if err != nil {
		return life.Matter{}, fmt.Errorf("open a ticket by hand: %w", refusal(err))
	}
	return s.Matter(ctx, n)
}

func doneBefore(ctx context.Context, tx pgx.Tx, n tickets.Number, key string) (done bool, err error) {
	if key == "" {
		return false, nil
	}
	return done, tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM ticket_changes WHERE ticket = $1 AND key = $2)`, n, key).Scan(&done)
}

// Done says whether the request of a key was done to a ticket, by its number or a second name, and not before a time.
func (s *Store) Done(ctx context.Context, n tickets.Number, key string, since time.Time) (done bool, err error) {
	err = s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM ticket_changes
		WHERE ticket IN ($1, (SELECT m.ticket FROM merged_numbers m WHERE m.number = $1)) AND key = $2 AND key <> '' AND at >= $3)`, n, key, since).Scan(&done)
	if err != nil {
		return false, fmt.Errorf("whether a request was done to ticket %s: %w", n, err)
	}
	return done, nil
}

const (
	sqlSavePart = `
		INSERT INTO ticket_parts (ticket, ` + partColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (ticket, n) DO UPDATE SET department = excluded.department, owner = excluded.owner, what = excluded.what, due = excluded.due,
			state = excluded.state, answer = excluded.answer, answered_by = excluded.answered_by, done_at = excluded.done_at`
	sqlSavePromise = `
		INSERT INTO ticket_promises (ticket, ` + promiseColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (ticket, n) DO UPDATE SET what = excluded.what, told_to = excluded.told_to, channel = excluded.channel, due = excluded.due,
			state = excluded.state, person = excluded.person, department = excluded.department, moved = excluded.moved, told = excluded.told,
			ended_at = excluded.ended_at, went_on = excluded.went_on`
	sqlSaveVendor = `
		INSERT INTO ticket_vendors (ticket, ` + vendorColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (ticket, n) DO UPDATE SET number = excluded.number, what = excluded.what, promised = excluded.promised, remind_at = excluded.remind_at,
			reminded = excluded.reminded, state = excluded.state, answer = excluded.answer, done_at = excluded.done_at`
	sqlSaveReview = `
		INSERT INTO ticket_reviews (ticket, ` + reviewColumns + `) VALUES ($1, $2, $3, $4, coalesce($5::text[], '{}'), $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (ticket, n) DO UPDATE SET level = excluded.level, department = excluded.department, reviewer = excluded.reviewer, due = excluded.due,
			state = excluded.state, answer = excluded.answer, done_at = excluded.done_at`
	sqlDropLinks = `
		DELETE FROM ticket_links WHERE ticket = $1 AND NOT other = ANY ($2)`
	sqlSaveLink = `
		INSERT INTO ticket_links (ticket, other, kind, at) VALUES ($1, $2, $3, $4) ON CONFLICT (ticket, other) DO UPDATE SET kind = excluded.kind`
	sqlSaveWritten = `
		UPDATE tickets SET written = $2 WHERE number = $1`
	sqlSaveEntry = `
		INSERT INTO ticket_entries (` + entryColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`
	// A contact remembers from which ticket it came first, through any merges that follow.
	sqlMergeContacts = `
		UPDATE contacts SET ticket = $2, merged_from = CASE merged_from WHEN '' THEN $1 ELSE merged_from END WHERE ticket = $1`
	sqlSplitContacts = `
		UPDATE contacts SET ticket = $2, merged_from = '' WHERE ticket = $1 AND id = ANY ($3)`
	sqlLinkedByAgent = `
		UPDATE contacts SET linked = 'agent', about = '' WHERE id = $1`
	sqlMergeNames = `
		UPDATE merged_numbers SET ticket = $2, origin = CASE origin WHEN '' THEN $1 ELSE origin END WHERE ticket = $1`
	// Those that a ticket brought along: of its own, and of what was merged with it before.
	brought = `
		WITH RECURSIVE brought (number) AS (SELECT $2::text UNION SELECT t.number FROM tickets t JOIN brought b ON t.merged_into = b.number)`
	sqlContactsBack = brought + `
		UPDATE contacts SET ticket = $2, merged_from = CASE merged_from WHEN $2 THEN '' ELSE merged_from END
		WHERE ticket = $1 AND merged_from IN (SELECT number FROM brought)`
	sqlNamesBack = brought + `
		UPDATE merged_numbers SET ticket = $2, origin = CASE origin WHEN $2 THEN '' ELSE origin END
		WHERE ticket = $1 AND origin IN (SELECT number FROM brought)`
	sqlDropSecond = `
		DELETE FROM merged_numbers WHERE number = $1`
)

// saveOutcome writes what a command has made of its tickets.
func (s *Store) saveOutcome(ctx context.Context, tx pgx.Tx, out life.Outcome, own tickets.Number, key string) error {
	var b pgx.Batch
	for _, m := range out.Matters {
		saveTicket(&b, &m.Ticket)
	}
	for _, m := range out.Matters {
		saveBelongings(&b, m)
	}
	for _, c := range out.History {
		k := ""
		if c.Ticket == own && c.Kind != "was_there" {
			k = key
		}
		saveChange(&b, c, k)
	}
	for _, e := range out.Entries {
		b.Queue(sqlSaveEntry, e.Ticket, e.N, e.Version, e.At, e.By.Kind, e.By.ID, e.By.Name, e.By.For, e.By.From, e.Kind, e.Internal, e.Text, e.Channel, e.Address)
	}
	if out.Contact != nil {
		newContact(&b, out.Contact)
	}
	for _, m := range out.Moved {
		moveContacts(&b, m)
	}
	if out.Linked != "" {
		b.Queue(sqlLinkedByAgent, out.Linked)
	}
	for _, second := range slices.Sorted(maps.Keys(out.Second)) {
		if first := out.Second[second]; first == "" {
			b.Queue(sqlDropSecond, second)
		} else {
			b.Queue(sqlSaveMerged, second, first)
		}
	}
	if err := write(ctx, tx, &b); err != nil || b.Len() == 0 {
		return err
	}
	return s.changed(ctx, tx, nil, out.History)
}

// moveContacts gives contacts to another ticket, with the numbers that lead to theirs where that goes as a whole.
func moveContacts(b *pgx.Batch, m life.Moved) {
	switch {
	case m.Back:
		b.Queue(sqlContactsBack, m.From, m.To)
		b.Queue(sqlNamesBack, m.From, m.To)
	case m.Contacts == nil:
		b.Queue(sqlMergeContacts, m.From, m.To)
		b.Queue(sqlMergeNames, m.From, m.To)
	default:
		b.Queue(sqlSplitContacts, m.From, m.To, m.Contacts).Exec(func(done pgconn.CommandTag) error {
			if done.RowsAffected() != int64(len(m.Contacts)) {
				return &life.FieldError{Field: "contacts", Rule: "are not all of this ticket"}
			}
			return nil
		})
	}
}

func saveBelongings(b *pgx.Batch, m *life.Matter) {
	for _, p := range m.Parts {
		b.Queue(sqlSavePart, m.Number, p.N, p.Department, p.Owner, p.What, p.Due, p.State, p.Answer, p.By, p.GivenAt, orNull(p.DoneAt))
	}
	for _, p := range m.Promises {
		b.Queue(sqlSavePromise, m.Number, p.N, p.What, p.To, p.Channel, p.Due, p.State, p.Person, p.Department, p.MadeAt, p.First, p.Moved, p.Told, orNull(p.EndedAt), p.WentOn)
	}
	for _, v := range m.Vendors {
		b.Queue(sqlSaveVendor, m.Number, v.N, v.Vendor, v.Number, v.What, v.AskedAt, orNull(v.Promised), orNull(v.RemindAt), v.Reminded, v.State, v.Answer, orNull(v.DoneAt))
	}
	for _, r := range m.Reviews {
		b.Queue(sqlSaveReview, m.Number, r.N, r.Level, r.About, r.Wrote, r.Department, r.Reviewer, r.Complaint, r.OpenedAt, r.Due, r.State, r.Answer, orNull(r.DoneAt))
	}
	others := []string{}
	for _, l := range m.Links {
		others = append(others, string(l.Other))
		b.Queue(sqlSaveLink, m.Number, l.Other, l.Kind, l.At)
	}
	b.Queue(sqlDropLinks, m.Number, others)
	b.Queue(sqlSaveWritten, m.Number, m.Written)
}

// Changes is the history of a ticket after a version, in order, so many lines at most.
func (s *Store) Changes(ctx context.Context, n tickets.Number, after int64, limit int) ([]tickets.Change, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+changeColumns+` FROM ticket_changes WHERE ticket = $1 AND version > $2 ORDER BY version LIMIT $3`, n, after, limit)
	if err == nil {
		var all []tickets.Change
		if all, err = pgx.CollectRows(rows, scanChange); err == nil {
			return all, nil
		}
	}
	return nil, fmt.Errorf("history of ticket %s: %w", n, err)
}

// Entries are the texts about a ticket before one of them (0: the latest), the latest first.
func (s *Store) Entries(ctx context.Context, n tickets.Number, before, limit int) ([]life.Entry, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+entryColumns+` FROM ticket_entries WHERE ticket = $1 AND ($2 = 0 OR n < $2) ORDER BY n DESC LIMIT $3`, n, before, limit)
	if err == nil {
		var all []life.Entry
		if all, err = pgx.CollectRows(rows, scanEntry); err == nil {
			return all, nil
		}
	}
	return nil, fmt.Errorf("entries of ticket %s: %w", n, err)
}
