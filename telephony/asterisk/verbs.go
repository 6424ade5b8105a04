package asterisk

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/CyCoreSystems/ari/v5"

	"hotline/telephony"
)

// noteVariable is the variable on the caller's channel that holds what Mark was given.
const noteVariable = "HOTLINE_NOTE"

func channelKey(id telephony.LegID) *ari.Key { return ari.NewKey(ari.ChannelKey, string(id)) }

// Answer implements telephony.Driver.
func (s *Switch) Answer(ctx context.Context, leg telephony.LegID) error {
	return s.requests.do(ctx, s.callOf(leg), "answer "+string(leg), func(c *client) error {
		return c.Channel().Answer(channelKey(leg))
	})
}

// Hangup implements telephony.Driver.
func (s *Switch) Hangup(ctx context.Context, leg telephony.LegID, cause telephony.Cause) error {
	if s.callerLeft(leg) {
		return fmt.Errorf("hang up %s: %w", leg, telephony.ErrGone)
	}
	return s.hangup(ctx, s.callOf(leg), leg, cause)
}

// callerLeft spares the request that most calls would end with: the caller has hung up, and the switch knows.
func (s *Switch) callerLeft(id telephony.LegID) bool {
	if _, own := owner(string(id)); own {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.legs[id] == nil
}

func (s *Switch) hangup(ctx context.Context, whose telephony.CallID, leg telephony.LegID, cause telephony.Cause) error {
	return s.requests.do(ctx, whose, "hang up "+string(leg), func(c *client) error {
		return c.Channel().Hangup(channelKey(leg), reasonOf(cause))
	})
}

// Mark implements telephony.Driver. The note is encoded: the dialplan looks whether there is one, and quotes or
// brackets in it would be syntax there.
func (s *Switch) Mark(ctx context.Context, leg telephony.LegID, note string) error {
	return s.requests.do(ctx, s.callOf(leg), "mark "+string(leg), func(c *client) error {
		return c.Channel().SetVariable(channelKey(leg), noteVariable, base64.RawURLEncoding.EncodeToString([]byte(note)))
	})
}

// noteOf reads what Mark has written.
func noteOf(variable string) string {
	note, err := base64.RawURLEncoding.DecodeString(variable)
	if err != nil {
		return variable // somebody else's
	}
	return string(note)
}

// watch asks to be told of a channel's end.
func (s *Switch) watch(ctx context.Context, whose telephony.CallID, leg telephony.LegID) error {
	return s.requests.do(ctx, whose, "watch "+string(leg), func(c *client) error {
		return c.Application().Subscribe(ari.NewKey(ari.ApplicationKey, s.opt.App), "channel:"+string(leg))
	})
}

// Monitor implements telephony.Driver. It returns when the ear can be bridged.
func (s *Switch) Monitor(ctx context.Context, m telephony.Monitor) error {
	what := "monitor " + string(m.Of)
	if !speakable(string(m.Leg)) {
		return fmt.Errorf("%s: %q is no name for a leg", what, m.Leg)
	}
	ear, err := s.expect(m.Call, &leg{id: m.Leg, kind: earLeg, entered: make(chan struct{})})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	how := &ari.SnoopOptions{App: s.opt.App, AppArgs: "ear", Spy: ari.DirectionBoth, Whisper: ari.DirectionNone}
	if m.Whisper {
		how.Whisper = ari.DirectionOut
	}
	err = s.requests.do(ctx, m.Call, what, func(c *client) error {
		_, err := c.Channel().Snoop(channelKey(m.Of), string(m.Leg), how)
		return err
	})
	if err == nil {
		s.confirm(ear)
		ctx, cancel := context.WithTimeout(ctx, s.opt.Deadline)
		defer cancel()
		select {
		case <-ear.entered:
			return nil
		case <-ctx.Done():
			err = fmt.Errorf("%s: %w", what, context.Cause(ctx))
		}
	}
	s.unexpect(ear)
	return err
}

// expect registers a leg before it is asked for, because its events may come before the reply.
func (s *Switch) expect(whose telephony.CallID, l *leg) (*leg, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[whose]
	if c == nil || c.ended {
		return nil, fmt.Errorf("call %s: %w", whose, telephony.ErrGone)
	}
	l.of = c
	s.addLeg(l)
	return l, nil
}

// confirm notes that Asterisk has made the leg's channel.
func (s *Switch) confirm(l *leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.asked = true
}

// unexpect forgets a leg that was not made after all. Should it have been, it is a stranger, and swept.
func (s *Switch) unexpect(l *leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.legs[l.id] == l {
		delete(s.legs, l.id)
		delete(l.of.legs, l.id)
	}
}
