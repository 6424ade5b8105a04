package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"

	"hotline/agentapi/playback"
	"hotline/recordings"
	"hotline/recordings/tape"
	"hotline/telephony"
	"hotline/telephony/asterisk"
)

// messages are what callers have said to the recorder, as they sound: out of the folder of recordings, or, as long as they are not there, from Asterisk. That is
// so until the call is over, where no keys are, and for those of a Hotline of before.
type messages struct {
	vault *keptFolder
	sw    *asterisk.Switch
	log   *slog.Logger
}

// Recording implements register.Recordings.
func (m messages) Recording(ctx context.Context, name string) (io.ReadSeekCloser, error) {
	for tries := 1; ; tries++ {
		kept, notKept := m.vault.Sound(tape.MessageID(name))
		if notKept == nil {
			return kept, nil
		}
		sound, err := m.sw.Recording(ctx, name)
		switch {
		case err == nil:
			return plain{bytes.NewReader(sound)}, nil
		case !errors.Is(err, telephony.ErrGone):
			return nil, err
		case !errors.Is(notKept, recordings.ErrNone):
			m.log.Error("a message cannot be heard", "message", name, "err", notKept)
			if p := playback.Unheard(notKept); p != nil {
				return nil, p
			}
			return nil, notKept
		case tries == 2: // the first time it may have gone from the one to the other in that very moment
			return nil, err
		}
	}
}

// plain is a sound in memory.
type plain struct{ *bytes.Reader }

func (plain) Close() error { return nil }
