package proof

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"hotline/queues"
	"hotline/queues/erlang"
	"hotline/queues/simulation"
)

// Can the staff planned keep the targets? Two answers, by half hour:
//
//   - They cannot, for certain: even if everybody who can serve a queue did nothing else, Erlang's formula and as well the
//     simulated days of that (whose staff comes and goes, and whose talks are not exponential) are below the target. Who may be led
//     away by overflow, or come by it, before the target is lost, is taken into account: see ledaway.go.
//   - In simulated days of the whole plan, by the router itself, they do not: where skills overlap no formula can say.
//
// What the simulation says is taken at the upper end of three standard errors, over the days.

// sureCalls is how many simulated calls of a half hour are enough to say something about it.
const sureCalls = 30

// measured is a service level of simulated days.
type measured struct {
	level, above float64 // above is three standard errors
	calls        int
}

func (m measured) below(share float64) bool { return m.calls >= sureCalls && m.level+m.above < share }

func (m measured) String() string { return fmt.Sprintf("%.0f ± %.0f %%", 100*m.level, 100*m.above) }

// targets tells which queues cannot keep theirs, and when.
func (p *prover) targets() {
	plan := simulation.Plan{Config: p.Config, Staff: p.Staff, Demands: p.Demands, Days: p.Days, Seed: 1}
	plan.Config.Epoch = "checked"
	levels, whole, err := levelsOf(plan, everyCall)
	if err != nil {
		p.wrong("queues", "cannot be simulated: %v", err)
		return
	}
	for i, q := range p.Config.Queues {
		if NobodyAccepts(p.Config.Queues, q, p.Demands) {
			p.doubt(fmt.Sprintf("queues.%d.overflow.%d.to", i, callbackRule(q)),
				"offers callbacks, and in the simulated days nobody accepts one: the arrivals say of no callers there how many would, such as callback: 0.4")
		}
	}
	for i, q := range whole.Queues {
		at := "queues." + strconv.Itoa(i) + ".target"
		sure := p.impossible(at, plan, i, q.Target)
		var doubtful [simulation.Slots]bool
		for slot := range doubtful {
			doubtful[slot] = !sure[slot] && levels[i][slot].below(q.Target.Share)
		}
		for _, run := range runs(doubtful) {
			worst := slices.MinFunc(run, func(a, b int) int { return cmp.Compare(levels[i][a].level, levels[i][b].level) })
			p.doubt(at, "queue %s, %s: %s within %s in %d simulated days%s, and %.0f %% are promised; calls wait for: %s",
				q.ID, runWords(run), levels[i][worst], q.Target.Within, p.Days, atWorst(run, worst), 100*q.Target.Share,
				q.Slots[worst].Causes.Words())
		}
	}
}

// impossible tells when a queue cannot keep its target though all who can serve it did nothing else.
func (p *prover) impossible(at string, plan simulation.Plan, i int, target queues.Target) (sure [simulation.Slots]bool) {
	q := plan.Config.Queues[i]
	plan.Demands = slices.DeleteFunc(slices.Clone(plan.Demands), func(d simulation.Demand) bool { return d.Queue != q.ID })
	var bounds [simulation.Slots]bound
	suspect := false
	for slot := range bounds {
		bounds[slot] = p.bound(q, target, plan.Demands, slot)
		suspect = suspect || bounds[slot].level < target.Share
	}
	if !suspect {
		return sure
	}
	alone, _, err := levelsOf(plan, func(c simulation.Call) bool {
		return !slices.ContainsFunc(q.Overflow, func(o queues.Overflow) bool { return o.Closed }) || q.Hours.Open(c.Arrived) // who comes while it is closed is not promised anything
	})
	if err != nil {
		p.wrong("queues", "cannot be simulated: %v", err)
		return sure
	}
	for slot, b := range bounds {
		sure[slot] = b.level < target.Share && alone[i][slot].below(target.Share)
	}
	for _, run := range runs(sure) {
		worst := slices.MinFunc(run, func(a, b int) int { return cmp.Compare(bounds[a].level, bounds[b].level) })
		b := bounds[worst]
		p.wrong(at, "queue %s, %s: cannot be kept by the staff planned, for certain: even if %s who can serve it did nothing else, %.0f %% (%s) or %s (%d simulated days) would be answered within %s%s, and %.0f %% are promised; by the formula %d agents would do",
			q.ID, runWords(run), everybody(b.agents), 100*b.level, b.formula, alone[i][worst], p.Days, target.Within, atWorst(run, worst), 100*target.Share, b.enough)
	}
	return sure
}

// bound is the best that a queue can get in a half hour.
type bound struct {
	level  float64
	agents int // who can serve any of its calls then, at most at once
	enough int // agents by formula

	formula string
}

