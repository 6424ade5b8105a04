package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/clock"
	"hotline/tickets/life"
	"hotline/tickets/lists"
)

// kinds are the four tables of which a timeline is made: what stands in one, when that was, what tells those of one moment apart, and which belong to
// ticket $1.
var kinds = map[lists.Kind]struct{ columns, table, at, key, where string }{
	lists.OfContact: {contactColumns, "contacts", "arrived_at", "id", "ticket = $1"},
	lists.OfChange:  {changeColumns, "ticket_changes", "at", "version", "ticket = $1"},
	lists.OfEntry:   {entryColumns, "ticket_entries", "at", "n", "ticket = $1"},
	lists.OfFile:    {fileColumns, "ticket_files", "at", "id", `ticket IN (` + namesOf + `)`},
}

// filesThere are the files of ticket $1, and of those that go on in it.
const filesThere = `ticket IN (` + namesOf + `) AND removed_at IS NULL`

// pieceSQL selects the latest things of one kind before a place, and one more than fit.
func pieceSQL(k lists.Kind, n tickets.Number, before *lists.Moment, limit int) (string, []any) {
	t := kinds[k]
	args := []any{n, limit + 1}
	where := t.where
	switch {
	case before == nil:
	case before.Kind == k:
		var key any = before.N
		if k == lists.OfContact || k == lists.OfFile {
			key = before.Text
		}
		args = append(args, before.At, key)
		where += fmt.Sprintf(" AND (%s, %s) < ($3, $4)", t.at, t.key)
	case k < before.Kind:
		args = append(args, before.At)
		where += fmt.Sprintf(" AND %s <= $3", t.at)
	default:
		args = append(args, before.At)
		where += fmt.Sprintf(" AND %s < $3", t.at)
	}
	return fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY %s DESC, %s DESC LIMIT $2", t.columns, t.table, where, t.at, t.key), args
}

// pieces are the items of a timeline as they are read.
type pieces struct {
	contacts []tickets.Contact
	changes  []tickets.Change
	entries  []life.Entry
	files    []attachment.File
}

func (p *pieces) collect(b *pgx.Batch, n tickets.Number, before *lists.Moment, limit int) {
	for _, k := range lists.Kinds {
		sql, args := pieceSQL(k, n, before, limit)
		switch k {
		case lists.OfContact:
			collect(b, sql, scanContact, &p.contacts, args...)
		case lists.OfChange:
			collect(b, sql, scanChange, &p.changes, args...)
		case lists.OfEntry:
			collect(b, sql, scanEntry, &p.entries, args...)
		case lists.OfFile:
			collect(b, sql, scanFile, &p.files, args...)
		}
	}
}

func (p *pieces) items() (all []lists.Item) {
	for i := range p.contacts {
		all = append(all, lists.Item{At: p.contacts[i].ArrivedAt, Contact: &p.contacts[i]})
	}
	for i := range p.changes {
		all = append(all, lists.Item{At: p.changes[i].At, Change: &p.changes[i]})
	}
	for i := range p.entries {
		all = append(all, lists.Item{At: p.entries[i].At, Entry: &p.entries[i]})
	}
	for i := range p.files {
		all = append(all, lists.Item{At: p.files[i].At, File: &p.files[i]})
	}
	return all
}

// Timeline is a piece of a ticket's timeline, by its number or a second name. An error may be lists.ErrCursor, or tickets.ErrNoTicket.
func (s *Store) Timeline(ctx context.Context, n tickets.Number, cursor string, limit int) (lists.Timeline, error) {
	n, err := ownNumber(ctx, s.pool, sqlOwnNumber, n)
	if err != nil {
		return lists.Timeline{}, fmt.Errorf("timeline of a ticket: %w", err)
	}
	before, err := lists.ReadMoment(n, cursor)
	if err != nil {
		return lists.Timeline{}, err
	}
	var b pgx.Batch
	var p pieces
	p.collect(&b, n, before, limit)
	if err := s.pool.SendBatch(ctx, &b).Close(); err != nil {
		return lists.Timeline{}, fmt.Errorf("timeline of ticket %s: %w", n, err)
	}
	return lists.Merge(n, p.items(), limit), nil
}

const (
	sqlRows = `
		SELECT ` + rowColumns + ` FROM tickets t WHERE t.number = ANY ($1)`
	sqlChildren = `
		SELECT ` + rowColumns + ` FROM tickets t WHERE t.parent IN (` + namesOf + `) ORDER BY t.number LIMIT $2`
	sqlOthers = `
		SELECT ` + rowColumns + ` FROM tickets t WHERE t.customer_id = $1 AND t.state = 'open' AND t.number <> $2 ORDER BY t.next_at, t.number LIMIT $3`
	sqlClock = `
		SELECT clock FROM ticket_clocks WHERE ticket = $1 AND n = $2`
	sqlFilesThere = `
		SELECT ` + fileColumns + ` FROM ticket_files WHERE ` + filesThere + ` ORDER BY at, id`
	sqlClocksShown = `
		SELECT ` + clockJSON + ` FROM ticket_clocks k WHERE k.ticket = $1 ORDER BY k.n`
	sqlWhose = `
		SELECT party, extract(epoch FROM sum(coalesce(to_at, now()) - from_at))::float8 FROM ticket_spells WHERE ticket = $1 GROUP BY party ORDER BY party`
	sqlServed = `
		SELECT $2 <> '' AND (EXISTS (SELECT FROM contacts c WHERE c.ticket = $1 AND c.agent_id = $2 AND c.agent_id <> '')
			OR EXISTS (SELECT FROM contacts c WHERE c.ticket = $1 AND c.earlier_agents <> '{}' AND $2 = ANY (c.earlier_agents))
			OR EXISTS (SELECT FROM contacts c WHERE c.about = $1 AND c.about <> '' AND c.agent_id = $2 AND c.agent_id <> '')
			OR EXISTS (SELECT FROM contacts c JOIN tickets t ON t.customer_id = c.customer_id WHERE t.number = $1 AND c.channel = 'call' AND c.agent_id = $2 AND c.agent_id <> ''))`
	// Of a customer's calls one is read for each agent: a company may have thousands.
	sqlAgents = `
		SELECT c.ticket, c.agent_id FROM contacts c WHERE c.ticket = ANY ($1) AND c.channel = 'call' AND c.agent_id <> ''
		UNION
		SELECT t.number, a.agent FROM tickets t CROSS JOIN LATERAL (
			WITH RECURSIVE one (agent) AS (
				SELECT ''
				UNION ALL
				SELECT (SELECT c.agent_id FROM contacts c WHERE c.customer_id = t.customer_id AND c.channel = 'call' AND c.agent_id <> '' AND c.agent_id > one.agent
					ORDER BY c.agent_id LIMIT 1) FROM one WHERE one.agent IS NOT NULL
			) SELECT agent FROM one WHERE agent <> '') a
		WHERE t.number = ANY ($1)`
)

