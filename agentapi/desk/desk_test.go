package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/agentapi/gate"
	"hotline/agentapi/memory"
	"hotline/agentapi/rest"
	"hotline/agentapi/stream"
	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/hours"
	"hotline/tickets"
)

// around is all that desks stand between: it writes down what it is asked, and agrees.
type around struct {
	mu    sync.Mutex
	asked []string // guarded by mu

	wrapUp, recent, relink error // what those are answered with

	sees    string          // the agent who sees the ticket
	history tickets.History // of the ticket
	ticket  *tickets.Ticket // nil: there is none
	comes   *tickets.Ticket // is the ticket once all is flushed; nil: nothing changes
	terms   tickets.Terms
	board   queues.Snapshot
}

func (a *around) note(what string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, what)
	return nil
}

func (a *around) Snapshot(context.Context) (queues.Snapshot, error) { return a.board, nil }

func (a *around) Report(_ context.Context, e queues.Event) error               { return a.note(fmt.Sprintf("%T", e)) }
func (a *around) Hold(context.Context, telephony.CallID, queues.AgentID) error { return a.note("hold") }
func (a *around) Resume(context.Context, telephony.CallID, queues.AgentID) error {
	return a.note("resume")
}
func (a *around) Record(_ context.Context, _ telephony.CallID, wish agentapi.RecordingWish, by string, _ bool) error {
	return a.note(by + " wishes to " + string(wish))
}
func (a *around) Type(_ context.Context, _ telephony.CallID, _ queues.AgentID, digits string) error {
	return a.note("type " + digits)
}

func (a *around) Transfer(_ context.Context, _ telephony.CallID, _ queues.AgentID, to Transfer) error {
	return a.note("transfer to " + string(to.Queue))
}
func (a *around) Consult(_ context.Context, _ telephony.CallID, _ queues.AgentID, whom Transfer) error {
	return a.note("consult " + string(whom.Agent))
}
func (a *around) Help(_ context.Context, _ telephony.CallID, _ queues.AgentID, said string) error {
	return a.note("help " + said)
}
func (a *around) EndHelp(context.Context, telephony.CallID, queues.AgentID) error {
	return a.note("end help")
}
func (a *around) Swap(context.Context, telephony.CallID, queues.AgentID) error { return a.note("swap") }
func (a *around) Join(context.Context, telephony.CallID, queues.AgentID) error { return a.note("join") }
func (a *around) TakeBack(context.Context, telephony.CallID, queues.AgentID) error {
	return a.note("take back")
}
func (a *around) Drop(_ context.Context, _ telephony.CallID, _ queues.AgentID, guest string) error {
	return a.note("drop " + guest)
}
func (a *around) Complete(context.Context, telephony.CallID, queues.AgentID) error {
	return a.note("complete")
}
func (a *around) HangUp(_ context.Context, _ telephony.CallID, agent queues.AgentID) error {
	return a.note("hang up " + string(agent))
}
func (a *around) Dial(_ context.Context, o Outbound) error { return a.note("dial " + o.Number) }
func (a *around) WrapUp(w tickets.WrapUp) error {
	return errors.Join(a.note("wrap-up of "+string(w.Call)), a.wrapUp)
}

func (a *around) DecideClaim(id tickets.ContactID, n tickets.Number, by string, accepted bool) error {
	return a.note(fmt.Sprintf("%s is about %s, says %s: %t", id, n, by, accepted))
}

func (a *around) Relink(_ context.Context, call telephony.CallID, to tickets.Number, by tickets.By) error {
	return errors.Join(a.note(fmt.Sprintf("%s to %s, says %s", call, to, by.ID)), a.relink)
}

func (a *around) Flush(context.Context) error {
	if a.comes != nil {
		a.ticket = a.comes
	}
	return nil
}

func (a *around) Terms() tickets.Terms { return a.terms }

func (a *around) Sees(_ context.Context, n tickets.Number, by tickets.Sight) (bool, error) {
	return a.sees == by.Agent && n == a.ticket.Number, nil
}

func (a *around) RecentOf(context.Context, string, int) ([]tickets.AgentCall, error) {
	return nil, a.recent
}

