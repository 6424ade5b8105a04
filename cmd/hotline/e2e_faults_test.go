package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/tickets"
)

var faultsToTry = flag.String("faults", "", "TestFaults: which of them are done, by `name` or a comma between several, or all; none if left out")

// fault is something that is done to a line with twenty callers and more, and undone again. When does returns the line is well.
type fault struct {
	name string
	does func(*rig)
	may  []string // counts that need not be 0 for it, and why:
	why  string
	solo bool // not beside others, in a soak: it takes more than it leaves

	unpromised bool // nobody is promised a callback, which would stay with the server that promised it
}

// faults is the table of make test-faults. What is short stands in make test, too, as a test of its own, which says more of what each person sees:
//
//	full disk         TestAFullDiskAndKillsLoseNothing
//	frozen link       TestAFrozenLinkToAsteriskLosesNobody
//	no database       TestPhonesRingWithoutADatabase, TestRestartWithoutADatabaseLosesNobody
//	kills             TestKilledHotlineLosesNobody, TestKillsAtRandomMoments
//	filed             TestWorkAfterACallThatIsFiledDoesNotComeBackWithAKill
//	standby           TestAStandbyTakesOverAndNobodyNotices
//	Asterisk killed   TestWhomAsteriskTakesWithItIsCalledBack
//	idle connections  TestIdleConnectionsTakeNoFilesFromCallsAndRecords
//	called again      TestAPromiseIsKeptThoughOthersCallFromTheNumber
//
// Not here, for no calls are in them: that the wall costs the same with five tickets and five million (TestEachStatementReadsNoMoreThanItMust of tickets/postgres).
var faults = []fault{
	{name: "full_disk", does: (*rig).fullDisk, may: afterAKill, why: inTheGap},
	{name: "frozen_link", does: (*rig).frozenLink, may: []string{"silent_menu", "silent_offer", "silent_queue", "silent_end", "untrue"}, why: "Hotline is not heard for 30 s, nor does it hear who leaves"},
	{name: "no_database", does: (*rig).noDatabase, may: afterAKill, why: inTheGap},
	{name: "kills", does: (*rig).fiveKills, may: afterAKill, why: inTheGap},
	{name: "filed", does: (*rig).killedAsFiled, may: afterAKill, why: inTheGap},
	{name: "ringing", does: (*rig).killedAsRinging, may: afterAKill, why: inTheGap},
	{name: "menu", does: (*rig).killedInMenu, may: afterAKill, why: inTheGap},
	{name: "arrival", does: (*rig).killedAtArrival, may: afterAKill, why: inTheGap},
	{name: "crash_loop", does: (*rig).crashLoop, may: afterAKill, why: inTheGap},
	{name: "standby", does: (*rig).standbyTakesOver, may: afterAKill, why: inTheGap, solo: true, unpromised: true},
	{name: "asterisk_killed", does: (*rig).asteriskKilled, may: []string{"silent_menu", "silent_offer", "silent_queue", "silent_end"}, why: "there is no Asterisk for 8 s"},
	{name: "stopped", does: (*rig).stopped, may: []string{"silent_menu", "silent_offer", "silent_queue", "silent_end", "untrue", "stuck"}, why: "Hotline does not run for 60 s: nobody is joined, and no talk ends"},
	{name: "cut_links", does: (*rig).cutLinks, may: []string{"silent_menu", "silent_offer", "silent_end"}, why: "a link is away for a moment"},
	{name: "starting", does: (*rig).commandsAtTheStart, may: afterAKill, why: inTheGap},
	{name: "idle_connections", does: (*rig).idleConnections},
	{name: "called_again", does: (*rig).calledAgain},
	{name: "second_node", does: (*rig).secondNode, solo: true},
}

// afterAKill are the counts that a kill may leave until the next Hotline serves, which is 2 s on a quiet machine.
var afterAKill = []string{"silent_menu", "silent_offer", "silent_end", "vain"}

const inTheGap = "silence until there is the next Hotline, and agents who pick up before"

