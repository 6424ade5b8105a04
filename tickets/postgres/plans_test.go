package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"iter"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/deploy/private"
	"hotline/telephony"
	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/clock"
	"hotline/tickets/customers"
	"hotline/tickets/due"
	"hotline/tickets/life"
	"hotline/tickets/lists"
	"hotline/tickets/postgres"
	"hotline/tickets/reports"
	"hotline/tickets/scorecard"
)

// Nobody loses an index, nor writes a statement that none serves, without noticing. The store is used in all that it does, on a register of some years, and PostgreSQL itself tells (by auto_explain)
// how it went about each statement, those of triggers and foreign keys included: where one reads a large table from end to end, or more rows than it may, the test
// names it. And each statement that stands in the source is among them.

// enough rows are read by one part of a plan, at most: a page, the longest list that is counted, the matches of a search, and what stands between them.
const enough = 3500

// large are tables that grow with the years.
var large = []string{"customers", "customer_numbers", "customer_words", "customer_contracts", "customer_changes", "tickets", "contacts", "ticket_texts", "ticket_changes", "ticket_entries", "facts", "audit",
	"ticket_clocks", "ticket_spells", "ticket_promises", "ticket_parts"}

// ofOperators is what one does at the command line, or what runs in a night, and not said to be fast.
var ofOperators = []string{"counts", "forget"}

// mayReadMore are beginnings of statements that may read more, and why.
var mayReadMore = map[string]string{
	"SELECT count(*) FROM (SELECT FROM customer_words": "counts up to 20,000 words, to know the rarest",
	"SELECT count(*) FROM ticket_texts TABLESAMPLE":    "goes through some 3,000 tickets, to know which words many have",
}

// notSent are the beginnings of statements that nothing here sends, and why.
var notSent = map[string]string{
	"UPDATE tickets SET reckoned = version, wake_at = now() WHERE number = $1":     "by the primary key, where a ticket cannot be reckoned",
	"SELECT number FROM tickets WHERE number = $1 FOR UPDATE":                      "the same",
	"SELECT EXISTS (SELECT FROM ticket_changes WHERE ticket = $1 AND version = $2": "by the primary key, where a connection breaks while it commits",
	"DELETE FROM file_contents WHERE id = $1::uuid AND sha256 IS NULL":             "by the primary key, where an upload broke off",
	"UPDATE customer_changes SET patch":                                            "by the primary key, where somebody who parted from another is erased",
	"SELECT patch FROM customer_changes WHERE customer_id = $1":                    "the same",
}

// filesOfOperators are those of which no statement need be sent. Those of reports.go are put together from pieces; each report is sent all the same.
var filesOfOperators = []string{"retention.go", "seed.go", "reports.go"}

// ofCalls is what calls do, which come and go whatever is open; and enoughForCalls are rows that one part of a plan reads for them, at most: the contacts of a ticket.
var ofCalls = []string{"a call", "a call that goes on at once", "a call that goes on", "a call of somebody unknown"}

const enoughForCalls = 40

// wrong is what is wrong with a plan. Below a limit a table may be read from its beginning until there are enough rows.
func wrong(n private.Plan, limited bool, enough float64) (all []string) {
	limited = limited || n.Kind == "Limit"
	switch {
	case n.Loops > 0 && n.Kind == "Seq Scan" && !limited && slices.Contains(large, n.Relation):
		all = append(all, "reads "+n.Relation+" from end to end")
	case n.Read() > enough:
		all = append(all, fmt.Sprintf("%s %s %s reads %.0f rows", n.Kind, n.Relation, n.Index, n.Read()))
	}
	for _, p := range n.Plans {
		all = append(all, wrong(p, limited && n.Kind != "Sort" && n.Kind != "Aggregate" && n.Kind != "Hash", enough)...)
	}
	return all
}

// listener collects what PostgreSQL tells of its plans.
type listener struct {
	mu    sync.Mutex
	doing string
	plans map[string][]private.Explained // by what was done
}

func (l *listener) hear(e private.Explained) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.plans[l.doing] = append(l.plans[l.doing], e)
}

