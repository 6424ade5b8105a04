package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/due"
	"hotline/tickets/life"
)

// Apply applies facts in order, in one transaction, each once.
func (s *Store) Apply(ctx context.Context, facts []tickets.Fact) error {
	s.reckoning.RLock()
	defer s.reckoning.RUnlock()
	reckoned, err := s.apply(ctx, facts, s.reckonNew)
	if reckoned && (undone(err) || errors.Is(err, tickets.ErrRefused)) { // of which no fact may be to blame
		_, err = s.apply(ctx, facts, nil)
	}
	if err != nil {
		return fmt.Errorf("apply %d facts from %s of contact %s on: %w", len(facts), facts[0].Event.Kind(), facts[0].Contact, refusal(err))
	}
	return nil
}

// apply applies facts, and has the tickets that they open reckoned, unless it comes to an error before that.
func (s *Store) apply(ctx context.Context, facts []tickets.Fact, reckon func(*due.File)) (reckoned bool, err error) {
	var noticed []tickets.Notice
	err = s.again(ctx, func(ctx context.Context, tx pgx.Tx) error {
		noticed, reckoned = nil, false
		l, err := load(ctx, tx, facts)
		if err != nil {
			return err
		}
		book := l.book
		for _, f := range facts {
			if l.late.is(f.Contact) {
				f = f.OfNobody()
			}
			if err := book.Apply(f); err != nil {
				return err
			}
		}
		changes := book.Changes()
		if err := moveFiles(ctx, tx, l, &changes); err != nil {
			return err
		}
		ended, err := endRest(ctx, tx, changes.History, l.busy)
		if err != nil {
			return err
		}
		var files []*due.File
		if reckon != nil {
			reckoned = true
			if files, err = opened(ctx, tx, l, changes); err != nil {
				return err
			}
		}
		for _, f := range files {
			reckon(f)
		}
		if err := save(ctx, tx, l, changes, ended, files, &noticed); err != nil {
			return err
		}
		if err := s.changed(ctx, tx, changes.Facts, changes.History); err != nil {
			return err
		}
		return s.eraseLate(ctx, tx, l.late, changes.Contacts)
	})
	if err == nil {
		s.tellNoticed(noticed)
	}
	return reckoned, err
}

const sqlHas = `
		SELECT EXISTS (SELECT FROM facts WHERE contact_id = $1 AND kind = $2 AND n = $3)`

// Has says whether a fact was applied.
func (s *Store) Has(ctx context.Context, k tickets.Key) (has bool, err error) {
	if err = s.pool.QueryRow(ctx, sqlHas, k.Contact, k.Kind, k.N).Scan(&has); err != nil {
		err = fmt.Errorf("look for %s of contact %s: %w", k.Kind, k.Contact, err)
	}
	return has, err
}

const (
	sqlSeen = `
		SELECT contact_id, kind, n FROM facts WHERE contact_id = ANY ($1)`
	sqlContactsOf = `
		SELECT ` + contactColumns + ` FROM contacts WHERE id = ANY ($1)`
	// Also of the tickets that the contacts say to be about.
	sqlMergedOf = `
		SELECT number, ticket FROM merged_numbers
		WHERE number = ANY ($1 || ARRAY (SELECT c.about FROM contacts c WHERE c.id = ANY ($2) AND c.about <> ''))`
	// The tickets of the contacts, those named by the facts, and those behind second names. Each is looked for by itself, one after the other (OFFSET 0, FOR UPDATE):
	// else the planner, where tables are empty as yet, would go through the whole of an index, and go on so while they fill.
	ticketsFor = `
			SELECT unnest($1::text[])
			UNION SELECT c.ticket FROM unnest($2::text[]) AS k (id), LATERAL (SELECT c.ticket FROM contacts c WHERE c.id = k.id OFFSET 0) c
			UNION SELECT m.ticket FROM unnest($1::text[]) AS k (number), LATERAL (SELECT m.ticket FROM merged_numbers m WHERE m.number = k.number OFFSET 0) m`
	sqlTicketsFor = `
		SELECT ` + ticketColumns + `
		FROM (SELECT ticket FROM (` + ticketsFor + `) AS all_of (ticket) ORDER BY ticket) AS of, LATERAL (SELECT * FROM tickets t WHERE t.number = of.ticket FOR UPDATE) t`
	sqlStandingOf = standing + ticketsFor + `) AS of (ticket)`
	sqlHoldersOf  = `
		SELECT n.number, n.customer_id::text
		FROM customer_numbers n JOIN customers c ON c.id = n.customer_id
		WHERE n.number = ANY ($1) AND (NOT c.provisional OR NOT EXISTS (
			SELECT FROM customer_numbers o JOIN customers p ON p.id = o.customer_id
			WHERE o.number = n.number AND NOT p.provisional))
		ORDER BY n.number, n.customer_id`
)

