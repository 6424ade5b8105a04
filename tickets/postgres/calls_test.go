package postgres_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/tickets"
	"hotline/tickets/lists"
	"hotline/tickets/postgres"
)

// someCalls are a thousand contacts, one in ten of which is a letter.
const someCalls = `
	WITH made AS (SELECT i, ('00000000-0000-4000-8000-' || lpad((i % 20 + 1)::text, 12, '0'))::uuid AS customer FROM generate_series(1, 1000) i),
	of AS (INSERT INTO customers (id, name) SELECT DISTINCT customer, 'Customer ' || customer FROM made RETURNING id),
	about AS (INSERT INTO tickets (number, state, closed_at, opened_at, activity_at, phase, version)
		SELECT (10000 + i)::text, 'closed', now(), now(), now(), 'closed', 1 FROM generate_series(0, 99) i RETURNING number)
	INSERT INTO contacts (id, channel, ticket, linked, customer_id, caller, queue, agent_id, arrived_at, answered_at, ended_at, outcome, disposition, call_reason, earlier_agents, talks)
	SELECT 'c' || i, CASE WHEN i % 10 = 9 THEN 'letter' ELSE 'call' END, (10000 + i % 100)::text, 'new', customer,
		CASE WHEN i % 7 = 0 THEN '' ELSE '+7495' || lpad((i % 50)::text, 7, '0') END, CASE WHEN i % 6 = 0 THEN '' ELSE 'q' || i % 4 END, CASE WHEN i % 3 = 0 THEN '' ELSE 'p' || i % 5 END,
		timestamptz '2026-03-02 00:00Z' + (i / 5) * interval '1 hour', CASE WHEN i % 3 <> 0 THEN timestamptz '2026-03-02 00:00Z' + (i / 5) * interval '1 hour' END,
		timestamptz '2026-03-02 00:00Z' + (i / 5) * interval '1 hour' + (i % 11) * interval '1 minute', CASE WHEN i % 3 <> 0 THEN 'served' WHEN i % 2 = 0 THEN 'abandoned_in_queue' ELSE 'abandoned_in_menu' END,
		CASE WHEN i % 3 <> 0 AND i % 4 = 0 THEN 'resolved' ELSE '' END, CASE i % 13 WHEN 0 THEN 'answer' WHEN 1 THEN 'visit' ELSE '' END,
		CASE WHEN i % 3 <> 0 AND i % 4 = 1 THEN ARRAY['p' || (i + 2) % 5] ELSE '{}' END,
		CASE WHEN i % 3 <> 0 AND i % 4 = 1 THEN jsonb_build_array(jsonb_build_object('agent', jsonb_build_object('id', 'p' || (i + 2) % 5)), jsonb_build_object('agent', jsonb_build_object('id', 'p' || i % 5))) ELSE '[]' END
	FROM made`

// TestACallIsAsLongAsItsTalk, and no longer because its caller was asked for something afterwards.
func TestACallIsAsLongAsItsTalk(t *testing.T) {
	s, pool := fresh(t)
	_, err := pool.Exec(t.Context(), someCalls)
	if err == nil { // the talk of one that was over ten minutes after its answer
		_, err = pool.Exec(t.Context(), `UPDATE contacts SET talks = jsonb_build_array(
			jsonb_build_object('agent', jsonb_build_object('id', agent_id), 'from', answered_at, 'to', answered_at + interval '7 minutes'),
			jsonb_build_object('agent', jsonb_build_object('id', 'p3'), 'from', answered_at, 'to', ended_at, 'asked', TRUE)) WHERE id = 'c10'`)
	}
	if err != nil {
		t.Fatal(err)
	}
	for longer, want := range map[time.Duration]bool{7 * time.Minute: true, 8 * time.Minute: false} {
		all := listAll(t, s, lists.CallQuestion{Sight: tickets.Sight{All: true}, CallFilter: lists.CallFilter{Longer: longer}})
		i := slices.IndexFunc(all, func(c lists.Call) bool { return c.ID == "c10" })
		if (i >= 0) != want || len(all) < 50 {
			t.Errorf("among %d calls of %s at least it is at %d", len(all), longer, i)
		}
		if i >= 0 {
			if talk, _ := all[i].TalkTime(); talk != 7*time.Minute {
				t.Errorf("they talked for %s", talk)
			}
		}
	}
}

