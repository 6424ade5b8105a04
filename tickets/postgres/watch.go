package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/clock"
	"hotline/tickets/customers"
	"hotline/tickets/due"
	"hotline/tickets/life"
)

const (
	// Who holds a ticket just now changes it, and it is found the next time.
	sqlToReckon = `
		SELECT number FROM tickets WHERE reckoned <> version ORDER BY number LIMIT $1 FOR UPDATE SKIP LOCKED`
	sqlAwake = `
		SELECT number FROM tickets WHERE wake_at <= $1 ORDER BY wake_at, next_at, number LIMIT $2`
	sqlKept = `
		SELECT t.number, t.reckoned, t.told, coalesce(c.channel, ''),
			(SELECT coalesce(jsonb_agg(jsonb_build_object('number', k.number, 'agreement', k.agreement, 'ends_on', coalesce(k.ends_on::text, ''))
				ORDER BY k.position, k.number), '[]') FROM customer_contracts k WHERE k.customer_id = t.customer_id)
		FROM tickets t LEFT JOIN contacts c ON c.id = t.opened_by AND t.opened_by <> '' WHERE t.number = ANY ($1)`
	// What is read of a change, and of its patch: the fields $2.
	readColumns = `c.ticket, c.version, c.at, c.by_kind, c.by_id, c.by_for, c.kind, c.details,
			(SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(c.patch) WHERE key = ANY ($2))`
	sqlHistory = `
		SELECT ` + readColumns + ` FROM ticket_changes c WHERE c.ticket = ANY ($1) ORDER BY c.ticket, c.version`
	// Of the tickets that go on in others, those that went on in these before among them.
	sqlJoined = `
		SELECT ` + readColumns + `, m.ticket
		FROM merged_numbers m JOIN ticket_changes c ON c.ticket = m.number WHERE m.ticket = ANY ($1) ORDER BY c.ticket, c.version`
	// A call that came along with its ticket was about that one, unless whoever talked in it said that it was about this one.
	sqlTalks = `
		SELECT ticket, answered_at FROM contacts
		WHERE ticket = ANY ($1) AND channel = 'call' AND answered_at IS NOT NULL AND agent_id <> '' AND (merged_from = '' OR linked = 'agent')
		ORDER BY ticket, answered_at`
	sqlClocksOf = `
		SELECT ticket, clock FROM ticket_clocks WHERE ticket = ANY ($1) ORDER BY ticket, n`
	sqlSpellsOf = `
		SELECT ticket, party, department, person, from_at, to_at FROM ticket_spells WHERE ticket = ANY ($1) ORDER BY ticket, n`

	sqlSaveClock = `
		INSERT INTO ticket_clocks (ticket, n, kind, cycle, department, agreement, allowed, used, started, ended, due, warn_at, escalate_at, broken, paused_by, clock)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		ON CONFLICT (ticket, n) DO UPDATE SET kind = excluded.kind, cycle = excluded.cycle, department = excluded.department, agreement = excluded.agreement,
			allowed = excluded.allowed, used = excluded.used, started = excluded.started, ended = excluded.ended, due = excluded.due, warn_at = excluded.warn_at,
			escalate_at = excluded.escalate_at, broken = excluded.broken, paused_by = excluded.paused_by, clock = excluded.clock`
	sqlDropClocks = `
		DELETE FROM ticket_clocks WHERE ticket = $1 AND n > $2`
	sqlSaveSpells = `
		INSERT INTO ticket_spells (ticket, n, party, department, person, from_at, to_at)
		SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
		ON CONFLICT (ticket, n) DO UPDATE SET party = excluded.party, department = excluded.department, person = excluded.person,
			from_at = excluded.from_at, to_at = excluded.to_at`
	sqlDropSpells = `
		DELETE FROM ticket_spells WHERE ticket = $1 AND n > $2`
	sqlSaveKept = `
		UPDATE tickets t SET reckoned = k.reckoned, wake_at = k.wake_at, told = k.told
		FROM unnest($1::text[], $2::bigint[], $3::timestamptz[], $4::jsonb[]) AS k (number, reckoned, wake_at, told) WHERE t.number = k.number`
	// What cannot be reckoned wakes at once: its job fails where people see it.
	sqlNotReckoned = `
		UPDATE tickets SET reckoned = version, wake_at = now() WHERE number = $1`

	sqlReckonedUnder = `
		SELECT coalesce((SELECT terms FROM node_terms WHERE node = $1), '')`
	sqlSaveTerms = `
		INSERT INTO node_terms (node, terms) VALUES ($1, $2) ON CONFLICT (node) DO UPDATE SET terms = excluded.terms`
	sqlOpenAfter = `
		SELECT number FROM tickets WHERE number > $1 AND state = 'open' ORDER BY number LIMIT $2`
	sqlReckonAnew = `
		UPDATE tickets SET reckoned = -1 - reckoned WHERE number = ANY ($1) AND state = 'open' AND reckoned >= 0`
)

