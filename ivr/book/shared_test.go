package book

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr/callback"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
	"hotline/tickets/memory"
)

// server is one of those who serve a node by turns.
type server struct {
	t     *testing.T
	dir   string
	store *memory.Store
	away  []tickets.Fact // what the database has yet to be told
	cut   bool           // from the database
	full  bool           // its spool
}

func (s *server) TellCallback(c tickets.Callback, own tickets.Number) error {
	if s.full {
		return errors.New("the spool takes nothing")
	}
	s.away = append(s.away, c.Fact(own))
	_ = s.CaughtUp(s.t.Context())
	return nil
}

func (s *server) CaughtUp(ctx context.Context) error {
	if s.cut {
		return errors.New("the database is away")
	}
	if len(s.away) > 0 {
		err := s.store.Apply(ctx, s.away)
		if errors.Is(err, memory.ErrAway) {
			return err
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	s.away = nil
	return nil
}

// serves begins to serve in an epoch. alone says that it did so before, and nobody since.
func (s *server) serves(epoch int64, alone bool) *Shared {
	b, err := Open(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	return Share(Options{Book: b, Node: "north", Epoch: func() int64 { return epoch }, Alone: alone, Facts: s, Rows: s.store, Log: slog.New(slog.DiscardHandler)})
}

// promise keeps one of the calls of the test.
func promise(t *testing.T, s *Shared, call string) {
	entry, err := json.Marshal(callback.Callback{
		Request: queues.Request{ID: queues.RequestID(call), Arrived: time.Now()}, From: telephony.NumberOf("+78005550101", ""), Ticket: tickets.Kept{Own: ownTicket(call)},
	})
	if err == nil {
		err = s.Keep(call, entry)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func ownTicket(call string) tickets.Number { return tickets.MakeNumber(uint64(20_000 + int(call[0]))) }

func finds(t *testing.T, what string, s *Shared, want ...string) {
	t.Helper()
	names, entries, err := s.Entries()
	if err != nil || !slices.Equal(names, want) {
		t.Errorf("%s finds %q, %v; want %q", what, names, err, want)
	}
	for i, text := range entries {
		var b callback.Callback
		if err := json.Unmarshal(text, &b); err != nil || string(b.Request.ID) != names[i] || b.Ticket.Own != ownTicket(names[i]) {
			t.Errorf("%s finds of %s %s, %v", what, names[i], text, err)
		}
	}
}

func strike(t *testing.T, s *Shared, call string) {
	t.Helper()
	if err := s.Strike(call); err != nil {
		t.Fatal(err)
	}
}

func TestEachCallbackIsFoundByWhoeverServesNextAndByNobodyOnceItIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore()
		first, second := &server{t: t, dir: filepath.Join(t.TempDir(), "1"), store: store}, &server{t: t, dir: filepath.Join(t.TempDir(), "2"), store: store}

		one := first.serves(1, true)
		finds(t, "the first at its start", one)
		for _, call := range []string{"a", "b", "c", "d"} {
			promise(t, one, call)
		}
		strike(t, one, "a")
		first.cut = true
		promise(t, one, "e")
		strike(t, one, "d")
		promise(t, one, "c") // after a try in vain

		two := second.serves(2, false) // the first is dead
		finds(t, "the second", two, "b", "c", "d")
		strike(t, two, "b")
		promise(t, two, "f")

		first.cut = false // it is back, and waits
		if _, _, err := Tell(one.o.Book, "north", first.TellCallback); err != nil {
			t.Fatal(err)
		}
		soon, cancel := context.WithTimeout(t.Context(), time.Minute)
		names, _, over, err := two.Later(soon)
		cancel()
		if err != nil || !slices.Equal(names, []string{"e"}) || !slices.Equal(over, []string{"d"}) {
			t.Errorf("late the second finds %q, and that %q are over, %v", names, over, err)
		}
		strike(t, two, "c")
		soon, cancel = context.WithTimeout(t.Context(), time.Minute)
		if names, _, _, err := two.Later(soon); err == nil {
			t.Errorf("then it finds %q", names)
		}
		cancel()

		finds(t, "the second after a restart", second.serves(3, true), "e", "f")
		finds(t, "the first, which serves again", first.serves(4, false), "e", "f")
		finds(t, "the first after a restart", first.serves(5, true), "e", "f")
		finds(t, "a third", (&server{t: t, dir: t.TempDir(), store: store}).serves(6, false), "e", "f")
	})
}

// What is on a disk after which another has served is not for this one to make until the database says what became of it.
func TestADiskThatAnotherHasServedAfterWaitsForTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := &server{t: t, dir: t.TempDir(), store: memory.NewStore()}
		one := first.serves(1, true)
		promise(t, one, "a")
		promise(t, one, "b")
		over := tickets.Callback{Call: "a", Node: "north", Epoch: 2, N: time.Now().UnixMicro()}
		if err := first.store.Apply(t.Context(), []tickets.Fact{over.Fact("")}); err != nil {
			t.Fatal(err)
		}
		first.store.SetAway(true)
		again := first.serves(3, false)
		finds(t, "without the database it", again)
		first.store.SetAway(false)
		if names, _, _, err := again.Later(t.Context()); err != nil || !slices.Equal(names, []string{"b"}) {
			t.Errorf("with it, it finds %q, %v", names, err)
		}
	})
}

