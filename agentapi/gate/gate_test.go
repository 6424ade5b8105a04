package gate_test

import (
	"testing"

	"hotline/agentapi/gate"
	"hotline/agentapi/memory"
)

func TestWrongOptionsAreRefusedWhenTheGateIsMade(t *testing.T) {
	for name, spoil := range map[string]func(*gate.Options){
		"no accounts":         func(o *gate.Options) { o.Accounts = nil },
		"origin with a path":  func(o *gate.Options) { o.Origins = []string{"https://desk.example.org/x"} },
		"origin without host": func(o *gate.Options) { o.Origins = []string{"desk"} },
	} {
		o := gate.Options{Accounts: &memory.Accounts{}}
		spoil(&o)
		if _, err := gate.New(o); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
