package rest_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/agentapi/stream"
	"hotline/queues"
	"hotline/telephony/words"
)

// listener keeps the frames that a stream got.
type listener struct {
	mu     sync.Mutex
	frames []agentapi.Frame
}

func (l *listener) hear(f agentapi.Frame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.frames = append(l.frames, f)
}

func (l *listener) heard(t string) (list []agentapi.Frame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.frames {
		if f.T == t {
			list = append(list, f)
		}
	}
	return list
}

func notReady(reason string) stream.Change {
	return stream.Change{Type: "agent.changed", Parts: stream.Parts{
		stream.PartAvailability: agentapi.Availability{State: "not_ready", Reason: reason},
	}}
}

func hasReason(reason string) func(agentapi.Me) bool {
	return func(me agentapi.Me) bool { return me.Availability.Reason == reason }
}

func (h *house) waitFor(s *client.Stream, is func(agentapi.Me) bool) agentapi.Me {
	h.Helper()
	me, err := s.WaitMe(soon(h.T), is)
	if err != nil {
		h.Fatal(err)
	}
	return me
}

func TestADeskShowsWhatWasPublishedBeforeItCameAndEveryChangeAfter(t *testing.T) {
	h := open(t, settings{})
	h.hub.SetMe("7", agentapi.Me{
		Agent:        agentapi.Self{ID: "7", Name: "Анна", Login: "anna", Language: "ru", Skills: []agentapi.Skill{{Skill: "lang:ru", Level: 5}}},
		Availability: agentapi.Availability{State: "not_ready", Reason: "lunch"},
	})
	s := h.desk(h.signIn("anna"), client.StreamOptions{})
	me := s.Me()
	if me.Agent.Name != "Анна" || me.Availability.Reason != "lunch" || me.Agent.Skills[0].Level != 5 || me.Offer != nil {
		t.Errorf("the snapshot says %+v", me)
	}
	h.hub.Me("7", notReady("training"))
	if me := h.waitFor(s, hasReason("training")); me.Agent.Name != "Анна" {
		t.Errorf("an event about the availability changed the rest: %+v", me)
	}
}

func TestAnAgentSeesOnlyTheirOwnDesk(t *testing.T) {
	h := open(t, settings{})
	var l listener
	boris := h.desk(h.signIn("boris"), client.StreamOptions{Frames: l.hear})
	h.hub.Me("7", notReady("lunch"))
	h.hub.Me("8", notReady("break"))
	h.waitFor(boris, hasReason("break"))
	if events := l.heard("event"); len(events) != 1 || events[0].Seq != 2 {
		t.Errorf("boris got %+v", events)
	}
}

func TestSetMeSendsTheDifferenceAlone(t *testing.T) {
	h := open(t, settings{})
	var l listener
	me := agentapi.Me{Agent: agentapi.Self{ID: "7", Name: "Анна"}, Availability: agentapi.Availability{State: "ready"}}
	h.hub.SetMe("7", me)
	s := h.desk(h.signIn("anna"), client.StreamOptions{Frames: l.hear})
	h.hub.SetMe("7", me)
	me.Offer = &agentapi.Offer{ID: "o1", Call: "c1", Pop: agentapi.Pop{Call: "c1"}}
	h.hub.SetMe("7", me)
	h.waitFor(s, func(me agentapi.Me) bool { return me.Offer != nil && me.Offer.ID == "o1" })
	me.Offer = nil
	h.hub.SetMe("7", me)
	h.waitFor(s, func(me agentapi.Me) bool { return me.Offer == nil })
	events := l.heard("event")
	if len(events) != 2 || string(events[1].Data) != `{"offer":null}` {
		t.Errorf("got %d events, the last %s", len(events), events[len(events)-1].Data)
	}
}

func TestAWrongPartIsNotPublished(t *testing.T) {
	h := open(t, settings{})
	s := h.desk(h.signIn("anna"), client.StreamOptions{})
	for _, wrong := range []stream.Parts{
		{"availibility": agentapi.Availability{}}, {"activity": agentapi.Availability{}}, {"availability": nil}, {"queues": 7},
	} {
		h.hub.Me("7", stream.Change{Type: "agent.changed", Parts: wrong})
	}
	h.hub.Me("7", stream.Change{Type: "queue.changed", Parts: stream.Parts{
		stream.PartQueues: []agentapi.MyQueue{{ID: queues.QueueID("support")}}, stream.PartWrapUp: nil,
	}})
	me := h.waitFor(s, func(me agentapi.Me) bool { return len(me.Queues) == 1 })
	if me.Availability.State != "signed_out" {
		t.Errorf("a wrong part changed the desk: %+v", me)
	}
}

