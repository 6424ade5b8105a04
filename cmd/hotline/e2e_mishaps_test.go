package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// What befalls a page in the midst of a talk: it is loaded again, closed, opened twice, its network goes. The talk is Hotline's and the phones', and the page
// shows it as it is as soon as it is back.

// wire is a network of its own between pages and Hotline.
type wire struct {
	addr string
	mu   sync.Mutex
	open map[net.Conn]struct{}
	cut  bool
}

// newWire lays one to where the pages are.
func newWire(t *testing.T, pages string) *wire {
	t.Helper()
	at, err := url.Parse(pages)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{addr: "http://" + l.Addr().String(), open: map[net.Conn]struct{}{}}
	t.Cleanup(func() { _ = l.Close(); w.cuts(true) })
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", at.Host)
			if err != nil || !w.carries(from, to) {
				_ = from.Close()
				continue
			}
			go func() { _, _ = io.Copy(to, from); _ = to.Close() }()
			go func() { _, _ = io.Copy(from, to); _ = from.Close() }()
		}
	}()
	return w
}

// carries remembers the ends of a connection; it is not made while the wire is cut.
func (w *wire) carries(ends ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range ends {
		if w.cut {
			_ = c.Close()
		} else {
			w.open[c] = struct{}{}
		}
	}
	return !w.cut
}

// cuts breaks all that is open and lets nobody through, or lets them through again.
func (w *wire) cuts(is bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut = is; is {
		for c := range w.open {
			_ = c.Close()
		}
		clear(w.open)
	}
}

// TestWhateverBefallsThePageTheTalkGoesOn in each state of it: who is with whom stays so, nothing is offered or shown twice, and the page shows it again.
func TestWhateverBefallsThePageTheTalkGoesOn(t *testing.T) {
	t.Parallel()
	browserIsThere(t)
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].OfferTimeout, c.Queues[i].WrapUp = 10*time.Minute, 20*time.Minute
		}
	}})
	w := newWire(t, s.pages())
	c := newCrowdFor(t, 3*crowdTime, w.addr) // each state has several mishaps, and some of them are waited out
	anna := &worker{s: s, id: "anna"}
	var err error
	anna.phone, err = s.exchange.Phone(softphone.Options{User: "101", Secret: s.person("anna").PhoneSecret.Text(), Keep: keeps.Keep})
	s.must(err)
	s.must(anna.phone.Register(t.Context()))
	c.enters(s.person("anna"), "ru", "/desk")
	c.do("shift", hand{"who": "anna"})

	const number = "+79160009701"
	r := &round{s, map[string]*softphone.Call{}}
	customer := s.calls(number)
	s.chooses(customer, "3")
	ringing := anna.rings()

	press := func(buttons ...string) {
		t.Helper()
		for _, b := range buttons {
			c.do("clicks", hand{"who": "anna", "button": b})
		}
	}
	// types presses the desk's keys instead, once the focus is where nothing is typed.
	types := func(keys ...string) {
		t.Helper()
		for _, k := range keys {
			c.do("keys", hand{"who": "anna", "keys": []string{"Escape", "Control+Shift+Key" + k}})
		}
	}
	// befalls lets all of it happen in one state. The page then shows an element once, with what it says of itself; holds checks what is so beside the page.
	befalls := func(state, shows string, says hand, holds func()) {
		t.Helper()
		is := func(who string) {
			t.Helper()
			c.do("stands", hand{"who": who, "id": shows, "is": says})
		}
		is("anna")
		holds()
		legs := len(s.list("/channels"))
		for _, m := range []struct {
			what string
			does func()
		}{
			{"loaded again", func() { c.do("reload", hand{"who": "anna"}) }},
			{"closed, and opened again", func() {
				c.do("closes", hand{"who": "anna"})
				s.isAway("anna", true)
				c.do("tab", hand{"who": "anna", "as": "anna", "path": "/desk"})
			}},
			{"cut off for a moment", func() {
				back := time.Now().Add(4 * time.Second) // well before the page is taken for closed, also where its browser is slow to see it
				w.cuts(true)
				s.isAway("anna", true)
				holds()
				time.Sleep(time.Until(back))
				w.cuts(false)
				s.isAway("anna", false)
			}},
			{"opened in another tab", func() {
				c.do("tab", hand{"who": "anna", "as": "other", "path": "/desk"})
				is("other")
				c.do("stands", hand{"who": "anna", "id": "take-over"})
				press("take-over")
				c.do("stands", hand{"who": "other", "id": "take-over"})
				c.do("closes", hand{"who": "other"})
			}},
		} {
			begun := time.Now()
			m.does()
			c.do("stands", hand{"who": "anna", "id": "stream", "is": hand{"state": "live"}})
			is("anna")
			s.isAway("anna", false)
			holds()
			s.eventually("nobody is there twice", func() error {
				if n := len(s.list("/channels")); n != legs {
					return fmt.Errorf("%s, %s: %d legs, and %d before", state, m.what, n, legs)
				}
				return nil
			})
			t.Logf("%s, %s: %s", state, m.what, time.Since(begun).Round(time.Millisecond))
		}
	}

	befalls("ringing", "pop", hand{"stage": "ringing"}, func() {
		select {
		case <-ringing.Cancelled():
			t.Fatal("the phone has stopped ringing")
		default:
		}
		s.hearsMusic(customer)
	})
	talk, err := ringing.Answer(t.Context())
	s.must(err)
	r.comes("C", customer)
	r.comes("A", talk)
	befalls("talking", "pop", hand{"stage": "talking"}, func() { r.hear("CA", "") })
	types("F")
	c.do("stands", hand{"who": "anna", "id": "help-called"})
	types("F")
	c.do("gone", hand{"who": "anna", "id": "help-called"})
	types("H")
	befalls("on hold", "held", hand{}, func() { r.hear("", "C") })
	press("hold")
	r.hear("CA", "")

	boris := s.agentWith("boris", keeps)
	boris.ready()
	types("X")
	press("transfer-to-boris", "consult-send")
	asked := boris.rings()
	befalls("asking, it rings", "consult", hand{"state": "rings"}, func() { r.hear("", "C") })
	third, err := asked.Answer(t.Context())
	s.must(err)
	r.comes("T", third)
	befalls("asking", "consult", hand{"state": "talks"}, func() { r.hear("AT", "C") })
	types("E")
	befalls("swapped", "consult", hand{"state": "swapped"}, func() { r.hear("CA", "T") })
	types("J")
	befalls("all together", "conference", hand{"guests": "1"}, func() { r.hear("CAT", "") })

	// For longer than Hotline waits for a page, and than most networks need.
	w.cuts(true)
	c.do("stands", hand{"who": "anna", "id": "link-lost"})
	time.Sleep(time.Minute)
	r.hear("CAT", "")
	w.cuts(false)
	c.do("stands", hand{"who": "anna", "id": "conference", "is": hand{"guests": "1"}})

	types("G")
	s.gone(talk)
	delete(r.calls, "A")
	befalls("after the call", "wrap-up", hand{"final": "true"}, func() { r.hear("CT", "") })
	press("wrap-up-done")
	c.do("stands", hand{"who": "anna", "id": "activity", "is": hand{"state": "idle"}})
	c.unharmed()

	s.hangsUp(customer)
	s.gone(third)
	boris.finish("resolved")
	s.nothingLeft()
	if c := s.contact(number); c.Outcome != "served" || c.Agent != "boris" {
		t.Errorf("the contact is %+v", c)
	}
	for what, sql := range map[string]string{
		"contacts": `select count(*) from contacts`, "offers": `select count(*) from facts where kind = 'offer.made'`, "talks with a colleague": `select count(*) from facts where kind = 'call.consulted'`,
	} {
		var n int
		if err := s.query(sql, &n); err != nil || n > 2 || what != "offers" && n != 1 {
			t.Errorf("there are %d %s, %v", n, what, err)
		}
	}
}

