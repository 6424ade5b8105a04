package config

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config/sample"
	"hotline/queues"
)

func TestSkillsLastUntilTheMidnightAfterTheirLastDayOnTheLinesClock(t *testing.T) {
	sample.SetSecrets(t)
	c, err := Load(sample.Changed(t, "    skills: {information: 3", "    skills_until: {information: 2037-03-31}\n    skills: {information: 3"))
	if err != nil {
		t.Fatal(err)
	}
	a, end := c.Agents()["anna"], time.Date(2037, 4, 1, 0, 0, 0, 0, c.Location())
	if got := a.Expires["information"]; len(a.Expires) != 1 || !got.Equal(end) {
		t.Fatalf("it ends at %v", a.Expires)
	}
	if need := (queues.Need{Skill: "information"}); !a.At(end.Add(-time.Second)).Can(need) || a.At(end).Can(need) {
		t.Error("it does not end then")
	}
}

func TestMistakesInLastDaysOfSkillsAreToldWhereTheyAre(t *testing.T) {
	sample.SetSecrets(t)
	for text, want := range map[string]string{
		`{information: 2037-13-31}`: `people.0.skills_until.information: "2037-13-31" is no day; write the last one as 2026-12-31`,
		`{information: someday}`:    `people.0.skills_until.information: "someday" is no day; write the last one as 2026-12-31`,
		`{information: 9999-12-31}`: `people.0.skills_until.information: "9999-12-31" is too far ahead: the last year is 2200`,
		`{sailing: 2037-03-31}`:     `people.0.skills_until.sailing: sailing is not among the skills of anna`,
	} {
		file := sample.Changed(t, "    skills: {information: 3", "    skills_until: "+text+"\n    skills: {information: 3")
		_, err := Load(file)
		_, at, _ := strings.Cut(text, ": ")
		if got := mistakes(err); !slices.Equal(got, []string{sample.Where(t, file, strings.TrimSuffix(at, "}")) + ": " + want}) {
			t.Errorf("found %s, not %s", got, want)
		}
	}
	_, doubts, err := Check(sample.Changed(t, "    skills: {information: 3", "    skills_until: {subscribers: 2020-01-01}\n    skills: {information: 3"), "", "", 0)
	over := func(e error) bool {
		return strings.Contains(e.Error(), "people.0.skills_until.subscribers: is over: anna is offered nothing that needs subscribers")
	}
	if err == nil || !strings.Contains(err.Error(), "nobody holds subscribers") || !slices.ContainsFunc(doubts, over) {
		t.Errorf("doubts are %v, %v", doubts, err)
	}
}
