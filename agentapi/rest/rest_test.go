package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/agentapi/gate"
	"hotline/agentapi/memory"
	"hotline/agentapi/rest"
	"hotline/queues"
	"hotline/telephony"
	"hotline/tickets"
)

func TestOnlyTheRightPasswordSignsInAndTheAnswerDoesNotSayWhatWasWrong(t *testing.T) {
	h := open(t, settings{})
	if c := h.signIn(" Anna "); c.Account().Login != "anna" || c.Account().Agent != "7" || !c.Account().Seat {
		t.Errorf("signed in as %+v", c.Account())
	}
	var wrong []agentapi.Problem
	for _, body := range []string{
		`{"login":"anna","password":"wrong horse 7"}`, `{"login":"anna","password":"` + strings.ToUpper(password) + `"}`,
		`{"login":"nobody","password":"` + password + `"}`,
	} {
		answer := h.post("/api/v1/session", body, nil)
		if len(answer.Cookies()) != 0 {
			t.Errorf("%s: a cookie was given", body)
		}
		wrong = append(wrong, problemOf(t, answer))
	}
	for _, p := range wrong {
		if p.Code != agentapi.CodeWrongLogin || p.Detail != wrong[0].Detail {
			t.Errorf("got %+v", p)
		}
	}
}

func TestBadRequestsNameFieldAndRuleAndDoNotRepeatTheValue(t *testing.T) {
	h := open(t, settings{})
	bad := map[string]struct {
		code agentapi.Code
		says string
	}{
		`{`:                           {agentapi.CodeBadRequest, ""},
		`"anna"`:                      {agentapi.CodeInvalid, "body"},
		`{"login":"anna"}`:            {agentapi.CodeInvalid, "password"},
		`{"login":7,"password":"x"}`:  {agentapi.CodeInvalid, "body.login"},
		`{"login":"","password":"x"}`: {agentapi.CodeInvalid, "body.login"},
		`{"login":"a","password":"geheim","admin":true}`:                          {agentapi.CodeInvalid, "body.admin"},
		`{"login":"anna","password":"geheim` + strings.Repeat("x", 300) + `"}`:    {agentapi.CodeInvalid, "body.password"},
		`{"login":"anna","password":"geheim` + strings.Repeat("x", 20<<10) + `"}`: {agentapi.CodeTooLarge, ""},
	}
	for body, want := range bad {
		p := problemOf(t, h.post("/api/v1/session", body, nil))
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if p.Code != want.code || !strings.Contains(string(text), want.says) || strings.Contains(string(text), "geheim") {
			t.Errorf("%.50s: %s", body, text)
		}
	}
}

func TestTheCookieIsForThisSiteAndForNoScript(t *testing.T) {
	h := open(t, settings{gate: func(o *gate.Options) { o.Proxies.OneNearby = true }})
	body := `{"login":"anna","password":"` + password + `"}`
	plain := h.post("/api/v1/session", body, nil).Cookies()[0]
	if !plain.HttpOnly || plain.SameSite != http.SameSiteStrictMode || plain.Path != "/" || plain.Secure || plain.MaxAge < 3600 {
		t.Errorf("got %+v", plain)
	}
	if tls := h.post("/api/v1/session", body, http.Header{"X-Forwarded-Proto": {"https"}}).Cookies()[0]; !tls.Secure {
		t.Errorf("behind TLS: %+v", tls)
	}
}

func TestAPageOfAnotherSiteCannotSignAnybodyInOrOut(t *testing.T) {
	h := open(t, settings{})
	cookie := h.cookie("anna")
	for _, header := range []http.Header{
		{"Origin": {"https://evil.example"}, "Cookie": {cookie}},
		{"Sec-Fetch-Site": {"cross-site"}, "Cookie": {cookie}},
	} {
		for _, method := range []string{http.MethodPost, http.MethodDelete} {
			answer := h.request(method, "/api/v1/session", `{"login":"anna","password":"`+password+`"}`, header)
			if p := problemOf(t, answer); p.Code != agentapi.CodeOrigin || answer.StatusCode != http.StatusForbidden {
				t.Errorf("%s with %v: %+v", method, header, p)
			}
		}
	}
	if answer := h.request(http.MethodGet, "/api/v1/session", "", http.Header{"Cookie": {cookie}}); answer.StatusCode != http.StatusOK {
		t.Errorf("the sign-in is gone: %d", answer.StatusCode)
	}
}

