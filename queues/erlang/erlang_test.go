package erlang

import (
	"errors"
	"flag"
	"math"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hotline/queues"
)

// TestMain asks for more random workloads than rapid would try by itself; the flag still counts.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "2000"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// near says whether two numbers agree to a share of the larger.
func near(got, want, share float64) bool {
	return math.Abs(got-want) <= share*max(math.Abs(got), math.Abs(want))
}

// The loads at which one call in a hundred is lost stand in every table of Erlang's first formula, such as that of
// R. B. Cooper, Introduction to Queueing Theory, or ITU-T's Teletraffic Engineering Handbook (2005).
func TestErlangBIsThatOfTheTables(t *testing.T) {
	for agents, load := range map[int]float64{1: 0.0101, 2: 0.153, 3: 0.455, 4: 0.869, 5: 1.36, 10: 4.46, 20: 12.03, 30: 20.34, 50: 37.90, 100: 84.06} {
		// The load is rounded to the digits shown, and so is what follows from it.
		if got := B(agents, load); !near(got, 0.01, 0.02) {
			t.Errorf("%d agents, %g erlangs: %.6f are lost, not 0.01", agents, load, got)
		}
	}
	for _, c := range []struct {
		agents     int
		load, want float64
	}{
		{0, 1, 1}, {1, 1, 1. / 2}, {2, 1, 1. / 5}, {3, 1, 1. / 16}, {4, 1, 1. / 65}, // by hand: 1/n! over the sum of 1/k!
		{5, 0, 0}, {0, 0, 1}, {1000, 1e-3, 0},
	} {
		if got := B(c.agents, c.load); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%d agents, %g erlangs: %.17g, not %.17g", c.agents, c.load, got, c.want)
		}
	}
}

func TestErlangCIsThatOfTheBooks(t *testing.T) {
	for _, c := range []struct {
		agents     int
		load, want float64
	}{
		{1, 0.7, 0.7},  // M/M/1
		{2, 1, 1. / 3}, // by hand
		{3, 2, 4. / 9}, // by hand
		{4, 4, 1}, {4, 9, 1}, {4, 0, 0},
	} {
		if got := C(c.agents, c.load); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%d agents, %g erlangs: %.17g, not %.17g", c.agents, c.load, got, c.want)
		}
	}
}

// A. Mandelbaum and S. Zeltyn, The Palm/Erlang-A queue, with applications to call centers (2005), compare both models by
// a centre of 50 agents with 48 calls a minute of a minute each; in the second the callers' patience is two minutes.
func TestErlangCAndAComeApartAsMandelbaumAndZeltynShow(t *testing.T) {
	w := Workload{PerHour: 48 * 60, Handling: time.Minute}
	c, err := w.With(50)
	if err != nil {
		t.Fatal(err)
	}
	w.Patience = 2 * time.Minute
	a, err := w.With(50)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct {
		what            string
		got, want, last float64 // the last digit that is printed there
	}{
		{"C: mean wait, s", c.MeanWait.Seconds(), 20.8, 0.1},
		{"C: 90 % wait no longer than 58.1 s", c.Within(58100*time.Millisecond, 0), 0.900, 0.001},
		{"C: waiting", c.Waiting, 17, 1},
		{"C: occupancy", c.Occupancy, 0.96, 0.01},
		{"A: abandon", a.Abandons, 0.031, 0.001},
		{"A: mean wait, s", a.MeanWait.Seconds(), 3.7, 0.1},
		{"A: waiting", a.Waiting, 3, 1},
		{"A: occupancy", a.Occupancy, 0.93, 0.01},
	} {
		if math.Abs(v.got-v.want) > v.last/2 {
			t.Errorf("%s: %.5g, not %g", v.what, v.got, v.want)
		}
	}
}

func TestErlangBKeepsItsRecursion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		load := math.Exp(rapid.Float64Range(-3, 11).Draw(t, "ln load"))
		agents := int(load * rapid.Float64Range(0, 1.5).Draw(t, "agents per erlang"))
		b := B(agents, load)
		if next, want := B(agents+1, load), load*b/(float64(agents)+1+load*b); want > 1e-300 && !near(next, want, 1e-11) {
			t.Fatalf("%d agents, %g erlangs: %.17g, not %.17g", agents+1, load, next, want)
		}
		n := float64(agents)
		if c, want := C(agents, load), n*b/(n-load*(1-b)); load < n && b > 1e-300 && !near(c, want, 1e-9) {
			t.Fatalf("%d agents, %g erlangs: C %.17g, not %.17g", agents, load, c, want)
		}
	})
}

