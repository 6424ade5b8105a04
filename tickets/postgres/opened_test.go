package postgres_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"hotline/tickets"
	"hotline/tickets/clock"
	"hotline/tickets/customers"
	"hotline/tickets/due"
)

// reckonedAs is all that is kept of the reckoning of tickets, in words.
const reckonedAs = `
	SELECT concat_ws(' ', number, version, reckoned, wake_at, told) FROM tickets
	UNION ALL SELECT concat_ws(' ', ticket, n, clock) FROM ticket_clocks
	UNION ALL SELECT concat_ws(' ', ticket, n, party, department, person, from_at, to_at) FROM ticket_spells
	UNION ALL SELECT concat_ws(' ', ticket, kind, person, department, about, due, at) FROM ticket_notices`

func TestTicketOfACallIsReckonedAsItIsWritten(t *testing.T) {
	w := keepDates(t)
	w.terms.Clocks["gold"] = &clock.Agreement{ID: "gold", Target: clock.Target{Resolution: 24 * time.Hour}}
	known(t, w.store, customers.Record{Name: "Anna", Numbers: []string{"+78005550107"}, Contracts: []customers.Contract{{Number: "K-1", Agreement: "gold"}}})
	if _, err := w.pool.Exec(t.Context(), `DELETE FROM ticket_notices`); err != nil {
		t.Fatal(err)
	}
	boris := tickets.Agent{ID: "boris", Name: "Boris"}
	var facts []tickets.Fact
	for i, events := range [][]tickets.Event{
		{},
		{tickets.Routed{Topic: "fault", Department: "support", Linked: tickets.LinkedNew, Next: w.at(60)}, tickets.Queued{Queue: "support", Department: "support"}, tickets.Offered{Agent: boris}},
		{tickets.Queued{Queue: "support", Department: "support"}, tickets.Answered{Agent: boris, Next: w.at(100)}},
		{tickets.Answered{Agent: boris}, tickets.Ended{Outcome: tickets.Served}, tickets.WrappedUp{Agent: boris, Disposition: tickets.HandedOver, Department: "support", Next: w.at(600)}},
		{tickets.Answered{Agent: boris}, tickets.Ended{Outcome: tickets.Served}, tickets.WrappedUp{Agent: boris, Disposition: tickets.Resolved, Closes: true}},
		{tickets.Ended{Outcome: tickets.AbandonedInQueue, Department: "support", Next: w.at(60)}},
		{tickets.Ended{Outcome: tickets.Informed}},
	} {
		n, from := tickets.MakeNumber(82_000+uint64(i)), []string{"+78005550107", "", "+78005550109"}[i%3]
		for k, e := range append([]tickets.Event{tickets.Arrived{From: from, Department: "first_line", Next: w.at(60)}}, events...) {
			if r, is := e.(tickets.Routed); is {
				r.Ticket = n
				e = r
			}
			f := tickets.Fact{Contact: tickets.ContactID(n), Channel: tickets.Call{}, At: w.at(0).Add(time.Duration(k) * 1_234_567_891), Own: n, Event: e} // nanoseconds, too
			if k := e.Kind(); k != "call.arrived" && k != "call.ended" {
				f.N = f.At.UnixMicro()
			}
			facts = append(facts, f)
		}
	}
	w.store.ReckonNew(func(f *due.File) { f.Reckon(w.terms, w.at(1)) })
	w.must(w.store.Apply(t.Context(), facts))
	written := column(t, w.pool, reckonedAs)
	if later := column(t, w.pool, `SELECT number FROM tickets WHERE version <> reckoned`); len(later) > 0 {
		t.Errorf("%v are to be reckoned yet", later)
	}
	_, err := w.pool.Exec(t.Context(), `UPDATE tickets SET reckoned = 0, wake_at = NULL, told = '{}'; DELETE FROM ticket_clocks; DELETE FROM ticket_spells; DELETE FROM ticket_notices`)
	w.must(err)
	w.must(w.Reckon(t.Context(), w.at(1)))
	w.expect(written, column(t, w.pool, reckonedAs)...)
	if golden := column(t, w.pool, `SELECT ticket FROM ticket_clocks WHERE agreement = 'gold'`); len(golden) == 0 || len(written) < 20 {
		t.Errorf("%v have a contract, and kept is %q", golden, written)
	}
}

