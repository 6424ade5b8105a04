package gate

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"hotline/agentapi"
)

// newSignIns counts attempts to sign in by their outcome (ok, or the problem's code), and registers with r; nil counts for nobody.
func newSignIns(r prometheus.Registerer) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "hotline_sign_ins_total", Help: "Attempts to sign in, by outcome."}, []string{"outcome"})
	if r != nil {
		r.MustRegister(c)
	}
	return c
}

// newTurnWaits shows how long attempts to sign in waited for their turn: where somebody guesses, they are delayed.
func newTurnWaits(r prometheus.Registerer) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "hotline_sign_in_wait_seconds", Help: "How long attempts to sign in waited for their turn.", Buckets: []float64{.1, .5, 1, 2.5, 5, 10, 30, 60}})
	if r != nil {
		r.MustRegister(h)
	}
	return h
}

func signInOutcome(err error) string {
	var p *agentapi.Problem
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &p):
		return string(p.Code)
	default:
		return string(agentapi.CodeInternal)
	}
}
