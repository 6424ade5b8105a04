package register_test

import (
	"fmt"
	"testing"
	"time"

	"hotline/telephony"
	"hotline/tickets"
	"hotline/tickets/life"
	"hotline/tickets/register"
)

var olga = tickets.Agent{ID: "olga", Name: "Olga"}

// What the agent does during the call is done; the wrap-up, which says that the ticket stays so, undoes none of it.
func TestWrapUpLeavesTheTicketWithWhomItWasGivenDuringTheCall(t *testing.T) {
	for disposition, stays := range map[tickets.Disposition]bool{tickets.HandedOver: true, tickets.FollowUpNeeded: false} {
		t.Run(string(disposition), func(t *testing.T) {
			open(t, func(t *testing.T, o *office) {
				c := o.call("c1", unknown(1))
				c.SetTopic("billing")
				c.Answered(time.Now(), olga)
				_, ticket := o.contact("c1")
				by := tickets.By{Kind: tickets.ByPerson, ID: "olga"}
				next := time.Now().Add(50 * time.Hour)
				give := func(by tickets.By, command life.Command) {
					t.Helper()
					if _, err := o.Do(t.Context(), register.Order{Ticket: ticket.Number, Command: command, By: by}); err != nil {
						t.Fatal(err)
					}
				}
				give(by, life.HandOver{Department: "support", Next: next})
				give(tickets.By{Kind: tickets.ByPerson, ID: "boris"}, life.TakeOver{})
				c.Ended(time.Now(), tickets.Served)
				if err := o.WrapUp(tickets.WrapUp{Call: "c1", Agent: olga, Disposition: disposition, Note: "told", Stays: stays, At: time.Now()}); err != nil {
					t.Fatal(err)
				}
				contact, ticket := o.contact("c1")
				s, open := ticket.State.(tickets.Open)
				if kept := open && s.Owner() == tickets.Person("boris") && s.Next().Equal(next); kept != stays || contact.Note != "told" {
					t.Errorf("ticket %+v, note %q", ticket.State, contact.Note)
				}
			})
		})
	}
}

func TestDateOfTheWrapUpIsTheNextOneOfATicketThatStays(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		c := o.call("c1", unknown(1))
		c.Answered(time.Now(), olga)
		c.Ended(time.Now(), tickets.Served)
		next := time.Now().Add(7 * time.Hour)
		if err := o.WrapUp(tickets.WrapUp{Call: "c1", Agent: olga, Disposition: tickets.FollowUpNeeded, Stays: true, Next: next, At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		if _, ticket := o.contact("c1"); !ticket.State.(tickets.Open).Next().Equal(next) {
			t.Errorf("ticket %+v", ticket.State)
		}
	})
}

// The agent finds out what the call is about: its own ticket goes on in the other one, with what was promised, and so does what comes later.
func TestCallIsGivenToTheTicketThatItIsAbout(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		c := o.call("c1", unknown(1))
		c.Answered(time.Now(), olga)
		_, fresh := o.contact("c1")
		by := tickets.By{Kind: tickets.ByPerson, ID: "olga"}
		if _, err := o.Do(t.Context(), register.Order{Ticket: fresh.Number, Command: life.Promised{What: "to call", Due: time.Now().Add(time.Hour)}, By: by}); err != nil {
			t.Fatal(err)
		}
		annas := o.theOther(fresh.Number)
		if err := o.Relink(t.Context(), "c1", annas, by); err != nil {
			t.Fatal(err)
		}
		c.Ended(time.Now(), tickets.Served)
		if err := o.WrapUp(tickets.WrapUp{Call: "c1", Agent: olga, Disposition: tickets.FollowUpNeeded, Note: "again", Stays: true, At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		contact, ticket := o.contact("c1")
		if contact.Ticket != annas || contact.Note != "again" || o.store.Merged()[fresh.Number] != annas || c.Number() != annas {
			t.Errorf("contact %+v, the case has %s", contact, c.Number())
		}
		if p := o.store.Matters()[annas].Promises; len(p) != 1 || p[0].What != "to call" {
			t.Errorf("what was promised is %+v", p)
		}
		if s := ticket.State.(tickets.Open); s.Owner() != tickets.Department("technical") {
			t.Errorf("it is with %s", s.Owner().Name())
		}
	})
}

// The customer says on the phone that the answer has helped: that is its confirmation, and no new matter that was answered in the call.
func TestCallAboutASolvedTicketLeavesItSolvedUntilItsEnd(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		c := o.call("c1", unknown(1))
		c.Answered(time.Now(), olga)
		_, fresh := o.contact("c1")
		solved := o.theOther(fresh.Number)
		if _, err := o.Do(t.Context(), register.Order{Ticket: solved, Command: life.SolveIt{Answer: "done"}, By: tickets.By{Kind: tickets.ByPerson, ID: "boris"}}); err != nil {
			t.Fatal(err)
		}
		if err := o.Relink(t.Context(), "c1", solved, tickets.By{Kind: tickets.ByPerson, ID: "olga"}); err != nil {
			t.Fatal(err)
		}
		c.Ended(time.Now(), tickets.Served)
		if err := o.WrapUp(tickets.WrapUp{Call: "c1", Agent: olga, Disposition: tickets.Resolved, At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		if _, ticket := o.contact("c1"); ticket.Number != solved || ticket.Phase() != tickets.Done || ticket.SolvedBy != "boris" || ticket.Reopened != 0 {
			t.Errorf("it is %+v", ticket)
		}
	})
}

