package gate

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// keysOf answer after some time, and know the key from some time on.
type keysOf struct {
	takes time.Duration
	from  time.Time
	asked int
}

func (k *keysOf) Key(context.Context) (Key, error) {
	k.asked++
	time.Sleep(k.takes)
	if time.Now().Before(k.from) {
		return Key{}, errors.New("there is no such table yet")
	}
	return Key{Secret: make([]byte, 32)}, nil
}

// A page may ask before the database has its tables: whoever signs in a moment later is not told to try again for that.
func TestAKeyThatWasRefusedAtOnceIsAskedForAgainSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys := &keysOf{takes: 5 * time.Millisecond, from: time.Now().Add(50 * time.Millisecond)}
		s := signer{keys: keys}
		if _, err := s.ready(t.Context()); err == nil {
			t.Fatal("there is a key already")
		}
		time.Sleep(80 * time.Millisecond)
		if _, err := s.ready(t.Context()); err != nil {
			t.Errorf("80 ms later: %v", err)
		}
	})
}

func TestAKeyForWhichOneWaitsInVainIsNotAskedForByEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys := &keysOf{takes: 2 * time.Second, from: time.Now().Add(time.Hour)}
		s := signer{keys: keys}
		for range 50 {
			_, _ = s.ready(t.Context())
		}
		if keys.asked != 1 {
			t.Errorf("a database that hangs was asked %d times, one after the other", keys.asked)
		}
	})
}
