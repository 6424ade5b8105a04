package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/cmd/hotline/config"
	"hotline/deploy/private"
	"hotline/ivr/flow"
	"hotline/telephony/phonenumbers"
	"hotline/tickets"
)

var (
	callRates  = flag.String("rates", "", "TestWhatACallCosts: at how many `calls` a second costs are measured; none: it is only tried whether they can be")
	callAgents = flag.Int("agents", 200, "TestWhatACallCosts: how many agents there are")
	callOffers = flag.String("offers", "80 100 150 200", "TestWhatACallCosts: how many `calls` a second are offered to see what is served of them")
	callSeed   = flag.Uint64("seed", 14, "TestWhatACallCosts: of arrivals and talks")
	callPage   = flag.String("page", "", "TestWhatACallCosts: the README `file` into which the table is written, and the picture beside it, where 20 and 50 calls a second were measured")
)

// What is promised of calls, beside app_queue on the same Asterisk with all that Hotline does for a call and app_queue does not: its ticket, its pop, its figures.
const (
	callCPU50AtMost    = 1.25 // times the CPU time of app_queue at 50 calls a second: Asterisk, Hotline and PostgreSQL
	callCPU20AtMost    = 1.4  // at 20
	callRequestsAtMost = 7.0  // of ARI, for each call
	callInviteP50      = 9 * time.Millisecond
	callInviteP99      = 25 * time.Millisecond // from the customer's INVITE to the agent's, agents free, at 20 calls a second
	callGapP99         = 10 * time.Millisecond // from an agent's end of a call to the next INVITE, while callers wait
	callAllServedAt    = 80.0                  // calls a second
	callStormAtLeast   = 0.95                  // of the best rate, at any offer beyond it
)

// joinedWithin is far more than passes between an agent's answer and the talk, also on a busy machine.
const joinedWithin = 4 * time.Second

// usualTalk is how long people talk on average.
const usualTalk = 2 * time.Second

// queueKind is who gives callers to agents.
type queueKind string

const (
	byAppQueue queueKind = "app_queue"
	byHotline  queueKind = "Hotline"
	byBare     queueKind = "a bare ARI queue"
)

// TestWhatACallCosts is make bench-calls: the same calls come to app_queue, to Hotline and to a bare queue over ARI, in turn on one Asterisk. It tells what each call costs in CPU time,
// how soon agents' phones ring, and how many calls can be served, and fails where less is held than promised. At the end of each block everything must add up: each call that the phones
// made was served, refused or abandoned, the database has the same calls with the same ends, and nothing is left in Asterisk.
func TestWhatACallCosts(t *testing.T) {
	rates, offers := numbersOf(t, *callRates), numbersOf(t, *callOffers)
	agents, block, rounds := *callAgents, *costBlock, *costRounds
	promised := len(rates) > 0
	if !promised {
		rates, offers, agents, block, rounds = []float64{10, 20}, nil, 8, time.Second, 0
	}
	r := openCallRig(t, agents, promised)
	if !promised {
		r.talk = usualTalk / 10
		for i, rate := range rates {
			for _, k := range []queueKind{byAppQueue, byHotline, byBare} {
				t.Logf("%g calls/s: %s", rate, r.turn(k, r.order(k, rate, block, uint64(i))))
			}
		}
		b := r.turn(byHotline, r.saturates(byHotline, block, 0))
		t.Logf("saturated: %s; %s", b, b.waited())
		if len(b.gaps) == 0 {
			t.Error("callers never waited for an agent")
		}
		r.allTogether()
		return
	}
	r.turn(byAppQueue, r.order(byAppQueue, rates[0], 5*time.Second, 0)) // whatever is made once is made now
	r.turn(byBare, r.order(byBare, rates[0], 5*time.Second, 0))
	r.turn(byHotline, r.order(byHotline, rates[0], 5*time.Second, 0))
	f := callFigures{agents: agents, block: block, rounds: rounds, idle: r.nobodyCalls(block / 2)}
	for _, rate := range rates {
		at := atRate{rate: rate, blocks: make(map[queueKind][]callBlock)}
		for round := range rounds {
			for _, k := range []queueKind{byAppQueue, byHotline, byBare, byBare, byHotline, byAppQueue} {
				b := r.turn(k, r.order(k, rate, block, uint64(round)))
				t.Logf("%g calls/s, round %d: %s", rate, round+1, b)
				at.blocks[k] = append(at.blocks[k], b)
			}
		}
		f.rates = append(f.rates, at)
	}
	f.saturated = make(map[queueKind][]time.Duration)
	for round := range rounds {
		for _, k := range []queueKind{byAppQueue, byHotline} {
			b := r.turn(k, r.saturates(k, block/2, uint64(round)))
			t.Logf("saturated, round %d: %s; %s", round+1, b, b.waited())
			f.saturated[k] = append(f.saturated[k], b.gaps...)
		}
	}
	for i, rate := range offers {
		for _, k := range []queueKind{byAppQueue, byHotline} {
			o := r.order(k, rate, block/3, uint64(100+i))
			o.Patience = 30 * time.Second
			b := r.turn(k, o)
			t.Logf("%g calls/s offered: %s", rate, b)
			after := r.turn(k, r.order(k, rates[0], 5*time.Second, uint64(200+i)))
			t.Logf("the quiet seconds afterwards: %s", after)
			if after.served < after.offered {
				t.Errorf("after %g calls a second %s has not served the quiet ones: %s", rate, k, after)
			}
			f.offers = append(f.offers, offeredBlock{rate: rate, by: k, block: b, lasted: block / 3})
		}
	}
	r.allTogether()
	for _, what := range f.notHeld() {
		t.Error(what)
	}
	if *callPage != "" && !f.void() && len(f.missing()) == 0 {
		if err := f.write(*callPage); err != nil {
			t.Error(err)
		}
	}
	fmt.Println(f.line())
}

