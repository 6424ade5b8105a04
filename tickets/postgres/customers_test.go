package postgres_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"hotline/tickets"
	"hotline/tickets/customers"
	"hotline/tickets/lists"
	"hotline/tickets/postgres"
)

var anna = tickets.By{Kind: tickets.ByPerson, ID: "anna", From: "192.0.2.7"}

// known adds a customer.
func known(t *testing.T, s *postgres.Store, r customers.Record) tickets.Customer {
	t.Helper()
	c, err := s.Customers().Add(t.Context(), r, anna, "")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// names are those whom a search finds, page by page, in their order.
func names(t *testing.T, s *postgres.Store, typed string) string {
	t.Helper()
	if err := customers.CheckSearch(typed); err != nil {
		t.Fatal(err)
	}
	var all []string
	for cursor := ""; ; {
		found, err := s.Customers().Find(t.Context(), typed, "7", cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range found.Customers {
			all = append(all, c.Name)
		}
		if cursor = found.Next; cursor == "" {
			return strings.Join(all, ", ")
		}
	}
}

// bureau is a small register.
func bureau(t *testing.T, s *postgres.Store) (all map[string]tickets.Customer) {
	all = map[string]tickets.Customer{}
	for _, r := range []customers.Record{
		{
			Name: "Иванов Пётр Щукин", Numbers: []string{"+79161234567"}, Mails: []string{"Ivanov@Mail.example"}, Addresses: []string{"Москва, ул. Мира, д. 12/3"},
			Contracts: []customers.Contract{{Number: "Д-2291/07", Agreement: "gold", EndsOn: "2027-01-31"}}, Equipment: []string{"Router AX-3 SN 00FF12"},
		},
		{Name: "Иванова Анна", Numbers: []string{"+79161234567", "+74951230001"}},
		{Name: "ООО «Ромашка»", Numbers: []string{"+74951230001"}, ExternalID: "crm-77"},
		{Name: "John O'Neill", Mails: []string{"john@example.org"}},
		{Name: "Zoë Müller", Numbers: []string{"101"}},
	} {
		all[r.Name] = known(t, s, r)
	}
	return all
}

func TestCustomersAreFoundByWhateverIsKnownOfThem(t *testing.T) {
	s, _ := fresh(t)
	bureau(t, s)
	for typed, want := range map[string]string{
		"иванов":              "Иванов Пётр Щукин, Иванова Анна",
		"ИВАНОВ петр":         "Иванов Пётр Щукин", // е for ё
		"петр иван":           "Иванов Пётр Щукин",
		"ivanov":              "Иванов Пётр Щукин, Иванова Анна",
		"shchuk":              "Иванов Пётр Щукин",
		"bdfyjd gtnh":         "Иванов Пётр Щукин",               // on the wrong keyboard
		"ивонов":              "Иванов Пётр Щукин, Иванова Анна", // a typing error
		"ромшка":              "ООО «Ромашка»",                   // a letter is missing
		"ромашка":             "ООО «Ромашка»",
		"+7 916 123-45-67":    "Иванов Пётр Щукин, Иванова Анна",
		"8 (916) 123/45/67":   "Иванов Пётр Щукин, Иванова Анна",
		"916123":              "Иванов Пётр Щукин, Иванова Анна",
		"4567":                "Иванов Пётр Щукин, Иванова Анна",
		"Д-2291/07":           "Иванов Пётр Щукин",
		"д2291":               "Иванов Пётр Щукин",
		"2291":                "Иванов Пётр Щукин",
		"мира 12":             "Иванов Пётр Щукин",
		"ivanov@mail":         "Иванов Пётр Щукин",
		"IVANOV@MAIL.EXAMPLE": "Иванов Пётр Щукин",
		"00ff12":              "Иванов Пётр Щукин",
		"crm-77":              "ООО «Ромашка»",
		"oneill":              "John O'Neill",
		"o’neill":             "John O'Neill",
		"muller zoe":          "Zoë Müller",
		"101":                 "Zoë Müller",
		"з":                   "Zoë Müller",
		"сидоров":             "",
		"' OR true --":        "",
		"%":                   "refused",
		"иван анна":           "Иванова Анна",
	} {
		if customers.CheckSearch(typed) != nil {
			if want != "refused" {
				t.Errorf("%q is refused", typed)
			}
			continue
		}
		if got := names(t, s, typed); got != want {
			t.Errorf("%q finds %q, want %q", typed, got, want)
		}
	}
}

func TestWhoIsFoundInOneWayComesOnceAndTheListGoesOn(t *testing.T) {
	s, pool := fresh(t)
	_, err := pool.Exec(t.Context(), `INSERT INTO customers (id, name, contract, address)
		SELECT gen_random_uuid(), 'Иванов Иван ' || n, '8' || n, 'Ивановская ' || n FROM generate_series(1000, 1199) n`)
	if err != nil {
		t.Fatal(err)
	}
	for typed, want := range map[string]int{"иван": 200, "иван иванов": 200, "1": 200, "1100": 1, "81100": 1, "иван 10": 100} {
		seen, cursor := map[tickets.CustomerID]int{}, ""
		for {
			found, err := s.Customers().Find(t.Context(), typed, "7", cursor, 17)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range found.Customers {
				seen[c.ID]++
			}
			if cursor = found.Next; cursor == "" {
				break
			}
		}
		for id, times := range seen {
			if times > 1 {
				t.Errorf("%q finds %s %d times", typed, id, times)
			}
		}
		if len(seen) != want {
			t.Errorf("%q finds %d, want %d", typed, len(seen), want)
		}
	}
	if _, err := s.Customers().Find(t.Context(), "иван", "7", "eyJzIjoxfQ", 17); !errors.Is(err, customers.ErrCursor) {
		t.Errorf("a cursor of nothing gives %v", err)
	}
}

// The database and package customers fold in the same way, or what is stored is not found.
func TestDatabaseFoldsAsWhatIsLookedFor(t *testing.T) {
	_, pool := fresh(t)
	folded := func(written string) (letters, words string) {
		t.Helper()
		if err := pool.QueryRow(t.Context(), `SELECT customer_letters($1), customer_folded($1)`, written).Scan(&letters, &words); err != nil {
			t.Fatal(err)
		}
		return letters, strings.Join(strings.FieldsFunc(words, func(r rune) bool { return r == ' ' }), " ")
	}
	check := func(t rapid.TB, written string) {
		letters, words := folded(written)
		if got := customers.Letters(written); got != letters {
			t.Fatalf("%q is %q here and %q in the database", written, got, letters)
		}
		if got := strings.Join(customers.Words(written), " "); got != words {
			t.Fatalf("%q is the words %q here and %q in the database", written, got, words)
		}
	}
	var all strings.Builder
	for r := rune(1); r < 0x600; r++ {
		all.WriteRune(r)
	}
	for r := rune(0x2000); r < 0x2200; r++ {
		all.WriteRune(r)
	}
	for _, r := range all.String() {
		check(t, string(r))
	}
	rapid.Check(t, func(t *rapid.T) {
		check(t, rapid.StringOf(rapid.Rune().Filter(func(r rune) bool { return r != 0 && utf8.ValidRune(r) && !unicode.Is(unicode.Cs, r) })).Draw(t, "text"))
	})
}

// The words of who calls for the first time are written without asking customer_words_of.
func TestWhoCallsForTheFirstTimeIsFoundByTheirNumber(t *testing.T) {
	s, pool := fresh(t)
	var facts []tickets.Fact
	for i, from := range []string{"+79160001122", "112", "+78005550105", "+78005550105"} {
		n := tickets.MakeNumber(60_500 + uint64(i))
		facts = append(facts, tickets.Fact{Contact: tickets.ContactID(n), Channel: tickets.Call{}, At: time.Now(), Own: n, Event: tickets.Arrived{From: from, RawFrom: from, Department: "support", Next: time.Now().Add(time.Hour)}})
	}
	must(t, s.Apply(t.Context(), facts))
	words := column(t, pool, `SELECT customer_id || ' ' || word FROM customer_words`)
	if diff := cmp.Diff(column(t, pool, `SELECT customer_id || ' ' || word FROM customer_words_of(ARRAY (SELECT id FROM customers))`), words); diff != "" || len(words) != 6 {
		t.Errorf("words (-as of others +written):\n%s\n%q", diff, words)
	}
	if found, err := s.Customers().Find(t.Context(), "1122", "7", "", 5); err != nil || len(found.Customers) != 1 {
		t.Errorf("by the end of a number is found %+v, %v", found.Customers, err)
	}
}

func TestChangeOfACustomerIsKeptInItsHistory(t *testing.T) {
	s, pool := fresh(t)
	c := known(t, s, customers.Record{Name: "Иванов", Numbers: []string{"+79161234567"}})
	named := func(name string) func(customers.Record) (customers.Record, error) {
		return func(r customers.Record) (customers.Record, error) {
			r.Name, r.Contracts = name, []customers.Contract{{Number: "A-1", EndsOn: "2027-01-31"}}
			return r, nil
		}
	}
	changed, err := s.Customers().Change(t.Context(), c.ID, 1, named("Иванов Пётр"), anna)
	if err != nil || changed.Version != 2 {
		t.Fatalf("changed to %+v, %v", changed, err)
	}
	var lost customers.Lost
	if _, err := s.Customers().Change(t.Context(), c.ID, 1, named("Петров"), anna); !errors.As(err, &lost) || len(lost.Changes) != 1 || lost.Now.Name != "Иванов Пётр" {
		t.Errorf("a change of the version before gives %v", err)
	}
	if same, err := s.Customers().Change(t.Context(), c.ID, 2, named("Иванов Пётр"), anna); err != nil || same.Version != 2 {
		t.Errorf("a change of nothing gives version %d, %v", same.Version, err)
	}
	again, err := s.Customers().Customer(t.Context(), c.ID)
	if err != nil || !cmp.Equal(again, changed) {
		t.Errorf("read back, %v: %s", err, cmp.Diff(again, changed))
	}
	replayed(t, s, c.ID)
	if _, err := pool.Exec(t.Context(), `UPDATE customer_changes SET by_id = 'nobody'`); err == nil {
		t.Error("the history was changed")
	}
	if _, err := pool.Exec(t.Context(), `DELETE FROM customer_changes`); err == nil {
		t.Error("the history was deleted")
	}
	other := known(t, s, customers.Record{Name: "Петров"})
	var taken postgres.Taken
	if _, err := s.Customers().Change(t.Context(), other.ID, 1, named("Петров"), anna); !errors.As(err, &taken) || taken.Of != c.ID {
		t.Errorf("a contract that is another's gives %v", err)
	}
}

// replayed checks that a customer's history gives what they are today.
func replayed(t *testing.T, s *postgres.Store, id tickets.CustomerID) {
	t.Helper()
	c, err := s.Customers().Customer(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.Customers().Changes(t.Context(), id, 0)
	if err != nil {
		t.Fatal(err)
	}
	var r customers.Record
	for i, change := range all {
		if r, err = change.Patch.Onto(r); err != nil {
			t.Fatal(err)
		}
		if change.Version != int64(i+1) || change.By.ID == "" {
			t.Errorf("line %d is %+v", i, change)
		}
	}
	if want := customers.Of(c); !cmp.Equal(r, want) {
		t.Errorf("history gives another customer: %s", cmp.Diff(r, want))
	}
}

func TestDoublesAreMergedAndPartAgain(t *testing.T) {
	s, pool := fresh(t)
	all := bureau(t, s)
	from, into := all["Иванова Анна"], all["Иванов Пётр Щукин"]
	tickled(t, pool, from.ID)
	m, err := s.Customers().Merge(t.Context(), from.ID, 1, into.ID, anna)
	if err != nil || m.Name != from.Name {
		t.Fatalf("merged %+v, %v", m, err)
	}
	v, err := s.Customers().View(t.Context(), from.ID, tickets.Sight{All: true})
	if err != nil || v.Customer.ID != into.ID || len(v.Open) != 1 || len(v.Contacts) != 1 || len(v.Merges) != 1 || v.Merges[0].Tickets != 1 || v.Merges[0].Contacts != 1 {
		t.Errorf("by the merged one's id there is %+v, %v", v, err)
	}
	for _, by := range []tickets.Sight{{All: true}, {Agent: "nobody"}} {
		of := map[tickets.CustomerID][]tickets.Number{}
		for _, id := range []tickets.CustomerID{from.ID, into.ID} {
			p, err := s.List(t.Context(), lists.Question{List: lists.All, Sight: by, Filter: lists.Filter{Customer: id}, Limit: 10})
			must(t, err)
			for _, r := range p.Rows {
				of[id] = append(of[id], r.Number)
			}
		}
		if !slices.Equal(of[from.ID], of[into.ID]) || by.All && len(of[from.ID]) != 1 {
			t.Errorf("seen as %+v, the merged one's id lists %v, and the survivor's %v", by, of[from.ID], of[into.ID])
		}
	}
	if got := names(t, s, "4951230001"); got != "Иванов Пётр Щукин, ООО «Ромашка»" && got != "ООО «Ромашка», Иванов Пётр Щукин" {
		t.Errorf("her number finds %q", got)
	}
	if got := names(t, s, "анна"); got != "" {
		t.Errorf("her name finds %q", got)
	}
	// What comes late for her is his: a call had known her before.
	if _, err := pool.Exec(t.Context(), `INSERT INTO contacts (id, ticket, linked, customer_id, arrived_at) VALUES ('late', '100001', 'new', $1, now())`, from.ID); err != nil {
		t.Fatal(err)
	}
	if of := column(t, pool, `SELECT customer_id::text FROM contacts WHERE id = 'late'`); of[0] != string(into.ID) {
		t.Errorf("what came late is of %s", of)
	}
	replayed(t, s, into.ID)
	history, err := s.Changes(t.Context(), "100001", 0, 10)
	if err != nil || len(history) != 2 || history[1].Patch["customer"] != [2]string{string(from.ID), string(into.ID)} {
		t.Errorf("the ticket's history is %+v, %v", history, err)
	}
	if _, err := s.Customers().Merge(t.Context(), from.ID, 1, into.ID, anna); !errors.Is(err, customers.ErrNoCustomer) {
		t.Errorf("merging once more gives %v", err)
	}
	if undone, err := s.Customers().UndoMerge(t.Context(), m.ID, anna); err != nil || undone.Name != from.Name || undone.Into != into.ID || undone.By != anna.ID {
		t.Fatalf("undone %+v, %v", undone, err)
	}
	if left := column(t, pool, `SELECT record::text || tickets::text || contacts::text FROM customer_merges`); left[0] != "{}{}{}" {
		t.Errorf("of her, the merge that was undone remembers %v", left)
	}
	for _, was := range []tickets.Customer{from, into} {
		is, err := s.Customers().Customer(t.Context(), was.ID)
		is.Version, was.Version = 0, 0
		if err != nil || !cmp.Equal(is, was) {
			t.Errorf("after parting, %v: %s", err, cmp.Diff(is, was))
		}
		replayed(t, s, was.ID)
	}
	if of := column(t, pool, `SELECT id || ' ' || customer_id FROM contacts`); strings.Join(of, ", ") != "hers "+string(from.ID)+", late "+string(into.ID) {
		t.Errorf("contacts are of %v", of)
	}
	if _, err := s.Customers().UndoMerge(t.Context(), m.ID, anna); !errors.Is(err, customers.ErrNoMerge) {
		t.Errorf("parting once more gives %v", err)
	}
	if got := names(t, s, "анна"); got != "Иванова Анна" {
		t.Errorf("her name finds %q", got)
	}
}

// tickled gives a customer an open ticket with a contact.
func tickled(t *testing.T, pool *pgxpool.Pool, id tickets.CustomerID) {
	t.Helper()
	_, err := pool.Exec(t.Context(), `
		INSERT INTO tickets (number, customer_id, state, owner_kind, owner, next_at, next_step, opened_at, activity_at)
			VALUES ('100001', '`+string(id)+`', 'open', 'department', 'd', now(), 'follow_up', now(), now());
		INSERT INTO contacts (id, ticket, linked, customer_id, caller, arrived_at) VALUES ('hers', '100001', 'new', '`+string(id)+`', '+74951230001', now())`)
	if err != nil {
		t.Fatal(err)
	}
}

func TestContactsOfACustomerComePageByPage(t *testing.T) {
	s, pool := fresh(t)
	c := known(t, s, customers.Record{Name: "Иванов"})
	tickled(t, pool, c.ID)
	if _, err := pool.Exec(t.Context(), `INSERT INTO contacts (id, ticket, linked, customer_id, arrived_at)
		SELECT 'c' || n, '100001', 'new', $1, now() - n / 3 * interval '1 minute' FROM generate_series(1, 30) n`, c.ID); err != nil {
		t.Fatal(err)
	}
	seen, cursor := map[tickets.ContactID]bool{}, ""
	for {
		found, next, err := s.Customers().Contacts(t.Context(), c.ID, tickets.Sight{All: true}, cursor, 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, contact := range found {
			seen[contact.ID] = true
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	if len(seen) != 31 {
		t.Errorf("%d contacts come", len(seen))
	}
	if _, _, err := s.Customers().Contacts(t.Context(), "nobody", tickets.Sight{All: true}, "", 7); !errors.Is(err, customers.ErrNoCustomer) {
		t.Errorf("nobody's contacts give %v", err)
	}
}

func TestWhatAHotlineOfBeforeWritesIsComplete(t *testing.T) {
	s, pool := fresh(t)
	if _, err := pool.Exec(t.Context(), `
		INSERT INTO customers (id, name, contract, address, equipment, notes, warnings, provisional)
			VALUES ('00000000-0000-4000-8000-000000000001', 'Иванов', 'A-1', 'Мира 1', '{}', '{}', '{}', false);
		INSERT INTO customer_numbers (number, customer_id) VALUES ('+79161234567', '00000000-0000-4000-8000-000000000001') ON CONFLICT DO NOTHING`); err != nil {
		t.Fatal(err)
	}
	c, err := s.Customers().Customer(t.Context(), "00000000-0000-4000-8000-000000000001")
	if err != nil || len(c.Contracts) != 1 || c.Contracts[0].Number != "A-1" || len(c.Addresses) != 1 {
		t.Errorf("there is %+v, %v", c, err)
	}
	named := func(r customers.Record) (customers.Record, error) {
		r.Notes = []string{"moved"}
		return r, nil
	}
	if _, err := s.Customers().Change(t.Context(), c.ID, c.Version, named, anna); err != nil {
		t.Fatal(err)
	}
	replayed(t, s, c.ID) // its history begins with what was there
	for _, typed := range []string{"9161234567", "a1", "мира"} {
		if got := names(t, s, typed); got != "Иванов" {
			t.Errorf("%q finds %q", typed, got)
		}
	}
}

func TestWhoIsGoneIsOutOfTheHistoryOfWhomTheyWereMergedInto(t *testing.T) {
	s, pool := fresh(t)
	merge := func(from, into tickets.Customer) func() {
		t.Helper()
		now, err := s.Customers().Customer(t.Context(), from.ID)
		must(t, err)
		m, err := s.Customers().Merge(t.Context(), from.ID, now.Version, into.ID, anna)
		must(t, err)
		to, err := s.Customers().Customer(t.Context(), into.ID)
		must(t, err)
		_, err = s.Customers().Change(t.Context(), to.ID, to.Version, func(r customers.Record) (customers.Record, error) {
			r.Addresses = append(r.Addresses, fmt.Sprint("Мира ", to.Version))
			return r, nil
		}, anna)
		must(t, err)
		return func() {
			t.Helper()
			_, err := s.Customers().UndoMerge(t.Context(), m.ID, anna)
			must(t, err)
		}
	}
	for story, tell := range map[string]func(her, friend, other tickets.Customer) (goes, stays []tickets.Customer){
		"they parted": func(her, friend, other tickets.Customer) (goes, stays []tickets.Customer) {
			merge(her, other)()
			return []tickets.Customer{her}, []tickets.Customer{friend, other}
		},
		"who had taken them over was merged in turn": func(her, friend, other tickets.Customer) (goes, stays []tickets.Customer) {
			part := merge(her, friend)
			merge(friend, other)()
			part()
			return []tickets.Customer{her}, []tickets.Customer{friend, other}
		},
		"somebody else goes, who has taken them over since": func(her, friend, other tickets.Customer) (goes, stays []tickets.Customer) {
			merge(her, other)()
			merge(her, friend)
			return []tickets.Customer{friend}, []tickets.Customer{other}
		},
		"two who go were in the same at once": func(her, friend, other tickets.Customer) (goes, stays []tickets.Customer) {
			part := merge(her, other)
			partFriend := merge(friend, other)
			part()
			partFriend()
			return []tickets.Customer{her, friend}, []tickets.Customer{other}
		},
		"two were in the same at once, and who came last goes first": func(her, friend, other tickets.Customer) (goes, stays []tickets.Customer) {
			part := merge(her, other)
			partFriend := merge(friend, other)
			part()
			partFriend()
			return []tickets.Customer{friend, her}, []tickets.Customer{other}
		},
	} {
		for way, leave := range map[string]func(tickets.CustomerID){
			"erased": func(id tickets.CustomerID) {
				persons, err := s.Persons(t.Context(), string(id), "")
				must(t, err)
				must(t, s.Erase(t.Context(), persons[0], erasing(true, nil)))
			},
			"forgotten by age": func(id tickets.CustomerID) {
				_, err := pool.Exec(t.Context(), `UPDATE customers SET created_at = now() - interval '800 days' WHERE id = $1`, id)
				must(t, err)
				done, err := s.Forget(t.Context(), postgres.Retention{Customers: 365 * days}, time.Now())
				if err != nil || done.Customers == 0 {
					t.Errorf("forgot %+v, %v", done, err)
				}
			},
		} {
			t.Run(story+", "+way, func(t *testing.T) {
				empty(t, pool)
				her := known(t, s, customers.Record{Name: "Анна Чижова", Numbers: []string{"+79160000031"}, Mails: []string{"chizhova@mail.example"}, Equipment: []string{"Чижовой"}, Contracts: []customers.Contract{{Number: "chizhova-1"}}})
				friend := known(t, s, customers.Record{Name: "Олег", Numbers: []string{"+79160000032"}})
				goes, stays := tell(her, friend, known(t, s, customers.Record{Name: "Ольга", Numbers: []string{"+79160000033"}}))
				for _, c := range goes {
					leave(c.ID)
				}
				for _, table := range []string{"customers", "customer_changes", "customer_merges", "customer_words", "customer_vocabulary", "customer_numbers", "customer_contracts"} {
					for _, row := range column(t, pool, `SELECT t::text FROM `+table+` t`) {
						if strings.Contains(row, "Чижов") || strings.Contains(row, "chizhov") || strings.Contains(row, "9160000031") {
							t.Errorf("%s still has %s", table, row)
						}
					}
				}
				for _, c := range stays {
					replayed(t, s, c.ID)
				}
			})
		}
	}
}

func TestOneWordSaysWhoseAContactIs(t *testing.T) {
	s, pool := fresh(t)
	at := time.Now().UTC().Truncate(time.Microsecond)
	call := func(id tickets.ContactID, own tickets.Number, from string) {
		t.Helper()
		f := tickets.Fact{Contact: id, Channel: tickets.Call{}, At: at, Own: own, Event: tickets.Arrived{From: from, Department: "support", Next: at.Add(time.Hour)}}
		if err := s.Apply(t.Context(), []tickets.Fact{f}); err != nil {
			t.Fatal(err)
		}
	}
	first, second := tickets.MakeNumber(10_001), tickets.MakeNumber(10_002)
	call("c1", first, "+79160000001")
	call("c2", second, "+79160000001") // the second call of an unknown number makes a provisional customer
	ivanov := known(t, s, customers.Record{Name: "Иванов", Numbers: []string{"+79161234567"}})
	c, err := s.Customers().TellContact(t.Context(), "c2", ivanov.ID, true, anna)
	if err != nil || len(c.Numbers) != 2 {
		t.Fatalf("told, they are %+v, %v", c, err)
	}
	caller, err := s.Identify(t.Context(), "+79160000001")
	if err != nil || caller.Match != tickets.Exact || caller.Customer.ID != ivanov.ID {
		t.Errorf("the number is %+v, %v", caller, err)
	}
	m, err := s.Matter(t.Context(), second)
	if err != nil || m.Customer != ivanov.ID {
		t.Errorf("the ticket is %q's, %v", m.Customer, err)
	}
	if of := column(t, pool, `SELECT customer_id::text FROM contacts WHERE id = 'c2'`); len(of) != 1 || of[0] != string(ivanov.ID) {
		t.Errorf("the contact is of %v", of)
	}
	replayed(t, s, ivanov.ID)
	// Another one's, without the number, which several share.
	petrov := known(t, s, customers.Record{Name: "Петров"})
	if c, err := s.Customers().TellContact(t.Context(), "c2", petrov.ID, false, anna); err != nil || len(c.Numbers) != 0 {
		t.Errorf("told otherwise, they are %+v, %v", c, err)
	}
	if m, err := s.Matter(t.Context(), second); err != nil || m.Customer != petrov.ID {
		t.Errorf("the ticket is %q's, %v", m.Customer, err)
	}
	all, err := s.Changes(t.Context(), second, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	if fields, err := tickets.Replay(all); err != nil || fields["customer"] != string(petrov.ID) {
		t.Errorf("the ticket's history gives %v, %v", fields, err)
	}
	// What the call tells afterwards changes nothing of it.
	f := tickets.Fact{Contact: "c2", Channel: tickets.Call{}, At: at.Add(time.Minute), Event: tickets.Ended{Outcome: tickets.Served, Next: at.Add(time.Hour)}}
	if err := s.Apply(t.Context(), []tickets.Fact{f}); err != nil {
		t.Fatal(err)
	}
	if of := column(t, pool, `SELECT customer_id::text FROM contacts WHERE id = 'c2'`); len(of) != 1 || of[0] != string(petrov.ID) {
		t.Errorf("after its end the contact is of %v", of)
	}
	if _, err := s.Customers().TellContact(t.Context(), "nothing", petrov.ID, false, anna); !errors.Is(err, customers.ErrNoContact) {
		t.Errorf("no contact gives %v", err)
	}
	if _, err := s.Customers().TellContact(t.Context(), "c2", "nobody", false, anna); !errors.Is(err, customers.ErrNoCustomer) {
		t.Errorf("nobody gives %v", err)
	}
}

func TestRequestThatIsSentAgainAddsOneCustomer(t *testing.T) {
	s, _ := fresh(t)
	var ids []tickets.CustomerID
	for range 2 {
		c, err := s.Customers().Add(t.Context(), customers.Record{Name: "Иванов"}, anna, "anna k1")
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, c.ID)
	}
	if ids[0] != ids[1] {
		t.Errorf("they are %v", ids)
	}
}
