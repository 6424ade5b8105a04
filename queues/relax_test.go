package queues

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

// strictConfig asks for a level and the language, and for less every 10 s.
func strictConfig() Config {
	return Config{Queues: []Queue{{
		ID: lineQueue, OfferTimeout: 15 * time.Second, Skills: []Need{{"tech", 4}},
		Relax: []Relaxation{
			{After: 10 * time.Second, Lower: []Need{{"tech", 2}}},
			{After: 20 * time.Second, Drop: []Skill{"lang:ru"}},
			{After: 30 * time.Second, Add: []Need{{"backup", 1}}},
		},
	}}}
}

func TestRelaxationStepsAreTakenByTheTimeWaited(t *testing.T) {
	d := newDay(t, strictConfig())
	d.at(0, comes("best", "tech=4", "lang:ru", "backup")...).at(0, AgentNotReady{"best", Break})
	d.at(0, comes("fair", "tech=2", "lang:ru")...).at(0, comes("mute", "tech=2")...).at(0, comes("help", "backup")...)
	ru := Need{Language("ru"), 1}
	d.at(1, calls("101", ru), calls("102", ru), calls("103", ru)).at(10.9).want()
	d.at(11).want("offered 101 fair")
	d.at(20.9).want()
	d.at(21).want("offered 102 mute")
	d.at(31).want("missed 101 fair", "offered 101 help")
}

func TestRelaxationStepIsTakenWhileAnOfferRings(t *testing.T) {
	d := newDay(t, strictConfig())
	d.at(0, comes("best", "tech=4", "lang:ru")...).at(0, comes("fair", "tech=2", "lang:ru")...)
	d.at(1, calls("101")).want("offered 101 best")
	d.at(12, OfferDeclined{d.offer("101", "best")}).want("declined 101 best", "offered 101 fair")
}

func TestRelaxationStepIsTakenEarlyWhereNobodySignedInCouldServe(t *testing.T) {
	d := newDay(t, strictConfig())
	d.at(0, comes("best", "tech=4")...).at(0, AgentNotReady{"best", Break}).at(0, comes("fair", "tech=2")...)
	d.at(1, calls("101")).want() // she could, when she is back
	d.at(2, AgentSignedOut{"best"}).want("offered 101 fair")
	d.at(3, OfferAnswered{d.offer("101", "fair")}).want("answered 101 fair")
	d.at(4, calls("102"), AgentSignedOut{"fair"}).want()
	d.at(5, comes("clerk", "sales")...).want()                   // no step makes her fit
	d.at(6, comes("help", "backup")...).want("offered 102 help") // fair is signing out, but talks still
}

func TestAfterARestartAllStepsThatWereDueAreTakenAndNoneEarlyBeforeTheAgentsAreBack(t *testing.T) {
	d := newDay(t, strictConfig())
	d.at(100, OffersHeld{d.second(102)})
	d.at(100, Enqueued{Request{ID: "101", Queue: lineQueue, Arrived: d.second(85)}})
	d.at(100, Enqueued{Request{ID: "102", Queue: lineQueue, Arrived: d.second(99)}})
	d.at(100, comes("fair", "tech=2")...).at(101, comes("weak", "tech=3")...).at(101, comes("best", "tech=4")...).at(101, AgentNotReady{"best", Break})
	d.at(102).want("offered 101 fair")
	d.at(108.9).want()
	d.at(109).want("offered 102 weak")
}

func TestWrongRelaxationIsNamed(t *testing.T) {
	for _, c := range []struct {
		steps []Relaxation
		want  string
	}{
		{[]Relaxation{{Drop: []Skill{"x"}}}, `relaxation 1 after 0s does not come later than what is before it`},
		{[]Relaxation{{After: 9, Drop: []Skill{"x"}}, {After: 9, Drop: []Skill{"y"}}}, `relaxation 2 after 9ns does not come later than what is before it`},
		{[]Relaxation{{After: 9}}, `relaxation 1 changes nothing`},
		{[]Relaxation{{After: 9, Lower: []Need{{"x", 6}}}}, `relaxation 1: skill "x" is needed at level 6, and 5 is the highest`},
	} {
		_, err := New(Config{Queues: []Queue{{ID: "a", Relax: c.steps}}})
		if err == nil || err.Error() != `queues: queue 1 ("a"): `+c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func TestWhoJoinsALongNightLineCostsNoLookAtAllWhoWaitThere(t *testing.T) {
	d := newDay(t, strictConfig())
	join := func(i int) { d.step(d.now, calls(RequestID(fmt.Sprint(i)))) }
	for i := range 20_000 {
		join(i)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range 100 {
		join(20_000 + i)
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / 100; each > 20_000 { // one byte for each who waits
		t.Errorf("a caller who joins costs %d bytes", each)
	}
	d.at(1, comes("help", "backup")...)
	if want := "offered 0 help"; len(d.got) != 1 || d.got[0] != want {
		t.Errorf("then %q follows, want %q", d.got, want)
	}
}

func TestAStepTakenEarlyIsExplainedByWhoIsThere(t *testing.T) {
	c := lineConfig()
	c.Queues[0].Skills, c.Queues[0].Relax = []Need{{"tech", 3}}, []Relaxation{{After: time.Minute, Lower: []Need{{"tech", 1}}}}
	for _, able := range []bool{false, true} {
		d := newDay(t, c)
		if able {
			d.at(0, comes("olga", "tech=3")...).at(0, AgentNotReady{"olga", Lunch}) // could serve it, and does not
		}
		d.at(1, calls("101")).at(2, comes("anna", "tech=1")...).at(61)
		got := d.why
		if got.Relaxed != 1 || got.RelaxedAfter != time.Minute || got.Early == able {
			t.Errorf("where somebody could have served it: %v: %+v", able, got)
		}
	}
}
