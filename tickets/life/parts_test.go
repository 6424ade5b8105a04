package life

import (
	"errors"
	"strings"
	"testing"
	"time"

	"hotline/tickets"
)

var (
	boris = tickets.By{Kind: tickets.ByPerson, ID: "boris", Name: "Борис", From: "page"}
	rule  = tickets.By{Kind: tickets.ByRule, ID: "watch"}
	soon  = noon.Add(72 * time.Hour)
)

// refused says that a command is refused for a reason, and that nothing has changed.
func refused(t *testing.T, f *File, c Command, by tickets.By, want error) {
	t.Helper()
	lines := len(history)
	err := try(f, c, by)
	var field *FieldError
	if wanted, is := want.(*FieldError); is {
		if !errors.As(err, &field) || field.Field != wanted.Field {
			t.Errorf("%s %+v: %v, not of the field %s", c.Name(), c, err, wanted.Field)
		}
	} else if !errors.Is(err, want) {
		t.Errorf("%s %+v: %v, not %v", c.Name(), c, err, want)
	}
	if len(history) != lines {
		t.Errorf("%s was refused and left a line", c.Name())
	}
}

func TestRequestInPartsIsAnsweredWithOneAnswerWhenTheLastPartIs(t *testing.T) {
	f := fresh(t)
	do(t, f, TakeOver{Next: soon}, anna)
	do(t, f, AddPart{Department: "billing", What: "What is owed?", Due: soon}, anna)
	do(t, f, AddPart{Department: "field", Owner: "fedor", What: "When does somebody come?", Due: soon}, anna)
	refused(t, f, SolveIt{Answer: "done"}, anna, ErrOpenParts)
	refused(t, f, ConfirmIt{}, anna, ErrOpenParts)
	do(t, f, TakePart{N: 1}, boris)
	do(t, f, AnswerPart{N: 1, Answer: "Nothing."}, boris)
	if m := f.Matters[own]; m.Parts[0].Owner != "boris" || m.Parts[0].By != "boris" || !m.State.(tickets.Open).Next().Equal(soon) {
		t.Errorf("one part of two is answered: %+v", m)
	}
	do(t, f, ReturnPart{N: 2, Why: "it is for the cable people"}, boris)
	if next := f.Matters[own].State.(tickets.Open).Next(); next.After(noon.Add(time.Hour)) {
		t.Errorf("a part came back, and the owner looks at it at %s", next)
	}
	refused(t, f, SolveIt{Answer: "done"}, anna, ErrOpenParts)
	do(t, f, Plan{Next: soon}, anna)
	do(t, f, MovePart{N: 2, Department: "cable"}, anna)
	if p := f.Matters[own].Parts[1]; p.Department != "cable" || p.Owner != "" || p.State != PartOpen || !p.Due.Equal(soon) {
		t.Errorf("the part given on is %+v", p)
	}
	do(t, f, AnswerPart{N: 2, Answer: "Tomorrow at nine."}, boris)
	if next := f.Matters[own].State.(tickets.Open).Next(); next.After(noon.Add(time.Hour)) || history[len(history)-1].Details["parts"] != "done" {
		t.Errorf("all parts are answered, and the owner looks at it at %s: %v", next, history[len(history)-1])
	}
	out, err := Do(f, own, SolveIt{}, anna, noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if got := out.Entries[0].Text; got != "What is owed?\nNothing.\n\nWhen does somebody come?\nTomorrow at nine." {
		t.Errorf("the answer is %q", got)
	}
	history = append(history, out.History...)
	do(t, f, ReopenIt{Reason: "nobody came"}, anna)
	refused(t, f, SolveIt{}, anna, &FieldError{Field: "answer"}) // what the parts said was said before
}

func TestPartsRefuseWhatIsNotTheirs(t *testing.T) {
	f := fresh(t)
	long := strings.Repeat("ы", LongestText+1)
	for field, c := range map[string]AddPart{
		"department": {What: "x", Due: soon}, "what": {Department: "billing", Due: soon, What: "\u200b"}, "due": {Department: "billing", What: "x"},
	} {
		refused(t, f, c, anna, &FieldError{Field: field})
	}
	refused(t, f, AddPart{Department: "billing", What: long, Due: soon}, anna, &FieldError{Field: "what"})
	refused(t, f, AddPart{Department: "billing", What: "x", Due: noon.Add(-72 * time.Hour)}, anna, &FieldError{Field: "due"})
	refused(t, f, TakePart{N: 1}, anna, &FieldError{Field: "n"})
	do(t, f, AddPart{Department: "billing", What: "x", Due: soon}, anna)
	refused(t, f, TakePart{N: 1}, rule, ErrNoPerson)
	refused(t, f, MovePart{N: 1}, anna, &FieldError{Field: "department"})
	do(t, f, ReturnPart{N: 1, Why: "no"}, boris)
	refused(t, f, ReturnPart{N: 1, Why: "no"}, boris, ErrNothing)
	do(t, f, WithdrawPart{N: 1}, anna)
	refused(t, f, AnswerPart{N: 1, Answer: "x"}, boris, ErrEnded)
	f.Terms.Departments = map[string]tickets.DepartmentTerms{"billing": {}, "first_line": {}}
	f.Terms.People = map[string]tickets.PersonTerms{"anna": {}}
	refused(t, f, AddPart{Department: "biling", What: "x", Due: soon}, anna, &FieldError{Field: "department"})
	refused(t, f, AddPart{Department: "billing", Owner: "ann", What: "x", Due: soon}, anna, &FieldError{Field: "owner"})
	do(t, f, SolveIt{Answer: "done"}, anna)
	refused(t, f, AddPart{Department: "billing", What: "x", Due: soon}, anna, tickets.ErrTransition)
}

// What one department is given is not in the hands of another's people, and stands in one list.
func TestWhatADepartmentGetsIsForItsOwnPeople(t *testing.T) {
	f := fresh(t)
	f.Terms = tickets.Terms{
		Departments: map[string]tickets.DepartmentTerms{"first_line": {}, "technical": {Head: "olga"}, "finance": {}},
		People:      map[string]tickets.PersonTerms{"anna": {}, "olga": {}, "tim": {Departments: []string{"technical"}}, "fedor": {Departments: []string{"finance"}}},
	}
	refused(t, f, HandOver{Department: "technical", Person: "fedor"}, anna, &FieldError{Field: "person"})
	refused(t, f, HandOver{Department: "technical", Person: "anna"}, anna, &FieldError{Field: "person"})
	refused(t, f, AddPart{Department: "technical", Owner: "fedor", What: "x", Due: soon}, anna, &FieldError{Field: "owner"})
	do(t, f, AddPart{Department: "technical", Owner: "tim", What: "x", Due: soon}, anna)
	fedor, tim := "fedor", "tim"
	refused(t, f, MovePart{N: 1, Owner: &fedor}, anna, &FieldError{Field: "owner"})
	refused(t, f, MovePart{N: 1, Department: "finance", Owner: &tim}, anna, &FieldError{Field: "owner"})
	do(t, f, MovePart{N: 1, Department: "finance", Owner: &fedor}, anna)
	for _, c := range []HandOver{{Department: "technical", Person: "tim"}, {Department: "technical", Person: "olga"}, {Department: "first_line", Person: "anna"}} {
		do(t, f, c, anna)
	}
	f.Fresh = []tickets.Number{tickets.MakeNumber(20_001)}
	refused(t, f, Split{Contacts: []tickets.ContactID{"c"}, Subject: "x", Department: "technical", Owner: "fedor"}, anna, &FieldError{Field: "owner"})
	do(t, f, Split{Contacts: []tickets.ContactID{"c"}, Subject: "x", Topic: "technical", Owner: "fedor"}, anna)
}
