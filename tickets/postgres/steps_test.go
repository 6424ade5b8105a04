package postgres_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/telephony"
	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/customers"
	"hotline/tickets/life"
	"hotline/tickets/memory"
	"hotline/tickets/postgres"
	"hotline/tickets/register"
	"hotline/tickets/watch"
	"hotline/tickets/work"
)

// Whatever is done to a ticket is done in steps, each a message to the database, and a process may die, or lose its connection, after any of them. Here it
// does after each: the first, the second, and so on until the whole passes undisturbed. Then the same is asked again, as by whoever has had no
// answer: the spool, which still has the facts; a page, with the same key; a job, which is tried again. What comes of it is always the same.

// breaking lets the connections of a pool break after a number of messages: the last of them has been received and done, and its answer is lost.
type breaking struct {
	mu   sync.Mutex
	left int // messages until it breaks; negative is never
}

// after arms it; never is -1. It says whether it has broken since it was armed before.
func (b *breaking) after(messages int) (broken bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	broken = b.left == 0
	b.left = messages
	if messages == 0 {
		b.left = -1
	}
	return broken
}

// sent counts a message, and says whether it was the last.
func (b *breaking) sent() (last bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left > 0 {
		b.left--
		return b.left == 0
	}
	return false
}

type fragile struct {
	net.Conn
	of   *breaking
	last bool // the answer to what was sent is lost
}

func (f *fragile) Write(p []byte) (int, error) {
	n, err := f.Conn.Write(p)
	f.last = f.last || f.of.sent()
	return n, err
}

func (f *fragile) Read(p []byte) (int, error) {
	n, err := f.Conn.Read(p)
	if f.last && err == nil { // it is done, since it is answered
		return 0, errors.Join(errBroken, f.Conn.Close())
	}
	return n, err
}

var errBroken = errors.New("the connection broke just then")

// fragilePool is a pool of connections that break.
func fragilePool(t *testing.T) (*pgxpool.Pool, *breaking) {
	t.Helper()
	pool, err := postgres.Connect(cluster.URL())
	must(t, err)
	conf, b := pool.Config(), &breaking{left: -1}
	pool.Close()
	dial := conf.ConnConfig.DialFunc
	conf.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		return &fragile{Conn: c, of: b}, err
	}
	pool, err = pgxpool.NewWithConfig(t.Context(), conf)
	must(t, err)
	t.Cleanup(pool.Close)
	return pool, b
}

// deed is something that is done to a ticket of its own. A second time it does nothing more.
type deed struct {
	name string
	do   func(s *postgres.Store, n tickets.Number, spare tickets.Number) error
}

func command(c func(n, spare tickets.Number) life.Command) func(*postgres.Store, tickets.Number, tickets.Number) error {
	return func(s *postgres.Store, n, spare tickets.Number) error {
		order := c(n, spare)
		_, err := s.Change(context.Background(), n, life.Needs(order), "the page's key", func(f *life.File) (life.Outcome, error) {
			f.Fresh = []tickets.Number{spare}
			return life.Do(f, f.Own, order, tickets.By{Kind: tickets.ByPerson, ID: "anna"}, time.Now())
		})
		return err
	}
}

