package register_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/register"
	"hotline/agentapi/stream"
	"hotline/tickets"
	"hotline/tickets/life"
)

// board is a Hub that keeps what is told, and a store of one reading.
type board struct {
	told    [][]stream.TicketEvent
	read    int
	anew    int // so often pages were told to read anew
	away    int // so often it cannot be read
	matters map[tickets.Number]*life.Matter
	agents  map[tickets.Number][]string
}

func (b *board) Tickets(events ...stream.TicketEvent) { b.told = append(b.told, events) }
func (b *board) TicketsMissed() bool                  { return false }
func (b *board) TicketsAnew()                         { b.anew++ }

func (b *board) MattersOf(_ context.Context, numbers []tickets.Number) (map[tickets.Number]*life.Matter, error) {
	b.read++
	if b.away > 0 {
		b.away--
		return nil, errors.New("the database is away")
	}
	return b.matters, nil
}

func (b *board) AgentsOf(context.Context, []tickets.Number) (map[tickets.Number][]string, error) {
	return b.agents, nil
}

var (
	anna  = gate.Account{Person: "anna", Role: gate.RoleAgent}
	boris = gate.Account{Person: "boris", Role: gate.RoleDepartment} // of billing
	clara = gate.Account{Person: "clara", Role: gate.RoleDepartment} // of quality
	david = gate.Account{Person: "david", Role: gate.RoleAgent}      // took its call
	vera  = gate.Account{Login: "vera", Role: gate.RoleSupervisor}
)

// hears are those of the accounts above for whom an event is.
func hears(e stream.TicketEvent) (who []string) {
	for _, a := range []gate.Account{anna, boris, clara, david, vera} {
		if e.For(a) {
			who = append(who, a.Person+a.Login)
		}
	}
	return who
}