// anyWorkload is a centre of up to a few thousand agents, from far too many to far too few.
func anyWorkload(t *rapid.T) (w Workload, agents int) {
	load := math.Exp(rapid.Float64Range(-2, 8).Draw(t, "ln erlangs"))
	w.Handling = time.Duration(rapid.IntRange(1e9, 1800e9).Draw(t, "handling"))
	w.PerHour = load / w.Handling.Hours()
	w.Patience = time.Duration(float64(w.Handling) * math.Exp(rapid.Float64Range(-4, 6).Draw(t, "ln patience per handling")))
	spread := rapid.Float64Range(-4, 5).Draw(t, "square roots above the load")
	return w, max(0, int(load+spread*math.Sqrt(load)))
}

func serve(t interface{ Fatal(...any) }, w Workload, agents int) Service {
	s, err := w.With(agents)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// By the states themselves: how often each number of callers is there, from the flows between neighbours, in logarithms.
func TestErlangAIsTheBirthAndDeathProcess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, agents := anyWorkload(t)
		s := serve(t, w, agents)
		lambda, mu, theta := w.PerHour/3600, 1/w.Handling.Seconds(), 1/w.Patience.Seconds()
		weights, most := []float64{0}, 0.0 // logarithms
		for k := 1; ; k++ {
			leave := float64(min(k, agents))*mu + float64(max(0, k-agents))*theta
			next := weights[k-1] + math.Log(lambda/leave)
			if weights = append(weights, next); next < most-50 && k > agents && lambda < leave {
				break
			}
			most = max(most, next)
		}
		var sum, busy, waiting, waits float64
		for k, log := range weights {
			p := math.Exp(log - most)
			sum += p
			busy += p * float64(min(k, agents))
			waiting += p * float64(max(0, k-agents))
			if k >= agents {
				waits += p
			}
		}
		for _, c := range []struct {
			what      string
			got, want float64
		}{
			{"waits", s.Waits, waits / sum},
			{"waiting", s.Waiting, waiting / sum},
			{"busy", s.Occupancy * float64(agents), busy / sum},
			{"abandons", s.Abandons, theta * waiting / sum / lambda},
		} {
			if math.Abs(c.got-c.want) > 1e-13 && !near(c.got, c.want, 1e-8) {
				t.Fatalf("%+v, %d agents: %s %.12g, not %.12g", w, agents, c.what, c.got, c.want)
			}
		}
		// Whoever comes is served or abandons; the waits of both are all there is.
		if flow := s.Occupancy*float64(agents)*mu/lambda + s.Abandons; math.Abs(flow-1) > 1e-8 {
			t.Fatalf("%+v, %d agents: %.12g of the calls end", w, agents, flow)
		}
	})
}

// How long they wait, by integrating the density of the wait of somebody who never gives up,
// λπ exp(λ(1−e^(−θt))/θ − nμt), as in F. Baccelli and G. Hebuterne (1981).
func TestServiceLevelIsTheIntegralOfTheWait(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		load := rapid.Float64Range(0.5, 200).Draw(t, "erlangs")
		w := Workload{Handling: time.Minute, PerHour: load * 60}
		w.Patience = time.Duration(float64(time.Minute) * rapid.Float64Range(0.1, 20).Draw(t, "patience"))
		agents := max(1, int(load*rapid.Float64Range(0.7, 1.3).Draw(t, "agents per erlang")))
		within := time.Duration(rapid.IntRange(1, 120).Draw(t, "within")) * time.Second
		s := serve(t, w, agents)
		capacity := float64(agents) / 60
		density := func(t float64) float64 {
			return math.Exp(-s.lambda/s.theta*math.Expm1(-s.theta*t) - capacity*t)
		}
		end := 0.0
		for peak := 1.0; density(end) > 1e-14*peak; end += 1 / (capacity + s.lambda) {
			peak = max(peak, density(end))
		}
		stays := func(t float64) float64 { return math.Exp(-s.theta * t) }
		all := simpson(density, 0, end)
		if s.Waits < 1e-9 {
			return
		}
		share := func(f func(float64) float64, to float64) float64 {
			return s.Waits * simpson(func(t float64) float64 { return f(t) * density(t) }, 0, min(to, end)) / all
		}
		got := s.Within(within, 0)
		if want := 1 - s.Waits + share(stays, within.Seconds()); math.Abs(got-want) > 1e-7 {
			t.Fatalf("%+v, %d agents: %.10g within %s, not %.10g", w, agents, got, within, want)
		}
		answered := 1 - s.Waits + share(stays, end)
		if want := share(func(t float64) float64 { return t * stays(t) }, end) / answered; math.Abs(s.ASA.Seconds()-want) > 1e-6*max(1, want) {
			t.Fatalf("%+v, %d agents: ASA %s, not %.9g s", w, agents, s.ASA, want)
		}
		// Hung up before short: those whose patience ends there while the wait does not.
		short := within / 3
		hung := s.Waits * (simpson(func(t float64) float64 { return (1 - stays(min(t, short.Seconds()))) * density(t) }, 0, min(short.Seconds(), end)) +
			(1-stays(short.Seconds()))*simpson(density, min(short.Seconds(), end), end)) / all
		if want, got := got/(1-hung), s.Within(within, short); math.Abs(got-want) > 1e-7 {
			t.Fatalf("%+v, %d agents: %.10g within %s without the short, not %.10g", w, agents, got, within, want)
		}
	})
}

