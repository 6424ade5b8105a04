package queues

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"syscall"
	"testing"
	"time"
)

// perEvent is what one event costs, in seconds, over a time of work.
func perEvent(s stepper, c *crowd, chunk int, work time.Duration) float64 {
	runtime.GC() // what others left is theirs
	var took time.Duration
	events := 0
	for took < work {
		took += taken(s, c.next(chunk))
		events += chunk
	}
	return took.Seconds() / float64(events)
}

// taken is the process's CPU time for telling events: neighbours make the clock on the wall meaningless.
func taken(s stepper, events []moment) time.Duration {
	start := spent()
	replay(s, events)
	return spent() - start
}

// spent is the CPU time of the process so far.
func spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkStep is one event in the midst of the crowd.
func BenchmarkStep(b *testing.B) {
	o, c := steady(b, 20_000)
	b.ReportAllocs()
	b.ResetTimer()
	for left := b.N; left > 0; left -= chunk {
		b.StopTimer()
		all := c.next(min(left, chunk))
		b.StartTimer()
		replay(o.Router, all)
	}
}

// BenchmarkRouter prints the line of make bench-router, and fails where it is below what is promised. It takes some minutes, whatever
// the number of iterations asked for; -block sets how long each block works.
func BenchmarkRouter(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // one core, its garbage included
	defer debug.SetGCPercent(debug.SetGCPercent(GCPercent))
	compareWithScan(b, 1_000_000)
	b.Logf("1,000,000 random events: decided as the scan does")
	m := newMeter(b)
	measure := func() { m.work(10 * time.Second) }
	measure()
	o, c := steady(b, 20_000)
	r := o.Router
	v := againstScan(b, r, c, measure)
	p := percentiles(r, c, 1_000_000)
	if c.relaxed == 0 {
		b.Fatal("no relaxation step was taken")
	}
	b.Logf("of %d offers %d were for less than the queue asks at first; classes: %d", c.offers, c.relaxed, len(r.demand.classes))
	exponent := growth(b)
	measure()
	alone, full := m.costs()
	b.Logf("%d chunks of %d events each: %.0f ns an event, %.0f with the ledger; undisturbed, with collecting garbage, %.0f and %.0f ns",
		len(m.costAlone), chunk, alone.median*1e9, full.median*1e9, alone.undisturbed*1e9, full.undisturbed*1e9)
	allocs, _ := allocations(r, c)
	fmt.Printf("bench-router events_per_s=%.0f p999_us=%.2f scan_ratio=%.0f exponent=%.3f events_per_s_median=%.0f without_ledger_per_s=%.0f without_ledger_per_s_median=%.0f "+
		"scan_ratio_low=%.0f scan_ratio_high=%.0f control=%.3f allocs_per_event=%.2f p999_wall_us=%.2f p999_wall_without_collection_us=%.2f p999_spin_us=%.2f\n",
		1/full.undisturbed, p.own*1e6, v.ratio, exponent, 1/full.median, 1/alone.undisturbed, 1/alone.median,
		v.low, v.high, v.control, allocs, p.wall*1e6, p.uncollected*1e6, p.spin*1e6)
	if v.control < 0.95 || v.control > 1.05 {
		b.Errorf("void: the same against itself is %.3f, outside 0.95 to 1.05", v.control)
	}
	if 1/full.undisturbed < 500_000 || 1/alone.median < 500_000 || p.own > 20e-6 || v.ratio < 1000 || exponent > 0.3 {
		b.Error("not held: 500,000 events a second, p99.9 of 20 µs, 1,000 times the scan, exponent of 0.3")
	}
}

// versus is what became of a comparison: the median of the blocks' ratios with its 95 % bootstrap interval, and the control: the
// same against itself.
type versus struct{ ratio, low, high, control float64 }

// againstScan works the two in turn, router, scan, scan, router, and lets something else be done between.
func againstScan(b *testing.B, r *Router, c *crowd, between func()) (v versus) {
	like, slow := steady(b, 20_000) // the same crowd, at the scan's pace
	s := scanOf(like.Router)
	const parts = 5
	var ratios, same []float64
	for block := range 5 {
		var a1, b1, b2, a2 float64
		for range parts { // of the block, so that neighbours who come and go meet both
			a1 += perEvent(r, c, chunk, *blockTime/parts) / parts
			b1 += perEvent(s, slow, 10, *blockTime/parts) / parts
			b2 += perEvent(s, slow, 10, *blockTime/parts) / parts
			a2 += perEvent(r, c, chunk, *blockTime/parts) / parts
		}
		b.Logf("block %d: router %.0f and %.0f ns, scan %.0f and %.0f ns an event", block+1, a1*1e9, a2*1e9, b1*1e9, b2*1e9)
		ratios, same = append(ratios, (b1+b2)/(a1+a2)), append(same, a2/a1)
		between()
	}
	dice := rand.New(rand.NewPCG(5, 6))
	var drawn []float64
	for range 10_000 {
		again := make([]float64, len(ratios))
		for i := range again {
			again[i] = ratios[dice.IntN(len(ratios))]
		}
		drawn = append(drawn, median(again))
	}
	slices.Sort(drawn)
	return versus{median(ratios), drawn[250], drawn[9750], median(same)}
}

