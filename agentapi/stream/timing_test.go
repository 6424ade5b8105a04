package stream

// These tests read as timetables, on synctest's clock. Their pages are connections whose
// writer does not run: what would be written next is taken from the queue.

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
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
		ended: make(chan struct{}), writing: true,
	}
	h.join(c)
	defer h.tellPresence(agent)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.deskLocked(agent).subscribe(c, "s", nil, h.epoch, h.timing.Retain)
	h.watchWallLocked(c, "s", true, nil)
	return c
}

// taken is what would be written next. No writer is started for what comes later.
func taken(c *conn) (o outgoing, any bool) {
	o, _, _, any = c.next()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing = true
	return o, any
}

// written takes all that waits to be written, as "topic seq" or the kind of frame.
func written(t *testing.T, c *conn) (list []string) {
	t.Helper()
	for {
		o, any := taken(c)
		switch {
		case !any:
			return list
		case o.wall != nil:
			list = append(list, "wall")
		case o.text != nil:
			var frame agentapi.Frame
			if err := json.Unmarshal(o.text, &frame); err != nil {
				t.Fatalf("%s: %v", o.text, err)
			}
			list = append(list, frame.T)
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

// TestWhatManyPagesWaitForComesTogether: pages that have come one after another are pinged at the same moment, at the latest a two-hundredth later than they were to be.
func TestWhatManyPagesWaitForComesTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub(HubOptions{})
		var pages []*conn
		for i := range 20 {
			c := deskPage(h, queues.AgentID(fmt.Sprint(i)))
			c.lasts = func(time.Time) bool { return true }
			written(t, c)
			c.pingLater()
			pages = append(pages, c)
			time.Sleep(5 * time.Millisecond)
		}
		began := time.Now().Add(-100 * time.Millisecond)
		moments := map[time.Duration]int{}
		for range 3000 {
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
			for _, c := range pages {
				if slices.Contains(written(t, c), "ping") {
					moments[time.Since(began)]++
				}
			}
		}
		if len(moments) != 1 || moments[20100*time.Millisecond] != len(pages) {
			t.Errorf("pings leave at %v", moments)
		}
		for _, c := range pages {
			c.close(gone, "the test is over")
			c.pinger.Stop()
		}
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
	v := newWallView(agentapi.Wall{}, 7, h.log)
	page.pushWall(v)
	h.Me("7", Change{Type: "offer.created", Parts: Parts{PartOffer: &agentapi.Offer{ID: "o1"}}})
	page.pushWall(v) // a newer one replaces the one that waits
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
		if got := string(h.wall.latest.all.whole()); !strings.Contains(got, `"calls":1001`) {
			t.Errorf("the last wall is %.80s", got)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		expectWritten(t, page) // nothing changed, nothing comes
	})
}

// TestFiguresThatWereReplacedAreKeptOnceAndMissedWithoutAGap: what is the agent's own is not pushed out of the log by them.
func TestFiguresThatWereReplacedAreKeptOnceAndMissedWithoutAGap(t *testing.T) {
	h := NewHub(HubOptions{})
	page := deskPage(h, "7")
	written(t, page)
	figures := func(waiting int) {
		h.Queues([]queues.AgentID{"6", "7"}, []agentapi.MyQueue{{ID: "support", Waiting: waiting}})
	}
	figures(0)
	h.Me("7", Change{Type: "agent.changed", Parts: Parts{PartPhone: agentapi.PhoneState{Reachable: true}}})
	for i := range 100 {
		figures(i)
	}
	h.Me("7", Change{Type: "agent.changed", Parts: Parts{PartPhone: agentapi.PhoneState{}}})
	if got := len(written(t, page)); got != 103 {
		t.Errorf("%d events, expected 103", got)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.desks["7"]
	if len(d.log) != 4 || len(h.desks["6"].log) != 1 {
		t.Errorf("%d events are kept, and %d", len(d.log), len(h.desks["6"].log))
	}
	if other := h.desks["6"].log[0].Data; &other[0] != &d.log[2].Data[0] {
		t.Error("each desk keeps figures of its own")
	}
	size := 0
	for _, e := range d.log {
		size += len(e.Data)
	}
	if size != d.bytes {
		t.Errorf("the log has %d bytes, and counts %d", size, d.bytes)
	}
	for seq := uint64(1); seq <= d.seq; seq++ {
		events, ok := d.missed(seq, time.Time{})
		if !ok || uint64(len(events)) != d.seq-seq {
			t.Fatalf("after %d of %d events %d were missed, %v", seq, d.seq, len(events), ok)
		}
		known := ""
		for i, e := range events {
			if e.Seq != seq+uint64(i)+1 {
				t.Fatalf("after %d: event %d is %d", seq, i, e.Seq)
			}
			if e.Type == "queue.changed" && string(e.Data) != "{}" {
				known = string(e.Data)
			}
		}
		if newest := `{"queues":[{"id":"support","name":null,"waiting":99,"longest_since":null}]}`; seq < d.seq-1 && known != newest {
			t.Errorf("after %d the figures are %s", seq, known)
		}
	}
}

// TestASlowPageHoldsUpFiguresOnce: until it has taken them, nobody who serves other queues, and no wall, waits for it again.
func TestASlowPageHoldsUpFiguresOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub(HubOptions{})
		page := deskPage(h, "7")
		tell := func(times int) time.Duration {
			start := time.Now()
			for range times {
				h.Queues([]queues.AgentID{"7"}, []agentapi.MyQueue{{ID: "support"}})
			}
			return time.Since(start)
		}
		written(t, page)
		if took := tell(100); took != figuresPatience {
			t.Errorf("it holds up what is painted for %s", took)
		}
		written(t, page)
		if took := tell(1); took != figuresPatience {
			t.Errorf("a page that is not behind any more is waited for %s", took)
		}
	})
}

