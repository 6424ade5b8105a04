package agentapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
)

// Me is the topic "me": everything that an agent's desk shows of its own agent.
// Its top-level parts are what events carry: an event's data holds the parts that
// changed, whole, and a client puts them over the ones it has.
type Me struct {
	Agent        Self         `json:"agent"`
	Availability Availability `json:"availability"`
	Activity     Activity     `json:"activity"`
	Phone        PhoneState   `json:"phone"`
	Offer        *Offer       `json:"offer"`   // while one is open
	Call         *Talk        `json:"call"`    // while talking
	WrapUp       *WrapUp      `json:"wrap_up"` // after the call
	Queues       []MyQueue    `json:"queues"`
	Recent       []Recent     `json:"recent"` // newest first
}

// Self is who the agent is.
type Self struct {
	ID       queues.AgentID `json:"id"`
	Name     string         `json:"name"`
	Login    string         `json:"login"`
	Language string         `json:"language"`
	Skills   []Skill        `json:"skills"`
}

// Skill is one thing that an agent can do, and how well: 1 to 5.
type Skill struct {
	Skill queues.Skill `json:"skill"`
	Level queues.Level `json:"level"`
}

// Availability is what the agent chose: ready, not_ready with a reason, signed_out.
// Next is what they chose meanwhile, and takes effect after talk and wrap-up.
type Availability struct {
	State      string    `json:"state"`
	Reason     string    `json:"reason,omitempty"`
	Since      time.Time `json:"since,omitzero"`
	Next       string    `json:"next,omitempty"`
	NextReason string    `json:"next_reason,omitempty"`
	Until      time.Time `json:"until,omitzero"` // the longest that the reason may last
}

// Activity is what the agent is doing: idle, offered, talking, on_hold, wrap_up.
type Activity struct {
	State    string    `json:"state"`
	Since    time.Time `json:"since,omitzero"`
	Deadline time.Time `json:"deadline,omitzero"`
}

// PhoneState says whether the agent's phone can be called.
type PhoneState struct {
	Reachable bool `json:"reachable"`
}

// Offer is a request reserved for this agent until Deadline.
type Offer struct {
	ID       queues.OfferID   `json:"id"`
	Call     telephony.CallID `json:"call"`
	Deadline time.Time        `json:"deadline"`
	Why      words.Text       `json:"why,omitempty"` // this agent: "idle for longest (4 min) of 3 who could take it"
	Pop      Pop              `json:"pop"`
}

// Talk is the conversation, with the pop as it is after the answer.
type Talk struct {
	ID    telephony.CallID `json:"id"`
	Since time.Time        `json:"since"`
	Why   words.Text       `json:"why,omitempty"` // as it was in the offer
	Pop   Pop              `json:"pop"`
}

// WrapUp is the work after a call, ended by the clock at Until.
type WrapUp struct {
	Call   telephony.CallID `json:"call"`
	Ticket tickets.Number   `json:"ticket"`
	Until  time.Time        `json:"until"`
	Pop    *Pop             `json:"pop,omitempty"` // so that it survives a reload
}

// MyQueue is a queue that the agent serves.
type MyQueue struct {
	ID           queues.QueueID `json:"id"`
	Name         words.Text     `json:"name"`
	Waiting      int            `json:"waiting"`
	LongestSince *time.Time     `json:"longest_since"` // null: nobody waits
}

// Recent is a call that the agent had.
type Recent struct {
	Call    telephony.CallID `json:"call"`
	Ticket  tickets.Number   `json:"ticket"`
	Name    string           `json:"name"`
	Number  string           `json:"number"`
	At      time.Time        `json:"at"`
	Outcome string           `json:"outcome"`
}

// nobody is what a desk shows before anything was published about its agent.
func nobody(agent queues.AgentID) Me {
	return Me{
		Agent: Self{ID: agent}, Availability: Availability{State: "signed_out"}, Activity: Activity{State: "idle"},
	}
}

// Parts are the top-level parts of Me that changed, by their JSON names: a nil
// value ends an offer, a call, a wrap-up.
type Parts map[string]any

// The names in Parts.
const (
	PartAgent        = "agent"
	PartAvailability = "availability"
	PartActivity     = "activity"
	PartPhone        = "phone"
	PartOffer        = "offer"
	PartCall         = "call"
	PartWrapUp       = "wrap_up"
	PartQueues       = "queues"
	PartRecent       = "recent"
)

// partTypes is the type of each part, read from Me so that the two cannot differ.
var partTypes = func() map[string]reflect.Type {
	types := map[string]reflect.Type{}
	for f := range reflect.TypeFor[Me]().Fields() {
		types[f.Tag.Get("json")] = f.Type
	}
	return types
}()

// encode makes the parts JSON, and refuses a name or a type that Me does not have.
func (p Parts) encode() (encodedParts, error) {
	encoded := make(encodedParts, len(p))
	for name, v := range p {
		want, ok := partTypes[name]
		if !ok {
			return nil, fmt.Errorf("there is no part %q of me", name)
		}
		got := reflect.TypeOf(v)
		fits := got == want || (want.Kind() == reflect.Pointer && (got == nil || got == want.Elem()))
		if !fits {
			return nil, fmt.Errorf("part %s of me is a %v, not a %v", name, want, got)
		}
		raw, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("part %s of me: %w", name, err)
		}
		if string(raw) == "null" && want.Kind() == reflect.Slice {
			raw = json.RawMessage("[]") // pages iterate it
		}
		encoded[name] = raw
	}
	return encoded, nil
}

// encodedParts are parts as JSON, by name.
type encodedParts map[string]json.RawMessage

// object joins them. The names are ours (encode has checked them) and need no quoting rules.
func (p encodedParts) object() json.RawMessage {
	size := 2
	for name, raw := range p {
		size += len(name) + len(raw) + 4
	}
	b := append(make([]byte, 0, size), '{')
	for i, name := range slices.Sorted(maps.Keys(p)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, name...)
		b = append(b, '"', ':')
		b = append(b, p[name]...)
	}
	return append(b, '}')
}

// parts takes a whole Me apart.
func (m Me) parts() Parts {
	v := reflect.ValueOf(m)
	parts := Parts{}
	for i := range v.NumField() {
		parts[v.Type().Field(i).Tag.Get("json")] = v.Field(i).Interface()
	}
	return parts
}
