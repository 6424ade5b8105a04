package stream

import (
	"encoding/json"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"hotline/agentapi"
)

// wall is the topic "wall". Hub.Wall leaves the newest values in next; a timer takes them
// out, at most one in Timing.Wall. Guarded by Hub.mu.
type wall struct {
	next     *agentapi.Wall
	open     bool // agents see why colleagues are not ready; of next
	timer    *time.Timer
	last     time.Time      // when one was looked at last
	latest   *shownWall     // the empty wall before the first
	watchers map[*conn]bool // who watches
}

// wallSign is after how long a wall is sent of which nothing has changed but the time: pages say of one that is three seconds old that it is. Who paints two a second sends
// the second one.
const wallSign = 900 * time.Millisecond

// shownWall is one that pages were given, or could have been.
type shownWall struct {
	at         time.Time
	open       bool
	all        *wallView        // for who oversees
	colleagues func() *wallView // the same one where there is nothing that they may not see
}

// wallView is a wall as some see it. It is encoded when somebody needs it, and once for all who do; a nil message is one that could not be.
type wallView struct {
	seq     uint64 // 1 is the empty wall before the first; odd where it is all that there is, and one more as colleagues see it where that is less: who comes back as another has not seen it
	since   uint64 // of the one before, which changes are over; 0 is none
	wall    agentapi.Wall
	whole   func() json.RawMessage            // for who begins to watch
	event   func() *websocket.PreparedMessage // for who has not asked for changes
	changes func() *websocket.PreparedMessage // for who has seen the one before
	log     *slog.Logger
}

func newWallView(w agentapi.Wall, seq uint64, log *slog.Logger) *wallView {
	v := &wallView{seq: seq, wall: w, log: log}
	v.whole = sync.OnceValue(func() json.RawMessage {
		whole, err := json.Marshal(w)
		if err != nil {
			log.Error("the wall is not published", "err", err)
			return emptyWall
		}
		return whole
	})
	v.event = sync.OnceValue(func() *websocket.PreparedMessage { return v.prepared(w.Latest()) })
	return v
}

func (v *wallView) prepared(data any) *websocket.PreparedMessage {
	raw, err := json.Marshal(data)
	var m *websocket.PreparedMessage
	if err == nil {
		m, err = preparedText(agentapi.Frame{
			T: "event", Topic: agentapi.TopicWall, Seq: v.seq, ID: newID(), Type: "queue.changed", At: time.Now().UTC(), Data: raw,
		})
	}
	if err != nil {
		v.log.Error("the wall is not published", "err", err)
		return nil
	}
	return m
}

// after says whether there is news since another one, and from then on has what changed. It keeps nothing else of that one: it is before it that another was.
func (v *wallView) after(before *wallView) (news bool) {
	parts, news := v.wall.Changes(before.wall)
	v.since, v.changes = before.seq, sync.OnceValue(func() *websocket.PreparedMessage { return v.prepared(parts) })
	return news
}

// message is what a page is sent that has seen another wall last.
func (v *wallView) message(seen *wallView, changes bool) *websocket.PreparedMessage {
	switch {
	case !changes:
		return v.event()
	case seen.seq == v.since:
		return v.changes()
	default: // it has skipped some
		parts, _ := v.wall.Changes(seen.wall)
		return v.prepared(parts)
	}
}

func newShownWall(w agentapi.Wall, open bool, seq uint64, log *slog.Logger) *shownWall {
	w = w.Filled()
	s := &shownWall{at: time.Now(), open: open, all: newWallView(w, seq, log)}
	s.colleagues = sync.OnceValue(func() *wallView {
		if open && len(w.Off)+len(w.Overseers)+len(w.Helps)+len(w.Talks)+len(w.Expiring) == 0 {
			return s.all
		}
		return newWallView(w.ForColleagues(open), seq+1, log)
	})
	return s
}