// Whoever was linked to the wrong ticket leaves it as it was.
func TestCallThatWasLinkedInErrorLeavesItsTicketAlone(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		o.call("c0", unknown(7)).Answered(time.Now(), olga)
		_, right := o.contact("c0")
		c := o.call("c1", annas)
		c.SetTopic("technical")
		c.Answered(time.Now(), olga)
		_, wrong := o.contact("c1")
		before := o.store.Tickets()[wrong.Number].State
		if err := o.Relink(t.Context(), "c1", right.Number, tickets.By{Kind: tickets.ByPerson, ID: "olga"}); err != nil {
			t.Fatal(err)
		}
		c.SetTopic("billing") // a transfer: the flow decides once more, and asks for a number; the agent's word stands
		if err := c.LinkTyped(t.Context(), wrong.Number); err != nil {
			t.Fatal(err)
		}
		contact, _ := o.contact("c1")
		if c.Number() != right.Number || contact.Ticket != right.Number || o.store.Tickets()[wrong.Number].State != before {
			t.Errorf("contact %+v, the ticket that it leaves %+v", contact, o.store.Tickets()[wrong.Number])
		}
	})
}

// Whoever has the customer on the line links their call to a ticket whoever owns it. What another person has taken meanwhile is theirs to give away: it stays.
func TestCallLeavesAloneWhatAnotherPersonHasTaken(t *testing.T) {
	for name, taken := range map[string]bool{"taken": true, "with a department": false} {
		t.Run(name, func(t *testing.T) {
			open(t, func(t *testing.T, o *office) {
				c := o.call("c1", unknown(1))
				c.Answered(time.Now(), olga)
				_, own := o.contact("c1")
				by := tickets.By{Kind: tickets.ByPerson, ID: "olga"}
				if _, err := o.Do(t.Context(), register.Order{Ticket: own.Number, Command: life.HandOver{Department: "support"}, By: by}); err != nil {
					t.Fatal(err)
				}
				if taken {
					if _, err := o.Do(t.Context(), register.Order{Ticket: own.Number, Command: life.TakeOver{}, By: tickets.By{Kind: tickets.ByPerson, ID: "boris"}}); err != nil {
						t.Fatal(err)
					}
				}
				annas := o.theOther(own.Number) // of the technical department, and of another customer
				for range 2 {
					if err := o.Relink(t.Context(), "c1", annas, by); err != nil {
						t.Fatal(err)
					}
				}
				contact, _ := o.contact("c1")
				left := o.store.Tickets()[own.Number]
				if contact.Ticket != annas || contact.Linked != tickets.LinkedByAgent || (left.Phase() != tickets.Done) != taken {
					t.Errorf("contact %+v, the ticket that it leaves is %s", contact, left.Phase())
				}
				if lines := o.store.History()[annas]; len(lines) != 2 {
					t.Errorf("the history says %+v", lines)
				}
			})
		})
	}
}

// A kill may come between the agent's word and the note on the caller's channel, which knows the ticket of before, however it came to that; and the store
// may be away when the next Hotline finds the call.
func TestCallFoundAfterARestartHasTheTicketThatItsAgentGaveItTo(t *testing.T) {
	withheld := telephony.Number{Kind: telephony.Anonymous}
	for _, from := range []telephony.Number{unknown(1), annas, withheld} {
		for _, away := range []bool{false, true} {
			t.Run(fmt.Sprintf("from %s, away %t", from.Key(), away), func(t *testing.T) {
				open(t, func(t *testing.T, o *office) {
					o.call("c0", unknown(7)).Answered(time.Now(), olga)
					_, right := o.contact("c0")
					at := time.Now()
					c := o.call("c1", from)
					c.SetTopic("technical")
					c.Answered(time.Now(), olga)
					_, before := o.contact("c1")
					note := c.Kept()
					if err := o.Relink(t.Context(), "c1", right.Number, tickets.By{Kind: tickets.ByPerson, ID: "olga"}); err != nil {
						t.Fatal(err)
					}
					o.kill()
					o.store.SetAway(away)
					o.start()
					c = o.Resume(telephony.Arrival{ID: "c1", From: from, At: at, Resume: &telephony.Resume{}}, note)
					c.Caller(t.Context())
					if right := c.Number() == right.Number; right == away {
						t.Errorf("it has ticket %s, and its note says %s", c.Number(), note.Ticket)
					}
					c.SetTopic("billing") // a transfer: the flow decides once more, by what it knows
					if err := c.LinkTyped(t.Context(), before.Number); err != nil {
						t.Error(err)
					}
					o.store.SetAway(false)
					<-c.Settled()
					if p := c.Pop().Ticket; p.Number != right.Number || p.Linked != tickets.LinkedByAgent {
						t.Errorf("the pop shows %+v", p)
					}
					c.Ended(time.Now(), tickets.Served)
					if err := o.WrapUp(tickets.WrapUp{Call: "c1", Agent: olga, Disposition: tickets.Resolved, Note: "done", At: time.Now()}); err != nil {
						t.Fatal(err)
					}
					contact, _ := o.contact("c1")
					if contact.Ticket != right.Number || contact.Linked != tickets.LinkedByAgent || contact.Note != "done" {
						t.Errorf("contact %+v", contact)
					}
					if left := o.store.Tickets()[before.Number]; before.OpenedBy != "c1" && left.Phase() == tickets.Done {
						t.Errorf("the ticket that it left is %s", left.Phase())
					}
				})
			})
		}
	}
}

// theOther is the number of the one ticket besides n.
func (o *office) theOther(n tickets.Number) tickets.Number {
	o.t.Helper()
	for other := range o.store.Tickets() {
		if other != n {
			return other
		}
	}
	o.t.Fatal("there is no other ticket")
	return ""
}
