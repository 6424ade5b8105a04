package main

import (
	"fmt"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
)

// TestOfferThatComesToNothing: declined, missed for want of a page or a phone. The caller comes to the other agent each time.
func TestOfferThatComesToNothing(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{
		people: []config.Person{person("anna", "101"), person("boris", "102")},
		configure: func(c *config.Config) {
			for i := range c.Queues {
				c.Queues[i].OfferTimeout, c.Queues[i].WrapUp = 10*time.Second, time.Second
			}
		},
	})
	f := &futileOffers{stage: s, anna: s.agent("anna"), boris: s.agent("boris")}
	t.Run("declined goes to the next", f.declined)
	t.Run("wrap-up is ended by the clock", f.wrapUpRunsOut)
	t.Run("a note that comes after the clock is kept all the same", f.noteComesLate)
	t.Run("page closed for good while ringing", f.pageCloses)
	t.Run("unreachable phone", f.phoneIsUnplugged)
	s.nothingLeft()
}

// futileOffers is its two agents; each step leaves them as the next finds them.
type futileOffers struct {
	*stage
	anna, boris *worker
}

// declined: Anna is ready first and declines, Boris takes the call and is in wrap-up at the end.
func (f *futileOffers) declined(t *testing.T) {
	f.anna.ready()
	call := f.calls("+79160003001")
	f.chooses(call, "3")
	ringing := f.anna.rings()
	f.boris.ready()
	offer := f.anna.until("offered", offered).Offer.ID
	for _, command := range []string{"offer.accept", "offer.decline"} {
		if err := f.boris.desk.Command(t.Context(), command, map[string]any{"offer": offer}); !client.IsProblem(err, agentapi.CodeOfferEnded) {
			t.Errorf("%s of another agent's offer is answered by %v", command, err)
		}
	}
	f.must(f.anna.desk.Command(t.Context(), "offer.decline", map[string]any{"offer": offer}))
	<-ringing.Cancelled()
	talk := f.boris.answers()
	me := f.anna.until("no offer", func(me agentapi.Me) bool { return me.Offer == nil && me.Activity.State == "idle" })
	if me.Availability.State != "ready" {
		t.Errorf("who declined is %+v", me.Availability)
	}
	f.hangsUp(talk)
	f.gone(call)
}

// wrapUpRunsOut: Boris says nothing about the call that he has had.
func (f *futileOffers) wrapUpRunsOut(t *testing.T) {
	f.boris.until("in wrap-up", func(me agentapi.Me) bool { return me.WrapUp != nil || me.Activity.State == "idle" })
	f.boris.until("idle again", func(me agentapi.Me) bool { return me.Activity.State == "idle" && me.WrapUp == nil })
	c := f.contact("+79160003001")
	f.eventually("the ticket stays open with the agent", func() error {
		var state, owner string
		var wrapped bool
		err := f.service.db.QueryRow(t.Context(), `select t.state, t.owner, c.wrapped_up_at is not null from tickets t join contacts c on c.ticket = t.number
			where t.number = $1`, c.Ticket).Scan(&state, &owner, &wrapped)
		if err == nil && (state != "open" || owner != "boris" || !wrapped) {
			err = fmt.Errorf("it is %s, owner %s, its wrap-up over: %t", state, owner, wrapped)
		}
		return err
	})
}

func (f *futileOffers) noteComesLate(t *testing.T) {
	call := f.boris.desk.Me().Recent[0].Call
	f.must(f.boris.desk.Command(t.Context(), "wrap_up.finish", map[string]any{"call": call, "disposition": "resolved", "note": "late"}))
	f.eventually("the note is in the contact", func() error {
		var note, disposition string
		err := f.service.db.QueryRow(t.Context(), `select note, disposition from contacts where id = $1`, call).Scan(&note, &disposition)
		if err == nil && (note != "late" || disposition != "resolved") {
			err = fmt.Errorf("it says %q, %s", note, disposition)
		}
		return err
	})
}

// pageCloses: Anna's page goes while her phone rings, and Boris comes back for the caller.
func (f *futileOffers) pageCloses(t *testing.T) {
	f.must(f.boris.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "break"}))
	call := f.calls("+79160003002")
	f.chooses(call, "3")
	ringing := f.anna.rings()
	f.anna.desk.Close()
	select {
	case <-ringing.Cancelled():
	case <-time.After(atOnce):
		t.Fatal("the phone of a closed page rings on")
	}
	f.must(f.boris.desk.Command(t.Context(), "agent.ready", nil))
	f.hangsUp(f.boris.answers())
	f.gone(call)
	f.anna.openDesk(f.pages(), f.person("anna"))
	me := f.anna.until("known", func(me agentapi.Me) bool { return me.Availability.State == "not_ready" })
	if me.Availability.Reason != "connection_lost" && me.Availability.Reason != "missed_call" {
		t.Errorf("whose page was lost is %+v", me.Availability)
	}
}

// phoneIsUnplugged: Boris's, who is ready; Anna gets ready after the call has come.
func (f *futileOffers) phoneIsUnplugged(*testing.T) {
	f.boris.until("idle", func(me agentapi.Me) bool { return me.Activity.State == "idle" })
	f.boris.phone.Unplug() // without a word to the switch: it still believes in it
	call := f.calls("+79160003003")
	f.chooses(call, "3")
	f.anna.ready()
	f.hangsUp(f.anna.answers())
	f.gone(call)
}
