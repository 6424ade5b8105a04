package tickets

import (
	"time"

	"hotline/telephony/words"
)

// Ended is the end of the call. Next is the callback where it broke off. Of a call that was not found any more it is what somebody thinks who has not seen its
// end, Lost or, where it was answered, Served: each such thought is a fact of its own (see thoughtAt), and what shows the call alive takes it back (see Book.lives).
// Talked is until when the last talk lasted, where the caller was asked for something after it; zero is that nobody has told it from the end of the call.
type Ended struct {
	Outcome    Outcome      `json:"outcome"`
	Department string       `json:"department"`
	Language   string       `json:"language"`
	Path       []words.Text `json:"path"`
	Next       time.Time    `json:"next"`
	Talked     time.Time    `json:"talked,omitzero"`
}

func init() { define[Ended](once) }

func (Ended) Kind() Kind { return "call.ended" }

// thoughtAt is the fact, without its outcome, that somebody thinks at an instant that a contact has ended.
func thoughtAt(c ContactID, at time.Time) Fact {
	return Fact{Contact: c, N: at.UnixMicro(), At: at, Event: Ended{}}
}

// seenEnd is the key of the end of a contact that was seen, which has no N: there is one.
func seenEnd(c ContactID) Key { return Key{Contact: c, Kind: Ended{}.Kind()} }

// isThought says whether the end, which is a fact's, is one that nobody has seen. Versions before kept a Lost as if it had been.
func (e Ended) isThought(f Fact) bool { return e.Outcome == Lost || f.N != 0 }

func (e Ended) apply(p *page) error {
	c, t := &p.contact, &p.ticket
	if e.isThought(p.Fact) && !c.EndedAt.IsZero() { // whoever has not found the call knows less than whoever has seen its end
		return nil
	}
	c.EndedAt, c.Outcome, c.Language = p.At, e.Outcome, orElse(e.Language, c.Language)
	if len(e.Path) > 0 {
		c.Path = e.Path
	}
	c.talkedUntil(e.Talked)
	s, ok := t.State.(Open)
	if !ok {
		return nil
	}
	next := orAt(e.Next, p.At.Add(time.Hour))
	switch {
	case e.Outcome == Informed && s.step != FollowUp && p.book.Awaited[t.Number]:
		return t.keepOpen(s.owner, next, FollowUp)
	case e.Outcome == Informed && s.step != FollowUp:
		return t.Close(File, p.At, selfService)
	case e.Outcome == SentOn && s.step != FollowUp: // whether that helped is to be asked
		return t.keepOpen(s.owner, next, FollowUp)
	case e.Outcome.BrokeOff() && s.step == FollowUp:
		return t.calledAgain(s, next)
	case e.Outcome == NotReached && s.step == CallBack: // calling in vain does not move the date that was promised
	case e.Outcome.BrokeOff():
		return t.Turn(CallIn, Department(orElse(e.Department, s.owner.Name())), next, CallBack, "")
	}
	return nil
}

// calledAgain leaves an open ticket, about which its customer has called to no end that is known, with who follows it up, who learns of it in time. Where it
// was solved, what they were answered may not have helped.
func (t *Ticket) calledAgain(s Open, next time.Time) error {
	if next.After(s.next) {
		next = s.next
	}
	if s.phase == Solved {
		return t.Turn(CallIn, s.owner, next, s.step, "")
	}
	return t.keepOpen(s.owner, next, s.step)
}

// Ended notes how the call ended; the first time counts. A call that ended before its topic was known is linked
// now, by what is known of its number.
func (c *Case) Ended(at time.Time, o Outcome) {
	c.mu.Lock()
	if !c.endedAt.IsZero() {
		c.mu.Unlock()
		return
	}
	c.endedAt = at
	before := c.kept.Ticket
	if c.kept.Topic == "" {
		c.decide(at)
	}
	department := c.terms.owner(c.kept.Topic)
	if q := c.kept.Queue; q != nil {
		department = orElse(q.Department, department)
	}
	ended := Ended{o, department, c.kept.Language, append([]words.Text{}, c.kept.Path...), at.Add(c.terms.CallBackWithin), c.kept.Talked}
	ticket, routed := c.kept.Ticket, c.routed()
	c.mu.Unlock()
	if ticket != before {
		c.write(at, routed)
	}
	if o != Served {
		c.forgetCaller()
	}
	c.write(at, ended)
}
