package tickets

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// Two people write the subject at once: nobody's is lost, and who comes second has not seen the other's.
func TestAWrapUpNeverWritesOverASubjectThatTheAgentHasNotSeen(t *testing.T) {
	seen := func(s string) *string { return &s }
	for name, c := range map[string]struct {
		seen          *string
		subject, note string
	}{
		"the one that is there was seen":     {seen("No link since noon"), "No link at all", "rebooted it"},
		"another one was seen":               {seen("No link"), "No link since noon", "No link at all\nrebooted it"},
		"none was seen":                      {seen(""), "No link since noon", "No link at all\nrebooted it"},
		"a page of before that does not say": {nil, "No link at all", "rebooted it"},
	} {
		t.Run(name, func(t *testing.T) {
			b := NewBook()
			first := WrapUp{Call: "c", Agent: Agent{ID: "boris"}, Subject: "No link since noon", SubjectSeen: seen(""), At: noon}
			second := WrapUp{Call: "c", Agent: Agent{ID: "anna"}, Disposition: FollowUpNeeded, Subject: "No link at all", SubjectSeen: c.seen, Note: "rebooted it", At: noon}
			facts := []Fact{{Contact: "c", Channel: Call{}, At: noon, Own: own1, Event: Arrived{}}}
			for i, w := range []WrapUp{first, second} {
				e, err := w.Event(Terms{}.OrUsual())
				if err != nil {
					t.Fatal(err)
				}
				facts = append(facts, Fact{Contact: "c", Channel: Call{}, At: noon, N: int64(i + 1), Event: e})
			}
			for _, f := range facts {
				if err := b.Apply(f); err != nil {
					t.Fatal(err)
				}
			}
			if is, note := b.Tickets[own1].Subject, b.Contacts["c"].Note; is != c.subject || note != c.note {
				t.Errorf("the subject is %q, and the note %q", is, note)
			}
		})
	}
}

// Whatever is typed is kept whole, or refused with the field that is wrong.
func TestAWrapUpIsNeverAnsweredOkAndCut(t *testing.T) {
	for name, c := range map[string]struct {
		note, subject, department string
		next                      time.Duration
		wantNote, wantSubject     string
		refused                   string // what the error says
	}{
		"Russian at its full length":  {note: strings.Repeat("ы", 4000), subject: strings.Repeat("я", 200), wantNote: strings.Repeat("ы", 4000), wantSubject: strings.Repeat("я", 200)},
		"emoji at their full length":  {note: strings.Repeat("😀", 4000), wantNote: strings.Repeat("😀", 4000)},
		"one character too many":      {note: strings.Repeat("ы", 4001), refused: "note is longer than 4000"},
		"a subject that is too long":  {subject: strings.Repeat("я", 201), refused: "subject is longer than 200"},
		"a department too long":       {department: strings.Repeat("d", 257), refused: "department is longer than 256"},
		"blanks around do not count":  {note: "  " + strings.Repeat("ы", 4000) + " \n", wantNote: strings.Repeat("ы", 4000)},
		"blanks alone are nothing":    {note: " \t\n\u00a0", subject: "   ", department: "  "},
		"lines stay lines":            {note: "first\r\nsecond\rthird\tcell", wantNote: "first\nsecond\nthird\tcell"},
		"a NUL and control marks":     {note: "a\x00b\x1b[31mc\x07", wantNote: "a b [31mc"},
		"marks that turn text around": {note: "\u202egnp.exe\u2066x\u2069\ufeff", subject: "\u202eline\ntwo", wantNote: "gnp.exex", wantSubject: "line two"},
		"joiners of an emoji":         {note: "👩\u200d🔧", wantNote: "👩\u200d🔧"},
		"what is no UTF-8":            {note: "a\xff\xfeb", wantNote: "a\ufffdb"},
		"a date that has passed":      {next: -time.Hour, refused: "has passed"},
		"a date of a moment ago":      {next: -time.Minute},
		"a date in the far future":    {next: 3 * 365 * 24 * time.Hour, refused: "more than two years ahead"},
		"a date in a year and a half": {next: 540 * 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			w := WrapUp{Call: "c", Agent: Agent{ID: "anna"}, Disposition: HandedOver, Note: c.note, Subject: c.subject, Department: c.department, At: noon}
			if c.next != 0 {
				w.Next = noon.Add(c.next)
			}
			e, err := w.Event(Terms{}.OrUsual())
			if c.refused != "" {
				if err == nil || !strings.Contains(err.Error(), c.refused) {
					t.Fatalf("answered by %v, not by %q", err, c.refused)
				}
				return
			}
			if err != nil || e.Note != c.wantNote || e.Subject != c.wantSubject {
				t.Fatalf("kept as %q, %q, %v", e.Note, e.Subject, err)
			}
			b := NewBook()
			for _, f := range []Fact{{Contact: "c", Channel: Call{}, At: noon, Own: own1, Event: Arrived{}}, {Contact: "c", Channel: Call{}, At: noon, N: 1, Event: e}} {
				if err := b.Apply(f); err != nil {
					t.Fatalf("answered ok, and then refused: %v", err)
				}
			}
		})
	}
}

const own1 = Number("100004")

