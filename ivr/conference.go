package ivr

import (
	"context"
	"errors"
	"slices"
	"time"

	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

// A talk of more than three. Who was asked and joined to the talk (see asked.go) is a guest in it, and the agent may invite further ones:
//
//	talk ─ Consult ─► asked ─ Join ─► a guest ─ Consult ─► rings, and all talk on ─ answers ─► two guests ─ … ─► three
//
// The first is asked alone, with the caller on hold. Whoever is asked after that is invited: nobody is put on hold for them, and who answers
// is heard by all at once, as the note on their page has told them what it is about. There are five in a talk at most, the caller, the agent
// and three guests; supervisors are not counted.
//
// The agent lets one guest go (Drop), all of them (TakeBack), or leaves them with the caller (Complete, or by hanging up): the talk is then that
// of the first colleague among them, or of the first at a number outside where there is none, and the others stay guests in it. Where the caller hangs up the
// others talk on, as long as the agent and one of them are there; whose phone rings yet is invited no more. Who was asked
// alone can be turned to again (Swap) as long as they are the only guest.

// mostInTalk is how many may be in a talk, without supervisors.
const mostInTalk = 5

var (
	// ErrFull says that as many are in the talk, or invited to it, as may be.
	ErrFull = errors.New("as many are in this talk as may be")
	// ErrSeveral says that nobody can be turned to alone in a talk with several guests.
	ErrSeveral = errors.New("several guests are in this talk")
	// ErrThere says that whom an agent would invite is a guest in the talk already.
	ErrThere = errors.New("they are in this talk already")
	// ErrNotThere says that nobody like that is a guest in the talk, or invited to it.
	ErrNotThere = errors.New("they are not in this talk")
)

// Guest is a guest in a talk, as pages show it.
type Guest struct {
	ID     string // to let them go by: an agent's id, or the number
	Who    string // the colleague's name; "" is somebody outside
	Number string // outside
	Since  time.Time
}

// key is what a guest is known by.
func (a *asked) key() string {
	if a.id == "" {
		return a.Number.Key()
	}
	return string(a.offer.Offer.Agent)
}

// isGuest reports whether whom an agent would ask is a guest already: guests are known by their key, and one call each is sent to their number.
func (s *script) isGuest(c Consult) bool {
	key := c.Number.Key()
	switch {
	case c.Queue != "":
		return false
	case c.Agent != "":
		key = string(c.Agent)
	}
	return slices.ContainsFunc(s.guests, func(g *asked) bool { return g.key() == key })
}

// consults reports whether somebody is asked in the talk, or was and is a guest in it.
func (s *script) consults() bool { return s.asked != nil || len(s.guests) > 0 }

// wasAsked reports whether a party is in the talk because they were asked.
func (s *script) wasAsked(p *telephony.Party) bool {
	return s.asked != nil && s.asked.party == p || s.guest(p) != nil
}

// guest is the guest who a party is; nil where they are none.
func (s *script) guest(p *telephony.Party) *asked {
	if i := slices.IndexFunc(s.guests, func(g *asked) bool { return g.party == p }); i >= 0 {
		return s.guests[i]
	}
	return nil
}

// becomesGuest makes a guest of who was asked. It is for before the note.
func (s *script) becomesGuest(a *asked) {
	s.asked, s.guests = nil, append(slices.Clone(s.guests), a)
	if a.joined.IsZero() {
		a.joined = time.Now()
	}
}

// forget takes somebody out of those who are asked, or are guests.
func (s *script) forget(a *asked) {
	if s.asked == a {
		s.asked = nil
	}
	s.guests = slices.DeleteFunc(slices.Clone(s.guests), func(g *asked) bool { return g == a })
}

// allAsked are the guests, and who is asked.
func (s *script) allAsked() []*asked {
	all := slices.Clone(s.guests)
	if s.asked != nil {
		all = append(all, s.asked)
	}
	return all
}

// parties are those of guests.
func parties(guests []*asked) (all []*telephony.Party) {
	for _, g := range guests {
		all = append(all, g.party)
	}
	return all
}

// heir is the guest whose talk it is when the agent leaves; nil where there is no guest.
func (s *script) heir() *asked {
	if i := slices.IndexFunc(s.guests, func(g *asked) bool { return g.id != "" }); i >= 0 {
		return s.guests[i]
	}
	if len(s.guests) > 0 {
		return s.guests[0]
	}
	return nil
}

// Drop lets a guest go, or no longer invites them: an agent by their id, somebody outside by their number.
func (l *Line) Drop(ctx context.Context, id telephony.CallID, of queues.AgentID, who string) error {
	return l.meanwhile(ctx, id, of, func(s *script, ctx context.Context, v *telephony.Conversation) error {
		if a := s.asked; a != nil && a.party == nil && len(s.guests) > 0 && a.key() == who {
			s.endAsked(ctx, v, a, string(queues.OfferWasRevoked))
			s.forgetAsked()
			return nil
		}
		i := slices.IndexFunc(s.guests, func(g *asked) bool { return g.key() == who })
		if i < 0 {
			return ErrNotThere
		}
		g, now := s.guests[i], v.Now()
		wanted := telephony.Arrangement{Music: now.Music}
		for _, p := range now.In {
			if p != g.party {
				wanted.In = append(wanted.In, p)
			}
		}
		for _, p := range now.Beside {
			if p != g.party {
				wanted.Beside = append(wanted.Beside, p)
			}
		}
		if err := v.Bring(ctx, wanted); err != nil {
			return err
		}
		s.endAsked(ctx, v, g, tickets.ConsultSentAway)
		s.forgetAsked()
		return nil
	})
}

// leaveToGuests leaves the caller and the guests together: whose phone rings yet is invited no more.
func (s *script) leaveToGuests(ctx context.Context, v *telephony.Conversation) error {
	if s.asked != nil {
		s.endAsked(ctx, v, s.asked, string(queues.OfferWasRevoked))
	}
	return s.pass(ctx, v, s.heir())
}

// endGuests ends what is told of all who were asked and are there yet, in a talk that is over.
func (s *script) endGuests(ctx context.Context, v *telephony.Conversation) {
	for s.asked != nil {
		s.endAsked(ctx, v, s.asked, tickets.ConsultOver)
	}
	for len(s.guests) > 0 {
		s.endAsked(ctx, v, s.guests[0], tickets.ConsultOver)
	}
}

// guestNotes is what the note keeps of guests.
func guestNotes(guests []*asked) (all []askedNote) {
	for _, g := range guests {
		all = append(all, *g.noted())
	}
	return all
}

// findGuests finds the guests of before a restart, whom asks has asked. Who has left meanwhile is told of as such.
func (s *script) findGuests(v *telephony.Conversation, noted []askedNote, asks tickets.Agent, p talking) {
	for _, n := range noted {
		g := s.askedBefore(&n, asks, p)
		if g.joined = n.Joined; s.found(v, g, n.Leg) {
			s.guests = append(s.guests, g)
			continue
		}
		s.tellAsked(g, tickets.ConsultLeft)
	}
}

// showGuests shows who is in the talk, on the page of the agent and on those of the guests.
func (s *script) showGuests() {
	s.aside.Guests = guestsBut(s.guests, nil)
	if a := s.aside.Asked; a != nil && a.State == AskedAlone { // of whom it says more
		s.aside.Guests = slices.DeleteFunc(s.aside.Guests, func(g Guest) bool { return g.ID == a.ID })
	}
	s.showAside()
	for _, g := range s.guests {
		if g.id != "" {
			s.line.Desk.Aside(g.offer.Offer, Aside{Guests: guestsBut(s.guests, g)})
		}
	}
}

func guestsBut(guests []*asked, but *asked) (all []Guest) {
	for _, g := range guests {
		if g != but {
			all = append(all, Guest{ID: g.key(), Who: g.with.Name, Number: g.Number.Key(), Since: g.joined})
		}
	}
	return all
}

// talkWithGuests is a talk of the caller and those whom a restart has found with them, none of whom is an agent whose talk it is.
func (s *script) talkWithGuests(ctx context.Context, v *telephony.Conversation) error {
	v.WhenLeaving(func(ctx context.Context, who *telephony.Party) { s.partyLeft(ctx, v, who) })
	err := s.talkOutside(ctx, v)
	if ctx.Err() == nil || errors.Is(err, telephony.ErrHangup) {
		s.endGuests(ctx, v)
	}
	return err
}
