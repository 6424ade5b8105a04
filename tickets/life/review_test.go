package life

import (
	"errors"
	"slices"
	"testing"
	"time"

	"hotline/tickets"
)

func person(id string) tickets.By { return tickets.By{Kind: tickets.ByPerson, ID: id} }

// answered is a ticket that anna of support has answered, in a house where olga is her head and petr the first line's.
func answered(t *testing.T) *File {
	f := fresh(t)
	f.Terms = tickets.Terms{
		Departments: map[string]tickets.DepartmentTerms{"support": {Head: "olga"}, "first_line": {Head: "petr"}},
		People:      map[string]tickets.PersonTerms{"anna": {Departments: []string{"support"}}, "olga": {}, "petr": {}, "vera": {}},
	}
	do(t, f, HandOver{Department: "support"}, anna)
	do(t, f, TakeOver{}, anna)
	do(t, f, SolveIt{Answer: "no"}, anna)
	return f
}

func TestComplaintGoesUpThroughOtherPeopleToTheRegulatorUnderOneNumber(t *testing.T) {
	f := answered(t)
	do(t, f, Complain{Text: "that is no answer"}, anna)
	m := f.Matters[own]
	if r := m.Reviews[0]; r.About != "anna" || r.Reviewer != "olga" || r.Level != 1 || m.Phase() != tickets.Opened || m.State.(tickets.Open).Owner() != tickets.Person("olga") || m.Reopened != 1 {
		t.Errorf("the complaint is %+v, its ticket %+v", r, m)
	}
	refused(t, f, SolveIt{Answer: "no"}, anna, ErrOpenReview)
	refused(t, f, RefuseIt{Reason: "no", Alternatives: []string{"a"}}, anna, ErrOpenReview)
	refused(t, f, Complain{Text: "again"}, anna, ErrOpenReview)
	refused(t, f, AssignReview{N: 1, Reviewer: "anna"}, person("olga"), ErrOwnAnswer)
	refused(t, f, DecideReview{N: 1, Answer: "no"}, anna, ErrOwnAnswer)
	refused(t, f, DecideReview{N: 1, Answer: "no"}, rule, ErrNoPerson)
	do(t, f, DecideReview{N: 1, Answer: "it is one", Solve: true}, person("olga"))
	if m := f.Matters[own]; m.Phase() != tickets.Solved || m.SolvedBy != "olga" || m.Reviews[0].State != ReviewRejected {
		t.Errorf("decided: %+v", m)
	}
	do(t, f, Complain{Text: "it is none"}, anna)
	if r := f.Matters[own].Reviews[1]; r.About != "olga" || r.Reviewer != "petr" || r.Level != 2 {
		t.Errorf("the second complaint is %+v", r)
	}
	for _, who := range []string{"anna", "olga"} {
		refused(t, f, AssignReview{N: 2, Reviewer: who}, person("petr"), ErrOwnAnswer)
	}
	do(t, f, AssignReview{N: 2, Reviewer: "vera"}, person("petr"))
	refused(t, f, EscalateReview{N: 2}, anna, ErrOwnAnswer) // she would take it where she may write down the word
	do(t, f, EscalateReview{N: 2, Note: "too long"}, person("petr"))
	m = f.Matters[own]
	if r := m.Reviews[1]; r.Level != 3 || r.Department != tickets.Regulator || r.Reviewer != "" || m.State.(tickets.Open).Owner() != tickets.Department("first_line") {
		t.Errorf("before the regulator it is %+v of %s", r, m.State.(tickets.Open).Owner())
	}
	refused(t, f, EscalateReview{N: 2}, person("petr"), ErrLastLevel)
	do(t, f, DecideReview{N: 2, Upheld: true, Answer: "you were right"}, anna) // what the regulator says somebody writes down, and is no reviewer
	if m := f.Matters[own]; m.Phase() != tickets.Opened || m.Reviews[1].State != ReviewUpheld || m.Reviews[1].Reviewer != "" {
		t.Errorf("upheld: %+v", m)
	}
	refused(t, f, WithdrawReview{N: 2}, anna, ErrEnded)
}

func TestComplaintGoesUpThroughTheLevelsThatTheTermsName(t *testing.T) {
	for _, listed := range []bool{true, false} {
		f := answered(t)
		if !listed { // any name is a department then, and a court is none all the same
			f.Terms.Departments = nil
		}
		f.Terms.Department, f.Terms.ReviewWithin = "first_line", 24*time.Hour
		f.Terms.Reviews = []tickets.ReviewTerms{{Person: "vera"}, {Department: "court", Outside: true, Within: 720 * time.Hour}}
		do(t, f, Complain{Text: "no"}, boris)
		for _, want := range []struct {
			department, reviewer string
			owner                tickets.Owner
			within               time.Duration
		}{{"first_line", "vera", tickets.Person("vera"), 24 * time.Hour}, {"court", "", tickets.Department("first_line"), 720 * time.Hour}} {
			do(t, f, EscalateReview{N: 1}, boris)
			m := f.Matters[own]
			r, owner := m.Reviews[0], m.State.(tickets.Open).Owner()
			if string(r.Department) != want.department || r.Reviewer != want.reviewer || owner != want.owner || r.Due.Sub(r.OpenedAt).Round(time.Hour) != want.within {
				t.Errorf("with departments listed %v: not with %+v but %+v of %v", listed, want, r, owner)
			}
		}
		refused(t, f, EscalateReview{N: 1}, boris, ErrLastLevel)
	}
}

