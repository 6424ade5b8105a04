package asterisk

import (
	"context"
	"sync"
	"time"
)

// life is how far a switch is in its life.
//
//	    prepared        stopped
//	away ───► connected ──┬──► leaving
//	     ◄───             └──► fenced
//	     lost
//
// A switch that is away can be stopped, too.
type life struct {
	ready chan struct{} // closed when it has been connected for the first time

	mu    sync.Mutex
	stage stage
	turn  chan struct{} // closed, and made anew, when the stage changes
	why   error         // why there is no connection; nil while there is one
	runs  string        // the version of the Asterisk that answered last
	start string        // which start of Asterisk the registry agrees with; "" is none yet
	since time.Time     // when the connection was lost last
	began time.Time     // when the Asterisk that answered last was started; zero is not known

	cleared chan struct{} // closed once this Hotline is known to be entitled to a connection; nil while it is
}

type stage uint8

const (
	away      stage = iota // not connected, or not yet resynchronised
	connected              // serving
	leaving                // no new calls; the live ones are being let go
	fenced                 // another Hotline has taken over; nothing may be asked of Asterisk
)

func newLife() *life {
	return &life{ready: make(chan struct{}), turn: make(chan struct{}), why: ErrAway}
}

// is changes the stage. It is called under mu.
func (l *life) is(next stage) {
	if l.stage != next {
		l.stage = next
		close(l.turn)
		l.turn = make(chan struct{})
	}
}

// broken is closed while there is no connection, or is closed when this one is lost.
func (l *life) broken() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stage != connected {
		return shut
	}
	return l.turn
}

// clear is closed while this Hotline is known to be entitled to a connection.
func (l *life) clear() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cleared == nil {
		return shut
	}
	return l.cleared
}

// entitled notes that it is.
func (l *life) entitled() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cleared != nil {
		close(l.cleared)
		l.cleared = nil
	}
}

// shut is closed.
var shut = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// back waits until there is a connection. It is false where there will be none any more, and where ctx ends.
func (l *life) back(ctx context.Context) bool {
	for {
		l.mu.Lock()
		stage, turn := l.stage, l.turn
		l.mu.Unlock()
		switch stage {
		case connected:
			return true
		case leaving, fenced:
			return false
		}
		select {
		case <-turn:
		case <-ctx.Done():
			return false
		}
	}
}

// connected reports whether calls are being served now.
func (l *life) connected() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stage == connected
}

// err is why there is no connection; nil while there is one.
func (l *life) err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.why
}

// version is that of the Asterisk that answered last; "" where none has.
func (l *life) version() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.runs
}

// answers notes which Asterisk answers.
func (l *life) answers(a *about) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.runs, l.began = a.System.Version, a.began()
}

// beganAt is when the Asterisk that answered last was started; zero is not known.
func (l *life) beganAt() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.began
}

// died says when the Asterisk died whose calls the registry has, where another start of it answers now; zero is that it lives.
func (l *life) died(answers string) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.start == "" || l.start == answers {
		return time.Time{}
	}
	return l.since
}

// never reports whether there has been no connection yet.
func (l *life) never() bool {
	select {
	case <-l.ready:
		return false
	default:
		return true
	}
}

// prepared says that a connection is there, and that the registry agrees with this start of Asterisk.
func (l *life) prepared(start string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.start = start
	if l.stage == away {
		l.is(connected)
		l.why = nil
	}
}

// doubted notes that it is not known any more whether this Hotline is entitled to a connection: the one that was there is lost. For the first it is never asked.
func (l *life) doubted() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cleared == nil && !l.never() {
		l.cleared = make(chan struct{})
	}
}

// lost says why there is no connection, and reports whether there was one until now.
func (l *life) lost(why error) (was bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	was = l.stage == connected
	if was {
		l.since = time.Now()
	}
	l.is(away)
	l.why = why
	return was
}

// stopped ends the life, as leaving or as fenced.
func (l *life) stopped(last stage, why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.is(last)
	l.why = why
}
