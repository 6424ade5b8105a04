// Package memory is a telephone switch without telephones: customers, phones, channels, bridges and announcements
// live in memory, and a test says what people do. It behaves as Asterisk does, which the suite in
// telephony/conformance proves for both:
//
//   - a request is accepted at once, and what happens then is told later, in order, by events;
//   - whoever is gone answers telephony.ErrGone, and each leg that was has one LegEnded;
//   - channels, their music and their bridges outlive the controller; a bridge stays until it is deleted;
//   - what is said while nobody is connected is lost, and has to be found again by looking.
//
// A test connects a line and makes people act:
//
//	sw := memory.New(memory.Options{})
//	go sw.Run(ctx, line)
//	phone := sw.Phone("7")
//	customer := sw.Call(from, to)
//	customer.Type("1")
//	phone.Answer()
//
// Time is the time package's: inside testing/synctest it passes by itself, and synctest.Wait is
// all the waiting there is. Outside, Await waits for a state. A switch has no goroutine of its own; Run's end with it.
package memory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"hotline/telephony"
)

// Options say how the switch differs from the usual one.
type Options struct {
	// Lengths of sounds; others last Sound. A negative length is a sound that is missing: its playback fails.
	Lengths map[telephony.Sound]time.Duration
	// Sound is the length of a sound, 2 s where it is 0.
	Sound time.Duration
	// Latency is the time an event takes to its call. With some, requests and events cross.
	Latency time.Duration
	// Dialling is how long the switch takes until it dials a phone: it is behind.
	Dialling time.Duration
	// Recorder says what becomes of recordings, and Records after what time where they fail or stop.
	Recorder Recorder
	Records  time.Duration
	// Mute says that nobody can whisper here.
	Mute bool
}

// Recorder is how the switch records.
type Recorder uint8

const (
	RecorderWorks   Recorder = iota
	RecorderRefuses          // requests fail: the folder is gone
	RecorderFails            // each recording fails: the disk is full
	RecorderStops            // each ends by itself, and nothing is said of a failure
)

// Switch is the exchange: what it holds lives on when the controller crashes.
type Switch struct {
	options Options

	mu         sync.Mutex
	legs       map[telephony.LegID]*leg
	bridges    map[telephony.BridgeID]*bridge
	phones     map[telephony.Address]*Phone
	recordings []Recorded
	musicless  bool          // requests for music fail
	noteless   bool          // no note can be written
	arrived    int           // how many customers have called
	connected  *controller   // nil while nobody is
	lasts      int           // requests until it crashes; 0 and below is never
	then       func()        // called then, under mu
	changed    chan struct{} // closed and replaced at every change: for Await
}

// leg is a channel. All of it is guarded by the switch's mu.
type leg struct {
	id       telephony.LegID
	call     telephony.CallID
	answered bool
	muted    bool // whoever is there is silent
	hushed   bool // an endless silence plays
	rings    bool // an endless ringing tone does
	holds    bool // with a key of the phone
	note     string
	keeps    bool   // what is typed, in kept
	kept     string // typed since the note was written
	keys     string // typed to whoever is there
	bridge   *bridge

	placed   *telephony.Arrival // of an outgoing call: whose customer's leg it is; nil elsewhere
	customer *Customer          // one of these three is set
	phone    *Phone
	listens  *leg // what a supervisor's ear hears
	whisper  bool
	alone    bool // it does not hear what that one hears

	playing   []*playing              // the first of them now
	music     *Heard                  // on hold
	next      *telephony.Announcement // music that begins when nothing plays any more; nil is none
	recording *recording
	ringing   *time.Timer
}

type bridge struct {
	id        telephony.BridgeID
	legs      []*leg
	recording *recording
}

// New makes a switch with nobody connected.
func New(o Options) *Switch {
	if o.Sound == 0 {
		o.Sound = 2 * time.Second
	}
	return &Switch{
		options: o,
		legs:    make(map[telephony.LegID]*leg),
		bridges: make(map[telephony.BridgeID]*bridge),
		phones:  make(map[telephony.Address]*Phone),
		changed: make(chan struct{}),
	}
}

