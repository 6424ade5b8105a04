package life

import (
	"errors"
	"testing"
	"time"

	"hotline/tickets"
)

func TestOnlyRulesDoWhatIsDueByItself(t *testing.T) {
	for _, c := range []Command{Escalate{Why: WhyDate}, RemindCustomer{}, LetExpire{}, GiveToHeir{}} {
		if err := try(fresh(t), c, anna); !errors.Is(err, ErrOnlyRule) {
			t.Errorf("%s by a person: %v", c.Name(), err)
		}
	}
}

func TestRuleFollowsTheTableOfMoves(t *testing.T) {
	for _, c := range []Command{RemindCustomer{}, LetExpire{}} {
		if err := try(fresh(t), c, rule); !errors.Is(err, tickets.ErrTransition) {
			t.Errorf("%s of a ticket that is not solved: %v", c.Name(), err)
		}
	}
	f := fresh(t)
	do(t, f, TakeOver{}, anna)
	do(t, f, SolveIt{Answer: "done"}, anna)
	if err := try(f, Escalate{Why: WhyDate, Due: noon}, rule); !errors.Is(err, tickets.ErrTransition) {
		t.Errorf("a solved ticket escalates: %v", err)
	}
	do(t, f, LetExpire{}, rule)
	if c, closed := f.Matters[own].State.(tickets.Closed); !closed || c.Disposition != tickets.ByExpiry {
		t.Errorf("it is %+v", f.Matters[own].State)
	}
}

func TestNobodyInheritsFromWhoIsThere(t *testing.T) {
	f := fresh(t)
	m := f.Matters[own]
	m.Promises = []Promise{{N: 1, State: PromiseKept, Person: "gone"}}
	m.Reviews = []Review{{N: 1, State: ReviewOpen, Department: tickets.Regulator, Reviewer: "an inspector"}}
	f.Terms.People = map[string]tickets.PersonTerms{"anna": {Departments: []string{"first_line"}}}
	f.Terms.Departments = map[string]tickets.DepartmentTerms{"first_line": {}}
	if err := try(f, GiveToHeir{}, rule); !errors.Is(err, ErrNothing) {
		t.Error(err)
	}
}

func TestHeadOfADepartmentIsFoundThroughItsHeirs(t *testing.T) {
	terms := tickets.Terms{
		People: map[string]tickets.PersonTerms{"olga": {}},
		Departments: map[string]tickets.DepartmentTerms{
			"a": {Head: "gone", Heir: "b"}, "b": {Heir: "c"}, "c": {Head: "olga"}, "round": {Heir: "about"}, "about": {Heir: "round"},
		},
	}
	for _, x := range []struct{ department, person, of string }{{"a", "olga", "c"}, {"c", "olga", "c"}, {"round", "", "round"}, {"none", "", "none"}} {
		if person, of := Head(terms, x.department); person != x.person || of != x.of {
			t.Errorf("the head of %s is %q of %s", x.department, person, of)
		}
	}
}

func TestReminderMovesTheEndWhereItComesLate(t *testing.T) {
	f := fresh(t)
	f.Terms = tickets.Terms{ConfirmWithin: 3 * time.Hour, ConfirmReminders: 2}
	do(t, f, SolveIt{Answer: "done"}, anna)
	end := f.Matters[own].State.(tickets.Open).Next()
	do(t, f, RemindCustomer{}, rule) // a minute later, and far before its time
	if next := f.Matters[own].State.(tickets.Open).Next(); !next.Equal(end) || f.Matters[own].Reminded != 1 {
		t.Errorf("it ends at %s, not %s", next, end)
	}
	out, err := Do(f, own, RemindCustomer{}, rule, end)
	if next := out.Matters[0].State.(tickets.Open).Next(); err != nil || !next.Equal(end.Add(time.Hour)) {
		t.Errorf("it ends at %s: %v", next, err)
	}
}
