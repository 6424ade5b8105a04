package postgres_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hotline/tickets"
	"hotline/tickets/postgres"
)

func TestAuditSaysWhoLookedAtWhat(t *testing.T) {
	s, pool := fresh(t)
	who := t.Name()
	if err := s.Looked(t.Context(),
		tickets.Look{Who: who, Did: tickets.LookedAtTicket, Subject: "100001", Address: "192.0.2.7"},
		tickets.Look{Who: who, Did: tickets.LookedAtStory, Subject: "c1"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Looked(t.Context(), tickets.Look{Who: who + ": olga", Did: tickets.ErasedPerson, Subject: "100001"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Looked(t.Context(), tickets.Look{Who: who, Did: tickets.LookedAtStory}, tickets.Look{Did: tickets.LookedAtStory}); err == nil {
		t.Error("a look of nobody's is taken")
	}
	for _, test := range []struct {
		about postgres.Looks
		want  string
	}{
		{postgres.Looks{Who: who}, "looked at a ticket 100001 192.0.2.7, looked at the story of a call c1 , erased a person 100001 "},
		{postgres.Looks{Who: who, Subject: "100001"}, "looked at a ticket 100001 192.0.2.7, erased a person 100001 "},
		{postgres.Looks{Who: who + ": olga"}, "erased a person 100001 "},
		{postgres.Looks{Who: who[1:]}, ""},
		{postgres.Looks{Who: who, Since: time.Now().Add(time.Hour)}, ""},
	} {
		var got []string
		for l, err := range s.Looks(t.Context(), test.about) {
			if err != nil || l.At.IsZero() {
				t.Fatalf("%+v: %+v, %v", test.about, l, err)
			}
			got = append(got, fmt.Sprint(l.Did, " ", l.Subject, " ", l.Address))
		}
		if text := strings.Join(got, ", "); text != test.want {
			t.Errorf("%+v gives %q, want %q", test.about, text, test.want)
		}
	}
	for range s.Looks(t.Context(), postgres.Looks{Who: who}) {
		break // whoever has seen enough stops, and the pool has its connection back
	}
	pool.Close()
	for _, err := range s.Looks(t.Context(), postgres.Looks{}) {
		if err == nil {
			t.Error("a database that is away has lines")
		}
	}
}

func TestLinesOfTheAuditGoWithTheirAgeAloneAndNotBefore30Days(t *testing.T) {
	s, pool := fresh(t)
	if _, err := pool.Exec(t.Context(), `
		INSERT INTO audit (at, who, did, subject) VALUES
			(now() - interval '500 days', '`+t.Name()+`', 'd', 'goes'), (now() - interval '300 days', '`+t.Name()+`', 'd', 'stays'),
			(now() - interval '20 days', '`+t.Name()+`', 'd', 'stays in any case')`); err != nil {
		t.Fatal(err)
	}
	left := func() string {
		return strings.Join(column(t, pool, `SELECT subject FROM audit WHERE who = '`+t.Name()+`'`), ", ")
	}
	if done, err := s.Forget(t.Context(), postgres.Retention{}, time.Now()); err != nil || done.Looks != 0 {
		t.Errorf("without a rule %d lines go, error %v", done.Looks, err)
	}
	if done, err := s.Forget(t.Context(), postgres.Retention{Audit: 400 * days}, time.Now()); err != nil || done.Looks != 1 || left() != "stays, stays in any case" {
		t.Errorf("%d lines go, error %v, and left are %s", done.Looks, err, left())
	}
	if done, err := s.Forget(t.Context(), postgres.Retention{Audit: days}, time.Now()); err != nil || done.Looks != 1 || left() != "stays in any case" {
		t.Errorf("with a rule of a day %d lines go, error %v, and left are %s", done.Looks, err, left())
	}
}
