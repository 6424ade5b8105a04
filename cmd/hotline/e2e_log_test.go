package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/ivr"
	"hotline/queues"
	"hotline/telephony/softphone"
	"hotline/tickets"
)

// canaries are what a log must not hold, each in a form of its own: the digits of numbers, a name, a note, what was typed, a password.
var canaries = []string{
	"9168675301", "9168675302", "9168675303", "9168675304", "9168675305", "9168675306", "Canary Caller", "Канарейка", "canary note", "8675309", "canary-secret", "canary-reason", "canary-word",
}

// fragile is a desk that breaks where the caller is the one with this number, with all that it knows in its hands.
type fragile struct {
	ivr.Desk
	number string
}

func (f fragile) Pop(ctx context.Context, o queues.Offered, p tickets.Pop) {
	if strings.Contains(fmt.Sprint(p), f.number) {
		panic(p)
	}
	f.Desk.Pop(ctx, o, p)
}

// TestNoLineOfTheLogHoldsANumberANameOrANote: a day on which all goes wrong that can, at the level of debug and without a mask over
// the lines. The database refuses a caller's facts and goes away, Asterisk cannot dial and dies, the desk breaks with a caller in its hands, people type
// what they should not, and the dialplan's list of calls is damaged.
func TestNoLineOfTheLogHoldsANumberANameOrANote(t *testing.T) {
	t.Parallel()
	seed := tickets.Seed{Customer: tickets.Customer{Name: "Канарейка", Contract: "СС-00001", Numbers: []string{"+79168675301"}}}
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true, configure: func(c *config.Config) {
		c.Queues[1].Overflow = []config.Overflow{{NobodyThere: true, To: config.Destination{Number: "+79168675304"}}}
	}})
	s.config.Asterisk.Reserve = filepath.Join(t.TempDir(), "reserve.csv")
	damaged := "reserve,1764374400.12,+79168675305,3,%2B79168675305,Canary%20Caller,100\nreserve,1764374400.13,1764374400,3,%zz+79168675305,Canary Caller,100\nCanary Caller,+79168675305\n"
	s.must(os.WriteFile(s.config.Asterisk.Reserve, []byte(damaged), 0o600))
	log := &logged{}
	var err error
	s.service, err = newService(s.config, slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	s.must(err)
	s.service.line.Desk = fragile{s.service.line.Desk, "9168675306"}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.service.run(ctx) }()
	var once sync.Once
	end := func() { once.Do(func() { stop(); s.must(<-ended) }) }
	t.Cleanup(end)
	soon, cancel := context.WithTimeout(t.Context(), atOnce)
	defer cancel()
	s.must(s.service.serving(soon, nil))
	s.must(s.service.tickets.SeedCustomers(t.Context(), []tickets.Seed{seed}))
	_, err = s.service.db.Exec(t.Context(), `alter table contacts add constraint nobody_called_so check (caller <> '+79168675302')`)
	s.must(err)
	says := func(what string) {
		t.Helper()
		s.eventually("the log says "+what, func() error {
			if !strings.Contains(log.String(), what) {
				return fmt.Errorf("it does not")
			}
			return nil
		})
	}
	says("a call of the reserve mode cannot be read")

	calls := func(from, digits string) *softphone.Call {
		call := s.callsAs(softphone.CallOptions{From: from, FromName: "Canary Caller"})
		s.must(call.Digits(t.Context(), digits))
		return call
	}
	refused := calls("+79168675302", "1")
	s.hangsUp(refused)
	says("is set aside for you to look at")
	typed := calls("+79168675301", "198675309#")
	s.must(typed.Digits(t.Context(), "8675309#"))
	s.hangsUp(typed)
	s.gone(calls("+79168675303", "12")) // nobody is there: led to a number outside that nobody answers
	anna := s.agent("anna").ready()
	s.canariesOfAnAgent(anna, calls)
	broken := calls("+79168675306", "13")
	s.gone(broken)
	says("line panicked")

	desk := s.signsIn("anna")
	s.must(s.house.postgres.Stop(t.Context()))
	back := func() { s.must(s.house.postgres.Start(context.WithoutCancel(t.Context()))) }
	var again sync.Once
	t.Cleanup(func() { again.Do(back) })
	s.hangsUp(calls("+79168675301", "1"))
	says("the store is away")
	_, _ = client.SignIn(t.Context(), s.pages(), "anna", "canary-secret") // by the copy of the accounts
	_ = desk.asks(http.MethodGet, "/api/v1/customers?q=%2B79168675301", "")
	says("a request failed")
	again.Do(back)
	says("the store is back")
	calls("+79168675301", "13")
	s.house.asterisk.Kill() // the caller's phone does not learn of it
	says("not connected to Asterisk")
	s.must(s.house.asterisk.Start(t.Context()))
	s.isReady(200, "degraded", "facts set_aside")
	end()
	for line := range strings.Lines(log.String()) {
		for _, canary := range canaries {
			if strings.Contains(line, canary) {
				t.Errorf("the log holds %q: %s", canary, line)
			}
		}
	}
}

