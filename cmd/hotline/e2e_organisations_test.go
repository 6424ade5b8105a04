package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"hotline/agentapi/register"
	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/demo"
	"hotline/ivr/flow"
	"hotline/tickets"
)

// The story of the demo's internet provider, from real calls to their ends: one number, behind which information, subscribers and the technical
// support take the calls; what they cannot answer goes along the chains over REST, as pages send it, and who is competent answers. The customer's next
// call is about the same ticket, and ends it.
func TestCallToTheInternetProviderIsAnsweredByWhoIsCompetent(t *testing.T) {
	t.Parallel()
	const from = "+74952009901"
	s := raise(t, stageOptions{
		seeds:     []tickets.Seed{{Customer: tickets.Customer{Name: "Иван Смирнов", Contract: "СС-09901", Numbers: []string{from}}}},
		configure: func(c *config.Config) { *c = ofOrganisation(t, "internet-provider", *c) },
	})
	dmitri := s.agent("dmitri").ready()
	n := s.handled(dmitri, from, "3", "handed_over")
	tomorrow := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)

	pavel, igor, fedor, lev := s.signsIn("pavel"), s.signsIn("igor"), s.signsIn("fedor"), s.signsIn("lev")
	if f := pavel.does(n, "hand_over", `{"department": "field", "note": "Оптика не горит"}`); f.Ticket.Phase != tickets.Opened || f.Ticket.Owner != "field" {
		t.Errorf("handed over it is %s of %s", f.Ticket.Phase, f.Ticket.Owner)
	}
	igor.does(n, "hand_over", `{"department": "field", "person": "fedor"}`)
	fedor.does(n, "take", `{}`)
	fedor.does(n, "promise", `{"what": "Связь будет к вечеру", "due": "`+tomorrow+`", "channel": "call"}`)
	fedor.does(n, "add_part", `{"department": "development", "what": "Есть ли запас волокна?", "due": "`+tomorrow+`"}`)
	if answer := fedor.asks(http.MethodPost, "/api/v1/tickets/"+n+"/solve", `{"answer": "Починили"}`); answer.StatusCode != http.StatusConflict {
		t.Errorf("solved before its part is answered: status %d", answer.StatusCode)
	}
	lev.does(n, "answer_part", `{"n": 1, "answer": "Третье волокно свободно."}`)
	fedor.does(n, "keep_promise", `{"n": 1}`)
	if f := fedor.does(n, "solve", `{"answer": "Переключили на запасное волокно."}`); f.Ticket.Phase != tickets.Solved || f.Ticket.SolvedBy != "fedor" {
		t.Errorf("solved it is %s by %q", f.Ticket.Phase, f.Ticket.SolvedBy)
	}

	if again := s.handled(dmitri, from, "3", "resolved"); again != n {
		t.Errorf("the next call is about %s, not %s", again, n)
	}
	var f register.TicketFile
	s.eventually("the ticket is closed", func() error {
		fedor.reads("/api/v1/tickets/"+n+"/file", &f)
		if f.Ticket.Phase != tickets.Done {
			return fmt.Errorf("it is %s", f.Ticket.Phase)
		}
		return nil
	})
	if len(f.Promises) != 1 || f.Promises[0].State != "kept" || len(f.Parts) != 1 || f.Parts[0].State != "answered" {
		t.Errorf("in its file are the promises %+v and the parts %+v", f.Promises, f.Parts)
	}

	// The same number leads to the others, too: information is given at once, and about money finance answers, and nobody else.
	s.must(dmitri.desk.Command(t.Context(), "agent.sign_out", nil))
	agent, vera, marina, olga := s.agent("vera").ready(), s.signsIn("vera"), s.signsIn("marina"), s.signsIn("olga")
	s.closes(olga, s.handled(agent, from, "1", "resolved"), tickets.Resolved)
	money := s.handled(agent, from, "2", "follow_up")
	if money == n {
		t.Error("money is no fault: it has a ticket of its own")
	}
	if f := vera.does(money, "hand_over", `{"department": "finance", "note": "Двойная оплата"}`); f.Ticket.Owner != "finance" || f.Ticket.Phase != tickets.Opened {
		t.Errorf("handed over it is %s of %s", f.Ticket.Phase, f.Ticket.Owner)
	}
	marina.does(money, "take", `{}`)
	if f := marina.does(money, "solve", `{"answer": "Вернули на счёт."}`); f.Ticket.SolvedBy != "marina" {
		t.Errorf("it is solved by %q", f.Ticket.SolvedBy)
	}
	marina.does(money, "confirm", `{"by": "call"}`)
	s.closes(marina, money, tickets.ByConfirmation)
	s.nothingLeft()
}

