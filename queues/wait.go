package queues

import (
	"math"
	"slices"
	"time"
)

// Expected wait: in what range the rest of a waiting request's wait lies, with 80 %. It comes from what was observed
// (how long the queue's requests keep an agent, how soon their callers lose patience), from who goes before the request
// by the total order, and from the agents who are ready and could serve it.
//
//	ahead ──k+1-th──┐ requests before it, as far as they draw on the same agents, and its own turn
//	                ▼
//	busy agents ─► how soon one of them is done: each after the mean time that its queue keeps an agent
//	                ▼
//	sum of k+1 exponential steps ─► gamma distribution of the same mean and variance ─► 10 % and 90 % of it
//
// With k requests ahead, n busy agents of mean m and patience p the steps take 1/(n/m + j/p) in the mean, j from k to 0:
// in M/M/n+M that is the very wait. With endless patience their sum is Erlang's distribution of k+1 steps.
//
// Every range that is announced is checked when the caller is answered (see WaitAnnounced). A queue whose ranges hold too rarely
// is silent: callers are not told. Its ranges are still reported and checked, so that it speaks again when they hold.

// Wait is a range in which the rest of a request's wait lies with 80 %: one in ten is below it, one in ten above.
type Wait struct {
	Low, High time.Duration
	// Silent says that too few of the queue's ranges held: tell it as WaitAnnounced, and nobody else.
	Silent bool
}

const (
	promised        = 1.2816 // standard deviations of a normal distribution to its 90 %
	enoughChecked   = 20     // before these a queue is not silent
	holdsAtLeast    = 0.70   // the share of ranges below which it is
	checksKept      = 100
	reachGoodFor    = time.Second // so long it is not looked again who could serve a class
	stepsSummed     = 64          // one by one; the rest of a long queue as an integral
	longestForetold = 24 * time.Hour
)

// outlook is what was observed of a queue's waiting callers, and of the ranges that they were told. How long they keep an agent is queue.handling.
type outlook struct {
	ringing pace    // of offers that were answered
	waited  float64 // seconds
	left    float64 // abandoned; both fade alike, and left ÷ waited is how soon callers lose patience
	checks
}

// checks are the last ranges that were announced and have shown whether they hold.
type checks struct {
	held  [checksKept]bool
	next  int
	count int
	good  int
}

func (c *checks) add(held bool) {
	if c.count == checksKept && c.held[c.next] {
		c.good--
	}
	c.count = min(c.count+1, checksKept)
	if held {
		c.good++
	}
	c.held[c.next] = held
	c.next = (c.next + 1) % checksKept
}

func (c *checks) silent() bool {
	return c.count >= enoughChecked && float64(c.good) < holdsAtLeast*float64(c.count)
}

// foretold is the first range that was announced to a request.
type foretold struct {
	of        *outlook
	at        time.Time
	low, high time.Duration
}

// forecast says how long a wait will be yet.
type forecast struct {
	queues  *queueSet
	demand  *demand
	staff   *staff
	waiting *waiting

	reachGoodFor time.Duration // so long it is not looked again who could serve a class
}

// waitEnded learns from a wait that an answer, or a caller's patience, has ended.
func (q *request) waitEnded(answered bool, at time.Time) {
	p := q.queue.outlook
	const fades = 1 - 1.0/paceMemory
	p.waited, p.left = p.waited*fades+at.Sub(q.Came()).Seconds(), p.left*fades
	if answered {
		p.ringing.observe(at.Sub(q.since))
	} else {
		p.left++
	}
	q.promiseEnded(answered, at)
}

// promiseEnded counts whether a wait was within the range that was announced. Whoever left before it was over, by
// themselves or because a rule led them elsewhere, might have been answered within it: they do not count.
func (q *request) promiseEnded(answered bool, at time.Time) {
	f := q.foretold
	if f == nil {
		return
	}
	q.foretold = nil
	waited := at.Sub(f.at)
	if answered || waited > f.high {
		q.judged, q.inRange = true, answered && f.low <= waited && waited <= f.high
		f.of.add(q.inRange)
	}
}

