package main

import (
	"strings"
	"testing"
	"time"

	"hotline/tickets"
)

func TestALineOfTheAuditIsTextOrJSONAndHoldsNoControlCharacters(t *testing.T) {
	look := tickets.Look{
		At: time.Date(2026, 11, 1, 21, 30, 0, 0, time.UTC), Who: "command line: olga\x1b[2J", Did: tickets.ErasedPerson, Subject: "100001",
	}
	for as, want := range map[auditCommand]string{
		{}:           "2026-11-02 00:30:00  command line: olga [2J  –                erased a person                       100001\n",
		{JSON: true}: `{"at":"2026-11-01T21:30:00Z","who":"command line: olga\u001b[2J","did":"erased a person","subject":"100001"}` + "\n",
	} {
		var out strings.Builder
		if err := as.write(&out, look, time.FixedZone("MSK", 3*3600)); err != nil || out.String() != want {
			t.Errorf("%+v: %q, %v; want %q", as, out.String(), err, want)
		}
	}
}