// standing says of tickets, whose numbers come next, how many contacts they have, whether something is open of them besides themselves, and whether that awaits others
// (life.Matter.AwaitsOthers). Each is asked by itself (OFFSET 0): else the planner, who takes them for thirty, would gather what is open of all tickets.
const standing = `
		SELECT of.ticket, (SELECT count(*) FROM contacts c WHERE c.ticket = of.ticket),
			EXISTS (SELECT FROM ticket_promises p WHERE p.ticket = of.ticket AND p.state = 'open' OFFSET 0) OR EXISTS (SELECT FROM ticket_vendors v WHERE v.ticket = of.ticket AND v.state = 'asked' OFFSET 0),
			EXISTS (SELECT FROM ticket_parts p WHERE p.ticket = of.ticket AND p.state IN ('open', 'returned') OFFSET 0) OR EXISTS (SELECT FROM ticket_reviews r WHERE r.ticket = of.ticket AND r.state = 'open' OFFSET 0)
		FROM (`

// stood is a row of standing.
type stood struct {
	ticket        tickets.Number
	contacts      int
	busy, awaited bool
}

func scanStood(row pgx.CollectableRow) (s stood, err error) {
	err = row.Scan(&s.ticket, &s.contacts, &s.busy, &s.awaited)
	s.busy = s.busy || s.awaited
	return s, err
}

type pair struct{ a, b string }

func scanPair(row pgx.CollectableRow) (p pair, err error) {
	return p, row.Scan(&p.a, &p.b)
}

// loaded is what facts touch.
type loaded struct {
	book  *tickets.Book
	there map[tickets.Number]bool    // the tickets that the database has; nothing refers to another one
	came  map[tickets.ContactID]bool // the contacts that it has; who brings another one at the same time does not get it in (see met)
	busy  []tickets.Number           // of which something is open besides themselves
	late  lateFacts                  // facts of persons who were erased before
}

// load reads what facts touch, in one or two round trips.
func load(ctx context.Context, tx pgx.Tx, facts []tickets.Fact) (*loaded, error) {
	wants := tickets.Wants(facts)
	var (
		batch           pgx.Batch
		seen            []tickets.Key
		found           []tickets.Contact
		owners          []tickets.Ticket
		merged, holders []pair
		stands          []stood
		erased          []erasedKey
	)
	batch.Queue(sqlApplies)
	collect(&batch, sqlSeen, func(row pgx.CollectableRow) (k tickets.Key, err error) {
		return k, row.Scan(&k.Contact, &k.Kind, &k.N)
	}, &seen, wants.Contacts)
	// The tickets first: under their lock nobody else says whose a contact is (see TellContact).
	collect(&batch, sqlTicketsFor, scanTicket, &owners, wants.Numbers, wants.Contacts)
	collect(&batch, sqlContactsOf, scanContact, &found, wants.Contacts)
	collect(&batch, sqlMergedOf, scanPair, &merged, wants.Numbers, wants.Contacts)
	collect(&batch, sqlHoldersOf, scanPair, &holders, wants.Callers)
	collect(&batch, sqlStandingOf, scanStood, &stands, wants.Numbers, wants.Contacts)
	collect(&batch, sqlErased, scanErased, &erased, keysOf(facts, wants.Contacts))
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	book := tickets.NewBook()
	for _, k := range seen {
		book.Seen[k] = true
	}
	for _, c := range found {
		book.Contacts[c.ID] = &c
	}
	for _, m := range merged {
		book.Merged[tickets.Number(m.a)] = tickets.Number(m.b)
	}
	for _, h := range holders {
		book.Holders[h.a] = append(book.Holders[h.a], tickets.CustomerID(h.b))
	}
	for _, t := range owners {
		book.Tickets[t.Number] = &t
	}
	if movedMeanwhile(book, wants) {
		return nil, errMoved
	}
	open, err := loadOpen(ctx, tx, book, wants)
	if err != nil {
		return nil, err
	}
	if err := loadLost(ctx, tx, book); err != nil {
		return nil, err
	}
	l := &loaded{book: book, there: map[tickets.Number]bool{}, came: map[tickets.ContactID]bool{}, late: lateOf(facts, erased)}
	for n := range book.Tickets {
		l.there[n] = true
	}
	for id := range book.Contacts {
		l.came[id] = true
	}
	for _, s := range append(stands, open...) {
		book.Contacted[s.ticket] = s.contacts
		if s.busy && !slices.Contains(l.busy, s.ticket) {
			book.Awaited[s.ticket], l.busy = s.awaited, append(l.busy, s.ticket)
		}
	}
	return l, nil
}

