package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/register"
	"hotline/agentapi/rest"
	"hotline/agentapi/stream"
	"hotline/telephony/hours"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/clock"
	"hotline/tickets/customers"
	"hotline/tickets/due"
	"hotline/tickets/life"
	"hotline/tickets/lists"
)

// archive is a register of tickets in memory: what tickets/postgres and tickets/register are to the operations about tickets.
type archive struct {
	mu      sync.Mutex
	matters map[tickets.Number]life.Matter // guarded by mu
	orders  []life.Order                   // guarded by mu; that were carried out
	asked   []lists.Question               // guarded by mu
	views   map[string][]lists.View        // guarded by mu; by account
	seen    []int64                        // guarded by mu; notices
	frozen  bool                           // what is done changes nothing
	doneAt  time.Time                      // guarded by mu; of the last order
	items   []lists.Item                   // of any ticket's timeline
}

func newArchive(all ...tickets.Ticket) *archive {
	a := &archive{matters: map[tickets.Number]life.Matter{}}
	for _, t := range all {
		t.Version = 1
		a.matters[t.Number] = life.Matter{Ticket: t}
	}
	return a
}

// room is the operations over it.
func (a *archive) room() *register.Tickets {
	return &register.Tickets{Store: a, Register: a, Location: time.UTC, Dates: a.dates}
}

func (a *archive) Terms() tickets.Terms {
	return tickets.Terms{
		Department:  "first_line",
		Topics:      map[string]tickets.TopicTerms{"internet": {Department: "support"}, "wifi": {Parent: "internet", Department: "support"}},
		Departments: map[string]tickets.DepartmentTerms{"support": {Head: "9"}, "first_line": {Head: "7"}},
		Agreements:  map[string]tickets.AgreementTerms{"gold": {Name: words.Text{"ru": "Золотой", "en": "Gold"}}},
		Answers: []tickets.AnswerTerms{
			{ID: "visit", Topics: []string{"internet"}, Text: words.Text{"ru": "{customer_name}, бригада едет", "en": "{customer_name}, we are on our way"}},
			{ID: "thanks", Name: words.Text{"ru": "Спасибо"}, Text: words.Text{"ru": "Спасибо! {agent}"}},
		},
		People: map[string]tickets.PersonTerms{"7": {Name: "Анна"}, "8": {Name: "Boris"}, "9": {Name: "Даша", Departments: []string{"support"}}},
	}.OrUsual()
}

// workdays is a calendar with a holiday.
var workdays = hours.Calendar{
	Week:  [7][]hours.Span{1: nineToSix, 2: nineToSix, 3: nineToSix, 4: nineToSix, 5: nineToSix},
	Dates: map[string][]hours.Span{"2021-01-01": nil}, Names: map[string]words.Text{"2021-01-01": {"ru": "Новый год", "en": "New Year"}}, Zone: time.FixedZone("MSK", 3*60*60),
}

var nineToSix = []hours.Span{{From: 9 * time.Hour, To: 18 * time.Hour}}

func (a *archive) dates() due.Terms {
	return due.Terms{Terms: a.Terms(), Clocks: map[string]*clock.Agreement{"gold": {ID: "gold", Calendar: &workdays}}}
}

// Clock is the first of each ticket: it ran out as the year began.
func (a *archive) Clock(_ context.Context, n tickets.Number, place int) (clock.Clock, error) {
	if place != 1 {
		return clock.Clock{}, tickets.ErrNoTicket
	}
	began, over := time.Date(2020, 12, 31, 14, 0, 0, 0, time.UTC), time.Date(2021, 1, 4, 8, 0, 0, 0, time.UTC)
	return clock.Clock{Kind: clock.Resolution, Cycle: 1, Agreement: "gold", Allowed: 2 * time.Hour, Used: 3 * time.Hour, Started: began, Ended: over, Due: over.Add(-time.Hour), Broken: true,
		Intervals: []clock.Interval{{From: began, To: over, Party: clock.FirstLine, Agreement: "gold", Worked: 3 * time.Hour}}}, nil
}

func (a *archive) matter(n tickets.Number) (life.Matter, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m, is := a.matters[n]
	if !is {
		return m, tickets.ErrNoTicket
	}
	return m, nil
}

func (a *archive) List(_ context.Context, q lists.Question) (lists.Page, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, q)
	if _, err := q.Order(); err != nil {
		return lists.Page{}, err
	}
	if _, err := q.Begin(); err != nil {
		return lists.Page{}, err
	}
	var p lists.Page
	for _, m := range a.matters {
		if (q.Sight.All || q.Sight.Owns(m.Ticket)) && (len(q.Numbers) == 0 || slices.Contains(q.Numbers, m.Number)) {
			p.Rows = append(p.Rows, lists.Row{Ticket: m.Ticket})
		}
	}
	return p, nil
}

func (a *archive) CountLists(_ context.Context, all ...lists.Question) ([]int, error) {
	counts := make([]int, len(all))
	for i := range counts {
		counts[i] = i + 1
	}
	return counts, nil
}

func (a *archive) Seen(_ context.Context, numbers []tickets.Number, by tickets.Sight) (seen []tickets.Number, _ error) {
	for _, n := range numbers {
		m, err := a.matter(n)
		if m.Into != "" {
			m, err = a.matter(m.Into)
		}
		if err == nil && (by.All || by.Owns(m.Ticket)) {
			seen = append(seen, n)
		}
	}
	return seen, nil
}

func (a *archive) Served(_ context.Context, n tickets.Number, agent string) (bool, error) {
	return false, nil
}

func (a *archive) Done(_ context.Context, n tickets.Number, key string, since time.Time) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.ContainsFunc(a.orders, func(o life.Order) bool { return o.Ticket == n && o.Key == key && key != "" && a.doneAt.After(since) }), nil
}

