package main

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

var passesAll = flag.Bool("passes", false, "TestRealPhonesHearWhoTheyShouldHoweverTheCallerIsPassedOn: in every way; otherwise in a few")

// The same as ivr's matrix, on a real Asterisk: the ways in which an agent lets somebody else have the caller, against what becomes of the phone that rings for it, against who
// hangs up when. All who are in the call hum, and it is measured who hears whom after each step.

// passing is one cell of it.
type passing struct{ way, to, does, who, when string }

func (p passing) String() string {
	return strings.Join([]string{p.way, p.to, p.does, p.who, p.when}, ", ")
}

// passings are all that there are: where it makes no difference how the agent would go on, once.
func passings() (all []passing) {
	for _, to := range []string{"colleague", "queue", "outside"} {
		add := func(way, does, who, when string) { all = append(all, passing{way, to, does, who, when}) }
		for _, way := range []string{"transfer", "consult"} {
			add(way, "answers", "caller", "while it rings")
			for _, does := range []string{"declines", "misses", "cannot be reached", "is busy"} {
				if to == "colleague" || to == "outside" && does != "misses" { // a number outside rings for longer than a test may last
					add(way, does, "nobody", "")
				}
			}
		}
		add("consult", "answers", "agent", "while it rings")
		for _, who := range []string{"caller", "agent", "target"} {
			add("consult", "answers", who, "while they are asked")
			for _, way := range []string{"transfer", "complete", "take_back", "join", "swap"} {
				gone := map[string]string{"transfer": "agent", "complete": "agent", "take_back": "target"}
				if gone[way] != who {
					add(way, "answers", who, "after it")
				}
			}
		}
	}
	return all
}

// few of them are what no other test has on real phones.
var few = []passing{
	{"transfer", "colleague", "misses", "nobody", ""},
	{"transfer", "outside", "is busy", "nobody", ""},
	{"transfer", "queue", "answers", "caller", "while it rings"},
	{"swap", "outside", "answers", "target", "after it"},
}

func TestRealPhonesHearWhoTheyShouldHoweverTheCallerIsPassedOn(t *testing.T) {
	t.Parallel()
	lanes := map[string][]passing{"a few": few}
	if *passesAll {
		lanes = map[string][]passing{}
		for _, p := range passings() {
			lanes[p.to] = append(lanes[p.to], p)
		}
	}
	for name, lane := range lanes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newPass(t).plays(lane)
		})
	}
}

// pass is the three at whom it is played.
type pass struct {
	*stage
	anna, boris *worker
	phone       *oddPhone // boris'
	outside     *softphone.Phone
	r           *round
}

const outsideNumber = "+79160009596"

func newPass(t *testing.T) *pass {
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].WrapUp = 0 // who has sent a caller on is free, and so they come back at once
			if c.Queues[i].ID == "subscribers" {
				c.Queues[i].OfferTimeout = 5 * time.Second // of those which are missed
			}
		}
	}})
	p := &pass{stage: s, phone: &oddPhone{early: 180}}
	o := p.phone.options()
	o.Keep = keeps.Keep
	p.anna, p.boris = s.agentWith("anna", keeps), s.agentWith("boris", o)
	var err error
	p.outside, err = s.exchange.Phone(softphone.Options{User: outsideNumber, Keep: keeps.Keep})
	s.must(err)
	return p
}

func (p *pass) plays(all []passing) {
	for i, c := range all {
		began, number := time.Now(), fmt.Sprintf("+7916001%04d", i)
		p.t.Logf("%s", c)
		transfers, consults := p.play(c, number)
		p.emptyAsterisk()
		for _, w := range []*worker{p.anna, p.boris} {
			w.until("idle", func(me agentapi.Me) bool { return me.Activity.State == "idle" && me.Call == nil && me.Offer == nil })
		}
		p.eventually("the ticket tells it", func() error {
			var transferred, consulted int
			err := p.service.db.QueryRow(p.t.Context(), `select count(*) filter (where kind = 'call.transferred'), count(*) filter (where kind = 'call.consulted')
				from facts join contacts on contacts.id = facts.contact_id where caller = $1 and ended_at is not null`, number).Scan(&transferred, &consulted)
			if err == nil && (transferred != transfers || consulted != consults) {
				err = fmt.Errorf("%d transfers and %d consultations, not %d and %d", transferred, consulted, transfers, consults)
			}
			return err
		})
		p.t.Logf("%s", time.Since(began).Round(time.Millisecond))
	}
	p.nothingLeft()
}

