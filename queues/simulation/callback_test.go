package simulation

import (
	"math"
	"testing"
	"time"

	"hotline/queues"
)

// backlog is a queue with too few agents until noon, that offers to call back who has waited for two minutes.
func backlog(share float64) Plan {
	p := Plan{Days: 1, Seed: 7, Config: queues.Config{Queues: []queues.Queue{{ID: "line",
		Overflow: []queues.Overflow{{After: 2 * time.Minute, To: queues.Destination{Kind: queues.ToCallback}}}}}}}
	d := Demand{Queue: "line", Talk: Exponential(3 * time.Minute), Patience: Exponential(10 * time.Minute), Callback: share}
	for slot := 16; slot < 24; slot++ {
		d.Calls[slot] = 60
	}
	p.Demands = []Demand{d}
	for i := range 5 {
		p.Staff = append(p.Staff, Staff{Agent: queues.Agent{ID: queues.AgentID(rune('a' + i))}, Shifts: []Shift{{8 * time.Hour, 20 * time.Hour}}})
	}
	return p
}

func TestTheShareOfCallersWhoAcceptACallbackIsCalledBackAndNobodyElseIsAnother(t *testing.T) {
	type caller struct {
		at time.Time
		n  int
	}
	callers := map[float64][]caller{}
	figures := map[float64]Figures{}
	for _, share := range []float64{0, 0.4, 1} {
		p := backlog(share)
		proposed, wanted := 0, 0
		p.Told = func(_ time.Time, e queues.Event, decided []queues.Decision) {
			if _, is := e.(queues.CallbackWanted); is {
				wanted++
			}
			for _, d := range decided {
				if m, is := d.(*queues.RequestMoved); is && m.To.Kind == queues.ToCallback {
					proposed++
				}
			}
		}
		seen := map[int]time.Time{}
		p.Each = func(c Call) {
			seen[c.Number] = c.Arrived
			if c.Callback != (c.How == queues.RequestCalledBack) {
				t.Errorf("%+v", c)
			}
		}
		f := run(t, p).Queues[0].Total()
		for n := range len(seen) {
			callers[share] = append(callers[share], caller{seen[n], n})
		}
		if f.CalledBack != wanted || proposed < 50 || math.Abs(float64(wanted)/float64(proposed)-share) > 0.1 {
			t.Errorf("of %d who are asked %d want to be called back, and %d are; %g would", proposed, wanted, f.CalledBack, share)
		}
		if f.Answered+f.Abandoned+f.CalledBack != f.Offered {
			t.Errorf("%+v", f)
		}
		figures[share] = f
	}
	for _, share := range []float64{0.4, 1} {
		if len(callers[share]) != len(callers[0]) {
			t.Fatalf("%d callers, not %d", len(callers[share]), len(callers[0]))
		}
		for i, c := range callers[share] {
			if c != callers[0][i] {
				t.Fatalf("caller %d of %g comes at %s, and of 0 at %s", i, share, c.at, callers[0][i].at)
			}
		}
	}
	// Where some accept, as many may hang up as where nobody does: who is called back keeps an agent from those who wait on.
	if figures[1].Abandoned >= min(figures[0].Abandoned, figures[0.4].Abandoned) {
		t.Errorf("abandoned are %d, %d and %d", figures[0].Abandoned, figures[0.4].Abandoned, figures[1].Abandoned)
	}
}

func TestWithOtherStaffTheSameCallersWouldAcceptACallback(t *testing.T) {
	wanted := func(p Plan) map[queues.RequestID]bool {
		answers := map[queues.RequestID]bool{} // of who was asked
		p.Told = func(_ time.Time, e queues.Event, decided []queues.Decision) {
			if w, is := e.(queues.CallbackWanted); is {
				answers[w.Request] = true
			}
			for _, d := range decided {
				if m, is := d.(*queues.RequestMoved); is && m.To.Kind == queues.ToCallback {
					answers[m.Request.ID] = false
				}
			}
		}
		run(t, p)
		return answers
	}
	fewer := backlog(0.4)
	fewer.Staff = fewer.Staff[1:]
	a, b := wanted(backlog(0.4)), wanted(fewer)
	both, differ := 0, 0
	for id, wants := range a {
		if also, asked := b[id]; asked {
			both++
			if also != wants {
				differ++
			}
		}
	}
	if both < 50 || differ > both/50 { // an agent may ring in the very moment
		t.Errorf("of %d who are asked with other staff %d answer otherwise", both, differ)
	}
}

func TestWhoIsToBeCalledBackIsToldNoWait(t *testing.T) {
	for _, share := range []float64{0, 1} {
		p := backlog(share)
		p.Announce, p.Staff = 3*time.Minute, p.Staff[:1]
		told := 0
		p.Each = func(c Call) {
			if c.Foretold != nil {
				told++
			}
		}
		if run(t, p); (told > 0) != (share == 0) {
			t.Errorf("where %g accept %d are told a wait", share, told)
		}
	}
}

func TestWhoIsNotCalledBackInTheDaysIsLeft(t *testing.T) {
	p := backlog(1)
	p.Staff, p.Demands[0].Patience = nil, Law{}
	left := 0
	p.Each = func(c Call) {
		if c.Callback && c.How == "" {
			left++
		}
	}
	if f := run(t, p).Queues[0].Total(); left < 100 || left != f.Left || left != f.Offered {
		t.Errorf("%d are left of %+v", left, f)
	}
}

func TestAForecastExpectsAsManyToAcceptACallbackAsDid(t *testing.T) {
	o, _ := lived(t, backlog(0.4))
	f := o.Forecast(midnight.Add(noon), backlog(0).Config)
	if len(f.demands) != 1 || math.Abs(f.demands[0].Callback-0.4) > 0.1 {
		t.Errorf("%+v", f.demands)
	}
	o, _ = lived(t, backlog(0))
	if f := o.Forecast(midnight.Add(noon), backlog(0).Config); f.demands[0].Callback != 0 {
		t.Errorf("%g accept what nobody did", f.demands[0].Callback)
	}
}

// Whoever is to be called back when the time ahead is over waits on no line: that is no failure.
func TestAnAdviceJudgesNoCallback(t *testing.T) {
	p := backlog(1)
	p.Config.Queues[0].Overflow[0].After = 0
	o, _ := lived(t, p)
	f := o.Forecast(midnight.Add(noon), p.Config)
	f.staff = nil
	a, err := f.Advise(30*time.Minute, 1000)
	if err != nil || a.Queues[0].Calls < 20 || a.Queues[0].Known || len(a.More) > 0 {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestAShareOfCallersIsFromNoneToAll(t *testing.T) {
	for _, share := range []float64{-0.1, 1.1, math.NaN()} {
		if _, err := Run(backlog(share)); err == nil {
			t.Errorf("%g is taken", share)
		}
	}
}
