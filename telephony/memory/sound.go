package memory

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hotline/telephony"
)

var (
	errGoneWhilePlaying = errors.New("leg went while it played")
	errMissing          = errors.New("sound is missing")
	errNoRecorder       = errors.New("recordings cannot be written")
	errNoMusic          = errors.New("there is no music")
	errNoNote           = errors.New("no note can be written")
)

// Heard is something that was played to a customer.
type Heard struct {
	telephony.Announcement
	At    time.Time
	For   time.Duration // so far, while it plays
	Whole bool          // to its end
}

// String is one line of a transcript: "ru hotline/greeting 4711 music:default".
func (h Heard) String() string {
	var b strings.Builder
	b.WriteString(h.Language)
	for _, p := range h.Parts {
		switch p := p.(type) {
		case telephony.Sound:
			fmt.Fprintf(&b, " %s", string(p))
		case telephony.Digits:
			fmt.Fprintf(&b, " %s", string(p))
		case telephony.Tone:
			fmt.Fprintf(&b, " tone:%s", string(p))
		case telephony.Silence:
			fmt.Fprintf(&b, " silence:%s", time.Duration(p))
		case telephony.Music:
			fmt.Fprintf(&b, " music:%s", string(p))
		}
	}
	return strings.TrimSpace(b.String())
}

// playing is an announcement on a leg, or waiting for its turn there.
type playing struct {
	id     telephony.MediaID
	a      telephony.Announcement
	heard  *Heard // nil while it waits
	finish *time.Timer
}

// play starts an announcement when those before it have ended, as Asterisk does. Under mu, as all here.
func (s *Switch) play(l *leg, id telephony.MediaID, a telephony.Announcement) {
	p := &playing{id: id, a: a}
	l.playing = append(l.playing, p)
	if len(l.playing) == 1 {
		s.start(l, p)
	}
}

func (s *Switch) start(l *leg, p *playing) {
	next := l.next
	s.endMusic(l) // a playback replaces the music, for good
	l.next, l.hushed, l.rings = next, false, false
	p.heard = s.hear(l, p.a)
	missing := slices.ContainsFunc(p.a.Parts, func(part telephony.Part) bool {
		sound, ok := part.(telephony.Sound)
		return ok && s.options.Lengths[sound] < 0
	})
	length := s.Length(p.a)
	if missing {
		length = 0
	}
	p.finish = time.AfterFunc(length, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case !slices.Contains(l.playing, p):
		case missing:
			s.endPlaying(l, p, errMissing)
		default:
			p.heard.Whole = true
			s.endPlaying(l, p, nil)
		}
	})
	s.touch()
}

func (s *Switch) endPlaying(l *leg, p *playing, err error) {
	if p.heard != nil {
		p.finish.Stop()
		p.heard.For = time.Since(p.heard.At)
	}
	first := l.playing[0] == p
	l.playing = slices.DeleteFunc(l.playing, func(other *playing) bool { return other == p })
	s.tell(l.call, telephony.PlayEnded{ID: p.id, Err: err})
	if first && err != errGoneWhilePlaying && len(l.playing) > 0 {
		s.start(l, l.playing[0])
	}
	if next := l.next; next != nil && len(l.playing) == 0 && err != errGoneWhilePlaying {
		l.next = nil
		s.startMusic(l, *next)
	}
}

// endSaid ends what an earlier controller has left to be said to a caller, and says from which name on what is said next is not taken for that.
func (s *Switch) endSaid(l *leg) (next int) {
	for n, name := range telephony.SaidNames(l.call) {
		for _, p := range slices.Clone(l.playing) {
			if p.id.Name == name {
				s.endPlaying(l, p, nil)
				next = n + 1
			}
		}
	}
	return next
}

// Length is how long an announcement takes.
func (s *Switch) Length(a telephony.Announcement) (length time.Duration) {
	for _, p := range a.Parts {
		switch p := p.(type) {
		case telephony.Sound:
			if own, ok := s.options.Lengths[p]; ok {
				length += own
			} else {
				length += s.options.Sound
			}
		case telephony.Digits:
			length += time.Duration(len(p)) * 400 * time.Millisecond
		case telephony.Tone:
			length += 200 * time.Millisecond
		case telephony.Silence:
			length += time.Duration(p)
		}
	}
	return length
}

