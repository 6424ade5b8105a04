package main

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"hotline/agentapi/register"
	"hotline/cmd/hotline/config"
	"hotline/queues"
	"hotline/telephony/softphone"
	"hotline/tickets"
)

// A ticket's whole life at the demo's service desk, on the pages of three people in one Chromium: the dispatcher who takes the call at a phone beside
// the desk, an engineer, and the engineers' head. After each step all three pages show what the server tells each of them, without being loaded anew:
// whose the ticket is, in which phase, until when, and what they may do. It is lived twice: once the dispatcher reads Russian and the others English,
// and once the other way round.
func TestThreePeopleWorkOneTicketThroughItsWholeLife(t *testing.T) {
	t.Parallel()
	const from = "+74952009911"
	s := raise(t, stageOptions{
		seeds: []tickets.Seed{
			{Customer: tickets.Customer{Name: "ООО «Каскад»", Contract: "ОП-9911", Numbers: []string{from}}},
			{Customer: tickets.Customer{Name: "Northern Port", Contract: "ОП-9912", Numbers: []string{"+74952009912"}}},
		},
		configure: func(c *config.Config) { *c = ofOrganisation(t, "service-desk", *c) },
	})
	l := &lifetime{stage: s, crowd: newCrowd(t, s.pages()), alla: s.phoneOf("alla"), zoya: s.signsIn("zoya"), gleb: s.signsIn("gleb")}
	l.live(from, "ru", "en")
	l.live("+74952009912", "en", "ru")
	l.crowd.unharmed()
	s.emptyAsterisk()
	s.replaysAlike()
	if counts, err := s.service.tickets.Counts(t.Context()); err != nil || counts.Calls != 6 || counts.Distinct != 2 || counts.Unended != 0 {
		t.Errorf("after six calls about two tickets there are %+v, %v", counts, err)
	}
}

// lifetime is whom a ticket meets.
type lifetime struct {
	*stage
	crowd      *crowd
	alla       *softphone.Phone // her desk is in the browser
	zoya, gleb *browser         // over REST
	number     string
}

var three = []string{"alla", "gleb", "sergei"}

func (l *lifetime) live(from, hers, others string) {
	l.t.Helper()
	l.crowd.enters(l.person("alla"), hers, "/desk")
	l.crowd.do("shift", hand{"who": "alla"})
	l.crowd.enters(l.person("gleb"), others, "/tickets?list=department")
	l.crowd.enters(l.person("sergei"), others, "/tickets?list=department")
	tomorrow := time.Now().Add(24 * time.Hour).Truncate(time.Minute)

	l.number = l.talks(from, "follow_up", "Не видно дисков", nil)
	l.crowd.do("follow", hand{"who": "alla", "text": "t:menu.tickets"})
	l.crowd.do("finds", hand{"who": "alla", "number": l.number})
	l.shows("in_work", "alla", "alla")
	l.crowd.acts("alla", "promise", hand{"what": "Диски вернутся к утру", "due": tomorrow, "channel": "call"})
	l.handsOn()
	l.shows("open", "engineers", "alla")

	for _, who := range []string{"gleb", "sergei"} { // their lists were open before
		l.crowd.do("finds", hand{"who": who, "number": l.number})
	}
	l.shows("open", "engineers", three...)
	l.crowd.acts("gleb", "take", nil)
	l.shows("in_work", "gleb", three...)
	l.part(tomorrow)
	l.vendor(tomorrow)
	l.overdue(tomorrow)
	l.crowd.acts("gleb", "keep_promise", hand{"note": "Позвонил"})
	l.crowd.do("write", hand{"who": "gleb", "editor": "answer", "text": "Контроллер заменён.", "send": "send_solve"})
	l.shows("solved", "gleb", three...)

	again := l.talks(from, "handed_over", "Диски снова пропали", func() { // the customer is not content
		l.crowd.do("sound", hand{"who": "alla"})
		l.crowd.do("helped", hand{"who": "alla", "is": false})
	})
	if again != l.number {
		l.t.Errorf("the next call is about %s, not %s", again, l.number)
	}
	l.crowd.do("follow", hand{"who": "alla", "text": "t:menu.tickets"})
	l.crowd.do("finds", hand{"who": "alla", "number": l.number})
	if now := l.shows("open", "engineers", three...); now.Reopened != 1 {
		l.t.Errorf("it was reopened %d times", now.Reopened)
	}
	l.crowd.acts("gleb", "take", nil)
	l.crowd.acts("gleb", "solve", hand{"answer": "Заменён и кабель.", "channel": "call"})
	l.shows("solved", "gleb", three...)
	l.talks(from, "resolved", "", func() { l.crowd.do("helped", hand{"who": "alla", "is": true}) })
	l.crowd.do("open", hand{"who": "alla", "path": "/tickets/" + l.number})
	l.shows("closed", "", three...)
	l.complaint()
	l.file()
}

