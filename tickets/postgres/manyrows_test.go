package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/deploy/private"
	"hotline/tickets"
	"hotline/tickets/postgres"
)

// Calls that come and end in one moment share the statements that write their rows: seven are written by three each, as 4, 2 and 1. Each has what is its own.
func TestCallsOfAMomentShareTheStatementsThatWriteThem(t *testing.T) {
	const calls = 7
	quiet := apart(t)
	var mu sync.Mutex
	var all []private.Explained
	c := quiet.Config()
	private.Explain(c.ConnConfig, func(e private.Explained) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, e)
	})
	pool, err := pgxpool.NewWithConfig(t.Context(), c)
	must(t, err)
	defer pool.Close()
	s := postgres.New(pool)
	at := time.Now().Truncate(time.Second)
	written := func(event func(i int) tickets.Event) map[string]int {
		var facts []tickets.Fact
		for i := range calls {
			n := tickets.MakeNumber(61_000 + uint64(i))
			facts = append(facts, tickets.Fact{Contact: ofCallOf(n), Channel: tickets.Call{}, At: at.Add(time.Duration(i) * time.Second), Own: n, Event: event(i)})
		}
		mu.Lock()
		all = nil
		mu.Unlock()
		must(t, s.Apply(t.Context(), facts))
		mu.Lock()
		defer mu.Unlock()
		count := map[string]int{}
		for _, e := range all {
			for _, is := range wrong(e.Plan, false, enoughForCalls) {
				t.Errorf("%s:\n%s\n%s", is, e.SQL, e.Plan)
			}
			if words := strings.Fields(e.SQL); words[0] == "INSERT" || words[0] == "UPDATE" {
				count[strings.Join(words[:min(len(words), 3)], " ")]++
			}
		}
		return count
	}
	come := written(func(i int) tickets.Event {
		return tickets.Arrived{From: fmt.Sprintf("+7800555020%d", i), RawName: fmt.Sprint("name ", i), Department: "first_line", Next: at.Add(time.Hour)}
	})
	over := written(func(i int) tickets.Event {
		return tickets.Ended{Outcome: []tickets.Outcome{tickets.Informed, tickets.AbandonedInQueue}[i%2], Department: "first_line", Next: at.Add(2 * time.Hour)}
	})
	for what, n := range map[string]int{"INSERT INTO tickets": come["INSERT INTO tickets"], "INSERT INTO contacts": come["INSERT INTO contacts"], "UPDATE contacts c": over["UPDATE contacts c"]} {
		if n != 3 {
			t.Errorf("%d calls are written by %d times %s …, want 3", calls, n, what)
		}
	}
	var want []string
	for i := range calls {
		n := tickets.MakeNumber(61_000 + uint64(i))
		want = append(want, fmt.Sprintf("%s %s +7800555020%d name %d %s %d", ofCallOf(n), n, i, i, []tickets.Outcome{tickets.Informed, tickets.AbandonedInQueue}[i%2], i))
	}
	slices.Sort(want)
	if kept := column(t, quiet, `SELECT concat_ws(' ', c.id, t.number, c.caller, c.raw_name, c.outcome, extract(epoch FROM c.ended_at)::bigint - `+fmt.Sprint(at.Unix())+`)
		FROM contacts c JOIN tickets t ON t.number = c.ticket AND t.opened_by = c.id ORDER BY 1`); !slices.Equal(kept, want) {
		t.Errorf("kept is %q\nwant    %q", kept, want)
	}
}