// canariesOfAnAgent are a served call with a note, and what an agent may send that is refused.
func (s *stage) canariesOfAnAgent(anna *worker, calls func(from, digits string) *softphone.Call) {
	s.t.Helper()
	call := calls("+79168675301", "13")
	talk := anna.answers()
	ctx := s.t.Context()
	for command, data := range map[string]map[string]any{
		"canary-word":     {"number": "+79168675301"},
		"agent.not_ready": {"reason": "canary-reason"},
		"call.hold":       {"call": "+79168675301"},
		"offer.decline":   {"offer": "Canary Caller"},
		"wrap_up.finish":  {"call": "+79168675301", "disposition": "canary-word", "note": "canary note"},
	} {
		if err := anna.desk.Command(ctx, command, data); err == nil {
			s.t.Errorf("%s is carried out", command)
		}
	}
	s.hangsUp(talk)
	me := anna.until("wrap-up", func(me agentapi.Me) bool { return me.WrapUp != nil })
	s.must(anna.desk.Command(ctx, "wrap_up.finish", map[string]any{"call": me.WrapUp.Call, "disposition": "resolved", "note": "canary note of +79168675301"}))
	s.gone(call)
	if _, err := client.SignIn(ctx, s.pages(), "canary-word", "canary-secret"); err == nil {
		s.t.Error("a stranger is let in")
	}
	signedIn := s.signedInAt(s.pages(), s.person("anna"))
	_, _ = signedIn.Ticket(ctx, "+79168675301")
	_, _ = signedIn.Calls(ctx, "number", "+79168675301")
}

// TestLogIsJSONWhereTheConfigurationSaysSo: each line is an object, names the call and its ticket, and a reload changes what is written.
func TestLogIsJSONWhereTheConfigurationSaysSo(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{elsewhere: true, people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) {
		c.Log = config.Log{Format: "json", Level: "debug"}
	}})
	p := s.spawn()
	anna := s.agentAt(p.pages, s.person("anna")).ready()
	call := s.calls("+79160036001")
	s.chooses(call, "3")
	s.hangsUp(anna.answers())
	anna.finish("resolved")
	s.gone(call)
	p.says(`"msg":"call ended"`)
	p.reload(func(c *config.Config) { c.Log.Level = "warn" })
	quiet := p.text()
	call = s.calls("+79160036002")
	s.chooses(call, "3")
	s.hangsUp(anna.answers())
	anna.finish("resolved")
	s.gone(call)
	s.eventually("the second call has its end", func() error {
		var n int
		if err := s.query(`select count(*) from contacts where ended_at is not null`, &n); err != nil || n != 2 {
			return fmt.Errorf("%d have, %v", n, err)
		}
		return nil
	})
	if now := p.text(); now != quiet {
		t.Errorf("at the level of warnings it says: %s", now[len(quiet):])
	}
	p.end()
	var pops, ends int
	for line := range strings.Lines(quiet) {
		var said struct{ Time, Level, Msg, Call, Ticket, Agent string }
		if err := json.Unmarshal([]byte(line), &said); err != nil || said.Time == "" || said.Level == "" || said.Msg == "" {
			t.Errorf("%v: %s", err, line)
		}
		if said.Msg == "pop" && said.Call != "" && said.Ticket != "" && said.Agent == "anna" {
			pops++
		}
		if said.Msg == "call ended" && said.Call != "" && said.Ticket != "" {
			ends++
		}
	}
	if pops != 1 || ends != 1 {
		t.Errorf("%d lines name a pop with call, ticket and agent, and %d the end of a call: %s", pops, ends, quiet)
	}
}
