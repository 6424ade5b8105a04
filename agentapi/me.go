package agentapi

import (
	"time"

	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
)

// Me is the topic "me": everything that an agent's desk shows of its own agent.
// Its top-level parts are what events carry: an event's data holds the parts that
// changed, whole, and a client puts them over the ones it has.
type Me struct {
	Agent        Self         `json:"agent"`
	Availability Availability `json:"availability"`
	Activity     Activity     `json:"activity"`
	Phone        PhoneState   `json:"phone"`
	Offer        *Offer       `json:"offer"`   // while one is open
	Call         *Talk        `json:"call"`    // while talking
	WrapUp       *WrapUp      `json:"wrap_up"` // after the call
	Queues       []MyQueue    `json:"queues"`
	Recent       []Recent     `json:"recent"`    // newest first
	Bulletins    []Bulletin   `json:"bulletins"` // not acknowledged yet, the earliest first
	Starting     bool         `json:"starting"`  // Hotline has just started, and takes up what was before: the rest is not known yet
	Delayed      bool         `json:"delayed"`   // the database is away: what is written is kept, and comes into the records later
}

// Self is who the agent is.
type Self struct {
	ID       queues.AgentID `json:"id"`
	Name     string         `json:"name"`
	Login    string         `json:"login"`
	Language string         `json:"language"`
	Skills   []Skill        `json:"skills"`
}

// Skill is one thing that an agent can do, and how well: 1 to 5.
type Skill struct {
	Skill queues.Skill `json:"skill"`
	Level queues.Level `json:"level"`
	Until string       `json:"until,omitempty" maxLength:"10" example:"2027-03-31" doc:"the last day on which they have it, by the line's clock; absent: for good"`
	Ends  SkillEnds    `json:"ends,omitempty" enum:"soon,over" doc:"it expires within the days of the setting, or has: then it does not count"`
}

// SkillEnds is how near the end of a skill is; "" is far, or never.
type SkillEnds string

const (
	SkillEndsSoon SkillEnds = "soon"
	SkillOver     SkillEnds = "over"
)

// Availability is what the agent chose: ready, not_ready with a reason, signed_out.
// Next is what they chose meanwhile, and takes effect after talk and wrap-up.
type Availability struct {
	State      string    `json:"state"`
	Reason     string    `json:"reason,omitempty"`
	Since      time.Time `json:"since,omitzero"`
	Next       string    `json:"next,omitempty"`
	NextReason string    `json:"next_reason,omitempty"`
	Until      time.Time `json:"until,omitzero"` // the longest that the reason may last
}

// Activity is what the agent is doing: idle, offered, talking, on_hold, consulting, wrap_up.
type Activity struct {
	State    string    `json:"state"`
	Since    time.Time `json:"since,omitzero"`
	Deadline time.Time `json:"deadline,omitzero"`
}

// PhoneState says whether the agent's phone can be called.
type PhoneState struct {
	Reachable bool `json:"reachable"`
}

// Offer is a request reserved for this agent until Deadline.
type Offer struct {
	ID       queues.OfferID   `json:"id"`
	Call     telephony.CallID `json:"call"`
	Deadline time.Time        `json:"deadline"`
	Why      words.Text       `json:"why,omitempty"` // this agent: "idle for longest (4 min) of 3 who could take it"
	Pop      Pop              `json:"pop"`
}

// Talk is the conversation, with the pop as it is after the answer.
type Talk struct {
	ID    telephony.CallID `json:"id"`
	Since time.Time        `json:"since"`
	Why   words.Text       `json:"why,omitempty"` // as it was in the offer
	Pop   Pop              `json:"pop"`

	PhoneHolds  bool      `json:"phone_holds,omitempty"`  // the agent's own phone holds, with its own key
	CallerHolds bool      `json:"caller_holds,omitempty"` // the caller's does: the agent hears music
	Reminded    time.Time `json:"hold_reminded,omitzero"` // of the caller on hold, when last
	Ends        time.Time `json:"ends,omitzero"`          // the call is ended then, for it lasts too long
	Returns     bool      `json:"returns,omitempty"`      // the agent's phone, which is their page, is gone from the talk, and is called until it is back
	SentOn      bool      `json:"sent_on,omitempty"`      // the caller, to somebody else
	Asked       *Asked    `json:"asked,omitempty"`        // who is asked in it, or was lately
	Guests      []Guest   `json:"guests,omitempty"`       // who was asked and is in the talk with the caller; to one of them, the others
	Consult     bool      `json:"consult,omitempty"`      // the agent is asked: it is another's talk, and all that they can do is hang up

	Help      *Help         `json:"help,omitempty"` // the agent calls for a supervisor
	Recording TalkRecording `json:"recording,omitzero"`
	Overseers []Overseer    `json:"overseers,omitempty"` // supervisors at the call, where agents are told
}

// Guest is somebody who was asked and is in a talk with the caller.
type Guest struct {
	ID     string    `json:"id"`               // to let them go by
	Who    string    `json:"who,omitempty"`    // the colleague's name; absent: somebody outside
	Number string    `json:"number,omitempty"` // outside
	Since  time.Time `json:"since"`
}

// Asked is who is asked in a talk, and what is with them: rings, talks (the caller is on hold), swapped (they are), alone (the
// caller has hung up, and the two talk on), or over.
type Asked struct {
	ID     string    `json:"id"`               // as that of a guest
	Who    string    `json:"who,omitempty"`    // the colleague's name; absent: somebody outside
	Number string    `json:"number,omitempty"` // outside
	State  string    `json:"state"`
	How    string    `json:"how,omitempty"` // it is over: declined, missed, failed, revoked, left
	Since  time.Time `json:"since"`
}

// WrapUp is the work after a call, ended by the clock at Until.
type WrapUp struct {
	Call   telephony.CallID `json:"call"`
	Ticket tickets.Number   `json:"ticket"`
	Until  time.Time        `json:"until"`
	SentOn bool             `json:"sent_on,omitempty"` // the caller, to somebody else: the note is kept, and nothing is to be decided
	Pop    *Pop             `json:"pop,omitempty"`     // so that it survives a reload
}

// MyQueue is a queue that the agent serves.
type MyQueue struct {
	ID           queues.QueueID `json:"id"`
	Name         words.Text     `json:"name"`
	Waiting      int            `json:"waiting"`
	LongestSince *time.Time     `json:"longest_since"` // null: nobody waits
}

// Recent is a call that the agent had.
type Recent struct {
	Call    telephony.CallID `json:"call"`
	Ticket  tickets.Number   `json:"ticket"`
	Name    string           `json:"name"`
	Number  string           `json:"number"`
	At      time.Time        `json:"at"`
	Outcome string           `json:"outcome"`
}
