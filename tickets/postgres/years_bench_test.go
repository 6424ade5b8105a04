package postgres_test

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hotline/deploy/private"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/customers"
	"hotline/tickets/due"
	"hotline/tickets/lists"
	"hotline/tickets/postgres"
)

var (
	ticketsFlag = flag.Int("tickets", 5_000_000, "BenchmarkTickets: in the largest register")
	blockFlag   = flag.Duration("block", 5*time.Second, "BenchmarkTickets: how long each register works in turn")
	dataFlag    = flag.String("data", "", "BenchmarkTickets: a folder in which the registers stay for the next run; empty: none stay")
)

const (
	callsASecond = 20
	blocks       = 6 // of each side of a comparison
)

// turn is for how many blocks a register works: those in which a crowd of callers fills its caches, those in which whoever is measured does, and those that count.
type turn struct{ crowd, warm, counted int }

// The largest has more to fill, and its 99th percentiles are of what is rare.
var turnOfLargest, turnOfOthers = turn{12, 6, 24}, turn{2, 3, 9}

// limits are what is promised of the 99th percentile of each kind of work.
var limits = map[string]time.Duration{
	"identify": 2 * time.Millisecond, "open": 5 * time.Millisecond, "link": 5 * time.Millisecond, "view": 20 * time.Millisecond,
	"list": 50 * time.Millisecond, "counts": 50 * time.Millisecond, "search": 50 * time.Millisecond, "ticket": 50 * time.Millisecond,
}

// BenchmarkTickets prints the line of make bench-tickets, and fails where it is below what is promised. It works once, whatever the number of iterations asked for.
func BenchmarkTickets(b *testing.B) {
	var all []*years
	server := yearsServer(b)
	for _, n := range sizes(*ticketsFlag) {
		all = append(all, openYears(b, server, n))
	}
	// One after the other, each with warm caches: a server has one register, which is what its memory is full of. Several that worked in turn would push each other out of it, and
	// the largest alone would be measured as it is after a restart.
	largest := all[len(all)-1]
	for _, y := range all {
		turn := turnOfOthers
		if y == largest {
			turn = turnOfLargest
		}
		y.crowd(b, time.Duration(turn.crowd)**blockFlag)
		for range turn.warm {
			y.work(b, *blockFlag)
		}
		y.forget()
		for range turn.counted {
			y.work(b, *blockFlag)
		}
	}
	var line strings.Builder
	fmt.Fprintf(&line, "bench-tickets tickets=%d contacts=%d customers=%d calls_s=%d", largest.n, largest.contacts, largest.customers, callsASecond)
	floor := percentile(largest.took["nothing"], wall, 0.99)
	by, judged := wall, "wall"
	if floor > limits["identify"]/4 {
		b.Logf("the machine needs %.2f ms (p99) to answer SELECT 1: its cores are taken, and what is promised is held against the CPU time of each answer", ms(floor))
		by, judged = cpu, "cpu"
	}
	fmt.Fprintf(&line, " judged=%s", judged)
	for _, kind := range kindsOfWork {
		took := largest.took[kind]
		fmt.Fprintf(&line, " %s_p99_ms=%.2f %s_p99_cpu_ms=%.2f", kind, ms(percentile(took, wall, 0.99)), kind, ms(percentile(took, cpu, 0.99)))
		largest.tell(b, kind)
		if limit := limits[kind]; limit > 0 && percentile(took, by, 0.99) > limit {
			b.Errorf("%s: p99 is %.2f ms, and %v is promised", kind, ms(percentile(took, by, 0.99)), limit)
			largest.slowest(b, kind)
		}
	}
	if len(all) > 2 {
		exponent := growthOf(b, all)
		fmt.Fprintf(&line, " growth_exponent=%.3f", exponent)
		if exponent > 0.1 {
			b.Errorf("time grows with the tickets to the power of %.3f, and 0.1 is promised", exponent)
		}
	}
	for _, what := range []string{"open", "link"} {
		control, ratio, rate := largest.againstPgbench(b, what, *blockFlag)
		fmt.Fprintf(&line, " %s_s=%.0f %s_of_pgbench=%.2f", what, rate, what, ratio)
		if control < 0.95 || control > 1.05 {
			b.Errorf("void: pgbench beside itself makes %.2f, so that a ratio says nothing here", control)
		} else if ratio < 0.8 {
			b.Errorf("%s: %.2f of what pgbench reaches, and 0.8 is promised", what, ratio)
		}
	}
	preview, imported := largest.imports(b, 40_000)
	fmt.Fprintf(&line, " import_preview_cpu_us=%.0f import_cpu_us=%.0f", preview, imported)
	largest.conserved(b)
	fmt.Println(line.String())
}