func simpson(f func(float64) float64, from, to float64) float64 {
	const steps = 4000
	h := (to - from) / steps
	sum := f(from) + f(to)
	for i := 1; i < steps; i++ {
		sum += f(from+float64(i)*h) * float64(2+2*(i%2))
	}
	return sum * h / 3
}

// Where patience is as long as handling, a caller is gone at the same rate served or not, and the number of callers is Poisson.
func TestErlangAIsPoissonWherePatienceIsHandling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		load := rapid.Float64Range(0.1, 300).Draw(t, "erlangs")
		agents := rapid.IntRange(0, 400).Draw(t, "agents")
		s := serve(t, Workload{PerHour: load * 20, Handling: 3 * time.Minute, Patience: 3 * time.Minute}, agents)
		waits := 0.0
		for k := agents; k < 2000; k++ {
			g, _ := math.Lgamma(float64(k) + 1)
			waits += math.Exp(float64(k)*math.Log(load) - load - g)
		}
		if math.Abs(s.Waits-waits) > 1e-14 && !near(s.Waits, waits, 1e-8) {
			t.Fatalf("%g erlangs, %d agents: %.12g, not %.12g", load, agents, s.Waits, waits)
		}
	})
}

func TestErlangABecomesErlangCAsPatienceGrows(t *testing.T) {
	for _, c := range []struct {
		load   float64
		agents int
	}{{0.5, 1}, {9, 10}, {45, 50}, {480, 500}, {9700, 9800}} {
		w := Workload{PerHour: c.load * 20, Handling: 3 * time.Minute}
		limit := serve(t, w, c.agents)
		w.Patience = 100_000 * time.Hour
		s := serve(t, w, c.agents)
		if !near(s.Waits, limit.Waits, 1e-4) || !near(s.ASA.Seconds(), limit.ASA.Seconds(), 1e-3) || s.Abandons > 1e-6 ||
			math.Abs(s.Within(20*time.Second, 0)-limit.Within(20*time.Second, 0)) > 1e-4 {
			t.Errorf("%g erlangs, %d agents: %+v, not %+v", c.load, c.agents, s, limit)
		}
	}
}

func hazard(x float64) float64 {
	return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) / (math.Erfc(x/math.Sqrt2) / 2)
}

// Square-root staffing: with n = a + β√a agents the share that waits goes to a limit that knows only β. S. Halfin and
// W. Whitt (1981) for patient callers; Garnett, Mandelbaum and Reiman (2002), theorem 4, for impatient ones.
func TestManyAgentsComeToTheLimitsOfSquareRootStaffing(t *testing.T) {
	for _, beta := range []float64{-1, -0.3, 0.2, 0.5, 1, 2} {
		for _, ratio := range []float64{0.25, 1, 4} { // handling to patience
			last := math.Inf(1)
			for _, agents := range []int{100, 1000, 10_000, 100_000} {
				n := float64(agents)
				root := (-beta + math.Sqrt(beta*beta+4*n)) / 2 // of the load for which n = a + β√a
				w := Workload{PerHour: root * root * 12, Handling: 5 * time.Minute}
				w.Patience = time.Duration(float64(w.Handling) / ratio)
				beyond := beta / math.Sqrt(ratio)
				limit := 1 / (1 + math.Sqrt(ratio)*hazard(beyond)/hazard(-beta))
				off := math.Abs(serve(t, w, agents).Waits - limit)
				if off > 1/math.Sqrt(n) || off > last {
					t.Errorf("β %g, θ/μ %g, %d agents: off the limit %.6f by %.6f", beta, ratio, agents, limit, off)
				}
				last = off
				if beta <= 0 {
					continue
				}
				patient := 1 / (1 + beta/hazard(-beta))
				if off := math.Abs(C(agents, root*root) - patient); off > 1/math.Sqrt(n) {
					t.Errorf("β %g, %d agents: C is off %.6f by %.6f", beta, agents, patient, off)
				}
			}
		}
	}
}

