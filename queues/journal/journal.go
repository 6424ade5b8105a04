// Package journal keeps every fact that the router was told on disk, and plays a day of it through the router again.
// The router has no clock and no chance, so that the same facts give the same decisions: a day can be looked at again,
// and also asked what it would have been with other people or rules.
//
//	acd's goroutine ────── Stepped ───────► bounded queue ──► Writer.Run ──► 2026-11-22.jsonl, 2026-11-23.jsonl, …
//	                     (never waits)                                              │
//	                                                        Replay ◄────────────────┘
//
// One file for each local day, one JSON object on each line:
//
//	{"at":"…","run":{"began":"…","epoch":"…","location":"Europe/Moscow","config":{…}}}   begins a file, and each run in it
//	{"at":"…","event":"enqueued","with":{…},"decided":"9ae1…","rejected":"…"}           a fact, and what became of it
//	{"at":"…","lost":17}                                                                 so many facts are missing here
//
// A run is one life of the program: its router began empty, with the configuration written, and everything that a
// restart brings back is told it as facts. So a journal stands on its own from the beginning of a run. A run that lives on past
// midnight goes on in the next day's file, whose first line says when it began; Replay reads from there, and the writer keeps
// the files for it. That is exact, where a copy of the router's state at midnight would be a second truth.
//
// "decided" is a digest of the decisions that followed, so that a replay can say at which line the router would decide
// otherwise now. A last line that a crash tore apart is left out, and named.
package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"hotline/queues"
)

// Line is one line of a journal: a Run, or an Event, or a number of Lost facts.
type Line struct {
	At    time.Time
	Run   *Run
	Event queues.Event
	Lost  int

	Decided  string // Digest of the decisions that followed the event; "" is of none
	Rejected string // why the event was rejected; "" where it was not
}

// Run is one life of the program.
type Run struct {
	Began    time.Time
	Epoch    string
	Location string        // where midnight is: a name of the time zone database, or "Local", which is what Began was written in
	Config   queues.Config // Epoch and Location stand beside it; as it was when it began, whichever day the file is
}

// Begins says whether a line is the first of its run; otherwise the run has gone on from the day before.
func (l Line) Begins() bool { return l.Run != nil && l.Run.Began.Equal(l.At) }

// names are the events as they stand in a journal. A name stays what it is: old journals are read, too.
var names = map[reflect.Type]string{
	reflect.TypeFor[queues.AgentSignedIn]():   "signed_in",
	reflect.TypeFor[queues.AgentReady]():      "ready",
	reflect.TypeFor[queues.AgentNotReady]():   "not_ready",
	reflect.TypeFor[queues.AgentSignedOut]():  "signed_out",
	reflect.TypeFor[queues.AgentReskilled]():  "reskilled",
	reflect.TypeFor[queues.WaitAnnounced]():   "wait_announced",
	reflect.TypeFor[queues.DeskLost]():        "desk_lost",
	reflect.TypeFor[queues.DeskAway]():        "desk_away",
	reflect.TypeFor[queues.DeskBack]():        "desk_back",
	reflect.TypeFor[queues.PhoneChanged]():    "phone",
	reflect.TypeFor[queues.Enqueued]():        "enqueued",
	reflect.TypeFor[queues.Abandoned]():       "abandoned",
	reflect.TypeFor[queues.RequestLed]():      "led",
	reflect.TypeFor[queues.OfferAccepted]():   "accepted",
	reflect.TypeFor[queues.OfferDeclined]():   "declined",
	reflect.TypeFor[queues.OfferFailed]():     "failed",
	reflect.TypeFor[queues.OfferAnswered]():   "answered",
	reflect.TypeFor[queues.TalkEnded]():       "talk_ended",
	reflect.TypeFor[queues.TalkDropped]():     "talk_dropped",
	reflect.TypeFor[queues.TalkHeld]():        "talk_held",
	reflect.TypeFor[queues.TalkResumed]():     "talk_resumed",
	reflect.TypeFor[queues.TalkConsults]():    "talk_consults",
	reflect.TypeFor[queues.ConsultWanted]():   "consult_wanted",
	reflect.TypeFor[queues.TalkPassed]():      "talk_passed",
	reflect.TypeFor[queues.AgentCalls]():      "agent_calls",
	reflect.TypeFor[queues.CallReached]():     "call_reached",
	reflect.TypeFor[queues.CallFailed]():      "call_failed",
	reflect.TypeFor[queues.TalkRestored]():    "talk_restored",
	reflect.TypeFor[queues.WrapUpRestored]():  "wrap_up_restored",
	reflect.TypeFor[queues.WrapUpFinished]():  "wrap_up_finished",
	reflect.TypeFor[queues.WrapUpExtended]():  "wrap_up_extended",
	reflect.TypeFor[queues.OffersHeld]():      "offers_held",
	reflect.TypeFor[queues.OffersReleased]():  "offers_released",
	reflect.TypeFor[queues.CallbackWanted]():  "callback_wanted",
	reflect.TypeFor[queues.CallBroken]():      "call_broken",
	reflect.TypeFor[queues.CallbackReached](): "callback_reached",
	reflect.TypeFor[queues.CallbackFailed]():  "callback_failed",
	reflect.TypeFor[queues.QueueClosed]():     "queue_closed",
	reflect.TypeFor[queues.QueueOpened]():     "queue_opened",
	reflect.TypeFor[queues.Reconfigured]():    "reconfigured",
	reflect.TypeFor[queues.Stalled]():         "stalled",
	reflect.TypeFor[queues.Tick]():            "tick",
}