func TestEachStatementReadsNoMoreThanItMust(t *testing.T) {
	n := size(t, 20_000)
	quiet := apart(t)
	fillYears(t, quiet, n, wholeCentre, time.Now())
	// Today all call about what two departments have nothing to do with.
	if _, err := quiet.Exec(t.Context(), `BEGIN; SET LOCAL statement_timeout = 0; UPDATE tickets SET activity_at = now() WHERE department <> ALL ('{d3,d10}'); ANALYZE tickets; COMMIT`); err != nil {
		t.Fatal(err)
	}
	l := &listener{plans: map[string][]private.Explained{}}
	c := quiet.Config()
	private.Explain(c.ConnConfig, l.hear)
	c.ConnConfig.RuntimeParams["statement_timeout"] = "0"
	c.ConnConfig.RuntimeParams["random_page_cost"] = "1.1" // as on disks without arms: few rows are read at once so fast that a plan for five million would not be seen
	pool, err := pgxpool.NewWithConfig(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	(&everything{T: t, y: newYears(t, quiet, n, wholeCentre), pool: pool, s: postgres.New(pool), now: time.Now(), doing: func(what string) {
		l.mu.Lock()
		l.doing = what
		l.mu.Unlock()
	}}).all()
	pool.Close()
	t.Logf("no statement here has used %s", strings.Join(rowsOf(t, quiet, `SELECT indexrelname FROM pg_stat_user_indexes s JOIN pg_index i USING (indexrelid)
		WHERE idx_scan = 0 AND schemaname = 'public' AND NOT indisunique AND s.relname ~ '^(ticket|contact|customer|merged|facts|audit)' ORDER BY 1`), ", "))
	told := map[string]bool{}
	for what, all := range l.plans {
		most := float64(enough)
		if slices.Contains(ofCalls, what) {
			most = enoughForCalls
		}
		for _, e := range all {
			for _, is := range wrong(e.Plan, false, most) {
				about := what + ": " + spaced(e.SQL)
				if told[about] || slices.Contains(ofOperators, what) || begins(spaced(e.SQL), mayReadMore) {
					continue
				}
				told[about] = true
				t.Errorf("%s: %s:\n%s\n%s", what, is, e.SQL, e.Plan)
			}
		}
	}
	for _, e := range l.plans["a call that goes on at once"] {
		if strings.HasPrefix(spaced(e.SQL), "INSERT INTO tickets") {
			t.Errorf("a call that goes on with a ticket writes it as one that may be new:\n%s", e.Plan)
		}
	}
	written := 0
	for _, e := range l.plans["a call that goes on"] {
		if strings.HasPrefix(spaced(e.SQL), "INSERT INTO contacts") {
			written++
		}
	}
	if written != 1 {
		t.Errorf("a call that goes on is written %d times as one that may be new", written)
	}
	for _, e := range l.plans["a call that ends while another comes"] {
		if strings.Contains(spaced(e.SQL), "WHERE state = 'open' AND customer_id = ANY") {
			t.Errorf("open tickets are looked for, of the customer of a call that has its ticket:\n%s", e.Plan)
		}
	}
	heard := &strings.Builder{}
	for _, all := range l.plans {
		for _, e := range all {
			fmt.Fprintln(heard, spaced(e.SQL))
		}
	}
	for place, sql := range statements(t) {
		if !strings.Contains(heard.String(), sql) && !begins(sql, notSent) {
			t.Errorf("%s: nothing here sends this statement, so that nobody knows how many rows it reads: add what sends it to everything:\n%s", place, sql)
		}
	}
}

// begins says whether a statement begins with one of some.
func begins(sql string, with map[string]string) bool {
	for beginning := range with {
		if strings.HasPrefix(sql, beginning) {
			return true
		}
	}
	return false
}

func spaced(sql string) string { return strings.Join(strings.Fields(sql), " ") }

// statements are the beginnings of those that stand in the source of the package, by their places.
func statements(t *testing.T) iter.Seq2[string, string] {
	files := token.NewFileSet()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var found []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || slices.Contains(filesOfOperators, name) {
			continue
		}
		f, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, f)
	}
	statement := regexp.MustCompile(`^(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH) `)
	return func(yield func(string, string) bool) {
		for _, f := range found {
			ast.Inspect(f, func(n ast.Node) bool {
				text, is := n.(*ast.BasicLit)
				if !is || text.Kind != token.STRING {
					return true
				}
				sql, err := strconv.Unquote(text.Value)
				if sql = spaced(sql); err == nil && statement.MatchString(sql) && len(sql) > 20 {
					sql, _, _ = strings.Cut(sql, "%")
					return yield(files.Position(n.Pos()).String(), sql)
				}
				return true
			})
		}
	}
}

