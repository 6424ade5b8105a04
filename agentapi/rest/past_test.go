package rest_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/desk"
	"hotline/agentapi/past"
	"hotline/agentapi/rest"
	"hotline/queues"
	told "hotline/queues/words"
	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/customers"
	"hotline/tickets/lists"
)

// callLog is a store of calls in memory, as far as rights go: what tickets/postgres is to the operations about calls.
type callLog struct {
	all   []lists.Call
	facts []tickets.Fact // of each

	mu    sync.Mutex
	asked []lists.CallQuestion // guarded by mu
}

var came = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func callOf(id tickets.ContactID, agent string) lists.Call {
	return lists.Call{CustomerName: "Ivanov", Contact: tickets.Contact{
		ID: id, Channel: tickets.Call{}, Ticket: "100237", Customer: ivanov, From: telephony.NumberOf("+79161234567", ""), RawName: "ANNA\u202e", Queue: "help", Agent: tickets.Agent{ID: agent, Name: "As then"},
		ArrivedAt: came, QueuedAt: came.Add(10 * time.Second), AnsweredAt: came.Add(30 * time.Second), EndedAt: came.Add(90 * time.Second), WrappedUpAt: came.Add(100 * time.Second),
		CalledBy: "8", Reason: "visit", Outcome: tickets.Served, Disposition: tickets.Resolved, Path: []words.Text{{"ru": "Ремонт", "en": "Repair"}},
	}}
}

func (l *callLog) ListCalls(_ context.Context, q lists.CallQuestion) (p lists.CallPage, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, q)
	if _, _, _, err := q.Begin(); err != nil {
		return p, err
	}
	for _, c := range l.all {
		if q.Sight.All || c.Agent.ID == q.Sight.Agent {
			p.Calls = append(p.Calls, c)
		}
	}
	return p, nil
}

func (l *callLog) CountCalls(ctx context.Context, q lists.CallQuestion) (int, error) {
	p, err := l.ListCalls(ctx, q)
	return len(p.Calls), err
}

func (l *callLog) Call(_ context.Context, id tickets.ContactID) (lists.Call, []tickets.Fact, error) {
	if i := slices.IndexFunc(l.all, func(c lists.Call) bool { return c.ID == id }); i >= 0 {
		return l.all[i], slices.Clone(l.facts), nil
	}
	return lists.Call{}, nil, customers.ErrNoContact
}

func (l *callLog) SeesContact(_ context.Context, id tickets.ContactID, by tickets.Sight) (bool, error) {
	return slices.ContainsFunc(l.all, func(c lists.Call) bool { return c.ID == id && c.Agent.ID == by.Agent }), nil
}

func (l *callLog) room(stories chronicle) *past.Calls {
	lineup := &desk.Lineup{
		Calling: agentapi.CallReasons{Items: agentapi.DefaultCallReasons},
		Queues:  []queues.Queue{{ID: "help", Name: words.Text{"ru": "Помощь", "en": "Help"}}},
		Agents:  map[queues.AgentID]queues.Agent{"7": {ID: "7", Name: "Анна"}, "8": {ID: "8", Name: "Boris"}},
	}
	return &past.Calls{Store: l, Stories: stories, Present: desk.NewPresent(lineup), Terms: newArchive().Terms, Location: time.UTC}
}

func openWithCalls(t *testing.T, l *callLog, stories chronicle) (h *house, audit *diary, annas, veras http.Header) {
	t.Helper()
	audit = &diary{}
	h = open(t, settings{options: func(o *rest.Options) { o.Rooms, o.Audit = []rest.Room{l.room(stories)}, audit }})
	return h, audit, http.Header{"Cookie": {h.cookie("anna")}}, http.Header{"Cookie": {h.cookie("vera")}}
}

