package queues

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// line is one Queue with who waits in it and its figures. It decides nothing: that is
// done by class.
type line struct {
	Queue
	unanswered heap[*request] // waiting or ringing, by when they came
	figures    Figures        // since midnight
	callbacks  int            // unanswered without their callers
	handling   pace           // talk, hold and wrap-up
	aging      int64          // thousandths of a point for each second waited
	classes    []*class       // by relaxation steps taken; nil where nobody has been in it yet
	deserted   bool           // a rule of overflow is about nobody being there
	touched    bool           // stands in queueSet.touched
	*outlook                  // observed
	busy       int            // for forecast.account
}

// queueSet is the queues of the configuration.
type queueSet struct {
	all     []*line // in the order of the configuration
	byID    map[QueueID]*line
	touched []*line // in this step: their new state is to be told
}

// newLine checks a queue's configuration and fills in what is left open.
func newLine(q Queue) (*line, error) {
	if q.ID == "" {
		return nil, fmt.Errorf("has no id")
	}
	if err := checkNeeds(q.Skills); err != nil {
		return nil, err
	}
	if q.OfferTimeout < 0 || q.WrapUp < 0 || q.ShortAbandon < 0 || q.Target.Within < 0 {
		return nil, fmt.Errorf("a time is negative")
	}
	if q.Target.Share < 0 || q.Target.Share > 1 {
		return nil, fmt.Errorf("target share %g is not between 0 and 1", q.Target.Share)
	}
	for _, group := range q.AnyOf {
		if len(group) == 0 {
			return nil, fmt.Errorf("a group of skills is empty, and nobody could have any of it")
		}
		if err := checkNeeds(group); err != nil {
			return nil, err
		}
	}
	if err := checkRelaxation(q.Relax); err != nil {
		return nil, err
	}
	switch q.Choice {
	case "":
		q.Choice = LongestIdle
	case LongestIdle, MostSkilled, LeastOccupied, SpareSpecialist:
	default:
		return nil, fmt.Errorf("agents cannot be chosen by %q", q.Choice)
	}
	if !(q.Aging >= 0 && q.Aging <= 1000) {
		return nil, fmt.Errorf("aging by %g points a second is not between 0 and 1000", q.Aging)
	}
	if q.Reserve < 0 {
		return nil, fmt.Errorf("%d agents cannot be left free", q.Reserve)
	}
	if !sensible(q.Priority) {
		return nil, fmt.Errorf("priority %d is beyond a million", q.Priority)
	}
	if q.OfferTimeout == 0 {
		q.OfferTimeout = 20 * time.Second
	}
	q.Target = q.Target.OrUsual()
	if q.Affinity < 0 {
		return nil, fmt.Errorf("a time is negative")
	}
	if err := q.Hours.Check(); err != nil {
		return nil, fmt.Errorf("hours: %w", err)
	}
	if err := q.Callback.complete(q.Hours); err != nil {
		return nil, fmt.Errorf("callback: %w", err)
	}
	l := &line{
		Queue: q, aging: int64(math.Round(q.Aging * 1000)), classes: make([]*class, 1+len(q.Relax)), outlook: &outlook{},
		deserted: slices.ContainsFunc(q.Overflow, func(o Overflow) bool { return o.NobodyThere }),
	}
	l.unanswered = heap[*request]{
		key:  func(q *request) key { return key{q.Came().UnixNano(), int64(q.seq)} },
		lies: func(q *request, at int) { q.inLine = at },
	}
	return l, nil
}

// sensible says whether a priority can be reckoned with.
func sensible(priority int) bool { return -1_000_000 <= priority && priority <= 1_000_000 }

func checkNeeds(needs []Need) error {
	for _, n := range needs {
		if n.Skill == "" {
			return fmt.Errorf("a skill without a name is needed")
		}
		if n.Level > 5 {
			return fmt.Errorf("skill %q is needed at level %d, and 5 is the highest", n.Skill, n.Level)
		}
	}
	return nil
}

func (s *queueSet) touch(l *line) {
	if !l.touched {
		l.touched = true
		s.touched = append(s.touched, l)
	}
}

// enter and exit count a request that is not answered: on the line, or to be called back.
func (l *line) enter(q *request) {
	if q.Callback {
		l.callbacks++
	} else {
		l.unanswered.push(q)
	}
}

func (l *line) exit(q *request) {
	if q.Callback {
		l.callbacks--
	} else {
		l.unanswered.remove(q.inLine)
	}
}

// answered counts a request and lets it out of the line.
func (l *line) answered(q *request, at time.Time) {
	l.exit(q)
	q.waitEnded(true, at)
	l.figures.Answered++
	if at.Sub(q.Came()) <= l.Target.Within {
		l.figures.InTarget++
	}
}

// abandoned counts a request, says whether it left early, and lets it out of the line.
func (l *line) abandoned(q *request, at time.Time) (short bool) {
	l.exit(q)
	if q.Callback {
		return false // nobody waited on the line
	}
	q.waitEnded(false, at)
	l.figures.Abandoned++
	if at.Sub(q.Came()) < l.ShortAbandon {
		l.figures.ShortAbandoned++
		return true
	}
	return false
}

// describe fills in a zero state.
func (l *line) describe(s *QueueState) {
	s.ID, s.Target, s.Figures = l.ID, l.Target, l.figures
	s.Waiting, s.Callbacks = l.unanswered.len(), l.callbacks
	s.Announced, s.InRange = l.outlook.count, l.outlook.good
	if s.Waiting > 0 {
		s.LongestSince = l.unanswered.top().Came()
	}
}
