package queues

import (
	"reflect"
	"testing"
)

// In service every decision is given back: then hold after hold costs no memory.
func TestWhatIsGivenBackIsUsedAgain(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...).at(1, calls("101")).at(2, OfferAnswered{d.offer("101", "anna")})
	held, resumed := Event(TalkHeld{"101"}), Event(TalkResumed{"101"})
	d.r.decisions.decided = nil // as if the room were used up
	if n := testing.AllocsPerRun(1000, func() {
		for _, e := range []Event{held, resumed} {
			if decided := d.r.Step(d.now, e); len(decided) != 1 {
				t.Fatalf("%T gave %+v", e, decided)
			}
			d.r.Release()
		}
	}); n != 0 {
		t.Errorf("a hold and its end allocate %v times", n)
	}
}

// Who does not give back keeps what they were told, whatever others give back later.
func TestWhatIsNotGivenBackStays(t *testing.T) {
	d := newDay(t, lineConfig())
	var kept, copies []Decision
	keep := func(decided []Decision) {
		kept, copies = append(kept, decided...), append(copies, Keep(decided)...)
	}
	events := append(comes("anna"), calls("101"), calls("102"), AgentSignedOut{"anna"})
	events = append(events, comes("boris")...)
	for i, e := range events {
		decided := d.r.Step(d.second(float64(i)), e)
		if i%3 == 2 {
			d.r.Release()
			d.r.Release() // a second time there is nothing to give back
		} else {
			keep(decided)
		}
	}
	keep(d.r.Step(d.second(50), calls("103")))
	keep(d.r.Step(d.second(-1), Tick{})) // backwards: of no step, and not to be mixed up with the one before
	d.r.Release()
	keep(d.r.Step(d.second(100), Tick{}))
	if len(kept) < 8 || !reflect.DeepEqual(kept, copies) {
		t.Errorf("kept\n%+v\nand told\n%+v", kept, copies)
	}
}

// A ledger looks for agents by the router's numbers first: these are nobody else's while an agent is here, and small for ever.
func TestNumbersAreNobodyElsesAndStaySmall(t *testing.T) {
	d := newDay(t, lineConfig())
	for range 100 {
		d.at(0, comes("anna")...).at(0, comes("boris")...).at(0, AgentSignedOut{"anna"}).at(0, comes("clara")...)
		seen := map[int32]AgentID{}
		for _, a := range d.r.Snapshot().Agents {
			if other := seen[a.number]; other != "" || a.number > 1 {
				t.Fatalf("%s has number %d, and %q, too", a.ID, a.number, other)
			}
			seen[a.number] = a.ID
		}
		d.at(0, AgentSignedOut{"boris"}, AgentSignedOut{"clara"})
	}
}