// ofOrganisation is the configuration of one of the demo's organisations on a stage.
func ofOrganisation(t *testing.T, name string, stage config.Config) config.Config {
	t.Helper()
	o, err := demo.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	c, err := o.Configuration()
	if err != nil {
		t.Fatal(err)
	}
	c.Asterisk, c.Database, c.Listen, c.HTTP, c.Spool, c.Line.ShortestTalk = stage.Asterisk, stage.Database, stage.Listen, stage.HTTP, stage.Spool, stage.Line.ShortestTalk
	for i := range c.Queues {
		c.Queues[i].OfferTimeout, c.Queues[i].WrapUp = stage.Queues[0].OfferTimeout, stage.Queues[0].WrapUp
	}
	for id, node := range c.Flow.Nodes {
		if _, says := node.Kind.(flow.SayTicket); says { // the number is not said
			c.Flow.Nodes[id] = flow.Node{Kind: flow.Say{"please_wait"}, Next: node.Next}
		}
	}
	return c
}

// handled is a call from its first ring to the agent's word, of a caller who chooses their way by digits. It gives the ticket.
func (s *stage) handled(agent *worker, from, digits, disposition string) (ticket string) {
	s.t.Helper()
	call := s.calls(from)
	s.chooses(call, digits)
	talk := agent.answers()
	id := agent.talking().Call.ID
	s.hangsUp(talk)
	agent.finish(disposition)
	s.gone(call)
	s.eventually("the agent's word is in the database", func() error {
		word := ""
		err := s.service.db.QueryRow(s.t.Context(), `SELECT ticket, disposition FROM contacts WHERE id = $1 AND ended_at IS NOT NULL`, id).Scan(&ticket, &word)
		if err == nil && word != disposition {
			err = fmt.Errorf("it is %q", word)
		}
		return err
	})
	return ticket
}

// browser is where somebody has signed in who works on tickets.
type browser struct {
	*stage
	http http.Client
}

func (s *stage) signsIn(id string) *browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	s.must(err)
	b := &browser{s, http.Client{Jar: jar}}
	s.t.Cleanup(b.http.CloseIdleConnections)
	for _, p := range s.config.People {
		if string(p.ID) == id {
			if answer := b.asks(http.MethodPost, "/api/v1/session", `{"login": "`+p.Login+`", "password": "`+p.Password.Text()+`"}`); answer.StatusCode != http.StatusOK {
				s.t.Fatalf("%s cannot sign in: status %d", id, answer.StatusCode)
			}
		}
	}
	return b
}

// asks gives an answer whose body has been read.
func (b *browser) asks(method, path, body string) *http.Response {
	b.t.Helper()
	return b.sends(method, path, body, http.Header{"Content-Type": {"application/json"}})
}

func (b *browser) sends(method, path, body string, header http.Header) *http.Response {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.pages()+path, strings.NewReader(body))
	b.must(err)
	request.Header = header
	answer, err := b.http.Do(request)
	b.must(err)
	text, err := io.ReadAll(answer.Body)
	b.must(err)
	b.must(answer.Body.Close())
	answer.Body = io.NopCloser(strings.NewReader(string(text)))
	return answer
}

// brings adds a file to a ticket.
func (b *browser) brings(ticket, name, content string) (f register.File) {
	b.t.Helper()
	b.decode(b.sends(http.MethodPost, "/api/v1/tickets/"+ticket+"/files", content, http.Header{
		"Content-Type": {"application/octet-stream"}, "Content-Disposition": {"attachment; filename*=UTF-8''" + url.PathEscape(name)},
	}), &f)
	return f
}

// reads reads the JSON of an answer that must be good.
func (b *browser) reads(path string, into any) {
	b.t.Helper()
	b.decode(b.asks(http.MethodGet, path, ""), into)
}

// does gives a command, which must be done.
func (b *browser) does(ticket, command, body string) (f register.TicketFile) {
	b.t.Helper()
	b.decode(b.asks(http.MethodPost, "/api/v1/tickets/"+ticket+"/"+command, body), &f)
	return f
}

func (b *browser) decode(answer *http.Response, into any) {
	b.t.Helper()
	text, err := io.ReadAll(answer.Body)
	b.must(err)
	if answer.StatusCode >= 300 {
		b.t.Fatalf("%s: status %d: %s", answer.Request.URL.Path, answer.StatusCode, text)
	}
	b.must(json.Unmarshal(text, into))
}
