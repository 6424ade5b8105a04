package config

import (
	"os"
	"slices"
	"strings"
	"testing"

	"hotline/cmd/hotline/config/sample"

	"hotline/queues/simulation"
)

const oneCaller = `arrivals: [{queue: support, needs: {"lang:ru": 1}, talk: {mean: 4m}, calls: {"09:00-18:00": 1}}]`

// files are what check and simulate are given.
type files struct {
	Config, Agents, Arrivals string
	Days                     int
}

const deployed = "../../../deploy/"

// example are the files that `hotline simulate` is shown with in the README.
var example = files{Config: deployed + "hotline.yaml", Agents: deployed + "agents.yaml", Arrivals: deployed + "arrivals.yaml", Days: 20}

func (f files) plan() (simulation.Plan, []error, error) {
	c, err := Read(f.Config)
	if err != nil {
		return simulation.Plan{}, nil, err
	}
	return c.Plan(f.Agents, f.Arrivals, f.Days)
}

// planning is what simulate finds of files, and check too: both tell the same, and where it is.
func planning(t *testing.T, agents, arrivals string, days int) (c files, found, doubts []string) {
	t.Helper()
	c = example
	c.Days = days
	if agents != "" {
		c.Agents = sample.Written(t, agents)
	}
	if arrivals != "" {
		c.Arrivals = sample.Written(t, arrivals)
	}
	sample.SetSecrets(t)
	_, doubtful, err := c.plan()
	for _, d := range doubtful {
		doubts = append(doubts, d.Error())
	}
	found = mistakes(err)
	_, checked, err := Check(c.Config, c.Agents, c.Arrivals, days)
	if len(found) > 0 && !slices.Equal(mistakes(err), found) {
		t.Errorf("simulate finds\n%s\nand check\n%v", strings.Join(found, "\n"), err)
	}
	for _, d := range doubtful {
		if !slices.Contains(checked, d) && !strings.Contains(allOf(checked), d.Error()) {
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
		c.Days, c.Arrivals = days, sample.Written(t, strings.Replace(many, "1000000", calls, 1))
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
	file := sample.Written(t, string(text)+"---\nspool: elsewhere\n")
	if _, err := Read(file); err == nil || !strings.HasSuffix(err.Error(), ":1: "+says) {
		t.Errorf("a configuration: %v", err)
	}
	for _, one := range []string{"---\n" + oneCaller, "# who calls\n---\n" + oneCaller + "\n---\n", oneCaller + "\n...\n"} {
		if _, found, _ := planning(t, "", one, 2); len(found) > 0 {
			t.Errorf("%q: %q", one, found)
		}
	}
}

func TestEachMistakeAboutAgentsAndArrivalsIsToldAtOnceWithItsPlace(t *testing.T) {
	c := example
	c.Agents = sample.Written(t, `agents:
  - id: anna
    shifts: ["9-18"]
  - id: stranger
    shifts: ["09:00-18:00"]
    colour: red
  - id: day
    count: 3
    skills: {support: 9}
    shifts: ["24:00-01:00"]
    misses: 2
  - id: day-2
    ring: -5s
    skills: {support: 1}
`)
	c.Arrivals = sample.Written(t, `arrivals:
  - queue: sales
    talk: {mean: 2}
    calls: {"09:10-10:00": 4, "10:00-12:00": -1, "12:00-13:00": 1, "12:30-14:00": 2}
  - queue: support
    talk: {deviation: 2m}
    patience: -1s
    callback: 40
    needs: {"lang:en": 0}
`)
	want := []string{
		c.Agents + `:3:14: agents.0.shifts.0: "9-18" is no time of the day; write it as "09:00-18:00"`,
		c.Agents + `:4:5: agents.1.skills: is missing, and "stranger" is no agent of the configuration`,
		c.Agents + `:6:5: agents.1.colour: unknown setting`,
		c.Agents + `:9:23: agents.2.skills.support: is 9; a level is from 1 to 5`,
		c.Agents + `:10:14: agents.2.shifts.0: "24:00-01:00" is no time of the day; write it as "09:00-18:00"`,
		c.Agents + `:11:13: agents.2.misses: is 2; it must be from 0 to 1`,
		c.Agents + `:12:5: agents.3.shifts: is missing: when do they work? Such as ["09:00-18:00"]`,
		c.Agents + `:12:9: agents.3.id: "day-2" is there twice`,
		c.Agents + `:13:11: agents.3.ring: is -5s; it cannot be below zero`,
		c.Arrivals + `:2:12: arrivals.0.queue: "sales" is no queue of the configuration`,
		c.Arrivals + `:3:18: arrivals.0.talk.mean: "2" is no time; write it with its unit, such as 15s or 1m30s`,
		c.Arrivals + `:4:28: arrivals.0.calls.09:10-10:00: "09:10-10:00" are no half hours of the day; write them as "09:00-18:30"`,
		c.Arrivals + `:4:46: arrivals.0.calls.10:00-12:00: is -1; in each half hour there may be from 0 to 1000000`,
		c.Arrivals + `:4:83: arrivals.0.calls.12:30-14:00: meets "12:00-13:00"`,
		c.Arrivals + `:5:5: arrivals.1.calls: is missing: how many call in each half hour? Such as {"09:00-18:00": 12}`,
		c.Arrivals + `:6:12: arrivals.1.talk: needs a mean above zero, such as {mean: 4m, deviation: 5m}`,
		c.Arrivals + `:7:15: arrivals.1.patience: is -1s; it cannot be below zero`,
		c.Arrivals + `:8:15: arrivals.1.callback: is 40; it must be from 0 to 1`,
		c.Arrivals + `:9:24: arrivals.1.needs.lang:en: is 0; a level is from 1 to 5`,
	}
	if _, _, err := c.plan(); !slices.Equal(mistakes(err), want) {
		t.Errorf("it says\n%v\nnot\n%s", err, strings.Join(want, "\n"))
	}
}

func TestWhatIsNoListOfAgentsOrArrivalsIsSaidToBeNone(t *testing.T) {
	for text, want := range map[string]string{
		"":               ": is empty",
		"just words":     ":1:1: is no configuration: it must be settings by name, such as those of deploy/agents.yaml",
		"agents: []":     ":1:9: agents: is missing: who works?",
		"agents: 5":      ":1:9: agents: must be a list",
		"agents: [{":     ":1:10: ",
		"agents: {a: 1}": ":1:10: agents: must be a list",
	} {
		c := example
		c.Agents = sample.Written(t, text)
		if _, _, err := c.plan(); err == nil || !strings.HasPrefix(err.Error(), c.Agents+want) {
			t.Errorf("%q: %v, not %s", text, err, want)
		}
	}
	c := example
	c.Arrivals = "/no/such/file"
	if _, _, err := c.plan(); err == nil || err.Error() != "/no/such/file: cannot be read: no such file or directory" {
		t.Errorf("no file: %v", err)
	}
}
