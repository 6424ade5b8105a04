package queues

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

// othersOf tells an event, and who else was there at each offer that follows, by request.
func (d *day) othersOf(second float64, e Event) map[RequestID]*Others {
	all := map[RequestID]*Others{}
	decided := d.r.Step(d.second(second), e)
	for i, x := range decided {
		if o, is := x.(*Offered); is {
			all[o.Offer.Request] = d.r.Others(o, decided[i+1:])
		}
	}
	return all
}

func TestWhoElseWasThereWhenARequestWasOfferedIsNamedByWhatWasInTheirWay(t *testing.T) {
	d := newDay(t, lineConfig(Queue{ID: "tech", Skills: []Need{{"tech", 2}}, OfferTimeout: time.Minute}))
	for i, id := range []AgentID{"anna", "boris", "gleb", "olga", "vera", "yana"} {
		d.at(float64(i), comes(id, "tech=3")...)
	}
	d.at(6, comes("dina", "tech=1")...).at(7, AgentNotReady{"olga", Lunch}, PhoneChanged{"vera", false})
	tech := func(id RequestID) Event { return Enqueued{Request{ID: id, Queue: "tech"}} }
	d.at(8, tech("101")).at(9, tech("102")).at(9.5, OfferAnswered{d.offer("101", "anna")})
	got := d.othersOf(10, OfferDeclined{d.offer("102", "boris")})["102"] // to gleb; boris is named as who declined
	want := &Others{Free: []AgentID{"yana"}, Busy: []AgentID{"anna"}, NotReady: []AgentID{"olga", "vera"}, Lacking: []AgentID{"dina"}, Lack: 1}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if o := d.r.Others(&Offered{Offer: Offer{ID: d.offer("101", "anna")}}, nil); o != nil {
		t.Errorf("of an offer that is over is told %+v", o)
	}
}

func TestWhoIsOfferedTheNextCallOfAStepWasFreeForTheFirst(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, OffersHeld{d.second(100)}).at(1, calls("101"), calls("102")).at(2, comes("anna")...).at(3, comes("boris")...)
	got := d.othersOf(4, OffersReleased{})
	if want := (&Others{Free: []AgentID{"boris"}}); !reflect.DeepEqual(got["101"], want) {
		t.Errorf("of the first offer: %+v", got["101"])
	}
	if want := (&Others{Busy: []AgentID{"anna"}}); !reflect.DeepEqual(got["102"], want) {
		t.Errorf("of the second offer: %+v", got["102"])
	}
}

func TestOfManyOthersSomeAreNamedAndAllCounted(t *testing.T) {
	d := newDay(t, lineConfig(Queue{ID: "tech", Skills: []Need{{"tech", 1}}}))
	for i := range 30 {
		d.at(0, comes(AgentID(fmt.Sprintf("able%02d", i)), "tech")...).at(0, comes(AgentID(fmt.Sprintf("other%02d", i)))...)
	}
	o := d.othersOf(1, Enqueued{Request{ID: "101", Queue: "tech"}})["101"]
	if len(o.Free) != 20 || len(o.Lacking) != 20 || o.Lack != 30 || o.Free[0] != "able01" || o.Lacking[0] != "other00" {
		t.Errorf("got %+v", o)
	}
}