func TestAnEntryOfAVersionThatKeptItOnDiskAloneComesToTheDatabase(t *testing.T) {
	first := &server{t: t, dir: t.TempDir(), store: memory.NewStore()}
	entry, err := json.Marshal(callback.Callback{Request: queues.Request{ID: "a", Arrived: time.Now()}, Ticket: tickets.Kept{Own: ownTicket("a")}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Open(first.dir)
	if err == nil {
		err = errors.Join(b.Keep("a", entry), b.Keep("unreadable", []byte("{}")))
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, _, err := Tell(b, "north", first.TellCallback); err != nil {
			t.Fatal(err)
		}
	}
	finds(t, "another", (&server{t: t, dir: t.TempDir(), store: first.store}).serves(2, false), "a")
}

// One that was made in an outage is over, though the database has yet to be told so when Hotline is started anew.
func TestACallbackMadeInAnOutageIsNotMadeAgainAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		only := &server{t: t, dir: t.TempDir(), store: memory.NewStore()}
		one := only.serves(1, true)
		promise(t, one, "a")
		only.cut = true
		strike(t, one, "a")
		two := only.serves(2, true)
		finds(t, "after the restart it", two)
		for _, cut := range []bool{true, false} {
			only.cut = cut
			soon, cancel := context.WithTimeout(t.Context(), time.Minute)
			if names, _, _, err := two.Later(soon); err == nil {
				t.Errorf("cut off (%v) from the database it finds %q", cut, names)
			}
			cancel()
		}
	})
}

// What the spool does not take is told when it does: else whoever serves next calls somebody who was called, and nobody whom only this server knows.
func TestWhatTheSpoolDoesNotTakeIsToldLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := &server{t: t, dir: t.TempDir(), store: memory.NewStore()}
		one := first.serves(1, true)
		promise(t, one, "a")
		first.full = true
		promise(t, one, "b")
		strike(t, one, "a")
		first.full = false
		soon, cancel := context.WithTimeout(t.Context(), time.Minute)
		if names, _, over, err := one.Later(soon); err == nil {
			t.Errorf("it finds %q, and that %q are over", names, over)
		}
		cancel()
		finds(t, "another", (&server{t: t, dir: t.TempDir(), store: first.store}).serves(2, false), "b")
	})
}

// A server whose clock was set back, and which begins again in an epoch that was its own, is believed as before.
func TestAClockThatIsSetBackLosesNoEnd(t *testing.T) {
	first := &server{dir: t.TempDir(), store: memory.NewStore()}
	synctest.Test(t, func(t *testing.T) {
		first.t = t
		time.Sleep(time.Hour)
		promise(t, first.serves(1, true), "a")
	})
	synctest.Test(t, func(t *testing.T) { // begins an hour before
		first.t = t
		one := first.serves(1, true)
		finds(t, "it", one, "a")
		strike(t, one, "a")
		finds(t, "another", (&server{t: t, dir: t.TempDir(), store: first.store}).serves(2, false))
	})
}
