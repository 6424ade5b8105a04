package main

import (
	"cmp"
	"context"
	"time"
)

// VoicemailConfig is how messages on the recorder end, and how long they are kept.
type VoicemailConfig struct {
	Longest time.Duration `yaml:"longest,omitempty"` // 0 is 3 min
	Silence time.Duration `yaml:"silence,omitempty"` // after which a message is over; 0 is 10 s
	Keep    time.Duration `yaml:"keep,omitempty"`    // and then it is deleted; 0 is 60 days
}

const (
	keepMessages = 60 * 24 * time.Hour // as decisions and the journal
	forgetEvery  = 24 * time.Hour
	forgetAgain  = 10 * time.Minute // after a failure
)

// proveVoicemail keeps to what Asterisk can: it counts whole seconds.
func (c *Config) proveVoicemail(p *proof) {
	p.lasts("voicemail.longest", c.Voicemail.Longest, 10*time.Second, time.Hour)
	p.lasts("voicemail.silence", c.Voicemail.Silence, 2*time.Second, time.Minute)
	p.lasts("voicemail.keep", c.Voicemail.Keep, time.Hour, 10*366*24*time.Hour)
}

// lasts checks a time that may be left out.
func (p *proof) lasts(path string, d, least, most time.Duration) {
	if d != 0 && (d < least || d > most) {
		p.wrong(path, "is %s; it must be from %s to %s", d, least, most)
	}
}

// forgetMessages deletes old messages from Asterisk's disk, at once and then every day, or oftener where they are kept for less than four, until ctx ends. Their tickets stay.
func (s *service) forgetMessages(ctx context.Context) error {
	select {
	case <-s.sw.Ready():
	case <-ctx.Done():
		return nil
	}
	keep := cmp.Or(s.config.Voicemail.Keep, keepMessages)
	for {
		n, err := s.sw.ForgetRecordings(ctx, time.Now().Add(-keep))
		pause := min(forgetEvery, keep/4)
		if err != nil && ctx.Err() == nil {
			s.log.Warn("old messages are not all deleted; trying again later", "deleted", n, "err", err)
			pause = forgetAgain
		} else if n > 0 {
			s.log.Info("old messages are deleted", "deleted", n)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
	}
}
