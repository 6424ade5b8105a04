package queues

import "time"

// Overflow is a rule by which a waiting request leaves its queue for somewhere else. All conditions given must hold.
//
// The rules are looked at when a request enters the queue, when one's time has come, every ten seconds from then on
// where it has other conditions, and at once when the last agent leaves who could serve it. A request that rings at an agent's stays.
type Overflow struct {
	After        time.Duration // waited in this queue so long
	Waiting      int           // so many wait in the queue, itself included; 0 is no condition
	ExpectedWait time.Duration // the expected wait is longer, at its shortest; 0 is no condition
	ServiceLevel float64       // today's is below, 0 to 1; 0 is no condition
	NobodyThere  bool          // nobody signed in could serve it, now or after its relaxation steps
	Closed       bool          // the queue is not open
	To           Destination
}

// Destination is where an overflowing request goes. Another queue takes it in at the place of its arrival. A callback is
// offered to the caller, once, who keeps their place, and waits on if they do not want it. All else ends its waiting.
type Destination struct {
	Kind   DestinationKind
	Queue  QueueID // ToQueue
	Number string  // ToNumber: E.164
	Prompt string  // ToMessage, ToVoicemail: what is said; a queue's default where ""
}

// DestinationKind is what sort of place a Destination is.
type DestinationKind string

const (
	ToQueue     DestinationKind = "queue"
	ToCallback  DestinationKind = "callback"
	ToVoicemail DestinationKind = "voicemail"
	ToNumber    DestinationKind = "number"
	ToMessage   DestinationKind = "message"
)

// CallbackPlan says how a queue calls back. The zero plan offers the agent first, three times, 15 min apart, at any hour.
type CallbackPlan struct {
	DialFirst bool          // the caller is dialled before the agent's phone rings; the agent first (preview) where not
	Attempts  int           // 3 where 0
	Every     time.Duration // between attempts; 15 min where 0
	Hours     *Calendar     // when people may be called; the queue's own hours where nil
}

// ReasonLimit bounds a reason for which agents are not ready.
type ReasonLimit struct {
	Reason  Reason
	AtMost  int           // so many agents at once; 0 is no bound
	Longest time.Duration // after that the agent is overdue, and shown so; 0 is no bound
}
