package main

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/agentapi/desk"
	"hotline/agentapi/stream"
	"hotline/cmd/hotline/config"
	"hotline/ivr"
	"hotline/queues"
	"hotline/queues/acd"
	"hotline/telephony"
	"hotline/telephony/asterisk"
	"hotline/tickets"
	ticketstore "hotline/tickets/postgres"
)

// pocketHouse are pockets with a router and desks, of a Hotline of before that has left this file.
func pocketHouse(t *testing.T, kept string) *pockets { return pocketHouseAt(t, kept, nil) }

// pocketHouseAt is one that takes up what was before until started.
func pocketHouseAt(t *testing.T, kept string, started <-chan struct{}) *pockets {
	s := &service{config: config.Config{Spool: t.TempDir(), People: []config.Person{
		{ID: "anna", Role: "agent", Phone: "11", Extension: "101", Pocket: &config.Pocket{PIN: config.SecretOf("246813")}}, {ID: "boris", Role: "agent", Phone: "12", Extension: "102", Pocket: &config.Pocket{PIN: config.SecretOf("135792")}},
	}}, sw: asterisk.New(asterisk.Options{}), log: slog.New(slog.DiscardHandler)}
	if err := os.WriteFile(s.config.Spool+"/pocket.json", []byte(kept), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := newPockets(s)
	if err != nil {
		t.Fatal(err)
	}
	router, err := acd.New(acd.Options{Config: queues.Config{Epoch: "1-"}, Log: s.log})
	if err != nil {
		t.Fatal(err)
	}
	s.pockets, s.acd = p, router
	s.desks = desk.New(desk.Options{
		Hub: stream.NewHub(stream.HubOptions{}), Router: router, Present: desk.NewPresent(s.config.Lineup()), Log: s.log, ByPhone: p.Works, SignedOut: p.left, Started: started, Contacts: noCalls{},
	})
	router.Observe(s.desks)
	ctx, stop := context.WithCancel(t.Context())
	go func() { _ = router.Run(ctx) }()
	t.Cleanup(stop)
	return p
}

// noCalls is a database in which nobody has called.
type noCalls struct{ desk.Contacts }

func (noCalls) RecentOf(context.Context, string, int) ([]tickets.AgentCall, error) { return nil, nil }

func (p *pockets) all() []queues.AgentID {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.phones))
}

// TestRestartLeavesAloneWhoHasSignedInMeanwhile: of those who worked by phone before it none does any more who is not back, has not signed in since, and is signed out.
func TestRestartLeavesAloneWhoHasSignedInMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pocketHouse(t, `{"anna":"number:+79160000111","boris":"number:+79160000112","clara":"number:+79160000113"}`)
		for _, id := range []queues.AgentID{"boris", "dora", "emma"} {
			if id != "boris" { // and he by his page
				if err := p.keep(id, "number:+79160000114"); err != nil {
					t.Fatal(err)
				}
			}
			if id != "emma" { // whose sign-in is on its way to the router
				p.desks.Tell(queues.AgentSignedIn{Agent: queues.Agent{ID: id}})
			}
		}
		p.only([]queues.AgentID{"clara"})
		if all, want := p.all(), []queues.AgentID{"boris", "clara", "dora", "emma"}; !slices.Equal(all, want) {
			t.Errorf("by phone work %s, not %s", all, want)
		}
	})
}

// TestWhoSignsInAgainAtOnceWorksByPhone: what follows the end of a shift does not end the next one.
func TestWhoSignsInAgainAtOnceWorksByPhone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pocketHouse(t, "")
		signsIn := func() {
			if err := p.keep("anna", "number:+79160000111"); err != nil {
				t.Fatal(err)
			}
			p.desks.Tell(queues.AgentSignedIn{Agent: queues.Agent{ID: "anna"}})
		}
		signsIn()
		p.writing.Lock() // the disk takes its time
		p.desks.Tell(queues.AgentSignedOut{Agent: "anna"})
		if !p.Works("anna") {
			t.Error("she has left before it is written")
		}
		err := p.write("anna", "number:+79160000112") // the next sign-in has come before what follows the end
		p.writing.Unlock()
		synctest.Wait()
		if err != nil || p.phone("anna") != "number:+79160000112" {
			t.Errorf("she has left the shift that she has begun: %v", err)
		}
		signsIn()
		p.desks.Tell(queues.AgentSignedOut{Agent: "anna"})
		synctest.Wait()
		if p.Works("anna") {
			t.Error("she works by phone after her shift")
		}
	})
}

