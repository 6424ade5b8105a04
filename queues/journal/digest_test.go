package journal

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"hotline/queues"
)

// all that is decided and carried out in a small story; each differs from the one beside it in one thing that counts.
func carriedOut() (story, otherwise []queues.Decision) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	offer := func(id queues.OfferID, of queues.RequestID, to queues.AgentID, rings time.Duration) *queues.Offered {
		return &queues.Offered{Offer: queues.Offer{ID: id, Request: of, Agent: to, At: at, Deadline: at.Add(rings)}}
	}
	request := func(id queues.RequestID) queues.Request { return queues.Request{ID: id, Queue: "line"} }
	billing, sales := queues.Destination{Kind: queues.ToQueue, Queue: "billing"}, queues.Destination{Kind: queues.ToQueue, Queue: "sales"}
	outside := queues.Destination{Kind: queues.ToNumber, Number: "+74950000100"}
	for _, pair := range [][2]queues.Decision{
		{offer("e/1", "101", "anna", 15*time.Second), offer("e/2", "101", "anna", 15*time.Second)},
		{offer("e/1", "101", "anna", 15*time.Second), offer("e/1", "102", "anna", 15*time.Second)},
		{offer("e/1", "101", "anna", 15*time.Second), offer("e/1", "101", "boris", 15*time.Second)},
		{offer("e/1", "101", "anna", 15*time.Second), offer("e/1", "101", "anna", 16*time.Second)},
		{&queues.OfferEnded{Offer: queues.Offer{ID: "e/1"}, How: queues.OfferWasMissed}, &queues.OfferEnded{Offer: queues.Offer{ID: "e/1"}, How: queues.OfferWasAnswered}},
		{&queues.RequestMoved{Request: request("101"), To: billing, Because: 1}, &queues.RequestMoved{Request: request("102"), To: billing, Because: 1}},
		{&queues.RequestMoved{Request: request("101"), To: billing, Because: 1}, &queues.RequestMoved{Request: request("101"), To: sales, Because: 1}},
		{&queues.RequestMoved{Request: request("101"), To: billing, Because: 1}, &queues.RequestMoved{Request: request("101"), To: billing, Because: 2}},
		{&queues.PlaceRegained{Request: request("103"), Of: "101"}, &queues.PlaceRegained{Request: request("103"), Of: "102"}},
		{&queues.CallbackWaits{Request: request("103"), Tried: 1}, &queues.CallbackWaits{Request: request("103"), Tried: 2}},
		{&queues.RequestEnded{Request: request("103"), How: queues.RequestOverflowed, To: outside, Because: 1}, &queues.RequestEnded{Request: request("103"), How: queues.RequestOverflowed, To: outside, Because: 2}},
		{&queues.RequestEnded{Request: request("103"), How: queues.RequestAnswered, Agent: "anna"}, &queues.RequestEnded{Request: request("103"), How: queues.RequestAnswered, Agent: "boris"}},
		{&queues.RequestEnded{Request: request("103"), How: queues.RequestAbandoned}, &queues.RequestEnded{Request: request("103"), How: queues.RequestAbandoned, Short: true}},
		{&queues.RequestEnded{Request: request("103"), How: queues.RequestAbandoned}, &queues.RequestEnded{Request: request("103"), How: queues.RequestAbandoned, Instead: "104"}},
		{&queues.Rejected{}, &queues.AgentChanged{}},
	} {
		story, otherwise = append(story, pair[0]), append(otherwise, pair[1])
	}
	return story, otherwise
}

func TestADigestTellsApartAllThatIsCarriedOut(t *testing.T) {
	story, otherwise := carriedOut()
	for i := range story {
		now := slices.Clone(story)
		now[i] = otherwise[i]
		if Digest(now) == Digest(story) {
			t.Errorf("%s is as %s", fmt.Sprintf("%+v", otherwise[i]), fmt.Sprintf("%+v", story[i]))
		}
		if without := slices.Delete(slices.Clone(story), i, i+1); Digest(without) == Digest(story) {
			t.Errorf("without %T it is the same", story[i])
		}
	}
	if shown := append([]queues.Decision{&queues.QueueChanged{}, &queues.AgentChanged{}}, story...); Digest(shown) != Digest(story) {
		t.Error("states that are shown count")
	}
}

// Old journals hold digests: another way to write the same decisions would say of each kept day that it is decided otherwise now.
func TestTheDigestOfADecisionStaysWhatItIs(t *testing.T) {
	story, _ := carriedOut()
	if got := Digest(story); got != "b693eba748e0f2be" {
		t.Errorf("%s", got)
	}
	if got := Digest([]queues.Decision{&queues.AgentChanged{}}); got != "" {
		t.Errorf("of nothing that is carried out: %s", got)
	}
}
