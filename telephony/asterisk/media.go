package asterisk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"hotline/telephony"
)

// Play implements telephony.Driver.
func (s *Switch) Play(ctx context.Context, leg telephony.LegID, id telephony.MediaID, a telephony.Announcement) error {
	if id.Kind == telephony.MusicOnHold {
		return s.playMusic(ctx, leg, a)
	}
	if id.Kind == telephony.Hush {
		return s.hush(ctx, leg, http.MethodPost)
	}
	if id.Kind == telephony.Ring {
		return s.ringTone(ctx, leg, http.MethodPost)
	}
	what := "play to " + string(leg)
	media, lasts, err := mediaOf(a)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if !fitsPath(id.Name) {
		return fmt.Errorf("%s: %q is no name for a playback", what, id.Name)
	}
	body := struct {
		Media    []string `json:"media"`
		Language string   `json:"lang,omitempty"`
	}{media, a.Language}
	err = s.registry.begin(leg, id, "", func() error {
		return s.requests.insist(ctx, s.registry.callOf(leg), what, func(c *client) error {
			if c.again { // Asterisk would play it a second time
				if !s.registry.hears(leg, id) || c.request(http.MethodGet, "/playbacks/"+id.Name, nil, nil) == nil {
					return nil
				}
			}
			return c.request(http.MethodPost, "/channels/"+string(leg)+"/play/"+id.Name, body, nil)
		})
	})
	if err == nil && lasts > 0 {
		time.AfterFunc(lasts, func() {
			s.errand(func(ctx context.Context) { _ = s.Stop(ctx, leg, id) }) // ErrGone says that it has been stopped already.
		})
	}
	return err
}

// hush begins or ends an endless silence on a leg.
func (s *Switch) hush(ctx context.Context, leg telephony.LegID, method string) error {
	return s.requests.insist(ctx, s.registry.callOf(leg), "hush of "+string(leg), func(c *client) error {
		return c.request(method, "/channels/"+string(leg)+"/silence", nil, nil)
	})
}

// ringTone begins or ends a ringing tone on a leg that is up.
func (s *Switch) ringTone(ctx context.Context, leg telephony.LegID, method string) error {
	return s.requests.insist(ctx, s.registry.callOf(leg), "ringing tone of "+string(leg), func(c *client) error {
		return c.request(method, "/channels/"+string(leg)+"/ring", nil, nil)
	})
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
	defer s.forgetIfGone(leg)
	if s.mayBeHeld(leg) && fitsPath(string(class)) {
		return s.bridges.hold(ctx, s.registry.callOf(leg), leg, string(class))
	}
	s.bridges.musicBegins(leg) // before the request: its reply may get lost
	return s.requests.insist(ctx, s.registry.callOf(leg), what, func(c *client) error {
		return c.request(http.MethodPost, "/channels/"+string(leg)+"/moh", struct {
			Class string `json:"mohClass,omitempty"`
		}{string(class)}, nil)
	})
}

// begin notes what is to play or record before Asterisk is asked for it, because its end may be told before the reply comes.
func (r *registry) begin(leg telephony.LegID, id telephony.MediaID, until string, ask func() error) error {
	note := func(do func(c *call)) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if whose, ok := owner(id.Name); ok && r.calls[whose] != nil {
			do(r.calls[whose])
		}
	}
	note(func(c *call) {
		c.media[id] = sounding{leg: leg}
		if until != "" {
			c.until[id] = until
		}
	})
	err := ask()
	if err == nil {
		note(func(c *call) {
			if on, ok := c.media[id]; ok {
				on.asked = true
				c.media[id] = on
			}
		})
	}
	if err != nil && !(id.Kind == telephony.RecordingOf && errors.Is(err, telephony.ErrGone)) { // which may be there, and is to end yet
		note(func(c *call) {
			delete(c.media, id)
			delete(c.until, id)
		})
	}
	return err
}

// hears reports whether something is played to a leg, or recorded, as far as its call was told.
func (r *registry) hears(leg telephony.LegID, id telephony.MediaID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	whose, ok := owner(id.Name)
	return ok && r.calls[whose] != nil && r.calls[whose].media[id].leg == leg
}

// hearsSomething reports whether anything is played to a leg, or recorded.
func (r *registry) hearsSomething(id telephony.LegID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.legs[id]
	if l == nil {
		return false
	}
	for _, on := range l.of.media {
		if on.leg == id {
			return true
		}
	}
	return false
}

// mediaEnded tells a call that something has come to its end, once.
func (r *registry) mediaEnded(id telephony.MediaID, err error) {
	whose, ok := owner(id.Name)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.calls[whose]
	if c == nil {
		return
	}
	if _, known := c.media[id]; !known {
		return
	}
	delete(c.media, id)
	delete(c.until, id)
	if id.Kind == telephony.RecordingOf {
		c.Deliver(telephony.RecordEnded{ID: id, Err: err})
	} else {
		c.Deliver(telephony.PlayEnded{ID: id, Err: err})
	}
}

