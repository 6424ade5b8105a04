package acd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hotline/queues"
)

// TestNobodyIsLostInAStorm lets callers and agents do as they like, all at once: callers
// hang up in every phase, agents miss, decline, answer and walk away. Each caller must
// come to exactly one end, and nothing may be left.
func TestNobodyIsLostInAStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callers, agents = 300, 12
		ended := map[queues.RequestID]queues.Outcome{} // Run's goroutine only
		busy := map[queues.AgentID]queues.OfferID{}    // the same
		a := running(t, Options{}, ObserverFunc(func(_ time.Time, _ queues.Event, decided []queues.Decision) {
			for _, d := range decided {
				switch d := d.(type) {
				case *queues.Offered:
					if busy[d.Offer.Agent] != "" {
						t.Errorf("%s has two offers", d.Offer.Agent)
					}
					busy[d.Offer.Agent] = d.Offer.ID
				case *queues.OfferEnded:
					delete(busy, d.Offer.Agent)
				case *queues.RequestEnded:
					if ended[d.Request.ID] != "" {
						t.Errorf("%s ended twice", d.Request.ID)
					}
					ended[d.Request.ID] = d.How
				}
			}
		}))
		var storm sync.WaitGroup
		for i := range agents {
			id := queues.AgentID(fmt.Sprintf("agent%02d", i))
			tell(t, a, comes(id)...)
			shift, over := context.WithTimeout(t.Context(), time.Hour)
			defer over()
			storm.Go(func() { shiftOf(a, id, shift, rand.New(rand.NewPCG(1, uint64(i)))) })
		}
		for i := range callers {
			id := queues.RequestID(fmt.Sprintf("call%03d", i))
			storm.Go(func() { callOf(t, a, id, rand.New(rand.NewPCG(2, uint64(i)))) })
		}
		storm.Wait()
		s, err := a.Snapshot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		f := s.Queues[0]
		if len(ended) != callers || f.Answered+f.Abandoned != callers || f.Waiting != 0 {
			t.Fatalf("%d of %d ended, the queue says %+v", len(ended), callers, f)
		}
		if f.Answered == 0 || f.Abandoned == 0 {
			t.Fatalf("no storm: %+v", f)
		}
		if len(a.mailboxes) != 0 || len(busy) != 0 {
			t.Fatalf("left behind: %d places, %d offers", len(a.mailboxes), len(busy))
		}
	})
}

// callOf is one caller, as the flow serves them: patience, then the end of it.
func callOf(t *testing.T, a *ACD, id queues.RequestID, dice *rand.Rand) {
	time.Sleep(time.Duration(dice.IntN(600)) * time.Second)
	if err := a.Enqueue(t.Context(), queues.Request{ID: id, Queue: line}); err != nil {
		t.Errorf("%s: %v", id, err)
		return
	}
	patient, hangUp := context.WithTimeout(t.Context(), time.Duration(1+dice.IntN(240))*time.Second)
	defer hangUp()
	for {
		offer, live, err := a.NextOffer(patient, id)
		if err != nil {
			if err := a.Report(t.Context(), queues.Abandoned{Request: id}); err != nil {
				t.Errorf("%s abandoned: %v", id, err)
			}
			return
		}
		ring, stop := context.WithTimeout(live, time.Duration(dice.IntN(25))*time.Second)
		select {
		case <-ring.Done():
		case <-patient.Done():
		}
		stop()
		if live.Err() != nil || patient.Err() != nil {
			continue
		}
		err = a.Report(t.Context(), queues.OfferAnswered{Offer: offer.Offer.ID})
		if errors.Is(err, queues.ErrOfferOver) {
			continue // it crossed the end
		} else if err != nil {
			t.Errorf("%s answered: %v", id, err)
		}
		time.Sleep(time.Duration(dice.IntN(90)) * time.Second)
		if err := a.Report(t.Context(), queues.TalkEnded{Request: id}); err != nil {
			t.Errorf("%s ended: %v", id, err)
		}
		return
	}
}

// shiftOf is one agent who presses what they like; most of it is rejected, as it should be.
func shiftOf(a *ACD, id queues.AgentID, shift context.Context, dice *rand.Rand) {
	for shift.Err() == nil {
		time.Sleep(time.Duration(dice.IntN(4000)) * time.Millisecond)
		s, err := a.Snapshot(shift)
		if err != nil {
			return
		}
		var offer queues.OfferID
		for _, x := range s.Agents {
			if x.ID == id {
				offer = x.Offer
			}
		}
		for _, e := range [][]queues.Event{
			{queues.AgentReady{Agent: id}},
			{queues.AgentReady{Agent: id}},
			{queues.AgentNotReady{Agent: id, Reason: queues.Break}},
			{queues.OfferAccepted{Offer: offer}},
			{queues.OfferDeclined{Offer: offer}},
			{queues.WrapUpFinished{Agent: id}},
			{queues.WrapUpExtended{Agent: id}},
			{queues.DeskLost{Agent: id}},
			{queues.PhoneChanged{Agent: id, Reachable: false}, queues.PhoneChanged{Agent: id, Reachable: true}},
			{queues.AgentSignedOut{Agent: id}, queues.AgentSignedIn{Agent: queues.Agent{ID: id}}},
		}[dice.IntN(10)] {
			_ = a.Report(shift, e)
		}
	}
}
