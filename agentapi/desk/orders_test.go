package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hotline/agentapi"
	"hotline/queues"
)

// ledger is a database of orders that may be away, or hang.
type ledger struct {
	away   bool
	hangs  atomic.Bool
	given  map[queues.AgentID]GivenSkills
	closed map[queues.QueueID]string
}

var errAway = errors.New("the database is away")

func (l *ledger) err() error {
	if l.away {
		return errAway
	}
	return nil
}

func (l *ledger) GiveSkills(ctx context.Context, g GivenSkills) error {
	if l.hangs.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	if !l.away {
		l.given[g.Agent] = g
	}
	return l.err()
}

func (l *ledger) TakeBackSkills(ctx context.Context, id queues.AgentID, at time.Time) error {
	if l.hangs.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	if !l.away && l.given[id].At.Equal(at) {
		delete(l.given, id)
	}
	return l.err()
}

func (l *ledger) GivenSkills(context.Context) ([]GivenSkills, error) {
	return slices.Collect(maps.Values(l.given)), l.err()
}

func (l *ledger) CloseQueue(ctx context.Context, q queues.QueueID, by string, _ time.Time) error {
	if l.hangs.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	if !l.away {
		l.closed[q] = by
	}
	return l.err()
}

func (l *ledger) OpenQueue(ctx context.Context, q queues.QueueID) error {
	if l.hangs.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	if !l.away {
		delete(l.closed, q)
	}
	return l.err()
}

func (l *ledger) ClosedQueues(context.Context) (map[queues.QueueID]string, error) {
	return l.closed, l.err()
}

// ordered are desks whose orders are kept, with what was given before this run.
func ordered(given ...GivenSkills) (*Desks, *around, *ledger) {
	d, house := desks()
	l := &ledger{given: map[queues.AgentID]GivenSkills{}, closed: map[queues.QueueID]string{}}
	for _, g := range given {
		l.given[g.Agent] = g
	}
	d.orders = l
	d.present.Change(&Lineup{Agents: d.present.Lineup().Agents, Queues: []queues.Queue{{ID: "support", Skills: []queues.Need{{Skill: "support", Level: 1}}}}})
	return d, house, l
}

func can(level queues.Level) map[queues.Skill]queues.Level {
	return map[queues.Skill]queues.Level{"support": level}
}

func (d *Desks) comes(id queues.AgentID) {
	d.Stepped(time.Now(), nil, []queues.Decision{&queues.AgentChanged{Agent: queues.AgentState{ID: id, Availability: queues.Ready}}})
}

func (d *Desks) leaves(id queues.AgentID) {
	d.Stepped(time.Now(), nil, []queues.Decision{&queues.AgentChanged{Agent: queues.AgentState{ID: id, Availability: queues.SignedOut}}})
}

// TestOrdersThatAreRestoredLateReachWhoHasSignedInBefore: the router has the configuration's skills of them.
func TestOrdersThatAreRestoredLateReachWhoHasSignedInBefore(t *testing.T) {
	d, house, l := ordered(GivenSkills{Agent: "anna", Skills: can(5), Lasts: agentapi.LastsGood, By: "olga", At: time.Now().Add(-time.Hour)})
	l.away = true
	if err := d.RestoreOrders(t.Context(), nobody); !errors.Is(err, errAway) {
		t.Fatal(err)
	}
	d.comes("anna")
	l.away = false
	if err := d.RestoreOrders(t.Context(), nobody); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(house.asked) != "[queues.AgentReskilled]" || d.present.Lineup().Agents["anna"].Skills["support"] != 5 {
		t.Errorf("it came to %q, and anna can %v", house.asked, d.present.Lineup().Agents["anna"].Skills)
	}
}

func nobody(queues.AgentID) bool { return false }

// TestOrderUntilTheSignOutIsOverForWhoHotlineFindsSignedOut: it may have died between the sign-out and the end of the order.
func TestOrderUntilTheSignOutIsOverForWhoHotlineFindsSignedOut(t *testing.T) {
	at := time.Now().Add(-time.Hour)
	order := func(id queues.AgentID, lasts agentapi.Lasts) GivenSkills {
		return GivenSkills{Agent: id, Skills: can(5), Lasts: lasts, By: "olga", At: at}
	}
	for _, in := range []bool{true, false} {
		d, _, l := ordered(order("anna", agentapi.LastsSignOut), order("boris", agentapi.LastsGood))
		if err := d.RestoreOrders(t.Context(), func(queues.AgentID) bool { return in }); err != nil {
			t.Fatal(err)
		}
		if _, kept := l.given["anna"]; kept != in || len(d.present.Lineup().Agents["anna"].Skills) > 0 != in {
			t.Errorf("signed in %v: kept are %v, and anna can %v", in, l.given, d.present.Lineup().Agents["anna"].Skills)
		}
		if _, kept := l.given["boris"]; !kept || d.present.Lineup().Agents["boris"].Skills["support"] != 5 {
			t.Error("an order for good ended")
		}
	}
}

