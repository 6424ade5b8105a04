package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"hotline/tickets"
	"hotline/tickets/customers"
	"hotline/tickets/lists"
)

func TestDoublesOfACustomerAreFound(t *testing.T) {
	s, _ := fresh(t)
	of := known(t, s, customers.Record{
		Name: "Иванов Пётр", Numbers: []string{"+79161234567", "+74951230001"}, Mails: []string{"Ivanov@Mail.example"}, Equipment: []string{"Router SN 00FF12AA"},
	})
	for _, r := range []customers.Record{
		{Name: "Petr Ivanov", Numbers: []string{"+79161234567"}},
		{Numbers: []string{"+74951230001"}},
		{Name: "Анна", Numbers: []string{"+74951230001"}}, // a colleague
		{Name: "П. И.", Mails: []string{"ivanov@mail.EXAMPLE"}},
		{Name: "ООО", Equipment: []string{"router, sn 00ff12aa"}},
		{Name: "Иванова Петра"},
	} {
		known(t, s, r)
	}
	found, err := s.Customers().Doubles(t.Context(), of.ID)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, d := range found {
		all = append(all, fmt.Sprint(d.Customer.Name, " ", d.Why))
	}
	got := strings.Join(all, "; ")
	for _, want := range []string{"Petr Ivanov [number name]", " [number]", "П. И. [mail]", "ООО [equipment]"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not among %s", want, got)
		}
	}
	if !strings.HasPrefix(got, "Petr Ivanov") || len(found) != 4 {
		t.Errorf("doubles are %s", got)
	}
	if _, err := s.Customers().Doubles(t.Context(), "nobody"); !errors.Is(err, customers.ErrNoCustomer) {
		t.Errorf("doubles of nobody give %v", err)
	}
}

func TestPreviewOfAMergeSaysWhatTheMergeDoes(t *testing.T) {
	s, pool := fresh(t)
	all := bureau(t, s)
	from, into := all["Иванова Анна"], all["Иванов Пётр Щукин"]
	tickled(t, pool, from.ID)
	p, err := s.Customers().PreviewMerge(t.Context(), from.ID, into.ID, tickets.Sight{All: true})
	if err != nil {
		t.Fatal(err)
	}
	if after, err := s.Customers().Customer(t.Context(), into.ID); err != nil || len(after.Numbers) != 1 {
		t.Fatalf("the preview has made %v of them, %v", after.Numbers, err)
	}
	if _, err := s.Customers().Merge(t.Context(), from.ID, p.Merged.Version, into.ID, anna); err != nil {
		t.Fatal(err)
	}
	moved := column(t, pool, `SELECT cardinality(tickets) || ' ' || cardinality(contacts) FROM customer_merges`)
	if moved[0] != fmt.Sprint(p.Tickets, " ", p.Contacts) || p.Tickets == 0 {
		t.Errorf("foretold %d tickets and %d contacts, moved %v", p.Tickets, p.Contacts, moved)
	}
	after, err := s.Customers().Customer(t.Context(), into.ID)
	if err != nil || len(customers.Diff(customers.Of(p.After), customers.Of(after))) > 0 {
		t.Errorf("foretold %+v, there is %+v, %v", customers.Of(p.After), customers.Of(after), err)
	}
	var wrong customers.Wrong
	if _, err := s.Customers().PreviewMerge(t.Context(), from.ID, into.ID, tickets.Sight{All: true}); !errors.As(err, &wrong) || wrong.Field != "into" {
		t.Errorf("the preview of a merge that is done gives %v", err)
	}
}

func TestWhoWasMergedIsNeitherMergedNorChangedAgain(t *testing.T) {
	s, _ := fresh(t)
	all := bureau(t, s)
	from, into, third := all["Иванова Анна"], all["Иванов Пётр Щукин"], all["ООО «Ромашка»"]
	first, err := s.Customers().Merge(t.Context(), from.ID, 1, into.ID, anna)
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"merged again": second(s.Customers().Merge(t.Context(), from.ID, 2, third.ID, anna)),
		"merged into":  second(s.Customers().Merge(t.Context(), third.ID, 1, from.ID, anna)),
		"changed":      second(s.Customers().Change(t.Context(), from.ID, 2, func(r customers.Record) (customers.Record, error) { r.Notes = []string{"late"}; return r, nil }, anna)),
	} {
		if !errors.Is(err, customers.ErrNoCustomer) {
			t.Errorf("%s: %v", name, err)
		}
	}
	next, err := s.Customers().Merge(t.Context(), into.ID, 2, third.ID, anna)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := s.Customers().Customer(t.Context(), from.ID); err != nil || c.ID != third.ID || len(c.Numbers) != 2 {
		t.Errorf("at the end of two merges is %+v, %v", c, err)
	}
	if _, err := s.Customers().UndoMerge(t.Context(), first.ID, anna); !errors.Is(err, customers.ErrNoCustomer) {
		t.Errorf("the first merge is undone before the second: %v", err)
	}
	for _, m := range []string{next.ID, first.ID} {
		if _, err := s.Customers().UndoMerge(t.Context(), m, anna); err != nil {
			t.Fatal(err)
		}
	}
	for _, was := range []tickets.Customer{from, into, third} {
		is, err := s.Customers().Customer(t.Context(), was.ID)
		if err != nil || len(customers.Diff(customers.Of(was), customers.Of(is))) > 0 {
			t.Errorf("%s came back as %+v, %v", was.Name, customers.Of(is), err)
		}
		replayed(t, s, was.ID)
	}
}

