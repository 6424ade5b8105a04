package main

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/ivr"
	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/softphone"
)

// What befalls a page that is the phone, in each state of its talk, one seat in each: it is loaded again, closed and opened again, and its network is away for a
// moment, and for a minute, with the sound of all talks.

// seatState is one seat in one state.
type seatState struct {
	id     queues.AgentID
	number string
	begins func(*seatState) // from when the seat is ready
	holds  func(*seatState) // what is so in this state, and again after each mishap
	lost   func(*seatState) // what is so after a minute without the network
	begun  func(*seatState) // begins anew before each mishap what does not last; nil is nothing
	gone   func(*seatState) // what is so after the page was gone; nil is holds

	customer *softphone.Call
	third    *softphone.Call // who is asked
	home     *softphone.Ringing
	asks     *worker
}

// TestEachStateOfATalkOutlivesItsPage: nobody is dropped by a page, nothing is offered twice, and each caller has one contact in the end.
func TestEachStateOfATalkOutlivesItsPage(t *testing.T) {
	inNetwork(t, eachStateOutlives)
}

func eachStateOutlives(t *testing.T) {
	ids := []queues.AgentID{"talking", "on_hold", "asking", "together", "sent_on", "ringing", "calling"}
	colleagues := []config.Person{person("boris", "102"), person("vera", "103")}
	var exchange *wire
	var seats []config.Person
	for i, id := range ids {
		seat := person(string(id), fmt.Sprint(111+i))
		seat.Seat, seat.PhoneSecret = true, config.Secret{}
		seats = append(seats, seat)
	}
	s := raise(t, stageOptions{people: append(append([]config.Person{}, seats...), colleagues...), configure: func(c *config.Config) {
		exchange = newWire(t, c.Asterisk.Websocket)
		c.Asterisk.Websocket = strings.Replace(exchange.addr, "http", "ws", 1) + "/ws"
		c.Line.PageAwaited = seatAwaited
		for i := range c.Queues {
			c.Queues[i].OfferTimeout, c.Queues[i].WrapUp = 10*time.Minute, 20*time.Minute
		}
	}})
	outside, err := s.exchange.Phone(softphone.Options{User: "+79160009856"})
	s.must(err)
	pages := newWire(t, s.pages())
	c := newCrowd(t, pages.addr)
	stands := func(who queues.AgentID, id string, is hand) {
		t.Helper()
		c.do("stands", hand{"who": who, "id": id, "is": is})
	}
	clicks := func(who queues.AgentID, buttons ...string) {
		t.Helper()
		for _, b := range buttons {
			c.do("clicks", hand{"who": who, "button": b})
		}
	}
	called := func(o *seatState) {
		t.Helper()
		o.customer = s.calls(o.number)
		s.chooses(o.customer, "3")
		stands(o.id, "pop", hand{"stage": "ringing"})
	}
	talks := func(o *seatState) {
		t.Helper()
		called(o)
		clicks(o.id, "accept")
		stands(o.id, "pop", hand{"stage": "talking"})
	}
	asks := func(whom queues.AgentID) func(o *seatState) {
		return func(o *seatState) {
			t.Helper()
			talks(o)
			o.asks = s.agentWith(whom, keeps).ready()
			clicks(o.id, "transfer", "transfer-to-"+string(whom), "consult-send")
			var err error
			o.third, err = o.asks.rings().Answer(t.Context())
			s.must(err)
			stands(o.id, "consult", hand{"state": "talks"})
		}
	}
	wrapsUp := func(o *seatState) { t.Helper(); stands(o.id, "wrap-up", hand{"final": "true"}) }
	waits := func(o *seatState) { t.Helper(); wrapsUp(o); s.hearsMusic(o.customer) }
	together := func(o *seatState) { t.Helper(); wrapsUp(o); s.hearEachOther(o.customer, o.third) }
	ringsOn := func(o *seatState) {
		t.Helper()
		select {
		case <-o.home.Cancelled():
			t.Fatalf("%s: it does not ring any more", o.id)
		default:
		}
	}
	idle := func(o *seatState) {
		t.Helper()
		select {
		case <-o.home.Cancelled():
		case <-time.After(atOnce):
			t.Fatal("the customer's phone rings on for nobody")
		}
		stands(o.id, "activity", hand{"state": "idle"})
	}
	callsOut := func(o *seatState) {
		t.Helper()
		s.eventually("their phone can be called", func() error {
			_, err := s.service.line.CallOut(t.Context(), ivr.OutboundCall{Agent: o.id, Queue: "support", Number: telephony.NumberOf(o.number, o.number)})
			return err
		})
		clicks(o.id, "bare-accept")
		soon, cancel := context.WithTimeout(t.Context(), atOnce)
		defer cancel()
		var err error
		o.home, err = outside.Incoming(soon)
		s.must(err)
	}
	hears := func(o *seatState) { t.Helper(); c.do("listens", hand{"who": o.id, "tone": 620}) }
	all := []*seatState{
		{begins: func(o *seatState) { talks(o); s.must(o.customer.PlayTone(620)) }, holds: func(o *seatState) {
			stands(o.id, "pop", hand{"stage": "talking"})
			s.hearsMicrophone(o.customer)
			hears(o)
		}, lost: waits},
		{begins: func(o *seatState) { talks(o); clicks(o.id, "hold") }, holds: func(o *seatState) {
			stands(o.id, "held", hand{})
			s.hearsMusic(o.customer)
		}, lost: waits},
		{begins: func(o *seatState) { asks("boris")(o); s.must(o.third.PlayTone(620)) }, holds: func(o *seatState) {
			stands(o.id, "consult", hand{"state": "talks"})
			s.hearsMusic(o.customer)
			s.hearsMicrophone(o.third)
			hears(o)
		}, lost: together},
		{begins: func(o *seatState) { asks("vera")(o); clicks(o.id, "consult-join") }, holds: func(o *seatState) {
			stands(o.id, "conference", hand{"guests": "1"})
			s.hearsMicrophone(o.customer)
			s.hearsMicrophone(o.third)
		}, lost: together},
		{begins: func(o *seatState) {
			talks(o)
			clicks(o.id, "transfer", "transfer-to-subscribers", "transfer-send")
		}, holds: waits, lost: waits},
		{begins: called, holds: func(o *seatState) {
			stands(o.id, "pop", hand{"stage": "ringing"})
			s.hearsMusic(o.customer)
		}, lost: func(o *seatState) {
			stands(o.id, "availability", hand{"state": "not_ready"})
			s.hearsMusic(o.customer)
		}},
		{begins: func(o *seatState) {
			s.must(s.service.acd.Report(t.Context(), queues.AgentNotReady{Agent: o.id, Reason: "lunch"}))
		}, holds: func(*seatState) {}, begun: callsOut, gone: idle, lost: idle},
	}
	step := time.Now()
	took := func(what string) { t.Logf("%s: %s", what, time.Since(step).Round(time.Second)); step = time.Now() }
	for i, o := range all {
		o.id, o.number = ids[i], fmt.Sprintf("+7916000985%d", i)
		c.enters(seats[i], "ru", "/desk")
		c.do("shift", hand{"who": o.id})
		stands(o.id, "phone", hand{"state": "registered"})
		o.begins(o)
		o.holds(o)
	}
	took("begun")
	contacts := func(o *seatState) (n int) {
		s.must(s.service.db.QueryRow(t.Context(), `select count(*) from contacts where caller = $1`, o.number).Scan(&n))
		return n
	}
	for what, does := range map[string]func(*seatState){
		"loaded again": func(o *seatState) { c.do("reload", hand{"who": o.id}) },
		"closed, and opened again": func(o *seatState) {
			c.do("closes", hand{"who": o.id})
			c.do("tab", hand{"who": o.id, "as": o.id, "path": "/desk"})
			clicks(o.id, "start-shift")
		},
	} {
		for _, o := range all {
			if o.begun != nil {
				o.begun(o)
			}
			does(o)
			if o.gone != nil {
				o.gone(o)
			} else {
				o.holds(o)
			}
		}
		took(what)
	}

	network := func(away bool) {
		t.Helper()
		pages.cuts(away)
		exchange.cuts(away)
		do := "del"
		if away {
			do = "add"
		}
		if out, err := exec.CommandContext(t.Context(), "ip", strings.Fields("rule "+do+" pref 5 to "+insideAddress+" ipproto udp blackhole")...).CombinedOutput(); err != nil {
			t.Fatalf("ip: %v: %s", err, out)
		}
	}
	for _, rule := range []string{"rule add pref 10 lookup local", "rule del pref 0"} { // so that another may go before it
		if out, err := exec.CommandContext(t.Context(), "ip", strings.Fields(rule)...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v: %s", rule, err, out)
		}
	}
	calling := all[len(all)-1]
	calling.begun(calling)
	network(true)
	time.Sleep(5 * time.Second)
	network(false)
	ringsOn(calling)
	for _, o := range all {
		stands(o.id, "stream", hand{"state": "live"})
		o.holds(o)
	}
	took("without the network for 5 s")
	network(true)
	time.Sleep(time.Minute)
	s.eventually("nobody is awaited any more", func() error {
		snapshot, err := s.service.acd.Snapshot(t.Context())
		for _, a := range snapshot.Agents {
			if i := slices.Index(ids, a.ID); err == nil && i >= 0 && i < 4 && a.Activity != queues.WrapUp {
				err = fmt.Errorf("%s is %s", a.ID, a.Activity)
			}
		}
		return err
	})
	network(false)
	for _, o := range all {
		stands(o.id, "stream", hand{"state": "live"})
		o.lost(o)
	}
	took("without it for a minute")

	c.unharmed()
	for _, o := range all {
		if o.customer != nil {
			s.hangsUp(o.customer)
		}
	}
	for _, o := range all {
		if o.third != nil {
			s.gone(o.third)
			o.asks.finish("resolved")
		}
		if o.customer == nil {
			continue
		}
		var offers int
		s.contact(o.number)
		s.must(s.service.db.QueryRow(t.Context(), `select count(*) from facts join contacts on contacts.id = facts.contact_id where caller = $1 and kind = 'offer.made'`, o.number).Scan(&offers))
		if n := contacts(o); n != 1 || offers != 1 && o.id != "ringing" && o.id != "sent_on" {
			t.Errorf("%s: %d contacts, %d offers", o.id, n, offers)
		}
	}
	s.nothingLeft()
	took("ended")
}
