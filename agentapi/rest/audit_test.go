package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	told "hotline/queues/words"
	"hotline/tickets"
	"hotline/tickets/life"
)

// diary is an Audit in memory, which takes nothing while it is full.
type diary struct {
	mu    sync.Mutex
	lines []tickets.Look // guarded by mu
	full  bool           // guarded by mu
}

func (d *diary) Looked(ctx context.Context, looks ...tickets.Look) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, bounded := ctx.Deadline(); !bounded {
		return errors.New("whoever looks might wait for ever")
	}
	if d.full {
		return errors.New("connection refused to 10.0.0.7")
	}
	d.lines = append(d.lines, looks...)
	return nil
}

// since are the lines from the n-th on.
func (d *diary) since(n int) []tickets.Look {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.lines[n:])
}

// leaves says of each operation what it writes into the audit; "" is nothing, for it shows nothing of one customer's.
var leaves = map[string]tickets.Deed{
	"ticket": tickets.LookedAtTicket, "decisions": tickets.LookedAtStory, "calls": tickets.LookedAtCalls, "past-calls": tickets.SearchedCalls, "past-calls-export": tickets.TookCalls, "call": tickets.LookedAtStory, "call-choices": "", "histories": "", "history": "", "adherence": "", "scorecard-forms": "", "scorecard-figures": "", "scorecard-sample": "", "scorecards": "", "scorecard": "", "begin-scorecard": tickets.BeganReview, "fill-scorecard": tickets.ReviewedCall, "object-to-scorecard": tickets.ObjectedToReview, "answer-objection": tickets.AnsweredObjection, "claims": tickets.LookedAtClaims, "decide-claim": tickets.LookedAtClaims,
	"sign-in": "", "sign-out": "", "who-am-i": "", "begin-second-factor": "", "turn-on-second-factor": "", "turn-off-second-factor": "", "change-password": "", "my-phone": "",
	"tickets": tickets.SearchedTickets, "ticket-counts": "", "tickets-export": tickets.TookTickets, "reports": "", "report": tickets.TookReport("…"), "ticket-file": tickets.LookedAtTicket, "ticket-casefile": tickets.TookCaseFile, "recording": tickets.HeardRecording, "ticket-timeline": tickets.LookedAtTicket,
	"ticket-reckoning": "", "answers": "", "open-ticket": tickets.LookedAtCustomer, "bulk-tickets": "", "notices": "", "see-notices": "", "views": "", "save-view": "", "drop-view": "", "departments": "", "topics": "", "vendors": "",
	"reasons": "", "call-reasons": "", "dispositions": "", "figures": "", "staffing": "", "dead-hooks": "", "retry-hook": "",
	"files": tickets.LookedAtFiles, "add-file": tickets.BroughtFile, "file": tickets.TookFile("…"), "remove-file": tickets.LookedAtFiles,
	"agreements": "", "customer-doubles": tickets.LookedAtCustomer, "preview-merge": tickets.LookedAtCustomer, "customers": tickets.SearchedCustomers, "customers-by-number": tickets.SearchedCustomers, "customer": tickets.LookedAtCustomer,
	"customer-contacts": tickets.LookedAtCustomer, "customer-changes": tickets.LookedAtCustomer, "add-customer": tickets.ChangedCustomer,
	"change-customer": tickets.ChangedCustomer, "contact-customer": tickets.ChangedCustomer, "merge-customer": tickets.MergedCustomers, "undo-merge": tickets.MergedCustomers,
	"persons": tickets.LookedAtCustomer, "preview-erasure": tickets.LookedAtCustomer, "export-person": tickets.ExportedPerson, "erase-person": tickets.ErasedPerson, // the last two by who carries it out
	"targets": "",
	"imports": "", "add-import": "", "import": "", "import-rows": tickets.LookedAtImport("…"), "start-import": tickets.StartedImport("…"), "stop-import": tickets.StoppedImport("…"), "import-columns": "",
	"lead-call": tickets.LedToFront, "say-to-team": tickets.SaidToTeam, "make-agent": tickets.MadeAgent("…"), "agent-skills": "", "give-skills": tickets.GaveSkills, "take-back-skills": tickets.TookBackSkills,
	"record-call": tickets.ChangedRecording("…"), "close-queue": tickets.ClosedQueue, "open-queue": tickets.OpenedQueue, "bulletins": "", "oversee": tickets.Listened, "stop-overseeing": tickets.LeftOversight,
	"screen-code": "", "claim-screen": "", "screen-frame": "", "screens": "", "pair-screen": tickets.LetScreenIn, "change-screen": tickets.ChangedScreen, "drop-screen": tickets.TookScreenAway,
	"alarms": "", "past-alarms": "", "acknowledge-alarm": tickets.AcknowledgedAlarm, "order-alarm-rule": tickets.ChangedAlarmRule, "take-back-alarm-rule": tickets.TookBackAlarmRule,
}

