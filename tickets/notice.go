package tickets

import "time"

// Notice tells somebody of a ticket: one person, or all of a department. It is about what happens to the ticket, and holds nobody's data.
type Notice struct {
	ID         int64 // in the order of writing
	Ticket     Number
	Kind       NoticeKind
	Person     string // by id; "" where it is for a department
	Department string
	About      string    // which of the ticket's things: "resolution" of a clock, "part.2"; "" is the ticket itself
	Due        time.Time // what is to come or has passed; zero is nothing
	At         time.Time
	SeenAt     time.Time // zero is not yet
	SeenBy     string    // of a department's: who has seen it
}

// NoticesOf is whose notices are asked for, and which.
type NoticesOf struct {
	Person      string   // their own
	Departments []string // and those of these
	Unseen      bool     // only what was not seen yet
	Before      int64    // an id: those that were written before it, for the next page; 0 is the latest
	Since       int64    // an id: only those that were written after it
	Limit       int      // at most
}

// NoticeKind says what somebody is told.
type NoticeKind string

const (
	NoticeAssigned  NoticeKind = "assigned"         // it is theirs now, by another's doing
	NoticeInherited NoticeKind = "inherited"        // it was somebody's who is gone
	NoticeWarning   NoticeKind = "clock_warning"    // a clock will run out
	NoticeBreach    NoticeKind = "clock_broken"     // a clock has run out
	NoticeEscalated NoticeKind = "escalated"        // nobody has moved it though its date has passed
	NoticePromised  NoticeKind = "promise_due"      // what they have promised the customer is soon due
	NoticePromise   NoticeKind = "promise_broken"   // what the customer was promised was not done in time
	NoticeSilence   NoticeKind = "tell_due"         // the customer has heard nothing for long: they are to be told how it goes
	NoticeVendor    NoticeKind = "vendor_due"       // a vendor is to be asked again
	NoticePart      NoticeKind = "part"             // a part of it is theirs to answer
	NoticeReturned  NoticeKind = "part_returned"    // a department has given a part back
	NoticeAnswered  NoticeKind = "part_answered"    // a department has answered its part
	NoticePartLate  NoticeKind = "part_overdue"     // a part was not answered in time
	NoticeReview    NoticeKind = "review"           // a complaint is theirs to decide
	NoticeRaised    NoticeKind = "review_overdue"   // a complaint that was not decided in time is theirs now
	NoticeConfirm   NoticeKind = "confirm_reminder" // the customer is to be asked whether the answer helped
)
