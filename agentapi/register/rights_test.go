package register

import (
	"errors"
	"slices"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/tickets"
	"hotline/tickets/life"
)

func TestEachMayDoWhatIsTheirsAndIsOfferedNothingElse(t *testing.T) {
	open, err := tickets.KeepOpen(tickets.Person("boris"), time.Now().Add(time.Hour), tickets.FollowUp)
	if err != nil {
		t.Fatal(err)
	}
	in := func(p tickets.Phase) life.Matter {
		return life.Matter{
			Ticket: tickets.Ticket{Number: tickets.MakeNumber(40_001), Department: "billing", State: open.In(p, tickets.ForCustomer)},
			Parts: []life.Part{
				{N: 1, Department: "field", State: life.PartOpen}, {N: 2, Department: "finance", State: life.PartOpen}, {N: 3, Department: "field", State: life.PartAnswered},
			},
			Promises: []life.Promise{{N: 1, Person: "petr", State: life.PromiseOpen}, {N: 2, State: life.PromiseOpen}, {N: 3, Person: "petr", State: life.PromiseKept}},
			Reviews:  []life.Review{{N: 1, Department: "quality", About: "quentin", State: life.ReviewOpen}},
		}
	}
	member := func(person string, departments ...string) viewer {
		return viewer{Account: gate.Account{Role: gate.RoleDepartment, Person: person}, sight: tickets.Sight{Agent: person, Departments: departments}}
	}
	agent := member("anna")
	agent.served = true
	head := viewer{Account: gate.Account{Role: gate.RoleSupervisor}, sight: tickets.Sight{All: true}}
	program := viewer{Account: gate.Account{Role: gate.RoleMachine}, sight: tickets.Sight{All: true}}
	type may map[string]bool
	for _, test := range []struct {
		who   string
		v     viewer
		phase tickets.Phase
		n     int
		may   may
	}{
		{"its owner", member("boris"), tickets.InWork, 0, may{"note": true, "hand_over": true, "wait": true, "answer_part": true, "take": true}},
		{"somebody of its department", member("bella", "billing"), tickets.InWork, 0, may{"hand_over": true, "decide_review": true}},
		{"a supervisor", head, tickets.InWork, 0, may{"hand_over": true, "take": true, "withdraw": true}},
		{"a program", program, tickets.InWork, 0, may{"hand_over": true, "take": false, "decide_review": false}},
		{"a stranger", member("eve", "sales"), tickets.New, 0, may{"note": false, "take": false, "describe": false}},
		{"an agent of its call while it is new", agent, tickets.New, 0, may{"take": true, "hand_over": true, "describe": true}},
		{"an agent of its call before somebody has begun", agent, tickets.Opened, 0, may{"hand_over": true, "take": false, "promise": true, "wait": false}},
		{"an agent of its call while somebody works on it", agent, tickets.InWork, 0, may{"note": true, "describe": true, "complain": true, "hand_over": false, "take": false, "refuse": false}},
		{"a department about its part", member("felix", "field"), tickets.InWork, 1, may{"answer_part": true, "return_part": true, "note": true, "withdraw_part": false, "hand_over": false}},
		{"a department about another's part", member("felix", "field"), tickets.InWork, 2, may{"answer_part": false, "move_part": false, "note": true}},
		{"a department about a part that it has answered", member("felix", "field"), tickets.InWork, 3, may{"answer_part": false}},
		{"who promised something before the hand-over", member("petr"), tickets.InWork, 1, may{"keep_promise": true, "move_promise": true, "tell": true, "promise": false, "hand_over": false}},
		{"who promised something else", member("petr"), tickets.InWork, 2, may{"keep_promise": false}},
		{"who kept what they promised", member("petr"), tickets.InWork, 3, may{"withdraw_promise": false}},
		{"a member of no department about nobody's promise", member(""), tickets.InWork, 2, may{"keep_promise": false}},
		{"a reviewer", member("clara", "quality"), tickets.InWork, 1, may{"decide_review": true, "tell": true, "solve": false, "hand_over": false}},
		{"a reviewer of their own answer", member("quentin", "quality"), tickets.InWork, 1, may{"decide_review": false, "note": false}},
	} {
		m := in(test.phase)
		for name, want := range test.may {
			err := test.v.check(m, name, test.n)
			var p *agentapi.Problem
			if forbidden := errors.As(err, &p) && p.Code == agentapi.CodeForbidden; forbidden == want {
				t.Errorf("%s, %s: %v, want it allowed: %t", test.who, name, err, want)
			}
		}
		offered := test.v.may(m)
		for _, c := range life.Commands {
			if possible := test.v.check(m, c.Name(), 0) == nil; possible != slices.Contains(offered, c.Name()) {
				t.Errorf("%s is offered %v, and %s is possible: %t", test.who, offered, c.Name(), possible)
			}
		}
	}
}

// Who answered is offered to end the complaint where nobody else is left, and to write down what is decided outside.
func TestWhoAnsweredIsOfferedWhatNobodyElseCouldDo(t *testing.T) {
	open, err := tickets.KeepOpen(tickets.Person("boris"), time.Now().Add(time.Hour), tickets.FollowUp)
	if err != nil {
		t.Fatal(err)
	}
	house := func(ids ...string) tickets.Terms {
		t := tickets.Terms{People: map[string]tickets.PersonTerms{}}
		for _, id := range ids {
			t.People[id] = tickets.PersonTerms{}
		}
		return t
	}
	for _, c := range []struct {
		who         string
		terms       tickets.Terms
		department  tickets.Department
		decide, end bool
	}{
		{"alone", house("boris"), "billing", false, true},
		{"beside another", house("boris", "vera"), "billing", false, false},
		{"before the regulator", house("boris", "vera"), tickets.Regulator, true, false},
	} {
		m := life.Matter{Ticket: tickets.Ticket{Number: tickets.MakeNumber(40_003), Department: "billing", SolvedBy: "boris", State: open.In(tickets.Opened, "")}}
		m.Reviews = []life.Review{{N: 1, Department: c.department, About: "boris", State: life.ReviewOpen}}
		v := viewer{Account: gate.Account{Role: gate.RoleDepartment, Person: "boris"}, terms: c.terms, sight: tickets.Sight{Agent: "boris"}}
		offered := v.may(m)
		if decide, end := slices.Contains(offered, "decide_review"), slices.Contains(offered, "withdraw_review"); decide != c.decide || end != c.end {
			t.Errorf("%s: to decide %t, to end %t", c.who, decide, end)
		}
	}
}

