package days

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config/sample"

	"hotline/deploy"
	"hotline/queues"
	"hotline/queues/journal"
	"hotline/queues/simulation"
)

const anyDay = "2026-11-18" // a Wednesday

// journalled is a simulated day of the example, and the folder of the journal that it left.
func journalled(t *testing.T, change func(*simulation.Plan)) (dir string, r simulation.Report) {
	t.Helper()
	plan, _, err := example.Plan()
	if err != nil {
		t.Fatal(err)
	}
	plan.Begin, err = time.Parse(time.DateOnly, anyDay)
	if err != nil {
		t.Fatal(err)
	}
	plan.Days, plan.Cut = 1, true
	if change != nil {
		change(&plan)
	}
	dir = t.TempDir()
	config := plan.Config
	config.Location = time.UTC
	w, err := journal.Open(journal.Options{Dir: dir, Config: config, Room: 1 << 20, Now: func() time.Time { return plan.Begin }})
	if err != nil {
		t.Fatal(err)
	}
	plan.Told = w.Stepped
	if r, err = simulation.Run(plan); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Run(ctx); err != nil || w.Lost() > 0 {
		t.Fatalf("%v, %d lost", err, w.Lost())
	}
	return dir, r
}

func replayed(t *testing.T, c Replay) Replayed {
	t.Helper()
	r, err := c.Play()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReplayOfADayGivesItsFiguresExactly(t *testing.T) {
	dir, was := journalled(t, nil)
	r := replayed(t, Replay{Journal: dir, Day: anyDay, Seed: 1})
	j := r.Journal
	if j.Events < 4000 || j.Different+j.Lost+j.Unproved+j.Rejected > 0 || j.Runs != 1 || r.Verdict() != nil || len(r.Queues) != 3 {
		t.Fatalf("%+v", j)
	}
	for i, q := range r.Queues {
		want := spanOf(was.Queues[i], 1)
		for _, f := range append([]*Figures{&want.Day}, pointers(want.HalfHours)...) {
			f.Occupancy, f.Waits = nil, nil // known of simulated days only
		}
		if q.ID != was.Queues[i].ID || asJSON(t, q.Really) != asJSON(t, want) || q.Again != nil || q.Changed != nil {
			t.Errorf("%s: really\n%s\nnot\n%s", q.ID, asJSON(t, q.Really), asJSON(t, want))
		}
	}
	again := replayed(t, Replay{Journal: dir, Day: anyDay, Seed: 1})
	if again.Journal.Digest != j.Digest {
		t.Error("the digest is another each time")
	}
	var text bytes.Buffer
	if err := Write(&text, "text", r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{anyDay + ": ", " the router decides now as it did, digest " + j.Digest, "subscribers: 80 % within 20 s", " 09:30  ", "! "} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
}

func pointers[T any](all []T) (to []*T) {
	for i := range all {
		to = append(to, &all[i])
	}
	return to
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// totals are all queues' days together: really, simulated as it was, and changed.
func (r Replayed) totals() (levels [3]float64, offered [3]int) {
	for i := range levels {
		var inTime, counted float64
		for _, q := range r.Queues {
			day := q.panels()[i].span.Day
			offered[i] += int(day.Offered)
			inTime += *day.ServiceLevel * (day.Answered + day.Abandoned)
			counted += day.Answered + day.Abandoned
		}
		levels[i] = inTime / counted
	}
	return levels, offered
}

func TestReplayWithMoreStaffRaisesTheServiceLevelAndWithFewerLowersIt(t *testing.T) {
	dir, _ := journalled(t, nil)
	day := Replay{Journal: dir, Day: anyDay, Seed: 1}
	more, fewer := day, day
	more.Add = []string{"day-1*4@09:00-18:00"}
	fewer.Without = []string{"day-1", "day-2", "day-3", "day-4"}
	for name, c := range map[string]Replay{"more": more, "fewer": fewer} {
		r := replayed(t, c)
		levels, offered := r.totals()
		t.Logf("%s: service level really %.3f, again %.3f, changed %.3f", name, levels[0], levels[1], levels[2])
		if offered[0] != offered[1] || offered[1] != offered[2] {
			t.Errorf("%s: %v calls", name, offered)
		}
		if off := levels[1] - levels[0]; off > 0.02 || off < -0.02 {
			t.Errorf("%s: the model alone makes %.3f of %.3f", name, levels[1], levels[0])
		}
		if r.Rules != 1 {
			t.Errorf("%s: %d configurations", name, r.Rules)
		}
		if gain := levels[2] - levels[1]; name == "more" && gain < 0.02 || name == "fewer" && gain > -0.02 {
			t.Errorf("%s: the changes make %+.3f", name, gain)
		}
	}
}

func TestReplayWithOtherRulesSkillsAndARota(t *testing.T) {
	dir, _ := journalled(t, nil)
	day := Replay{Journal: dir, Day: anyDay, Seed: 1}
	rules, skills, rota := day, day, day
	rules.Config = sample.Written(t, strings.Replace(string(deploy.Configuration), "short_abandon: 5s", "short_abandon: 1m", 1)) // the first queue's
	skills.Skill = []string{"day-1=subscribers:0", "day-2=subscribers:0", "day-3=subscribers:0", "day-4=subscribers:0"}
	rota.Agents = "../../../deploy/agents.yaml"
	rota.Config = "../../../deploy/hotline.yaml"

	if r := replayed(t, rules); r.Queues[0].Changed.Day.Short <= r.Queues[0].Again.Day.Short || r.Queues[0].Changed.Day.Answered != r.Queues[0].Again.Day.Answered {
		t.Errorf("who leaves within a minute does not count: %+v, and before %+v", r.Queues[0].Changed.Day, r.Queues[0].Again.Day)
	}
	if r := replayed(t, skills); *r.Queues[1].Changed.Day.ServiceLevel > *r.Queues[1].Again.Day.ServiceLevel-0.02 {
		t.Errorf("fewer serve subscribers: %+v, and before %+v", r.Queues[1].Changed.Day, r.Queues[1].Again.Day)
	}
	if levels, _ := replayed(t, rota).totals(); levels[2] < levels[1]-0.05 || levels[2] > levels[1]+0.05 {
		t.Errorf("the same rota: %v", levels)
	}
	var text, svg bytes.Buffer
	r := replayed(t, skills)
	if err := errors.Join(Write(&text, "text", r), Write(&svg, "svg", r)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"again, with: day-1=subscribers:0; day-2", "simulated as it was", "with the changes", " points"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	panels := 0
	for d := xml.NewDecoder(&svg); ; {
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
	if panels != 9 {
		t.Errorf("%d panels", panels)
	}
}

func TestReplayNamesATornLineAndAnUnknownEvent(t *testing.T) {
	dir, _ := journalled(t, func(p *simulation.Plan) { p.Demands = nil })
	file := filepath.Join(dir, anyDay+".jsonl")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	day := Replay{Journal: dir, Day: anyDay, Seed: 1}
	lines := bytes.Count(text, []byte("\n"))
	if err := os.WriteFile(file, text[:len(text)-3], 0o600); err != nil {
		t.Fatal(err)
	}
	if said := replayed(t, day).provenance(); !strings.HasSuffix(said, fmt.Sprintf("; left out, for a crash tore them apart: %s.jsonl:%d", anyDay, lines)) {
		t.Errorf("it says %s", said)
	}
	if err := os.WriteFile(file, bytes.Replace(text, []byte(`"signed_in"`), []byte(`"danced"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	number := bytes.Count(text[:bytes.Index(text, []byte(`"signed_in"`))], []byte("\n")) + 1
	if _, err := day.Play(); err == nil || err.Error() != fmt.Sprintf(`--journal %s: %s.jsonl:%d: event: "danced" is not known`, dir, anyDay, number) {
		t.Errorf("an unknown event: %v", err)
	}
	// Somebody lets phones ring longer in the journal's configuration than they did.
	if err := os.WriteFile(file, bytes.ReplaceAll(text, []byte(`"phone"`), []byte(`"ready"`)), 0o600); err == nil {
		_, err = day.Play()
		if err == nil || !strings.Contains(err.Error(), "with.reachable: is not known") {
			t.Errorf("a field of another event: %v", err)
		}
	}
}

// Three call, somebody answers the second and works on, and a reload takes away where the first and the third called.
func TestReplayWithChangesOfADayThatEndedWithoutAQueue(t *testing.T) {
	config := queues.Config{Location: time.UTC, Queues: []queues.Queue{{ID: "line"}, {ID: "old"}}}
	at, err := time.Parse(time.DateOnly, anyDay)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	w, err := journal.Open(journal.Options{Dir: dir, Config: config, Room: 1 << 20, Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	router, err := queues.New(config)
	if err != nil {
		t.Fatal(err)
	}
	tell := func(e queues.Event) {
		at = at.Add(time.Minute)
		w.Stepped(at, e, router.Step(at, e))
	}
	for i, queue := range []queues.QueueID{"old", "line", "old"} {
		id := queues.RequestID(fmt.Sprint(i))
		tell(queues.Enqueued{Request: queues.Request{ID: id, Queue: queue, Arrived: at}})
		tell(queues.Abandoned{Request: id})
	}
	tell(queues.AgentSignedIn{Agent: queues.Agent{ID: "anna"}})
	tell(queues.Reconfigured{Config: queues.Config{Queues: config.Queues[:1]}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Run(ctx); err != nil {
		t.Fatal(err)
	}
	r := replayed(t, Replay{Journal: dir, Day: anyDay, Seed: 1, Add: []string{"anna@00:00-24:00"}})
	if r.LeftOut != 2 || len(r.Queues) != 1 || r.Queues[0].Again.Day.Offered != 1 || r.Queues[0].Changed.Day.Offered != 1 {
		t.Errorf("%+v", r)
	}
	if said := r.provenance(); !strings.Contains(said, "; left out of the simulations, for they came to queues that were gone when the day ended: 2 calls") {
		t.Errorf("it says %s", said)
	}
}

func TestReplayOfADayThatCannotBeReadNamesTheFolder(t *testing.T) {
	dir, _ := journalled(t, func(p *simulation.Plan) { p.Demands = nil })
	file := filepath.Join(dir, anyDay+".jsonl")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	run, events, _ := bytes.Cut(text, []byte("\n"))
	for left, want := range map[string]string{
		string(events):        anyDay + ".jsonl:1: does not say which run it is of",
		string(text[:20]):     anyDay + ".jsonl:1: is torn apart",
		string(run) + "\n":    "nothing happened on " + anyDay,
		"":                    anyDay + ".jsonl: is empty",
		"[]\n" + string(text): anyDay + ".jsonl:1: ",
	} {
		if err := os.WriteFile(file, []byte(left), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := (Replay{Journal: dir, Day: anyDay, Seed: 1}).Play(); err == nil || !strings.HasPrefix(err.Error(), "--journal "+dir+": "+want) {
			t.Errorf("%.60q: %v, not %s", left, err, want)
		}
	}
}

func TestReplayRefusesWhatCannotBe(t *testing.T) {
	dir, _ := journalled(t, func(p *simulation.Plan) { p.Demands[0].Calls[40] = 3; p.Staff = p.Staff[:2] })
	day := Replay{Journal: dir, Day: anyDay, Seed: 1}
	for want, change := range map[string]func(*Replay){
		"--journal " + dir + ": journal: no such day: 2026-11-19; there are " + anyDay:                                                                                  func(c *Replay) { c.Day = "2026-11-19" },
		"--journal /nowhere: journal: no such day: " + anyDay + "; there are none":                                                                                      func(c *Replay) { c.Journal = "/nowhere" },
		"--journal " + dir + `: journal: no such day: "yesterday" is not written as 2026-11-22; there are ` + anyDay:                                                    func(c *Replay) { c.Day = "yesterday" },
		`--without: "boris" did not work on ` + anyDay + "; there were anna, day-1":                                                                                     func(c *Replay) { c.Without = []string{"boris"} },
		`--add: "boris" did not work on ` + anyDay + "; there were anna, day-1":                                                                                         func(c *Replay) { c.Add = []string{"boris@09:00-18:00"} },
		`--add: "day-1" is not AGENT*N@HOURS with N from 1 to 1000, such as anna*2@09:00-18:00`:                                                                         func(c *Replay) { c.Add = []string{"day-1"} },
		`--add: "day-1*0@09:00-18:00" is not AGENT*N@HOURS with N from 1 to 1000, such as anna*2@09:00-18:00`:                                                           func(c *Replay) { c.Add = []string{"day-1*0@09:00-18:00"} },
		`--skill: "day-1=billing" is not AGENT=SKILL:LEVEL with a level from 0 to 5, such as anna=billing:3`:                                                            func(c *Replay) { c.Skill = []string{"day-1=billing"} },
		`--skill: "day-1=billing:6" is not AGENT=SKILL:LEVEL with a level from 0 to 5, such as anna=billing:3`:                                                          func(c *Replay) { c.Skill = []string{"day-1=billing:6"} },
		`--without: "" did not work on ` + anyDay + "; there were anna, day-1":                                                                                          func(c *Replay) { c.Without = []string{""} },
		`--add: "" is not AGENT*N@HOURS with N from 1 to 1000, such as anna*2@09:00-18:00`:                                                                              func(c *Replay) { c.Add = []string{""} },
		`--skill: "" is not AGENT=SKILL:LEVEL with a level from 0 to 5, such as anna=billing:3`:                                                                         func(c *Replay) { c.Skill = []string{""} },
		`--skill: "anna=nothing:0": anna has no skill "nothing" that could be taken away`:                                                                               func(c *Replay) { c.Skill = []string{"anna=nothing:0"} },
		`--skill: "anna=suport:3": no queue asks for "suport", no caller needs it and nobody has it; there are information, lang:en, lang:ru, subscribers, support`:     func(c *Replay) { c.Skill = []string{"anna=suport:3"} },
		`--skill: "anna= support:3": no queue asks for " support", no caller needs it and nobody has it; there are information, lang:en, lang:ru, subscribers, support`: func(c *Replay) { c.Skill = []string{"anna= support:3"} },
		"/no/such/file: cannot be read: no such file or directory":                                                                                                      func(c *Replay) { c.Agents = "/no/such/file" },
		"/no/such/config: cannot be read: no such file or directory":                                                                                                    func(c *Replay) { c.Config = "/no/such/config" },
	} {
		c := day
		change(&c)
		if _, err := c.Play(); err == nil || err.Error() != want {
			t.Errorf("%v, not %s", err, want)
		}
	}
}