// Stop implements telephony.Driver.
func (s *Switch) Stop(ctx context.Context, leg telephony.LegID, id telephony.MediaID) error {
	switch id.Kind {
	case telephony.MusicOnHold:
		return s.stopMusic(ctx, leg)
	case telephony.Hush:
		return s.hush(ctx, leg, http.MethodDelete)
	case telephony.Ring:
		return s.ringTone(ctx, leg, http.MethodDelete)
	case telephony.RecordingOf:
		err := s.requests.insist(ctx, s.registry.callOf(leg), "stop recording "+id.Name, func(c *client) error {
			return c.request(http.MethodPost, "/recordings/live/"+id.Name+"/stop", nil, nil)
		})
		if !errors.Is(err, telephony.ErrGone) {
			return err
		}
		// A recording that has ended by itself is among the stored ones.
		return s.requests.insist(ctx, s.registry.callOf(leg), "find recording "+id.Name, func(c *client) error {
			return c.request(http.MethodGet, "/recordings/stored/"+id.Name, nil, nil)
		})
	default:
		return s.requests.insist(ctx, s.registry.callOf(leg), "stop playing "+id.Name, func(c *client) error {
			return c.request(http.MethodDelete, "/playbacks/"+id.Name, nil, nil)
		})
	}
}

// stopMusic ends the music on hold of a leg. One that is in a bridge leaves it for that moment: there one of Asterisk's threads
// makes the music while another is told to end it, and when the two meet the order is lost and the next piece begins
// (generator_force and ast_deactivate_generator in main/channel.c). Outside of a bridge one thread does both. Nobody is taken out of
// their talk for music that an earlier Hotline may have left: hardly any has, and should we die in that moment the two would be apart.
// Music of a holding bridge ends with it: see hold.
func (s *Switch) stopMusic(ctx context.Context, leg telephony.LegID) error {
	was := s.bridges.musicEnds(leg)
	if was.over {
		return nil
	}
	in, _ := s.bridges.of(leg) // before the first try: one that is cut off leaves it noted as out
	return s.requests.insist(ctx, s.registry.callOf(leg), "stop the music of "+string(leg), func(c *client) error {
		end := func() error { return c.request(http.MethodDelete, "/channels/"+string(leg)+"/moh", nil, nil) }
		switch {
		case was.in != "":
			return c.leave(was.in, leg)
		case was.begun:
			return s.bridges.outside(c, in, leg, end)
		default:
			return end()
		}
	})
}

// Record implements telephony.Driver. The recording is a WAV file of its MediaID's name in Asterisk's
// recording folder.
func (s *Switch) Record(ctx context.Context, r telephony.Recording) error {
	what := "record " + string(r.Leg) + string(r.Bridge)
	if !fitsPath(r.ID.Name) {
		return fmt.Errorf("%s: %q is no name for a recording", what, r.ID.Name)
	}
	how := struct {
		Name       string `json:"name"`
		Format     string `json:"format"`
		MaxSeconds int    `json:"maxDurationSeconds"`
		MaxSilence int    `json:"maxSilenceSeconds"`
		IfExists   string `json:"ifExists"`
		Terminate  string `json:"terminateOn"`
	}{r.ID.Name, "wav", wholeSeconds(r.Longest), wholeSeconds(r.Silence), "fail", "none"}
	whose, path := s.registry.callOf(r.Leg), "/channels/"+string(r.Leg)+"/record"
	if r.Bridge != "" {
		there, _ := s.bridges.find(r.Bridge)
		s.bridges.spoil(r.Bridge)
		whose, path = s.registry.callOf(telephony.LegID(r.Bridge)), "/bridges/"+string(there.name(r.Bridge))+"/record"
	}
	over := false
	err := s.registry.begin(r.Leg, r.ID, r.Until, func() error {
		return s.requests.insist(ctx, whose, what, func(c *client) error {
			if c.again { // it may have been begun before the connection was lost, and have ended since
				over = c.request(http.MethodGet, "/recordings/stored/"+r.ID.Name, nil, nil) == nil
				if c.request(http.MethodGet, "/recordings/live/"+r.ID.Name, nil, nil) == nil {
					over = false
					return nil
				}
				if over {
					return nil
				}
			}
			return c.request(http.MethodPost, path, how, nil)
		})
	})
	if err == nil && over {
		s.registry.mediaEnded(r.ID, nil)
	}
	return err
}

// wholeSeconds is a limit as ARI takes it, in which 0 is none: a limit is never rounded down to it.
func wholeSeconds(limit time.Duration) int {
	if limit <= 0 {
		return 0
	}
	return max(int(limit.Round(time.Second)/time.Second), 1)
}

// tones are those that Asterisk repeats for ever, with how long an announcement of one lasts here. 425 Hz is what ITU-T E.180
// has for most countries.
var tones = map[telephony.Tone]struct {
	media string
	lasts time.Duration
}{
	"ring": {"tone:425/1000,0/4000", 5 * time.Second},
	"busy": {"tone:425/400,0/400", 4 * time.Second},
}

// mediaOf puts an announcement into ARI's media addresses. One that does not end by itself is to be stopped when it has lasted
// for that long; lasts is 0 for those that end.
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
			// They are spoken one by one, because Debian's Russian sounds lack the hundreds that saying a number would need.
			if strings.Trim(string(p), "0123456789*#") != "" || p == "" {
				return nil, fmt.Errorf("part %d: not only digits", i+1)
			}
			for _, key := range string(p) { // each a sound of its own: what Asterisk itself says of them it says to the end, whatever it is told, and the caller waits for it
				media = append(media, "sound:digits/"+cmp.Or(map[rune]string{'*': "star", '#': "pound"}[key], string(key)))
			}
		case telephony.Tone:
			switch {
			case p == "beep":
				media = append(media, "sound:beep")
			case p == "error":
				media = append(media, "sound:beeperr")
			case tones[p].media != "":
				return nil, fmt.Errorf("part %d: tone %q does not end, so it must be alone", i+1, string(p))
			default:
				return nil, fmt.Errorf("part %d: unknown tone %q", i+1, string(p))
			}
		case telephony.Silence:
			// Asterisk's sounds of silence last for whole seconds, from one to ten.
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
