package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/agentapi/stream"
	"hotline/tickets"
)

func TestEveryCommandReachesTheBackOfficeAsItWasMeant(t *testing.T) {
	h := open(t, settings{})
	s := h.desk(h.signIn("anna"), client.StreamOptions{})
	next := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	commands := []struct {
		name string
		data any
		want agentapi.Command
	}{
		{"agent.ready", nil, agentapi.Ready{}},
		{"agent.ready", struct{}{}, agentapi.Ready{}},
		{"agent.not_ready", agentapi.NotReady{Reason: "lunch"}, agentapi.NotReady{Reason: "lunch"}},
		{"offer.accept", agentapi.AcceptOffer{Offer: "o1"}, agentapi.AcceptOffer{Offer: "o1"}},
		{"offer.decline", agentapi.DeclineOffer{Offer: "o1"}, agentapi.DeclineOffer{Offer: "o1"}},
		{"call.dial", agentapi.DialCall{Number: "+79160000001", Ticket: "10000017"}, agentapi.DialCall{Number: "+79160000001", Ticket: "10000017"}},
		{"call.dial", agentapi.DialCall{Number: "+79160000001", Reason: "visit"}, agentapi.DialCall{Number: "+79160000001", Reason: "visit"}},
		{"call.hang_up", agentapi.HangUp{Call: "c1"}, agentapi.HangUp{Call: "c1"}},
		{"call.hold", agentapi.HoldCall{Call: "c1"}, agentapi.HoldCall{Call: "c1"}},
		{"call.resume", agentapi.ResumeCall{Call: "c1"}, agentapi.ResumeCall{Call: "c1"}},
		{"call.type", agentapi.TypeInCall{Call: "c1", Digits: "12#"}, agentapi.TypeInCall{Call: "c1", Digits: "12#"}},
		{"call.consult", agentapi.ConsultCall{Call: "c1", Agent: "boris", Note: "счёт"}, agentapi.ConsultCall{Call: "c1", Agent: "boris", Note: "счёт"}},
		{"call.swap", agentapi.SwapCall{Call: "c1"}, agentapi.SwapCall{Call: "c1"}},
		{"call.join", agentapi.JoinCall{Call: "c1"}, agentapi.JoinCall{Call: "c1"}},
		{"call.take_back", agentapi.TakeBackCall{Call: "c1"}, agentapi.TakeBackCall{Call: "c1"}},
		{"call.drop", agentapi.DropFromCall{Call: "c1", Guest: "boris"}, agentapi.DropFromCall{Call: "c1", Guest: "boris"}},
		{"call.complete", agentapi.CompleteCall{Call: "c1"}, agentapi.CompleteCall{Call: "c1"}},
		{"call.help", agentapi.CallForHelp{Call: "c1", Note: "кричит"}, agentapi.CallForHelp{Call: "c1", Note: "кричит"}},
		{"call.end_help", agentapi.EndHelp{Call: "c1"}, agentapi.EndHelp{Call: "c1"}},
		{"call.record", agentapi.RecordCall{Call: "c1", Do: agentapi.PauseRecording}, agentapi.RecordCall{Call: "c1", Do: agentapi.PauseRecording}},
		{"call.transfer", agentapi.TransferCall{Call: "c1", Queue: "billing", Note: "счёт"}, agentapi.TransferCall{Call: "c1", Queue: "billing", Note: "счёт"}},
		{"wrap_up.extend", nil, agentapi.ExtendWrapUp{}},
		{"wrap_up.finish", map[string]any{"call": "c1", "disposition": "follow_up", "note": "звонить <утром>", "next_at": next},
			agentapi.FinishWrapUp{Call: "c1", Disposition: tickets.FollowUpNeeded, Note: "звонить <утром>", NextAt: next}},
		{"agent.sign_out", nil, agentapi.SignOut{}},
	}
	for i, c := range commands {
		if err := s.Command(soon(t), c.name, c.data); err != nil {
			t.Fatal(err)
		}
		if got := h.office.commands(); len(got) != i+1 || got[i] != c.want {
			t.Errorf("%s became %+v, expected %+v", c.name, got[len(got)-1], c.want)
		}
	}
}

