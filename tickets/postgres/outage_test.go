package postgres_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline/telephony"
	"hotline/tickets"
	"hotline/tickets/postgres"
	"hotline/tickets/register"
	"hotline/tickets/spool"
)

// office is a register over the real database and a real spool.
type office struct {
	*register.Register
	spool *spool.Spool
	store *postgres.Store
	close func()
}

func openOffice(url, dir string) (*office, error) {
	pool, err := postgres.Connect(url)
	if err != nil {
		return nil, err
	}
	sp, err := spool.Open(spool.Options{Dir: dir, Keep: time.Hour, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		pool.Close()
		return nil, err
	}
	store := postgres.New(pool)
	r, err := register.New(register.Options{Store: store, Spool: sp, Shelf: sp, Past: sp, Log: slog.New(slog.DiscardHandler), Reserve: 2000})
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = r.Run(ctx)
	}()
	return &office{r, sp, store, func() {
		stop()
		<-ended
		_ = sp.Close()
		pool.Close()
	}}, nil
}

func mustOpenOffice(t *testing.T, dir string) *office {
	t.Helper()
	o, err := openOffice(cluster.URL(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.close)
	return o
}

// live takes a call through its whole life, in eight facts. It gives the ticket, and the longest time that one step took.
func live(o *office, i int, patience time.Duration) (*tickets.Case, time.Duration) {
	var slowest time.Duration
	step := func(do func()) {
		began := time.Now()
		do()
		slowest = max(slowest, time.Since(began))
		<-time.After(patience)
	}
	agent := tickets.Agent{ID: fmt.Sprint("agent-", i%7)}
	from := telephony.Number{E164: fmt.Sprintf("+7900%07d", i), Kind: telephony.Full}
	id := telephony.CallID(fmt.Sprintf("call-%05d", i))
	var c *tickets.Case
	step(func() { c = o.Arrive(telephony.Arrival{ID: id, From: from, Name: "Ann", At: time.Now()}) })
	c.Caller(context.Background()) // 150 ms at most, by itself
	step(func() { c.SetTopic("billing") })
	step(func() { c.Queued(time.Now(), tickets.Queue{ID: "billing"}) })
	step(func() { c.Offered(time.Now(), agent) })
	step(func() { c.OfferEnded(time.Now(), agent, "missed") })
	step(func() { c.Offered(time.Now(), agent) })
	step(func() { c.Answered(time.Now(), agent) })
	step(func() { c.Ended(time.Now(), tickets.Served) })
	step(func() {
		if err := o.WrapUp(tickets.WrapUp{Call: id, Agent: agent, Disposition: tickets.Resolved}); err != nil {
			panic(err)
		}
	})
	return c, slowest
}

func TestDatabaseStoppedUnderLoadDelaysNobodyAndLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds")
	}
	_, _ = fresh(t)
	o := mustOpenOffice(t, t.TempDir())
	const perSecond, seconds = 20, 8
	noise := wakesLate(t)
	var (
		mu      sync.Mutex // guards what is below
		given   = map[telephony.CallID]tickets.Number{}
		slowest time.Duration
		calls   sync.WaitGroup
	)
	ticks := time.NewTicker(time.Second / perSecond)
	defer ticks.Stop()
	for i := range perSecond * seconds {
		<-ticks.C
		switch i {
		case perSecond * 2:
			if err := cluster.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
		case perSecond * 6:
			if err := cluster.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		calls.Go(func() {
			c, took := live(o, i, 100*time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			given[c.Call()], slowest = c.Number(), max(slowest, took)
		})
	}
	calls.Wait()
	late := noise()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := o.Flush(ctx); err != nil {
		t.Fatalf("facts are stuck: %v, %+v", err, o.Stats())
	}
	rows, err := o.store.Rows(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for call, number := range given {
		if c := rows.Contacts[tickets.OfCall(call)]; c.Ticket != number || c.Disposition != tickets.Resolved || c.Offers != 2 {
			t.Errorf("call %s was given ticket %s; the database has %+v", call, number, c)
		}
	}
	counts, err := o.store.Counts(ctx)
	if err != nil || counts.Calls != perSecond*seconds || counts.Tickets != counts.Calls || counts.Unended != 0 {
		t.Errorf("counts %+v, %v", counts, err)
	}
	// SetTopic may wait for the identification, 150 ms from the arrival; no other step waits for more than the disk's 20 ms. The rest is
	// the machine's noise: twice, because a step waits for its goroutine and for another's.
	if slowest > 500*time.Millisecond+2*late {
		t.Errorf("a call waited %s, on a machine that wakes who sleeps %s late", slowest, late)
	}
	t.Logf("slowest step %s, machine late by %s, register %+v, spool %+v", slowest, late, o.Stats(), o.spool.Stats())
}

// wakesLate measures how late this machine wakes who sleeps, until the function that it returns is called.
func wakesLate(t *testing.T) (worst func() time.Duration) {
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	found := make(chan time.Duration, 1)
	go func() {
		var late time.Duration
		for ctx.Err() == nil {
			const nap = 5 * time.Millisecond
			began := time.Now()
			<-time.After(nap)
			late = max(late, time.Since(began)-nap)
		}
		found <- late
	}()
	return func() time.Duration { stop(); return <-found }
}

// childDir makes the test binary a Hotline of its own, to be killed; with childEnds one that starts anew, and ends what was left without an end.
const (
	childDir  = "HOTLINE_TEST_SPOOL"
	childEnds = "HOTLINE_TEST_ENDS"
)

func child(dir string) {
	o, err := openOffice(os.Getenv("HOTLINE_TEST_DATABASE"), dir)
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	if os.Getenv(childEnds) != "" {
		_, err := o.EndGone(context.Background(), time.Now(), func(ctx context.Context, before time.Time, node string) ([]tickets.Unended, error) {
			return o.store.Unended(ctx, before, node, 24*time.Hour)
		})
		fmt.Println("ended", err)
		select {} // to be killed
	}
	var calls sync.WaitGroup
	var out sync.Mutex
	for g := range 4 {
		calls.Go(func() {
			for i := g; ; i += 4 {
				c, _ := live(o, i, 0)
				out.Lock()
				fmt.Println(c.Call(), c.Number())
				out.Unlock()
			}
		})
	}
	calls.Wait()
}

func TestKilledHotlineLosesNoTicketAndRepeatsNoNumber(t *testing.T) {
	_, _ = fresh(t)
	dir := t.TempDir()
	given := map[string]string{} // call by number
	calls := 0
	for range 3 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+dir, "HOTLINE_TEST_DATABASE="+cluster.URL())
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(stdout)
		for seen := 0; seen < 60 && lines.Scan(); seen++ {
			call, number, _ := strings.Cut(lines.Text(), " ")
			if call == "error" {
				t.Fatal(number)
			}
			if other, ok := given[number]; ok && other != call {
				t.Fatalf("number %s was given to call %s and to call %s", number, other, call)
			}
			given[number] = call
			calls++
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
	}
	o := mustOpenOffice(t, dir)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	c := o.Arrive(telephony.Arrival{ID: "call-after", At: time.Now()})
	if other, ok := given[string(c.Number())]; ok {
		t.Errorf("number %s was given to call %s before the kill", c.Number(), other)
	}
	if err := o.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if s := o.Stats(); s.SetAside != 0 {
		t.Errorf("%+v", s)
	}
	for number, call := range given {
		h, err := o.store.History(ctx, tickets.Number(number))
		if err != nil {
			t.Errorf("call %s: %v", call, err)
			continue
		}
		found := false
		for _, c := range h.Contacts {
			found = found || string(c.ID) == call
		}
		if !found {
			t.Errorf("ticket %s of call %s has no contact of it", number, call)
		}
	}
	t.Logf("%d calls, %d numbers", calls, len(given))
}

// Hotline is killed with thousands of facts that the database has not got, and killed again while it carries them over.
func TestCallsThatEndedInAGapGetAnEndThoughTheBacklogIsLarge(t *testing.T) {
	store, _ := fresh(t)
	dir := t.TempDir()
	const calls = 3000
	sp, err := spool.Open(spool.Options{Dir: dir, Log: slog.New(slog.DiscardHandler), Patience: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-time.Hour)
	for i := range calls {
		for _, e := range []tickets.Event{tickets.Arrived{From: fmt.Sprintf("+7900%07d", i)}, tickets.Queued{Queue: "billing"}} {
			f := tickets.Fact{Contact: tickets.ContactID(fmt.Sprint("gone-", i)), Channel: tickets.Call{}, At: at, Own: tickets.MakeNumber(uint64(80_000 + i)), Event: e}
			b, err := f.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := sp.Append(b, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := sp.Close(); err != nil {
		t.Fatal(err)
	}
	for try := 1; ; try++ {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+dir, childEnds+"=1", "HOTLINE_TEST_DATABASE="+cluster.URL())
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		said := make(chan string, 1)
		go func() {
			lines := bufio.NewScanner(stdout)
			lines.Scan()
			said <- lines.Text()
		}()
		if try < 3 { // killed in the middle
			awaitCount(t, store, func(c tickets.Counts) bool { return c.Calls >= try*300 })
		} else if line := <-said; line != "ended <nil>" {
			t.Errorf("the last start said %q", line)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if try == 3 {
			break
		}
	}
	o := mustOpenOffice(t, dir)
	if err := o.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c, err := o.store.Counts(t.Context()); err != nil || c.Calls != calls || c.Unended != 0 {
		t.Errorf("%d calls, %d without an end, %v", c.Calls, c.Unended, err)
	}
}

// awaitCount waits until the store's counts are as wanted.
func awaitCount(t *testing.T, s *postgres.Store, is func(tickets.Counts) bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; {
		c, err := s.Counts(t.Context())
		if err == nil && is(c) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still %+v, %v", c, err)
		}
		<-time.After(5 * time.Millisecond)
	}
}
