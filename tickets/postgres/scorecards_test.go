package postgres_test

import (
	"testing"
	"time"

	"hotline/tickets/conformance"
	"hotline/tickets/postgres"
	"hotline/tickets/scorecard"
)

func TestScorecardsInPostgreSQL(t *testing.T) {
	_, pool := fresh(t)
	if _, err := pool.Exec(t.Context(), `TRUNCATE scorecards`); err != nil {
		t.Fatal(err)
	}
	s := postgres.NewScorecards(pool)
	conformance.Scorecards(t, s)
	at := time.Date(2026, 3, 2, 12, 1, 0, 0, time.UTC) // of three that were begun a minute apart
	for _, want := range []int64{1, 0} {
		if n, err := s.Forget(t.Context(), at); err != nil || n != want {
			t.Errorf("%d old ones are deleted, %v", n, err)
		}
	}
	if left, err := s.Cards(t.Context(), scorecard.Question{Limit: 10}); err != nil || len(left) != 2 {
		t.Errorf("%d are left, %v", len(left), err)
	}
}