// after says whether these pages are to be told of s, which comes after another one: where there is news, or a sign of life is due.
func (s *shownWall) after(before *shownWall, watchers []*conn) bool {
	news := s.all.after(before.all) || s.open != before.open
	if slices.ContainsFunc(watchers, (*conn).isColleague) {
		if c, b := s.colleagues(), before.colleagues(); c.seq != s.all.seq || b.seq != before.all.seq {
			if c == s.all { // the same, and something else has changed for who saw less before
				c = newWallView(c.wall, c.seq, c.log)
				s.colleagues = func() *wallView { return c }
			}
			news = c.after(b) || news
		}
	}
	return news || s.at.Sub(before.at) >= wallSign
}

// of is the wall as a connection's person sees it.
func (s *shownWall) of(c *conn) *wallView {
	if c.isColleague() {
		return s.colleagues()
	}
	return s.all
}

// Wall publishes the load of the line: at most four times a second, the newest counts, and while nothing changes once a second.
// w belongs to the hub from then on. Agents see why their colleagues are not ready only where reasons says so.
func (h *Hub) Wall(w agentapi.Wall, reasons bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.draining {
		return
	}
	h.wall.next, h.wall.open = &w, reasons
	if h.wall.timer == nil {
		h.wall.timer = time.AfterFunc(max(0, h.timing.Wall-time.Since(h.wall.last)), h.sendWall)
	}
}

// sendWall carries the newest wall to all who watch. There is one at a time: the next is
// armed at its end. It goes to a few dozen pages, then lets others run: a pop
// on its way must not wait until ten thousand writers have had their turn.
func (h *Hub) sendWall() {
	h.mu.Lock()
	w, open, before := h.wall.next, h.wall.open, h.wall.latest
	watchers := slices.Collect(maps.Keys(h.wall.watchers))
	h.wall.next = nil
	h.mu.Unlock()
	if w == nil {
		return
	}
	now := newShownWall(*w, open, before.all.seq+2, h.log)
	if len(watchers) == 0 || now.after(before, watchers) {
		h.mu.Lock()
		h.wall.latest = now
		watchers = slices.Collect(maps.Keys(h.wall.watchers)) // who has begun meanwhile has seen the one before
		h.mu.Unlock()
	} else {
		watchers = nil
	}
	for i, c := range watchers {
		c.pushWall(now.of(c))
		if i%64 == 63 {
			runtime.Gosched()
		}
	}

	h.mu.Lock()
	defer h.mu.Unlock()
	h.wall.last, h.wall.timer = time.Now(), nil
	if h.wall.next != nil && !h.draining {
		h.wall.timer = time.AfterFunc(h.timing.Wall, h.sendWall)
	}
}

// isColleague says whether the page is one of somebody who sees no more of others than colleagues do.
func (c *conn) isColleague() bool { return !c.person.Account.Role.Oversees() }

// WallWatched says whether anybody watches.
func (h *Hub) WallWatched() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.wall.watchers) > 0
}

// watchWallLocked lets c see the wall from now on. Where walls were merged for a slow page, it sees a gap in their
// numbers, and that is all right: what it is sent is what has changed since the one that it was sent before, or absolute.
func (h *Hub) watchWallLocked(c *conn, id string, changes bool, r *agentapi.Resume) {
	h.wall.watchers[c] = true
	v := h.wall.latest.of(c)
	c.watchesFrom(v, changes)
	if r != nil && r.Epoch == h.epoch && r.Seq[agentapi.TopicWall] == v.seq {
		c.push(outgoing{frame: agentapi.Frame{T: "resumed", ID: id, Topic: agentapi.TopicWall, From: v.seq + 1}})
		return
	}
	c.push(outgoing{encode: func() agentapi.Frame {
		return agentapi.Frame{T: "snapshot", ID: id, Topic: agentapi.TopicWall, Seq: v.seq, Data: v.whole()}
	}})
}

var emptyWall = func() json.RawMessage {
	b, err := json.Marshal(agentapi.Wall{}.Filled())
	if err != nil {
		panic(err)
	}
	return b
}()

func (w *wall) stop() {
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	w.next = nil
}
