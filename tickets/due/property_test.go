package due

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotline/tickets"
	"hotline/tickets/clock"
	"hotline/tickets/life"
)

// random is a ticket that lives through calls and commands in a random order; what is refused changes nothing.
type random struct {
	*story
	dice *rand.Rand
	book *tickets.Book
	at   time.Time
}

var people = []tickets.By{anna, boris, {Kind: tickets.ByPerson, ID: "ivan"}, {Kind: tickets.ByPerson, ID: "olga"}}

func (r *random) call(n int, e tickets.Event) {
	contact := tickets.ContactID("call")
	if n > 0 {
		contact = "another call"
	}
	b := tickets.NewBook()
	if r.book != nil {
		b = r.book
		t := r.f.Ticket
		b.Tickets[own] = &t
	}
	r.book = b
	_ = b.Apply(tickets.Fact{Contact: contact, Channel: tickets.Call{}, N: r.at.UnixMicro(), At: r.at, Own: tickets.MakeNumber(uint64(10_001 + n)), Event: e})
	for _, c := range b.Changes().History {
		if c.Ticket == own {
			r.add([]tickets.Change{c})
		}
	}
	r.f.Ticket = *b.Tickets[own]
}

func (r *random) command(c life.Command) {
	file := &life.File{Matters: map[tickets.Number]*life.Matter{own: &r.f.Matter}, Terms: r.terms.Terms}
	if out, err := life.Do(file, own, c, people[r.dice.IntN(len(people))], r.at); err == nil {
		r.f.Matter = *file.Matters[own]
		r.add(out.History)
	}
}

func (r *random) step() {
	department := []string{"first_line", "support", "field"}[r.dice.IntN(3)]
	soon := r.at.Add(time.Duration(1+r.dice.IntN(3000)) * time.Minute)
	agent := tickets.Agent{ID: people[r.dice.IntN(len(people))].ID}
	switch r.dice.IntN(14) {
	case 0:
		r.call(0, tickets.Routed{Topic: "fault", Department: "support", Ticket: own, Linked: tickets.LinkedNew, Next: soon})
	case 1:
		r.call(0, tickets.Answered{Agent: agent, Next: soon})
	case 2:
		r.call(0, tickets.WrappedUp{Agent: agent, Disposition: tickets.HandedOver, Department: department, Next: soon})
	case 3:
		r.call(0, tickets.WrappedUp{Agent: agent, Disposition: tickets.Resolved, Closes: true})
	case 4:
		r.call(1, tickets.Routed{Topic: "fault", Department: "support", Ticket: own, Linked: tickets.LinkedTyped, Next: soon})
	case 5:
		r.call(1, tickets.Ended{Outcome: tickets.AbandonedInQueue, Next: soon})
	case 6:
		r.command(life.TakeOver{})
	case 7:
		r.command(life.HandOver{Department: department, Next: soon})
	case 8:
		r.command(life.Wait{For: []tickets.Awaited{tickets.ForCustomer, tickets.ForVendor, tickets.ForDate}[r.dice.IntN(3)], Until: soon})
	case 9:
		r.command(life.Resume{})
	case 10:
		r.command(life.SolveIt{Answer: "done"})
	case 11:
		r.command(life.ReopenIt{Reason: "no"})
	case 12:
		r.command(life.ConfirmIt{})
	default:
		r.tend(r.at)
		return
	}
	r.f.Reckon(r.terms, r.at)
}

// Each second of a ticket's life is somebody's, and nobody's while it is closed: whatever calls and commands come, the spells are without gaps
// and add up to the age, and reckoning again changes nothing.
func TestSpellsAddUpToTheAgeWhateverHappens(t *testing.T) {
	lives := 200
	if testing.Short() {
		lives = 60
	}
	for seed := range lives {
		terms := house()
		terms.TellAfter = 2
		r := &random{story: &story{t: t, terms: terms, f: &File{}}, dice: rand.New(rand.NewPCG(uint64(seed), 11)), at: june(t, "1 09:00").UTC()}
		r.call(0, tickets.Arrived{From: "+78005550100", Department: "first_line", Next: r.at.Add(time.Hour)})
		r.f.Reckon(r.terms, r.at)
		var open time.Duration // by the ticket itself
		for range 1 + r.dice.IntN(40) {
			if _, is := r.f.State.(tickets.Open); is {
				before := r.at
				r.at = r.at.Add(time.Duration(r.dice.IntN(2500)) * time.Minute)
				open += r.at.Sub(before)
			} else {
				r.at = r.at.Add(time.Duration(r.dice.IntN(2500)) * time.Minute)
			}
			r.step()
			r.check(seed, open)
			if t.Failed() {
				return
			}
		}
		if fields, err := tickets.Replay(r.history); err != nil || cmp.Diff(r.f.Fields(), fields) != "" {
			t.Fatalf("seed %d: %v\n%s", seed, err, cmp.Diff(r.f.Fields(), fields))
		}
	}
}

func (r *random) check(seed int, open time.Duration) {
	r.t.Helper()
	sum := time.Duration(0)
	for i, s := range r.f.Spells {
		if s.To.IsZero() && i == len(r.f.Spells)-1 {
			s.To = r.at
		}
		if s.To.Before(s.From) || i > 0 && s.From.Before(r.f.Spells[i-1].To) {
			r.t.Errorf("seed %d: spell %d is from %s to %s, after %s", seed, i, s.From, s.To, r.f.Spells[max(i-1, 0)].To)
		}
		sum += s.To.Sub(s.From)
	}
	moments, _ := r.f.moments(r.terms)
	if age := clock.Age(moments, r.at); sum != age || age != open {
		r.t.Errorf("seed %d: the spells add up to %s, the age is %s, and it was open for %s\n%v", seed, sum, age, open, r.f.Spells)
	}
	_, is := r.f.State.(tickets.Open)
	if n := len(r.f.Spells); is != (n > 0 && r.f.Spells[n-1].To.IsZero()) {
		r.t.Errorf("seed %d: a ticket that is %s ends with %+v", seed, r.f.Phase(), r.f.Spells[n-1])
	}
	again := *r.f
	again.Reckon(r.terms, r.at)
	if diff := cmp.Diff(r.f.Kept, again.Kept); diff != "" {
		r.t.Errorf("seed %d: reckoned again it is another:\n%s", seed, diff)
	}
	if is && r.f.Wake.IsZero() {
		r.t.Errorf("seed %d: an open ticket never wakes", seed)
	}
}
