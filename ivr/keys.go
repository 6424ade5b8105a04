package ivr

import (
	"context"
	"errors"
	"time"

	"hotline/ivr/codes"
	"hotline/queues"
	"hotline/telephony"
)

// Keys in a talk: those that the agent's page types to the caller, and those that the agent presses on their own phone. Of these some are
// codes (ivr/codes), and the others go on to the caller, or to whoever is talked with outside. The caller hears no code. Keys of who is asked
// are no codes, and keys of supervisors and of those outside are nothing.
//
// What a code orders is done as if it came from the agent's page, by the same rules (Options.Obey). A tone on the agent's phone says that it
// was heard, where nothing else would, and another that it was wrong, or could not be done.

// Order is what an agent orders by a code.
type Order struct {
	Do Ordered
	To string // whom it is about, in the digits of the code: of OrderConsult and OrderTransfer
}

// Ordered is a kind of order.
type Ordered string

const (
	OrderConsult  Ordered = "consult"
	OrderSwap     Ordered = "swap"
	OrderJoin     Ordered = "join"
	OrderTakeBack Ordered = "take_back"
	OrderComplete Ordered = "complete"
	OrderTransfer Ordered = "transfer"
	OrderResume   Ordered = "resume"
	OrderPause    Ordered = "pause_recording"
	OrderGoOn     Ordered = "go_on_recording"
	OrderRecord   Ordered = "record"
	OrderUnrecord Ordered = "end_recording"
)

// Type types digits to the caller of a talk, as to a machine that an agent has called. The error is ErrHeld for a caller on hold.
func (l *Line) Type(ctx context.Context, id telephony.CallID, of queues.AgentID, digits string) error {
	return l.meanwhile(ctx, id, of, func(_ *script, ctx context.Context, v *telephony.Conversation) error {
		err := v.Type(ctx, digits)
		if errors.Is(err, telephony.ErrNotTalking) && v.Held() {
			return ErrHeld
		}
		return err
	})
}

// keys are those of the agent whose talk it is. The call's goroutine only.
type keys struct {
	codes.Reader
	of   *telephony.Party
	stop func()        // ends the wait for the next one
	done chan struct{} // closed when the order before is carried out; nil is none
}

// typed takes a key that somebody beside the caller has pressed on their phone.
func (s *script) typed(ctx context.Context, v *telephony.Conversation, p *telephony.Party, d telephony.Digit) {
	switch {
	case p.Role() != telephony.Agent:
	case p != s.asker(v):
		if contains(v.Now().In, p) { // beside it they hear music, and nobody is to hear their keys
			s.passKeys(ctx, v, string(d.Digit))
		}
	default:
		if s.keys.of != p {
			s.keys.stopWaiting()
			s.keys = keys{Reader: codes.Reader{Table: s.line.Codes}, of: p}
		}
		s.read(ctx, v, s.keys.Press(d.Digit, time.Now(), func(c codes.Code) bool {
			return c == codes.Consult && s.asked == nil || c == codes.Transfer && !s.consults()
		}))
	}
}

func (k *keys) stopWaiting() {
	if k.stop != nil {
		k.stop()
		k.stop = nil
	}
}

// read does what follows of a key, or of none.
func (s *script) read(ctx context.Context, v *telephony.Conversation, r codes.Read) {
	k := &s.keys
	k.stopWaiting()
	if until := k.Until(); !until.IsZero() {
		p := k.of
		k.stop = s.later(ctx, v, time.Until(until), func(ctx context.Context) {
			if s.keys.of == p && s.asker(v) == p {
				s.read(ctx, v, k.TimeOut())
			}
		})
	}
	if r.Pass != "" {
		s.passKeys(ctx, v, r.Pass)
	}
	if r.Wrong {
		s.tone(ctx, k.of, wrongTone)
	}
	if r.Code != "" {
		s.order(ctx, s.ordered(r))
	}
}

// passKeys gives keys to whoever is talked with.
func (s *script) passKeys(ctx context.Context, v *telephony.Conversation, digits string) {
	if err := v.Type(ctx, digits); err != nil && ctx.Err() == nil && !errors.Is(err, telephony.ErrNotTalking) {
		s.log.Warn("keys of an agent's phone do not come to whom they talk with", "err", err)
	}
}

// ordered is what a code orders now.
func (s *script) ordered(r codes.Read) Order {
	asks := s.consults()
	switch {
	case r.Code == codes.Consult && s.asked == nil: // also where guests are in the talk
		return Order{OrderConsult, r.To}
	case r.Code == codes.Consult:
		return Order{Do: OrderSwap}
	case r.Code == codes.Transfer && !asks:
		return Order{OrderTransfer, r.To}
	case r.Code == codes.Transfer:
		return Order{Do: OrderComplete}
	case r.Code == codes.Conference:
		return Order{Do: OrderJoin}
	case r.Code == codes.Back && asks:
		return Order{Do: OrderTakeBack}
	case r.Code == codes.Back:
		return Order{Do: OrderResume}
	case r.Code == codes.Record && s.note.Recording.On:
		return Order{Do: OrderUnrecord}
	case r.Code == codes.Record:
		return Order{Do: OrderRecord}
	case s.note.Recording.Paused.IsZero():
		return Order{Do: OrderPause}
	default:
		return Order{Do: OrderGoOn}
	}
}

// order has an order carried out, after those before it, and does not wait: it comes back to the call's own goroutine.
func (s *script) order(ctx context.Context, o Order) {
	k, agent, call := &s.keys, s.holder.offer.Agent, s.call.ID()
	before, done, p := k.done, make(chan struct{}), k.of
	k.done = done
	go func() {
		defer close(done)
		if before != nil {
			<-before
		}
		err := s.line.Obey(ctx, agent, call, o)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			s.log.Info("a code on an agent's phone was not carried out", "agent", agent, "order", o.Do, "err", err)
			s.tone(ctx, p, wrongTone)
		case o.Do == OrderConsult, o.Do == OrderPause, o.Do == OrderGoOn, o.Do == OrderRecord, o.Do == OrderUnrecord:
			s.tone(ctx, p, heardTone)
		}
	}()
}

// How an agent hears whether a code was heard.
const (
	heardTone telephony.Tone = "beep"
	wrongTone telephony.Tone = "error"
)
