package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
)

// TestANewPasswordEndsTheSignInsOfTheOldOneByReloadAndByRestart: so does a role that is taken, and so does going; and whom none
// of that concerns goes on.
func TestANewPasswordEndsTheSignInsOfTheOldOneByReloadAndByRestart(t *testing.T) {
	t.Parallel()
	people := []config.Person{person("anna", "101"), person("boris", "102"), person("vera", ""), person("gleb", "")}
	for i := 2; i < 4; i++ { // no agents
		people[i].Role, people[i].Skills, people[i].PhoneSecret = "supervisor", nil, config.Secret{}
	}
	s := raise(t, stageOptions{elsewhere: true, people: people})
	p := s.spawn()
	anna := s.agentAt(p.pages, people[0]).ready()
	boris := s.agentAt(p.pages, people[1]).ready()
	vera, gleb := s.signedInAt(p.pages, people[2]), s.signedInAt(p.pages, people[3])

	again := p.password(0, "other-word-anna")
	p.configure(func(c *config.Config) { c.People = c.People[:3] })
	s.must(p.cmd.Process.Signal(syscall.SIGHUP))
	anna.shownOut()
	s.out(gleb)
	if _, err := client.SignIn(t.Context(), p.pages, "anna", "password-anna"); !client.IsProblem(err, agentapi.CodeWrongLogin) {
		t.Errorf("with the old password: %v", err)
	}
	anna.openDesk(p.pages, again)
	anna.until("not ready: for a while it was nobody's desk", func(me agentapi.Me) bool { return me.Availability.State != "ready" })
	if _, err := vera.WhoAmI(t.Context()); err != nil || boris.desk.Err() != nil {
		t.Errorf("who keeps their password is out: %v, %v", err, boris.desk.Err())
	}

	p.password(0, "third-word-anna")
	p.configure(func(c *config.Config) { c.People[2].Role = "administrator" })
	p.kill()
	p = s.respawn(p)
	anna.shownOut()
	s.out(vera)
	boris.until("back by himself", func(me agentapi.Me) bool { return me.Availability.State == "ready" })
	p.end()
}

// TestTwoPeopleSwapTheirLogins by a reload: each is let in by the other's, and what was open before has ended.
func TestTwoPeopleSwapTheirLogins(t *testing.T) {
	t.Parallel()
	people := []config.Person{person("anna", "101"), person("boris", "102")}
	s := raise(t, stageOptions{elsewhere: true, people: people})
	p := s.spawn()
	before := s.signedInAt(p.pages, people[0])
	p.configure(func(c *config.Config) { c.People[0].Login, c.People[1].Login = "boris", "anna" })
	s.must(p.cmd.Process.Signal(syscall.SIGHUP))
	s.out(before)
	people[0].Login, people[1].Login = "boris", "anna"
	for _, who := range people {
		account, err := s.signedInAt(p.pages, who).WhoAmI(t.Context())
		if err != nil || account.Agent != who.ID {
			t.Errorf("%s is let in as %+v, %v", who.ID, account, err)
		}
	}
	p.end()
}

// shownOut waits until the desk is told to sign in again.
func (w *worker) shownOut() {
	w.s.t.Helper()
	w.s.eventually("the desk of before is told to sign in again", func() error {
		if err := w.desk.Err(); !errors.Is(err, client.ErrNotSignedIn) {
			return fmt.Errorf("it stands at %v", err)
		}
		return nil
	})
}

// out waits until a sign-in has ended.
func (s *stage) out(c *client.Client) {
	s.t.Helper()
	s.eventually("the sign-in of before has ended", func() error {
		if _, err := c.WhoAmI(context.Background()); !client.IsProblem(err, agentapi.CodeNotSignedIn) {
			return fmt.Errorf("it is answered with %v", err)
		}
		return nil
	})
}

// password gives somebody another one, for the next reload or restart.
func (p *process) password(who int, password string) config.Person {
	p.s.t.Helper()
	person := p.config.People[who]
	p.s.must(os.WriteFile(person.Password.File, []byte(password), 0o600))
	person.Password = config.SecretOf(password)
	return person
}
