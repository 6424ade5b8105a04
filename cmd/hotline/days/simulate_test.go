package days

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"hotline/cmd/hotline/config/sample"

	"hotline/cmd/hotline/config"
	"hotline/queues/simulation"
)

const deployed = "../../../deploy/"

// example are the files that `hotline simulate` is shown with in the README.
var example = Simulation{Config: deployed + "hotline.yaml", Agents: deployed + "agents.yaml", Arrivals: deployed + "arrivals.yaml", Days: 20, Seed: 1}

func simulateExample(t *testing.T, c Simulation, format string) []byte {
	t.Helper()
	plan, _, err := c.Plan()
	if err != nil {
		t.Fatal(err)
	}
	report, err := c.Simulate(plan)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Write(&out, format, report); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// In the example eight agents are away from 14:00 to 15:00, and hardly anybody else serves the subscribers.
func TestSimulatedReportShowsWhereTheWaitsCameFrom(t *testing.T) {
	var r Simulated
	if err := json.Unmarshal(simulateExample(t, example, "json"), &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Queues) != 3 || len(r.Agents) != 16 || r.Days != 20 {
		t.Fatalf("%d queues, %d agents, %d days", len(r.Queues), len(r.Agents), r.Days)
	}
	for _, q := range r.Queues {
		sum := Figures{Waits: map[string]float64{}}
		for _, f := range append(q.HalfHours, q.Day) {
			if off := f.Offered - f.Answered - f.Abandoned - f.CalledBack - f.Left; math.Abs(off) > 1e-9 {
				t.Errorf("%s at %s: %g calls a day are lost", q.ID, f.From, off)
			}
		}
		for _, f := range q.HalfHours {
			sum.Offered += f.Offered
		}
		if math.Abs(sum.Offered-q.Day.Offered) > 1e-6 || len(q.HalfHours) != simulation.Slots {
			t.Errorf("%s: %g calls in %d half hours, %g in the day", q.ID, sum.Offered, len(q.HalfHours), q.Day.Offered)
		}
	}
	subscribers := r.Queues[1]
	for _, f := range subscribers.HalfHours[28:30] {
		if *f.ServiceLevel > 0.5 || *f.Occupancy < 0.8 || f.Waits["own"] < 60 || !strings.HasPrefix(f.causes().Words(), "own calls") {
			t.Errorf("subscribers at %s: %+v", f.From, f)
		}
	}
	if f := subscribers.HalfHours[24]; *f.ServiceLevel < 0.9 || !strings.HasPrefix(f.causes().Words(), "their agent's phone rang") {
		t.Errorf("subscribers at %s: %+v", f.From, f)
	}
}

func TestMoreAgentsAreFoundWhoKeepTheTargets(t *testing.T) {
	c := example
	c.More = "day-1@14:00-15:00"
	var r Simulated
	if err := json.Unmarshal(simulateExample(t, c, "json"), &r); err != nil {
		t.Fatal(err)
	}
	if r.More == nil || r.More.Agents < 2 || r.More.Agents > 8 || len(r.Agents) != 16+r.More.Agents {
		t.Fatalf("%+v, %d agents in all", r.More, len(r.Agents))
	}
	for _, q := range r.Queues[:2] { // information and subscribers
		for _, f := range q.HalfHours[28:30] {
			if *f.ServiceLevel < 0.75 { // both together keep 0.8
				t.Errorf("%s at %s: %g", q.ID, f.From, *f.ServiceLevel)
			}
		}
	}
	if text := string(simulateExample(t, c, "text")); !strings.Contains(text, " more like day-1 at 14:00-15:00;") {
		t.Errorf("%.100s", text)
	}
	for more, want := range map[string]string{
		"day-1":             `--more: "day-1" is not AGENT@HOURS, such as support-1@09:00-18:00`,
		"day-1@9-10":        `--more: "day-1@9-10" is not AGENT@HOURS, such as support-1@09:00-18:00`,
		"boris@09:00-10:00": `--more: "boris" is no agent of ` + c.Agents + `; one of a group has a number, as day-1`,
		"day@09:00-10:00":   `--more: "day" is no agent of ` + c.Agents + `; one of a group has a number, as day-1`,
	} {
		c.More = more
		plan, _, err := c.Plan()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Simulate(plan); err == nil || err.Error() != want {
			t.Errorf("%s: %v, not %s", more, err, want)
		}
	}
}

func TestSimulatedReportIsTheSameEachTimeAndOtherWithAnotherSeed(t *testing.T) {
	other := example
	other.Seed = 2
	for _, format := range []string{"text", "json", "svg"} {
		first, again, another := simulateExample(t, example, format), simulateExample(t, example, format), simulateExample(t, other, format)
		if !bytes.Equal(first, again) || bytes.Equal(first, another) {
			t.Errorf("%s: again the same %v, with another seed %v", format, bytes.Equal(first, again), bytes.Equal(first, another))
		}
	}
}

func TestSimulatedTextHasARowForEachHalfHourAndMarksWhatMissesItsTarget(t *testing.T) {
	out := string(simulateExample(t, example, "text"))
	subscribers, _, _ := strings.Cut(out[strings.Index(out, "\nsubscribers: 80 % within 20 s\n"):], "\nsupport:")
	for _, from := range []string{"00:00", "09:30", "14:00", "23:30", "day"} {
		if !strings.Contains(subscribers, " "+from+"  ") {
			t.Errorf("no row for %s:\n%s", from, subscribers)
		}
	}
	for line := range strings.Lines(subscribers) {
		if strings.Contains(line, " 14:00 ") != strings.Contains(line, "! ") && (strings.Contains(line, " 14:00 ") || strings.Contains(line, " 12:00 ")) {
			t.Error(line)
		}
	}
}

func TestSimulatedPictureIsSoundXMLWithAPanelForEachQueue(t *testing.T) {
	empty := example
	empty.Arrivals = sample.Written(t, "arrivals: [{queue: support, talk: {mean: 1m}, calls: {\"09:00-10:00\": 0}}]")
	for _, c := range []Simulation{example, empty} {
		out := simulateExample(t, c, "svg")
		panels := 0
		for d := xml.NewDecoder(bytes.NewReader(out)); ; {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if e, ok := token.(xml.StartElement); ok && e.Name.Local == "g" {
				panels++
			}
		}
		if panels != 3 || bytes.Contains(out, []byte("NaN")) || bytes.Contains(out, []byte("Inf")) {
			t.Errorf("%d panels:\n%.2000s", panels, out)
		}
	}
}

// Calls for three agents come to support, which offers callbacks after 15 min and has two.
func TestSimulatedCallersAcceptTheCallbackThatTheirQueueOffersThem(t *testing.T) {
	for share, said := range map[string]bool{"callback: 0.5, ": false, "": true, "callback: 0, ": true} {
		c := example
		c.Days = 3
		c.Agents = sample.Written(t, `agents: [{id: day, count: 2, skills: {support: 3, "lang:ru": 5}, shifts: ["09:00-20:00"]}]`)
		c.Arrivals = sample.Written(t, `arrivals: [{queue: support, needs: {"lang:ru": 1}, talk: {mean: 6m}, `+share+`calls: {"09:00-18:00": 15}}]`)
		var r Simulated
		if err := json.Unmarshal(simulateExample(t, c, "json"), &r); err != nil {
			t.Fatal(err)
		}
		text := string(simulateExample(t, c, "text"))
		if back := r.Queues[2].Day.CalledBack; (back > 20) == said || said && back > 0 || r.Queues[0].Day.CalledBack != 0 {
			t.Errorf("with %q %g are called back", share, back)
		}
		note := "\nsupport offers callbacks, and nobody accepts one: the arrivals say of no callers there how many would, such as callback: 0.4\n"
		if strings.Contains(text, note) != said || (len(r.Notes) == 1) != said || !strings.Contains(text, "  called back  ") {
			t.Errorf("with %q it says %.200s", share, text)
		}
		for _, name := range []string{"HOTLINE_ARI_PASSWORD", "HOTLINE_ANNA_PASSWORD", "HOTLINE_OLGA_PASSWORD"} {
			t.Setenv(name, "swordfish")
		}
		t.Setenv("HOTLINE_DATABASE_URL", "postgres://hotline:swordfish@127.0.0.1/hotline")
		_, doubts, _ := config.Check(c.Config, c.Agents, c.Arrivals, 20)
		doubted := slices.ContainsFunc(doubts, func(d error) bool {
			return strings.Contains(d.Error(), ": warning: queues.2.overflow.0.to: offers callbacks, and in the simulated days nobody accepts one: ")
		})
		if doubted != said {
			t.Errorf("with %q check doubts\n%v", share, doubts)
		}
	}
}
