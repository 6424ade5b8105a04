package telephony

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// media is something that plays or records on the caller's leg.
type media struct {
	id    MediaID
	err   error         // written before ended is closed
	ended chan struct{} // closed by Deliver
}

// running is what plays or records in a call now. Deliver tells it what has ended.
type running struct {
	call CallID

	mu  sync.Mutex
	now map[MediaID]*media
}

func newRunning(call CallID) *running { return &running{call: call, now: make(map[MediaID]*media)} }

// begin expects the end of something that is about to play or record: before the request, for the end may be told before the reply.
func (r *running) begin(id MediaID) *media {
	m := &media{id: id, ended: make(chan struct{})}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now[id] = m
	return m
}

// end tells whoever waits for it that something has ended, or has failed.
func (r *running) end(id MediaID, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.now[id]
	if m == nil {
		return // stopped, and forgotten
	}
	delete(r.now, id)
	if err != nil {
		m.err = fmt.Errorf("%s of call %s: %w", id.Kind, r.call, err)
	}
	close(m.ended)
}

// forget reports whether m had not ended yet.
func (r *running) forget(m *media) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, live := r.now[m.id]
	delete(r.now, m.id)
	return live
}

// names makes ids of a call's legs, bridges and media: none that a process has used before, each showing whose it is.
type names struct {
	call  CallID
	epoch string // so that they never meet those of an earlier process

	mu   sync.Mutex
	made int
	said int
}

func newNames(call CallID) *names {
	return &names{call: call, epoch: strings.ToLower(rand.Text()[:6])}
}

func (n *names) next() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.made++
	return string(n.call) + "." + n.epoch + "-" + strconv.Itoa(n.made)
}

// SaidNames are the names of what is said to the caller of a call, which it has one after the other, and over again. A driver that finds a call ends what an earlier
// Hotline has left to be said: the caller would hear it to its end before all else. See Resume.Said.
func SaidNames(call CallID) (all []string) {
	for n := range saidNames {
		all = append(all, saidName(call, n))
	}
	return all
}

// saidNames is how many there are. One is said at a time: when a name comes again, the end of what bore it before has long been told.
const saidNames = 4

func saidName(call CallID, n int) string { return string(call) + ".says-" + strconv.Itoa(n%saidNames) }

// says names what is said next.
func (n *names) says() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	name := saidName(n.call, n.said)
	n.said++
	return name
}
