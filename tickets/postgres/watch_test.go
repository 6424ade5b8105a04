package postgres_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/tickets"
	"hotline/tickets/clock"
	"hotline/tickets/due"
	"hotline/tickets/life"
	"hotline/tickets/postgres"
	"hotline/tickets/watch"
	"hotline/tickets/work"
)

// watched is a store whose dates are kept, by terms with two departments, and a clock that tests turn.
type watched struct {
	*testing.T
	store *postgres.Store
	*watch.Watch
	pool  *pgxpool.Pool
	terms due.Terms
	begin time.Time
}

func keepDates(t *testing.T) *watched {
	t.Helper()
	s, pool := fresh(t)
	if _, err := pool.Exec(t.Context(), `DELETE FROM work.river_job; DELETE FROM node_terms`); err != nil {
		t.Fatal(err)
	}
	w := &watched{T: t, store: s, pool: pool, begin: time.Now().Add(-100 * 24 * time.Hour).UTC().Truncate(time.Second)}
	w.terms = due.Terms{
		Terms: tickets.Terms{
			Departments: map[string]tickets.DepartmentTerms{"first_line": {Head: "olga"}, "support": {Head: "ivan"}},
			People: map[string]tickets.PersonTerms{
				"anna": {Departments: []string{"first_line"}}, "olga": {Departments: []string{"first_line"}}, "boris": {Departments: []string{"support"}}, "ivan": {Departments: []string{"support"}},
			},
			Agreements: map[string]tickets.AgreementTerms{"standard": {}, "gold": {}},
			Agreement:  "standard", EscalateAfter: 2 * time.Hour,
		}.OrUsual(),
		Clocks: map[string]*clock.Agreement{"standard": {ID: "standard", Target: clock.Target{Reaction: time.Hour, Resolution: 10 * 24 * time.Hour}}},
	}
	w.Watch = watch.New(watch.Options{Store: s, Node: "a1", Terms: w.terms})
	return w
}

func (w *watched) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// at is a time so many minutes after the beginning.
func (w *watched) at(minutes int) time.Time { return w.begin.Add(time.Duration(minutes) * time.Minute) }

// ticket is one that a call has opened, whose caller gave up; next is when they are to be called back.
func (w *watched) ticket(serial uint64, at, next int) tickets.Number {
	w.Helper()
	n := tickets.MakeNumber(serial)
	f := tickets.Fact{Contact: tickets.ContactID(n), Channel: tickets.Call{}, At: w.at(at), Own: n, Event: tickets.Arrived{From: "+78005550100", Department: "first_line", Next: w.at(next)}}
	end := tickets.Fact{Contact: f.Contact, Channel: f.Channel, At: w.at(at), Own: n, Event: tickets.Ended{Outcome: tickets.AbandonedInQueue, Department: "support", Next: w.at(next)}}
	w.must(w.store.Apply(w.Context(), []tickets.Fact{f, end}))
	return n
}

func (w *watched) do(n tickets.Number, at int, person string, c life.Command) life.Matter {
	w.Helper()
	m, err := w.store.Change(w.Context(), n, life.Needs(c), "", func(f *life.File) (life.Outcome, error) {
		f.Terms = w.terms.Terms
		return life.Do(f, n, c, tickets.By{Kind: tickets.ByPerson, ID: person}, w.at(at))
	})
	w.must(err)
	return m
}

// kinds are the kinds of a ticket's history.
func (w *watched) kinds(n tickets.Number) (all []string) {
	w.Helper()
	history, err := w.store.Changes(w.Context(), n, 0, 1000)
	w.must(err)
	for _, c := range history {
		all = append(all, c.Kind)
	}
	return all
}

func (w *watched) notices(person string, departments ...string) (all []string) {
	w.Helper()
	found, err := w.store.Notices(w.Context(), postgres.NoticesOf{Person: person, Departments: departments, Limit: 100})
	w.must(err)
	for _, n := range slices.Backward(found) {
		all = append(all, string(n.Kind)+" "+string(n.Ticket))
	}
	return all
}

func (w *watched) expect(got []string, want ...string) {
	w.Helper()
	if !slices.Equal(got, want) {
		w.Errorf("there is %q, not %q", got, want)
	}
}

func (w *watched) awake(at int) []tickets.Number {
	w.Helper()
	all, err := w.store.Awake(w.Context(), w.at(at), 100)
	w.must(err)
	return all
}

