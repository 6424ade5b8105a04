package main

import (
	"testing"
	"time"

	"hotline/cmd/hotline/config"
)

// TestNoPageDropsTheCallerWhoseVoiceIsInIt: the seat's page is loaded again, or closed, in the talk. The caller hears music, is the first in
// the queue, and comes back to the same agent as soon as these say that they are ready.
func TestNoPageDropsTheCallerWhoseVoiceIsInIt(t *testing.T) {
	inNetwork(t, seatGoes)
}

func seatGoes(t *testing.T) {
	seat := person("anna", "107")
	seat.Seat, seat.PhoneSecret = true, config.Secret{}
	s := raise(t, stageOptions{people: []config.Person{seat}, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].OfferTimeout, c.Queues[i].WrapUp = 2*time.Minute, 10*time.Minute
		}
	}})
	c := newCrowd(t, s.pages())
	c.enters(seat, "ru", "/desk")
	c.do("shift", hand{"who": "anna"})
	const number = "+79160009721"
	customer := s.calls(number)
	s.chooses(customer, "3")

	stands := func(id string, is hand) { t.Helper(); c.do("stands", hand{"who": "anna", "id": id, "is": is}) }
	clicks := func(button string) { t.Helper(); c.do("clicks", hand{"who": "anna", "button": button}) }
	again := func() {
		t.Helper()
		stands("phone", hand{"state": "registered"})
		clicks("ready")
	}
	goes := map[string]func(){
		"loaded again": func() { c.do("reload", hand{"who": "anna"}) },
		"closed": func() {
			c.do("closes", hand{"who": "anna"})
			c.do("tab", hand{"who": "anna", "as": "anna", "path": "/desk"})
			clicks("start-shift")
		},
	}
	for _, how := range []string{"loaded again", "closed"} {
		stands("pop", hand{"stage": "ringing"})
		clicks("accept")
		stands("pop", hand{"stage": "talking"})
		s.must(customer.PlayTone(620))
		s.hearsMicrophone(customer)

		goes[how]()
		s.waiting(1)
		s.hearsMusic(customer)
		stands("wrap-up", hand{"final": "true"})
		clicks("disposition-1")
		clicks("wrap-up-done")
		again()
	}
	stands("pop", hand{"stage": "ringing"})
	clicks("accept")
	s.hearsMicrophone(customer)
	clicks("hang-up")
	s.gone(customer)
	stands("wrap-up", hand{"final": "true"})
	c.unharmed()
	s.nothingLeft()
	if c := s.contact(number); c.Outcome != "served" || c.Agent != "anna" {
		t.Errorf("the contact is %+v", c)
	}
}