// announced handles WaitAnnounced. What a caller is told first is what they hold us to.
func (f *forecast) announced(at time.Time, e WaitAnnounced) error {
	q := f.waiting.byID.get(e.Request)
	switch {
	case q == nil:
		return wrap(ErrUnknownRequest, "request %s", e.Request)
	case q.talking || q.isConsult():
		return wrap(ErrActivity, "request %s waits no more", e.Request)
	case e.Low < 0 || e.High < e.Low:
		return wrap(ErrInvalid, "request %s waits from %s to %s", e.Request, e.Low, e.High)
	}
	if q.foretold == nil {
		q.foretold = &foretold{of: q.queue.outlook, at: at, low: e.Low, high: e.High}
	}
	return nil
}

// ExpectedWait says in what range the rest of a request's wait lies, as of the last step. It is not ok where that is
// not known: of a request that does not wait, with too few talks observed, or with nobody ready who could serve it.
// It changes nothing, and costs the more the more requests go before: below a millisecond with 20,000 waiting and 10,000 agents.
func (r *Router) ExpectedWait(id RequestID) (Wait, bool) {
	q := r.waiting.byID.get(id)
	if q == nil || q.talking || q.isConsult() {
		return Wait{}, false
	}
	return r.forecast.expect(q, &q.class.asked, r.last)
}

// soonest is the lower end of a request's expected wait, for decisions. They have an account of the agents of their own:
// when somebody asks must not show in what is decided.
func (f *forecast) soonest(q *request, at time.Time) (time.Duration, bool) {
	w, known := f.expect(q, &q.class.decided, at)
	return w.Low, known
}

func (f *forecast) expect(q *request, from *reach, at time.Time) (Wait, bool) {
	p := q.queue
	if p.handling.mean() == 0 {
		return Wait{}, false
	}
	silent := p.silent()
	if q.agent != nil {
		return Wait{High: max(0, q.agent.deadline.Sub(at)), Silent: silent}, true
	}
	if at.Sub(from.at) >= f.reachGoodFor || len(from.shared) != len(f.demand.classes) {
		f.account(q.class, from, at)
	}
	keep := q.class.reserve - q.class.free.len() // so many must be done before the first is given away
	if keep < 0 && len(q.declined) == 0 {
		return Wait{High: q.queue.OfferTimeout, Silent: silent}, true
	}
	rate := from.rate
	if from.own > 0 {
		rate += float64(from.own) / p.cycle()
	}
	if rate == 0 {
		return Wait{}, false
	}
	patience := 0.0
	if p.waited > 0 {
		patience = p.left / p.waited
	}
	mean, variance := steps(f.ahead(q, from, at)+float64(max(0, keep)), rate, patience)
	variance += mean * mean / float64(p.handling.seen) // the observed mean is itself known within limits only
	low, high := gammaRange(mean, variance)
	return Wait{Low: foretoldTime(low, p.ringing), High: foretoldTime(high, p.ringing), Silent: silent}, true
}

// cycle is how long one request keeps an agent, in seconds.
func (qu *queue) cycle() float64 {
	return max(0.001, (qu.handling.average+qu.ringing.average)/float64(time.Second))
}

// reach is an account of the agents who are ready and could serve a class.
type reach struct {
	at     time.Time
	rate   float64 // of these who are busy: how many are done in a second
	own    int     // busy ones of whose queue nothing is known
	shared []int32 // by class.index: who could serve that class too
}

