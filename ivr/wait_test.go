package ivr_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr"
	"hotline/queues"
	"hotline/queues/acd"
)

// seer is a router that knows how long everybody waits, and keeps what was announced.
type seer struct {
	*acd.ACD
	wait  queues.Wait
	known bool
	told  []queues.WaitAnnounced
}

func (s *seer) ExpectedWait(context.Context, queues.RequestID) (queues.Wait, bool, error) {
	return s.wait, s.known, nil
}

func (s *seer) Report(ctx context.Context, e queues.Event) error {
	if e, is := e.(queues.WaitAnnounced); is {
		s.told = append(s.told, e)
	}
	return s.ACD.Report(ctx, e)
}

// foresees is a house whose callers are told how long they wait.
func foresees(t *testing.T, w queues.Wait, known bool) (*house, *seer) {
	s := &seer{wait: w, known: known}
	return open(t, func(h *house) {
		h.options.Flow = parse(t, strings.Replace(script, "every: 30s", "every: 30s, announce_wait: true", 1))
		h.router = func(a *acd.ACD) ivr.ACD { s.ACD = a; return s }
	}), s
}

func TestCallerIsToldInWordsHowLongItWillBe(t *testing.T) {
	const m = time.Minute
	for _, c := range []struct {
		low, high time.Duration
		words     string
		said      [2]time.Duration
	}{
		{2 * time.Second, 50 * time.Second, "wait_within_1", [2]time.Duration{0, m}},
		{20 * time.Second, 70 * time.Second, "wait_within_2", [2]time.Duration{0, 2 * m}},
		{2*m + 30*time.Second, 4*m + 10*time.Second, "wait_from_2 hotline/wait_to_5", [2]time.Duration{2 * m, 5 * m}},
		{6 * m, 7 * m, "wait_from_5 hotline/wait_to_7", [2]time.Duration{5 * m, 7 * m}},
		{5 * m, 5 * m, "wait_from_5 hotline/wait_to_7", [2]time.Duration{5 * m, 7 * m}},
		{46 * m, 59 * m, "wait_from_45 hotline/wait_to_60", [2]time.Duration{45 * m, 60 * m}},
		{25 * m, 90 * m, "wait_from_20 hotline/wait_to_over", [2]time.Duration{20 * m, 24 * time.Hour}},
		{61 * m, 90 * m, "wait_over", [2]time.Duration{60 * m, 24 * time.Hour}},
		{90 * time.Second, 90 * m, "", [2]time.Duration{}}, // of no use
	} {
		synctest.Test(t, func(t *testing.T) {
			h, s := foresees(t, queues.Wait{Low: c.low, High: c.high}, true)
			customer := h.waits()
			later(35 * time.Second)
			want := "ru hotline/still_waiting"
			if c.words != "" {
				want += " hotline/" + c.words
			}
			if all := heard(customer); !strings.Contains(all+"\n", want+"\n") {
				t.Errorf("from %s to %s: the caller heard\n%s\nnot %s", c.low, c.high, all, want)
			}
			switch {
			case c.words == "" && len(s.told) > 0:
				t.Errorf("from %s to %s: the router was told %+v", c.low, c.high, s.told)
			case c.words != "" && (len(s.told) != 1 || s.told[0].Low != c.said[0] || s.told[0].High != c.said[1]):
				t.Errorf("from %s to %s: the router was told %+v", c.low, c.high, s.told)
			}
			customer.Hangup()
		})
	}
}

func TestCallerIsToldNothingOfAnUnknownWaitAndASilentRangeIsWatchedOn(t *testing.T) {
	for name, known := range map[string]bool{"unknown": false, "silent": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, s := foresees(t, queues.Wait{Low: time.Minute, High: 2 * time.Minute, Silent: known}, known)
				customer := h.waits()
				later(35 * time.Second)
				if all := heard(customer); !strings.Contains(all+"\n", "ru hotline/still_waiting\n") {
					t.Errorf("the caller heard\n%s", all)
				}
				if (len(s.told) == 1) != known {
					t.Errorf("the router was told %+v", s.told)
				}
				customer.Hangup()
			})
		})
	}
}
