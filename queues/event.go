package queues

import "time"

// Event is a fact told to the router. One that cannot be (an unknown agent, a second
// ready, an answer to an offer that has ended) is Rejected and changes nothing.
type Event interface{ event() }

type (
	// AgentSignedIn brings an agent in. The zero Availability means not ready, without a
	// reason; after a restart it is what the agent had, since when, and Next what they had chosen
	// to be after talk and wrap-up: it begins when these end, or now where they are over. An agent gets offers
	// only while their phone is reachable, which PhoneChanged says, before or after:
	// a phone never heard of is not reachable.
	AgentSignedIn struct {
		Agent        Agent
		Availability Availability
		Reason       Reason
		Since        time.Time    // of the availability; now where zero
		Next         Availability // not ready, or signed out; "" is none
		NextReason   Reason
	}
	// AgentReady says that the agent wants calls.
	AgentReady struct{ Agent AgentID }
	// AgentNotReady says that the agent wants none. While they talk or wrap up it takes
	// effect afterwards; while an offer rings that they have not accepted, it declines that.
	AgentNotReady struct {
		Agent  AgentID
		Reason Reason
	}
	// AgentSignedOut ends the agent's shift: at once, which ends a wrap-up and declines an
	// offer; or after the talk (or the offer that they accepted) and its wrap-up.
	AgentSignedOut struct{ Agent AgentID }
	// DeskLost says that the agent's page is gone for good: an offer is revoked, and the
	// agent is not ready (connection lost), after the talk where there is one.
	DeskLost struct{ Agent AgentID }
	// DeskAway says that the agent's page is gone, and may be back in a moment, as when it is loaded again: until DeskBack, and no
	// longer than until DeskLost, the agent gets no new offers. An offer that is on goes on where the page has shown it (Seen) or the
	// agent has accepted it, for the phone beside the page can still be answered; any other is revoked, and every one where the page is the
	// phone (Phone).
	DeskAway struct {
		Agent AgentID
		Seen  OfferID
		Phone bool
	}
	// DeskBack says that the agent's page is there again.
	DeskBack struct{ Agent AgentID }
	// PhoneChanged says whether the agent's phone can be reached. It may come before the
	// sign-in, and may repeat itself.
	PhoneChanged struct {
		Agent     AgentID
		Reachable bool
	}

	// Enqueued puts a request into its queue, at the place that its Arrived gives it.
	Enqueued struct{ Request Request }
	// Abandoned says that the caller is gone, in whatever state the request is: waiting,
	// offered (the offer is revoked), or talking (the talk ends).
	Abandoned struct{ Request RequestID }

	// RequestLed says that somebody who oversees the queues leads a caller who waits on the line: to the front of their queue
	// (ToFront), to another one that is open (ToQueue), or to an agent (ToAgent). See lead.go. It is Rejected with a LedError where
	// somebody else has led the request since they looked.
	RequestLed struct {
		Request RequestID
		To      Destination
		By      string // who; no rule looks at it
		Seen    int    // Lead.Times of the request as they saw it
	}

	// OfferAccepted says that the agent pressed accept: it can no longer be declined, and
	// the phone rings until the deadline.
	OfferAccepted struct{ Offer OfferID }
	// OfferDeclined says that the agent does not want this one. They stay ready.
	OfferDeclined struct{ Offer OfferID }
	// OfferFailed says that the agent's phone could not be made to ring or rang in vain.
	OfferFailed struct {
		Offer  OfferID
		Reason Failure
	}
	// OfferAnswered says that the agent's leg is up. Where it crosses the end of the
	// offer it is Rejected, and whoever reported it hangs the leg up.
	OfferAnswered struct{ Offer OfferID }

	// TalkEnded says that caller and agent are apart.
	TalkEnded struct{ Request RequestID }
	// TalkDropped says that the agent's phone let go of the call right after it had answered: their phone fails, and there was no
	// talk. The request is forgotten as if it had not been answered; who still has its caller enqueues it anew, as it was.
	TalkDropped struct{ Request RequestID }
	// TalkHeld says that the agent put the caller on hold.
	TalkHeld struct{ Request RequestID }
	// TalkResumed says that the agent took the caller back.
	TalkResumed struct{ Request RequestID }
	// AgentCalls says that an agent calls somebody of their own accord: they talk from now on, at first with nobody, and wrap up after
	// it as after the queue's other talks. They may be ready or not, must be idle and reachable, and are offered nothing meanwhile. It
	// counts in no figures of queues: nobody had waited.
	AgentCalls struct {
		Agent   AgentID
		Request RequestID // the call's, which no other request may have
		Queue   QueueID
	}
	// CallReached says that whom an agent called is on the line: from now on they talk with somebody.
	CallReached struct{ Request RequestID }
	// CallFailed says that whom an agent called was not reached: the agent is what they were before, without a wrap-up.
	CallFailed struct{ Request RequestID }

	// TalkConsults says that the agent speaks with somebody else than the caller, who is on hold: TalkHeld and TalkResumed end that.
	TalkConsults struct{ Request RequestID }
	// ConsultWanted asks a colleague in the midst of a talk, or whoever is free for a queue: see consult.go. It is Rejected where they
	// are not free, and nothing waits for them.
	ConsultWanted struct {
		Request RequestID // the consultation's, which no other may have
		Of      RequestID // the talk
		Agent   AgentID   // who is asked; "" is whoever is free for Queue
		Queue   QueueID   // in whose name; it gives the time for which the phone rings
	}
	// TalkPassed says that the caller talks with who was asked, from now on, and no more with who had asked: they wrap up.
	TalkPassed struct {
		Request RequestID // the talk, as it goes on
		Consult RequestID // the consultation, which is over
		To      AgentID   // who was asked
	}

	// TalkRestored says after a restart that these two were found talking. The agent may
	// sign in later.
	TalkRestored struct {
		Agent   AgentID
		Request RequestID
		Queue   QueueID
		Since   time.Time
		Held    time.Time // since when the caller is on hold; zero where they are not
		Extra   []Need    // what the request needed beyond its queue
		Called  bool      // the agent had called (AgentCalls), and reached whom they called: it counts in no figures of queues

		Consults RequestID // the talk in which the agent is asked: it counts in no figures; "" is no consultation
	}

	// WrapUpRestored says after a restart that an agent was in wrap-up, since when and until when, and how long they had talked
	// and held before. It comes before they sign in, and not for somebody who has signed in: they have chosen anew.
	WrapUpRestored struct {
		Agent      AgentID
		Request    RequestID
		Queue      QueueID
		Since      time.Time
		Deadline   time.Time // with what it was extended by
		Talk, Hold time.Duration
		Extra      []Need
	}
	// WrapUpFinished says that the agent is done with the work after the call.
	WrapUpFinished struct{ Agent AgentID }
	// WrapUpExtended asks for more time: By, or 60 s where zero.
	WrapUpExtended struct {
		Agent AgentID
		By    time.Duration
	}

	// OffersHeld stops new offers until a time, or until OffersReleased: after a restart
	// the waiting come back one by one, and the first to be told is not the first in its queue.
	OffersHeld struct{ Until time.Time }
	// OffersReleased ends OffersHeld early.
	OffersReleased struct{}

	// CallbackWanted says that a waiting caller wants to be called back: their request keeps its place and its
	// time, and waits without them. A later Abandoned ends it, as when they no longer want it.
	CallbackWanted struct {
		Request   RequestID
		NotBefore time.Time // they are not called before; zero is at once
	}
	// CallBroken says that the call of somebody who waits, or rings at an agent's, broke off through a fault of ours, such as the death of the switch:
	// neither they nor an agent has hung up. An offer is revoked, and counts against nobody. Where CallBack the request becomes a callback at the place
	// it has, or waits on as one where it is; otherwise it ends as RequestLost, which is no abandoned call.
	CallBroken struct {
		Request   RequestID
		At        time.Time // when it broke: who has called again since then is not called; now where zero
		NotBefore time.Time // they are not called before; zero is at once
		CallBack  bool      // they can be called
	}
	// CallbackReached says that a caller who is called back is on the line.
	CallbackReached struct{ Request RequestID }
	// CallbackFailed says that a caller could not be reached, while their callback was offered to an agent or the agent
	// waited for them: it is tried again later, as the queue's plan says. Without a line to call on (PhoneCongested), or
	// an agent who waits for that (AgentLeft), the try does not count, and where that was for want of the link to the switch, or of room on it (LinkBroken), it is tried again in a moment.
	CallbackFailed struct {
		Request RequestID
		Reason  Failure
	}

	// WaitAnnounced says in what range the rest of a request's wait was foretold (see ExpectedWait), as it was said, or would
	// have been where the queue is silent. The first one of each request is checked when its wait has ended.
	WaitAnnounced struct {
		Request   RequestID
		Low, High time.Duration
	}

	// QueueClosed closes a queue until QueueOpened, whatever its hours: its rules for a closed queue hold. A queue that has none tells its
	// callers that nobody can answer, as ToMessage does. Who rings at an agent's, or was led to one, stays.
	QueueClosed struct {
		Queue QueueID
		By    string // who; no rule looks at it
	}
	// QueueOpened lets a queue that was closed be open again, in its hours.
	QueueOpened struct{ Queue QueueID }

	// Reconfigured changes the queues and the bounds: everybody waiting keeps their place in their queue. It is Rejected,
	// and nothing changes, where somebody waits in a queue that would be gone. Location and Epoch stay as they are.
	Reconfigured struct{ Config Config }
	// AgentReskilled gives an agent other skills, or another name. What rings or is talked about goes on.
	AgentReskilled struct{ Agent Agent }

	// Stalled says that the process itself did not run for a time, until now: nobody could be heard in it. It comes before all others that were told meanwhile, and
	// before any deadline takes its effect: what rings does so for a moment more at least, for it may have been answered long ago.
	Stalled struct{ By time.Duration }

	// Tick says only that time has passed.
	Tick struct{}
)