func TestTicketThatHasChangedIsReckonedOnce(t *testing.T) {
	w := keepDates(t)
	n := w.ticket(81_001, 0, 60)
	w.must(w.Reckon(t.Context(), w.at(1)))
	var kinds, spells []string
	rows := `SELECT kind || ' ' || (due - started)::text || ' ' || coalesce(ended::text, 'runs') FROM ticket_clocks WHERE ticket = $1 ORDER BY kind`
	w.must(w.pool.QueryRow(t.Context(), `SELECT ARRAY (`+rows+`), ARRAY (SELECT party || ' ' || department || ' ' || coalesce(to_at::text, 'lasts') FROM ticket_spells WHERE ticket = $1 ORDER BY n)`, n).Scan(&kinds, &spells))
	w.expect(kinds, "reaction 01:00:00 runs", "resolution 10 days runs")
	w.expect(spells, "department support lasts")
	again := 0
	for range 2 {
		found, err := w.store.Reckon(t.Context(), 10, func(*due.File) { again++ }, nobody(t))
		if w.must(err); found != 0 || again != 0 {
			t.Errorf("%d tickets are reckoned again", found)
		}
	}
	w.do(n, 30, "boris", life.TakeOver{})
	w.must(w.Reckon(t.Context(), w.at(30)))
	w.must(w.pool.QueryRow(t.Context(), `SELECT ARRAY (SELECT party || ' ' || person || ' ' || (coalesce(to_at, $2) - from_at)::text FROM ticket_spells WHERE ticket = $1 ORDER BY n)`, n, w.at(90)).Scan(&spells))
	w.expect(spells, "department  00:30:00", "department boris 01:00:00")
	if all := w.awake(59); len(all) != 0 {
		t.Errorf("it wakes before anything is due: %v", all)
	}
}

func TestTicketsThatAreLateEscalateTheOldestFirst(t *testing.T) {
	w := keepDates(t)
	var late []tickets.Number
	for i, next := range []int{300, 100, 200} {
		late = append(late, w.ticket(uint64(81_010+i), 0, next))
	}
	delete(w.terms.Clocks, "standard")
	w.must(w.Reckon(t.Context(), w.at(1)))
	var order []tickets.Number
	w.must(w.Wake(t.Context(), w.at(1000), func(_ context.Context, all []tickets.Number) error { order = all; return nil }))
	if want := []tickets.Number{late[1], late[2], late[0]}; !slices.Equal(order, want) {
		t.Fatalf("they wake as %v, not %v", order, want)
	}
	for _, n := range order {
		w.must(w.Tend(t.Context(), n, w.at(1000)))
	}
	w.expect(w.notices("ivan"), "escalated "+string(late[1]), "escalated "+string(late[2]), "escalated "+string(late[0]))
	m, err := w.store.Matter(t.Context(), late[0])
	w.must(err)
	if o := m.State.(tickets.Open); o.Owner().Name() != "ivan" || !o.Next().Equal(w.at(300)) || m.Escalated != 1 {
		t.Errorf("it is %+v", m.Ticket)
	}
}

// The jobs are real: they are made once for a ticket, in order, and do what is due, though one is killed after it has done everything.
func TestWhatIsDueIsDoneOnceByAJobThatIsKilledAndTriedAgain(t *testing.T) {
	w := keepDates(t)
	n := w.ticket(81_020, 0, 60)
	w.must(w.Reckon(t.Context(), w.at(1)))
	done := make(chan struct{}, 10)
	tries := 0
	queue, err := work.New(work.Options{Pool: w.pool, Kinds: []work.Kind{{
		Name: "ticket.due", Workers: 1, Backoff: func(int) time.Duration { return time.Millisecond },
		Do: func(ctx context.Context, args json.RawMessage) error {
			var n tickets.Number
			if err := errors.Join(json.Unmarshal(args, &n), w.Tend(ctx, n, w.at(200))); err != nil {
				return err
			}
			if tries++; tries == 1 {
				return errors.New("killed just then")
			}
			done <- struct{}{}
			return nil
		},
	}}})
	w.must(err)
	insert := func(ctx context.Context, all []tickets.Number) error {
		var jobs []work.Job
		for _, n := range all {
			jobs = append(jobs, work.Job{Kind: "ticket.due", Args: n, Unique: string(n), Ticket: string(n)})
		}
		return queue.Insert(ctx, jobs...)
	}
	for range 3 {
		w.must(w.Wake(t.Context(), w.at(200), insert))
	}
	waiting, err := queue.List(t.Context(), work.Filter{Ticket: string(n)})
	if w.must(err); len(waiting) != 1 {
		t.Errorf("there are %d jobs", len(waiting))
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- queue.Run(ctx) }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Error("the job is not tried again")
	}
	stop()
	w.must(<-ended)
	w.expect(w.kinds(n), "call.arrived", "call.ended", "escalate", "escalate") // the clock's, and the date's
	w.expect(w.notices("ivan"), "clock_broken "+string(n), "escalated "+string(n))
}