// TestShiftThatEndsWhileItsAgentSignsInAgainTakesNoPhoneAway: as after the talk in which she had signed out.
func TestShiftThatEndsWhileItsAgentSignsInAgainTakesNoPhoneAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := make(chan struct{})
		p := pocketHouseAt(t, `{"anna":"number:+79160000111"}`, started)
		p.desks.Tell(queues.AgentSignedIn{Agent: queues.Agent{ID: "anna"}})
		go func() {
			if in, err := p.begins(t.Context(), "anna", "number:+79160000112"); !in || err != nil {
				t.Errorf("in is %t: %v", in, err)
			}
		}()
		synctest.Wait()
		p.desks.Tell(queues.AgentSignedOut{Agent: "anna"})
		synctest.Wait()
		if phone := p.phone("anna"); phone != "number:+79160000112" {
			t.Errorf("while she signs in anna works by %q", phone)
		}
		close(started)
		synctest.Wait()
		if is := p.desks.Availability("anna"); is != queues.Ready || !p.Works("anna") {
			t.Errorf("anna is %s, and works by %q", is, p.phone("anna"))
		}
		p.desks.Tell(queues.AgentSignedOut{Agent: "anna"})
		synctest.Wait()
		if p.Works("anna") {
			t.Error("she works by phone after her shift")
		}
	})
}

// TestColleaguesPhoneLocksNobodyElsewhere: who guesses at a phone of the house is locked there, for that agent also where the owner of the phone has signed in between.
func TestColleaguesPhoneLocksNobodyElsewhere(t *testing.T) {
	p := pocketHouse(t, "")
	p.people.Store(&p.config.People)
	pool, err := pgxpool.New(t.Context(), "postgres://127.0.0.1:1/nobody") // the audit waits for none
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	p.tickets = ticketstore.New(pool)
	signs := func(from, number, pin string, locked bool) {
		t.Helper()
		a := telephony.Arrival{From: telephony.Number{Raw: from}, To: telephony.Number{Raw: insidePhone}}
		if _, err := p.SignIn(t.Context(), a, number, pin); errors.Is(err, ivr.ErrPocketLocked) != locked || pin == "246813" && !locked && err != nil {
			t.Errorf("at %s with %s it is answered %v", from, number, err)
		}
	}
	for range wrongPINsMost - 1 {
		signs("12", "101", "1", false)
	}
	signs("12", "102", "135792", false) // the phone is boris'
	signs("12", "101", "1", true)
	signs("12", "102", "135792", false)
	signs("12", "101", "246813", true)
	signs("11", "101", "246813", false) // at her own
	signs("11", "101", "246813", false)
	for range wrongPINsMost - 1 {
		signs("11", "101", "1", false)
	}
	signs("11", "101", "1", true)
	signs("13", "101", "246813", true) // whoever calls
}

// TestDamagedFileOfWhoWorksByPhoneIsSetAside: Hotline starts, and nobody does.
func TestDamagedFileOfWhoWorksByPhoneIsSetAside(t *testing.T) {
	for _, kept := range []string{`{"anna":"number:+79160000111","bo`, `{"anna":"number:+79160000111","boris":1}`, "null"} {
		synctest.Test(t, func(t *testing.T) {
			p := pocketHouse(t, kept)
			if all := p.all(); len(all) > 0 {
				t.Errorf("%s: by phone work %s", kept, all)
			}
			if aside, err := os.ReadFile(p.config.Spool + "/pocket.json.damaged"); kept != "null" && (err != nil || string(aside) != kept) {
				t.Errorf("%s: set aside is %q, %v", kept, aside, err)
			}
			if err := p.keep("anna", "number:+79160000111"); err != nil || !p.Works("anna") {
				t.Errorf("%s: nobody can work by phone: %v", kept, err)
			}
		})
	}
}
