package queues

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// A state and its tail give what the whole journal gives: at each fortieth event of a random day a copy is made, and told the rest.
func TestCopyInTheMidstOfADayDecidesAsTheWholeDayDoes(t *testing.T) {
	t.Parallel()
	copies := 0
	for seed := uint64(1000); seed < 1060; seed++ {
		g := &eventDraw{dice: rand.New(rand.NewPCG(seed, 3)), quiet: seed%2 == 0, came: map[RequestID]Request{}, leads: map[RequestID]int{}}
		g.plan = g.config()
		r, err := New(g.plan)
		if err != nil {
			t.Fatal(err)
		}
		r.forecast.reachGoodFor = 0
		var twins []*Router
		at := time.Date(2026, 3, 2, 23, 59, 0, 0, time.UTC)
		for i := range 600 {
			if i%40 == 39 {
				twins = append(twins[max(0, len(twins)-4):], r.Copy())
				copies++
			}
			at = at.Add(time.Duration(g.dice.ExpFloat64() * float64(time.Second)))
			e := g.event(at)
			decided := r.Step(at, e)
			g.learn(decided)
			for k, twin := range twins {
				if again := twin.Step(at, e); !reflect.DeepEqual(comparableSteps(decided), comparableSteps(again)) {
					t.Fatalf("day %d, event %d, copy %d: %#v gave\n%+v\nand the copy\n%+v", seed, i, k, e, decided, again)
				}
				if !reflect.DeepEqual(r.Snapshot(), twin.Snapshot()) {
					t.Fatalf("day %d, event %d: the state is\n%+v\nand the copy's\n%+v", seed, i, r.Snapshot(), twin.Snapshot())
				}
				if mine, its := deadline(r), deadline(twin); its.Before(mine) {
					t.Fatalf("day %d, event %d: something is due at %s, and in the copy at %s", seed, i, mine, its)
				}
			}
		}
	}
	t.Logf("%d copies", copies)
}
