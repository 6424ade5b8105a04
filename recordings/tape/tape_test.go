package tape

import (
	"reflect"
	"testing"
	"time"

	"hotline/recordings"
	"hotline/recordings/stereo"
	"hotline/telephony"
)

const call = "01a20268-481d-7e82-aa55-1800d2622fa3"

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }

func TestFactsSayWhatIsKnownOfAMessage(t *testing.T) {
	left := telephony.Message{Name: call + ".xyz-2", Call: call, Came: at(-60)}
	facts := []Fact{
		{Kind: Speaks, At: at(0), Queue: "billing", Ticket: "T-1", Name: call + ".xyz-1"},
		{Kind: Speaks, At: at(20), Queue: "support", Ticket: "T-1", Name: left.Name},
		{Kind: Spoke, At: at(30), Ticket: "T-2", Name: left.Name},
	}
	want := recordings.Meta{
		ID: MessageID(left.Name), Kind: recordings.Message, Call: call, Ticket: "T-2", Queue: "support", Why: recordings.ByMessage, Name: left.Name, Started: at(20), Length: 9 * time.Second,
	}
	if m, known := (Tape{call, facts}).Message(left, 9*time.Second); !reflect.DeepEqual(m, want) || !known {
		t.Errorf("it is %+v, known %v, want %+v", m, known, want)
	}
	if m, known := (Tape{Call: call}).Message(left, time.Second); !m.Started.Equal(left.Came) || m.Check() != nil || known {
		t.Errorf("where nothing was noted it is %+v, known %v", m, known)
	}
	if MessageID(left.Name) == MessageID(call+".xyz-1") || MessageID(call) == ID(call) {
		t.Error("two recordings have one id")
	}
}

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
