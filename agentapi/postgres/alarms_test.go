package postgres_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"hotline/agentapi/alarms"
	"hotline/agentapi/postgres"
)

func TestAlarmsAreKeptAndEachStepIsToldInItsTransaction(t *testing.T) {
	var told []string
	var refuse error
	s := postgres.NewAlarms(database(t), func(_ context.Context, _ pgx.Tx, was *alarms.Raised, is alarms.Raised) error {
		switch {
		case refuse != nil:
			return refuse
		case was == nil:
			told = append(told, "new "+is.Rule)
		default:
			told = append(told, is.Rule+" was seen to by "+was.By+", is by "+is.By)
		}
		return nil
	})
	at := time.Now().UTC().Truncate(time.Microsecond)
	first := alarms.Raised{ID: "01890000-0000-7000-8000-000000000001", Rule: "crowd", Kind: alarms.Waiting, Of: alarms.Of{Queue: "support"}, Urgent: true, At: at.Add(-time.Hour), Bound: 10, Value: 12, Worst: 14}
	second := alarms.Raised{ID: "01890000-0000-7000-8000-000000000002", Rule: "phones", Kind: alarms.Phones, At: at, Bound: 1, Value: 1, Worst: 1}
	keep := func(a alarms.Raised) {
		t.Helper()
		if err := s.KeepAlarm(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	old := second
	old.ID, old.At, old.Cleared = "01890000-0000-7000-8000-000000000003", at.AddDate(0, 0, -401), at.AddDate(0, 0, -401)
	keep(old)
	keep(first)
	keep(second)
	keep(second) // again, after an answer that was lost
	first.By, first.SeenAt = "olga", at
	keep(first)
	refuse = errors.New("the queue of jobs is away")
	second.Cleared, second.Value = at.Add(time.Minute), 0
	if err := s.KeepAlarm(t.Context(), second); !errors.Is(err, refuse) {
		t.Errorf("what nobody could be told of was kept: %v", err)
	}
	if open, err := s.OpenAlarms(t.Context()); err != nil || len(open) != 2 {
		t.Errorf("open are %+v, %v", open, err)
	}
	refuse = nil
	keep(second)
	if open, err := s.OpenAlarms(t.Context()); err != nil || !reflect.DeepEqual(open, []alarms.Raised{first}) {
		t.Errorf("open are %+v, %v", open, err)
	}
	if want := []string{"new phones", "new crowd", "new phones", "phones was seen to by , is by ", "crowd was seen to by , is by olga", "phones was seen to by , is by "}; !reflect.DeepEqual(told, want) {
		t.Errorf("told were %q", told)
	}
	page, err := s.PastAlarms(t.Context(), alarms.Raised{}, 1)
	if err != nil || !reflect.DeepEqual(page, []alarms.Raised{second}) {
		t.Errorf("the latest is %+v, %v", page, err)
	}
	if page, err = s.PastAlarms(t.Context(), second, 10); err != nil || !reflect.DeepEqual(page, []alarms.Raised{first}) {
		t.Errorf("before it there are %+v, %v", page, err)
	}

	order := alarms.Order{Rule: "crowd", Bounds: alarms.Bounds{Raise: 20, Clear: 7.5, For: time.Minute, ClearFor: 2 * time.Minute}, By: "olga", At: at}
	for _, raise := range []float64{30, 20} {
		order.Raise = raise
		if err := s.OrderBounds(t.Context(), order); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := s.BoundsOrders(t.Context()); err != nil || !reflect.DeepEqual(all, []alarms.Order{order}) {
		t.Errorf("ordered is %+v, %v", all, err)
	}
	if err := s.TakeBackBounds(t.Context(), "crowd"); err != nil {
		t.Fatal(err)
	}
	if all, err := s.BoundsOrders(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("ordered is %+v, %v", all, err)
	}
}
