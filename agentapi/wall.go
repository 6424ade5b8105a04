package agentapi

import (
	"slices"
	"time"

	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/words"
)

// Wall is the topic "wall": the load of the line. Every value is absolute. An event carries what has changed, to pages that have asked for changes (see Changes),
// and to others the whole, but for the histories of the queues (see Latest). Times are timestamps: clients tick by themselves.
type Wall struct {
	Now    time.Time   `json:"now"`
	Line   WallLine    `json:"line"`
	Queues []WallQueue `json:"queues"`
	Agents []WallAgent `json:"agents"`
	// Departments are those to which queues and agents belong.
	Departments []WallDepartment `json:"departments"`
	// Alarms are those that are raised, the most pressing first.
	Alarms []Alarm `json:"alarms"`
	// Canary is there while the line's own test calls are not greeted as they should be.
	Canary *WallCanary `json:"canary"` // null where all is well: pages put what comes over what they have
	// Staffing is who is missing for the targets to hold; absent while nothing is known.
	Staffing *WallStaffing `json:"staffing,omitempty"`
	// Off are those who are not as planned just now. It is for who oversees them.
	Off []WallOff `json:"off,omitempty"`
	// Overseers are the supervisors who are at calls; likewise.
	Overseers []Overseer `json:"overseers"` // null where there are none: pages put what comes over what they have
	// Helps are the agents who call for a supervisor, who waits for longest first; likewise.
	Helps []Help `json:"helps"` // null, likewise
	// Talks are those in which somebody is asked, or guests are, who began first first; likewise.
	Talks []WallTalk `json:"talks"` // null, likewise
	// Expiring are skills of agents that have expired or will soon; likewise.
	Expiring []WallSkill `json:"expiring"`
}

// WallCanary says what a customer who calls now would meet.
type WallCanary struct {
	State string    `json:"state"` // unanswered, not_taken, silent or slow
	Since time.Time `json:"since"`
}

// WallTalk is a talk with more in it than a caller and an agent, or in which the agent asks somebody.
type WallTalk struct {
	Agent  queues.AgentID   `json:"agent"` // whose talk it is
	Name   string           `json:"name"`
	Call   telephony.CallID `json:"call"`
	Since  time.Time        `json:"since"`
	Asked  *Asked           `json:"asked,omitempty"`  // whom they ask, or invite; a colleague by their id as an agent
	Guests []Guest          `json:"guests,omitempty"` // who else is in the talk; likewise
}

// WallSkill is a skill of an agent that has expired, or will soon.
type WallSkill struct {
	ID          queues.AgentID `json:"id"`
	Name        string         `json:"name"`
	Skill       queues.Skill   `json:"skill"`
	Until       string         `json:"until"` // the last day on which they have it
	Ends        SkillEnds      `json:"ends"`
	Departments []string       `json:"departments,omitempty"`
}

// WallOff is an agent who is not as planned.
type WallOff struct {
	ID          queues.AgentID `json:"id"`
	Name        string         `json:"name"`
	Kind        string         `json:"kind"` // of queues/adherence: late, gone, sent_away, break_too_long, off_break, unplanned
	Since       time.Time      `json:"since"`
	Reason      string         `json:"reason,omitempty"`
	Departments []string       `json:"departments,omitempty"`
}

// ForColleagues is the wall as agents see it: without who is not as planned and whose skills expire, without supervisors who listen who calls for one and who
// is in a talk, and without reasons where these are not shown.
func (w Wall) ForColleagues(reasons bool) Wall {
	w.Off, w.Overseers, w.Expiring, w.Helps, w.Talks = nil, nil, nil, nil, nil
	if reasons {
		return w
	}
	return w.WithoutReasons()
}

const (
	minutesKept = 60 // of a queue's history
	minutesSent = 2  // of these, with each event: the one that goes on, and the one before, which a page that skips events may not have seen the end of
)

// Latest is the wall as events carry it: of each queue's history the last minutes alone. Who watches has had the whole of it in the snapshot.
func (w Wall) Latest() Wall {
	all := slices.Clone(w.Queues)
	for i, q := range all {
		all[i].History = q.History[max(0, len(q.History)-minutesSent):]
	}
	w.Queues = all
	return w
}

// Onto is an event's wall with the histories that were known before it.
func (w Wall) Onto(before Wall) Wall {
	known := map[queues.QueueID][]WallMinute{}
	for _, q := range before.Queues {
		known[q.ID] = q.History
	}
	all := slices.Clone(w.Queues)
	for i, q := range all {
		older := known[q.ID]
		if len(q.History) > 0 {
			first := q.History[0].At
			older = older[:slices.IndexFunc(append(slices.Clip(older), q.History[0]), func(m WallMinute) bool { return !m.At.Before(first) })]
		}
		points := append(slices.Clip(older), q.History...)
		all[i].History = points[max(0, len(points)-minutesKept):]
	}
	w.Queues = all
	return w
}

