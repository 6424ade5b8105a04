package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/asterisk"
)

var updateResponses = flag.Bool("update-responses", false, "write the table of a phone's responses in CONTRIBUTING.md anew")

const (
	responsesBegin = "<!-- responses: written by go test ./cmd/hotline -run TestTableOfResponses -update-responses -->\n"
	responsesEnd   = "<!-- /responses -->\n"
)

// outcomeOf is how an offer ends by a cause, and for what reason the agent is not ready then.
func outcomeOf(c telephony.Cause) (ending queues.Ending, reason queues.Reason, atOnce bool) {
	if c == telephony.CauseDeclined {
		return queues.OfferWasDeclined, "", false
	}
	for _, of := range queues.Consequences {
		if of.Failure == queues.FailureOf(c) {
			return of.Ending, of.Reason, of.AtOnce
		}
	}
	panic("a cause without a consequence")
}

func responsesTable() string {
	var b strings.Builder
	b.WriteString("| response | at once: offer, agent | after ringing (180, 183): offer, agent |\n|---|---|---|\n")
	cell := func(c telephony.Cause) string {
		ending, reason, atOnce := outcomeOf(c)
		switch {
		case reason == "":
			return fmt.Sprintf("%s: %s; ready", c, ending)
		case atOnce:
			return fmt.Sprintf("%s: %s; not ready (%s)", c, ending, reason)
		default:
			return fmt.Sprintf("%s: %s; ready, after three in a row not ready (%s)", c, ending, reason)
		}
	}
	for _, r := range asterisk.Responses {
		codes := strings.Trim(strings.ReplaceAll(fmt.Sprint(r.Codes), " ", ", "), "[]")
		if codes != "" {
			codes += " "
		}
		fmt.Fprintf(&b, "| %s%s | %s | %s |\n", codes, r.Name, cell(r.AtOnce), cell(r.AfterRinging))
	}
	fmt.Fprintf(&b, "| none: no packet comes, or the network says that nobody listens | %s | %s |\n", cell(telephony.CauseUnreachable), cell(telephony.CauseNoAnswer))
	fmt.Fprintf(&b, "| Asterisk itself could not dial | %s | – |\n", cell(telephony.CauseCongestion))
	return b.String()
}

func TestTableOfResponsesIsTheCodes(t *testing.T) {
	const file = "../../CONTRIBUTING.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), responsesBegin)
	_, after, ended := strings.Cut(rest, responsesEnd)
	if !found || !ended {
		t.Fatal("CONTRIBUTING.md has no table of responses")
	}
	whole := before + responsesBegin + responsesTable() + responsesEnd + after
	if whole == string(text) {
		return
	}
	if !*updateResponses {
		t.Fatalf("CONTRIBUTING.md does not say what the code does; it should be\n%s", responsesTable())
	}
	if err := os.WriteFile(file, []byte(whole), 0o644); err != nil {
		t.Fatal(err)
	}
}
