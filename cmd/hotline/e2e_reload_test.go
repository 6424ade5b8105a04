package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/telephony/softphone"
)

func TestReloadGivesQueuesAndAgentsOtherSkillsAndEverybodyKeepsTheirPlace(t *testing.T) {
	anna := person("anna", "101")
	anna.Skills = map[queues.Skill]queues.Level{"information": 5, "lang:ru": 5}
	s := raise(t, stageOptions{elsewhere: true, people: []Person{anna}})
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

// says waits until the process has logged something.
func (p *process) says(text string) {
	p.s.t.Helper()
	eventually(p.s.t, 10*time.Second, "the log says "+text, func() error {
		if !strings.Contains(p.text(), text) {
			return fmt.Errorf("not yet")
		}
		return nil
	})
}