// handsOn gives the ticket to the department to which it goes on by its topic's chain: the page offers those of the chain first, in its order.
func (l *lifetime) handsOn() {
	l.t.Helper()
	var file register.TicketFile
	l.signsIn("olga").reads("/api/v1/tickets/"+l.number+"/file", &file) // the dispatchers' head
	l.crowd.do("act", hand{"who": "alla", "command": "hand_over", "fields": hand{"department": "engineers", "note": "Массив молчит"}, "keep": true})
	var first []string
	l.must(json.Unmarshal(l.crowd.do("offeredFirst", hand{"who": "alla", "command": "hand_over", "field": "department"}), &first))
	if len(first) == 0 || !slices.Equal(first, file.Next) {
		l.t.Errorf("the page offers %q first, and the ticket goes on to %q", first, file.Next)
	}
	l.crowd.do("send", hand{"who": "alla", "command": "hand_over"})
}

// phoneOf registers an agent's phone, and opens no desk.
func (s *stage) phoneOf(id queues.AgentID) *softphone.Phone {
	s.t.Helper()
	p := s.person(id)
	phone, err := s.exchange.Phone(softphone.Options{User: p.Phone, Secret: p.PhoneSecret.Text()})
	s.must(err)
	s.must(phone.Register(s.t.Context()))
	return phone
}

// talks is a call to the dispatcher, at whose desk it is shown, and who may do something meanwhile. It gives its ticket.
func (l *lifetime) talks(from, disposition, note string, meanwhile func()) (ticket string) {
	l.t.Helper()
	call := l.calls(from)
	l.must(call.Digits(l.t.Context(), "11"))
	ctx, cancel := context.WithTimeout(l.t.Context(), atOnce)
	defer cancel()
	ringing, err := l.alla.Incoming(ctx)
	l.must(err)
	talk, err := ringing.Answer(l.t.Context())
	l.must(err)
	ticket = l.crowd.text("talks", hand{"who": "alla"})
	if meanwhile != nil {
		meanwhile()
	}
	l.hangsUp(talk)
	l.crowd.do("finish", hand{"who": "alla", "disposition": disposition, "note": note})
	l.gone(call)
	return ticket
}

// shows checks what the pages show, and whose the ticket is.
func (l *lifetime) shows(phase, owner string, who ...string) seen {
	l.t.Helper()
	now := l.crowd.show(l.number, who...)
	if err := now.is(phase, owner); err != nil {
		l.t.Error(err)
	}
	return now
}

func (l *lifetime) part(due time.Time) {
	l.t.Helper()
	l.crowd.acts("gleb", "add_part", hand{"department": "experts", "what": "Какой контроллер подойдёт?", "due": due})
	l.shows("in_work", "gleb", three...)
	l.zoya.does(l.number, "answer_part", `{"n": 1, "answer": "Только VX-10."}`)
	for _, who := range three {
		l.crowd.do("reads", hand{"who": who, "text": "Только VX-10."})
	}
}

