package tickets

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// course is a call to which facts happen, a minute after the other.
type course struct {
	*testing.T
	book  *Book
	facts []Fact
}

func newCourse(t *testing.T) *course {
	c := &course{T: t, book: NewBook()}
	c.happens(Arrived{From: "+79000000001", To: "+78005550100", Department: "first_line", Next: noon.Add(time.Hour)})
	return c
}

func (c *course) happens(e Event) {
	c.Helper()
	f := Fact{Contact: "c1", Channel: Call{}, At: c.minute(len(c.facts)), Own: MakeNumber(7), Event: e, N: int64(len(c.facts))}
	if err := c.book.Apply(f); err != nil {
		c.Fatalf("%s: %v", e.Kind(), err)
	}
	c.facts = append(c.facts, f)
}

func (c *course) minute(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

// talked tells the talks in minutes: "anna 1-2".
func (c *course) talked() (all []string) {
	of := c.book.Contacts["c1"]
	for _, t := range of.Talks {
		all = append(all, fmt.Sprintf("%s %v-%v", t.Agent.ID, t.From.Sub(noon).Minutes(), orAt(t.To, of.EndedAt).Sub(noon).Minutes()))
	}
	return all
}

var anna, boris, clara = Agent{ID: "anna", Name: "Anna"}, Agent{ID: "boris", Name: "Boris"}, Agent{ID: "clara", Name: "Clara"}

// TestACallThatIsPassedOnIsATalkOfEachWithTheNotesOfAll: the talk time is that of the talks, and not of the waits between them.
func TestACallThatIsPassedOnIsATalkOfEachWithTheNotesOfAll(t *testing.T) {
	c := newCourse(t)
	c.happens(Answered{Agent: anna})                                                               // 1
	c.happens(Transferred{Agent: anna, Since: c.minute(1), Note: "wants the bill"})                // 2
	c.happens(WrappedUp{Agent: anna, Note: "has moved to Tver", SentOn: true})                     // 3
	c.happens(Answered{Agent: boris})                                                              // 4
	c.happens(Answered{Agent: boris})                                                              // 5: found by a restart
	c.happens(ConnectionLost{By: AgentsSide, Agent: boris})                                        // 6
	c.happens(Answered{Agent: clara})                                                              // 7
	c.happens(Ended{Outcome: Served})                                                              // 8
	c.happens(WrappedUp{Agent: boris, Note: "my phone died", SentOn: true})                        // 9
	c.happens(WrappedUp{Agent: clara, Note: "sent the bill", Disposition: Resolved, Closes: true}) // 10
	c.happens(WrappedUp{Agent: anna, Note: "has moved to Tver, flat 5", SentOn: true})             // 11: the late one of who was first
	of := c.book.Contacts["c1"]
	if got := c.talked(); !slices.Equal(got, []string{"anna 1-2", "boris 4-7", "clara 7-8"}) {
		t.Errorf("the talks are %v", got)
	}
	if of.Note != "wants the bill\nhas moved to Tver, flat 5\nmy phone died\nsent the bill" {
		t.Errorf("noted is %q", of.Note)
	}
	if talk, some := of.TalkTime(); !some || talk != 5*time.Minute || len(of.Agents()) != 3 || of.Agent != clara {
		t.Errorf("they talked for %s, and it were %+v", talk, of.Agents())
	}
	if again := TalksOf(c.facts); len(again) != 3 || again[1].Agent != boris || again[2].To != (time.Time{}) {
		t.Errorf("the facts tell %+v", again)
	}
}

// TestWorkThatIsFiledTwiceKeepsBothNotes and who passed a call on decides nothing about it, also when the call is known no more.
func TestWorkThatIsFiledTwiceKeepsBothNotes(t *testing.T) {
	c := newCourse(t)
	c.happens(Answered{Agent: anna})
	c.happens(Ended{Outcome: Served})
	for _, note := range []string{"paid on Monday", "wants a receipt", "paid on Monday", "paid on Monday\nwants a receipt by mail"} {
		c.happens(WrappedUp{Agent: anna, Note: note, Disposition: FollowUpNeeded})
	}
	if of := c.book.Contacts["c1"]; of.Note != "paid on Monday\nwants a receipt by mail" {
		t.Errorf("noted is %q", of.Note)
	}
	c = newCourse(t)
	c.happens(Answered{Agent: anna})
	c.happens(Transferred{Agent: anna, Since: c.minute(1)})
	c.happens(Answered{Agent: boris, Next: c.minute(1000)})
	c.happens(Ended{Outcome: Served})
	c.happens(WrappedUp{Agent: anna, Note: "late", Disposition: Resolved, Closes: true})
	of, ticket := c.book.Contacts["c1"], c.book.Tickets[MakeNumber(7)]
	if s, open := ticket.State.(Open); !open || s.Owner() != Person("boris") || of.Disposition != Undisposed || of.Note != "late" {
		t.Errorf("anna has decided about %+v: %+v", ticket.State, of)
	}
}

// TestWhoWasAskedIsOfTheCallToo: a colleague who answered when they were asked is named once, but not beside the talks where they have the caller
// before or after it.
func TestWhoWasAskedIsOfTheCallToo(t *testing.T) {
	c := newCourse(t)
	asked := func(who Agent, answered bool, how string) Consulted {
		e := Consulted{Agent: anna, With: who, Rang: c.minute(1), How: how}
		if answered {
			e.Answered = c.minute(2)
		}
		return e
	}
	who := func() (all []string) {
		for _, t := range c.book.Contacts["c1"].Asked {
			all = append(all, t.Agent.ID)
		}
		return all
	}
	c.happens(Answered{Agent: anna})
	c.happens(asked(boris, false, "declined"))
	c.happens(asked(Agent{}, true, ConsultTakenBack)) // somebody outside
	if got := who(); got != nil {
		t.Errorf("asked were %q before anybody answered", got)
	}
	c.happens(asked(boris, true, ConsultTakenBack))
	c.happens(asked(boris, true, ConsultOver))
	c.happens(asked(clara, true, ConsultPassed))
	if got := who(); !slices.Equal(got, []string{"boris", "clara"}) {
		t.Errorf("asked were %q", got)
	}
	c.happens(Answered{Agent: clara})
	c.happens(asked(anna, true, ConsultTakenBack)) // who had the caller is asked by who has
	if got, of := who(), c.book.Contacts["c1"]; !slices.Equal(got, []string{"boris"}) || len(of.Agents()) != 2 || len(of.Talks) != 2 {
		t.Errorf("asked were %q, and it were %+v", got, of.Agents())
	}
	c.happens(Answered{Agent: boris})
	if got := c.book.Contacts["c1"].Asked; got != nil {
		t.Errorf("asked were %+v after all of them had the caller", got)
	}
}

// TestANoteIsAddedToWhatItsAgentHasNotedBefore: whoever has passed the caller on, and whoever has them last; what says the same again is there once.
func TestANoteIsAddedToWhatItsAgentHasNotedBefore(t *testing.T) {
	c := newCourse(t)
	c.happens(Answered{Agent: anna})
	c.happens(Transferred{Agent: anna, Since: c.minute(1)})
	c.happens(Answered{Agent: boris, Next: c.minute(1000)})
	c.happens(Ended{Outcome: Served})
	for _, note := range []string{"wants the bill", "has moved", "has moved", "wants the bill\nhas moved to Tver"} {
		c.happens(WrappedUp{Agent: anna, Note: note, SentOn: true})
	}
	c.happens(WrappedUp{Agent: boris, Note: "sent it"})
	c.happens(WrappedUp{Agent: boris, Note: "by mail"})
	c.happens(WrappedUp{Agent: boris, Note: "is content", Disposition: Resolved, Closes: true})
	if of := c.book.Contacts["c1"]; of.Note != "wants the bill\nhas moved to Tver\nsent it\nby mail\nis content" {
		t.Errorf("noted is %q", of.Note)
	}
}

// TestANoteThatIsAPartOfALineSaysAnotherThing: nothing of it is lost, of one agent and of several, until there is too much of it.
func TestANoteThatIsAPartOfALineSaysAnotherThing(t *testing.T) {
	c := newCourse(t)
	c.happens(Answered{Agent: anna})
	c.happens(Ended{Outcome: Served})
	for _, note := range []string{"unpaid", "paid", "paid", "unpaid"} {
		c.happens(WrappedUp{Agent: anna, Note: note})
	}
	if of := c.book.Contacts["c1"]; of.Note != "unpaid\npaid" {
		t.Errorf("noted is %q", of.Note)
	}
	for i := range 8 {
		c.happens(WrappedUp{Agent: anna, Note: strings.Repeat(string(rune('a'+i)), LongestNote)})
	}
	if n := len(c.book.Contacts["c1"].Note); n != longestNotes {
		t.Errorf("%d characters are kept", n)
	}
	c = newCourse(t)
	c.happens(Answered{Agent: anna})
	c.happens(Transferred{Agent: anna, Since: c.minute(1), Note: "paid"})
	c.happens(WrappedUp{Agent: anna, Note: "unpaid", SentOn: true})
	c.happens(WrappedUp{Agent: anna, Note: "paid the rest", SentOn: true})
	if of := c.book.Contacts["c1"]; of.Note != "paid\nunpaid\npaid the rest" {
		t.Errorf("of two noted is %q", of.Note)
	}
}

// TestWhatACallerIsAskedAfterATalkIsNoPartOfIt: of a call of one agent it is kept when their talk was over.
func TestWhatACallerIsAskedAfterATalkIsNoPartOfIt(t *testing.T) {
	c := newCourse(t)
	c.happens(Answered{Agent: anna})                       // 1
	c.happens(Consulted{Agent: anna, With: boris})         // 2
	c.happens(Surveyed{Agent: anna, Mark: 4, Of: 5})       // 3
	c.happens(Ended{Outcome: Served, Talked: c.minute(2)}) // 4
	c.happens(WrappedUp{Agent: anna, Note: "paid"})        // 5
	c.happens(WrappedUp{Agent: anna, Note: "paid", Disposition: Resolved, Closes: true})
	of := c.book.Contacts["c1"]
	if talk, some := of.TalkTime(); !some || talk != time.Minute || !slices.Equal(c.talked(), []string{"anna 1-2"}) || of.Note != "paid" || len(of.Agents()) != 1 || of.Disposition != Resolved {
		t.Errorf("they talked for %s, %v, and the contact is %+v", talk, c.talked(), of)
	}
	c = newCourse(t)
	c.happens(Answered{Agent: anna})                                             // 1
	c.happens(Transferred{Agent: anna, Since: c.minute(1)})                      // 2
	c.happens(Answered{Agent: boris})                                            // 3
	c.happens(Ended{Outcome: Served, Talked: c.minute(3).Add(20 * time.Second)}) // 4
	of = c.book.Contacts["c1"]
	if talk, _ := of.TalkTime(); talk != 80*time.Second {
		t.Errorf("two of them talked for %s, %v", talk, c.talked())
	}
}

func TestACallOfOneAgentHasNoTalksToTell(t *testing.T) {
	c := newCourse(t)
	c.happens(Answered{Agent: anna})
	c.happens(Answered{Agent: anna})
	c.happens(Ended{Outcome: Served})
	c.happens(WrappedUp{Agent: anna, Note: "first"})
	c.happens(WrappedUp{Agent: anna, Note: "second", Disposition: Resolved, Closes: true})
	of := c.book.Contacts["c1"]
	if talk, _ := of.TalkTime(); of.Talks != nil || of.Note != "first\nsecond" || talk != 2*time.Minute {
		t.Errorf("the contact is %+v", of)
	}
}
