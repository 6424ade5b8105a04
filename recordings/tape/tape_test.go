package tape

import (
	"reflect"
	"testing"
	"time"

	"hotline/recordings"
	"hotline/recordings/stereo"
)

const call = "01a20268-481d-7e82-aa55-1800d2622fa3"

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }

func TestFactsSayWhatIsKnownOfARecordingAndAreToldTwiceWithoutHarm(t *testing.T) {
	facts := []Fact{
		{Kind: Began, At: at(-0.01), Queue: "billing", Why: "agent", By: "anna"},
		{Kind: Joined, At: at(-0.01), Agent: "anna"},
		{Kind: Paused, At: at(10), Why: ByAgent, By: "anna"},
		{Kind: WentOn, At: at(25)},
		{Kind: Left, At: at(40), Agent: "anna"},
		{Kind: Joined, At: at(60), Agent: "boris"},
		{Kind: Paused, At: at(90), Why: ByAPI, By: "robot"},
		{Kind: Ended, At: at(120), Ticket: "T-1"},
	}
	want := recordings.Meta{
		ID: ID(call), Kind: recordings.Talk, Call: call, Ticket: "T-1", Queue: "billing", Why: recordings.ByAgent, By: "anna",
		Started: start, Length: 100 * time.Second,
		Agents: []recordings.Talked{{Agent: "anna", From: at(-0.01), To: at(40)}, {Agent: "boris", From: at(60)}},
		Pauses: []recordings.Pause{
			{From: 10 * time.Second, To: 25 * time.Second, Why: "agent", By: "anna"},
			{From: 90 * time.Second, To: 100 * time.Second, Why: "api", By: "robot"},
		},
	}
	silent := []stereo.Span{{From: 10 * time.Second, To: 25 * time.Second}, {From: 90 * time.Second, To: 100 * time.Second}}
	var twice []Fact
	for _, f := range facts {
		twice = append(twice, f, f)
	}
	for name, facts := range map[string][]Fact{"once": facts, "twice": twice} {
		got, quiet := Tape{Call: call, Facts: facts}.Meta(start, 100*time.Second)
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(quiet, silent) {
			t.Errorf("%s: %+v, silent %v", name, got, quiet)
		}
	}
}

func TestRecordingOfWhichNothingIsKnownIsOfItsCall(t *testing.T) {
	m, silent := Tape{Call: call}.Meta(start, time.Second)
	if err := m.Check(); err != nil || m.Why != recordings.ByRule || len(silent) != 0 {
		t.Errorf("%+v, %v", m, err)
	}
}
