package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/agentapi/gate"
	"hotline/agentapi/postgres"
	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/schema"
	"hotline/queues"
)

var (
	deskSizes = flag.String("desks", "", "TestManyDesks: how many `desks` there are at least, one size after the other; none: it is only tried whether they can be counted")
	deskWalls = flag.Int("walls", 20, "TestManyDesks: how many walls there are")
	deskCalls = flag.Float64("calls", 0, "TestManyDesks: how many `calls` a second are offered at the last size; 0: what desks take is measured, and nobody is served")
)

// What is promised of desks.
const (
	popP99AtMost     = 20 * time.Millisecond // from a call's StasisStart to the pop's frame at the desk, with ten thousand desks and a hundred walls, at 20 calls a second
	deskAtMost       = 25.0                  // kB of memory for each desk that is signed in
	idleAtMost       = 0.02                  // of a core while nothing happens, with idleDesks desks and 20 walls
	idleDesks        = 5000
	idleWallAtMost   = 600  // bytes of a wall's event while nothing happens: the time, and when the database counted
	eventPowerAtMost = 1.15 // of the number of desks, with which the cost of an event to all grows
	memoryIsFree     = "unused memory is given back"
	passwordOfDesks  = "password-of-many-desks"
	wallsOfOneBoss   = 10 // no more than 16 pages may be open of one person
)

// TestManyDesks is make bench-stream and make bench-pop: thousands of desks and many walls, all in another process than Hotline. It tells what they take while nothing happens and while the
// figures of their queue change, and how soon, with all of them there, a pop is on the desk of whom a call is for: before their phone is called, in every single call. It fails
// where less is held than promised.
func TestManyDesks(t *testing.T) {
	sizes := numbersOf(t, *deskSizes)
	agents, walls, calls, block := 20, *deskWalls, *deskCalls, *costBlock
	promised := len(sizes) > 0
	if !promised {
		sizes, agents, walls, block = []float64{30}, 4, 3, 2*time.Second
	}
	if calls > 0 {
		agents = *callAgents
	}
	r := openDeskRig(t, int(sizes[len(sizes)-1]), walls, agents, promised)
	f := deskFigures{walls: walls, block: block}
	if calls == 0 {
		r.phones.ask(t, callOrder{Quiet: &quietOrder{Walls: walls}}, &callsTold{})
		r.calls(0, 1, block) // whatever is made once is made now
		f.none.memory, f.none.resident = r.memory()
		for _, n := range sizes {
			at := r.measure(int(n), walls, block)
			t.Logf("%s", at)
			f.sizes = append(f.sizes, at)
		}
	}
	if calls > 0 || !promised {
		last := int(sizes[len(sizes)-1])
		r.phones.ask(t, callOrder{Quiet: &quietOrder{Desks: last, Walls: walls}}, &callsTold{})
		if promised {
			r.calls(agents, calls, 5*time.Second)
		} else {
			calls = 4
		}
		f.pops, f.sinceInvite = r.pops(r.calls(agents, calls, block))
		f.desks, f.calls = last, calls
		t.Logf("%d pops, from StasisStart to the frame p50 %s, p99 %s; from the customer's INVITE p50 %s, p99 %s", len(f.pops), milliseconds(quantile(f.pops, .5)), milliseconds(quantile(f.pops, .99)),
			milliseconds(quantile(f.sinceInvite, .5)), milliseconds(quantile(f.sinceInvite, .99)))
	}
	if !promised {
		return
	}
	for _, what := range f.notHeld() {
		t.Error(what)
	}
	fmt.Println(f.line())
}

// deskRig is a Hotline in a process of its own, and all phones and pages in another.
type deskRig struct {
	*stage
	p      *process
	phones *helper
	strict bool // the machine is for this alone: what is late fails
	next   int  // number of the next caller
	db     *pgx.Conn
}