func (a *around) History(context.Context, tickets.Number) (tickets.History, error) {
	if a.ticket == nil {
		return tickets.History{}, tickets.ErrNoTicket
	}
	return a.history, nil
}

func (a *around) Ticket(context.Context, tickets.Number) (tickets.Ticket, error) {
	if a.ticket == nil {
		return tickets.Ticket{}, tickets.ErrNoTicket
	}
	return *a.ticket, nil
}

// desks are those of anna and boris.
func desks() (*Desks, *around) {
	house := &around{}
	present := NewPresent(&Lineup{Agents: map[queues.AgentID]queues.Agent{"anna": {ID: "anna", Name: "Anna"}, "boris": {ID: "boris", Name: "Boris"}}})
	hub := stream.NewHub(stream.HubOptions{})
	return New(Options{Hub: hub, Router: house, Talks: house, Register: house, Contacts: house, Present: present, Log: slog.New(slog.DiscardHandler)}), house
}

// offers lets the router offer a request to anna, and revokes lets it take the offer back.
func (d *Desks) offers(id queues.OfferID) queues.Offered {
	o := queues.Offered{Offer: queues.Offer{ID: id, Agent: "anna"}}
	d.Stepped(time.Now(), nil, []queues.Decision{&o, &queues.AgentChanged{Agent: queues.AgentState{ID: "anna", Availability: queues.Ready, Activity: queues.Ringing, Offer: id}}})
	return o
}

func (d *Desks) revokes(o queues.Offer) {
	d.Stepped(time.Now(), nil, []queues.Decision{
		&queues.OfferEnded{Offer: o, How: queues.OfferWasRevoked},
		&queues.AgentChanged{Agent: queues.AgentState{ID: "anna", Availability: queues.Ready, Activity: queues.Idle}},
	})
}

