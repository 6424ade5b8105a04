package queues

import (
	"errors"
	"testing"
)

func TestAnAgentCallsAndIsOfferedNothingMeanwhile(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...)
	d.at(1, AgentCalls{"anna", "o1", lineQueue}).is("anna", "ready talking")
	d.at(2, calls("101")).is("anna", "ready talking")
	d.at(30, TalkEnded{"o1"}).is("anna", "ready wrap_up")
	if f := d.r.Snapshot().Queues[0].Figures; f.Answered != 0 {
		t.Errorf("the call counts in the queue's figures: %+v", f)
	}
}

// A failed call gives back what the agent was, and no wrap-up; whoever waits comes to them then.
func TestAnAgentWhoReachesNobodyIsWhatTheyWere(t *testing.T) {
	for _, before := range []Availability{Ready, NotReady} {
		d := newDay(t, lineConfig())
		d.at(0, comes("anna")...)
		if before == NotReady {
			d.at(1, AgentNotReady{"anna", Break})
		}
		was := map[Availability]string{Ready: "ready idle", NotReady: "not_ready(break) idle"}[before]
		d.at(2, AgentCalls{"anna", "o1", lineQueue}).is("anna", map[Availability]string{Ready: "ready talking", NotReady: "not_ready(break) talking"}[before])
		d.at(9, CallFailed{"o1"}).is("anna", was)
	}
}

func TestWhoCannotCallIsToldWhy(t *testing.T) {
	d := newDay(t, lineConfig())
	rejects := func(at float64, e Event, want error) {
		t.Helper()
		if err := Rejection(d.r.Step(d.second(at), e)); err == nil || !errors.Is(err.Err, want) {
			t.Errorf("%#v gave %v, want %v", e, err, want)
		}
	}
	d.at(0, comes("anna")...).at(0, comes("boris")...)
	d.at(1, AgentCalls{"boris", "o1", lineQueue})
	rejects(2, AgentCalls{"clara", "o2", lineQueue}, ErrUnknownAgent)
	rejects(2, AgentCalls{"anna", "", lineQueue}, ErrInvalid)
	rejects(2, AgentCalls{"anna", "o1", lineQueue}, ErrAlready)
	rejects(2, AgentCalls{"anna", "o2", "none"}, ErrUnknownQueue)
	rejects(2, AgentCalls{"boris", "o2", lineQueue}, ErrBusy)
	rejects(2, CallFailed{"o2"}, ErrUnknownRequest)
	rejects(2, CallReached{"o2"}, ErrUnknownRequest)
	d.at(3, PhoneChanged{"anna", false})
	rejects(4, AgentCalls{"anna", "o2", lineQueue}, ErrActivity)
	d.at(5, PhoneChanged{"anna", true}).at(6, calls("101"))
	d.at(7, OfferAnswered{d.offer("101", "anna")})
	rejects(8, CallFailed{"101"}, ErrActivity)
	rejects(8, CallReached{"101"}, ErrActivity)
}

func TestWhoBecomesReadyInACallThatFailsHasBeenIdleSinceTheySignedIn(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(5, PhoneChanged{"anna", true}, AgentSignedIn{Agent: person("anna")})
	d.at(6, AgentCalls{"anna", "o1", lineQueue}).at(7, AgentReady{"anna"}).at(8, CallFailed{"o1"})
	if a := d.agent("anna"); a.Activity != Idle || !a.ActivitySince.Equal(d.second(5)) {
		t.Errorf("anna is %s since %s", a.Activity, a.ActivitySince)
	}
}