// endRest ends what is open of tickets that the facts have closed.
func endRest(ctx context.Context, tx pgx.Tx, history []tickets.Change, busy []tickets.Number) ([]*life.Matter, error) {
	if len(busy) == 0 {
		return nil, nil
	}
	all, err := matters(ctx, tx, busy, false)
	if err != nil {
		return nil, err
	}
	return life.EndWithCalls(history, all), nil
}

// movedMeanwhile says that somebody has merged, split or parted tickets between the look for their numbers and their lock: a contact, or a number that a
// fact names, leads to a ticket that is not among those that are locked. Nothing that is kept lacks its ticket.
func movedMeanwhile(book *tickets.Book, wants tickets.Wanted) bool {
	for _, c := range book.Contacts {
		if book.Tickets[c.Ticket] == nil {
			return true
		}
	}
	for _, n := range wants.Numbers {
		if first, second := book.Merged[tickets.Number(n)]; second && book.Tickets[first] == nil {
			return true
		}
	}
	return false
}

const sqlLostEnds = `
		SELECT l.ticket, l.version, l.contact, l.patch
		FROM contacts k JOIN ticket_changes l ON l.ticket = k.ticket AND l.contact = k.id AND l.kind = 'call.ended' AND l.at = k.ended_at
		WHERE k.id = ANY ($1)`

// loadLost puts beside the contacts that are lost what their end made of their tickets.
func loadLost(ctx context.Context, tx pgx.Tx, book *tickets.Book) error {
	var lost []string
	for id, c := range book.Contacts {
		if c.Outcome == tickets.Lost {
			lost = append(lost, string(id))
		}
	}
	if len(lost) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, sqlLostEnds, lost)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	var c tickets.Change
	_, err = pgx.ForEachRow(rows, []any{&c.Ticket, &c.Version, &c.Contact, &c.Patch}, func() error {
		book.LostEnds[c.Contact] = c
		c.Patch = nil // each has its own
		return nil
	})
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	return nil
}

// The open tickets of customers on topics, for the linking rule.
const (
	openOf    = ` FROM tickets WHERE state = 'open' AND customer_id = ANY ($1::uuid[]) AND topic = ANY ($2)`
	sqlOpenOf = `
		SELECT ` + ticketColumns + openOf + `
		ORDER BY number
		FOR UPDATE`
	sqlStandingOfOpen = standing + `SELECT number` + openOf + `) AS of (ticket)`
)

// loadOpen puts the open tickets that the contacts in the book may turn out to belong to beside them, and says how they stand.
func loadOpen(ctx context.Context, tx pgx.Tx, book *tickets.Book, wants tickets.Wanted) (stands []stood, err error) {
	customers := map[string]bool{}
	for _, c := range book.Contacts {
		if c.Customer != "" && wants.Links[c.ID] {
			customers[string(c.Customer)] = true
		}
	}
	for _, of := range book.Holders {
		if len(of) == 1 {
			customers[string(of[0])] = true
		}
	}
	if len(wants.Topics) == 0 || len(customers) == 0 {
		return nil, nil
	}
	var open []tickets.Ticket
	var b pgx.Batch
	of := slices.Collect(maps.Keys(customers))
	collect(&b, sqlOpenOf, scanTicket, &open, of, wants.Topics)
	collect(&b, sqlStandingOfOpen, scanStood, &stands, of, wants.Topics)
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	for _, t := range open {
		if book.Tickets[t.Number] == nil {
			book.Tickets[t.Number] = &t
		}
	}
	return stands, nil
}

