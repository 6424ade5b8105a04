package stream

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"hotline/agentapi"
	"hotline/queues"
)

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
	PartBulletins    = "bulletins"
	PartStarting     = "starting"
	PartDelayed      = "delayed"
)

// partTypes is the type of each part, read from Me so that the two cannot differ.
var partTypes = func() map[string]reflect.Type {
	types := map[string]reflect.Type{}
	for f := range reflect.TypeFor[agentapi.Me]().Fields() {
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

// partsOf takes a whole Me apart.
func partsOf(m agentapi.Me) Parts {
	v := reflect.ValueOf(m)
	parts := Parts{}
	for i := range v.NumField() {
		parts[v.Type().Field(i).Tag.Get("json")] = v.Field(i).Interface()
	}
	return parts
}

// nobody is what a desk shows before anything was published about its agent.
func nobody(agent queues.AgentID) agentapi.Me {
	return agentapi.Me{
		Agent: agentapi.Self{ID: agent}, Availability: agentapi.Availability{State: "signed_out"}, Activity: agentapi.Activity{State: "idle"},
	}
}
