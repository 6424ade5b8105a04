package ivr_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr"
	"hotline/queues"
	"hotline/queues/acd"
	"hotline/tickets"
)

// reader is a router that keeps what it was asked for.
type reader struct {
	*acd.ACD
	asked []queues.Request
}

func (r *reader) Enqueue(ctx context.Context, q queues.Request) error {
	r.asked = append(r.asked, q)
	return r.ACD.Enqueue(ctx, q)
}

func TestRouterLearnsWhoCallsAndWhomTheyKnow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{}
		h := open(t, func(h *house) { h.router = func(a *acd.ACD) ivr.ACD { r.ACD = a; return r } })
		first, second := h.waits(), h.waits()
		if r.asked[0].Party != ivan || r.asked[1].Party != ivan {
			t.Errorf("who is not known is %q, and then %q", r.asked[0].Party, r.asked[1].Party)
		}
		first.Hangup()
		second.Hangup()
		later(time.Second)
		err := h.store.SeedCustomers(t.Context(), []tickets.Seed{{
			Customer: tickets.Customer{ID: "0198c0de-0000-7000-8000-000000000001", Name: "Пётр Петров", Contract: "СС-1", Numbers: []string{"+79162223344"}},
			Open: []tickets.SeedTicket{{
				Subject: "Нет связи", Topic: "fault", Owner: tickets.Person("boris"), Next: time.Now().Add(time.Hour), ActivityAt: time.Now().Add(-time.Hour),
			}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		h.sw.Phone("anna").Answers(time.Second)
		h.comes("anna")
		for range 2 {
			c := h.sw.Call(full("+79162223344"), full(dialled))
			c.Type("13")
			later(tillQueue)
			c.Hangup()
			later(time.Minute) // the contact reaches the store, and anna has wrapped up
		}
		known := r.asked[2:]
		if known[0].Party != "0198c0de-0000-7000-8000-000000000001" || !slices.Equal(known[0].Prefer, []queues.AgentID{"boris"}) {
			t.Errorf("asked for: %+v", known[0])
		}
		if !slices.Equal(known[1].Prefer, []queues.AgentID{"boris", "anna"}) {
			t.Errorf("asked for after anna: %+v", known[1].Prefer)
		}
	})
}
