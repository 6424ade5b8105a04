package spool

import (
	"time"

	"hotline/tickets"
)

// marks say when facts were appended that have not been applied, so that the age of the oldest is known without a look at the
// disk. There is at most one mark a second; where the database is away for long, they are thinned out.
type marks struct {
	all   []mark
	apart time.Duration // between two marks
}

type mark struct {
	position uint64
	at       time.Time
}

const (
	marksApart = time.Second
	marksMost  = 1024
)

// add marks a position, unless the last mark is recent enough to stand for it.
func (m *marks) add(position uint64, at time.Time) {
	if len(m.all) == 0 {
		m.apart = marksApart
	} else if at.Sub(m.all[len(m.all)-1].at) < m.apart {
		return
	}
	if len(m.all) == marksMost {
		for i := range marksMost / 2 {
			m.all[i] = m.all[2*i]
		}
		m.all, m.apart = m.all[:marksMost/2], 2*m.apart
	}
	m.all = append(m.all, mark{position, at})
}

// applied forgets the marks that stand for no position after this one. The last mark stays, for it stands for all that follows.
func (m *marks) applied(upTo uint64) {
	for len(m.all) > 1 && m.all[1].position <= upTo+1 {
		m.all = m.all[1:]
	}
}

// caughtUp says that no fact waits: the next one is marked by itself.
func (m *marks) caughtUp() { m.all = m.all[:0] }

// oldest is when the fact after the last one applied was appended.
func (m *marks) oldest() time.Time {
	if len(m.all) == 0 {
		return time.Time{}
	}
	return m.all[0].at
}

// markOldest marks what waits from the run before, by the time that the first fact says itself.
func (s *Spool) markOldest() {
	if s.written < s.first {
		return
	}
	at := time.Now()
	if b, err := s.log.Read(s.first); err == nil {
		if fact, whole := unseal(b); whole {
			if f, err := tickets.DecodeFact(fact); err == nil {
				at = f.At
			}
		}
	}
	s.marks.add(s.first, at)
}
