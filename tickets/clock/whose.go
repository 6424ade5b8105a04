package clock

import "time"

// Spell is a time of a ticket's life that belongs to one party: From inclusive, To exclusive.
type Spell struct {
	Party      Party     `json:"party"`
	Department string    `json:"department,omitempty"`
	Person     string    `json:"person,omitempty"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to,omitzero"`
}

// Whose says to whom each moment of a ticket's life until now belongs. The spells are in order and have no gaps but those in which the
// ticket was closed, or went on in another: these are nobody's, and no part of its age. What took no time is no spell.
func Whose(moments []Moment, now time.Time) (spells []Spell) {
	now = notBefore(now, moments)
	for _, c := range cyclesOf(moments) {
		for _, s := range c.spells {
			if s.To.IsZero() {
				s.To = now
			}
			if !s.From.Before(s.To) {
				continue
			}
			if n := len(spells) - 1; n >= 0 && spells[n].goesOnIn(s) {
				spells[n].To = s.To
				continue
			}
			spells = append(spells, s)
		}
	}
	return spells
}

// goesOnIn says that another spell is the same one.
func (s Spell) goesOnIn(next Spell) bool {
	return s.To.Equal(next.From) && s.Party == next.Party && s.Department == next.Department && s.Person == next.Person
}

// Sums is how much time was each party's.
type Sums map[Party]time.Duration

// Sum adds up spells.
func Sum(spells []Spell) Sums {
	sums := Sums{}
	for _, s := range spells {
		sums[s.Party] += s.To.Sub(s.From)
	}
	return sums
}

// Total is the time of all parties.
func (s Sums) Total() (total time.Duration) {
	for _, d := range s {
		total += d
	}
	return total
}

// Age is how old a ticket is: how long it was not closed, and went on in no other ticket, since it was opened.
func Age(moments []Moment, now time.Time) (age time.Duration) {
	now = notBefore(now, moments)
	for _, c := range cyclesOf(moments) {
		end := now
		switch {
		case !c.ended.IsZero():
			end = c.ended
		case !c.joined.IsZero():
			end = c.joined
		}
		age += end.Sub(c.started) - c.away
	}
	return age
}

// notBefore is now, or the latest moment where that is later: what stands in a history has happened.
func notBefore(now time.Time, moments []Moment) time.Time {
	now = now.Round(0)
	for _, m := range moments {
		if m.At.After(now) {
			now = m.At.Round(0)
		}
	}
	return now
}
