package main

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/queues"
	"hotline/queues/simulation"
)

// In the example nobody but Anna serves the subscribers from 14:00 to 15:00, and two alone serve support in the late evening.
func TestTargetsThatTheStaffPlannedCannotKeepAreTold(t *testing.T) {
	found, doubts := checking(t, checkCommand{File: example.Config, Agents: example.Agents, Arrivals: example.Arrivals})
	sure := []string{
		`queues\.1\.target: queue subscribers, 14:00–15:00: cannot be kept by the staff planned, for certain: even if the one agent who can serve it did nothing else, \d+ % \(Erlang A\) or \d+ ± \d+ % \(20 simulated days\) would be answered within 20s at 14:[03]0, and 80 % are promised; by the formula 4 agents would do$`,
		// A callback is offered after a quarter of an hour: too late to keep the target.
		`queues\.2\.target: queue support, 21:00–23:00: cannot be kept by the staff planned, for certain: even if all 2 who can serve it did nothing else, \d+ % \(Erlang A\) or \d+ ± \d+ % \(20 simulated days\) would be answered within 20s at 2\d:[03]0, and 80 % are promised; by the formula 4 agents would do$`,
	}
	for i, want := range sure {
		if len(found) != len(sure) || !regexp.MustCompile(`^`+regexp.QuoteMeta(example.Config)+`:\d+:\d+: `+want).MatchString(found[i]) {
			t.Errorf("found\n  %s\n\nnot\n  %s", strings.Join(found, "\n  "), want)
			break
		}
	}
	late := regexp.MustCompile(`: warning: queues\.0\.target: queue information, 2\d:\d0–2\d:\d0: \d+ ± \d+ % within 20s in 20 simulated days.*, and 80 % are promised; calls wait for: calls of other queues \d\d %`)
	if len(doubts) == 0 || !slices.ContainsFunc(doubts, late.MatchString) {
		t.Errorf("doubts\n  %s", strings.Join(doubts, "\n  "))
	}
}

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

// What Erlang's formula of steady days calls impossible, callers of one half hour alone may well not meet: then it is not certain.
func TestAPeakThatIsOverBeforeTheLineIsLongIsNoProof(t *testing.T) {
	agents := written(t, `agents: [{id: anna, shifts: ["00:00-24:00"]}, {id: day, count: 30, skills: {support: 3, "lang:ru": 5}, shifts: ["00:00-24:00"]}]`)
	arrivals := written(t, `arrivals: [{queue: support, needs: {"lang:ru": 1}, talk: {mean: 4h, deviation: 1m}, callback: 0.4, calls: {"09:00-09:30": 12}}]`)
	found, doubts := checking(t, checkCommand{File: changed(t), Agents: agents, Arrivals: arrivals})
	if len(found)+len(doubts) > 0 {
		t.Errorf("found\n  %s\ndoubts\n  %s", strings.Join(found, "\n  "), strings.Join(doubts, "\n  "))
	}
}

func TestEnoughAgentsAreNotDoubted(t *testing.T) {
	stays := "    overflow:\n      - {after: 15m, to: {callback: true}}"
	agents := written(t, `agents: [{id: anna, shifts: ["00:00-24:00"]}, {id: day, count: 8, skills: {support: 3, "lang:ru": 5}, shifts: ["09:00-18:00"]}]`)
	calm := `arrivals: [{queue: support, needs: {"lang:ru": 1}, talk: {mean: 4m}, calls: {"09:00-18:00": 20}}]`
	for arrivals, want := range map[string]string{
		calm:                                   "",
		strings.Replace(calm, "20}", "90}", 1): "even if all 9 who can serve it did nothing else, 0 % (Erlang C)",
	} {
		found, doubts := checking(t, checkCommand{File: changed(t, stays, "    # nobody leaves by rule"), Agents: agents, Arrivals: written(t, arrivals)})
		if len(doubts) > 0 || (want == "") != (len(found) == 0) || want != "" && !strings.Contains(found[0], want) {
			t.Errorf("found\n  %s\ndoubts\n  %s\n\nnot %s", strings.Join(found, "\n  "), strings.Join(doubts, "\n  "), want)
		}
	}
}