func TestASupervisorHasTheWallAndNoDesk(t *testing.T) {
	h := open(t, settings{})
	h.hub.Wall(agentapi.Wall{Line: agentapi.WallLine{Waiting: 3}}, true)
	page := h.socket("vera", nil)
	page.expect("hello")
	page.send(`{"t":"subscribe","id":"1","topics":["me","wall","queue:x"]}`)
	page.expectProblem("1", agentapi.CodeNotAnAgent)
	if f := page.next(); f.T != "snapshot" || f.Topic != "wall" || !strings.Contains(string(f.Data), `"queues":[]`) {
		t.Errorf("got %+v", f)
	}
	page.expectProblem("1", agentapi.CodeUnknownTopic)
	page.send(`{"t":"cmd","id":"2","name":"agent.ready"}`)
	page.expectProblem("2", agentapi.CodeNotAnAgent)
	if got := h.office.commands(); len(got) != 0 {
		t.Errorf("carried out: %v", got)
	}
}

// Forty queues and four hundred agents: what came twice a second was most of all the hour of each queue, of which a minute may have changed.
func TestTheHistoriesOfTheWallComeOnceAndTheirLastMinutesWithEachEvent(t *testing.T) {
	h := open(t, settings{})
	var w agentapi.Wall
	start, share := time.Now().UTC().Truncate(time.Minute).Add(-time.Hour), 0.8125
	for i := range 40 {
		q := agentapi.WallQueue{ID: queues.QueueID(fmt.Sprint("queue", i)), Name: words.Text{"ru": "Техническая поддержка", "en": "Technical support"}}
		for m := range 60 {
			q.History = append(q.History, agentapi.WallMinute{At: start.Add(time.Duration(m) * time.Minute), Waiting: m, ServiceLevel: &share})
		}
		w.Queues = append(w.Queues, q)
	}
	for i := range 400 {
		w.Agents = append(w.Agents, agentapi.WallAgent{ID: queues.AgentID(fmt.Sprint("agent", i)), Name: "Вера Соколова", Availability: "ready", Activity: "talking", Since: start, Queue: "queue1", Departments: []string{"support"}})
	}
	watching := h.desk(h.signIn("vera"), client.StreamOptions{Topics: []string{"wall"}})
	h.hub.Wall(w, true)
	if _, err := watching.WaitWall(soon(t), func(w agentapi.Wall) bool { return len(w.Queues) == 40 }); err != nil {
		t.Fatal(err)
	}
	page := h.socket("vera", nil)
	page.expect("hello")
	page.send(`{"t":"subscribe","id":"1","topics":["wall"]}`)
	snapshot := page.expect("snapshot")
	w.Line.Calls = 7
	h.hub.Wall(w, true)
	event := page.expect("event")
	minutes := func(f agentapi.Frame) int { return strings.Count(string(f.Data), `"at":`) }
	if minutes(snapshot) != 40*60 || minutes(event) != 40*2 {
		t.Errorf("the snapshot brings %d minutes, an event %d", minutes(snapshot), minutes(event))
	}
	t.Logf("a snapshot has %d bytes, an event %d", len(snapshot.Data), len(event.Data))
	if 2*len(event.Data) > len(snapshot.Data) {
		t.Errorf("an event has %d bytes, where the whole has %d", len(event.Data), len(snapshot.Data))
	}
	late := h.desk(h.signIn("vera"), client.StreamOptions{Topics: []string{"wall"}})
	w.Line.Calls = 8
	h.hub.Wall(w, true)
	known, err := late.WaitWall(soon(t), func(w agentapi.Wall) bool { return w.Line.Calls == 8 })
	if err != nil || len(known.Queues) != 40 || len(known.Queues[39].History) != 60 {
		t.Errorf("after an event, whoever has seen the whole knows %d queues, %v", len(known.Queues), err)
	}
}

func TestAClosedDeskIsReportedAfterTheGrace(t *testing.T) {
	h := open(t, settings{timing: stream.Timing{Grace: 20 * time.Millisecond}})
	s := h.desk(h.signIn("anna"), client.StreamOptions{})
	if !h.hub.Connected("7") || h.hub.Connected("8") {
		t.Error("connected: expected 7 alone")
	}
	s.Close()
	h.awaitClosed("7")
	if h.hub.Connected("7") {
		t.Error("still connected")
	}
	h.hub.Expect("8") // was signed in before a restart
	h.awaitClosed("8")
}
