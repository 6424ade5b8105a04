package postgres_test

import (
	"reflect"
	"testing"
	"time"

	"hotline/agentapi/postgres"
	"hotline/agentapi/screens"
	"hotline/queues"
)

func TestScreensAreKeptUntilTheyAreTakenAway(t *testing.T) {
	s := postgres.NewScreens(database(t))
	one := screens.Screen{
		ID: "01890000-0000-7000-8000-000000000001", Name: "Hall", Hash: screens.Hash{1, 2, 3}, By: "olga", At: time.Now().UTC().Truncate(time.Microsecond), Address: "192.0.2.1",
		Shows: screens.Shows{Queues: []queues.QueueID{"support"}, Agents: true, Language: "ru", Theme: "dark"},
	}
	if err := s.KeepScreen(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	one.Name, one.Shows = "Large hall", screens.Shows{Department: "support", Language: "en", Theme: "light"}
	if there, err := s.ChangeScreen(t.Context(), one.ID, one.Name, one.Shows); err != nil || !there {
		t.Fatalf("to change it: %v, %v", there, err)
	}
	if all, err := s.Screens(t.Context()); err != nil || !reflect.DeepEqual(all, []screens.Screen{one}) {
		t.Errorf("kept are %+v, %v", all, err)
	}
	if err := s.DropScreen(t.Context(), one.ID); err != nil {
		t.Fatal(err)
	}
	if there, err := s.ChangeScreen(t.Context(), one.ID, "Back", one.Shows); err != nil || there {
		t.Errorf("one that was taken away is changed: %v, %v", there, err)
	}
	if all, err := s.Screens(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("kept are %+v, %v", all, err)
	}
}
