package tickets

import "time"

// Look is a line of the audit: somebody has looked at what is kept about a customer, or has taken it out of the installation. Lines are
// added and never changed. What a call brings to a desk by itself is no look.
type Look struct {
	At      time.Time // when the database took it
	Who     string    // a login; of a command, "command line: " and the user of the operating system
	Did     Deed
	Subject string // the id of a ticket, a call, or a customer; never a number or a name
	Address string // where they came from; "" is not known
}

// Deed is what somebody did, in words.
type Deed string

const (
	LookedAtTicket    Deed = "looked at a ticket"
	SearchedTickets   Deed = "looked for tickets"               // the subject is one of those that were found; "" where they were many
	TookTickets       Deed = "took a list of tickets as a file" // the subject is the first of them
	LookedAtCalls     Deed = "looked at the calls of a ticket"
	SearchedCalls     Deed = "looked for calls of a number"
	TookCalls         Deed = "took a list of calls as a file" // the subject is the first of them
	LookedAtClaims    Deed = "looked at who says to be about a ticket"
	LookedAtStory     Deed = "looked at the story of a call"
	LookedAtFiles     Deed = "looked at the files of a ticket"
	BroughtFile       Deed = "brought a file to a ticket"
	TookCaseFile      Deed = "took the whole file of a ticket"
	SawWithheld       Deed = "looked at a withheld number"
	HeardRecording    Deed = "took the sound of a call's recordings"
	TookRecording     Deed = "took a recording as a file" // the subject is its call, as of all that is done to recordings
	HeldRecording     Deed = "held a recording"
	ReleasedRecording Deed = "let a recording go that was held"
	DeletedRecording  Deed = "deleted a recording"
	LookedAtCustomer  Deed = "looked at a customer"
	SearchedCustomers Deed = "looked for customers"
	ChangedCustomer   Deed = "changed a customer"
	MergedCustomers   Deed = "merged customers, or parted them"
	ExportedPerson    Deed = "exported a person"
	ErasedPerson      Deed = "erased a person"
)

// Deeds of who signs in by phone; the subject is the agent, "" where there is none of that number. Who is "phone", and the address is whence they called.
const (
	SignedInByPhone  Deed = "signed in by phone"
	SignedOutByPhone Deed = "signed out by phone"
	TriedPIN         Deed = "tried a wrong number or PIN by phone"
	LockedByPIN      Deed = "was not let in by phone, after wrong PINs"
)

// Deeds of those who oversee the queues; the subject is a call, an agent or a queue.
const (
	LedToFront Deed = "led a caller to the front"
	SaidToTeam Deed = "said something to a team" // the subject is the team

	GaveSkills     Deed = "gave an agent other skills"
	TookBackSkills Deed = "gave an agent the skills of the configuration"
	ClosedQueue    Deed = "closed a queue"

	LetScreenIn    Deed = "let a large screen in" // the subject is the screen's id
	ChangedScreen  Deed = "changed a large screen"
	TookScreenAway Deed = "took a large screen away"

	AcknowledgedAlarm Deed = "sees to an alarm" // the subject is the alarm's id, and of the next two the rule's
	ChangedAlarmRule  Deed = "gave an alarm's rule other bounds"
	TookBackAlarmRule Deed = "gave an alarm's rule the bounds of the configuration"

	OpenedQueue Deed = "opened a queue"

	Listened      Deed = "listened to a call"
	Whispered     Deed = "whispered to the agent of a call"
	SpokeInCall   Deed = "spoke in a call"
	LeftOversight Deed = "left a call that they listened to"
)

// Deeds about reviews of calls; the subject is a scorecard.
const (
	BeganReview       Deed = "began to review a call"
	DraftedReview     Deed = "drafted a review"
	ReviewedCall      Deed = "reviewed a call"
	ObjectedToReview  Deed = "objected to a review"
	AnsweredObjection Deed = "answered an objection to a review"
)

// LedToQueue and LedToAgent are that somebody led a caller there; the subject is the call.
func LedToQueue(queue string) Deed { return Deed("led a caller to the queue " + queue) }
func LedToAgent(agent string) Deed { return Deed("led a caller to the agent " + agent) }

// ChangedRecording is that somebody started, stopped or paused the recording of a call, or let it go on.
func ChangedRecording(how string) Deed { return Deed("recording of a call: " + how) }

// CommandedCall is that a program did in a call, in an agent's name, what agents do there; the subject is the call, and of one to be dialled the ticket that it is about.
func CommandedCall(command, agent string) Deed {
	return Deed("gave a command of the agent " + agent + " in a call: " + command)
}

// MadeAgent is that somebody made an agent ready, not ready or signed out.
func MadeAgent(state string) Deed { return Deed("made an agent " + state) }

// TookReport is that somebody took a report, by its name; the subject is the department that it was about, "" all.
func TookReport(name string) Deed { return Deed("took the report " + name) }

// StartedImport is that somebody had a file of customers imported, StoppedImport that they ended that, and LookedAtImport that they saw whom it is about, by the import's id.
func StartedImport(id string) Deed  { return Deed("started the import " + id) }
func StoppedImport(id string) Deed  { return Deed("stopped the import " + id) }
func LookedAtImport(id string) Deed { return Deed("looked at rows of the import " + id) }

// TookFile is that somebody took a file of a ticket, by its id.
func TookFile(id string) Deed { return Deed("took file " + id + " of a ticket") }