// WithoutReasons is the wall without why agents are not ready, and for how long.
func (w Wall) WithoutReasons() Wall {
	agents := make([]WallAgent, len(w.Agents))
	for i, a := range w.Agents {
		a.Reason, a.Until = "", time.Time{}
		agents[i] = a
	}
	w.Agents = agents
	return w
}

// WallDepartment is one to which queues and agents belong.
type WallDepartment struct {
	ID   string     `json:"id"`
	Name words.Text `json:"name"` // empty where the configuration gives none
}

// WallStaffing is the time ahead in a line.
type WallStaffing struct {
	Holds bool       `json:"holds"` // every queue its target, as it is
	Words words.Text `json:"words"`
}

// WallLine is the line as a whole, since local midnight.
type WallLine struct {
	Calls         int        `json:"calls"`
	Tickets       int        `json:"tickets"`    // as many as calls: each has one
	CountedAt     *time.Time `json:"counted_at"` // calls, tickets and callbacks_due, which the database counts each second; null: never yet
	Waiting       int        `json:"waiting"`
	LongestSince  *time.Time `json:"longest_since"` // null: nobody waits
	ServiceLevel  *float64   `json:"service_level"` // 0 to 1; null: nothing was offered
	Target        Target     `json:"target"`        // the strictest of its queues': the shortest time, and of these the largest share
	Answered      int        `json:"answered"`
	Abandoned     int        `json:"abandoned"`
	ShortAbandons int        `json:"short_abandoned"`
	Ready         int        `json:"ready"`   // chose to be, whatever they do now
	Free          int        `json:"free"`    // could take a call this moment
	Talking       int        `json:"talking"` // or a phone rings at theirs, or somebody is on hold
	WrapUp        int        `json:"wrap_up"`
	Away          int        `json:"away"` // not ready, or not reachable; with these, all who are signed in are counted once
	SignedIn      int        `json:"signed_in"`
	CallbacksDue  int        `json:"callbacks_due"`
	Partial       bool       `json:"partial,omitempty"` // what was before a restart cannot be read: not all of today is in the figures
}

// Target is what the service level is held against: this share within so many seconds.
type Target struct {
	Share   float64 `json:"share"`
	WithinS int     `json:"within_s"`
}

// WallQueue is one queue, since local midnight.
type WallQueue struct {
	ID            queues.QueueID `json:"id"`
	Name          words.Text     `json:"name"`
	Department    string         `json:"department,omitempty"` // whose calls come to it by the flow
	Waiting       int            `json:"waiting"`
	LongestSince  *time.Time     `json:"longest_since"`
	ServiceLevel  *float64       `json:"service_level"`
	Target        Target         `json:"target"`
	Answered      int            `json:"answered"`
	Abandoned     int            `json:"abandoned"`
	ShortAbandons int            `json:"short_abandoned"`
	ASA           *float64       `json:"asa_s"`               // mean wait of the answered; null: nobody was
	AHT           *float64       `json:"aht_s"`               // mean talk, hold and wrap-up; null: of nobody yet
	LongestToday  float64        `json:"longest_wait_s"`      // of the waits that ended
	Callbacks     int            `json:"callbacks"`           // who wait without being on the line
	Foretold      int            `json:"foretold"`            // the last waits, 100 at most, whose range was foretold
	Held          int            `json:"held"`                // of these: lay within
	ClosedBy      string         `json:"closed_by,omitempty"` // the name of who closed it by hand; absent: nobody has
	History       []WallMinute   `json:"history"`             // the last 60 minutes, oldest first; in an event the last two, or, with changes, those since the first that has changed: they take the place of the page's from there on
}

// WallMinute is how a queue stood at a minute.
type WallMinute struct {
	At           time.Time `json:"at"`
	Waiting      int       `json:"waiting"`
	ServiceLevel *float64  `json:"service_level"`
}

// WallAgent is one agent in the grid.
type WallAgent struct {
	ID           queues.AgentID `json:"id"`
	Name         string         `json:"name"`
	Availability string         `json:"availability"`
	Reason       string         `json:"reason,omitempty"`
	Activity     string         `json:"activity"`
	Since        time.Time      `json:"since"`
	Until        time.Time      `json:"until,omitzero"` // of a reason for being not ready: the longest that it may last; on hold: when that is long
	Queue        queues.QueueID `json:"queue,omitempty"`
	Departments  []string       `json:"departments,omitempty"`
	ByPhone      bool           `json:"by_phone,omitempty"` // works by phone alone: no page is to be awaited
}