func init() {
	for _, c := range life.Commands { // the history of the ticket says who
		leaves["ticket-"+strings.ReplaceAll(c.Name(), "_", "-")] = ""
	}
	leaves["command-dial"], leaves["command-call"] = tickets.CommandedCall("…", "…"), tickets.CommandedCall("…", "…") // of programs, who give them in an agent's name
	leaves["ticket-set-customer"] = tickets.LookedAtCustomer
}

func TestEachOperationIsKnownToLeaveALineInTheAuditOrNone(t *testing.T) {
	h := open(t, settings{})
	var document struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	if err := json.NewDecoder(h.request(http.MethodGet, "/api/v1/openapi.json", "", nil).Body).Decode(&document); err != nil {
		t.Fatal(err)
	}
	for path, methods := range document.Paths {
		for _, o := range methods {
			if _, known := leaves[o.OperationID]; !known {
				t.Errorf("%s (%s) is new: does it show what is a customer's? Then it leaves a line (audit.go)", o.OperationID, path)
			}
		}
	}
}

func TestWhoIsShownACustomerBesideATicketLeavesALine(t *testing.T) {
	n, other := tickets.MakeNumber(22001), tickets.MakeNumber(22002)
	a, kept := newArchive(keptBy(t, tickets.Person("7"), n), keptBy(t, tickets.Person("7"), other)), &diary{}
	h := open(t, settings{options: func(o *rest.Options) { o.Rooms, o.Audit = []rest.Room{a.room()}, kept }})
	anna := http.Header{"Cookie": {h.cookie("anna")}}
	for _, c := range []struct {
		method, path, body string
		want               []tickets.Look
	}{
		{"GET", "/tickets/" + string(n) + "/timeline", "", []tickets.Look{{Did: tickets.LookedAtTicket, Subject: string(n)}}},
		{"GET", "/tickets/" + string(n) + "/file", "", []tickets.Look{{Did: tickets.LookedAtTicket, Subject: string(n)}}},
		{"GET", "/tickets?customer=" + string(ivanov), "", []tickets.Look{{Did: tickets.LookedAtCustomer, Subject: string(ivanov)}}},
		{"GET", "/tickets?numbers=" + string(n), "", nil},
		{"GET", "/tickets?q=x&numbers=" + string(n), "", []tickets.Look{{Did: tickets.SearchedTickets, Subject: string(n)}}},
		{"GET", "/tickets?customer=" + string(ivanov) + "&numbers=" + string(n), "", []tickets.Look{{Did: tickets.LookedAtCustomer, Subject: string(ivanov)}}},
		{"GET", "/tickets", "", nil},
		{"GET", "/tickets?q=x", "", []tickets.Look{{Did: tickets.SearchedTickets, Subject: string(n)}, {Did: tickets.SearchedTickets, Subject: string(other)}}},
		{"POST", "/tickets/" + string(n) + "/note", `{"text":"x"}`, nil},
		{"POST", "/tickets/" + string(n) + "/set_customer", `{"customer":"` + string(ivanov) + `"}`, []tickets.Look{{Did: tickets.LookedAtCustomer, Subject: string(ivanov)}}},
		{"POST", "/tickets", `{"channel":"letter","subject":"x","text":"y"}`, nil},
		{"POST", "/tickets", `{"channel":"letter","subject":"x","text":"y","customer":"` + string(ivanov) + `"}`, []tickets.Look{{Did: tickets.LookedAtCustomer, Subject: string(ivanov)}}},
	} {
		before := len(kept.since(0))
		if r := h.request(c.method, "/api/v1"+c.path, c.body, anna); r.StatusCode != 200 && r.StatusCode != 201 {
			t.Errorf("%s: %d", c.path, r.StatusCode)
		}
		var got []tickets.Look
		for _, l := range kept.since(before) {
			got = append(got, tickets.Look{Did: l.Did, Subject: l.Subject})
		}
		slices.SortFunc(got, func(a, b tickets.Look) int { return strings.Compare(a.Subject, b.Subject) })
		if !slices.Equal(got, c.want) {
			t.Errorf("%s leaves %+v, want %+v", c.path, got, c.want)
		}
	}
	for i := range few {
		extra := tickets.MakeNumber(uint64(22010 + i))
		a.matters[extra] = life.Matter{Ticket: keptBy(t, tickets.Person("7"), extra)}
	}
	before := len(kept.since(0))
	h.request(http.MethodGet, "/api/v1/tickets?q=x", "", anna)
	if got := kept.since(before); len(got) != 1 || got[0].Did != tickets.SearchedTickets || got[0].Subject != "" {
		t.Errorf("many that were found leave %+v", got)
	}
}

// few is how many found tickets have a line each.
const few = 3