func (a *archive) File(_ context.Context, n tickets.Number, agent string, limit int) (lists.File, error) {
	m, err := a.matter(n)
	f := lists.File{Row: lists.Row{Ticket: m.Ticket}, Matter: m, Linked: map[tickets.Number]lists.Row{}}
	if m.Customer != "" {
		f.Customer = &tickets.Customer{ID: m.Customer, Name: "Иванов"}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range append(m.Links, life.Link{Other: m.Parent}) {
		if other, there := a.matters[l.Other]; there {
			f.Linked[l.Other] = lists.Row{Ticket: other.Ticket}
		}
	}
	for _, n := range slices.Sorted(maps.Keys(a.matters)) {
		other := lists.Row{Ticket: a.matters[n].Ticket}
		if other.Parent == m.Number {
			f.Children = append(f.Children, other)
		}
		if other.Customer != "" && other.Customer == m.Customer && n != m.Number {
			f.Others = append(f.Others, other)
		}
	}
	return f, err
}

func (a *archive) Timeline(_ context.Context, n tickets.Number, cursor string, limit int) (lists.Timeline, error) {
	_, err := lists.ReadMoment(n, cursor)
	return lists.Timeline{}, err
}

// Contact is one of the items.
func (a *archive) Contact(_ context.Context, id tickets.ContactID) (tickets.Contact, error) {
	for _, i := range a.items {
		if i.Contact != nil && i.Contact.ID == id {
			return *i.Contact, nil
		}
	}
	return tickets.Contact{}, customers.ErrNoContact
}

// Whole has of files and texts what the archive was given.
func (a *archive) Whole(_ context.Context, n tickets.Number) (lists.Whole, error) {
	m, err := a.matter(n)
	if m.Into != "" {
		m, err = a.matter(m.Into)
	}
	return lists.Whole{Matter: m, Items: a.items}, err
}

func (a *archive) Views(_ context.Context, account string) ([]lists.View, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.views[account]), nil
}

func (a *archive) SaveView(_ context.Context, account string, v lists.View) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.views == nil {
		a.views = map[string][]lists.View{}
	}
	a.views[account] = append(slices.DeleteFunc(a.views[account], func(o lists.View) bool { return o.ID == v.ID }), v)
	return nil
}

func (a *archive) DropView(_ context.Context, account, id string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.views[account] = slices.DeleteFunc(a.views[account], func(o lists.View) bool { return o.ID == id })
	return nil
}

// Notices holds one for anna, and one for the department support.
func (a *archive) Notices(_ context.Context, of tickets.NoticesOf) (all []tickets.Notice, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, n := range []tickets.Notice{{ID: 3, Kind: tickets.NoticePart, Department: "support"}, {ID: 2, Kind: tickets.NoticeAssigned, Person: "7"}} {
		if (n.Person == of.Person || slices.Contains(of.Departments, n.Department)) && !(of.Unseen && slices.Contains(a.seen, n.ID)) {
			all = append(all, n)
		}
	}
	return all, nil
}

func (a *archive) SeeNotices(_ context.Context, person string, departments []string, ids []int64) (int64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen = append(a.seen, ids...)
	return int64(len(ids)), nil
}

func (a *archive) Do(_ context.Context, o life.Order) (life.Matter, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m, is := a.matters[o.Ticket]
	if !is {
		return m, tickets.ErrNoTicket
	}
	for _, done := range a.orders {
		if done.Key != "" && done.Key == o.Key && done.Ticket == o.Ticket {
			return m, nil
		}
	}
	if err := o.Check(m); err != nil {
		return life.Matter{}, err
	}
	if o.Version != 0 && o.Version != m.Version {
		return life.Matter{}, &life.StaleError{Ticket: m.Number, Version: m.Version, Since: []tickets.Change{{Ticket: m.Number, Version: m.Version, Kind: "note", By: tickets.By{Kind: tickets.ByPerson, Name: "Boris"}}}}
	}
	f := &life.File{Matters: map[tickets.Number]*life.Matter{m.Number: &m}, Terms: a.Terms(), Fresh: []tickets.Number{tickets.MakeNumber(30000)}}
	for _, n := range append(life.Needs(o.Command), m.Into) {
		if other, is := a.matters[n]; is && !slices.Contains(o.Hidden, n) {
			if n != m.Into && o.CheckOther != nil {
				if err := o.CheckOther(other); err != nil {
					return life.Matter{}, err
				}
			}
			f.Matters[n] = &other
		}
	}
	out, err := life.Do(f, m.Number, o.Command, o.By, time.Now())
	if err != nil {
		return life.Matter{}, err
	}
	if a.frozen {
		return m, nil
	}
	for _, changed := range out.Matters {
		a.matters[changed.Number] = *changed
	}
	a.orders, a.doneAt = append(a.orders, o), time.Now()
	return a.matters[m.Number], nil
}

func (a *archive) Open(_ context.Context, o life.Opening) (life.Matter, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	contact := tickets.ContactID("by hand " + o.Key)
	for _, m := range a.matters {
		if o.Key != "" && m.OpenedBy == contact {
			return m, nil
		}
	}
	f := &life.File{Matters: map[tickets.Number]*life.Matter{}, Terms: a.Terms(), Fresh: []tickets.Number{tickets.MakeNumber(uint64(40000 + len(a.matters)))}}
	out, err := life.Open(f, o.OpenByHand, contact, o.By, time.Now())
	if err != nil {
		return life.Matter{}, err
	}
	m := *out.Matters[0]
	a.matters[m.Number] = m
	return m, nil
}

