package main

import (
	"cmp"
	"context"
	"time"
)

const (
	keepMessages = 60 * 24 * time.Hour // as long as decisions and the journal are kept
	forgetEvery  = 24 * time.Hour
	forgetAgain  = 10 * time.Minute // where deleting failed
)

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
			s.log.Warn("old messages are not all deleted; deleting is tried again later", "deleted", n, "err", err)
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
