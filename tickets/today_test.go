package tickets

import (
	"math/rand/v2"
	"testing"
	"time"
)

// Contacts come, late ones too, and some are erased: within the time of one turn through the day the count is right, and what is looked at
// at once are three pieces, however many there were.
func TestADayIsCountedRightByLookingAtThreePiecesAtATime(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 7))
		midnight := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
		now := midnight.Add(time.Duration(random.IntN(20*60)) * time.Minute)
		var came []time.Time // truth
		arrive := func(at time.Time) { came = append(came, at) }
		for range 500 {
			arrive(midnight.Add(time.Duration(random.Int64N(int64(now.Sub(midnight)) + 1))))
		}
		var d DayCount
		looked := 0
		count := func() int {
			spans := d.Due(midnight, now)
			counts := map[int]int{}
			looked = 0
			for _, s := range spans {
				looked += int(s.To.Sub(s.From) / Piece)
				for _, at := range came {
					if !at.Before(s.From) && at.Before(s.To) {
						counts[int(at.Sub(midnight)/Piece)]++
					}
				}
			}
			return d.Counted(midnight, spans, counts)
		}
		if got := count(); got != len(came) {
			t.Fatalf("seed %d: the first count is %d of %d", seed, got, len(came))
		}
		for range 300 {
			now = now.Add(time.Second)
			arrive(now.Add(-time.Duration(random.IntN(60)) * time.Second).Truncate(time.Second))
			if came[len(came)-1].Before(midnight) {
				came = came[:len(came)-1]
			}
			got := count()
			if looked > 3 {
				t.Fatalf("seed %d: %d pieces were looked at", seed, looked)
			}
			if got != len(came) {
				t.Fatalf("seed %d: what comes now is counted %d of %d", seed, got, len(came))
			}
		}
		arrive(midnight.Add(time.Minute)) // hours late
		came = append(came[:3], came[4:]...)
		for range 24 * 12 {
			now = now.Add(time.Second)
			count()
		}
		if got := count(); got != len(came) {
			t.Errorf("seed %d: after one turn it is %d of %d", seed, got, len(came))
		}
		now = now.Add(3 * time.Hour)
		arrive(now.Add(-2 * time.Hour))
		if got := count(); got != len(came) {
			t.Errorf("seed %d: after a gap it is %d of %d", seed, got, len(came))
		}
		midnight = midnight.AddDate(0, 0, 1)
		now, came = midnight.Add(time.Second), []time.Time{midnight}
		if got := count(); got != 1 {
			t.Errorf("seed %d: the next day begins with %d", seed, got)
		}
	}
}
