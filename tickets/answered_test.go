package tickets

import (
	"testing"
	"time"
)

// TestATicketStaysAsItIsWithWhomTheCallerComesBackTo and passes to another who has the caller then.
func TestATicketStaysAsItIsWithWhomTheCallerComesBackTo(t *testing.T) {
	b := NewBook()
	own := MakeNumber(7)
	n := 0
	happens := func(e Event) {
		t.Helper()
		n++
		f := Fact{Contact: "c1", Channel: Call{}, At: noon.Add(time.Duration(n) * time.Minute), Own: own, Event: e}
		if n > 1 {
			f.N = int64(n)
		}
		if err := b.Apply(f); err != nil {
			t.Fatalf("%s: %v", e.Kind(), err)
		}
	}
	anna, boris := Agent{ID: "anna", Name: "Anna"}, Agent{ID: "boris", Name: "Boris"}
	happens(Arrived{From: "+79000000001", To: "+78005550100", Department: "first_line", Next: noon.Add(time.Hour)})
	happens(Answered{Agent: anna, Next: noon.Add(24 * time.Hour)})
	twentieth := noon.Add(18 * 24 * time.Hour)
	if err := b.Tickets[own].Turn(Await, Person("anna"), twentieth, FollowUp, ForCustomer); err != nil {
		t.Fatal(err)
	}
	happens(Transferred{Agent: anna, Since: noon, To: boris})
	happens(Answered{Agent: anna, Next: noon.Add(24 * time.Hour)})
	if s, open := b.Tickets[own].State.(Open); !open || s.Phase() != Waiting || !s.Next().Equal(twentieth) {
		t.Errorf("what Anna had set is %+v after the caller came back", b.Tickets[own].State)
	}
	happens(Transferred{Agent: anna, Since: noon, To: boris})
	happens(Answered{Agent: boris, Next: noon.Add(24 * time.Hour)})
	if s, open := b.Tickets[own].State.(Open); !open || s.Owner() != Person("boris") {
		t.Errorf("Boris has the caller, and the ticket is %+v", b.Tickets[own].State)
	}
}
