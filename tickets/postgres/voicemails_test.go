package postgres_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"hotline/tickets"
	"hotline/tickets/lists"
	"hotline/tickets/postgres"
)

// leaves is a call of a department's ticket, in which so many messages were left.
func leaves(t *testing.T, s *postgres.Store, serial uint64, department string, messages int) (tickets.ContactID, tickets.Number) {
	t.Helper()
	id, n := tickets.ContactID("call-"+strconv.FormatUint(serial, 10)), tickets.MakeNumber(serial)
	at := time.Now().Add(-time.Hour).Add(time.Duration(serial%1000) * time.Second)
	fact := func(i int64, e tickets.Event) tickets.Fact {
		return tickets.Fact{Contact: id, Channel: tickets.Call{}, N: i, At: at, Own: n, Event: e}
	}
	facts := []tickets.Fact{fact(0, tickets.Arrived{From: "+78005550101", RawName: "<b>Ivan", Department: department, Next: at.Add(time.Hour)})}
	for i := range messages {
		facts = append(facts, fact(int64(i+1), tickets.Recorded{Recording: string(id) + "." + strconv.Itoa(i+1)}))
	}
	must(t, s.Apply(t.Context(), facts))
	return id, n
}

// voicemails are the names of those that somebody sees, page by page.
func voicemails(t *testing.T, s *postgres.Store, sight tickets.Sight, done bool) (names []string) {
	t.Helper()
	q := lists.VoicemailQuestion{Sight: sight, Done: done, Since: time.Now().Add(-24 * time.Hour), Limit: 2}
	for {
		p, err := s.Voicemails(t.Context(), q)
		must(t, err)
		for _, v := range p.Voicemails {
			if v.DoneAt.IsZero() == done || done != (v.DoneBy != "") {
				t.Errorf("among those that are done, %v, is %+v", done, v)
			}
			names = append(names, v.Name())
		}
		if q.Cursor = p.Next; q.Cursor == "" {
			break
		}
	}
	q.Cursor = ""
	if n, err := s.CountVoicemails(t.Context(), q); err != nil || n != len(names) {
		t.Errorf("%d are counted, %v, and there are %q", n, err, names)
	}
	return names
}

func TestVoicemailsAreSeenByTicketAndDoneByHand(t *testing.T) {
	s, pool := fresh(t)
	var told []tickets.Change
	s.OnChange(nil, func(history []tickets.Change) { told = append(told, history...) })
	first, number := leaves(t, s, 84_001, "billing", 2)
	second, _ := leaves(t, s, 84_002, "support", 1)
	leaves(t, s, 84_003, "billing", 0)
	told = nil
	all, billing := tickets.Sight{All: true}, tickets.Sight{Departments: []string{"billing"}}
	are := func(sight tickets.Sight, done bool, want ...string) {
		t.Helper()
		if got := voicemails(t, s, sight, done); !slices.Equal(got, want) {
			t.Errorf("seen are %q, want %q", got, want)
		}
	}
	one, two, three := string(first)+".1", string(first)+".2", string(second)+".1"
	are(all, false, three, two, one)
	are(billing, false, two, one)
	are(tickets.Sight{Agent: "nobody"}, false)

	anna := tickets.By{Kind: tickets.ByPerson, ID: "anna", Name: "Anna"}
	mark := func(n int, done bool) lists.Voicemail {
		t.Helper()
		v, err := s.MarkVoicemail(t.Context(), first, n, done, anna, time.Now())
		must(t, err)
		return v
	}
	was := mark(2, true)
	if again := mark(2, true); again.DoneAt != was.DoneAt || again.DoneBy != "Anna" || was.DoneAt.IsZero() {
		t.Errorf("done is %+v, and the second time %+v", was, again)
	}
	are(all, false, three, one)
	are(billing, true, two)
	are(tickets.Sight{Departments: []string{"support"}}, true)
	if v := mark(2, false); !v.DoneAt.IsZero() || v.DoneBy != "" || v.N != 2 || v.Contact.RawName != "<b>Ivan" {
		t.Errorf("undone is %+v", v)
	}
	are(all, true)
	var kinds []string
	for _, c := range told {
		if c.Ticket != number || c.By != anna || c.Details["contact"] != string(first) || c.Details["n"] != "2" {
			t.Errorf("told is %+v", c)
		}
		kinds = append(kinds, c.Kind)
	}
	if !slices.Equal(kinds, []string{"voicemail.done", "voicemail.undone"}) {
		t.Errorf("told are %q", kinds)
	}

	_, err := s.MarkVoicemail(t.Context(), second, 1, true, anna, time.Now())
	must(t, err)
	_, err = pool.Exec(t.Context(), `UPDATE voicemails SET came_at = came_at - interval '100 days' WHERE contact_id = $1`, second)
	must(t, err)
	are(all, true, three) // it waited for long
	_, err = pool.Exec(t.Context(), `UPDATE voicemails SET done_at = done_at - interval '2 days' WHERE contact_id = $1`, second)
	must(t, err)
	are(all, true)
	_, err = s.MarkVoicemail(t.Context(), second, 1, false, anna, time.Now())
	must(t, err)
	_, err = pool.Exec(t.Context(), `UPDATE voicemails SET came_at = came_at + interval '100 days' WHERE contact_id = $1`, second)
	must(t, err)

	for id, n := range map[tickets.ContactID]int{first: 3, "nobody's": 1} {
		if _, err := s.MarkVoicemail(t.Context(), id, n, true, anna, time.Now()); !errors.Is(err, lists.ErrNoVoicemail) {
			t.Errorf("voicemail %d of %s: %v", n, id, err)
		}
	}
	p, err := s.Voicemails(t.Context(), lists.VoicemailQuestion{Sight: all, Limit: 1})
	must(t, err)
	if _, err := s.Voicemails(t.Context(), lists.VoicemailQuestion{Sight: billing, Cursor: p.Next, Limit: 1}); !errors.Is(err, lists.ErrCursor) {
		t.Errorf("another's cursor: %v", err)
	}
	_, err = pool.Exec(t.Context(), `UPDATE contacts SET recordings = '{}' WHERE id = $1`, first) // as their person is erased
	must(t, err)
	are(all, false, three)
}
