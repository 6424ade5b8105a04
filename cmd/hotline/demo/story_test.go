package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotline/telephony"
	"hotline/tickets"
	"hotline/tickets/casefile"
	"hotline/tickets/life"
	"hotline/tickets/postgres"
	"hotline/tickets/register"
	"hotline/tickets/spool"
)

// office is an organisation at work: its configuration, the register of tickets with its spool, and PostgreSQL.
type office struct {
	*register.Register
	t     *testing.T
	store *postgres.Store
	terms tickets.Terms
	who   []tickets.Customer
	calls int
}

// opened is an organisation with its customers, and nothing that has happened yet.
func opened(t *testing.T, name string) *office {
	t.Helper()
	organisation, err := Named(name)
	if err != nil {
		t.Fatal(err)
	}
	c, err := organisation.Configuration()
	if err != nil {
		t.Fatal(err)
	}
	store, _ := fresh(t)
	o := &office{t: t, store: store, terms: c.Terms(), who: organisation.customers()}
	organisation.history = func(*past, []tickets.Customer) {}
	if err := organisation.remember(t.Context(), store, o.terms, c.Line.Number, time.Now()); err != nil {
		t.Fatal(err)
	}
	disk, err := spool.Open(spool.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	o.Register, err = register.New(register.Options{
		Store: store, Spool: disk, Shelf: disk, Log: slog.New(slog.DiscardHandler), Terms: o.terms, Reserve: 100, IdentifyWithin: 10 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan struct{})
	go func() { defer close(ended); _ = o.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-ended
		if err := disk.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}

// rings is a customer's call, from its first ring.
func (o *office) rings(from tickets.Customer) *tickets.Case {
	o.calls++
	number := telephony.Number{E164: from.Numbers[0], Raw: from.Numbers[0], Kind: telephony.Full}
	return o.Arrive(telephony.Arrival{ID: telephony.CallID("call-" + string(rune('a'+o.calls))), From: number, At: time.Now()})
}

// talks is the rest of a call: an agent takes it from a queue, and leaves something behind it. It gives the ticket.
func (o *office) talks(c *tickets.Case, queue, agent string, left tickets.WrapUp) tickets.Number {
	o.t.Helper()
	left.Call, left.Agent, left.At = c.Call(), tickets.Agent{ID: agent, Name: o.terms.People[agent].Name}, time.Now()
	c.Queued(time.Now(), tickets.Queue{ID: queue})
	c.Offered(time.Now(), left.Agent)
	c.Answered(time.Now(), left.Agent)
	c.Ended(time.Now(), tickets.Served)
	e, err := left.Event(o.terms)
	if err == nil {
		err = c.WrapUp(time.Now(), e)
	}
	if err == nil {
		err = o.Flush(o.t.Context())
	}
	if err != nil {
		o.t.Fatal(err)
	}
	return c.Number()
}

func (o *office) order(n tickets.Number, who string, c life.Command) life.Order {
	by := tickets.By{Kind: tickets.ByPerson, ID: who, Name: o.terms.People[who].Name, From: "page"}
	if who == byItself {
		by = tickets.By{Kind: tickets.ByRule, ID: c.Name()}
	}
	return life.Order{Ticket: n, Command: c, By: by}
}

// do is what somebody does to a ticket.
func (o *office) do(n tickets.Number, who string, c life.Command) life.Matter {
	o.t.Helper()
	m, err := o.Do(o.t.Context(), o.order(n, who, c))
	if err != nil {
		o.t.Fatalf("%s by %q: %v", c.Name(), who, err)
	}
	return m
}

// refuses checks that somebody cannot do something, and why.
func (o *office) refuses(n tickets.Number, who string, c life.Command, why error) {
	o.t.Helper()
	if _, err := o.Do(o.t.Context(), o.order(n, who, c)); !errors.Is(err, why) {
		o.t.Errorf("%s by %q: %v, not %v", c.Name(), who, err, why)
	}
}

// owned checks whose a ticket is, and in which phase.
func (o *office) owned(n tickets.Number, phase tickets.Phase, by tickets.Owner) {
	o.t.Helper()
	m, err := o.store.Matter(o.t.Context(), n)
	if err != nil {
		o.t.Fatal(err)
	}
	s, open := m.State.(tickets.Open)
	if !open || m.Phase() != phase || s.Owner() != by {
		o.t.Errorf("the ticket is %s of %v, not %s of %v", m.Phase(), m.State, phase, by)
	}
}

// told are the texts about a ticket, the first first: those for the customer, or all.
func (o *office) told(n tickets.Number, internal bool) []life.Entry {
	o.t.Helper()
	all, err := o.store.Entries(o.t.Context(), n, 0, 100)
	if err != nil {
		o.t.Fatal(err)
	}
	slices.Reverse(all)
	return slices.DeleteFunc(all, func(e life.Entry) bool { return e.Internal && !internal })
}

// over checks that a ticket has closed in such a way, that it is still known by its one number, and that its history is whole: the commands
// and events in it, in order, and what it replays to.
func (o *office) over(n tickets.Number, by tickets.Disposition, kinds ...string) {
	o.t.Helper()
	m, err := o.store.Matter(o.t.Context(), n)
	if err != nil {
		o.t.Fatal(err)
	}
	if s, closed := m.State.(tickets.Closed); !closed || s.Disposition != by || m.Number != n {
		o.t.Errorf("ticket %s is %+v", m.Number, m.State)
	}
	history, err := o.store.Changes(o.t.Context(), n, 0, 1000)
	if err != nil {
		o.t.Fatal(err)
	}
	fields, err := tickets.Replay(history)
	if err != nil {
		o.t.Fatal(err)
	}
	if diff := cmp.Diff(m.Fields(), fields); diff != "" {
		o.t.Errorf("-is +replayed:\n%s", diff)
	}
	var given []string
	for _, line := range history {
		if line.By.Kind != tickets.ByCall && line.Contact == "" {
			given = append(given, line.Kind)
		}
	}
	if diff := cmp.Diff(kinds, given); diff != "" {
		o.t.Errorf("-story +history:\n%s", diff)
	}
}

func TestWhoIsCompetentAnswersAtTheInternetProvider(t *testing.T) {
	o := opened(t, "internet-provider")
	caller := o.who[10]
	tomorrow := time.Now().Add(24 * time.Hour)

	call := o.rings(caller)
	if known := call.Caller(t.Context()); known.Match != tickets.Exact || known.Customer.Contracts[0].Agreement != "business" {
		t.Fatalf("who calls is %+v", known)
	}
	call.SetTopic("no_link")
	n := o.talks(call, "support", "dmitri", tickets.WrapUp{Disposition: tickets.HandedOver, Department: "field", Subject: "Нет связи", Note: "Оптика не горит", Next: tomorrow})
	o.owned(n, tickets.Opened, tickets.Department("field"))

	o.do(n, "igor", life.HandOver{Department: "field", Person: "fedor", Note: "Ты ближе всех"})
	o.do(n, "fedor", life.TakeOver{})
	o.do(n, "fedor", life.Promised{What: "Связь будет к вечеру", To: caller.Name, Due: tomorrow, Channel: "call"})
	o.do(n, "fedor", life.AddPart{Department: "development", What: "Есть ли запас волокна?", Due: tomorrow})
	o.refuses(n, "fedor", life.SolveIt{Answer: "Починили"}, life.ErrOpenParts)
	o.do(n, "lev", life.AnswerPart{N: 1, Answer: "Третье волокно свободно."})
	o.owned(n, tickets.InWork, tickets.Person("fedor"))
	o.do(n, "fedor", life.KeepPromise{N: 1})
	if m := o.do(n, "fedor", life.SolveIt{Answer: "Переключили на запасное волокно."}); m.SolvedBy != "fedor" || m.Promises[0].State != life.PromiseKept {
		t.Errorf("it is solved by %q, and the promise is %s", m.SolvedBy, m.Promises[0].State)
	}

	again := o.rings(caller) // the next call is about the same ticket, and its agent asks
	if linked, how := again.SetTopic("no_link"); linked != n || how != tickets.LinkedCustomer {
		t.Errorf("the next call is linked to %s as %s", linked, how)
	}
	o.talks(again, "support", "elena", tickets.WrapUp{Disposition: tickets.Resolved, Note: "Всё работает"})
	o.over(n, tickets.Resolved, "hand_over", "take", "promise", "add_part", "answer_part", "keep_promise", "solve")
	if said := o.told(n, false); len(said) != 1 || said[0].By.ID != "fedor" {
		t.Errorf("the customer was told %+v", said)
	}
}

func TestServiceDeskKeepsAContractThroughItsLinesAndAVendor(t *testing.T) {
	for name, end := range map[string]struct {
		do    life.Command
		by    string
		as    tickets.Disposition
		kinds []string
	}{
		"confirmed": {life.ConfirmIt{By: "mail"}, "alla", tickets.ByConfirmation, []string{"confirm"}},
		"expired":   {life.LetExpire{}, byItself, tickets.ByExpiry, []string{"expire"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := opened(t, "service-desk")
			company := o.who[4]
			soon := time.Now().Add(4 * time.Hour)

			call := o.rings(company)
			contract := call.Caller(t.Context()).Customer.Contracts[0]
			if contract.Agreement != "gold" || contract.Expired(time.Now()) {
				t.Fatalf("the contract is %+v", contract)
			}
			call.SetTopic("incident")
			n := o.talks(call, "desk", "alla", tickets.WrapUp{Disposition: tickets.FollowUpNeeded, Subject: "Не видно дисков"})
			o.owned(n, tickets.InWork, tickets.Person("alla"))

			topic, described := "hardware", classed(tickets.Outage, o.terms.PriorityOf("hardware", contract.Agreement), company.Mails[0])
			described.Topic = &topic
			if m := o.do(n, "alla", described); m.Priority != 2 || m.Class != tickets.Outage {
				t.Errorf("a gold contract has priority %d, class %s", m.Priority, m.Class)
			}
			o.do(n, "alla", life.HandOver{Department: o.terms.Topic(topic).Department, Next: soon})
			o.owned(n, tickets.Opened, tickets.Department("engineers"))
			o.do(n, "gleb", life.TakeOver{})
			o.do(n, "gleb", life.HandOver{Department: o.terms.Topic(topic).Chain[0], Note: "Контроллер молчит"})
			o.owned(n, tickets.Opened, tickets.Department("experts"))
			o.do(n, "zoya", life.TakeOver{})
			m := o.do(n, "zoya", life.AskVendor{Vendor: "storage", Number: "SR-1", What: "Замена контроллера", Promised: soon, Wait: true})
			if s := m.State.(tickets.Open); s.Awaits() != tickets.ForVendor || s.Next().After(soon) {
				t.Errorf("it waits for %s until %s", s.Awaits(), s.Next())
			}
			o.do(n, "zoya", life.VendorReplied{N: 1, Answer: "Заменён", Resume: true})
			o.refuses(n, "zoya", life.LetExpire{}, life.ErrOnlyRule)
			o.do(n, "zoya", life.SolveIt{Answer: "Контроллер заменён, массив собран."})
			o.owned(n, tickets.Solved, tickets.Person("zoya"))
			if said := o.told(n, false); len(said) != 1 || said[0].Channel != "mail" || said[0].Address != company.Mails[0] {
				t.Errorf("the customer was told %+v", said)
			}
			o.do(n, end.by, end.do)
			o.over(n, end.as, append([]string{"describe", "hand_over", "take", "hand_over", "take", "ask_vendor", "vendor_answered", "solve"}, end.kinds...)...)
		})
	}
}

func TestServiceDeskRegistersWhoseContractHasEnded(t *testing.T) {
	o := opened(t, "service-desk")
	call := o.rings(o.who[6])
	if contract := call.Caller(t.Context()).Customer.Contracts[0]; !contract.Expired(time.Now()) {
		t.Errorf("the contract is %+v", contract)
	}
	call.SetTopic("incident")
	n := o.talks(call, "desk", "alla", tickets.WrapUp{Disposition: tickets.FollowUpNeeded})
	o.owned(n, tickets.InWork, tickets.Person("alla"))
}

func TestBankAnswersOnceAndAComplaintGoesOnToTheRegulatorUnderTheSameNumber(t *testing.T) {
	o := opened(t, "bank")
	client := o.who[10]
	tomorrow := time.Now().Add(24 * time.Hour)

	written := &past{ctx: t.Context(), books: o.store, terms: o.terms, now: time.Now()}
	n := written.came(contact{ago: time.Hour, by: tickets.Letter{}, from: client, topic: "disputed", agent: "asya", subject: "Дважды списали", note: "Письмо вх. 1184"}).number
	if written.err != nil {
		t.Fatal(written.err)
	}
	o.do(n, "asya", byMail(client))
	o.do(n, "asya", life.HandOver{Department: "payments"})
	o.do(n, "nikita", life.TakeOver{})
	o.do(n, "nikita", life.AddPart{Department: "security", What: "Кто провёл оплату?", Due: tomorrow})
	o.do(n, "nikita", life.AddPart{Department: "legal", What: "Когда вернут?", Due: tomorrow})
	o.do(n, "viktor", life.AnswerPart{N: 1, Answer: "Один терминал."})
	o.refuses(n, "nikita", life.SolveIt{}, life.ErrOpenParts)
	o.do(n, "maria", life.AnswerPart{N: 2, Answer: "Никогда."})
	o.do(n, "nikita", life.SolveIt{})
	answer := o.told(n, false)
	if len(answer) != 1 || answer[0].Text != "Кто провёл оплату?\nОдин терминал.\n\nКогда вернут?\nНикогда." || answer[0].Channel != "mail" || answer[0].Address != client.Mails[0] {
		t.Fatalf("the one answer is %+v", answer)
	}

	call := o.rings(client) // about the same ticket, by its number
	if err := call.LinkTyped(t.Context(), n); err != nil || call.Number() != n {
		t.Fatalf("the complaint is about %s, %v", call.Number(), err)
	}
	o.talks(call, "service", "denis", tickets.WrapUp{Disposition: tickets.FollowUpNeeded, Note: "Недоволен"})
	m := o.do(n, "denis", life.Complain{Text: "Это не ответ"})
	if r := m.Reviews[0]; r.Level != 1 || r.About == r.Reviewer || r.Reviewer != "lidia" || r.Department != "payments" {
		t.Errorf("the first review is %+v", r)
	}
	o.refuses(n, m.Reviews[0].About, life.DecideReview{N: 1, Answer: "Всё верно"}, life.ErrOwnAnswer)
	o.refuses(n, "lidia", life.AssignReview{N: 1, Reviewer: m.Reviews[0].About}, life.ErrOwnAnswer)
	o.do(n, "lidia", life.DecideReview{N: 1, Answer: "Терминал не наш.", Solve: true})

	m = o.do(n, "denis", life.Complain{Text: "И это не ответ"})
	if r := m.Reviews[1]; r.Level != 2 || r.Reviewer != "olga" || r.About != "lidia" {
		t.Errorf("the second review is %+v", r)
	}
	m = o.do(n, "olga", life.EscalateReview{N: 2, Note: "Передаём регулятору"})
	if r := m.Reviews[1]; r.Level != 3 || string(r.Department) != tickets.Regulator || r.Reviewer != "" {
		t.Errorf("the regulator's review is %+v", r)
	}
	o.owned(n, tickets.Opened, tickets.Department("reception")) // which sees to what is decided outside

	o.writes(m, client)
	o.do(n, "svetlana", life.DecideReview{N: 2, Upheld: true, Answer: "По решению регулятора деньги возвращены.", Solve: true})
	o.do(n, "denis", life.ConfirmIt{By: "letter"})
	o.over(n, tickets.ByConfirmation, "describe", "hand_over", "take", "add_part", "add_part", "answer_part", "answer_part", "solve",
		"complain", "decide_review", "complain", "escalate_review", "decide_review", "confirm")
}

// writes checks the file that the regulator gets: it holds all that the customer and the bank have said to each other, and nothing internal.
func (o *office) writes(m life.Matter, client tickets.Customer) {
	o.t.Helper()
	f := casefile.File{
		Ticket:   casefile.Ticket{Number: m.Number, Subject: m.Subject, OpenedAt: m.OpenedAt},
		Customer: casefile.Customer{Name: client.Name, Contract: client.Contract}, By: "olga", At: time.Now(),
	}
	for _, e := range o.told(m.Number, true) {
		f.Timeline = append(f.Timeline, casefile.Entry{At: e.At, Who: e.By.Name, Kind: casefile.Term{Code: string(e.Kind)}, Internal: e.Internal, Text: e.Text})
	}
	var page, data bytes.Buffer
	if err := errors.Join(casefile.HTML(&page, f, casefile.Options{Language: "ru"}), casefile.JSON(&data, f, casefile.Options{Language: "ru"})); err != nil {
		o.t.Fatal(err)
	}
	if !json.Valid(data.Bytes()) {
		o.t.Errorf("the file is no JSON: %s", data.String())
	}
	for _, text := range []string{string(m.Number), client.Name, "Один терминал.", "Это не ответ", "Терминал не наш.", "И это не ответ"} {
		if !strings.Contains(page.String(), text) || !strings.Contains(data.String(), text) {
			o.t.Errorf("the file does not hold %q", text)
		}
	}
	if strings.Contains(page.String(), "Передаём регулятору") || strings.Contains(data.String(), "Передаём регулятору") {
		o.t.Error("a note for colleagues has left the house")
	}
}
