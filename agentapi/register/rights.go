package register

import (
	"slices"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/tickets"
	"hotline/tickets/life"
)

// Who may do what to a ticket:
//
//	who                                             which commands
//	supervisors, administrators, programs           all, but programs none by which somebody owns something or decides
//	who owns it, and the people of its department   all
//	who took a call of it, or of its customer       all while nobody has begun to work on it (new); giving it on until somebody has taken it
//	                                                (open); and always what the first line hears from the customer: served
//	people of a department with a part, its owner   what is to be said of that part: ofPart
//	who has promised something                      what is to be said of that promise: ofPromise
//	who has merged it                               to take it out again
//	reviewers of a complaint, and their department  what is to be said of that complaint: ofReview
//
// Whoever sees a ticket for any other reason changes nothing. A command that names another ticket is given by who sees that one, and a merge by who
// owns both. Whoever has a customer on the line says by call.link, which is no command of this table, to which ticket the call belongs: see Relink of
// tickets/register.
var (
	served    = []string{"describe", "set_customer", "note", "tell", "promise", "confirm", "withdraw", "complain", "withdraw_review", "reopen", "link"}
	ofPart    = []string{"note", "take_part", "answer_part", "return_part", "move_part"}
	ofPromise = []string{"note", "tell", "keep_promise", "move_promise", "withdraw_promise"}
	ofReview  = []string{"note", "tell", "review", "decide_review", "escalate_review", "withdraw_review"}
)

// itsCommands is what "own" means where somebody changes a ticket.
const itsCommands = "tickets that they or their departments own; of those with parts or complaints for them, and promises of theirs, these; of those of their calls and customers, what they hear from these"

// check says what stands against a command: that it is not somebody's to give, or that the ticket is not one for it now. n is the part or the complaint
// that it is about; 0 is any. What a page offers and what is refused are both asked here.
func (v viewer) check(m life.Matter, name string, n int) error {
	if !v.mayGive(m, name, n) {
		return agentapi.Refuse(agentapi.CodeForbidden, "%s of ticket %s is not for you", name, m.Number)
	}
	return life.Possible(m, name)
}

// checkOther says what stands against a command that names another ticket: to let one go on in another is to change that one as well, and only who owns it
// may. To link two of them, or to make one part of an incident, it is enough to see the other.
func (v viewer) checkOther(other life.Matter, name string) error {
	if name == (life.Merge{}).Name() && !v.sight.All && !v.owns(other.Ticket) {
		return agentapi.Refuse(agentapi.CodeForbidden, "%s with ticket %s is not for you: it is not yours", name, other.Number)
	}
	return nil
}

func (v viewer) mayGive(m life.Matter, name string, n int) bool {
	switch {
	case v.Role == gate.RoleMachine && life.ByPeople(name):
		return false
	case n == 0 && v.leftToOthers(m, name): // of one that they name the ticket's life says why not
		return false
	case v.sight.All, v.owns(m.Ticket):
		return true
	case v.served && (m.Phase() == tickets.New || m.Phase() == tickets.Opened && name == "hand_over" || slices.Contains(served, name)):
		return true
	case name == (life.Unmerge{}).Name() && m.Join != nil && m.Join.By.Kind == tickets.ByPerson && m.Join.By.ID == v.sight.Agent:
		return true
	case slices.Contains(ofPart, name) && v.hasPart(m, name, n):
		return true
	case slices.Contains(ofPromise, name) && v.hasPromise(m, n):
		return true
	case slices.Contains(ofReview, name) && v.hasReview(m, name, n):
		return true
	}
	return false
}

// leftToOthers says whether all complaints that are to be decided are about answers of the viewer's own, which they may neither decide nor, while others are
// there, end. The word from outside anybody writes down.
func (v viewer) leftToOthers(m life.Matter, name string) bool {
	decide, end := name == (life.DecideReview{}).Name(), name == (life.WithdrawReview{}).Name()
	open := 0
	for _, r := range m.Reviews {
		if r.State != life.ReviewOpen {
			continue
		}
		if !r.AnsweredBy(v.sight.Agent) || decide && v.terms.Outside(string(r.Department)) {
			return false
		}
		open++
	}
	return open > 0 && (decide || end && m.LeftToOthers(v.sight.Agent, v.terms))
}

// owns says whether a ticket is somebody's own, or one of their departments'.
func (v viewer) owns(t tickets.Ticket) bool {
	return v.sight.Owns(t) || t.Department != "" && slices.Contains(v.sight.Departments, string(t.Department))
}

func (v viewer) hasPart(m life.Matter, name string, n int) bool {
	return slices.ContainsFunc(m.Parts, func(p life.Part) bool {
		open := p.State == life.PartOpen || p.State == life.PartReturned
		return (n == 0 || name == "note" || n == p.N) && (open || name == "note") &&
			(slices.Contains(v.sight.Departments, string(p.Department)) || p.Owner != "" && p.Owner == v.sight.Agent)
	})
}

func (v viewer) hasPromise(m life.Matter, n int) bool {
	return slices.ContainsFunc(m.Promises, func(p life.Promise) bool {
		return (n == 0 || n == p.N) && p.State == life.PromiseOpen && p.Person != "" && p.Person == v.sight.Agent
	})
}

func (v viewer) hasReview(m life.Matter, name string, n int) bool {
	return slices.ContainsFunc(m.Reviews, func(r life.Review) bool {
		return (n == 0 || name == "note" || name == "tell" || n == r.N) && (r.State == life.ReviewOpen || name == "note") && !r.AnsweredBy(v.sight.Agent) &&
			(slices.Contains(v.sight.Departments, string(r.Department)) || r.Reviewer != "" && r.Reviewer == v.sight.Agent)
	})
}