// numbersOf reads numbers with blanks or commas between them.
func numbersOf(t *testing.T, text string) (all []float64) {
	for _, field := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' }) {
		n, err := strconv.ParseFloat(field, 64)
		if err != nil || n <= 0 {
			t.Fatalf("%q is no number of calls a second", field)
		}
		all = append(all, n)
	}
	return all
}

// callRig is a Hotline in a process of its own, all phones in another, and the others that it is measured beside.
type callRig struct {
	*stage
	p      *process
	phones *helper
	bare   bareIs
	agents int
	talk   time.Duration
	few    int // agents of the blocks in which callers always wait
	next   int // number of the next caller
	calls  int // that came to Hotline
	db     *pgx.Conn
	own    int // the process that serves db
}

// openCallRig raises all of it. Everything may use more of Asterisk's ports where much is to come.
func openCallRig(t *testing.T, agents int, much bool) *callRig {
	r := &callRig{agents: agents, talk: usualTalk, few: max(2, agents/10), next: 1}
	var people []config.Person
	var ours, others []phoneOfDesk
	for i := range agents {
		p := person(fmt.Sprintf("agent%03d", i), fmt.Sprintf("a%03d", i))
		people = append(people, p)
		ours = append(ours, phoneOfDesk{User: p.Phone, Secret: p.PhoneSecret.Text(), Login: p.Login, Password: p.Password.Text()})
		others = append(others, phoneOfDesk{User: fmt.Sprintf("b%03d", i), Secret: fmt.Sprintf("secret-of-phone-b%03d", i)})
		r.bare.Agents = append(r.bare.Agents, others[i].User)
	}
	h := openCallHouse(t, much)
	r.stage = raise(t, stageOptions{people: people, elsewhere: true, house: h, configure: func(c *config.Config) {
		onlyQueues(c)
		c.HTTP.Metrics = freeAddress("127.0.0.1:0")
		c.Asterisk.Reserve = h.asterisk.ReserveFile
	}})
	r.p = r.spawn()
	r.away = r.p
	r.openPeers(others, r.few)
	r.bare.ARI, r.bare.User, r.bare.Password = h.asterisk.ARIURL, h.asterisk.ARIUser, h.asterisk.ARIPassword
	r.phones = startHelper(t, "HOTLINE_TEST_PHONES", phonesAre{SIP: h.asterisk.SIPAddr, Pages: r.p.pages, Agents: ours, Others: others})
	var err error
	r.db, err = pgx.Connect(t.Context(), r.database)
	r.must(err)
	t.Cleanup(func() { _ = r.db.Close(context.Background()) })
	r.must(r.db.QueryRow(t.Context(), `select pg_backend_pid()`).Scan(&r.own))
	return r
}

