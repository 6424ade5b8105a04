package rest_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/agentapi/gate"
	"hotline/agentapi/memory"
	"hotline/agentapi/rest"
	"hotline/agentapi/stream"
)

func TestAPageThatComesBackGetsEveryMissedEventOnceAndInOrder(t *testing.T) {
	h := open(t, settings{})
	var l listener
	s := h.desk(h.signIn("anna"), client.StreamOptions{Frames: l.hear})
	const events = 60
	for i := range events {
		if i%20 == 10 {
			s.Break()
		}
		h.hub.Me("7", notReady(fmt.Sprint(i)))
	}
	h.waitFor(s, hasReason(fmt.Sprint(events-1)))
	got := l.heard("event")
	if len(got) != events {
		t.Fatalf("%d events came, expected %d", len(got), events)
	}
	for i, e := range got {
		if e.Seq != uint64(i)+2 || !strings.Contains(string(e.Data), fmt.Sprintf(`"reason":"%d"`, i)) {
			t.Fatalf("event %d is %+v %s", i, e, e.Data)
		}
	}
	if n := len(l.heard("snapshot")); n != 1 {
		t.Errorf("%d snapshots came, expected the first alone", n)
	}
	if len(l.heard("resumed")) == 0 {
		t.Error("the page never resumed: nothing was tested")
	}
}

func TestResumeGivesASnapshotWheneverSomethingCouldBeMissing(t *testing.T) {
	h := open(t, settings{})
	for i := range 300 {
		h.hub.Me("7", notReady(fmt.Sprint(i)))
	}
	cookie := h.cookie("anna")
	first := h.dial(cookie, nil, nil)
	epoch := first.expect("hello").Epoch
	tests := map[string]struct {
		epoch string
		seq   uint64
		want  string
	}{
		"nothing missed":          {epoch, 301, "resumed"},
		"one missed":              {epoch, 300, "resumed"},
		"another epoch":           {"2f6f9f4e", 301, "snapshot"},
		"more than can be queued": {epoch, 2, "snapshot"},
		"from the future":         {epoch, 5000, "snapshot"},
		"from nowhere":            {epoch, 0, "snapshot"},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			page := h.dial(cookie, nil, nil)
			page.expect("hello")
			page.send(fmt.Sprintf(`{"t":"subscribe","id":"s","topics":["me"],"resume":{"epoch":%q,"seq":{"me":%d}}}`, c.epoch, c.seq))
			f := page.next()
			if f.T != c.want || f.ID != "s" || f.Topic != "me" {
				t.Fatalf("got %+v, expected %s", f, c.want)
			}
			if f.T == "snapshot" && f.Seq != 301 {
				t.Errorf("the snapshot is of %d, expected 301", f.Seq)
			}
			if f.T == "resumed" && f.From != c.seq+1 {
				t.Errorf("resumed from %d, expected %d", f.From, c.seq+1)
			}
		})
	}
}

func TestEventsOlderThanTheRetentionGiveASnapshot(t *testing.T) {
	h := open(t, settings{timing: stream.Timing{Retain: time.Nanosecond}})
	h.hub.Me("7", notReady("lunch"))
	page := h.socket("anna", nil)
	epoch := page.expect("hello").Epoch
	page.send(fmt.Sprintf(`{"t":"subscribe","id":"s","topics":["me"],"resume":{"epoch":%q,"seq":{"me":1}}}`, epoch))
	if f := page.next(); f.T != "snapshot" || f.Seq != 2 {
		t.Errorf("got %+v, expected a snapshot", f)
	}
}

func TestThePagesComeBackByThemselvesAfterARestart(t *testing.T) {
	h := open(t, settings{})
	s := h.desk(h.signIn("anna"), client.StreamOptions{})
	before := s.Hello().Epoch
	h.drain()
	h.start(settings{})
	h.hub.SetMe("7", agentapi.Me{Availability: agentapi.Availability{State: "ready"}})
	h.waitFor(s, func(me agentapi.Me) bool { return me.Availability.State == "ready" })
	if now := s.Hello().Epoch; now == before {
		t.Error("the epoch is still the same")
	}
	if err := s.Command(soon(t), "agent.ready", nil); err != nil {
		t.Errorf("after the restart: %v", err)
	}
}

func TestANewerPageReplacesTheDeskAndTheWallIsForAll(t *testing.T) {
	h := open(t, settings{})
	c := h.signIn("anna")
	watching := h.desk(c, client.StreamOptions{Topics: []string{"wall"}})
	first := h.desk(c, client.StreamOptions{})
	second := h.desk(c, client.StreamOptions{})
	select {
	case <-first.Done():
	case <-soon(t).Done():
		t.Fatal("the first page was not closed")
	}
	if !errors.Is(first.Err(), client.ErrReplaced) {
		t.Errorf("the first page ended with %v", first.Err())
	}
	h.hub.Me("7", notReady("lunch"))
	h.waitFor(second, hasReason("lunch"))
	h.hub.Wall(agentapi.Wall{Line: agentapi.WallLine{Calls: 5}}, true)
	if _, err := watching.WaitWall(soon(t), func(w agentapi.Wall) bool { return w.Line.Calls == 5 }); err != nil {
		t.Error(err)
	}
}

