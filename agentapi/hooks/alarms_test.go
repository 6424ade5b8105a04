package hooks

import (
	"strings"
	"testing"
	"time"

	"hotline/agentapi/alarms"
)

func TestEachStepOfAnAlarmIsToldOnceHoweverItIsWritten(t *testing.T) {
	at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	raised := alarms.Raised{ID: "a1", Rule: "crowd", Kind: alarms.Waiting, Of: alarms.Of{Queue: "support"}, At: at, Bound: 10, Value: 12}
	seen := raised
	seen.By, seen.SeenAt = "olga", at.Add(time.Minute)
	over := seen
	over.Cleared = at.Add(2 * time.Minute)
	for _, c := range []struct {
		was  *alarms.Raised
		is   alarms.Raised
		want string
	}{
		{nil, raised, "a1/raised"}, {&raised, raised, ""}, {&raised, seen, "a1/acknowledged"}, {&seen, over, "a1/cleared"}, {&over, over, ""},
		{nil, over, "a1/raised a1/acknowledged a1/cleared"}, // the database was away meanwhile
	} {
		var ids []string
		for _, e := range AlarmEvents(c.was, c.is) {
			if ids = append(ids, e.ID); !known(e.Type) || e.Data.(AlarmData).Queue != "support" {
				t.Errorf("told is %+v", e)
			}
		}
		if got := strings.Join(ids, " "); got != c.want {
			t.Errorf("from %+v to %+v: %q, not %q", c.was, c.is, got, c.want)
		}
	}
}
