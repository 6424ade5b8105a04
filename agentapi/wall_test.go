package agentapi

import (
	"testing"
	"time"
)

func TestColleaguesAreNotToldWhoIsNotAsPlanned(t *testing.T) {
	w := Wall{Agents: []WallAgent{{ID: "7", Reason: "lunch", Until: time.Now()}}, Off: []WallOff{{ID: "7", Kind: "break_too_long"}}, Talks: []WallTalk{{Agent: "7"}}}
	for _, reasons := range []bool{true, false} {
		got := w.ForColleagues(reasons)
		if len(got.Off) != 0 || len(got.Talks) != 0 || (got.Agents[0].Reason != "") != reasons {
			t.Errorf("where reasons are shown is %v, colleagues see %+v", reasons, got)
		}
	}
	if len(w.Off) != 1 || w.Agents[0].Reason != "lunch" {
		t.Error("the wall of those who oversee has changed")
	}
}
