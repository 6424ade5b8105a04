package main

import (
	"fmt"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/queues"
)

// seatAwaited is how long a talk waits for a seat's page, of a browser on a busy machine.
const seatAwaited = 40 * time.Second

// withSeat is a stage with anna, whose page is her phone, and with others; a call rings for as long as a busy browser may need.
func withSeat(t *testing.T, wrapUp time.Duration, others ...config.Person) (s *stage, seat config.Person) {
	t.Helper()
	seat = person("anna", "107")
	seat.Seat, seat.PhoneSecret = true, config.Secret{}
	return raise(t, stageOptions{people: append([]config.Person{seat}, others...), configure: func(c *config.Config) {
		c.Line.PageAwaited = seatAwaited
		for i := range c.Queues {
			c.Queues[i].OfferTimeout, c.Queues[i].WrapUp = 2*time.Minute, wrapUp
		}
	}}), seat
}

// TestNoPageDropsTheCallerWhoseVoiceIsInIt: the seat's page is loaded again, or closed and opened again, in the talk. The caller hears music, and then the
// same agent, who has nothing to press. Where nobody opens it again the caller is the first in the queue.
func TestNoPageDropsTheCallerWhoseVoiceIsInIt(t *testing.T) {
	inNetwork(t, seatGoes)
}

func seatGoes(t *testing.T) {
	s, seat := withSeat(t, 10*time.Minute)
	c := newCrowd(t, s.pages())
	c.enters(seat, "ru", "/desk")
	c.do("shift", hand{"who": "anna"})
	const number = "+79160009721"
	customer := s.calls(number)
	s.chooses(customer, "3")

	stands := func(id string, is hand) { t.Helper(); c.do("stands", hand{"who": "anna", "id": id, "is": is}) }
	clicks := func(button string) { t.Helper(); c.do("clicks", hand{"who": "anna", "button": button}) }
	stands("pop", hand{"stage": "ringing"})
	clicks("accept")
	talks := func() {
		t.Helper()
		stands("pop", hand{"stage": "talking"})
		s.hearsMicrophone(customer)
		c.do("listens", hand{"who": "anna", "tone": 620})
	}
	s.must(customer.PlayTone(620))
	talks()
	for range 2 {
		c.do("reload", hand{"who": "anna"})
		talks()
	}
	c.do("closes", hand{"who": "anna"})
	s.hearsMusic(customer)
	c.do("tab", hand{"who": "anna", "as": "anna", "path": "/desk"})
	clicks("start-shift")
	talks()

	c.do("closes", hand{"who": "anna"})
	s.waitingWithin(seatAwaited+atOnce, 1)
	s.hearsMusic(customer)
	c.do("tab", hand{"who": "anna", "as": "anna", "path": "/desk"})
	clicks("start-shift")
	stands("wrap-up", hand{"final": "true"})
	clicks("disposition-1")
	clicks("wrap-up-done")
	stands("phone", hand{"state": "registered"})
	clicks("ready")
	stands("pop", hand{"stage": "ringing"})
	clicks("accept")
	talks()
	clicks("hang-up")
	s.gone(customer)
	stands("wrap-up", hand{"final": "true"})
	c.unharmed()
	s.nothingLeft()
	if c := s.contact(number); c.Outcome != "served" || c.Agent != "anna" {
		t.Errorf("the contact is %+v", c)
	}
}

// TestASeatsTalkOutlivesAKill: Hotline dies, and the page is there again while the next one starts, which knows of no talk yet.
func TestASeatsTalkOutlivesAKill(t *testing.T) {
	inNetwork(t, seatKilled)
}

func seatKilled(t *testing.T) {
	seat := person("anna", "107")
	seat.Seat, seat.PhoneSecret = true, config.Secret{}
	s := raise(t, stageOptions{elsewhere: true, people: []config.Person{seat}, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].OfferTimeout, c.Queues[i].WrapUp = 2*time.Minute, 10*time.Minute
		}
	}})
	s.away = s.spawn()
	c := newCrowd(t, s.pages())
	stands := func(id string, is hand) { t.Helper(); c.do("stands", hand{"who": "anna", "id": id, "is": is}) }
	c.enters(seat, "ru", "/desk")
	c.do("shift", hand{"who": "anna"})
	customer := s.calls("+79160009722")
	s.chooses(customer, "3")
	stands("pop", hand{"stage": "ringing"})
	c.do("clicks", hand{"who": "anna", "button": "accept"})
	stands("pop", hand{"stage": "talking"})
	s.must(customer.PlayTone(620))
	s.hearsMicrophone(customer)

	s.away.kill()
	s.away = s.respawn(s.away)
	stands("stream", hand{"state": "live"})
	stands("pop", hand{"stage": "talking"})
	select {
	case <-customer.Done():
		t.Fatal("the page has hung its own talk up")
	case <-time.After(5 * time.Second): // it took 2 s to do so
	}
	s.hearsMicrophone(customer)
	c.do("listens", hand{"who": "anna", "tone": 620})
	c.do("clicks", hand{"who": "anna", "button": "hang-up"})
	s.gone(customer)
	stands("wrap-up", hand{"final": "true"})
	c.unharmed()
	s.away.complete(1)
	s.away.end()
}

