package main

import (
	"context"
	"encoding/json"
	"errors"
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

// seatStates is a house of seats, whose pages reach Hotline by a wire that can be cut, and Asterisk by another.
type seatStates struct {
	*stage
	c               *crowd
	pages, exchange *wire
	outside         *softphone.Phone
	seats           []config.Person
	step            time.Time
}

// TestEachStateOfATalkOutlivesItsPage: nobody is dropped by a page, nothing is offered twice, and each caller has one contact in the end.
func TestEachStateOfATalkOutlivesItsPage(t *testing.T) {
	inNetwork(t, eachStateOutlives)
}

func eachStateOutlives(t *testing.T) {
	w := newSeatStates(t, "talking", "on_hold", "asking", "together", "sent_on", "ringing", "calling")
	all := w.states()
	for i, o := range all {
		o.id, o.number = w.seats[i].ID, fmt.Sprintf("+7916000985%d", i)
		w.c.enters(w.seats[i], "ru", "/desk")
		w.c.do("shift", hand{"who": o.id})
		w.stands(o.id, "phone", hand{"state": "registered"})
		o.begins(o)
		o.holds(o)
	}
	w.took("begun")
	w.befalls("loaded again", all, func(o *seatState) { w.c.do("reload", hand{"who": o.id}) })
	w.befalls("closed, and opened again", all, func(o *seatState) {
		w.c.do("closes", hand{"who": o.id})
		w.c.do("tab", hand{"who": o.id, "as": o.id, "path": "/desk"})
		w.clicks(o.id, "start-shift")
	})

	w.lookUpLocalLater()
	calling := all[len(all)-1]
	calling.begun(calling)
	w.network(true)
	time.Sleep(5 * time.Second)
	w.network(false)
	w.ringsOn(calling)
	for _, o := range all {
		w.stands(o.id, "stream", hand{"state": "live"})
		o.holds(o)
	}
	w.took("without the network for 5 s")
	w.network(true)
	time.Sleep(time.Minute)
	w.eventually("nobody is awaited any more", func() error { return w.wrapUp(all[:4]) })
	w.network(false)
	for _, o := range all {
		w.stands(o.id, "stream", hand{"state": "live"})
		o.lost(o)
	}
	w.took("without it for a minute")
	w.over(all)
	w.took("ended")
}

func newSeatStates(t *testing.T, ids ...queues.AgentID) *seatStates {
	w := &seatStates{step: time.Now()}
	for i, id := range ids {
		seat := person(string(id), fmt.Sprint(111+i))
		seat.Seat, seat.PhoneSecret = true, config.Secret{}
		w.seats = append(w.seats, seat)
	}
	people := append(slices.Clone(w.seats), person("boris", "102"), person("vera", "103"))
	w.stage = raise(t, stageOptions{people: people, configure: func(c *config.Config) {
		w.exchange = newWire(t, c.Asterisk.Websocket)
		c.Asterisk.Websocket = strings.Replace(w.exchange.addr, "http", "ws", 1) + "/ws"
		c.Line.PageAwaited = seatAwaited
		for i := range c.Queues {
			c.Queues[i].OfferTimeout, c.Queues[i].WrapUp = 10*time.Minute, 20*time.Minute
		}
	}})
	var err error
	w.outside, err = w.stage.exchange.Phone(softphone.Options{User: "+79160009856"})
	w.must(err)
	w.pages = newWire(t, w.stage.pages())
	w.c = newCrowd(t, w.pages.addr)
	return w
}

// states are those of the talk, one for each seat.
func (w *seatStates) states() []*seatState {
	hears := func(o *seatState) { w.t.Helper(); w.c.do("listens", hand{"who": o.id, "tone": 620}) }
	return []*seatState{
		{begins: func(o *seatState) { w.talks(o); w.must(o.customer.PlayTone(620)) }, holds: func(o *seatState) {
			w.stands(o.id, "pop", hand{"stage": "talking"})
			w.hearsMicrophone(o.customer)
			hears(o)
		}, lost: w.waits},
		{begins: func(o *seatState) { w.talks(o); w.clicks(o.id, "hold") }, holds: func(o *seatState) {
			w.stands(o.id, "held", hand{})
			w.hearsMusic(o.customer)
		}, lost: w.waits},
		{begins: func(o *seatState) { w.consults(o, "boris"); w.must(o.third.PlayTone(620)) }, holds: func(o *seatState) {
			w.stands(o.id, "consult", hand{"state": "talks"})
			w.hearsMusic(o.customer)
			w.hearsMicrophone(o.third)
			hears(o)
		}, lost: w.together},
		{begins: func(o *seatState) { w.consults(o, "vera"); w.clicks(o.id, "consult-join") }, holds: func(o *seatState) {
			w.stands(o.id, "conference", hand{"guests": "1"})
			w.hearsMicrophone(o.customer)
			w.hearsMicrophone(o.third)
		}, lost: w.together},
		{begins: func(o *seatState) {
			w.talks(o)
			w.clicks(o.id, "transfer", "transfer-to-subscribers", "transfer-send")
		}, holds: w.waits, lost: w.waits},
		{begins: w.called, holds: func(o *seatState) {
			w.stands(o.id, "pop", hand{"stage": "ringing"})
			w.hearsMusic(o.customer)
		}, lost: func(o *seatState) {
			w.stands(o.id, "availability", hand{"state": "not_ready"})
			w.hearsMusic(o.customer)
		}},
		{begins: func(o *seatState) {
			w.must(w.service.acd.Report(w.t.Context(), queues.AgentNotReady{Agent: o.id, Reason: "lunch"}))
		}, holds: func(*seatState) {}, begun: w.callsOut, gone: w.idle, lost: w.idle},
	}
}

func (w *seatStates) stands(who queues.AgentID, id string, is hand) {
	w.t.Helper()
	w.c.do("stands", hand{"who": who, "id": id, "is": is})
}

func (w *seatStates) clicks(who queues.AgentID, buttons ...string) {
	w.t.Helper()
	for _, b := range buttons {
		w.c.do("clicks", hand{"who": who, "button": b})
	}
}

func (w *seatStates) took(what string) {
	w.t.Logf("%s: %s", what, time.Since(w.step).Round(time.Second))
	w.step = time.Now()
}

func (w *seatStates) called(o *seatState) {
	w.t.Helper()
	o.customer = w.calls(o.number)
	w.chooses(o.customer, "3")
	w.stands(o.id, "pop", hand{"stage": "ringing"})
}

func (w *seatStates) talks(o *seatState) {
	w.t.Helper()
	w.called(o)
	w.clicks(o.id, "accept")
	w.stands(o.id, "pop", hand{"stage": "talking"})
}

func (w *seatStates) consults(o *seatState, whom queues.AgentID) {
	w.t.Helper()
	w.talks(o)
	o.asks = w.agentWith(whom, keeps).ready()
	w.clicks(o.id, "transfer", "transfer-to-"+string(whom), "consult-send")
	var err error
	o.third, err = o.asks.rings().Answer(w.t.Context())
	w.must(err)
	w.stands(o.id, "consult", hand{"state": "talks"})
}

func (w *seatStates) callsOut(o *seatState) {
	w.t.Helper()
	w.eventually("their phone can be called", func() error {
		_, err := w.service.line.CallOut(w.t.Context(), ivr.OutboundCall{Agent: o.id, Queue: "support", Number: telephony.NumberOf(o.number, o.number)})
		return err
	})
	w.clicks(o.id, "bare-accept")
	soon, cancel := context.WithTimeout(w.t.Context(), atOnce)
	defer cancel()
	var err error
	o.home, err = w.outside.Incoming(soon)
	w.must(err)
	w.isHeard(o)
}

// isHeard waits until something has come of a seat's microphone: of whom nothing ever came nobody can tell that they have vanished.
func (w *seatStates) isHeard(o *seatState) {
	w.t.Helper()
	seat := w.seats[slices.IndexFunc(w.seats, func(p config.Person) bool { return p.ID == o.id })]
	w.eventually("something comes of their microphone", func() error {
		for _, channel := range w.list("/channels") {
			var c struct{ ID, Name string }
			w.must(json.Unmarshal(channel, &c))
			var came struct {
				Packets int `json:"rxcount"`
			}
			if strings.HasPrefix(c.Name, "PJSIP/"+seat.Phone+"-") && w.ariGet("/channels/"+c.ID+"/rtp_statistics", &came) == nil && came.Packets > 0 {
				return nil
			}
		}
		return errors.New("nothing does")
	})
}

func (w *seatStates) wrapsUp(o *seatState) {
	w.t.Helper()
	w.stands(o.id, "wrap-up", hand{"final": "true"})
}

func (w *seatStates) waits(o *seatState) {
	w.t.Helper()
	w.wrapsUp(o)
	w.hearsMusic(o.customer)
}

func (w *seatStates) together(o *seatState) {
	w.t.Helper()
	w.wrapsUp(o)
	w.hearEachOther(o.customer, o.third)
}

func (w *seatStates) ringsOn(o *seatState) {
	w.t.Helper()
	select {
	case <-o.home.Cancelled():
		w.t.Fatalf("%s: it does not ring any more", o.id)
	default:
	}
}

func (w *seatStates) idle(o *seatState) {
	w.t.Helper()
	select {
	case <-o.home.Cancelled():
	case <-time.After(atOnce):
		w.t.Fatal("the customer's phone rings on for nobody")
	}
	w.stands(o.id, "activity", hand{"state": "idle"})
}

// befalls does something to the page of each, after which their state is as it was.
func (w *seatStates) befalls(what string, all []*seatState, does func(*seatState)) {
	w.t.Helper()
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
	w.took(what)
}

// lookUpLocalLater lets another rule of this network's go before the one of local addresses.
func (w *seatStates) lookUpLocalLater() {
	w.t.Helper()
	w.ip("rule add pref 10 lookup local")
	w.ip("rule del pref 0")
}

// network takes it from all seats, or gives it back: the streams of the pages, their phones, and the sound.
func (w *seatStates) network(away bool) {
	w.t.Helper()
	w.pages.cuts(away)
	w.exchange.cuts(away)
	do := "del"
	if away {
		do = "add"
	}
	w.ip("rule " + do + " pref 5 to " + insideAddress + " ipproto udp blackhole")
}

func (w *seatStates) ip(order string) {
	w.t.Helper()
	if out, err := exec.CommandContext(w.t.Context(), "ip", strings.Fields(order)...).CombinedOutput(); err != nil {
		w.t.Fatalf("ip %s: %v: %s", order, err, out)
	}
}

// wrapUp says who of these does not.
func (w *seatStates) wrapUp(these []*seatState) error {
	snapshot, err := w.service.acd.Snapshot(w.t.Context())
	for _, a := range snapshot.Agents {
		if err == nil && a.Activity != queues.WrapUp && slices.ContainsFunc(these, func(o *seatState) bool { return o.id == a.ID }) {
			err = fmt.Errorf("%s is %s", a.ID, a.Activity)
		}
	}
	return err
}

// over ends all talks: each caller has one contact, and was offered once where nothing else was asked for.
func (w *seatStates) over(all []*seatState) {
	w.t.Helper()
	w.c.unharmed()
	for _, o := range all {
		if o.customer != nil {
			w.hangsUp(o.customer)
		}
	}
	for _, o := range all {
		if o.third != nil {
			w.gone(o.third)
			o.asks.finish("resolved")
		}
		if o.customer == nil {
			continue
		}
		w.contact(o.number)
		var contacts, offers int
		w.must(w.service.db.QueryRow(w.t.Context(), `select count(*) from contacts where caller = $1`, o.number).Scan(&contacts))
		w.must(w.service.db.QueryRow(w.t.Context(), `select count(*) from facts join contacts on contacts.id = facts.contact_id where caller = $1 and kind = 'offer.made'`, o.number).Scan(&offers))
		if contacts != 1 || offers != 1 && o.id != "ringing" && o.id != "sent_on" {
			w.t.Errorf("%s: %d contacts, %d offers", o.id, contacts, offers)
		}
	}
	w.nothingLeft()
}
