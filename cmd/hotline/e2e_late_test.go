package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// A restart knows nobody who is signed in until the database says so, and nobody who waits until Asterisk does. Where callers
// leave a queue in which nobody is there, they must not leave because of that.

// deserted is a stage whose queues send callers away when nobody is there. Anna is, on a break, and a caller waits.
func deserted(t *testing.T) (s *stage, anna *worker, waits *softphone.Call) {
	t.Helper()
	s = raise(t, stageOptions{people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) {
		c.Listen = freeAddress(c.Listen)
		for i := range c.Queues {
			c.Queues[i].Overflow = []config.Overflow{{NobodyThere: true, To: config.Destination{Message: "overflow_message"}}}
		}
	}})
	anna = s.agent("anna").ready()
	s.must(anna.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "break"}))
	anna.until("on a break", func(me agentapi.Me) bool { return me.Availability.State == "not_ready" })
	waits = s.calls("+79160008101")
	s.chooses(waits, "3")
	s.waiting(1)
	return s, anna, waits
}

// waitsOn checks, once calls are served again, that the caller is still there and is the next for anna.
func (s *stage) waitsOn(anna *worker, waits *softphone.Call) {
	s.t.Helper()
	soon, cancel := context.WithTimeout(s.t.Context(), atOnce)
	defer cancel()
	select {
	case <-s.service.ready:
	case <-soon.Done():
		s.t.Fatal("Hotline does not serve")
	}
	s.waiting(1)
	anna.until("back, and on a break", func(me agentapi.Me) bool { return me.Availability.State == "not_ready" })
	s.must(anna.desk.Command(s.t.Context(), "agent.ready", nil))
	if pop := anna.until("offered", offered).Offer.Pop; pop.Caller.Number != "+79160008101" {
		s.t.Errorf("offered is %+v", pop.Caller)
	}
	s.hangsUp(anna.answers())
	anna.finish("resolved")
	s.gone(waits)
	if c := s.contact("+79160008101"); c.Outcome != "served" || c.Agent != "anna" {
		s.t.Errorf("the contact is %+v: %s", c, s.history("+79160008101"))
	}
	s.emptyAsterisk()
}

// staysOnTheLine checks that a caller is not sent away meanwhile: of what does not happen, nothing tells.
func (s *stage) staysOnTheLine(call *softphone.Call, meanwhile time.Duration) {
	s.t.Helper()
	select {
	case <-call.Done():
		s.t.Fatal("the caller was sent away")
	case <-time.After(meanwhile):
	}
}

func TestRestartWithoutADatabaseSendsNobodyAwayWhereCallersLeaveADesertedQueue(t *testing.T) {
	t.Parallel()
	s, anna, waits := deserted(t)
	s.stop()
	s.must(s.house.postgres.Stop(t.Context()))
	back := func() { s.must(s.house.postgres.Start(context.WithoutCancel(t.Context()))) }
	var once sync.Once
	t.Cleanup(func() { once.Do(back) }) // for the next test, should this one end early
	s.begin()
	s.waiting(1)
	s.staysOnTheLine(waits, 3*time.Second) // longer than the message lasts
	once.Do(back)
	s.waitsOn(anna, waits)
}

func TestRestartThatFindsAsteriskLateSendsNobodyAwayWhereCallersLeaveADesertedQueue(t *testing.T) {
	t.Parallel()
	s, anna, waits := deserted(t)
	s.stop()
	asterisk, err := url.Parse(s.config.Asterisk.URL)
	s.must(err)
	there := asterisk.Host
	asterisk.Host = freeAddress("127.0.0.1:0")
	direct := s.config
	s.config.Asterisk.URL = asterisk.String()
	s.begin()
	s.config = direct
	s.staysOnTheLine(waits, resumeTime+time.Second)
	passOn(t, asterisk.Host, there)
	s.waitsOn(anna, waits)
}

// passOn lets connections to one address go to another, until the test ends.
func passOn(t *testing.T, from, to string) {
	t.Helper()
	listener, err := net.Listen("tcp", from)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				_ = in.Close()
				return
			}
			pass := func(to, from net.Conn) {
				_, err := io.Copy(to, from)
				_ = errors.Join(err, to.Close(), from.Close())
			}
			go pass(in, out)
			go pass(out, in)
		}
	}()
}