// account counts the agents of a class. It finds who serves the class in the agents' own lists, which are in the order of the
// classes' indexes.
func (f *forecast) account(c *class, into *reach, at time.Time) {
	into.at, into.rate, into.own = at, 0, 0
	into.shared = append(into.shared[:0], make([]int32, len(f.demand.classes))...)
	for _, qu := range f.queues.all {
		qu.busy = 0
	}
	for _, a := range f.staff.roster {
		if !a.willing || !a.servesClass(c) {
			continue
		}
		for _, other := range a.serves {
			into.shared[other.class.index]++
		}
		if a.activity == Idle {
			continue
		}
		if qu := a.request.queue; qu != nil && qu.handling.mean() > 0 {
			qu.busy++
		} else {
			into.own++
		}
	}
	for _, qu := range f.queues.all { // in their order, for sums of fractions depend on it
		if qu.busy > 0 {
			into.rate += float64(qu.busy) / qu.cycle()
		}
	}
}

func (a *agent) servesClass(c *class) bool {
	_, does := slices.BinarySearchFunc(a.serves, c, func(s standing, c *class) int { return s.class.index - c.index })
	return does
}

// ahead counts the waiting requests that go before one. Those of another class count for the share of their agents who
// could serve this one as well.
func (f *forecast) ahead(q *request, from *reach, at time.Time) (sum float64) {
	now := at.UnixMilli()
	for _, c := range f.demand.classes {
		if shared := from.shared[c.index]; shared > 0 && c.willing > 0 {
			sum += float64(c.goBefore(q, now)) * min(1, float64(shared)/float64(c.willing))
		}
	}
	return sum
}

// goBefore counts the requests of a class that go before one at a time. It looks at no more than these and four times as many
// others, and at their keys only, unless these are the same.
func (c *class) goBefore(q *request, now int64) (count int) {
	for _, p := range c.declined {
		if p.compareAt(q, now) < 0 {
			count++
		}
	}
	if c.waiting.len() == 0 {
		return count
	}
	than := key{c.aging*now - q.points(now), q.due} // all of a class age alike
	var below func(at int)
	below = func(at int) {
		for ; at < c.waiting.len(); at++ {
			p := &c.waiting.items[at]
			switch {
			case p.first > than.first, p.first == than.first && p.second > than.second:
			case p.key == than && p.item.compareAt(q, now) >= 0:
			default:
				count++
				below(4*at + 1)
			}
			if at%4 == 0 {
				return // the last of its siblings, or the top
			}
		}
	}
	below(0)
	return count
}

// steps is the mean and the variance of the time in which so many who are ahead are served or leave, and one more agent
// is done: rate of agents, and patience of each who waits, both per second.
func steps(ahead, rate, patience float64) (mean, variance float64) {
	whole := int(ahead)
	for j := range min(whole, stepsSummed) + 1 {
		step := 1 / (rate + float64(j)*patience)
		mean += step
		variance += step * step
	}
	if rest := ahead - float64(min(whole, stepsSummed)); rest > 0 {
		from := rate + (stepsSummed+0.5)*patience
		if whole < stepsSummed {
			from = rate + ahead*patience
		}
		to := from + rest*patience
		if patience*rest < 1e-9*from {
			mean += rest / from
			variance += rest / (from * from)
		} else {
			mean += math.Log(to/from) / patience
			variance += (1/from - 1/to) / patience
		}
	}
	return mean, variance
}

// gammaRange is where one in ten of a gamma distribution lies below, and one in ten above, in the approximation of
// E. B. Wilson and M. M. Hilferty, The distribution of chi-square, PNAS 17 (1931): good to 3 % of the mean from shape 1/2 on.
func gammaRange(mean, variance float64) (low, high float64) {
	ninth := variance / (9 * mean * mean) // 1 ÷ 9 shapes
	at := func(deviations float64) float64 {
		root := max(0, 1-ninth+deviations*math.Sqrt(ninth))
		return mean * root * root * root
	}
	return at(-promised), at(promised)
}

// foretoldTime is the time to tell: so many seconds and the time that a phone rings, but no more than the longest.
func foretoldTime(s float64, ringing pace) time.Duration {
	waits := math.Round(min(s, longestForetold.Seconds()) * 1e9)
	return min(time.Duration(waits)+time.Duration(ringing.average), longestForetold)
}
