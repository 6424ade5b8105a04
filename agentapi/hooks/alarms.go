package hooks

import (
	"time"

	"hotline/agentapi/alarms"
)

// AlarmData is what is told of an alarm. Times are seconds, levels and shares go from 0 to 1, all else is counted.
type AlarmData struct {
	Alarm          string     `json:"alarm"`
	Rule           string     `json:"rule"`
	Kind           string     `json:"kind"`
	Queue          string     `json:"queue,omitempty"`
	Department     string     `json:"department,omitempty"` // with neither it is about the whole line
	Urgent         bool       `json:"urgent"`
	RaisedAt       time.Time  `json:"raised_at"`
	Bound          float64    `json:"bound"`
	Value          float64    `json:"value"`
	Worst          float64    `json:"worst"`
	AcknowledgedBy string     `json:"acknowledged_by,omitempty"` // a person's id
	AcknowledgedAt *time.Time `json:"acknowledged_at,omitempty"`
	ClearedAt      *time.Time `json:"cleared_at,omitempty"`
}

// AlarmEvents are what is new about an alarm that was written as it was; nil is that it was not written before.
func AlarmEvents(was *alarms.Raised, is alarms.Raised) (all []Event) {
	d := AlarmData{
		Alarm: is.ID, Rule: is.Rule, Kind: string(is.Kind), Queue: string(is.Of.Queue), Department: is.Of.Department, Urgent: is.Urgent,
		RaisedAt: is.At, Bound: is.Bound, Value: is.Value, Worst: is.Worst, AcknowledgedBy: is.By,
	}
	if is.By != "" {
		d.AcknowledgedAt = &is.SeenAt
	}
	if !is.Cleared.IsZero() {
		d.ClearedAt = &is.Cleared
	}
	tell := func(kind string, at time.Time) {
		all = append(all, Event{ID: is.ID + "/" + kind[len(prefix+"alarm."):], Type: kind, Subject: is.ID, Time: at, Data: d})
	}
	if was == nil {
		tell(AlarmRaised, is.At)
	}
	if is.By != "" && (was == nil || was.By == "") {
		tell(AlarmAcknowledged, is.SeenAt)
	}
	if !is.Cleared.IsZero() && (was == nil || was.Cleared.IsZero()) {
		tell(AlarmCleared, is.Cleared)
	}
	return all
}