func TestHeadWhoAnsweredDoesNotGetTheComplaintAboutIt(t *testing.T) {
	f := answered(t)
	do(t, f, ReopenIt{Reason: "again"}, anna)
	do(t, f, SolveIt{Answer: "no"}, person("olga"))
	do(t, f, Complain{Text: "no"}, anna)
	if r := f.Matters[own].Reviews[0]; r.About != "olga" || r.Reviewer != "petr" || r.Level != 2 {
		t.Errorf("%+v", r)
	}
	do(t, f, WithdrawReview{N: 1}, anna)
	do(t, f, SolveIt{Answer: "yes"}, anna)
	do(t, f, ConfirmIt{}, anna)
	do(t, f, Complain{Text: "no"}, anna)
	if m := f.Matters[own]; m.Phase() != tickets.Opened || len(m.Reviews) != 2 {
		t.Errorf("a complaint about a closed ticket: %+v", m)
	}
}

func TestComplaintAboutWorkThatGoesOnLeavesTheTicketWhereItIs(t *testing.T) {
	f := fresh(t)
	do(t, f, TakeOver{Next: soon}, anna)
	do(t, f, Complain{Text: "slow"}, boris)
	m := f.Matters[own]
	if m.Phase() != tickets.InWork || m.State.(tickets.Open).Owner() != tickets.Person("anna") || m.Reviews[0].About != "anna" || m.Reopened != 0 {
		t.Errorf("%+v", m)
	}
	refused(t, f, AssignReview{N: 1}, boris, &FieldError{Field: "reviewer"})
	refused(t, f, Complain{}, boris, &FieldError{Field: "text"})
}

// Whatever the house looks like, and whoever answered: nobody is given a review of their own answer.
func TestNobodyIsGivenTheReviewOfTheirOwnAnswer(t *testing.T) {
	for _, head := range []string{"", "anna", "olga", "petr"} {
		for _, first := range []string{"", "anna", "olga", "petr"} {
			f := answered(t)
			f.Terms.Departments["support"], f.Terms.Departments["first_line"] = tickets.DepartmentTerms{Head: head}, tickets.DepartmentTerms{Head: first}
			said := []string{"anna"}
			for range 4 {
				do(t, f, Complain{Text: "no"}, boris)
				n := len(f.Matters[own].Reviews)
				r := f.Matters[own].Reviews[n-1]
				if r.Reviewer != "" && slices.Contains(said, r.Reviewer) {
					t.Fatalf("heads %q and %q: %s reviews after %v", head, first, r.Reviewer, said)
				}
				for _, who := range said {
					if f.Terms.Outside(string(r.Department)) {
						break // the regulator decides
					}
					if err := try(f, DecideReview{N: n, Answer: "no", Solve: true}, person(who)); !errors.Is(err, ErrOwnAnswer) {
						t.Fatalf("%s decides about their own answer: %v", who, err)
					}
				}
				next := r.Reviewer
				for _, who := range []string{"vera", "zoya", "olga", "petr", "lev"} {
					if next == "" && !slices.Contains(said, who) {
						next = who
					}
				}
				do(t, f, DecideReview{N: n, Answer: "no", Solve: true}, person(next))
				said = append(said, next)
			}
		}
	}
}

// Where everybody has answered nobody is left who could end the complaint, and it is taken back by one of them, who says why.
func TestComplaintEndsAlsoWhereEverybodyHasAnswered(t *testing.T) {
	f := answered(t)
	f.Terms.Departments, f.Terms.Reviews = nil, []tickets.ReviewTerms{} // as in a small office without heads
	f.Terms.People = map[string]tickets.PersonTerms{"anna": {}, "olga": {}}
	do(t, f, Complain{Text: "no"}, anna)
	refused(t, f, WithdrawReview{N: 1, Note: "a slip"}, anna, ErrOwnAnswer) // olga is there
	do(t, f, DecideReview{N: 1, Answer: "no", Solve: true}, person("olga"))
	do(t, f, Complain{Text: "still no"}, anna)
	for _, who := range []tickets.By{anna, person("olga")} {
		refused(t, f, DecideReview{N: 2, Answer: "no"}, who, ErrOwnAnswer)
		refused(t, f, WithdrawReview{N: 2}, who, &FieldError{Field: "note"})
	}
	do(t, f, WithdrawReview{N: 2, Note: "they rang: settled"}, anna)
	do(t, f, ConfirmIt{By: "call"}, anna)
	if m := f.Matters[own]; m.Phase() != tickets.Done || m.Reviews[1].State != ReviewWithdrawn {
		t.Errorf("%+v", m)
	}
}
