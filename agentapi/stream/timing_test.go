package stream

// These tests read as timetables, on synctest's clock. Their pages are connections whose
// writer does not run: what would be written next is taken from the queue.

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/queues"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// deskPage is a connection of agent's page that has subscribed.
func deskPage(h *Hub, agent queues.AgentID) *conn {
	c := &conn{
		id: newID(), person: gate.Person{Account: gate.Account{ID: gate.AccountID(agent), Agent: agent}}, timing: h.timing, count: h.count,
		wake: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	h.join(c)
	defer h.tellPresence(agent)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.deskLocked(agent).subscribe(c, "s", nil, h.epoch, h.timing.Retain)
	h.watchWallLocked(c, "s", nil)
	return c
}

// written takes all that waits to be written, as "topic seq" or the kind of frame.
func written(t *testing.T, c *conn) (list []string) {
	t.Helper()
	for {
		o, _, _, any := c.next()
		switch {
		case !any:
			return list
		case o.ready != nil:
			list = append(list, "wall")
		case o.encode != nil:
			list = append(list, o.encode().T)
		default:
			list = append(list, o.frame.T)
		}
	}
}

func expectWritten(t *testing.T, c *conn, want ...string) {
	t.Helper()
	if got := written(t, c); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("written: %v, expected %v", got, want)
	}
}

// told writes down what the agents are told of pages.
type told struct {
	mu    sync.Mutex
	words []string
}

func (a *told) say(word string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.words = append(a.words, word)
}

func (a *told) all() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return strings.Join(a.words, ", ")
}

func (*told) Do(context.Context, queues.AgentID, agentapi.Command) error { return nil }
func (a *told) DeskAway(_ queues.AgentID, seen queues.OfferID) {
	a.say(strings.TrimSpace("away " + string(seen)))
}
func (a *told) DeskBack(queues.AgentID)   { a.say("back") }
func (a *told) DeskClosed(queues.AgentID) { a.say("closed") }

// TestAPageThatIsTakenForGoneIsAwayAtOnceAndMayComeBack: and one that is asked says a word, or does not.
func TestAPageThatIsTakenForGoneIsAwayAtOnceAndMayComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub(HubOptions{})
		agents := &told{}
		h.agents = agents
		page := deskPage(h, "7")
		silent := func() bool { return h.Silent(t.Context(), "7", time.Second) }
		go func() { time.Sleep(time.Millisecond); page.says() }()
		if silent() {
			t.Error("a page has not answered that says something")
		}
		if !silent() {
			t.Error("a page has answered that says nothing")
		}
		if got := agents.all(); got != "away" || page.closing() == 0 {
			t.Errorf("told %q, and the connection is closed with %d", got, page.closing())
		}
		h.leave(page) // its reader ends later
		h.Gone("7")
		if !silent() {
			t.Error("a page has answered that is gone")
		}
		deskPage(h, "7")
		if got := agents.all(); got != "away, back" {
			t.Errorf("told %q", got)
		}
		h.Gone("7")
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if got := agents.all(); got != "away, back, away, closed" {
			t.Errorf("told %q", got)
		}
	})
}

// TestNoPageIsTakenForGoneThatWasNotAskedInTime: as the offer of which it was asked has ended meanwhile, or in the moment in which its time is up, or
// another connection is the agent's page by then.
func TestNoPageIsTakenForGoneThatWasNotAskedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub(HubOptions{})
		agents := &told{}
		h.agents = agents
		page := deskPage(h, "7")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		if h.Silent(ctx, "7", time.Second) {
			t.Error("it is taken for gone though the question has ended before its time")
		}
		for range 50 { // of two that have come either may be seen
			if h.Silent(ctx, "7", 0) {
				t.Fatal("it is taken for gone though the question has ended")
			}
		}
		var other *conn
		go func() { time.Sleep(time.Millisecond); other = deskPage(h, "7") }()
		if h.Silent(t.Context(), "7", time.Second) {
			t.Error("the page that is there is taken for gone")
		}
		if got := agents.all(); got != "" || other.closing() != 0 {
			t.Errorf("told %q, and the other connection is closed with %d", got, other.closing())
		}
		h.leave(page)
	})
}

func TestAReloadWithinTheGraceKeepsTheDeskAndALaterOneDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub(HubOptions{})
		agents := &told{}
		h.agents = agents
		expect := func(at string, want string) {
			t.Helper()
			synctest.Wait()
			if got := agents.all(); got != want {
				t.Errorf("at %s: told %q, expected %q", at, got, want)
			}
		}
		page := deskPage(h, "7")
		h.leave(page)
		time.Sleep(9 * time.Second) // the clock is synctest's
		expect("9 s", "away")
		page = deskPage(h, "7") // at 9 s it is back
		time.Sleep(time.Minute)
		expect("1 min", "away, back")

		newer := deskPage(h, "7") // replaces the page
		h.leave(page)
		time.Sleep(time.Minute)
		expect("2 min", "away, back")

		h.seen("7", "offer-1")
		h.leave(newer)
		time.Sleep(10*time.Second - time.Millisecond)
		expect("just before 10 s", "away, back, away offer-1")
		time.Sleep(time.Millisecond)
		expect("10 s", "away, back, away offer-1, closed")
		deskPage(h, "7")
		expect("when it comes after all", "away, back, away offer-1, closed")
	})
}