// sizes are those of the registers, each ten times the one before: from 50 thousand to 5 million tickets. The smallest comes first: it may be looked at while the others are filled.
func sizes(largest int) (all []int) {
	for n := largest; n >= 50_000 || len(all) == 0; n /= 10 {
		all = append(all, n)
	}
	slices.Reverse(all)
	return all
}

// yearsServer is a PostgreSQL for the benchmark alone, with memory as anybody gives it who has so much to keep.
func yearsServer(b *testing.B) *private.Postgres {
	dir := *dataFlag
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "hotline-years-"); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = os.RemoveAll(dir) })
	}
	_ = os.Chmod(dir, 0o755) // PostgreSQL's user must get through
	server, err := private.StartPostgres(b.Context(), dir)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = server.Stop(context.Background()) })
	for _, sql := range []string{`ALTER SYSTEM SET shared_buffers = '` + quarterOfMemory(b) + `'`, `ALTER SYSTEM SET max_wal_size = '8GB'`, `ALTER SYSTEM SET random_page_cost = 1.1`} {
		execIn(b, server.URL(), sql)
	}
	if err := server.Stop(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := server.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	return server
}

// quarterOfMemory is how much of a machine's memory PostgreSQL's manual would give it.
func quarterOfMemory(b *testing.B) string {
	var s syscall.Sysinfo_t
	if err := syscall.Sysinfo(&s); err != nil {
		b.Fatal(err)
	}
	return fmt.Sprintf("%dMB", uint64(s.Totalram)*uint64(s.Unit)/4>>20)
}

// kindsOfWork are in the order of the line.
var kindsOfWork = []string{"nothing", "identify", "open", "link", "view", "list", "counts", "search", "ticket"}

// crowd is of callers who are identified as fast as it goes: who has called on the days before is in a server's memory.
func (y *years) crowd(b *testing.B, during time.Duration) {
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			rnd := rand.New(rand.NewPCG(5, uint64(i)))
			for end := time.Now().Add(during); time.Now().Before(end); {
				if _, err := y.store.Identify(b.Context(), numberOf(whoOf(rnd, y.customers))); err != nil {
					b.Errorf("identify one of a crowd: %v", err)
					return
				}
			}
		})
	}
	all.Wait()
}

// work does one thing after the other for a while, as people at desks and pages do, while calls come in.
func (y *years) work(b *testing.B, during time.Duration) {
	runtime.LockOSThread() // its CPU time is ours
	defer runtime.UnlockOSThread()
	ctx, cancel := context.WithCancel(b.Context())
	var calls sync.WaitGroup
	calls.Go(func() { y.calls(ctx, b) })
	for end := time.Now().Add(during); time.Now().Before(end); {
		kind, what, do := y.next()
		began, spent := time.Now(), y.spent(b)
		err := do(b.Context())
		c := cost{time.Since(began), y.spent(b) - spent}
		if err != nil {
			b.Errorf("%s: %v", what, err)
			break
		}
		y.took[kind] = append(y.took[kind], c)
		y.whats[what] = append(y.whats[what], c)
	}
	cancel()
	calls.Wait()
}

// next draws what is done next: its kind, what it is, and how.
func (y *years) next() (kind, what string, do func(context.Context) error) {
	switch r := y.rnd.Float64(); {
	case r < 0.1:
		return "nothing", "nothing", func(ctx context.Context) error { _, err := y.frontPool.Exec(ctx, `SELECT 1`); return err }
	case r < 0.35:
		what, number := y.caller()
		return "identify", what, func(ctx context.Context) error { _, err := y.front.Identify(ctx, number); return err }
	case r < 0.45:
		facts := []tickets.Fact{y.arrival(time.Now())}
		return "open", "open", func(ctx context.Context) error { y.applied.Add(1); return y.front.Apply(ctx, facts) }
	case r < 0.55:
		facts := y.linked(time.Now())
		return "link", "link", func(ctx context.Context) error { y.applied.Add(2); return y.front.Apply(ctx, facts) }
	case r < 0.65:
		c := y.customer()
		return "view", "view", func(ctx context.Context) error {
			_, err := y.front.Customers().View(ctx, c, tickets.Sight{All: true})
			return err
		}
	case r < 0.80:
		what, q := y.question()
		return "list", what, func(ctx context.Context) error {
			p, err := y.front.List(ctx, q)
			if err == nil && p.Next != "" && q.Cursor == "" && y.rnd.IntN(4) == 0 {
				y.follow = append(y.follow, followed{what + ", next page", q, p.Next})
			}
			return err
		}
	case r < 0.84:
		who, sight := y.sight()
		var all []lists.Question
		for _, l := range lists.Counted {
			all = append(all, ask(l, sight))
		}
		return "counts", "counts of a " + who, func(ctx context.Context) error { _, err := y.front.CountLists(ctx, all...); return err }
	case r < 0.95:
		what, q := y.searched()
		return "search", what, func(ctx context.Context) error { _, err := y.front.List(ctx, q); return err }
	default:
		n := y.ticket()
		return "ticket", "ticket", func(ctx context.Context) error { _, err := y.front.File(ctx, n, "p1", 50); return err }
	}
}

