package asterisk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hotline/telephony"
)

// question and answer are a request and its response, however they are carried.
type (
	question struct {
		Method string
		URI    string // below ".../ari/"
		Body   string // JSON, or nothing

		patient context.Context // on which its reply is waited for beyond the deadline, where it is only late; nil is none
	}
	answer struct {
		Code   int
		Reason string
		Body   string
	}
)

// carrier brings requests to Asterisk. Those of one lane arrive in their order. The context ends at the request's deadline.
type carrier interface {
	carry(ctx context.Context, lane uint32, q question) (answer, error)
}

// client asks Asterisk on behalf of one verb, over one carrier and on one lane, until the verb's context ends. What is sent
// and received has the types of ari/v5; its own client cannot be used, because it sends by http.DefaultTransport, which is
// one for the whole process, and takes no context.
type client struct {
	ctx     context.Context
	lane    uint32
	carrier carrier
	count   *counters
	latency prometheus.Observer // nil observes nothing
	delays  *delays             // nil counts none
	within  time.Duration       // of each request, whose reply is waited for where it is only late; 0 is until ctx ends, and no longer
	again   bool                // the same was asked before, and perhaps carried out
}

// request asks for a path below ".../ari", such as "/channels". Body is sent as JSON where it is not nil, and the reply is
// read into what reply points to where that is not nil. A status that is no success is a *refusal.
func (c *client) request(method, path string, body, reply any) error {
	a, err := c.ask(method, path, body)
	if err != nil || reply == nil {
		return err
	}
	return json.Unmarshal([]byte(a.Body), reply)
}

// ask is request with the reply as it came.
func (c *client) ask(method, path string, body any) (answer, error) {
	q := question{Method: method, URI: strings.TrimPrefix(path, "/")}
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		q.Body = string(encoded)
	}
	ctx := c.ctx
	if c.within > 0 {
		q.patient = ctx
		var cancel context.CancelFunc
		ctx, cancel = limited(ctx, c.within)
		defer cancel()
	}
	c.count.asked(kindOf(method, q.URI))
	over := func(bool) {}
	if c.delays != nil {
		over = c.delays.begin(c.lane)
	}
	asked := time.Now()
	a, err := c.carrier.carry(ctx, c.lane, q)
	over(err == nil)
	if c.latency != nil {
		c.latency.Observe(time.Since(asked).Seconds())
	}
	if err != nil {
		return answer{}, err
	}
	if a.Code < 200 || a.Code >= 300 {
		return answer{}, refused(a)
	}
	return a, nil
}

// words are those of ARI's paths that Hotline asks for; what stands between them is somebody's name.
var words = []string{
	"applications", "subscription", "eventFilter", "asterisk", "info", "ping", "variable", "config", "dynamic", "endpoints", "deviceStates",
	"channels", "create", "dial", "answer", "moh", "silence", "ring", "play", "record", "snoop", "dtmf", "rtp_statistics",
	"bridges", "addChannel", "removeChannel", "playbacks", "recordings", "live", "stored", "stop", "file",
}

// kindOf is what a request is about, without the names in it: "POST channels/answer".
func kindOf(method, path string) string {
	path, _, _ = strings.Cut(path, "?")
	var kind []string
	for word := range strings.SplitSeq(path, "/") {
		if slices.Contains(words, word) {
			kind = append(kind, word)
		}
	}
	return method + " " + strings.Join(kind, "/")
}

// refusal is a response whose status is no success.
type refusal struct {
	code   int
	reason string // Asterisk's own words where it has some, otherwise what HTTP calls the code
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s", r.code, r.reason) }

func refused(a answer) *refusal {
	var said struct{ Message, Error string }
	if json.Unmarshal([]byte(a.Body), &said) == nil && said.Message+said.Error != "" {
		a.Reason = said.Message + said.Error
	}
	return &refusal{a.Code, a.Reason}
}

// code is the HTTP status in an error of client.request; 0 where there is none.
func code(err error) int {
	var refused *refusal
	if errors.As(err, &refused) {
		return refused.code
	}
	return 0
}

// requests sends requests to one Asterisk.
type requests struct {
	opt     Options
	count   *counters
	latency prometheus.Observer // nil observes nothing
	plain   *plainHTTP
	sockets *commandSockets
	life    *life // of the switch; nil is none
	delays  *delays

	mu    sync.Mutex
	over  carrier // plain or sockets, by the version of Asterisk; nil before the first connection
	fence error   // why nothing more may be asked
}

func newRequests(o Options, count *counters) *requests {
	return &requests{opt: o, count: count, plain: newPlainHTTP(o), sockets: newCommandSockets(o), delays: newDelays(max(o.CommandSockets, 1))}
}

// use chooses the carrier. Over either nothing is asked before Options.cleared.
func (r *requests) use(c carrier) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = c
}

// stop refuses all requests from now on.
func (r *requests) stop(why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fence = why
}

func (r *requests) carrier() (carrier, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.fence != nil:
		return nil, r.fence
	case r.over == nil:
		return nil, ErrAway
	}
	return r.over, nil
}

// do runs the requests of one verb. They are about the call whom: its id chooses the lane, so that the requests of a call never
// overtake each other. Errors say what was asked.
func (r *requests) do(ctx context.Context, whom telephony.CallID, what string, ask func(*client) error) error {
	over, err := r.carrier()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	ctx, cancel := limited(ctx, r.opt.Deadline)
	defer cancel()
	return r.judge(ctx, what, ask(r.client(ctx, over, whom)))
}

