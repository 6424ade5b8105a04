package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/agentapi/register"
	"hotline/cmd/hotline/config"
	"hotline/tickets"
	"hotline/tickets/life"
)

// The story of the demo's service desk (requirements R32 to R35), from real calls to their ends: the contract is checked, the request is classed and
// given to who is competent, its date is the agreement's, the second line has levels, a vendor's date is tracked, and the ticket closes when the
// customer confirms, or when they say nothing to two reminders.
func TestServiceDeskKeepsWhatItsContractsPromise(t *testing.T) {
	t.Parallel()
	const gold, former, silent = "+74952009931", "+74952009932", "+74952009933"
	ended := time.Now().AddDate(0, -2, 0)
	s := raise(t, stageOptions{
		seeds: []tickets.Seed{
			{Customer: tickets.Customer{Name: "ООО «Каскад»", Contracts: []tickets.Contract{{Number: "ОП-9931", Agreement: "gold"}}, Numbers: []string{gold}}},
			{Customer: tickets.Customer{Name: "ООО «Бывший»", Contracts: []tickets.Contract{{Number: "ОП-9932", Agreement: "gold", EndsOn: ended}}, Numbers: []string{former}}},
			{Customer: tickets.Customer{Name: "ООО «Тихий»", Contracts: []tickets.Contract{{Number: "ОП-9933", Agreement: "silver"}}, Numbers: []string{silent}}},
		},
		configure: func(c *config.Config) { *c = ofOrganisation(t, "service-desk", *c) },
	})
	alla := s.agent("alla").ready()
	dispatcher, gleb, zoya := s.signsIn("alla"), s.signsIn("gleb"), s.signsIn("zoya")
	tomorrow := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)

	n := s.handled(alla, gold, "1", "follow_up")
	f := dispatcher.does(n, "describe", `{"topic": "hardware", "class": "outage", "subject": "Не видно дисков", "reply": {"channel": "mail", "address": "it@cascade.example"}}`)
	if k := f.Customer.Contracts; len(k) != 1 || k[0].Agreement != "gold" || k[0].Expired {
		t.Errorf("the contract is shown as %+v", k)
	}
	if f.Ticket.Class != tickets.Outage || f.Ticket.Topic != "hardware" {
		t.Errorf("it is classed as %s about %s", f.Ticket.Class, f.Ticket.Topic)
	}
	s.promised(dispatcher, n, "gold", 8*time.Hour)
	dispatcher.does(n, "hand_over", `{"department": "engineers"}`)
	gleb.does(n, "take", `{}`)
	gleb.does(n, "hand_over", `{"department": "experts", "note": "Контроллер молчит"}`)
	if f := zoya.does(n, "take", `{}`); f.Ticket.Owner != "zoya" || f.Ticket.Department != "experts" {
		t.Errorf("in the next level it is %s's of %s", f.Ticket.Owner, f.Ticket.Department)
	}
	f = zoya.does(n, "ask_vendor", `{"vendor": "storage", "number": "SR-1", "what": "Замена контроллера", "promised": "`+tomorrow+`", "wait": true}`)
	if f.Ticket.Phase != tickets.Waiting || f.Ticket.Awaits != tickets.ForVendor || f.Vendors[0].Promised.UTC().Format(time.RFC3339) != tomorrow {
		t.Errorf("it is %s for %s, until %v", f.Ticket.Phase, f.Ticket.Awaits, f.Vendors)
	}
	for _, c := range f.Clocks {
		if c.Kind == "resolution" && c.Paused {
			t.Error("the customer's clock stands while the vendor is waited for")
		}
	}
	zoya.does(n, "vendor_answered", `{"n": 1, "answer": "Заменён", "resume": true}`)
	zoya.does(n, "solve", `{"answer": "Контроллер заменён, массив собран."}`)
	if said := s.told(zoya, n); len(said) != 1 || said[0].Channel != "mail" || said[0].Address != "it@cascade.example" {
		t.Errorf("the customer was told %+v", said)
	}
	if again := s.handled(alla, gold, "9"+n+"#", "resolved"); again != n { // the next call, by its number, confirms it
		t.Errorf("the next call is about %s, not %s", again, n)
	}
	s.closes(dispatcher, n, tickets.Resolved)

	late := s.handled(alla, former, "1", "follow_up") // nobody is turned away
	dispatcher.reads("/api/v1/tickets/"+late+"/file", &f)
	if k := f.Customer.Contracts; len(k) != 1 || !k[0].Expired {
		t.Errorf("the contract that has ended is shown as %+v", k)
	}
	s.promised(dispatcher, late, "basic", 72*time.Hour)

	quiet := s.handled(alla, silent, "2", "follow_up")
	fresh := s.config
	fresh.Tickets.ConfirmWithin = 3 * time.Second // with two reminders before
	s.must(s.service.reload(t.Context(), fresh))
	dispatcher.does(quiet, "solve", `{"answer": "Доступ выдан."}`)
	s.closes(dispatcher, quiet, tickets.ByExpiry)
	if kinds := s.lines(dispatcher, quiet); !slices.Equal(kinds[len(kinds)-4:], []string{"solve", "remind", "remind", "expire"}) {
		t.Errorf("its history ends %q", kinds)
	}
}