// onlyQueues has each caller come to a queue at once, and leaves agents nothing to do afterwards.
func onlyQueues(c *config.Config) {
	for i := range c.Queues {
		c.Queues[i].WrapUp = 0
	}
	c.Flow = flow.Flow{Start: "support", Nodes: map[flow.NodeID]flow.Node{
		"support": {Kind: flow.Queue{Queue: "support", Topic: "fault", Music: "default"}, Next: "bye"},
		"bye":     {Kind: flow.Hangup{}},
	}}
}

// openCallHouse is a house of this test alone, whose Asterisk is given app_queue.
func openCallHouse(t *testing.T, much bool) *house {
	h := &house{dir: t.TempDir(), prompts: shortPrompts()}
	t.Cleanup(h.close)
	var err error
	if h.postgres, err = private.StartPostgres(t.Context(), filepath.Join(h.dir, "postgres")); err != nil {
		t.Fatal(err)
	}
	ports := 1000
	if much {
		ports = 8000
	}
	h.asterisk, err = private.StartAsterisk(t.Context(), private.AsteriskOptions{Number: lineNumber, Dialled: phonenumbers.Dialled(lineNumber, "RU"), Prompts: h.prompts, MediaPorts: ports})
	if err != nil {
		t.Fatalf("%v (deploy/setup.sh installs what is missing)", err)
	}
	return h
}

// order is a block of calls with agents free.
func (r *callRig) order(k queueKind, rate float64, lasts time.Duration, seed uint64) callOrder {
	dialled := map[queueKind]string{byAppQueue: dialAppQueue, byBare: dialBare, byHotline: r.house.asterisk.Number}[k]
	return callOrder{Dialled: dialled, Rate: rate, For: lasts, Seed: *callSeed + seed, Talk: r.talk, Patience: 2 * time.Minute, Present: r.agents}
}

// saturates is a block in which few agents get half as many calls again as they can serve.
func (r *callRig) saturates(k queueKind, lasts time.Duration, seed uint64) callOrder {
	o := r.order(k, 1.5*float64(r.few)/r.talk.Seconds(), lasts, seed)
	o.Present = r.few
	if k == byAppQueue {
		o.Dialled = dialAppQueueSmall
	}
	return o
}

// callBlock is what came of a block of calls.
type callBlock struct {
	by                                        queueKind
	offered, served, abandoned, refused, soon int // soon: answered by an agent while calls still came
	cpu                                       callCPU
	requests                                  float64 // of ARI, by Hotline
	invites                                   []time.Duration
	gaps                                      []time.Duration
}

// callCPU is the CPU time of processes.
type callCPU struct{ asterisk, queue, postgres time.Duration }

func (c callCPU) all() time.Duration { return c.asterisk + c.queue + c.postgres }
func (c callCPU) minus(o callCPU) callCPU {
	return callCPU{c.asterisk - o.asterisk, c.queue - o.queue, c.postgres - o.postgres}
}

// perCall is in milliseconds.
func (b callBlock) perCall(of time.Duration) float64 {
	return of.Seconds() * 1000 / float64(b.offered)
}

func (b callBlock) String() string {
	return fmt.Sprintf("%s: %d offered, %d served, %d abandoned, %d refused; CPU ms a call %.1f + %.1f + %.1f; %.1f requests a call of Hotline's; INVITE to INVITE p50 %s, p99 %s",
		b.by, b.offered, b.served, b.abandoned, b.refused, b.perCall(b.cpu.asterisk), b.perCall(b.cpu.queue), b.perCall(b.cpu.postgres), b.requests/float64(b.offered),
		milliseconds(quantile(b.invites, .5)), milliseconds(quantile(b.invites, .99)))
}

// waited is how long agents who were free waited while callers did, too. It says something of a block in which they always do.
func (b callBlock) waited() string {
	return fmt.Sprintf("from an agent's end of a call to the next INVITE p50 %s, p99 %s", milliseconds(quantile(b.gaps, .5)), milliseconds(quantile(b.gaps, .99)))
}

