package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/life"
)

// Person is whose data is exported or erased: a customer with the numbers that are theirs alone, or a number that no customer has.
type Person struct {
	Customer string   `json:"customer,omitempty"` // a UUID; "" is a number of nobody known
	Name     string   `json:"name,omitempty"`
	Contract string   `json:"contract,omitempty"`
	Numbers  []string `json:"numbers"`          // by their keys (telephony.Number.Key)
	Shared   []string `json:"shared,omitempty"` // numbers that other customers have, too: calls from them are somebody's only where the call says whose
}

// ErrNobody says that nothing is known of a person.
var ErrNobody = errors.New("nothing is known of such a person")

const sqlPersons = `
	SELECT id::text, name, contract,
		ARRAY (SELECT number FROM customer_numbers n WHERE n.customer_id = c.id
			AND NOT EXISTS (SELECT FROM customer_numbers o WHERE o.number = n.number AND o.customer_id <> c.id) ORDER BY number),
		ARRAY (SELECT number FROM customer_numbers n WHERE n.customer_id = c.id
			AND EXISTS (SELECT FROM customer_numbers o WHERE o.number = n.number AND o.customer_id <> c.id) ORDER BY number)
	FROM customers c WHERE `

// Persons finds those whom an id of a customer, a contract, or the key of a number may mean; ErrNobody where it means none. A text may be
// one customer's contract and another one's number: then both are meant.
func (s *Store) Persons(ctx context.Context, who, number string) ([]Person, error) {
	if who == "" {
		return nil, ErrNobody // it would be the contract of each customer who has none
	}
	id := ""
	if parsed, err := uuid.Parse(who); err == nil {
		id = parsed.String()
		if now, err := s.CustomerNow(ctx, tickets.CustomerID(id)); err == nil {
			id = string(now)
		}
	}
	all, err := s.persons(ctx, `id IN (SELECT customer_id FROM customer_contracts WHERE number = $1) OR id = nullif($2, '')::uuid OR id IN (SELECT customer_id FROM customer_numbers WHERE number = nullif($3, ''))`, who, id, number)
	if err == nil && len(all) == 0 && number != "" {
		var called bool
		err = s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM contacts WHERE caller = $1) OR EXISTS (SELECT FROM facts WHERE event ? 'hidden' AND event->>'hidden' = $1)`, number).Scan(&called)
		if called {
			all = []Person{{Numbers: []string{number}}}
		}
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("look for a person: %w", err)
	case len(all) == 0:
		return nil, ErrNobody
	}
	return all, nil
}

func (s *Store) persons(ctx context.Context, where string, asked ...any) ([]Person, error) {
	rows, err := s.pool.Query(ctx, sqlPersons+where+` ORDER BY name, id`, asked...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Person, err error) {
		return p, row.Scan(&p.Customer, &p.Name, &p.Contract, &p.Numbers, &p.Shared)
	})
}

// theirs are the contacts of a person, whose customer is $1, whose numbers are $2: also those in which they withheld their number.
const theirs = `SELECT id FROM contacts WHERE customer_id = nullif($1, '')::uuid OR (caller <> '' AND caller = ANY ($2) AND (customer_id IS NULL OR customer_id = nullif($1, '')::uuid))
	OR id IN (SELECT contact_id FROM facts WHERE event ? 'hidden' AND event->>'hidden' = ANY ($2))`

// openOfTheirs are the open tickets of a person: their own, and those that belong to no customer and that they called about.
const openOfTheirs = `SELECT number FROM tickets WHERE state = 'open' AND (customer_id = nullif($1, '')::uuid
	OR customer_id IS NULL AND number IN (SELECT ticket FROM contacts WHERE id IN (` + theirs + `)))`

// ticketsOfTheirs are the tickets whose texts are about a person alone: their own, those that belong to no customer and that they called about, and
// such of nobody else's as go on in one of these: what was written about them before stays with them.
const ticketsOfTheirs = `WITH RECURSIVE those (number) AS (
		SELECT number FROM tickets WHERE customer_id = nullif($1, '')::uuid
			OR customer_id IS NULL AND number IN (SELECT unnest(ARRAY[ticket, merged_from]) FROM contacts WHERE id IN (` + theirs + `))
		UNION SELECT t.number FROM tickets t JOIN those o ON t.merged_into = o.number
			WHERE t.customer_id IS NULL OR t.customer_id = nullif($1, '')::uuid)
	SELECT number FROM those`

// contentsOf are the contents in the database of files that only the tickets of $2 have.
const contentsOf = `SELECT f.sha256 FROM ticket_files f WHERE f.ticket = ANY ($2) AND NOT EXISTS (SELECT FROM ticket_files o
	WHERE o.sha256 = f.sha256 AND o.removed_at IS NULL AND NOT o.ticket = ANY ($2))`

// Dossier is all that the tables of this package hold about a person: rows by table, each with all of its columns.
type Dossier map[string][]json.RawMessage

// dossier reads each table's rows about a person.
var dossier = map[string]string{
	"customers":          `SELECT to_jsonb(t) FROM customers t WHERE id = nullif($1, '')::uuid OR $2::text[] IS NULL`,
	"customer_numbers":   `SELECT to_jsonb(t) FROM customer_numbers t WHERE customer_id = nullif($1, '')::uuid OR $2::text[] IS NULL`,
	"customer_contracts": `SELECT to_jsonb(t) FROM customer_contracts t WHERE customer_id = nullif($1, '')::uuid OR $2::text[] IS NULL`,
	"customer_changes":   `SELECT to_jsonb(t) FROM customer_changes t WHERE customer_id = nullif($1, '')::uuid OR $2::text[] IS NULL ORDER BY version`,
	"customer_merges":    `SELECT to_jsonb(t) FROM customer_merges t WHERE nullif($1, '')::uuid IN (merged, into_id) OR $2::text[] IS NULL ORDER BY at`,
	"tickets": `SELECT to_jsonb(t) FROM tickets t WHERE customer_id = nullif($1, '')::uuid
		OR number IN (SELECT ticket FROM contacts WHERE id IN (` + theirs + `)) OR number IN (` + ticketsOfTheirs + `) ORDER BY opened_at`,
	"ticket_changes":  ofTheirs("ticket_changes", "ticket, version"),
	"ticket_entries":  ofTheirs("ticket_entries", "ticket, n"),
	"ticket_parts":    ofTheirs("ticket_parts", "ticket, n"),
	"ticket_promises": ofTheirs("ticket_promises", "ticket, n"),
	"ticket_vendors":  ofTheirs("ticket_vendors", "ticket, n"),
	"ticket_reviews":  ofTheirs("ticket_reviews", "ticket, n"),
	"ticket_links":    ofTheirs("ticket_links", "ticket, other"),
	"ticket_clocks":   ofTheirs("ticket_clocks", "ticket, n"),
	"ticket_spells":   ofTheirs("ticket_spells", "ticket, n"),
	"ticket_notices":  ofTheirs("ticket_notices", "id"),
	"work": `SELECT to_jsonb(t) FROM work.river_job t WHERE args @> ANY (ARRAY (
		SELECT jsonb_build_object('ticket', number) FROM (` + ticketsOfTheirs + `) AS n)) ORDER BY id`,
	"contacts":     `SELECT to_jsonb(t) FROM contacts t WHERE id IN (` + theirs + `) ORDER BY arrived_at`,
	"facts":        `SELECT to_jsonb(t) FROM facts t WHERE contact_id IN (` + theirs + `) ORDER BY at, n`,
	"decisions":    `SELECT to_jsonb(t) FROM decisions t WHERE call IN (` + theirs + `) ORDER BY at, n`,
	"ticket_files": ofTheirs("ticket_files", "at"),
	"audit": `SELECT to_jsonb(t) FROM audit t WHERE subject = nullif($1, '') OR subject IN (` + theirs + `)
		OR subject IN (SELECT ticket FROM contacts WHERE id IN (` + theirs + `)) ORDER BY at`,
}

func ofTheirs(table, order string) string {
	return `SELECT to_jsonb(t) FROM ` + table + ` t WHERE ticket IN (` + ticketsOfTheirs + `) ORDER BY ` + order
}

// Dossier reads all that is stored about a person.
func (s *Store) Dossier(ctx context.Context, p Person) (Dossier, error) {
	d := make(Dossier)
	for table, sql := range dossier {
		rows, err := s.pool.Query(ctx, sql, p.Customer, numbersOf(p))
		if err == nil {
			d[table], err = pgx.CollectRows(rows, pgx.RowTo[json.RawMessage])
		}
		if err != nil {
			return nil, fmt.Errorf("read %s about a person: %w", table, err)
		}
	}
	return d, nil
}

// Calls are the ids of a person's contacts.
func (s *Store) Calls(ctx context.Context, p Person) ([]string, error) {
	rows, err := s.pool.Query(ctx, theirs, p.Customer, numbersOf(p))
	if err != nil {
		return nil, fmt.Errorf("read the contacts of a person: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// customersOf is the customer, or nobody.
func customersOf(p Person) []string {
	if p.Customer == "" {
		return []string{}
	}
	return []string{p.Customer}
}

// numbersOf is never nil: that would be NULL in SQL.
func numbersOf(p Person) []string { return append([]string{}, p.Numbers...) }

const sqlErasedBy = `
	INSERT INTO audit (who, did, subject)
	SELECT $3, $4, subject FROM (SELECT id FROM (` + theirs + `) AS c UNION ALL SELECT $1 WHERE $1 <> '') AS all_of_it (subject)`

// lately is how long after a call its wrap-up may still come.
const lately = 10 * time.Minute

// Erase takes a person out of the database, in one transaction: the customer and their numbers go, and their tickets and contacts
// stay as what happened on a day, without a word of who it was about. Their files go, and so do the contents of these in the database, except
// one that was put in the last minutes, which the next sweep finds; those on disk are for a sweep, too (attachment.Keeper). The keys of facts stay, so that one which comes a second time
// changes nothing. The audit says of the customer and of each contact who erased them. It is refused, with what stands against it, while they are on the line, or a ticket of theirs is open that is not to
// be closed with this. Last before it takes effect comes noted, whose error calls it off.
func (s *Store) Erase(ctx context.Context, p Person, closes bool, by string, noted func() error) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := mayErase(ctx, tx, p, closes); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlErasedBy, p.Customer, numbersOf(p), by, tickets.ErasedPerson); err != nil {
			return fmt.Errorf("write into the audit: %w", err)
		}
		gone, err := ask(ctx, tx, pgx.RowTo[string], sqlWithDoubles, customersOf(p))
		if err == nil {
			err = partAllForGood(ctx, tx, gone)
		}
		if err != nil {
			return fmt.Errorf("erase a person: %w", err)
		}
		return eraseAll(ctx, tx, p, noted)
	})
}

// erasures take out who it was about: $1 are the person's contacts, $2 their tickets, $3 the customer.
var erasures = []string{
	`SELECT set_config('hotline.erasure', 'on', true)`,
	`UPDATE tickets SET wake_at = NULL WHERE number = ANY ($2)`,
	`DELETE FROM customer_import_rows`,                                                       // they may name anybody
	`UPDATE customer_imports SET state = 'stopped', ended_at = now() WHERE ended_at IS NULL`, // a file that was looked through would bring them back
	strings.ReplaceAll(sqlForgetWorkOf, "$1", "$2"),                                          // what was still to be told or done about them
	`DELETE FROM file_contents WHERE put_at < now() - interval '10 minutes' AND sha256 IN (` + contentsOf + `)`,
	`DELETE FROM ticket_files WHERE ticket = ANY ($2)`,
	`UPDATE facts SET event = '{}' WHERE contact_id = ANY ($1)`,
	`UPDATE ticket_changes SET patch = '{}', details = '{}' WHERE ticket = ANY ($2)`,
	`UPDATE ticket_entries SET text = '–', address = '' WHERE ticket = ANY ($2)`,
	`UPDATE ticket_parts SET what = '', answer = CASE answer WHEN '' THEN '' ELSE '–' END WHERE ticket = ANY ($2)`,
	`UPDATE ticket_promises SET what = '', told_to = '' WHERE ticket = ANY ($2)`,
	`UPDATE ticket_vendors SET what = '', answer = '', number = '' WHERE ticket = ANY ($2)`,
	`UPDATE ticket_reviews SET complaint = '', answer = '' WHERE ticket = ANY ($2)`,
	`UPDATE ticket_spells SET to_at = greatest(now(), from_at + interval '1 microsecond') WHERE to_at IS NULL AND ticket = ANY ($2)`,
	`UPDATE ticket_clocks SET ended = now(), paused_by = '', clock = clock - 'paused_by' || jsonb_build_object('ended', now()) WHERE ended IS NULL AND ticket = ANY ($2)`,
	`UPDATE tickets SET subject = '', reply_address = '', district = '', customer_id = NULL WHERE number = ANY ($2)`,
	`UPDATE contacts SET customer_id = NULL, caller = '', raw_caller = '', raw_name = '', note = '', recordings = '{}', about = '' WHERE id = ANY ($1)`,
	`DELETE FROM customers WHERE id = nullif($3, '')::uuid`,
}

// eraseAll ends what is open, and erases in the order above what was found before any of it is gone. Each ticket's history then says what is left.
func eraseAll(ctx context.Context, tx pgx.Tx, p Person, noted func() error) error {
	var contacts []string
	var numbers []tickets.Number
	err := tx.QueryRow(ctx, `SELECT ARRAY (`+theirs+`), ARRAY (`+ticketsOfTheirs+`)`, p.Customer, numbersOf(p)).Scan(&contacts, &numbers)
	if err == nil {
		err = endForErasure(ctx, tx, numbers)
	}
	if err != nil {
		return fmt.Errorf("erase a person: %w", err)
	}
	all := []any{contacts, numbers, p.Customer}
	for _, sql := range erasures {
		var asked []any
		for i, a := range all {
			if strings.Contains(sql, fmt.Sprintf("$%d", i+1)) {
				sql = strings.ReplaceAll(sql, fmt.Sprintf("$%d", i+1), "$1")
				asked = []any{a}
			}
		}
		if _, err := tx.Exec(ctx, sql, asked...); err != nil {
			return fmt.Errorf("erase a person: %w", err)
		}
	}
	if err := sayWhatIsLeft(ctx, tx, numbers); err != nil {
		return fmt.Errorf("erase a person: %w", err)
	}
	return noted()
}

// erasure is who erases, in the histories of tickets; who asked for it the audit says.
var erasure = tickets.By{Kind: tickets.ByRule, ID: "erasure"}

// endForErasure closes open tickets, with all that is open of them: nobody is left whom an answer could reach.
func endForErasure(ctx context.Context, tx pgx.Tx, numbers []tickets.Number) error {
	all, err := matters(ctx, tx, numbers, true)
	if err != nil {
		return err
	}
	var b pgx.Batch
	for n, m := range all {
		if _, open := m.State.(tickets.Open); !open {
			continue
		}
		out, err := life.Do(&life.File{Own: n, Matters: map[tickets.Number]*life.Matter{n: m}}, n, life.WithdrawIt{}, erasure, time.Now())
		if err != nil {
			return err
		}
		for _, ended := range out.Matters {
			saveTicket(&b, &ended.Ticket)
			saveBelongings(&b, ended)
		}
		for _, line := range out.History {
			saveChange(&b, line, "")
		}
	}
	return tx.SendBatch(ctx, &b).Close()
}

// sayWhatIsLeft adds a last line to histories that were emptied: what the tickets are now.
func sayWhatIsLeft(ctx context.Context, tx pgx.Tx, numbers []tickets.Number) error {
	all, err := matters(ctx, tx, numbers, true)
	if err != nil {
		return err
	}
	var b pgx.Batch
	for _, m := range all {
		m.Version++
		saveTicket(&b, &m.Ticket)
		saveChange(&b, tickets.Change{
			Ticket: m.Number, Version: m.Version, At: time.Now().UTC().Truncate(time.Microsecond), By: erasure, Kind: tickets.WasErased, Patch: tickets.Diff(nil, m.Fields()),
		}, "")
	}
	return tx.SendBatch(ctx, &b).Close()
}

// MayErase says what stands against erasing a person: Against.
func (s *Store) MayErase(ctx context.Context, p Person, closes bool) error {
	return s.inTx(ctx, func(tx pgx.Tx) error { return mayErase(ctx, tx, p, closes) })
}

// Against says what stands against an erasure for now.
type Against string

func (a Against) Error() string { return string(a) }

// mayErase says what stands against erasing a person.
func mayErase(ctx context.Context, tx pgx.Tx, p Person, closes bool) error {
	var open, live []string
	var importing bool
	err := tx.QueryRow(ctx, `
		SELECT
			EXISTS (SELECT FROM customer_imports WHERE state = 'importing'),
			ARRAY (`+openOfTheirs+`),
			ARRAY (SELECT id FROM contacts WHERE id IN (`+theirs+`)
				AND (ended_at IS NULL OR wrapped_up_at IS NULL AND agent_id <> '' AND ended_at > now() - $3::interval))`,
		p.Customer, numbersOf(p), lately).Scan(&importing, &open, &live)
	switch {
	case err != nil:
		return fmt.Errorf("erase a person: %w", err)
	case importing:
		return Against("an import of customers goes on, and its file may name them: stop it first, or try again when it is over")
	case len(open) > 0 && !closes:
		return Against(fmt.Sprintf("they wait for an answer, for ticket %s is open: close it first, or with this", strings.Join(open, ", ")))
	case len(live) > 0:
		return Against(fmt.Sprintf("call %s goes on, or its wrap-up may still come: try again in some minutes", strings.Join(live, ", ")))
	}
	return nil
}
