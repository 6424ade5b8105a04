package register

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"hotline/tickets"
)

// listenings are those that have left their line in the audit lately. Whoever moves about in a sound has it brought piece by piece: that is one listening,
// and one line. They are this Hotline's alone; after a restart a piece leaves a line again.
type listenings struct {
	mu    sync.Mutex
	until map[listening]time.Time // guarded by mu
}

// listening is who hears what.
type listening struct {
	login, address string
	contact        tickets.ContactID
	n              int // of its recordings
}

// listeningLasts is how long after its line a piece belongs to a listening.
const listeningLasts = 10 * time.Minute

func (l *listenings) goesOn(of listening, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return now.Before(l.until[of])
}

func (l *listenings) begins(of listening, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.until == nil {
		l.until = make(map[listening]time.Time)
	}
	for other, until := range l.until {
		if !now.Before(until) {
			delete(l.until, other)
		}
	}
	l.until[of] = now.Add(listeningLasts)
}

// asksPiece says whether somebody asks for what does not begin at the beginning.
func asksPiece(r *http.Request) bool {
	from, is := strings.CutPrefix(r.Header.Get("Range"), "bytes=")
	first := strings.TrimLeft(from, "0 ")
	return is && !strings.Contains(from, ",") && r.Header.Get("If-Range") == "" && first != "" && first[0] >= '1' && first[0] <= '9'
}
