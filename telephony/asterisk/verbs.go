package asterisk

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"hotline/telephony"
)

// noteVariable is the variable on the caller's channel that holds what Mark was given, and on that of who is dialled what Dial was.
const noteVariable = "HOTLINE_NOTE"

// Answer implements telephony.Driver.
func (s *Switch) Answer(ctx context.Context, leg telephony.LegID) error {
	return s.requests.insist(ctx, s.registry.callOf(leg), "answer "+string(leg), func(c *client) error {
		return c.request(http.MethodPost, "/channels/"+string(leg)+"/answer", nil, nil)
	})
}

// Hangup implements telephony.Driver.
func (s *Switch) Hangup(ctx context.Context, leg telephony.LegID, cause telephony.Cause) error {
	if s.registry.callerLeft(leg) {
		return fmt.Errorf("hang up %s: %w", leg, telephony.ErrGone)
	}
	err := s.requests.hangup(ctx, s.registry.callOf(leg), leg, cause)
	if err == nil {
		s.bridges.hangsUp(leg)
	}
	return err
}

// hangup hangs up a channel.
func (r *requests) hangup(ctx context.Context, whose telephony.CallID, leg telephony.LegID, cause telephony.Cause) error {
	return r.insist(ctx, whose, "hang up "+string(leg), func(c *client) error {
		return c.request(http.MethodDelete, "/channels/"+string(leg)+"?reason="+reasonOf(cause), nil, nil)
	})
}

// Type implements telephony.Driver. The digits are in the body, so that no error names them. They are not sent again where nobody knows whether they were.
func (s *Switch) Type(ctx context.Context, leg telephony.LegID, digits string) error {
	keys := struct {
		Digits string `json:"dtmf"`
	}{digits}
	return s.requests.do(ctx, s.registry.callOf(leg), "type to "+string(leg), func(c *client) error {
		return c.request(http.MethodPost, "/channels/"+string(leg)+"/dtmf", keys, nil)
	})
}

// The dialplan has Asterisk append each key of a caller's to this variable (StoreDTMF), which begins empty, until it is so long. It is so long where
// keys are not to be kept; the first key that comes then ends it for the rest of the call.
const (
	typedVariable = "HOTLINE_TYPED"
	typedLimit    = 24
)

// typedNow is the variable with the time at which it is read, in milliseconds since 1970.
const typedNow = "EVAL(${" + typedVariable + "}@${STRFTIME(,,%s%3q)})"

// noKeys stands in the variable where keys are not kept.
var noKeys = strings.Repeat("-", typedLimit)

// Mark implements telephony.Driver. The note is encoded: the dialplan looks whether there is one, and quotes or
// brackets in it would be syntax there. Note and keys are set by one request.
func (s *Switch) Mark(ctx context.Context, leg telephony.LegID, m telephony.Mark) error {
	typed := noKeys
	if m.Keeps && !s.registry.reportsTwice(leg) {
		typed = m.Typed
	}
	at, variable := "/channels/"+string(leg)+"/variable", named{"ARRAY(" + noteVariable + "," + typedVariable + ")", written(m.Note) + "," + typed}
	return s.requests.insist(ctx, s.registry.callOf(leg), "mark "+string(leg), func(c *client) error {
		if _, sockets := c.carrier.(*commandSockets); sockets && s.registry.hearsSomething(leg) {
			// Asterisk sets a variable when what is said has come to its end, and all that is asked after it over the same command socket waits. A function that sets it is read at once.
			return c.request(http.MethodGet, at+"?variable="+url.QueryEscape("SET("+variable.Name+"="+variable.Value+")"), nil, nil)
		}
		return c.request(http.MethodPost, at, variable, nil)
	})
}

// written is a note as it stands in the variable.
func written(note string) string { return base64.RawURLEncoding.EncodeToString([]byte(note)) }

// note reads what Mark has written on a channel.
func (c *client) note(leg telephony.LegID) (string, error) {
	var variable struct {
		Value string `json:"value"`
	}
	if err := c.request(http.MethodGet, "/channels/"+string(leg)+"/variable?variable="+noteVariable, nil, &variable); err != nil {
		return "", err
	}
	note, err := base64.RawURLEncoding.DecodeString(variable.Value)
	if err != nil {
		return variable.Value, nil // Another program has written it.
	}
	return string(note), nil
}

// typed reads the keys that the dialplan has kept, and when that was; there are none where it keeps none. The time is Asterisk's own, as in its events.
func (c *client) typed(leg telephony.LegID) (k kept, err error) {
	var variable struct {
		Value string `json:"value"`
	}
	if err := c.request(http.MethodGet, "/channels/"+string(leg)+"/variable?variable="+url.QueryEscape(typedNow), nil, &variable); err != nil {
		return kept{}, err
	}
	keys, at, _ := strings.Cut(variable.Value, "@")
	if ms, err := strconv.ParseInt(at, 10, 64); err == nil {
		k.at = time.UnixMilli(ms)
	}
	if strings.Trim(keys, "0123456789*#ABCD") == "" {
		k.keys = keys
	}
	return k, nil
}

// subscribe asks for the events of something ("channel:1763773.1") to be sent to an application.
func (c *client) subscribe(app, source string) error {
	return c.request(http.MethodPost, "/applications/"+app+"/subscription", struct {
		Source string `json:"eventSource"`
	}{source}, nil)
}

// unsubscribe takes back what subscribe has asked for. It is a *refusal where nothing was.
func (c *client) unsubscribe(app, source string) error {
	return c.request(http.MethodDelete, "/applications/"+app+"/subscription?eventSource="+source, nil, nil)
}

// Monitor implements telephony.Driver. It returns when the ear can be bridged.
func (s *Switch) Monitor(ctx context.Context, m telephony.Monitor) error {
	what := "monitor " + string(m.Of)
	if m.Whisper && WhispersUnsafely(s.life.version()) {
		return fmt.Errorf("%s: %w", what, telephony.ErrWhisperUnsafe)
	}
	if m.Of == "" {
		return nil
	}
	if !fitsPath(string(m.Leg)) {
		return fmt.Errorf("%s: %q is no name for a leg", what, m.Leg)
	}
	ear, err := s.registry.expect(m.Call, &leg{id: m.Leg, kind: earLeg, entered: make(chan struct{})})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if !m.Alone {
		s.registry.isHeard(ear)
	}
	how := &ari.SnoopOptions{App: s.opt.App, AppArgs: earArg, Spy: ari.DirectionBoth, Whisper: ari.DirectionNone}
	if m.Whisper {
		how.Whisper = ari.DirectionOut
	}
	if m.Alone {
		how.Spy = ari.DirectionIn
	}
	err = s.requests.insist(ctx, m.Call, what, func(c *client) error {
		if c.again { // it may be there since before the connection was lost, and have come in unheard
			var already channel
			if c.request(http.MethodGet, "/channels/"+string(m.Leg), nil, &already) == nil && already.inStasis(s.opt.App) {
				s.registry.legAnswered(m.Leg)
				return nil
			}
		}
		return c.request(http.MethodPost, "/channels/"+string(m.Of)+"/snoop/"+string(m.Leg), how, nil)
	})
	if err == nil {
		s.registry.confirm(ear, time.Time{})
		ctx, cancel := context.WithTimeout(ctx, s.opt.Deadline)
		defer cancel()
		select {
		case <-ear.entered:
			return nil
		case <-ctx.Done():
			err = fmt.Errorf("%s: %w", what, context.Cause(ctx))
		}
	}
	s.registry.unexpect(ear)
	return err
}
