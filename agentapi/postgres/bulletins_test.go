package postgres_test

import (
	"reflect"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/desk"
	"hotline/agentapi/postgres"
	"hotline/queues"
)

func TestBulletinsAreKeptWithWhoHasAcknowledgedThem(t *testing.T) {
	s := postgres.New(database(t))
	at := time.Now().UTC().Truncate(time.Microsecond)
	first := desk.KeptBulletin{
		ID: "01890000-0000-7000-8000-000000000001", At: at.Add(-time.Hour), By: "olga", Kind: agentapi.BulletinSaid, Text: "Go home. <b>", Team: "all",
		Readers: map[queues.AgentID]time.Time{"anna": {}, "boris": at.Add(-time.Minute)},
	}
	second := desk.KeptBulletin{
		ID: "01890000-0000-7000-8000-000000000002", At: at, By: "olga", Kind: agentapi.BulletinReady, Team: "agent:anna", Readers: map[queues.AgentID]time.Time{"anna": {}},
	}
	old := second
	old.ID, old.At = "01890000-0000-7000-8000-000000000003", at.Add(-31*24*time.Hour)
	for _, b := range []desk.KeptBulletin{old, second, first} {
		if err := s.KeepBulletin(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	for _, seen := range []time.Time{at, at.Add(time.Minute)} { // the first counts
		if err := s.SeeBulletin(t.Context(), first.ID, "anna", seen); err != nil {
			t.Fatal(err)
		}
	}
	first.Readers["anna"] = at
	if all, err := s.Bulletins(t.Context(), at.Add(-12*time.Hour)); err != nil || !reflect.DeepEqual(all, []desk.KeptBulletin{first, second}) {
		t.Errorf("kept are %+v, %v", all, err)
	}
	if all, err := s.Bulletins(t.Context(), time.Time{}); err != nil || len(all) != 2 {
		t.Errorf("what is a month old is kept: %+v, %v", all, err)
	}
}
