package desk

import (
	"time"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/queues/figures"
)

// today puts the figures since midnight into the router's state: the router knows of its own run only, the books of those
// before it too. Where these cannot be read since a start, or since midnight, partial says so.
func (p *Painter) today(s *queues.Snapshot) (sums map[queues.QueueID]figures.Sums, partial bool) {
	ids := make([]queues.QueueID, len(s.Queues))
	for i, q := range s.Queues {
		ids[i] = q.ID
	}
	sums, complete := p.Books.Today(ids...)
	for i := range s.Queues {
		q := sums[s.Queues[i].ID]
		s.Queues[i].Figures = q.Figures()
	}
	return sums, !complete
}

// showTimes puts the means of today onto a queue's tile.
func showTimes(w *agentapi.WallQueue, s figures.Sums) {
	w.ASA, w.AHT = secondsOf(s.ASA()), secondsOf(s.AHT())
	w.LongestToday = s.Longest.Seconds()
}

func secondsOf(d time.Duration, ok bool) *float64 {
	if !ok {
		return nil
	}
	s := d.Seconds()
	return &s
}
