package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// TestPhonesRingWithoutADatabase: PostgreSQL hangs, or is gone, and Hotline is killed in that and started again. Whoever was ready is, without a word of
// theirs; who signs in by their password does; and when the database is back it has the last word.
func TestPhonesRingWithoutADatabase(t *testing.T) {
	for name, takeAway := range map[string]func(*stage) (back func()){
		"frozen": func(s *stage) func() { s.house.postgres.Freeze(); return s.house.postgres.Thaw },
		"killed": func(s *stage) func() {
			s.house.postgres.Kill()
			return func() { s.must(s.house.postgres.Start(context.WithoutCancel(s.t.Context()))) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102"), person("vera", "103")}, elsewhere: true})
			s.ringsWithoutADatabase(takeAway)
		})
	}
}

func (s *stage) ringsWithoutADatabase(takeAway func(*stage) (back func())) {
	p := s.spawn()
	anna := s.agentAt(p.pages, s.config.People[0]).ready()
	for file, says := range map[string]string{"agents.json": `"anna":{"state":"ready"`, "accounts.json": `"login":"vera"`} {
		s.eventually(file+" is on the disk", func() error { return s.onDisk(file, says) })
	}
	s.eventually("her sign-in is on the disk", func() error { return s.onDisk("accounts.json", `"Expires":`) })
	var once sync.Once
	bringBack := takeAway(s)
	back := func() { once.Do(bringBack) }
	s.t.Cleanup(back)
	p.kill()
	first, err := s.customer.Dial(s.t.Context(), s.house.asterisk.Number, softphone.CallOptions{From: "+79160010001"})
	s.must(err)
	p = s.launch(p, os.Args[0])
	serves := time.Now()
	customer, err := first.Wait()
	s.must(err)
	s.chooses(customer, "3")
	talk := anna.answers()
	s.t.Logf("her phone was picked up %s after Hotline served", time.Since(serves).Round(time.Millisecond))
	s.hearEachOther(customer, talk)
	anna.until("records delayed", func(me agentapi.Me) bool { return me.Delayed })

	if _, err := client.SignIn(s.t.Context(), p.pages, "boris", "not his password"); !client.IsProblem(err, agentapi.CodeWrongLogin) {
		s.t.Errorf("with a wrong password: %v", err)
	}
	boris, vera := s.agentAt(p.pages, s.config.People[1]).ready(), s.agentAt(p.pages, s.config.People[2])
	second := s.calls("+79160010002")
	s.chooses(second, "3")
	s.hangsUp(boris.answers())
	s.gone(second)

	back()
	s.eventually("vera has another password, of which Hotline is not told", func() error {
		var done string
		return s.query(`with gone as (delete from sign_ins using accounts a where a.id = account_id and a.login = 'vera')
			update accounts set configured_hash = coalesce(configured_hash, password_hash), password_hash = 'of another one' where login = 'vera' returning login`, &done)
	})
	s.eventually("vera is out", func() error {
		if err := vera.desk.Err(); !errors.Is(err, client.ErrNotSignedIn) {
			return fmt.Errorf("her page is told: %v", err)
		}
		return nil
	})
	for _, w := range []*worker{anna, boris} {
		w.until("records as ever", func(me agentapi.Me) bool { return !me.Delayed })
		if err := w.desk.Err(); err != nil {
			s.t.Errorf("%s is out: %v", w.id, err)
		}
	}
	s.hangsUp(customer)
	s.eventually("both calls are in the records", func() error {
		var served int
		if err := s.query(`select count(*) from contacts where outcome = 'served' and ended_at is not null and ticket <> ''`, &served); err != nil || served != 2 {
			return errors.Join(err, fmt.Errorf("%d are", served))
		}
		return nil
	})
	s.eventually("the database knows of his sign-in", func() error {
		var signIns int
		if err := s.query(`select count(*) from sign_ins join accounts a on a.id = account_id where a.login = 'boris'`, &signIns); err != nil || signIns != 1 {
			return errors.Join(err, fmt.Errorf("it has %d of them", signIns))
		}
		return nil
	})
	p.end()
}

// TestAStartWithASlowDatabaseKeepsWrapUps: it alone knows of them, and is waited for though our own disk knows who was signed in.
func TestAStartWithASlowDatabaseKeepsWrapUps(t *testing.T) {
	t.Parallel()
	var link *freezer
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) {
		link = newDatabaseFreezer(t, c)
		c.Listen = freeAddress(c.Listen)
		for i := range c.Queues {
			c.Queues[i].WrapUp = 10 * time.Minute
		}
	}})
	anna := s.agent("anna").ready()
	call := s.calls("+79160010003")
	s.chooses(call, "3")
	s.hangsUp(anna.answers())
	before := anna.until("in wrap-up", func(me agentapi.Me) bool { return me.WrapUp != nil }).WrapUp
	s.gone(call)
	s.eventually("she is on the disk", func() error { return s.onDisk("agents.json", `"anna":{"state":"ready"`) })
	anna.desk.Close() // it would ask whose it is, of a database that does not answer
	s.stop()
	link.freeze()
	s.begin()
	<-s.service.sw.Ready()
	time.AfterFunc(2*time.Second, link.thaw) // what is slow is the database
	<-s.service.ready
	anna.openDesk(s.pages(), s.config.People[0])
	anna.until("in wrap-up again", func(me agentapi.Me) bool { return me.WrapUp != nil && me.WrapUp.Call == before.Call })
}

// TestASupervisorWhoLeftACallWhileHotlineWasAwayIsOfferedCallsWithoutADatabase: they were set aside while they listened.
func TestASupervisorWhoLeftACallWhileHotlineWasAwayIsOfferedCallsWithoutADatabase(t *testing.T) {
	t.Parallel()
	var link *freezer
	olga := person("olga", "104")
	olga.Role = "supervisor"
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), olga}, configure: func(c *config.Config) {
		link = newDatabaseFreezer(t, c)
		c.Listen = freeAddress(c.Listen)
	}})
	anna := s.agent("anna").ready()
	boss := s.agent("olga")
	customer := s.calls("+79160010004")
	s.chooses(customer, "3")
	talk := anna.answers()
	boss.ready()
	her := s.comes(s.signsIn("olga"), boss.phone, `{"agent": "anna", "manner": "listen"}`, bossHums)
	boss.until("set aside", func(me agentapi.Me) bool { return me.Availability.Reason == "supervising" })
	s.eventually("that is on the disk", func() error { return s.onDisk("agents.json", `"olga":{"state":"not_ready","reason":"supervising"`) })
	s.stop()
	link.freeze()
	s.hangsUp(her)
	s.serve(stageOptions{noDatabase: true})
	boss.until("ready again", func(me agentapi.Me) bool { return !me.Starting && me.Availability.State == "ready" })
	s.hearEachOther(customer, talk)
	link.thaw()
	s.hangsUp(customer)
}

// onDisk says whether a file in the spool's folder has this in it, and is nobody else's to read.
func (s *stage) onDisk(file, says string) error {
	path := filepath.Join(s.config.Spool, file)
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), says) {
		return errors.Join(err, fmt.Errorf("%.300s", text))
	}
	info, err := os.Stat(path)
	if err == nil && info.Mode().Perm() != 0o600 {
		s.t.Errorf("%s has the rights %o", file, info.Mode().Perm())
	}
	return err
}
