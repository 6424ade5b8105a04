package ivr

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/recordings/tape"
	"hotline/telephony"
	"hotline/tickets"
)

// What is said in talks is recorded by the rule of the queue, or because the agent wants it. The telephony runs a track for each party
// (telephony.Conversation.Record), what is known of the recording are facts (recordings/tape), and what a restart must know is in the note,
// written before it is done:
//
//	caller comes to the queue ─► told so, once, where the rule says; a digit declines ─► talk ─► note: on ─► tracks
//	talk: an agent begins it, or has called ─► note: on ─► told so in the talk, as above ─► tracks
//	on ── agent, program: note: paused ─► no tracks ──► paused ── they go on, or it lasts too long ──► on
//	talk is over ─► no tracks; the next agent's talk goes on with the recording ── call is over ──► archive
//
// Who talks with a number outside is not recorded, on hold nobody is. Digits that a flow asks for are never on a recording: nobody talks then.
// That something cannot be recorded is shown on the desk, counted and alarmed, and stops no talk.

// RecordingRule is what a queue has recorded of its talks.
type RecordingRule struct {
	Share         int           // percent of the talks that are recorded without anybody's word: 0 none, 100 all
	OnDemand      bool          // agents may begin to record, and end what they have begun
	Announce      flow.Prompt   // tells the caller so before, once: where they come to the queue, or in the talk; "" is not told
	Decline       byte          // the digit by which the caller wants not to be recorded, while they are told; 0 is none
	PauseAtMost   time.Duration // a pause goes on by itself then; 0 is UsualPause
	Consultations bool          // what others say while the caller does not hear it is recorded, too
}

// UsualPause is how long a recording is paused at most where the rule says nothing else.
const UsualPause = 5 * time.Minute

// Recorder takes what is recorded.
type Recorder interface {
	// Rule is a queue's rule, as it is now.
	Rule(queues.QueueID) RecordingRule
	// Ready is nil where recordings can be made, and else says why not.
	Ready() error
	// Note takes what has happened to a call's recording, and does not block.
	Note(telephony.CallID, tape.Fact)
	// Speaks reports whether anything is said in a message that has ended, by its name at the switch.
	Speaks(ctx context.Context, name string) (bool, error)
	// Failed takes that somebody is not recorded who should be, or, with nil, that nobody is any more, and does not block.
	Failed(telephony.CallID, error)
}

// Why a recording cannot be begun, paused or gone on with.
var (
	ErrMayNotRecord = errors.New("the queue's rule does not allow agents to begin or end a recording")
	ErrDeclined     = errors.New("the caller does not want to be recorded")
	ErrNotRecorded  = errors.New("the talk is not recorded")
	ErrNotPaused    = errors.New("the recording is not paused")
	ErrNoRecorder   = errors.New("nothing can be recorded now")
)

// RecordingState is what a talk's desk shows of its recording.
type RecordingState string

const (
	NotRecording    RecordingState = ""
	IsRecording     RecordingState = "on"
	RecordingTold   RecordingState = "told" // the caller is being told; it is on then, unless they decline
	RecordingPaused RecordingState = "paused"
	RecordingFailed RecordingState = "failed" // it should be on
)

// RecordingAside is what the agent of a talk is to know of its recording.
type RecordingAside struct {
	State    RecordingState
	Until    time.Time // a pause goes on by itself then; zero elsewhere
	OnDemand bool      // the agent may begin and end it
	Declined bool      // the caller has
}

// recordingNote is what a restart must know of the recording of a call.
type recordingNote struct {
	Told     bool      `json:"told,omitempty"`     // the caller, that they are recorded
	Declined bool      `json:"declined,omitempty"` // by the caller
	On       bool      `json:"on,omitempty"`
	Paused   time.Time `json:"paused,omitzero"` // since then
	Ended    bool      `json:"ended,omitempty"` // by an agent: no rule begins it again
	Ever     bool      `json:"ever,omitempty"`  // there is something of it
}

// noted is the note as it is written; nil where there is nothing to know.
func (r recordingNote) noted() *recordingNote {
	if r == (recordingNote{}) {
		return nil
	}
	return &r
}

func (r *recordingNote) read() recordingNote {
	if r == nil {
		return recordingNote{}
	}
	return *r
}

// RecordingWish is what somebody wants of the recording of a talk.
type RecordingWish string

const (
	StartRecording RecordingWish = "start"
	StopRecording  RecordingWish = "stop"
	PauseRecording RecordingWish = "pause"
	GoOnRecording  RecordingWish = "go_on"
)