// TestFaults is make test-faults.
func TestFaults(t *testing.T) {
	if *faultsToTry == "" {
		t.Skip("it takes half an hour: make test-faults")
	}
	seed := seedOf(*rigSeed)
	for _, f := range faults {
		if *faultsToTry != "all" && !slices.Contains(strings.Split(*faultsToTry, ","), f.name) {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			r := raiseRig(t, seed, rigOptions{agents: rigAgents, faulty: true, unpromised: f.unpromised})
			r.opens(rigRate)
			r.crowded(20)
			r.moment(0, 3*time.Second)
			up := r.up()
			begun := time.Now()
			f.does(r)
			r.amiss(begun)
			r.moment(3*time.Second, 4*time.Second) // of a line that is well again
			n := r.counts()
			r.p.end()
			fmt.Printf("fault=%s seed=%d up=%v %s\n", f.name, seed, up, n)
			if err := n.wrong(f.may...); err != nil {
				t.Errorf("%s, with the seed %d: %v", f.name, seed, err)
			}
		})
	}
}

// fullDisk: the spool's disk is full, and Hotline is killed in that, twice.
func (r *rig) fullDisk() {
	defer r.fills(filepath.Dir(r.config.Spool))()
	for range 2 {
		r.moment(4*time.Second, 8*time.Second)
		r.restarts(r.killed())
	}
}

// frozenLink: what goes between Hotline and Asterisk stops for 30 s, nothing is closed, and it goes on.
func (r *rig) frozenLink() {
	r.ari.freeze()
	<-time.After(30 * time.Second)
	r.ari.thaw()
	r.isReady()
}

// isReady waits until Hotline says that it serves.
func (r *rig) isReady() {
	r.t.Helper()
	eventuallyEach(r.t, 100*time.Millisecond, 2*atOnce, "Hotline is ready", func() error {
		status, body, err := r.p.tellsAt("/readyz")
		if err == nil && status != 200 {
			err = errors.New(body)
		}
		return err
	})
}

// noDatabase: PostgreSQL is killed, Hotline is killed in that and starts without it, and it comes back.
func (r *rig) noDatabase() {
	r.t.Helper()
	r.house.postgres.Kill()
	r.moment(time.Second, 3*time.Second)
	r.restarts(r.killed())
	r.moment(15*time.Second, 20*time.Second)
	r.must(r.house.postgres.Start(r.t.Context()))
	r.isReady()
	var long int
	if err := r.query(`SELECT count(*) FROM tickets WHERE length(number) > 9`, &long); err != nil || long > 0 {
		r.t.Errorf("%d tickets have numbers that nobody can say, %v", long, err)
	}
}

func (r *rig) fiveKills() {
	for range 5 {
		r.moment(time.Second, 5*time.Second)
		r.restarts(r.killed())
	}
}

// killedAsFiled: Hotline is killed in the moment in which it has acknowledged what an agent files.
func (r *rig) killedAsFiled() { r.killedAs("filed", 0) }

// killedAsRinging: Hotline is killed while the phones of agents ring, of whom some pick up before there is another.
func (r *rig) killedAsRinging() { r.killedAs("rings", 200*time.Millisecond) }

// killedAtArrival: Hotline is killed within some milliseconds of an INVITE.
func (r *rig) killedAtArrival() { r.killedAs("came", 40*time.Millisecond) }

// killedAs: Hotline is killed five times, when something happens or within a moment of it.
func (r *rig) killedAs(what string, moment time.Duration) {
	r.t.Helper()
	for range 5 {
		r.next(what)
		r.moment(0, moment)
		r.restarts(r.killed())
		r.moment(time.Second, 3*time.Second)
	}
}

// killedInMenu: Hotline is killed while callers are in the menu.
func (r *rig) killedInMenu() {
	for range 5 {
		r.eventually("three are in the menu", func() error {
			if n := r.up()["menu"]; n < 3 {
				return fmt.Errorf("%d are", n)
			}
			return nil
		})
		r.restarts(r.killed())
		r.moment(time.Second, 3*time.Second)
	}
}

// crashLoop: Hotline is started eight times, and killed each time before or soon after it serves.
func (r *rig) crashLoop() {
	at := r.killed()
	for range 8 {
		r.p = r.begins(r.p)
		r.moment(0, 1500*time.Millisecond)
		r.p.kill()
	}
	r.restarts(at)
}

// standbyTakesOver: a second Hotline waits on the same application, the first is killed and comes back as a standby, and the second hands over.
func (r *rig) standbyTakesOver() {
	first := r.p
	second := r.beside(first, func(*config.Config) {})
	r.moment(2*time.Second, 4*time.Second)
	at := r.killed()
	second.atServing()
	r.amiss(at)
	r.pages.leads(strings.TrimPrefix(second.pages, "http://"))
	r.moment(4*time.Second, 8*time.Second)
	r.p = r.begins(first)
	r.p.says("msg=\"standby: ")
	at = time.Now()
	r.must((handoverCommand{File: second.file}).Run(r.t.Context()))
	r.p.atServing()
	r.pages.leads(strings.TrimPrefix(r.p.pages, "http://"))
	r.amiss(at)
	r.moment(2*time.Second, 4*time.Second)
	second.end()
}