// play has a caller come to anna, and plays a cell. It gives what the ticket must tell.
func (p *pass) play(c passing, number string) (transfers, consults int) {
	p.t.Helper()
	defer p.allHangUp()
	p.talks(c, number)
	ringing, err := p.begins(c)
	if c.to == "colleague" && c.does == "is busy" {
		if !client.IsProblem(err, agentapi.CodeNotFree) {
			p.t.Errorf("one who is not free: %v", err)
		}
		p.r.hear("CA", "")
		return 0, 0
	}
	p.must(err)
	if c.way == "transfer" {
		transfers++
		p.leaves("A")
	} else {
		consults++
	}
	if c.does != "answers" {
		p.comesToNothing(c, ringing)
		return transfers, consults
	}
	rings := ringing()
	p.r.hear("", "C")
	if c.when == "while it rings" {
		p.hangUpOf(c.who)
		p.wasCancelled(rings)
		if c.who == "caller" {
			return transfers, consults
		}
		rings = ringing() // anew, for the caller
		transfers++
	}
	p.answers(rings)
	switch {
	case c.way == "transfer" || c.when == "while it rings":
		p.r.hear("CT", "")
	case c.when == "while they are asked":
		p.anna.asks("talks")
		p.r.hear("AT", "C")
		if transfers += p.hangUpOf(c.who); c.who == "target" {
			p.anna.asks("over")
		}
		left := map[string][2]string{"caller": {"AT", ""}, "agent": {"CT", ""}, "target": {"", "C"}}[c.who]
		p.r.hear(left[0], left[1])
	default:
		p.anna.asks("talks")
		p.r.hear("AT", "C")
		p.must(p.anna.command("call."+c.way, nil))
		switch c.way {
		case "complete":
			transfers++
			p.leaves("A")
			p.r.hear("CT", "")
		case "take_back":
			p.leaves("T")
			p.r.hear("CA", "")
		case "join":
			p.r.hear("CAT", "")
		case "swap":
			p.r.hear("CA", "T")
		}
	}
	if c.when == "after it" {
		two := len(p.r.calls) == 2
		if by := p.hangUpOf(c.who); two {
			for who := range p.r.calls {
				p.leaves(who)
			}
		} else {
			transfers += by
			p.r.hear(map[string]string{"caller": "AT", "agent": "CT", "target": "CA"}[c.who], "")
		}
	}
	return transfers, consults
}

// talks lets a caller and anna talk.
func (p *pass) talks(c passing, number string) {
	p.t.Helper()
	p.phone.says(180, softphone.Refusal{})
	p.must(p.boris.desk.Command(p.t.Context(), "agent.not_ready", map[string]any{"reason": "break"}))
	p.anna.ready()
	p.r = &round{p.stage, map[string]*softphone.Call{}}
	customer := p.calls(number)
	p.r.comes("C", customer)
	p.chooses(customer, map[bool]string{true: "2", false: "3"}[c.does == "misses"])
	p.r.comes("A", p.anna.answers())
	p.r.hear("CA", "")
}

// begins has anna ask for it, and gives how one waits until it rings.
func (p *pass) begins(c passing) (ringing func() *softphone.Ringing, err error) {
	p.t.Helper()
	to := map[string]any{"note": "о возврате"}
	ringing = p.boris.rings
	switch c.to {
	case "colleague":
		to["agent"] = "boris"
	case "queue":
		to["queue"] = "information"
	default:
		to["number"] = outsideNumber
		ringing = (&worker{s: p.stage, id: "somebody outside", phone: p.outside}).rings
	}
	if c.to != "outside" && c.does != "is busy" {
		p.boris.ready()
	}
	if c.does == "cannot be reached" {
		p.phone.says(0, softphone.Refusal{Code: 480})
	}
	command := "call.consult"
	if c.way == "transfer" {
		command = "call.transfer"
	}
	return ringing, p.anna.command(command, to)
}

// comesToNothing does with the phone what it does, after which anna has the caller again.
func (p *pass) comesToNothing(c passing, ringing func() *softphone.Ringing) {
	p.t.Helper()
	switch c.does {
	case "declines":
		ringing().Reject(603)
	case "misses":
		p.wasCancelled(ringing())
	case "is busy":
		ringing().Reject(486)
	case "cannot be reached":
		if c.to == "outside" {
			ringing().Reject(480)
		}
	}
	if c.way == "transfer" {
		p.r.comes("A", p.anna.answers())
	} else {
		p.anna.asks("over")
		p.r.hear("", "C")
		p.must(p.anna.command("call.resume", nil))
	}
	p.r.hear("CA", "")
}

func (p *pass) answers(r *softphone.Ringing) {
	p.t.Helper()
	call, err := r.Answer(p.t.Context())
	p.must(err)
	p.r.comes("T", call)
}

func (p *pass) wasCancelled(r *softphone.Ringing) {
	p.t.Helper()
	select {
	case <-r.Cancelled():
	case <-time.After(atOnce):
		p.t.Fatal("it rings on")
	}
}

// hangUpOf is that of one of the three, which is a transfer where the agent leaves the caller with the other.
func (p *pass) hangUpOf(who string) (transfers int) {
	p.t.Helper()
	letter := map[string]string{"caller": "C", "agent": "A", "target": "T"}[who]
	p.hangsUp(p.r.calls[letter])
	delete(p.r.calls, letter)
	if who == "agent" {
		transfers = 1
	}
	return transfers
}

// leaves waits until somebody is let go.
func (p *pass) leaves(letter string) {
	p.t.Helper()
	p.gone(p.r.calls[letter])
	delete(p.r.calls, letter)
}

// allHangUp who are there yet.
func (p *pass) allHangUp() {
	soon, cancel := context.WithTimeout(context.Background(), atOnce)
	defer cancel()
	for _, call := range p.r.calls {
		_ = call.Hangup(soon) // it may be over
	}
}
