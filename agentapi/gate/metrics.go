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
