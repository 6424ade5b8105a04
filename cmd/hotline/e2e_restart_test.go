package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
	"hotline/tickets"
)

// Hotline is killed while an agent writes the note of a call, and will have a break then; somebody who waits leaves meanwhile.
func TestAgentGoesOnWritingAfterARestartAndTheCallIsHandledOnce(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].WrapUp = 10 * time.Minute // ended by the agent alone
		}
	}})
	p := s.spawn()
	anna := s.agentAt(p.pages, s.config.People[0]).ready()
	call := s.calls("+79160008001")
	s.chooses(call, "3")
	s.hangsUp(anna.answers())
	me := anna.until("in wrap-up", func(me agentapi.Me) bool { return me.WrapUp != nil })
	if me.WrapUp.Pop == nil || me.WrapUp.Pop.Caller.Number != "+79160008001" {
		t.Errorf("another page of the same agent would not see whose call is wrapped up: %+v", me.WrapUp)
	}
	left := s.calls("+79160008002")
	s.chooses(left, "3")
	s.eventually("one waits", func() error { return s.waitingPerNotes(1) })
	s.must(anna.desk.Command(t.Context(), "wrap_up.extend", map[string]any{}))
	me = anna.until("with a minute more", func(now agentapi.Me) bool { return now.WrapUp != nil && now.WrapUp.Until.After(me.WrapUp.Until) })
	s.must(anna.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "break"}))
	anna.until("to have a break", func(me agentapi.Me) bool { return me.Availability.Next == "not_ready" })
	s.eventually("what is next is kept, and the wrap-up", func() error {
		var n int
		err := s.query(`select count(*) from agent_availability v join figures_handling h using (agent) where v.next_reason = 'break' and h.deadline - h.since > '10.5 min'`, &n)
		if err == nil && n != 1 {
			err = errors.New("it is not")
		}
		return err
	})
	p.kill()
	s.hangsUp(left)
	p = s.respawn(p)
	before := me.WrapUp
	goesOn := func() {
		t.Helper()
		anna.desk.Close() // which remembers what was before
		anna.openDesk(p.pages, s.config.People[0])
		me := anna.until("back in wrap-up, with the calls of before", func(me agentapi.Me) bool { return len(me.Recent) == 1 && me.WrapUp != nil })
		if w := me.WrapUp; w.Call != before.Call || w.Ticket != before.Ticket || w.Until.Sub(before.Until).Abs() > time.Millisecond || w.Pop == nil || w.Pop.Caller.Number != "+79160008001" {
			t.Errorf("the wrap-up was\n%+v and is\n%+v", before, w)
		}
		if a := me.Availability; a.State != "ready" || a.Next != "not_ready" || a.NextReason != "break" {
			t.Errorf("she is %+v", a)
		}
	}
	goesOn()
	p.end() // and an ordinary restart
	p = s.respawn(p)
	goesOn()
	s.must(anna.desk.Command(t.Context(), "wrap_up.finish", map[string]any{"call": before.Call, "disposition": "resolved", "note": "of before"}))
	now := anna.until("on break", func(me agentapi.Me) bool { return me.WrapUp == nil && me.Availability.Reason == "break" })
	if since := time.Since(now.Availability.Since); since > atOnce {
		t.Errorf("the break lasts since %s, and began with the end of the wrap-up", since)
	}
	s.wasHandledOnce("of before")
	s.wasLost("+79160008002")
	err := anna.desk.Command(t.Context(), "wrap_up.finish", map[string]any{"call": "01890000-0000-7000-8000-000000000000", "disposition": "resolved", "note": "x"})
	if err == nil {
		t.Error("a note about a call that was never the agent's is taken")
	}
	p.end()
}