// sent is a command as anna sends it, with what is answered.
func sent(t *testing.T, h *house, n tickets.Number, command, body string, headers ...string) (int, register.TicketFile, agentapi.Problem) {
	t.Helper()
	with := http.Header{"Cookie": {h.cookie("anna")}}
	for i := 0; i < len(headers); i += 2 {
		with.Set(headers[i], headers[i+1])
	}
	r := h.request(http.MethodPost, "/api/v1/tickets/"+string(n)+"/"+command, body, with)
	var file register.TicketFile
	var problem agentapi.Problem
	into := any(&file)
	if r.StatusCode >= 400 {
		into = &problem
	}
	if err := json.NewDecoder(r.Body).Decode(into); err != nil && r.StatusCode != http.StatusNoContent {
		t.Fatal(err)
	}
	return r.StatusCode, file, problem
}

func openWith(t *testing.T, owner tickets.Owner, n tickets.Number) (*house, *archive) {
	t.Helper()
	s, err := tickets.KeepOpen(owner, time.Now().Add(time.Hour), tickets.FollowUp)
	if err != nil {
		t.Fatal(err)
	}
	a := newArchive(tickets.Ticket{Number: n, State: s})
	return open(t, settings{options: func(o *rest.Options) { o.Rooms = []rest.Room{a.room()} }}), a
}

func TestCommandIsDoneOnceAndOnWhatItsSenderHasSeen(t *testing.T) {
	n := tickets.MakeNumber(20001)
	h, a := openWith(t, tickets.Person("7"), n)
	status, file, _ := sent(t, h, n, "note", `{"text":"first"}`, "If-Match", `"1"`, "Idempotency-Key", "k1")
	if status != 200 || file.Version != 2 || !slices.Contains(file.May, "solve") || slices.Contains(file.May, "reopen") {
		t.Fatalf("%d: version %d, may %v", status, file.Version, file.May)
	}
	if status, file, _ = sent(t, h, n, "note", `{"text":"first"}`, "If-Match", `"1"`, "Idempotency-Key", "k1"); status != 200 || file.Version != 2 {
		t.Errorf("sent again: %d, version %d", status, file.Version)
	}
	status, _, problem := sent(t, h, n, "solve", `{"answer":"done"}`, "If-Match", `"1"`)
	if status != 412 || problem.Code != agentapi.CodeStale || problem.Version != 2 || len(problem.Since) != 1 || problem.Since[0].By.Name != "Boris" {
		t.Errorf("on a version that is old: %d %+v", status, problem)
	}
	if status, _, problem = sent(t, h, n, "solve", `{"answer":"done"}`, "If-Match", "yesterday"); status != 422 || problem.Errors[0].Field != "header.If-Match" {
		t.Errorf("on no version: %d %+v", status, problem)
	}
	if status, _, _ = sent(t, h, n, "solve", `{"answer":"done"}`, "If-Match", `"2"`); status != 200 {
		t.Fatalf("on the last version: %d", status)
	}
	status, _, problem = sent(t, h, n, "wait", `{"for":"date","until":"`+soonAt+`"}`)
	if status != 409 || problem.Code != agentapi.CodeTransition || problem.From != "solved" || problem.To != "waiting" {
		t.Errorf("solved, and to wait: %d %+v", status, problem)
	}
	last := a.orders[len(a.orders)-1]
	if by := last.By; by.Kind != tickets.ByPerson || by.ID != "7" || by.Name != "Анна" || by.From != "page 127.0.0.1" {
		t.Errorf("it was done by %+v", by)
	}
}

// What stands against a command is the ticket's life, and no fault of the server's: whoever sends it is told what it is.
func TestWhatStandsAgainstACommandIsToldAndNoFault(t *testing.T) {
	n := tickets.MakeNumber(20014)
	for then, is := range map[string]struct {
		body    string
		against agentapi.Code // to solve it
	}{
		"add_part": {`{"department":"support","what":"x","due":"` + soonAt + `"}`, agentapi.CodeOpenParts},
		"complain": {`{"text":"Чинили трижды"}`, agentapi.CodeOpenReview},
	} {
		h, _ := openWith(t, tickets.Person("7"), n)
		if status, _, problem := sent(t, h, n, then, is.body); status != 200 {
			t.Fatalf("%s: %d %+v", then, status, problem)
		}
		if status, _, problem := sent(t, h, n, "solve", `{"answer":"done"}`); status != 409 || problem.Code != is.against {
			t.Errorf("after %s it is solved: %d %+v", then, status, problem)
		}
		for _, c := range life.Commands {
			empty, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			if status, _, problem := sent(t, h, n, c.Name(), string(empty)); status >= 500 {
				t.Errorf("after %s, %s: %d %+v", then, c.Name(), status, problem)
			}
		}
	}
}