func openDeskRig(t *testing.T, desks, walls, agents int, much bool) *deskRig {
	r := &deskRig{strict: much, next: 1}
	var people []config.Person
	are := phonesAre{}
	add := func(p config.Person) phoneOfDesk {
		p.Password = config.SecretOf(passwordOfDesks)
		people = append(people, p)
		return phoneOfDesk{User: p.Phone, Secret: p.PhoneSecret.Text(), Login: p.Login, Password: passwordOfDesks}
	}
	for i := range agents {
		are.Agents = append(are.Agents, add(person(fmt.Sprintf("agent%03d", i), fmt.Sprintf("a%03d", i))))
	}
	for i := range desks {
		p := person(fmt.Sprintf("quiet%05d", i), fmt.Sprintf("q%05d", i))
		p.Seat, p.PhoneSecret = true, config.Secret{} // which nobody asks for
		are.Quiet = append(are.Quiet, add(p))
	}
	for i := range walls {
		if i%wallsOfOneBoss == 0 {
			id := fmt.Sprintf("boss%02d", i/wallsOfOneBoss)
			add(config.Person{ID: queues.AgentID(id), Login: id, Name: id, Role: "supervisor", Language: "ru"})
		}
		are.Walls = append(are.Walls, phoneOfDesk{Login: fmt.Sprintf("boss%02d", i/wallsOfOneBoss), Password: passwordOfDesks})
	}
	var h *house
	if much {
		h = openCallHouse(t, true)
	}
	r.stage = raise(t, stageOptions{people: people, elsewhere: true, house: h, configure: func(c *config.Config) {
		onlyQueues(c)
		c.HTTP.Metrics = freeAddress("127.0.0.1:0")
		c.HTTP.Connections, c.HTTP.PerAddress = desks+walls+2*agents+100, desks+walls+2*agents+100
	}})
	r.seat(people)
	r.p = r.spawn()
	r.away = r.p
	are.SIP, are.Pages = r.house.asterisk.SIPAddr, r.p.pages
	r.phones = startHelper(t, "HOTLINE_TEST_PHONES", are)
	var err error
	r.db, err = pgx.Connect(t.Context(), r.database)
	r.must(err)
	t.Cleanup(func() { _ = r.db.Close(context.Background()) })
	return r
}

// seat has the accounts in the database before, with a hash that is cheap to make and to compare with: ten thousand of the usual ones are five minutes of work, and nothing that is measured here.
func (r *deskRig) seat(people []config.Person) {
	r.t.Helper()
	hash, err := argon2id.CreateHash(passwordOfDesks, &argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 8, KeyLength: 16})
	r.must(err)
	_, _, err = schema.Migrate(r.t.Context(), r.database)
	r.must(err)
	pool, err := pgxpool.New(r.t.Context(), r.database)
	r.must(err)
	defer pool.Close()
	var all []gate.Seating
	for _, p := range people {
		all = append(all, gate.Seating{Account: p.Account(), Password: passwordOfDesks, Hash: hash})
	}
	_, err = postgres.New(pool).Seat(r.t.Context(), all)
	r.must(err)
}

// calls lets customers call, while so many agents are ready.
func (r *deskRig) calls(present int, rate float64, lasts time.Duration) []callTold {
	r.t.Helper()
	o := callOrder{Dialled: r.house.asterisk.Number, Rate: rate, For: lasts, Seed: *callSeed, Talk: usualTalk / 4, Patience: time.Minute, Present: present, First: r.next}
	if present == 0 {
		o.Patience = time.Second // they wait, and leave
	}
	var told callsTold
	r.phones.ask(r.t, o, &told)
	r.next += len(told.Calls)
	eventuallyEach(r.t, 250*time.Millisecond, atOnce, "each call is one contact, and has ended", func() error {
		var n int
		err := r.db.QueryRow(r.t.Context(), `select count(*) from contacts where ended_at is not null`).Scan(&n)
		if err == nil && n != r.next-1 {
			err = fmt.Errorf("%d of %d", n, r.next-1)
		}
		return err
	})
	return told.Calls
}

// pops is how soon each call's pop came, from its StasisStart and from the customer's INVITE. One that did not come is an error, and where it is strict one that did not come before
// the agent's INVITE, too: a page that is slow to acknowledge it holds up the call for a moment only.
func (r *deskRig) pops(calls []callTold) (sinceStart, sinceInvite []time.Duration) {
	r.t.Helper()
	arrived := map[string]time.Time{}
	rows, err := r.db.Query(r.t.Context(), `select caller, arrived_at from contacts`)
	r.must(err)
	var from string
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&from, &at}, func() error { arrived[from] = at; return nil })
	r.must(err)
	late := 0
	for _, c := range calls {
		switch {
		case c.Fate != isServed:
			r.t.Errorf("the call of %s is %s: %s", c.From, c.Fate, c.Why)
		case c.Popped.IsZero(), r.strict && c.Ahead < 0:
			late++
			r.t.Logf("%s: the pop came at %s, the agent's INVITE %s later", c.From, c.Popped, c.Ahead)
		default:
			sinceStart = append(sinceStart, c.Popped.Sub(arrived[c.From]))
			sinceInvite = append(sinceInvite, c.Rang-c.Ahead)
		}
	}
	if late > 0 || len(calls) == 0 {
		r.t.Errorf("not held: of %d calls %d had no pop before the agent's phone was called", len(calls), late)
	}
	return sinceStart, sinceInvite
}

