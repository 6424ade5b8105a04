package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
)

// What an agent typed of a call is in its ticket in the end, or on their desk: the database is away as they choose a topic and file the call, and
// the page is loaded anew after the wrap-up's time has run out.
func TestNothingTypedOfACallIsLeftBehind(t *testing.T) {
	t.Parallel()
	const first, second = "+74952001781", "+74952001782"
	vera := person("vera", "117")
	s := raise(t, stageOptions{people: []config.Person{vera}, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].OfferTimeout = time.Minute // a browser on a busy machine takes its time
		}
	}})
	l := &leavings{stage: s, phone: &worker{s: s, id: vera.ID, phone: s.phoneOf(vera.ID)}, crowd: newCrowd(t, s.pages())}
	l.crowd.enters(vera, "en", "/desk")
	l.crowd.do("shift", hand{"who": "vera"})

	ticket := l.talks(first, func() {
		l.crowd.do("reads", hand{"who": "vera", "text": "t:tickets.fields.topic"}) // the ticket is there
		s.must(s.house.postgres.Stop(t.Context()))
		var once sync.Once
		l.back = func() { once.Do(func() { s.must(s.house.postgres.Start(context.WithoutCancel(t.Context()))) }) }
		t.Cleanup(l.back) // for the next test, should this one end early
		l.crowd.do("chooses", hand{"who": "vera", "topic": "contract"})
	})
	l.crowd.do("finish", hand{"who": "vera", "disposition": "follow_up", "note": "Said on the phone"})
	l.crowd.do("unsaved", hand{"who": "vera", "text": "Topic: "})
	l.crowd.do("reload", hand{"who": "vera"})
	l.crowd.do("unsaved", hand{"who": "vera", "text": "Topic: "})
	if asked := l.crowd.text("ends", hand{"who": "vera"}); !strings.Contains(asked, ticket) {
		t.Errorf("at the end of the shift vera is asked about %q, and not about %s", asked, ticket)
	}
	l.back()
	l.crowd.do("unsaved", hand{"who": "vera"})
	l.holds(ticket, "contract", "follow_up", "Said on the phone")

	fresh := s.config // the next wrap-up is soon over
	fresh.Queues = append([]config.Queue(nil), fresh.Queues...)
	for i := range fresh.Queues {
		fresh.Queues[i].WrapUp = time.Second
	}
	s.must(s.service.reload(t.Context(), fresh))
	ticket = l.talks(second, func() {
		l.crowd.do("notes", hand{"who": "vera", "text": "Half a note"})
		l.crowd.do("open", hand{"who": "vera", "path": "/wall"}) // where there is no desk
	})
	l.eventually("the clock has ended the wrap-up", func() error {
		return l.query(fmt.Sprintf(`select ticket from contacts where ticket = '%s' and wrapped_up_at is not null`, ticket), new(string))
	})
	l.crowd.do("open", hand{"who": "vera", "path": "/desk"})
	l.crowd.do("unsaved", hand{"who": "vera", "text": "Half a note"})
	l.crowd.do("saves", hand{"who": "vera"})
	l.crowd.do("unsaved", hand{"who": "vera"})
	l.holds(ticket, "fault", "", "Half a note")
	l.crowd.unharmed()
	s.nothingLeft()
}

type leavings struct {
	*stage
	phone *worker
	crowd *crowd
	back  func()
}

// talks is a call to vera's desk, in which something happens, and which the customer ends. It gives its ticket.
func (l *leavings) talks(from string, happens func()) (ticket string) {
	l.t.Helper()
	call := l.calls(from)
	l.must(call.Digits(l.t.Context(), "23"))
	_, err := l.phone.rings().Answer(l.t.Context())
	l.must(err)
	ticket = l.crowd.text("talks", hand{"who": "vera"})
	happens()
	l.hangsUp(call)
	return ticket
}

// holds checks what a ticket and its call have in the end.
func (l *leavings) holds(ticket, topic, disposition, note string) {
	l.t.Helper()
	l.eventually(ticket+" holds what was typed", func() error {
		var is struct{ topic, disposition, note string }
		err := l.service.db.QueryRow(l.t.Context(), `select t.topic, c.disposition, c.note from contacts c join tickets t on t.number = c.ticket where c.ticket = $1`, ticket).Scan(&is.topic, &is.disposition, &is.note)
		if err == nil && (is.topic != topic || is.disposition != disposition || is.note != note) {
			err = fmt.Errorf("it has %+v", is)
		}
		return err
	})
}
