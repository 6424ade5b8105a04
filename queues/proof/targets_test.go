package proof

import (
	"math"
	"testing"
	"time"

	"hotline/queues"
	"hotline/queues/erlang"
	"hotline/queues/simulation"
)

// Who is to be called back when the days end is no failure: nobody on the line waits for an answer.
func TestWhoIsStillToBeCalledBackTouchesNoLevel(t *testing.T) {
	plan := simulation.Plan{Days: 2, Seed: 1, Config: queues.Config{Queues: []queues.Queue{{ID: "line",
		Overflow: []queues.Overflow{{To: queues.Destination{Kind: queues.ToCallback}}}}}}}
	d := simulation.Demand{Queue: "line", Talk: simulation.Exponential(time.Minute)}
	d.Calls[20] = 50
	for _, d.Callback = range []float64{0, 1} {
		plan.Demands = []simulation.Demand{d}
		levels, _, err := levelsOf(plan, everyCall)
		if err != nil || (levels[0][20].calls > 0) != (d.Callback == 0) {
			t.Errorf("%g accept: %+v, %v", d.Callback, levels[0][20], err)
		}
	}
}

// Where all who wait for longer than a minute are led away, the others' waits are those of a queue that nobody leaves, if that long.
func TestLevelOfAQueueThatCallersLeaveAfterATime(t *testing.T) {
	const within = 20 * time.Second
	calm := erlang.Workload{PerHour: 120, Handling: 2 * time.Minute} // 4 erlangs
	service, err := calm.With(5)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		w      erlang.Workload
		agents int
		cut    time.Duration
		want   float64
	}{
		{calm, 5, never, service.Within(within, 0)},
		{calm, 5, time.Minute, service.Within(within, 0) / service.Within(time.Minute, 0)},
		{calm, 5, within, 1},
		{calm, 4, never, 0},
		{calm, 4, time.Minute, (1/erlang.B(3, 4) + 20./30) / (1/erlang.B(3, 4) + 60./30)}, // as much work as they can do
		{calm, 1, time.Minute, (1 + (math.Exp(0.5)-1)*4/3) / (1 + (math.Exp(1.5)-1)*4/3)}, // λ = 1/30 s, μ = 1/120 s
		{calm, 1, 100 * time.Hour, 0},
	} {
		if got := levelOf(x.w, x.agents, within, 0, x.cut); math.Abs(got-x.want) > 1e-9 {
			t.Errorf("%d agents, led away after %s: %g, not %g", x.agents, x.cut, got, x.want)
		}
	}
}

func TestMeanOfATimeThatIsCutOff(t *testing.T) {
	for _, x := range []struct{ mean, limit, want time.Duration }{
		{0, time.Minute, 0}, {time.Minute, 0, 0}, {time.Minute, time.Hour, time.Minute}, {time.Minute, time.Minute, 37928 * time.Millisecond},
	} {
		if got := cutOff(x.mean, x.limit); math.Abs(float64(got-x.want)) > float64(time.Millisecond) {
			t.Errorf("%s cut off at %s: %s, not %s", x.mean, x.limit, got, x.want)
		}
	}
}

func TestATargetSaidByHalfIsJudgedAsTheRouterDoes(t *testing.T) {
	plan := simulation.Plan{Days: 2, Seed: 1, Config: queues.Config{Queues: []queues.Queue{{ID: "line", Target: queues.Target{Share: 0.7}}}}}
	d := simulation.Demand{Queue: "line", Talk: simulation.Exponential(time.Minute)}
	d.Calls[20] = 50
	plan.Demands = []simulation.Demand{d}
	for _, id := range []queues.AgentID{"a", "b", "c", "d", "e"} {
		plan.Staff = append(plan.Staff, simulation.Staff{Agent: queues.Agent{ID: id}, Shifts: []simulation.Shift{{To: 24 * time.Hour}}, Ring: simulation.Always(5 * time.Second)})
	}
	levels, r, err := levelsOf(plan, everyCall)
	if want, _ := r.Queues[0].Slots[20].ServiceLevel(); err != nil || want < 0.5 || levels[0][20].level != want {
		t.Errorf("%+v, not %g, %v", levels[0][20], want, err)
	}
}
