package clock

import (
	"slices"
	"testing"
	"time"
)

func at(t testing.TB, at string, what What, party Party) Moment {
	t.Helper()
	return Moment{At: june(t, at), What: what, Party: party, Department: "line"}
}

// The customer called on Monday, had to look something up until Tuesday noon, and called again on Wednesday: an agent merges the two.
func TestTicketsThatAreMergedAreOneMatterSinceTheFirstBegan(t *testing.T) {
	older := opened(t, "1 09:00", at(t, "1 10:00", Reacted, ""), waits(t, "1 11:00", Customer), waits(t, "2 12:00", FirstLine))
	alone := one(t, Reckon(older, june(t, "3 10:00")), Resolution, 1)
	due(t, alone, "4 10:00") // two hours on Monday, five on Tuesday, eight on Wednesday, and one
	merged := older
	merged.Moments = append(slices.Clone(older.Moments), at(t, "3 10:00", Joined, ""))
	if clocks := Reckon(merged, june(t, "3 12:00")); len(clocks) != 1 || clocks[0].Kind != Reaction || !clocks[0].Ended.Equal(june(t, "1 10:00")) {
		t.Errorf("of the ticket that goes on elsewhere there are %+v", clocks)
	}

	later := opened(t, "3 09:30", at(t, "3 09:31", Reacted, ""))
	later.Joined = []Past{{Moments: merged.Moments}}
	clocks := Reckon(later, june(t, "3 12:00"))
	c := one(t, clocks, Resolution, 1)
	if due(t, c, "4 10:00"); !c.Started.Equal(june(t, "1 09:00")) || c.Used != 10*time.Hour {
		t.Errorf("the one that goes on runs from %s, and has used %s", c.Started, c.Used)
	}
	if c := one(t, clocks, Reaction, 1); !c.Started.Equal(june(t, "3 09:30")) { // each had its own
		t.Errorf("its reaction runs from %s", c.Started)
	}
	if spells := Whose(later.Moments, june(t, "3 12:00")); Sum(spells).Total() != Age(later.Moments, june(t, "3 12:00")) || Age(later.Moments, june(t, "3 12:00")) != 150*time.Minute {
		t.Errorf("its own time is %v", spells)
	}

	further := opened(t, "3 14:00") // that one is merged in turn
	further.Joined = []Past{{Moments: append(slices.Clone(later.Moments), at(t, "3 15:00", Joined, "")), Joined: later.Joined}}
	due(t, one(t, Reckon(further, june(t, "3 16:00")), Resolution, 1), "4 10:00")

	later.Joined, later.Kept = nil, clocks // it is taken out again
	due(t, one(t, Reckon(later, june(t, "3 13:00")), Resolution, 1), "5 09:30")
	merged.Moments, merged.Kept = append(merged.Moments, at(t, "3 13:00", Parted, FirstLine)), Reckon(merged, june(t, "3 12:00"))
	c = one(t, Reckon(merged, june(t, "3 14:30")), Resolution, 1)
	if due(t, c, "4 10:00"); c.Cycle != 1 || !c.Ended.IsZero() {
		t.Errorf("it is %+v", c)
	}
	if age := Age(merged.Moments, june(t, "3 14:00")); age != 50*time.Hour || Sum(Whose(merged.Moments, june(t, "3 14:00"))).Total() != age {
		t.Errorf("it is %s old", age)
	}
}

// An urgent ticket that was not solved in time goes on in one that has more time, or that was answered before: that it was late stays.
func TestClockThatHasRunOutStaysWhenItsTicketIsMerged(t *testing.T) {
	urgent := opened(t, "1 09:00", at(t, "2 10:00", Joined, ""))
	urgent.Agreement.Resolution, urgent.Agreement.Reaction = 4*time.Hour, time.Hour
	clocks := Reckon(urgent, june(t, "2 12:00"))
	for kind, want := range map[Kind]string{Reaction: "1 10:00", Resolution: "1 13:00"} {
		c := one(t, clocks, kind, 1)
		if due(t, c, want); !c.Broken || !c.Ended.Equal(june(t, "2 10:00")) {
			t.Errorf("%s is %+v", kind, c)
		}
	}
	urgent.Kept, urgent.Moments = clocks, append(urgent.Moments, at(t, "2 14:00", Parted, FirstLine))
	c := one(t, Reckon(urgent, june(t, "2 15:00")), Resolution, 1)
	if due(t, c, "1 13:00"); !c.Broken || !c.Ended.IsZero() {
		t.Errorf("taken apart it is %+v", c)
	}
}

func TestWhatIsOverIsNotChangedByAMerge(t *testing.T) {
	answered := opened(t, "1 09:00", at(t, "1 10:00", Solved, Customer), at(t, "3 10:00", Joined, ""))
	later := opened(t, "3 09:30")
	later.Joined = []Past{{Moments: answered.Moments}}
	due(t, one(t, Reckon(later, june(t, "3 12:00")), Resolution, 1), "5 09:30") // that was another question: it was answered
	if c := one(t, Reckon(answered, june(t, "3 12:00")), Resolution, 1); !c.Ended.Equal(june(t, "1 10:00")) {
		t.Errorf("its own is %+v", c)
	}

	open := opened(t, "1 09:00", at(t, "3 10:00", Joined, ""))
	solved := opened(t, "2 09:00", at(t, "2 10:00", Solved, Customer), at(t, "4 09:00", Reopened, FirstLine))
	solved.Joined = []Past{{Moments: open.Moments}}
	clocks := Reckon(solved, june(t, "4 12:00"))
	for cycle, want := range map[int]string{1: "2 09:00", 2: "4 09:00"} { // it came after the one had ended, and before the other began
		if c := one(t, clocks, Resolution, cycle); !c.Started.Equal(june(t, want)) {
			t.Errorf("the clock of cycle %d runs from %s", cycle, c.Started)
		}
	}
}

// A merge with a ticket that began earlier makes no breach anew of the one that people know of; and taken out again, it leaves none behind.
func TestBreachIsToldOnceThoughAnEarlierTicketComesToGoOnThere(t *testing.T) {
	older := opened(t, "1 09:00", at(t, "3 13:45", Joined, ""))
	later := opened(t, "2 09:00")
	now := june(t, "3 14:00")
	later.Agreement.Resolution, later.Agreement.Warn = 4*time.Hour, Warn{}
	later.Kept = Reckon(later, now)
	before := one(t, later.Kept, Resolution, 1)
	if !before.Broken || !before.Escalated {
		t.Fatalf("the clock is %+v", before)
	}
	later.Joined = []Past{{Moments: older.Moments}}
	joined := Reckon(later, now)
	if news := News(later.Kept, joined); len(news) != 0 {
		t.Errorf("it is told again: %+v", news)
	}
	c := one(t, joined, Resolution, 1)
	if !c.Started.Equal(june(t, "1 09:00")) || !c.Broken || !c.Due.Equal(before.Due) || !c.EscalateAt.Equal(before.EscalateAt) {
		t.Errorf("it is %+v", c)
	}

	fresh := opened(t, "3 13:30")
	fresh.Agreement.Resolution = 4 * time.Hour
	fresh.Joined = []Past{{Moments: older.Moments}}
	fresh.Kept = Reckon(fresh, now)
	if !one(t, fresh.Kept, Resolution, 1).Broken {
		t.Fatal("it has time left")
	}
	fresh.Joined = nil
	if c := one(t, Reckon(fresh, now), Resolution, 1); c.Broken {
		t.Errorf("taken apart it is %+v", c)
	}
}