// Reckon loads some of the tickets that have changed since they were reckoned, lets do reckon each, and saves that, in one transaction. It says
// how many they were. One that cannot be read, reckoned or kept stops no other: spoilt is told of it, and it wakes at once, so that a job fails
// for it where people see that.
func (s *Store) Reckon(ctx context.Context, most int, do func(*due.File), spoilt func(tickets.Number, error)) (n int, err error) {
	var (
		numbers []tickets.Number
		noticed []tickets.Notice
	)
	err = s.inTx(ctx, func(tx pgx.Tx) (err error) {
		if numbers, err = ask(ctx, tx, pgx.RowTo[tickets.Number], sqlToReckon, most); err == nil && len(numbers) > 0 {
			err = reckonThose(ctx, tx, numbers, do, &noticed)
		}
		return err
	})
	if err == nil {
		s.tellNoticed(noticed)
	}
	if err != nil && len(numbers) > 0 { // one of them may spoil it for all
		err = s.reckonEach(ctx, numbers, do, spoilt)
	}
	if err != nil {
		return 0, fmt.Errorf("reckon tickets: %w", err)
	}
	return len(numbers), nil
}

// reckonEach reckons tickets one by one. Where the database takes the word that one could not be reckoned, it is not the database that is to blame.
func (s *Store) reckonEach(ctx context.Context, numbers []tickets.Number, do func(*due.File), spoilt func(tickets.Number, error)) error {
	for _, n := range numbers {
		var noticed []tickets.Notice
		err := s.inTx(ctx, func(tx pgx.Tx) error {
			locked, err := ask(ctx, tx, pgx.RowTo[tickets.Number], `SELECT number FROM tickets WHERE number = $1 FOR UPDATE`, n)
			if err == nil && len(locked) > 0 {
				err = reckonThose(ctx, tx, locked, do, &noticed)
			}
			return err
		})
		if err == nil {
			s.tellNoticed(noticed)
			continue
		}
		if _, away := s.pool.Exec(ctx, sqlNotReckoned, n); away != nil {
			return errors.Join(err, away)
		}
		spoilt(n, err)
	}
	return nil
}

func reckonThose(ctx context.Context, tx pgx.Tx, numbers []tickets.Number, do func(*due.File), noticed *[]tickets.Notice) error {
	all, err := matters(ctx, tx, numbers, false)
	if err != nil {
		return err
	}
	files, err := files(ctx, tx, all)
	if err != nil {
		return err
	}
	var b pgx.Batch
	before := keptOf(files)
	for _, f := range files {
		do(f)
	}
	saveReckoned(&b, files, before, noticed)
	saveKept(&b, files)
	return write(ctx, tx, &b)
}

// Tend loads a ticket, lets do decide, and saves what that gives, in one transaction. A ticket that is gone is no error.
func (s *Store) Tend(ctx context.Context, n tickets.Number, do func(*due.File) ([]life.Outcome, error)) error {
	var noticed []tickets.Notice
	err := s.told(ctx, func(ctx context.Context, tx pgx.Tx) error {
		all, err := matters(ctx, tx, []tickets.Number{n}, true)
		if err != nil || len(all) == 0 {
			return err
		}
		files, err := files(ctx, tx, all)
		if err != nil {
			return err
		}
		before := keptOf(files)
		for _, f := range files {
			out, err := do(f)
			if err != nil {
				return err
			}
			for _, o := range out {
				if err := s.saveOutcome(ctx, tx, o, f.Number, ""); err != nil {
					return err
				}
			}
		}
		var b pgx.Batch
		saveReckoned(&b, files, before, &noticed)
		saveKept(&b, files)
		return write(ctx, tx, &b)
	})
	if err != nil {
		return fmt.Errorf("tend ticket %s: %w", n, refusal(err))
	}
	s.tellNoticed(noticed)
	return nil
}

// Awake are tickets that are to wake by a time, the earliest first.
func (s *Store) Awake(ctx context.Context, by time.Time, most int) ([]tickets.Number, error) {
	all, err := ask(ctx, s.pool, pgx.RowTo[tickets.Number], sqlAwake, by, most)
	if err != nil {
		return nil, fmt.Errorf("tickets that are due: %w", err)
	}
	return all, nil
}

