package postgres

import (
	"context"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/conformance"
	"hotline/tickets/customers"
	"hotline/tickets/life"
)

// Rows reads everything.
func (s *Store) Rows(ctx context.Context) (conformance.Rows, error) {
	var (
		contacts []tickets.Contact
		all      []tickets.Ticket
		merged   []pair
		history  []tickets.Change
		entries  []life.Entry
		b        pgx.Batch
	)
	collect(&b, `SELECT `+contactColumns+` FROM contacts`, scanContact, &contacts)
	collect(&b, `SELECT `+ticketColumns+` FROM tickets`, scanTicket, &all)
	collect(&b, `SELECT number, ticket FROM merged_numbers`, scanPair, &merged)
	collect(&b, `SELECT `+changeColumns+` FROM ticket_changes ORDER BY ticket, version`, scanChange, &history)
	collect(&b, `SELECT `+entryColumns+` FROM ticket_entries ORDER BY ticket, n`, scanEntry, &entries)
	if err := s.pool.SendBatch(ctx, &b).Close(); err != nil {
		return conformance.Rows{}, err
	}
	r := conformance.Rows{
		Contacts: map[tickets.ContactID]tickets.Contact{}, Tickets: map[tickets.Number]tickets.Ticket{}, Merged: map[tickets.Number]tickets.Number{},
		History: map[tickets.Number][]tickets.Change{}, Entries: map[tickets.Number][]life.Entry{}, Matters: map[tickets.Number]life.Matter{},
	}
	for _, c := range history {
		r.History[c.Ticket] = append(r.History[c.Ticket], c)
	}
	for _, e := range entries {
		r.Entries[e.Ticket] = append(r.Entries[e.Ticket], e)
	}
	f := newFile("")
	var numbers []tickets.Number
	for _, t := range all {
		numbers = append(numbers, t.Number)
	}
	if err := loadMatters(ctx, s.pool, f, numbers, false); err != nil {
		return r, err
	}
	for n, m := range f.Matters {
		r.Matters[n] = *m
	}
	for _, c := range contacts {
		r.Contacts[c.ID] = c
	}
	for _, t := range all {
		r.Tickets[t.Number] = t
	}
	for _, m := range merged {
		r.Merged[tickets.Number(m.a)] = tickets.Number(m.b)
	}
	return r, nil
}

// Tickets reads the tickets alone, also by a schema that lacks what others have by now.
func (s *Store) Tickets(ctx context.Context) (map[tickets.Number]tickets.Ticket, error) {
	all, err := ask(ctx, s.pool, scanTicket, `SELECT `+ticketColumns+` FROM tickets`)
	found := map[tickets.Number]tickets.Ticket{}
	for _, t := range all {
		found[t.Number] = t
	}
	return found, err
}

// SearchOfStep is the SQL of a step of a search, and its arguments.
func SearchOfStep(before []customers.Step, step customers.Step, by, limit int) (string, []any) {
	return sqlStep(before, step, searchPlace{By: by, Word: step[by], After: nobody}, limit)
}

// Statements are those that find customers and what is theirs, with arguments that they may be asked with.
func Statements(id, number string) map[string][]any {
	return map[string][]any{
		sqlHolders: {number}, sqlCustomer: {id}, sqlOpenTickets: {id}, sqlLastContacts: {id}, sqlCustomerNow: {id},
		sqlContactsSeen: {id, false, "anna", []string{}, []string{}, time.Now(), "", 20}, sqlOpenSeen: {id, false, "anna", []string{}, []string{}}, sqlPromisesSeen: {id, false, "anna", []string{}, []string{}}, sqlShared: {id}, sqlAlikeBy: {id, []string{"ivanov@mail.example"}, someEach}, sqlMergesSeen: {id, false, "anna", []string{}, []string{}}, sqlWhatMoves: {id, false, "anna", []string{}, []string{}}, sqlCustomersIn: {[]string{id}}, sqlChanges: {id, 1}, sqlCounted: {"ivan", "ivao", countedTo[1]},
		sqlAlike: {"ivonov", alikeEach}, sqlTaken: {id, []string{"K-1"}, "x-1"},
	}
}

// After previews rows as the next of a file that has had so many external ids.
func (s *Imports) After(ctx context.Context, ids int, rows iter.Seq2[customers.Row, error]) error {
	i := newImporting(s.pool, true, tickets.By{})
	for id := range ids {
		i.seen[uint64(id)] = 1
	}
	return i.all(ctx, rows)
}
