package stream

import (
	"encoding/json"
	"runtime"
	"time"

	"github.com/gorilla/websocket"

	"hotline/agentapi"
)

// wall is the topic "wall". Hub.Wall leaves the newest values in next; a timer takes them
// out, at most one in Timing.Wall. Guarded by Hub.mu.
type wall struct {
	next   *agentapi.Wall
	open   bool // agents see why colleagues are not ready; of next
	timer  *time.Timer
	last   time.Time // when the last one left
	seq    uint64    // of latest; 1 is the empty wall before the first
	latest json.RawMessage
	masked json.RawMessage // latest as agents see it
}

// Wall publishes the load of the line: at most four times a second, the newest counts.
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
	w, reasons := h.wall.next, h.wall.open
	h.wall.next = nil
	seq := h.wall.seq + 1
	h.mu.Unlock()
	if w == nil {
		return
	}
	m, encoded, err := encodeWall(*w, seq)
	forAgents, masked := m, encoded
	if err == nil && (!reasons || len(w.Off)+len(w.Overseers)+len(w.Helps)+len(w.Talks)+len(w.Expiring) > 0) {
		forAgents, masked, err = encodeWall(w.ForColleagues(reasons), seq)
	}
	if err != nil {
		h.log.Error("the wall is not published", "err", err)
	}

	h.mu.Lock()
	var watchers []*conn
	if err == nil {
		h.wall.seq, h.wall.latest, h.wall.masked = seq, encoded, masked
		for c, watches := range h.conns {
			if watches {
				watchers = append(watchers, c)
			}
		}
	}
	h.mu.Unlock()
	for i, c := range watchers {
		if c.isColleague() {
			c.pushWall(forAgents)
		} else {
			c.pushWall(m)
		}
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
	for _, watches := range h.conns {
		if watches {
			return true
		}
	}
	return false
}

// encodeWall is a wall as the event that carries it, and whole, for who begins to watch.
func encodeWall(w agentapi.Wall, seq uint64) (*websocket.PreparedMessage, json.RawMessage, error) {
	if w.Queues == nil {
		w.Queues = []agentapi.WallQueue{}
	}
	if w.Agents == nil {
		w.Agents = []agentapi.WallAgent{}
	}
	if w.Alarms == nil {
		w.Alarms = []agentapi.Alarm{}
	}
	if w.Departments == nil {
		w.Departments = []agentapi.WallDepartment{}
	}
	whole, err := json.Marshal(w)
	if err != nil {
		return nil, nil, err
	}
	latest, err := json.Marshal(w.Latest())
	if err != nil {
		return nil, nil, err
	}
	m, err := preparedText(agentapi.Frame{
		T: "event", Topic: agentapi.TopicWall, Seq: seq, ID: newID(), Type: "queue.changed", At: time.Now().UTC(), Data: latest,
	})
	return m, whole, err
}

// watchWallLocked lets c see the wall from now on. Where walls were merged for a slow page, it
// sees a gap in their numbers, and that is all right: each is absolute, and the histories in it overlap.
func (h *Hub) watchWallLocked(c *conn, id string, r *agentapi.Resume) {
	h.conns[c] = true
	seq, latest := h.wall.seq, h.wall.latest
	if c.isColleague() {
		latest = h.wall.masked
	}
	switch {
	case r != nil && r.Epoch == h.epoch && r.Seq[agentapi.TopicWall] == seq:
		c.push(outgoing{frame: agentapi.Frame{T: "resumed", ID: id, Topic: agentapi.TopicWall, From: seq + 1}})
	default:
		if latest == nil {
			latest = emptyWall
		}
		c.push(outgoing{frame: agentapi.Frame{T: "snapshot", ID: id, Topic: agentapi.TopicWall, Seq: seq, Data: latest}})
	}
}

var emptyWall = func() json.RawMessage {
	_, encoded, err := encodeWall(agentapi.Wall{}, 1)
	if err != nil {
		panic(err)
	}
	return encoded
}()

func (w *wall) stop() {
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	w.next = nil
}
