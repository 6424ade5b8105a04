package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

const oneCaller = `arrivals: [{queue: support, needs: {"lang:ru": 1}, talk: {mean: 4m}, calls: {"09:00-18:00": 1}}]`

// planning is what simulate finds of files, and check too: both tell the same, and where it is.
func planning(t *testing.T, agents, arrivals string, days int) (c simulateCommand, found, doubts []string) {
	t.Helper()
	c = example
	c.Days = days
	if agents != "" {
		c.Agents = written(t, agents)
	}
	if arrivals != "" {
		c.Arrivals = written(t, arrivals)
	}
	setExampleSecrets(t)
	_, doubtful, err := c.plan()
	for _, d := range doubtful {
		doubts = append(doubts, d.Error())
	}
	found = mistakes(err)
	checked, err := checkCommand{File: c.Config, Agents: c.Agents, Arrivals: c.Arrivals, Days: days}.check()
	if len(found) > 0 && !slices.Equal(mistakes(err), found) {
		t.Errorf("simulate finds\n%s\nand check\n%v", strings.Join(found, "\n"), err)
	}
	for _, d := range doubtful {
		if !slices.Contains(checked.doubts, d) && !strings.Contains(allOf(checked.doubts), d.Error()) {
			t.Errorf("check does not doubt as simulate does: %v", d)
		}
	}
	return c, found, doubts
}

func allOf(all []error) (text string) {
	for _, err := range all {
		text += err.Error() + "\n"
	}
	return text
}

func TestMoreCallsThanCanBeSimulatedAreRefusedBeforeAnyIs(t *testing.T) {
	many := `arrivals:
  - {queue: support, needs: {"lang:ru": 1}, talk: {mean: 4m}, calls: {"09:00-18:00": 1}}
  - {queue: support, needs: {"lang:ru": 1}, talk: {mean: 4m}, calls: {"00:00-24:00": 1000000}}
`
	c, found, _ := planning(t, "", many, 2)
	want := c.Arrivals + `:3:71: arrivals.1.calls: are 96000000 in 2 days, and with all others 96000036; at most 2000000 are simulated: take fewer calls, or fewer --days`
	if !slices.Equal(found, []string{want}) {
		t.Errorf("found\n%s\nnot\n%s", strings.Join(found, "\n"), want)
	}
	for calls, days := range map[string]int{"20832": 2, "1000": 41} { // 48 half hours
		c := example
		c.Days, c.Arrivals = days, written(t, strings.Replace(many, "1000000", calls, 1))
		if _, _, err := c.plan(); err != nil {
			t.Errorf("%s in each half hour of %d days: %v", calls, days, err)
		}
		c.Days++
		if _, _, err := c.plan(); err == nil {
			t.Errorf("%s in each half hour of %d days are not too many", calls, c.Days)
		}
	}
}

func TestSkillsThatNobodyKnowsAreTold(t *testing.T) {
	agents := `agents: [{id: anna, shifts: ["00:00-24:00"]}, {id: day, skills: {suport: 3, "lang:ru": 5}, shifts: ["09:00-18:00"]}]`
	c, found, doubts := planning(t, agents, oneCaller, 2)
	if want := c.Agents + `:1:74: warning: agents.1.skills.suport: no queue and no caller needs it`; len(found) > 0 || !slices.Equal(doubts, []string{want}) {
		t.Errorf("found %q, doubts %q, not %q", found, doubts, want)
	}
	klingon := strings.Replace(oneCaller, `"lang:ru"`, "klingon", 1)
	c, found, _ = planning(t, "", klingon, 2)
	if want := c.Arrivals + `:1:46: arrivals.0.needs.klingon: nobody holds it, and no queue knows it: these callers would wait for ever`; !slices.Equal(found, []string{want}) {
		t.Errorf("found %q, not %q", found, want)
	}
	// Somebody has it: then it is a skill as others are, of use to those who need it.
	if _, found, doubts = planning(t, strings.Replace(agents, "suport", "klingon", 1), klingon, 2); len(found)+len(doubts) > 0 {
		t.Errorf("found %q, doubts %q", found, doubts)
	}
}

func TestACallersPriorityIsBlamedOnTheArrivals(t *testing.T) {
	for priority, bad := range map[string]bool{"2000000": true, "-1000001": true, "1000000": false} {
		c, found, _ := planning(t, "", strings.Replace(oneCaller, "talk:", "priority: "+priority+", talk:", 1), 2)
		want := c.Arrivals + `:1:62: arrivals.0.priority: is ` + priority + `; it must be from -1000000 to 1000000`
		if bad && !slices.Equal(found, []string{want}) || !bad && len(found) > 0 {
			t.Errorf("found %q, not %q", found, want)
		}
	}
}

func TestASecondDocumentInAFileIsAnError(t *testing.T) {
	const says = "another document begins here, and would not be looked at: one file holds one"
	second := oneCaller + "\n---\n# later\n" + oneCaller
	c, found, _ := planning(t, "", second, 2)
	if want := c.Arrivals + ":2:1: " + says; !slices.Equal(found, []string{want}) {
		t.Errorf("found %q, not %q", found, want)
	}
	text, err := os.ReadFile(example.Config)
	if err != nil {
		t.Fatal(err)
	}
	file := written(t, string(text)+"---\nspool: elsewhere\n")
	if _, err := readConfig(file); err == nil || !strings.HasSuffix(err.Error(), ":1: "+says) {
		t.Errorf("a configuration: %v", err)
	}
	for _, one := range []string{"---\n" + oneCaller, "# who calls\n---\n" + oneCaller + "\n---\n", oneCaller + "\n...\n"} {
		if _, found, _ := planning(t, "", one, 2); len(found) > 0 {
			t.Errorf("%q: %q", one, found)
		}
	}
}

// What is typed with nothing behind it reaches the command, and is refused there.
func TestAnEmptyChangeIsNotDropped(t *testing.T) {
	var c replayCommand
	p, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Parse([]string{"--day=d", "--journal=j", "--without=", "--add=", "--skill="}); err != nil {
		t.Fatal(err)
	}
	if !c.changes() || len(c.Without) != 1 || len(c.Add) != 1 || len(c.Skill) != 1 {
		t.Errorf("%+v", c)
	}
}
