package main

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/ivr/door"
	"hotline/telephony/softphone"
)

// refused calls, and says with which status the line refuses; 0 where it answers.
func (s *stage) refused(from string) int {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), atOnce)
	defer cancel()
	return s.refusedAs(ctx, softphone.CallOptions{From: from, Anonymous: from == ""})
}

func (s *stage) refusedAs(ctx context.Context, o softphone.CallOptions) int {
	s.t.Helper()
	call, err := s.customer.Call(ctx, s.house.asterisk.Number, o)
	var refused *softphone.Refused
	if errors.As(err, &refused) {
		return refused.Code
	}
	s.must(err)
	s.hangsUp(call)
	return 0
}

func limit(n int) *int { return &n }

func TestFloodFromOneNumberIsRefusedBeforeItIsATicket(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{configure: func(c *config.Config) { c.Callers.PerMinute.Number = limit(3) }})
	for i := range 3 {
		if code := s.refused("+79160009001"); code != 0 {
			t.Fatalf("call %d of three in a minute is answered %d", i+1, code)
		}
	}
	for range 10 {
		if code := s.refused("+79160009001"); code != 503 {
			t.Fatalf("a call beyond three in a minute is answered %d, want 503", code)
		}
	}
	for _, other := range []string{"+79160009002", "", "", "", "", ""} {
		if code := s.refused(other); code != 0 {
			t.Errorf("a call from %q is answered %d while another number floods", other, code)
		}
	}
	if n := s.service.door.TurnedAway(door.Flooded); n != 10 {
		t.Errorf("%d calls were counted as turned away, and 10 were", n)
	}
	s.nothingLeft() // nine calls, nine tickets
	var calls int
	s.must(s.query("select count(*) from contacts", &calls))
	if calls != 9 {
		t.Errorf("%d calls have a contact, and 9 came in", calls)
	}
}

func TestFloodFromOneAddressIsRefusedWhateverItsNumbers(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{configure: func(c *config.Config) { c.Callers.PerMinute.Address = limit(4) }})
	answers := make(map[int]int)
	for i := range 8 {
		answers[s.refused(fmt.Sprintf("+7916000910%d", i))]++
	}
	if answers[0] != 4 || answers[503] != 4 {
		t.Errorf("of eight calls from one address, four of which it may send, these were answered so often: %v", answers)
	}
	s.nothingLeft()
}

func TestBlockedCallerIsDeclinedUntilTheyAreTakenOffTheList(t *testing.T) {
	t.Parallel()
	today := time.Now().Format(time.DateOnly)
	s := raise(t, stageOptions{configure: func(c *config.Config) {
		c.Callers.Blocked = []config.Blocked{{Number: "8 916 000-92-01", Until: today}, {Number: "+79160009202", Until: "2026-01-31"}}
	}})
	if code := s.refused("+79160009201"); code != 403 {
		t.Errorf("a blocked caller is answered %d, want 403", code)
	}
	if code := s.refusedAs(t.Context(), softphone.CallOptions{From: "+79160009201", FromName: "Anonymous", Lines: []string{"Privacy: id"}}); code != 403 {
		t.Errorf("a blocked caller who withholds their number is answered %d, want 403", code)
	}
	if code := s.refused("+79160009202"); code != 0 {
		t.Errorf("a caller whose blocking is over is answered %d", code)
	}
	fresh := s.config
	fresh.Callers.Blocked = nil
	s.must(s.service.reload(t.Context(), fresh))
	if code := s.refused("+79160009201"); code != 0 {
		t.Errorf("a caller who was taken off the list is answered %d", code)
	}
	s.nothingLeft()
}
