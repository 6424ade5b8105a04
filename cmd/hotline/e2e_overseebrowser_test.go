package main

import (
	"testing"
	"time"

	"hotline/cmd/hotline/config"
)

// TestASupervisorListensWhispersAndSpeaksFromTheWallInARealBrowser: with the phone of their seat, which the wall registers for it.
func TestASupervisorListensWhispersAndSpeaksFromTheWallInARealBrowser(t *testing.T) {
	inNetwork(t, overseeInBrowser)
}

func overseeInBrowser(t *testing.T) {
	olga := person("olga", "107")
	olga.Role, olga.Seat, olga.Skills, olga.PhoneSecret = "supervisor", true, nil, config.Secret{}
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), olga}})
	anna := s.agentWith("anna", keeps)
	anna.ready()
	customer := s.calls("+79160009401")
	s.chooses(customer, "3")
	talk := anna.answers()
	s.must(customer.PlaySilence())
	s.must(talk.PlaySilence())
	page := s.script("oversee", map[string]string{"LOGIN": olga.Login, "PASSWORD": olga.Password.Text(), "AGENT": "anna", "STAY_S": "8"})
	page.awaits("listens")
	before, beforeTalk := len(customer.Sound()), len(talk.Sound())
	page.awaits("whispers")
	if n := len(beeps(customer.Sound()[before:])) + len(beeps(atMost(5*time.Second, talk.Sound()[beforeTalk:]))); n > 0 {
		t.Errorf("a supervisor who listens is heard, %d times", n)
	}
	before = len(customer.Sound())
	s.hearsMicrophone(talk)
	page.awaits("speaks")
	if n := len(beeps(atMost(4*time.Second, customer.Sound()[before:]))); n > 0 {
		t.Errorf("the customer hears the whisper, %d times", n)
	}
	s.hearsMicrophone(customer)
	page.awaits("left")
	page.awaits("ok")
	s.hangsUp(customer)
	s.gone(talk)
	anna.finish("resolved")
	s.nothingLeft()
}

// atMost is how a sound begins.
func atMost(d time.Duration, sound []int16) []int16 { return sound[:min(len(sound), samplesOf(d))] }
