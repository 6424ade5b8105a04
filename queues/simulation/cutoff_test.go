package simulation

import (
	"math"
	"testing"
	"time"

	"hotline/queues"
)

// cutoff is a queue of two classes with one kind of agent: the first goes first, and the second is served only while
// more than a reserve is free. It is the cutoff priority queue of C. Schaack and R. Larson, An N-server cutoff priority
// queue, Operations Research 34 (1986), and the threshold policy by which N. Gans and Y.-P. Zhou, A call-routing problem with
// service-level constraints, Operations Research 51 (2003), protect one class at the least cost to the other.
type cutoff struct {
	agents, reserve int
	first, second   float64 // erlangs: arrivals in a mean service time
}

// theory solves the Markov chain of how many are served or wait of the first class, and how many wait of the second, by
// iteration: the shares that wait, and the mean waits of all in mean service times.
func (c cutoff) theory() (waits, mean [2]float64) {
	const long, second = 60, 240 // beyond them there is next to nothing
	n, from := c.agents, c.agents-c.reserve
	size := n + long
	p := make([][]float64, size+1) // p[x][l]: x are served, or wait of the first class; l wait of the second
	for x := range p {
		p[x] = make([]float64, second+1)
		p[x][0] = 1 / float64(size+1)
	}
	rate := func(x int) float64 { return float64(min(x, n)) }
	for change := 1.0; change > 1e-7; {
		change = 0
		sum := 0.0
		for x := range p {
			for l := range p[x] {
				if l > 0 && x < from {
					break
				}
				in, out := 0.0, rate(x)
				if x < size {
					out += c.first
				}
				if x < from || l < second {
					out += c.second
				}
				if x > 0 && (l == 0 || x > from) {
					in += p[x-1][l] * c.first
				}
				if x > 0 && x <= from && l == 0 {
					in += p[x-1][0] * c.second
				}
				if x >= from && l > 0 {
					in += p[x][l-1] * c.second
				}
				if x < size && (x >= from || l == 0) {
					in += p[x+1][l] * rate(x+1)
				}
				if x == from && l < second {
					in += p[x][l+1] * rate(x) // one leaves, and one of the second class begins
				}
				change = max(change, math.Abs(in/out-p[x][l])/(in/out+1e-12))
				p[x][l] = in / out
				sum += p[x][l]
			}
		}
		for x := range p {
			for l := range p[x] {
				p[x][l] /= sum
			}
		}
	}
	for x := range p {
		for l, share := range p[x] {
			if x >= n {
				waits[0] += share
				mean[0] += share * float64(x-n) / c.first
			}
			if x >= from {
				waits[1] += share
				mean[1] += share * float64(l) / c.second
			}
		}
	}
	return waits, mean
}

// At each reserve the shares that wait and the mean waits of both classes are those of the chain, within the 99 % confidence
// interval of batch means that holds for all sixteen at once; and the more agents are reserved, the less the first class waits.
func TestReservedThresholdProtectsThePriorityClass(t *testing.T) {
	t.Parallel()
	const calls = 200_000
	const student99All = 3.93 // 1 − 0.01/2/16 of Student's t with 24 degrees of freedom
	inside, before := 0, 1.0
	for reserve := range 4 {
		c := cutoff{agents: 10, reserve: reserve, first: 3, second: 3}
		waits, mean := c.theory()
		if all := mean[0] / waits[0]; math.Abs(all-1/(10-c.first)) > 1e-3 {
			t.Fatalf("who waits of the first class waits for %.5f, not for 1 ÷ (10 − 3)", all) // Schaack and Larson
		}
		p := crew(c.agents, (c.first+c.second)/handling.Hours(), 0, calls, uint64(20+reserve))
		p.Config.Queues = []queues.Queue{{ID: "first", Priority: 1}, {ID: "second", Reserve: reserve}}
		all := p.Demands[0]
		p.Demands = nil
		for i, load := range []float64{c.first, c.second} {
			d := all
			d.Queue = p.Config.Queues[i].ID
			for slot := range d.Calls {
				d.Calls[slot] = load / handling.Hours() / 2
			}
			p.Demands = append(p.Demands, d)
		}
		classes := []*batches{newBatches(calls), newBatches(calls)}
		p.Each = func(c Call) { classes[c.Demand].add(c, 20*time.Second) }
		run(t, p)
		for i, b := range classes {
			for _, x := range []struct {
				what   string
				of, to []float64
				want   float64
			}{{"share that waits", b.delayed, b.offered, waits[i]}, {"mean wait, s", b.waited, b.answered, mean[i] * handling.Seconds()}} {
				got, off := interval(x.of, x.to)
				if math.Abs(got-x.want) <= student99*off {
					inside++
				}
				if math.Abs(got-x.want) > student99All*off {
					t.Errorf("reserve %d, class %d, %s: %.5f ± %.5f, by theory %.5f", reserve, i+1, x.what, got, student99All*off, x.want)
				}
			}
		}
		t.Logf("reserve %d: of the first class %.4f wait, of the second %.4f", reserve, waits[0], waits[1])
		if waits[0] > 0.75*before {
			t.Errorf("a reserve of %d lets %.4f of the first class wait, one fewer %.4f", reserve, waits[0], before)
		}
		before = waits[0]
	}
	t.Logf("%d of 16 lie in their own 99 %% interval", inside)
}