func TestFeedTellsOnceWhoMaySeeTheTicketAndWhoHadIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := tickets.MakeNumber(30001)
		open, err := tickets.KeepOpen(tickets.Person("boris"), time.Now().Add(time.Hour), tickets.FollowUp)
		if err != nil {
			t.Fatal(err)
		}
		m := &life.Matter{Ticket: tickets.Ticket{Number: n, State: open, Department: "billing", Version: 4, Subject: "Счёт"}}
		b := &board{matters: map[tickets.Number]*life.Matter{n: m}, agents: map[tickets.Number][]string{n: {"david"}}}
		people := map[string]tickets.PersonTerms{"anna": {}, "boris": {Departments: []string{"billing"}}, "clara": {Departments: []string{"quality"}}}
		f := &register.Feed{Hub: b, Store: b, Terms: func() tickets.Terms { return tickets.Terms{People: people} }, Log: slog.New(slog.DiscardHandler)}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- f.Run(ctx) }()
		by := tickets.By{Kind: tickets.ByPerson, ID: "anna", Name: "Анна"}
		f.Changed([]tickets.Change{{Ticket: n, Version: 3, By: by, Kind: "note"}})
		f.Changed([]tickets.Change{{Ticket: n, Version: 4, By: by, Kind: "hand_over", Patch: tickets.Patch{"owner": {"anna", "boris"}, "department": {"", "billing"}}}})
		time.Sleep(time.Second) // of the test's own clock
		synctest.Wait()
		if len(b.told) != 1 || b.read != 1 || len(b.told[0]) != 1 {
			t.Fatalf("told %d times, read %d times: %+v", len(b.told), b.read, b.told)
		}
		changed := b.told[0][0]
		if news := changed.Data.(agentapi.TicketNews); changed.Type != "ticket.changed" || news.Version != 4 || news.Kind != "hand_over" || news.Owner != "boris" || news.By.Name != "Анна" {
			t.Errorf("told %+v", changed)
		}
		if !slices.Contains(changed.Departments, "billing") || slices.Contains(changed.Departments, "quality") {
			t.Errorf("the change concerns %q", changed.Departments)
		}
		if who := hears(changed); !slices.Equal(who, []string{"anna", "boris", "david", "vera"}) { // anna had it
			t.Errorf("the change is told to %v", who)
		}

		// Who is to review a complaint hears of it; and what cannot be read while the database is away is told when it is back, as one event.
		m.Reviews = []life.Review{{N: 1, Department: "quality", About: "anna", State: life.ReviewOpen}}
		b.away = 2
		f.Changed([]tickets.Change{{Ticket: n, Version: 5, By: by, Kind: "hand_over", Patch: tickets.Patch{"owner": {"anna", "boris"}}}})
		time.Sleep(time.Second)
		f.Changed([]tickets.Change{{Ticket: n, Version: 6, By: by, Kind: "complain"}})
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if len(b.told) != 2 || b.read != 4 || len(b.told[1]) != 1 {
			t.Fatalf("told %d times, read %d times: %+v", len(b.told), b.read, b.told)
		}
		if who, news := hears(b.told[1][0]), b.told[1][0].Data.(agentapi.TicketNews); !slices.Equal(who, []string{"anna", "boris", "clara", "david", "vera"}) || news.Kind != "complain" {
			t.Errorf("%s is told to %v", news.Kind, who)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestPagesReadAnewWhereMoreTicketsHaveChangedThanTheyAreToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &board{matters: map[tickets.Number]*life.Matter{}, away: 1}
		f := &register.Feed{Hub: b, Store: b, Terms: func() tickets.Terms { return tickets.Terms{} }, Log: slog.New(slog.DiscardHandler)}
		open, err := tickets.KeepOpen(tickets.Person("boris"), time.Now().Add(time.Hour), tickets.FollowUp)
		if err != nil {
			t.Fatal(err)
		}
		change := func(first, many uint64) {
			for i := first; i < first+many; i++ {
				n := tickets.MakeNumber(i)
				b.matters[n] = &life.Matter{Ticket: tickets.Ticket{Number: n, State: open}}
				f.Changed([]tickets.Change{{Ticket: n, Version: 1, Kind: "note"}})
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- f.Run(ctx) }()
		change(30_000, 1500)
		time.Sleep(500 * time.Millisecond) // it could not be read
		change(31_500, 1501)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if b.anew != 1 || len(b.told) != 0 {
			t.Errorf("of more tickets than it notes pages were told %d times, and to read anew %d times", len(b.told), b.anew)
		}
		change(40_000, 1)
		time.Sleep(time.Second)
		synctest.Wait()
		if b.anew != 1 || len(b.told) != 1 || len(b.told[0]) != 1 {
			t.Errorf("of one ticket thereafter pages were told %+v, and to read anew %d times", b.told, b.anew)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestNoticesAreToldToThoseForWhomTheyWereWritten(t *testing.T) {
	b := &board{}
	people := map[string]tickets.PersonTerms{"boris": {Departments: []string{"billing"}}, "clara": {Departments: []string{"quality"}}}
	f := &register.Feed{Hub: b, Store: b, Terms: func() tickets.Terms { return tickets.Terms{People: people} }, Log: slog.New(slog.DiscardHandler)}
	n := tickets.MakeNumber(30002)
	f.Noticed([]tickets.Notice{{ID: 7, Ticket: n, Kind: tickets.NoticeAssigned, Person: "anna"}, {ID: 8, Ticket: n, Kind: tickets.NoticeReview, Department: "quality", About: "review.1"}})
	if len(b.told) != 1 || len(b.told[0]) != 2 {
		t.Fatalf("told %+v", b.told)
	}
	for i, want := range []string{"anna", "clara"} {
		e := b.told[0][i]
		if notice := e.Data.(agentapi.TicketNotice); e.Type != "ticket.notice" || notice.ID != int64(7+i) || notice.Number != n || !slices.Equal(hears(e), []string{want}) || e.Departments[0] != notice.Department {
			t.Errorf("%+v is told to %v", notice, hears(e))
		}
	}
}