// turn lets calls come to one of the three, and proves that everything adds up.
func (r *callRig) turn(k queueKind, o callOrder) callBlock {
	r.t.Helper()
	var queue func() time.Duration
	switch k {
	case byAppQueue: // which watches all phones while it is there
		r.console("module load app_queue.so")
		defer r.console("module unload app_queue.so")
		queue = func() time.Duration { return 0 }
	case byBare:
		bare := startHelper(r.t, "HOTLINE_TEST_BARE", r.bare)
		defer bare.end()
		queue = func() time.Duration { return cpuOf(r.t, bare.cmd.Process.Pid) }
	case byHotline:
		queue = func() time.Duration { return cpuOf(r.t, r.p.cmd.Process.Pid) }
	}
	cpu := func() callCPU {
		c := callCPU{asterisk: cpuOf(r.t, r.house.asterisk.PID()), queue: queue()}
		if k == byHotline {
			c.postgres = r.cpuOfPostgres()
		}
		return c
	}
	o.First = r.next
	before, requests := cpu(), r.requests()
	var told callsTold
	if k == byHotline {
		r.p.profiled()
		defer r.p.profiled()
	}
	r.phones.ask(r.t, o, &told)
	r.nothingOf()
	b := callBlock{by: k, offered: len(told.Calls), gaps: told.Gaps}
	r.next += b.offered
	if k == byHotline {
		r.calls += b.offered
		r.sameCalls(o.First, told.Calls)
	}
	b.cpu, b.requests = cpu().minus(before), r.requests()-requests
	if k == byHotline && b.requests == 0 {
		r.t.Error("Hotline does not count its requests to Asterisk")
	}
	r.addUp(&b, told.Calls)
	return b
}

// addUp counts what became of the calls.
func (r *callRig) addUp(b *callBlock, calls []callTold) {
	r.t.Helper()
	for _, c := range calls {
		switch c.Fate {
		case isServed:
			b.served++
		case hasAbandoned:
			b.abandoned++
		case isRefused:
			b.refused++
		default:
			r.t.Errorf("%s: the call of %s is %s after %s: %s", b.by, c.From, c.Fate, c.Spoke, c.Why)
		}
		if c.Soon {
			b.soon++
		}
		if c.Rang > 0 {
			b.invites = append(b.invites, c.Rang)
		}
	}
	if b.offered == 0 || b.offered != b.served+b.abandoned+b.refused {
		r.t.Errorf("%d calls were offered, and became of them %s", b.offered, b)
	}
}

// nothingOf waits until Asterisk is empty, and does not ask too often, for what that takes is measured, too.
func (r *callRig) nothingOf() {
	r.t.Helper()
	eventuallyEach(r.t, 250*time.Millisecond, atOnce, "Asterisk is empty", func() error {
		if channels, bridges := r.list("/channels"), r.bridgesLeft(); len(channels)+len(bridges) > 0 {
			return fmt.Errorf("%d channels and %d bridges are left: %.300s", len(channels), len(bridges), slices.Concat(channels, bridges))
		}
		return nil
	})
}

// sameCalls waits until the database has the same calls as the phones, and compares what became of each.
func (r *callRig) sameCalls(first int, calls []callTold) {
	r.t.Helper()
	outcomes := make(map[string]tickets.Outcome)
	eventuallyEach(r.t, 250*time.Millisecond, atOnce, "each call is one contact, and has ended", func() error {
		rows, err := r.db.Query(r.t.Context(), `select caller, outcome from contacts where caller between $1 and $2`, callerOf(first), callerOf(first+len(calls)-1))
		if err != nil {
			return err
		}
		clear(outcomes)
		var from string
		var outcome tickets.Outcome
		n, unended := 0, 0
		_, err = pgx.ForEachRow(rows, []any{&from, &outcome}, func() error {
			n++
			outcomes[from] = outcome
			if outcome == "" {
				unended++
			}
			return nil
		})
		if err == nil && (n != len(calls) || len(outcomes) != n || unended > 0) {
			err = fmt.Errorf("%d contacts of %d callers for %d calls, %d have not ended", n, len(outcomes), len(calls), unended)
		}
		return err
	})
	var left []callTold
	eventuallyEach(r.t, 250*time.Millisecond, atOnce, "phones, desks and database tell the same of each call", func() error {
		var desks callsTold
		r.phones.ask(r.t, callOrder{}, &desks)
		left = nil
		var differ []error
		for _, c := range calls {
			shown, is := slices.Contains(desks.Shown, c.From), outcomes[c.From]
			if !sameFate(c, shown, is) {
				differ = append(differ, fmt.Errorf("the call of %s is %s for the phones (%s), after a talk of %s, shown: %v, and %s in the database", c.From, c.Fate, c.Why, c.Spoke, shown, is))
			}
			if c.Fate == isServed && !shown {
				left = append(left, c)
			}
		}
		return errors.Join(differ...)
	})
	for _, c := range left {
		r.t.Logf("%s hung up %s after the agent's phone had answered, before Hotline could join them", c.From, c.Spoke)
	}
}