// TestTwoSupervisorsAtTheSameCallerAreToldOfEachOther: each at a page of their own, which both had open before the first did something.
func TestTwoSupervisorsAtTheSameCallerAreToldOfEachOther(t *testing.T) {
	t.Parallel()
	browserIsThere(t)
	olga, petr := supervisors()
	olga.Language, petr.Language = "ru", "en"
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), olga, petr}})
	first, customer := s.calls("+79160009711"), s.calls("+79160009712")
	s.chooses(first, "3")
	s.waiting(1)
	s.chooses(customer, "3")
	s.waiting(2)
	c := newCrowd(t, s.pages())
	c.enters(olga, "ru", "/wall")
	c.enters(petr, "en", "/wall")
	var list struct{ Items []struct{ Call string } }
	s.signsIn("petr").reads("/api/v1/calls", &list)
	if len(list.Items) != 2 {
		t.Fatalf("there wait %+v", list.Items)
	}
	id := list.Items[1].Call
	for _, who := range []string{"olga", "petr"} {
		c.do("clicks", hand{"who": who, "button": "wall-calls"})
		c.do("clicks", hand{"who": who, "button": "lead-" + id})
	}
	c.do("clicks", hand{"who": "olga", "button": "lead-front"})
	c.do("reads", hand{"who": "olga", "text": olga.Name, "within": "dialog"})
	c.do("clicks", hand{"who": "petr", "button": "lead-front"})
	c.do("reads", hand{"who": "petr", "text": olga.Name, "within": "dialog"})
	s.waiting(2)
	s.signsIn("petr").reads("/api/v1/calls", &list)
	var again []struct {
		Call string
		Led  int `json:"led"`
	}
	s.signsIn("petr").reads("/api/v1/calls", &struct{ Items any }{&again})
	led := 0
	for _, one := range again {
		led += one.Led
	}
	if said, _ := json.Marshal(again); led != 1 {
		t.Errorf("led is %s", said)
	}
	c.unharmed()
	anna := s.agent("anna").ready()
	talk := anna.answers()
	if number := anna.desk.Me().Call.Pop.Caller.Number; number != "+79160009712" {
		t.Errorf("%s is first", number)
	}
	s.hangsUp(first)
	s.hangsUp(customer)
	s.gone(talk)
	anna.finish("resolved")
	s.nothingLeft()
}
