package asterisk

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"hotline/telephony"
)

// noteVariable is the variable on the caller's channel that holds what Mark was given.
const noteVariable = "HOTLINE_NOTE"

func channelKey(id telephony.LegID) *ari.Key { return ari.NewKey(ari.ChannelKey, string(id)) }

func bridgeKey(id telephony.BridgeID) *ari.Key { return ari.NewKey(ari.BridgeKey, string(id)) }

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

// Play implements telephony.Driver.
func (s *Switch) Play(ctx context.Context, leg telephony.LegID, id telephony.MediaID, a telephony.Announcement) error {
	if id.Kind == telephony.MusicOnHold {
		return s.playMusic(ctx, leg, a)
	}
	what := "play to " + string(leg)
	media, lasts, err := mediaOf(a)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if !speakable(id.Name) {
		return fmt.Errorf("%s: %q is no name for a playback", what, id.Name)
	}
	// The typed client plays one thing at a time, in the channel's language.
	body := struct {
		Media    []string `json:"media"`
		Language string   `json:"lang,omitempty"`
	}{media, a.Language}
	err = s.begin(leg, id, "", func() error {
		return s.requests.do(ctx, s.callOf(leg), what, func(c *client) error {
			return c.request(http.MethodPost, "/channels/"+string(leg)+"/play/"+id.Name, body, nil)
		})
	})
	if err == nil && lasts > 0 {
		time.AfterFunc(lasts, func() {
			s.errand(func(ctx context.Context) { _ = s.Stop(ctx, leg, id) }) // gone: somebody was faster
		})
	}
	return err
}

func (s *Switch) playMusic(ctx context.Context, leg telephony.LegID, a telephony.Announcement) error {
	what := "music to " + string(leg)
	if len(a.Parts) != 1 {
		return fmt.Errorf("%s: want one class of music, have %d parts", what, len(a.Parts))
	}
	class, ok := a.Parts[0].(telephony.Music)
	if !ok {
		return fmt.Errorf("%s: want a class of music, have a %T", what, a.Parts[0])
	}
	return s.requests.do(ctx, s.callOf(leg), what, func(c *client) error {
		return c.Channel().MOH(channelKey(leg), string(class))
	})
}

// begin notes what begins to play or record before it is asked for, because its end may be told before the reply.
func (s *Switch) begin(leg telephony.LegID, id telephony.MediaID, until string, ask func() error) error {
	note := func(do func(c *call)) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if whose, ok := owner(id.Name); ok && s.calls[whose] != nil {
			do(s.calls[whose])
		}
	}
	note(func(c *call) {
		c.media[id] = leg
		if until != "" {
			c.until[id] = until
		}
	})
	err := ask()
	if err != nil {
		note(func(c *call) {
			delete(c.media, id)
			delete(c.until, id)
		})
	}
	return err
}

// Stop implements telephony.Driver.
func (s *Switch) Stop(ctx context.Context, leg telephony.LegID, id telephony.MediaID) error {
	switch id.Kind {
	case telephony.MusicOnHold:
		return s.requests.do(ctx, s.callOf(leg), "stop the music of "+string(leg), func(c *client) error {
			return c.Channel().StopMOH(channelKey(leg))
		})
	case telephony.RecordingOf:
		return s.requests.do(ctx, s.callOf(leg), "stop recording "+id.Name, func(c *client) error {
			return c.LiveRecording().Stop(ari.NewKey(ari.LiveRecordingKey, id.Name))
		})
	default:
		return s.requests.do(ctx, s.callOf(leg), "stop playing "+id.Name, func(c *client) error {
			return c.Playback().Stop(ari.NewKey(ari.PlaybackKey, id.Name))
		})
	}
}

