package ivr_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/queues"
	"hotline/telephony/memory"
	"hotline/tickets"
)

// instant is something that happens to a caller whose call rings at anna's, and which others do in the same instant.
type instant struct {
	name string
	does func(w *ringing)
}

// ringing is a caller whose call rings at anna's, while boris and the supervisor olga are free.
type ringing struct {
	*house
	c                 *memory.Customer
	anna, boris, olga *memory.Phone
	offer             queues.OfferID
	leads             []error // what became of them, in order
}

// lead has somebody lead the caller to an agent, as they have seen the caller: led by nobody.
func (w *ringing) lead(by, to queues.AgentID) {
	w.leads = append(w.leads, w.acd.Report(w.Context(), queues.RequestLed{
		Request: queues.RequestID(w.c.ID()), To: queues.Destination{Kind: queues.ToAgent, Agent: to}, By: string(by),
	}))
}

// inOneInstant are what may happen to the caller at once.
var inOneInstant = []instant{
	{"olga takes them", func(w *ringing) { w.lead("olga", "olga") }},
	{"petr leads them to boris", func(w *ringing) { w.lead("petr", "boris") }},
	{"anna accepts", func(w *ringing) {
		_ = w.acd.Report(w.Context(), queues.OfferAccepted{Offer: w.offer}) // it may be over
	}},
	{"anna answers", func(w *ringing) { w.anna.Answer() }},
	{"the caller hangs up", func(w *ringing) { w.c.Hangup() }},
}

// orders are all orders of all choices of at least two of some things.
func orders[T any](of []T) (all [][]T) {
	var add func(chosen []int)
	add = func(chosen []int) {
		if len(chosen) > 1 {
			var order []T
			for _, i := range chosen {
				order = append(order, of[i])
			}
			all = append(all, order)
		}
		for i := range of {
			if !slices.Contains(chosen, i) {
				add(append(slices.Clone(chosen), i))
			}
		}
	}
	add(nil)
	return all
}

// TestWhatHappensInOneInstantLeavesTheCallerWithOneAgent: two supervisors lead the same caller, whose call rings, the agent takes it, and the
// caller hangs up, in each order, with and without time in between for one of them to come to something. Of two leads one counts, and the other is
// told so; the caller talks with one agent, no phone rings on, and nobody is kept from work.
func TestWhatHappensInOneInstantLeavesTheCallerWithOneAgent(t *testing.T) {
	for _, order := range orders(inOneInstant) {
		for _, settles := range []bool{false, true} {
			var names []string
			for _, one := range order {
				names = append(names, one.name)
			}
			name := strings.Join(names, ", ")
			if settles {
				name = strings.Join(names, "; ")
			}
			synctest.Test(t, func(t *testing.T) {
				w := &ringing{house: open(t)}
				defer func() {
					if t.Failed() {
						t.Logf("in the order %s: %s", name, w.desk.story())
					}
				}()
				w.anna = w.comes("anna")
				w.c = w.waitsRinging()
				w.offer = w.agent("anna").Offer
				w.boris, w.olga = w.comes("boris"), w.comes("olga")
				for _, one := range order {
					if one.does(w); settles {
						synctest.Wait()
					}
				}
				w.ends(names)
			})
			if t.Failed() {
				return
			}
		}
	}
}

// waitsRinging is a customer whose call rings at anna's.
func (h *house) waitsRinging() *memory.Customer {
	h.Helper()
	c := h.calls()
	c.Type("13")
	later(tillQueue)
	if h.sw.Phone("anna").State() != memory.Ringing {
		h.Fatalf("anna's phone is %s:\n%s", h.sw.Phone("anna").State(), heard(c))
	}
	return c
}

// ends checks what has become of it in the end.
func (w *ringing) ends(happened []string) {
	w.Helper()
	later(time.Second)
	for _, p := range []*memory.Phone{w.boris, w.olga, w.anna} {
		if p.State() == memory.Ringing {
			p.Answer()
			later(2 * time.Second)
		}
	}
	led := 0
	for _, err := range w.leads {
		if err == nil {
			led++
		}
	}
	if second := len(w.leads) == 2 && w.leads[0] == nil; second {
		if is, told := errors.AsType[*queues.LedError](w.leads[1]); w.leads[1] == nil || told && is.By == "" {
			w.Errorf("of two leads the second is answered %v", w.leads[1])
		}
	}
	if led > 0 && happened[0] == "anna accepts" {
		w.Errorf("a caller whom an agent has accepted was led elsewhere")
	}
	with := 0
	for name, p := range map[string]*memory.Phone{"anna": w.anna, "boris": w.boris, "olga": w.olga} {
		switch hears := w.c.HearsPhone(p); {
		case hears && !p.HearsCustomer(w.c):
			w.Errorf("the caller hears %s, who does not hear them", name)
		case hears:
			with++
		case p.State() != memory.Idle:
			w.Errorf("the phone of %s is %s, and the caller does not hear it", name, p.State())
		}
	}
	gone := slices.Contains(happened, "the caller hangs up")
	if gone && with != 0 || !gone && with != 1 || led > 1 {
		w.Errorf("the caller, gone: %v, talks with %d, and was led %d times:\n%s", gone, with, led, heard(w.c))
	}
	w.c.Hangup()
	later(3 * time.Minute)
	for _, id := range []queues.AgentID{"anna", "boris", "olga"} {
		if a := w.agent(id); a.Activity != queues.Idle {
			w.Errorf("%s is %s at the end", id, a.Activity)
		}
	}
	if outcome := w.contact(w.c).Outcome; !gone && outcome != tickets.Served || gone && outcome == "" {
		w.Errorf("the call ended as %q", outcome)
	}
	w.nothingLeft()
}
