package main

import (
	"context"
	"testing"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
)

// TestAgentPressesKeysForWhoeverIsAtTheOtherEnd: they come as events of RFC 4733, in their order, and the two go on hearing each other.
func TestAgentPressesKeysForWhoeverIsAtTheOtherEnd(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}})
	anna := s.agent("anna").ready()
	customer := s.calls("+79160009601")
	s.chooses(customer, "3")
	talk := anna.answers()
	s.hearEachOther(customer, talk)
	const keys = "4711*#0"
	press := func() error {
		return anna.desk.Command(t.Context(), "call.type", map[string]any{"call": anna.call(), "digits": keys})
	}
	s.must(press())
	soon, cancel := context.WithTimeout(t.Context(), atOnce)
	defer cancel()
	for i := range keys {
		key, err := customer.Digit(soon)
		if err != nil || key != keys[i] {
			t.Fatalf("key %d is %q, %v", i+1, key, err)
		}
	}
	s.hearEachOther(customer, talk)
	s.must(anna.inCall("call.hold"))
	if err := press(); !client.IsProblem(err, agentapi.CodeOnHold) {
		t.Errorf("to a caller on hold: %v", err)
	}
	s.hangsUp(customer)
	anna.finish("resolved")
	s.nothingLeft()
}
