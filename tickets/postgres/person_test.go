package postgres_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/customers"
	"hotline/tickets/life"
	"hotline/tickets/postgres"
	"hotline/tickets/scorecard"
)

// persons are the columns that may tell who somebody is, which Erase takes out, and those in which nobody is. A new column
// of text stands here, or nobody has thought of it.
var persons = map[string][]string{
	"erased": {
		"contacts.about", "contacts.caller", "contacts.note", "contacts.recordings", "contacts.raw_caller", "contacts.raw_name", "contacts.talks", "erasures.person", "facts.event", "callbacks.entry", "tickets.subject", "tickets.district", "tickets.reply_address",
		"ticket_changes.details", "ticket_changes.patch", "ticket_entries.address", "ticket_entries.text", "ticket_parts.answer", "ticket_parts.what",
		"ticket_promises.told_to", "ticket_promises.what", "ticket_reviews.answer", "ticket_reviews.complaint",
		"ticket_vendors.answer", "ticket_vendors.number", "ticket_vendors.what",
		"ticket_files.name",
		"customers.address", "customers.contract", "customers.equipment", "customers.name", "customers.notes", "customers.warnings", "customer_numbers.number",
		"customers.addresses", "customers.external_id", "customers.mails", "customer_contracts.number", "customer_changes.data", "customer_changes.patch",
		"customer_import_rows.name", "customer_import_rows.patch", "customer_import_rows.reason", "customer_import_rows.why", "customer_merges.contacts", "customer_merges.record", "customer_merges.tickets", "customer_words.word", "customer_vocabulary.word",
	},
	"nobody": {
		"contacts.agent_id", "contacts.agent_name", "contacts.call_reason", "contacts.called_by", "contacts.channel", "contacts.dialled", "contacts.disposition", "contacts.earlier_agents", "contacts.id",
		"contacts.language", "contacts.linked", "contacts.lost_by", "contacts.outcome", "contacts.path", "contacts.queue", "contacts.ticket", "contacts.topic",
		"callbacks.call", "callbacks.node", "erased.key", "erasures.holder", "spools.holder", "spools.host", "facts.contact_id", "facts.kind", "facts.own_number", "merged_numbers.number", "merged_numbers.ticket", "merged_numbers.origin",
		"tickets.disposition", "tickets.next_step", "tickets.number", "tickets.opened_by", "tickets.owner", "tickets.owner_kind", "tickets.state", "tickets.topic",
		"ticket_texts.ticket", "ticket_open_texts.ticket", "ticket_views.account", "ticket_views.id", "ticket_views.name", "ticket_views.of", "ticket_views.query", // whoever saves a list names it
		"ticket_files.by", "ticket_files.place", "ticket_files.removed_by", "ticket_files.ticket", "ticket_files.type",
		"tickets.awaits", "tickets.class", "tickets.department", "tickets.language", "tickets.merged_into", "tickets.parent", "tickets.phase",
		"tickets.reply_channel", "tickets.solved_by", "contacts.merged_from",
		"ticket_changes.by_for", "ticket_changes.by_from", "ticket_changes.by_id", "ticket_changes.by_kind", "ticket_changes.by_name", "ticket_changes.contact",
		"ticket_changes.key", "ticket_changes.kind", "ticket_changes.ticket", "ticket_entries.by_for", "ticket_entries.by_from", "ticket_entries.by_id",
		"ticket_entries.by_kind", "ticket_entries.by_name", "ticket_entries.channel", "ticket_entries.kind", "ticket_entries.ticket",
		"ticket_links.kind", "ticket_links.other", "ticket_links.ticket", "ticket_parts.answered_by", "ticket_parts.department", "ticket_parts.owner",
		"ticket_parts.state", "ticket_parts.ticket", "ticket_promises.channel", "ticket_promises.department", "ticket_promises.person",
		"ticket_promises.state", "ticket_promises.ticket", "ticket_reviews.about", "ticket_reviews.department", "ticket_reviews.reviewer",
		"ticket_reviews.state", "ticket_reviews.ticket", "ticket_reviews.wrote", "ticket_vendors.state", "ticket_vendors.ticket", "ticket_vendors.vendor",
		"tickets.told", "ticket_clocks.agreement", "ticket_clocks.clock", "ticket_clocks.department", "ticket_clocks.kind", "ticket_clocks.paused_by",
		"ticket_clocks.ticket", "ticket_spells.department", "ticket_spells.party", "ticket_spells.person", "ticket_spells.ticket",
		"ticket_notices.about", "ticket_notices.department", "ticket_notices.kind", "ticket_notices.person", "ticket_notices.seen_by", "ticket_notices.ticket",
		"audit.address", "audit.did", "audit.subject", "audit.who",
		"customer_changes.by_for", "customer_changes.by_from", "customer_changes.by_id", "customer_changes.by_kind", "customer_changes.by_name", "customer_changes.kind", "customer_contracts.agreement", "customer_merges.undone_by", "customer_merges.who",
		"customer_import_rows.what", "customer_imports.by_from", "customer_imports.by_id", "customer_imports.by_kind", "customer_imports.by_name", "customer_imports.columns", "customer_imports.counts", "customer_imports.encoding",
		"customer_imports.error", "customer_imports.mapping", "customer_imports.name", "customer_imports.place", "customer_imports.state",
	},
}

