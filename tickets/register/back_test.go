package register_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/tickets"
	"hotline/tickets/memory"
	"hotline/tickets/register"
)

// onePiece is all that is kept beside a store.
type onePiece [][]byte

func (p onePiece) Keep([][]byte)                     {}
func (p onePiece) Kept() ([]string, error)           { return []string{"piece"}, nil }
func (p onePiece) ReadKept(string) ([][]byte, error) { return p, nil }

// runs lets a register work until over.
func runs(t *testing.T, r *register.Register) (over func()) {
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = r.Run(ctx)
	}()
	return func() { stop(); <-ended }
}

// TestItIsSaidThatFactsWaitForTheStoreFromTheStartOn: it is asked first what it has, and all facts wait for that.
func TestItIsSaidThatFactsWaitForTheStoreFromTheStartOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := tickets.Fact{Contact: "c1", Channel: tickets.Call{}, At: time.Now(), Own: tickets.MakeNumber(1), Event: tickets.Arrived{From: annas.E164}}
		b, err := f.Encode()
		if err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		store, spool := memory.NewStore(), memory.NewSpool()
		store.SetAway(true)
		r, err := register.New(register.Options{
			Store: store, Spool: spool, Shelf: spool, Past: onePiece{b}, Log: slog.New(slog.NewTextHandler(&said, nil)), Node: "north",
		})
		if err != nil {
			t.Fatal(err)
		}
		defer runs(t, r)()
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := strings.Count(said.String(), "the store is away"); n != 1 {
			t.Errorf("it is said %d times: %s", n, &said)
		}
		store.SetAway(false)
		time.Sleep(time.Minute)
		synctest.Wait()
		if !strings.Contains(said.String(), "the store is back") || len(store.Contacts()) != 1 {
			t.Errorf("%d contacts are brought back: %s", len(store.Contacts()), &said)
		}
	})
}

// TestWhatTheStoreHasDeletedByItsRuleIsNotBroughtBack: a server that was a standby for long has beside the store what that does not lack.
func TestWhatTheStoreHasDeletedByItsRuleIsNotBroughtBack(t *testing.T) {
	for after, want := range map[time.Duration]int{0: 1, 30 * 24 * time.Hour: 0, 32 * 24 * time.Hour: 1} {
		synctest.Test(t, func(t *testing.T) {
			f := tickets.Fact{Contact: "c1", Channel: tickets.Call{}, At: time.Now().AddDate(0, 0, -31), Own: tickets.MakeNumber(1), Event: tickets.Arrived{From: annas.E164}}
			b, err := f.Encode()
			if err != nil {
				t.Fatal(err)
			}
			store, spool := memory.NewStore(), memory.NewSpool()
			r, err := register.New(register.Options{Store: store, Spool: spool, Shelf: spool, Past: onePiece{b}, Forgets: after, Log: slog.New(slog.DiscardHandler), Node: "north"})
			if err != nil {
				t.Fatal(err)
			}
			defer runs(t, r)()
			if err := r.CaughtUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := len(store.Contacts()); n != want {
				t.Errorf("of a fact of a month ago %d contacts are brought back, where the store deletes after %s", n, after)
			}
		})
	}
}