// needed are Lists in which a reason is chosen with each call, of two.
type needed struct{ agentapi.DefaultLists }

func (needed) CallReasons() agentapi.CallReasons {
	return agentapi.CallReasons{Items: agentapi.DefaultCallReasons[:2], Required: true}
}

func TestNobodyIsCalledForAReasonThatThereIsNotNorWithoutOneWhereItMustBeSaid(t *testing.T) {
	for _, must := range []bool{false, true} {
		h := open(t, settings{options: func(o *rest.Options) {
			if must {
				o.Lists = needed{}
			}
		}})
		known := answerOf[agentapi.CallReasons](t, h.request(http.MethodGet, "/api/v1/call-reasons", "", http.Header{"Cookie": {h.cookie("anna")}}))
		if known.Required != must || len(known.Items) < 2 || known.Items[0].Code != "answer" || known.Items[0].Name["ru"] == "" {
			t.Errorf("the reasons are %+v", known)
		}
		s := h.desk(h.signIn("anna"), client.StreamOptions{})
		for reason, rule := range map[string]agentapi.FieldCode{"": agentapi.FieldMissing, "none <b>": agentapi.FieldUnknown, "answer": ""} {
			if reason == "" && !must {
				rule = ""
			}
			err := s.Command(soon(t), "call.dial", agentapi.DialCall{Number: "+79160000001", Reason: reason})
			var p *agentapi.Problem
			switch errors.As(err, &p); {
			case rule == "" && err != nil:
				t.Errorf("reason %q, required %v: %v", reason, must, err)
			case rule != "" && (p == nil || len(p.Errors) != 1 || p.Errors[0].Field != "data.reason" || p.Errors[0].Code != rule):
				t.Errorf("reason %q, required %v: %+v", reason, must, err)
			}
		}
	}
}

