package queues

import (
	"errors"
	"testing"
)

// asks is anna's question to a colleague, or to whoever is free for the line's queue, in her talk 101.
func asks(whom AgentID) Event { return ConsultWanted{"c1", "101", whom, lineQueue} }

// inTalk is a day on which anna talks with 101, and boris and clara are free.
func inTalk(t *testing.T) *day {
	d := newDay(t, lineConfig())
	d.at(0, comes("anna")...)
	d.at(1, calls("101"))
	d.at(2, OfferAnswered{d.offer("101", "anna")})
	d.at(3, comes("boris")...).at(4, comes("clara")...)
	d.at(5, TalkHeld{"101"}, TalkConsults{"101"}).is("anna", "ready consulting")
	return d
}

func TestAColleagueIsAskedAndIsFreeAgainWithoutAWrapUp(t *testing.T) {
	d := inTalk(t)
	d.at(6, asks("clara")).is("clara", "ready offered").is("boris", "ready idle")
	d.at(7, calls("102")).is("boris", "ready offered") // nobody is offered two at once
	d.at(8, OfferAnswered{d.offer("c1", "clara")}).is("clara", "ready consulting")
	d.at(9, calls("103")).is("clara", "ready consulting")
	d.at(10, TalkEnded{"c1"}, TalkResumed{"101"}).is("anna", "ready talking").is("clara", "ready offered")
	if f := d.r.Snapshot().Queues[0].Figures; f.Answered != 1 {
		t.Errorf("the consultation counts in the queue's figures: %+v", f)
	}
}

func TestWhoIsFreeLongestIsAskedForAQueue(t *testing.T) {
	d := inTalk(t)
	d.at(6, asks("")).is("boris", "ready offered").is("clara", "ready idle")
	d.at(7, Abandoned{"c1"}).is("boris", "ready idle")
	d.at(8, AgentNotReady{"boris", Break}, asks("")).is("clara", "ready offered")
	d.at(9, OfferDeclined{d.offer("c1", "clara")}).is("clara", "ready idle").is("boris", "not_ready(break) idle")
}

func TestACallerWhoIsPassedOnIsWrappedUpByBothAndAnsweredOnce(t *testing.T) {
	d := inTalk(t)
	d.at(6, asks("clara"))
	d.at(7, OfferAnswered{d.offer("c1", "clara")})
	d.at(8, TalkPassed{"101", "c1", "clara"}).is("anna", "ready wrap_up").is("clara", "ready talking")
	d.at(9, TalkHeld{"101"}).is("clara", "ready on_hold")
	d.at(10, TalkEnded{"101"}).is("clara", "ready wrap_up")
	if f := d.r.Snapshot().Queues[0].Figures; f.Answered != 1 {
		t.Errorf("the figures are %+v", f)
	}
}

func TestAConsultationThatCannotBeIsRefused(t *testing.T) {
	d := inTalk(t)
	rejects := func(at float64, e Event, want error) {
		t.Helper()
		if err := Rejection(d.r.Step(d.second(at), e)); err == nil || !errors.Is(err.Err, want) {
			t.Errorf("%#v gave %v, want %v", e, err, want)
		}
	}
	rejects(6, asks("zoe"), ErrUnknownAgent)
	rejects(6, asks("anna"), ErrNotReady)
	rejects(6, ConsultWanted{"", "101", "boris", lineQueue}, ErrInvalid)
	rejects(6, ConsultWanted{"c1", "102", "boris", lineQueue}, ErrUnknownRequest)
	rejects(6, ConsultWanted{"c1", "101", "boris", "none"}, ErrUnknownQueue)
	rejects(6, ConsultWanted{"101", "101", "boris", lineQueue}, ErrAlready)
	rejects(6, TalkPassed{"101", "c1", "boris"}, ErrUnknownRequest)
	d.at(7, asks("boris"))
	rejects(8, TalkPassed{"101", "c1", "boris"}, ErrActivity) // it rings yet
	rejects(8, RequestLed{Request: "c1", To: Destination{Kind: ToFront}, By: "olga"}, ErrActivity)
	d.at(9, AgentNotReady{"clara", Break})
	rejects(10, ConsultWanted{"c2", "101", "", lineQueue}, ErrNotReady)
	d.at(11, OfferAnswered{d.offer("c1", "boris")})
	rejects(12, TalkPassed{"101", "c1", "clara"}, ErrBusy)
	rejects(12, TalkHeld{"c1"}, ErrActivity)
	rejects(12, CallFailed{"c1"}, ErrActivity)
}

func TestWhoIsAskedIsFoundAfterARestart(t *testing.T) {
	d := newDay(t, lineConfig())
	d.at(1, TalkRestored{Agent: "anna", Request: "101", Queue: lineQueue, Since: d.second(0), Held: d.second(0.5)})
	d.at(1, TalkRestored{Agent: "boris", Request: "c1", Queue: lineQueue, Since: d.second(0), Consults: "101"}).is("boris", "signed_out consulting")
	d.at(2, TalkConsults{"101"}).is("anna", "signed_out consulting")
	d.at(3, comes("anna")...).at(3, comes("boris")...)
	d.at(4, TalkPassed{"101", "c1", "boris"}).is("anna", "ready wrap_up").is("boris", "ready talking")
}