// bound is by Erlang C, or A where callers lose patience: of the calls of a half hour, taken as one stream, whose patience is that
// of those for whom the level is best. Where nobody calls or nobody works it says nothing.
func (p *prover) bound(q queues.Queue, target queues.Target, demands []simulation.Demand, slot int) bound {
	var calls, work float64 // seconds
	patience := map[time.Duration]bool{}
	for _, d := range demands {
		calls += d.Calls[slot]
		work += d.Calls[slot] * (d.Talk.Mean.Seconds() + cutOff(d.WrapUp.Mean, q.WrapUp).Seconds())
		if d.Calls[slot] > 0 {
			patience[d.Patience.Mean] = true
		}
	}
	count := p.onShift(func(a queues.Agent) bool {
		return slices.ContainsFunc(demands, func(d simulation.Demand) bool { return d.Calls[slot] > 0 && q.ServedBy(a, d.Extra...) })
	})
	b := bound{level: 1, agents: slices.Max(count[slot*30 : slot*30+30])}
	if calls == 0 || b.agents == 0 || p.comeInTime(q, target.Within, slot) {
		return b
	}
	cut := p.cut(q, slot)
	b.level, b.formula = 0, "Erlang A"
	for mean := range patience {
		w := erlang.Workload{PerHour: 2 * calls, Handling: time.Duration(work / calls * float64(time.Second)), Patience: mean}
		if mean == 0 {
			b.formula = "Erlang C"
		}
		b.level = max(b.level, levelOf(w, b.agents, target.Within, q.ShortAbandon, cut))
		if service, err := w.For(target, q.ShortAbandon); err == nil && (b.enough == 0 || service.Agents < b.enough) {
			b.enough = service.Agents
		}
	}
	return b
}

// cutOff is the mean of an exponential time that is cut off at a limit.
func cutOff(mean, limit time.Duration) time.Duration {
	if mean == 0 {
		return 0
	}
	return time.Duration(float64(mean) * -math.Expm1(-float64(limit)/float64(mean)))
}

// levelsOf simulates a plan, and says for each queue and half hour what came of the calls that are judged.
func levelsOf(plan simulation.Plan, judged func(simulation.Call) bool) (levels [][simulation.Slots]measured, r simulation.Report, err error) {
	router, err := queues.New(plan.Config) // which completes the targets
	if err != nil {
		return nil, r, err
	}
	states := router.Snapshot().Queues
	index := make(map[queues.QueueID]int)
	for i, q := range plan.Config.Queues {
		index[q.ID] = i
	}
	days := make([]judgedDays, len(plan.Config.Queues))
	for i := range days {
		days[i] = make(judgedDays)
	}
	plan.Each = func(c simulation.Call) {
		if !judged(c) {
			return
		}
		i := index[c.Queue]
		q, date := plan.Config.Queues[i], c.Arrived.Unix()/int64(day/time.Second)
		if days[i][date] == nil {
			days[i][date] = new([simulation.Slots]counted)
		}
		at := &days[i][date][c.Arrived.Hour()*2+c.Arrived.Minute()/30]
		switch {
		case c.How == queues.RequestAnswered && c.Wait <= states[i].Target.Within:
			at.in, at.of = at.in+1, at.of+1
		case c.How == queues.RequestAnswered, c.How == queues.RequestAbandoned && c.Wait >= q.ShortAbandon, c.How == "" && !c.Callback:
			at.of++
		}
	}
	if r, err = simulation.Run(plan); err != nil {
		return nil, r, err
	}
	levels = make([][simulation.Slots]measured, len(days))
	for i := range levels {
		for slot := range levels[i] {
			levels[i][slot] = days[i].measured(slot, plan.Days)
		}
	}
	return levels, r, nil
}

// counted is how many judged calls of a half hour there were, and how many of them were answered in time.
type counted struct{ in, of float64 }

// judgedDays are the judged calls of a queue by the day, counted from 1970, and the half hour. A day without any is not there.
type judgedDays map[int64]*[simulation.Slots]counted

// measured is the level of a half hour, of so many days in all, with what the days differ from each other.
func (d judgedDays) measured(slot, days int) measured {
	var in, of, squares float64
	for _, one := range d {
		in, of = in+one[slot].in, of+one[slot].of
	}
	if of == 0 {
		return measured{}
	}
	level := in / of
	for _, one := range d {
		off := one[slot].in - level*one[slot].of
		squares += off * off
	}
	n := float64(days)
	return measured{level: level, above: 3 * math.Sqrt(squares*n/(n-1)) / of, calls: int(of)}
}

func everyCall(simulation.Call) bool { return true }

// runs are the half hours that follow each other.
func runs(marked [simulation.Slots]bool) (all [][]int) {
	for slot, is := range marked {
		switch {
		case !is:
		case slot > 0 && marked[slot-1]:
			all[len(all)-1] = append(all[len(all)-1], slot)
		default:
			all = append(all, []int{slot})
		}
	}
	return all
}

func runWords(run []int) string {
	last := run[len(run)-1] + 1
	return simulation.SlotName(run[0]) + "–" + simulation.SlotName(last)
}

// atWorst says of which half hour of several the figures are.
func atWorst(run []int, worst int) string {
	if len(run) == 1 {
		return ""
	}
	return " at " + simulation.SlotName(worst)
}

func everybody(n int) string {
	if n == 1 {
		return "the one agent"
	}
	return fmt.Sprintf("all %d", n)
}
