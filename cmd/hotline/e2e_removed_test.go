package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"testing"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// TestWhoIsRemovedOrHasAnotherSecretLosesTheirPhoneAtOnce: it cannot register, it is not called, and no talk is cut. Whom Asterisk has
// kept of people who went while Hotline was away goes when it is back.
func TestWhoIsRemovedOrHasAnotherSecretLosesTheirPhoneAtOnce(t *testing.T) {
	t.Parallel()
	people := []config.Person{person("anna", "101"), person("boris", "102"), person("vera", "103"), person("gleb", "104")}
	people[3].Seat, people[3].PhoneSecret = true, config.Secret{}
	s := raise(t, stageOptions{elsewhere: true, people: people})
	p := s.spawn()
	anna, vera := s.agentAt(p.pages, people[0]), s.agentAt(p.pages, people[2])
	boris := s.agentAt(p.pages, people[1]).ready()
	seat := s.seatedAt(p.pages, people[3])
	customer := s.calls("+79160007101")
	s.chooses(customer, "3")
	talk := boris.answers()

	again := p.phoneSecret(2, "another-secret-of-vera")
	p.password(3, "another-word-of-gleb")
	p.reload(func(c *config.Config) {
		c.People = slices.DeleteFunc(c.People, func(q config.Person) bool { return q.ID == "boris" })
	})
	for _, phone := range []*softphone.Phone{boris.phone, vera.phone, seat} {
		s.registersNoMore(phone)
	}
	s.eventually("Boris' phone is not there, and nobody can be reached at Vera's and Gleb's", func() error {
		return errors.Join(s.phoneIs("101", "online"), s.phoneIs("102", ""), s.phoneIs("103", "offline"), s.phoneIs("104", "offline"))
	})
	boris.shownOut()
	if _, err := client.SignIn(t.Context(), p.pages, "boris", people[1].Password.Text()); err == nil {
		s.eventually("Boris cannot sign in", func() error {
			_, err := client.SignIn(t.Context(), p.pages, "boris", people[1].Password.Text())
			if !client.IsProblem(err, agentapi.CodeWrongLogin) {
				return fmt.Errorf("it is answered with %v", err)
			}
			return nil
		})
	}
	if _, err := boris.phone.Call(t.Context(), "101", softphone.CallOptions{From: "102"}); err == nil {
		t.Error("a phone that was taken away can dial a colleague's")
	}
	select {
	case <-talk.Done():
		t.Error("the talk of somebody who is removed is cut")
	default:
	}
	s.hangsUp(talk) // by the phone itself
	s.gone(customer)
	s.must(vera.phone.Unregister(t.Context()))
	vera.phone.Close()
	vera = s.agentAt(p.pages, again).ready()
	served := s.calls("+79160007102")
	s.chooses(served, "3")
	s.hangsUp(vera.answers())
	s.gone(served)

	anna.phone.Unplug() // it says nothing, and Asterisk goes on believing that it is there
	p.kill()
	p.configure(func(c *config.Config) { c.People = c.People[2:] })
	p = s.respawn(p)
	s.eventually("Anna's phone is not there either, and Vera's is", func() error {
		return errors.Join(s.phoneIs("101", ""), s.phoneIs("103", "online"))
	})
	p.end()
}

// seatedAt signs somebody in whose phone is on the desk page, and registers it as the page does.
func (s *stage) seatedAt(pages string, p config.Person) *softphone.Phone {
	s.t.Helper()
	c, err := client.SignIn(s.t.Context(), pages, p.Login, p.Password.Text())
	s.must(err)
	seat, err := c.Phone(s.t.Context())
	s.must(err)
	phone, err := s.exchange.Phone(softphone.Options{User: seat.User, Secret: seat.Password})
	s.must(err)
	s.must(phone.Register(s.t.Context()))
	return phone
}

// registersNoMore waits until a phone is refused.
func (s *stage) registersNoMore(phone *softphone.Phone) {
	s.t.Helper()
	s.eventually("the phone "+phone.User()+" is refused", func() error {
		phone.Unplug()
		err := phone.Register(s.t.Context())
		var refused *softphone.Refused
		if !errors.As(err, &refused) {
			return fmt.Errorf("it is answered with %v", err)
		}
		return nil
	})
}

// phoneIs compares a phone's state in Asterisk; "" is that there is no such phone.
func (s *stage) phoneIs(id, state string) error {
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.config.Asterisk.URL+"/endpoints/PJSIP/"+id, nil)
	s.must(err)
	request.SetBasicAuth(s.config.Asterisk.User, s.config.Asterisk.Password.Text())
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var endpoint struct{ State string }
	if response.StatusCode != http.StatusNotFound {
		err = s.ariGet("/endpoints/PJSIP/"+id, &endpoint)
	}
	if err != nil || endpoint.State != state {
		return fmt.Errorf("phone %s is %q (%s), %v", id, endpoint.State, response.Status, err)
	}
	return nil
}

// phoneSecret gives somebody's phone another one, for the next reload or restart.
func (p *process) phoneSecret(who int, secret string) config.Person {
	p.s.t.Helper()
	person := p.config.People[who]
	p.s.must(os.WriteFile(person.PhoneSecret.File, []byte(secret), 0o600))
	person.PhoneSecret, person.Password = config.SecretOf(secret), config.SecretOf("password-"+string(person.ID))
	return person
}
