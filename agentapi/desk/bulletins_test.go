package desk

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/queues"
	"hotline/tickets"
)

func TestASentenceToATeamIsOnTheDesksUntilEachHasAcknowledgedIt(t *testing.T) {
	d, house := desks()
	house.terms = tickets.Terms{People: map[string]tickets.PersonTerms{"anna": {Departments: []string{"support"}}, "boris": {Departments: []string{"sales"}}}}
	d.present.Change(&Lineup{Agents: d.present.Lineup().Agents, People: map[string]string{"olga": "Olga"}, Queues: []queues.Queue{{ID: "line"}, {ID: "hard", Skills: []queues.Need{{Skill: "hard"}}}}})
	page := d.open(t)
	on := func(want ...string) {
		t.Helper()
		is := func(me agentapi.Me) bool {
			return slices.EqualFunc(me.Bulletins, want, func(b agentapi.Bulletin, text string) bool { return b.Text == text && b.By == "Olga" })
		}
		if me, err := page.WaitMe(t.Context(), is); err != nil {
			t.Fatalf("the desk shows %+v, not %q: %v", me.Bulletins, want, err)
		}
	}
	first, err := d.Say(t.Context(), "All <b>home</b>", agentapi.Team{}, "olga")
	if err != nil || len(first.Unseen) != 2 || len(first.Seen) != 0 || first.Unseen[0].Name != "Anna" || first.Team != "all" {
		t.Fatalf("said is %+v, %v", first, err)
	}
	for team, want := range map[agentapi.Team]int{{Department: "sales"}: 1, {Queue: "line"}: 2, {Agent: "boris"}: 1, {Queue: "hard"}: 0, {Queue: "none"}: 0, {Department: "none"}: 0, {Agent: "zoe"}: 0} {
		if got := d.team(team); len(got) != want {
			t.Errorf("in the team %s are %v", team, got)
		}
	}
	if _, err := d.Say(t.Context(), "Nobody", agentapi.Team{Queue: "hard"}, "olga"); !client.IsProblem(err, agentapi.CodeNobodyThere) {
		t.Errorf("to nobody: %v", err)
	}
	second, err := d.Say(t.Context(), "Anna alone", agentapi.Team{Department: "support"}, "olga")
	if err != nil {
		t.Fatal(err)
	}
	on("All <b>home</b>", "Anna alone")
	if err := page.Command(t.Context(), "bulletin.see", map[string]string{"bulletin": first.ID}); err != nil {
		t.Fatal(err)
	}
	on("Anna alone")
	if err := d.Do(t.Context(), "boris", agentapi.SeeBulletin{Bulletin: second.ID}); !client.IsProblem(err, agentapi.CodeNotFound) {
		t.Errorf("somebody else's is acknowledged: %v", err)
	}
	all := d.Bulletins()
	if len(all) != 2 || all[0].ID != second.ID || len(all[1].Seen) != 1 || all[1].Seen[0].Name != "Anna" || len(all[1].Unseen) != 1 || all[1].Unseen[0].Name != "Boris" || all[1].Seen[0].At == nil {
		t.Errorf("listed are %+v", all)
	}
	d.bulletins.all[0].At = time.Now().Add(-13 * time.Hour)
	if all := d.Bulletins(); len(all) != 1 {
		t.Errorf("what is over is listed: %+v", all)
	}
}

// slowly keeps bulletins, and whoever is asked to do something before is done first.
type slowly struct {
	BulletinStore
	before func()
	kept   map[queues.AgentID]time.Time
	seen   []queues.AgentID
}

func (s *slowly) KeepBulletin(_ context.Context, k KeptBulletin) error {
	s.before()
	s.kept = k.Readers
	return nil
}

func (s *slowly) SeeBulletin(_ context.Context, _ string, agent queues.AgentID, _ time.Time) error {
	s.seen = append(s.seen, agent)
	return nil
}

// TestWhatIsAcknowledgedWhileTheDatabaseIsSlowIsKept and the map that the database goes through is nobody else's.
func TestWhatIsAcknowledgedWhileTheDatabaseIsSlowIsKept(t *testing.T) {
	store := &slowly{}
	b := bulletins{store: store, log: slog.New(slog.DiscardHandler)}
	store.before = func() {
		if !b.see(t.Context(), "k", "anna") {
			t.Error("it is not on the desk")
		}
		store.seen = nil // the database has no such row yet
	}
	b.add(t.Context(), KeptBulletin{ID: "k", At: time.Now(), Readers: map[queues.AgentID]time.Time{"anna": {}, "boris": {}}})
	if !store.kept["anna"].IsZero() || !slices.Equal(store.seen, []queues.AgentID{"anna"}) {
		t.Errorf("kept is %v, and then seen by %v", store.kept, store.seen)
	}
}