// A hand-over takes the ticket out of its sender's sight, and its answer may be lost: sent again it is done, to them alone, and for as long as one tries again.
func TestHandOverThatIsSentAgainIsAnsweredAsDone(t *testing.T) {
	n := tickets.MakeNumber(20013)
	h, a := openWith(t, tickets.Person("7"), n)
	const away = `{"department":"support"}`
	if status, file, problem := sent(t, h, n, "hand_over", away, "If-Match", `"1"`, "Idempotency-Key", "k1"); status != 200 || file.Version != 2 {
		t.Fatalf("%d %+v", status, problem)
	}
	if status, file, problem := sent(t, h, n, "hand_over", away, "If-Match", `"1"`, "Idempotency-Key", "k1"); status != 204 || file.Version != 0 {
		t.Fatalf("sent again by who does not see it any more: %d, version %d, %+v", status, file.Version, problem)
	}
	bulk := `{"numbers":["` + string(n) + `"],"command":"hand_over","body":` + away + `}`
	var answer register.BulkAnswer
	r := h.request(http.MethodPost, "/api/v1/tickets/bulk", bulk, http.Header{"Cookie": {h.cookie("anna")}, "Idempotency-Key": {"k1"}})
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil || !answer.Items[0].OK || answer.Items[0].Version != 0 {
		t.Errorf("among several: %+v %v", answer, err)
	}
	if len(a.orders) != 1 {
		t.Errorf("%d orders were carried out", len(a.orders))
	}
	unseen := func(why string, who http.Header, command, body string) {
		t.Helper()
		if r := h.request(http.MethodPost, "/api/v1/tickets/"+string(n)+"/"+command, body, who); r.StatusCode != 404 {
			t.Errorf("%s: %d", why, r.StatusCode)
		}
	}
	anna, boris := h.cookie("anna"), h.cookie("boris")
	unseen("another request", http.Header{"Cookie": {anna}, "Idempotency-Key": {"k2"}}, "hand_over", away)
	unseen("another command", http.Header{"Cookie": {anna}, "Idempotency-Key": {"k1"}}, "note", `{"text":"x"}`)
	unseen("without a key", http.Header{"Cookie": {anna}}, "hand_over", away)
	unseen("somebody else", http.Header{"Cookie": {boris}, "Idempotency-Key": {"k1"}}, "hand_over", away)
	a.doneAt = time.Now().Add(-2 * time.Hour)
	unseen("hours later", http.Header{"Cookie": {anna}, "Idempotency-Key": {"k1"}}, "hand_over", away)
}

func TestCommandThatCannotBeReadNamesTheFieldAndTheRule(t *testing.T) {
	n := tickets.MakeNumber(20002)
	h, a := openWith(t, tickets.Person("7"), n)
	for _, c := range []struct {
		command, body string
		field         string
		code          agentapi.FieldCode
	}{
		{"note", `{}`, "body", ""},
		{"note", `{"text":" \u202e "}`, "body.text", agentapi.FieldMissing},
		{"note", `{"text":"x","colour":"red"}`, "body.colour", ""},
		{"describe", `{"subject":"` + strings.Repeat("ё", 201) + `"}`, "body.subject", ""},
		{"plan", `{"next":"2001-01-01T00:00:00Z"}`, "body.next", agentapi.FieldPast},
		{"plan", `{"next":"2101-01-01T00:00:00Z"}`, "body.next", agentapi.FieldTooFar},
		{"wait", `{"for":"godot","until":"` + soonAt + `"}`, "body.for", ""},
		{"refuse", `{"reason":"no","alternatives":[" "]}`, "body.alternatives", agentapi.FieldMissing},
	} {
		status, _, problem := sent(t, h, n, c.command, c.body)
		if status != 422 || len(problem.Errors) == 0 || problem.Errors[0].Field != c.field || problem.Errors[0].Code != c.code {
			t.Errorf("%s %.60s: %d %+v", c.command, c.body, status, problem.Errors)
		}
	}
	if len(a.orders) > 0 {
		t.Errorf("done all the same: %+v", a.orders)
	}
	if status, file, _ := sent(t, h, n, "note", `{"text":"<script>\n'; DROP TABLE tickets --\u0000🙂`+strings.Repeat("ё", 10_000)+`"}`); status != 200 || file.Version != 2 {
		t.Errorf("hostile text: %d", status)
	}
}

func TestOneCommandToSeveralTicketsHasAnAnswerForEach(t *testing.T) {
	n := tickets.MakeNumber(20003)
	h, a := openWith(t, tickets.Person("7"), n)
	theirs, err := tickets.KeepOpen(tickets.Person("8"), time.Now().Add(time.Hour), tickets.FollowUp)
	if err != nil {
		t.Fatal(err)
	}
	boris := tickets.MakeNumber(20004)
	a.matters[boris] = life.Matter{Ticket: tickets.Ticket{Number: boris, State: theirs, Version: 1}}
	body := `{"numbers":["` + string(n) + `","` + string(boris) + `","12","` + string(tickets.MakeNumber(20005)) + `"],"command":"note","body":{"text":"x"}}`
	for range 2 { // sent again, it is done once
		r := h.request(http.MethodPost, "/api/v1/tickets/bulk", body, http.Header{"Cookie": {h.cookie("anna")}, "Idempotency-Key": {"k"}})
		var answer register.BulkAnswer
		if err := json.NewDecoder(r.Body).Decode(&answer); err != nil || r.StatusCode != 200 || len(answer.Items) != 4 {
			t.Fatalf("%d %+v %v", r.StatusCode, answer, err)
		}
		if i := answer.Items[0]; !i.OK || i.Version != 2 {
			t.Errorf("anna's own: %+v", i)
		}
		for i, code := range map[int]agentapi.Code{1: agentapi.CodeNotFound, 2: agentapi.CodeInvalid, 3: agentapi.CodeNotFound} {
			if item := answer.Items[i]; item.OK || item.Problem == nil || item.Problem.Code != code {
				t.Errorf("%s: %+v", item.Number, item)
			}
		}
	}
	if len(a.orders) != 1 {
		t.Errorf("%d orders were carried out", len(a.orders))
	}
	for _, wrong := range []string{`{"numbers":[],"command":"note"}`, `{"numbers":["` + string(n) + `"],"command":"explode"}`} {
		if r := h.request(http.MethodPost, "/api/v1/tickets/bulk", wrong, http.Header{"Cookie": {h.cookie("anna")}}); r.StatusCode != 422 {
			t.Errorf("%s: %d", wrong, r.StatusCode)
		}
	}
}