func TestNothingIsShownWithoutASignIn(t *testing.T) {
	h := open(t, settings{})
	for _, path := range []string{
		"/session", "/tickets/100237", "/calls/c1/decisions", "/calls", "/reasons", "/call-reasons", "/dispositions", "/figures?by=queue",
	} {
		if p := problemOf(t, h.request(http.MethodGet, "/api/v1"+path, "", nil)); p.Code != agentapi.CodeNotSignedIn || p.Status != 401 {
			t.Errorf("%s: %+v", path, p)
		}
	}
	if p := problemOf(t, h.post("/api/v1/phone", "", nil)); p.Code != agentapi.CodeNotSignedIn || p.Status != 401 {
		t.Errorf("/phone: %+v", p)
	}
}

func TestUnknownPlacesAndMethodsAreProblemsToo(t *testing.T) {
	h := open(t, settings{})
	if p := problemOf(t, h.request(http.MethodGet, "/api/v2/calls", "", nil)); p.Code != agentapi.CodeNotFound {
		t.Errorf("got %+v", p)
	}
	answer := h.request(http.MethodPut, "/api/v1/session", "{}", nil)
	if p := problemOf(t, answer); p.Code != agentapi.CodeMethod || strings.Join(answer.Header.Values("Allow"), " ") != "GET POST DELETE" {
		t.Errorf("got %+v, allowed %v", p, answer.Header.Values("Allow"))
	}
	if p := problemOf(t, h.request(http.MethodGet, "/api/v1/stream", "", nil)); p.Code != agentapi.CodeBadRequest {
		t.Errorf("got %+v", p)
	}
}

// cabinet is a Tickets with one ticket; exchange a Phones with phones for all.
type cabinet map[tickets.Number]tickets.Ticket

// sees says whether a ticket is there for somebody: agents see what has no owner.
func (c cabinet) sees(n tickets.Number, to agentapi.Viewer) error {
	t, ok := c[n]
	if open, is := t.State.(tickets.Open); !ok || !to.All && is && open.Owner() != tickets.Person(to.Person) {
		return tickets.ErrNoTicket
	}
	return nil
}

func (c cabinet) Ticket(_ context.Context, n tickets.Number, to agentapi.Viewer) (agentapi.Summary, error) {
	if err := c.sees(n, to); err != nil {
		return agentapi.Summary{}, err
	}
	return agentapi.ShowSummary(c[n].Summary()), nil
}

func (c cabinet) Claims(_ context.Context, n tickets.Number, to agentapi.Viewer) ([]agentapi.Claim, error) {
	return nil, c.sees(n, to)
}

func (c cabinet) Decide(_ context.Context, n tickets.Number, call telephony.CallID, by agentapi.Viewer, _ bool) error {
	if err := c.sees(n, by); err != nil {
		return err
	}
	if call != "c1" {
		return tickets.ErrNoClaim
	}
	return nil
}

type exchange struct{}

func (exchange) Phone(_ context.Context, a queues.AgentID) (agentapi.Phone, error) {
	return agentapi.Phone{URI: "sip:" + string(a) + "@127.0.0.1", User: string(a), Password: "p", WS: "ws://127.0.0.1:8088/ws"}, nil
}

func (exchange) Renew(context.Context, queues.AgentID) error { return nil }