// secondNode: another Hotline with an Asterisk of its own begins to work on the same database, and is killed.
func (r *rig) secondNode() {
	r.t.Helper()
	other := moveIn(r.t).asterisk
	p := &process{s: r.stage, file: filepath.Join(r.t.TempDir(), "hotline.yaml"), config: r.p.config, done: make(chan struct{})}
	p.config.Spool = filepath.Join(r.t.TempDir(), "spool")
	p.config.Listen, p.config.HTTP.Metrics = freeAddress("127.0.0.1:0"), ""
	p.config.Asterisk.Node, p.config.Asterisk.URL, p.config.Asterisk.SIP, p.config.Asterisk.Websocket = "other", other.ARIURL, other.SIPAddr, other.WSURL
	p.config.Asterisk.Password, p.config.Asterisk.Reserve = config.SecretOf(other.ARIPassword), ""
	secret := filepath.Join(r.t.TempDir(), "secret")
	r.must(os.WriteFile(secret, []byte(other.ARIPassword), 0o600))
	p.config.Asterisk.Password = config.Secret{File: secret}
	p.run()
	p.says("people are seated")
	r.moment(2*time.Second, 5*time.Second)
	p.kill()
}

// asteriskKilled: Asterisk is killed, and back after 8 s. All calls are gone, and nobody has hung up.
func (r *rig) asteriskKilled() {
	r.t.Helper()
	r.house.asterisk.Kill()
	r.mu.Lock()
	for _, c := range r.callers {
		c.breaks()
	}
	r.mu.Unlock()
	for _, a := range r.agents {
		a.set(func() {
			if a.call != nil {
				go a.call.Vanish()
			}
		})
	}
	<-time.After(8 * time.Second)
	r.must(r.house.asterisk.Start(r.t.Context()))
	r.isReady()
}

// stopped: Hotline does not run for 60 s, as on a machine that hangs, and goes on.
func (r *rig) stopped() {
	r.must(r.p.cmd.Process.Signal(syscall.SIGSTOP))
	<-time.After(time.Minute)
	r.must(r.p.cmd.Process.Signal(syscall.SIGCONT))
	r.isReady()
}

// cutLinks: the way to Asterisk is cut ten times, every 3 s.
func (r *rig) cutLinks() {
	for range 10 {
		r.ari.cuts()
		<-time.After(3 * time.Second)
	}
	r.isReady()
}

// commandsAtTheStart: all agents press ready while Hotline starts.
func (r *rig) commandsAtTheStart() {
	r.t.Helper()
	for range 3 {
		at := r.killed()
		var pressed sync.WaitGroup
		for _, a := range r.agents {
			pressed.Go(func() {
				if err := a.desk.Command(r.shut, "agent.ready", nil); err != nil {
					r.t.Errorf("%s pressed ready as Hotline started: %v", a.person.ID, err)
				}
			})
		}
		r.restarts(at)
		pressed.Wait()
		r.moment(time.Second, 3*time.Second)
	}
}

// idleConnections: thousands come from twenty addresses, ask nothing, and come again where they are closed.
func (r *rig) idleConnections() {
	ends := r.floods(r.p.pages, 3000, 20)
	r.moment(15*time.Second, 20*time.Second)
	ends()
	if strings.Contains(r.p.text(), "too many open files") {
		r.t.Error("files ran out")
	}
}

// calledAgain: from the numbers of some who are promised a callback another call comes, waits, and is gone.
func (r *rig) calledAgain() {
	r.t.Helper()
	again := map[string]bool{}
	eventuallyEach(r.t, 200*time.Millisecond, 3*atOnce, "three who are promised a callback call again", func() error {
		all, _, err := r.records()
		if err != nil {
			return err
		}
		for digits, records := range all {
			if number := "+" + digits; len(records) == 1 && records[0].outcome == string(tickets.CallbackPromised) && !again[number] && len(again) < 3 {
				again[number] = true
				call := r.calls(number)
				r.chooses(call, "3")
				r.hangsUp(call)
			}
		}
		if len(again) < 3 {
			return fmt.Errorf("%d have", len(again))
		}
		return nil
	})
}