func TestListIsAskedAsWhoAsksMaySeeIt(t *testing.T) {
	n := tickets.MakeNumber(20006)
	h, a := openWith(t, tickets.Department("support"), n)
	rows := func(login, query string) []register.TicketRow {
		t.Helper()
		r := h.request(http.MethodGet, "/api/v1/tickets"+query, "", http.Header{"Cookie": {h.cookie(login)}})
		var answer register.TicketsAnswer
		if err := json.NewDecoder(r.Body).Decode(&answer); err != nil || r.StatusCode != 200 {
			t.Fatalf("%s as %s: %d %v", query, login, r.StatusCode, err)
		}
		return answer.Items
	}
	if got := rows("dasha", "?list=department&topic=internet"); len(got) != 1 || got[0].Number != n || got[0].Phase != tickets.Opened || got[0].OwnerKind != "department" {
		t.Errorf("dasha finds %+v", got)
	}
	last := a.asked[len(a.asked)-1]
	if last.Sight.All || last.Sight.Agent != "9" || !slices.Equal(last.Sight.Departments, []string{"support"}) || !slices.Equal(last.Topics, []string{"internet", "wifi"}) || last.Today.Before(last.Now) {
		t.Errorf("it was asked %+v", last)
	}
	if got := rows("anna", "?list=all"); len(got) > 0 {
		t.Errorf("anna finds %+v", got)
	}
	rows("anna", "?list=department&department=support") // which is not hers
	if last := a.asked[len(a.asked)-1]; len(last.Sight.Departments) > 0 || last.Filter.Department != "" {
		t.Errorf("anna asks for the tickets of %v", last.Sight.Departments)
	}
	if got := rows("vera", "?list=overdue"); len(got) != 1 {
		t.Errorf("vera finds %+v", got)
	}
	for query, want := range map[string]int{"?list=some": 422, "?limit=201": 422, "?sort=due": 422, "?cursor=x": 400, "?colour=red": 422, "?customer=x": 422} {
		if r := h.request(http.MethodGet, "/api/v1/tickets"+query, "", http.Header{"Cookie": {h.cookie("vera")}}); r.StatusCode != want {
			t.Errorf("%s: %d, want %d", query, r.StatusCode, want)
		}
	}
}

// keptBy is an open ticket of somebody's.
func keptBy(t *testing.T, owner tickets.Owner, n tickets.Number) tickets.Ticket {
	t.Helper()
	s, err := tickets.KeepOpen(owner, time.Now().Add(time.Hour), tickets.FollowUp)
	if err != nil {
		t.Fatal(err)
	}
	return tickets.Ticket{Number: n, State: s, Subject: "of " + owner.Name()}
}

