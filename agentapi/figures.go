package agentapi

import (
	"time"

	"hotline/queues"
)

// FiguresAnswer is what queues, skills or agents did in each step between two times. An item is there where something was.
type FiguresAnswer struct {
	By    string        `json:"by"`
	Step  string        `json:"step"`
	From  time.Time     `json:"from"`
	To    time.Time     `json:"to"`
	Items []FiguresItem `json:"items" doc:"in the order of time and id"`
}

// FiguresItem is one subject in one step. Each count is of the moment at which it happened. Means and shares are null where
// there is nothing to reckon them from.
type FiguresItem struct {
	ID   string    `json:"id"`
	From time.Time `json:"from"`
	To   time.Time `json:"to"`

	Offered        int `json:"offered" doc:"requests that came in, also by overflow; of an agent: offers made to them"`
	Answered       int `json:"answered"`
	InTarget       int `json:"in_target" doc:"of the answered: within the time of their queue's target"`
	Abandoned      int `json:"abandoned"`
	ShortAbandoned int `json:"short_abandoned" doc:"of the abandoned: before their queue's threshold"`
	Overflowed     int `json:"overflowed" doc:"left by rule, to another queue or elsewhere"`
	CalledBack     int `json:"called_back"`
	NotReached     int `json:"not_reached" doc:"callbacks, after the last try"`
	CalledIn       int `json:"called_in" doc:"callbacks whose caller called meanwhile"`
	Withdrawn      int `json:"withdrawn" doc:"callbacks that were not wanted any more"`
	Announced      int `json:"announced" doc:"of the requests that ended: told in what range their wait would end, so that it can be said whether it did"`
	InRange        int `json:"in_range" doc:"of these: the wait ended within the range"`
	Missed         int `json:"missed" doc:"offers, as the three that follow"`
	Declined       int `json:"declined"`
	Revoked        int `json:"revoked" doc:"the caller or the desk was gone"`
	Failed         int `json:"failed" doc:"the phone could not be reached"`

	ServiceLevel *float64 `json:"service_level" doc:"in target ÷ (answered + abandoned − short abandoned), 0 to 1"`
	InRangeShare *float64 `json:"in_range_share" doc:"in range ÷ announced, 0 to 1; 0.8 is promised, and below 0.7 of a queue's last hundred nothing is announced"`
	ASA          *float64 `json:"asa_s" doc:"mean wait of the answered"`
	Longest      float64  `json:"longest_wait_s" doc:"of the waits that ended"`
	Handled      int      `json:"handled" doc:"calls whose handling ended here; the four means that follow are of these calls, whole"`
	AHT          *float64 `json:"aht_s" doc:"talk + hold + wrap-up"`
	Talk         *float64 `json:"talk_s"`
	Hold         *float64 `json:"hold_s"`
	WrapUp       *float64 `json:"wrap_up_s"`

	CallsMade     int     `json:"calls_made" doc:"of agents only, as the two that follow: calls that they began, and that ended here; they are in none of the counts above"`
	CallsAnswered int     `json:"calls_answered" doc:"of calls made: those in which the customer answered"`
	CallsTalk     float64 `json:"calls_talk_s" doc:"of calls made: all the talk of those, without ringing and hold"`

	Occupancy *float64        `json:"occupancy" doc:"busy ÷ (busy + ready), 0 to 1"`
	Ready     float64         `json:"ready_s" doc:"of a queue or a skill: of all agents who can serve it"`
	Busy      float64         `json:"busy_s" doc:"talking, on hold, wrapping up"`
	NotReady  float64         `json:"not_ready_s" doc:"of agents only"`
	Overdue   float64         `json:"overdue_s" doc:"of that: beyond the longest that the reason allows"`
	Reasons   []FiguresReason `json:"reasons,omitempty"`
}

// FiguresReason is the time that an agent was not ready for a reason.
type FiguresReason struct {
	Reason   queues.Reason `json:"reason" doc:"empty before the first choice of a shift"`
	NotReady float64       `json:"not_ready_s"`
	Overdue  float64       `json:"overdue_s"`
}