// memory is what Hotline holds, in kB, without what it would give back: the heap and the stacks that are in use, and all that the kernel has given it, in which there is room
// between what is in use, left by the many who signed in at once.
func (r *deskRig) memory() (used, resident float64) {
	r.t.Helper()
	said := strings.Count(r.p.text(), memoryIsFree)
	r.must(r.p.cmd.Process.Signal(syscall.SIGUSR2))
	r.eventually("Hotline gives memory back", func() error {
		if strings.Count(r.p.text(), memoryIsFree) == said {
			return errors.New("not yet")
		}
		return nil
	})
	now := scrape(r.t, "http://"+r.config.HTTP.Metrics)
	for _, name := range []string{"go_memstats_heap_alloc_bytes", "go_memstats_stack_inuse_bytes"} {
		n, known := now.value(name)
		if !known {
			r.t.Fatalf("%s is not told", name)
		}
		used += n / 1024
	}
	resident, known := now.value("process_resident_memory_bytes")
	if !known {
		r.t.Fatal("resident memory is not told")
	}
	return used, resident / 1024
}

// told is what has come to the quiet pages since it was asked last.
func (r *deskRig) told() quietTold {
	r.t.Helper()
	var told callsTold
	r.phones.ask(r.t, callOrder{Quiet: &quietOrder{}}, &told)
	return told.Quiet
}

// measure brings the desks to so many, and measures what they take while nothing happens, and while somebody waits and leaves.
func (r *deskRig) measure(desks, walls int, block time.Duration) atSize {
	r.t.Helper()
	r.phones.ask(r.t, callOrder{Quiet: &quietOrder{Desks: desks, Walls: walls}}, &callsTold{})
	at := atSize{desks: desks}
	at.memory, at.resident = r.memory()
	<-time.After(2 * time.Second) // the figures of those who came are counted
	if left := time.Until(time.Now().Truncate(time.Minute).Add(time.Minute)); left < block+time.Second {
		<-time.After(left + time.Second) // each queue has a point more in the minute that begins: something happens
	}
	cpu := func() time.Duration { return cpuOf(r.t, r.p.cmd.Process.Pid) }
	idles := func() error {
		r.told()
		r.p.profiled()
		defer r.p.profiled()
		before := cpu()
		<-time.After(block) // it is what goes on meanwhile that is measured
		spent := cpu() - before
		quiet := r.told()
		at.idle = spent.Seconds() / block.Seconds()
		at.wallBytes = float64(quiet.WallBytes) / float64(walls) / block.Seconds()
		at.wallLargest = quiet.LargestOfWall
		switch seconds := int(block.Seconds()); {
		case quiet.Figures > 0 || quiet.Others > 0:
			return fmt.Errorf("nothing happens, and desks are told of it %d times, and of other things %d times", quiet.Figures, quiet.Others)
		case quiet.WallFrames == 0, r.strict && (quiet.WallFrames > walls*(seconds+2) || quiet.WallFrames < walls*(seconds/2)):
			return fmt.Errorf("nothing happens, and in %s %d walls are told the time %d times", block, walls, quiet.WallFrames)
		case !r.strict && quiet.LargestOfWall > idleWallAtMost: // else it is one of the promises
			return fmt.Errorf("nothing happens, and a wall is sent %d bytes", quiet.LargestOfWall)
		}
		return nil
	}
	if !r.strict { // others have the machine, and a database that is late is something that happens
		r.eventually("nothing happens, and walls are told the time alone", idles)
	} else if err := idles(); err != nil {
		r.t.Error(err)
	}

	before := cpu()
	start := time.Now()
	calls := r.calls(0, 1, block)
	r.heard(&at)
	at.events = max(at.events, 1)
	busy := (cpu() - before).Seconds() - at.idle*time.Since(start).Seconds()
	at.event = busy / float64(at.events)
	if len(calls) == 0 {
		r.t.Error("nobody called")
	}
	return at
}

func (r *deskRig) heard(at *atSize) {
	before := -1
	eventuallyEach(r.t, 1500*time.Millisecond, atOnce, "all desks have heard of all figures", func() error { // the last come a second after those before
		var told callsTold
		r.phones.ask(r.t, callOrder{Quiet: &quietOrder{Look: true}}, &told)
		all := told.Quiet
		if all.Figures == 0 || all.Uneven > 0 || all.Figures != before {
			before = all.Figures
			return fmt.Errorf("desks have heard of figures %d times, and of these not all desks %d times", all.Figures, all.Uneven)
		}
		at.events, at.spread = all.Figures, all.Spread
		return nil
	})
}

// atSize is what was measured with so many desks.
type atSize struct {
	desks       int
	memory      float64 // kB that are in use
	resident    float64 // kB
	idle        float64 // of a core
	wallBytes   float64 // a second for each wall while nothing happens
	wallLargest int
	events      int
	event       float64 // seconds of CPU time for one that goes to all
	spread      []time.Duration
}