// TestWorkAfterACallThatIsFiledDoesNotComeBackWithAKill: what is handled is saved each second, and the kill comes at once.
func TestWorkAfterACallThatIsFiledDoesNotComeBackWithAKill(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].WrapUp = 10 * time.Minute
		}
	}})
	p := s.spawn()
	anna := s.agentAt(p.pages, s.config.People[0]).ready()
	call := s.calls("+79160008003")
	s.chooses(call, "3")
	s.hangsUp(anna.answers())
	me := anna.until("in wrap-up", func(me agentapi.Me) bool { return me.WrapUp != nil })
	s.eventually("the wrap-up is kept", func() error {
		var n int
		err := s.query(`select count(*) from figures_handling where activity = 'wrap_up'`, &n)
		if err == nil && n != 1 {
			err = errors.New("it is not")
		}
		return err
	})
	s.must(anna.desk.Command(t.Context(), "wrap_up.finish", map[string]any{"call": me.WrapUp.Call, "disposition": "resolved", "note": "filed"}))
	p.kill()
	p = s.respawn(p)
	anna.desk.Close() // which remembers what was before
	anna.openDesk(p.pages, s.config.People[0])
	now := anna.until("ready again", func(me agentapi.Me) bool { return me.Availability.State == "ready" && len(me.Recent) == 1 })
	if now.WrapUp != nil || now.Activity.State != "idle" {
		t.Errorf("after the restart she is %s, and wraps up %+v", now.Activity.State, now.WrapUp)
	}
	p.end()
}

// wasHandledOnce awaits that the only call with a wrap-up is in the figures once, and its note in the contact.
func (s *stage) wasHandledOnce(note string) {
	s.t.Helper()
	s.eventually("the call is handled once, for the agent, the queue and its skills", func() error {
		var of string
		err := s.query(`select coalesce(string_agg(kind || ' ' || handled, ', ' order by kind, subject), '')
			from (select kind, subject, sum(handled) handled from figures group by 1, 2 having sum(talk_ms) > 0 and sum(wrap_up_ms) > 0) f`, &of)
		if err == nil && of != "agent 1, queue 1, skill 1, skill 1" {
			err = fmt.Errorf("handled are %q", of)
		}
		return err
	})
	s.eventually("the note is in the contact", func() error {
		var filed string
		return s.query(`select note from contacts where note = '`+note+`'`, &filed)
	})
}

// wasLost awaits that somebody who left while there was no Hotline has an end, and is to be called back.
func (s *stage) wasLost(caller string) {
	s.t.Helper()
	s.eventually("who left in the gap has an end, and is to be called back", func() error {
		var outcome string
		err := s.query(`select outcome from contacts where caller = '`+caller+`'`, &outcome)
		if err == nil && outcome != string(tickets.Lost) {
			err = fmt.Errorf("the outcome is %q", outcome)
		}
		return err
	})
}

// TestRestartWithoutADatabaseLosesNobody: Hotline is started anew while PostgreSQL is away. Who waited waits on, who
// calls is answered, and when the database is back so are the agents, as they were.
func TestRestartWithoutADatabaseLosesNobody(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) {
		c.Listen = freeAddress(c.Listen)
		for i := range c.Queues {
			c.Queues[i].WrapUp = 20 * time.Second // the first call's is ended by the clock
		}
	}})
	anna := s.agent("anna").ready()
	served := s.calls("+79160008001")
	s.chooses(served, "3")
	talk := anna.answers()
	waits := s.calls("+79160008002")
	s.chooses(waits, "3")
	s.waiting(1)
	s.stop()
	s.must(s.house.postgres.Stop(t.Context()))
	back := func() { s.must(s.house.postgres.Start(context.WithoutCancel(t.Context()))) }
	var once sync.Once
	t.Cleanup(func() { once.Do(back) }) // for the next test, should this one end early

	s.hangsUp(talk) // in the gap: nobody is there to see it
	s.serve(stageOptions{noDatabase: true})
	s.waiting(1)
	late := s.calls("+79160008003")
	s.chooses(late, "3")
	s.waiting(2)
	once.Do(back)
	for _, caller := range []string{"+79160008002", "+79160008003"} {
		if pop := anna.until("offered", offered).Offer.Pop; pop.Caller.Number != caller || pop.Ticket.Number == "" {
			t.Errorf("offered is %s with the ticket %q, the next in line is %s", pop.Caller.Number, pop.Ticket.Number, caller)
		}
		s.hangsUp(anna.answers())
		anna.finish("resolved")
	}
	for _, call := range []*softphone.Call{served, waits, late} {
		s.gone(call)
	}
	for _, from := range []string{"+79160008001", "+79160008002", "+79160008003"} {
		if c := s.contact(from); c.Outcome != string(tickets.Served) || c.Agent != "anna" {
			t.Errorf("the contact of %s is %+v", from, c)
		}
	}
}

