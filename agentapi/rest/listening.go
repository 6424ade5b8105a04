package rest

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"hotline/agentapi/gate"
)

// Listenings are those that have left their line in the audit lately. Whoever moves about in a sound has it brought piece by piece: that is one listening,
// and one line. They are this Hotline's alone; after a restart a piece leaves a line again. Nothing is a good one.
type Listenings struct {
	mu    sync.Mutex
	until map[listening]time.Time // guarded by mu
}

// listening is who hears what.
type listening struct{ login, address, what string }

// listeningLasts is how long after its line a piece belongs to a listening.
const listeningLasts = 10 * time.Minute

// Hears has a line left by look for whoever asks for a sound, unless they go on with what they have begun, or ask for what says nothing. An error is look's: nothing is to be heard then.
func (l *Listenings) Hears(ctx context.Context, r *http.Request, a gate.Account, what string, look func() error) error {
	hears := listening{a.Login, gate.Address(ctx), what}
	if probes(r) || asksPiece(r) && l.goesOn(hears, time.Now()) {
		return nil
	}
	if err := look(); err != nil {
		return err
	}
	l.begins(hears, time.Now())
	return nil
}

func (l *Listenings) goesOn(of listening, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return now.Before(l.until[of])
}

func (l *Listenings) begins(of listening, now time.Time) {
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

// probes says whether somebody asks for the first byte alone, in which nothing is to be heard: the page does, to learn why its player is silent.
// Under If-Range it may be answered with the whole.
func probes(r *http.Request) bool {
	return r.Header.Get("Range") == "bytes=0-0" && r.Header.Get("If-Range") == ""
}

// Request is the request of an operation whose answer depends on its headers, such as Range. It is embedded in the operation's input.
type Request struct{ asked *http.Request }

// Asked is the request.
func (q *Request) Asked() *http.Request { return q.asked }

// Resolve keeps the request.
func (q *Request) Resolve(c huma.Context) []error {
	q.asked, _ = humago.Unwrap(c)
	return nil
}

// HandOutSound gives out a WAV file, or the part of it that is asked for.
func HandOutSound(c huma.Context, asked *http.Request, disposition string, sound io.ReadSeeker) {
	out := HandOut(c, "audio/wav", disposition)
	_, w := humago.Unwrap(c)
	http.ServeContent(patientAnswer{w, out}, asked, "", time.Time{}, sound)
}

// SoundResponses are what an operation that gives out a sound answers.
func SoundResponses(o *huma.Operation) {
	sound := map[string]*huma.MediaType{"audio/wav": {Schema: Binary}}
	o.Responses["200"] = &huma.Response{Description: "The sound", Content: sound}
	o.Responses["206"] = &huma.Response{Description: "The part of it", Content: sound}
}

// patientAnswer is an answer whose body goes to a browser that may be slow.
type patientAnswer struct {
	http.ResponseWriter
	body *PatientWriter
}

func (p patientAnswer) Write(b []byte) (int, error) { return p.body.Write(b) }