func (a atSize) String() string {
	return fmt.Sprintf("%d desks: %.0f kB, %.0f resident; idle %.2f %% of a core, %.0f bytes/s to a wall, %d at most at once; %d events to all, %.1f ms CPU each, from the first desk to the last p50 %s, p99 %s", a.desks, a.memory, a.resident,
		100*a.idle, a.wallBytes, a.wallLargest, a.events, 1000*a.event, milliseconds(quantile(a.spread, .5)), milliseconds(quantile(a.spread, .99)))
}

// deskFigures are those of a run.
type deskFigures struct {
	walls       int
	block       time.Duration
	none        atSize // without any
	sizes       []atSize
	desks       int // of the pops
	calls       float64
	pops        []time.Duration
	sinceInvite []time.Duration
}

// perDesk is the memory of a desk, in kB: in use, and resident.
func (f deskFigures) perDesk() (used, resident float64) {
	last := f.sizes[len(f.sizes)-1]
	return (last.memory - f.none.memory) / float64(last.desks), (last.resident - f.none.resident) / float64(last.desks)
}

// slope is the exponent with which the cost of an event grows with the number of desks.
func (f deskFigures) slope() float64 {
	var n, x, y, xx, xy float64
	for _, a := range f.sizes {
		lx, ly := math.Log(float64(a.desks)), math.Log(max(a.event, 1e-6))
		n, x, y, xx, xy = n+1, x+lx, y+ly, xx+lx*lx, xy+lx*ly
	}
	return (n*xy - x*y) / (n*xx - x*x)
}

// idle is what was measured with as many desks as the promise is about, or with most.
func (f deskFigures) idle() atSize {
	if i := slices.IndexFunc(f.sizes, func(a atSize) bool { return a.desks == idleDesks }); i >= 0 {
		return f.sizes[i]
	}
	return f.sizes[len(f.sizes)-1]
}

func (f deskFigures) notHeld() (all []string) {
	tell := func(format string, args ...any) { all = append(all, "not held: "+fmt.Sprintf(format, args...)) }
	if len(f.pops) > 0 {
		if p99 := quantile(f.pops, .99); p99 > popP99AtMost {
			tell("a pop takes %s (p99), promised are %s", milliseconds(p99), popP99AtMost)
		}
	}
	if len(f.sizes) > 0 {
		if kB, _ := f.perDesk(); kB > deskAtMost {
			tell("a desk takes %.1f kB of memory, at most %.0f are promised", kB, deskAtMost)
		}
		if a := f.idle(); a.idle > idleAtMost {
			tell("%d desks and %d walls take %.1f %% of a core while nothing happens, at most %.0f are promised", a.desks, f.walls, 100*a.idle, 100*idleAtMost)
		}
		for _, a := range f.sizes {
			if a.wallLargest > idleWallAtMost {
				tell("nothing has changed, and a wall is sent %d bytes", a.wallLargest)
			}
		}
	}
	if len(f.sizes) > 2 {
		if s := f.slope(); s > eventPowerAtMost {
			tell("the cost of an event to all grows with the number of desks to the power of %.2f", s)
		}
	}
	return all
}

func (f deskFigures) line() string {
	var b strings.Builder
	if len(f.sizes) > 0 {
		last, idle := f.sizes[len(f.sizes)-1], f.idle()
		used, resident := f.perDesk()
		fmt.Fprintf(&b, "bench-stream desk_kb=%.1f desk_resident_kb=%.1f idle_desks=%d idle_walls=%d idle_core=%.4f wall_bytes_s=%.0f desks=%d event_all_p50_ms=%.1f event_all_p99_ms=%.1f event_desk_us=%.1f", used, resident, idle.desks, f.walls,
			idle.idle, idle.wallBytes, last.desks, quantile(last.spread, .5).Seconds()*1000, quantile(last.spread, .99).Seconds()*1000, last.event/float64(last.desks)*1e6)
		if len(f.sizes) > 1 {
			fmt.Fprintf(&b, " slope=%.2f", f.slope())
		}
	} else {
		fmt.Fprintf(&b, "bench-pop desks=%d walls=%d calls_s=%g calls=%d pop_p50_ms=%.1f pop_p99_ms=%.1f invite_pop_p50_ms=%.1f invite_pop_p99_ms=%.1f", f.desks, f.walls, f.calls, len(f.pops),
			quantile(f.pops, .5).Seconds()*1000, quantile(f.pops, .99).Seconds()*1000, quantile(f.sinceInvite, .5).Seconds()*1000, quantile(f.sinceInvite, .99).Seconds()*1000)
	}
	fmt.Fprintf(&b, " block_s=%.0f seed=%d cpus=%d", f.block.Seconds(), *callSeed, runtime.NumCPU())
	return b.String()
}
