package watch

import (
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Part is something that Hotline needs, and how it is now.
type Part struct {
	Name  string    `json:"name"`
	Node  string    `json:"node,omitempty"` // of Asterisk, where that is the part
	Needs Purpose   `json:"needed_for,omitempty"`
	State string    `json:"state"` // StateOK, or a word for what is wrong
	Says  string    `json:"says,omitempty"`
	Since time.Time `json:"since,omitzero"` // of the state, where that is known
}

// StateOK is the state of a part that is as it should be. Every other state is a trouble.
const StateOK = "ok"

// Purpose is what is impossible while a part is not well; "" is nothing for now: it needs an operator all the same.
type Purpose string

const (
	ForCalls  Purpose = "calls"   // callers are not served
	ForSignIn Purpose = "sign_in" // nobody can sign in; who is signed in works on
)

// Report is how Hotline is: what can be done now, and the state of each part.
type Report struct {
	Status string `json:"status"` // ready: all is well; degraded: calls are served, and something needs an operator; unready: they are not
	Calls  bool   `json:"calls"`  // are served
	SignIn bool   `json:"sign_in"`
	Parts  []Part `json:"parts"`
}

// ready is what /readyz answers 200 to.
func (r Report) ready() bool { return r.Calls && r.SignIn }

// Judge makes a report of parts.
func Judge(parts []Part) Report {
	impossible := func(p Purpose) bool {
		return slices.ContainsFunc(parts, func(part Part) bool { return part.State != StateOK && part.Needs == p })
	}
	r := Report{Status: "ready", Calls: !impossible(ForCalls), SignIn: !impossible(ForSignIn), Parts: parts}
	switch {
	case !r.Calls:
		r.Status = "unready"
	case slices.ContainsFunc(parts, func(part Part) bool { return part.State != StateOK }):
		r.Status = "degraded"
	}
	return r
}

// Health answers /livez and /readyz.
//
//	/livez    200 while the process moves; else it must be started anew
//	/readyz   200 while calls can be served and people can sign in, else 503
//
// Strangers are told the status alone.
type Health struct {
	Pulse *Pulse
	Parts func() []Part // must not wait for anything

	mu   sync.Mutex // guards what is below
	last Report
	made time.Time
}

// reportFor is how long a report is good, so that many questions cost little.
const reportFor = 250 * time.Millisecond

// Report is how Hotline is now.
func (h *Health) Report() Report {
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.made) > reportFor {
		h.last, h.made = Judge(h.Parts()), time.Now()
	}
	return h.last
}

// Live serves /livez.
func (h *Health) Live() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		stuck := h.Pulse.Stuck()
		answer := struct {
			Status string   `json:"status"`
			Stuck  []string `json:"stuck,omitempty"`
		}{"live", stuck}
		if len(stuck) > 0 {
			answer.Status = "stuck"
		}
		say(w, len(stuck) == 0, answer)
	})
}

// Ready serves /readyz. Who may see it is told of each part, everybody else the status alone.
func (h *Health) Ready(maySee func(*http.Request) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		report := h.Report()
		if maySee(r) {
			say(w, report.ready(), report)
			return
		}
		say(w, report.ready(), struct {
			Status string `json:"status"`
		}{report.Status})
	})
}

var isReady = prometheus.NewDesc("hotline_ready", "1 while calls can be served and people can sign in, as /readyz says.", nil, nil)

// Describe implements prometheus.Collector.
func (h *Health) Describe(ch chan<- *prometheus.Desc) { ch <- isReady }

// Collect implements prometheus.Collector.
func (h *Health) Collect(ch chan<- prometheus.Metric) {
	value := 0.0
	if h.Report().ready() {
		value = 1
	}
	ch <- prometheus.MustNewConstMetric(isReady, prometheus.GaugeValue, value)
}

func say(w http.ResponseWriter, well bool, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !well {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	_ = out.Encode(answer) // whoever asked may have gone
}

// Everybody may see the parts: for a listener that only operators reach.
func Everybody(*http.Request) bool { return true }

// Local may see the parts who asks from this machine itself. A proxy here asks for strangers: it says so in a header, or by the
// name that the stranger asked for.
func Local(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !from.Addr().Unmap().IsLoopback() {
		return false
	}
	for _, header := range []string{"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"} {
		if r.Header.Get(header) != "" {
			return false
		}
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}