// TestOrderOfThisRunStaysWhereAnOlderOneIsRestoredOrEnds.
func TestOrderOfThisRunStaysWhereAnOlderOneIsRestoredOrEnds(t *testing.T) {
	old := GivenSkills{Agent: "anna", Skills: can(1), Lasts: agentapi.LastsSignOut, By: "olga", At: time.Now().Add(-time.Hour)}
	d, _, l := ordered(old)
	d.comes("anna")
	if err := d.GiveSkills(t.Context(), "anna", agentapi.SkillOrder{Skills: []agentapi.Skill{{Skill: "support", Level: 4}}, Lasts: agentapi.LastsGood}, "petr"); err != nil {
		t.Fatal(err)
	}
	newer := l.given["anna"]
	l.given["anna"] = old // a restore that has read it before
	if err := d.RestoreOrders(t.Context(), func(queues.AgentID) bool { return true }); err != nil {
		t.Fatal(err)
	}
	l.given["anna"] = newer
	d.leaves("anna")
	d.endOrders(t.Context(), time.Now())
	if d.present.Lineup().Agents["anna"].Skills["support"] != 4 || l.given["anna"].By != "petr" {
		t.Errorf("anna can %v, and kept is %+v", d.present.Lineup().Agents["anna"].Skills, l.given["anna"])
	}
}

// TestClosingThatTheDatabaseDoesNotTakeIsToldAgain: and a restore that comes late closes nothing that was opened since.
func TestClosingThatTheDatabaseDoesNotTakeIsToldAgain(t *testing.T) {
	d, house, l := ordered()
	l.closed["support"] = "vera"
	l.away = true
	if err := d.OpenQueue(t.Context(), "support"); err != nil {
		t.Fatal(err)
	}
	d.endOrders(t.Context(), time.Now())
	l.away = false
	house.asked = nil
	if err := d.RestoreOrders(t.Context(), nobody); err != nil || len(house.asked) > 0 {
		t.Errorf("%v, and it came to %q", err, house.asked)
	}
	d.endOrders(t.Context(), time.Now())
	if len(l.closed) > 0 {
		t.Errorf("closed are %v", l.closed)
	}
	l.away = true
	if err := d.CloseQueue(t.Context(), "support", "olga"); err != nil {
		t.Fatal(err)
	}
	l.away = false
	d.endOrders(t.Context(), time.Now())
	if l.closed["support"] != "olga" {
		t.Errorf("closed are %v", l.closed)
	}
}

// TestDatabaseThatHangsKeepsNoOrderWaiting: each has its answer within seconds, also of many at once; a queue closes all the same, and the
// database learns it later.
func TestDatabaseThatHangsKeepsNoOrderWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, house, l := ordered()
		tending, stop := context.WithCancel(t.Context())
		defer stop()
		go d.TendOrders(tending)
		l.hangs.Store(true)
		began, answers := time.Now(), make(chan error, 6)
		for range cap(answers) {
			go func() {
				answers <- d.GiveSkills(context.Background(), "anna", agentapi.SkillOrder{Skills: []agentapi.Skill{{Skill: "support", Level: 5}}, Lasts: agentapi.LastsGood}, "olga")
			}()
		}
		for range cap(answers) {
			var refused *agentapi.Problem
			if err := <-answers; !errors.As(err, &refused) || refused.Code != agentapi.CodeUnavailable {
				t.Errorf("an order about skills: %v", err)
			}
		}
		if err := d.CloseQueue(context.Background(), "support", "olga"); err != nil || !slices.Contains(house.asked, "queues.QueueClosed") {
			t.Errorf("the queue is not closed: %v, %q", err, house.asked)
		}
		if took := time.Since(began); took > 2*commandTime {
			t.Errorf("the orders have waited for %s", took)
		}
		l.hangs.Store(false)
		time.Sleep(commandTime)
		synctest.Wait()
		if l.closed["support"] != "olga" || l.given["anna"].By != "" {
			t.Errorf("the database knows %v and %v", l.closed, l.given)
		}
	})
}