// TestNobodyMissesACallThatRingsOnASeatsPageThatGoes: it is loaded again, or closed, while it rings. The caller goes to the next at once, and who is
// back is ready.
func TestNobodyMissesACallThatRingsOnASeatsPageThatGoes(t *testing.T) {
	inNetwork(t, ringingSeatGoes)
}

func ringingSeatGoes(t *testing.T) {
	s, seat := withSeat(t, 0, person("boris", "102"))
	c := newCrowd(t, s.pages())
	c.enters(seat, "ru", "/desk")
	c.do("shift", hand{"who": "anna"})
	stands := func(id string, is hand) { t.Helper(); c.do("stands", hand{"who": "anna", "id": id, "is": is}) }
	is := func(what string, so func(a queues.AgentState) bool) {
		t.Helper()
		s.eventually(what, func() error {
			snapshot, err := s.service.acd.Snapshot(t.Context())
			if err != nil {
				return err
			}
			for _, a := range snapshot.Agents {
				if a.ID == "anna" && so(a) {
					return nil
				}
			}
			return fmt.Errorf("%+v", snapshot.Agents)
		})
	}
	boris := s.agent("boris")
	for i, how := range []string{"loaded again", "closed", "closed for good"} {
		number := fmt.Sprintf("+7916000973%d", i)
		customer := s.calls(number)
		s.chooses(customer, "3")
		stands("pop", hand{"stage": "ringing"})
		boris.ready()
		switch how {
		case "loaded again":
			c.do("reload", hand{"who": "anna"})
		default:
			c.do("closes", hand{"who": "anna"})
		}
		talk := boris.answers()
		s.hearEachOther(customer, talk)
		if how == "closed" {
			c.do("tab", hand{"who": "anna", "as": "anna", "path": "/desk"})
			c.do("clicks", hand{"who": "anna", "button": "start-shift"})
		}
		if how != "closed for good" {
			stands("phone", hand{"state": "registered"})
			is("anna is back, and ready", func(a queues.AgentState) bool {
				return a.Availability == queues.Ready && a.Reachable && !a.DeskAway
			})
		} else {
			is("nobody is there", func(a queues.AgentState) bool {
				return a.Availability == queues.NotReady && a.Reason == queues.ConnectionLost
			})
		}
		s.must(boris.desk.Command(t.Context(), "agent.not_ready", map[string]string{"reason": "lunch"}))
		s.hangsUp(talk)
		s.gone(customer)
		if c := s.contact(number); c.Outcome != "served" || c.Agent != "boris" {
			t.Errorf("%s: the contact is %+v", how, c)
		}
	}
	c.unharmed()
	s.nothingLeft()
}

// TestASeatsPageRingsOrSaysThatItCannotBeHeard: a page that was loaded again, and on which nothing was pressed since, may not make a sound in any browser. It says so beside
// the call and in its title, rings with the first press, and the talk itself is heard without one.
func TestASeatsPageRingsOrSaysThatItCannotBeHeard(t *testing.T) {
	inNetwork(t, ringsOrSaysSo)
}

func ringsOrSaysSo(t *testing.T) {
	s, seat := withSeat(t, 10*time.Minute)
	c := newCrowd(t, s.pages())
	c.enters(seat, "ru", "/desk")
	c.do("shift", hand{"who": "anna"})
	anna := func(does string, how hand) { t.Helper(); how["who"] = "anna"; c.do(does, how) }

	customer := s.calls("+79160009741")
	s.chooses(customer, "3")
	anna("stands", hand{"id": "pop", "is": hand{"stage": "ringing"}})
	anna("rings", hand{})
	anna("reload", hand{"untouched": true})
	anna("untouched", hand{"id": "sound-locked", "title": "🔇 ☎"})
	anna("taps", hand{})
	anna("rings", hand{})
	anna("untouched", hand{"id": "accept", "title": "☎"})
	anna("clicks", hand{"button": "accept"})
	anna("stands", hand{"id": "pop", "is": hand{"stage": "talking"}})
	anna("rings", hand{"is": false})

	anna("reload", hand{"untouched": true})
	anna("untouched", hand{"id": "hang-up", "title": "🔇", "plays": true})
	s.hearsMicrophone(customer)
	anna("open", hand{"path": "/tickets", "untouched": true})
	anna("untouched", hand{"id": "strip-unlock"})
	anna("clicks", hand{"button": "strip-unlock"})
	anna("clicks", hand{"button": "strip-desk"})
	anna("untouched", hand{"id": "hang-up", "title": "Разговор"})
	s.hangsUp(customer)
	anna("stands", hand{"id": "wrap-up", "is": hand{"final": "true"}})
	c.unharmed()
	s.nothingLeft()
}

