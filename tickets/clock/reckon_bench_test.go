package clock

import (
	"testing"
	"time"
)

// A ticket that is open for five years, with a pause each week: as bad as it gets.
func BenchmarkReckoningFiveYears(b *testing.B) {
	ticket := opened(b, "1 09:00")
	at := ticket.Moments[0].At
	for range 5 * 52 {
		ticket.Moments = append(ticket.Moments,
			Moment{At: at.Add(24 * time.Hour), What: Moved, Party: Customer, Department: "line"},
			Moment{At: at.Add(72 * time.Hour), What: Moved, Party: FirstLine, Department: "line"})
		at = at.AddDate(0, 0, 7)
	}
	ticket.Agreement.Resolution = 10000 * time.Hour
	b.Run("from the beginning", func(b *testing.B) {
		for b.Loop() {
			Reckon(ticket, at)
		}
	})
	ticket.Kept = Reckon(ticket, at)
	b.Run("with what was kept", func(b *testing.B) {
		for b.Loop() {
			Reckon(ticket, at)
		}
	})
	b.Run("explained", func(b *testing.B) {
		for b.Loop() {
			Explain(one(b, ticket.Kept, Resolution, 1), ticket.Agreement.Calendar, at)
		}
	})
}

// A usual ticket: two days, one pause.
func BenchmarkReckoning(b *testing.B) {
	ticket := opened(b, "1 09:00", Moment{At: june(b, "1 10:00"), What: Reacted}, waits(b, "1 12:00", Customer), waits(b, "2 12:00", FirstLine))
	now := june(b, "2 15:00")
	for b.Loop() {
		Reckon(ticket, now)
	}
}
