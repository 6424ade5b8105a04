package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/watch"
	"hotline/tickets/spool"
)

// TestAFullDiskIsToldAndStopsNoCall: what /readyz says of the spool, by what its disk does.
func TestAFullDiskIsToldAndStopsNoCall(t *testing.T) {
	room := spool.Disk{Free: 5 << 30, Size: 50 << 30}
	full := errors.New("no space left on device")
	for _, c := range []struct {
		what, state, says string
		part              watch.Part
	}{
		{"all is well", watch.StateOK, "5120 MB free", diskPart(spool.Stats{}, room, nil)},
		{"it is nearly full", "low", "500 MB free", diskPart(spool.Stats{}, spool.Disk{Free: 500 << 20}, nil)},
		{"it takes nothing", "failing", "7 (no space left on device)", diskPart(spool.Stats{Refused: full, Queued: 7}, spool.Disk{}, nil)},
		{"it cannot be asked", "unknown", "input/output error", diskPart(spool.Stats{}, spool.Disk{}, errors.New("input/output error"))},
		{"facts go their way", watch.StateOK, "waiting for the database: 3", factsPart(spool.Stats{Waiting: 3, Since: time.Now()}, 0, 0, "")},
		{"facts wait for long", "waiting", "waiting for the database: 3", factsPart(spool.Stats{Waiting: 3, Since: time.Now().Add(-time.Hour)}, 0, 0, "")},
		{"facts are set aside", "set_aside", "2, in aside.jsonl", factsPart(spool.Stats{}, 0, 2, "aside.jsonl")},
		{"facts are lost", "lost", "neither disk nor memory: 9", factsPart(spool.Stats{}, 9, 2, "aside.jsonl")},
	} {
		if p := c.part; p.State != c.state || !strings.Contains(p.Says, c.says) || p.Needs != "" {
			t.Errorf("%s: %+v", c.what, p)
		}
		if r := watch.Judge([]watch.Part{c.part}); !r.Calls || !r.SignIn {
			t.Errorf("%s: %+v", c.what, r)
		}
	}
}
