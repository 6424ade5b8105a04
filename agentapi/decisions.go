package agentapi

import (
	"time"

	"hotline/queues"
	told "hotline/queues/words"
	"hotline/telephony"
	"hotline/telephony/words"
)

// Story is how the waiting of a call went, and why; of a call that we made, how its callback waited.
type Story struct {
	Call    telephony.CallID `json:"call"`
	Items   []Decision       `json:"items" nullable:"false" doc:"in order"`
	Partial bool             `json:"partial" doc:"the database does not answer now: older decisions are missing"`
	Wait    *ExpectedWait    `json:"expected_wait,omitempty" doc:"for supervisors, while the call waits and that is known"`
	Agents  []Considered     `json:"agents,omitempty" nullable:"false" doc:"for supervisors, while the call waits: how everybody signed in stands to it, by id"`
}

// ExpectedWait is the range in which the rest of a call's wait lies in eight cases of ten.
type ExpectedWait struct {
	LowS   float64 `json:"low_s"`
	HighS  float64 `json:"high_s"`
	Silent bool    `json:"silent,omitempty" doc:"too few of the queue's ranges held of late: callers are not told"`
}

// Decision is one step of a Story.
type Decision struct {
	At    time.Time       `json:"at"`
	Kind  told.RecordKind `json:"kind" example:"offered" doc:"offered, answered, missed, declined, revoked, failed, taken, moved, callback_offered, callback_waits, abandoned, overflowed, called_back, not_reached, called_in, lost, place_regained, calls_back, held, resumed, talk_ended; more may come"`
	Agent *NamedAgent     `json:"agent,omitempty" doc:"whom it is about"`
	Queue queues.QueueID  `json:"queue,omitempty"`
	Facts told.Facts      `json:"facts" doc:"what the decision was made of"`
	Words words.Text      `json:"words" doc:"the decision in a sentence, by language; for an agent, without others' names and outside numbers"`
	Plain words.Text      `json:"-"` // Words of the facts that Own leaves: what an agent is told
}

// Own are the facts that an agent may know of a call that was offered to them: not which colleagues declined or missed it, were busy
// or would have come next, and no number outside.
func Own(f told.Facts) told.Facts {
	f.Declined, f.Others, f.RunnerUp, f.ToNumber = nil, nil, "", ""
	return f
}

// Own is the story as an agent may know it: what is about nobody and what is about them.
func (s Story) Own(agent queues.AgentID) Story {
	items := make([]Decision, 0, len(s.Items))
	for _, d := range s.Items {
		if d.Agent == nil || d.Agent.ID == agent {
			d.Facts, d.Words = Own(d.Facts), d.Plain
			items = append(items, d)
		}
	}
	s.Items, s.Agents, s.Wait = items, nil, nil
	return s
}

// NamedAgent is an agent for people to read.
type NamedAgent struct {
	ID   queues.AgentID `json:"id"`
	Name string         `json:"name"`
}

// Considered is how an agent stands to a call that waits.
type Considered struct {
	Agent    NamedAgent      `json:"agent"`
	Standing queues.Standing `json:"standing" example:"busy" doc:"has_it, lacks_skills, not_ready, phone_unreachable, desk_away, busy, declined, not_preferred, kept_free, free"`
	Rank     int             `json:"rank,omitempty" doc:"of who is free: 1 goes next"`
	Words    words.Text      `json:"words"`
}
