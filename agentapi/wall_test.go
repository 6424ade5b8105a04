package agentapi

import (
	"fmt"
	"testing"
	"time"

	"hotline/queues"
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

func TestAnEventsWallGoesOnWhereTheHistoryOfTheOneBeforeWas(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	wall := func(minutes int, ids ...queues.QueueID) (w Wall) {
		for _, id := range ids {
			q := WallQueue{ID: id}
			for i := max(0, minutes-60); i < minutes; i++ {
				q.History = append(q.History, WallMinute{At: start.Add(time.Duration(i) * time.Minute), Waiting: i})
			}
			w.Queues = append(w.Queues, q)
		}
		return w
	}
	seen := wall(3, "a", "gone")
	for minutes := 3; minutes <= 70; minutes++ {
		whole := wall(minutes, "a", "new")
		sent := whole.Latest()
		if n := len(sent.Queues[0].History); n != 2 {
			t.Fatalf("an event brings %d minutes", n)
		}
		seen = sent.Onto(seen)
		if got, want := fmt.Sprint(seen.Queues[0].History), fmt.Sprint(whole.Queues[0].History); got != want {
			t.Fatalf("after %d minutes the history is %s, not %s", minutes, got, want)
		}
		if len(whole.Queues[0].History) != min(minutes, 60) {
			t.Fatal("the wall that was sent has changed")
		}
	}
	if n := len(seen.Queues[1].History); len(seen.Queues) != 2 || n != 60 {
		t.Errorf("of %d queues the new one has %d minutes", len(seen.Queues), n)
	}
	if got := (Wall{Queues: []WallQueue{{ID: "a"}}}).Onto(seen); len(got.Queues[0].History) != 60 {
		t.Errorf("an event without a history leaves %d minutes", len(got.Queues[0].History))
	}
}
