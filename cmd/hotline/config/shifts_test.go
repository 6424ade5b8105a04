package config

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config/sample"
	"hotline/queues/adherence"
	"hotline/queues/simulation"
)

const aRota = `agents:
  - {id: anna, shifts: ["09:00-18:00"], days: [mon-fri], breaks: ["13:00-14:00"], dates: {"2026-12-31": ["09:00-15:00"], "2027-01-01": []}}
  - {id: night, count: 2, skills: {support: 3}, shifts: ["20:00-09:00"]}
`

// planned is a configuration whose shifts stand in a rota.
func planned(t *testing.T, rota string) (file string) {
	t.Helper()
	return sample.Changed(t, "reasons: {break", "shifts: {file: \""+sample.Written(t, rota)+"\"}\nreasons: {break")
}

func TestShiftsAreThoseOfTheRotaThatIsSimulated(t *testing.T) {
	sample.SetSecrets(t)
	c, err := Load(planned(t, aRota))
	if err != nil {
		t.Fatal(err)
	}
	day := []adherence.Span{{From: 9 * time.Hour, To: 18 * time.Hour}}
	want := adherence.Plan{"anna": {
		Week: [7][]adherence.Span{1: day, 2: day, 3: day, 4: day, 5: day}, Breaks: []adherence.Span{{From: 13 * time.Hour, To: 14 * time.Hour}},
		Dates: map[string][]adherence.Span{"2026-12-31": {{From: 9 * time.Hour, To: 15 * time.Hour}}, "2027-01-01": {}},
	}}
	if got := c.Shifts.Plan(); !reflect.DeepEqual(got, want) {
		t.Errorf("planned is %+v, not %+v: who stands for a group is nobody", got, want)
	}
	none, err := Load(sample.Changed(t))
	if err != nil || len(none.Shifts.Plan()) != 0 {
		t.Errorf("without a file %v, %v", none.Shifts.Plan(), err)
	}
	if beyond := none.Beyond(c); len(beyond) != 0 {
		t.Errorf("a restart is waited for by %q", beyond)
	}
}

func TestMistakesInShiftsAreToldAndStopNobodyWhoServes(t *testing.T) {
	sample.SetSecrets(t)
	file := planned(t, `agents:
  - {id: anna, shifts: ["9-18"], days: [monday], breaks: ["13-14"], dates: {"31.12.2026": ["09:00-15:00"]}}
  - {id: nobody, shifts: ["09:00-18:00"]}
`)
	_, err := Load(file)
	if err == nil {
		t.Fatal("it is taken")
	}
	for _, want := range []string{
		`agents.0.shifts.0: "9-18" is no time of the day`, `agents.0.breaks.0: "13-14" is no time of the day`, `agents.0.days.0: "monday" is no day`,
		`agents.0.dates.31.12.2026: "31.12.2026" is no date`, `agents.1.skills: is missing, and "nobody" is no agent`,
	} {
		if n := strings.Count(err.Error(), want); n != 1 {
			t.Errorf("%d times it is told: %s, in\n%v", n, want, err)
		}
	}
	if _, overdue, err := LoadToServe(file); err != nil || len(overdue) != 5 {
		t.Errorf("who serves is stopped by %v; told are %q", err, overdue)
	}
	if _, _, err := LoadToServe(planned(t, aRota)); err != nil {
		t.Error(err)
	}
	gone := sample.Changed(t, "reasons: {break", "shifts: {file: gone.yaml}\nreasons: {break")
	if _, err := Load(gone); err == nil || !strings.Contains(err.Error(), filepath.Join(filepath.Dir(gone), "gone.yaml")) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestABreakIsCutOutOfAShiftThatIsSimulated(t *testing.T) {
	span := func(from, to float64) simulation.Shift {
		return simulation.Shift{From: time.Duration(from * float64(time.Hour)), To: time.Duration(to * float64(time.Hour))}
	}
	for name, c := range map[string]struct{ shifts, breaks, want []simulation.Shift }{
		"within":        {[]simulation.Shift{span(9, 18)}, []simulation.Shift{span(13, 14)}, []simulation.Shift{span(9, 13), span(14, 18)}},
		"two":           {[]simulation.Shift{span(9, 18)}, []simulation.Shift{span(11, 11.25), span(13, 14)}, []simulation.Shift{span(9, 11), span(11.25, 13), span(14, 18)}},
		"past midnight": {[]simulation.Shift{span(20, 33)}, []simulation.Shift{span(2, 3)}, []simulation.Shift{span(20, 26), span(3, 9)}},
		"outside":       {[]simulation.Shift{span(9, 12)}, []simulation.Shift{span(13, 14)}, []simulation.Shift{span(9, 12)}},
	} {
		if got := apart(c.shifts, c.breaks); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, not %v", name, got, c.want)
		}
	}
}
