package register

import (
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// handOut begins to give a document out as what it may be taken for, and as nothing else: no browser runs anything in it, lends it to another site, or
// keeps it. That none guesses at it, the site says in each answer.
func handOut(c huma.Context, kind, disposition string) *patientWriter {
	c.SetHeader("Content-Type", kind)
	c.SetHeader("Content-Disposition", disposition)
	c.SetHeader("Content-Security-Policy", "sandbox; default-src 'none'")
	c.SetHeader("Cross-Origin-Resource-Policy", "same-origin")
	c.SetHeader("Cache-Control", "no-store")
	return patiently(c)
}

// patientWriter writes to a browser that may be slow, as long as it takes something.
type patientWriter struct {
	w       io.Writer
	control *http.ResponseController
	broken  error
}

// patiently is a writer of an answer's body.
func patiently(c huma.Context) *patientWriter {
	_, w := humago.Unwrap(c)
	return &patientWriter{w: w, control: http.NewResponseController(w)}
}

func (p *patientWriter) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(pauseTime))
	n, err := p.w.Write(b)
	if err != nil {
		p.broken = err
	}
	return n, err
}
