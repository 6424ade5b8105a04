package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline/agentapi/hooks"
	"hotline/cmd/hotline/config"
)

const hookSecret = "a secret of the test's and nobody else's"

// mailbox is a program that is told of calls.
type mailbox struct {
	*httptest.Server
	t      *testing.T
	mu     sync.Mutex // guards what is below
	status int
	taken  []parcel // in their order, also those that were refused
}

type parcel struct {
	id, kind string
	body     map[string]any
	status   int
}

func openMailbox(t *testing.T) *mailbox {
	m := &mailbox{t: t, status: http.StatusNoContent}
	m.Server = httptest.NewServer(m)
	t.Cleanup(m.Close)
	return m
}

func (m *mailbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = hooks.Verify(hookSecret, r.Header.Get(hooks.SignatureHeader), body, time.Now(), time.Minute)
	}
	p := parcel{id: r.Header.Get(hooks.IDHeader), kind: r.Header.Get("Content-Type")}
	if err == nil {
		err = json.Unmarshal(body, &p.body)
	}
	if err != nil {
		m.t.Errorf("%s: %v", body, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	p.status = m.status
	m.taken = append(m.taken, p)
	w.WriteHeader(p.status)
}

// answers says with which status the program answers from now on.
func (m *mailbox) answers(status int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.status = status
}

// ids are those of the parcels that were answered with a status.
func (m *mailbox) ids(status int) (all []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.taken {
		if p.status == status {
			all = append(all, p.id)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// fields are what a body says under some names, the parcels in the order of their ids.
func (m *mailbox) fields(names ...string) (all []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	parcels := slices.Clone(m.taken)
	slices.SortFunc(parcels, func(a, b parcel) int { return strings.Compare(a.id, b.id) })
	for _, p := range parcels {
		var line []string
		for _, n := range names {
			line = append(line, fmt.Sprint(p.body[n]))
		}
		all = append(all, strings.Join(line, " "))
	}
	return all
}

// Two programs are told of a call: one gets CloudEvents, the other is a Zammad.
func TestOtherProgramsAreToldOfCalls(t *testing.T) {
	t.Parallel()
	crm, zammad := openMailbox(t), openMailbox(t)
	s := raise(t, stageOptions{configure: func(c *config.Config) {
		c.Tickets.Webhooks = []config.Webhook{
			{URL: crm.URL, Secret: config.SecretOf(hookSecret)},
			{URL: zammad.URL + "/api/v1/cti", Token: config.SecretOf("token"), Secret: config.SecretOf(hookSecret), Format: "zammad"},
		}
	}})
	const from = "+79160009501"
	s.hangsUp(s.calls(from))
	c := s.contact(from)
	s.eventually("the CRM is told of call and ticket", func() error {
		told := crm.fields("type")
		for _, want := range []string{hooks.CallArrived, hooks.CallEnded, hooks.TicketOpened} {
			if !slices.Contains(told, want) {
				return fmt.Errorf("it is told %v", told)
			}
		}
		return nil
	})
	s.eventually("Zammad is told of the call", func() error {
		want := []string{"newCall 79160009501 in <nil>", "hangup 79160009501 in cancel"}
		if told := zammad.fields("event", "from", "direction", "cause"); !slices.Equal(told, want) {
			return fmt.Errorf("it is told %q", told)
		}
		return nil
	})
	for _, subject := range crm.fields("subject", "source", "specversion") {
		if want := c.Ticket + " /hotline/" + s.config.Line.Number + " 1.0"; subject != want {
			t.Errorf("it is told of %s, not %s", subject, want)
		}
	}
}

// A program is away while a call is told, and Hotline is killed; then it comes back, and gets the same event. Later it is away for too long.
func TestWhoIsToldIsToldAfterAKillToo(t *testing.T) {
	t.Parallel()
	crm := openMailbox(t)
	crm.answers(http.StatusServiceUnavailable)
	olga := config.Person{ID: "olga", Login: "olga", Name: "Olga", Role: "supervisor", Language: "en", Password: config.SecretOf("password-olga")}
	s := raise(t, stageOptions{elsewhere: true, people: []config.Person{person("anna", "101"), olga}, configure: func(c *config.Config) {
		c.Tickets.Webhooks = []config.Webhook{{URL: crm.URL, Secret: config.SecretOf(hookSecret), Events: []string{"call.ended"}}}
	}})
	p := s.spawn()
	const from = "+79160009502"
	s.hangsUp(s.calls(from))
	s.eventually("it was tried", func() error { // a job that is killed while it runs is tickets/work's affair, and takes minutes
		var state string
		if err := s.query(`SELECT state::text FROM work.river_job WHERE kind = 'webhook'`, &state); err != nil || state != "retryable" {
			return fmt.Errorf("it is %s, %v", state, err)
		}
		return nil
	})
	p.kill()
	crm.answers(http.StatusNoContent)
	p = s.respawn(p)
	s.must(s.query(`WITH u AS (UPDATE work.river_job SET scheduled_at = now() WHERE kind = 'webhook' AND state = 'retryable' RETURNING id) SELECT count(*)::text FROM u`, new(string)))
	s.eventually("it is taken", func() error { return atLeast(crm.ids(http.StatusNoContent)) })
	if refused, taken := crm.ids(http.StatusServiceUnavailable), crm.ids(http.StatusNoContent); !slices.Equal(refused, taken) {
		t.Errorf("refused was %v, taken %v", refused, taken)
	}

	crm.answers(http.StatusTeapot)
	s.hangsUp(s.calls("+79160009503"))
	s.eventually("the next one is refused", func() error { return atLeast(crm.ids(http.StatusTeapot)) })
	s.eventually("it is dead", func() error {
		var n string
		if err := s.query(`WITH u AS (UPDATE work.river_job SET scheduled_at = now(), max_attempts = attempt + 1 WHERE kind = 'webhook' AND state = 'retryable' RETURNING id)
			SELECT (SELECT count(*) FROM u)::text || (SELECT count(*) FROM work.river_job WHERE state = 'discarded')::text`, &n); err != nil || n != "01" {
			return fmt.Errorf("%s, %v", n, err)
		}
		return nil
	})
	crm.answers(http.StatusNoContent)
	var list struct {
		Items []hooks.Dead `json:"items"`
	}
	asOlga := s.asks(p.pages, olga)
	s.must(asOlga(http.MethodGet, "/api/v1/hooks/dead", &list))
	if len(list.Items) != 1 || list.Items[0].Error != "the receiver answers 418 I'm a teapot" || list.Items[0].Type != hooks.CallEnded || list.Items[0].Ticket == "" {
		t.Fatalf("dead are %+v", list)
	}
	s.must(asOlga(http.MethodPost, fmt.Sprintf("/api/v1/hooks/dead/%d/retry", list.Items[0].ID), &hooks.Dead{}))
	s.eventually("it is taken at last", func() error {
		if taken := crm.ids(http.StatusNoContent); !slices.Contains(taken, list.Items[0].Event) {
			return fmt.Errorf("taken are %v", taken)
		}
		return nil
	})
}

// asks are requests of somebody who has signed in.
func (s *stage) asks(pages string, p config.Person) func(method, path string, into any) error {
	s.t.Helper()
	body, err := json.Marshal(map[string]string{"login": p.Login, "password": p.Password.Text()})
	s.must(err)
	in, err := http.Post(pages+"/api/v1/session", "application/json", bytes.NewReader(body))
	s.must(err)
	_ = in.Body.Close()
	return func(method, path string, into any) error {
		q, err := http.NewRequestWithContext(s.t.Context(), method, pages+path, nil)
		if err != nil {
			return err
		}
		for _, c := range in.Cookies() {
			q.AddCookie(c)
		}
		q.Header.Set("Origin", pages)
		a, err := http.DefaultClient.Do(q)
		if err != nil {
			return err
		}
		defer a.Body.Close()
		if a.StatusCode != http.StatusOK {
			return fmt.Errorf("%s %s: %s", method, path, a.Status)
		}
		return json.NewDecoder(a.Body).Decode(into)
	}
}

// atLeast is an error while there is none.
func atLeast(ids []string) error {
	if len(ids) == 0 {
		return fmt.Errorf("there is none")
	}
	return nil
}