func deeds(w *watched) []deed {
	due := time.Now().Add(time.Hour)
	with := func(c life.Command) func(n, spare tickets.Number) life.Command {
		return func(n, spare tickets.Number) life.Command { return c }
	}
	return []deed{
		{"a whole call", func(s *postgres.Store, _, spare tickets.Number) error {
			at := time.Now().UTC().Truncate(time.Hour)
			var facts []tickets.Fact
			for i, e := range []tickets.Event{
				tickets.Arrived{From: "+78005550177", Department: "first_line", Next: due}, tickets.Routed{Topic: "bill" + string(spare), Ticket: spare, Linked: tickets.LinkedNew, Next: due},
				tickets.Answered{Agent: tickets.Agent{ID: "anna"}, Next: due}, tickets.Ended{Outcome: tickets.Served},
				tickets.WrappedUp{Agent: tickets.Agent{ID: "anna"}, Disposition: tickets.HandedOver, Department: "support", Note: "note", Next: due},
			} {
				facts = append(facts, tickets.Fact{Contact: ofCallOf(spare), Channel: tickets.Call{}, N: int64(i), At: at.Add(time.Duration(i) * time.Second), Own: spare, Event: e})
			}
			return s.Apply(context.Background(), facts)
		}},
		{"a part", command(with(life.AddPart{Department: "billing", What: "what", Due: due}))},
		{"a note", command(with(life.AddNote{Text: "note"}))},
		{"an answer", command(with(life.SolveIt{Answer: "answer"}))},
		{"a split", command(func(n, _ tickets.Number) life.Command {
			return life.Split{Contacts: []tickets.ContactID{ofCallOf(n)}, Subject: "another"}
		})},
		{"a merge", func(s *postgres.Store, n, spare tickets.Number) error {
			called(w.T, w.store, serialOf[spare]) // which is there already the second time
			return command(with(life.Merge{Into: spare, Force: true}))(s, n, spare)
		}},
		{"a call's link by its agent", func(s *postgres.Store, n, spare tickets.Number) error {
			called(w.T, w.store, serialOf[spare])
			spool := memory.NewSpool()
			r, err := register.New(register.Options{Store: s, Spool: spool, Shelf: spool, Log: slog.New(slog.DiscardHandler)})
			must(w.T, err)
			return r.Relink(context.Background(), telephony.CallID(ofCallOf(n)), spare, tickets.By{Kind: tickets.ByPerson, ID: "anna"})
		}},
		{"a customer who is named to a call", func(s *postgres.Store, _, spare tickets.Number) error {
			named, _ := w.pair(spare)
			arrived := tickets.Fact{Contact: ofCallOf(spare), Channel: tickets.Call{}, At: time.Now(), Own: spare, Event: tickets.Arrived{From: "+7800666" + string(spare), Department: "first_line", Next: due}}
			must(w.T, w.store.Apply(context.Background(), []tickets.Fact{arrived})) // of somebody unknown, who becomes the named one
			_, err := s.Customers().TellContact(context.Background(), ofCallOf(spare), named.ID, true, tickets.By{Kind: tickets.ByPerson, ID: "anna"})
			return err
		}},
		{"a merge of customers", func(s *postgres.Store, n, spare tickets.Number) error {
			first, second := w.pair(spare)
			must(w.T, command(with(life.SetCustomer{Customer: second.ID}))(w.store, n, spare))
			_, err := s.Customers().Merge(context.Background(), second.ID, second.Version, first.ID, tickets.By{Kind: tickets.ByPerson, ID: "anna"})
			if errors.Is(err, customers.ErrNoCustomer) { // who asks again is told that there is only one of them
				if done := column(w.T, w.pool, fmt.Sprintf(`SELECT count(*)::text FROM customer_merges WHERE merged = '%s'`, second.ID)); done[0] == "1" {
					return nil
				}
			}
			return err
		}},
		{"a file", func(s *postgres.Store, n, _ tickets.Number) error {
			k := keeper(w.T, s, s.Contents(), attachment.Limits{})
			_, err := k.Add(context.Background(), attachment.Upload{Ticket: n, Name: "note.txt", Content: strings.NewReader("the note of " + string(n)), By: hand("anna"), At: time.Now()})
			return err
		}},
		{"a letter", func(s *postgres.Store, _, spare tickets.Number) error {
			contact := tickets.ContactID("letter " + spare)
			_, err := s.Open(context.Background(), contact, func(f *life.File) (life.Outcome, error) {
				f.Fresh = []tickets.Number{spare}
				return life.Open(f, life.OpenByHand{Channel: "letter", Subject: "s", Text: "t"}, contact, tickets.By{Kind: tickets.ByPerson, ID: "anna"}, time.Now())
			})
			return err
		}},
		{"an escalation", func(s *postgres.Store, n, _ tickets.Number) error {
			dates := watch.New(watch.Options{Store: s, Terms: w.terms})
			return errors.Join(dates.Reckon(context.Background(), time.Now()), dates.Tend(context.Background(), n, time.Now().Add(5*time.Hour)))
		}},
	}
}

// pair are two customers of a deed's own, who are there already the second time.
func (w *watched) pair(of tickets.Number) (first, second tickets.Customer) {
	for i, c := range []*tickets.Customer{&first, &second} {
		key := fmt.Sprint(of, " ", i)
		if known, there := pairs[key]; there {
			*c = known
			continue
		}
		var err error
		*c, err = w.store.Customers().Add(context.Background(), customers.Record{Name: "N " + key, Numbers: []string{fmt.Sprint("+7800777", i, of)}}, tickets.By{Kind: tickets.ByPerson, ID: "anna"}, key)
		must(w.T, err)
		pairs[key] = *c
	}
	return first, second
}

var pairs = map[string]tickets.Customer{}

var serialOf = map[tickets.Number]uint64{}

