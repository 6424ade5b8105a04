package queues

import (
	"fmt"
	"math"
	"slices"
	"time"

	"hotline/telephony/hours"
)

// queue is one Queue with the requests that wait in it and its figures. Who gets whom is decided among the classes, and not here.
type queue struct {
	Queue
	unanswered heap[*request] // waiting or ringing, by when they came
	figures    Figures        // since midnight
	callbacks  int            // unanswered without their callers
	handling   pace           // talk, hold and wrap-up
	aging      int64          // thousandths of a point for each second waited
	classes    []*class       // by relaxation steps taken; nil where nobody has been in it yet
	closedBy   string         // who closed it; "" is nobody
	deserted   bool           // a rule of overflow is about nobody being there
	touched    bool           // stands in queueSet.touched
	*outlook                  // observed
	busy       int            // for forecast.account
}

// queueSet is the queues of the configuration.
type queueSet struct {
	all     []*queue // in the order of the configuration
	byID    map[QueueID]*queue
	touched []*queue // in this step: their new state is to be told
}

// newQueues makes the queues of a configuration, or says what is wrong with it.
func newQueues(c Config) (all []*queue, byQueue map[QueueID]*queue, err error) {
	if c.ExtensionLimit < 0 {
		return nil, nil, fmt.Errorf("extension limit %s is negative", c.ExtensionLimit)
	}
	if c.Return < 0 {
		return nil, nil, fmt.Errorf("time to return %s is negative", c.Return)
	}
	if err := checkReasons(c.Reasons); err != nil {
		return nil, nil, err
	}
	byQueue = map[QueueID]*queue{}
	for i, q := range c.Queues {
		qu, err := newQueue(q)
		if err != nil {
			return nil, nil, fmt.Errorf("queue %d (%q): %w", i+1, q.ID, err)
		}
		if byQueue[q.ID] != nil {
			return nil, nil, fmt.Errorf("queue %d (%q): stands there twice", i+1, q.ID)
		}
		byQueue[q.ID] = qu
		all = append(all, qu)
	}
	return all, byQueue, checkOverflow(all, byQueue)
}

// newQueue checks a queue's configuration and fills in what is left open.
func newQueue(q Queue) (*queue, error) {
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
	for _, c := range []*hours.Calendar{q.Hours, q.Callback.Hours} {
		if c != nil && c.Zone != nil {
			return nil, fmt.Errorf("hours with a zone of their own, %s: those of queues are Config.Location's, for the journal keeps no other", c.Zone)
		}
	}
	if err := q.Hours.Check(); err != nil {
		return nil, fmt.Errorf("hours: %w", err)
	}
	if err := q.Callback.complete(q.Hours); err != nil {
		return nil, fmt.Errorf("callback: %w", err)
	}
	qu := &queue{
		Queue: q, aging: int64(math.Round(q.Aging * 1000)), classes: make([]*class, 1+len(q.Relax)), outlook: &outlook{},
		deserted: slices.ContainsFunc(q.Overflow, func(o Overflow) bool { return o.NobodyThere }),
	}
	qu.unanswered = heap[*request]{
		key:  func(q *request) key { return key{q.Came().UnixNano(), int64(q.seq)} },
		lies: func(q *request, at int) { q.inQueue = at },
	}
	return qu, nil
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

func (s *queueSet) touch(qu *queue) {
	if !qu.touched {
		qu.touched = true
		s.touched = append(s.touched, qu)
	}
}

// enter and exit count a request in and out of those that are not answered: on the line, or to be called back.
func (qu *queue) enter(q *request) {
	if q.Callback {
		qu.callbacks++
	} else {
		qu.unanswered.push(q)
	}
}

func (qu *queue) exit(q *request) {
	if q.Callback {
		qu.callbacks--
	} else {
		qu.unanswered.remove(q.inQueue)
	}
}

// answered counts a request and lets it out of the queue.
func (qu *queue) answered(q *request, at time.Time) {
	qu.exit(q)
	q.waitEnded(true, at)
	qu.figures.Answered++
	if at.Sub(q.Came()) <= qu.Target.Within {
		qu.figures.InTarget++
	}
}

// unanswer takes back what was counted when a request was answered. At midnight the figures began anew.
func (qu *queue) unanswer(q *request) {
	f := &qu.figures
	switch {
	case q.Callback && f.CalledBack > 0:
		f.CalledBack--
	case !q.Callback && f.Answered > 0:
		f.Answered--
		if q.since.Sub(q.Came()) <= qu.Target.Within && f.InTarget > 0 {
			f.InTarget--
		}
	}
}

// abandoned counts a request, says whether it left early, and lets it out of the queue.
func (qu *queue) abandoned(q *request, at time.Time) (short bool) {
	qu.exit(q)
	if q.Callback {
		return false // nobody waited on the line
	}
	q.waitEnded(false, at)
	qu.figures.Abandoned++
	if at.Sub(q.Came()) < qu.ShortAbandon {
		qu.figures.ShortAbandoned++
		return true
	}
	return false
}

// describe fills in a zero state.
func (qu *queue) describe(s *QueueState) {
	s.ID, s.Target, s.Figures = qu.ID, qu.Target, qu.figures
	s.Waiting, s.Callbacks = qu.unanswered.len(), qu.callbacks
	s.Announced, s.InRange, s.ClosedBy = qu.outlook.count, qu.outlook.good, qu.closedBy
	if s.Waiting > 0 {
		s.LongestSince = qu.unanswered.top().Came()
	}
}

// pace is the mean of a time as observed, newer ones weighing more.
type pace struct {
	seen    int
	average float64 // nanoseconds
}

const (
	paceKnown  = 5  // observations before the mean says anything
	paceMemory = 50 // observations, about, that it remembers
)

func (p *pace) observe(d time.Duration) {
	p.seen = min(p.seen+1, paceMemory)
	p.average += (float64(d) - p.average) / float64(p.seen)
}

// mean is 0 while it is not known.
func (p *pace) mean() time.Duration {
	if p.seen < paceKnown {
		return 0
	}
	return time.Duration(p.average)
}
