package register

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"hotline/agentapi"
	"hotline/agentapi/rest"
	"hotline/tickets/attachment"
)

// How long a file may take on its way. Whoever sends or takes nothing for a while is given up, and so is an upload that does not end.
const (
	uploadTime = 15 * time.Minute
	answerTime = 30 * time.Second // for the answer, once a file has come
)

// formMore is how much a form may have besides the file.
const formMore = 16 << 10

// upload is a file that somebody sends to a ticket.
type upload struct {
	Number   string `path:"number" maxLength:"40" example:"100237"`
	Internal bool   `query:"internal" default:"true" doc:"not for the customer"`
	Sending
}

// Sending is a request whose body is a file. It is read as it comes.
type Sending struct {
	Disposition string `header:"Content-Disposition" doc:"with the name of the file that is the body" example:"attachment; filename*=UTF-8''%D1%81%D1%87%D1%91%D1%82.pdf"`

	request *http.Request
	control *http.ResponseController
}

// Resolve keeps the request for whoever reads its body.
func (u *Sending) Resolve(c huma.Context) []error {
	r, w := humago.Unwrap(c)
	u.request, u.control = r, http.NewResponseController(w)
	return nil
}

// answerInTime gives the answer its time, after an upload that may have taken all of the request's.
func (u *Sending) answerInTime() { _ = u.control.SetWriteDeadline(time.Now().Add(answerTime)) }

// file is the file in the body, and its name.
func (u *Sending) file(most int64) (*source, string, error) {
	if u.request.ContentLength > most+formMore {
		return nil, "", tooLarge(most)
	}
	body := &source{r: &patientReader{r: u.request.Body, control: u.control, until: time.Now().Add(uploadTime)}}
	kind, params, err := mime.ParseMediaType(u.request.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		name, err := nameIn(u.Disposition)
		return body, name, err
	}
	form := multipart.NewReader(body, params["boundary"])
	part, err := form.NextRawPart()
	if err != nil || part.FormName() != "file" || part.FileName() == "" {
		return nil, "", agentapi.RefuseField("body", "expected a form with one field, file, which has a file in it")
	}
	return &source{r: &onlyPart{Part: part, form: form}, outer: body}, part.FileName(), nil
}

// nameIn is the name of a file in a header Content-Disposition.
func nameIn(header string) (string, error) {
	_, params, err := mime.ParseMediaType(header)
	if name := params["filename"]; err == nil && name != "" {
		return name, nil
	}
	return "", agentapi.RefuseField("header.Content-Disposition", "expected attachment; filename*=UTF-8'' and the file's name, with %XX for what is not a letter or digit of ASCII")
}

func tooLarge(most int64) error {
	p := agentapi.Refuse(agentapi.CodeTooLarge, "content: expected at most %d bytes", most)
	p.Errors = []agentapi.FieldError{{Field: "content", Rule: fmt.Sprintf("expected at most %d bytes", most), Code: agentapi.FieldCode(attachment.TooLarge), Most: int(most)}}
	return p
}

// source remembers that a body broke off, so that it is not taken for a fault of ours.
type source struct {
	r      io.Reader
	outer  *source // of a form: its own body
	broken error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	var refused *attachment.Refusal
	if err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &refused) {
		s.broken = err
	}
	return n, err
}

// onlyPart is the one part of a form: another behind it would be lost without a word.
type onlyPart struct {
	*multipart.Part
	form *multipart.Reader
}

func (o *onlyPart) Read(p []byte) (int, error) {
	n, err := o.Part.Read(p)
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	if _, err := o.form.NextRawPart(); err == nil {
		return n, &attachment.Refusal{Field: "body", Code: "several_fields", Rule: "expected a form with one field, file"}
	} else if !errors.Is(err, io.EOF) {
		return n, err
	}
	return n, io.EOF
}

// patientReader reads from a browser that may be slow, as long as something comes.
type patientReader struct {
	r       io.Reader
	control *http.ResponseController
	until   time.Time
}

func (p *patientReader) Read(b []byte) (int, error) {
	next := time.Now().Add(rest.Patience)
	if next.After(p.until) {
		next = p.until
	}
	_ = p.control.SetReadDeadline(next) // where it cannot be set, the server's own holds
	return p.r.Read(b)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
