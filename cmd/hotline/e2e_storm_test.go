package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
	"hotline/tickets"
)

// slowSwitch stands before Asterisk and makes it as slow as is said, whatever machine the test runs on: the requests of a command socket
// are passed on one after the other, each after a while. Events, and what is asked over HTTP, are not held up.
type slowSwitch struct {
	*httptest.Server
	each atomic.Int64 // time.Duration
}

func newSlowSwitch(t *testing.T, to *url.URL) *slowSwitch {
	s := &slowSwitch{}
	plain := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: to.Scheme, Host: to.Host})
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !websocket.IsWebSocketUpgrade(r) {
			plain.ServeHTTP(w, r)
			return
		}
		there, response, err := websocket.DefaultDialer.DialContext(r.Context(), "ws://"+to.Host+r.URL.RequestURI(), http.Header{"Authorization": r.Header["Authorization"]})
		if err != nil {
			code := http.StatusBadGateway
			if response != nil {
				code = response.StatusCode
			}
			http.Error(w, err.Error(), code)
			return
		}
		defer there.Close()
		here, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer here.Close()
		commands := strings.Contains(r.URL.RawQuery, "-commands-")
		go s.pass(here, there, false)
		s.pass(there, here, commands)
	}))
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

func (s *slowSwitch) pass(to, from *websocket.Conn, slowly bool) {
	defer to.Close()
	for {
		kind, frame, err := from.ReadMessage()
		if err != nil {
			return
		}
		if slowly {
			<-time.After(time.Duration(s.each.Load())) // the slowness itself
		}
		if to.WriteMessage(kind, frame) != nil {
			return
		}
	}
}

// behindSlowSwitch is a Hotline whose Asterisk can be made slow. The test itself asks past that.
func behindSlowSwitch(t *testing.T, people []config.Person) (s *stage, slow *slowSwitch) {
	s = raise(t, stageOptions{people: people, elsewhere: true, configure: func(c *config.Config) {
		at, err := url.Parse(c.Asterisk.URL)
		if err != nil {
			t.Fatal(err)
		}
		slow = newSlowSwitch(t, at)
		c.Asterisk.URL = slow.URL + "/ari"
		for i := range c.Queues {
			c.Queues[i].WrapUp = 0
		}
	}})
	s.config.Asterisk.Reserve = s.house.asterisk.ReserveFile
	_ = os.Remove(s.config.Asterisk.Reserve) // of other tests
	s.serve(stageOptions{})
	s.config.Asterisk.URL = s.house.asterisk.ARIURL
	return s, slow
}

// The storm of TestStormIsHeldAtTheDoorAndNobodyWhoWasAnsweredIsDropped. A request takes stormEach on each of four sockets, and a call needs seven: some nine
// calls a second are what this line can serve.
const (
	stormAgents = 50
	stormEach   = 60 * time.Millisecond
	stormRate   = 20.0 // calls a second
	stormTime   = 7 * time.Second
	quietRate   = 2.0
)