var byName = func() map[string]reflect.Type {
	types := make(map[string]reflect.Type, len(names))
	for t, name := range names {
		types[name] = t
	}
	return types
}()

// Append appends a line, with its end. It is an error where the event has no name.
func Append(b []byte, l Line) ([]byte, error) {
	b = append(b, `{"at":`...)
	b = appendTime(b, l.At)
	switch {
	case l.Run != nil:
		b = append(b, `,"run":`...)
		b = appendValue(b, reflect.ValueOf(*l.Run))
	case l.Event != nil:
		v := reflect.ValueOf(l.Event)
		name := names[v.Type()]
		if name == "" {
			return nil, fmt.Errorf("journal: event %T has no name", l.Event)
		}
		b = append(append(append(b, `,"event":"`...), name...), '"')
		if !v.IsZero() {
			b = append(b, `,"with":`...)
			b = appendValue(b, v)
		}
	default:
		b = fmt.Appendf(b, `,"lost":%d`, l.Lost)
	}
	if l.Decided != "" {
		b = append(append(append(b, `,"decided":"`...), l.Decided...), '"')
	}
	if l.Rejected != "" {
		b = append(b, `,"rejected":`...)
		b = appendString(b, l.Rejected)
	}
	return append(b, '}', '\n'), nil
}

// ErrTorn is a line that is no whole JSON object: the program or the machine died while it was written.
var ErrTorn = errors.New("is torn apart")

// Parse reads one line.
func Parse(text []byte) (l Line, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var raw map[string]any
	if err := d.Decode(&raw); err != nil || d.More() {
		return l, ErrTorn
	}
	var name string
	var with any = map[string]any{}
	for key, value := range raw {
		var into any
		switch key {
		case "at":
			into = &l.At
		case "run":
			l.Run = new(Run)
			into = l.Run
		case "event":
			into = &name
		case "with":
			with = value
			continue
		case "lost":
			into = &l.Lost
		case "decided":
			into = &l.Decided
		case "rejected":
			into = &l.Rejected
		default:
			return l, fmt.Errorf("%s: is not known", key)
		}
		if err := set(reflect.ValueOf(into).Elem(), value, key); err != nil {
			return l, err
		}
	}
	switch {
	case l.At.IsZero():
		return l, errors.New("at: is missing")
	case name != "":
		kind, known := byName[name]
		if !known {
			return l, fmt.Errorf("event: %q is not known", name)
		}
		v := reflect.New(kind).Elem()
		if err := set(v, with, "with"); err != nil {
			return l, err
		}
		l.Event = v.Interface().(queues.Event)
	case l.Run == nil && l.Lost == 0:
		return l, errors.New("is neither a run, nor an event, nor a gap")
	}
	return l, nil
}