// Anna alone serves the subscribers, whose calls are work for twelve. Whether that is certain depends on what overflow may do in time.
func TestAQueueThatCallersLeaveOrComeToByRuleInTimeIsOnlyDoubted(t *testing.T) {
	agents := written(t, `agents: [{id: anna, shifts: ["00:00-24:00"]}]`)
	const weekdays = "    hours: {mon-fri: [\"09:00-18:00\"]}\n"
	for _, x := range []struct {
		queue, setting string
		sure           string // the half hours that are certain
	}{
		{"subscribers", "overflow: [{after: 10s, to: {voicemail: default}}]", ""},
		{"subscribers", "overflow: [{waiting: 3, to: {voicemail: default}}]", ""},
		{"subscribers", "overflow: [{expected_wait: 3m, to: {voicemail: default}}]", ""},
		{"subscribers", "overflow: [{after: 1m, service_level: 0.5, to: {voicemail: default}}]", "09:00–18:00"},
		{"subscribers", "overflow: [{after: 10h, to: {voicemail: default}}]", "09:00–18:00"},
		{"subscribers", "overflow: [{nobody_there: true, to: {voicemail: default}}]", "09:00–18:00"},
		{"subscribers", "overflow: [{callback: true}]", "09:00–18:00"}, // nobody accepts one
		{"subscribers", weekdays + "overflow: [{closed: true, to: {voicemail: default}}]", "09:00–17:30"},
		{"subscribers", weekdays + "overflow: [{closed: true, to: {voicemail: default}}, {waiting: 3, to: {message: goodbye}}]", ""},
		{"information", "overflow: [{after: 10s, to: {queue: information}}]", ""},
		{"information", "overflow: [{after: 5m, to: {queue: information}}]", "09:00–18:00"},
		{"information", weekdays + "overflow: [{closed: true, to: {queue: information}}]", ""}, // on Sundays they come
	} {
		setting := strings.ReplaceAll(x.setting, "[{callback: true}]", "[{to: {callback: true}, after: 5s}]")
		setting = strings.Replace("    "+strings.TrimPrefix(setting, "    "), "\noverflow", "\n    overflow", 1)
		arrivals := written(t, `arrivals: [{queue: `+x.queue+`, talk: {mean: 4m}, patience: 5m, calls: {"09:00-18:00": 90}}]`)
		found, doubts := checking(t, checkCommand{File: changed(t, "    skills: {subscribers: 1}\n", "    skills: {subscribers: 1}\n"+setting+"\n"), Agents: agents, Arrivals: arrivals})
		want := "queue " + x.queue + ", " + x.sure + ": cannot be kept by the staff planned, for certain"
		if x.sure == "" && len(found) > 0 || x.sure != "" && (len(found) != 1 || !strings.Contains(found[0], want)) {
			t.Errorf("%s: found\n  %s\ndoubts\n  %s", setting, strings.Join(found, "\n  "), strings.Join(doubts, "\n  "))
		}
	}
}

// Where all who wait for longer than a minute are led away, the others' waits are those of a queue that nobody leaves, if that long.
func TestLevelOfAQueueThatCallersLeaveAfterATime(t *testing.T) {
	const within = 20 * time.Second
	calm := queues.Workload{PerHour: 120, Handling: 2 * time.Minute} // 4 erlangs
	service, err := calm.With(5)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		w      queues.Workload
		agents int
		cut    time.Duration
		want   float64
	}{
		{calm, 5, never, service.Within(within, 0)},
		{calm, 5, time.Minute, service.Within(within, 0) / service.Within(time.Minute, 0)},
		{calm, 5, within, 1},
		{calm, 4, never, 0},
		{calm, 4, time.Minute, (1/queues.ErlangB(3, 4) + 20./30) / (1/queues.ErlangB(3, 4) + 60./30)}, // as much work as they can do
		{calm, 1, time.Minute, (1 + (math.Exp(0.5)-1)*4/3) / (1 + (math.Exp(1.5)-1)*4/3)},             // λ = 1/30 s, μ = 1/120 s
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