// TestCallsThatAsteriskTookAloneGetTheirTickets: Hotline is away for longer than callers are kept ringing.
func TestCallsThatAsteriskTookAloneGetTheirTickets(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true})
	s.config.Asterisk.Reserve = s.house.asterisk.ReserveFile
	_ = os.Remove(s.config.Asterisk.Reserve) // of other tests
	patient, err := s.customer.Dial(t.Context(), s.house.asterisk.Number, softphone.CallOptions{From: "+79160007001", FromName: `"a,b";` + "\n"})
	s.must(err)
	hasty, err := s.customer.Dial(t.Context(), s.house.asterisk.Number, softphone.CallOptions{From: "+79160007002"})
	s.must(err)
	<-hasty.Ringing()
	hasty.Cancel()
	call, err := patient.Wait() // the reserve mode answers
	s.must(err)
	ctx, cancel := context.WithTimeout(t.Context(), atOnce)
	defer cancel()
	s.must(call.HearsSound(ctx, 400*time.Millisecond))
	s.hangsUp(call)
	s.serve(stageOptions{})
	for from, outcome := range map[string]tickets.Outcome{"+79160007001": tickets.Lost, "+79160007002": tickets.AbandonedInGreeting} {
		if c := s.contact(from); c.Outcome != string(outcome) || c.Ticket == "" {
			t.Errorf("%s has the contact %+v", from, c)
		}
	}
	if n := 0; s.query(`select count(*) from contacts`, &n) != nil || n != 2 {
		t.Errorf("%d contacts for two calls", n)
	}
}

// process is a Hotline of its own.
type process struct {
	s       *stage
	cmd     *exec.Cmd
	file    string        // the configuration
	config  config.Config // as it is in the file, with the secrets in files of their own
	pages   string
	program string // "" is this one
	older   bool   // its program is that of an earlier version
	done    chan struct{}

	guard sync.Mutex
	log   bytes.Buffer
}

// text is what it has logged so far.
func (p *process) text() string {
	p.guard.Lock()
	defer p.guard.Unlock()
	return p.log.String()
}

// spawn starts this test's program again as a Hotline, with its configuration in a file.
func (s *stage) spawn() *process {
	s.t.Helper()
	dir := s.t.TempDir()
	c := s.config
	c.Listen = freeAddress("127.0.0.1:0")
	p := &process{s: s, file: filepath.Join(dir, "hotline.yaml"), pages: "http://" + c.Listen}
	secret := func(value config.Secret) config.Secret { // into files of their own
		if value.Text() == "" {
			return value // somebody without a phone
		}
		f, err := os.CreateTemp(dir, "secret")
		s.must(err)
		_, err = f.WriteString(value.Text())
		s.must(err)
		s.must(f.Close())
		return config.Secret{File: f.Name()}
	}
	c.Asterisk.Password, c.Database.URL = secret(c.Asterisk.Password), secret(c.Database.URL)
	c.People = slices.Clone(c.People)
	for i := range c.People {
		c.People[i].Password, c.People[i].PhoneSecret = secret(c.People[i].Password), secret(c.People[i].PhoneSecret)
		if pocket := c.People[i].Pocket; pocket != nil {
			c.People[i].Pocket = &config.Pocket{PIN: secret(pocket.PIN), Numbers: pocket.Numbers}
		}
	}
	c.Tickets.Webhooks = slices.Clone(c.Tickets.Webhooks)
	for i := range c.Tickets.Webhooks {
		c.Tickets.Webhooks[i].Secret = secret(c.Tickets.Webhooks[i].Secret)
	}
	p.config = c
	return s.start(p, cmp.Or(*before, os.Args[0]))
}

// configure writes the configuration anew, for the next reload or restart.
func (p *process) configure(change func(*config.Config)) {
	p.s.t.Helper()
	change(&p.config)
	c := p.config
	if p.older { // it refuses settings that it does not know
		c.HTTP, c.Line.ShortestTalk = config.HTTP{}, nil
	}
	text, err := yaml.Marshal(c)
	p.s.must(err)
	p.s.must(os.WriteFile(p.file, text, 0o600))
}

// before is a program of an earlier version, so that what is killed is of that version, and what is started again is of this one.
// The test command of this package is one: go test -c, in a checkout of that version.
var before = flag.String("before", "", "the first Hotline of each test that has one in a process of its own: a `program` built from an earlier version by go test -c ./cmd/hotline")

// respawn starts the same Hotline, again, and returns when it serves.
func (s *stage) respawn(before *process) *process {
	s.t.Helper()
	return s.start(before, os.Args[0])
}

