package postgres_test

import (
	"reflect"
	"testing"
	"time"

	"hotline/queues"
	"hotline/queues/postgres"
)

func TestOrdersOverTheConfigurationAreKeptUntilTheyAreTakenBack(t *testing.T) {
	s := fresh(t)
	at := time.Now().UTC().Truncate(time.Microsecond)
	good := postgres.SkillOrder{Agent: "anna", Skills: map[queues.Skill]queues.Level{"support": 3}, Lasts: "good", By: "olga", At: at,
		Expires: map[queues.Skill]time.Time{"support": at.Add(24 * time.Hour)}}
	timed := postgres.SkillOrder{Agent: "boris", Skills: map[queues.Skill]queues.Level{}, Lasts: "time", Until: at.Add(time.Hour), By: "olga", At: at}
	before := good
	before.Skills, before.Lasts = map[queues.Skill]queues.Level{"sales": 1}, "sign_out"
	for _, o := range []postgres.SkillOrder{before, timed, good} {
		if err := s.GiveSkills(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := s.SkillOrders(t.Context()); err != nil || !reflect.DeepEqual(all, []postgres.SkillOrder{good, timed}) {
		t.Errorf("kept are %+v, %v", all, err)
	}
	if err := s.GiveSkills(t.Context(), postgres.SkillOrder{Agent: "vera", Skills: timed.Skills, Lasts: "time", By: "olga", At: at}); err == nil {
		t.Error("an order until no time is kept")
	}
	for range 2 {
		for _, other := range []time.Time{at, at.Add(-time.Second)} { // a newer order stays
			if err := s.TakeBackSkills(t.Context(), "boris", at.Add(-time.Microsecond)); err != nil {
				t.Fatal(err)
			}
			if err := s.TakeBackSkills(t.Context(), "anna", other); err != nil {
				t.Fatal(err)
			}
		}
	}
	if all, err := s.SkillOrders(t.Context()); err != nil || !reflect.DeepEqual(all, []postgres.SkillOrder{timed}) {
		t.Errorf("kept are %+v, %v", all, err)
	}
	for _, by := range []string{"olga", "petr"} { // the last counts
		if err := s.CloseQueue(t.Context(), "sales", by, at); err != nil {
			t.Fatal(err)
		}
	}
	if closed, err := s.ClosedQueues(t.Context()); err != nil || !reflect.DeepEqual(closed, map[queues.QueueID]string{"sales": "petr"}) {
		t.Errorf("closed are %v, %v", closed, err)
	}
	if err := s.OpenQueue(t.Context(), "sales"); err != nil {
		t.Fatal(err)
	}
	if closed, err := s.ClosedQueues(t.Context()); err != nil || len(closed) != 0 {
		t.Errorf("closed are %v, %v", closed, err)
	}
}