// TestEventsAreEncodedAsAnyFrameIs, though by hand.
func TestEventsAreEncodedAsAnyFrameIs(t *testing.T) {
	for _, at := range []time.Time{time.Now().UTC(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), time.Date(2026, 3, 2, 9, 0, 0, 120e6, time.UTC)} {
		e := event{Seq: 1 << 40, ID: newUUID(), Type: "queue.changed", At: at, Data: json.RawMessage(`{"queues":[{"id":"support","name":{"ru":"Поддержка"}}]}`)}
		called := e
		called.Type, called.Call, called.Ticket = "offer.created", "0199f3a1-77d2-7000-8000-000000000001", "100009"
		for _, e := range []event{e, called} {
			want, err := json.Marshal(e.frame())
			if err != nil || string(e.text()) != string(want) {
				t.Errorf("encoded is\n%s, not\n%s, %v", e.text(), want, err)
			}
		}
	}
}

// TestAWallOfWhichNothingChangesBringsTheTimeAlone, once a second; what changes comes alone, also to a page that has skipped walls, and who has not asked for that gets the whole.
func TestAWallOfWhichNothingChangesBringsTheTimeAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub(HubOptions{})
		page, slow, asksNot := deskPage(h, "7"), deskPage(h, "8"), deskPage(h, "9")
		asksNot.changes = false
		w := agentapi.Wall{}
		for i := range 5000 {
			w.Agents = append(w.Agents, agentapi.WallAgent{ID: queues.AgentID(fmt.Sprint(i)), Name: "Вера Соколова", Activity: "idle"})
		}
		paint := func() {
			w.Now = time.Now()
			at := w.Now
			w.Line.CountedAt = &at
			h.Wall(w, true)
			time.Sleep(500 * time.Millisecond)
			synctest.Wait()
		}
		talks := func(agent int) {
			w.Agents = slices.Clone(w.Agents) // what was painted is the hub's
			w.Agents[agent].Activity = "talking"
		}
		sent := func(c *conn) (bytes []int) {
			for {
				o, any := taken(c)
				switch {
				case !any:
					return bytes
				case o.wall != nil:
					data := o.wall.whole()
					if c.changes {
						parts, _ := o.wall.wall.Changes(o.seen.wall)
						data, _ = json.Marshal(parts)
						if shared := o.wall.message(o.seen, true) == o.wall.changes(); shared != (o.seen.seq == o.wall.since) {
							t.Errorf("what changed since %d is sent to a page that has seen %d: %v", o.wall.since, o.seen.seq, shared)
						}
					}
					bytes = append(bytes, len(data))
				}
			}
		}
		paint()
		for _, c := range []*conn{page, asksNot} {
			if first := sent(c); len(first) != 1 || first[0] < 100_000 {
				t.Fatalf("the first wall has %d bytes", first)
			}
		}
		for range 20 {
			paint()
		}
		frames := 0
		for range 20 {
			paint()
			for _, n := range sent(page) {
				if frames++; n > 400 {
					t.Errorf("nothing has changed, and a wall has %d bytes", n)
				}
			}
		}
		if frames < 9 || frames > 11 {
			t.Errorf("in ten seconds %d walls came", frames)
		}
		talks(17)
		paint()
		if got := sent(page); len(got) != 1 || got[0] > 600 {
			t.Errorf("one agent has changed, and walls have %d bytes", got)
		}
		if got := sent(asksNot); len(got) != 1 || got[0] < 100_000 {
			t.Errorf("who has asked for nothing else gets walls of %d bytes", got)
		}
		if got := sent(slow); len(got) != 1 || got[0] < 100_000 {
			t.Errorf("who has seen nothing is sent %d bytes", got)
		}
		paint()
		talks(18)
		paint()
		talks(19)
		paint()
		if got := sent(slow); len(got) != 1 || got[0] > 1000 {
			t.Errorf("who has skipped some is sent %d bytes", got)
		}
	})
}