// sameFate says whether phones, desks and database tell the same of a call. Who hangs up in the moment in which an agent's phone answers has left before Hotline hears of the answer, and
// before the two could hear each other: for the phones there was a talk, and for Hotline, and on the agent's desk, the phone still rang. With talks of two seconds on average, and some
// ten milliseconds until two are joined, that is one call in two hundred.
func sameFate(c callTold, shown bool, is tickets.Outcome) bool {
	switch c.Fate {
	case isServed:
		return shown && is == tickets.Served || !shown && is == tickets.AbandonedRinging && c.Spoke < joinedWithin
	case hasAbandoned: // or has an agent answered in the same moment?
		return shown && is == tickets.Served || !shown && is.Abandoned()
	case isRefused: // for the line was behind
		return !shown && is == tickets.Lost
	}
	return false
}

// allTogether proves of all blocks together that the database has each call of Hotline's once, with a ticket of its own, and none of the others'.
func (r *callRig) allTogether() {
	r.t.Helper()
	var contacts, tickets int
	r.must(r.db.QueryRow(r.t.Context(), `select count(*), count(distinct ticket) from contacts`).Scan(&contacts, &tickets))
	r.t.Logf("%d calls came to Hotline; the database has %d contacts with %d tickets", r.calls, contacts, tickets)
	if contacts != r.calls || tickets != r.calls {
		r.t.Errorf("%d calls came to Hotline, and the database has %d contacts with %d tickets", r.calls, contacts, tickets)
	}
}

// nobodyCalls is what all of it takes in a second while nobody calls.
func (r *callRig) nobodyCalls(lasts time.Duration) callCPU {
	r.t.Helper()
	cpu := func() callCPU {
		return callCPU{cpuOf(r.t, r.house.asterisk.PID()), cpuOf(r.t, r.p.cmd.Process.Pid), r.cpuOfPostgres()}
	}
	before := cpu()
	time.Sleep(lasts) // it is what goes on meanwhile that is measured
	c := cpu().minus(before)
	each := func(of time.Duration) time.Duration { return time.Duration(of.Seconds() / lasts.Seconds() * 1e9) }
	return callCPU{each(c.asterisk), each(c.queue), each(c.postgres)}
}

// requests is how many Hotline has sent to Asterisk for calls so far, by its own count.
func (r *callRig) requests() (all float64) {
	r.t.Helper()
	for _, n := range requestsForCalls(scrape(r.t, "http://"+r.config.HTTP.Metrics)) {
		all += n
	}
	return all
}

// cpuOfPostgres is the CPU time so far of PostgreSQL's processes, also of those that have ended, and without the one that serves this test.
func (r *callRig) cpuOfPostgres() (all time.Duration) {
	r.t.Helper()
	master := r.house.postgres.PID()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	r.must(err)
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		name, rest, _ := strings.Cut(string(text), " ")
		_, rest, _ = cutLast(rest, ") ") // the name may hold anything
		fields := strings.Fields(rest)
		pid, _ := strconv.Atoi(name)
		parent, _ := strconv.Atoi(fields[1])
		if pid != master && (parent != master || pid == r.own) {
			continue
		}
		times := fields[11:13] // utime and stime: proc(5)
		if pid == master {
			times = fields[11:15] // and those of its children that have ended
		}
		for _, field := range times {
			n, err := strconv.ParseInt(field, 10, 64)
			r.must(err)
			all += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return all
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// quantile is 0 of nothing.
func quantile(of []time.Duration, q float64) time.Duration {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func milliseconds(d time.Duration) string {
	ms := d.Seconds() * 1000
	if ms < 10 {
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.0f ms", ms)
}