func (l *lifetime) vendor(promised time.Time) {
	l.t.Helper()
	l.crowd.acts("gleb", "ask_vendor", hand{"vendor": "storage", "what": "Нужен контроллер VX-10", "number": "SR-7", "promised": promised, "wait": true})
	if now := l.shows("waiting", "gleb", three...); now.Awaits != "vendor" {
		l.t.Errorf("it awaits %q", now.Awaits)
	}
	l.crowd.acts("gleb", "vendor_answered", hand{"answer": "Привезли", "resume": true})
	l.shows("in_work", "gleb", three...)
}

// overdue lets a date pass: the ticket goes to the head, who is told, and gives it back with another date.
func (l *lifetime) overdue(next time.Time) {
	l.t.Helper()
	l.crowd.do("allows", hand{"who": "sergei"})
	l.crowd.do("leaves", hand{"who": "sergei", "is": true})
	l.escalatesAfter(time.Second)
	l.gleb.does(l.number, "plan", `{"next": "`+time.Now().Add(time.Second).UTC().Format(time.RFC3339Nano)+`"}`)
	l.crowd.do("reads", hand{"who": "sergei", "text": "t:tickets.escalated"})
	if now := l.shows("in_work", "sergei", three...); now.Escalated == 0 {
		l.t.Error("it is not escalated")
	}
	l.escalatesAfter(l.config.Tickets.EscalateAfter)
	l.crowd.do("shownBySystem", hand{"who": "sergei", "number": l.number})
	l.crowd.do("leaves", hand{"who": "sergei", "is": false})
	l.crowd.do("noticed", hand{"who": "sergei", "number": l.number})
	l.crowd.acts("sergei", "hand_over", hand{"department": "engineers", "person": "gleb", "next": next})
	l.shows("open", "gleb", three...)
	l.crowd.acts("gleb", "take", nil)
	l.shows("in_work", "gleb", three...)
}

// escalatesAfter says how long past its date a ticket goes to the head from now on.
func (l *lifetime) escalatesAfter(pause time.Duration) {
	l.t.Helper()
	fresh := l.config
	fresh.Tickets.EscalateAfter = pause
	l.must(l.service.reload(l.t.Context(), fresh))
}

// complaint is one about the engineer's answer, which somebody else decides.
func (l *lifetime) complaint() {
	l.t.Helper()
	l.crowd.acts("alla", "complain", hand{"text": "Чинили трижды"})
	if now := l.shows("open", "sergei", "gleb", "alla", "sergei"); slices.Contains(now.May, "decide_review") {
		l.t.Errorf("who answered may decide the complaint: %q", now.May)
	}
	if answer := l.gleb.asks(http.MethodPost, "/api/v1/tickets/"+l.number+"/decide_review", `{"n": 1, "upheld": false, "answer": "Всё верно"}`); answer.StatusCode < 400 || answer.StatusCode >= 500 {
		l.t.Errorf("who answered decides the complaint: status %d", answer.StatusCode)
	}
	if _, err := l.service.db.Exec(l.t.Context(), `update ticket_reviews set reviewer = about where ticket = $1`, l.number); err == nil {
		l.t.Error("the database lets who answered decide the complaint")
	}
	l.crowd.do("noticed", hand{"who": "sergei", "number": l.number})
	l.crowd.acts("sergei", "decide_review", hand{"upheld": "upheld", "answer": "Вы правы: проверим склад запчастей.", "solve": true})
	l.shows("solved", "sergei", three...)
	l.crowd.acts("alla", "confirm", hand{"by": "call"})
	l.shows("closed", "", three...)
}

// file checks what is left of the ticket.
func (l *lifetime) file() {
	l.t.Helper()
	var f register.TicketFile
	l.gleb.reads("/api/v1/tickets/"+l.number+"/file", &f)
	if f.Ticket.Phase != tickets.Done || len(f.Parts) != 1 || f.Parts[0].State != "answered" || len(f.Promises) != 1 || f.Promises[0].State != "kept" ||
		len(f.Vendors) != 1 || f.Vendors[0].State != "answered" || len(f.Reviews) != 1 || f.Reviews[0].State != "upheld" {
		l.t.Errorf("in the file are the parts %+v, promises %+v, requests %+v, complaints %+v", f.Parts, f.Promises, f.Vendors, f.Reviews)
	}
}
