package screens

import (
	"slices"
	"time"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/telephony/words"
)

// Frame is what a screen shows. It holds nothing of callers, and names only where they are to be seen.
type Frame struct {
	State  State     `json:"state" enum:"in,unknown" doc:"unknown: it was taken away, or never let in: ask for a code"`
	Now    time.Time `json:"now" doc:"the server's time, by which the screen sees how old its figures are"`
	Name   string    `json:"name,omitempty"`
	Shows  *Shows    `json:"shows,omitempty"`
	Screen *Screed   `json:"screen,omitempty"`
}

// Screed is what of the wall is on a screen.
type Screed struct {
	Now    time.Time        `json:"now" doc:"of when the figures are"`
	Line   Line             `json:"line"`
	Queues []Queue          `json:"queues" nullable:"false"`
	Alarms []agentapi.Alarm `json:"alarms" nullable:"false"`
	Agents []Agent          `json:"agents,omitempty" doc:"where they are to be seen"`
}

// Line are the queues that are shown taken together, and the agents by what they do.
type Line struct {
	Waiting      int        `json:"waiting"`
	LongestSince *time.Time `json:"longest_since"`
	Free         int        `json:"free"`
	Talking      int        `json:"talking"`
	WrapUp       int        `json:"wrap_up"`
	Away         int        `json:"away"`
}

// Queue is a tile.
type Queue struct {
	ID           queues.QueueID  `json:"id"`
	Name         words.Text      `json:"name"`
	Waiting      int             `json:"waiting"`
	LongestSince *time.Time      `json:"longest_since"`
	ServiceLevel *float64        `json:"service_level"`
	Target       agentapi.Target `json:"target"`
	Closed       bool            `json:"closed,omitempty"`
}

// Agent is somebody by name.
type Agent struct {
	Name         string    `json:"name"`
	Availability string    `json:"availability"`
	Activity     string    `json:"activity"`
	Since        time.Time `json:"since"`
}

// Frame is what a screen shows now.
func (s *Screens) Frame(screen Screen) Frame {
	s.mu.Lock()
	w := s.wall
	s.mu.Unlock()
	return Frame{State: In, Now: s.now().UTC(), Name: screen.Name, Shows: &screen.Shows, Screen: screedOf(w, screen.Shows)}
}

func screedOf(w agentapi.Wall, shows Shows) *Screed {
	all := &Screed{Now: w.Now, Queues: []Queue{}, Alarms: []agentapi.Alarm{}}
	shown := func(id queues.QueueID, department string) bool {
		return (len(shows.Queues) == 0 || slices.Contains(shows.Queues, id)) && (shows.Department == "" || department == shows.Department)
	}
	there := map[queues.QueueID]bool{}
	for _, q := range w.Queues {
		if !shown(q.ID, q.Department) {
			continue
		}
		there[q.ID] = true
		all.Queues = append(all.Queues, Queue{q.ID, q.Name, q.Waiting, q.LongestSince, q.ServiceLevel, q.Target, q.ClosedBy != ""})
		all.Line.Waiting += q.Waiting
		if q.LongestSince != nil && (all.Line.LongestSince == nil || q.LongestSince.Before(*all.Line.LongestSince)) {
			all.Line.LongestSince = q.LongestSince
		}
	}
	for _, a := range w.Alarms {
		if a.Queue != "" && !there[a.Queue] || a.Department != "" && shows.Department != "" && a.Department != shows.Department {
			continue
		}
		if !shows.Agents && a.AcknowledgedBy != "" {
			a.AcknowledgedBy = "…" // that somebody sees to it is to be seen, and not who
		}
		all.Alarms = append(all.Alarms, a)
	}
	for _, a := range w.Agents {
		if a.Availability == string(queues.SignedOut) || shows.Department != "" && !slices.Contains(a.Departments, shows.Department) {
			continue
		}
		switch {
		case a.Activity == string(queues.WrapUp):
			all.Line.WrapUp++
		case a.Activity != string(queues.Idle):
			all.Line.Talking++
		case a.Availability == string(queues.Ready):
			all.Line.Free++
		default:
			all.Line.Away++
		}
		if shows.Agents {
			all.Agents = append(all.Agents, Agent{a.Name, a.Availability, a.Activity, a.Since})
		}
	}
	if shows.Department == "" { // the wall knows besides whose phone is not there
		all.Line.Free, all.Line.Talking, all.Line.WrapUp, all.Line.Away = w.Line.Free, w.Line.Talking, w.Line.WrapUp, w.Line.Away
	}
	return all
}