func second[T any](_ T, err error) error { return err }

func TestChangeAndMergeAtOnceLoseNothing(t *testing.T) {
	s, _ := fresh(t)
	for round := range 10 {
		from := known(t, s, customers.Record{Name: fmt.Sprint("from ", round)})
		into := known(t, s, customers.Record{Name: fmt.Sprint("into ", round)})
		var all sync.WaitGroup
		var changed, merged error
		all.Go(func() {
			_, changed = s.Customers().Change(context.WithoutCancel(t.Context()), from.ID, 1, func(r customers.Record) (customers.Record, error) {
				r.Notes = append(r.Notes, "typed")
				return r, nil
			}, anna)
		})
		all.Go(func() { _, merged = s.Customers().Merge(context.WithoutCancel(t.Context()), from.ID, 1, into.ID, anna) })
		all.Wait()
		now, err := s.Customers().Customer(t.Context(), from.ID)
		if err != nil {
			t.Fatal(err)
		}
		var lost customers.Lost
		switch {
		case changed == nil && errors.As(merged, &lost): // whoever merges sees the change first
			if now.ID != from.ID || len(now.Notes) != 1 {
				t.Errorf("changed: %+v", now)
			}
		case merged == nil && errors.Is(changed, customers.ErrNoCustomer): // whoever types is told, and finds the survivor
			if now.ID != into.ID {
				t.Errorf("merged: %+v", now)
			}
		default:
			t.Errorf("the change gave %v, the merge %v", changed, merged)
		}
		replayed(t, s, now.ID)
	}
}

func TestOfACustomersTicketsEachSeesThoseThatTheyMay(t *testing.T) {
	s, pool := fresh(t)
	c, other := known(t, s, customers.Record{Name: "Иванов"}), known(t, s, customers.Record{Name: "Петров"})
	third := known(t, s, customers.Record{Name: "Сидоров"})
	if _, err := pool.Exec(t.Context(), `
		INSERT INTO tickets (number, customer_id, state, owner_kind, owner, department, next_at, next_step, opened_at, activity_at) VALUES
			('100001', '`+string(c.ID)+`', 'open', 'department', 'technical', 'technical', now(), 'follow_up', now(), now()),
			('100002', '`+string(c.ID)+`', 'open', 'department', 'finance', 'finance', now(), 'follow_up', now(), now());
		INSERT INTO contacts (id, ticket, linked, customer_id, arrived_at, agent_id) VALUES
			('k1', '100001', 'new', '`+string(c.ID)+`', now(), ''), ('k2', '100002', 'new', '`+string(c.ID)+`', now(), 'vera');
		INSERT INTO ticket_promises (ticket, n, what, due, state, made_at, first_due) VALUES
			('100001', 1, 'to mend', now(), 'open', now(), now()), ('100002', 1, 'to pay', now(), 'open', now(), now())`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Customers().Merge(t.Context(), c.ID, c.Version, other.ID, anna); err != nil { // all of it was another's once
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		by   tickets.Sight
		want string
	}{
		"who oversees":          {tickets.Sight{All: true}, "100001 100002 | to mend, to pay | k2 k1 | 100001 100002 | moved 2 2, would 2 2"},
		"who has served them":   {tickets.Sight{Agent: "vera"}, "100001 100002 | to mend, to pay | k2 k1 | 100001 100002 | moved 2 2, would 2 2"},
		"a department's":        {tickets.Sight{Agent: "ilja", Departments: []string{"technical"}}, "100001 | to mend | k1 | 100001 | moved 1 1, would 1 1"},
		"who has nothing of it": {tickets.Sight{Agent: "eva", Departments: []string{"field"}}, " |  |  |  | moved 0 0, would 0 0"},
		"nobody by name":        {tickets.Sight{}, " |  |  |  | moved 0 0, would 0 0"},
	} {
		v, err := s.Customers().View(t.Context(), c.ID, test.by)
		if err != nil {
			t.Fatal(err)
		}
		contacts, _, err := s.Customers().Contacts(t.Context(), c.ID, test.by, "", 10)
		if err != nil || len(contacts) != len(v.Contacts) {
			t.Errorf("%s: %d contacts by themselves, %d beside the customer, %v", name, len(contacts), len(v.Contacts), err)
		}
		listed, err := s.List(t.Context(), lists.Question{List: lists.All, Sight: test.by, Filter: lists.Filter{Customer: other.ID}, Sort: lists.ByOpening, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		var open, promises, talks, rows []string
		for _, o := range v.Open {
			open = append(open, string(o.Number))
		}
		for _, p := range v.Promises {
			promises = append(promises, p.What)
		}
		for _, k := range v.Contacts {
			talks = append(talks, string(k.ID))
		}
		for _, r := range listed.Rows {
			rows = append([]string{string(r.Number)}, rows...)
		}
		slices.Sort(open)
		p, err := s.Customers().PreviewMerge(t.Context(), other.ID, third.ID, test.by)
		if err != nil || len(v.Merges) != 1 {
			t.Fatal(v.Merges, err)
		}
		counts := fmt.Sprintf("moved %d %d, would %d %d", v.Merges[0].Tickets, v.Merges[0].Contacts, p.Tickets, p.Contacts)
		got := strings.Join([]string{strings.Join(open, " "), strings.Join(promises, ", "), strings.Join(talks, " "), strings.Join(rows, " "), counts}, " | ")
		if got != test.want {
			t.Errorf("%s sees %q, want %q", name, got, test.want)
		}
	}
}
