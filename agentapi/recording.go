package agentapi

import "time"

// RecordingWish is what somebody wants of the recording of a talk.
type RecordingWish string

// They are those of ivr.Line.Record.
const (
	StartRecording RecordingWish = "start"
	StopRecording  RecordingWish = "stop"
	PauseRecording RecordingWish = "pause"
	GoOnRecording  RecordingWish = "go_on"
)

var recordingWishes = []Choice{{Code: string(StartRecording)}, {Code: string(StopRecording)}, {Code: string(PauseRecording)}, {Code: string(GoOnRecording)}}

// RecordingOrder is what is to become of the recording of a talk.
type RecordingOrder struct {
	Do RecordingWish `json:"do" enum:"start,stop,pause,go_on"`
}

// TalkRecording is what an agent is to know of the recording of their talk.
type TalkRecording struct {
	State    string    `json:"state,omitempty"`     // on; paused; told: it is on once the caller has been told, unless they decline; failed: it should be on; "" is not recorded
	Until    time.Time `json:"until,omitzero"`      // a pause goes on by itself then
	OnDemand bool      `json:"on_demand,omitempty"` // the agent may begin and end it
	Declined bool      `json:"declined,omitempty"`  // by the caller
}
