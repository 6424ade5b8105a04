package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/alarms"
	"hotline/agentapi/desk"
	"hotline/agentapi/rest"
	"hotline/queues"
	"hotline/tickets"
)

// annalsOfAlarms is a Store in memory.
type annalsOfAlarms struct {
	mu  sync.Mutex
	all []alarms.Raised // guarded by mu; the latest first
}

func (s *annalsOfAlarms) KeepAlarm(_ context.Context, a alarms.Raised) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = slices.DeleteFunc(s.all, func(b alarms.Raised) bool { return b.ID == a.ID })
	s.all = append(s.all, a)
	slices.SortFunc(s.all, func(a, b alarms.Raised) int { return b.At.Compare(a.At) })
	return nil
}

func (s *annalsOfAlarms) OpenAlarms(context.Context) (open []alarms.Raised, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.all {
		if a.Cleared.IsZero() {
			open = append(open, a)
		}
	}
	return open, nil
}

func (s *annalsOfAlarms) PastAlarms(_ context.Context, before alarms.Raised, limit int) (page []alarms.Raised, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.all {
		if len(page) < limit && (before.At.IsZero() || a.At.Before(before.At)) {
			page = append(page, a)
		}
	}
	return page, nil
}

// alarmed are alarms with one that is raised: a crowd in billing.
func (f staff) alarmed() *alarms.Alarms {
	lineup := *f.lineup
	lineup.People = map[string]string{"vera": "Vera the First"}
	a := alarms.New(alarms.Options{
		Rules:   []alarms.Rule{{ID: "crowd", Kind: alarms.Waiting, Each: true, Urgent: true, Sound: "repeat", Bounds: alarms.Bounds{Raise: 2, Clear: 1, ClearFor: 5 * time.Second}}},
		Present: desk.NewPresent(&lineup), Terms: func() tickets.Terms { return tickets.Terms{} },
	})
	s, _ := f.Snapshot(context.Background())
	s.At = time.Now()
	a.Step(s, false)
	return a
}