func TestCallsAreListedToWhomTheyAreAndLeaveALineWhereSomebodyIsLookedFor(t *testing.T) {
	l := &callLog{all: []lists.Call{callOf("c1", "7"), callOf("c2", "8")}}
	h, audit, anna, vera := openWithCalls(t, l, nil)
	list := func(who http.Header, query string) past.PastCalls {
		t.Helper()
		return answerOf[past.PastCalls](t, h.request(http.MethodGet, "/api/v1/calls/past"+query, "", who))
	}
	own, all := list(anna, ""), list(vera, "?count=true")
	if len(own.Items) != 1 || own.Items[0].Call != "c1" || len(all.Items) != 2 || all.Count == nil || *all.Count != 2 || own.Count != nil {
		t.Fatalf("anna is told of %+v, vera of %+v", own, all)
	}
	r := own.Items[0]
	if r.Number != "+79161234567" || r.NumberName != "ANNA" || r.QueueName["en"] != "Help" || r.Agent.Name != "Анна" || r.Customer.Name != "Ivanov" || *r.Waited != 20 || *r.Talk != 60 {
		t.Errorf("the row is %+v", r)
	}
	if r.CalledBy == nil || r.CalledBy.Name != "Boris" || r.Reason != "visit" || r.ReasonName["en"] != "Arranging a visit" {
		t.Errorf("the row is of a call by %+v because of %q, %v", r.CalledBy, r.Reason, r.ReasonName)
	}
	if list(vera, "?reason=visit"); l.asked[len(l.asked)-1].Reason != "visit" {
		t.Errorf("for a reason it is asked %+v", l.asked[len(l.asked)-1])
	}
	before, number := len(audit.since(0)), string(tickets.MakeNumber(10023))
	for query, want := range map[string]tickets.Look{
		"":                                {},
		"?queue=help&outcome=lost,served": {},
		"?number=1234567":                 {Did: tickets.SearchedCalls},
		"?customer=" + string(ivanov):     {Did: tickets.LookedAtCustomer, Subject: string(ivanov)},
		"?ticket=" + number:               {Did: tickets.LookedAtCalls, Subject: number},
	} {
		list(vera, query)
		got := audit.since(before)
		before += len(got)
		if want == (tickets.Look{}) != (len(got) == 0) || len(got) > 0 && (got[0].Did != want.Did || got[0].Subject != want.Subject) {
			t.Errorf("%s leaves %+v, want %+v", query, got, want)
		}
	}
	for query, field := range map[string]string{
		"?number=12": "query.number", "?number=%27%3B+DROP": "query.number", "?outcome=gone": "query.outcome", "?ticket=x": "query.ticket",
		"?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z": "query.to", "?longer_s=-1": "query.longer_s", "?customer=x": "query.customer",
	} {
		answer := h.request(http.MethodGet, "/api/v1/calls/past"+query, "", vera)
		if p := problemOf(t, answer); answer.StatusCode != 422 || len(p.Errors) != 1 || p.Errors[0].Field != field {
			t.Errorf("%s: %d %+v, want a word about %s", query, answer.StatusCode, p, field)
		}
	}
	if p := problemOf(t, h.request(http.MethodGet, "/api/v1/calls/past?cursor=e30", "", vera)); p.Code != agentapi.CodeCursor {
		t.Errorf("a strange cursor: %+v", p)
	}
	asked := l.asked[len(l.asked)-1]
	if !asked.Sight.All {
		t.Errorf("vera asks as %+v", asked.Sight)
	}
}

func TestWhoDoesNotOverseeIsToldOfNoColleagues(t *testing.T) {
	h, _, anna, vera := openWithCalls(t, &callLog{}, nil)
	choices := func(who http.Header) past.CallChoices {
		t.Helper()
		return answerOf[past.CallChoices](t, h.request(http.MethodGet, "/api/v1/calls/choices", "", who))
	}
	if got := choices(anna); len(got.Queues) != 1 || got.Queues[0].Name["ru"] != "Помощь" || len(got.Agents) != 0 {
		t.Errorf("anna may choose from %+v", got)
	}
	if got := choices(vera); len(got.Agents) != 2 || got.Agents[0].Name != "Boris" {
		t.Errorf("vera may choose from %+v", got)
	}
}

