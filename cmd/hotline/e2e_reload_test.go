package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/queues"
	"hotline/telephony/softphone"
)

func TestReloadGivesQueuesAndAgentsOtherSkillsAndEverybodyKeepsTheirPlace(t *testing.T) {
	t.Parallel()
	anna := person("anna", "101")
	anna.Skills = map[queues.Skill]queues.Level{"information": 5, "lang:ru": 5}
	s := raise(t, stageOptions{elsewhere: true, people: []config.Person{anna}})
	p := s.spawn()
	w := s.agentAt(p.pages, anna).ready()
	var line []*softphone.Call
	for i := range 3 {
		call := s.calls(fmt.Sprintf("+7916000800%d", i))
		s.chooses(call, "3")
		s.eventually("they wait", func() error { return s.waitingPerNotes(i + 1) })
		line = append(line, call)
	}

	text, err := os.ReadFile(p.file)
	s.must(err)
	s.must(os.WriteFile(p.file, []byte(strings.ReplaceAll(string(text), "queue: support", "queue: nowhere")), 0o600))
	s.must(p.cmd.Process.Signal(syscall.SIGHUP))
	p.says("nothing has changed")

	// What support asks for is called expertise now, and Anna has it.
	changed := strings.Replace(string(text), "    support: 2\n", "    expertise: 2\n", 1)
	changed = strings.Replace(changed, "    information: 5\n", "    expertise: 5\n", 1)
	if strings.Count(changed, "expertise") != 2 {
		t.Fatalf("the configuration is not what this test thinks:\n%s", changed)
	}
	s.must(os.WriteFile(p.file, []byte(changed), 0o600))
	s.must(p.cmd.Process.Signal(syscall.SIGHUP))
	p.says("configuration reloaded")
	for i := range line {
		talk := w.answers()
		me := w.talking()
		if from := me.Call.Pop.Caller.Number; from != fmt.Sprintf("+7916000800%d", i) {
			t.Errorf("caller %s is served as number %d", from, i)
		}
		if !slices.ContainsFunc(me.Agent.Skills, func(k agentapi.Skill) bool { return k.Skill == "expertise" }) {
			t.Errorf("the desk shows the skills %v", me.Agent.Skills)
		}
		s.must(talk.Hangup(t.Context()))
		w.finish("resolved")
	}
	for _, call := range line {
		s.gone(call)
	}
	p.end()
}

// Who waits waits on while one queue comes and another goes; then what bounded breaks and gave callers their place back is gone.
func TestReloadBringsAQueueAndTakesAwayAnotherAndItsBounds(t *testing.T) {
	t.Parallel()
	olga := config.Person{ID: "olga", Login: "olga", Name: "Olga", Role: "supervisor", Language: "en", Password: config.SecretOf("password-olga")}
	s := raise(t, stageOptions{elsewhere: true, people: []config.Person{person("anna", "101"), person("boris", "102"), olga}, configure: func(c *config.Config) {
		c.Queues = append(c.Queues, c.Queues[0])
		c.Queues[len(c.Queues)-1].ID = "old"
		c.Reasons = map[queues.Reason]config.Reason{queues.Break: {AtMost: 1}}
		c.Return = 5 * time.Minute
	}})
	p := s.spawn()
	anna, boris := s.agentAt(p.pages, s.person("anna")), s.agentAt(p.pages, s.person("boris")).ready()
	onBreak := func(w *worker) error {
		return w.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": queues.Break})
	}
	s.must(onBreak(boris))
	boss := s.signedInAt(p.pages, olga)
	wall, err := boss.Stream(t.Context(), client.StreamOptions{Topics: []string{agentapi.TopicWall}})
	s.must(err)
	t.Cleanup(wall.Close)
	s.shows(wall, "information", "subscribers", "support", "old")
	p.reload(func(c *config.Config) {
		c.Queues = append(c.Queues, c.Queues[0])
		c.Queues[len(c.Queues)-1].ID = "new"
	})
	s.shows(wall, "information", "subscribers", "support", "old", "new")
	p.reload(func(c *config.Config) {
		c.Queues = slices.DeleteFunc(c.Queues, func(q config.Queue) bool { return q.ID == "old" })
	})
	s.shows(wall, "information", "subscribers", "support", "new")
	if got := s.firstServed(anna, "+7916000810"); got != "+79160008100" {
		t.Errorf("%s is served first, who called after the one who called again", got)
	}
	if err := onBreak(anna); !client.IsProblem(err, agentapi.CodeTooManyAway) {
		t.Errorf("the second break is answered by %v", err)
	}
	longest := func() int {
		all, err := boss.Reasons(t.Context())
		s.must(err)
		return all[0].LongestS
	}
	if got := longest(); got != 0 {
		t.Errorf("before the reload a break may last %d s", got)
	}
	p.reload(func(c *config.Config) {
		c.Reasons, c.Return = map[queues.Reason]config.Reason{queues.Break: {Longest: 20 * time.Minute}}, 0
	})
	if got := longest(); got != 1200 {
		t.Errorf("after the reload a break may last %d s", got)
	}
	if got := s.firstServed(anna, "+7916000820"); got != "+79160008201" {
		t.Errorf("%s is served first, who had hung up", got)
	}
	s.must(onBreak(anna))
	if n := strings.Count(p.text(), `waits_for_a_restart=""`); n != 3 {
		t.Errorf("of three reloads %d took over all that was new", n)
	}
	p.end()
}