func TestADeskReadsItsPhoneATicketAndTheLists(t *testing.T) {
	n := tickets.MakeNumber(10023)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	h := open(t, settings{options: func(o *rest.Options) {
		o.Tickets = cabinet{n: {Number: n, Subject: "Нет <интернета>", State: tickets.Closed{At: at}, OpenedAt: at}}
		o.Phones = exchange{}
	}})
	anna, boris := h.signIn("anna"), h.signIn("boris")
	if p, err := anna.Phone(soon(t)); err != nil || p.URI != "sip:7@127.0.0.1" {
		t.Errorf("phone: %+v, %v", p, err)
	}
	if _, err := boris.Phone(soon(t)); !client.IsProblem(err, agentapi.CodeForbidden) {
		t.Errorf("the phone of a desk without one: %v", err)
	}
	if got, err := anna.Ticket(soon(t), n); err != nil || got.Subject != "Нет <интернета>" || got.State != "closed" {
		t.Errorf("ticket: %+v, %v", got, err)
	}
	if _, err := anna.Ticket(soon(t), tickets.MakeNumber(77)); !client.IsProblem(err, agentapi.CodeInvalid) {
		t.Errorf("a number too short: %v", err)
	}
	if _, err := anna.Ticket(soon(t), tickets.MakeNumber(77777)); !client.IsProblem(err, agentapi.CodeNotFound) {
		t.Errorf("an unknown ticket: %v", err)
	}
	mistyped := "9" + n[1:]
	if _, err := anna.Ticket(soon(t), mistyped); !client.IsProblem(err, agentapi.CodeInvalid) || !strings.Contains(err.Error(), "check digit") {
		t.Errorf("a mistyped ticket: %v", err)
	}
	reasons, err := anna.Reasons(soon(t))
	if err != nil || len(reasons) != 6 || reasons[1].Name["ru"] != "Обед" {
		t.Errorf("reasons: %+v, %v", reasons, err)
	}
	dispositions, err := anna.Dispositions(soon(t))
	if err != nil || len(dispositions) == 0 || len(dispositions) > 8 || dispositions[0].Code != "resolved" || !*dispositions[0].Closes {
		t.Errorf("dispositions: %+v, %v", dispositions, err)
	}
}

// frail is a real store that can go away, as a database does.
type frail struct {
	*memory.Accounts
	away atomic.Bool
}

var errAway = errors.New("connection refused to 10.0.0.7")

func (f *frail) BySignIn(ctx context.Context, t gate.TokenHash, now time.Time) (gate.Account, time.Time, error) {
	if f.away.Load() {
		return gate.Account{}, time.Time{}, errAway
	}
	return f.Accounts.BySignIn(ctx, t, now)
}

func (f *frail) ByLogin(ctx context.Context, login string) (gate.Account, string, error) {
	if f.away.Load() {
		return gate.Account{}, "", errAway
	}
	return f.Accounts.ByLogin(ctx, login)
}

func TestWithoutItsDatabaseWhoeverIsSignedInGoesOnWorking(t *testing.T) {
	store := &frail{}
	with := settings{gate: func(o *gate.Options) {
		store.Accounts = o.Accounts.(*memory.Accounts)
		o.Accounts = store
	}}
	h := open(t, with)
	c := h.signIn("anna")
	store.away.Store(true)
	h.desk(c, client.StreamOptions{})
	if _, err := c.Reasons(soon(t)); err != nil {
		t.Errorf("who is known: %v", err)
	}
	_, err := client.SignIn(soon(t), h.url, "boris", password)
	if !client.IsProblem(err, agentapi.CodeUnavailable) || strings.Contains(err.Error(), "10.0.0.7") {
		t.Errorf("who is new: %v", err)
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestHealthStandsAtItsPlaces(t *testing.T) {
	says := func(what string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, what) })
	}
	h := open(t, settings{options: func(o *rest.Options) {
		o.Live, o.Ready = says("live"), says("ready")
	}})
	for place, want := range map[string]string{"/livez": "live", "/readyz": "ready"} {
		if b, err := io.ReadAll(h.request(http.MethodGet, place, "", nil).Body); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v", place, b, err)
		}
	}
}

var update = flag.Bool("update", false, "write openapi.json anew")

func TestTheCommittedOpenAPIDocumentIsTheServedOne(t *testing.T) {
	h := open(t, settings{})
	served, err := io.ReadAll(h.request(http.MethodGet, "/api/v1/openapi.json", "", nil).Body)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("openapi.json", served, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile("openapi.json")
	if err != nil || !bytes.Equal(committed, served) {
		t.Errorf("openapi.json is not what is served (%v): look at the difference, then go test ./agentapi/rest -run OpenAPI -update", err)
	}
	var document struct {
		OpenAPI    string
		Paths      map[string]any
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(served, &document); err != nil || !strings.HasPrefix(document.OpenAPI, "3.1") || len(document.Paths) < 17 {
		t.Errorf("%v: version %s, %d paths", err, document.OpenAPI, len(document.Paths))
	}
	if document.Components.Schemas["Problem"] == nil || document.Components.Schemas["ErrorModel"] != nil {
		t.Error("expected the schema of Problem, and not huma's own")
	}
}
