package memory_test

import (
	"testing"

	"hotline/tickets/conformance"
	"hotline/tickets/memory"
)

func TestScorecardsInMemory(t *testing.T) { conformance.Scorecards(t, &memory.Scorecards{}) }
