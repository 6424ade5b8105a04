package ivr_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/memory"
	"hotline/tickets"
)

// isCalledBack checks that a customer is called by anna and told why before they talk, and lets them end the talk.
func (h *house) isCalledBack(number string) {
	h.Helper()
	home, anna := h.sw.Outside(full(number)), h.sw.Phone("anna")
	if home.State() != memory.Ringing {
		h.Fatalf("the phone of %s is %s; %s", number, home.State(), h.desk.story())
	}
	home.Answer()
	later(3 * time.Second)
	said := ""
	for _, s := range home.Hears() {
		said += s.String() + "\n"
	}
	if !strings.Contains(said, "ru hotline/call_broken") || !home.HearsPhone(anna) {
		h.Errorf("%s heard\n%s", number, said)
	}
	home.Hangup()
	later(time.Second)
	h.tell(queues.WrapUpFinished{Agent: "anna"})
}

// TestWhoIsLostWithTheSwitchIsCalledBackFirst: one talks, one waits, one is in the menu, and one withholds their number. The switch dies: nobody has hung
// up, and who talked, and then who waited, are called back before somebody who comes after that, and are told why.
func TestWhoIsLostWithTheSwitchIsCalledBackFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const petr, olga = "+79161112244", "+79161112255"
		h := open(t)
		for _, n := range []string{ivan, petr} {
			h.sw.Outside(full(n)).Ignores() // until we call
		}
		talked, anna := h.talks()
		waited := h.sw.Call(full(petr), full(dialled))
		withheld := h.sw.Call(telephony.Number{}, full(dialled))
		waited.Type("13")
		withheld.Type("13")
		later(tillQueue)
		menu := h.sw.Call(full("+79161112266"), full(dialled))
		later(2 * time.Second)
		if q := h.waiting(); q.Waiting != 2 {
			t.Fatalf("%d wait", q.Waiting)
		}
		anna.Ignores()
		h.sw.Dies()
		later(time.Second)
		for _, c := range []*memory.Customer{talked, waited, withheld, menu} {
			if contact := h.endedAs(c, tickets.Lost); c != talked && c != menu { // a ticket stays with anna, and one is nobody's yet
				h.stands(contact, tickets.Department("fault"), tickets.CallBack)
			}
		}
		if q := h.waiting(); q.Waiting != 0 || q.Callbacks != 2 || q.Figures.Abandoned != 0 || h.book.size() != 2 {
			t.Errorf("the queue is %+v, and %d are in the book", q, h.book.size())
		}
		h.is("anna", queues.Ready, queues.WrapUp)
		later(9 * time.Second)
		late := h.from(full(olga), "3")
		anna.Answers(time.Second)
		h.tell(queues.WrapUpFinished{Agent: "anna"})
		later(3 * time.Second)
		h.isCalledBack(ivan)
		later(3 * time.Second)
		h.isCalledBack(petr)
		later(3 * time.Second)
		if !late.HearsPhone(anna) || h.book.size() != 0 || h.waiting().Callbacks != 0 {
			t.Errorf("who came last heard\n%s", heard(late))
		}
		late.Hangup()
		later(time.Second)
		for _, c := range []*memory.Customer{talked, waited} {
			own, served := h.contact(c), 0
			for _, contact := range h.store.Contacts() {
				if contact.Ticket == own.Ticket && contact.Outcome == tickets.Served {
					served++
				}
			}
			if served != 1 {
				t.Errorf("of the ticket %s %d calls were served", own.Ticket, served)
			}
		}
	})
}

// TestWhoseCallTheSwitchTookAlongWhileNoHotlineWasThereIsCalledBack by what the store has of it: once, however often it is asked for, and told why. Who cannot be
// called, was in no queue, came too long ago, or was not there yet is not.
func TestWhoseCallTheSwitchTookAlongWhileNoHotlineWasThereIsCalledBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		h.sw.Outside(full(ivan)).Ignores() // until we call
		c := h.sw.Call(full(ivan), full(dialled))
		c.Type("13")
		later(tillQueue)
		waited := h.contact(c)
		c.Hangup()
		later(time.Minute)
		if waited.Queue != "support" || waited.QueuedAt.IsZero() {
			t.Fatalf("the store has %+v", waited)
		}
		cut := func(change func(u *tickets.Unended)) bool {
			u := tickets.Unended{Call: c.ID(), ArrivedAt: waited.ArrivedAt, Contact: waited, Broke: time.Now()}
			change(&u)
			return h.line.CutOff(t.Context(), u)
		}
		for name, test := range map[string]struct {
			change   func(u *tickets.Unended)
			callable bool
		}{
			"a withheld number":          {func(u *tickets.Unended) { u.Contact.From = telephony.Number{} }, false},
			"in the menu":                {func(u *tickets.Unended) { u.Contact.Queue, u.Contact.QueuedAt = "", time.Time{} }, true},
			"a queue that is not there":  {func(u *tickets.Unended) { u.Contact.Queue = "gone" }, true},
			"weeks ago":                  {func(u *tickets.Unended) { u.Contact.QueuedAt = u.Contact.QueuedAt.AddDate(0, 0, -14) }, true},
			"whom an agent was to reach": {func(u *tickets.Unended) { u.Contact.CalledBy = "anna" }, true},
		} {
			if callable := cut(test.change); callable != test.callable || h.book.size() != 0 || h.waiting().Callbacks != 0 {
				t.Errorf("%s: may be called %v, and %d are in the book", name, callable, h.book.size())
			}
		}
		for range 2 {
			if !cut(func(*tickets.Unended) {}) || h.book.size() != 1 || h.waiting().Callbacks != 1 {
				t.Errorf("%d are in the book, and %d are to be called back", h.book.size(), h.waiting().Callbacks)
			}
		}
		h.comes("anna").Answers(time.Second)
		later(20 * time.Second)
		h.isCalledBack(ivan)
		if h.book.size() != 0 || h.waiting().Callbacks != 0 {
			t.Errorf("%d are in the book in the end", h.book.size())
		}
		for _, contact := range h.store.Contacts() {
			if contact.Outcome == tickets.Served && contact.Ticket != waited.Ticket {
				t.Errorf("the call back is of ticket %s, not of %s", contact.Ticket, waited.Ticket)
			}
		}
	})
}