func TestWhereverItIsKilledWhatIsAskedAgainIsDoneOnce(t *testing.T) {
	w := keepDates(t)
	queue, err := work.New(work.Options{Pool: w.pool, Kinds: []work.Kind{{Name: "told", Do: func(context.Context, json.RawMessage) error { return nil }}}})
	must(t, err)
	var told sync.Map // lines of histories by ticket and version
	listen := func(s *postgres.Store) *postgres.Store {
		s.OnChange(func(ctx context.Context, tx pgx.Tx, _ []tickets.Fact, history []tickets.Change) error {
			for _, c := range history {
				if err := queue.InTx(ctx, tx, work.Job{Kind: "told", Args: c.Version, Ticket: string(c.Ticket)}); err != nil {
					return err
				}
			}
			return nil
		}, func(history []tickets.Change) {
			for _, c := range history {
				told.Store(fmt.Sprint(c.Ticket, " ", c.Version), true)
			}
		})
		return s
	}
	w.store = listen(w.store)
	pool, breaks := fragilePool(t)
	s := listen(postgres.New(pool))
	serial := uint64(90_000)
	next := func() tickets.Number {
		serial++
		n := tickets.MakeNumber(serial)
		serialOf[n] = serial
		return n
	}
	for _, d := range deeds(w) {
		var undisturbed string
		for step := 0; ; step++ { // 0 is undisturbed
			next()
			n := called(t, w.store, serial)
			spare := next()
			must(t, pool.Ping(t.Context()))
			breaks.after(step)
			err := d.do(s, n, spare)
			broken := breaks.after(-1)
			if step == 0 {
				must(t, err)
			}
			for range 2 { // whoever asked asks again, and once more
				if err := d.do(w.store, n, spare); err != nil {
					t.Fatalf("%s, broken after message %d (%v), asked again: %v", d.name, step, err, err)
				}
			}
			is := story(t, w, n, spare, &told)
			if step == 0 {
				undisturbed = is
			}
			if is != undisturbed {
				t.Fatalf("%s, broken after message %d, became\n%s\nand undisturbed it is\n%s", d.name, step, is, undisturbed)
			}
			if step > 0 && !broken { // it had no more messages
				if step < 4 {
					t.Errorf("%s has %d messages: nothing was tried", d.name, step)
				}
				t.Logf("%s: %d steps", d.name, step-1)
				break
			}
		}
	}
	replays(t, w.store)
}

// story is what has become of two tickets, without what differs from time to time: their histories, with a job for each line, and all that belongs to them.
func story(t *testing.T, w *watched, tickets1, tickets2 tickets.Number, told *sync.Map) string {
	t.Helper()
	var all []string
	for i, n := range []tickets.Number{tickets1, tickets2} {
		history, err := w.store.Changes(t.Context(), n, 0, 1000)
		must(t, err)
		var jobs, entries, parts, contacts, names, clocks, notices, files, changes, merges int
		var linked, numbers string
		must(t, w.pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM work.river_job WHERE kind = 'told' AND args @> jsonb_build_object('ticket', $1::text)),
			(SELECT count(*) FROM ticket_entries WHERE ticket = $1), (SELECT count(*) FROM ticket_parts WHERE ticket = $1), (SELECT count(*) FROM contacts WHERE ticket = $1),
			(SELECT count(*) FROM merged_numbers WHERE ticket = $1), (SELECT count(*) FROM ticket_clocks WHERE ticket = $1), (SELECT count(*) FROM ticket_notices WHERE ticket = $1),
			(SELECT count(*) FROM ticket_files WHERE ticket = $1), (SELECT coalesce(string_agg(linked, ' ' ORDER BY linked), '') FROM contacts WHERE ticket = $1)`,
			n).Scan(&jobs, &entries, &parts, &contacts, &names, &clocks, &notices, &files, &linked))
		must(t, w.pool.QueryRow(t.Context(), `WITH whose AS (SELECT customer_id AS id FROM tickets WHERE number = $1)
			SELECT (SELECT count(*) FROM customer_changes WHERE customer_id = (SELECT id FROM whose)), (SELECT count(*) FROM customer_merges WHERE into_id = (SELECT id FROM whose)),
			(SELECT coalesce(string_agg(left(number, 8), ' ' ORDER BY number), '') FROM customer_numbers WHERE customer_id = (SELECT id FROM whose))`, n).Scan(&changes, &merges, &numbers))
		var kinds []string
		for _, c := range history {
			kinds = append(kinds, c.Kind)
			if _, heard := told.Load(fmt.Sprint(n, " ", c.Version)); !heard {
				t.Errorf("nobody was told of %s of ticket %s", c.Kind, n)
			}
		}
		if jobs != len(history) {
			t.Errorf("%d lines of ticket %s have %d jobs: %v", len(history), n, jobs, kinds)
		}
		all = append(all, fmt.Sprintf("%d: %s; entries %d, parts %d, contacts %d, names %d, clocks %d, notices %d, files %d, linked %s; their customer: changes %d, merges %d, numbers %s",
			i, strings.Join(kinds, ", "), entries, parts, contacts, names, clocks, notices, files, linked, changes, merges, numbers))
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}
