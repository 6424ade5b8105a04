package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"hotline/agentapi/past"
	"hotline/agentapi/quality"
	"hotline/cmd/hotline/config"
)

// TestACallThatWasTakenIsReviewedAndItsAgentObjects: a call is taken, a supervisor reviews it by a form of the configuration, Hotline is killed,
// and the agent reads the review and objects.
func TestACallThatWasTakenIsReviewedAndItsAgentObjects(t *testing.T) {
	t.Parallel()
	_, petr := supervisors()
	anna := person("anna", "101")
	s := raise(t, stageOptions{people: []config.Person{anna, petr}, elsewhere: true, configure: func(c *config.Config) {
		form := `[{"ID": "usual", "Title": {"ru": "Обычная", "en": "Usual"}, "Sections": [{"Title": {"ru": "Разговор", "en": "Talk"}, "Criteria": [
			{"ID": "greets", "Title": {"ru": "Поздоровался", "en": "Greets"}, "Kind": "yes_no"}, {"ID": "listens", "Title": {"ru": "Слушал", "en": "Listens"}, "Kind": "scale", "Weight": 3}]}]}]`
		if err := json.Unmarshal([]byte(form), &c.Scorecards); err != nil {
			t.Fatal(err)
		}
	}})
	p := s.spawn()
	s.away = p
	s.served("+79160009701", s.agentAt(p.pages, anna).ready())
	boss := s.signsIn("petr")
	get := func(b *browser, path string, into any) error {
		answer := b.asks("GET", "/api/v1"+path, "")
		if answer.StatusCode != 200 {
			return fmt.Errorf("%s: %d", path, answer.StatusCode)
		}
		return json.NewDecoder(answer.Body).Decode(into)
	}
	var calls past.PastCalls
	s.eventually("the call is among those of the past", func() error {
		if err := get(boss, "/calls/past", &calls); err != nil || len(calls.Items) != 1 || calls.Items[0].Agent == nil {
			return fmt.Errorf("%+v, %v", calls.Items, err)
		}
		return nil
	})
	boss.orders("POST", "/scorecards", fmt.Sprintf(`{"call": %q, "form": "usual"}`, calls.Items[0].Call))
	var all quality.Cards
	s.must(get(boss, "/scorecards", &all))
	if len(all.Items) != 1 || all.Items[0].Agent != "anna" || all.Items[0].Queue != "support" {
		t.Fatalf("cards are %+v", all.Items)
	}
	at := "/scorecards/" + all.Items[0].ID
	boss.orders("PUT", at+"/review", `{"answers": [{"criterion": "greets", "value": 1}, {"criterion": "listens", "value": 3}], "note": "Well", "submit": true}`)

	p.kill()
	p = s.respawn(p)
	s.away = p
	hers := s.signsIn("anna")
	s.must(get(hers, "/scorecards", &all))
	if len(all.Items) != 1 || len(all.Items[0].Reviews) != 1 || *all.Items[0].Reviews[0].Score.Share != 2.5/4 || all.Items[0].Names["petr"] == "" {
		t.Fatalf("anna sees %+v", all.Items)
	}
	hers.orders("POST", at+"/objection", `{"text": "I did listen"}`)
	var card quality.Card
	s.must(get(s.signsIn("petr"), at, &card))
	if card.Objection == nil || card.Objection.Text != "I did listen" {
		t.Errorf("the reviewer sees %+v", card)
	}
	p.end()
}
