package postgres_test

import (
	"testing"
	"time"

	"hotline/tickets"
	"hotline/tickets/postgres"
)

func TestADayThatIsCountedByPiecesIsAsLargeAsOneCountedWhole(t *testing.T) {
	pool := apart(t)
	fillYears(t, pool, 2000, wholeCentre, time.Now())
	s := postgres.New(pool)
	var last time.Time
	if err := pool.QueryRow(t.Context(), `SELECT max(arrived_at) FROM contacts`).Scan(&last); err != nil {
		t.Fatal(err)
	}
	midnight := last.Add(-200 * time.Hour) // a long day, so that there is something in it
	want, err := s.CountsSince(t.Context(), midnight)
	if err != nil || want.Calls == 0 {
		t.Fatalf("there are %+v, %v", want, err)
	}
	var day tickets.DayCount
	for i := range 3 {
		spans := day.Due(midnight, last.Add(time.Duration(i)*time.Second))
		counts, due, err := s.Today(t.Context(), midnight, spans)
		if err != nil {
			t.Fatal(err)
		}
		if got := day.Counted(midnight, spans, counts); got != want.Calls {
			t.Errorf("at the count %d there are %d, not %d", i+1, got, want.Calls)
		}
		if due != min(want.CallbacksDue, tickets.MostDue) {
			t.Errorf("to be called back are %d, not %d", due, want.CallbacksDue)
		}
	}
}
