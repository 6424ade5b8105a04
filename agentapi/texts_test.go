package agentapi_test

import (
	"os"
	"strings"
	"testing"

	"hotline/agentapi"
	"hotline/tickets"
)

func TestThePagesHaveWordsForWhatTheServerNames(t *testing.T) {
	for _, file := range []string{"pages/src/texts/ru.ts", "pages/src/texts/en.ts"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		has := func(code string) bool { return strings.Contains(string(text), "\n    "+code+": '") }
		for _, outcome := range tickets.Outcomes {
			if !has(string(outcome)) {
				t.Errorf("%s: no words for the outcome %s", file, outcome)
			}
		}
		for _, code := range []agentapi.Code{agentapi.CodeTooManyAway, agentapi.CodeOfferEnded, agentapi.CodeOnHold, agentapi.CodeNotOnHold, agentapi.CodeUnavailable, agentapi.CodeNotYourCall, agentapi.CodeMayNotCall, agentapi.CodeNotKept} {
			if !has(string(code)) {
				t.Errorf("%s: no words for the refusal %s", file, code)
			}
		}
		for _, code := range []agentapi.FieldCode{agentapi.FieldMissing, agentapi.FieldUnknown, agentapi.FieldPast, agentapi.FieldTooFar} {
			if !has(string(code)) {
				t.Errorf("%s: no words for what is wrong with a field: %s", file, code)
			}
		}
		if !strings.Contains(string(text), "\n    "+string(agentapi.FieldTooLong)+": (") {
			t.Errorf("%s: no words for a text that is too long", file)
		}
	}
}
