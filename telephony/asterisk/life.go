package asterisk

import "sync"

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
	why   error  // why there is no connection; nil while there is one
	runs  string // the version of the Asterisk that answered last
}

type stage uint8

const (
	away      stage = iota // not connected, or not yet resynchronised
	connected              // serving
	leaving                // no new calls; the live ones are being let go
	fenced                 // another Hotline has taken over; nothing may be asked of Asterisk
)

func newLife() *life { return &life{ready: make(chan struct{}), why: ErrAway} }

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
func (l *life) answers(version string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.runs = version
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

// prepared says that a connection is there, and that the registry agrees with Asterisk.
func (l *life) prepared() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stage == away {
		l.stage, l.why = connected, nil
	}
}

// lost says why there is no connection, and reports whether there was one until now.
func (l *life) lost(why error) (was bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	was = l.stage == connected
	l.stage, l.why = away, why
	return was
}

// stopped ends the life, as leaving or as fenced.
func (l *life) stopped(last stage, why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stage, l.why = last, why
}