// The commands in a call are the same over REST, for who has a desk, and for programs in an agent's name: once for each key, with the same refusals.
func TestEveryCommandInACallComesOverRESTAsItWasMeant(t *testing.T) {
	v, audit := &vault{}, &diary{}
	program := v.machine("crm", time.Time{}, gate.WriteCalls)
	h := open(t, settings{gate: func(o *gate.Options) { o.Tokens = v }, options: func(o *rest.Options) { o.Audit = audit }})
	anna, vera := http.Header{"Cookie": {h.cookie("anna")}}, http.Header{"Cookie": {h.cookie("vera")}}
	tried := map[string]bool{}
	for _, c := range []struct {
		path, body string
		want       agentapi.Command
	}{
		{"/calls", `{"number":"+79160000001","ticket":"10000017"}`, agentapi.DialCall{Number: "+79160000001", Ticket: "10000017"}},
		{"/calls/c1/commands/hang_up", ``, agentapi.HangUp{Call: "c1"}},
		{"/calls/c1/commands/hold", `{}`, agentapi.HoldCall{Call: "c1"}},
		{"/calls/c1/commands/resume", ``, agentapi.ResumeCall{Call: "c1"}},
		{"/calls/c1/commands/type", `{"digits":"12#"}`, agentapi.TypeInCall{Call: "c1", Digits: "12#"}},
		{"/calls/c1/commands/transfer", `{"queue":"billing","note":"счёт"}`, agentapi.TransferCall{Call: "c1", Queue: "billing", Note: "счёт"}},
		{"/calls/c1/commands/consult", `{"agent":"boris"}`, agentapi.ConsultCall{Call: "c1", Agent: "boris"}},
		{"/calls/c1/commands/swap", ``, agentapi.SwapCall{Call: "c1"}},
		{"/calls/c1/commands/join", ``, agentapi.JoinCall{Call: "c1"}},
		{"/calls/c1/commands/take_back", ``, agentapi.TakeBackCall{Call: "c1"}},
		{"/calls/c1/commands/drop", `{"guest":"boris"}`, agentapi.DropFromCall{Call: "c1", Guest: "boris"}},
		{"/calls/c1/commands/complete", ``, agentapi.CompleteCall{Call: "c1"}},
		{"/calls/c1/commands/help", `{"note":"кричит"}`, agentapi.CallForHelp{Call: "c1", Note: "кричит"}},
		{"/calls/c1/commands/end_help", ``, agentapi.EndHelp{Call: "c1"}},
		{"/calls/c1/commands/record", `{"do":"pause"}`, agentapi.RecordCall{Call: "c1", Do: agentapi.PauseRecording}},
		{"/calls/c1/commands/link", `{"ticket":"10000017"}`, agentapi.LinkCall{Call: "c1", Ticket: "10000017"}},
	} {
		tried["call."+c.path[strings.LastIndex(c.path, "/")+1:]] = true
		before := h.office.commands()
		for as, header := range map[string]http.Header{"": anna, "?agent=7": program} {
			for range 2 { // sent again, it is done once
				keyed := header.Clone()
				keyed.Set("Idempotency-Key", c.path+as)
				if r := h.request(http.MethodPost, "/api/v1"+c.path+as, c.body, keyed); r.StatusCode >= 300 {
					t.Errorf("%s%s: %+v", c.path, as, problemOf(t, r))
				}
			}
		}
		if got := h.office.commands(); len(got) != len(before)+2 || got[len(before)] != c.want || got[len(before)+1] != c.want {
			t.Errorf("%s became %+v, expected %+v twice", c.path, got[len(before):], c.want)
		}
	}
	for _, c := range agentapi.CommandRules() {
		if name, is := strings.CutPrefix(c.Name, "call."); is && name != "dial" && !tried[c.Name] {
			t.Errorf("%s is tried by nobody", c.Name)
		}
	}
	looks := audit.since(0)
	for at, want := range map[int]tickets.Look{ // each of the two requests is there
		0:              {Who: "token:crm", Did: tickets.CommandedCall("dial", "7"), Subject: "10000017"},
		len(looks) - 1: {Who: "token:crm", Did: tickets.CommandedCall("link", "7"), Subject: "c1"},
	} {
		if len(looks) != 2*len(tried) || looks[at].Who != want.Who || looks[at].Did != want.Did || looks[at].Subject != want.Subject {
			t.Errorf("the audit has %+v, expected %+v at %d", looks, want, at)
		}
	}
	done := len(h.office.commands())
	again := program.Clone()
	again.Set("Idempotency-Key", "/calls/c1/commands/hold?agent=7")
	for _, c := range []struct {
		path, body string
		as         http.Header
		code       agentapi.Code
		says       string
	}{
		{"/calls/c1/commands/transfer", `{}`, anna, agentapi.CodeInvalid, "body: expected one of queue, agent and number"},
		{"/calls/c1/commands/type", `{"digits":"x"}`, anna, agentapi.CodeInvalid, "body.digits: expected digits"},
		{"/calls/c1/commands/hold", `{"call":"c2"}`, anna, agentapi.CodeInvalid, ""},
		{"/calls/c1/commands/hold", `[]`, anna, agentapi.CodeInvalid, ""},
		{"/calls/%20/commands/hold", ``, anna, agentapi.CodeInvalid, "path.id: is missing"},
		{"/calls/c1/commands/fire", ``, anna, agentapi.CodeNotFound, ""},
		{"/calls/c1/commands/hold?agent=8", ``, anna, agentapi.CodeForbidden, "another's name"},
		{"/calls/c1/commands/hold", ``, vera, agentapi.CodeNotAnAgent, ""},
		{"/calls/c1/commands/hold", ``, program, agentapi.CodeInvalid, "query.agent: is missing"},
		{"/calls/c1/commands/hold?agent=8", `{}`, again, agentapi.CodeKeyReused, "another command's"},
		{"/calls", `{"number":" "}`, program, agentapi.CodeInvalid, "query.agent: is missing"},
	} {
		if p := problemOf(t, h.request(http.MethodPost, "/api/v1"+c.path, c.body, c.as)); p.Code != c.code || !strings.Contains(p.Detail, c.says) {
			t.Errorf("%s %s: %+v, expected %s: %s", c.path, c.body, p, c.code, c.says)
		}
	}
	if got := h.office.commands(); len(got) != done {
		t.Errorf("carried out: %v", got[done:])
	}
	h.office.refuseWith(agentapi.RefuseField("data.queue", "there is no such queue").Coded(agentapi.FieldUnknown, 0))
	p := problemOf(t, h.request(http.MethodPost, "/api/v1/calls/c1/commands/transfer", `{"queue":"x"}`, anna))
	if p.Code != agentapi.CodeInvalid || len(p.Errors) != 1 || p.Errors[0].Field != "body.queue" || p.Errors[0].Code != agentapi.FieldUnknown || p.Detail != "body.queue: there is no such queue" {
		t.Errorf("a refusal of the desk is told as %+v", p)
	}
}