// Served says whether an agent took a contact of a ticket, by its number or a second name, or a call of its customer.
func (s *Store) Served(ctx context.Context, n tickets.Number, agent string) (served bool, err error) {
	own, err := ownNumber(ctx, s.pool, sqlOwnNumber, n)
	if err == nil {
		err = s.pool.QueryRow(ctx, sqlServed, own, agent).Scan(&served)
	}
	if err != nil {
		return false, fmt.Errorf("whether agent %s served ticket %s: %w", agent, n, err)
	}
	return served, nil
}

// AgentsOf are those who took calls of some tickets or of their customers, and so may see them, by the tickets' numbers.
func (s *Store) AgentsOf(ctx context.Context, numbers []tickets.Number) (map[tickets.Number][]string, error) {
	var b pgx.Batch
	var took []pair
	collect(&b, sqlAgents, scanPair, &took, numbers)
	if err := s.read(ctx, &b); err != nil {
		return nil, fmt.Errorf("who took calls of tickets and their customers: %w", err)
	}
	agents := make(map[tickets.Number][]string)
	for _, t := range took {
		agents[tickets.Number(t.a)] = append(agents[tickets.Number(t.a)], t.b)
	}
	return agents, nil
}

// Clock is one of a ticket's clocks, by its number or a second name, and the clock's place; tickets.ErrNoTicket where there is none.
func (s *Store) Clock(ctx context.Context, n tickets.Number, place int) (c clock.Clock, err error) {
	own, err := ownNumber(ctx, s.pool, sqlOwnNumber, n)
	if err == nil {
		err = s.pool.QueryRow(ctx, sqlClock, own, place).Scan(&c)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		err = tickets.ErrNoTicket
	}
	if err != nil {
		return c, fmt.Errorf("clock %d of ticket %s: %w", place, n, err)
	}
	return c, nil
}

// File is a ticket, by its number or a second name, with all that a page shows of it to an agent or somebody of a department, who may see it.
// An error may be tickets.ErrNoTicket.
func (s *Store) File(ctx context.Context, n tickets.Number, agent string, limit int) (f lists.File, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) (err error) {
		f, err = fileOf(ctx, tx, n, agent, limit)
		return err
	})
	return f, err
}

func fileOf(ctx context.Context, tx pgx.Tx, n tickets.Number, agent string, limit int) (lists.File, error) {
	m, err := matterOf(ctx, tx, n)
	if err != nil {
		return lists.File{}, err
	}
	f := lists.File{Matter: m, Linked: map[tickets.Number]lists.Row{}}
	near := []tickets.Number{m.Number}
	for _, l := range m.Links {
		near = append(near, l.Other)
	}
	for _, other := range []tickets.Number{m.Parent, m.Into} {
		if other != "" {
			near = append(near, other)
		}
	}
	var (
		b         pgx.Batch
		rows      []lists.Row
		customers []tickets.Customer
		p         pieces
	)
	collect(&b, sqlRows, scanRow, &rows, near)
	collect(&b, sqlChildren, scanRow, &f.Children, m.Number, limit)
	collect(&b, sqlOthers, scanRow, &f.Others, idOrNull(m.Customer), m.Number, limit)
	collect(&b, `SELECT `+customerColumns+` FROM customers WHERE id = $1`, scanCustomer, &customers, idOrNull(m.Customer))
	collect(&b, sqlFilesThere, scanFile, &f.Files, m.Number)
	collect(&b, sqlClocksShown, pgx.RowTo[lists.Clock], &f.Clocks, m.Number)
	collect(&b, sqlWhose, pgx.RowToStructByPos[lists.Share], &f.Whose, m.Number)
	b.Queue(sqlServed, m.Number, agent).QueryRow(func(row pgx.Row) error { return row.Scan(&f.Served) })
	p.collect(&b, m.Number, nil, limit)
	if err := readLast(ctx, tx, &b); err != nil {
		return lists.File{}, fmt.Errorf("file of ticket %s: %w", n, err)
	}
	for _, r := range rows {
		f.Linked[r.Number] = r
	}
	own, there := f.Linked[m.Number]
	if !there {
		return lists.File{}, fmt.Errorf("file of ticket %s: %w", n, tickets.ErrNoTicket)
	}
	f.Row = own
	delete(f.Linked, m.Number)
	if len(customers) == 1 {
		f.Customer = &customers[0]
	}
	f.Timeline = lists.Merge(m.Number, p.items(), limit)
	return f, nil
}
