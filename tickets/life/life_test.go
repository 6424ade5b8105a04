package life

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotline/tickets"
)

var (
	noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	anna = tickets.By{Kind: tickets.ByPerson, ID: "anna", Name: "Анна Орлова", From: "page"}
	own  = tickets.MakeNumber(10_001)
)

// fresh is a file with one new ticket of the first line.
func fresh(t *testing.T) *File {
	t.Helper()
	state, err := tickets.KeepOpen(tickets.Department("first_line"), noon.Add(time.Hour), tickets.Serve)
	if err != nil {
		t.Fatal(err)
	}
	m := &Matter{Ticket: tickets.Ticket{Number: own, State: state, OpenedAt: noon, Department: "first_line"}}
	lines := tickets.Record(nil, &m.Ticket, tickets.Change{At: noon, Kind: "opened"}, m.Fields())
	history = lines
	return &File{Matters: map[tickets.Number]*Matter{own: m}}
}

var history []tickets.Change // of the ticket of a test

func do(t *testing.T, f *File, c Command, by tickets.By) {
	t.Helper()
	if err := try(f, c, by); err != nil {
		t.Fatalf("%s: %v", c.Name(), err)
	}
}

func try(f *File, c Command, by tickets.By) error {
	out, err := Do(f, own, c, by, noon.Add(time.Duration(len(history))*time.Minute))
	for _, line := range out.History {
		if line.Ticket == own {
			history = append(history, line)
		}
	}
	return err
}

func TestWholeLifeOfATicketReplaysToWhatItIs(t *testing.T) {
	f := fresh(t)
	subject := "Нет связи"
	for _, c := range []Command{
		TakeOver{}, Describe{Subject: &subject}, Wait{For: tickets.ForCustomer, Until: noon.Add(48 * time.Hour)}, Resume{},
		HandOver{Department: "support", Note: "look at the port"}, TakeOver{}, AddNote{Text: "port reset"}, Tell{Text: "we are at it"},
		SolveIt{Answer: "done"}, ReopenIt{Reason: "no"}, TakeOver{}, SolveIt{Answer: "now it is"}, ConfirmIt{},
	} {
		do(t, f, c, anna)
	}
	fields, err := tickets.Replay(history)
	if err != nil {
		t.Fatal(err)
	}
	m := f.Matters[own]
	if diff := cmp.Diff(m.Fields(), fields); diff != "" {
		t.Errorf("-is +replayed:\n%s", diff)
	}
	if m.Version != int64(len(history)) || m.Phase() != tickets.Done || m.Reopened != 1 || m.SolvedBy != "anna" || m.Department != "support" || m.Written != 6 {
		t.Errorf("it is %+v", m)
	}
}

// Every command in every phase: what the table of moves does not have is refused, with both phases, and changes nothing.
func TestCommandThatThePhaseDoesNotAllowNamesBothPhasesAndChangesNothing(t *testing.T) {
	later := noon.Add(72 * time.Hour)
	ways := map[tickets.Phase][]Command{
		tickets.New: nil, tickets.Opened: {HandOver{Department: "support"}}, tickets.InWork: {TakeOver{}},
		tickets.Waiting: {Wait{For: tickets.ForDate, Until: later}}, tickets.Solved: {SolveIt{Answer: "done"}}, tickets.Done: {ConfirmIt{}},
	}
	for phase, way := range ways {
		for _, x := range []struct {
			c    Command
			move tickets.Move
		}{
			{TakeOver{}, tickets.Take}, {HandOver{Department: "field"}, tickets.Assign}, {Wait{For: tickets.ForVendor, Until: later}, tickets.Await},
			{SolveIt{Answer: "done"}, tickets.Solve}, {RefuseIt{Reason: "no", Alternatives: []string{"ask the landlord"}}, tickets.Refuse},
			{ConfirmIt{}, tickets.Confirm}, {WithdrawIt{}, tickets.Withdraw}, {ReopenIt{Reason: "again"}, tickets.Reopen},
		} {
			f := fresh(t)
			for _, c := range way {
				do(t, f, c, anna)
			}
			if got := f.Matters[own].Phase(); got != phase {
				t.Fatalf("the way to %s leads to %s", phase, got)
			}
			before := f.Matters[own].Fields()
			err := try(f, x.c, anna)
			if x.move.From(phase) {
				if err != nil || f.Matters[own].Phase() != x.move.To() {
					t.Errorf("%s from %s: %v, and it is %s", x.c.Name(), phase, err, f.Matters[own].Phase())
				}
				continue
			}
			var illegal *tickets.TransitionError
			if !errors.As(err, &illegal) || illegal.From != phase || illegal.To != x.move.To() {
				t.Errorf("%s from %s: %v", x.c.Name(), phase, err)
			}
			if diff := cmp.Diff(before, f.Matters[own].Fields()); diff != "" {
				t.Errorf("%s from %s was refused and changed:\n%s", x.c.Name(), phase, diff)
			}
		}
	}
}

func TestRefusalCarriesAReasonAndAnAlternative(t *testing.T) {
	for _, x := range []struct {
		c     RefuseIt
		field string
	}{
		{RefuseIt{Alternatives: []string{"ask the landlord"}}, "reason"},
		{RefuseIt{Reason: "not ours", Alternatives: []string{" ", "\u200b"}}, "alternatives"},
		{RefuseIt{Reason: "not ours"}, "alternatives"},
	} {
		var field *FieldError
		if err := try(fresh(t), x.c, anna); !errors.As(err, &field) || field.Field != x.field {
			t.Errorf("%+v: %v", x.c, err)
		}
	}
}
