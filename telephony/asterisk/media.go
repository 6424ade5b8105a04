package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"hotline/telephony"
)

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
		err := s.requests.do(ctx, s.callOf(leg), "stop recording "+id.Name, func(c *client) error {
			return c.LiveRecording().Stop(ari.NewKey(ari.LiveRecordingKey, id.Name))
		})
		if !errors.Is(err, telephony.ErrGone) {
			return err
		}
		return s.requests.do(ctx, s.callOf(leg), "find recording "+id.Name, func(c *client) error { // has it ended by itself?
			_, err := c.StoredRecording().Data(ari.NewKey(ari.StoredRecordingKey, id.Name))
			return err
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
	if r.Silence > 0 {
		how.MaxSilence = max(r.Silence.Round(time.Second), time.Second)
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

// tones that Asterisk repeats for ever, and how long an announcement of one lasts here. 425 Hz is what ITU-T E.180 has
// for most countries.
var tones = map[telephony.Tone]struct {
	media string
	lasts time.Duration
}{
	"ring": {"tone:425/1000,0/4000", 5 * time.Second},
	"busy": {"tone:425/400,0/400", 4 * time.Second},
}

// mediaOf puts an announcement into ARI's media addresses. One that does not end by itself is to be stopped when it has
// lasted; 0 is for those that do.
func mediaOf(a telephony.Announcement) (media []string, lasts time.Duration, err error) {
	if len(a.Parts) == 1 {
		if name, ok := a.Parts[0].(telephony.Tone); ok && tones[name].media != "" {
			return []string{tones[name].media}, tones[name].lasts, nil
		}
	}
	media, err = mediaOfParts(a.Parts)
	if err == nil && len(media) == 0 {
		err = errors.New("announcement has nothing to be heard")
	}
	return media, 0, err
}

func mediaOfParts(parts []telephony.Part) ([]string, error) {
	var media []string
	for i, part := range parts {
		switch p := part.(type) {
		case telephony.Sound:
			if p == "" || strings.ContainsAny(string(p), ",&:") || strings.Contains(string(p), "..") {
				return nil, fmt.Errorf("part %d: %q is no name of a sound", i+1, string(p))
			}
			media = append(media, "sound:"+string(p))
		case telephony.Digits:
			// One by one: Debian's Russian sounds lack the hundreds that saying a number would need.
			if strings.Trim(string(p), "0123456789*#") != "" || p == "" {
				return nil, fmt.Errorf("part %d: not only digits", i+1)
			}
			media = append(media, "digits:"+string(p))
		case telephony.Tone:
			switch {
			case p == "beep":
				media = append(media, "sound:beep")
			case tones[p].media != "":
				return nil, fmt.Errorf("part %d: tone %q does not end, so it must be alone", i+1, string(p))
			default:
				return nil, fmt.Errorf("part %d: unknown tone %q", i+1, string(p))
			}
		case telephony.Silence:
			// Asterisk's sounds have whole seconds, one to ten.
			for left := int((time.Duration(p) + time.Second/2) / time.Second); left > 0; left -= 10 {
				media = append(media, fmt.Sprintf("sound:silence/%d", min(left, 10)))
			}
		case telephony.Music:
			return nil, fmt.Errorf("part %d: music on hold cannot be a part among others", i+1)
		default:
			panic(fmt.Sprintf("asterisk: unknown part %T", part))
		}
	}
	return media, nil
}
