// Package erlang is staffing arithmetic: what theory says of a group of equal agents. Calls come by a Poisson process, handling times are
// exponential, whoever waited longest is served first. Callers wait for ever (M/M/n, Erlang C) or lose patience after an
// exponential time (M/M/n+M, Erlang A). Where skills overlap no formula holds, and the router is simulated instead.
//
// States are weighed against each other and summed, all of them positive, and no power or factorial is taken; so the results
// hold to ten digits from one agent to a hundred thousand.
//
//   - Erlang B, C: A. K. Erlang, Solution of some problems in the theory of probabilities of significance in automatic
//     telephone exchanges, Elektroteknikeren 13 (1917).
//   - Erlang A: C. Palm, Research on telephone traffic carried by full availability groups, Tele (1957); O. Garnett,
//     A. Mandelbaum, M. Reiman, Designing a call center with impatient customers, M&SOM 4 (2002); A. Mandelbaum,
//     S. Zeltyn, Service engineering in action: the Palm/Erlang-A queue (2007).
//
// A Workload says what comes; With says what Service so many agents give, and For how many agents keep a target.
package erlang

import (
	"errors"
	"fmt"
	"math"
	"time"

	"hotline/queues"
)

// Why theory has no answer.
var (
	ErrOverload = errors.New("more work than the agents can do, and callers who wait for ever")
	ErrNoTarget = errors.New("no number of agents is enough")
)

// B is Erlang B: the share of calls lost where nobody can wait (M/M/n/n), 0 to 1: agents from 0, load in erlangs.
func B(agents int, load float64) float64 {
	if load <= 0 {
		if agents == 0 {
			return 1
		}
		return 0
	}
	return 1 / inverseB(agents, load)
}

// inverseB is 1/B = 1 + n/a + n(n−1)/a² + …; infinite where B is below any number.
func inverseB(agents int, load float64) float64 {
	sum, term := 1.0, 1.0
	for k := agents; k > 0; k-- {
		term *= float64(k) / load
		sum += term
		if math.IsInf(sum, 1) || float64(k) < load && term < sum*1e-18 {
			break
		}
	}
	return sum
}

// C is Erlang C: the share of calls that must wait where all wait for ever (M/M/n), 0 to 1: 1 where the load, in
// erlangs, is not below the number of agents.
func C(agents int, load float64) float64 {
	if load <= 0 {
		return 0
	}
	if load >= float64(agents) {
		return 1
	}
	return 1 / (1 + (inverseB(agents, load)-1)*(1-load/float64(agents)))
}

// Workload is what comes to a group of equal agents.
type Workload struct {
	PerHour  float64       // calls offered
	Handling time.Duration // mean of talk, hold and wrap-up
	Patience time.Duration // mean time after which a waiting caller hangs up; 0 is never
}

// Erlangs is the offered load: how many agents the calls would keep busy, if none were lost.
func (w Workload) Erlangs() float64 { return w.PerHour * w.Handling.Hours() }

// Service is what callers meet and agents do in the long run. Shares are from 0 to 1, of all calls offered.
type Service struct {
	Agents    int
	Waits     float64       // share that finds nobody free
	Abandons  float64       // share that hangs up before an answer
	ASA       time.Duration // mean wait of the answered, those answered at once included
	MeanWait  time.Duration // of all, answered or not
	Waiting   float64       // mean number of callers who wait
	Occupancy float64       // share of the agents' time spent handling

	lambda, mu, theta float64 // calls, handlings, losses of patience per second
	level             float64 // ln of the series of all waiting places: see climb
}

// With says what service that many agents give.
func (w Workload) With(agents int) (Service, error) {
	if !(w.PerHour >= 0) || math.IsInf(w.PerHour, 1) || w.Handling <= 0 || w.Patience < 0 || agents < 0 {
		return Service{}, fmt.Errorf("%w: %d agents for %g calls an hour of %s, patience %s", queues.ErrInvalid, agents, w.PerHour, w.Handling, w.Patience)
	}
	s := Service{Agents: agents, lambda: w.PerHour / 3600, mu: 1 / w.Handling.Seconds()}
	if s.lambda == 0 {
		return s, nil
	}
	if w.Patience == 0 {
		if w.Erlangs() >= float64(agents) {
			return Service{}, fmt.Errorf("%w: %d agents for %.4g erlangs", ErrOverload, agents, w.Erlangs())
		}
		s.patient()
		return s, nil
	}
	s.theta = 1 / w.Patience.Seconds()
	s.impatient()
	return s, nil
}

// patient is Erlang C.
func (s *Service) patient() {
	load := s.lambda / s.mu
	s.Waits = C(s.Agents, load)
	wait := s.Waits / (float64(s.Agents)*s.mu - s.lambda)
	s.ASA, s.MeanWait = seconds(wait), seconds(wait)
	s.Waiting = s.lambda * wait
	s.Occupancy = load / float64(s.Agents)
}

