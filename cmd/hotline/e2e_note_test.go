package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
)

// Notes as version 8751ab5 wrote them on the channels of a caller who talks and of one who waits, word for word but for what is
// of that one call: its ticket's number, and the time.
const (
	notedTalk = `{"phase":"talk","node":"support","language":"ru","topic":"fault","outcome":"served","queue":"support","since":"TIME","agent":"anna","offer":"mq2ym2bx-1","rang":"TIME","ticket":{"own":"NUMBER","ticket":"NUMBER","linked":"new","topic":"fault","language":"ru","path":[{"en":"Technical support","ru":"Техническая поддержка"}],"queue":{"id":"support","name":{"en":"Technical support","ru":"Техническая поддержка"}},"queued_at":"TIME","agent":{"id":"anna","name":"Agent anna"},"answered_at":"TIME"}}`
	notedWait = `{"phase":"queue","node":"support","language":"ru","topic":"fault","outcome":"abandoned_in_menu","queue":"support","since":"TIME","ticket":{"own":"NUMBER","ticket":"NUMBER","linked":"new","topic":"fault","language":"ru","path":[{"en":"Technical support","ru":"Техническая поддержка"}]}}`
)

// TestCallsThatAnOlderVersionNotedAreTakenOver: the version before is killed while one caller talks and one waits, and this one
// finds its notes. They say other times than this version knew, so that nobody else can have told it.
func TestCallsThatAnOlderVersionNotedAreTakenOver(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true})
	p := s.spawn()
	anna := s.agentAt(p.pages, s.config.People[0]).ready()
	talks := s.calls("+79160008001")
	s.chooses(talks, "3")
	talk := anna.answers()
	waits := s.calls("+79160008002")
	s.chooses(waits, "3")
	s.eventually("one waits", func() error { return s.waitingPerNotes(1) })
	epoch := anna.desk.Hello().Epoch
	p.kill()

	now := time.Now().UTC().Truncate(time.Microsecond)
	talksSince, waitsSince := now.Add(-7*time.Minute), now.Add(-5*time.Minute)
	s.isNotedAs("+79160008001", notedTalk, talksSince)
	number := s.isNotedAs("+79160008002", notedWait, waitsSince)
	p = s.respawn(p)
	s.eventually("the page is back by itself", func() error {
		if anna.desk.Hello().Epoch == epoch {
			return fmt.Errorf("anna still sees the Hotline that is dead")
		}
		return nil
	})
	if since := anna.talking().Activity.Since; !since.Equal(talksSince) {
		t.Errorf("anna talks since %s, and the note says %s", since, talksSince)
	}
	s.hearEachOther(talks, talk)
	s.hangsUp(talk)
	s.gone(talks)
	anna.finish("resolved")
	pop := anna.until("offered", offered).Offer.Pop
	if pop.Caller.Number != "+79160008002" || string(pop.Ticket.Number) != number || !pop.WaitingSince.Equal(waitsSince) {
		t.Errorf("the pop says %+v, and the note %s since %s", pop, number, waitsSince)
	}
	s.hangsUp(anna.answers())
	s.gone(waits)
	anna.until("wrap-up", func(me agentapi.Me) bool { return me.WrapUp != nil })
	p.complete(2)
	p.end()
}

// isNotedAs puts a note of another version in place of the one on a caller's channel, and returns the number of the ticket.
func (s *stage) isNotedAs(caller, form string, at time.Time) (number string) {
	s.t.Helper()
	for _, channel := range s.list("/channels") {
		var c struct {
			ID     string
			Caller struct{ Number string }
		}
		s.must(json.Unmarshal(channel, &c))
		note := s.note(channel)
		if c.Caller.Number != caller || !strings.HasPrefix(note, "{") { // or an agent's leg, which shows the caller, and bears its offer's id
			continue
		}
		var now struct{ Ticket struct{ Own string } }
		s.must(json.Unmarshal([]byte(note), &now))
		number = now.Ticket.Own
		note = strings.NewReplacer("NUMBER", number, "TIME", at.Format(time.RFC3339Nano)).Replace(form)
		values := url.Values{"variable": {"HOTLINE_NOTE"}, "value": {base64.RawURLEncoding.EncodeToString([]byte(note))}}
		request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.config.Asterisk.URL+"/channels/"+c.ID+"/variable?"+values.Encode(), nil)
		s.must(err)
		request.SetBasicAuth(s.config.Asterisk.User, s.config.Asterisk.Password.Text())
		response, err := http.DefaultClient.Do(request)
		s.must(err)
		s.must(response.Body.Close())
		if response.StatusCode != http.StatusNoContent {
			s.t.Fatalf("the note of %s is not taken: %s", caller, response.Status)
		}
	}
	if number == "" {
		s.t.Fatalf("no channel of %s has a note", caller)
	}
	return number
}
