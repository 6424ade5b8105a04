package agentapi

import (
	"time"

	"hotline/queues"
	"hotline/telephony/words"
)

// Alarm is one that a rule has raised. Waits and other times are seconds, levels and shares go from 0 to 1, all else is counted.
type Alarm struct {
	ID         string         `json:"id"`
	Rule       string         `json:"rule"`
	Kind       string         `json:"kind" enum:"waiting,longest_wait,service_level,abandoned,nobody_there,phones_failing,broken_promises,clocks_ending,recordings_failing" doc:"what the rule looks at"`
	Name       words.Text     `json:"name,omitempty" doc:"of the rule, where the configuration gives one"`
	Queue      queues.QueueID `json:"queue,omitempty" doc:"which it is about"`
	Department string         `json:"department,omitempty" doc:"which it is about; with neither it is about the whole line"`
	Urgent     bool           `json:"urgent"`
	Sound      string         `json:"sound" enum:"none,once,repeat" doc:"on the walls of those who oversee; repeat: until somebody sees to it"`
	Since      time.Time      `json:"since" doc:"when it was raised"`
	Bound      float64        `json:"bound" doc:"what was passed"`
	Value      float64        `json:"value" doc:"now, or when it was cleared"`
	Worst      float64        `json:"worst"`

	AcknowledgedBy string     `json:"acknowledged_by,omitempty" doc:"the name of who sees to it"`
	AcknowledgedAt *time.Time `json:"acknowledged_at,omitempty"`
	ClearedAt      *time.Time `json:"cleared_at,omitempty" doc:"when it was over"`
	Gone           bool       `json:"gone,omitempty" doc:"of one that is over: for its rule or its queue is no more"`
}

// AlarmBounds are when a rule raises an alarm, and clears it.
type AlarmBounds struct {
	Raise     float64 `json:"raise" minimum:"0" maximum:"1000000" doc:"raised where the value is there or worse"`
	Clear     float64 `json:"clear" minimum:"0" maximum:"1000000" doc:"cleared where it is there or better"`
	ForS      int     `json:"for_s" minimum:"0" maximum:"86400" doc:"so long without a break before it is raised"`
	ClearForS int     `json:"clear_for_s" minimum:"5" maximum:"86400" doc:"and before it is cleared"`
	Off       bool    `json:"off,omitempty" doc:"it raises none"`
}

// AlarmRule is a rule, with the bounds that count now.
type AlarmRule struct {
	ID         string         `json:"id"`
	Kind       string         `json:"kind"`
	Name       words.Text     `json:"name,omitempty"`
	Queue      queues.QueueID `json:"queue,omitempty"`
	Department string         `json:"department,omitempty"`
	Each       bool           `json:"each,omitempty" doc:"each queue by itself; with neither queue, department nor each it is the whole line"`
	Urgent     bool           `json:"urgent"`
	Sound      string         `json:"sound"`
	WindowS    int            `json:"window_s,omitempty" doc:"of levels and shares: over so long"`
	Least      int            `json:"least,omitempty" doc:"of levels and shares: of fewer calls it says nothing"`
	AlarmBounds
	Configured AlarmBounds `json:"configured" doc:"by the configuration"`
	By         string      `json:"by,omitempty" doc:"the name of who ordered others"`
	At         *time.Time  `json:"at,omitempty"`
}

// AlarmsAnswer is what is raised now, the most pressing first, and the rules.
type AlarmsAnswer struct {
	Items []Alarm     `json:"items" nullable:"false"`
	Rules []AlarmRule `json:"rules" nullable:"false"`
}

// PastAlarms is a page of those that were raised, the latest first.
type PastAlarms struct {
	Items []Alarm `json:"items" nullable:"false"`
	Next  string  `json:"next_cursor" doc:"for the next page; empty: this is the last"`
}