func TestWhoeverLooksLeavesALine(t *testing.T) {
	item := agentapi.Decision{Kind: told.WasOffered, Agent: &agentapi.NamedAgent{ID: "7"}}
	kept := &diary{}
	h := open(t, settings{gate: func(o *gate.Options) { o.Proxies.OneNearby = true }, options: func(o *rest.Options) {
		o.Audit, o.Calls = kept, switchboard{}
		o.Tickets = cabinet{theTicket: {Number: theTicket, State: tickets.Closed{At: time.Now()}}}
		o.Decided = chronicle{"c1": {Items: []agentapi.Decision{item}}, "half": {Items: []agentapi.Decision{item}, Partial: true}}
	}})
	vera, anna := h.signIn("vera"), h.signIn("anna")
	number, veras := string(theTicket), h.cookie("vera")
	for _, c := range []struct {
		what string
		look func() error
		want tickets.Look
	}{
		{"a ticket", func() error { _, err := anna.Ticket(soon(t), theTicket); return err }, tickets.Look{Who: "anna", Did: tickets.LookedAtTicket, Subject: number, Address: "127.0.0.1"}},
		{"a ticket typed as people do", func() error {
			_, err := vera.Ticket(soon(t), tickets.Number(number[:3]+"-"+number[3:]))
			return err
		}, tickets.Look{Who: "vera", Did: tickets.LookedAtTicket, Subject: number, Address: "127.0.0.1"}},
		{"the calls of a ticket", func() error { _, err := vera.Calls(soon(t), "ticket", number); return err }, tickets.Look{Who: "vera", Did: tickets.LookedAtCalls, Subject: number, Address: "127.0.0.1"}},
		{"a story", func() error { _, err := vera.Decisions(soon(t), "c1"); return err }, tickets.Look{Who: "vera", Did: tickets.LookedAtStory, Subject: "c1", Address: "127.0.0.1"}},
		{"claims", func() error {
			return notOK(h.request(http.MethodGet, "/api/v1/tickets/"+number+"/claims", "", http.Header{"Cookie": {veras}}))
		}, tickets.Look{Who: "vera", Did: tickets.LookedAtClaims, Subject: number, Address: "127.0.0.1"}},
		{"claims that somebody decides", func() error {
			return notOK(h.request(http.MethodPut, "/api/v1/tickets/"+number+"/claims/c1", `{"accept":true}`, http.Header{"Cookie": {veras}}))
		}, tickets.Look{Who: "vera", Did: tickets.LookedAtClaims, Subject: number, Address: "127.0.0.1"}},
		{"an own story", func() error { _, err := anna.Decisions(soon(t), "c1"); return err }, tickets.Look{Who: "anna", Did: tickets.LookedAtStory, Subject: "c1", Address: "127.0.0.1"}},
	} {
		before := len(kept.since(0))
		if err := c.look(); err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
		if got := kept.since(before); len(got) != 1 || got[0] != c.want {
			t.Errorf("%s leaves %+v, want %+v", c.what, got, c.want)
		}
		kept.fill(true)
		if err := c.look(); !client.IsProblem(err, agentapi.CodeUnavailable) || strings.Contains(err.Error(), "10.0.0.7") {
			t.Errorf("%s is shown, though no line of it can be written: %v", c.what, err)
		}
		kept.fill(false)
	}

	before := len(kept.since(0))
	kept.fill(true)
	if _, err := vera.Decisions(soon(t), "half"); err != nil { // the line is in the log
		t.Errorf("what is known while the database is away: %v", err)
	}
	kept.fill(false)
	for what, look := range map[string]func() error{
		"a ticket that is not":    func() error { _, err := vera.Ticket(soon(t), tickets.MakeNumber(77777)); return err },
		"a story of others":       func() error { _, err := h.signIn("boris").Decisions(soon(t), "c1"); return err },
		"calls, as an agent":      func() error { _, err := anna.Calls(soon(t), "ticket", number); return err },
		"calls of an odd ticket":  func() error { _, err := vera.Calls(soon(t), "ticket", "1"); return err },
		"a ticket, by an odd one": func() error { _, err := vera.Ticket(soon(t), "1"); return err },
		"claims on no ticket": func() error {
			return notOK(h.request(http.MethodGet, "/api/v1/tickets/"+string(tickets.MakeNumber(77777))+"/claims", "", http.Header{"Cookie": {veras}}))
		},
	} {
		if err := look(); err == nil {
			t.Errorf("%s is shown", what)
		}
	}
	if _, err := vera.Calls(soon(t), "", ""); err != nil { // who waits, without a word of who they are
		t.Error(err)
	}
	if got := kept.since(before); len(got) > 0 {
		t.Errorf("what was not seen leaves %+v", got)
	}

	answer := h.request(http.MethodGet, "/api/v1/tickets/"+number, "", http.Header{"Cookie": {veras}, "X-Forwarded-For": {"192.0.2.7"}})
	if got := kept.since(before); answer.StatusCode != http.StatusOK || len(got) != 1 || got[0].Address != "192.0.2.7" {
		t.Errorf("behind a proxy: status %d, %+v", answer.StatusCode, got)
	}
}

func (d *diary) fill(full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.full = full
}

// notOK is the problem that an answer is, if it is one.
func notOK(answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	var p agentapi.Problem
	if err := json.NewDecoder(answer.Body).Decode(&p); err != nil {
		return err
	}
	return &p
}
