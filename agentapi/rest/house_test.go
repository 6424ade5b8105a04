package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"hotline/agentapi"
	"hotline/agentapi/alarms"
	"hotline/agentapi/client"
	"hotline/agentapi/desk"
	"hotline/agentapi/gate"
	"hotline/agentapi/hooks"
	"hotline/agentapi/memory"
	"hotline/agentapi/register"
	"hotline/agentapi/rest"
	"hotline/agentapi/screens"
	"hotline/agentapi/stream"
	"hotline/agentapi/supervise"
	"hotline/queues"
	tapedin "hotline/recordings/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const password = "correct horse 7"

// house is a whole agentapi on a real port, with two agents, a supervisor, somebody of a department, and a
// backOffice that stands for the router and the calls.
type house struct {
	*testing.T
	hub      *stream.Hub
	accounts *memory.Accounts
	office   *backOffice
	floor    *floor
	url      string

	mu     sync.Mutex
	server *rest.Server // guarded by mu; replaced by start
}

// settings are what a test wants different.
type settings struct {
	timing  stream.Timing
	options func(*rest.Options)
	gate    func(*gate.Options)
}

func open(t *testing.T, with settings) *house {
	t.Helper()
	h := &house{T: t, accounts: &memory.Accounts{}, office: newBackOffice(), floor: &floor{}}
	h.seat(password)
	h.start(with)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		now := h.server
		h.mu.Unlock()
		now.ServeHTTP(w, r)
	}))
	h.url = web.URL
	t.Cleanup(func() {
		h.drain()
		web.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return h
}

// seat makes these the accounts, with this password.
func (h *house) seat(password string) {
	h.Helper()
	var all []gate.Seating
	for _, a := range []gate.Account{
		{ID: "a1", Login: "anna", Name: "Анна", Role: gate.RoleAgent, Language: "ru", Person: "7", Agent: "7", Seat: true},
		{ID: "a2", Login: "boris", Name: "Boris", Role: gate.RoleAgent, Language: "en", Person: "8", Agent: "8"},
		{ID: "a3", Login: "vera", Name: "Vera", Role: gate.RoleSupervisor, Language: "en"},
		{ID: "a4", Login: "dasha", Name: "Даша", Role: gate.RoleDepartment, Language: "ru", Person: "9"},
	} {
		all = append(all, gate.Seating{Account: a, Password: password})
	}
	if _, err := h.accounts.Seat(h.Context(), all); err != nil {
		h.Fatal(err)
	}
}

// start makes hub and server; a second time it is a restart of Hotline, on the same port with the same accounts.
func (h *house) start(with settings) {
	h.Helper()
	log := slog.New(slog.NewTextHandler(h.Output(), nil))
	hub := stream.NewHub(stream.HubOptions{Timing: with.timing, Log: log, MayWatch: func(a gate.Account, department string) *agentapi.Problem {
		return register.MayWatch(newArchive().Terms(), a, department)
	}})
	way := gate.Options{Accounts: h.accounts, Log: log}
	if with.gate != nil {
		with.gate(&way)
	}
	door, err := gate.New(way)
	if err != nil {
		h.Fatal(err)
	}
	o := rest.Options{
		Hub: hub, Gate: door, Agents: h.office, Log: log,
		Rooms: []rest.Room{newArchive().room(), hooks.Room{Graveyard: graveyard{}}, register.Files{}, newMailbox().room(), (&statistician{}).room(), (&callLog{}).room(nil), (&annals{}).room(), (&timeClock{}).room(), (&reviewed{}).room(), newBureau().room(), newClerk().room(newShelf()), &register.Persons{Holdings: &dossiers{}}, supervise.Room{Floor: h.floor, Lists: agentapi.DefaultLists{}}, staffed().targets(), desk.Recordings{Recorder: h.floor}},
		Pages: fstest.MapFS{
			"index.html":         {Data: []byte("<!doctype html><title>Hotline</title>")},
			"assets/app-1f2e.js": {Data: []byte("export {}")},
			"icon.svg":           {Data: []byte("<svg/>")},
		},
	}
	o.Rooms = append(o.Rooms, alarms.Room{Alarms: staffed().alarmed()})
	o.Rooms = append(o.Rooms, (&tapes{rows: tapedin.NewRows()}).room(true))
	o.Rooms = append(o.Rooms, television(screens.New(nil, nil)))
	if with.options != nil {
		with.options(&o)
	}
	server, err := rest.New(o)
	if err != nil {
		h.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hub, h.server = hub, server
}

func (h *house) drain() {
	h.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(h.Context()), 30*time.Second)
	defer cancel()
	if err := h.server.Drain(ctx); err != nil {
		h.Errorf("drain: %v", err)
	}
}

// soon bounds a wait: whatever it waits for happens in milliseconds, on a very busy machine in seconds.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Second, errors.New("it did not happen in 20 s"))
	t.Cleanup(cancel)
	return ctx
}