// open opens anna's page, as a browser does.
func (d *Desks) open(t *testing.T) *client.Stream {
	t.Helper()
	accounts := &memory.Accounts{}
	_, err := accounts.Seat(t.Context(), []gate.Seating{{Account: gate.Account{ID: "a1", Login: "anna", Role: gate.RoleAgent, Language: "en", Agent: "anna"}, Password: "correct horse 7"}})
	if err != nil {
		t.Fatal(err)
	}
	door, err := gate.New(gate.Options{Accounts: accounts})
	if err != nil {
		t.Fatal(err)
	}
	server, err := rest.New(rest.Options{Hub: d.hub, Gate: door, Agents: d})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	anna, err := client.SignIn(t.Context(), web.URL, "anna", "correct horse 7")
	if err != nil {
		t.Fatal(err)
	}
	page, err := anna.Stream(t.Context(), client.StreamOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(page.Close)
	return page
}

// An offer may be over before its pop comes, while it is put on the page, and while the page is waited for.
func TestAnOfferThatIsOverIsNeverLeftOnThePage(t *testing.T) {
	d, _ := desks()
	for n := range 300 {
		o := d.offers(queues.OfferID(fmt.Sprintf("o%d", n)))
		var both sync.WaitGroup
		both.Go(func() { d.Pop(t.Context(), o, tickets.Pop{}) })
		both.Go(func() { d.revokes(o.Offer) })
		both.Wait()
	}
	page := d.open(t)
	if me, err := page.WaitMe(t.Context(), func(me agentapi.Me) bool { return me.Activity.State == "idle" }); err != nil || me.Offer != nil {
		t.Errorf("the page shows %+v, %v", me.Offer, err)
	}
	o := d.offers("seen")
	done := make(chan struct{})
	go func() { defer close(done); d.Pop(t.Context(), o, tickets.Pop{}) }()
	if _, err := page.WaitMe(t.Context(), func(me agentapi.Me) bool { return me.Offer != nil }); err != nil {
		t.Fatal(err)
	}
	d.revokes(o.Offer)
	if _, err := page.WaitMe(t.Context(), func(me agentapi.Me) bool { return me.Offer == nil && me.Activity.State == "idle" }); err != nil {
		t.Error(err)
	}
	<-done
}

func TestNobodyDoesAnythingToAnothersOfferTalkOrCall(t *testing.T) {
	d, house := desks()
	o := d.offers("annas")
	d.Talking(queues.Offered{Offer: queues.Offer{ID: "talk", Agent: "anna"}}, time.Now(), tickets.Pop{Call: "c1"})
	for want, c := range map[agentapi.Code][]agentapi.Command{
		agentapi.CodeOfferEnded:  {agentapi.AcceptOffer{Offer: o.Offer.ID}, agentapi.DeclineOffer{Offer: o.Offer.ID}},
		agentapi.CodeConflict:    {agentapi.HangUp{Call: "c1"}, agentapi.HoldCall{Call: "c1"}, agentapi.ResumeCall{Call: "c1"}, agentapi.TransferCall{Call: "c1", Queue: "support"}, agentapi.TypeInCall{Call: "c1", Digits: "1"}, agentapi.ConsultCall{Call: "c1", Agent: "anna"}, agentapi.SwapCall{Call: "c1"}, agentapi.JoinCall{Call: "c1"}, agentapi.TakeBackCall{Call: "c1"}, agentapi.CompleteCall{Call: "c1"}, agentapi.CallForHelp{Call: "c1"}, agentapi.EndHelp{Call: "c1"}, agentapi.DropFromCall{Call: "c1", Guest: "g"}},
		agentapi.CodeNotYourCall: {agentapi.FinishWrapUp{Call: "c1"}, agentapi.FinishWrapUp{Call: "nobodys"}},
	} {
		for _, command := range c {
			var refused *agentapi.Problem
			if err := d.Do(t.Context(), "boris", command); !errors.As(err, &refused) || refused.Code != want {
				t.Errorf("%T is answered by %v", command, err)
			}
		}
	}
	if len(house.asked) > 0 {
		t.Errorf("it came to %q", house.asked)
	}
	for _, command := range []agentapi.Command{agentapi.AcceptOffer{Offer: o.Offer.ID}, agentapi.HoldCall{Call: "c1"}, agentapi.FinishWrapUp{Call: "c1"}} {
		if err := d.Do(t.Context(), "anna", command); err != nil {
			t.Errorf("%T of her own is answered by %v", command, err)
		}
	}
	// Her talk is over, and somebody else may have the caller now.
	d.Ended(queues.Offer{ID: "talk", Agent: "anna"}, tickets.Pop{Call: "c1"}, tickets.Served)
	for _, command := range []agentapi.Command{agentapi.HangUp{Call: "c1"}, agentapi.HoldCall{Call: "c1"}, agentapi.TransferCall{Call: "c1", Queue: "support"}, agentapi.TypeInCall{Call: "c1", Digits: "1"}} {
		if err := d.Do(t.Context(), "anna", command); !client.IsProblem(err, agentapi.CodeConflict) {
			t.Errorf("%T after the talk is answered by %v", command, err)
		}
	}
	if want := "[queues.OfferAccepted hold wrap-up of c1 queues.WrapUpFinished]"; fmt.Sprint(house.asked) != want {
		t.Errorf("it came to %q, not %s", house.asked, want)
	}
}

// What was typed stays on the page, and the page says why it was not taken.
func TestAWrapUpThatIsNotTakenIsRefusedWithItsCode(t *testing.T) {
	d, house := desks()
	d.Talking(queues.Offered{Offer: queues.Offer{ID: "talk", Agent: "anna"}}, time.Now(), tickets.Pop{Call: "c1"})
	for _, c := range []struct {
		why, recent error
		call        telephony.CallID
		code        agentapi.Code
		field       string
		rule        agentapi.FieldCode
	}{
		{why: fmt.Errorf("register: %w", tickets.ErrNotKept), call: "c1", code: agentapi.CodeNotKept},
		{why: &tickets.TooLongError{Field: "note", Longest: 4000}, call: "c1", code: agentapi.CodeInvalid, field: "data.note", rule: agentapi.FieldTooLong},
		{why: tickets.ErrNextPast, call: "c1", code: agentapi.CodeInvalid, field: "data.next_at", rule: agentapi.FieldPast},
		{why: tickets.ErrNextFar, call: "c1", code: agentapi.CodeInvalid, field: "data.next_at", rule: agentapi.FieldTooFar},
		{recent: errors.New("no database"), call: "c0", code: agentapi.CodeUnavailable},
		{call: "c0", code: agentapi.CodeNotYourCall},
	} {
		house.wrapUp, house.recent = c.why, c.recent
		var refused *agentapi.Problem
		err := d.Do(t.Context(), "anna", agentapi.FinishWrapUp{Call: c.call, Disposition: tickets.Resolved})
		if !errors.As(err, &refused) || refused.Code != c.code {
			t.Errorf("%v, %v: answered by %v", c.why, c.recent, err)
			continue
		}
		if c.field != "" && (len(refused.Errors) != 1 || refused.Errors[0].Field != c.field || refused.Errors[0].Code != c.rule) {
			t.Errorf("%v: answered by %+v", c.why, refused)
		}
	}
	house.wrapUp, house.recent = nil, nil
	for range 2 { // twice, as after a lost answer
		if err := d.Do(t.Context(), "anna", agentapi.FinishWrapUp{Call: "c1", Disposition: tickets.Resolved}); err != nil {
			t.Error(err)
		}
	}
}

// TestATicketOfACallThatHasJustComeIsFound, though the database has not been told of it yet.
func TestATicketOfACallThatHasJustComeIsFound(t *testing.T) {
	d, house := desks()
	stories := &Stories{Desks: d}
	vera := agentapi.Viewer{Login: "vera", All: true}
	if _, err := stories.Ticket(t.Context(), "100014", vera); !errors.Is(err, tickets.ErrNoTicket) {
		t.Errorf("of a ticket that there is not: %v", err)
	}
	house.comes = &tickets.Ticket{Number: "100014", State: tickets.Closed{At: time.Now()}}
	if got, err := stories.Ticket(t.Context(), "100014", vera); err != nil || got.Number != "100014" {
		t.Errorf("%+v, %v", got, err)
	}
}

// A ticket is shown to whoever it concerns, and to anybody else as one that is not there; and its owner alone decides what is about it.
func TestAgentsSeeTicketsOfTheirsAndOwnersDecideAboutClaims(t *testing.T) {
	d, house := desks()
	house.terms = tickets.Terms{People: map[string]tickets.PersonTerms{"boris": {Departments: []string{"support"}}}, Topics: map[string]tickets.TopicTerms{"fault": {Department: "support"}}}
	stories := &Stories{Desks: d}
	open, err := tickets.KeepOpen(tickets.Department("support"), time.Now().Add(time.Hour), tickets.FollowUp)
	if err != nil {
		t.Fatal(err)
	}
	ticket := tickets.Ticket{Number: "100014", Topic: "fault", State: open}
	house.ticket, house.sees = &ticket, "anna"
	house.history = tickets.History{Ticket: ticket.Summary(), Claims: []tickets.Contact{{ID: "c9", Channel: tickets.Call{}, Ticket: "100025"}}}
	anna, boris, vera := agentapi.Viewer{Login: "anna", Person: "anna", Agent: "anna"}, agentapi.Viewer{Login: "boris", Person: "boris"}, agentapi.Viewer{Login: "vera", All: true}
	for viewer, sees := range map[agentapi.Viewer]bool{anna: true, boris: false, vera: true} {
		// By a second name it is the ticket that they are shown which they must see.
		if _, err := stories.Ticket(t.Context(), "100022", viewer); (err == nil) != sees || !sees && !errors.Is(err, tickets.ErrNoTicket) {
			t.Errorf("%s is answered by %v", viewer.Login, err)
		}
	}
	for viewer, decides := range map[agentapi.Viewer]bool{anna: false, boris: true, vera: true} {
		all, err := stories.Claims(t.Context(), "100014", viewer)
		if (err == nil) != decides || decides && (len(all) != 1 || all[0].Call != "c9" || all[0].Ticket != "100025") {
			t.Errorf("%s is shown %+v, %v", viewer.Login, all, err)
		}
		if err := stories.Decide(t.Context(), "100014", "c9", viewer, true); (err == nil) != decides {
			t.Errorf("%s decides: %v", viewer.Login, err)
		}
		if err := stories.Decide(t.Context(), "100014", "c8", viewer, true); err == nil {
			t.Errorf("%s decides about a call that says nothing", viewer.Login)
		}
	}
	ticket.State = tickets.Closed{At: time.Now()}
	if err := stories.Decide(t.Context(), "100014", "c9", boris, false); err != nil {
		t.Errorf("of a closed ticket on a topic of his department: %v", err)
	}
}

func TestNoCallerIsSentToAQueueThatIsClosedByHand(t *testing.T) {
	d, house := desks()
	d.present.Change(&Lineup{Agents: d.present.Lineup().Agents, Queues: []queues.Queue{{ID: "support"}, {ID: "billing"}}})
	house.board = queues.Snapshot{Queues: []queues.QueueState{{ID: "support"}, {ID: "billing", ClosedBy: "olga"}}}
	d.Talking(queues.Offered{Offer: queues.Offer{ID: "talk", Agent: "anna"}}, time.Now(), tickets.Pop{Call: "c1"})
	if err := d.Do(t.Context(), "anna", agentapi.TransferCall{Call: "c1", Queue: "billing"}); !client.IsProblem(err, agentapi.CodeQueueClosed) {
		t.Errorf("a transfer to the closed queue is answered by %v", err)
	}
	if all := (Targets{Board: house, Present: d.present, Terms: house.Terms}).show(house.board, time.Now()); len(all.Queues) != 1 || all.Queues[0].ID != "support" {
		t.Errorf("offered are %+v", all.Queues)
	}
	if err := d.Do(t.Context(), "anna", agentapi.TransferCall{Call: "c1", Queue: "support"}); err != nil || fmt.Sprint(house.asked) != "[transfer to support]" {
		t.Errorf("%v, and it came to %q", err, house.asked)
	}
}

// The store may say who calls only when the phone's hold is shown already, as after a restart on a busy machine.
func TestATalkThatIsShownAgainKeepsWhatIsBesideIt(t *testing.T) {
	d, _ := desks()
	d.Stepped(time.Now(), nil, []queues.Decision{&queues.AgentChanged{Agent: queues.AgentState{ID: "anna", Activity: queues.OnHold, Request: "c1"}}})
	o, ends := queues.Offer{ID: "talk", Agent: "anna", Request: "c1"}, time.Now().Add(time.Minute)
	shown := func(pop tickets.Pop, want bool) {
		t.Helper()
		d.Talking(queues.Offered{Offer: o}, time.Now(), pop)
		if talk := d.page("anna").talk; talk.PhoneHolds != want || talk.CallerHolds != want || talk.Ends.IsZero() == want || talk.Reminded.IsZero() == want {
			t.Errorf("a talk is shown with %+v", besideOf(talk))
		}
	}
	shown(tickets.Pop{Call: "c1"}, false)
	d.Aside(o, Aside{PhoneHolds: true, CallerHolds: true, Reminded: time.Now(), Ends: ends})
	shown(tickets.Pop{Call: "c1", Ticket: tickets.PopTicket{Number: "100025"}}, true)

	d.Ended(o, tickets.Pop{Call: "c1"}, tickets.Served)
	shown(tickets.Pop{Call: "c1"}, false) // the caller comes back: another talk
}

// TestNoCallerIsSentToAQueueOutsideItsHours: the refusal and the list say when it opens.
func TestNoCallerIsSentToAQueueOutsideItsHours(t *testing.T) {
	d, house := desks()
	soon := time.Now().UTC().Add(48 * time.Hour)
	day := hours.Calendar{Zone: time.UTC, Dates: map[string][]hours.Span{soon.Format(time.DateOnly): {{From: 9 * time.Hour, To: 18 * time.Hour}}}}
	opens := time.Date(soon.Year(), soon.Month(), soon.Day(), 9, 0, 0, 0, time.UTC)
	d.present.Change(&Lineup{Agents: d.present.Lineup().Agents, Queues: []queues.Queue{{ID: "support"}, {ID: "billing", Hours: &day}, {ID: "never", Hours: &hours.Calendar{}}}})
	house.board = queues.Snapshot{Queues: []queues.QueueState{{ID: "support"}, {ID: "billing"}, {ID: "never"}}}
	d.Talking(queues.Offered{Offer: queues.Offer{ID: "talk", Agent: "anna"}}, time.Now(), tickets.Pop{Call: "c1"})
	for queue, want := range map[queues.QueueID]time.Time{"billing": opens, "never": {}} {
		var refused *agentapi.Problem
		err := d.Do(t.Context(), "anna", agentapi.TransferCall{Call: "c1", Queue: queue})
		if !errors.As(err, &refused) || refused.Code != agentapi.CodeQueueClosed || !refused.Opens.Equal(want) {
			t.Errorf("a transfer to %s is answered by %+v", queue, err)
		}
	}
	all := (Targets{Board: house, Present: d.present, Terms: house.Terms}).show(house.board, time.Now()).Queues
	if len(all) != 3 || all[0].Shut || !all[1].Shut || !all[1].Opens.Equal(opens) || !all[2].Shut || !all[2].Opens.IsZero() || len(house.asked) > 0 {
		t.Errorf("offered are %+v, and it came to %q", all, house.asked)
	}
}

// TestWhoseTalkIsFoundAfterAStartWaitsForNothingElse, whether they press before or after it is found.
func TestWhoseTalkIsFoundAfterAStartWaitsForNothingElse(t *testing.T) {
	for _, before := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			d, _ := desks()
			d.started, d.began = make(chan struct{}), time.Now()
			found := func() {
				d.Talking(queues.Offered{Offer: queues.Offer{ID: "o1", Agent: "anna"}}, time.Now(), tickets.Pop{Call: "c1"})
			}
			if !before {
				found()
			}
			done := make(chan error, 1)
			go func() { done <- d.Do(t.Context(), "anna", agentapi.NotReady{Reason: "break"}) }()
			synctest.Wait()
			if before {
				found()
			}
			if err := <-done; err != nil || time.Since(d.began) > 0 {
				t.Errorf("pressed before %v: %v, after %s", before, err, time.Since(d.began))
			}
		})
	}
}