// What is offered is what the ticket's phase allows: a command that is not possible now is refused with both phases, and is offered to nobody.
func TestNothingIsOfferedThatThePhaseForbids(t *testing.T) {
	head := viewer{Account: gate.Account{Role: gate.RoleSupervisor, Person: "vera"}, sight: tickets.Sight{All: true, Agent: "vera"}}
	open, err := tickets.KeepOpen(tickets.Department("billing"), time.Now().Add(time.Hour), tickets.FollowUp)
	if err != nil {
		t.Fatal(err)
	}
	plain := map[string]life.Command{
		"take": life.TakeOver{}, "hand_over": life.HandOver{Department: "billing"}, "wait": life.Wait{For: tickets.ForDate, Until: time.Now().Add(time.Hour)}, "resume": life.Resume{},
		"solve": life.SolveIt{Answer: "x"}, "refuse": life.RefuseIt{Reason: "x", Alternatives: []string{"y"}}, "confirm": life.ConfirmIt{}, "withdraw": life.WithdrawIt{},
		"reopen": life.ReopenIt{Reason: "x"}, "complain": life.Complain{Text: "x"}, "note": life.AddNote{Text: "x"}, "plan": life.Plan{Next: time.Now().Add(time.Hour)},
		"add_part": life.AddPart{Department: "billing", What: "x", Due: time.Now().Add(time.Hour)}, "ask_vendor": life.AskVendor{Vendor: "x", What: "x"},
		"promise": life.Promised{What: "x", Due: time.Now().Add(time.Hour)},
	}
	for _, p := range tickets.Phases {
		m := life.Matter{Ticket: tickets.Ticket{Number: tickets.MakeNumber(40_002), Department: "billing", State: open.In(p, tickets.ForCustomer), Version: 1}}
		if p == tickets.Done {
			m.State = tickets.Closed{At: time.Now()}
		}
		offered := head.may(m)
		for name, c := range plain {
			f := &life.File{Matters: map[tickets.Number]*life.Matter{m.Number: m.Clone()}}
			_, err := life.Do(f, m.Number, c, tickets.By{Kind: tickets.ByPerson, ID: "vera"}, time.Now())
			if done := err == nil; done != slices.Contains(offered, name) {
				t.Errorf("of a ticket that is %s %s is offered: %t, and doing it says %v", p, name, !done, err)
			}
		}
	}
}

func TestWholeFileIsForThoseWhoAnswerForTheTicketOrDecideAboutIt(t *testing.T) {
	open, err := tickets.KeepOpen(tickets.Person("boris"), time.Now().Add(time.Hour), tickets.FollowUp)
	if err != nil {
		t.Fatal(err)
	}
	m := life.Matter{
		Ticket: tickets.Ticket{Number: tickets.MakeNumber(40_001), Department: "billing", State: open},
		Parts:  []life.Part{{N: 1, Department: "field", State: life.PartOpen}},
		Reviews: []life.Review{
			{N: 1, Department: "quality", About: "boris", State: life.ReviewRejected}, {N: 2, Department: "regulator", Reviewer: "rita", About: "boris", State: life.ReviewOpen},
		},
	}
	for _, c := range []struct {
		who   string
		sight tickets.Sight
		takes bool
	}{
		{"its owner", tickets.Sight{Agent: "boris"}, true},
		{"somebody of its department", tickets.Sight{Agent: "bella", Departments: []string{"billing"}}, true},
		{"a supervisor", tickets.Sight{All: true}, true},
		{"a reviewer by name", tickets.Sight{Agent: "rita"}, true},
		{"a department that has reviewed it", tickets.Sight{Agent: "clara", Departments: []string{"quality"}}, true},
		{"a department with a part", tickets.Sight{Agent: "felix", Departments: []string{"field"}}, false},
		{"whoever took a call of it", tickets.Sight{Agent: "anna"}, false},
	} {
		v := viewer{sight: c.sight, served: true}
		if got := v.takesWhole(m); got != c.takes {
			t.Errorf("%s takes the whole file: %v", c.who, got)
		}
	}
}

// A page says in words why a letter cannot have come then.
func TestTimeAtWhichSomethingCannotHaveComeHasItsCode(t *testing.T) {
	now := time.Now()
	for want, at := range map[agentapi.FieldCode]time.Time{agentapi.FieldToCome: now.Add(time.Minute), agentapi.FieldLongAgo: now.AddDate(-10, 0, 0)} {
		_, err := life.Open(&life.File{Fresh: []tickets.Number{tickets.MakeNumber(40_003)}}, life.OpenByHand{Channel: "letter", Subject: "s", Text: "t", At: at}, "x", tickets.By{}, now)
		if p := problemOf("", "opened", err); p == nil || len(p.Errors) != 1 || p.Errors[0].Field != "body.at" || p.Errors[0].Code != want {
			t.Errorf("%s: %+v", at, p)
		}
	}
}
