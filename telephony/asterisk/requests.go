package asterisk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/CyCoreSystems/ari/v5/client/native"

	"hotline/telephony"
)

// scheme is how the typed client's requests find their way to us instead of the network: it sends
// them to "<scheme>://<errand>/ari/…", and http.DefaultTransport knows a round tripper for the scheme.
const scheme = "hotline-ari"

// errand is the requests of one verb: until when, over which socket, by which carrier. The typed client
// takes no context, so the errand's name travels as the host of the address.
type errand struct {
	ctx     context.Context
	lane    uint32
	carrier carrier
	count   *counters
}

// errands holds those under way. It is global because http.DefaultTransport, which the typed client
// uses, is.
var (
	errands    sync.Map // host (string) → *errand
	lastErrand atomic.Uint64
)

// install makes http.DefaultTransport carry our scheme.
var install = sync.OnceValue(func() error {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return fmt.Errorf("http.DefaultTransport is a %T; ARI's client needs an *http.Transport", http.DefaultTransport)
	}
	t.RegisterProtocol(scheme, router{})
	return nil
})

// router gives each request to the carrier of its errand.
type router struct{}

func (router) RoundTrip(req *http.Request) (*http.Response, error) {
	found, ok := errands.Load(req.URL.Host)
	if !ok {
		return nil, errors.New("request after the end of its errand")
	}
	e := found.(*errand)
	q := question{Method: req.Method, URI: strings.TrimPrefix(req.URL.EscapedPath(), "/ari/")}
	if req.URL.RawQuery != "" {
		q.URI += "?" + req.URL.RawQuery
	}
	if req.Body != nil {
		defer req.Body.Close()
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		q.Body = string(bytes.TrimSpace(body))
	}
	e.count.add(sent, 1)
	a, err := e.carrier.carry(e.ctx, e.lane, q)
	if err != nil {
		return nil, err
	}
	return a.response(req), nil
}

// question and answer are a request and its response, however they are carried.
type (
	question struct {
		Method string
		URI    string // below ".../ari/"
		Body   string // JSON, or nothing
	}
	answer struct {
		Code   int
		Reason string
		Body   string
	}
)

// carrier brings requests to Asterisk. Those of one lane arrive in their order.
type carrier interface {
	carry(ctx context.Context, lane uint32, q question) (answer, error)
}

// response puts Asterisk's own words into the status line, where the typed client's errors take their text from.
func (a answer) response(req *http.Request) *http.Response {
	if a.Code >= 300 {
		var said struct{ Message, Error string }
		if json.Unmarshal([]byte(a.Body), &said) == nil && said.Message+said.Error != "" {
			a.Reason = said.Message + said.Error
		}
		a.Body = "{}"
	}
	return &http.Response{
		Status:        strconv.Itoa(a.Code) + " " + a.Reason,
		StatusCode:    a.Code,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        make(http.Header),
		Body:          io.NopCloser(strings.NewReader(a.Body)),
		ContentLength: int64(len(a.Body)),
		Request:       req,
	}
}

// requests sends requests to one Asterisk.
type requests struct {
	opt     Options
	count   *counters
	plain   *plainHTTP
	sockets *commandSockets

	mu    sync.Mutex
	over  carrier // plain or sockets, by the version of Asterisk; nil before the first connection
	fence error   // why nothing more may be asked
}

func newRequests(o Options, count *counters) *requests {
	return &requests{opt: o, count: count, plain: newPlainHTTP(o), sockets: newCommandSockets(o)}
}

// use chooses the carrier.
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

// do runs the requests of one verb about whom: a call, by whose id the socket is chosen, so that
// the requests of a call never overtake each other. Errors say what was asked.
func (r *requests) do(ctx context.Context, whom telephony.CallID, what string, ask func(*client) error) error {
	over, err := r.carrier()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return r.doOver(ctx, over, whom, what, ask)
}

func (r *requests) doOver(ctx context.Context, over carrier, whom telephony.CallID, what string, ask func(*client) error) error {
	if err := install(); err != nil {
		return err
	}
	hash := fnv.New32a()
	hash.Write([]byte(whom))
	ctx, cancel := context.WithTimeoutCause(ctx, r.opt.Deadline, fmt.Errorf("no reply within %s", r.opt.Deadline))
	defer cancel()
	host := strconv.FormatUint(lastErrand.Add(1), 10)
	errands.Store(host, &errand{ctx: ctx, lane: hash.Sum32(), carrier: over, count: r.count})
	defer errands.Delete(host)
	return r.judge(ctx, what, ask(newClient(r.opt.App, host)))
}

// judge counts a verb's outcome and tells races with a hang-up from faults.
func (r *requests) judge(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	switch code(err) {
	case http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity:
		err = fmt.Errorf("%w (%w)", telephony.ErrGone, err)
	}
	if errors.Is(err, telephony.ErrGone) {
		r.count.add(gone, 1)
		return fmt.Errorf("%s: %w", what, err)
	}
	r.count.add(failures, 1)
	for made := (*url.Error)(nil); errors.As(err, &made); {
		err = made.Err // without the address of the request, which "what" says better
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		err = cause
	}
	return fmt.Errorf("%s: %w", what, err)
}

// code is the HTTP status in an error of the typed client; 0 where there is none.
func code(err error) int {
	var refused native.RequestError
	if errors.As(err, &refused) {
		return refused.Code()
	}
	var hides interface{ Cause() error } // as the client's gets do, which do not unwrap
	if errors.As(err, &hides) {
		return code(hides.Cause())
	}
	return 0
}

// client is the typed client for one errand, with the requests that it lacks.
type client struct {
	*native.Client
}

func newClient(app, host string) *client {
	address := scheme + "://" + host + "/ari"
	// All options are set, or the library looks for them in the environment.
	return &client{native.New(&native.Options{
		Application: app, URL: address, WebsocketURL: address, WebsocketOrigin: address,
		Username: "-", Password: "-", // the carrier knows better
	})}
}

// refusal is a status that is no success, as the typed client has it.
type refusal struct {
	status string
	code   int
}

func (r *refusal) Error() string { return r.status }
func (r *refusal) Code() int     { return r.code }

// request asks what the typed client has no words for.
func (c *client) request(method, path string, body, reply any) error {
	var sent io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(encoded)
	}
	req, err := http.NewRequest(method, c.Options.URL+path, sent)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return &refusal{resp.Status, resp.StatusCode}
	}
	if reply == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(reply)
}

// plainHTTP carries requests as Asterisk 20 understands them. The order within a call holds because a
// call's goroutine waits for each reply.
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
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	return answer{Code: resp.StatusCode, Reason: http.StatusText(resp.StatusCode), Body: string(body)}, nil
}

func (p *plainHTTP) close() { p.http.CloseIdleConnections() }