// ReckonAnew has all open tickets reckoned again, unless a node has had that done under the same terms the last time. That another node has counts for nothing: this one may have
// reckoned some by other terms since.
func (s *Store) ReckonAnew(ctx context.Context, node, terms string) error {
	const most = 1000
	before, err := s.reckonedUnder(ctx, node)
	for last := tickets.Number(""); err == nil && before != terms; {
		var numbers []tickets.Number
		if numbers, err = ask(ctx, s.pool, pgx.RowTo[tickets.Number], sqlOpenAfter, last, most); err == nil && len(numbers) > 0 {
			last = numbers[len(numbers)-1]
			_, err = s.pool.Exec(ctx, sqlReckonAnew, numbers)
		}
		if err == nil && len(numbers) < most {
			_, err = s.pool.Exec(ctx, sqlSaveTerms, node, terms)
			before = terms
		}
	}
	if err != nil {
		return fmt.Errorf("have open tickets reckoned anew: %w", err)
	}
	return nil
}

// reckonedUnder are the terms by which a node has had open tickets reckoned. New ones that it reckoned before it was called are there.
func (s *Store) reckonedUnder(ctx context.Context, node string) (terms string, err error) {
	func() { // for a moment: a database that does not answer is to hold back nobody
		s.reckoning.Lock()
		defer s.reckoning.Unlock()
	}()
	return terms, s.pool.QueryRow(ctx, sqlReckonedUnder, node).Scan(&terms)
}

// kept is what a ticket's row says of its reckoning.
type kept struct {
	reckoned  int64
	told      map[string]time.Time
	channel   string
	contracts []customers.Contract
}

// files loads what is kept of tickets, and their histories, in one round trip.
func files(ctx context.Context, q queryer, all map[tickets.Number]*life.Matter) (files []*due.File, err error) {
	var (
		b       pgx.Batch
		rows    []owned[kept]
		history []tickets.Change
		joined  []owned[tickets.Change]
		talks   []owned[time.Time]
		clocks  []owned[clock.Clock]
		spells  []owned[clock.Spell]
		numbers []tickets.Number
		of      = map[tickets.Number]*due.File{}
	)
	for n, m := range all {
		of[n] = &due.File{Matter: *m}
		files, numbers = append(files, of[n]), append(numbers, n)
	}
	collect(&b, sqlKept, func(row pgx.CollectableRow) (k owned[kept], err error) {
		return k, row.Scan(&k.ticket, &k.value.reckoned, &k.value.told, &k.value.channel, &k.value.contracts)
	}, &rows, numbers)
	collect(&b, sqlHistory, func(row pgx.CollectableRow) (tickets.Change, error) { return scanRead(row) }, &history, numbers, due.Read)
	collect(&b, sqlJoined, func(row pgx.CollectableRow) (c owned[tickets.Change], err error) {
		c.value, err = scanRead(row, &c.ticket)
		return c, err
	}, &joined, numbers, due.Read)
	collect(&b, sqlTalks, func(row pgx.CollectableRow) (at owned[time.Time], err error) {
		return at, row.Scan(&at.ticket, moment{&at.value})
	}, &talks, numbers)
	collect(&b, sqlClocksOf, scanClock, &clocks, numbers)
	collect(&b, sqlSpellsOf, scanSpell, &spells, numbers)
	if err := q.SendBatch(ctx, &b).Close(); err != nil {
		return nil, fmt.Errorf("read what is kept of tickets %v: %w", numbers, err)
	}
	for _, k := range rows {
		f := of[k.ticket]
		if f.Reckoned, f.Told = k.value.reckoned, k.value.told; f.Reckoned < 0 {
			f.Reckoned, f.Anew = -1-f.Reckoned, true
		}
		f.Wake = f.WakeAt
		for _, contract := range k.value.contracts {
			f.Contracts = append(f.Contracts, contract.Kept())
		}
		if k.value.channel != "" {
			if f.Channel, err = tickets.ParseChannel(k.value.channel); err != nil {
				return nil, fmt.Errorf("ticket %s: %w", k.ticket, err)
			}
		}
	}
	for _, c := range history {
		of[c.Ticket].History = append(of[c.Ticket].History, c)
	}
	for i, c := range joined {
		f := of[c.ticket]
		if i == 0 || joined[i-1].value.Ticket != c.value.Ticket {
			f.Joined = append(f.Joined, nil)
		}
		f.Joined[len(f.Joined)-1] = append(f.Joined[len(f.Joined)-1], c.value)
	}
	for _, at := range talks {
		of[at.ticket].Talks = append(of[at.ticket].Talks, at.value)
	}
	for _, c := range clocks {
		of[c.ticket].Clocks = append(of[c.ticket].Clocks, c.value)
	}
	for _, s := range spells {
		of[s.ticket].Spells = append(of[s.ticket].Spells, s.value)
	}
	return files, nil
}

