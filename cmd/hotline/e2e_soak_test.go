package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

var soakFor = flag.Duration("soak", 0, "TestSoak: for how long there are calls; 0: it is not done")

// What may be left over when all calls of a soak are over.
const (
	leftGoroutines = 10
	leftFiles      = 10
	leftMemory     = 32 << 20 // bytes of Hotline's heap, beside what is kept of each call on purpose
	faultEach      = time.Minute
)

// TestSoak is make soak: mixed calls, and one of the faults each minute, at random. At the end each call that Asterisk's phones know of has its ticket, and nothing is left over: no channel
// and no bridge in Asterisk, no goroutine, no file and no memory in Hotline.
func TestSoak(t *testing.T) {
	if *soakFor == 0 {
		t.Skip("it takes half an hour: make soak")
	}
	seed := seedOf(*rigSeed)
	fmt.Printf("soak seed=%d\n", seed)
	r := raiseRig(t, seed, rigOptions{agents: rigAgents, faulty: true})
	before := r.holds()
	r.opens(rigRate)
	r.crowded(20)
	dice := rand.New(rand.NewPCG(seed, 200))
	var may, done []string
	end := time.Now().Add(*soakFor)
	for next := time.Now().Add(faultEach / 2); next.Before(end); next = next.Add(faultEach) {
		<-time.After(time.Until(next)) // the rhythm of a soak
		f := faults[dice.IntN(len(faults))]
		for f.solo {
			f = faults[dice.IntN(len(faults))]
		}
		up, begun := r.up(), time.Now()
		f.does(r)
		r.amiss(begun)
		may, done = append(may, f.may...), append(done, f.name)
		fmt.Printf("soak %s fault=%s took=%s up=%v\n", begun.UTC().Format(time.TimeOnly), f.name, time.Since(begun).Round(time.Second), up)
	}
	<-time.After(time.Until(end))
	n := r.counts()
	after := r.comesDown(before, n.calls)
	slices.Sort(done)
	fmt.Printf("soak for=%s faults=%d starts=%d %s goroutines=%d..%d files=%d..%d heap_kB=%d..%d asterisk_files=%d..%d asterisk_kB=%d..%d seed=%d cpus=%d\n", *soakFor, len(done), 1+len(r.ready), n,
		before.goroutines, after.goroutines, before.files, after.files, before.heap>>10, after.heap>>10, before.asteriskFiles, after.asteriskFiles, before.asterisk>>10, after.asterisk>>10,
		seed, runtime.NumCPU())
	if err := n.wrong(may...); err != nil {
		t.Errorf("after %v: %v", done, err)
	}
	r.p.end()
}

// holding is what Hotline and Asterisk hold.
type holding struct{ goroutines, files, heap, asteriskFiles, asterisk int }

func (r *rig) holds() (h holding) {
	r.t.Helper()
	figures := scrape(r.t, "http://"+r.p.config.HTTP.Metrics)
	for name, n := range map[string]*int{"go_goroutines": &h.goroutines, "process_open_fds": &h.files, "go_memstats_heap_alloc_bytes": &h.heap} {
		value, is := figures.value(name)
		if !is {
			r.t.Fatalf("/metrics does not tell %s", name)
		}
		*n = int(value)
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), atOnce)
	defer cancel()
	_, err := r.house.asterisk.CLI(ctx, "malloc trim") // or glibc holds what is free
	r.must(err)
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", r.house.asterisk.PID()))
	r.must(err)
	h.asteriskFiles = len(files)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.house.asterisk.PID()))
	r.must(err)
	if _, rest, is := strings.Cut(string(status), "VmRSS:"); is {
		_, err = fmt.Sscanf(rest, "%d kB", &h.asterisk)
		h.asterisk <<= 10
	}
	r.must(err)
	return h
}

// comesDown waits until no more is held than before so many calls.
func (r *rig) comesDown(before holding, calls int) (now holding) {
	r.t.Helper()
	end := time.Now().Add(3 * time.Minute)
	for ; time.Now().Before(end); <-time.After(time.Second) { // nobody announces that memory is free
		now = r.holds()
		if now.goroutines <= before.goroutines+leftGoroutines && now.files <= before.files+leftFiles && now.heap <= before.heap+leftMemory+calls*keptPerCall &&
			now.asteriskFiles <= before.asteriskFiles+leftFiles {
			return now
		}
	}
	r.t.Errorf("held are %+v, and before %d calls %+v", now, calls, before)
	return now
}
