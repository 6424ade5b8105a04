package postgres_test

import (
	"testing"

	"hotline/tickets/conformance"
	"hotline/tickets/postgres"
)

func TestScorecardsInPostgreSQL(t *testing.T) {
	_, pool := fresh(t)
	if _, err := pool.Exec(t.Context(), `TRUNCATE scorecards`); err != nil {
		t.Fatal(err)
	}
	conformance.Scorecards(t, postgres.NewScorecards(pool))
}