// TestWhoPressesReadyWhileHotlineStartsIsReadyWhenItHas, also where that takes very long: then what they were is taken up first all the same.
func TestWhoPressesReadyWhileHotlineStartsIsReadyWhenItHas(t *testing.T) {
	for name, takes := range map[string]time.Duration{"in time": 3 * time.Second, "late": time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, house := desks()
				started := make(chan struct{})
				d.started, d.began = started, time.Now()
				done := make(chan error, 1)
				go func() { done <- d.Do(t.Context(), "anna", agentapi.Ready{}) }()
				time.Sleep(takes) // the bubble's time
				synctest.Wait()
				if len(house.asked) > 0 {
					t.Errorf("while Hotline starts it came to %q", house.asked)
				}
				close(started)
				if err := <-done; err != nil || fmt.Sprint(house.asked) != "[queues.AgentSignedIn queues.AgentReady]" {
					t.Errorf("%v, and it came to %q", err, house.asked)
				}
			})
		})
	}
}

// TestWhatIsWrittenIsFiledWhereAStartTakesLong: nobody is to lose it.
func TestWhatIsWrittenIsFiledWhereAStartTakesLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := desks()
		d.started, d.began = make(chan struct{}), time.Now()
		d.page("anna").recent = []agentapi.Recent{{Call: "c1"}}
		if err := d.Do(t.Context(), "anna", agentapi.FinishWrapUp{Call: "c1", Disposition: "resolved"}); err != nil || time.Since(d.began) != startTime {
			t.Errorf("filed after %s: %v", time.Since(d.began), err)
		}
	})
}