func TestTicketThatCannotBeReckonedAsItIsWrittenIsWrittenAllTheSame(t *testing.T) {
	w := keepDates(t)
	w.store.ReckonNew(func(f *due.File) {
		f.Reckon(w.terms, w.at(1))
		f.Spells[0].Party = "nobody"
	})
	n := w.ticket(82_020, 0, 60)
	if later := column(t, w.pool, `SELECT number FROM tickets WHERE version <> reckoned`); !slices.Equal(later, []string{string(n)}) {
		t.Errorf("to be reckoned are %v", later)
	}
}

// Somebody is merged while a ticket is opened for them: by whose contracts it is reckoned is asked after that, be the merge about to end or to begin.
func TestTicketOfSomebodyWhoIsBeingMergedIsReckonedByTheContractsOfTheSurvivor(t *testing.T) {
	for moment, meets := range map[string]func(w *watched, merge func() error, open func()){
		"the merge comes to its end as the ticket is opened": func(w *watched, merge func() error, open func()) {
			before := w.ticket(82_040, 0, 60)
			holds, err := w.pool.Begin(w.Context()) // the merge is to move this ticket last
			w.must(err)
			_, err = holds.Exec(w.Context(), `SELECT FROM tickets WHERE number = $1 FOR UPDATE`, before)
			w.must(err)
			merged, opened := make(chan error, 1), make(chan struct{})
			go func() { merged <- merge() }()
			locksAwaited(w.T, w.pool, 1)
			go func() { defer close(opened); open() }()
			locksAwaited(w.T, w.pool, 2)
			w.must(holds.Rollback(w.Context()))
			w.must(<-merged)
			<-opened
		},
		"the merge begins once it is reckoned": func(w *watched, merge func() error, open func()) {
			merged, begin := make(chan error, 1), sync.Once{}
			w.store.ReckonNew(func(f *due.File) {
				f.Reckon(w.terms, w.at(1))
				begin.Do(func() {
					go func() { merged <- merge() }()
					for locksAwaitedNow(w.T, w.pool) == 0 && len(merged) == 0 {
						runtime.Gosched()
					}
				})
			})
			open()
			w.must(<-merged)
		},
	} {
		t.Run(moment, func(t *testing.T) {
			w := keepDates(t)
			w.terms.Clocks["gold"] = &clock.Agreement{ID: "gold", Target: clock.Target{Resolution: 24 * time.Hour}}
			w.Change(w.terms)
			from := known(t, w.store, customers.Record{Name: "Anna", Numbers: []string{"+78005550100"}})
			to := known(t, w.store, customers.Record{Name: "Anna Ivanova", Contracts: []customers.Contract{{Number: "K-1", Agreement: "gold"}}})
			w.store.ReckonNew(func(f *due.File) { f.Reckon(w.terms, w.at(1)) })
			var n tickets.Number
			meets(w, func() error {
				_, err := w.store.Customers().Merge(context.Background(), from.ID, from.Version, to.ID, anna)
				return err
			}, func() { n = w.ticket(82_041, 0, 60) })
			w.must(w.Reckon(t.Context(), w.at(1)))
			w.expect(column(t, w.pool, `SELECT concat_ws(' ', t.number, t.customer_id, k.agreement) FROM tickets t LEFT JOIN ticket_clocks k ON k.ticket = t.number WHERE t.number = '`+string(n)+`'`),
				string(n)+" "+string(to.ID)+" gold")
		})
	}
}

// A reload in the very moment in which a call's ticket is reckoned by the terms of before finds it as it finds all others.
func TestTicketThatIsBeingWrittenIsReckonedByOtherTerms(t *testing.T) {
	w := keepDates(t)
	anew := make(chan error, 1)
	w.store.ReckonNew(func(f *due.File) {
		f.Reckon(w.terms, w.at(1))
		go func() { anew <- w.store.ReckonAnew(t.Context(), "a1", "others") }()
		for !w.store.OtherTermsWait() && len(anew) == 0 {
			runtime.Gosched()
		}
	})
	n := w.ticket(82_030, 0, 60)
	w.must(<-anew)
	if again := column(t, w.pool, `SELECT number FROM tickets WHERE reckoned < 0`); !slices.Equal(again, []string{string(n)}) {
		t.Errorf("to be reckoned anew are %v", again)
	}
}