func TestWhatFailsBeforeItIsKeptIsDoneOnceLater(t *testing.T) {
	w := keepDates(t)
	n := w.ticket(81_030, 0, 60)
	w.must(w.Reckon(t.Context(), w.at(1)))
	fails := true
	w.store.OnChange(func(context.Context, pgx.Tx, []tickets.Fact, []tickets.Change) error {
		if fails {
			return errors.New("the last thing in the transaction")
		}
		return nil
	}, nil)
	if err := w.Tend(t.Context(), n, w.at(200)); err == nil {
		t.Error("it did not fail")
	}
	w.expect(w.kinds(n), "call.arrived", "call.ended")
	w.expect(w.notices("ivan"))
	fails = false
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := w.Tend(t.Context(), n, w.at(200)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.expect(w.kinds(n), "call.arrived", "call.ended", "escalate", "escalate")
	w.must(w.Tend(t.Context(), tickets.MakeNumber(81_039), w.at(200))) // gone: no error
}

// A night in which the machine slept: of what was due many times over each is done once, and the next comes after its pause.
func TestNoStormComesAfterALongSleep(t *testing.T) {
	w := keepDates(t)
	n := w.ticket(81_040, 0, 60)
	w.must(w.Reckon(t.Context(), w.at(1)))
	day := 60 * 24
	for _, at := range []int{30 * day, 30*day + 1, 30*day + 60} {
		w.must(w.Reckon(t.Context(), w.at(at)))
		for _, n := range w.awake(at) {
			w.must(w.Tend(t.Context(), n, w.at(at)))
		}
	}
	w.expect(w.kinds(n), "call.arrived", "call.ended", "escalate", "escalate", "escalate") // two clocks and the date
	if all := w.awake(30*day + 239); len(all) != 0 {
		t.Errorf("it wakes again at once: %v", all)
	}
	if all := w.awake(30*day + 240); len(all) != 1 {
		t.Errorf("four hours later it does not wake: %v", all)
	}
}

func TestWhatANewRuleFindsLongDueIsPutOff(t *testing.T) {
	w := keepDates(t)
	n := w.ticket(81_045, 0, 1_000_000)
	const day = 60 * 24
	w.terms.TellAfter = 0
	w.Watch.Change(w.terms)
	w.must(w.Renew(t.Context()))
	w.must(w.Reckon(t.Context(), w.at(1)))
	for _, n := range w.awake(10 * day) {
		w.must(w.Tend(t.Context(), n, w.at(10*day)))
	}
	w.terms.TellAfter = 3
	w.Watch.Change(w.terms)
	w.must(w.Renew(t.Context()))
	w.must(w.Reckon(t.Context(), w.at(10*day+1)))
	if all := w.awake(10*day + 1); len(all) != 0 {
		t.Errorf("%v are silent for long, and wake at once", all)
	}
	w.must(w.Tend(t.Context(), n, w.at(10*day+1))) // somebody asks all the same
	w.must(w.Tend(t.Context(), n, w.at(17*day+2)))
	if kinds := w.kinds(n); !slices.Contains(kinds, "ask_to_tell") || slices.Index(kinds, "ask_to_tell") != len(kinds)-1 {
		t.Errorf("in a week there is %v", kinds)
	}
}

// Nodes that share a database are told of other terms one after the other. Who is told last goes on by those of before until then, also with tickets that the other has opened.
func TestTicketThatAnotherNodeReckonsByTheTermsOfBeforeIsReckonedAnewWhenItLearnsOfOthers(t *testing.T) {
	w := keepDates(t)
	b := watch.New(watch.Options{Store: w.store, Node: "b1", Terms: w.terms})
	w.must(w.Renew(t.Context()))
	w.must(b.Renew(t.Context()))
	w.terms.Clocks = map[string]*clock.Agreement{"standard": {ID: "standard", Target: clock.Target{Resolution: 24 * time.Hour}}}
	w.Watch.Change(w.terms)
	w.must(w.Renew(t.Context()))
	theirs := w.ticket(81_055, 0, 10_000) // left to whoever comes first
	w.store.ReckonNew(func(f *due.File) { f.Reckon(b.Terms(), w.at(1)) })
	own := w.ticket(81_056, 0, 10_000)
	w.must(b.Reckon(t.Context(), w.at(1)))
	lasts := func(days string) {
		t.Helper()
		w.expect(column(t, w.pool, `SELECT concat_ws(' ', ticket, due - started) FROM ticket_clocks WHERE kind = 'resolution'`), string(theirs)+" "+days, string(own)+" "+days)
	}
	lasts("10 days")
	b = watch.New(watch.Options{Store: w.store, Node: "b1", Terms: w.terms}) // it is started anew
	w.must(b.Renew(t.Context()))
	w.must(b.Reckon(t.Context(), w.at(2)))
	lasts("1 day")
	for _, node := range []*watch.Watch{w.Watch, b} {
		w.must(node.Renew(t.Context()))
	}
	if anew := column(t, w.pool, `SELECT number FROM tickets WHERE reckoned <> version`); len(anew) > 0 {
		t.Errorf("both have the same terms, and %v are to be reckoned once more", anew)
	}
}

func TestWhoLeavesTheConfigurationLeavesTheirTicketsToTheDepartment(t *testing.T) {
	w := keepDates(t)
	theirs, others := w.ticket(81_050, 0, 10_000), w.ticket(81_051, 0, 10_000)
	w.do(theirs, 1, "boris", life.TakeOver{Next: w.at(10_000)})
	w.do(others, 1, "ivan", life.TakeOver{Next: w.at(10_000)})
	for range 2 { // the second time under the same terms
		w.must(w.Renew(t.Context()))
		w.must(w.Reckon(t.Context(), w.at(2)))
	}
	if all := w.awake(3); len(all) != 0 {
		t.Errorf("somebody wakes: %v", all)
	}
	delete(w.terms.People, "boris")
	w.Watch.Change(w.terms)
	w.must(w.Renew(t.Context()))
	w.must(w.Reckon(t.Context(), w.at(3)))
	if all := w.awake(3); !slices.Equal(all, []tickets.Number{theirs}) {
		t.Fatalf("%v wake", all)
	}
	w.must(w.Tend(t.Context(), theirs, w.at(3)))
	m, err := w.store.Matter(t.Context(), theirs)
	if w.must(err); m.State.(tickets.Open).Owner() != tickets.Owner(tickets.Department("support")) {
		t.Errorf("it is %+v", m.State)
	}
	history, err := w.store.Changes(t.Context(), theirs, 3, 10)
	if w.must(err); len(history) != 1 || history[0].Kind != "give_to_heir" || history[0].By != due.Rule("heir") || history[0].Patch["owner"] != [2]string{"boris", "support"} {
		t.Errorf("its history says %+v", history)
	}
	w.expect(w.notices("", "support"), "inherited "+string(theirs))
	w.expect(w.notices("boris"))
}

// nobody is told of a ticket that cannot be reckoned.
func nobody(t *testing.T) func(tickets.Number, error) {
	return func(n tickets.Number, err error) {
		t.Helper()
		t.Errorf("ticket %s cannot be reckoned: %v", n, err)
	}
}

func TestTicketThatCannotBeReckonedHoldsUpNoOther(t *testing.T) {
	w := keepDates(t)
	var all []tickets.Number
	for i := range uint64(4) {
		all = append(all, w.ticket(81_060+i, 0, 60))
	}
	spoilt, illegible := all[1], all[2]
	_, err := w.pool.Exec(t.Context(), `
		INSERT INTO ticket_clocks (ticket, n, kind, cycle, allowed, used, started, broken, clock) VALUES ($1, 1, 'reaction', 1, '1 h', '0', now(), false, '{"kind": 7}')`, illegible)
	w.must(err)
	var told []tickets.Number
	n, err := w.store.Reckon(t.Context(), 10, func(f *due.File) {
		f.Reckon(w.terms, w.at(1))
		if f.Number == spoilt {
			f.Clocks[0].Kind = "no such kind"
		}
	}, func(n tickets.Number, err error) { told = append(told, n) })
	if w.must(err); n != 4 || !slices.Equal(told, []tickets.Number{spoilt, illegible}) {
		t.Errorf("%d are reckoned, and told of are %v", n, told)
	}
	var left, clocks int
	w.must(w.pool.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE reckoned <> version), (SELECT count(*) FROM ticket_clocks WHERE ticket = ANY ($1)) FROM tickets`,
		[]tickets.Number{all[0], all[3]}).Scan(&left, &clocks))
	if awake, err := w.store.Awake(t.Context(), time.Now().Add(time.Minute), 10); err != nil || left != 0 || clocks == 0 || len(awake) < 2 {
		t.Errorf("%d are left, the others have %d clocks, %v wake: %v", left, clocks, awake, err)
	}
	w.must(w.Tend(t.Context(), spoilt, w.at(1))) // its job does it again
	if err := w.Tend(t.Context(), illegible, w.at(1)); err == nil {
		t.Error("the job of an illegible ticket is done")
	}
}

func TestNoticesAreSeenByWhomTheyAreFor(t *testing.T) {
	w := keepDates(t)
	n := w.ticket(81_070, 0, 60)
	_, err := w.pool.Exec(t.Context(), `INSERT INTO ticket_notices (ticket, kind, person, department, at)
		SELECT $1, 'assigned', CASE WHEN i % 2 = 0 THEN 'anna' ELSE '' END, CASE WHEN i % 2 = 0 THEN '' ELSE 'support' END, now() FROM generate_series(1, 10) i`, n)
	w.must(err)
	of := postgres.NoticesOf{Person: "boris", Departments: []string{"support"}, Unseen: true, Limit: 3}
	first, err := w.store.Notices(t.Context(), of)
	w.must(err)
	of.Before = first[2].ID
	rest, err := w.store.Notices(t.Context(), of)
	if w.must(err); len(first) != 3 || len(rest) != 2 || first[2].ID <= rest[0].ID || first[0].Department != "support" {
		t.Fatalf("%+v, then %+v", first, rest)
	}
	hers, err := w.store.Notices(t.Context(), postgres.NoticesOf{Person: "anna", Limit: 10})
	w.must(err)
	ids := []int64{first[0].ID, first[1].ID, hers[0].ID}
	if seen, err := w.store.SeeNotices(t.Context(), "boris", of.Departments, ids); err != nil || seen != 2 {
		t.Errorf("%d seen, %v: anna's are not for boris", seen, err)
	}
	if seen, err := w.store.SeeNotices(t.Context(), "", nil, ids); err != nil || seen != 0 {
		t.Errorf("nobody has seen %d, %v", seen, err)
	}
	of.Before, of.Limit, of.Since = 0, 10, rest[1].ID
	if left, err := w.store.Notices(t.Context(), of); err != nil || len(left) != 2 {
		t.Errorf("%d are left, %v", len(left), err)
	}
	if gone, err := w.store.ForgetNotices(t.Context(), time.Now().Add(time.Hour)); err != nil || gone != 10 {
		t.Errorf("%d are forgotten, %v", gone, err)
	}
}

// Whatever calls and people do, in any order: what the database holds of whose time it was adds up to the ticket's age.
func TestKeptSpellsAddUpToTheAgeOfTheTicket(t *testing.T) {
	w := keepDates(t)
	for seed := range uint64(12) {
		dice := rand.New(rand.NewPCG(seed, 5))
		n := w.ticket(82_000+seed, 0, 60)
		at := 0
		for i := range 25 {
			at += dice.IntN(900)
			person := []string{"anna", "boris", "ivan"}[dice.IntN(3)]
			c := []life.Command{
				life.TakeOver{}, life.HandOver{Department: "first_line"}, life.Wait{For: tickets.ForCustomer, Until: w.at(at + 500)}, life.Wait{For: tickets.ForVendor, Until: w.at(at + 50)},
				life.Resume{}, life.SolveIt{Answer: "done"}, life.ReopenIt{Reason: "no"}, life.ConfirmIt{},
			}[dice.IntN(8)]
			switch dice.IntN(4) {
			case 0:
				w.must(w.store.Apply(t.Context(), []tickets.Fact{{Contact: tickets.ContactID(n), Channel: tickets.Call{}, N: int64(i), At: w.at(at), Own: n,
					Event: tickets.WrappedUp{Agent: tickets.Agent{ID: person}, Disposition: tickets.HandedOver, Department: "support", Next: w.at(at + 700)}}}))
			case 1:
				w.must(w.Tend(t.Context(), n, w.at(at)))
			default:
				_, err := w.store.Change(t.Context(), n, nil, "", func(f *life.File) (life.Outcome, error) {
					return life.Do(f, n, c, tickets.By{Kind: tickets.ByPerson, ID: person}, w.at(at))
				})
				var field *life.FieldError
				if err != nil && !errors.Is(err, tickets.ErrTransition) && !errors.As(err, &field) {
					t.Fatal(err)
				}
			}
			if dice.IntN(3) == 0 {
				w.must(w.Reckon(t.Context(), w.at(at)))
			}
		}
		w.must(w.Reckon(t.Context(), w.at(at)))
		var spells, open time.Duration
		w.must(w.pool.QueryRow(t.Context(), `
			WITH phases AS (
				SELECT at, lead(at, 1, $2) OVER (ORDER BY version) AS until,
					(SELECT c.patch->'phase'->>1 FROM ticket_changes c WHERE c.ticket = h.ticket AND c.version <= h.version AND c.patch ? 'phase' ORDER BY c.version DESC LIMIT 1) AS phase
				FROM ticket_changes h WHERE ticket = $1)
			SELECT (SELECT sum(coalesce(to_at, $2) - from_at) FROM ticket_spells WHERE ticket = $1), (SELECT sum(until - at) FROM phases WHERE phase <> 'closed')`,
			n, w.at(at)).Scan(&spells, &open))
		if spells != open || spells == 0 {
			t.Errorf("seed %d: the spells add up to %s, and it was open for %s", seed, spells, open)
		}
	}
}

// Reckoning is cheap beside the calls: this says what a ticket costs, with the database. Of that some 160 µs are Hotline's own (26 of them
// tickets/due), in pieces of 100; a piece is three round trips to read, whatever its size, and one to save some seven rows a ticket.
func BenchmarkReckon(b *testing.B) {
	s, pool := fresh(b)
	const most = 500
	var numbers []tickets.Number
	var facts []tickets.Fact
	for i := range uint64(most) {
		n := tickets.MakeNumber(83_000 + i)
		numbers = append(numbers, n)
		at := time.Now().Add(-time.Hour)
		for k, e := range []tickets.Event{
			tickets.Arrived{From: fmt.Sprintf("+7800%07d", i), Department: "first_line", Next: at.Add(time.Hour)},
			tickets.Routed{Topic: "fault", Department: "support", Ticket: n, Linked: tickets.LinkedNew, Next: at.Add(time.Hour)},
			tickets.Answered{Agent: tickets.Agent{ID: "anna"}, Next: at.Add(24 * time.Hour)},
			tickets.WrappedUp{Agent: tickets.Agent{ID: "anna"}, Disposition: tickets.HandedOver, Department: "support", Next: at.Add(24 * time.Hour)},
		} {
			facts = append(facts, tickets.Fact{Contact: tickets.ContactID(n), Channel: tickets.Call{}, N: int64(k / 2), At: at.Add(time.Duration(k) * time.Minute), Own: n, Event: e})
		}
	}
	if err := s.Apply(b.Context(), facts); err != nil {
		b.Fatal(err)
	}
	terms := due.Terms{
		Terms:            tickets.Terms{Agreement: "standard", Agreements: map[string]tickets.AgreementTerms{"standard": {}}, People: map[string]tickets.PersonTerms{"anna": {}}}.OrUsual(),
		Clocks:           map[string]*clock.Agreement{"standard": {ID: "standard", Target: clock.Target{Reaction: time.Hour, Resolution: 80 * time.Hour}}},
		DepartmentClocks: map[string]clock.DepartmentAgreement{"support": {Within: 8 * time.Hour}},
	}
	for _, piece := range []int{4, 16, 100} {
		b.Run(fmt.Sprintf("%d at once", piece), func(b *testing.B) {
			reckoned := 0
			for b.Loop() {
				b.StopTimer()
				if _, err := pool.Exec(b.Context(), `UPDATE tickets SET reckoned = 0 WHERE number = ANY ($1)`, numbers[:piece]); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				n, err := s.Reckon(b.Context(), piece, func(f *due.File) { f.Reckon(terms, time.Now()) }, func(tickets.Number, error) {})
				if err != nil || n != piece {
					b.Fatal(n, err)
				}
				reckoned += n
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(reckoned), "µs/ticket")
		})
	}
}

func TestContractThatWasInForceWhenATicketWasOpenedSaysWhatWasPromised(t *testing.T) {
	w := keepDates(t)
	w.terms.Clocks["gold"] = &clock.Agreement{ID: "gold", Target: clock.Target{Resolution: 24 * time.Hour}}
	n := w.ticket(81_080, 0, 60)
	for _, x := range []struct{ ends, want string }{
		{"NULL", "gold"}, {"(SELECT opened_at::date FROM tickets WHERE number = '" + string(n) + "')", "gold"},
		{"(SELECT opened_at::date - 1 FROM tickets WHERE number = '" + string(n) + "')", "standard"},
	} {
		_, err := w.pool.Exec(t.Context(), `DELETE FROM customer_contracts; INSERT INTO customer_contracts (number, customer_id, agreement, ends_on)
			SELECT 'K-1', customer_id, 'gold', `+x.ends+` FROM tickets WHERE number = '`+string(n)+`'; UPDATE tickets SET reckoned = -1`)
		w.must(err)
		w.must(w.Reckon(t.Context(), w.at(1)))
		var agreement string
		w.must(w.pool.QueryRow(t.Context(), `SELECT agreement FROM ticket_clocks WHERE ticket = $1 AND kind = 'resolution'`, n).Scan(&agreement))
		if agreement != x.want {
			t.Errorf("a contract that ends on %s: %s", x.ends, agreement)
		}
	}
}

// Who calls about work that goes on is answered, though the call changes nothing of the ticket.
func TestTalkAboutATicketThatADepartmentHasIsItsReaction(t *testing.T) {
	w := keepDates(t)
	n := w.ticket(81_094, 0, 24*60)
	w.do(n, 1, "anna", life.HandOver{Department: "support", Next: w.at(24 * 60)})
	before := len(w.kinds(n))
	f := tickets.Fact{Contact: "again", Channel: tickets.Call{}, At: w.at(30), Own: tickets.MakeNumber(81_095), Event: tickets.Arrived{From: "+78005550100", Department: "first_line", Next: w.at(60)}}
	routed, answered := f, f
	routed.N, routed.Event = 1, tickets.Routed{Department: "support", Ticket: n, Linked: tickets.LinkedTyped, Next: w.at(60)}
	answered.N, answered.At, answered.Event = 2, w.at(31), tickets.Answered{Agent: tickets.Agent{ID: "boris"}, Next: w.at(60)}
	w.must(w.store.Apply(t.Context(), []tickets.Fact{f, routed, answered}))
	w.must(w.Tend(t.Context(), n, w.at(90)))
	var ended time.Time
	w.must(w.pool.QueryRow(t.Context(), `SELECT coalesce(ended, 'epoch') FROM ticket_clocks WHERE ticket = $1 AND kind = 'reaction' AND NOT broken`, n).Scan(&ended))
	if !ended.Equal(w.at(31)) || slices.Contains(w.kinds(n)[before:], "escalate") {
		t.Errorf("it ended at %s: %v", ended, w.kinds(n)[before:])
	}
}

// Whoever talks says that the call is about the older ticket: the call's own goes on in it.
func TestTalkThatAnAgentLinksToATicketIsItsReaction(t *testing.T) {
	w := keepDates(t)
	n, own := w.ticket(81_096, 0, 24*60), tickets.MakeNumber(81_097)
	w.do(n, 1, "anna", life.HandOver{Department: "support", Next: w.at(24 * 60)})
	f := tickets.Fact{Contact: "again", Channel: tickets.Call{}, At: w.at(30), Own: own, Event: tickets.Arrived{From: "+78005550100", Department: "first_line", Next: w.at(60)}}
	answered := f
	answered.N, answered.At, answered.Event = 1, w.at(31), tickets.Answered{Agent: tickets.Agent{ID: "boris"}, Next: w.at(60)}
	w.must(w.store.Apply(t.Context(), []tickets.Fact{f, answered}))
	merge := life.Merge{Into: n, Force: true, Talk: true}
	_, err := w.store.Change(t.Context(), own, life.Needs(merge), "", func(f *life.File) (life.Outcome, error) {
		f.Terms = w.terms.Terms
		out, err := life.Do(f, own, merge, tickets.By{Kind: tickets.ByPerson, ID: "boris"}, w.at(32))
		out.Linked = "again"
		return out, err
	})
	w.must(err)
	w.must(w.Tend(t.Context(), n, w.at(90)))
	var ended time.Time
	w.must(w.pool.QueryRow(t.Context(), `SELECT coalesce(ended, 'epoch') FROM ticket_clocks WHERE ticket = $1 AND kind = 'reaction'`, n).Scan(&ended))
	if !ended.Equal(w.at(31)) {
		t.Errorf("it ended at %s, not at %s", ended, w.at(31))
	}
}

// A merge moves the customer's date to no later day, and is no solution of anything.
func TestTicketThatGoesOnInAnotherIsDueThereWhenItWasDue(t *testing.T) {
	const day = 24 * 60
	w := keepDates(t)
	first, second, third := w.ticket(81_091, 0, 60), w.ticket(81_092, 8*day, 9*day), w.ticket(81_093, 9*day, 10*day)
	resolution := func(n tickets.Number, want string) {
		t.Helper()
		w.must(w.Reckon(t.Context(), w.at(9*day+60)))
		var got string
		w.must(w.pool.QueryRow(t.Context(), `SELECT coalesce(string_agg(((extract(epoch FROM started - $2) / 86400)::int || ' to ' || (extract(epoch FROM due - $2) / 86400)::int)
			|| CASE WHEN ended IS NULL THEN '' ELSE ' ended' END, ', '), 'none') FROM ticket_clocks WHERE ticket = $1 AND kind = 'resolution'`, n, w.begin).Scan(&got))
		if got != want {
			t.Errorf("of %s there is a resolution from day %s, not %s", n, got, want)
		}
	}
	w.do(first, 9*day+10, "anna", life.Merge{Into: second, Force: true})
	resolution(first, "none")
	resolution(second, "0 to 10")
	w.do(second, 9*day+20, "anna", life.Merge{Into: third, Force: true})
	resolution(second, "none")
	resolution(third, "0 to 10")
	w.do(second, 9*day+30, "anna", life.Unmerge{})
	resolution(second, "0 to 10")
	resolution(third, "9 to 19")
	w.do(first, 9*day+40, "anna", life.Unmerge{})
	resolution(first, "0 to 10")
	resolution(second, "8 to 18")
	w.do(first, 9*day+50, "anna", life.ConfirmIt{})
	resolution(first, "0 to 10 ended")
}

// Data to begin with is kept in time like what came by calls.
func TestSeededTicketHasAHistoryAndIsReckoned(t *testing.T) {
	w := keepDates(t)
	w.must(w.store.SeedCustomers(t.Context(), []tickets.Seed{{Customer: tickets.Customer{Name: "Ольга"}, Open: []tickets.SeedTicket{{
		Subject: "no light", Owner: tickets.Department("support"), Next: w.at(60), OpenedAt: w.at(0), ActivityAt: w.at(0),
	}}}}))
	w.must(w.Reckon(t.Context(), w.at(1)))
	all := w.awake(180)
	if len(all) != 1 {
		t.Fatalf("%v wake", all)
	}
	w.must(w.Tend(t.Context(), all[0], w.at(180)))
	w.expect(w.kinds(all[0]), "opened", "escalate", "escalate")
}

func TestNoticesAreToldOnceTheyAreWritten(t *testing.T) {
	w := keepDates(t)
	var told []tickets.Notice
	w.store.OnNotice(func(all []tickets.Notice) { told = append(told, all...) })
	n := called(t, w.store, 81_090)
	w.must(order(t, w.store, n, life.HandOver{Department: "support"}))
	w.must(w.Reckon(t.Context(), time.Now()))
	w.must(order(t, w.store, n, life.AddPart{Department: "first_line", What: "x", Due: time.Now().Add(time.Hour)}))
	w.must(order(t, w.store, n, life.ReturnPart{N: 1, Why: "not ours"}))
	w.must(w.Tend(t.Context(), n, time.Now().Add(time.Second)))
	w.must(order(t, w.store, n, life.AddPart{Department: "first_line", What: "y", Due: time.Now().Add(time.Hour)}))
	w.must(order(t, w.store, n, life.AnswerPart{N: 2, Answer: "yes"}))
	w.must(w.Reckon(t.Context(), time.Now()))
	rows, err := w.store.Notices(t.Context(), postgres.NoticesOf{Person: "ivan", Departments: []string{"support", "first_line"}, Limit: 10})
	w.must(err)
	slices.Reverse(rows)
	same := slices.EqualFunc(told, rows, func(a, b tickets.Notice) bool {
		return a.ID == b.ID && a.Kind == b.Kind && a.Person == b.Person && a.Department == b.Department
	})
	last := func(back int) tickets.Notice { return told[len(told)-back] }
	if !same || told[0].Kind != tickets.NoticeAssigned || last(2).Kind != tickets.NoticeReturned || last(2).Department != "support" ||
		last(1).Kind != tickets.NoticeAnswered || last(1).About != "part.2" || last(1).Department != "support" {
		t.Errorf("told are %+v, and written are %+v", told, rows)
	}
}
