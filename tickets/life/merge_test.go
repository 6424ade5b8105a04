package life

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotline/tickets"
)

var (
	second = tickets.MakeNumber(10_002)
	third  = tickets.MakeNumber(10_003)
)

// several is a file with three new tickets, of which the first is the one to which commands go.
func several(t *testing.T) *File {
	t.Helper()
	f := fresh(t)
	for _, n := range []tickets.Number{second, third} {
		m := f.Matters[own].Clone()
		m.Number, m.Version = n, 0
		tickets.Record(nil, &m.Ticket, tickets.Change{At: noon, Kind: "opened"}, m.Fields())
		f.Matters[n] = m
	}
	return f
}

// to does a command to a ticket.
func to(t *testing.T, f *File, n tickets.Number, c Command) Outcome {
	t.Helper()
	out, err := Do(f, n, c, anna, noon.Add(time.Hour))
	if err != nil {
		t.Fatalf("%s of %s: %v", c.Name(), n, err)
	}
	return out
}

func TestMergeIsUndoneToWhatWasBefore(t *testing.T) {
	f := several(t)
	to(t, f, own, HandOver{Department: "support"})
	to(t, f, own, TakeOver{Next: soon})
	to(t, f, own, Wait{For: tickets.ForVendor, Until: soon})
	to(t, f, own, AddPart{Department: "billing", What: "what", Due: soon})
	to(t, f, own, AddPart{Department: "field", What: "when", Due: soon})
	to(t, f, own, Promised{What: "a call", Due: soon})
	to(t, f, own, AskVendor{Vendor: "cables", What: "mend"})
	to(t, f, second, AddPart{Department: "cable", What: "why", Due: soon})
	to(t, f, second, Plan{Next: soon.Add(time.Hour)})
	before := f.Matters[own].Fields()

	out := to(t, f, own, Merge{Into: second, Note: "the same"})
	one, other := f.Matters[own], f.Matters[second]
	if c, closed := one.State.(tickets.Closed); !closed || c.Disposition != tickets.ByMerge || one.Into != second {
		t.Errorf("the merged one is %+v", one)
	}
	if len(other.Parts) != 3 || other.Parts[1].What != "what" || other.Parts[1].N != 2 || len(other.Promises) != 1 || len(other.Vendors) != 1 {
		t.Errorf("what is open did not go along: %+v", other)
	}
	for _, p := range one.Parts {
		if p.open() {
			t.Errorf("part %d is to be answered twice", p.N)
		}
	}
	if p := one.Promises[0]; p.State != PromiseWithdrawn || !p.WentOn || other.Promises[0].WentOn {
		t.Errorf("the promise that went on is %+v here, and %+v there", p, other.Promises[0])
	}
	if next := other.State.(tickets.Open).Next(); !next.Equal(soon) {
		t.Errorf("who waited until %s waits until %s", soon, next)
	}
	if len(out.Moved) != 1 || out.Second[own] != second || len(out.History) != 2 || out.History[0].Details["into"] != string(second) || out.History[1].Details["merged"] != string(own) {
		t.Errorf("a merge is %+v", out)
	}

	to(t, f, second, AnswerPart{N: 2, Answer: "this"})
	to(t, f, second, MovePromise{N: 1, Due: soon.Add(time.Hour), Told: true})
	out = to(t, f, own, Unmerge{})
	one, other = f.Matters[own], f.Matters[second]
	after := one.Fields()
	if after["part.1"] == before["part.1"] || one.Parts[0].State != PartWithdrawn || other.Parts[1].State != PartAnswered {
		t.Errorf("a part that was answered meanwhile: %+v, %+v", one.Parts[0], other.Parts[1])
	}
	if p := one.Promises[0]; p.WentOn || !other.Promises[0].WentOn || !p.open() || !p.Due.Equal(soon.Add(time.Hour)) || p.Moved != 1 || other.Promises[0].State != PromiseWithdrawn {
		t.Errorf("a promise that was moved meanwhile: %+v, %+v", p, other.Promises[0])
	}
	for _, field := range []string{"part.1", "promise.1"} {
		delete(before, field)
		delete(after, field)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("-before the merge +after it was undone:\n%s", diff)
	}
	if first, is := out.Second[own]; !is || first != "" || !out.Moved[0].Back {
		t.Errorf("undone, it is %+v", out)
	}
}