// Record implements telephony.Driver. The recording is a WAV file of its MediaID's name in Asterisk's
// recording folder.
func (s *Switch) Record(ctx context.Context, r telephony.Recording) error {
	what := "record " + string(r.Leg) + string(r.Bridge)
	if !speakable(r.ID.Name) {
		return fmt.Errorf("%s: %q is no name for a recording", what, r.ID.Name)
	}
	how := &ari.RecordingOptions{Format: "wav", Exists: "fail", Terminate: "none"}
	if r.Longest > 0 {
		how.MaxDuration = max(r.Longest.Round(time.Second), time.Second) // 0 would be without limit
	}
	whose := s.callOf(r.Leg)
	if r.Bridge != "" {
		whose = s.callOf(telephony.LegID(r.Bridge))
	}
	return s.begin(r.Leg, r.ID, r.Until, func() error {
		return s.requests.do(ctx, whose, what, func(c *client) error {
			var err error
			if r.Bridge != "" {
				_, err = c.Bridge().Record(bridgeKey(r.Bridge), r.ID.Name, how)
			} else {
				_, err = c.Channel().Record(channelKey(r.Leg), r.ID.Name, how)
			}
			return err
		})
	})
}

// stopRecordings ends the recordings of a leg that this digit is to end. It is called under mu.
func (s *Switch) stopRecordings(l *leg, digit byte) {
	for id, until := range l.of.until {
		if l.of.media[id] != l.id || strings.IndexByte(until, digit) < 0 {
			continue
		}
		delete(l.of.until, id)
		s.errand(func(ctx context.Context) { _ = s.Stop(ctx, l.id, id) }) // gone: it has just ended
	}
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

// Bridge implements telephony.Driver.
func (s *Switch) Bridge(ctx context.Context, id telephony.BridgeID, legs ...telephony.LegID) error {
	what := "bridge " + string(id)
	if !speakable(string(id)) {
		return fmt.Errorf("%q is no name for a bridge", id)
	}
	whose := s.callOf(telephony.LegID(id))
	s.mu.Lock()
	now, known := s.ours[id]
	s.mu.Unlock()
	if len(legs) == 0 {
		s.noteBridge(id, whose, nil)
		return s.requests.do(ctx, whose, "delete "+what, func(c *client) error {
			// Deleting does not wait until the legs have left, and what is played to one that is just leaving is never
			// heard, nor does it end. Removing waits.
			for _, leg := range now.legs {
				if err := c.Bridge().RemoveChannel(bridgeKey(id), string(leg)); err != nil && code(err) == 0 {
					return err // otherwise it has left already
				}
			}
			return c.Bridge().Delete(bridgeKey(id))
		})
	}
	return s.requests.do(ctx, whose, what, func(c *client) error {
		if !known {
			// The application's name tells the sweeper whose it is.
			if _, err := c.Bridge().Create(bridgeKey(id), "mixing,dtmf_events", s.opt.App); err != nil {
				return err
			}
			s.noteBridge(id, whose, []telephony.LegID{})
		}
		if leaving := without(now.legs, legs); len(leaving) > 0 {
			err := c.request(http.MethodPost, "/bridges/"+string(id)+"/removeChannel", several{leaving}, nil)
			if err != nil && code(err) == 0 {
				return err // otherwise they have left already
			}
		}
		if coming := without(legs, now.legs); len(coming) > 0 {
			err := c.request(http.MethodPost, "/bridges/"+string(id)+"/addChannel", several{coming}, nil)
			if code(err) == http.StatusBadRequest { // "Channel not found"
				return fmt.Errorf("%w (%w)", telephony.ErrGone, err)
			}
			if err != nil {
				return err
			}
		}
		s.noteBridge(id, whose, slices.Clone(legs))
		return nil
	})
}

// noteBridge remembers who is in a bridge; nil forgets it.
func (s *Switch) noteBridge(id telephony.BridgeID, whose telephony.CallID, legs []telephony.LegID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if legs == nil {
		delete(s.ours, id)
		return
	}
	s.ours[id] = joint{whose, legs}
}

func without(all, some []telephony.LegID) []telephony.LegID {
	var rest []telephony.LegID
	for _, id := range all {
		if !slices.Contains(some, id) {
			rest = append(rest, id)
		}
	}
	return rest
}

// several is how ARI takes more than one channel at once; the typed client gives it one.
type several struct {
	Channel []telephony.LegID `json:"channel"`
}