func TestASlowPageIsClosedAndDelaysNobody(t *testing.T) {
	h := open(t, settings{})
	slow := h.dial(h.cookie("anna"), nil, narrow)
	slow.expect("hello")
	slow.send(`{"t":"subscribe","id":"s","topics":["me"]}`)
	slow.expect("snapshot")
	boris := h.desk(h.signIn("boris"), client.StreamOptions{})

	big := strings.Repeat("ы", 20_000) // from here on the slow one reads nothing
	for i := range 400 {
		h.hub.Me("7", stream.Change{Type: "agent.changed", Parts: stream.Parts{
			stream.PartAgent: agentapi.Self{ID: "7", Name: big + fmt.Sprint(i)},
		}})
	}
	h.hub.Me("8", notReady("lunch"))
	h.waitFor(boris, hasReason("lunch"))
	slow.expectClose(agentapi.CloseSlow)

	again := h.desk(h.signIn("anna"), client.StreamOptions{})
	if name := again.Me().Agent.Name; !strings.HasSuffix(name, "ы399") {
		t.Error("the page that came back does not have the last state")
	}
}

// narrow dials with a small buffer, so that a page that does not read is felt soon.
func narrow(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, network, addr)
	if err == nil {
		_ = c.(*net.TCPConn).SetReadBuffer(64 << 10)
	}
	return c, err
}

func TestWithoutASignInTheStreamIsClosedAndSoIsItWhenThatEnds(t *testing.T) {
	h := open(t, settings{})
	h.socket("", nil).expectClose(agentapi.CloseNotSignedIn)
	h.dial("hotline_sign_in=forged", nil, nil).expectClose(agentapi.CloseNotSignedIn)

	c := h.signIn("anna")
	s := h.desk(c, client.StreamOptions{})
	if err := c.SignOut(soon(t)); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if !errors.Is(s.Err(), client.ErrNotSignedIn) {
		t.Errorf("the stream ended with %v", s.Err())
	}
	h.awaitClosed("7") // at once: nobody will come back
	if _, err := c.WhoAmI(soon(t)); !client.IsProblem(err, agentapi.CodeNotSignedIn) {
		t.Errorf("after signing out: %v", err)
	}
}

func TestAPageOfAnotherSiteGetsNoStream(t *testing.T) {
	h := open(t, settings{gate: func(o *gate.Options) { o.Origins = []string{"https://desk.example.org"} }})
	cookie := h.cookie("anna")
	for _, origin := range []string{"https://evil.example", "null", h.url + ".evil.example", "http://127.0.0.1"} {
		h.dial(cookie, http.Header{"Origin": {origin}}, nil).expectClose(agentapi.CloseOrigin)
	}
	for _, origin := range []string{h.url, "https://desk.example.org"} {
		h.dial(cookie, http.Header{"Origin": {origin}}, nil).expect("hello")
	}
}

func TestDrainTellsThePagesAndLetsACommandFinish(t *testing.T) {
	h := open(t, settings{})
	release := h.office.holdCommands()
	page := h.socket("anna", nil)
	page.expect("hello")
	page.send(`{"t":"cmd","id":"1","key":"k","name":"wrap_up.extend"}`)
	h.awaitBegun()
	drained := make(chan error, 1)
	go func() { drained <- h.server.Drain(soon(t)) }()
	page.expectClose(agentapi.CloseDraining)
	h.socket("anna", nil).expectClose(agentapi.CloseDraining)
	select {
	case err := <-drained:
		t.Fatalf("drained while a command was under way: %v", err)
	default:
	}
	release()
	if err := <-drained; err != nil {
		t.Error(err)
	}
	want := []agentapi.Command{agentapi.ExtendWrapUp{}}
	if got := h.office.commands(); !slices.Equal(got, want) {
		t.Errorf("carried out: %v", got)
	}
	if len(h.office.closed) != 0 {
		t.Error("a drained desk was reported closed")
	}
}

// cracked panics when it is asked a second time who is signed in.
type cracked struct {
	*memory.Accounts
	forget func() // what was answered before
	asked  atomic.Int64
}

func (c *cracked) BySignIn(ctx context.Context, t gate.TokenHash, now time.Time) (gate.Account, time.Time, error) {
	if c.asked.Add(1) == 2 {
		panic("cracked")
	}
	c.forget()
	return c.Accounts.BySignIn(ctx, t, now)
}

// TestAPageThatCannotBeLetInAfterAllLeavesNothingBehind: it was among the connections already.
func TestAPageThatCannotBeLetInAfterAllLeavesNothingBehind(t *testing.T) {
	store := &cracked{}
	h := open(t, settings{
		gate: func(o *gate.Options) {
			store.Accounts = o.Accounts.(*memory.Accounts)
			o.Accounts = store
		},
		options: func(o *rest.Options) { store.forget = o.Gate.Forget },
	})
	cookie := h.cookie("anna")
	store.forget()
	page := h.dial(cookie, nil, nil)
	_ = page.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		if _, _, err := page.ws.ReadMessage(); err != nil {
			break
		}
	}
	if n := store.asked.Load(); n != 2 {
		t.Fatalf("it was asked %d times who is signed in", n)
	}
	ctx, cancel := context.WithTimeout(soon(t), 5*time.Second)
	defer cancel()
	if err := h.hub.Drain(ctx); err != nil {
		t.Errorf("a connection is left: %v", err)
	}
}
