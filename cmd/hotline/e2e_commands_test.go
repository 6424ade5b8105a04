package main

import (
	"encoding/json"
	"net/http"
	"testing"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
)

// TestAProgramDoesInACallWhatItsAgentDoes: a CRM with a token holds, takes back and hangs up in the name of who talks, and of nobody else.
func TestAProgramDoesInACallWhatItsAgentDoes(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}})
	anna := s.agent("anna").ready()
	customer := s.calls("+79160009603")
	s.chooses(customer, "3")
	talk := anna.answers()
	s.hearEachOther(customer, talk)
	call, token := anna.call(), s.token("crm", "calls:write")
	gives := func(agent, command string, want agentapi.Code) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.pages()+"/api/v1/calls/"+string(call)+"/commands/"+command+"?agent="+agent, nil)
		s.must(err)
		req.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(req)
		s.must(err)
		defer answer.Body.Close()
		var p agentapi.Problem
		if answer.StatusCode != http.StatusNoContent {
			s.must(json.NewDecoder(answer.Body).Decode(&p))
		}
		if p.Code != want {
			t.Errorf("%s in the name of %s: %d %+v, expected %q", command, agent, answer.StatusCode, p, want)
		}
	}
	gives("boris", "hold", agentapi.CodeConflict)
	gives("nobody", "hang_up", agentapi.CodeConflict)
	gives("anna", "resume", agentapi.CodeNotOnHold)
	gives("anna", "hold", "")
	anna.until("the caller is on hold", func(me agentapi.Me) bool { return me.Activity.State == "on_hold" })
	gives("anna", "hold", agentapi.CodeOnHold)
	gives("anna", "resume", "")
	s.hearEachOther(customer, talk)
	gives("anna", "hang_up", "")
	anna.finish("resolved")
	s.gone(customer)
	s.nothingLeft()
}
