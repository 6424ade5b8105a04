package asterisk

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hotline/telephony"
)

// TestPhoneIsDialledAlsoWhereTheNoteCannotBeWritten: that on a customer whom we called takes a request of its own. The call knows that the note is to be written still.
func TestPhoneIsDialledAlsoWhereTheNoteCannotBeWritten(t *testing.T) {
	a := newScripted(t)
	customer := string(telephony.CustomersLeg(telephony.CallID(theCallID(t, "1763773.8"))))
	a.has([]string{dialledJSON(customer, "Up", "Stasis")}, nil, customer)
	a.refuses("POST channels/"+customer+"/variable", 500, `{"message":"Allocation failed"}`)
	s := New(a.options())
	dialled, owes := make(chan struct{}), make(chan bool, 1)
	running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
		dialling, giveUp := context.WithCancel(ctx)
		defer giveUp()
		go func() { <-dialled; giveUp() }()
		_, _ = c.DialAs(dialling, telephony.Dial{To: "phone:7", Timeout: time.Minute, Mark: "x"})
		owes <- c.Owes()
		<-ctx.Done()
	}))
	await(t, "the phone is dialled", func() bool { return len(a.were("POST channels/create")) == 1 })
	close(dialled)
	if len(a.were("POST channels/"+customer+"/variable")) == 0 {
		t.Error("it was not tried to write the note")
	}
	if !within(t, owes, "the end of the dialling") {
		t.Error("the call takes the note for written")
	}
}

// TestNoteRidesOnTheDiallingOnlyWhereItComesToTheCaller: once a supervisor has been in the call another channel may be its master.
func TestNoteRidesOnTheDiallingOnlyWhereItComesToTheCaller(t *testing.T) {
	for name, heard := range map[string]bool{"a new call": false, "a supervisor was in it": true, "it was found": true} {
		t.Run(name, func(t *testing.T) {
			a := newScripted(t)
			if name == "it was found" {
				a.has([]string{channelJSON("1763773.1", "Up")}, nil, "1763773.1")
			}
			s := New(a.options())
			running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
				if name == "a supervisor was in it" {
					ear := telephony.LegID(c.ID()) + ".ear-1"
					a.refuses("POST channels/1763773.1/snoop/"+string(ear), http.StatusInternalServerError, `{}`)
					_ = s.Monitor(ctx, telephony.Monitor{Leg: ear, Call: c.ID(), Of: c.Arrival().Leg})
				}
				_, _ = c.DialAs(ctx, telephony.Dial{To: "phone:7", Timeout: time.Minute, Mark: "x"})
				<-ctx.Done()
			}))
			if name != "it was found" {
				a.arrives("1763773.1")
			}
			await(t, "the phone is dialled", func() bool { return len(a.were("POST channels/create")) > 0 })
			rides := strings.Contains(a.were("POST channels/create")[0].Body, "MASTER_CHANNEL")
			apart := len(a.were("POST channels/1763773.1/variable"))
			if rides == heard || (apart == 1) != heard {
				t.Errorf("the note rides: %v; it was written apart %d times", rides, apart)
			}
		})
	}
}

// TestPhoneRingsOnlyOnceWhatComesBeforeIsDone: its channel is made meanwhile.
func TestPhoneRingsOnlyOnceWhatComesBeforeIsDone(t *testing.T) {
	a := newScripted(t)
	a.says("POST channels/create", `{"name":"PJSIP/7-00000001","state":"Down"}`)
	s := New(a.options())
	running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
		_, _ = c.DialAs(ctx, telephony.Dial{To: "phone:7", Timeout: time.Minute, Before: func() {
			if !becomes(func() bool { return len(a.were("POST channels/create")) == 1 }) {
				t.Error("the channel is not made")
				return
			}
			leg := a.expected(s)
			a.sends(fmt.Sprintf(`{"type":"StasisStart","application":"hotline","timestamp":%q,"args":["dialled"],"channel":%s}`, made, channelJSON(leg, "Down")))
			if !becomes(func() bool {
				s.registry.mu.Lock()
				defer s.registry.mu.Unlock()
				return s.registry.legs[telephony.LegID(leg)].inside
			}) {
				t.Error("it has not entered")
			}
			if err := s.Answer(ctx, c.Arrival().Leg); err != nil {
				t.Error(err)
			}
		}})
		<-ctx.Done()
	}))
	a.arrives("1763773.1")
	await(t, "the phone is dialled", func() bool { return len(a.were("/dial?timeout")) == 1 })
	var order []string
	for _, q := range a.were("POST channels/") {
		order = append(order, q.URI[strings.LastIndex(q.URI, "/")+1:])
	}
	if got := strings.Join(order, " "); got != "create answer dial?timeout=63" {
		t.Errorf("asked was: %s", got)
	}
}

// TestChannelThatWasMadeAndNotDialledIsHungUp: nobody else would, until the sweeper meets it.
func TestChannelThatWasMadeAndNotDialledIsHungUp(t *testing.T) {
	for why, refused := range map[string]answer{
		"Asterisk cannot":              {Code: http.StatusInternalServerError, Body: `{"message":"Allocation failed"}`},
		"it does not come to enter it": {Code: http.StatusConflict, Body: `{"message":"Channel not in Stasis application"}`},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			a := newScripted(t)
			a.says("POST channels/create", `{"name":"PJSIP/7-00000001","state":"Down"}`)
			made := a.holds("POST channels/create")
			s := New(a.options())
			line, ended := dialler("phone:7", 7*time.Second)
			running(t, s, line)
			a.arrives("1763773.1")
			leg := a.expected(s)
			a.refuses("POST channels/"+leg+"/dial?timeout=10", refused.Code, refused.Body)
			made()
			if err := within(t, ended, "what came of dialling"); err == nil {
				t.Error("it was dialled")
			}
			await(t, "the channel is hung up", func() bool { return len(a.were("DELETE channels/"+leg)) > 0 })
		})
	}
}

// expected is the leg of a phone that is about to be dialled.
func (a *scripted) expected(s *Switch) (leg string) {
	await(a.t, "a leg is expected", func() bool {
		s.registry.mu.Lock()
		defer s.registry.mu.Unlock()
		for id, l := range s.registry.legs {
			if l.kind == dialledLeg {
				leg = string(id)
			}
		}
		return leg != ""
	})
	return leg
}