func TestEachColumnOfTextIsErasedOrHoldsNobody(t *testing.T) {
	_, pool := fresh(t)
	all := column(t, pool, `
		SELECT table_name || '.' || column_name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
		WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND data_type IN ('text', 'jsonb', 'ARRAY')
			AND (table_name IN ('contacts', 'facts', 'tickets', 'customers', 'merged_numbers', 'audit', 'callbacks', 'erased', 'erasures', 'spools') OR table_name LIKE 'customer\_%' OR table_name LIKE 'ticket\_%' AND table_name <> 'ticket_serials')`)
	known := slices.Concat(persons["erased"], persons["nobody"])
	for _, c := range all {
		if !slices.Contains(known, c) {
			t.Errorf("%s is new: does Erase take out who somebody is?", c)
		}
	}
	for _, c := range known {
		if !slices.Contains(all, c) {
			t.Errorf("%s is no column any more", c)
		}
	}
}

func TestWhoIsMeantIsOnePersonOrSaidToBeSeveral(t *testing.T) {
	s, pool := fresh(t)
	began := column(t, pool, `SELECT clock_timestamp()::text`)[0] // lines of the audit stay from test to test
	_, err := pool.Exec(t.Context(), `
		INSERT INTO customers (id, name, contract) VALUES
			('00000000-0000-4000-8000-000000000001', 'Ann', 'A-1'), ('00000000-0000-4000-8000-000000000002', 'Bob', ''),
			('00000000-0000-4000-8000-000000000003', 'Eve', '+74951230010');
		INSERT INTO customer_numbers VALUES
			('+74951230001', '00000000-0000-4000-8000-000000000001'),
			('+74951230009', '00000000-0000-4000-8000-000000000001'), ('+74951230009', '00000000-0000-4000-8000-000000000002');
		INSERT INTO tickets (number, state, owner_kind, owner, closed_at, opened_at, activity_at, subject) VALUES
			('100001', 'closed', 'department', 'd', now(), now(), now(), 'of the company'), ('100002', 'closed', 'department', 'd', now(), now(), now(), 'of Ann');
		INSERT INTO contacts (id, ticket, linked, customer_id, caller, raw_name, note, arrived_at, ended_at, outcome) VALUES
			('of the company', '100001', 'new', NULL, '+74951230009', 'Company', 'theirs', now(), now(), 'served'),
			('of Ann', '100002', 'new', '00000000-0000-4000-8000-000000000001', '+74951230009', 'Ann', 'hers', now(), now(), 'served'),
			('of a stranger', '100001', 'new', NULL, '+74951230008', '', '', now(), now(), 'served');
		INSERT INTO facts (contact_id, kind, n, at, event) SELECT id, 'arrived', 0, now(), '{"from": "somebody"}' FROM contacts;
		DELETE FROM work.river_job;
		INSERT INTO work.river_job (kind, args) VALUES ('webhook', '{"ticket": "100001"}'), ('webhook', '{"ticket": "100002"}'), ('retention', '{}')`)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ who, number, want string }{
		{"A-1", "", "Ann"},
		{"00000000-0000-4000-8000-000000000002", "", "Bob"},
		{"+74951230001", "+74951230001", "Ann"},
		{"+74951230009", "+74951230009", "Ann, Bob"},
		{"+74951230008", "+74951230008", ""},
		{"+74951230007", "+74951230007", "nobody"},
		{"' OR true --", "", "nobody"},
		{"", "", "nobody"},                                // and not Bob, who has no contract
		{"+74951230010", "+74951230009", "Ann, Bob, Eve"}, // the contract of one, and a number of the others
		{"urn:uuid:00000000-0000-4000-8000-000000000002", "", "Bob"},
	} {
		all, err := s.Persons(t.Context(), test.who, test.number)
		var names []string
		for _, p := range all {
			names = append(names, p.Name)
		}
		if got := strings.Join(names, ", "); errors.Is(err, postgres.ErrNobody) != (test.want == "nobody") || err == nil && got != test.want {
			t.Errorf("%s means %q, error %v; want %s", test.who, got, err, test.want)
		}
	}
	ann, err := s.Persons(t.Context(), "A-1", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Erase(t.Context(), ann[0], erasing(false, errors.New("no room to note it"))); err == nil {
		t.Error("an erasure that could not be noted took place")
	}
	if d, err := held(t, s, ann[0]); err != nil || len(d["work"]) != 1 {
		t.Errorf("the export holds %d jobs, error %v", len(d["work"]), err)
	}
	cards := postgres.NewScorecards(pool)
	four, form := 4, scorecard.Form{ID: "usual", Sections: []scorecard.Section{{Criteria: []scorecard.Criterion{{ID: "listens", Kind: scorecard.Scale, Weight: 1}}}}}
	for i, call := range []string{"of Ann", "theirs"} {
		c := scorecard.Card{ID: "00000000-0000-4000-8000-00000000000" + strconv.Itoa(i), Call: call, Agent: "anna", Form: form, Begun: time.Now()}
		err := errors.Join(c.Fill("petr", []scorecard.Answer{{Criterion: "listens", Value: &four, Note: "to Ann"}}, "of Ann", true, time.Now()), c.Object("anna", "Ann shouted", time.Now()), c.Answer("petr", "Ann did", time.Now()))
		if err == nil {
			_, err = cards.Begin(t.Context(), c)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Erase(t.Context(), ann[0], erasing(false, nil)); err != nil {
		t.Fatal(err)
	}
	if c, err := cards.Card(t.Context(), "00000000-0000-4000-8000-000000000000"); err != nil || *c.First().Score.Share != 0.75 || *c.First().Answers[0].Value != 4 || c.Objection.Answered == nil {
		t.Errorf("of a review of her call there is %+v, %v", c, err)
	}
	for what, want := range map[string]string{
		`SELECT who || ' ' || did || ' ' || subject FROM audit WHERE at >= '` + began + `'`:                  "command line: olga erased a person 00000000-0000-4000-8000-000000000001, command line: olga erased a person of Ann",
		`SELECT name FROM customers ORDER BY name`:                                                           "Bob, Eve",
		`SELECT raw_name FROM contacts WHERE raw_name <> ''`:                                                 "Company", // of a number that she shares, and not known to be hers
		`SELECT note FROM contacts WHERE note <> ''`:                                                         "theirs",
		`SELECT subject FROM tickets WHERE subject <> ''`:                                                    "of the company",
		`SELECT call FROM scorecards WHERE card::text LIKE '%Ann%' AND NOT card ->> 'call' LIKE 'of Ann'`:    "theirs",
		`SELECT count(*)::text FROM scorecards WHERE call = 'of Ann' AND (card - 'call')::text LIKE '%Ann%'`: "0",
		`SELECT contact_id FROM facts WHERE event = '{}'`:                                                    "of Ann",
		`SELECT args::text FROM work.river_job ORDER BY id`:                                                  `{"ticket": "100001"}, {}`,
		`SELECT number || ' ' || right(customer_id::text, 1) FROM customer_numbers`:                          "+74951230009 2",
	} {
		if got := strings.Join(column(t, pool, what), ", "); got != want {
			t.Errorf("%s gives %q, want %q", what, got, want)
		}
	}
}

// erasing is olga's order of an erasure, which can be noted, or not.
func erasing(closes bool, noted error) postgres.ErasureOrder {
	return postgres.ErasureOrder{Closes: closes, Who: "command line: olga", Noted: func(context.Context, pgx.Tx, []string) error { return noted }}
}

// held is what is held about a person.
func held(t *testing.T, s *postgres.Store, p postgres.Person) (postgres.Dossier, error) {
	t.Helper()
	theirs, err := s.Traces(t.Context(), p)
	if err != nil {
		return nil, err
	}
	return s.Dossier(t.Context(), theirs)
}

func TestWhoIsPromisedACallbackIsCalledBeforeTheyAreErased(t *testing.T) {
	s, pool := fresh(t)
	_, err := pool.Exec(t.Context(), `
		INSERT INTO tickets (number, state, owner_kind, owner, closed_at, opened_at, activity_at) VALUES ('100001', 'closed', 'department', 'd', now(), now(), now());
		INSERT INTO contacts (id, ticket, linked, caller, arrived_at, ended_at, outcome) VALUES ('c1', '100001', 'new', '+74951230001', now(), now(), 'callback');
		INSERT INTO callbacks VALUES ('c1', 'north', 1, 1, '{"From": "+74951230001"}')`)
	must(t, err)
	whom := postgres.Person{Numbers: []string{"+74951230001"}}
	if d, err := held(t, s, whom); err != nil || len(d["callbacks"]) != 1 {
		t.Errorf("of their callback is held %v, %v", d["callbacks"], err)
	}
	if err := s.Erase(t.Context(), whom, erasing(true, nil)); !errors.Is(err, postgres.Promised) {
		t.Errorf("while they wait for it: %v", err)
	}
	over := tickets.Callback{Call: "c1", Node: "north", Epoch: 1, N: 2}
	must(t, s.Apply(t.Context(), []tickets.Fact{over.Fact("")}))
	must(t, s.Erase(t.Context(), whom, erasing(true, nil)))
}

// Whoever has looked at what an erasure takes away has it take away that, and no word that was written meanwhile.
func TestErasureIsOfWhatWasLookedAt(t *testing.T) {
	s, pool := fresh(t)
	ann := known(t, s, customers.Record{Name: "Ann"})
	must(t, order(t, s, called(t, s, 87_021), life.SetCustomer{Customer: ann.ID}))
	_, err := pool.Exec(t.Context(), `UPDATE contacts SET note = 'a word', ended_at = now(), outcome = 'abandoned_in_menu', customer_id = $1`, ann.ID)
	must(t, err)
	persons, err := s.Persons(t.Context(), string(ann.ID), "")
	must(t, err)
	seen, err := s.Weigh(t.Context(), persons[0])
	if err != nil || !errors.As(seen.Against, new(postgres.Against)) || len(seen.Held["tickets"]) != 1 || len(seen.Traces.Contacts()) != 1 {
		t.Fatalf("it weighs %+v, %v", seen, err)
	}
	o := erasing(true, nil)
	o.Seen, o.Address = seen.Held.Digest(), "192.0.2.7"
	must(t, s.Looked(t.Context(), tickets.Look{Who: "vera", Did: tickets.LookedAtCustomer, Subject: string(ann.ID)}))
	_, err = pool.Exec(t.Context(), `UPDATE contacts SET note = 'another word'`)
	must(t, err)
	if err := s.Erase(t.Context(), persons[0], o); !errors.Is(err, postgres.ErrOtherHeld) {
		t.Errorf("what nobody has looked at is erased: %v", err)
	}
	if got := column(t, pool, `SELECT name FROM customers WHERE name <> ''`); !slices.Equal(got, []string{"Ann"}) {
		t.Errorf("there are %v", got)
	}
	_, err = pool.Exec(t.Context(), `UPDATE contacts SET note = 'a word'`)
	must(t, err)
	must(t, s.Erase(t.Context(), persons[0], o)) // that somebody looked is no other thing
	if got := column(t, pool, `SELECT did || ' ' || address FROM audit WHERE subject = '`+string(ann.ID)+`' AND who = 'command line: olga'`); !slices.Equal(got, []string{"erased a person 192.0.2.7"}) {
		t.Errorf("the audit says %v", got)
	}
}

func TestWhoWithheldTheirNumberIsErasedByIt(t *testing.T) {
	s, pool := fresh(t)
	at := time.Now()
	arrived := tickets.Arrived{Withheld: "Ann <+74951230006>", Hidden: "+74951230006", Department: "support", Next: at}
	err := s.Apply(t.Context(), []tickets.Fact{
		{Contact: "c1", Channel: tickets.Call{}, At: at, Own: tickets.MakeNumber(10_001), Event: arrived},
		{Contact: "c1", Channel: tickets.Call{}, At: at, Own: tickets.MakeNumber(10_001), Event: tickets.Ended{Outcome: tickets.AbandonedInMenu, Next: at}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), `UPDATE contacts SET note = 'hers' WHERE id = 'c1'; UPDATE tickets SET subject = 'hers'`); err != nil {
		t.Fatal(err)
	}
	all, err := s.Persons(t.Context(), "+74951230006", "+74951230006")
	if err != nil || len(all) != 1 {
		t.Fatalf("the number means %v, error %v", all, err)
	}
	if d, err := held(t, s, all[0]); err != nil || len(d["contacts"]) != 1 {
		t.Errorf("the export holds %d contacts, error %v", len(d["contacts"]), err)
	}
	if err := s.Erase(t.Context(), all[0], erasing(true, nil)); err != nil {
		t.Fatal(err)
	}
	if left := column(t, pool, `SELECT event::text FROM facts WHERE event::text LIKE '%74951230006%'`); len(left) > 0 {
		t.Errorf("facts still say %v", left)
	}
	if left := column(t, pool, `SELECT note || subject FROM contacts JOIN tickets ON ticket = number`); len(left) != 1 || left[0] != "" {
		t.Errorf("contact and ticket still say %v", left)
	}
}

// A server that was away brings what it knows of somebody who was erased meanwhile, and of calls of theirs of which nobody else knows.
func TestFactsThatComeAfterAnErasureTellOfNobody(t *testing.T) {
	const number = "+74951230051"
	s, pool := fresh(t)
	var told []string
	s.OnLate(func(_ context.Context, _ pgx.Tx, p postgres.Person, calls []string) error {
		told = append(told, strings.Join(p.Numbers, " ")+": "+strings.Join(calls, " "))
		return nil
	})
	from, own := time.Now().Add(-time.Hour), map[tickets.ContactID]tickets.Number{"known": tickets.MakeNumber(87_051), "unknown": tickets.MakeNumber(87_052), "anew": tickets.MakeNumber(87_053), "other": tickets.MakeNumber(87_054)}
	fact := func(c tickets.ContactID, after time.Duration, e tickets.Event) tickets.Fact {
		f := tickets.Fact{Contact: c, Channel: tickets.Call{}, At: from.Add(after), Own: own[c], Event: e}
		if _, often := e.(tickets.CallbackKept); often {
			f.N = f.At.UnixMicro()
		}
		return f
	}
	arrived := func(number, name string) tickets.Arrived {
		return tickets.Arrived{From: number, RawFrom: number, RawName: name, Department: "support", Next: from}
	}
	ended := tickets.Ended{Outcome: tickets.AbandonedInMenu, Next: from}
	must(t, s.Apply(t.Context(), []tickets.Fact{fact("known", 0, arrived(number, "Ann")), fact("known", time.Minute, ended)}))
	persons, err := s.Persons(t.Context(), number, number)
	must(t, err)
	must(t, s.Erase(t.Context(), persons[0], erasing(true, nil)))

	entry := json.RawMessage(`{"From": "` + number + `"}`)
	comes := []tickets.Fact{
		fact("other", 0, arrived("+74951230052", "Bob")),
		fact("known", 2*time.Minute, tickets.WrappedUp{Agent: tickets.Agent{ID: "anna"}, Disposition: tickets.HandedOver, Note: "Ann's cat", Subject: "Ann's cat"}),
		fact("known", 3*time.Minute, tickets.CallbackKept{Node: "north", Epoch: 1, Entry: entry}),
		fact("unknown", 4*time.Minute, arrived(number, "Ann")),
		fact("unknown", 5*time.Minute, tickets.CallbackKept{Node: "north", Epoch: 1, Entry: entry}),
	}
	must(t, s.Apply(t.Context(), comes))
	must(t, s.Apply(t.Context(), []tickets.Fact{fact("unknown", 6*time.Minute, ended)}))
	must(t, s.Apply(t.Context(), comes)) // they are read again
	if want := []string{number + ": known unknown", ": unknown", number + ": known unknown"}; !slices.Equal(told, want) {
		t.Errorf("told is %q, want %q", told, want)
	}
	for _, table := range []string{"contacts", "facts", "callbacks", "tickets", "ticket_changes", "ticket_texts", "ticket_open_texts", "customers", "customer_numbers", "customer_words", "erased"} {
		if left := column(t, pool, `SELECT to_jsonb(x)::text FROM `+table+` x WHERE to_jsonb(x)::text ~ 'Ann|4951230051'`); len(left) > 0 {
			t.Errorf("%s still says %v", table, left)
		}
	}
	for sql, want := range map[string]string{
		`SELECT id || ' ' || outcome || ' ' || caller FROM contacts ORDER BY id`:         "known abandoned_in_menu , other  +74951230052, unknown abandoned_in_menu ",
		`SELECT contact_id || ' ' || count(*) FROM facts GROUP BY contact_id ORDER BY 1`: "known 4, other 1, unknown 3",
		`SELECT DISTINCT state FROM tickets WHERE opened_by <> 'other'`:                  "closed",
		`SELECT call FROM callbacks WHERE entry IS NOT NULL`:                             "",
	} {
		if got := strings.Join(column(t, pool, sql), ", "); got != want {
			t.Errorf("%s gives %q, want %q", sql, got, want)
		}
	}
	replays(t, s)

	calls := fact("anew", 0, arrived(number, "Ann")) // and is somebody new
	calls.At = time.Now().Add(time.Minute)
	must(t, s.Apply(t.Context(), []tickets.Fact{calls}))
	if got := column(t, pool, `SELECT caller FROM contacts JOIN customers c ON c.id = customer_id WHERE contacts.id = 'anew'`); !slices.Equal(got, []string{number}) {
		t.Errorf("whoever calls anew is %q", got)
	}
	_, err = s.Forget(t.Context(), postgres.Retention{}, time.Now().AddDate(1, 0, 2))
	must(t, err)
	if left := column(t, pool, `SELECT key FROM erased`); len(left) > 0 {
		t.Errorf("after a year it is known still that %q were erased", left)
	}
}

// Facts that are being applied while somebody is erased do not slip through.
func TestAnErasureWaitsForFactsThatAreBeingApplied(t *testing.T) {
	const number = "+74951230055"
	s, pool := fresh(t)
	from := time.Now().Add(-time.Hour)
	call := func(c tickets.ContactID, own uint64) []tickets.Fact {
		return []tickets.Fact{
			{Contact: c, Channel: tickets.Call{}, At: from, Own: tickets.MakeNumber(own), Event: tickets.Arrived{From: number, RawFrom: number, Department: "support", Next: from}},
			{Contact: c, Channel: tickets.Call{}, At: from, Own: tickets.MakeNumber(own), Event: tickets.Ended{Outcome: tickets.AbandonedInMenu, Next: from}},
		}
	}
	must(t, s.Apply(t.Context(), call("first", 87_055)))
	persons, err := s.Persons(t.Context(), number, number)
	must(t, err)
	applying, goOn, applied, erased := make(chan struct{}), make(chan struct{}), make(chan error, 1), make(chan error, 1)
	s.OnChange(func(context.Context, pgx.Tx, []tickets.Fact, []tickets.Change) error {
		close(applying)
		<-goOn
		return nil
	}, nil)
	go func() { applied <- s.Apply(t.Context(), call("second", 87_056)) }()
	<-applying
	go func() { erased <- s.Erase(t.Context(), persons[0], erasing(true, nil)) }()
	for len(erased) == 0 && column(t, pool, `SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`)[0] == "0" {
		// until it waits, or is over
	}
	close(goOn)
	if err := errors.Join(<-applied, <-erased); err != nil {
		t.Fatal(err)
	}
	if left := column(t, pool, `SELECT id FROM contacts WHERE caller <> ''`); len(left) > 0 {
		t.Errorf("the calls %q say who called", left)
	}
}

func TestErasureEndsWhatIsOpenAndReachesWhatWasMerged(t *testing.T) {
	w := keepDates(t)
	s, pool := w.store, w.pool
	ann := known(t, s, customers.Record{Name: "Ann"})
	own, before := called(t, s, 87_001), tickets.MakeNumber(87_002)
	must(t, s.Apply(t.Context(), []tickets.Fact{
		{Contact: "withheld", Channel: tickets.Call{}, At: time.Now().Add(-time.Hour), Own: before, Event: tickets.Arrived{Department: "support", Next: time.Now()}},
		{Contact: "withheld", Channel: tickets.Call{}, At: time.Now().Add(-time.Hour), Event: tickets.Ended{Outcome: tickets.AbandonedInMenu, Next: time.Now()}},
		{Contact: ofCallOf(own), Channel: tickets.Call{}, At: time.Now().Add(-time.Hour), Event: tickets.Ended{Outcome: tickets.AbandonedInMenu, Next: time.Now()}},
	}))
	subject, due := "Ann's cat", time.Now().Add(time.Hour)
	for _, c := range []life.Command{
		life.Describe{Subject: &subject}, life.AddNote{Text: subject}, life.Merge{Into: own},
	} {
		must(t, order(t, s, before, c))
	}
	for _, c := range []life.Command{
		life.SetCustomer{Customer: ann.ID}, life.TakeOver{}, life.AddPart{Department: "billing", What: subject, Due: due}, life.Promised{What: subject, Due: due},
		life.AskVendor{Vendor: "vendor", What: subject}, life.Complain{Text: subject},
	} {
		must(t, order(t, s, own, c))
	}
	must(t, w.Reckon(t.Context(), time.Now()))
	all, err := s.Persons(t.Context(), string(ann.ID), "")
	must(t, err)
	if d, err := held(t, s, all[0]); err != nil || len(d["tickets"]) != 2 || len(d["ticket_entries"]) != 2 {
		t.Errorf("the export holds %d tickets and %d entries, %v", len(d["tickets"]), len(d["ticket_entries"]), err)
	}
	must(t, s.Erase(t.Context(), all[0], erasing(true, nil)))
	for _, table := range []string{"tickets", "ticket_changes", "ticket_entries", "ticket_parts", "ticket_promises", "ticket_vendors", "ticket_reviews", "ticket_texts", "ticket_open_texts"} {
		if left := column(t, pool, `SELECT to_jsonb(x)::text FROM `+table+` x WHERE to_jsonb(x)::text LIKE '%cat%'`); len(left) > 0 {
			t.Errorf("%s still says %v", table, left)
		}
	}
	for sql, want := range map[string]string{
		`SELECT state || ' ' || phase || ' ' || awaits FROM tickets`:                                                "closed closed , closed closed ",
		`SELECT state FROM ticket_parts WHERE done_at IS NOT NULL`:                                                  "withdrawn",
		`SELECT state FROM ticket_promises WHERE ended_at IS NOT NULL`:                                              "withdrawn",
		`SELECT state FROM ticket_vendors WHERE done_at IS NOT NULL`:                                                "withdrawn",
		`SELECT state FROM ticket_reviews WHERE done_at IS NOT NULL`:                                                "withdrawn",
		`SELECT 'a spell' FROM ticket_spells WHERE to_at IS NULL`:                                                   "",
		`SELECT 'a clock' FROM ticket_clocks WHERE ended IS NULL OR NOT clock ? 'ended' OR clock->>'ended' IS NULL`: "",
	} {
		if got := strings.Join(column(t, pool, sql), ", "); got != want {
			t.Errorf("%s gives %q, want %q", sql, got, want)
		}
	}
	replays(t, s)
	must(t, w.Reckon(t.Context(), time.Now())) // what was reckoned is read again
	if left := column(t, pool, `SELECT 'a spell' FROM ticket_spells WHERE to_at IS NULL`); len(left) > 0 {
		t.Error("a spell has begun anew")
	}
}

// What is exported about somebody is about nobody else: neither whom they had been merged with by mistake, nor whose ticket they called about.
func TestExportHoldsAllThatIsTheirsAndNothingOfOthers(t *testing.T) {
	s, pool := fresh(t)
	ann := known(t, s, customers.Record{Name: "Ann", Numbers: []string{"+74951230041"}})
	double := known(t, s, customers.Record{Name: "Anne", Mails: []string{"anne@mail.example"}})
	boris := known(t, s, customers.Record{Name: "Boris", Numbers: []string{"+74951230042"}, Notes: []string{"owes"}})
	m, err := s.Customers().Merge(t.Context(), boris.ID, boris.Version, ann.ID, anna)
	must(t, err)
	_, err = s.Customers().UndoMerge(t.Context(), m.ID, anna)
	must(t, err)
	_, err = s.Customers().Merge(t.Context(), double.ID, double.Version, ann.ID, anna)
	must(t, err)
	its, hers := called(t, s, 87_011), called(t, s, 87_012)
	subject, other := "Boris's cat", "Ann's dog"
	must(t, order(t, s, its, life.SetCustomer{Customer: boris.ID}))
	must(t, order(t, s, its, life.Describe{Subject: &subject}))
	must(t, order(t, s, hers, life.SetCustomer{Customer: ann.ID}))
	must(t, order(t, s, hers, life.Describe{Subject: &other}))
	_, err = pool.Exec(t.Context(), `UPDATE contacts SET customer_id = $1`, ann.ID) // she called about his, too
	must(t, err)
	var before int64 // lines of the audit stay from test to test
	must(t, pool.QueryRow(t.Context(), `SELECT coalesce(max(id), 0) FROM audit`).Scan(&before))
	for _, of := range []string{string(its), string(hers), string(double.ID), string(boris.ID)} {
		must(t, s.Looked(t.Context(), tickets.Look{Who: "vera", Did: tickets.LookedAtTicket, Subject: of}))
	}
	persons, err := s.Persons(t.Context(), string(double.ID), "")
	must(t, err)
	d, err := held(t, s, persons[0])
	must(t, err)
	var all []string
	for table, rows := range d {
		for _, r := range rows {
			all = append(all, table+" "+string(r))
		}
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{"Ann's dog", "+74951230041", "anne@mail.example", `customers {"id": "` + string(double.ID)} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %s", want)
		}
	}
	for _, of := range []string{"cat", "Boris", "1230042", "owes"} {
		for _, row := range all {
			if strings.Contains(row, of) {
				t.Errorf("it tells %s: %s", of, row)
			}
		}
	}
	var looks []string
	for _, r := range d["audit"] {
		var look struct {
			ID      int64
			Subject string
		}
		must(t, json.Unmarshal(r, &look))
		if look.ID > before {
			looks = append(looks, look.Subject)
		}
	}
	if want := []string{string(hers), string(double.ID)}; !slices.Equal(looks, want) {
		t.Errorf("who looked is told of %v, not of %v", looks, want)
	}
}

func TestAuditIsAddedToAndNeverChanged(t *testing.T) {
	_, pool := fresh(t)
	if _, err := pool.Exec(t.Context(), `INSERT INTO audit (who, did, subject) VALUES ('olga', 'looked at a ticket', '100001')`); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`UPDATE audit SET who = 'anna'`, `DELETE FROM audit`, `TRUNCATE audit`, `SET hotline.retention = 'on'; DELETE FROM audit`,
	} {
		if _, err := pool.Exec(t.Context(), sql); err == nil {
			t.Errorf("the database let this pass: %s", sql)
		}
	}
}
