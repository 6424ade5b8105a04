package flow

import "context"

var hangupKind = kindOf[Hangup]("hangup", `{hangup: {say: [goodbye]}}`)

// Hangup says good-bye and ends the call.
type Hangup struct {
	Say []Prompt `yaml:"say,omitempty"`
}

// Outline implements Kind.
func (h Hangup) Outline(NodeID) Outline {
	return Outline{Drawn: "hangup", Says: []Said{{"hangup.say", h.Say}}, Ends: true, NoNext: "nothing comes after hangup"}
}

// Prove implements Kind. There need be no good-bye.
func (Hangup) Prove(*Proof) {}

// Run implements Kind.
func (h Hangup) Run(ctx context.Context, call Call, _ NodeID) (NodeID, error) {
	return "", call.Speech.Say(ctx, call.Speech.Words(h.Say...))
}