// TestEachSeesTheirOwnWallThroughEveryChange: who oversees and a colleague, while what colleagues may not see comes, changes, stays and goes, and one of them skips walls.
func TestEachSeesTheirOwnWallThroughEveryChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub(HubOptions{})
		pages := map[string]*conn{"boss": wallPage(h, gate.RoleSupervisor, nil), "colleague": wallPage(h, gate.RoleAgent, nil), "slow colleague": wallPage(h, gate.RoleAgent, nil), "slow boss": wallPage(h, gate.RoleSupervisor, nil)}
		seen := map[string]agentapi.Wall{}
		for name, c := range pages {
			written(t, c)
			seen[name] = agentapi.Wall{}.Filled()
		}
		late, all := []agentapi.WallOff{{ID: "7", Kind: "late"}}, []agentapi.Wall{}
		for _, off := range [][]agentapi.WallOff{nil, late, late, nil, nil, late, nil} {
			w := agentapi.Wall{Now: time.Now(), Line: agentapi.WallLine{Calls: 1 + len(all)/2}, Off: off}
			all = append(all, w)
			h.Wall(w, true)
			time.Sleep(time.Second)
			synctest.Wait()
			for name, c := range pages {
				if strings.HasPrefix(name, "slow") && len(all)%2 == 0 {
					continue
				}
				o, any := taken(c)
				if !any || o.wall == nil {
					t.Fatalf("after wall %d the %s is sent nothing", len(all), name)
				}
				var err error
				if seen[name], err = seen[name].With(dataOf(t, o.wall.message(o.seen, true))); err != nil {
					t.Fatal(err)
				}
				want := w.Filled()
				if strings.HasSuffix(name, "colleague") {
					want = want.ForColleagues(true)
				}
				if got, want := textOf(t, seen[name]), textOf(t, want); got != want {
					t.Errorf("after wall %d the %s sees\n%s, not\n%s", len(all), name, got, want)
				}
			}
			if boss, other := h.wall.latest.all, h.wall.latest.colleagues(); len(off) == 0 && boss.seq != other.seq || boss.since == 0 || other.since == 0 {
				t.Errorf("wall %d is %d for who oversees, and %d for colleagues, with changes since %d and %d", len(all), boss.seq, other.seq, boss.since, other.since)
			}
		}
	})
}

// TestAPageThatComesBackAsAnotherGetsTheWholeWall: what it has seen is less than what it may see now, or more.
func TestAPageThatComesBackAsAnotherGetsTheWholeWall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHub(HubOptions{})
		comesBack := func(was, is gate.Role) string {
			t.Helper()
			c := wallPage(h, was, nil)
			seq := c.seen.seq
			c = wallPage(h, is, &agentapi.Resume{Epoch: h.epoch, Seq: map[string]uint64{agentapi.TopicWall: seq}})
			return strings.Join(written(t, c), " ")
		}
		for _, w := range []agentapi.Wall{{Off: []agentapi.WallOff{{ID: "7", Kind: "late"}}}, {}} {
			h.Wall(w, true)
			time.Sleep(time.Second)
			synctest.Wait()
			for _, was := range []gate.Role{gate.RoleAgent, gate.RoleSupervisor} {
				for _, is := range []gate.Role{gate.RoleAgent, gate.RoleSupervisor} {
					want := "resumed"
					if was != is && len(w.Off) > 0 {
						want = "snapshot"
					}
					if got := comesBack(was, is); got != want {
						t.Errorf("%d are not as planned, and %s who comes back as %s is sent %s", len(w.Off), was, is, got)
					}
				}
			}
		}
	})
}

// wallPage is a connection of a page that watches the wall alone.
func wallPage(h *Hub, role gate.Role, r *agentapi.Resume) *conn {
	c := &conn{id: newID(), person: gate.Person{Account: gate.Account{ID: gate.AccountID(newID()), Role: role}}, timing: h.timing, count: h.count, ended: make(chan struct{}), writing: true}
	h.join(c)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.watchWallLocked(c, "s", true, r)
	return c
}

// dataOf is what a page reads in an event.
func dataOf(t *testing.T, m *websocket.PreparedMessage) json.RawMessage {
	t.Helper()
	var f agentapi.Frame
	if err := json.Unmarshal(reflect.ValueOf(m).Elem().FieldByName("data").Bytes(), &f); err != nil {
		t.Fatal(err)
	}
	return f.Data
}

func textOf(t *testing.T, w agentapi.Wall) string {
	t.Helper()
	b, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
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
			d.record(Change{Type: "agent.changed"}, encodedParts{"phone": []byte("{}")}, []byte(`{"phone":{}}`), time.Hour)
		}
		if len(d.log) > logFrames {
			t.Errorf("%d events are kept, at most %d should be", len(d.log), logFrames)
		}
		time.Sleep(time.Hour + time.Second)
		d.record(Change{Type: "agent.changed"}, encodedParts{"phone": []byte("{}")}, []byte(`{"phone":{}}`), time.Hour)
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
