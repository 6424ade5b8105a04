package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
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

// There is no OR between columns and tables in what follows: such a condition no index answers, and the tables are read from end to end.

const sqlPersons = `
	SELECT id::text, name, contract,
		ARRAY (SELECT number FROM customer_numbers n WHERE n.customer_id = c.id
			AND NOT EXISTS (SELECT FROM customer_numbers o WHERE o.number = n.number AND o.customer_id <> c.id) ORDER BY number),
		ARRAY (SELECT number FROM customer_numbers n WHERE n.customer_id = c.id
			AND EXISTS (SELECT FROM customer_numbers o WHERE o.number = n.number AND o.customer_id <> c.id) ORDER BY number)
	FROM customers c WHERE id IN (SELECT customer_id FROM customer_contracts WHERE number = $1 UNION SELECT nullif($2, '')::uuid
		UNION SELECT customer_id FROM customer_numbers WHERE number = nullif($3, ''))
	ORDER BY name, id`

const sqlHasCalled = `
	SELECT EXISTS (SELECT FROM contacts WHERE caller <> '' AND caller = $1) OR EXISTS (SELECT FROM facts WHERE event ? 'hidden' AND event->>'hidden' = $1)`

// Persons finds those whom an id of a customer, a contract, or the key of a number may mean; ErrNobody where it means none. A text may be
// one customer's contract and another one's number: then both are meant.
func (s *Store) Persons(ctx context.Context, who, number string) ([]Person, error) {
	if who == "" {
		return nil, ErrNobody // it would be the contract of each customer who has none
	}
	id := ""
	if parsed, err := uuid.Parse(who); err == nil {
		id = parsed.String()
		if now, err := customerNow(ctx, s.pool, tickets.CustomerID(id)); err == nil {
			id = string(now)
		}
	}
	all, err := s.persons(ctx, who, id, number)
	if err == nil && len(all) == 0 && number != "" {
		var called bool
		err = s.pool.QueryRow(ctx, sqlHasCalled, number).Scan(&called)
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

func (s *Store) persons(ctx context.Context, contract, id, number string) ([]Person, error) {
	return ask(ctx, s.pool, func(row pgx.CollectableRow) (p Person, err error) {
		return p, row.Scan(&p.Customer, &p.Name, &p.Contract, &p.Numbers, &p.Shared)
	}, sqlPersons, contract, id, number)
}

// theirs are the contacts of a person, whose customer is $1, whose numbers are $2: also those in which they withheld their number.
const theirs = `SELECT id FROM contacts WHERE customer_id = nullif($1, '')::uuid
	UNION SELECT id FROM contacts WHERE caller <> '' AND caller = ANY ($2) AND customer_id IS NULL
	UNION SELECT contact_id FROM facts WHERE event ? 'hidden' AND event->>'hidden' = ANY ($2)`

// ticketsOfTheirs are the tickets whose texts are about a person alone: their own, those that belong to no customer and that they called about, and
// such of nobody else's as go on in one of these: what was written about them before stays with them.
const ticketsOfTheirs = `WITH RECURSIVE those (number) AS (
		(SELECT number FROM tickets WHERE customer_id = nullif($1, '')::uuid
			UNION SELECT number FROM tickets WHERE customer_id IS NULL AND number IN (SELECT unnest(ARRAY[ticket, merged_from]) FROM contacts WHERE id IN (` + theirs + `)))
		UNION SELECT t.number FROM tickets t JOIN those o ON t.merged_into = o.number
			WHERE t.customer_id IS NULL OR t.customer_id = nullif($1, '')::uuid)
	SELECT number FROM those`

const sqlAllTheirs = `SELECT ARRAY (` + theirs + `), ARRAY (` + ticketsOfTheirs + `)`

// Traces are the keys of what there is of a person: of their contacts, of their tickets, and of themselves, with whoever was merged into them. They are found once,
// and each table is then read by its keys: joined with how they are found, a large one would be read from end to end.
type Traces map[trace][]string

// Contacts are the ids of the person's contacts.
func (t Traces) Contacts() []string { return t[theirContacts] }

// Traces finds what there is of a person.
func (s *Store) Traces(ctx context.Context, p Person) (Traces, error) {
	return tracesOf(ctx, s.pool, p)
}

// trace is of what the keys are.
type trace int

const (
	nothing trace = iota // the statement has no keys
	theirContacts
	theirTickets
	themselves
	theirSubjects // of the audit: all of the others
)

func tracesOf(ctx context.Context, q asker, p Person) (Traces, error) {
	found, err := ask(ctx, q, func(row pgx.CollectableRow) (t [2][]string, err error) { return t, row.Scan(&t[0], &t[1]) }, sqlAllTheirs, p.Customer, numbersOf(p))
	var doubles []string
	if err == nil {
		doubles, err = ask(ctx, q, pgx.RowTo[string], sqlWithDoubles, customersOf(p))
	}
	if err != nil {
		return nil, fmt.Errorf("look for what is stored about a person: %w", err)
	}
	t := Traces{theirContacts: found[0][0], theirTickets: found[0][1], themselves: append([]string{}, doubles...)}
	t[theirSubjects] = slices.Concat(t[theirContacts], t[theirTickets], t[themselves])
	return t, nil
}

// statement is one about keys of a kind, $1.
type statement struct {
	of  trace
	sql string
}

// Dossier is all that the tables of this package hold about a person: rows by table, each with all of its columns.
type Dossier map[string][]json.RawMessage

// dossier reads each table's rows about a person. A ticket of somebody else that they called about is not among them: its texts are about that one.
var dossier = map[string]statement{
	"customers":          {themselves, `SELECT to_jsonb(t) FROM customers t WHERE id = ANY ($1::uuid[]) ORDER BY created_at`},
	"customer_numbers":   {themselves, `SELECT to_jsonb(t) FROM customer_numbers t WHERE customer_id = ANY ($1::uuid[]) ORDER BY number`},
	"customer_contracts": {themselves, `SELECT to_jsonb(t) FROM customer_contracts t WHERE customer_id = ANY ($1::uuid[]) ORDER BY number`},
	// While somebody was merged into them who is another person, what was changed tells of both.
	"customer_changes": {themselves, `
		SELECT CASE WHEN EXISTS (SELECT FROM customer_changes a JOIN customer_changes b ON b.customer_id = a.customer_id AND b.kind = 'gave_back' AND b.data->>'merge' = a.data->>'merge'
			WHERE a.customer_id = t.customer_id AND a.kind = 'took_over' AND t.version BETWEEN a.version AND b.version AND NOT (a.data->>'merged')::uuid = ANY ($1::uuid[]))
			THEN to_jsonb(t) - 'patch' ELSE to_jsonb(t) END
		FROM customer_changes t WHERE customer_id = ANY ($1::uuid[]) ORDER BY customer_id, version`},
	"customer_merges": {themselves, `
		SELECT to_jsonb(t) FROM customer_merges t WHERE id IN (SELECT id FROM customer_merges WHERE merged = ANY ($1::uuid[])
			UNION SELECT id FROM customer_merges WHERE into_id = ANY ($1::uuid[])) ORDER BY at`},
	"tickets":         {theirTickets, `SELECT to_jsonb(t) FROM tickets t WHERE number = ANY ($1) ORDER BY opened_at`},
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
	"ticket_files":    ofTheirs("ticket_files", "at"),
	"work":            {theirTickets, `SELECT to_jsonb(t) FROM work.river_job t WHERE ` + ofTickets + ` ORDER BY id`},
	"contacts":        {theirContacts, `SELECT to_jsonb(t) FROM contacts t WHERE id = ANY ($1) ORDER BY arrived_at`},
	"voicemails":      {theirContacts, `SELECT to_jsonb(t) FROM voicemails t WHERE contact_id = ANY ($1) ORDER BY came_at, n`},
	"facts":           {theirContacts, `SELECT to_jsonb(t) FROM facts t WHERE contact_id = ANY ($1) ORDER BY at, n`},
	"callbacks":       {theirContacts, `SELECT to_jsonb(t) FROM callbacks t WHERE call = ANY ($1) ORDER BY call`},
	"decisions":       {theirContacts, `SELECT to_jsonb(t) FROM decisions t WHERE call = ANY ($1) ORDER BY at, n`},
	"audit":           {theirSubjects, `SELECT to_jsonb(t) FROM audit t WHERE subject = ANY ($1) ORDER BY at`},
}

func ofTheirs(table, order string) statement {
	return statement{theirTickets, `SELECT to_jsonb(t) FROM ` + table + ` t WHERE ticket = ANY ($1) ORDER BY ` + order}
}

// Dossier reads all that is stored about the person whose traces these are.
func (s *Store) Dossier(ctx context.Context, theirs Traces) (Dossier, error) {
	return dossierOf(ctx, s.pool, theirs)
}

func dossierOf(ctx context.Context, q asker, theirs Traces) (d Dossier, err error) {
	d = make(Dossier)
	for table, st := range dossier {
		if d[table], err = ask(ctx, q, pgx.RowTo[json.RawMessage], st.sql, theirs[st.of]); err != nil {
			return nil, fmt.Errorf("read %s about a person: %w", table, err)
		}
	}
	return d, nil
}

// Digest is another one as soon as anything else is held. Who looks at it, and what jobs do about it by themselves, is no other thing.
func (d Dossier) Digest() string {
	sum := sha256.New()
	for _, table := range slices.Sorted(maps.Keys(d)) {
		if table == "audit" || table == "work" {
			continue
		}
		fmt.Fprintf(sum, "%s %d\n", table, len(d[table]))
		for _, row := range slices.SortedFunc(slices.Values(d[table]), func(a, b json.RawMessage) int { return bytes.Compare(a, b) }) {
			fmt.Fprintf(sum, "%s\n", row)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// Weight is what an erasure would take away, at one moment.
type Weight struct {
	Traces  Traces
	Held    Dossier
	Against error // Against, or nil
	Closes  bool  // it could be done with their open tickets
}

// Weigh says what erasing a person would take away, and changes nothing.
func (s *Store) Weigh(ctx context.Context, p Person) (w Weight, err error) {
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		if w.Traces, err = tracesOf(ctx, tx, p); err != nil {
			return err
		}
		if w.Held, err = dossierOf(ctx, tx, w.Traces); err != nil {
			return err
		}
		goesOn, err := goingOn(ctx, tx, w.Traces)
		w.Against = goesOn.against(false)
		w.Closes = w.Against != nil && goesOn.against(true) == nil
		return err
	})
	if err != nil {
		return w, fmt.Errorf("weigh what is stored about a person: %w", err)
	}
	return w, nil
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

// ErasureOrder is how somebody has a person erased.
type ErasureOrder struct {
	Closes       bool                                                          // their open tickets are closed with it
	Who, Address string                                                        // as the audit says
	Seen         string                                                        // Dossier.Digest of what somebody has looked at; "": of nothing
	Noted        func(ctx context.Context, tx pgx.Tx, contacts []string) error // last before it takes effect; its error calls it off
}

// ErrOtherHeld says that something else is held about a person than was looked at.
var ErrOtherHeld = errors.New("what is held about them is not what was looked at")

// lately is how long after a call its wrap-up may still come.
const lately = 10 * time.Minute

// Erase takes a person out of the database, in one transaction: the customer and their numbers go, and their tickets and contacts
// stay as what happened on a day, without a word of who it was about. Their files go, and so do the contents of these in the database, except
// one that was put in the last minutes, which the next sweep finds; those on disk are for a sweep, too (attachment.Keeper). The keys of facts stay, so that one which comes a second time
// changes nothing, and one that comes late says nothing of who it was about (see Apply). The audit says of the customer and of each contact who erased them. It is refused, with what stands against it, while they are on the line, or a ticket of theirs is open that is not to
// be closed with this; and with ErrOtherHeld where something else is held than was seen.
func (s *Store) Erase(ctx context.Context, p Person, o ErasureOrder) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { // not by keys: somebody may have called once, or ten thousand times
		var theirs Traces
		_, err := tx.Exec(ctx, sqlErases)
		if err == nil {
			theirs, err = tracesOf(ctx, tx, p)
		}
		if err == nil && o.Seen != "" {
			err = stillHeld(ctx, tx, theirs, o.Seen)
		}
		var goesOn hindrances
		if err == nil {
			goesOn, err = goingOn(ctx, tx, theirs)
		}
		if err == nil {
			err = goesOn.against(o.Closes)
		}
		if err == nil {
			_, err = tx.Exec(ctx, sqlErasedBy, slices.Concat(theirs[theirContacts], customersOf(p)), o.Who, tickets.ErasedPerson, o.Address)
		}
		if err == nil {
			err = partAllForGood(ctx, tx, theirs[themselves])
		}
		if err == nil {
			err = eraseAll(ctx, tx, theirs)
		}
		if err == nil {
			err = noteErased(ctx, tx, p, theirs[theirContacts])
		}
		if err != nil {
			return fmt.Errorf("erase a person: %w", err)
		}
		return o.Noted(ctx, tx, theirs[theirContacts])
	})
}

// stillHeld refuses with ErrOtherHeld what nobody has looked at.
func stillHeld(ctx context.Context, tx pgx.Tx, theirs Traces, seen string) error {
	d, err := dossierOf(ctx, tx, theirs)
	if err == nil && d.Digest() != seen {
		err = ErrOtherHeld
	}
	return err
}

const (
	sqlErasedBy     = `INSERT INTO audit (who, did, address, subject) SELECT $2, $3, $4, unnest($1::text[])`
	sqlErasureBegun = `SELECT set_config('hotline.erasure', 'on', true)`
	sqlImporting    = `SELECT EXISTS (SELECT FROM customer_imports WHERE state = 'importing')`
	sqlOpenOfTheirs = `SELECT number FROM tickets WHERE number = ANY ($1) AND state = 'open' ORDER BY number`
	// After seven days nobody is called any more (callback.TooLate), though nobody may have been there to strike them out.
	sqlPromisedOfTheirs = `SELECT EXISTS (SELECT FROM callbacks k JOIN contacts c ON c.id = k.call WHERE k.call = ANY ($1) AND k.entry IS NOT NULL AND c.arrived_at > now() - interval '7 days')`
	sqlLiveOfTheirs     = `
		SELECT id FROM contacts WHERE id = ANY ($1) AND (ended_at IS NULL OR wrapped_up_at IS NULL AND agent_id <> '' AND ended_at > now() - $2::interval) ORDER BY id`
)

// erasures take out who it was about.
var erasures = []statement{
	{theirTickets, `UPDATE tickets SET wake_at = NULL WHERE number = ANY ($1)`},
	{of: nothing, sql: `UPDATE customer_imports SET state = 'stopped', ended_at = now(), error = 'a person was erased whom the file may name: send it again without them'
		WHERE ended_at IS NULL`}, // a file that was looked through would bring them back
	{of: nothing, sql: `DELETE FROM customer_import_rows`}, // they may name anybody; after the imports have stopped, which wait for the piece that is under way
	{theirTickets, sqlForgetWorkOf},                        // what was still to be told or done about them
	{theirTickets, `DELETE FROM file_contents WHERE put_at < now() - interval '10 minutes' AND sha256 IN (
		SELECT f.sha256 FROM ticket_files f WHERE f.ticket = ANY ($1) AND NOT EXISTS (
			SELECT FROM ticket_files o WHERE o.sha256 = f.sha256 AND o.removed_at IS NULL AND NOT o.ticket = ANY ($1)))`}, // those that no other ticket has
	{theirTickets, `DELETE FROM ticket_files WHERE ticket = ANY ($1)`},
	{theirContacts, `UPDATE facts SET event = '{}' WHERE contact_id = ANY ($1)`},
	{theirContacts, `UPDATE callbacks SET entry = NULL WHERE call = ANY ($1)`},
	{theirTickets, `UPDATE ticket_changes SET patch = '{}', details = '{}' WHERE ticket = ANY ($1)`},
	{theirTickets, `UPDATE ticket_entries SET text = '–', address = '' WHERE ticket = ANY ($1)`},
	{theirTickets, `UPDATE ticket_parts SET what = '', answer = CASE answer WHEN '' THEN '' ELSE '–' END WHERE ticket = ANY ($1)`},
	{theirTickets, `UPDATE ticket_promises SET what = '', told_to = '' WHERE ticket = ANY ($1)`},
	{theirTickets, `UPDATE ticket_vendors SET what = '', answer = '', number = '' WHERE ticket = ANY ($1)`},
	{theirTickets, `UPDATE ticket_reviews SET complaint = '', answer = '' WHERE ticket = ANY ($1)`},
	{theirTickets, `UPDATE ticket_spells SET to_at = greatest(now(), from_at + interval '1 microsecond') WHERE to_at IS NULL AND ticket = ANY ($1)`},
	{theirTickets, `UPDATE ticket_clocks SET ended = now(), paused_by = '', clock = clock - 'paused_by' || jsonb_build_object('ended', now()) WHERE ended IS NULL AND ticket = ANY ($1)`},
	{theirTickets, `UPDATE tickets SET subject = '', reply_address = '', district = '', customer_id = NULL WHERE number = ANY ($1)`},
	{theirContacts, `UPDATE contacts SET customer_id = NULL, caller = '', raw_caller = '', raw_name = '', note = '', recordings = '{}', about = '', talks = (SELECT coalesce(jsonb_agg(t - 'said' - 'note' ORDER BY n), '[]') FROM jsonb_array_elements(talks) WITH ORDINALITY AS of (t, n)) WHERE id = ANY ($1)`},
	{theirContacts, `UPDATE scorecards SET card = card
		|| jsonb_build_object('reviews', (SELECT coalesce(jsonb_agg(r - 'note' || jsonb_build_object('answers',
			(SELECT coalesce(jsonb_agg(a - 'note' ORDER BY m), '[]') FROM jsonb_array_elements(CASE jsonb_typeof(r -> 'answers') WHEN 'array' THEN r -> 'answers' ELSE '[]' END) WITH ORDINALITY AS of (a, m))) ORDER BY n), '[]')
			FROM jsonb_array_elements(CASE jsonb_typeof(card -> 'reviews') WHEN 'array' THEN card -> 'reviews' ELSE '[]' END) WITH ORDINALITY AS of (r, n)))
		|| CASE WHEN card ? 'objection' THEN jsonb_build_object('objection', (card -> 'objection') || '{"text": "–"}' || CASE WHEN card -> 'objection' ? 'answer' THEN '{"answer": "–"}' ELSE '{}' END::jsonb) ELSE '{}' END
		WHERE call = ANY ($1)`}, // what reviewers and agents wrote of their calls; the answers stay
	{themselves, `DELETE FROM customers WHERE id = ANY ($1::uuid[])`},
}

// eraseAll ends what is open, and erases in the order above what was found before any of it is gone. Each ticket's history then says what is left. Imports go on where it is about nobody
// themselves.
func eraseAll(ctx context.Context, tx pgx.Tx, theirs Traces) error {
	var all []tickets.Number
	for _, n := range theirs[theirTickets] {
		all = append(all, tickets.Number(n))
	}
	err := endForErasure(ctx, tx, all)
	if err == nil {
		_, err = tx.Exec(ctx, sqlErasureBegun)
	}
	for _, e := range erasures {
		var keys []any
		if theirs[themselves] == nil && (e.of == themselves || e.of == nothing) {
			continue
		}
		if e.of != nothing {
			keys = append(keys, theirs[e.of])
		}
		if err == nil {
			_, err = tx.Exec(ctx, e.sql, keys...)
		}
	}
	if err != nil {
		return err
	}
	return sayWhatIsLeft(ctx, tx, all)
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

// Against says what stands against an erasure for now.
type Against string

func (a Against) Error() string { return string(a) }

// Promised says that they are promised a callback.
const Promised Against = "they are promised a callback: call them first"

// hindrances are what stands against erasing a person.
type hindrances struct {
	importing  bool
	promised   bool     // a callback
	open, live []string // tickets and contacts
}

func goingOn(ctx context.Context, tx pgx.Tx, theirs Traces) (h hindrances, err error) {
	if err := tx.QueryRow(ctx, sqlImporting).Scan(&h.importing); err != nil {
		return h, err
	}
	if err := tx.QueryRow(ctx, sqlPromisedOfTheirs, theirs[theirContacts]).Scan(&h.promised); err != nil {
		return h, err
	}
	if h.open, err = ask(ctx, tx, pgx.RowTo[string], sqlOpenOfTheirs, theirs[theirTickets]); err != nil {
		return h, err
	}
	h.live, err = ask(ctx, tx, pgx.RowTo[string], sqlLiveOfTheirs, theirs[theirContacts], lately)
	return h, err
}

// against is nil, or Against.
func (h hindrances) against(closes bool) error {
	switch {
	case h.importing:
		return Against("an import of customers goes on, and its file may name them: stop it first, or try again when it is over")
	case h.promised:
		return Promised
	case len(h.open) > 0 && !closes:
		return Against(fmt.Sprintf("they wait for an answer, for ticket %s is open: close it first, or with this", strings.Join(h.open, ", ")))
	case len(h.live) > 0:
		return Against(fmt.Sprintf("call %s goes on, or its wrap-up may still come: try again in some minutes", strings.Join(h.live, ", ")))
	}
	return nil
}