// importGoesOn takes an import from its beginning to its end, and another one to where it is stopped.
func importGoesOn(ctx context.Context, s *postgres.Imports, by tickets.By) error {
	const text = "id;name\nsent-1;New\n;nobody\n"
	for range 2 {
		i, err := s.New(ctx, customers.Import{Name: "x.csv", Size: int64(len(text)), Place: attachment.OnDisk, By: by, Columns: []customers.Heading{{Name: "id", Holds: "external_id"}, {Name: "name", Holds: "note"}}})
		if err != nil {
			return err
		}
		away := func(context.Context, customers.Import) (io.ReadCloser, error) { return nil, errors.New("away") }
		if _, err := s.Continue(ctx, i.ID, away, customers.Rules{}, time.Hour); err == nil {
			return errors.New("nothing is read, and it goes on")
		}
		if _, err = s.Continue(ctx, i.ID, opened(text), customers.Rules{}, time.Hour); err == nil {
			_, err = s.ReadAs(ctx, i.ID, []customers.Column{"external_id", "name"})
		}
		if err != nil {
			return err
		}
		for range 2 {
			if _, err = s.Continue(ctx, i.ID, opened(text), customers.Rules{}, time.Hour); err == nil {
				_, err = s.Start(ctx, i.ID, by)
			}
			if err != nil {
				return err
			}
		}
		if _, err = s.Latest(ctx); err == nil {
			_, err = s.Rows(ctx, i.ID, customers.IsWrong, customers.MostRefused)
		}
		if err == nil {
			_, err = s.Stop(ctx, i.ID)
		}
		if err == nil {
			err = s.StopWaiting(ctx, time.Now().Add(-time.Hour))
		}
		if err == nil {
			_, err = s.Forget(ctx, time.Now().Add(-time.Hour))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// everything is a store that is used in all that it does, on a register of some years. doing is told what.
type everything struct {
	*testing.T
	y     *years
	pool  *pgxpool.Pool
	s     *postgres.Store
	doing func(string)
	now   time.Time

	open  []tickets.Number // on which people work
	call  []tickets.Fact   // that has just come
	first tickets.Customer // who is new
}

// all is in the order in which one thing needs another.
func (e *everything) all() {
	e.open = openTickets(e.T, e.y, 8)
	e.customersRead()
	e.listed()
	e.tickets()
	e.reports()
	e.besides()
	e.calls()
	e.commands()
	e.reckoned()
	e.customersChanged()
	e.files()
	e.contactsByHand()
	e.persons()
	e.forgotten()
}

func (e *everything) must(what string, do func() error) {
	e.Helper()
	e.doing(what)
	if err := do(); err != nil {
		e.Errorf("%s: %v", what, err)
	}
}

// annaOfYears is who does it all: there are people p1 and on in years.
var annaOfYears = tickets.By{Kind: tickets.ByPerson, ID: "p7", Name: "Anna"}

const busiest = 1 // who has the most tickets and contacts

func (e *everything) customersRead() {
	must, s, ctx := e.must, e.s, e.Context()
	number := numberOf(busiest + 50)
	must("identify", func() error { _, err := s.Identify(ctx, number); return err })
	must("identify the busiest", func() error { _, err := s.Identify(ctx, "+78000000005"); return err })
	must("identify one of many", func() error { _, err := s.Identify(ctx, numberOf(1)); return err })
	must("candidates", func() error { _, err := s.Customers().Candidates(ctx, numberOf(1)); return err })
	must("view a customer", func() error {
		_, err := s.Customers().View(ctx, customerID(busiest), tickets.Sight{All: true})
		return err
	})
	must("doubles of a customer", func() error { _, err := s.Customers().Doubles(ctx, customerID(busiest+50)); return err })
	must("preview of a merge", func() error {
		_, err := s.Customers().PreviewMerge(ctx, customerID(busiest+50), customerID(busiest+51), tickets.Sight{Agent: "p3", Departments: []string{"d3"}})
		return err
	})
	must("a customer", func() error { _, err := s.Customers().Customer(ctx, customerID(busiest)); return err })
	must("history of a customer", func() error { _, err := s.Customers().Changes(ctx, customerID(busiest), 0); return err })
	must("contacts of a customer", func() error {
		_, next, err := s.Customers().Contacts(ctx, customerID(busiest), tickets.Sight{All: true}, "", 20)
		if err == nil {
			_, _, err = s.Customers().Contacts(ctx, customerID(busiest), tickets.Sight{All: true}, next, 20)
		}
		return err
	})
	for _, typed := range []string{"и", "иванов", "иванов эдуард", "фёдоров ольга казань", "к-777", "777", "9160", "+7495", "1234", "петров ленина 7", "зззз иванов", "кв", "ивонов", "bdfyjd"} {
		must("find customers by "+typed, func() error { _, err := s.Customers().Find(ctx, typed, "7", "", 20); return err })
	}

}

func (e *everything) listed() {
	must, s, ctx, open, y, doing := e.must, e.s, e.Context(), e.open, e.y, e.doing
	for _, l := range append(slices.Clone(lists.Counted), lists.All) {
		for who, sight := range map[string]tickets.Sight{
			"head": {All: true, Agent: "p5"}, "member": {Agent: "p3", Departments: []string{"d3", "d10"}, Topics: []string{"topic3", "topic10"}}, "agent": {Agent: "p8"},
		} {
			q := ask(l, sight)
			what := fmt.Sprintf("list %s of a %s", l, who)
			must(what, func() error {
				p, err := s.List(ctx, q)
				if err == nil && p.Next != "" {
					doing("next page of " + what)
					q.Cursor = p.Next
					_, err = s.List(ctx, q)
				}
				return err
			})
			if l != lists.All {
				must("count "+what, func() error { _, err := s.CountLists(ctx, ask(l, sight)); return err })
			}
			shut := false
			for name, change := range map[string]func(*lists.Question){
				"by activity": func(q *lists.Question) { q.Sort = lists.ByActivity }, "by opening": func(q *lists.Question) { q.Sort = lists.ByOpening },
				"of a customer": func(q *lists.Question) { q.Customer = customerID(busiest) }, "on a topic": func(q *lists.Question) { q.Topics = []string{"topic7"} },
				"of a department": func(q *lists.Question) { q.Department = "d7" }, "complaints": func(q *lists.Question) { q.Class = tickets.Complaint }, "of a person": func(q *lists.Question) { q.Owner = "p3" },
				"of numbers":     func(q *lists.Question) { q.Numbers = open },
				"of an incident": func(q *lists.Question) { q.Parent = open[0] },
				"closed":         func(q *lists.Question) { q.Open = &shut },
			} {
				if q := ask(l, sight); l == lists.All || name != "closed" {
					change(&q)
					must(what+" "+name, func() error { _, err := s.List(ctx, q); return err })
				}
			}
			if l != lists.All && l != lists.Department {
				continue
			}
			for _, typed := range []string{string(open[6]), numberOf(busiest + 50)[5:], "8" + numberOf(busiest + 50)[2:], "Иванов", "Орлов Дмитрий Сергеевич", "К-1", "интернет", "роутер мастер", "договор счёт баланс", "SN120", "деранный7"} {
				q := ask(l, sight)
				q.Text = typed
				must(what+" by "+typed, func() error { _, err := s.List(ctx, q); return err })
			}
			must("seen as a "+who, func() error { _, err := s.Seen(ctx, append(open, y.ticket()), sight); return err })
			must("sees a contact as a "+who, func() error { _, err := s.SeesContact(ctx, "c77", sight); return err })
		}
	}
}

func (e *everything) tickets() {
	must, s, ctx := e.must, e.s, e.Context()
	for _, n := range []tickets.Number{e.y.ticket(), "10000005", ticketOf(e.T, e.y, customerID(busiest))} {
		must("ticket", func() error { _, err := s.Ticket(ctx, n); return err })
		must("history of a ticket", func() error { _, err := s.History(ctx, n); return err })
		must("file of a ticket", func() error { _, err := s.File(ctx, n, "p9", 50); return err })
		must("sees", func() error {
			_, err := s.Sees(ctx, n, tickets.Sight{Agent: "nobody", Departments: []string{"d77"}})
			return err
		})
		must("the whole of a ticket", func() error { _, err := s.Whole(ctx, n); return err })
		must("who took calls", func() error { _, err := s.AgentsOf(ctx, []tickets.Number{n}); return err })
		must("a clock", func() error {
			if _, err := s.Clock(ctx, n, 1); !errors.Is(err, tickets.ErrNoTicket) {
				return err
			}
			return nil
		})
		must("ticket of a contact", func() error {
			if _, _, err := s.TicketOf(ctx, "nobody's"); !errors.Is(err, tickets.ErrNoTicket) {
				return err
			}
			return nil
		})
		must("served", func() error { _, err := s.Served(ctx, n, "nobody"); return err })
		must("done", func() error { _, err := s.Done(ctx, n, "key", time.Now()); return err })
		must("who took calls", func() error { _, err := s.AgentsOf(ctx, []tickets.Number{n}); return err })
		must("timeline", func() error {
			p, err := s.Timeline(ctx, n, "", 3)
			for i := 0; i < 8 && err == nil && p.Next != ""; i++ {
				p, err = s.Timeline(ctx, n, p.Next, 3)
			}
			return err
		})
		must("entries", func() error { _, err := s.Entries(ctx, n, 0, 50); return err })
		must("changes", func() error { _, err := s.Changes(ctx, n, 0, 50); return err })
		must("files", func() error { _, err := s.Files(ctx, n); return err })
	}
}

func (e *everything) reports() {
	t, now, counted := e.T, e.now, postgres.NewReports(e.pool)
	for _, r := range reports.All() { // of a day: of no more than a day is read
		for _, g := range r.Groups {
			day, err := reports.FromTo(now.AddDate(0, 0, -100).Format(time.DateOnly), now.AddDate(0, 0, -100).Format(time.DateOnly), time.UTC)
			if err != nil {
				t.Fatal(err)
			}
			if r.Name == "tickets" { // by what has come since is known how many were open
				day, err = reports.This(reports.Today, now, time.UTC)
			}
			if err != nil {
				t.Fatal(err)
			}
			e.must("report "+r.Name+" by "+string(g), func() error {
				_, err := counted.Report(t.Context(), reports.Question{Report: r, Group: g, Period: day, Repeat: 24 * time.Hour, Now: now})
				return err
			})
		}
	}
}

// besides is what pages show besides.
func (e *everything) besides() {
	must, s, ctx, now := e.must, e.s, e.Context(), e.now
	must("counts", func() error { _, err := s.CountsSince(ctx, now.Add(-24*time.Hour)); return err })
	must("today", func() error {
		_, _, err := s.Today(ctx, now.Add(-24*time.Hour), []tickets.Span{{From: now.Add(-10 * time.Minute), To: now}})
		return err
	})
	must("broken promises", func() error { _, err := s.BrokenPromises(ctx, now); return err })
	must("clocks that run out", func() error { _, err := s.ClocksEnding(ctx, now.Add(time.Hour)); return err })
	must("callbacks", func() error { _, err := s.Callbacks(ctx, "north", 7, []string{"c1", "none"}); return err })
	must("recent calls", func() error { _, err := s.RecentOf(ctx, "p3", 20); return err })
	must("calls without an end", func() error { _, err := s.Unended(ctx, now, "north", time.Hour); return err })
	must("which work is filed", func() error {
		_, err := s.WrappedUp(ctx, []string{"c1", "none"}, []string{"p3", "p3"}, []time.Time{now.Add(-time.Hour), now.Add(-time.Hour)})
		return err
	})
	cards := postgres.NewScorecards(e.pool)
	card := scorecard.Card{ID: "01890000-0000-7000-8000-000000000001", Call: "a call", Agent: "p3", Form: scorecard.Form{ID: "usual"}, Begun: now}
	must("a review begun", func() error { _, err := cards.Begin(ctx, card); return err })
	must("a review", func() error { _, err := cards.Card(ctx, card.ID); return err })
	must("a review changed", func() error {
		_, err := cards.Change(ctx, card.ID, func(*scorecard.Card) error { return nil })
		return err
	})
	must("reviews that are old", func() error { _, err := cards.Forget(ctx, now.AddDate(-20, 0, 0)); return err })
	must("reviews", func() error { _, err := cards.Cards(ctx, scorecard.Question{Agent: "p3", Limit: 50}); return err })
	must("reviews of calls", func() error {
		_, err := cards.Cards(ctx, scorecard.Question{Calls: []string{"a call", "none"}, Form: "usual", Limit: 50})
		return err
	})
	must("notices", func() error {
		_, err := s.Notices(ctx, tickets.NoticesOf{Person: "p3", Departments: []string{"d3"}, Limit: 50})
		return err
	})
	must("seen notices", func() error { _, err := s.SeeNotices(ctx, "p3", []string{"d3"}, []int64{1, 2, 3}); return err })
	for name, f := range map[string]lists.CallFilter{
		"all": {}, "of a month": {From: now.AddDate(0, -2, 0), To: now.AddDate(0, -1, 0)}, "of a number": {Caller: numberOf(busiest + 50)}, "of the busiest number": {Caller: numberOf(busiest)},
		"of a customer": {Customer: customerID(busiest)}, "of an agent": {Agent: "p3"}, "of a queue": {Queue: "q3"}, "of no queue": {Queue: "none"}, "lost": {Outcomes: []tickets.Outcome{tickets.Lost}},
		"abandoned": {Outcomes: []tickets.Outcome{tickets.AbandonedInQueue, tickets.AbandonedRinging}}, "abusive": {Disposition: tickets.Abusive}, "resolved": {Disposition: tickets.Resolved}, "for a reason": {Reason: "visit"},
		"of a ticket": {Ticket: e.y.ticket()}, "long": {Longer: time.Hour}, "longer": {Longer: time.Minute}, "short": {Shorter: time.Second}, "of a queue and abusive": {Queue: "q3", Disposition: tickets.Abusive},
	} {
		for who, sight := range map[string]tickets.Sight{"head": {All: true}, "agent": {Agent: "p8"}} {
			q := lists.CallQuestion{Sight: sight, CallFilter: f, Limit: 50}
			must("calls "+name+" as "+who, func() error {
				p, err := s.ListCalls(ctx, q)
				if err == nil && p.Next != "" {
					q.Cursor = p.Next
					_, err = s.ListCalls(ctx, q)
				}
				return err
			})
			must("count calls "+name+" as "+who, func() error { _, err := s.CountCalls(ctx, q); return err })
		}
	}
	must("a call with its facts", func() error { _, _, err := s.Call(ctx, "10000001.0000"); return err })
	must("forget notices", func() error { _, err := s.ForgetNotices(ctx, now.Add(-10*365*24*time.Hour)); return err })
	must("views", func() error {
		return s.SaveView(ctx, "7", lists.View{ID: "v", Of: lists.OfTickets, Name: "mine", Query: map[string]string{"list": "mine"}})
	})
	must("views", func() error { _, err := s.Views(ctx, "7"); return err })
	must("views", func() error { return s.DropView(ctx, "7", "v") })
	must("audit", func() error {
		return s.Looked(ctx, tickets.Look{Who: "p3", Did: tickets.LookedAtTicket, Subject: "10000001"})
	})
	must("audit of a ticket", func() error {
		for _, err := range s.Looks(ctx, postgres.Looks{Since: now.Add(-time.Minute), Subject: "10000001"}) {
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *everything) calls() {
	must, s, ctx, y, now := e.must, e.s, e.Context(), e.y, e.now
	var call []tickets.Fact
	s.ReckonNew(func(f *due.File) {
		f.Reckoned, f.Spells = f.Version, []clock.Spell{{Party: clock.FirstLine, From: f.OpenedAt}}
	})
	must("a call", func() error {
		call = append([]tickets.Fact{y.arrival(now)}, y.course(y.arrival(now), now)...)
		for i := range call {
			call[i].Contact, call[i].Own = call[0].Contact, call[0].Own
		}
		for _, f := range call {
			if err := s.Apply(ctx, []tickets.Fact{f}); err != nil {
				return err
			}
		}
		return nil
	})
	must("whether a fact was applied", func() error {
		has, err := s.Has(ctx, call[0].Key())
		if err == nil && !has {
			err = errors.New("the call has not come")
		}
		return err
	})
	must("a call that is lost, and found again", func() error {
		call := y.linked(now.Add(time.Second))
		lost := tickets.Unended{Call: telephony.CallID(call[0].Contact)}.Ends(now.Add(time.Minute), tickets.Terms{})[0]
		found := tickets.Fact{Contact: call[0].Contact, Channel: tickets.Call{}, N: 1, At: now.Add(2 * time.Minute), Event: tickets.Resumed{}}
		return errors.Join(s.Apply(ctx, call), s.Apply(ctx, []tickets.Fact{lost}), s.Apply(ctx, []tickets.Fact{found}))
	})
	must("a call that goes on at once", func() error { return s.Apply(ctx, y.linked(now)) })
	must("a call that goes on", func() error {
		facts := y.linked(now)
		return errors.Join(s.Apply(ctx, facts[:1]), s.Apply(ctx, facts[1:]))
	})
	must("a call of somebody unknown", func() error {
		f := y.arrivalOf(now, 1, y.serial.Add(1))
		e := f.Event.(tickets.Arrived)
		e.From, e.RawFrom = "+76990000001", "+76990000001"
		f.Event = e
		return s.Apply(ctx, []tickets.Fact{f})
	})
	must("a call that ends while another comes", func() error {
		of := func(i int, n int64, event tickets.Event) tickets.Fact {
			number := tickets.MakeNumber(y.serial.Load() + uint64(i))
			return tickets.Fact{Contact: tickets.ContactID(fmt.Sprint("9", number)), Channel: tickets.Call{}, N: n, At: now, Own: number, Event: event}
		}
		comes := of(1, 0, tickets.Arrived{From: "+76990000002", RawFrom: "+76990000002", Department: "first_line", Next: now.Add(time.Hour)})
		routed := of(1, 1, tickets.Routed{Topic: "topic3", Department: "d3", Ticket: comes.Own, Linked: tickets.LinkedNew, Next: now.Add(time.Hour)})
		ends := of(0, 0, tickets.Ended{Outcome: tickets.Served})
		y.serial.Add(1)
		return s.Apply(ctx, []tickets.Fact{comes, ends, routed})
	})
	e.call = call
	must("a callback", func() error {
		c := tickets.Callback{Call: call[0].Contact, Node: "north", Epoch: 7, N: now.UnixMicro(), Entry: []byte("{}")}
		over := tickets.Callback{Call: c.Call, Node: c.Node, Epoch: c.Epoch, N: c.N + 1}
		return errors.Join(s.Apply(ctx, []tickets.Fact{c.Fact("")}), s.Apply(ctx, []tickets.Fact{over.Fact("")}))
	})
	must("voicemails", func() error {
		id := call[0].Contact
		err := s.Apply(ctx, []tickets.Fact{{Contact: id, Channel: tickets.Call{}, N: 1, At: now, Own: call[0].Own, Event: tickets.Recorded{Recording: "one"}}})
		if err == nil {
			_, err = s.MarkVoicemail(ctx, id, 1, true, tickets.By{Kind: tickets.ByPerson, ID: "p9"}, now)
		}
		for _, sight := range []tickets.Sight{{All: true}, {Agent: "p9", Departments: []string{"d1"}, Topics: []string{"t1"}}} {
			for _, done := range []bool{false, true} {
				q := lists.VoicemailQuestion{Sight: sight, Done: done, Since: now.Add(-time.Hour), Limit: 50}
				_, listed := s.Voicemails(ctx, q)
				q.Cursor = q.After(lists.Voicemail{Contact: tickets.Contact{ID: id, ArrivedAt: now}, N: 1})
				_, further := s.Voicemails(ctx, q)
				_, counted := s.CountVoicemails(ctx, q)
				err = errors.Join(err, listed, further, counted)
			}
		}
		_, one := s.Voicemail(ctx, id, 1)
		return errors.Join(err, one)
	})
}

func (e *everything) commands() {
	s, ctx, y, open, call := e.s, e.Context(), e.y, e.open, e.call
	do := func(n tickets.Number, c life.Command) {
		e.Helper()
		e.must(c.Name(), func() error {
			var fresh []tickets.Number
			for range life.Opens(c) {
				fresh = append(fresh, tickets.MakeNumber(y.serial.Add(1)))
			}
			_, err := s.Change(ctx, n, life.Needs(c), uuid.NewString(), func(f *life.File) (life.Outcome, error) {
				f.Fresh = fresh
				return life.Do(f, n, c, annaOfYears, time.Now())
			})
			return err
		})
	}
	soon := e.now.Add(48 * time.Hour)
	do(open[0], life.AddNote{Text: "the line was measured"})
	do(open[0], life.AddPart{Department: "d4", What: "measure", Due: soon})
	do(open[0], life.Promised{What: "a call", To: "the customer", Channel: "call", Due: soon})
	do(open[0], life.AskVendor{Vendor: "optics", What: "a cable", Promised: soon})
	do(open[0], life.Complain{Text: "the answer is wrong"})
	do(open[0], life.Tie{Other: open[1], Kind: "related"})
	do(open[0], life.Untie{Other: open[1]})
	do(open[2], life.SetParent{Parent: open[0]})
	do(open[3], life.Merge{Into: open[4], Force: true})
	do(open[3], life.Unmerge{})
	do(call[0].Own, life.Split{Subject: "something else", Contacts: []tickets.ContactID{call[0].Contact}})
	do(tickets.MakeNumber(y.serial.Load()), life.Relink{Contact: call[0].Contact, To: open[6]})
	do(open[5], life.SetCustomer{Customer: customerID(busiest)})
}

func (e *everything) reckoned() {
	t, must, s, ctx, now, open := e.T, e.must, e.s, e.Context(), e.now, e.open
	must("tend", func() error {
		return s.Tend(ctx, open[0], func(f *due.File) ([]life.Outcome, error) {
			c, sp := f.Clocks[0], f.Spells[0]
			c.Broken, sp.Party = !c.Broken, "customer"
			f.Clocks, f.Spells = []clock.Clock{c}, []clock.Spell{sp}
			f.Notices = append(f.Notices, tickets.Notice{Ticket: open[0], Kind: "due", Person: "p3", At: now})
			return nil, nil
		})
	})
	must("reckon", func() error {
		_, err := s.Reckon(ctx, 50, func(f *due.File) { f.Reckoned, f.Wake = f.Version, now.Add(time.Hour) }, func(n tickets.Number, err error) { t.Errorf("reckon ticket %s: %v", n, err) })
		return err
	})
	must("awake", func() error { _, err := s.Awake(ctx, now, 200); return err })
	must("reckon anew", func() error { return s.ReckonAnew(ctx, "a1", "others") })
	must("numbers", func() error { _, err := s.ReserveNumbers(ctx, 10, 0); return err })
}

func (e *everything) customersChanged() {
	must, s, ctx, by, imports := e.must, e.s, e.Context(), annaOfYears, postgres.NewImports(e.pool, nil)
	a, b := customers.Record{Name: "Анна Петрова", Numbers: []string{"+75550000001"}, Contracts: []customers.Contract{{Number: "N-1"}}}, customers.Record{Name: "Анна Петрова", Numbers: []string{"+75550000002"}}
	var first, second tickets.Customer
	must("add a customer", func() (err error) { first, err = s.Customers().Add(ctx, a, by, "key"); return err })
	must("add a customer", func() (err error) { second, err = s.Customers().Add(ctx, b, by, "other"); return err })
	must("change a customer", func() (err error) {
		first, err = s.Customers().Change(ctx, first.ID, first.Version, func(r customers.Record) (customers.Record, error) { r.Notes = []string{"polite"}; return r, nil }, by)
		return err
	})
	must("say whose a contact is", func() error {
		_, err := s.Customers().TellContact(ctx, e.call[0].Contact, first.ID, true, by)
		return err
	})
	var m customers.Merging
	must("merge customers", func() (err error) {
		m, err = s.Customers().Merge(ctx, second.ID, second.Version, first.ID, by)
		return err
	})
	must("view who took another over", func() error {
		_, err := s.Customers().View(ctx, first.ID, tickets.Sight{Agent: "p3", Departments: []string{"d3"}})
		return err
	})
	must("part customers", func() (err error) { _, err = s.Customers().UndoMerge(ctx, m.ID, by); return err })
	must("import customers", func() error {
		return imports.Take(ctx, file(customers.Record{Name: "Новый", ExternalID: "new-1", Numbers: []string{"+75550000003"}, Contracts: []customers.Contract{{Number: "N-3"}}},
			customers.Record{Name: "Другой", ExternalID: "crm-2"}), false, by, func(customers.Done) {})
	})
	must("an import that was sent", func() error { return importGoesOn(ctx, imports, by) })
	e.first = first
}

func (e *everything) files() {
	must, s, ctx, open, now, by := e.must, e.s, e.Context(), e.open, e.now, annaOfYears
	must("add a file", func() error {
		_, err := s.AddFile(ctx, attachment.File{ID: attachment.ID(uuid.NewString()), Ticket: open[0], Name: "a.txt", Type: "text/plain", Size: 1, Sum: attachment.Sum{1}, Place: attachment.OnDisk, By: "p7", At: now}, by, attachment.Limits{}.OrUsual())
		return err
	})
	must("remove a file", func() error { return fileComesAndGoes(ctx, s, open[0], now) })
	must("contents", func() error { return contentsComeAndGo(ctx, s) })
	must("sums in use", func() error { _, err := s.UsedSums(ctx, attachment.OnDisk, []attachment.Sum{{1}}); return err })
}

func (e *everything) contactsByHand() {
	must, s, ctx, y, now := e.must, e.s, e.Context(), e.y, e.now
	must("what was withheld", func() error { _, err := s.Withheld(ctx, string(e.open[0])); return err })
	must("a letter", func() error {
		letter := tickets.ContactID(uuid.NewString())
		_, err := s.Open(ctx, letter, func(f *life.File) (life.Outcome, error) {
			f.Fresh = []tickets.Number{tickets.MakeNumber(y.serial.Add(1))}
			return life.Open(f, life.OpenByHand{Channel: "letter", Subject: "a letter", Text: "no internet", Customer: e.first.ID}, letter, annaOfYears, now)
		})
		return err
	})
}

func (e *everything) persons() {
	must, s, ctx := e.must, e.s, e.Context()
	var someone []postgres.Person
	must("persons", func() (err error) { someone, err = s.Persons(ctx, string(customerID(60)), ""); return err })
	unknown := rowsOf(e.T, e.y.pool, `SELECT caller FROM contacts WHERE caller LIKE '+77%' LIMIT 1`)[0]
	for _, number := range []string{"+76990000009", unknown} {
		must("persons by a number", func() error {
			more, err := s.Persons(ctx, number, number)
			if errors.Is(err, postgres.ErrNobody) {
				err = nil
			}
			someone = append(someone, more...)
			return err
		})
	}
	if len(someone) != 2 {
		e.Fatalf("there are the persons %+v", someone)
	}
	for _, p := range someone {
		must("traces", func() error { _, err := s.Traces(ctx, p); return err })
		must("weigh", func() error { _, err := s.Weigh(ctx, p); return err })
		must("erase", func() error { return s.Erase(ctx, p, erasing(true, nil)) })
	}
	must("a fact that comes after an erasure", func() error {
		of := tickets.ContactID(rowsOf(e.T, e.y.pool, `SELECT key FROM erased WHERE key IN (SELECT id FROM contacts) LIMIT 1`)[0])
		return s.Apply(ctx, []tickets.Fact{{Contact: of, Channel: tickets.Call{}, N: e.now.UnixMicro(), At: e.now, Event: tickets.Recorded{Recording: "of nobody"}}})
	})
}

// forgotten is what is over, at night.
func (e *everything) forgotten() {
	e.must("forget", func() error {
		_, err := e.s.Forget(e.Context(), postgres.Retention{Contacts: 5*365*24*time.Hour - 24*time.Hour, Facts: 30 * 24 * time.Hour, Customers: 6 * 365 * 24 * time.Hour, Audit: 60 * 24 * time.Hour}, e.now)
		return err
	})
}

// fileComesAndGoes brings a file and takes it away.
func fileComesAndGoes(ctx context.Context, s *postgres.Store, n tickets.Number, at time.Time) error {
	id := attachment.ID(uuid.NewString())
	_, err := s.AddFile(ctx, attachment.File{ID: id, Ticket: n, Name: "b.txt", Type: "text/plain", Size: 1, Sum: attachment.Sum{2}, Place: attachment.OnDisk, By: "p7", At: at}, tickets.By{Kind: tickets.ByPerson, ID: "p7"}, attachment.Limits{}.OrUsual())
	return errors.Join(err, s.RemoveFile(ctx, n, id, attachment.Hand{Login: "p7", By: tickets.By{Kind: tickets.ByPerson, ID: "p7"}}, at))
}

// contentsComeAndGo puts contents into the database, reads one, and sweeps.
func contentsComeAndGo(ctx context.Context, s *postgres.Store) error {
	c := s.Contents()
	var put attachment.Content
	for range 2 {
		var err error
		if put, err = c.Put(ctx, strings.NewReader("a file")); err != nil {
			return err
		}
	}
	if _, err := c.Put(ctx, iotest.ErrReader(errors.New("the line is cut"))); err == nil {
		return errors.New("a broken upload was kept")
	}
	again, err := c.Put(ctx, strings.NewReader("another"))
	if err == nil {
		err = c.Drop(ctx, again)
	}
	if err != nil {
		return err
	}
	r, err := c.Open(ctx, put.Sum)
	if err == nil {
		_, err = io.ReadAll(r)
	}
	if err == nil {
		_, err = c.Sweep(ctx, time.Now().Add(time.Hour), func(ctx context.Context, sums []attachment.Sum) ([]attachment.Sum, error) {
			return s.UsedSums(ctx, attachment.InDatabase, sums)
		})
	}
	return err
}

// ticketOf is a ticket of somebody.
func ticketOf(t *testing.T, y *years, id tickets.CustomerID) (n tickets.Number) {
	t.Helper()
	if err := y.pool.QueryRow(t.Context(), `SELECT number FROM tickets WHERE customer_id = $1 LIMIT 1`, id).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// openTickets are some on which people work.
func openTickets(t *testing.T, y *years, count int) (all []tickets.Number) {
	t.Helper()
	for _, n := range rowsOf(t, y.pool, `SELECT number FROM tickets WHERE state = 'open' AND phase = 'in_work' AND parent IS NULL ORDER BY number`) {
		if n, err := tickets.ParseNumber(n); err == nil {
			all = append(all, n)
		}
	}
	return all[:count]
}