func (s *Switch) startMusic(l *leg, a telephony.Announcement) {
	if len(l.playing) > 0 { // it waits for its turn, as with Asterisk
		l.next = &a
		return
	}
	s.endMusic(l)
	l.music = s.hear(l, a)
	s.touch()
}

func (s *Switch) endMusic(l *leg) {
	l.next = nil
	if l.music == nil {
		return
	}
	l.music.For = time.Since(l.music.At)
	l.music = nil
	s.touch()
}

func (s *Switch) hear(l *leg, a telephony.Announcement) *Heard {
	h := &Heard{Announcement: a, At: time.Now()}
	if l.customer != nil {
		l.customer.heard = append(l.customer.heard, h)
	}
	if l.phone != nil {
		l.phone.heard = append(l.phone.heard, h)
	}
	return h
}

// Recorded is a recording that has ended.
type Recorded struct {
	Name string
	Call telephony.CallID
	For  time.Duration

	// Of a track (telephony.ParseTrack): whose it is, one of the two, and for how long they made a sound in it.
	Customer *Customer
	Phone    *Phone
	Spoke    time.Duration
}

// recording is one that runs, of a leg or of a bridge.
type recording struct {
	id     telephony.MediaID
	call   telephony.CallID
	leg    *leg
	bridge *bridge
	until  string
	since  time.Time
	silent time.Time     // since when it is, of a track
	ends   []*time.Timer // by themselves

	silence time.Duration // of the leg that ends it; 0 is none
}

// endsAfter ends a recording by itself. It is called under mu.
func (s *Switch) endsAfter(r *recording, d time.Duration, failed error) {
	if d <= 0 {
		return
	}
	r.ends = append(r.ends, time.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.endRecording(r, failed)
	}))
}

// mute is called under mu.
func (s *Switch) mute(l *leg) {
	if l.muted {
		return
	}
	l.muted = true
	if r := l.recording; r != nil {
		s.endsAfter(r, r.silence, nil)
	}
	for _, ear := range s.legs {
		if r := ear.recording; r != nil && ear.listens == l && ear.alone {
			r.silent = time.Now()
		}
	}
}

func (l *leg) bridgeRecording() *recording {
	if l.bridge == nil {
		return nil
	}
	return l.bridge.recording
}

func (s *Switch) endRecording(r *recording, err error) {
	switch {
	case r.leg != nil && r.leg.recording == r:
		r.leg.recording = nil
	case r.bridge != nil && r.bridge.recording == r:
		r.bridge.recording = nil
	default:
		return // it has ended
	}
	for _, timer := range r.ends {
		timer.Stop()
	}
	if err == nil {
		done := Recorded{Name: r.id.Name, Call: r.call, For: time.Since(r.since)}
		if r.leg != nil && r.leg.alone {
			done.Customer, done.Phone, done.Spoke = r.leg.listens.customer, r.leg.listens.phone, done.For
			if !r.silent.IsZero() {
				done.Spoke = r.silent.Sub(r.since)
			}
		}
		s.recordings = append(s.recordings, done)
	}
	s.tell(r.call, telephony.RecordEnded{ID: r.id, Err: err})
}

// voices are the legs of people whom a leg hears. Music on hold covers them.
func (s *Switch) voices(l *leg) []*leg {
	if l.music != nil {
		return nil
	}
	if l.hushed || l.rings {
		return s.whispers(l)
	}
	heard := slices.DeleteFunc(slices.Clone(others(l)), func(other *leg) bool { return other.holds })
	if l.holds {
		heard = nil
	}
	for _, other := range heard {
		if other.listens != nil { // a supervisor's: both sides of what it listens to
			heard = append(heard, other.listens)
			if !other.alone {
				heard = append(heard, others(other.listens)...)
			}
		}
	}
	if len(others(l)) > 0 || len(l.playing) > 0 { // otherwise there is nothing into which a whisper could be mixed
		heard = append(heard, s.whispers(l)...)
	}
	return heard
}

// whispers are the supervisors who whisper to a leg.
func (s *Switch) whispers(l *leg) (all []*leg) {
	for _, ear := range s.legs {
		if ear.listens == l && ear.whisper {
			all = append(all, others(ear)...)
		}
	}
	return all
}

// others are those in the same bridge.
func others(l *leg) (others []*leg) {
	if l.bridge == nil {
		return nil
	}
	for _, other := range l.bridge.legs {
		if other != l {
			others = append(others, other)
		}
	}
	return others
}
