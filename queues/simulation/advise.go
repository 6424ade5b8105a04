package simulation

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"hotline/queues"
)

// Advice is what a forecast comes to: how each queue does if nothing is done, and the few agents more with whom all keep their
// targets that can. It is found by simulating the router itself, so that skills may overlap as they like: two more for one
// queue relieve another, and are counted for both.
type Advice struct {
	At      time.Time
	Ahead   time.Duration
	Watched time.Duration // how long calls were seen to come
	LeftOut int           // calls seen in that time, to queues that are gone
	Queues  []Outlook     // in the order of the configuration
	More    []MoreAgents  // none where every queue keeps its target
	Runs    int           // simulations that each figure is of
	Spent   int           // simulations in all
}

// Outlook is one queue in the time ahead.
type Outlook struct {
	Queue  queues.QueueID
	Target queues.Target
	Calls  float64 // expected to come
	Level  float64 // expected service level of these, 0 to 1
	Known  bool    // a level; where no call comes there is none, and the target holds
	Holds  bool    // the target, as it is
	With   float64 // the level with the agents of the advice
	Will   bool    // hold with these
}

// MoreAgents are agents whom a queue is short of.
type MoreAgents struct {
	Queue  queues.QueueID // for which they are looked for, first of all
	Skills []queues.Need  // what each of them must be able to do
	Agents int
}

// Bounds of an advice.
const (
	mostMore   = 64  // of one kind
	fewestRuns = 16  // for each figure
	mostRuns   = 200 // for each figure
)

// Advise simulates a time ahead, the same callers with each number of agents. Effort bounds the work: how many calls and agents are
// simulated in all; a core does some hundred thousand a second.
func (f Forecast) Advise(ahead time.Duration, effort int) (Advice, error) {
	s := search{f: f, ahead: ahead}
	perRun := len(f.staff) + len(f.now)
	for _, d := range f.demands {
		perRun += int(d.Calls[0] * float64(ahead) / float64(Slot))
	}
	const trials = 16 // of numbers of agents, as a rule
	s.runs = min(max(effort/trials/max(perRun, 1), fewestRuns), mostRuns)
	if err := s.prepare(); err != nil {
		return Advice{}, err
	}
	a := Advice{At: f.at, Ahead: ahead, Watched: f.watched, LeftOut: f.leftOut, Runs: s.runs}
	before, err := s.levels(s.more)
	if err != nil {
		return Advice{}, err
	}
	after := before
	if !s.allHold(before) {
		if after, err = s.find(before); err != nil {
			return Advice{}, err
		}
	}
	for i, q := range s.queues {
		level, known := before[i].level()
		with, _ := after[i].level()
		a.Queues = append(a.Queues, Outlook{Queue: q.ID, Target: q.Target, Calls: float64(before[i].calls) / float64(s.runs),
			Level: level, Known: known, Holds: s.holds(i, before), With: with, Will: s.holds(i, after)})
		if n := s.more[i]; n > 0 {
			a.More = append(a.More, MoreAgents{Queue: q.ID, Skills: s.kinds[i], Agents: n})
		}
	}
	a.Spent = s.spent
	return a, nil
}

// search looks for the fewest agents.
type search struct {
	f     Forecast
	ahead time.Duration
	runs  int
	spent int

	queues   []queues.QueueState
	short    []time.Duration // by queue: who hangs up sooner does not count
	kinds    [][]queues.Need // by queue: what an agent must be able to do for all its callers
	more     []int           // agents of each kind
	hopeless []bool          // by queue: no number is enough
}

// tally counts the calls of a queue over all runs.
type tally struct{ calls, counted, inTime int }

func (t tally) level() (level float64, known bool) {
	if t.counted == 0 {
		return 0, false
	}
	return float64(t.inTime) / float64(t.counted), true
}

func (s *search) prepare() error {
	router, err := queues.New(s.f.config)
	if err != nil {
		return err
	}
	s.queues = router.Snapshot().Queues
	for _, q := range s.f.config.Queues {
		s.short = append(s.short, q.ShortAbandon)
		s.kinds = append(s.kinds, s.kind(q))
	}
	s.more, s.hopeless = make([]int, len(s.queues)), make([]bool, len(s.queues))
	return nil
}

// kind is the skills of somebody who is called in for a queue: what the queue asks for, the first skill of each of its groups, and
// what its callers need besides.
func (s *search) kind(q queues.Queue) []queues.Need {
	levels := map[queues.Skill]queues.Level{}
	need := func(n queues.Need) { levels[n.Skill] = max(levels[n.Skill], n.Level, 1) }
	for _, n := range q.Skills {
		need(n)
	}
	for _, group := range q.AnyOf {
		if !slices.ContainsFunc(group, func(n queues.Need) bool { return levels[n.Skill] >= max(n.Level, 1) }) {
			need(group[0])
		}
	}
	for _, d := range s.f.demands {
		if d.Queue == q.ID {
			for _, n := range d.Extra {
				need(n)
			}
		}
	}
	var all []queues.Need
	for _, skill := range slices.Sorted(maps.Keys(levels)) {
		all = append(all, queues.Need{Skill: skill, Level: levels[skill]})
	}
	return all
}