// shows waits until the wall has these queues.
func (s *stage) shows(wall *client.Stream, want ...queues.QueueID) {
	s.t.Helper()
	s.eventually("the wall shows the queues", func() error {
		var got []queues.QueueID
		for _, q := range wall.Wall().Queues {
			got = append(got, q.ID)
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("%v, not %v", got, want)
		}
		return nil
	})
}

// firstServed lets two wait, the first of whom hangs up and calls again, and says whom anna serves first.
func (s *stage) firstServed(anna *worker, number string) (first string) {
	s.t.Helper()
	var line []*softphone.Call
	for i := range 2 {
		line = append(line, s.calls(number+fmt.Sprint(i)))
		s.chooses(line[i], "3")
		s.eventually("they wait", func() error { return s.waitingPerNotes(i + 1) })
	}
	s.hangsUp(line[0])
	s.eventually("one waits", func() error { return s.waitingPerNotes(1) })
	line[0] = s.calls(number + "0")
	s.chooses(line[0], "3")
	s.eventually("both wait", func() error { return s.waitingPerNotes(2) })
	anna.ready()
	for i := range 2 {
		talk := anna.answers()
		if i == 0 {
			first = anna.talking().Call.Pop.Caller.Number
		} else {
			s.must(anna.desk.Command(s.t.Context(), "agent.not_ready", map[string]any{"reason": queues.Lunch}))
		}
		s.hangsUp(talk)
		anna.finish("resolved")
	}
	for _, call := range line {
		s.gone(call)
	}
	return first
}

func TestReloadGivesAgentsMoreTimeAfterACallThanTheyHad(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{elsewhere: true, people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) { c.Extension = time.Minute }})
	p := s.spawn()
	anna := s.agentAt(p.pages, s.person("anna")).ready()
	call := s.calls("+79160008301")
	s.chooses(call, "3")
	s.hangsUp(anna.answers())
	anna.until("wrap-up", func(me agentapi.Me) bool { return me.WrapUp != nil })
	extend := func() error { return anna.desk.Command(t.Context(), "wrap_up.extend", nil) }
	s.must(extend())
	if err := extend(); err == nil {
		t.Error("a second minute is given where one may be asked for")
	}
	p.reload(func(c *config.Config) { c.Extension = 2 * time.Minute })
	s.must(extend())
	if err := extend(); err == nil {
		t.Error("a third minute is given where two may be asked for")
	}
	if !strings.Contains(p.text(), `waits_for_a_restart=""`) {
		t.Error("the log says that something waits for a restart")
	}
	s.gone(call)
	anna.finish("resolved")
	p.end()
}

// reload changes the configuration, and returns when it is taken over.
func (p *process) reload(change func(*config.Config)) {
	p.s.t.Helper()
	text, err := os.ReadFile(p.file)
	p.s.must(err)
	var c config.Config
	p.s.must(yaml.Unmarshal(text, &c))
	change(&c)
	text, err = yaml.Marshal(c)
	p.s.must(err)
	p.s.must(os.WriteFile(p.file, text, 0o600))
	before := strings.Count(p.text(), "configuration reloaded")
	p.s.must(p.cmd.Process.Signal(syscall.SIGHUP))
	p.s.eventually("the configuration is reloaded", func() error {
		if strings.Count(p.text(), "configuration reloaded") == before {
			return fmt.Errorf("the log does not say so")
		}
		return nil
	})
}

// says waits until the process has logged something.
func (p *process) says(text string) {
	p.s.t.Helper()
	p.saysWithin(atOnce, text)
}

func (p *process) saysWithin(limit time.Duration, text string) {
	p.s.t.Helper()
	eventually(p.s.t, limit, "the log says "+text, func() error {
		if !strings.Contains(p.text(), text) {
			return fmt.Errorf("not yet")
		}
		return nil
	})
}