// impatient is Erlang A. Who arrives while k others wait is served with the chance nμ/(nμ+(k+1)θ), and if so
// after k+1 steps of the mean times 1/(nμ+iθ), i = 1 … k+1, however each of those in front goes.
func (s *Service) impatient() {
	capacity := float64(s.Agents) * s.mu
	c := climb(s.lambda, capacity, s.theta)
	s.level = c.log
	// Against the state in which all are busy and nobody waits: the states with fewer busy, and those with waiting.
	below := inverseB(s.Agents, s.lambda/s.mu) - 1
	s.Waits = 1 / (1 + below*math.Exp(-c.log))
	s.Waiting = s.Waits * c.waiting
	s.Abandons = min(1, s.theta*s.Waiting/s.lambda)
	s.MeanWait = seconds(s.Waiting / s.lambda)
	served := 1 - s.Waits + s.Waits*c.served
	if served > 0 {
		s.ASA = seconds(s.Waits * c.wait / served)
	}
	if s.Agents > 0 {
		s.Occupancy = s.lambda * served / capacity
	}
}

// Within is the service level: the share answered within a time, of all calls but those abandoned before
// short. A short of 0 leaves all calls in.
func (s Service) Within(t, short time.Duration) float64 {
	if s.lambda == 0 {
		return 1
	}
	capacity := float64(s.Agents) * s.mu
	if s.theta == 0 {
		return 1 - s.Waits*math.Exp(-(capacity-s.lambda)*t.Seconds())
	}
	// Who waits longer than t is served thereafter, or is gone by then.
	tail := func(t float64) (wait, served float64) {
		gone := math.Exp(-s.theta * t)
		c := climb(s.lambda*gone, capacity, s.theta)
		still := s.Waits * math.Exp(-s.lambda/s.theta*math.Expm1(-s.theta*t)-capacity*t+c.log-s.level) * gone
		return still, still * c.served
	}
	_, late := tail(t.Seconds())
	in := 1 - s.Abandons - late
	if short <= 0 {
		return min(max(in, 0), 1)
	}
	wait, served := tail(short.Seconds())
	counted := 1 - s.Abandons + wait - served
	if counted < 1e-12 {
		return 0 // all have hung up by then
	}
	return min(max(in/counted, 0), 1)
}

// Fewest is the smallest number of agents whose service is enough. Enough must stay enough with more agents.
func (w Workload) Fewest(enough func(Service) bool) (Service, error) {
	const most = 1 << 24
	try := func(agents int) (Service, bool, error) {
		s, err := w.With(agents)
		if errors.Is(err, ErrOverload) {
			return s, false, nil
		}
		return s, err == nil && enough(s), err
	}
	low, high := -1, 1 // low is too few
	var best Service
	for {
		s, ok, err := try(high)
		if err != nil {
			return Service{}, err
		}
		if ok {
			best = s
			break
		}
		if low = high; low >= most {
			return Service{}, fmt.Errorf("%w: %d are not", ErrNoTarget, low)
		}
		high *= 2
	}
	for high-low > 1 {
		mid := low + (high-low)/2
		s, ok, err := try(mid)
		if err != nil {
			return Service{}, err
		}
		if ok {
			high, best = mid, s
		} else {
			low = mid
		}
	}
	return best, nil
}

// For is the smallest number of agents that keeps a target, short abandons left out as Service.Within does.
func (w Workload) For(t queues.Target, short time.Duration) (Service, error) {
	if t.Share < 0 || t.Share > 1 || t.Within < 0 {
		return Service{}, fmt.Errorf("%w: %g within %s", queues.ErrInvalid, t.Share, t.Within)
	}
	return w.Fewest(func(s Service) bool { return s.Within(t.Within, short) >= t.Share })
}

// climbed sums up the states in which callers wait, each weighed against the first of them.
type climbed struct {
	log     float64 // ln of the sum of the weights
	waiting float64 // mean number waiting
	served  float64 // chance of an answer for who arrives then
	wait    float64 // mean of their wait, counted 0 where they abandon; seconds
}

// climb goes up the states n, n+1, …, each weighing rate/(capacity+kθ) of the one before: the series
// Σ ∏ λ/(nμ+iθ), Palm's function, from which γ(x, y) = yˣe⁻ʸ/x · Σ comes with x = nμ/θ, y = λ/θ.
func climb(rate, capacity, theta float64) climbed {
	const big = 1e200
	var log float64
	weight, sum, waiting, served, wait := 1.0, 0.0, 0.0, 0.0, 0.0
	steps := 0.0 // mean wait of who is served with k in front
	for k := 0.0; ; k++ {
		leave := capacity + (k+1)*theta
		steps += 1 / leave
		chance := capacity / leave
		sum += weight
		waiting += weight * k
		served += weight * chance
		wait += weight * chance * steps
		next := rate / leave
		if next < 1 && weight*(k+1) < 1e-17*(1-next)*(1-next)*sum {
			break
		}
		weight *= next
		if weight > big {
			weight, sum, waiting, served, wait = weight/big, sum/big, waiting/big, served/big, wait/big
			log += math.Log(big)
		}
	}
	return climbed{log: log + math.Log(sum), waiting: waiting / sum, served: served / sum, wait: wait / sum}
}

// seconds is a duration, the longest one there is where it would not fit.
func seconds(s float64) time.Duration {
	if s >= float64(math.MaxInt64)/1e9 {
		return math.MaxInt64
	}
	return time.Duration(math.Round(s * 1e9))
}
