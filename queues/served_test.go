package queues

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// The router is asked itself: whom it offers a request that has waited through all steps.
func TestServedByIsWhoGetsTheRequestInTheEnd(t *testing.T) {
	skills := []Skill{"a", "b", "c", "lang:ru"}
	served := 0
	for seed := range uint64(3000) {
		dice := rand.New(rand.NewPCG(seed, 7))
		needs := func(most int) (all []Need) {
			for _, s := range skills[:dice.IntN(most+1)] {
				all = append(all, Need{s, Level(1 + dice.IntN(3))})
			}
			return all
		}
		q := Queue{ID: "q", Skills: needs(2)}
		for range dice.IntN(3) {
			q.AnyOf = append(q.AnyOf, append(needs(2), Need{skills[dice.IntN(4)], 2}))
		}
		for i := range dice.IntN(3) {
			q.Relax = append(q.Relax, Relaxation{
				After: time.Duration(i+1) * time.Minute, Lower: append(needs(3), Need{"c", 1}), Add: needs(3), Drop: skills[:dice.IntN(2)],
			})
		}
		a := Agent{ID: "anna", Skills: map[Skill]Level{}}
		for _, s := range skills {
			if dice.IntN(3) > 0 {
				a.Skills[s] = Level(1 + dice.IntN(4))
			}
		}
		extra := needs(4)
		want := offeredInTheEnd(t, q, a, extra)
		if got := q.ServedBy(a, extra...); got != want {
			t.Fatalf("seed %d: served %v, offered %v\n%+v\n%+v, extra %+v", seed, got, want, q, a, extra)
		}
		if want {
			served++
		}
	}
	if served < 500 || served > 2500 {
		t.Errorf("%d of 3000 are served: that tells little", served)
	}
}

func offeredInTheEnd(t *testing.T, q Queue, a Agent, extra []Need) (offered bool) {
	t.Helper()
	r, err := New(Config{Queues: []Queue{q}})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, time.June, 1, 9, 0, 0, 0, time.UTC)
	for _, e := range []Event{
		Enqueued{Request{ID: "1", Queue: "q", Extra: extra, Arrived: at}}, Tick{},
		PhoneChanged{Agent: a.ID, Reachable: true}, AgentSignedIn{Agent: a, Availability: Ready},
	} {
		for _, d := range r.Step(at, e) {
			switch d := d.(type) {
			case *Offered:
				offered = true
			case *Rejected:
				t.Fatal(d.Err)
			}
		}
		at = at.Add(time.Hour)
	}
	return offered
}

func ExampleQueue_ServedBy() {
	q := Queue{Skills: []Need{{"support", 2}}, Relax: []Relaxation{{After: time.Minute, Lower: []Need{{"support", 1}}}}}
	beginner := Agent{Skills: map[Skill]Level{"support": 1, "lang:ru": 5}}
	fmt.Println(q.ServedBy(beginner), q.ServedBy(beginner, Need{Language("en"), 1}))
	q.Relax = nil
	fmt.Println(q.ServedBy(beginner))
	// Output:
	// true false
	// false
}