// TestWhatIsWrittenIsFiledAtOnceWhereHotlineStopsInItsStart, and whoever waits to be ready is told.
func TestWhatIsWrittenIsFiledAtOnceWhereHotlineStopsInItsStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, house := desks()
		d.started, d.began = make(chan struct{}), time.Now()
		d.page("anna").recent = []agentapi.Recent{{Call: "c1"}}
		answers := make(chan error, 2)
		go func() {
			answers <- d.Do(t.Context(), "anna", agentapi.FinishWrapUp{Call: "c1", Disposition: "resolved"})
			answers <- d.Do(t.Context(), "anna", agentapi.Ready{})
		}()
		synctest.Wait()
		_ = d.hub.Drain(t.Context())
		var refused *agentapi.Problem
		if err := <-answers; err != nil || fmt.Sprint(house.asked) != "[wrap-up of c1]" {
			t.Errorf("it is filed with %v, and it came to %q", err, house.asked)
		}
		if err := <-answers; !errors.As(err, &refused) || refused.Code != agentapi.CodeUnavailable || time.Since(d.began) > 0 {
			t.Errorf("who would be ready is told %v after %s", err, time.Since(d.began))
		}
	})
}

// TestWhatIsWrittenIsFiledBesideWhoWaitsForTheStart: a page's commands are carried out in order, but for what waits until Hotline has started.
func TestWhatIsWrittenIsFiledBesideWhoWaitsForTheStart(t *testing.T) {
	d, house := desks()
	started := make(chan struct{})
	d.hub = stream.NewHub(stream.HubOptions{Starting: true})
	d.started, d.began = started, time.Now().Add(-startTime)
	d.page("anna").recent = []agentapi.Recent{{Call: "c1"}}
	page := d.open(t)
	moment, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := page.Command(moment, "agent.ready", nil); !errors.Is(err, context.DeadlineExceeded) { // it is sent, and not answered
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), commandTime)
	defer cancel()
	if err := page.Command(soon, "wrap_up.finish", map[string]any{"call": "c1", "disposition": "resolved"}); err != nil {
		t.Fatal(err)
	}
	close(started)
	d.hub.Started()
	if err := page.Command(soon, "agent.not_ready", map[string]any{"reason": "lunch"}); err != nil {
		t.Fatal(err)
	}
	house.mu.Lock()
	defer house.mu.Unlock()
	asked := slices.DeleteFunc(slices.Clone(house.asked), func(what string) bool {
		return what == "queues.AgentSignedIn" || strings.HasPrefix(what, "queues.Desk")
	})
	if want := "[wrap-up of c1 queues.AgentReady queues.AgentNotReady]"; fmt.Sprint(asked) != want {
		t.Errorf("it came to %q, and not %s", asked, want)
	}
}

