package main

import (
	"strings"
	"testing"

	"hotline/agentapi/gate"
	"hotline/cmd/hotline/config"
)

// A supervisor's role needs a second factor: in a real browser she is led to turn it on, signs in with it, and is signed out at once
// when an operator takes it away, by a command beside the Hotline that runs.
func TestASecondFactorIsTurnedOnInABrowserAndResetByACommand(t *testing.T) {
	t.Parallel()
	browserIsThere(t)
	olga := config.Person{ID: "olga", Login: "olga", Name: "Olga", Role: "supervisor", Language: "en", Password: config.SecretOf("password-olga")}
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), olga}, elsewhere: true, configure: func(c *config.Config) {
		c.SignIn.SecondFactor = []gate.Role{gate.RoleSupervisor}
	}})
	p := s.spawn()
	page := startScript(t, "factor", p.pages, map[string]string{"LOGIN": "olga", "PASSWORD": olga.Password.Text(), "LANGUAGE": "ru"})
	page.awaits("signed_in")
	reset := func(login string) error { return resetFactor{File: p.file, Login: login}.Run(t.Context()) }
	for login, says := range map[string]string{"anna": "has no second factor", "boris": "nobody signs in"} {
		if err := reset(login); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("reset for %s: %v", login, err)
		}
	}
	s.must(reset(" Olga"))
	page.awaits("ok")
}