const (
	// Whoever is new has no words but their numbers', which sqlSaveNumberWords writes as customer_words_of would find them: the rest comes after sqlImportWords.
	sqlSaveCustomers = `
		INSERT INTO customers (id, provisional) SELECT id, TRUE FROM unnest($1::uuid[]) AS id`
	sqlSaveNumbers = `
		INSERT INTO customer_numbers (number, customer_id) SELECT * FROM unnest($1::text[], $2::uuid[]) ON CONFLICT DO NOTHING`
	sqlSaveNumberWords = `
		INSERT INTO customer_words (customer_id, word)
		SELECT n.id, left(w.word, 64) FROM unnest($1::text[], $2::uuid[]) AS n (number, id), LATERAL (VALUES (replace(n.number, '+', '')), ('~' || reverse(replace(n.number, '+', '')))) AS w (word)
		ON CONFLICT DO NOTHING`
	sqlWordsNow    = `SET LOCAL hotline.words = 'now'`
	sqlSaveTickets = `
		INSERT INTO tickets (number, customer_id, subject, topic, state, owner_kind, owner, next_at, next_step,
			closed_at, disposition, activity_at, phase, awaits, department, class, priority, language, district,
			reply_channel, reply_address, reopened, reminded, escalated, solved_by, solved_at, parent, merged_into, version, worked, opened_at, opened_by,
			reckoned, wake_at, told)
		VALUES `
	ticketRow = `($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
			nullif($27, ''), nullif($28, ''), $29, $30, $31, $32, $33, $34, $35)`
	unlessThere = `
		ON CONFLICT (number) DO UPDATE SET
			customer_id = excluded.customer_id, subject = excluded.subject, topic = excluded.topic, state = excluded.state,
			owner_kind = excluded.owner_kind, owner = excluded.owner, next_at = excluded.next_at, next_step = excluded.next_step,
			closed_at = excluded.closed_at, disposition = excluded.disposition, activity_at = excluded.activity_at,
			phase = excluded.phase, awaits = excluded.awaits, department = excluded.department, class = excluded.class, priority = excluded.priority,
			language = excluded.language, district = excluded.district, reply_channel = excluded.reply_channel,
			reply_address = excluded.reply_address, reopened = excluded.reopened, reminded = excluded.reminded, escalated = excluded.escalated,
			solved_by = excluded.solved_by, solved_at = excluded.solved_at, parent = excluded.parent, merged_into = excluded.merged_into,
			version = excluded.version, worked = excluded.worked`
	// Of one that is there and locked: nothing is done for a row that would be new, such as to ask whether its customer was merged.
	sqlChangeTicket = `
		UPDATE tickets SET
			customer_id = $2, subject = $3, topic = $4, state = $5, owner_kind = $6, owner = $7, next_at = $8, next_step = $9,
			closed_at = $10, disposition = $11, activity_at = $12, phase = $13, awaits = $14, department = $15, class = $16, priority = $17, language = $18, district = $19,
			reply_channel = $20, reply_address = $21, reopened = $22, reminded = $23, escalated = $24, solved_by = $25, solved_at = $26,
			parent = nullif($27, ''), merged_into = nullif($28, ''), version = $29, worked = $30
		WHERE number = $1`
	sqlTouchTickets = `
		UPDATE tickets t SET activity_at = a.at FROM unnest($1::text[], $2::timestamptz[]) AS a (number, at) WHERE t.number = a.number`
	sqlSaveChange = `
		INSERT INTO ticket_changes (ticket, version, at, by_kind, by_id, by_name, by_for, by_from, kind, contact, details, patch, key)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	sqlSaveChanges = `
		INSERT INTO ticket_changes (ticket, version, at, by_kind, by_id, by_name, by_for, by_from, kind, contact, details, patch)
		SELECT * FROM unnest($1::text[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::jsonb[], $12::jsonb[])`
	sqlNewContacts = `
		INSERT INTO contacts (id, ticket, linked, about, customer_id, caller, raw_caller, raw_name, dialled,
			topic, language, path, queue, agent_id, agent_name, offers,
			arrived_at, queued_at, answered_at, ended_at, wrapped_up_at, outcome, disposition, note, lost_by, recordings, talks, earlier_agents, called_by, call_reason, channel)
		VALUES `
	contactRow = `($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)`
	// Of those that are there: nothing is done for a row that would be new. A contact that a call gives to another ticket did not come there by a merge.
	sqlChangeContacts = `
		UPDATE contacts c SET
			merged_from = CASE c.ticket WHEN n.ticket THEN c.merged_from ELSE '' END, ticket = n.ticket, linked = n.linked, about = n.about, customer_id = n.customer_id,
			caller = n.caller, raw_caller = n.raw_caller, raw_name = n.raw_name, dialled = n.dialled, topic = n.topic, language = n.language, path = n.path, queue = n.queue,
			agent_id = n.agent_id, agent_name = n.agent_name, offers = n.offers, arrived_at = n.arrived_at, queued_at = n.queued_at, answered_at = n.answered_at,
			ended_at = n.ended_at, wrapped_up_at = n.wrapped_up_at, outcome = n.outcome, disposition = n.disposition, note = n.note, lost_by = n.lost_by,
			recordings = n.recordings, talks = n.talks, earlier_agents = n.earlier_agents, called_by = n.called_by, call_reason = n.call_reason
		FROM (VALUES `
	changedContactRow = `($1::text, $2::text, $3::text, $4::text, $5::uuid, $6::text, $7::text, $8::text, $9::text, $10::text, $11::text, $12::jsonb, $13::text, $14::text, $15::text, $16::integer,
			$17::timestamptz, $18::timestamptz, $19::timestamptz, $20::timestamptz, $21::timestamptz, $22::text, $23::text, $24::text, $25::text, $26::text[], $27::jsonb, $28::text[],
			$29::text, $30::text)`
	ofThose = `) AS n (id, ticket, linked, about, customer_id, caller, raw_caller, raw_name, dialled, topic, language, path, queue, agent_id, agent_name, offers,
			arrived_at, queued_at, answered_at, ended_at, wrapped_up_at, outcome, disposition, note, lost_by, recordings, talks, earlier_agents, called_by, call_reason)
		WHERE c.id = n.id AND c.id IN ({keys})` // of a new database the planner would go through an index of all contacts for the join alone
	sqlSaveMerged = `
		INSERT INTO merged_numbers (number, ticket) VALUES ($1, $2) ON CONFLICT (number) DO UPDATE SET ticket = excluded.ticket`
	sqlMoveMerged = `
		UPDATE merged_numbers SET ticket = $2 WHERE ticket = $1`
	sqlMoveAbout = `
		UPDATE contacts SET about = $2 WHERE about = $1 AND about <> ''`
	sqlDropTicket = `
		DELETE FROM tickets WHERE number = $1`
	sqlSaveFacts = `
		INSERT INTO facts (contact_id, kind, n, at, own_number, event)
		SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::text[], $6::jsonb[])`
)

// save writes what the facts changed. Tickets go before the contacts that refer to
// them, and a ticket that was given up goes when nothing refers to it any more.
func save(ctx context.Context, tx pgx.Tx, l *loaded, changes tickets.Changes, ended []*life.Matter, reckoned []*due.File, noticed *[]tickets.Notice) error {
	book := l.book
	var b pgx.Batch
	saveNew(&b, changes.Customers)
	saveTickets(&b, l, changes, reckoned)
	saveReckoned(&b, reckoned, make([]due.Kept, len(reckoned)), noticed)
	for _, m := range ended {
		saveBelongings(&b, m)
	}
	if err := saveHistory(&b, changes.History); err != nil {
		return err
	}
	var changed, come [][]any
	for _, id := range slices.Sorted(maps.Keys(changes.Contacts)) {
		if c := book.Contacts[id]; l.came[id] {
			changed = append(changed, contactArgs(c))
		} else {
			come = append(come, newContactArgs(c))
		}
	}
	changedContacts.queue(&b, changed)
	newContacts.queue(&b, come)
	for _, id := range slices.Sorted(maps.Keys(changes.Callbacks)) {
		saveCallback(&b, book.Callbacks[id])
	}
	for _, n := range slices.Sorted(maps.Keys(changes.Merged)) {
		if !l.there[n] {
			b.Queue(sqlSaveMerged, n, changes.Merged[n])
			continue
		}
		b.Queue(sqlMoveMerged, n, changes.Merged[n])
		b.Queue(sqlSaveMerged, n, changes.Merged[n])
		b.Queue(sqlMoveAbout, n, changes.Merged[n])
		b.Queue(sqlMoveFiles, n, changes.Merged[n])
		b.Queue(sqlDropTicket, n)
	}
	if err := saveFacts(&b, changes.Facts); err != nil {
		return err
	}
	if err := write(ctx, tx, &b); err != nil {
		return fmt.Errorf("save: %w", err)
	}
	return nil
}

// saveTickets writes the tickets that have changed. Of one of which a history would tell nothing it is when something was last done that has.
func saveTickets(b *pgx.Batch, l *loaded, changes tickets.Changes, reckoned []*due.File) {
	told, files := map[tickets.Number]bool{}, map[tickets.Number]*due.File{}
	for _, c := range changes.History {
		told[c.Ticket] = true
	}
	for _, f := range reckoned {
		files[f.Number] = f
	}
	var active []string
	var at []time.Time
	var opened [][]any
	for _, n := range slices.Sorted(maps.Keys(changes.Tickets)) {
		switch t := l.book.Tickets[n]; {
		case files[n] != nil:
			opened = append(opened, openedArgs(t, files[n]))
		case !l.there[n]:
			opened = append(opened, openedArgs(t, &due.File{}))
		case told[n]:
			b.Queue(sqlChangeTicket, ticketArgs(t)...)
		default:
			active, at = append(active, string(n)), append(at, t.ActivityAt)
		}
	}
	savedTickets.queue(b, opened)
	if len(active) > 0 {
		b.Queue(sqlTouchTickets, active, at)
	}
}

// saveNew writes customers who are new, and of whom nothing is known but their numbers.
func saveNew(b *pgx.Batch, all []tickets.Customer) {
	var ids, numbers, of []string
	for _, c := range all {
		ids = append(ids, string(c.ID))
		for _, n := range c.Numbers {
			numbers, of = append(numbers, n), append(of, string(c.ID))
		}
	}
	if len(ids) == 0 {
		return
	}
	b.Queue(sqlImportWords)
	b.Queue(sqlSaveCustomers, ids)
	b.Queue(sqlSaveNumbers, numbers, of)
	b.Queue(sqlSaveNumberWords, numbers, of)
	b.Queue(sqlWordsNow)
}

// saveFacts writes what was applied.
func saveFacts(b *pgx.Batch, all []tickets.Fact) error {
	if len(all) == 0 {
		return nil
	}
	contacts, kinds, n := make([]string, len(all)), make([]string, len(all)), make([]int64, len(all))
	at, own, events := make([]time.Time, len(all)), make([]string, len(all)), make([]string, len(all))
	for i, f := range all {
		event, err := json.Marshal(f.Event)
		if err != nil {
			return fmt.Errorf("%w: %s of contact %s: %w", tickets.ErrRefused, f.Event.Kind(), f.Contact, err)
		}
		contacts[i], kinds[i], n[i], at[i], own[i], events[i] = string(f.Contact), string(f.Event.Kind()), f.N, f.At, string(f.Own), string(event)
	}
	b.Queue(sqlSaveFacts, contacts, kinds, n, at, own, events)
	return nil
}

// saveTicket writes a ticket, be it there or not.
func saveTicket(b *pgx.Batch, t *tickets.Ticket) {
	savedTickets.queue(b, [][]any{openedArgs(t, &due.File{})})
}

// openedArgs are a row of savedTickets: of one that is new, as it is reckoned by its file.
func openedArgs(t *tickets.Ticket, f *due.File) []any {
	return append(ticketArgs(t), t.OpenedAt, t.OpenedBy, f.Reckoned, orNull(f.Wake), toldColumn(f))
}

// ticketArgs are the arguments of sqlChangeTicket, with which a row of savedTickets begins.
func ticketArgs(t *tickets.Ticket) []any {
	var (
		awaits             tickets.Awaited
		state, disposition string
		kind, owner, step  *string
		closed, next       any
	)
	switch s := t.State.(type) {
	case tickets.Open:
		k, o := ownerColumns(s.Owner())
		st := string(s.Step())
		state, kind, owner, step, next = "open", &k, &o, &st, s.Next()
		awaits = s.Awaits()
	case tickets.Closed:
		state, disposition, closed = "closed", string(s.Disposition), s.At
	default:
		panic(fmt.Sprintf("postgres: ticket %s in state %T", t.Number, t.State))
	}
	return []any{t.Number, idOrNull(t.Customer), t.Subject, t.Topic, state, kind, owner, next, step,
		closed, disposition, t.ActivityAt, t.Phase(), awaits, t.Department, t.Class, t.Priority, t.Language, t.District,
		t.Reply.Channel, t.Reply.Address, t.Reopened, t.Reminded, t.Escalated, t.SolvedBy, orNull(t.SolvedAt), t.Parent, t.Into, t.Version, t.Worked}
}

func saveChange(b *pgx.Batch, c tickets.Change, key string) {
	details := c.Details
	if details == nil {
		details = map[string]string{}
	}
	b.Queue(sqlSaveChange, c.Ticket, c.Version, c.At, c.By.Kind, c.By.ID, c.By.Name, c.By.For, c.By.From, c.Kind, c.Contact, details, c.Patch, key)
}

// saveHistory is saveChange for many, which come of no command.
func saveHistory(b *pgx.Batch, all []tickets.Change) error {
	if len(all) == 0 {
		return nil
	}
	of, versions, at := make([]string, len(all)), make([]int64, len(all)), make([]time.Time, len(all))
	var by [5][]string
	for i := range by {
		by[i] = make([]string, len(all))
	}
	kinds, contacts, details, patches := make([]string, len(all)), make([]string, len(all)), make([]string, len(all)), make([]string, len(all))
	for i, c := range all {
		if c.Details == nil {
			c.Details = map[string]string{}
		}
		detail, err := json.Marshal(c.Details)
		if err != nil {
			return err
		}
		patch, err := json.Marshal(c.Patch)
		if err != nil {
			return err
		}
		of[i], versions[i], at[i], kinds[i], contacts[i], details[i], patches[i] = string(c.Ticket), c.Version, c.At, c.Kind, string(c.Contact), string(detail), string(patch)
		by[0][i], by[1][i], by[2][i], by[3][i], by[4][i] = string(c.By.Kind), c.By.ID, c.By.Name, c.By.For, c.By.From
	}
	b.Queue(sqlSaveChanges, of, versions, at, by[0], by[1], by[2], by[3], by[4], kinds, contacts, details, patches)
	return nil
}

// newContact writes a contact that is not there.
func newContact(b *pgx.Batch, c *tickets.Contact) { newContacts.queue(b, [][]any{newContactArgs(c)}) }

// newContactArgs are a row of newContacts.
func newContactArgs(c *tickets.Contact) []any { return append(contactArgs(c), c.Channel.Code()) }

// contactArgs are a row of changedContacts, with which one of newContacts begins.
func contactArgs(c *tickets.Contact) []any {
	path, recordings, talks, earlier := c.Path, c.Recordings, storedTalks(c), []string{}
	for _, a := range c.Agents() {
		if a.ID != c.Agent.ID {
			earlier = append(earlier, a.ID)
		}
	}
	for _, t := range c.Asked {
		earlier = append(earlier, t.Agent.ID)
	}
	if path == nil {
		path = []words.Text{}
	}
	if recordings == nil {
		recordings = []string{}
	}
	return []any{c.ID, c.Ticket, c.Linked, c.About, idOrNull(c.Customer), c.From.Key(), c.From.Raw, c.RawName, c.To,
		c.Topic, c.Language, path, c.Queue, c.Agent.ID, c.Agent.Name, c.Offers,
		c.ArrivedAt, orNull(c.QueuedAt), orNull(c.AnsweredAt), orNull(c.EndedAt), orNull(c.WrappedUpAt),
		c.Outcome, c.Disposition, c.Note, c.LostBy, recordings, talks, earlier, c.CalledBy, c.Reason}
}