// The story of the demo's bank (R24 to R30): a letter and a call are one ticket in one register, with one number; its parts come back as one answer
// by the channel that the customer chose; and their complaint goes on under that number, to other people each time, up to the regulator, who gets
// the whole file.
func TestBankAnswersOnceAndItsFileGoesToTheRegulator(t *testing.T) {
	t.Parallel()
	const from = "+74952009941"
	s := raise(t, stageOptions{
		seeds:     []tickets.Seed{{Customer: tickets.Customer{Name: "Анна Белова", Contract: "ПБ-9941", Numbers: []string{from}}}},
		configure: func(c *config.Config) { *c = ofOrganisation(t, "bank", *c) },
	})
	agent := s.agent("asya").ready()
	asya, nikita, viktor, maria, lidia, olga := s.signsIn("asya"), s.signsIn("nikita"), s.signsIn("viktor"), s.signsIn("maria"), s.signsIn("lidia"), s.signsIn("olga")
	tomorrow := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
	var found struct{ Items []struct{ ID string } }
	asya.reads("/api/v1/customers/by-number?number="+strings.ReplaceAll(from, "+", "%2B"), &found)
	if len(found.Items) != 1 {
		t.Fatalf("by the number there are %+v", found)
	}

	var f register.TicketFile
	asya.decode(asya.asks(http.MethodPost, "/api/v1/tickets", `{"channel": "letter", "subject": "Дважды списали", "text": "Письмо вх. 1184", "customer": "`+found.Items[0].ID+`", "topic": "disputed"}`), &f)
	n := string(f.Ticket.Number)
	asya.brings(n, "письмо.txt", "Прошу вернуть деньги.")
	asya.does(n, "describe", `{"reply": {"channel": "letter", "address": "Москва, Лесная, 7"}}`)
	asya.does(n, "hand_over", `{"department": "payments"}`)
	if again := s.handled(agent, from, "9"+n+"#", "follow_up"); again != n { // a call about it, by its number
		t.Errorf("the call is about %s, not %s", again, n)
	}
	nikita.does(n, "take", `{}`)
	nikita.does(n, "add_part", `{"department": "security", "what": "Кто провёл оплату?", "due": "`+tomorrow+`"}`)
	nikita.does(n, "add_part", `{"department": "legal", "what": "Когда вернут?", "due": "`+tomorrow+`"}`)
	viktor.does(n, "answer_part", `{"n": 1, "answer": "Один терминал."}`)
	if a := nikita.asks(http.MethodPost, "/api/v1/tickets/"+n+"/solve", `{}`); a.StatusCode != http.StatusConflict {
		t.Errorf("solved before its parts are answered: status %d", a.StatusCode)
	}
	maria.does(n, "answer_part", `{"n": 2, "answer": "В пятницу."}`)
	nikita.does(n, "note", `{"text": "Между нами: терминал чинят"}`)
	nikita.does(n, "solve", `{}`)
	if said := s.told(nikita, n); len(said) != 1 || said[0].Text != "Кто провёл оплату?\nОдин терминал.\n\nКогда вернут?\nВ пятницу." ||
		said[0].Channel != "letter" || said[0].Address != "Москва, Лесная, 7" {
		t.Errorf("the one answer is %+v", said)
	}

	if again := s.handled(agent, from, "9"+n+"#", "follow_up"); again != n {
		t.Errorf("the complaint is about %s, not %s", again, n)
	}
	f = asya.does(n, "complain", `{"text": "Это не ответ"}`)
	if r := f.Reviews[0]; r.Reviewer != "lidia" || r.About != "nikita" || f.Ticket.Reopened != 1 {
		t.Errorf("the complaint is %+v", r)
	}
	if a := nikita.asks(http.MethodPost, "/api/v1/tickets/"+n+"/decide_review", `{"n": 1, "upheld": false, "answer": "Всё верно"}`); a.StatusCode < 400 || a.StatusCode >= 500 {
		t.Errorf("who answered decides: status %d", a.StatusCode)
	}
	lidia.does(n, "decide_review", `{"n": 1, "upheld": false, "answer": "Терминал не наш.", "solve": true}`)
	f = asya.does(n, "complain", `{"text": "И это не ответ"}`)
	if r := f.Reviews[1]; r.Level != 2 || r.Reviewer != "olga" || r.About != "lidia" {
		t.Errorf("the second complaint is %+v", r)
	}
	f = olga.does(n, "escalate_review", `{"n": 2, "note": "Передаём регулятору"}`)
	if r := f.Reviews[1]; r.Department != tickets.Regulator || r.DepartmentName["ru"] != "Банк России" || f.Ticket.Owner != "reception" {
		t.Errorf("before the regulator it is %+v, and its ticket %s's", r, f.Ticket.Owner)
	}
	s.goesOut(olga, n)
	asya.does(n, "decide_review", `{"n": 2, "upheld": true, "answer": "По решению регулятора деньги возвращены.", "solve": true}`)
	asya.does(n, "confirm", `{"by": "letter"}`)
	s.closes(olga, n, tickets.ByConfirmation)
	var register, numbers int
	s.must(s.service.db.QueryRow(t.Context(), `select count(*), (select count(*) from tickets) from contacts where ticket = $1`, n).Scan(&register, &numbers))
	if register != 3 || numbers != 1 {
		t.Errorf("a letter and two calls are %d contacts of it, and there are %d tickets", register, numbers)
	}
}