// Record does what somebody wants of the recording of a talk. why is tape.ByAgent or tape.ByAPI, by the agent's id or the program's name.
// The errors are those above, and ErrTalkOver. What is so already is no error.
func (l *Line) Record(ctx context.Context, id telephony.CallID, wish RecordingWish, why, by string) error {
	var of queues.AgentID
	if why == tape.ByAgent {
		of = queues.AgentID(by)
	}
	return l.meanwhile(ctx, id, of, func(s *script, ctx context.Context, v *telephony.Conversation) error {
		if s.call.Left() { // who was asked and the agent talk on
			return ErrTalkOver
		}
		switch wish {
		case StartRecording:
			return s.startRecording(ctx, v, why, by)
		case StopRecording:
			return s.stopRecording(ctx, v)
		case PauseRecording:
			return s.pauseRecording(ctx, v, why, by)
		case GoOnRecording:
			return s.goOnRecording(ctx, v)
		default:
			panic("ivr: nobody wishes to " + string(wish))
		}
	})
}

// rule is that of the talk's queue, or of where the caller waits.
func (s *script) recordingRule() RecordingRule {
	if s.line.Recorder == nil {
		return RecordingRule{}
	}
	queue := s.place.Queue
	if p, on := s.note.phase.(talking); on {
		queue = p.Queue
	}
	return s.line.Recorder.Rule(queue)
}

// Drawn says whether a call is among a share of all. It is so for the whole call, whatever Hotline asks.
func (r RecordingRule) Drawn(call telephony.CallID) bool {
	h := fnv.New32a()
	h.Write([]byte(call))
	return int(h.Sum32()%100) < r.Share
}

// allows says whether a talk may be recorded at all.
func (r RecordingRule) allows(call telephony.CallID) bool { return r.OnDemand || r.Drawn(call) }

// tellsOfRecording reports whether the caller is yet to be told that their talk will be recorded.
func (s *script) tellsOfRecording() bool {
	r := s.recordingRule()
	return r.Drawn(s.call.ID()) && r.Announce != "" && !s.note.Recording.Told && !s.note.Recording.Declined
}

// tellOfRecording tells a caller who is about to wait that their talk will be recorded, once.
func (s *script) tellOfRecording(ctx context.Context) error {
	if !s.tellsOfRecording() {
		return nil
	}
	r, n := s.recordingRule(), &s.note.Recording
	var digit string
	var err error
	if r.Decline == 0 {
		err = s.call.Play(ctx, s.words(r.Announce))
	} else if digit, err = s.call.Collect(ctx, telephony.Collect{Prompt: s.words(r.Announce), Flush: true, Max: 1, First: declineWithin}); err == telephony.ErrNoInput { // they have heard it
		err = nil
	}
	n.Told = err == nil // else they are told in the talk, if they can be by then
	if err := s.tolerate(ctx, err); err != nil {
		return err
	}
	n.Declined = r.Decline != 0 && digit == string(r.Decline)
	s.mark(ctx, s.note.phase)
	return nil
}

// declineWithin is how long a caller may still decline when they have been told.
const declineWithin = 2 * time.Second

// recordTalk has a talk recorded that has begun, or that a restart has found: as its queue's rule says, and as it was before.
func (s *script) recordTalk(ctx context.Context, v *telephony.Conversation, agent queues.AgentID) (over func()) {
	if s.line.Recorder == nil || s.note.Left != nil {
		return func() {}
	}
	v.WhenUnrecorded(s.unrecorded)
	r, n := s.recordingRule(), &s.note.Recording
	was := n.On
	goesOn := n.On && r.allows(s.call.ID())
	n.On = !n.Declined && (goesOn || !n.Ended && r.Drawn(s.call.ID()))
	if !n.On {
		n.Paused = time.Time{}
	}
	if was && !n.On {
		s.mark(ctx, s.note.phase)
	}
	if n.On || n.Ever {
		s.fact(tape.Fact{Kind: tape.Joined, Agent: string(agent)})
	}
	if n.On {
		_ = s.beginRecording(ctx, v, tape.Fact{Kind: tape.Began, Why: "rule"}) // shown on the desk
	} else {
		_ = s.unrecord(ctx, v)
		s.showRecording()
	}
	return func() {
		s.pauseOver()
		s.telling = false
		agent := s.holder.offer.Agent                   // another, where the caller was passed on; nobody where that was outside
		if !n.Ever || ctx.Err() != nil || agent == "" { // the talk goes on without this Hotline
			return
		}
		if !n.Paused.IsZero() { // the next talk is another
			n.Paused = time.Time{}
			s.fact(tape.Fact{Kind: tape.WentOn})
		}
		s.fact(tape.Fact{Kind: tape.Left, Agent: string(agent)})
	}
}

// recordPassed has a talk recorded on that another agent has now, and no more that somebody outside has.
func (s *script) recordPassed(ctx context.Context, v *telephony.Conversation, from, to queues.AgentID) {
	if s.line.Recorder == nil {
		return
	}
	if s.note.Recording.Ever {
		s.fact(tape.Fact{Kind: tape.Left, Agent: string(from)})
	}
	if to == "" {
		_ = s.unrecord(ctx, v)
		return
	}
	if s.note.Recording.Ever {
		s.fact(tape.Fact{Kind: tape.Joined, Agent: string(to)})
	}
}