// Leftovers counts what is in the switch now: nothing, once all calls have ended and their controllers are through.
func (s *Switch) Leftovers() (channels, bridges int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.legs), len(s.bridges)
}

// Connected reports whether a controller is.
func (s *Switch) Connected() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connected != nil
}

// PlaysMusic says whether music on hold can be played from now on. It can at first.
func (s *Switch) PlaysMusic(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.musicless = !yes
}

// Notes says whether notes can be written from now on. They can at first; where they cannot, phones are dialled all the same.
func (s *Switch) Notes(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noteless = !yes
}

// Recordings are those that have ended, in that order.
func (s *Switch) Recordings() []Recorded {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.recordings)
}

// Await waits until something is true of the switch; holds is asked again after every change, and may look at
// customers and phones. It returns the cause of ctx's end otherwise.
func (s *Switch) Await(ctx context.Context, holds func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if holds() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// touch wakes who awaits. It is called under mu, as all below.
func (s *Switch) touch() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// tell sends an event on its way, or loses it when nobody is connected.
func (s *Switch) tell(call telephony.CallID, ev telephony.Event) {
	s.touch()
	if s.connected != nil {
		s.connected.tell(call, ev)
	}
}

// end removes a leg; a second time does nothing. As with Asterisk, what played fails first.
func (s *Switch) end(l *leg, cause telephony.Cause) { s.endWith(l, cause, 0) }

// endWith is end with what a phone said that refused the call.
func (s *Switch) endWith(l *leg, cause telephony.Cause, response int) {
	if s.legs[l.id] != l {
		return
	}
	delete(s.legs, l.id)
	if l.ringing != nil {
		l.ringing.Stop()
	}
	for len(l.playing) > 0 {
		s.endPlaying(l, l.playing[0], errGoneWhilePlaying)
	}
	s.endMusic(l)
	if l.recording != nil {
		s.endRecording(l.recording, nil)
	}
	s.leave(l)
	for _, ear := range s.legs {
		if ear.listens == l {
			s.end(ear, telephony.CauseNormal)
		}
	}
	switch {
	case l.customer != nil:
		l.customer.cause = cause
		close(l.customer.ended)
	case l.phone != nil && l.phone.leg == l:
		l.phone.leg = nil
	}
	s.tell(l.call, telephony.LegEnded{Leg: l.id, Cause: cause, Response: response, At: time.Now()})
}

// leave takes a leg out of its bridge, which stays.
func (s *Switch) leave(l *leg) {
	if l.bridge == nil {
		return
	}
	for _, other := range others(l) { // as Asterisk does: nobody is held any more
		if l.holds {
			s.endMusic(other)
		}
		if other.holds {
			s.endMusic(l)
		}
	}
	l.bridge.legs = slices.DeleteFunc(l.bridge.legs, func(other *leg) bool { return other == l })
	l.bridge = nil
}

func (s *Switch) join(b *bridge, l *leg) {
	if l.bridge == b {
		return
	}
	s.leave(l)
	l.bridge = b
	b.legs = append(b.legs, l)
}

func (s *Switch) deleteBridge(b *bridge) {
	if b.recording != nil {
		s.endRecording(b.recording, nil)
	}
	for len(b.legs) > 0 {
		s.leave(b.legs[0])
	}
	delete(s.bridges, b.id)
	s.touch()
}

// belongs reports whether an id bears a call's name.
func belongs[ID ~string](id ID, call telephony.CallID) bool {
	return strings.HasPrefix(string(id), string(call)+".")
}

// callID has a UUIDv7's shape (RFC 9562): the time, then the number of the call.
func callID(at time.Time, n int) telephony.CallID {
	ms := at.UnixMilli()
	return telephony.CallID(fmt.Sprintf("%08x-%04x-7000-8000-%012x", ms>>16&0xffffffff, ms&0xffff, n))
}
