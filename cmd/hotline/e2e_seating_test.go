package main

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
)

// One whom the gate or the database does not take, which no check has seen, keeps nobody else out. The three below were each enough
// to let nobody in.
func TestOneWhoCannotBeSeatedKeepsNobodyElseOut(t *testing.T) {
	t.Parallel()
	short, long, twice := person("short", "102"), person("long", "103"), person("twice", "104")
	short.Password = config.SecretOf("short")
	long.Login = strings.Repeat("o", 80)
	twice.Login = "ANNA"
	s := raise(t, stageOptions{people: []config.Person{short, person("anna", "101"), long, twice, person("boris", "105")}, elsewhere: true})
	log := &logged{}
	var err error
	s.service, err = newService(s.config, slog.New(slog.NewTextHandler(log, nil)))
	s.must(err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.service.run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	soon, cancel := context.WithTimeout(t.Context(), atOnce)
	defer cancel()
	s.must(s.service.serving(soon, nil))
	for _, login := range []string{"anna", "boris"} {
		if _, err := client.SignIn(t.Context(), s.pages(), login, "password-"+login); err != nil {
			t.Errorf("%s is kept out: %v", login, err)
		}
	}
	if _, err := client.SignIn(t.Context(), s.pages(), "short", "short"); err == nil {
		t.Error("a password of five characters is taken")
	}
	for who, why := range map[string]string{"short": "has 5 characters", "long": "a login has from 1 to 64 characters", "twice": "accounts_login_key"} {
		found := 0
		for line := range strings.Lines(log.String()) {
			if strings.Contains(line, "person="+who+" ") && strings.Contains(line, why) {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%d lines of the log say what is wrong with %s:\n%s", found, who, log)
		}
	}
	if n := s.service.notSeated.Load(); n != 3 {
		t.Errorf("%d are counted", n)
	}
	s.isReady(http.StatusOK, "degraded", "people refused") // whoever else signs in can
	if strings.Contains(log.String(), "the database is not ready") {
		t.Errorf("the database is blamed:\n%s", log)
	}
	// Whoever is removed is out although somebody else is wrong.
	fresh := s.config
	fresh.People = s.config.People[:4]
	s.must(s.service.reload(t.Context(), fresh))
	s.eventually("Boris is out", func() error {
		_, err := client.SignIn(t.Context(), s.pages(), "boris", "password-boris")
		if err == nil {
			return context.DeadlineExceeded
		}
		return nil
	})
}