func TestMergeRefusesWhatNobodyCouldWant(t *testing.T) {
	for name, x := range map[string]struct {
		first func(*File)
		c     Command
		want  error
		field string
	}{
		"into itself":          {c: Merge{Into: own}, field: "into"},
		"into nothing":         {c: Merge{}, field: "into"},
		"into no number":       {c: Merge{Into: "12x"}, field: "into"},
		"into nobody's":        {c: Merge{Into: tickets.MakeNumber(99_999)}, field: "into"},
		"into a closed one":    {func(f *File) { to(t, f, second, WithdrawIt{}) }, Merge{Into: second}, ErrClosed, ""},
		"into a merged one":    {func(f *File) { to(t, f, second, Merge{Into: third}) }, Merge{Into: second}, ErrMerged, ""},
		"a merged one":         {func(f *File) { to(t, f, own, Merge{Into: third}) }, Merge{Into: second}, ErrMerged, ""},
		"a closed one":         {func(f *File) { to(t, f, own, WithdrawIt{}) }, Merge{Into: second}, tickets.ErrTransition, ""},
		"of another customer":  {func(f *File) { f.Matters[own].Customer, f.Matters[second].Customer = "a", "b" }, Merge{Into: second}, ErrOtherCustomer, ""},
		"into a part of it":    {func(f *File) { to(t, f, second, SetParent{Parent: own}) }, Merge{Into: second}, nil, "into"},
		"what is not merged":   {c: Unmerge{}, want: ErrNotMerged},
		"from a merged one":    {func(f *File) { to(t, f, own, Merge{Into: second}); to(t, f, second, Merge{Into: third}) }, Unmerge{}, ErrMerged, ""},
		"a note to a merged":   {func(f *File) { to(t, f, own, Merge{Into: second}) }, AddNote{Text: "x"}, ErrMerged, ""},
		"an incident circle":   {func(f *File) { to(t, f, second, SetParent{Parent: third}); to(t, f, third, SetParent{Parent: own}) }, SetParent{Parent: second}, ErrCircle, ""},
		"its own incident":     {c: SetParent{Parent: own}, field: "parent"},
		"no incident":          {c: ClearParent{}, want: ErrNothing},
		"a link twice":         {func(f *File) { to(t, f, own, Tie{Other: second}) }, Tie{Other: second}, ErrNothing, ""},
		"a link of no kind":    {c: Tie{Other: second, Kind: "friend"}, field: "kind"},
		"no link":              {c: Untie{Other: second}, want: ErrNothing},
		"a split of nothing":   {c: Split{Subject: "x"}, field: "contacts"},
		"a split with nothing": {c: Split{Subject: "x", Contacts: []tickets.ContactID{"c1"}}, want: ErrNoNumber},
	} {
		f := several(t)
		if x.first != nil {
			x.first(f)
		}
		before := f.Matters[second].Fields()
		_, err := Do(f, own, x.c, anna, noon.Add(2*time.Hour))
		var field *FieldError
		if x.want != nil && !errors.Is(err, x.want) || x.field != "" && (!errors.As(err, &field) || field.Field != x.field) {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(before, f.Matters[second].Fields()); diff != "" {
			t.Errorf("%s was refused and changed:\n%s", name, diff)
		}
	}
	f := several(t)
	f.Matters[own].Customer, f.Matters[second].Customer = "a", "b"
	to(t, f, own, Merge{Into: second, Force: true})
}

func TestMergeNamesACustomerAndUndoneTakesThemBack(t *testing.T) {
	f := several(t)
	f.Matters[own].Customer = "ivan"
	to(t, f, own, Merge{Into: second})
	if f.Matters[second].Customer != "ivan" {
		t.Error("nobody knows whose ticket it is")
	}
	to(t, f, own, Unmerge{})
	if f.Matters[second].Customer != "" {
		t.Error("the ticket of somebody else stays Ivan's")
	}
}

// After an erasure the history says nothing of how it was, and the ticket is a department's again.
func TestMergeWhoseHistoryIsErasedIsUndoneToADepartment(t *testing.T) {
	f := several(t)
	to(t, f, own, TakeOver{})
	to(t, f, own, Merge{Into: second})
	f.Matters[own].Join = nil
	to(t, f, own, Unmerge{})
	if o := f.Matters[own].State.(tickets.Open); o.Owner() != tickets.Department("first_line") {
		t.Errorf("it is %+v", o)
	}
}

func TestSplitOpensALinkedTicketAndMergingItBackUndoesIt(t *testing.T) {
	f := several(t)
	f.Fresh, f.Matters[own].Customer, f.Matters[own].Topic = []tickets.Number{tickets.MakeNumber(20_001)}, "ivan", "billing"
	out := to(t, f, own, Split{Contacts: []tickets.ContactID{"c2", "c2"}, Subject: "another matter", Topic: "fault"})
	n := tickets.MakeNumber(20_001)
	m := f.Matters[n]
	if m == nil || m.Customer != "ivan" || m.Department != "fault" || m.Phase() != tickets.Opened || m.Version != 1 || m.Links[0] != (Link{own, SplitFrom, noon.Add(time.Hour)}) || f.Matters[own].Links[0].Kind != SplitOff {
		t.Fatalf("it opened %+v", m)
	}
	if diff := cmp.Diff([]Moved{{From: own, To: n, Contacts: []tickets.ContactID{"c2"}}}, out.Moved); diff != "" {
		t.Error(diff)
	}
	to(t, f, n, Merge{Into: own})
	if f.Matters[n].Into != own {
		t.Error("it does not go back")
	}
}

func TestTicketThatIsSplitOffHasBeenWaitedForSinceItsFirstContact(t *testing.T) {
	f := several(t)
	n := tickets.MakeNumber(20_001)
	f.Fresh, f.Asked = []tickets.Number{n}, map[tickets.Number]bool{own: true}
	split := Split{Contacts: []tickets.ContactID{"c2", "c3", "gone"}, Subject: "another matter"}
	_, err := Do(f, own, split, anna, noon)
	var needs *NeedsError
	if !errors.As(err, &needs) || len(needs.Contacts) != 3 {
		t.Fatalf("of contacts that were not asked for: %v", err)
	}
	f.Came = map[tickets.ContactID]time.Time{"c2": noon.Add(-2 * time.Hour), "c3": noon.Add(-3 * time.Hour), "gone": {}}
	out := to(t, f, own, split)
	if m := f.Matters[n]; !m.OpenedAt.Equal(noon.Add(-3 * time.Hour)) {
		t.Errorf("it was opened at %s", m.OpenedAt)
	}
	for _, line := range out.History {
		if came, late := tickets.Came(line); late != (line.Ticket == n) || late && !came.Equal(noon.Add(-3*time.Hour)) {
			t.Errorf("the history of %s says that it came at %s", line.Ticket, came)
		}
	}
}

func TestStoreIsAskedForTicketsThatACommandTurnsOutToNeed(t *testing.T) {
	f := several(t)
	to(t, f, own, Merge{Into: second})
	f.Asked = map[tickets.Number]bool{own: true}
	delete(f.Matters, second)
	var more *NeedsError
	if _, err := Do(f, own, Unmerge{}, anna, noon); !errors.As(err, &more) || len(more.Numbers) != 1 || more.Numbers[0] != second {
		t.Errorf("%v", err)
	}
}
