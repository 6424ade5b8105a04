package life

import (
	"reflect"
	"slices"

	"hotline/tickets"
)

// Commands are all that people and programs may give, each as an example of its type: pages and interfaces are made from this list. What only a
// rule of Hotline's own does is not in it.
var Commands = []Command{
	TakeOver{}, HandOver{}, Plan{}, Wait{}, Resume{}, Describe{}, SetCustomer{}, AddNote{},
	Tell{}, SolveIt{}, RefuseIt{}, ConfirmIt{}, WithdrawIt{}, ReopenIt{},
	AddPart{}, TakePart{}, AnswerPart{}, ReturnPart{}, MovePart{}, WithdrawPart{},
	Promised{}, KeepPromise{}, MovePromise{}, WithdrawPromise{},
	AskVendor{}, VendorPromised{}, VendorReplied{}, RemindVendor{}, WithdrawVendor{},
	Complain{}, AssignReview{}, DecideReview{}, EscalateReview{}, WithdrawReview{},
	Tie{}, Untie{}, SetParent{}, ClearParent{}, Merge{}, Unmerge{}, Split{},
}

// ByPeople says whether only a person can give a command, and no program: whoever gives it owns something then, or has decided.
func ByPeople(name string) bool {
	return slices.Contains([]string{"take", "take_part", "decide_review"}, name)
}

// Possible says what stands against a command to a matter as it is, whatever the command says in its fields: nil where nothing does. A command
// that is possible may still be refused for what it says.
func Possible(m Matter, name string) error {
	if m.Into != "" && name != (Unmerge{}).Name() {
		return &MergedError{m.Number, m.Into}
	}
	if stands := against[name]; stands != nil {
		return stands(m)
	}
	return nil
}

// against are the commands that are not always possible.
var against = map[string]func(Matter) error{
	"take":      may(tickets.Take),
	"hand_over": may(tickets.Assign),
	"plan":      whileOpen,
	"wait":      may(tickets.Await),
	"resume": func(m Matter) error {
		if m.Phase() != tickets.Waiting {
			return &tickets.TransitionError{Move: tickets.Take, From: m.Phase(), To: tickets.InWork}
		}
		return nil
	},
	"solve":    both(may(tickets.Solve), both(reviewsDecided, partsAnswered)),
	"refuse":   both(may(tickets.Refuse), reviewsDecided),
	"confirm":  both(may(tickets.Confirm), both(reviewsDecided, partsAnswered)),
	"withdraw": both(may(tickets.Withdraw), reviewsDecided),
	"reopen":   may(tickets.Reopen),

	"add_part":         may(tickets.Assign),
	"take_part":        openPart,
	"answer_part":      openPart,
	"return_part":      openPart,
	"move_part":        openPart,
	"withdraw_part":    openPart,
	"promise":          whileOpen,
	"keep_promise":     openPromise,
	"move_promise":     openPromise,
	"withdraw_promise": openPromise,
	"ask_vendor":       may(tickets.Await),
	"vendor_promised":  openVendor,
	"vendor_answered":  openVendor,
	"remind_vendor":    openVendor,
	"withdraw_vendor":  openVendor,
	"complain":         reviewsDecided,
	"review":           openReview,
	"decide_review":    openReview,
	"escalate_review":  openReview,
	"withdraw_review":  openReview,

	"merge":        may(tickets.Join),
	"unmerge":      func(m Matter) error { return unless(m.Into != "") },
	"unlink":       func(m Matter) error { return unless(len(m.Links) > 0) },
	"clear_parent": func(m Matter) error { return unless(m.Parent != "") },
}

func may(move tickets.Move) func(Matter) error {
	return func(m Matter) error {
		if !move.From(m.Phase()) {
			return &tickets.TransitionError{Move: move, From: m.Phase(), To: move.To()}
		}
		return nil
	}
}

func both(one, other func(Matter) error) func(Matter) error {
	return func(m Matter) error {
		if err := one(m); err != nil {
			return err
		}
		return other(m)
	}
}

func whileOpen(m Matter) error {
	if _, open := m.State.(tickets.Open); !open {
		return &tickets.TransitionError{Move: tickets.Take, From: m.Phase(), To: tickets.InWork}
	}
	return nil
}

func unless(possible bool) error {
	if !possible {
		return ErrNothing
	}
	return nil
}

func reviewsDecided(m Matter) error { return (&work{Matter: &m}).reviewsDone() }

func partsAnswered(m Matter) error { return (&work{Matter: &m}).partsDone() }

func some[T any](all []T, is func(T) bool) error {
	for _, one := range all {
		if is(one) {
			return nil
		}
	}
	return ErrNothing
}

func openPart(m Matter) error {
	return some(m.Parts, func(p Part) bool { return p.State == PartOpen || p.State == PartReturned })
}

func openPromise(m Matter) error {
	return some(m.Promises, func(p Promise) bool { return p.State == PromiseOpen })
}

func openVendor(m Matter) error {
	return some(m.Vendors, func(v Vendor) bool { return v.State == VendorAsked })
}

func openReview(m Matter) error {
	return some(m.Reviews, func(r Review) bool { return r.State == ReviewOpen })
}

// Item is which of the matter's parts, promises, requests or reviews a command is about, by its field N; 0 is none.
func Item(c Command) int {
	if n := reflect.Indirect(reflect.ValueOf(c)).FieldByName("N"); n.IsValid() && n.CanInt() {
		return int(n.Int())
	}
	return 0
}