func (h *house) signIn(login string) *client.Client {
	h.Helper()
	c, err := client.SignIn(soon(h.T), h.url, login, password)
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(c.CloseIdle)
	return c
}

func (h *house) desk(c *client.Client, o client.StreamOptions) *client.Stream {
	h.Helper()
	if o.Pause == 0 {
		o.Pause = 20 * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(h.Context(), 20*time.Second)
	defer cancel()
	opened := make(chan struct{})
	var s *client.Stream
	var err error
	go func() {
		defer close(opened)
		s, err = c.Stream(context.WithoutCancel(ctx), o)
	}()
	select {
	case <-opened:
	case <-ctx.Done():
		h.Fatal("the stream did not open in 20 s")
	}
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(s.Close)
	return s
}

// socket is a bare connection: for what a well-behaved client never does.
func (h *house) socket(login string, header http.Header) *rawSocket {
	h.Helper()
	cookie := ""
	if login != "" {
		cookie = h.cookie(login)
	}
	return h.dial(cookie, header, websocket.DefaultDialer.NetDialContext)
}

// cookie signs in and returns the cookie as a header.
func (h *house) cookie(login string) string {
	h.Helper()
	answer := h.post("/api/v1/session", `{"login":"`+login+`","password":"`+password+`"}`, nil)
	if answer.StatusCode != http.StatusOK {
		h.Fatalf("sign in as %s: status %d", login, answer.StatusCode)
	}
	c := answer.Cookies()[0]
	return c.Name + "=" + c.Value
}

func (h *house) post(path, body string, header http.Header) *http.Response {
	h.Helper()
	return h.request(http.MethodPost, path, body, header)
}

func (h *house) request(method, path, body string, header http.Header) *http.Response {
	h.Helper()
	r, err := http.NewRequestWithContext(soon(h.T), method, h.url+path, strings.NewReader(body))
	if err != nil {
		h.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, values := range header {
		r.Header[name] = values
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { answer.Body.Close() })
	return answer
}

// problemOf reads an answer that must be a problem.
func problemOf(t *testing.T, answer *http.Response) agentapi.Problem {
	t.Helper()
	if kind := answer.Header.Get("Content-Type"); kind != "application/problem+json" {
		t.Errorf("content type %q, expected application/problem+json", kind)
	}
	var p agentapi.Problem
	if err := json.NewDecoder(answer.Body).Decode(&p); err != nil {
		t.Fatalf("status %d: not a problem: %v", answer.StatusCode, err)
	}
	if p.Status != answer.StatusCode {
		t.Errorf("the problem says %d, the answer %d", p.Status, answer.StatusCode)
	}
	return p
}

// backOffice is an Agents that keeps what it was told. A command waits while it is held.
type backOffice struct {
	mu     sync.Mutex
	done   []agentapi.Command // guarded by mu
	refuse error              // guarded by mu
	hold   chan struct{}      // guarded by mu; nil: nobody waits
	begun  chan agentapi.Command
	closed chan queues.AgentID
}

func newBackOffice() *backOffice {
	return &backOffice{begun: make(chan agentapi.Command, 1000), closed: make(chan queues.AgentID, 1000)}
}

func (b *backOffice) Do(ctx context.Context, _ queues.AgentID, c agentapi.Command) error {
	b.begun <- c
	b.mu.Lock()
	hold := b.hold
	b.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refuse != nil {
		return b.refuse
	}
	b.done = append(b.done, c)
	return nil
}

func (b *backOffice) DeskAway(queues.AgentID, queues.OfferID) {}

func (b *backOffice) DeskBack(queues.AgentID) {}

func (b *backOffice) DeskClosed(agent queues.AgentID) { b.closed <- agent }

func (b *backOffice) commands() []agentapi.Command {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]agentapi.Command(nil), b.done...)
}

func (b *backOffice) refuseWith(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuse = err
}

// holdCommands keeps every command waiting until release is called.
func (b *backOffice) holdCommands() (release func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hold = make(chan struct{})
	return sync.OnceFunc(func() { close(b.hold) })
}

// awaitClosed waits until a desk is reported as closed for good.
func (h *house) awaitClosed(want queues.AgentID) {
	h.Helper()
	select {
	case got := <-h.office.closed:
		if got != want {
			h.Fatalf("the desk of %s was reported closed, expected %s", got, want)
		}
	case <-soon(h.T).Done():
		h.Fatalf("the desk of %s was not reported closed", want)
	}
}

func (h *house) awaitBegun() agentapi.Command {
	h.Helper()
	select {
	case c := <-h.office.begun:
		return c
	case <-soon(h.T).Done():
		h.Fatal("no command came")
		return nil
	}
}
