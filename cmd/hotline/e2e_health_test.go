package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/watch"
	"hotline/queues"
	"hotline/queues/acd"
)

// ready asks /readyz, as from this machine or as a proxy does for a stranger.
func (s *stage) ready(forStranger bool) (code int, r watch.Report, text string, err error) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.pages()+"/readyz", nil)
	if err != nil {
		return 0, r, "", err
	}
	if forStranger {
		request.Header.Set("X-Forwarded-For", "192.0.2.1")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, r, "", err
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, r, "", err
	}
	err = json.Unmarshal(b, &r)
	return response.StatusCode, r, string(b), err
}

// isReady waits until /readyz answers so, with these parts that are not well: "database away".
func (s *stage) isReady(code int, status string, ill ...string) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("/readyz answers %d %s, for %q", code, status, ill), func() error {
		is, r, text, err := s.ready(false)
		if err != nil {
			return err
		}
		found := map[string]bool{}
		for _, p := range r.Parts {
			if p.State != watch.StateOK {
				found[p.Name+" "+p.State] = true
			}
		}
		for _, part := range ill {
			if !found[part] {
				return fmt.Errorf("%d %s", is, text)
			}
		}
		if is != code || r.Status != status || len(found) != len(ill) {
			return fmt.Errorf("%d %s", is, text)
		}
		return nil
	})
}

// TestReadyzTellsWhatIsAwayAndWhatCanBeDoneAllTheSame: Hotline starts without a database, which comes; then Asterisk goes, and comes back.
func TestReadyzTellsWhatIsAwayAndWhatCanBeDoneAllTheSame(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true})
	s.must(s.house.postgres.Stop(t.Context()))
	back := func() { s.must(s.house.postgres.Start(context.WithoutCancel(t.Context()))) }
	var once sync.Once
	t.Cleanup(func() { once.Do(back) }) // for the next test, should this one end early
	s.begin()
	s.isReady(http.StatusServiceUnavailable, "degraded", "database away", "migrations missing", "people starting", "numbers low")
	call := s.calls("+79160033001")
	s.chooses(call, "3")
	s.waiting(1)
	if _, _, text, err := s.ready(true); err != nil || strings.Join(strings.Fields(text), "") != `{"status":"degraded"}` {
		t.Errorf("a stranger is told %s, %v", text, err)
	}
	if response, err := http.Get(s.scraped() + "/readyz"); err != nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("on the port of the metrics: %v, %v", response, err)
	} else if text, _ := io.ReadAll(response.Body); !strings.Contains(string(text), `"name": "database"`) {
		t.Errorf("on the port of the metrics: %s", text)
	}
	once.Do(back)
	s.isReady(http.StatusOK, "ready")
	s.hangsUp(call)
	s.nothingLeft()
	s.expect("hotline_ready == 1")

	s.house.asterisk.Kill()
	s.isReady(http.StatusServiceUnavailable, "unready", "asterisk away")
	s.expect("hotline_ready == 0", "hotline_asterisk_up == 0")
	s.must(s.house.asterisk.Start(t.Context()))
	s.isReady(http.StatusOK, "ready")
	s.expect("hotline_asterisk_reconnects_total == 1")

	s.service.draining.Store(true)
	s.isReady(http.StatusServiceUnavailable, "unready", "hotline stopping")
	s.service.draining.Store(false)
}

// TestFrozenRouterIsNotLive: something holds up the router's goroutine. What tells so does not wait for it, nor do the metrics for long.
func TestFrozenRouterIsNotLive(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true})
	log, closeLog := s.log()
	defer closeLog()
	var err error
	s.service, err = newService(s.config, log)
	s.must(err)
	thaw, frozen := make(chan struct{}), make(chan struct{})
	s.service.acd.Observe(acd.ObserverFunc(func(_ time.Time, e queues.Event, _ []queues.Decision) {
		if _, came := e.(queues.Enqueued); came {
			close(frozen)
			<-thaw
		}
	}))
	s.service.health.Pulse.Within = 3 * time.Second
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.service.run(ctx) }()
	defer func() { stop(); s.must(<-ended) }()
	soon, cancel := context.WithTimeout(t.Context(), atOnce)
	defer cancel()
	s.must(s.service.serving(soon, nil))
	live := func(code int) {
		t.Helper()
		s.eventually(fmt.Sprintf("/livez answers %d", code), func() error {
			response, err := http.Get(s.pages() + "/livez")
			if err != nil {
				return err
			}
			defer response.Body.Close()
			if b, _ := io.ReadAll(response.Body); response.StatusCode != code {
				return fmt.Errorf("%d %s", response.StatusCode, b)
			}
			return nil
		})
	}
	live(http.StatusOK)
	call := s.calls("+79160034001")
	s.chooses(call, "3")
	<-frozen
	live(http.StatusServiceUnavailable)
	s.isReady(http.StatusServiceUnavailable, "unready", "hotline stuck")
	s.expect("hotline_router_up == 0")
	close(thaw)
	live(http.StatusOK)
	s.isReady(http.StatusOK, "ready")
	s.hangsUp(call)
	s.nothingLeft()
}