// TestStormIsHeldAtTheDoorAndNobodyWhoWasAnsweredIsDropped: twice as many calls come for seven seconds as the line can begin. New ones ring until it can; nobody who
// was answered is hung up, nobody is overtaken by much, no agent has missed a call, and the calls of the quiet seconds afterwards are served as those of before.
func TestStormIsHeldAtTheDoorAndNobodyWhoWasAnsweredIsDropped(t *testing.T) {
	var people []config.Person
	hash := config.SecretOf("password-of-all")
	for i := range stormAgents {
		p := person(fmt.Sprintf("a%03d", i), fmt.Sprintf("a%03d", i))
		p.Password = hash
		people = append(people, p)
	}
	s, slow := behindSlowSwitch(t, people)
	quiet, err := s.exchange.Phone(softphone.Options{User: "many", Quiet: true})
	s.must(err)
	for _, p := range people {
		s.agentWhoStays(p)
	}
	s.eventually("all agents are ready", func() error { return s.readyAgents(stormAgents) })
	slow.each.Store(int64(stormEach))

	var failed atomic.Int64
	var calls sync.WaitGroup
	total := 0
	dice := rand.New(rand.NewPCG(14, 14))
	blow := func(rate float64, lasts time.Duration, served *times) {
		start := time.Now()
		for at := time.Duration(0); at < lasts; at += time.Duration(dice.ExpFloat64() / rate * float64(time.Second)) {
			<-time.After(time.Until(start.Add(at))) // the load itself: a Poisson process
			total++
			calls.Go(func() {
				took, err := s.loadCall(quiet, time.Second)
				if err != nil {
					failed.Add(1)
					t.Logf("a call failed: %v", err)
					return
				}
				served.add(took)
			})
		}
	}
	var before, storm, after times
	blow(quietRate, 5*time.Second, &before)
	calls.Wait()
	blow(stormRate, stormTime, &storm)
	_, held := s.service.admits.State()
	t.Logf("at the end of the storm %d calls are held", held)
	calls.Wait()
	heldInStorm := s.service.admits.Held()
	s.eventually("the line is in time again", func() error {
		if delay, _ := s.service.sw.Delay(); delay > time.Second {
			return errors.New("Asterisk answers after " + delay.String())
		}
		return nil
	})
	blow(quietRate, 5*time.Second, &after)
	calls.Wait()
	usual, _ := before.summary()
	stormy, worst := storm.summary()
	again, worstAgain := after.summary()
	t.Logf("%d calls, %d held; INVITE to agent: before %s; in the storm %s, worst %s; afterwards %s, worst %s", total, heldInStorm, usual, stormy, worst, again, worstAgain)
	if failed.Load() > 0 {
		t.Errorf("%d of %d calls were not served", failed.Load(), total)
	}
	if heldInStorm == 0 {
		t.Error("no call was held, so there was no storm")
	}
	if again > 2*usual+time.Second {
		t.Errorf("after the storm callers reach an agent within %s, and before it within %s", again, usual)
	}
	if n := s.service.sw.Stats().Reconnects; n > 0 {
		t.Errorf("the connection to Asterisk was given up %d times", n)
	}
	s.eventually("all agents are ready, and none has missed a call", func() error { return s.readyAgents(stormAgents) })
	var missed int
	s.must(s.service.db.QueryRow(t.Context(), `select count(*) from contacts where outcome <> 'served'`).Scan(&missed))
	if missed > 0 {
		t.Errorf("%d contacts are not served", missed)
	}
	s.nothingLeft()
}

// TestWhoLeavesWhileHeldHasOneTicket, though the dialplan notes the call too; who stays rings, and is served once the line is in time.
func TestWhoLeavesWhileHeldHasOneTicket(t *testing.T) {
	t.Parallel()
	s, slow := behindSlowSwitch(t, []config.Person{person("anna", "101")})
	anna := s.agent("anna").ready()
	slow.each.Store(int64(2 * time.Second)) // each second a heartbeat asks twice, on one of the sockets
	s.eventually("the line is behind", func() error {
		if delay, _ := s.service.sw.Delay(); delay < 2*time.Second {
			return errors.New("Asterisk answers after " + delay.String())
		}
		return nil
	})
	if p := s.service.admissionPart(); p.State != "behind" || strings.Contains(p.Says, "held") {
		t.Errorf("before anybody rings health says of admission %+v", p)
	}
	var ringing []*softphone.Outgoing
	for i := range 6 { // more than come in meanwhile
		out, err := s.customer.Dial(t.Context(), s.house.asterisk.Number, softphone.CallOptions{From: fmt.Sprintf("+7916000960%d", i)})
		s.must(err)
		<-out.Ringing()
		ringing = append(ringing, out)
	}
	s.eventually("some are held", func() error {
		if _, held := s.service.admits.State(); held < 2 {
			return fmt.Errorf("%d are", held)
		}
		return nil
	})
	if p := s.service.admissionPart(); p.State != "behind" {
		t.Errorf("health says of admission %+v", p)
	}
	leaves, stays := ringing[5], ringing[4]
	leaves.Cancel()
	slow.each.Store(0)
	call, err := stays.Wait()
	s.must(err)
	s.chooses(call, "3")
	talk := anna.answers()
	s.hearEachOther(call, talk)
	s.hangsUp(call)
	for _, out := range ringing[:4] {
		call, err := out.Wait()
		s.must(err)
		s.hangsUp(call)
	}
	if c := s.contact("+79160009605"); c.Outcome != string(tickets.AbandonedInGreeting) || c.Ticket == "" {
		t.Errorf("who left has the contact %+v", c)
	}
	s.eventually("the dialplan's notes are read", func() error {
		if _, err := os.Stat(s.config.Asterisk.Reserve); err == nil {
			return errors.New("there is one")
		}
		return nil
	})
	s.eventually("each of six calls has one contact", func() error {
		n := 0
		if err := s.query(`select count(*) from contacts`, &n); err != nil || n != 6 {
			return errors.Join(err, fmt.Errorf("%d contacts", n))
		}
		return nil
	})
	s.emptyAsterisk()
}
