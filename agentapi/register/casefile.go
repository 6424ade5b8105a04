package register

import (
	"context"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/casefile"
	"hotline/tickets/life"
	"hotline/tickets/lists"
)

// A ticket's whole file is a document for somebody outside: a regulator, a court, the customer. So who takes it must answer for the ticket, or
// decide about a complaint of it; to see it, because of a part or of a call, is not enough.
type caseFileQuestion struct {
	Number   string `path:"number" maxLength:"40" example:"100237"`
	Format   string `query:"format" enum:"html,json,zip" default:"html" doc:"zip has both, and the files"`
	Internal bool   `query:"internal" doc:"with the notes, files and changes that are not for the customer, marked as such"`
	Language string `query:"language" enum:"ru,en" default:"en" doc:"of the document"`
	Inline   bool   `query:"inline" doc:"to read html in a page of its own, and not save it"`
}

// caseFileTime is how long it may take to read what a document tells.
const caseFileTime = 30 * time.Second

func (t *Tickets) caseFileOperation(to *rest.Registrar) {
	o := to.Operation("ticket-casefile", http.MethodGet, "/tickets/{number}/casefile", "Take a ticket's whole file as a document",
		rest.Person(rest.Own, rest.All, "tickets that they or their departments own, and those of whose complaints they or their departments decide").WithToken(gate.ReadTickets))
	o.Description = "All that was asked, answered, promised and sent, with the tickets that go on in this one; to read and to print (html), for programs (json), or both with the files (zip)."
	o.Responses["200"] = &huma.Response{Description: "The document", Content: map[string]*huma.MediaType{
		"text/html": {Schema: rest.Binary}, "application/json": {Schema: rest.Binary}, "application/zip": {Schema: rest.Binary},
	}}
	huma.Register(to.API, o, func(ctx context.Context, in *caseFileQuestion) (*huma.StreamResponse, error) {
		return t.caseFile(ctx, to, in)
	})
}

func (t *Tickets) caseFile(ctx context.Context, to *rest.Registrar, in *caseFileQuestion) (*huma.StreamResponse, error) {
	v, n, err := t.about(ctx, to, in.Number)
	if err != nil {
		return nil, err
	}
	reading, cancel := context.WithTimeout(ctx, caseFileTime)
	defer cancel()
	w, err := t.Store.Whole(reading, n)
	if err != nil {
		return nil, refusal(to, n, err, "read a ticket's whole file")
	}
	if !v.takesWhole(w.Matter) {
		return nil, agentapi.Refuse(agentapi.CodeForbidden, "the whole file of ticket %s is for those who answer for it", w.Matter.Number)
	}
	if err := to.Looked(ctx, v.Account, tickets.TookCaseFile, string(w.Matter.Number)); err != nil {
		return nil, err
	}
	o := casefile.Options{Language: in.Language, Internal: in.Internal, Location: t.location()}
	f := casefile.Of(w, t.Register.Terms(), o, time.Now())
	f.By = v.Name
	t.openWith(&f, w)
	write := map[string]func(io.Writer) error{
		"html": func(w io.Writer) error { return casefile.HTML(w, f, o) },
		"json": func(w io.Writer) error { return casefile.JSON(w, f, o) },
		"zip":  func(w io.Writer) error { return casefile.Zip(ctx, w, f, o) },
	}[in.Format]
	return &huma.StreamResponse{Body: func(c huma.Context) {
		kind := map[string]string{"html": "text/html; charset=utf-8", "json": "application/json", "zip": "application/zip"}[in.Format]
		out := rest.HandOut(c, kind, attachment.Disposition("ticket-"+string(w.Matter.Number)+"."+in.Format, in.Inline && in.Format == "html"))
		c.SetHeader("Content-Security-Policy", printable)
		if err := write(out); err != nil {
			panic(http.ErrAbortHandler) // what has gone out is not the document: the browser is to know
		}
	}}, nil
}

// takesWhole says whether somebody may take a ticket's whole file.
func (v viewer) takesWhole(m life.Matter) bool {
	return v.sight.All || v.owns(m.Ticket) || slices.ContainsFunc(m.Reviews, func(r life.Review) bool {
		return r.Reviewer != "" && r.Reviewer == v.sight.Agent || slices.Contains(v.sight.Departments, string(r.Department))
	})
}

// openWith lets the document take the contents of files that are still there.
func (t *Tickets) openWith(f *casefile.File, w lists.Whole) {
	for i, one := range w.Files() {
		if t.Files == nil || !one.RemovedAt.IsZero() {
			continue
		}
		f.Attachments[i].Open = func(ctx context.Context) (io.ReadCloser, error) { return t.Files.Open(ctx, one) }
	}
	t.openMessages(f.Attachments[len(w.Files()):], w)
}

// printable lets a document have its look, and a dialog to print it, and nothing else.
const printable = "sandbox allow-modals; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// location is the line's place.
func (t *Tickets) location() *time.Location {
	if t.Location == nil {
		return time.Local
	}
	return t.Location
}
