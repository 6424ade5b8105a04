package queues

import (
	"errors"
	"reflect"
	"testing"
	"time"
)

func TestEveryAgentSignedInIsToldWhyTheyAreNotTaken(t *testing.T) {
	d := newDay(t, lineConfig(Queue{
		ID: "tech", Skills: []Need{{"tech", 2}}, AnyOf: [][]Need{{{"lang:ru", 1}, {"lang:en", 1}}}, OfferTimeout: time.Minute,
	}))
	able := []string{"tech=3", "lang:ru"}
	for i, id := range []AgentID{"anna", "boris", "gleb", "olga", "vera"} {
		d.at(float64(i), comes(id, able...)...)
	}
	d.at(6, comes("dina", "tech=1")...)
	d.at(7, AgentNotReady{"olga", Lunch}, PhoneChanged{"vera", false})
	tech := func(id RequestID) Event { return Enqueued{Request{ID: id, Queue: "tech"}} }
	d.at(8, tech("101")).want("offered 101 anna").at(9, tech("102")).want("offered 102 boris")
	d.at(10, OfferAnswered{d.offer("101", "anna")}).at(11, OfferDeclined{d.offer("102", "boris")}).
		want("answered 101 anna", "declined 102 boris", "offered 102 gleb")
	got, err := d.r.Considered("102")
	if err != nil {
		t.Fatal(err)
	}
	want := []Consideration{
		{Agent: "anna", Standing: Occupied, Activity: Talking},
		{Agent: "boris", Standing: HasDeclined},
		{Agent: "dina", Standing: LacksSkills, Lacks: []Need{{"tech", 2}}, LacksAny: [][]Need{{{"lang:ru", 1}, {"lang:en", 1}}}},
		{Agent: "gleb", Standing: HasIt},
		{Agent: "olga", Standing: Away, Reason: Lunch},
		{Agent: "vera", Standing: Unreachable},
	}
	for i := range got {
		want[i].Name = got[i].Name
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got\n%+v, want\n%+v", got, want)
	}
	for id, want := range map[RequestID]error{"101": ErrActivity, "999": ErrUnknownRequest} {
		if _, err := d.r.Considered(id); !errors.Is(err, want) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestFreeAgentsAreConsideredInTheOrderInWhichTheyWouldBeTaken(t *testing.T) {
	d := newDay(t, lineConfig(Queue{ID: "spared", Reserve: 2}))
	d.at(0, OffersHeld{d.second(100)}).at(1, calls("101"), Enqueued{Request{ID: "102", Queue: "spared"}})
	d.at(2, comes("boris")...).at(3, comes("anna")...)
	for id, want := range map[RequestID][]Consideration{
		"101": {{Agent: "anna", Standing: Free, Rank: 2}, {Agent: "boris", Standing: Free, Rank: 1}},
		"102": {{Agent: "anna", Standing: KeptFree}, {Agent: "boris", Standing: KeptFree}},
	} {
		got, err := d.r.Considered(id)
		if err != nil || len(got) != 2 {
			t.Fatalf("%s: %+v, %v", id, got, err)
		}
		for i := range got {
			got[i].Name = ""
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", id, got, want)
		}
	}
}
