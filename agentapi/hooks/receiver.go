package hooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"

	"hotline/tickets"
)

// What a receiver may cost.
const (
	atOnce      = 4                // requests to one receiver at once
	patience    = 10 * time.Second // of one request, from the dial to the end of the answer
	readAtMost  = 64 << 10         // bytes of an answer, which nobody looks at
	failedOften = 3                // in a row: then it is taken to be away
	awayFor     = 30 * time.Second // and is asked once after that
	comeAgain   = 2 * time.Second  // a delivery that finds the receiver busy
)

// receiver is how an endpoint has fared.
type receiver struct {
	mu     sync.Mutex // guards what is below
	busy   int
	failed int       // in a row
	away   time.Time // until then nothing is sent; zero where it is not away
	why    error
}

func newReceiver() *receiver { return &receiver{} }

// busy puts a delivery off: it has not failed.
type busy struct{}

func (busy) Error() string        { return "the receiver is busy with others" }
func (busy) Later() time.Duration { return comeAgain }

// admit lets a delivery in, or says why not. Done must be called with what came of it.
func (r *receiver) admit(now time.Time) (done func(error, time.Time), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	isAway := r.failed >= failedOften
	switch {
	case isAway && (now.Before(r.away) || r.busy > 0):
		return nil, fmt.Errorf("not sent, for the receiver is away: %w", r.why)
	case r.busy >= atOnce:
		return nil, busy{}
	}
	r.busy++
	return r.done, nil
}

func (r *receiver) done(err error, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy--
	var answer answered
	switch {
	case err == nil || errors.As(err, &answer) && answer < 500: // it is there, whatever it thinks of this event
		r.failed, r.why = 0, nil
	default:
		r.failed, r.why, r.away = r.failed+1, err, now.Add(awayFor)
	}
}

// answered is a receiver's refusal, as the status of its answer.
type answered int

func (a answered) Error() string {
	says := fmt.Sprintf("the receiver answers %d %s", int(a), http.StatusText(int(a)))
	if a >= 300 && a < 400 {
		says += ": redirects are not followed, configure where it leads"
	}
	return strings.TrimSpace(says)
}

// client is one that follows nothing, and where it is for private addresses dials no others.
func client(onlyPrivate bool) *http.Client {
	dialer := &net.Dialer{Timeout: patience / 2}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if onlyPrivate {
		transport.Proxy = nil
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			if a, err := netip.ParseAddrPort(address); err != nil || !private(a.Addr()) {
				return errors.New("http is for private addresses alone, and this is none: use https")
			}
			return nil
		}
	}
	transport.DialContext = dialer.DialContext
	transport.MaxIdleConnsPerHost, transport.MaxResponseHeaderBytes, transport.DisableCompression = atOnce, readAtMost, true
	return &http.Client{
		Transport: transport, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send sends a body to an endpoint. Its errors hold nothing of the address.
func (h *Hooks) send(ctx context.Context, e Endpoint, id, contentType string, body []byte) error {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("the address cannot be asked") // the error holds it
	}
	q.Header.Set("Content-Type", contentType)
	q.Header.Set("User-Agent", "Hotline")
	q.Header.Set(IDHeader, id)
	q.Header.Set(SignatureHeader, Sign(e.Secret, time.Now(), body))
	c := h.open
	if q.URL.Scheme == "http" {
		c = h.private
	}
	a, err := c.Do(q)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the address
		}
		return errors.New(tickets.Clean(tickets.Display(strings.ReplaceAll(err.Error(), e.URL, "the address")), 300))
	}
	defer a.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(a.Body, readAtMost)) // so that the connection can be used again
	if a.StatusCode < 200 || a.StatusCode > 299 {
		return answered(a.StatusCode)
	}
	return nil
}