func (AgentSignedIn) event()   {}
func (AgentReady) event()      {}
func (AgentNotReady) event()   {}
func (AgentSignedOut) event()  {}
func (DeskLost) event()        {}
func (DeskAway) event()        {}
func (DeskBack) event()        {}
func (PhoneChanged) event()    {}
func (Enqueued) event()        {}
func (Abandoned) event()       {}
func (RequestLed) event()      {}
func (OfferAccepted) event()   {}
func (OfferDeclined) event()   {}
func (OfferFailed) event()     {}
func (OfferAnswered) event()   {}
func (TalkEnded) event()       {}
func (TalkDropped) event()     {}
func (TalkHeld) event()        {}
func (TalkResumed) event()     {}
func (AgentCalls) event()      {}
func (CallReached) event()     {}
func (CallFailed) event()      {}
func (TalkConsults) event()    {}
func (ConsultWanted) event()   {}
func (TalkPassed) event()      {}
func (TalkRestored) event()    {}
func (WrapUpRestored) event()  {}
func (WrapUpFinished) event()  {}
func (WrapUpExtended) event()  {}
func (OffersHeld) event()      {}
func (OffersReleased) event()  {}
func (CallbackWanted) event()  {}
func (CallBroken) event()      {}
func (CallbackReached) event() {}
func (CallbackFailed) event()  {}
func (WaitAnnounced) event()   {}
func (QueueClosed) event()     {}
func (QueueOpened) event()     {}
func (Reconfigured) event()    {}
func (AgentReskilled) event()  {}
func (Stalled) event()         {}
func (Tick) event()            {}
