package tickets

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"
	"time"
)

func TestNoTicketIsKeptOpenWithoutAnOwnerAndADate(t *testing.T) {
	for name, c := range map[string]struct {
		owner Owner
		next  time.Time
		want  error
	}{
		"nobody":                        {nil, noon, ErrNoOwner},
		"a person without a name":       {Person(""), noon, ErrNoOwner},
		"a department of spaces":        {Department("  "), noon, ErrNoOwner},
		"what the database takes, too":  {Department("\t"), noon, nil},
		"a no-break space":              {Department("\u00a0"), noon, nil},
		"no date":                       {Person("olga"), time.Time{}, ErrNoNextDate},
		"a person, who knows when":      {Person("olga"), noon, nil},
		"a department, which knows too": {Department("billing"), noon, nil},
	} {
		if _, err := KeepOpen(c.owner, c.next, FollowUp); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// A literal with fields would be a second way to an open ticket. KeepOpen has the only one.
func TestOpenIsMadeByKeepOpenAlone(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, name := range files {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			ast.Inspect(d, func(n ast.Node) bool {
				if l, ok := n.(*ast.CompositeLit); ok && len(l.Elts) > 0 {
					if kind, ok := l.Type.(*ast.Ident); ok && kind.Name == "Open" {
						function, _ := d.(*ast.FuncDecl)
						if function == nil || function.Name.Name != "KeepOpen" {
							found = append(found, set.Position(l.Pos()).String())
						}
					}
				}
				return true
			})
		}
	}
	if len(found) > 0 {
		t.Errorf("an open state is made at %v", found)
	}
}

func TestFactThatWouldLeaveATicketWithoutAnOwnerIsRefusedAndChangesNothing(t *testing.T) {
	own := MakeNumber(10_001)
	fact := func(n int64, e Event) Fact {
		return Fact{Contact: "c1", Channel: Call{}, N: n, At: noon, Own: own, Event: e}
	}
	b := NewBook()
	if err := b.Apply(fact(0, Arrived{Department: " "})); !errors.Is(err, ErrRefused) || !errors.Is(err, ErrNoOwner) {
		t.Errorf("a first fact: %v", err)
	}
	if len(b.Contacts)+len(b.Tickets)+len(b.Contacted)+len(b.Seen) != 0 {
		t.Errorf("after it the book holds %+v", b)
	}
	if err := b.Apply(fact(0, Arrived{})); err != nil {
		t.Fatal(err)
	}
	b.Changes()
	for name, e := range map[string]Event{
		"queued":     Queued{Queue: "billing", Department: " "},
		"routed":     Routed{Topic: "billing", Department: " ", Ticket: own},
		"broken off": Ended{Outcome: AbandonedInQueue, Department: " "},
		"wrap-up":    WrappedUp{Agent: Agent{ID: " "}, Disposition: FollowUpNeeded, Note: "note", Subject: "subject"},
		"hand-over":  WrappedUp{Disposition: HandedOver, Department: " ", Note: "note", Subject: "subject"},
	} {
		contact, ticket := *b.Contacts["c1"], *b.Tickets[own]
		if err := b.Apply(fact(1, e)); !errors.Is(err, ErrRefused) || !errors.Is(err, ErrNoOwner) {
			t.Errorf("%s: %v", name, err)
		}
		if c := *b.Contacts["c1"]; c.Note != contact.Note || c.Queue != contact.Queue || c.Topic != contact.Topic || c.Outcome != contact.Outcome {
			t.Errorf("%s: the contact is %+v", name, c)
		}
		if got := *b.Tickets[own]; got != ticket || len(b.Changes().Facts) != 0 {
			t.Errorf("%s: the ticket is %+v", name, got)
		}
	}
}