// TestWhoPressesReadyAndGoesBeforeHotlineHasStartedIsLostAfterTheGrace: nobody rings at their empty place. Who is ready without a page, and has not waited, stays.
func TestWhoPressesReadyAndGoesBeforeHotlineHasStartedIsLostAfterTheGrace(t *testing.T) {
	for _, starts := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			d, house := desks()
			door, err := gate.New(gate.Options{Accounts: &memory.Accounts{}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := rest.New(rest.Options{Hub: d.hub, Gate: door, Agents: d}); err != nil { // the hub tells the desks
				t.Fatal(err)
			}
			started := make(chan struct{})
			d.started = started
			if !starts {
				close(started)
			}
			done := make(chan error, 1)
			go func() { done <- d.Do(t.Context(), "anna", agentapi.Ready{}) }()
			synctest.Wait()
			if starts {
				close(started)
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			want := "[queues.AgentSignedIn queues.AgentReady]"
			if starts {
				want = "[queues.AgentSignedIn queues.DeskAway queues.AgentReady queues.DeskLost]"
			}
			if fmt.Sprint(house.asked) != want {
				t.Errorf("starts: %t, and it came to %q", starts, house.asked)
			}
		})
	}
}

// An agent who lost the caller and got them back has talked twice in one call, which a page lists once: it knows it by its id.
func TestACallIsAmongTheRecentOnesOnce(t *testing.T) {
	d, _ := desks()
	for _, call := range []telephony.CallID{"c1", "c2", "c1"} {
		d.Ended(queues.Offer{ID: queues.OfferID("of " + call), Agent: "anna"}, tickets.Pop{Call: call}, tickets.Served)
	}
	var all []telephony.CallID
	for _, r := range d.page("anna").recent {
		all = append(all, r.Call)
	}
	if !slices.Equal(all, []telephony.CallID{"c1", "c2"}) {
		t.Errorf("listed are %v", all)
	}
}
