package memory_test

import (
	"testing"

	"hotline/tickets/conformance"
	"hotline/tickets/memory"
)

func TestMemoryIsAStore(t *testing.T) {
	conformance.Run(t, func() conformance.Opened {
		s := memory.NewStore()
		return conformance.Opened{Store: s, Rows: func() conformance.Rows {
			return conformance.Rows{
				Contacts: s.Contacts(), Tickets: s.Tickets(), Merged: s.Merged(), History: s.History(), Matters: s.Matters(), Entries: s.Entries(),
			}
		}}
	})
}