// wait is do whose requests have a deadline each, and are waited for beyond it where Asterisk is only behind: it answers what was
// asked before them, which plainHTTP cannot see.
func (r *requests) wait(ctx context.Context, whom telephony.CallID, what string, ask func(*client) error) error {
	over, err := r.carrier()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	c := r.client(ctx, over, whom)
	c.within = r.opt.Deadline
	return r.judge(ctx, what, ask(c))
}

// insist is do for what a call wants done: where the connection is lost meanwhile it waits for the next one, after which everybody has been
// told what happened in the gap, and asks again. A reply that is only late is waited for, however long; over plainHTTP nothing tells it from
// one that is lost, and there each has its deadline. So ask must be something that may be carried out twice, and find out by client.again
// whether it was where that makes a difference. It gives up when ctx ends, when there will be no connection any more, and when there is no
// reply a second time although the connection is well.
func (r *requests) insist(ctx context.Context, whom telephony.CallID, what string, ask func(*client) error) error {
	again, well := false, 0
	for {
		err := r.wait(ctx, whom, what, func(c *client) error {
			c.again = again
			return ask(c)
		})
		if ctx.Err() != nil || r.life == nil || ctx.Value(onceKey{}) != nil {
			return err
		}
		// What an Asterisk says of which nobody has been told yet what happened in the gap is no answer: it may have been started anew.
		early := (errors.Is(err, telephony.ErrGone) || errors.Is(err, errNoBridge)) && !r.life.connected()
		if !early && !errors.Is(err, errLost) && !errors.Is(err, ErrAway) {
			return err
		}
		select { // a connection that breaks may be noticed a moment later
		case <-r.life.broken():
			well = 0
		case <-time.After(retryFirst):
			well++
		case <-ctx.Done():
		}
		if well == insists || !r.life.back(ctx) {
			return err
		}
		again = true
	}
}

type onceKey struct{}

// once is a context in which nothing is asked again.
func once(ctx context.Context) context.Context { return context.WithValue(ctx, onceKey{}, true) }

// insists is how often a request is sent that gets no reply although the connection is well.
const insists = 2

// doLong is do over HTTP, for lists and files, which may take long: they do not count as delays.
func (r *requests) doLong(ctx context.Context, whom telephony.CallID, what string, ask func(*client) error) error {
	ctx, cancel := limited(ctx, r.opt.Deadline)
	defer cancel()
	c := r.client(ctx, r.plain, whom)
	c.delays = nil
	return r.judge(ctx, what, ask(c))
}

func (r *requests) client(ctx context.Context, over carrier, whom telephony.CallID) *client {
	hash := fnv.New32a()
	hash.Write([]byte(whom))
	return &client{ctx: ctx, lane: hash.Sum32(), carrier: over, count: r.count, latency: r.latency, delays: r.delays}
}

// limited is a context that ends at the deadline of a request, and says so.
func limited(ctx context.Context, within time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, within, fmt.Errorf("no reply within %s", within))
}

// judge counts a verb's outcome and tells races with a hang-up from faults.
func (r *requests) judge(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	switch code(err) {
	case http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity:
		if !errors.Is(err, errNoBridge) {
			err = fmt.Errorf("%w (%w)", telephony.ErrGone, err)
		}
	}
	if errors.Is(err, telephony.ErrGone) {
		r.count.add(gone, 1)
		return fmt.Errorf("%s: %w", what, err)
	}
	r.count.add(failures, 1)
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		err = cause
	}
	return fmt.Errorf("%s: %w", what, err)
}

// plainHTTP carries requests as Asterisk 20 understands them. The requests of a call keep their order because the call's goroutine
// waits for each reply. One that is late looks like one that is lost: each is errLost at its deadline.
type plainHTTP struct {
	url, user, password string
	http                http.Client
}

func newPlainHTTP(o Options) *plainHTTP {
	return &plainHTTP{url: o.URL, user: o.User, password: o.Password, http: http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: 32,
		MaxConnsPerHost:     32,
		IdleConnTimeout:     10 * time.Second, // shorter than Asterisk's session_keep_alive
	}}}
}

func (p *plainHTTP) carry(ctx context.Context, _ uint32, q question) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, q.Method, p.url+"/"+q.URI, strings.NewReader(q.Body))
	if err != nil {
		return answer{}, err
	}
	req.SetBasicAuth(p.user, p.password)
	if q.Body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := p.http.Do(req)
	if err != nil {
		return answer{}, lostOn(ctx, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, lostOn(ctx, err)
	}
	return answer{Code: resp.StatusCode, Reason: http.StatusText(resp.StatusCode), Body: string(body)}, nil
}

// lostOn is what becomes of a request for which there was no reply, without its address, because what says it better.
func lostOn(ctx context.Context, err error) error {
	for made := (*url.Error)(nil); errors.As(err, &made); {
		err = made.Err
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		err = cause
	}
	return fmt.Errorf("%w: %w", errLost, err)
}

// clearedHTTP is plainHTTP for the requests of calls. They wait until this Hotline is known to be entitled to a connection, as those of the command sockets do: HTTP
// itself would reach an Asterisk which another Hotline serves by now.
type clearedHTTP struct {
	*plainHTTP
	cleared func() <-chan struct{} // nil is always
}

func (p clearedHTTP) carry(ctx context.Context, lane uint32, q question) (answer, error) {
	if p.cleared != nil {
		select {
		case <-p.cleared():
		case <-ctx.Done():
			return answer{}, fmt.Errorf("%w: %w", ErrAway, context.Cause(ctx))
		}
	}
	return p.plainHTTP.carry(ctx, lane, q)
}

func (p *plainHTTP) close() { p.http.CloseIdleConnections() }