// goesOut takes the file for the regulator: it holds all that the customer and the bank have said to each other, and nothing that is internal.
func (s *stage) goesOut(to *browser, n string) {
	s.t.Helper()
	answer := to.asks(http.MethodGet, "/api/v1/tickets/"+n+"/casefile?format=json&language=ru", "")
	text, err := io.ReadAll(answer.Body)
	s.must(err)
	var f struct {
		Ticket      struct{ Number string }
		Timeline    []struct{ Kind, Text string }
		Attachments []struct{ Name string }
	}
	s.must(json.Unmarshal(text, &f))
	var said []string
	for _, e := range f.Timeline {
		if slices.Contains([]string{string(life.Request), string(life.Answer), string(life.Objection)}, e.Kind) {
			first, _, _ := strings.Cut(e.Text, "\n")
			said = append(said, first)
		}
	}
	if want := []string{"Письмо вх. 1184", "Кто провёл оплату?", "Это не ответ", "Терминал не наш.", "И это не ответ"}; !slices.Equal(said, want) || f.Ticket.Number != n {
		s.t.Errorf("the file of %s holds %q, not %q", f.Ticket.Number, said, want)
	}
	if len(f.Attachments) != 0 { // it was brought for colleagues
		s.t.Errorf("the file has %+v", f.Attachments)
	}
	for _, inside := range []string{"Передаём регулятору", "Между нами", "note of asya"} {
		if strings.Contains(string(text), inside) {
			s.t.Errorf("%q has left the house", inside)
		}
	}
}

// promised checks by which agreement a ticket is to be solved, and that this is the date that is shown.
func (s *stage) promised(b *browser, n, agreement string, within time.Duration) {
	s.t.Helper()
	s.eventually("the ticket's date is by agreement "+agreement, func() error {
		var f register.TicketFile
		b.reads("/api/v1/tickets/"+n+"/file", &f)
		for _, c := range f.Clocks {
			if c.Kind == "resolution" && c.Agreement == agreement && c.Allowed == within.Seconds() && c.Due != nil && !c.Due.Before(f.Ticket.OpenedAt.Add(within)) {
				return nil
			}
		}
		return fmt.Errorf("its clocks are %+v", f.Clocks)
	})
}

// told are the answers that the customer of a ticket has got.
func (s *stage) told(b *browser, n string) (all []register.TimelineEntry) {
	s.t.Helper()
	var f register.TicketFile
	b.reads("/api/v1/tickets/"+n+"/file", &f)
	for _, i := range slices.Backward(f.Timeline.Items) {
		if i.Entry != nil && i.Entry.Kind == life.Answer {
			all = append(all, *i.Entry)
		}
	}
	return all
}

// lines are the kinds of a ticket's history, the first first.
func (s *stage) lines(b *browser, n string) (kinds []string) {
	s.t.Helper()
	var f register.TicketFile
	b.reads("/api/v1/tickets/"+n+"/file", &f)
	for _, i := range slices.Backward(f.Timeline.Items) {
		if i.Change != nil {
			kinds = append(kinds, i.Change.Kind)
		}
	}
	return kinds
}

// closes waits until a ticket is closed, in such a way.
func (s *stage) closes(b *browser, n string, by tickets.Disposition) {
	s.t.Helper()
	s.eventually("ticket "+n+" is closed", func() error {
		var f register.TicketFile
		b.reads("/api/v1/tickets/"+n+"/file", &f)
		if f.Ticket.Phase != tickets.Done || f.Ticket.Disposition != by {
			return fmt.Errorf("it is %s, %s", f.Ticket.Phase, f.Ticket.Disposition)
		}
		return nil
	})
}
