package agentapi

import (
	"time"

	"hotline/queues"
	"hotline/telephony"
)

// Manner is how a supervisor takes part in a call.
type Manner string

const (
	MannerListen  Manner = "listen"  // they hear the agent and whom the agent hears; nobody hears them
	MannerWhisper Manner = "whisper" // the agent, and only the agent, hears them, too
	MannerSpeak   Manner = "speak"   // all hear them
)

// MannerOf is a manner in the words of pages.
func MannerOf(m telephony.Manner) Manner {
	switch m {
	case telephony.Whispers:
		return MannerWhisper
	case telephony.Speaks:
		return MannerSpeak
	default:
		return MannerListen
	}
}

// Telephony is the manner as the switch has it.
func (m Manner) Telephony() telephony.Manner {
	switch m {
	case MannerWhisper:
		return telephony.Whispers
	case MannerSpeak:
		return telephony.Speaks
	default:
		return telephony.Listens
	}
}

// Oversight is what a supervisor wants: to take part in a call.
type Oversight struct {
	Agent  queues.AgentID   `json:"agent,omitempty" maxLength:"100" doc:"in the call in which this agent talks now"`
	Call   telephony.CallID `json:"call,omitempty" maxLength:"64" doc:"or in this one; one of the two"`
	Manner Manner           `json:"manner" enum:"listen,whisper,speak" doc:"heard by nobody, by the agent alone, or by all"`
}

// OversightAnswer says at which call the supervisor is now.
type OversightAnswer struct {
	Call   telephony.CallID `json:"call"`
	Manner Manner           `json:"manner" enum:"listen,whisper,speak"`
}

// Overseer is a supervisor at a call, as those see it who may.
type Overseer struct {
	ID     queues.AgentID   `json:"id"` // the supervisor's, as an agent
	Name   string           `json:"name"`
	Manner Manner           `json:"manner"`
	Since  time.Time        `json:"since"`
	Call   telephony.CallID `json:"call,omitempty"`
	Agent  queues.AgentID   `json:"agent,omitempty"` // who talks in it; absent: nobody now
}