// TestASecondTabTakesThePhoneAndTheTalkStaysWhereItIs: a seat that is open twice rings in the newer tab alone, and the older says so; a call that was up in that is
// not cut, and one that rang comes to the other. Who takes the seat back is not fought for it.
func TestASecondTabTakesThePhoneAndTheTalkStaysWhereItIs(t *testing.T) {
	inNetwork(t, seatTwice)
}

func seatTwice(t *testing.T) {
	s, seat := withSeat(t, 10*time.Minute)
	c := newCrowd(t, s.pages())
	stands := func(who, id string, is hand) {
		t.Helper()
		c.do("stands", hand{"who": who, "id": id, "is": is})
	}
	clicks := func(who, button string) { t.Helper(); c.do("clicks", hand{"who": who, "button": button}) }
	rings := func(who string) { t.Helper(); c.do("rings", hand{"who": who}) }
	silent := func(whose ...string) {
		t.Helper()
		for _, who := range whose {
			c.do("rings", hand{"who": who, "is": false})
		}
	}
	registered := hand{"state": "registered"}
	c.enters(seat, "ru", "/desk")
	c.do("shift", hand{"who": "anna"})

	first := s.calls("+79160009731")
	s.chooses(first, "3")
	stands("anna", "pop", hand{"stage": "ringing"})
	clicks("anna", "accept")
	stands("anna", "pop", hand{"stage": "talking"})
	s.must(first.PlayTone(620))
	s.hearsMicrophone(first)

	c.do("tab", hand{"who": "anna", "as": "other", "path": "/desk"})
	clicks("other", "start-shift")
	stands("other", "phone", registered)
	stands("other", "pop", hand{"stage": "talking"})
	stands("other", "voice-elsewhere", hand{})
	stands("anna", "take-over", hand{})
	stands("anna", "talk-stays", hand{})
	s.hearsMicrophone(first)

	clicks("anna", "take-over") // in the midst of the talk
	stands("anna", "phone", registered)
	stands("other", "take-over", hand{})
	s.hearsMicrophone(first)
	clicks("other", "take-over")
	stands("other", "phone", registered)
	s.hearsMicrophone(first)
	clicks("other", "hang-up") // by the exchange: the voice is in the first
	s.gone(first)
	stands("other", "wrap-up", hand{"final": "true"})
	clicks("other", "disposition-1")
	clicks("other", "wrap-up-done")

	second := s.calls("+79160009732")
	s.chooses(second, "3")
	stands("other", "pop", hand{"stage": "ringing"})
	stands("other", "phone", registered)
	rings("other")
	clicks("anna", "take-over") // while it rings
	stands("other", "take-over", hand{})
	silent("other")
	stands("anna", "phone", registered)
	stands("anna", "pop", hand{"stage": "ringing"})
	rings("anna")
	clicks("anna", "accept")
	stands("anna", "pop", hand{"stage": "talking"})
	silent("anna", "other")
	s.must(second.PlayTone(620))
	s.hearsMicrophone(second)
	stands("other", "take-over", hand{})
	s.hangsUp(second)
	stands("anna", "wrap-up", hand{"final": "true"})
	clicks("anna", "disposition-1")
	clicks("anna", "wrap-up-done")

	leaves := s.calls("+79160009733")
	s.chooses(leaves, "3")
	stands("anna", "pop", hand{"stage": "ringing"})
	rings("anna")
	s.hangsUp(leaves)
	stands("anna", "ended", hand{})
	silent("anna", "other")
	third := s.calls("+79160009734")
	s.chooses(third, "3")
	stands("anna", "pop", hand{"stage": "ringing"})
	rings("anna")
	clicks("anna", "decline")
	stands("anna", "activity", hand{"state": "idle"})
	silent("anna", "other")
	s.hangsUp(third)
	c.unharmed()
	s.nothingLeft()
	for _, number := range []string{"+79160009731", "+79160009732"} {
		if c := s.contact(number); c.Outcome != "served" || c.Agent != "anna" {
			t.Errorf("the contact of %s is %+v", number, c)
		}
	}
}
