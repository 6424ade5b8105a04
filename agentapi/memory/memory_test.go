package memory_test

import (
	"testing"

	"hotline/agentapi/conformance"
	"hotline/agentapi/memory"
)

func TestAccountsInMemoryConform(t *testing.T) {
	conformance.Run(t, func(*testing.T) conformance.Store { return &memory.Accounts{} })
}