func TestAnotherAgentNeverHarms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, agents := anyWorkload(t)
		within := time.Duration(rapid.IntRange(0, 300).Draw(t, "within")) * time.Second
		few, more := serve(t, w, agents), serve(t, w, agents+1)
		const slack = 1e-9
		if more.Waits > few.Waits+slack || more.Abandons > few.Abandons+slack || more.MeanWait > few.MeanWait+1 ||
			more.Within(within, 0) < few.Within(within, 0)-slack {
			t.Fatalf("%+v: %d agents give %+v, and one more %+v", w, agents, few, more)
		}
		for _, share := range []float64{few.Waits, few.Abandons, few.Within(within, 0), few.Within(within, within/4)} {
			if !(share >= 0 && share <= 1) {
				t.Fatalf("%+v, %d agents: %+v", w, agents, few)
			}
		}
		if few.Occupancy > 1+slack || few.ASA < 0 || few.Waiting < 0 {
			t.Fatalf("%+v, %d agents: %+v", w, agents, few)
		}
	})
}

func TestFewestAgentsForATargetAreEnoughAndOneLessIsNot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, _ := anyWorkload(t)
		if rapid.Bool().Draw(t, "patient") {
			w.Patience = 0
		}
		target := queues.Target{Share: rapid.Float64Range(0.05, 0.99).Draw(t, "share"), Within: time.Duration(rapid.IntRange(0, 120).Draw(t, "within")) * time.Second}
		s, err := w.For(target, 0)
		if err != nil {
			t.Fatal(err)
		}
		if s.Within(target.Within, 0) < target.Share {
			t.Fatalf("%+v, %+v: %d agents give %g", w, target, s.Agents, s.Within(target.Within, 0))
		}
		if s.Agents == 0 {
			return
		}
		if less, err := w.With(s.Agents - 1); err == nil && less.Within(target.Within, 0) >= target.Share {
			t.Fatalf("%+v, %+v: %d agents would do, and not only %d", w, target, less.Agents, s.Agents)
		}
	})
}

func TestWhatTheoryCannotAnswerIsAnError(t *testing.T) {
	sound := Workload{PerHour: 100, Handling: 3 * time.Minute}
	if _, err := sound.With(5); !errors.Is(err, ErrOverload) {
		t.Errorf("as much work as the agents can do: %v", err)
	}
	for _, w := range []Workload{
		{PerHour: -1, Handling: time.Minute}, {PerHour: math.NaN(), Handling: time.Minute}, {PerHour: math.Inf(1), Handling: time.Minute},
		{PerHour: 1}, {PerHour: 1, Handling: -1}, {PerHour: 1, Handling: 1, Patience: -1},
	} {
		if _, err := w.With(1); !errors.Is(err, queues.ErrInvalid) {
			t.Errorf("%+v: %v", w, err)
		}
		if _, err := w.For(queues.Target{Share: 0.8}, 0); !errors.Is(err, queues.ErrInvalid) {
			t.Errorf("staff for %+v: %v", w, err)
		}
	}
	if _, err := sound.With(-1); !errors.Is(err, queues.ErrInvalid) {
		t.Errorf("-1 agents: %v", err)
	}
	if _, err := sound.For(queues.Target{Share: 1.1}, 0); !errors.Is(err, queues.ErrInvalid) {
		t.Errorf("110 %%: %v", err)
	}
	if _, err := sound.Fewest(func(Service) bool { return false }); !errors.Is(err, ErrNoTarget) {
		t.Errorf("never enough: %v", err)
	}
	if s := serve(t, Workload{Handling: time.Minute}, 0); s.Within(0, 0) != 1 || s.Waits != 0 {
		t.Errorf("no calls: %+v", s)
	}
	if s := serve(t, Workload{PerHour: 60, Handling: time.Minute, Patience: time.Minute}, 0); s.Waits != 1 || s.Abandons != 1 || s.Within(time.Hour, 0) > 1e-12 {
		t.Errorf("no agents: %+v", s)
	}
}
