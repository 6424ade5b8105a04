package register_test

import (
	"testing"
	"time"

	"hotline/telephony"
	"hotline/tickets"
)

func TestCallOfOursGoesOnWithTheTicketOnceTheCustomerIsDialled(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		stranger := telephony.Number{E164: "+78005550177", Kind: telephony.Full}
		own := o.call("c1", stranger)
		own.SetTopic("fault")
		own.Queued(time.Now(), tickets.Queue{ID: "support", Department: "support"})
		kept := own.Kept()
		own.Ended(time.Now(), tickets.CallbackPromised)
		o.flush()
		s, is := o.store.Tickets()[own.Number()].State.(tickets.Open)
		if !is || s.Owner() != tickets.Department("support") || s.Step() != tickets.CallBack {
			t.Errorf("the ticket of who was promised a callback is %+v", o.store.Tickets()[own.Number()].State)
		}

		calls := func(id telephony.CallID) *tickets.Case {
			c := o.CallBack(telephony.Arrival{ID: id, From: stranger, At: time.Now()}, kept)
			c.Offered(time.Now(), tickets.Agent{ID: "olga"})
			if p := c.Pop(); p.Ticket.Number != own.Number() || !p.WaitingSince.Equal(kept.QueuedAt) || p.Caller.From.Key() != stranger.E164 {
				t.Errorf("the pop is %+v", p)
			}
			return c
		}
		missed := calls("c2")
		missed.OfferEnded(time.Now(), tickets.Agent{ID: "olga"}, "missed")
		if !missed.Dropped() {
			t.Error("a draft is none")
		}
		later := calls("c3")
		time.Sleep(time.Minute)
		later.Dialled(time.Now())
		later.Dialled(time.Now())
		later.Answered(time.Now(), tickets.Agent{ID: "olga"})
		later.Ended(time.Now(), tickets.Served)
		o.flush()
		if later.Dropped() {
			t.Error("a contact is dropped")
		}
		all := o.store.Contacts()
		if c := all["c3"]; len(all) != 2 || c.Ticket != own.Number() || c.Offers != 1 || c.Agent.ID != "olga" || c.Linked != tickets.LinkedBrokenOff {
			t.Errorf("the contacts are %+v", all)
		}
		if s, is := o.store.Tickets()[own.Number()].State.(tickets.Open); !is || s.Owner() != tickets.Person("olga") {
			t.Errorf("the ticket is %+v", o.store.Tickets()[own.Number()].State)
		}
		if n := len(o.store.Tickets()); n != 2 { // anna's, and this one
			t.Errorf("there are %d tickets", n)
		}
	})
}