// Every wrap-up that is answered "ok" is taken by the book, whatever was typed.
func TestWhateverIsTypedIsRefusedAtOnceOrKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typed := func(name string) string { return string(rapid.SliceOfN(rapid.Byte(), 0, 400).Draw(t, name)) }
		w := WrapUp{Call: "c", Agent: Agent{ID: "anna"}, Note: typed("note"), Subject: typed("subject"), Department: typed("department"), At: noon}
		w.Disposition = rapid.SampledFrom(Dispositions).Draw(t, "disposition").Code
		w.Next = time.Unix(rapid.Int64Range(-1<<40, 1<<40).Draw(t, "next"), 0)
		e, err := w.Event(Terms{}.OrUsual())
		if err != nil {
			return
		}
		fact, err := Fact{Contact: "c", Channel: Call{}, At: noon, N: 1, Own: own1, Event: e}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		f, err := DecodeFact(fact)
		if err != nil || f.Event != Event(e) && !utf8.ValidString(e.Note) {
			t.Fatalf("read back as %+v, %v", f, err)
		}
		if err := NewBook().Apply(f); err != nil {
			t.Fatalf("answered ok, and then refused: %v", err)
		}
	})
}

func TestALaterWrapUpTakesNoNoteAndNoRecordingAway(t *testing.T) {
	b := NewBook()
	n := int64(0)
	apply := func(e Event) {
		t.Helper()
		n++
		if err := b.Apply(Fact{Contact: "c", Channel: Call{}, At: noon.Add(time.Duration(n) * time.Minute), N: n, Own: own1, Event: e}); err != nil {
			t.Fatal(err)
		}
	}
	anna := Agent{ID: "anna"}
	apply(Recorded{"c1"})
	apply(WrappedUp{Agent: anna, Disposition: FollowUpNeeded, Note: "calls in the evening"})
	apply(WrappedUp{Agent: anna, Disposition: Resolved, Closes: true})
	if c := b.Contacts["c"]; c.Note != "calls in the evening" || !slices.Equal(c.Recordings, []string{"c1"}) {
		t.Errorf("the contact is %+v", c)
	}
}

// An older Hotline wrote where a recording is into the note. Of what people type nothing is taken for a recording of another call.
func TestRecordingsInANoteOfBeforeAreTheContacts(t *testing.T) {
	c := Contact{ID: "c1", Note: "calls in the evening\nrecording: c1.k-4\nrecording: c2.k-4\nrecording: ../secret\nrecording: c1.k-5", Recordings: []string{"c1.k-5"}}
	c.TakeRecordings()
	if want := "calls in the evening\nrecording: c2.k-4\nrecording: ../secret"; c.Note != want || !slices.Equal(c.Recordings, []string{"c1.k-5", "c1.k-4"}) {
		t.Errorf("the contact is %+v", c)
	}
	c = Contact{ID: "c1", Note: "recording: c1.k-4"}
	c.TakeRecordings()
	if c.Note != "" || len(c.Recordings) != 1 {
		t.Errorf("the contact is %+v", c)
	}
}

func TestADateAtTheEndOfTheCalendarBreaksNoTicket(t *testing.T) {
	end := time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -12*3600))
	if _, err := (WrapUp{Call: "c", Agent: Agent{ID: "anna"}, Disposition: FollowUpNeeded, Next: end, At: noon}).Event(Terms{}); !errors.Is(err, ErrNextFar) {
		t.Errorf("such a date is answered by %v", err)
	}
	b := NewBook() // what an older version took stands in facts
	if err := b.Apply(Fact{Contact: "c", Channel: Call{}, At: noon, N: 1, Own: own1, Event: WrappedUp{Agent: Agent{ID: "anna"}, Disposition: FollowUpNeeded, Next: end}}); err != nil {
		t.Fatal(err)
	}
	if text, err := json.Marshal(b.Tickets[own1].Summary()); err != nil {
		t.Errorf("the ticket cannot be shown: %v (%s)", err, text)
	}
}

// What an agent has typed and not decided on is kept, also where the clock was faster, and takes the ticket from nobody.
func TestANoteWithoutADispositionIsKeptAndMovesNothing(t *testing.T) {
	for name, before := range map[string][]WrappedUp{
		"the clock is late":  nil,
		"the clock is first": {{Agent: Agent{ID: "anna"}}},
		"and comes again":    {{Agent: Agent{ID: "anna"}}, {Agent: Agent{ID: "anna"}}},
	} {
		t.Run(name, func(t *testing.T) {
			b := NewBook()
			n := int64(0)
			apply := func(e Event) {
				t.Helper()
				if err := b.Apply(Fact{Contact: "c", Channel: Call{}, At: noon, N: n, Own: own1, Event: e}); err != nil {
					t.Fatal(err)
				}
				n++
			}
			apply(Arrived{Department: "support", Next: noon.Add(time.Hour)})
			was := *b.Tickets[own1]
			for _, e := range before {
				apply(e)
			}
			apply(WrappedUp{Agent: Agent{ID: "anna"}, Note: "asked how it stands", Subject: "Router"})
			apply(WrappedUp{Agent: Agent{ID: "anna"}}) // the clock's, which knows less
			is := *b.Tickets[own1]
			if is.State != was.State {
				t.Errorf("the ticket was %+v and is %+v", was.State, is.State)
			}
			if c := b.Contacts["c"]; c.Note != "asked how it stands" || is.Subject != "Router" {
				t.Errorf("the note is %q, the subject %q", c.Note, is.Subject)
			}
		})
	}
}