// recordFound goes on recording a conversation that a restart has found, or no longer, before anything else happens in it.
func (s *script) recordFound(ctx context.Context, v *telephony.Conversation) {
	_, talks := s.note.phase.(talking)
	n, r := s.note.Recording, s.recordingRule()
	if !talks || !n.On || !n.Paused.IsZero() || !r.allows(s.call.ID()) || r.Announce != "" && !n.Told {
		_ = s.unrecord(ctx, v)
	} else if err := s.line.Recorder.Ready(); err != nil {
		_ = s.unrecord(ctx, v)
		s.unrecorded(ctx, err)
	} else if err := v.Record(ctx, r.how()); err != nil {
		s.unrecorded(ctx, err)
	}
}

func (r RecordingRule) how() telephony.Recorded {
	if r.Consultations {
		return telephony.WithoutCaller
	}
	return telephony.WithCaller
}

// beginRecording notes that the talk is recorded, and has it so, unless it is paused.
func (s *script) beginRecording(ctx context.Context, v *telephony.Conversation, why tape.Fact) error {
	n := &s.note.Recording
	if err := s.line.Recorder.Ready(); err != nil {
		n.On = true // from the next talk on, where there is room then
		s.unrecorded(ctx, err)
		return errors.Join(ErrNoRecorder, err)
	}
	n.On, n.Ended, n.Ever = true, false, true
	s.mark(ctx, s.note.phase)
	why.Queue, why.Ticket = string(s.place.Queue), string(s.file.Number())
	if p, on := s.note.phase.(talking); on {
		why.Queue = string(p.Queue)
	}
	s.fact(why)
	if !n.Paused.IsZero() {
		s.endPauseLater(ctx, v)
		s.nothingFails()
		s.showRecording()
		return nil
	}
	return s.record(ctx, v)
}

// record has the talk recorded as its queue's rule says, once the caller has been told, and shows whether it is.
func (s *script) record(ctx context.Context, v *telephony.Conversation) error {
	switch telling, err := s.tells(ctx, v); {
	case err != nil:
		return errors.Join(ErrNoRecorder, err)
	case telling:
		s.nothingFails()
		s.showRecording()
		return nil
	}
	if err := v.Record(ctx, s.recordingRule().how()); err != nil {
		s.unrecorded(ctx, err)
		return errors.Join(ErrNoRecorder, err)
	}
	s.nothingFails()
	s.showRecording()
	return nil
}

// tells reports whether the caller of a talk is being told that it will be recorded, once, where the rule says so. Then it is recorded, unless they
// decline: until that is known nothing of what they say is kept, and nothing is where they could not be told, until somebody begins anew.
func (s *script) tells(ctx context.Context, v *telephony.Conversation) (bool, error) {
	r, n := s.recordingRule(), &s.note.Recording
	if r.Announce == "" || n.Told || s.telling {
		return s.telling, nil
	}
	var within time.Duration
	if r.Decline != 0 {
		within = declineWithin
	}
	err := v.Ask(ctx, s.words(r.Announce), within, func(ctx context.Context, digit byte, err error) {
		s.telling, n.Told = false, err == nil
		n.Declined = r.Decline != 0 && digit == r.Decline
		n.On = n.On && !n.Declined
		s.mark(ctx, s.note.phase)
		switch {
		case !n.On:
			s.showRecording()
		case err != nil:
			s.untold(ctx, err)
		default:
			_ = s.record(ctx, v) // shown on the desk
		}
	})
	if err != nil {
		s.untold(ctx, err)
	}
	s.telling = err == nil
	return s.telling, err
}

// untold tells everybody that the talk is not recorded because its caller could not be told so; who has hung up would not be, either.
func (s *script) untold(ctx context.Context, err error) {
	if s.tolerate(ctx, err) == nil {
		s.unrecorded(ctx, fmt.Errorf("the caller could not be told: %w", err))
	}
}

func (s *script) startRecording(ctx context.Context, v *telephony.Conversation, why, by string) error {
	switch n := s.note.Recording; {
	case n.Declined:
		return ErrDeclined
	case n.On && !n.Paused.IsZero():
		return s.goOnRecording(ctx, v)
	case n.On && !s.recordingFails:
		return nil
	case s.line.Recorder == nil || !n.On && !s.recordingRule().OnDemand:
		return ErrMayNotRecord
	}
	if p, on := s.note.phase.(talking); on && !s.note.Recording.Ever {
		defer s.fact(tape.Fact{Kind: tape.Joined, Agent: string(p.Agent)})
	}
	return s.beginRecording(ctx, v, tape.Fact{Kind: tape.Began, Why: why, By: by})
}