// calls are those of the town: they come at random, and their facts are applied as the register does it, together with what has gathered meanwhile.
func (y *years) calls(ctx context.Context, b *testing.B) {
	type later struct {
		at   time.Time
		fact tickets.Fact
	}
	rnd := rand.New(rand.NewPCG(7, uint64(time.Now().UnixNano())))
	var waiting []later
	next := time.Now()
	for ctx.Err() == nil {
		now := time.Now()
		for next.Before(now) {
			next = next.Add(time.Duration(rnd.ExpFloat64() * float64(time.Second) / callsASecond))
			a := y.arrival(now)
			waiting = append(waiting, later{now, a})
			for _, e := range y.course(a, now) {
				waiting = append(waiting, later{e.At, e})
			}
			if _, err := y.store.Identify(ctx, a.Event.(tickets.Arrived).From); err != nil && ctx.Err() == nil {
				b.Errorf("identify a caller: %v", err)
			}
			y.called.Add(1)
		}
		var facts []tickets.Fact
		waiting = slices.DeleteFunc(waiting, func(l later) bool {
			if due := !l.at.After(now) && len(facts) < 256; due {
				facts = append(facts, l.fact)
				return true
			}
			return false
		})
		if len(facts) > 0 {
			if err := y.store.Apply(context.WithoutCancel(ctx), facts); err != nil {
				b.Errorf("apply facts of calls: %v", err)
			}
			y.applied.Add(int64(len(facts)))
		}
		if _, err := y.store.Reckon(ctx, 200, func(f *due.File) { f.Reckoned, f.Wake = f.Version, time.Now().Add(time.Hour) }, func(n tickets.Number, err error) { b.Errorf("reckon ticket %s: %v", n, err) }); err != nil && ctx.Err() == nil {
			b.Errorf("reckon: %v", err)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// course is what becomes of a call after its arrival.
func (y *years) course(a tickets.Fact, at time.Time) (all []tickets.Fact) {
	agent := tickets.Agent{ID: fmt.Sprint("p", at.UnixNano()%int64(y.persons)), Name: "Anna"}
	department := fmt.Sprint("d", 3%y.departments)
	for i, e := range []tickets.Event{
		tickets.Routed{Topic: fmt.Sprint("topic", 3%y.departments), Department: department, Ticket: a.Own, Linked: tickets.LinkedNew, Language: "ru", Path: []words.Text{{"ru": "Интернет", "en": "Internet"}}, Next: at.Add(time.Hour)},
		tickets.Queued{Queue: fmt.Sprint("q", 3%y.departments), Department: department},
		tickets.Answered{Agent: agent, Next: at.Add(24 * time.Hour)},
		tickets.Ended{Outcome: tickets.Served, Department: department, Language: "ru", Next: at.Add(time.Hour)},
		tickets.WrappedUp{Agent: agent, Disposition: tickets.Resolved, Closes: true, Subject: "интернет не работает", Note: "роутер заменён, работает после настройки"},
	} {
		f := a
		f.At, f.Event = at.Add(time.Duration(i)*700*time.Millisecond), e
		if _, ended := e.(tickets.Ended); !ended {
			f.N = f.At.UnixMicro()
		}
		all = append(all, f)
	}
	return all
}

// tell logs what a kind of work took.
func (y *years) tell(b *testing.B, kind string) {
	took := y.took[kind]
	b.Logf("%-9s %9d tickets: %6d times, median %8.3f ms, p99 %8.3f ms, CPU: median %8.3f ms, p99 %8.3f ms, worst %8.3f ms", kind, y.n, len(took),
		ms(percentile(took, wall, 0.5)), ms(percentile(took, wall, 0.99)), ms(percentile(took, cpu, 0.5)), ms(percentile(took, cpu, 0.99)), ms(percentile(took, cpu, 1)))
}

// growthOf is the power of the number of tickets with which the time of a kind of work grows: the line through the logarithms of the medians, in the mean of all kinds.
func growthOf(b *testing.B, all []*years) float64 {
	var sum, count float64
	for _, kind := range kindsOfWork[1:] {
		var x, y, xx, xy, n float64
		for _, register := range all {
			register.tell(b, kind)
			lx, ly := math.Log(float64(register.n)), math.Log(percentile(register.took[kind], cpu, 0.5).Seconds())
			x, y, xx, xy, n = x+lx, y+ly, xx+lx*lx, xy+lx*ly, n+1
		}
		slope := (n*xy - x*y) / (n*xx - x*x)
		b.Logf("%-9s grows with the tickets to the power of %.3f", kind, slope)
		sum, count = sum+slope, count+1
	}
	return sum / count
}

// imports takes a file of customers, of whom every second is there already, first as a preview; it says how many microseconds of CPU each row has cost. No run before has brought them.
func (y *years) imports(b *testing.B, count int) (preview, imported float64) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	first := int(y.serial.Add(uint64(count))) % 1_000_000_000
	rows := func(yield func(customers.Row, error) bool) {
		for i := range count {
			id := first + i
			r := customers.Record{
				Name: fmt.Sprintf("Клиент %d Иванович", id), ExternalID: fmt.Sprint("bench-", id), Numbers: []string{fmt.Sprintf("+73%09d", id)},
				Contracts: []customers.Contract{{Number: fmt.Sprint("Б-", id), EndsOn: "2030-01-31"}}, Addresses: []string{fmt.Sprintf("Москва, ул. Мира, д. %d", i%200)},
			}
			if n := i + 2; i%2 == 0 && n <= y.customers {
				r = customers.Record{ExternalID: fmt.Sprint("crm-", n), Notes: []string{fmt.Sprint("from file ", first)}}
			}
			if !yield(customers.Row{Line: i + 2, Record: r}, nil) {
				return
			}
		}
	}
	run := func(preview bool) float64 {
		counts := map[customers.What]int{}
		spent := y.spent(b)
		if err := postgres.NewImports(y.frontPool, nil).Take(b.Context(), rows, preview, tickets.By{Kind: tickets.ByProgram, ID: "bench"}, func(d customers.Done) { counts[d.What]++ }); err != nil {
			b.Errorf("import: %v", err)
		}
		cost := (y.spent(b) - spent).Seconds() * 1e6 / float64(count)
		b.Logf("import of %d rows (preview %v): %v, %.0f us of CPU a row", count, preview, counts, cost)
		return cost
	}
	return run(true), run(false)
}

// slowest logs what of a kind of work costs most.
func (y *years) slowest(b *testing.B, kind string) {
	for what, took := range y.whats {
		if p := percentile(took, cpu, 0.99); strings.HasPrefix(what, kind) && p > limits[kind]/2 {
			b.Logf("    %-60s %5d times, CPU: median %8.3f ms, p99 %8.3f ms", what, len(took), ms(percentile(took, cpu, 0.5)), ms(p))
		}
	}
}

// cost is what something took: on the clock on the wall, and of CPU time, the database's and ours, which neighbours do not make much longer.
type cost struct{ wall, cpu time.Duration }

func wall(c cost) time.Duration { return c.wall }
func cpu(c cost) time.Duration  { return c.cpu }

// spent is the CPU time so far of this thread, and of the server's process that works for it.
func (y *years) spent(b *testing.B) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", y.server))
	if err != nil {
		b.Fatal(err)
	}
	nanoseconds, _, _ := strings.Cut(string(stat), " ")
	theirs, err := strconv.ParseInt(nanoseconds, 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	var u syscall.Rusage
	if err := syscall.Getrusage(1 /* RUSAGE_THREAD */, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(theirs + u.Utime.Nano() + u.Stime.Nano())
}

func percentile(of []cost, what func(cost) time.Duration, p float64) time.Duration {
	if len(of) == 0 {
		return 0
	}
	var all []time.Duration
	for _, c := range of {
		all = append(all, what(c))
	}
	slices.Sort(all)
	return all[min(len(all)-1, int(p*float64(len(all))))]
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }

func execIn(b testing.TB, url, sql string) {
	b.Helper()
	pool, err := postgres.Connect(url)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec(b.Context(), sql); err != nil {
		b.Fatal(err)
	}
}
