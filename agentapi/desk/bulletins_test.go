package desk

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
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

// slowly is a database of bulletins that answers when it is let go on.
type slowly struct {
	BulletinStore
	goOn chan struct{}
	told chan string
}

func (s *slowly) KeepBulletin(ctx context.Context, k KeptBulletin) error {
	select {
	case <-s.goOn:
	case <-ctx.Done():
		return ctx.Err()
	}
	s.told <- fmt.Sprintf("kept, unseen by %d", len(k.Readers))
	for _, seen := range k.Readers {
		if !seen.IsZero() {
			s.told <- "its readers are others'"
		}
	}
	return nil
}

func (s *slowly) SeeBulletin(_ context.Context, _ string, agent queues.AgentID, _ time.Time) error {
	s.told <- "seen by " + string(agent)
	return nil
}

// TestABulletinIsOnTheDesksBeforeADatabaseThatIsSlow: who says it waits a moment, and what is acknowledged meanwhile is kept after it.
func TestABulletinIsOnTheDesksBeforeADatabaseThatIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slowly{goOn: make(chan struct{}), told: make(chan string, 10)}
		d, _ := desks()
		d.bulletins.store = store
		began := time.Now()
		said, err := d.Say(t.Context(), "Fire drill", agentapi.Team{}, "olga")
		if err != nil || len(d.bulletins.unseen("anna")) != 1 || time.Since(began) > keptWithin {
			t.Errorf("after %s there are %v, %v", time.Since(began), d.bulletins.unseen("anna"), err)
		}
		if err := d.seeBulletin(t.Context(), "anna", said.ID); err != nil || len(d.bulletins.unseen("anna")) != 0 || len(store.told) > 0 {
			t.Errorf("it is acknowledged: %v", err)
		}
		close(store.goOn)
		for _, want := range []string{"kept, unseen by 2", "seen by anna"} {
			if got := <-store.told; got != want {
				t.Errorf("the database was told %q, not %q", got, want)
			}
		}
	})
}

// TestADatabaseThatHangsHoldsUpNoBulletin: each is given up after its time, and what does not find room is said in the log.
func TestADatabaseThatHangsHoldsUpNoBulletin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slowly{goOn: make(chan struct{}), told: make(chan string, 10)}
		d, _ := desks()
		d.bulletins.store = store
		for range 2 {
			if _, err := d.Say(t.Context(), "Fire drill", agentapi.Team{}, "olga"); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(2 * commandTime) // the bubble's time
		synctest.Wait()
		if d.bulletins.telling || len(d.bulletins.unseen("anna")) != 2 {
			t.Errorf("the database is still told: %v; unseen are %v", d.bulletins.telling, d.bulletins.unseen("anna"))
		}
		for range mostPending + 1 {
			d.bulletins.add(KeptBulletin{ID: "k", At: time.Now()})
		}
		if len(d.bulletins.pending) > mostPending {
			t.Errorf("%d are to be told", len(d.bulletins.pending))
		}
		close(store.goOn)
		go func() {
			for range store.told {
			}
		}()
		synctest.Wait()
		close(store.told)
	})
}