// scanRead scans readColumns, and what else stands behind them.
func scanRead(row pgx.CollectableRow, others ...any) (c tickets.Change, err error) {
	return c, row.Scan(append([]any{&c.Ticket, &c.Version, moment{&c.At}, &c.By.Kind, &c.By.ID, &c.By.For, &c.Kind, &c.Details, &c.Patch}, others...)...)
}

func scanClock(row pgx.CollectableRow) (c owned[clock.Clock], err error) {
	return c, row.Scan(&c.ticket, &c.value)
}

func scanSpell(row pgx.CollectableRow) (s owned[clock.Spell], err error) {
	v := &s.value
	return s, row.Scan(&s.ticket, &v.Party, &v.Department, &v.Person, moment{&v.From}, moment{&v.To})
}

// keptOf is what is kept of files so far.
func keptOf(files []*due.File) (all []due.Kept) {
	for _, f := range files {
		all = append(all, f.Kept)
	}
	return all
}

// saveReckoned writes what of files' clocks and spells is another than before, and their notices, which it adds to those that are written.
func saveReckoned(b *pgx.Batch, files []*due.File, before []due.Kept, noticed *[]tickets.Notice) {
	var spells spellRows
	for i, f := range files {
		was := before[i]
		saveClocks(b, f, was.Clocks)
		for n, s := range f.Spells {
			if n >= len(was.Spells) || !sameSpell(s, was.Spells[n]) {
				spells.add(f.Number, n+1, s)
			}
		}
		if len(was.Spells) > len(f.Spells) {
			b.Queue(sqlDropSpells, f.Number, len(f.Spells))
		}
		saveNotices(b, f.Notices, noticed)
	}
	spells.save(b)
}

func saveClocks(b *pgx.Batch, f *due.File, before []clock.Clock) {
	for i, c := range f.Clocks {
		text := asJSON(c)
		if i < len(before) && bytes.Equal(text, asJSON(before[i])) {
			continue
		}
		b.Queue(sqlSaveClock, f.Number, i+1, c.Kind, c.Cycle, c.Department, c.Agreement, c.Allowed, c.Used, c.Started, orNull(c.Ended), orNull(c.Due),
			orNull(c.WarnAt), orNull(c.EscalateAt), c.Broken, c.PausedBy, json.RawMessage(text))
	}
	if len(before) > len(f.Clocks) {
		b.Queue(sqlDropClocks, f.Number, len(f.Clocks))
	}
}

// saveKept writes into the rows of tickets that they are reckoned.
func saveKept(b *pgx.Batch, files []*due.File) {
	numbers, reckoned := make([]string, len(files)), make([]int64, len(files))
	wake, told := make([]*time.Time, len(files)), make([]string, len(files))
	for i, f := range files {
		numbers[i], reckoned[i], wake[i], told[i] = string(f.Number), f.Reckoned, orNull(f.Wake), toldColumn(f)
	}
	if len(files) > 0 {
		b.Queue(sqlSaveKept, numbers, reckoned, wake, told)
	}
}

// toldColumn is what a ticket's row says of whom people were told of.
func toldColumn(f *due.File) string {
	if len(f.Told) == 0 {
		return "{}"
	}
	text, err := json.Marshal(f.Told)
	if err != nil {
		panic(err) // plain values
	}
	return string(text)
}

// spellRows are the columns of spells that are to be written.
type spellRows struct {
	tickets, parties, departments, persons []string
	n                                      []int
	from, to                               []*time.Time
}

func (r *spellRows) add(of tickets.Number, n int, s clock.Spell) {
	r.tickets, r.n = append(r.tickets, string(of)), append(r.n, n)
	r.parties, r.departments, r.persons = append(r.parties, string(s.Party)), append(r.departments, s.Department), append(r.persons, s.Person)
	r.from, r.to = append(r.from, &s.From), append(r.to, orNull(s.To))
}

func (r *spellRows) save(b *pgx.Batch) {
	if len(r.n) > 0 {
		b.Queue(sqlSaveSpells, r.tickets, r.n, r.parties, r.departments, r.persons, r.from, r.to)
	}
}

func sameSpell(a, b clock.Spell) bool {
	return a.From.Equal(b.From) && a.To.Equal(b.To) && a.Party == b.Party && a.Department == b.Department && a.Person == b.Person
}

func asJSON(c clock.Clock) []byte {
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // plain values
	}
	return text
}