func TestASupervisorSeesToAnAlarmOnceAndGivesItsRuleOtherBounds(t *testing.T) {
	audit := &diary{}
	live := staffed().alarmed()
	h := open(t, settings{options: func(o *rest.Options) {
		o.Audit = audit
		o.Rooms = append(slices.DeleteFunc(o.Rooms, func(r rest.Room) bool { _, is := r.(alarms.Room); return is }), alarms.Room{Alarms: live})
	}})
	vera := http.Header{"Cookie": {h.cookie("vera")}}
	read := func() (all agentapi.AlarmsAnswer) {
		if err := json.NewDecoder(h.request(http.MethodGet, "/api/v1/alarms", "", vera).Body).Decode(&all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	all := read()
	if len(all.Items) != 1 || all.Items[0].Queue != "billing" || all.Items[0].Value != 2 || !all.Items[0].Urgent || len(all.Rules) != 1 {
		t.Fatalf("raised are %+v", all)
	}
	place := "/api/v1/alarms/" + all.Items[0].ID + "/acknowledge"
	for range 2 { // the second time by a page that has not heard of the first
		if answer := h.post(place, "", vera); answer.StatusCode != http.StatusOK {
			t.Errorf("to see to it: %+v", problemOf(t, answer))
		}
	}
	if a := read().Items[0]; a.AcknowledgedBy != "Vera the First" || a.AcknowledgedAt == nil {
		t.Errorf("seen to it is %+v", a)
	}
	if _, err := live.Acknowledge(all.Items[0].ID, "petr"); err == nil || err.(*agentapi.Problem).Code != agentapi.CodeAlarmTaken || err.(*agentapi.Problem).By != "Vera the First" {
		t.Errorf("the second is told %v", err)
	}
	if p := problemOf(t, h.post("/api/v1/alarms/gone/acknowledge", "", vera)); p.Code != agentapi.CodeAlarmOver {
		t.Errorf("one that is over: %+v", p)
	}
	for body, field := range map[string]string{
		`{"raise":2,"clear":3,"for_s":0,"clear_for_s":10}`: "body.clear", `{"raise":0,"clear":0,"for_s":0,"clear_for_s":10}`: "body.raise", `{"raise":2,"clear":1,"for_s":0,"clear_for_s":1}`: "body.clear_for_s",
	} {
		if p := problemOf(t, h.request(http.MethodPut, "/api/v1/alarms/rules/crowd", body, vera)); p.Code != agentapi.CodeInvalid || p.Errors[0].Field != field {
			t.Errorf("%s: %+v", body, p)
		}
	}
	if p := problemOf(t, h.request(http.MethodPut, "/api/v1/alarms/rules/none", `{"raise":2,"clear":1,"for_s":0,"clear_for_s":10}`, vera)); p.Code != agentapi.CodeNotFound {
		t.Errorf("a rule that is not there: %+v", p)
	}
	if answer := h.request(http.MethodPut, "/api/v1/alarms/rules/crowd", `{"raise":5,"clear":4,"for_s":1,"clear_for_s":10}`, vera); answer.StatusCode != http.StatusOK {
		t.Errorf("other bounds: %+v", problemOf(t, answer))
	}
	if r := read().Rules[0]; r.Raise != 5 || r.Configured.Raise != 2 || r.By != "vera" && r.By != "Vera the First" {
		t.Errorf("the rule is %+v", r)
	}
	if answer := h.request(http.MethodDelete, "/api/v1/alarms/rules/crowd", "", vera); answer.StatusCode != http.StatusOK {
		t.Errorf("to take them back: %+v", problemOf(t, answer))
	}
	if r := read().Rules[0]; r.Raise != 2 || r.By != "" {
		t.Errorf("the rule is %+v", r)
	}
	var did []string
	for _, l := range audit.since(0) {
		did = append(did, fmt.Sprint(l.Who, " ", l.Did))
	}
	want := []string{"vera sees to an alarm", "vera sees to an alarm", "vera gave an alarm's rule other bounds", "vera gave an alarm's rule the bounds of the configuration"}
	if !slices.Equal(did, want) {
		t.Errorf("in the audit stands %q", did)
	}
}

// A Hotline that was killed finds what was raised, and raises none of it anew; a database that comes late changes nothing about that.
func TestAnAlarmOutlivesARestartAndIsRaisedOnce(t *testing.T) {
	store := &annalsOfAlarms{}
	lineup := staffed().lineup
	now := time.Now()
	run := func() (a *alarms.Alarms, kill func()) {
		a = alarms.New(alarms.Options{
			Rules:   []alarms.Rule{{ID: "crowd", Kind: alarms.Waiting, Of: alarms.Of{Queue: "billing"}, Bounds: alarms.Bounds{Raise: 2, Clear: 1, ClearFor: 5 * time.Second}}},
			Present: desk.NewPresent(lineup), Terms: func() tickets.Terms { return tickets.Terms{} }, Store: store,
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = a.Run(ctx) }()
		return a, func() { cancel(); <-done }
	}
	step := func(a *alarms.Alarms, waiting int, until func([]agentapi.Alarm) bool) []agentapi.Alarm {
		for soon := soon(t); ; {
			now = now.Add(time.Second)
			if all := a.Step(queues.Snapshot{At: now, Queues: []queues.QueueState{{ID: "billing", Waiting: waiting}}}, false); until(all) {
				return all
			}
			select {
			case <-soon.Done():
				t.Fatal(context.Cause(soon))
			case <-time.After(time.Millisecond):
			}
		}
	}
	one := func(all []agentapi.Alarm) bool { return len(all) == 1 }
	first, kill := run()
	before := step(first, 3, one)[0]
	if _, err := first.Acknowledge(before.ID, "olga"); err != nil {
		t.Fatal(err)
	}
	kill()
	second, kill := run()
	after := step(second, 0, one)[0] // the callers have gone meanwhile, and it is not over before the time that the rule gives
	if after.ID != before.ID || !after.Since.Equal(before.Since) || after.AcknowledgedBy != "olga" {
		t.Errorf("after a restart it is %+v, not %+v", after, before)
	}
	step(second, 0, func(all []agentapi.Alarm) bool { return len(all) == 0 })
	kill()
	if page, _ := store.PastAlarms(t.Context(), alarms.Raised{}, 10); len(page) != 1 || page[0].Cleared.IsZero() || page[0].By != "olga" {
		t.Errorf("kept are %+v", page)
	}
}
