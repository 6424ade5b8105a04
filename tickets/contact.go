package tickets

import (
	"time"

	"hotline/telephony"
	"hotline/telephony/words"
)

// ContactID identifies a contact for its whole life. A call's contact has the call's own id (see OfCall), so that one leads to the other
// without asking anybody.
type ContactID string

// OfCall is the contact of a call.
func OfCall(call telephony.CallID) ContactID { return ContactID(call) }

// Contact is one exchange with a customer in any channel.
type Contact struct {
	ID          ContactID
	Channel     Channel
	Ticket      Number
	Linked      Linked
	About       Number // the ticket that the caller says it is about; "" where that is its own, or none
	Customer    CustomerID
	From        telephony.Number // its raw text is hostile
	RawName     string           // as the network sent it: hostile
	To          string
	CalledBy    string // the agent who made the call of their own accord; "" is the customer, or a callback
	Reason      string // why they did, by its code; "" is not said
	Topic       string
	Language    string
	Path        []words.Text
	Queue       string
	Agent       Agent  // who talked last
	Talks       []Talk // of a call that several agents had, or that went on after the talk, in order; nil of others
	Asked       []Talk // of colleagues who were asked in the talk of another, or joined it, and never had the caller: each once
	ArrivedAt   time.Time
	QueuedAt    time.Time
	AnsweredAt  time.Time
	EndedAt     time.Time
	WrappedUpAt time.Time
	Offers      int
	Outcome     Outcome // "" while it lasts
	LostBy      Side    // whose connection was lost in it last; "" is nobody's
	Disposition Disposition
	Note        string
	Recordings  []string // names, at the switch, of the messages that the caller left
}

// Call is the call of a contact that is one.
func (c Contact) Call() (telephony.CallID, bool) {
	_, isCall := c.Channel.(Call)
	return telephony.CallID(c.ID), isCall
}

// Agent is who served or was offered a call. Name may be empty: then the id is shown.
type Agent struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Shown is what a page calls the agent.
func (a Agent) Shown() string {
	if a.Name != "" {
		return a.Name
	}
	return a.ID
}

// Outcome is how a call ended.
type Outcome string

const (
	Served              Outcome = "served"                // talked with an agent
	Informed            Outcome = "informed"              // the flow came to its own end, nobody was needed
	AbandonedInGreeting Outcome = "abandoned_in_greeting" // before anything was chosen
	AbandonedInMenu     Outcome = "abandoned_in_menu"
	AbandonedInQueue    Outcome = "abandoned_in_queue"
	AbandonedRinging    Outcome = "abandoned_ringing" // while an agent's phone rang
	Refused             Outcome = "refused"           // after hours, line full, nothing chosen
	CallbackPromised    Outcome = "callback"          // asked to be called when it is their turn
	LeftMessage         Outcome = "voicemail"         // spoke to a recorder
	SentOn              Outcome = "sent_on"           // talked with somebody at a number outside
	NotReached          Outcome = "not_reached"       // our call to a customer who did not answer
	Failed              Outcome = "failed"            // something of ours broke
	Lost                Outcome = "lost"              // broke off through a fault of ours: Hotline or the switch was away
)

// Outcomes are all of them, in the order of a call's way.
var Outcomes = []Outcome{
	AbandonedInGreeting, AbandonedInMenu, AbandonedInQueue, AbandonedRinging, Served, Informed, Refused,
	CallbackPromised, LeftMessage, SentOn, NotReached, Failed, Lost,
}

// BrokeOff says that the caller left, or was lost, or was promised an answer, before anyone served them: they
// are called back, and their next call within ten minutes goes on with the same ticket.
func (o Outcome) BrokeOff() bool {
	switch o {
	case AbandonedInGreeting, AbandonedInMenu, AbandonedInQueue, AbandonedRinging, Refused, CallbackPromised, LeftMessage, NotReached, Failed, Lost:
		return true
	default:
		return false
	}
}

// Abandoned says that the caller hung up before anyone served them.
func (o Outcome) Abandoned() bool {
	switch o {
	case AbandonedInGreeting, AbandonedInMenu, AbandonedInQueue, AbandonedRinging:
		return true
	default:
		return false
	}
}

// Disposition is the outcome code of wrap-up.
type Disposition string

const (
	Resolved       Disposition = "resolved"
	FollowUpNeeded Disposition = "follow_up"
	HandedOver     Disposition = "handed_over"
	WrongNumber    Disposition = "wrong_number"
	NoSpeech       Disposition = "no_speech"
	Abusive        Disposition = "abusive"
	// Undisposed is what wrap-up leaves when its clock ends it: the ticket stays open with the agent.
	Undisposed Disposition = ""
	// How tickets end by commands.
	ByConfirmation Disposition = "confirmed"
	ByExpiry       Disposition = "expired"
	ByRefusal      Disposition = "refused"
	ByWithdrawal   Disposition = "withdrawn"
	ByMerge        Disposition = "merged"
	// selfService closes the ticket of a caller whom the flow itself served.
	selfService Disposition = "self_service"
)

// DispositionChoice is one line of the wrap-up list.
type DispositionChoice struct {
	Code   Disposition
	Name   words.Text
	Closes bool // the ticket; otherwise it stays open with a next date
}

// Dispositions are what an agent may choose, in the order of the number keys: at most eight.
var Dispositions = []DispositionChoice{
	{Resolved, words.Text{"ru": "Решено", "en": "Resolved"}, true},
	{FollowUpNeeded, words.Text{"ru": "Нужно вернуться", "en": "Follow-up"}, false},
	{HandedOver, words.Text{"ru": "Передано в отдел", "en": "Handed over"}, false},
	{WrongNumber, words.Text{"ru": "Ошиблись номером", "en": "Wrong number"}, true},
	{NoSpeech, words.Text{"ru": "Тишина в трубке", "en": "Nobody spoke"}, true},
	{Abusive, words.Text{"ru": "Прекращено: оскорбления", "en": "Ended: abusive"}, true},
}
