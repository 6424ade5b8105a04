package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"hotline/deploy/private"
	"hotline/telephony"
	"hotline/tickets"
	"hotline/tickets/postgres"
	"hotline/tickets/register"
	"hotline/tickets/spool"
)

// A database is dumped, calls come and are given numbers, and the dump is restored into an empty cluster, which knows nothing of them. The numbers are not given again, the
// calls are brought back from the disk, and what another number had made impossible is applied by a retry.
func TestNumbersAreNotGivenAgainByADatabaseFromAnOldDump(t *testing.T) {
	_, _ = fresh(t)
	dir, dump := t.TempDir(), filepath.Join(t.TempDir(), "dump")
	run := func(name string, args ...string) {
		t.Helper()
		if said, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, said)
		}
	}
	given := map[tickets.Number]telephony.CallID{}
	calls := func(url string, from, to int) {
		t.Helper()
		o, err := openOffice(url, dir)
		if err != nil {
			t.Fatal(err)
		}
		defer o.close()
		enough := func() bool { return o.Stats().Numbers > 100 }
		for i := from; i < to; i++ {
			for !enough() { // else they are made from the clock
				select {
				case <-time.After(time.Millisecond):
				case <-t.Context().Done():
					t.Fatal("no numbers are reserved")
				}
			}
			a := telephony.Arrival{ID: telephony.CallID(fmt.Sprintf("of-dump-%05d", i)), At: time.Now()}
			c := o.Arrive(a)
			if other, twice := given[c.Number()]; twice {
				t.Fatalf("call %s is given the number of %s", a.ID, other)
			}
			given[c.Number()] = a.ID
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := o.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		if n := o.Stats().SetAside; n > 0 {
			t.Errorf("%d facts are set aside", n)
		}
	}
	calls(cluster.URL(), 0, 10)
	run("pg_dump", "--format=custom", "--file="+dump, cluster.URL())
	calls(cluster.URL(), 10, 4000) // of two blocks more
	other, err := private.StartPostgres(t.Context(), t.TempDir()+"/postgres")
	if err != nil {
		t.Skip("no PostgreSQL: ", err)
	}
	t.Cleanup(func() { _ = other.Stop(context.Background()) })
	run("pg_restore", "--no-owner", "--dbname="+other.URL(), dump)
	calls(other.URL(), 4000, 8000)

	pool, err := postgres.Connect(other.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	s := postgres.New(pool)
	var there, ofOthers int
	for n, call := range given {
		ticket, _, err := s.TicketOf(t.Context(), tickets.OfCall(call))
		switch {
		case err == nil && ticket.Number == n:
			there++
		case err == nil:
			ofOthers++
		case !errors.Is(err, tickets.ErrNoTicket):
			t.Fatal(err)
		}
	}
	if there != len(given) || ofOthers > 0 {
		t.Errorf("of %d calls %d are there with their numbers, %d with others", len(given), there, ofOthers)
	}
	var taken tickets.Number
	for n, call := range given {
		if call == "of-dump-07000" {
			taken = n
		}
	}
	o, err := openOffice(other.URL(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer o.close()
	late := o.Resume(telephony.Arrival{ID: "of-dump-late", At: time.Now()}, tickets.Kept{Own: taken})
	late.Ended(time.Now(), tickets.AbandonedInMenu)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := o.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	aside, err := spool.ReadAside(dir)
	if err != nil || len(aside) == 0 || len(aside) != int(o.Stats().SetAside) {
		t.Fatalf("set aside are %d facts, %v", len(aside), err)
	}
	found, err := spool.Look(dir)
	if err != nil {
		t.Fatal(err)
	}
	applied, left, err := spool.RetryAside(dir, func(fact []byte) error { return register.Retry(ctx, s, fact, found.Beyond) })
	if err != nil || applied != len(aside) || left != 0 {
		t.Errorf("%d facts are taken and %d are not, %v", applied, left, err)
	}
	if after, err := spool.ReadAside(dir); err != nil || len(after) != 0 {
		t.Errorf("%d facts are still set aside, %v", len(after), err)
	}
	ticket, _, err := s.TicketOf(ctx, "of-dump-late")
	if _, twice := given[ticket.Number]; err != nil || twice {
		t.Errorf("the call has the number %s, %v", ticket.Number, err)
	}
}