// levels simulates with so many more of each kind.
func (s *search) levels(more []int) ([]tally, error) {
	var staff []Staff
	for i, n := range more {
		skills := map[queues.Skill]queues.Level{}
		for _, need := range s.kinds[i] {
			skills[need.Skill] = need.Level
		}
		for k := range n {
			staff = append(staff, Staff{
				Agent: queues.Agent{ID: queues.AgentID(fmt.Sprintf("more %d %d", i, k)), Skills: skills},
				Ring:  s.f.rings, Acts: []Act{{0, queues.AgentSignedIn{Availability: queues.Ready}}},
			})
		}
	}
	sum := make([]tally, len(s.queues))
	for seed := range s.runs {
		p := s.f.plan(s.ahead, staff, uint64(seed+1))
		p.Each = func(c Call) { s.count(sum, c) }
		if _, err := Run(p); err != nil {
			return nil, err
		}
		s.spent++
	}
	return sum, nil
}

// count counts a call that came in the time ahead. The queue judges it in which its wait ended; one that left by overflow was
// expected where it came, too.
func (s *search) count(sum []tally, c Call) {
	if c.Demand < 0 {
		return
	}
	of := func(id queues.QueueID) int {
		return slices.IndexFunc(s.queues, func(q queues.QueueState) bool { return q.ID == id })
	}
	i := of(c.Queue)
	sum[i].calls++
	if came := s.f.demands[c.Demand].Queue; came != c.Queue {
		sum[of(came)].calls++
	}
	switch c.How {
	case queues.RequestAnswered:
		sum[i].counted++
		if c.Wait <= s.queues[i].Target.Within {
			sum[i].inTime++
		}
	case queues.RequestAbandoned:
		if c.Wait >= s.short[i] {
			sum[i].counted++
		}
	case "": // nobody ever came
		if !c.Callback {
			sum[i].counted++
		}
	}
}

func (s *search) holds(i int, t []tally) bool {
	level, known := t[i].level()
	return !known || level >= s.queues[i].Target.Share
}

// allHold says whether every queue keeps its target that can.
func (s *search) allHold(t []tally) bool {
	for i := range t {
		if !s.hopeless[i] && !s.holds(i, t) {
			return false
		}
	}
	return true
}

// find adds agents for the queue that is farthest off, until all hold, and then takes back whom the others made needless.
func (s *search) find(now []tally) ([]tally, error) {
	for !s.allHold(now) {
		worst := -1
		for i := range now {
			if !s.hopeless[i] && !s.holds(i, now) && (worst < 0 || s.missing(i, now) > s.missing(worst, now)) {
				worst = i
			}
		}
		next, err := s.fewest(worst)
		if err != nil {
			return nil, err
		}
		if next == nil {
			s.hopeless[worst] = true
			continue
		}
		now = next
	}
	return s.takeBack(now)
}

// missing is by how many calls a queue misses its target.
func (s *search) missing(i int, t []tally) float64 {
	level, _ := t[i].level()
	return (s.queues[i].Target.Share - level) * float64(t[i].counted)
}

// fewest adds the fewest agents of a queue's kind with whom that queue holds; nil where there are none.
func (s *search) fewest(i int) (best []tally, err error) {
	had := s.more[i]
	with := func(n int) (t []tally, ok bool, err error) {
		more := slices.Clone(s.more)
		more[i] = had + n
		t, err = s.levels(more)
		return t, err == nil && s.holds(i, t), err
	}
	low, high := 0, 1 // low is too few
	best, ok, err := with(high)
	for err == nil && !ok && high < mostMore {
		low, high = high, min(2*high, mostMore)
		best, ok, err = with(high)
	}
	if err != nil || !ok {
		return nil, err
	}
	for high-low > 1 {
		mid := (low + high) / 2
		t, ok, err := with(mid)
		switch {
		case err != nil:
			return nil, err
		case ok:
			best, high = t, mid
		default:
			low = mid
		}
	}
	s.more[i] = had + high
	return best, nil
}

// takeBack tries one less of each kind, the largest first, as long as all hold.
func (s *search) takeBack(now []tally) ([]tally, error) {
	var kinds []int
	for i, n := range s.more {
		if n > 0 {
			kinds = append(kinds, i)
		}
	}
	if len(kinds) < 2 {
		return now, nil // it was the fewest
	}
	slices.SortStableFunc(kinds, func(i, j int) int { return cmp.Compare(s.more[j], s.more[i]) })
	for _, i := range kinds {
		for s.more[i] > 0 {
			s.more[i]--
			t, err := s.levels(s.more)
			if err != nil {
				return nil, err
			}
			if !s.allHold(t) {
				s.more[i]++
				break
			}
			now = t
		}
	}
	return now, nil
}
