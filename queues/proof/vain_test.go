package proof

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hotline/queues"
)

// Whatever is said to change nothing is taken away, and then the same agents can serve the queue after each of its steps.
func TestWhatIsSaidToChangeNothingChangesNothing(t *testing.T) {
	skills := []queues.Skill{"a", "b", "lang:ru"}
	var agents []queues.Agent
	for i := range 4 * 4 * 4 {
		a := queues.Agent{Skills: map[queues.Skill]queues.Level{}}
		for j, s := range skills {
			if level := i >> (2 * j) & 3; level > 0 {
				a.Skills[s] = queues.Level(level)
			}
		}
		agents = append(agents, a)
	}
	served := func(q queues.Queue) (all []bool) {
		steps := q.Relax
		for n := range len(steps) + 1 {
			for _, a := range agents {
				q.Relax = steps[:n]
				all = append(all, q.ServedBy(a, queues.Need{Skill: "lang:ru", Level: 1}))
			}
		}
		return all
	}
	told := map[string]int{}
	for seed := range uint64(2000) {
		q := randomQueue(rand.New(rand.NewPCG(seed, 3)), skills)
		p := prover{Set: Set{Languages: []string{"ru"}}}
		p.vainGroups("q", q)
		p.vainSteps("q", q)
		for _, problem := range p.found {
			if problem.Doubt {
				continue
			}
			steps := strings.Split(problem.Path, ".")
			told[steps[min(3, len(steps)-1)]]++
			if !slices.Equal(served(q), served(without(t, q, steps[1:]))) {
				t.Fatalf("seed %d: %v, but it does: %+v", seed, problem, q)
			}
		}
	}
	if told["drop"] < 20 || told["lower"] < 20 || told["add"] < 20 {
		t.Errorf("too little was told: %v", told)
	}
}

func TestARuleThatHoldsWithAnotherDoesSoWhateverTheQueueIsLike(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 1))
	random := func() queues.Overflow {
		return queues.Overflow{
			After: time.Duration(dice.IntN(3)) * time.Minute, Waiting: dice.IntN(3), ExpectedWait: time.Duration(dice.IntN(3)) * time.Minute,
			ServiceLevel: float64(dice.IntN(3)) / 4, NobodyThere: dice.IntN(2) == 0, Closed: dice.IntN(2) == 0,
		}
	}
	type state struct {
		after, expected time.Duration
		waiting         int
		level           float64
		nobody, closed  bool
	}
	var states []state
	for i := range 5 * 3 * 5 * 4 * 4 {
		half := func(n int) time.Duration { return time.Duration(n) * 30 * time.Second }
		states = append(states, state{
			half(i % 5), half(i / 5 / 3 % 5), i / 5 % 3, float64(i/75%4) / 4 * 0.9, i/300%2 == 0, i/300/2 == 0,
		})
	}
	holds := func(o queues.Overflow, s state) bool {
		return s.after >= o.After && s.waiting >= o.Waiting && (o.ExpectedWait == 0 || s.expected > o.ExpectedWait) &&
			(o.ServiceLevel == 0 || s.level < o.ServiceLevel) && (!o.NobodyThere || s.nobody) && (!o.Closed || s.closed)
	}
	told := 0
	for range 3000 {
		rule, other := random(), random()
		if !holdsWith(rule, other) {
			continue
		}
		told++
		for _, s := range states {
			if holds(other, s) && !holds(rule, s) {
				t.Fatalf("%+v holds and %+v does not, with %+v", other, rule, s)
			}
		}
	}
	if told < 50 {
		t.Errorf("%d of 3000 tell little", told)
	}
}

func randomQueue(dice *rand.Rand, skills []queues.Skill) (q queues.Queue) {
	needs := func() (all []queues.Need) {
		for _, s := range skills {
			if dice.IntN(2) == 0 {
				all = append(all, queues.Need{Skill: s, Level: queues.Level(1 + dice.IntN(3))})
			}
		}
		return all
	}
	q.Skills = needs()
	for range dice.IntN(3) {
		if group := needs(); len(group) > 0 {
			q.AnyOf = append(q.AnyOf, group)
		}
	}
	for i := range dice.IntN(4) {
		r := queues.Relaxation{After: time.Duration(i+1) * time.Minute, Lower: needs(), Add: needs()}
		for _, s := range skills {
			if dice.IntN(6) == 0 {
				r.Drop = append(r.Drop, s)
			}
		}
		q.Relax = append(q.Relax, r)
	}
	return q
}

// without is a queue without what a path names: any_of.1, relax.0.drop.1, relax.0.lower.a, relax.0.add.
func without(t *testing.T, q queues.Queue, path []string) queues.Queue {
	t.Helper()
	at, err := strconv.Atoi(path[1])
	if err != nil {
		t.Fatal(path)
	}
	if path[0] == "any_of" {
		q.AnyOf = slices.Delete(slices.Clone(q.AnyOf), at, at+1)
		return q
	}
	q.Relax = slices.Clone(q.Relax)
	step := &q.Relax[at]
	switch path[2] {
	case "add":
		step.Add = nil
	case "drop":
		j, _ := strconv.Atoi(path[3])
		step.Drop = slices.Delete(slices.Clone(step.Drop), j, j+1)
	case "lower":
		step.Lower = slices.DeleteFunc(slices.Clone(step.Lower), func(n queues.Need) bool { return string(n.Skill) == path[3] })
	}
	return q
}
