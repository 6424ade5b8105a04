package agentapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/queues"
	"hotline/telephony/words"
)

// Advisor looks ahead: who is missing for the targets to hold.
type Advisor interface {
	// Staffing is at most a minute old, or an error where none can be had within ctx.
	Staffing(ctx context.Context) (Staffing, error)
}

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

func (s *Server) registerStaffing(api huma.API, operation func(id, method, path, summary string) huma.Operation) {
	o := operation("staffing", http.MethodGet, "/staffing", "How many more agents, with which skills, hold the targets for the next half hour")
	o.Description = "For supervisors and administrators. It is simulated by the router itself from its present state, at most once a minute."
	huma.Register(api, o, s.tellStaffing)
}

func (s *Server) tellStaffing(ctx context.Context, _ *struct{}) (*answer[Staffing], error) {
	who, err := s.who(ctx)
	switch {
	case err != nil:
		return nil, err
	case who.Role == RoleAgent:
		return nil, Refuse(CodeForbidden, "staffing is for supervisors")
	case s.advisor == nil:
		return nil, Refuse(CodeNotFound, "nobody looks ahead here")
	}
	staffing, err := s.advisor.Staffing(ctx)
	if err != nil {
		return nil, s.refusal(err, "look ahead")
	}
	return answered(staffing), nil
}