func TestThePopGoesBeforeTheWall(t *testing.T) {
	h := NewHub(HubOptions{})
	page := deskPage(h, "7")
	written(t, page)
	m, _, err := encodeWall(agentapi.Wall{}, 7)
	if err != nil {
		t.Fatal(err)
	}
	page.pushWall(m)
	h.Me("7", Change{Type: "offer.created", Parts: Parts{PartOffer: &agentapi.Offer{ID: "o1"}}})
	page.pushWall(m) // a newer one replaces the one that waits
	expectWritten(t, page, "event", "wall")
}

func TestWallsAreMergedToFourASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub(HubOptions{})
		page := deskPage(h, "7")
		expectWritten(t, page, "snapshot", "snapshot")
		walls := 0
		for i := range 1000 { // one a millisecond, for a second
			h.Wall(agentapi.Wall{Line: agentapi.WallLine{Calls: i}}, true)
			time.Sleep(time.Millisecond)
			synctest.Wait()
			walls += len(written(t, page))
		}
		if walls < 4 || walls > 5 {
			t.Errorf("%d walls in a second, expected 4 and the first", walls)
		}
		h.Wall(agentapi.Wall{Line: agentapi.WallLine{Calls: 1000}}, true)
		h.Wall(agentapi.Wall{Line: agentapi.WallLine{Calls: 1001}}, true)
		expectWritten(t, page)
		time.Sleep(250 * time.Millisecond)
		synctest.Wait()
		expectWritten(t, page, "wall")
		if got := string(h.wall.latest); !strings.Contains(got, `"calls":1001`) {
			t.Errorf("the last wall is %.80s", got)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		expectWritten(t, page) // nothing changed, nothing comes
	})
}

func TestTheFiguresOfAnAgentsQueuesAreMergedAndNothingElseIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub(HubOptions{})
		page := deskPage(h, "7")
		written(t, page)
		figures := func(waiting int) {
			h.Me("7", Change{Type: "queue.changed", Parts: Parts{PartQueues: []agentapi.MyQueue{{ID: "support", Waiting: waiting}}}})
		}
		for i := range 100 { // within a tenth of a second
			figures(i)
			h.Me("7", Change{Type: "agent.changed", Parts: Parts{PartPhone: agentapi.PhoneState{Reachable: i%2 == 0}}})
			time.Sleep(time.Millisecond)
		}
		if got := len(written(t, page)); got != 101 {
			t.Errorf("%d events, expected 100 and the first figures", got)
		}
		late := deskPage(h, "7")
		if o, _, _, _ := late.next(); !strings.Contains(string(o.encode().Data), `"waiting":99`) {
			t.Error("a page that comes later does not get the newest figures")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		h.mu.Lock()
		defer h.mu.Unlock()
		if d := h.desks["7"]; !strings.Contains(string(d.log[len(d.log)-1].Data), `"waiting":99`) || d.seq != 103 {
			t.Errorf("the last event is %d: %s", d.seq, d.log[len(d.log)-1].Data)
		}
	})
}

// Each call changes the figures of its queue for all who serve it.
func TestTheFiguresOfAnAgentsQueuesComeOnceASecondHoweverManyCallsThereAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub(HubOptions{})
		page := deskPage(h, "7")
		written(t, page)
		for i := range 500 { // within ten seconds
			h.Me("7", Change{Type: "queue.changed", Parts: Parts{PartQueues: []agentapi.MyQueue{{ID: "support", Waiting: i % 3}}}})
			time.Sleep(20 * time.Millisecond)
		}
		synctest.Wait()
		if got := len(written(t, page)); got < 10 || got > 11 {
			t.Errorf("%d events in ten seconds, expected 10 and the first", got)
		}
	})
}

func TestAnOfferThatCannotLeaveClosesThePageAndFreesTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub(HubOptions{})
		page := deskPage(h, "7")
		before := time.Now()
		how := h.Offer("7", "o1", Change{Type: "offer.created", Parts: Parts{PartOffer: &agentapi.Offer{ID: "o1"}}}).Wait(t.Context())
		if took := time.Since(before); how != Stuck || took != time.Second {
			t.Errorf("%s after %s, expected stuck after 1 s", how, took)
		}
		if page.closing() != agentapi.CloseSlow {
			t.Errorf("closing with %d", page.closing())
		}
	})
}

func TestTheLogForgetsWhatIsOldAndWhatIsTooMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk("7", false, false)
		for range logFrames + 500 {
			d.record(Change{Type: "agent.changed"}, encodedParts{"queues": []byte("[]")}, time.Hour)
		}
		if len(d.log) > logFrames {
			t.Errorf("%d events are kept, at most %d should be", len(d.log), logFrames)
		}
		time.Sleep(time.Hour + time.Second)
		d.record(Change{Type: "agent.changed"}, encodedParts{"queues": []byte("[]")}, time.Hour)
		if len(d.log) != 1 || d.bytes != len(d.log[0].Data) {
			t.Errorf("%d events of %d bytes are kept, expected the last", len(d.log), d.bytes)
		}
		if _, ok := d.missed(d.seq-2, time.Now().Add(-time.Hour)); ok {
			t.Error("what was forgotten was resumed")
		}
		if events, ok := d.missed(d.seq-1, time.Now().Add(-time.Hour)); !ok || len(events) != 1 {
			t.Errorf("the last: %v, %v", events, ok)
		}
	})
}