// start starts a Hotline as a process was configured, and returns when it serves and people can sign in.
func (s *stage) start(before *process, program string) *process {
	s.t.Helper()
	p := s.launch(before, program)
	p.saysWithin(atOnce+time.Duration(len(p.config.People))*30*time.Millisecond, "people are seated")
	return p
}

// launch is start where the database may be away.
func (s *stage) launch(before *process, program string) *process {
	s.t.Helper()
	p := &process{s: s, file: before.file, config: before.config, pages: before.pages, done: make(chan struct{}), older: program != os.Args[0]}
	p.program = program
	p.run()
	eventually(s.t, 2*atOnce, "Hotline serves", func() error {
		select {
		case <-p.done:
			s.t.Fatalf("Hotline ended: %s", p.text())
		default:
		}
		if text := p.text(); !strings.Contains(text, "msg=serving") && !strings.Contains(text, `"msg":"serving"`) {
			return fmt.Errorf("it has not said so")
		}
		return nil
	})
	return p
}

// begins starts a Hotline as a process was configured, and waits for nothing.
func (s *stage) begins(before *process) *process {
	s.t.Helper()
	p := &process{s: s, file: before.file, config: before.config, pages: before.pages, done: make(chan struct{})}
	p.run()
	return p
}

// run starts the process.
func (p *process) run() {
	s := p.s
	s.t.Helper()
	p.configure(func(*config.Config) {})
	p.cmd = exec.Command(cmp.Or(p.program, os.Args[0]))
	p.cmd.Env = append(append(os.Environ(), "HOTLINE_TEST_SERVE="+p.file), s.environment...)
	if s.files > 0 {
		p.cmd.Env = append(p.cmd.Env, fmt.Sprintf("HOTLINE_TEST_FILES=%d", s.files))
	}
	p.cmd.Stderr = writer(func(b []byte) (int, error) { p.guard.Lock(); defer p.guard.Unlock(); return p.log.Write(b) })
	s.must(p.cmd.Start())
	s.ran = append(s.ran, p)
	go func() { _ = p.cmd.Wait(); close(p.done) }()
	s.t.Cleanup(func() {
		p.kill()
		if s.t.Failed() {
			s.t.Logf("log of process %d, the end of it:\n%s", p.cmd.Process.Pid, p.text()[max(0, len(p.text())-6000):])
		}
	})
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

func (p *process) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	<-p.done
}

// end stops it as systemd does.
func (p *process) end() {
	p.s.t.Helper()
	p.s.must(p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.done:
	case <-time.After(atOnce):
		p.s.t.Errorf("Hotline did not stop within %s", atOnce)
	}
}

// line is the first line of the log that says something.
func (p *process) line(what string) string {
	for line := range strings.Lines(p.text()) {
		if strings.Contains(line, what) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// complete waits until every call has a ticket and an end, and Asterisk is empty.
func (p *process) complete(calls int) {
	p.s.t.Helper()
	p.s.eventually("Asterisk is empty", func() error {
		if channels, bridges := p.s.list("/channels"), p.s.bridgesLeft(); len(channels)+len(bridges) > 0 {
			return fmt.Errorf("%d channels and %d bridges are left", len(channels), len(bridges))
		}
		return nil
	})
	p.s.eventually("every call has a ticket and an end", func() error {
		var contacts, unended, unserved int
		for sql, n := range map[string]*int{
			`select count(*) from contacts`:                                            &contacts,
			`select count(*) from contacts where ended_at is null`:                     &unended,
			`select count(*) from contacts where outcome <> 'served' or agent_id = ''`: &unserved,
		} {
			if err := p.s.query(sql, n); err != nil {
				return err
			}
		}
		if contacts != calls || unended+unserved > 0 {
			return fmt.Errorf("%d contacts for %d calls, %d without an end, %d not served", contacts, calls, unended, unserved)
		}
		return nil
	})
	p.s.replaysAlike()
}

// waitingPerNotes counts the callers who wait, as their channels say.
func (s *stage) waitingPerNotes(want int) error {
	n := 0
	var notes []string
	for _, channel := range s.list("/channels") {
		notes = append(notes, s.note(channel))
		if strings.Contains(s.note(channel), `"phase":"queue"`) {
			n++
		}
	}
	if n != want {
		return fmt.Errorf("%d do, by the notes %q", n, notes)
	}
	return nil
}