func TestCallsAreFoundByEachConditionEachOnceTheLatestFirst(t *testing.T) {
	s, pool := fresh(t)
	if _, err := pool.Exec(t.Context(), someCalls); err != nil {
		t.Fatal(err)
	}
	overseer, agent := tickets.Sight{All: true}, tickets.Sight{Agent: "p2"}
	all := listAll(t, s, lists.CallQuestion{Sight: overseer})
	if len(all) != 900 {
		t.Fatalf("there are %d calls, want 900: letters are none", len(all))
	}
	day := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	had := func(c lists.Call, agent string) bool { // also who has passed it on
		return slices.ContainsFunc(c.Contact.Agents(), func(a tickets.Agent) bool { return a.ID == agent })
	}
	talk := func(c lists.Call) time.Duration { return c.EndedAt.Sub(c.AnsweredAt) }
	for name, c := range map[string]struct {
		ask  lists.CallFilter
		want func(lists.Call) bool
	}{
		"nothing":          {lists.CallFilter{}, func(lists.Call) bool { return true }},
		"period":           {lists.CallFilter{From: day, To: day.AddDate(0, 0, 1)}, func(c lists.Call) bool { return !c.ArrivedAt.Before(day) && c.ArrivedAt.Before(day.AddDate(0, 0, 1)) }},
		"end of a number":  {lists.CallFilter{Caller: "000-00 17"}, func(c lists.Call) bool { return strings.HasSuffix(c.From.Key(), "0000017") }},
		"whole number":     {lists.CallFilter{Caller: "8 495 000-00-17"}, func(c lists.Call) bool { return strings.HasSuffix(c.From.Key(), "0000017") }},
		"no number":        {lists.CallFilter{Caller: "'; DROP"}, func(lists.Call) bool { return false }},
		"customer":         {lists.CallFilter{Customer: all[0].Customer}, func(c lists.Call) bool { return c.Customer == all[0].Customer }},
		"unknown customer": {lists.CallFilter{Customer: "00000000-0000-4000-8000-0000000000ff"}, func(lists.Call) bool { return false }},
		"agent":            {lists.CallFilter{Agent: "p4"}, func(c lists.Call) bool { return had(c, "p4") }},
		"queue":            {lists.CallFilter{Queue: "q1"}, func(c lists.Call) bool { return c.Queue == "q1" }},
		"outcome":          {lists.CallFilter{Outcomes: []tickets.Outcome{tickets.AbandonedInMenu, tickets.AbandonedInQueue}}, func(c lists.Call) bool { return c.Outcome.Abandoned() }},
		"disposition":      {lists.CallFilter{Disposition: tickets.Resolved}, func(c lists.Call) bool { return c.Disposition == tickets.Resolved }},
		"reason":           {lists.CallFilter{Reason: "visit"}, func(c lists.Call) bool { return c.Reason == "visit" }},
		"ticket":           {lists.CallFilter{Ticket: "10042"}, func(c lists.Call) bool { return c.Ticket == "10042" }},
		"unknown ticket":   {lists.CallFilter{Ticket: "99999"}, func(lists.Call) bool { return false }},
		"long":             {lists.CallFilter{Longer: 8 * time.Minute}, func(c lists.Call) bool { return !c.AnsweredAt.IsZero() && talk(c) >= 8*time.Minute }},
		"short":            {lists.CallFilter{Shorter: 2 * time.Minute}, func(c lists.Call) bool { return !c.AnsweredAt.IsZero() && talk(c) < 2*time.Minute }},
		"all at once": {lists.CallFilter{From: day, Caller: "00002", Queue: "q2", Outcomes: []tickets.Outcome{tickets.Served}, Longer: time.Minute}, func(c lists.Call) bool {
			return !c.ArrivedAt.Before(day) && strings.HasSuffix(c.From.Key(), "00002") && c.Queue == "q2" && c.Outcome == tickets.Served && talk(c) >= time.Minute
		}},
	} {
		for who, sight := range map[string]tickets.Sight{"overseer": overseer, "agent": agent} {
			q := lists.CallQuestion{Sight: sight, CallFilter: c.ask}
			want := []tickets.ContactID{}
			for _, one := range all {
				if c.want(one) && (sight.All || had(one, "p2")) {
					want = append(want, one.ID)
				}
			}
			got := []tickets.ContactID{}
			for _, one := range listAll(t, s, q) {
				got = append(got, one.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, as %s: %v, want %v", name, who, got, want)
			}
			if n, err := s.CountCalls(t.Context(), q); err != nil || n != len(want) {
				t.Errorf("%s, as %s: counted %d, want %d: %v", name, who, n, len(want), err)
			}
			if len(want) == 0 && sight.All && !strings.Contains(name, "unknown") && name != "no number" {
				t.Errorf("%s, as %s: this test finds nothing at all", name, who)
			}
		}
	}
	p, err := s.ListCalls(t.Context(), lists.CallQuestion{Sight: overseer, Limit: 7})
	if err != nil || p.Next == "" {
		t.Fatalf("a page goes on with %q: %v", p.Next, err)
	}
	for name, q := range map[string]lists.CallQuestion{
		"of another's": {Sight: agent, Cursor: p.Next, Limit: 7}, "of another question": {Sight: overseer, CallFilter: lists.CallFilter{Queue: "q1"}, Cursor: p.Next, Limit: 7}, "of nothing": {Sight: overseer, Cursor: "e30", Limit: 7},
	} {
		if _, err := s.ListCalls(t.Context(), q); !errors.Is(err, lists.ErrCursor) {
			t.Errorf("a cursor %s gives %v", name, err)
		}
	}
}

// listAll reads all pages of a list of calls, which come in order and hold each call once.
func listAll(t *testing.T, s *postgres.Store, q lists.CallQuestion) (all []lists.Call) {
	t.Helper()
	for q.Limit = 17; ; {
		p, err := s.ListCalls(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Calls {
			if n := len(all); n > 0 && (all[n-1].ArrivedAt.Before(c.ArrivedAt) || all[n-1].ArrivedAt.Equal(c.ArrivedAt) && all[n-1].ID <= c.ID) {
				t.Fatalf("%s of %s comes after %s of %s", c.ID, c.ArrivedAt, all[n-1].ID, all[n-1].ArrivedAt)
			}
			all = append(all, c)
		}
		if q.Cursor = p.Next; q.Cursor == "" {
			return all
		}
	}
}

func TestACallIsFoundByASecondNameOfItsTicket(t *testing.T) {
	s, pool := fresh(t)
	if _, err := pool.Exec(t.Context(), someCalls); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), `INSERT INTO merged_numbers (number, ticket) VALUES ('88888', '10042')`); err != nil {
		t.Fatal(err)
	}
	q := lists.CallQuestion{Sight: tickets.Sight{All: true}, CallFilter: lists.CallFilter{Ticket: "88888"}}
	if all := listAll(t, s, q); len(all) == 0 || all[0].Ticket != "10042" {
		t.Errorf("by a second name of its ticket: %+v", all)
	}
}