func TestAListOfCallsGoesOutAsAFileInWords(t *testing.T) {
	h, audit, anna, _ := openWithCalls(t, &callLog{all: []lists.Call{callOf("c1", "7"), callOf("c2", "8")}}, nil)
	answer := h.request(http.MethodGet, "/api/v1/calls/past/export?format=csv&language=ru", "", anna)
	text := body(t, answer)
	if lines := strings.Split(strings.TrimSpace(text), "\n"); len(lines) != 2 || !strings.Contains(lines[0], "Ожидание, с") || !strings.Contains(lines[1], "Помощь") || !strings.Contains(lines[1], "Анна") || !strings.Contains(lines[1], ",20,60,") {
		t.Errorf("the file is %s", text)
	}
	if got := audit.since(0); len(got) != 1 || got[0].Did != tickets.TookCalls || got[0].Subject != "c1" {
		t.Errorf("it leaves %+v", got)
	}
}

func TestACallIsShownWithoutOffersToColleaguesToWhoDoesNotOversee(t *testing.T) {
	named := func(id queues.AgentID) *agentapi.NamedAgent { return &agentapi.NamedAgent{ID: id, Name: "old"} }
	at := func(s int) time.Time { return came.Add(time.Duration(s) * time.Second) }
	secret := words.Text{"en": "Boris: no answer; Gleb comes next"}
	stories := chronicle{"c1": {Items: []agentapi.Decision{
		{At: at(11), Kind: told.WasOffered, Agent: named("8"), Words: secret, Plain: secret},
		{At: at(20), Kind: told.WasMissed, Agent: named("8"), Words: secret, Plain: secret},
		{At: at(21), Kind: told.WasOffered, Agent: named("7"), Words: secret, Plain: words.Text{"en": "free for longest"}},
		{At: at(30), Kind: told.WasAnswered, Agent: named("7")},
	}}}
	l := &callLog{all: []lists.Call{callOf("c1", "7"), callOf("c2", "8")}, facts: []tickets.Fact{
		{At: at(11), Event: tickets.Offered{Agent: tickets.Agent{ID: "8"}}}, {At: at(20), Event: tickets.OfferEnded{Agent: tickets.Agent{ID: "8"}, How: "missed"}},
	}}
	h, audit, anna, vera := openWithCalls(t, l, stories)
	rings := func(who http.Header) (agents []string) {
		t.Helper()
		file := answerOf[past.CallFile](t, h.request(http.MethodGet, "/api/v1/calls/c1", "", who))
		for _, s := range file.Steps {
			if s.Kind == past.Rings {
				agents = append(agents, s.Agent.Name+" "+s.How+" "+s.Why["en"])
			}
		}
		return agents
	}
	if got, want := rings(vera), []string{"Boris missed " + secret["en"], "Анна answered " + secret["en"]}; !slices.Equal(got, want) {
		t.Errorf("vera is told %q, want %q", got, want)
	}
	if got, want := rings(anna), []string{"Анна answered free for longest"}; !slices.Equal(got, want) {
		t.Errorf("anna is told %q, want %q", got, want)
	}
	stories["c1"] = agentapi.Story{} // the decisions are forgotten, and facts still know
	if got, want := rings(anna), []string(nil); !slices.Equal(got, want) {
		t.Errorf("of facts anna is told %q", got)
	}
	if got, want := rings(vera), []string{"Boris missed "}; !slices.Equal(got, want) {
		t.Errorf("of facts vera is told %q, want %q", got, want)
	}
	if got := audit.since(0); len(got) != 4 || got[0].Did != tickets.LookedAtStory || got[0].Subject != "c1" {
		t.Errorf("it leaves %+v", got)
	}
	for _, id := range []string{"c2", "c3"} {
		if answer := h.request(http.MethodGet, "/api/v1/calls/"+id, "", anna); answer.StatusCode != 404 {
			t.Errorf("call %s: anna gets %d", id, answer.StatusCode)
		}
	}
}