// answered is what is answered to somebody.
func answered[T any](t *testing.T, h *house, login, path string, want int) (answer T) {
	t.Helper()
	r := h.request(http.MethodGet, "/api/v1"+path, "", http.Header{"Cookie": {h.cookie(login)}})
	if r.StatusCode != want {
		t.Fatalf("%s as %s: %d, want %d", path, login, r.StatusCode, want)
	}
	if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestOtherTicketsOfAFileAreShownAsFarAsTheyAreSeen(t *testing.T) {
	hers, tied, parent, child, mine, own := tickets.MakeNumber(21001), tickets.MakeNumber(21002), tickets.MakeNumber(21003), tickets.MakeNumber(21004), tickets.MakeNumber(21005), tickets.MakeNumber(21006)
	anna, boris := tickets.Person("7"), tickets.Person("8")
	a := newArchive(keptBy(t, anna, hers), keptBy(t, boris, tied), keptBy(t, boris, parent), keptBy(t, boris, child), keptBy(t, anna, mine), keptBy(t, anna, own))
	set := func(n tickets.Number, change func(*life.Matter)) {
		m := a.matters[n]
		m.Customer = ivanov
		change(&m)
		a.matters[n] = m
	}
	set(hers, func(m *life.Matter) {
		m.Parent, m.Links = parent, []life.Link{{Other: tied, Kind: life.Related}, {Other: mine, Kind: life.Duplicate}}
	})
	set(child, func(m *life.Matter) { m.Parent = hers })
	set(mine, func(m *life.Matter) { m.Parent = hers })
	h := open(t, settings{options: func(o *rest.Options) { o.Rooms = []rest.Room{a.room()} }})
	f := answered[register.TicketFile](t, h, "anna", "/tickets/"+string(hers)+"/file", 200)
	want := []register.FileLink{
		{Other: tied, Kind: "related", Hidden: true}, {Other: mine, Kind: "duplicate", Subject: "of 7", Phase: tickets.Opened}, {Other: parent, Kind: "parent", Hidden: true},
		{Other: mine, Kind: "child", Subject: "of 7", Phase: tickets.Opened},
	}
	if !slices.Equal(f.Links, want) {
		t.Errorf("anna is told of %+v", f.Links)
	}
	if open := f.Customer.OpenTickets; len(open) != 1 || open[0].Number != mine || open[0].OwnerName != "Анна" {
		t.Errorf("of her customer she is told of %+v", open)
	}
	f = answered[register.TicketFile](t, h, "vera", "/tickets/"+string(hers)+"/file", 200)
	if len(f.Links) != 5 || f.Links[0].Hidden || f.Links[0].Subject != "of 8" || len(f.Customer.OpenTickets) != 2 {
		t.Errorf("vera is told of %+v and %+v", f.Links, f.Customer.OpenTickets)
	}
}

func TestWhoMergesMustOwnTheTicketThatGoesOn(t *testing.T) {
	hers, theirs, own := tickets.MakeNumber(21011), tickets.MakeNumber(21012), tickets.MakeNumber(21013)
	a := newArchive(keptBy(t, tickets.Person("7"), hers), keptBy(t, tickets.Department("support"), theirs), keptBy(t, tickets.Person("7"), own))
	h := open(t, settings{options: func(o *rest.Options) { o.Rooms = []rest.Room{&seeing{a.room()}} }})
	status, _, problem := sent(t, h, hers, "merge", `{"into":"`+string(theirs)+`"}`)
	if status != 403 || problem.Code != agentapi.CodeForbidden || !strings.Contains(problem.Detail, string(theirs)) {
		t.Errorf("into another's, which she sees: %d %+v", status, problem)
	}
	if status, _, _ := sent(t, h, hers, "set_parent", `{"parent":"`+string(theirs)+`"}`); status != 200 {
		t.Errorf("a part of another's, which she sees: %d", status)
	}
	if status, _, problem := sent(t, h, hers, "merge", `{"into":"`+string(own)+`"}`); status != 200 {
		t.Errorf("into her own: %d %+v", status, problem)
	}
}

// seeing is a room of tickets in which everybody sees all tickets, and owns those that they do.
type seeing struct{ *register.Tickets }

func (s *seeing) Operations(to *rest.Registrar) {
	s.Tickets.Store = allSeen{s.Tickets.Store}
	s.Tickets.Operations(to)
}

type allSeen struct{ register.Store }

func (allSeen) Seen(_ context.Context, numbers []tickets.Number, _ tickets.Sight) ([]tickets.Number, error) {
	return numbers, nil
}

func TestTicketsAreFoundByTheirNumbers(t *testing.T) {
	hers, theirs, own := tickets.MakeNumber(21021), tickets.MakeNumber(21022), tickets.MakeNumber(21023)
	a := newArchive(keptBy(t, tickets.Person("7"), hers), keptBy(t, tickets.Person("8"), theirs), keptBy(t, tickets.Person("7"), own))
	h := open(t, settings{options: func(o *rest.Options) { o.Rooms = []rest.Room{a.room()} }})
	query := "/tickets?numbers=" + string(hers) + "," + string(theirs)
	if got := answered[register.TicketsAnswer](t, h, "anna", query, 200); len(got.Items) != 1 || got.Items[0].Number != hers {
		t.Errorf("anna finds %+v", got.Items)
	}
	if got := answered[register.TicketsAnswer](t, h, "vera", query, 200); len(got.Items) != 2 {
		t.Errorf("vera finds %+v", got.Items)
	}
	answered[agentapi.Problem](t, h, "vera", "/tickets?numbers="+string(hers)+",x", 422)
	answered[register.TicketsAnswer](t, h, "vera", "/tickets?parent="+string(hers[:3])+"%20"+string(hers[3:]), 200)
	if last := a.asked[len(a.asked)-1]; last.Parent != hers {
		t.Errorf("for the incident %s the tickets of %q are asked for", hers, last.Parent)
	}
	answered[agentapi.Problem](t, h, "vera", "/tickets?parent=x", 422)
	answered[agentapi.Problem](t, h, "vera", "/tickets?numbers="+strings.TrimSuffix(strings.Repeat(string(hers)+",", 101), ","), 422)
}

func TestPreparedAnswersAreThoseForATopicAndALanguage(t *testing.T) {
	h := open(t, settings{})
	for query, want := range map[string]string{"": "visit thanks", "?topic=wifi": "visit thanks", "?topic=bill": "thanks", "?language=en": "visit", "?topic=bill&language=en": ""} {
		var got []string
		all := answered[struct{ Items []register.PreparedAnswer }](t, h, "anna", "/answers"+query, 200).Items
		for _, a := range all {
			got = append(got, a.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", query, got, want)
		}
		if len(all) == 2 && (all[0].Text["en"] != "{customer_name}, we are on our way" || all[0].Name["ru"] != "visit" || all[1].Name["ru"] != "Спасибо") {
			t.Errorf("they are %+v", all)
		}
	}
}

// Friday is a holiday, and then comes the weekend: of three hours one was on Thursday, and two on Monday.
func TestReckoningOfAClockNamesItsDays(t *testing.T) {
	n := tickets.MakeNumber(21031)
	h, _ := openWith(t, tickets.Person("7"), n)
	r := answered[register.Reckoning](t, h, "anna", "/tickets/"+string(n)+"/clocks/1/reckoning", 200)
	if r.Kind != clock.Resolution || r.AgreementName["en"] != "Gold" || r.Allowed != 7200 || r.Used != 3*3600 || r.Ended == nil || r.Zone != "MSK" || len(r.Days) != 5 || r.Cut {
		t.Fatalf("%+v", r)
	}
	for i, want := range []struct {
		date          string
		counted, left float64
		open          int
	}{{"2020-12-31", 3600, 3600, 1}, {"2021-01-01", 0, 3600, 0}, {"2021-01-02", 0, 3600, 0}, {"2021-01-03", 0, 3600, 0}, {"2021-01-04", 7200, -3600, 1}} {
		if d := r.Days[i]; d.Date != want.date || d.Counted != want.counted || d.Left != want.left || len(d.Open) != want.open {
			t.Errorf("%s is %+v", want.date, d)
		}
	}
	if d := r.Days[1]; d.Name["en"] != "New Year" || !d.Unusual {
		t.Errorf("the holiday is %+v", d)
	}
	if p := r.Days[0].Pieces; len(p) != 1 || p[0].From.Format(time.RFC3339) != "2020-12-31T17:00:00+03:00" || p[0].Party != clock.FirstLine || p[0].Why != clock.Counts || p[0].Ahead {
		t.Errorf("the first day has %+v", p)
	}
	answered[agentapi.Problem](t, h, "anna", "/tickets/"+string(n)+"/clocks/2/reckoning", 404)
}

func TestPagesHearOfTicketsThatTheyMaySeeAndReadAgainAfterAGap(t *testing.T) {
	h := open(t, settings{})
	n := tickets.MakeNumber(20007)
	tell := func(kind string, logins ...string) {
		h.hub.Tickets(stream.TicketEvent{Type: kind, Ticket: n, Data: map[string]string{"number": string(n)}, For: func(a gate.Account) bool { return slices.Contains(logins, a.Login) }})
	}
	anna, dasha := h.socket("anna", nil), h.socket("dasha", nil)
	epoch := ""
	for _, page := range []*rawSocket{anna, dasha} {
		epoch = page.expect("hello").Epoch
		page.send(`{"t":"subscribe","id":"1","topics":["tickets"]}`)
		if f := page.expect("snapshot"); f.Topic != agentapi.TopicTickets || string(f.Data) != `{}` {
			t.Errorf("subscribed: %+v", f)
		}
	}
	tell("ticket.changed", "anna")
	tell("ticket.notice", "dasha")
	if f := anna.expect("event"); f.Type != "ticket.changed" || f.Ticket != n || f.Topic != agentapi.TopicTickets {
		t.Errorf("anna hears %+v", f)
	}
	f := dasha.expect("event")
	if f.Type != "ticket.notice" {
		t.Errorf("dasha hears %+v", f)
	}
	resume := func(seq uint64) string {
		return fmt.Sprintf(`{"t":"subscribe","id":"2","topics":["tickets"],"resume":{"epoch":"%s","seq":{"tickets":%d}}}`, epoch, seq)
	}
	dasha.send(resume(f.Seq))
	dasha.expect("resumed")
	dasha.send(resume(f.Seq - 1))
	dasha.expect("snapshot")
	h.hub.TicketsAnew() // more has changed than is told one by one
	for _, page := range []*rawSocket{anna, dasha} {
		if f = page.expect("snapshot"); f.Topic != agentapi.TopicTickets || string(f.Data) != `{}` {
			t.Errorf("of more than is told a page hears %+v", f)
		}
	}
	dasha.send(resume(f.Seq))
	dasha.expect("resumed")
}

// Whoever watches a department hears of what concerns it and they may see, and of nothing else; also beside the whole topic.
func TestADepartmentsTicketsAreATopicForThoseWhoBelongToIt(t *testing.T) {
	h := open(t, settings{})
	n := tickets.MakeNumber(20007)
	tell := func(kind string, logins []string, departments ...string) {
		h.hub.Tickets(stream.TicketEvent{Type: kind, Ticket: n, Data: map[string]string{}, Departments: departments, For: func(a gate.Account) bool { return slices.Contains(logins, a.Login) }})
	}
	anna, dasha, vera := h.socket("anna", nil), h.socket("dasha", nil), h.socket("vera", nil)
	for _, page := range []*rawSocket{anna, dasha, vera} {
		page.expect("hello")
		page.send(`{"t":"subscribe","id":"1","topics":["tickets:support"]}`)
	}
	anna.expectProblem("1", agentapi.CodeForbidden)
	anna.send(`{"t":"subscribe","id":"2","topics":["tickets:nowhere","tickets:"]}`)
	anna.expectProblem("2", agentapi.CodeForbidden)
	anna.expectProblem("2", agentapi.CodeForbidden)
	for _, page := range []*rawSocket{dasha, vera} {
		if f := page.expect("snapshot"); f.Topic != "tickets:support" || string(f.Data) != `{}` {
			t.Errorf("subscribed: %+v", f)
		}
	}
	vera.send(`{"t":"subscribe","id":"2","topics":["tickets:nowhere","tickets","tickets:support"]}`)
	vera.expectProblem("2", agentapi.CodeUnknownTopic)
	for _, topic := range []string{"tickets", "tickets:support"} {
		if f := vera.expect("snapshot"); f.Topic != topic {
			t.Errorf("subscribed: %+v", f)
		}
	}

	both := []string{"dasha", "vera", "anna"}
	tell("elsewhere", both, "first_line")
	tell("hidden", []string{"vera"}, "support")
	tell("theirs", both, "first_line", "support")
	if f := dasha.expect("event"); f.Type != "theirs" || f.Topic != "tickets:support" || f.Ticket != n {
		t.Errorf("dasha hears %+v", f)
	}
	heard := map[string][]string{}
	for range 5 {
		f := vera.expect("event")
		heard[f.Topic] = append(heard[f.Topic], f.Type)
	}
	if !slices.Equal(heard["tickets"], []string{"elsewhere", "hidden", "theirs"}) || !slices.Equal(heard["tickets:support"], []string{"hidden", "theirs"}) {
		t.Errorf("vera hears %v", heard)
	}
}

// The only page that watches may be away for a moment, and a ticket changes just then: nobody is told of it, and the page must not take itself for up to date.
func TestPageReadsAgainWhereATicketHasChangedWhileNobodyWatched(t *testing.T) {
	h := open(t, settings{timing: stream.Timing{Grace: time.Millisecond}})
	feed := &register.Feed{Hub: h.hub}
	changed := map[string]func(){
		"nothing": func() {},
		"ticket":  func() { feed.Changed([]tickets.Change{{Ticket: tickets.MakeNumber(20008), Version: 2, Kind: "note"}}) },
		"notice":  func() { feed.Noticed([]tickets.Notice{{ID: 1, Person: "7"}}) },
	}
	watch := func(more string) (page *rawSocket, epoch string, first agentapi.Frame) {
		page = h.socket("anna", nil)
		epoch = page.expect("hello").Epoch
		page.send(`{"t":"subscribe","id":"1","topics":["me","tickets"]` + more + `}`)
		for first.Topic != agentapi.TopicTickets {
			first = page.next()
		}
		return page, epoch, first
	}
	leave := func(page *rawSocket) {
		_ = page.ws.Close()
		h.awaitClosed("7")
	}
	for what, happens := range changed {
		page, epoch, before := watch("")
		leave(page)
		happens()
		page, _, after := watch(fmt.Sprintf(`,"resume":{"epoch":"%s","seq":{"tickets":%d}}`, epoch, before.Seq))
		leave(page)
		if again := after.T == "snapshot"; again == (what == "nothing") {
			t.Errorf("%s has changed, and the page that comes back gets %+v", what, after)
		}
	}
}

// A Hotline that is killed between a change and its telling has told nobody. The next one knows nothing of it; its page reads again, though both have counted
// as far.
func TestPageReadsAgainAfterAHotlineThatDiedBeforeItTold(t *testing.T) {
	h := open(t, settings{})
	page := h.socket("anna", nil)
	epoch := page.expect("hello").Epoch
	page.send(`{"t":"subscribe","id":"1","topics":["tickets"]}`)
	seq := page.expect("snapshot").Seq
	_ = page.ws.Close()
	h.drain()
	h.start(settings{})
	page = h.socket("anna", nil)
	page.expect("hello")
	page.send(fmt.Sprintf(`{"t":"subscribe","id":"1","topics":["tickets"],"resume":{"epoch":"%s","seq":{"tickets":%d}}}`, epoch, seq))
	if f := page.next(); f.T != "snapshot" || f.Seq != seq {
		t.Errorf("the page that comes back to the next one gets %+v", f)
	}
}

func TestNoticesAreOfOnePersonOrTheirDepartments(t *testing.T) {
	h := open(t, settings{})
	ask := func(method, path, login, body string) (kinds []tickets.NoticeKind) {
		t.Helper()
		r := h.request(method, "/api/v1/notices"+path, body, http.Header{"Cookie": {h.cookie(login)}})
		var answer register.NoticesAnswer
		if err := json.NewDecoder(r.Body).Decode(&answer); err != nil || r.StatusCode != 200 {
			t.Fatalf("%s as %s: %d, %v", path, login, r.StatusCode, err)
		}
		for _, n := range answer.Items {
			kinds = append(kinds, n.Kind)
		}
		return kinds
	}
	if got := ask(http.MethodGet, "", "anna", ""); !slices.Equal(got, []tickets.NoticeKind{tickets.NoticeAssigned}) {
		t.Errorf("anna is told %v", got)
	}
	if got := ask(http.MethodGet, "?unseen=true", "dasha", ""); !slices.Equal(got, []tickets.NoticeKind{tickets.NoticePart}) {
		t.Errorf("dasha, of support, is told %v", got)
	}
	if got := ask(http.MethodPost, "/seen", "dasha", `{"ids":[3]}`); len(got) > 0 {
		t.Errorf("what dasha has seen she is told again: %v", got)
	}
}

func TestTicketIsOpenedByHandOnceForEachRequest(t *testing.T) {
	h, a := openWith(t, tickets.Person("8"), tickets.MakeNumber(20011))
	send := func(body, key string) (int, register.TicketFile, agentapi.Problem, http.Header) {
		t.Helper()
		r := h.request(http.MethodPost, "/api/v1/tickets", body, http.Header{"Cookie": {h.cookie("anna")}, "Idempotency-Key": {key}})
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		var file register.TicketFile
		var problem agentapi.Problem
		if err := errors.Join(json.Unmarshal(b, &file), json.Unmarshal(b, &problem)); err != nil && r.StatusCode != http.StatusNoContent {
			t.Fatal(err)
		}
		return r.StatusCode, file, problem, r.Header
	}
	letter := `{"channel":"letter","subject":"Счёт","text":"<b>почему</b> так дорого?","topic":"internet","reply":{"channel":"letter","address":"Ленина 1"}}`
	status, file, _, header := send(letter, "k1")
	number := string(file.Ticket.Number)
	if status != 201 || file.Ticket.Subject != "Счёт" || file.Ticket.Department != "support" || header.Get("Location") != "/api/v1/tickets/"+number+"/file" || header.Get("ETag") != `"1"` {
		t.Fatalf("%d %+v %v", status, file.Ticket, header)
	}
	if status, again, _, _ := send(letter, "k1"); status != 201 || string(again.Ticket.Number) != number || len(a.matters) != 2 {
		t.Errorf("sent again: %d, ticket %s after %s", status, again.Ticket.Number, number)
	}
	m := a.matters[tickets.Number(number)]
	m.State, m.Department, m.Version = a.matters[tickets.MakeNumber(20011)].State, "billing", 2
	a.matters[m.Number] = m
	if status, again, _, header := send(letter, "k1"); status != 204 || again.Ticket.Number != "" || header.Get("Location") != "/api/v1/tickets/"+number+"/file" {
		t.Errorf("sent again when the ticket is others': %d %+v", status, again.Ticket)
	}
	for body, field := range map[string]string{
		`{"channel":"pigeon","subject":"x","text":"y"}`:                                              "body.channel",
		`{"channel":"visit","subject":"x","text":" \u202e "}`:                                        "body.text",
		`{"channel":"visit","subject":" ","text":"y"}`:                                               "body.subject",
		`{"channel":"visit","subject":"x","text":"y","department":"nobody"}`:                         "body.department",
		`{"channel":"visit","subject":"x","text":"y","next":"2001-01-01T00:00:00Z"}`:                 "body.next",
		`{"channel":"visit","subject":"x","text":"y","at":"2101-01-01T00:00:00Z"}`:                   "body.at",
		`{"channel":"visit","subject":"x","text":"y","customer":"somebody"}`:                         "body.customer",
		`{"channel":"visit","subject":"x","text":"y","class":"gossip"}`:                              "body.class",
		`{"channel":"visit","subject":"x","text":"` + strings.Repeat("ё", life.LongestText+1) + `"}`: "body.text",
	} {
		if status, _, problem, _ := send(body, ""); status != 422 || len(problem.Errors) == 0 || problem.Errors[0].Field != field {
			t.Errorf("%.80s: %d %+v", body, status, problem.Errors)
		}
	}
	if len(a.matters) != 2 {
		t.Errorf("%d tickets", len(a.matters))
	}
}
