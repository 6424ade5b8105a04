package life

import (
	"testing"
	"time"

	"hotline/tickets"
)

// at does a command at a time.
func at(t *testing.T, f *File, when time.Time, c Command, by tickets.By) error {
	t.Helper()
	out, err := Do(f, own, c, by, when)
	history = append(history, out.History...)
	return err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestPromiseIsKeptOnlyInTimeAndWithTheCustomerTold(t *testing.T) {
	due := noon.Add(24 * time.Hour)
	for name, x := range map[string]struct {
		moved  time.Time // when it is moved; zero is not
		told   bool
		done   time.Time // when it is fulfilled, or the rule looks at it
		by     Command
		became PromiseState
	}{
		"in time":                          {done: due, by: KeepPromise{N: 1}, became: PromiseKept},
		"late":                             {done: due.Add(time.Second), by: KeepPromise{N: 1}, became: PromiseBroken},
		"moved, and the customer knows":    {moved: due.Add(-time.Hour), told: true, done: due.Add(time.Hour), by: KeepPromise{N: 1}, became: PromiseKept},
		"moved, and the customer does not": {moved: due.Add(-time.Hour), done: due.Add(time.Hour), by: KeepPromise{N: 1}, became: PromiseBroken},
		"moved too late":                   {moved: due.Add(time.Minute), told: true, done: due.Add(time.Hour), by: KeepPromise{N: 1}, became: PromiseBroken},
		"moved, and late again":            {moved: due.Add(-time.Hour), told: true, done: due.Add(49 * time.Hour), by: KeepPromise{N: 1}, became: PromiseBroken},
		"confirmed in time":                {done: due, by: ConfirmIt{}, became: PromiseKept},
		"confirmed too late":               {done: due.Add(time.Hour), by: ConfirmIt{}, became: PromiseBroken},
		"not wanted any more":              {done: due, by: WithdrawIt{}, became: PromiseWithdrawn},
		"not wanted when it was too late":  {done: due.Add(time.Second), by: WithdrawIt{}, became: PromiseBroken},
		"taken back":                       {done: due, by: WithdrawPromise{N: 1}, became: PromiseWithdrawn},
		"taken back when it was too late":  {done: due.Add(time.Second), by: WithdrawPromise{N: 1}, became: PromiseBroken},
		"taken back after a silent move":   {moved: due.Add(-time.Hour), done: due.Add(time.Hour), by: WithdrawPromise{N: 1}, became: PromiseBroken},
		"refused":                          {done: due.Add(-time.Hour), by: RefuseIt{Reason: "no", Alternatives: []string{"another"}}, became: PromiseBroken},
	} {
		f := fresh(t)
		must(t, at(t, f, noon, Promised{What: "Somebody calls", To: "Иван", Due: due, Channel: "call"}, anna))
		if !x.moved.IsZero() {
			must(t, at(t, f, x.moved, MovePromise{N: 1, Due: due.Add(48 * time.Hour), Told: x.told}, anna))
		}
		must(t, at(t, f, x.done, x.by, anna))
		p := f.Matters[own].Promises[0]
		if p.State != x.became || !p.EndedAt.Equal(x.done) || !p.First.Equal(due) || p.Person != "anna" || p.Department != "first_line" {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestOwnerLooksAtATicketWhenAPromiseIsDue(t *testing.T) {
	f := fresh(t)
	do(t, f, TakeOver{Next: soon}, anna)
	due := soon.Add(-24 * time.Hour)
	do(t, f, Promised{What: "Somebody calls", Due: due}, anna)
	if next := f.Matters[own].State.(tickets.Open).Next(); !next.Equal(due) {
		t.Errorf("it is looked at on %s, and the promise is for %s", next, due)
	}
	do(t, f, Promised{What: "And writes", Due: soon.Add(time.Hour)}, anna)
	if next := f.Matters[own].State.(tickets.Open).Next(); !next.Equal(due) {
		t.Errorf("a later promise moved the date to %s", next)
	}
}

func TestPromiseThatNobodyKeptIsBrokenByRuleAndRaisesTheTicket(t *testing.T) {
	f := fresh(t)
	due := noon.Add(time.Hour)
	must(t, at(t, f, noon, Promised{What: "Somebody calls", Due: due}, anna))
	refused(t, f, BreakPromise{N: 1}, anna, ErrOnlyRule)
	refused(t, f, BreakPromise{N: 1}, rule, ErrNotDue)
	must(t, at(t, f, due.Add(time.Minute), BreakPromise{N: 1}, rule))
	m := f.Matters[own]
	if p := m.Promises[0]; p.State != PromiseBroken || m.Escalated != 1 || m.State.(tickets.Open).Next().After(due.Add(time.Minute)) {
		t.Errorf("%+v", m)
	}
	if d := history[len(history)-1].Details; d["promise"] != "1" || d["person"] != "anna" || d["department"] != "first_line" {
		t.Errorf("nobody can tell whose promise was broken: %v", d)
	}
	refused(t, f, KeepPromise{N: 1}, anna, ErrEnded)
	refused(t, f, MovePromise{N: 1, Due: soon}, anna, ErrEnded)
	refused(t, f, WithdrawPromise{N: 1}, anna, ErrEnded)
	refused(t, f, KeepPromise{N: 2}, anna, &FieldError{Field: "n"})
	refused(t, f, Promised{Due: soon}, anna, &FieldError{Field: "what"})
	do(t, f, WithdrawIt{}, anna)
	refused(t, f, Promised{What: "x", Due: soon}, anna, tickets.ErrTransition)
}
