package agentapi

import (
	"time"

	"hotline/queues"
	"hotline/telephony/words"
)

// Staffing is what is expected of each queue in the time ahead if nothing is done, and who is missing for all to keep their
// targets. It comes from simulating the router from its present state.
type Staffing struct {
	Now      time.Time        `json:"now" doc:"as of when"`
	Minutes  int              `json:"minutes" doc:"ahead"`
	WatchedS int              `json:"watched_s" doc:"how long calls were watched to expect those to come, an hour at the most"`
	LeftOut  int              `json:"left_out" doc:"calls seen in that time which nobody expects again, for a reload took their queues away"`
	Enough   bool             `json:"enough" doc:"that was long enough to say anything: levels and advice are absent otherwise"`
	Queues   []StaffingQueue  `json:"queues"`
	Advice   []StaffingAdvice `json:"advice" doc:"empty where nobody is missing, or more would not help"`
	Words    words.Text       `json:"words" doc:"all of it in a sentence"`
}

// StaffingQueue is one queue in the time ahead.
type StaffingQueue struct {
	Queue         queues.QueueID `json:"queue"`
	Name          words.Text     `json:"name"`
	Target        Target         `json:"target"`
	ExpectedCalls float64        `json:"expected_calls"`
	ExpectedLevel *float64       `json:"expected_service_level" doc:"of the calls to come, 0 to 1; null where none is expected"`
	Holds         bool           `json:"holds" doc:"the target, if nothing is done"`
	AdvisedLevel  *float64       `json:"advised_service_level" doc:"with all that is advised"`
	WillHold      bool           `json:"will_hold" doc:"the target, with all that is advised"`
}

// StaffingAdvice is people who are missing.
type StaffingAdvice struct {
	Queue   queues.QueueID  `json:"queue" doc:"that needs them most; others may be relieved too"`
	Skills  []StaffingSkill `json:"skills" doc:"of each of them"`
	Agents  int             `json:"agents" doc:"how many more"`
	Minutes int             `json:"minutes" doc:"for how long"`
	Holds   bool            `json:"holds" doc:"with all that is advised, this queue keeps its target"`
	Words   words.Text      `json:"words"`
}

// StaffingSkill is a skill at a level or above.
type StaffingSkill struct {
	Skill queues.Skill `json:"skill"`
	Level queues.Level `json:"level"`
}
