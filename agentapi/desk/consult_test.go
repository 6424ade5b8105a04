package desk

import (
	"errors"
	"slices"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/tickets"
)

// Who is asked in a talk has it on their page, and can hang up, and nothing else; once the caller is theirs they can do all.
func TestWhoIsAskedCanDoNothingInTheCallButHangUp(t *testing.T) {
	d, house := desks()
	o := queues.Offered{Offer: queues.Offer{ID: "o1", Agent: "boris"}}
	d.Talking(queues.Offered{Offer: queues.Offer{ID: "talk", Agent: "anna"}}, time.Now(), tickets.Pop{Call: "c1"})
	d.Consulting(o, time.Now(), tickets.Pop{Call: "c1", Asks: &tickets.Sender{Agent: tickets.Agent{ID: "anna", Name: "Anna"}, Note: "why?"}})
	all := []agentapi.Command{agentapi.HoldCall{Call: "c1"}, agentapi.TransferCall{Call: "c1", Queue: "support"}, agentapi.SwapCall{Call: "c1"}, agentapi.CompleteCall{Call: "c1"}, agentapi.TypeInCall{Call: "c1", Digits: "1"}, agentapi.FinishWrapUp{Call: "c1", Disposition: tickets.Resolved}}
	for _, c := range all {
		var refused *agentapi.Problem
		if err := d.Do(t.Context(), "boris", c); !errors.As(err, &refused) || refused.Code != agentapi.CodeConflict {
			t.Errorf("%T is answered by %v", c, err)
		}
	}
	if err := d.Do(t.Context(), "boris", agentapi.HangUp{Call: "c1"}); err != nil {
		t.Errorf("hang up: %v", err)
	}
	if !slices.Equal(house.asked, []string{"hang up boris"}) {
		t.Errorf("it came to %q", house.asked)
	}
	d.Talking(o, time.Now(), tickets.Pop{Call: "c1"})
	if err := d.Do(t.Context(), "boris", agentapi.SwapCall{Call: "c1"}); err != nil {
		t.Errorf("once the caller is theirs: %v", err)
	}
	d.Consulted(o.Offer) // too late: it is their talk
	if err := d.Do(t.Context(), "boris", agentapi.HoldCall{Call: "c1"}); err != nil {
		t.Errorf("in their talk: %v", err)
	}
}

// A consultation that is over leaves nothing on the page of who was asked: no wrap-up, and no call among their last ones.
func TestConsultationLeavesNothingOnThePage(t *testing.T) {
	d, _ := desks()
	page := d.open(t)
	o := d.offers("o1")
	d.Consulting(o, time.Now(), tickets.Pop{Call: "c1", Asks: &tickets.Sender{Agent: tickets.Agent{ID: "boris", Name: "Boris"}}})
	me, err := page.WaitMe(t.Context(), func(me agentapi.Me) bool { return me.Call != nil })
	if err != nil || !me.Call.Consult || me.Offer != nil || me.Call.Pop.Asks == nil || me.Call.Pop.Asks.Agent != "Boris" {
		t.Errorf("the page shows %+v, %v", me.Call, err)
	}
	d.Consulted(o.Offer)
	if me, err = page.WaitMe(t.Context(), func(me agentapi.Me) bool { return me.Call == nil }); err != nil || me.WrapUp != nil || len(me.Recent) > 0 {
		t.Errorf("the page shows %+v, %v", me, err)
	}
}

// Who answers in the moment in which it is over is left no offer on their page, and nothing of another one is taken from it.
func TestConsultationThatIsOverAsItIsAnsweredLeavesNoOfferOnThePage(t *testing.T) {
	d, _ := desks()
	page := d.open(t)
	o := d.offers("o1")
	d.Pop(t.Context(), o, tickets.Pop{Call: "c1"})
	d.Stepped(time.Now(), nil, []queues.Decision{
		&queues.OfferEnded{Offer: o.Offer, How: queues.OfferWasAnswered},
		&queues.AgentChanged{Agent: queues.AgentState{ID: "anna", Availability: queues.Ready, Activity: queues.Consulting}},
	})
	if me, err := page.WaitMe(t.Context(), func(me agentapi.Me) bool { return me.Offer != nil }); err != nil {
		t.Fatalf("the page shows %+v, %v", me, err)
	}
	d.Consulted(o.Offer)
	if me, err := page.WaitMe(t.Context(), func(me agentapi.Me) bool { return me.Offer == nil }); err != nil || me.Call != nil {
		t.Errorf("the page shows %+v, %v", me, err)
	}
	d.Consulting(d.offers("o2"), time.Now(), tickets.Pop{Call: "c2"})
	d.Consulted(o.Offer) // late
	if p := d.page("anna"); p.talk == nil || p.over {
		t.Error("the end of one consultation has ended another on the page")
	}
}

// Who passes the caller on to who was asked decides nothing about the call, also where they only hung up.
func TestWrapUpOfWhoHasPassedTheCallerOnSaysSo(t *testing.T) {
	d, _ := desks()
	began := time.Now()
	d.Talking(queues.Offered{Offer: queues.Offer{ID: "talk", Agent: "anna"}}, began, tickets.Pop{Call: "c1"})
	d.Ended(queues.Offer{ID: "talk", Agent: "anna"}, tickets.Pop{Call: "c1", Sender: &tickets.Sender{Agent: tickets.Agent{ID: "anna"}, At: began.Add(time.Second)}}, tickets.Served)
	if p := d.page("anna"); !p.talk.SentOn {
		t.Error("the wrap-up is as of a caller whom anna has had to the end")
	}
	d.Talking(queues.Offered{Offer: queues.Offer{ID: "again", Agent: "anna"}}, began.Add(time.Minute), tickets.Pop{Call: "c1"})
	d.Ended(queues.Offer{ID: "again", Agent: "anna"}, tickets.Pop{Call: "c1", Sender: &tickets.Sender{Agent: tickets.Agent{ID: "anna"}, At: began.Add(time.Second)}}, tickets.Served)
	if p := d.page("anna"); p.talk.SentOn {
		t.Error("the wrap-up of a caller who came back is as of one who was sent on")
	}
}
