package rest

import (
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Patience is how long a browser may take nothing of an answer that goes out in pieces, and send nothing of a body that comes so.
const Patience = 30 * time.Second

// HandOut begins to give a document out as what it may be taken for, and as nothing else: no browser runs anything in it, lends it to another site, or
// keeps it. That none guesses at it, the site says in each answer.
func HandOut(c huma.Context, kind, disposition string) *PatientWriter {
	c.SetHeader("Content-Type", kind)
	c.SetHeader("Content-Disposition", disposition)
	c.SetHeader("Content-Security-Policy", "sandbox; default-src 'none'")
	c.SetHeader("Cross-Origin-Resource-Policy", "same-origin")
	c.SetHeader("Cache-Control", "no-store")
	return patiently(c)
}

// PatientWriter writes to a browser that may be slow, as long as it takes something.
type PatientWriter struct {
	Broken error // why the browser takes no more; nil: it does

	w       io.Writer
	control *http.ResponseController
}

// patiently is a writer of an answer's body.
func patiently(c huma.Context) *PatientWriter {
	_, w := humago.Unwrap(c)
	return &PatientWriter{w: w, control: http.NewResponseController(w)}
}

func (p *PatientWriter) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(Patience))
	n, err := p.w.Write(b)
	if err != nil {
		p.Broken = err
	}
	return n, err
}