// The longest note fits into a frame, however a program escapes its characters, and half a character is no fault of the frame's.
func TestTheLongestNoteReachesTheBackOfficeHoweverItIsWritten(t *testing.T) {
	h := open(t, settings{})
	page := h.socket("anna", nil)
	page.expect("hello")
	for written, want := range map[string]string{
		strings.Repeat(`\ud83d\ude00`, 4000): strings.Repeat("😀", 4000),
		strings.Repeat(`\u044b`, 4000):       strings.Repeat("ы", 4000),
		`a\ud83d`:                            "a\ufffd",
		`\u0000b`:                            "\x00b", // the register cleans it
	} {
		page.send(`{"t":"cmd","id":"1","name":"wrap_up.finish","data":{"call":"c1","disposition":"resolved","note":"` + written + `"}}`)
		if ack := page.expect("ack"); !ack.OK {
			t.Errorf("%.20s: %+v", written, ack.Problem)
			continue
		}
		all := h.office.commands()
		if got := all[len(all)-1].(agentapi.FinishWrapUp).Note; got != want {
			t.Errorf("%.20s became %.20q", written, got)
		}
	}
}

func TestARefusalReachesThePageWithItsCodeAndAnErrorWithoutItsText(t *testing.T) {
	h := open(t, settings{})
	s := h.desk(h.signIn("anna"), client.StreamOptions{})
	h.office.refuseWith(fmt.Errorf("accept: %w", agentapi.Refuse(agentapi.CodeOfferEnded, "the caller has hung up")))
	err := s.Command(soon(t), "offer.accept", agentapi.AcceptOffer{Offer: "o1"})
	if !client.IsProblem(err, agentapi.CodeOfferEnded) || !strings.Contains(err.Error(), "the caller has hung up") {
		t.Errorf("got %v", err)
	}
	h.office.refuseWith(errors.New("dial tcp 10.0.0.7:5432: secret"))
	err = s.Command(soon(t), "offer.accept", agentapi.AcceptOffer{Offer: "o1"})
	if !client.IsProblem(err, agentapi.CodeInternal) || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

func TestBadInputIsAnsweredClearlyAndNothingOfItIsCarriedOut(t *testing.T) {
	h := open(t, settings{})
	page := h.socket("anna", nil)
	page.expect("hello")
	cmd := func(name, data string) string {
		quoted, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(`{"t":"cmd","id":"9","name":%s,"data":%s}`, quoted, data)
	}
	long := strings.Repeat("ы", 4001)
	bad := []struct {
		text, id string
		code     agentapi.Code
		says     string
	}{
		{"", "", agentapi.CodeBadRequest, "not a frame"},
		{"{", "", agentapi.CodeBadRequest, "not a frame"},
		{"[1,2]", "", agentapi.CodeBadRequest, "not a frame"},
		{`{"t":"cmd","id":7}`, "", agentapi.CodeBadRequest, "not a frame"},
		{strings.Repeat("\x01garbage<'\"", 1000), "", agentapi.CodeBadRequest, "not a frame"},
		{strings.Repeat("[", 10_000), "", agentapi.CodeBadRequest, "not a frame"},
		{`{"t":"cmd","name":"agent.ready","data":"` + strings.Repeat("x", 70_000) + `"}`, "", agentapi.CodeTooLarge, "65536 bytes"},
		{`{"t":"cmd","name":"agent.ready","id":"` + strings.Repeat("i", 200) + `"}`, "", agentapi.CodeInvalid, "too long"},
		{`{"t":"order","id":"9"}`, "9", agentapi.CodeUnknownFrame, `"order"`},
		{`{"t":"subscribe","id":"9"}`, "9", agentapi.CodeInvalid, "topics"},
		{cmd("agent.fire", "{}"), "9", agentapi.CodeUnknownCommand, `"agent.fire"`},
		{cmd("agent.fire\x00\n'; DROP TABLE", "{}"), "9", agentapi.CodeUnknownCommand, `"agent.fire..'; DROP`},
		{cmd("", "{}"), "9", agentapi.CodeUnknownCommand, `""`},
		{cmd("agent.not_ready", "{}"), "9", agentapi.CodeInvalid, "data.reason: expected one of break, lunch"},
		{cmd("agent.not_ready", `{"reason":"sleep"}`), "9", agentapi.CodeInvalid, "data.reason"},
		{cmd("agent.not_ready", `{"reason":5}`), "9", agentapi.CodeInvalid, "data.reason: expected string"},
		{cmd("agent.ready", `{"at":"now"}`), "9", agentapi.CodeInvalid, "data.at: there is no such field"},
		{cmd("agent.ready", `[]`), "9", agentapi.CodeInvalid, "data"},
		{cmd("offer.accept", `{}`), "9", agentapi.CodeInvalid, "data.offer: is missing"},
		{cmd("offer.seen", `null`), "9", agentapi.CodeInvalid, "data.offer: is missing"},
		{cmd("wrap_up.finish", `{"call":"c","disposition":"solved"}`), "9", agentapi.CodeInvalid, "data.disposition: expected one of resolved"},
		{cmd("wrap_up.finish", `{"call":"c","disposition":"resolved","note":"`+long+`"}`), "9", agentapi.CodeInvalid, "data.note: is longer than 4000"},
		{cmd("wrap_up.finish", `{"call":"c","disposition":"resolved","subject":"`+long[:402]+`"}`), "9", agentapi.CodeInvalid, "data.subject: is longer than 200"},
		{cmd("wrap_up.finish", `{"call":" \u00a0","disposition":"resolved"}`), "9", agentapi.CodeInvalid, "data.call: is missing"},
		{cmd("wrap_up.finish", `{"call":"c","disposition":"resolved","next_at":"9999-12-31T23:59:59"}`), "9", agentapi.CodeInvalid, "data"},
		{cmd("wrap_up.finish", `{"call":"c","disposition":"resolved","next_at":"10000-01-01T00:00:00Z"}`), "9", agentapi.CodeInvalid, "data"},
		{cmd("call.hang_up", `{"call":""}`), "9", agentapi.CodeInvalid, "data.call: is missing"},
		{cmd("call.type", `{"call":"c","digits":"12 3"}`), "9", agentapi.CodeInvalid, "data.digits: expected digits"},
		{cmd("call.transfer", `{"call":"c"}`), "9", agentapi.CodeInvalid, "data: expected one of queue, agent and number"},
		{cmd("call.transfer", `{"call":"c","queue":"q","agent":"a"}`), "9", agentapi.CodeInvalid, "data: expected one of queue, agent and number"},
		{cmd("call.transfer", `{"call":"c","queue":"q","note":"`+long[:602]+`"}`), "9", agentapi.CodeInvalid, "data.note: is longer than 300"},
		{cmd("call.help", `{"call":"c","note":"`+long[:302]+`"}`), "9", agentapi.CodeInvalid, "data.note: is longer than 150"},
		{cmd("call.hold", `{"call":"`+long+`"}`), "9", agentapi.CodeInvalid, "data.call"},
	}
	for _, c := range bad {
		page.send(c.text)
		if p := page.expectProblem(c.id, c.code); !strings.Contains(p.Detail, c.says) {
			t.Errorf("%.60s: %q, expected it to say %q", c.text, p.Detail, c.says)
		}
	}
	if err := page.ws.WriteMessage(websocket.BinaryMessage, []byte(cmd("agent.ready", "{}"))); err != nil {
		t.Fatal(err)
	}
	page.expectProblem("", agentapi.CodeBadRequest)
	if got := h.office.commands(); len(got) != 0 {
		t.Fatalf("carried out: %v", got)
	}
	page.send(cmd("agent.ready", "{}")) // the connection was kept
	if f := page.expect("ack"); !f.OK || f.ID != "9" {
		t.Errorf("got %+v", f)
	}
}

func TestABrokenWrapUpNamesAllItsFields(t *testing.T) {
	h := open(t, settings{})
	page := h.socket("anna", nil)
	page.expect("hello")
	page.send(`{"t":"cmd","id":"1","name":"wrap_up.finish","data":{"disposition":"maybe"}}`)
	p := page.expectProblem("1", agentapi.CodeInvalid)
	if len(p.Errors) != 2 || p.Errors[0].Field != "data.call" || p.Errors[1].Field != "data.disposition" {
		t.Errorf("got %+v", p.Errors)
	}
}

func TestAMessageWithoutMeasureClosesTheConnection(t *testing.T) {
	h := open(t, settings{})
	page := h.socket("anna", nil)
	page.expect("hello")
	_ = page.ws.WriteMessage(websocket.TextMessage, make([]byte, 2<<20)) // may fail half way: it is being closed
	for {
		if _, err := page.read(); err != nil {
			break // 1009, or the network's word for it
		}
	}
	again := h.socket("anna", nil)
	again.expect("hello")
}

func TestTheSameKeyIsCarriedOutOnce(t *testing.T) {
	h := open(t, settings{})
	cookie := h.cookie("anna")
	one, two := h.dial(cookie, nil, nil), h.dial(cookie, nil, nil)
	release := h.office.holdCommands()
	for _, page := range []*rawSocket{one, two} {
		page.expect("hello")
		page.send(`{"t":"cmd","id":"1","key":"k1","name":"offer.accept","data":{"offer":"o1"}}`)
	}
	h.awaitBegun()
	release()
	for _, page := range []*rawSocket{one, two} {
		if f := page.expect("ack"); !f.OK {
			t.Errorf("got %+v", f.Problem)
		}
		page.send(`{"t":"cmd","id":"2","key":"k1","name":"offer.decline","data":{"offer":"o1"}}`)
		page.expectProblem("2", agentapi.CodeKeyReused)
	}
	want := []agentapi.Command{agentapi.AcceptOffer{Offer: "o1"}}
	if got := h.office.commands(); !slices.Equal(got, want) {
		t.Errorf("carried out: %v", got)
	}
}

func TestACommandCutOffInTheMiddleIsAnsweredAfterTheBreakAndCarriedOutOnce(t *testing.T) {
	h := open(t, settings{})
	broken := make(chan error, 10)
	s := h.desk(h.signIn("anna"), client.StreamOptions{Broken: func(err error) { broken <- err }})
	release := h.office.holdCommands()
	done := make(chan error, 1)
	go func() { done <- s.Command(soon(t), "wrap_up.extend", nil) }()
	h.awaitBegun()
	s.Break()
	<-broken
	release()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := h.office.commands(); len(got) != 1 {
		t.Errorf("carried out: %v", got)
	}
}

func TestWhatFailedForTheMomentCanBeTriedAgainUnderItsKey(t *testing.T) {
	h := open(t, settings{})
	page := h.socket("anna", nil)
	page.expect("hello")
	h.office.refuseWith(agentapi.Refuse(agentapi.CodeUnavailable, "the database is away"))
	page.send(`{"t":"cmd","id":"1","key":"k1","name":"wrap_up.extend"}`)
	page.expectProblem("1", agentapi.CodeUnavailable)
	h.office.refuseWith(nil)
	page.send(`{"t":"cmd","id":"2","key":"k1","name":"wrap_up.extend"}`)
	if f := page.expect("ack"); !f.OK {
		t.Errorf("got %+v", f.Problem)
	}
}

func TestCommandsOfAPageWaitInLineAndTheLineIsBounded(t *testing.T) {
	h := open(t, settings{})
	page := h.socket("anna", nil)
	page.expect("hello")
	release := h.office.holdCommands()
	for i := range 40 {
		page.send(fmt.Sprintf(`{"t":"cmd","id":"%d","name":"offer.accept","data":{"offer":"o%d"}}`, i, i))
	}
	page.send(`{"t":"cmd","id":"seen","name":"offer.seen","data":{"offer":"o1"}}`)
	refused := 0
	for {
		f := page.expect("ack")
		if f.ID == "seen" {
			if !f.OK {
				t.Errorf("offer.seen: %v", f.Problem)
			}
			break // it did not wait behind the others
		}
		if f.Problem == nil || f.Problem.Code != agentapi.CodeBusy {
			t.Fatalf("got %+v", f)
		}
		refused++
	}
	release()
	for range 40 - refused {
		if f := page.expect("ack"); !f.OK {
			t.Errorf("got %+v", f.Problem)
		}
	}
	got := h.office.commands()
	if refused == 0 || len(got) != 40-refused || got[0] != (agentapi.AcceptOffer{Offer: "o0"}) || got[5] != (agentapi.AcceptOffer{Offer: "o5"}) {
		t.Errorf("%d refused, carried out: %v", refused, got)
	}
}

func anOffer() stream.Change {
	return stream.Change{Type: "offer.created", Call: "c1", Ticket: "100237", Parts: stream.Parts{
		stream.PartOffer: &agentapi.Offer{ID: "o1", Call: "c1", Pop: agentapi.Pop{Call: "c1"}},
	}}
}

func TestAnOfferReturnsWhenThePageHasSeenThePop(t *testing.T) {
	h := open(t, settings{timing: stream.Timing{Seen: 10 * time.Second}})
	s := h.desk(h.signIn("anna"), client.StreamOptions{SeeOffers: true})
	if how := h.hub.Offer("7", "o1", anOffer()).Wait(soon(t)); how != stream.Seen {
		t.Errorf("got %s, expected seen", how)
	}
	h.waitFor(s, func(me agentapi.Me) bool { return me.Offer != nil && me.Offer.ID == "o1" })
}

func TestAnOfferWaitsOnlySoLongForThePage(t *testing.T) {
	h := open(t, settings{})
	page := h.socket("anna", nil)
	page.expect("hello")
	page.send(`{"t":"subscribe","id":"s","topics":["me","wall"]}`)
	page.expect("snapshot")
	before := time.Now()
	if how := h.hub.Offer("7", "o1", anOffer()).Wait(soon(t)); how != stream.Sent {
		t.Errorf("got %s, expected sent", how)
	}
	if took := time.Since(before); took < 150*time.Millisecond {
		t.Errorf("returned after %s", took)
	}
	f := page.expect("event")
	if f.Type != "offer.created" || f.Call != "c1" || f.Ticket != "100237" || f.At.IsZero() || f.ID == "" {
		t.Errorf("got %+v", f)
	}
	page.send(`{"t":"cmd","id":"1","name":"offer.seen","data":{"offer":"o1"}}`) // late: no harm
	if f := page.expect("ack"); !f.OK {
		t.Errorf("got %+v", f.Problem)
	}
}

func TestAnOfferToAnEmptyDeskReturnsAtOnceAndIsFoundThere(t *testing.T) {
	h := open(t, settings{})
	if how := h.hub.Offer("7", "o1", anOffer()).Wait(soon(t)); how != stream.Absent {
		t.Errorf("got %s, expected absent", how)
	}
	s := h.desk(h.signIn("anna"), client.StreamOptions{SeeOffers: true})
	if me := s.Me(); me.Offer == nil || me.Offer.ID != "o1" {
		t.Errorf("the desk has %+v", me.Offer)
	}
}

func TestAnOfferReturnsWhenItsCallEnds(t *testing.T) {
	h := open(t, settings{timing: stream.Timing{Seen: time.Hour}})
	page := h.socket("anna", nil)
	page.expect("hello")
	page.send(`{"t":"subscribe","id":"s","topics":["me"]}`)
	page.expect("snapshot")
	ctx, cancel := context.WithCancel(t.Context())
	how := make(chan stream.Delivery, 1)
	go func() { how <- h.hub.Offer("7", "o1", anOffer()).Wait(ctx) }()
	page.expect("event")
	cancel()
	if got := <-how; got != stream.GivenUp {
		t.Errorf("got %s, expected given_up", got)
	}
}