func (s *script) stopRecording(ctx context.Context, v *telephony.Conversation) error {
	n := &s.note.Recording
	switch {
	case !n.On:
		return s.unrecord(ctx, v) // where it did not end before
	case !s.recordingRule().OnDemand || s.recordingRule().Drawn(s.call.ID()):
		return ErrMayNotRecord
	}
	n.On, n.Ended, n.Paused = false, true, time.Time{}
	s.pauseOver()
	s.mark(ctx, s.note.phase)
	err := s.unrecord(ctx, v)
	s.showRecording()
	return err
}

// pauseRecording lets nothing be recorded, until it goes on, or for as long as the rule lets a pause last.
func (s *script) pauseRecording(ctx context.Context, v *telephony.Conversation, why, by string) error {
	n := &s.note.Recording
	switch {
	case !n.On:
		return ErrNotRecorded
	case !n.Paused.IsZero():
		return s.unrecord(ctx, v) // where it did not end before
	}
	n.Paused = time.Now()
	s.mark(ctx, s.note.phase)
	s.line.Recorder.Note(s.call.ID(), tape.Fact{Kind: tape.Paused, At: n.Paused, Why: why, By: by})
	err := s.unrecord(ctx, v)
	s.endPauseLater(ctx, v)
	s.showRecording()
	return err
}

// endPauseLater goes on by itself where nobody does.
func (s *script) endPauseLater(ctx context.Context, v *telephony.Conversation) {
	s.pauseOver()
	s.pauseOver = s.later(ctx, v, time.Until(s.pauseEnds()), func(ctx context.Context) {
		s.log.Info("a recording was paused for as long as may be, and goes on")
		_ = s.goOnRecording(ctx, v) // shown on the desk
	})
}

func (s *script) pauseEnds() time.Time {
	longest := s.recordingRule().PauseAtMost
	if longest <= 0 {
		longest = UsualPause
	}
	return s.note.Recording.Paused.Add(longest)
}

func (s *script) goOnRecording(ctx context.Context, v *telephony.Conversation) error {
	n := &s.note.Recording
	switch {
	case !n.On:
		return ErrNotRecorded
	case n.Paused.IsZero():
		return ErrNotPaused
	}
	s.pauseOver()
	n.Paused = time.Time{}
	s.mark(ctx, s.note.phase)
	s.fact(tape.Fact{Kind: tape.WentOn})
	if err := s.line.Recorder.Ready(); err != nil { // by hand, or from the next talk on, where there is room then
		s.unrecorded(ctx, err)
		return errors.Join(ErrNoRecorder, err)
	}
	return s.record(ctx, v)
}

// unrecord has nothing recorded. With an error something still is, and the telephony goes on trying.
func (s *script) unrecord(ctx context.Context, v *telephony.Conversation) error {
	s.telling = false
	v.Unask(ctx)
	err := v.Record(ctx, telephony.Unrecorded)
	if err != nil && ctx.Err() == nil {
		s.log.Error("a recording that is to end goes on; ending it is tried again", "err", err)
	}
	s.nothingFails()
	return err
}

// unrecorded tells everybody that the talk is not recorded though it should be.
func (s *script) unrecorded(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	s.recordingFails = true
	s.line.Recorder.Failed(s.call.ID(), err)
	s.showRecording()
}

// nothingFails tells whom unrecorded has told that it is not so any more: the talk is recorded, or is not to be.
func (s *script) nothingFails() {
	if s.recordingFails {
		s.recordingFails = false
		s.line.Recorder.Failed(s.call.ID(), nil)
	}
}

// fact notes what has happened to the recording now, where recordings are kept.
func (s *script) fact(f tape.Fact) {
	if s.line.Recorder == nil {
		return
	}
	f.At = time.Now()
	s.line.Recorder.Note(s.call.ID(), f)
}

// recordingOver notes that the call is over, and where its ticket is found from now on.
func (s *script) recordingOver() {
	if s.note.Recording.Ever || s.note.Outcome == tickets.LeftMessage {
		s.fact(tape.Fact{Kind: tape.Ended, Ticket: string(s.file.Number())})
	}
	s.nothingFails()
}

func (s *script) showRecording() {
	n := s.note.Recording
	r := RecordingAside{OnDemand: s.recordingRule().OnDemand && !s.recordingRule().Drawn(s.call.ID()), Declined: n.Declined}
	switch {
	case !n.On:
	case !n.Paused.IsZero():
		r.State, r.Until = RecordingPaused, s.pauseEnds()
	case s.telling:
		r.State = RecordingTold
	case s.recordingFails:
		r.State = RecordingFailed
	default:
		r.State = IsRecording
	}
	s.aside.Recording = r
	s.showAside()
}
