package clock

import (
	"testing"
	"time"
)

func TestEachSecondBelongsToWhoeverHadTheTicket(t *testing.T) {
	moments := []Moment{
		{At: june(t, "1 10:00"), What: Opened, Party: FirstLine, Department: "line", Person: "ann"},
		{At: june(t, "1 10:20"), What: Reacted},
		{At: june(t, "1 10:30"), What: Moved, Party: Department, Department: "technical"},
		{At: june(t, "1 12:00"), What: Moved, Party: Vendor, Department: "technical", Person: "bob"},
		{At: june(t, "2 12:00"), What: Moved, Party: Scheduled, Department: "technical", Person: "bob"},
		{At: june(t, "3 09:00"), What: Moved, Party: Department, Department: "technical", Person: "bob"},
		{At: june(t, "3 11:00"), What: Solved, Party: Customer, Department: "technical", Person: "bob"},
		{At: june(t, "4 11:00"), What: Closed},
		{At: june(t, "20 11:00"), What: Reopened, Party: FirstLine, Department: "line"},
	}
	now := june(t, "20 12:00")
	spells := Whose(moments, now)
	if len(spells) != 7 || spells[5].Party != Customer || !spells[5].To.Equal(june(t, "4 11:00")) || !spells[6].From.Equal(june(t, "20 11:00")) {
		t.Errorf("the spells are %+v", spells)
	}
	sums := Sum(spells)
	for party, want := range map[Party]time.Duration{
		FirstLine: 90 * time.Minute, Department: 3*time.Hour + 30*time.Minute, Vendor: 24 * time.Hour, Scheduled: 21 * time.Hour, Customer: 24 * time.Hour,
	} {
		if sums[party] != want {
			t.Errorf("%s has %s, not %s", party, sums[party], want)
		}
	}
	if age := Age(moments, now); age != sums.Total() || age != 74*time.Hour {
		t.Errorf("of an age of %s the parties have %s", age, sums.Total())
	}
}

func TestTimesThatRunBackwardsAreNobodysTwice(t *testing.T) {
	moments := []Moment{
		{At: june(t, "1 10:00"), What: Opened, Party: FirstLine},
		{At: june(t, "1 11:00"), What: Moved, Party: Department, Department: "technical"},
		{At: june(t, "1 09:00"), What: Moved, Party: Customer, Department: "technical"}, // another machine's clock
		{At: june(t, "1 12:00"), What: Moved, Party: FirstLine},
	}
	for _, now := range []string{"1 08:00", "1 11:30", "1 12:00"} { // and so is ours
		sums := Sum(Whose(moments, june(t, now)))
		if sums[FirstLine] != time.Hour || sums[Department] != 0 || sums[Customer] != time.Hour || Age(moments, june(t, now)) != 2*time.Hour {
			t.Errorf("at %s the parties have %v", now, sums)
		}
	}
}

func TestLifeWithoutAnyMomentIsNobodys(t *testing.T) {
	if spells := Whose(nil, time.Now()); spells != nil || Age(nil, time.Now()) != 0 || Reckon(Ticket{}, time.Now()) != nil {
		t.Errorf("no history has the spells %v", spells)
	}
}

func TestWhatStandsInAHistoryWithoutAPartyStaysWithWhomItWas(t *testing.T) {
	moments := []Moment{
		{At: june(t, "1 10:00"), What: Opened},
		{At: june(t, "1 11:00"), What: Moved, Party: "nobody", Department: "technical"},
		{At: june(t, "1 12:00"), What: Reacted},
		{At: june(t, "1 12:10"), What: Solved},
		{At: june(t, "1 12:20"), What: Reopened},
	}
	spells := Whose(moments, june(t, "1 13:00"))
	if len(spells) != 1 || spells[0].Party != FirstLine || spells[0].Department != "" || spells[0].To.Sub(spells[0].From) != 3*time.Hour {
		t.Errorf("the spells are %+v", spells)
	}
}