// cost is what an event costs, in seconds of the process's CPU time, as it was in many chunks. Neighbours on the machine take the caches
// and the memory, and make the same work take up to twice as long, never shorter: undisturbed is what the tenth of the chunks cost
// that they left alone most. Garbage is collected once in many chunks; undisturbed bears a fair share of all that was.
type cost struct{ median, undisturbed float64 }

// meter measures the costs of the router alone, and with the figures by the quarter of an hour, which in service an observer keeps in its
// goroutine: chunk by chunk in turn, so that both have the same neighbours, and now and then, because neighbours stay for minutes.
type meter struct {
	alone, with         office
	crowdOne, crowdTwo  *crowd
	costAlone, costWith []float64
	collected           float64 // seconds
}

func newMeter(b *testing.B) *meter {
	m := &meter{}
	m.alone, m.crowdOne = steady(b, 20_000)
	m.with, m.crowdTwo = steady(b, 20_000)
	return m
}

func (m *meter) work(time time.Duration) {
	runtime.GC() // what others left is theirs
	before := collecting()
	for until := spent() + time; spent() < until; {
		m.costAlone = append(m.costAlone, taken(m.alone.Router, m.crowdOne.next(chunk)).Seconds()/chunk)
		m.costWith = append(m.costWith, taken(m.with, m.crowdTwo.next(chunk)).Seconds()/chunk)
	}
	runtime.GC() // says what was collected
	m.collected += collecting() - before
}

func (m *meter) costs() (alone, with cost) {
	share := m.collected / float64(4*len(m.costAlone)*chunk) // half of the events are told to those who run ahead
	of := func(all []float64) cost {
		slices.Sort(all)
		return cost{median(all), all[len(all)/10] + share}
	}
	return of(m.costAlone), of(m.costWith)
}

// collecting is the CPU time of collecting garbage, in seconds, up to the last collection.
func collecting() float64 {
	took := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}}
	metrics.Read(took)
	return took[0].Value.Float64()
}

// tail is the time, in seconds, that one step in a thousand takes longer than.
type tail struct {
	own         float64 // without what the machine does beside: of two twins who are told the same the faster counts
	wall        float64 // as it is; own hides the collection of garbage too, which seldom hits both
	uncollected float64 // as it is while none is collected: what collecting adds is the difference
	spin        float64 // of a loop that does nothing for as long as a step takes: what the machine does beside
}

func percentiles(r *Router, c *crowd, events int) tail {
	twin := r.Copy()
	step := func(s stepper, m moment) time.Duration {
		start := time.Now()
		s.Step(m.at, m.e)
		s.Release()
		return time.Since(start)
	}
	var wall, faster, spin, uncollected []time.Duration
	for len(wall) < events {
		for _, m := range c.next(chunk) {
			one, other := step(r, m), step(twin, m)
			wall, faster = append(wall, one), append(faster, min(one, other))
			start := time.Now()
			for time.Since(start) < 1500*time.Nanosecond {
			}
			spin = append(spin, time.Since(start))
		}
	}
	runtime.GC() // what is free now is enough
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for len(uncollected) < events/4 {
		for _, m := range c.next(chunk) {
			uncollected = append(uncollected, step(r, m))
		}
	}
	of := func(all []time.Duration) float64 {
		slices.Sort(all)
		return all[len(all)-len(all)/1000].Seconds()
	}
	return tail{own: of(faster), wall: of(wall), uncollected: of(uncollected), spin: of(spin)}
}

// growth is the exponent of an event's cost in the number of waiting, by least squares over 200 to 200,000.
func growth(b *testing.B) float64 {
	var xs, ys []float64
	for _, size := range []int{200, 2_000, 20_000, 200_000} {
		o, c := steady(b, size)
		var each []float64
		for range 5 {
			each = append(each, perEvent(o.Router, c, chunk, *blockTime/10))
		}
		b.Logf("%d waiting: %.0f ns an event", size, median(each)*1e9)
		xs, ys = append(xs, math.Log(float64(size))), append(ys, math.Log(median(each)))
	}
	var x, y, xx, xy float64
	for i := range xs {
		x, y, xx, xy = x+xs[i], y+ys[i], xx+xs[i]*xs[i], xy+xs[i]*ys[i]
	}
	n := float64(len(xs))
	return (n*xy - x*y) / (n*xx - x*x)
}

// allocations counts what an event allocates, and what it does beyond the ids of offers, which are part of the decisions.
func allocations(s stepper, c *crowd) (each, beyond float64) {
	offers := c.offers
	all := c.next(100_000)
	offers = c.offers - offers
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	replay(s, all)
	runtime.ReadMemStats(&after)
	made, events := float64(after.Mallocs-before.Mallocs), float64(len(all))
	return made / events, (made - float64(offers)) / events
}

// Who declined is named in the next offer, now and then a list grows, and the runtime works beside: no more than that.
func TestAnEventAllocatesNothingButTheIdsOfOffers(t *testing.T) {
	o, c := steady(t, 2_000)
	each, beyond := allocations(o, c)
	t.Logf("with its figures an event allocates %.3f times, %.3f beyond the ids of offers", each, beyond)
	if beyond > 0.1 {
		t.Error("more than 0.1")
	}
}

func median(of []float64) float64 {
	of = slices.Sorted(slices.Values(of))
	return (of[len(of)/2] + of[(len(of)-1)/2]) / 2
}
