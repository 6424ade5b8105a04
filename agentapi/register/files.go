package register

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/tickets"
	"hotline/tickets/attachment"
)

// Files is the operations about tickets' files. It is a rest.Room.
type Files struct {
	Keeper *attachment.Keeper // nil: tickets have no files
}

// File is a file as pages and programs are told of it.
type File struct {
	ID        attachment.ID `json:"id"`
	Name      string        `json:"name" doc:"cleaned: safe to show as text and to save under"`
	Type      string        `json:"type" doc:"as which it is given out" example:"image/png"`
	Size      int64         `json:"size" doc:"bytes"`
	SHA256    string        `json:"sha256"`
	By        string        `json:"by" doc:"the login of who brought it; of a program token: and its token's name"`
	At        time.Time     `json:"at"`
	Internal  bool          `json:"internal" doc:"not for the customer"`
	Inline    bool          `json:"inline" doc:"a picture that a page may show, with ?inline=true"`
	Version   int64         `json:"version,omitempty" doc:"of the ticket's change that brought it"`
	RemovedAt *time.Time    `json:"removed_at,omitempty"`
	RemovedBy string        `json:"removed_by,omitempty"`
}

// FileLimits say what may be sent, so that a page can tell before it sends.
type FileLimits struct {
	Size       int64    `json:"size" doc:"of one file, in bytes"`
	Files      int      `json:"files" doc:"of one ticket"`
	TicketSize int64    `json:"ticket_size" doc:"of one ticket's files together, in bytes"`
	Extensions []string `json:"extensions" nullable:"false"`
}

// FileList is a ticket's files.
type FileList struct {
	Items  []File     `json:"items" nullable:"false" doc:"the first that came first, the removed ones among them"`
	Limits FileLimits `json:"limits"`
}

type (
	filesQuestion struct {
		Number string `path:"number" maxLength:"40" example:"100237"`
	}
	fileQuestion struct {
		Number string `path:"number" maxLength:"40" example:"100237"`
		ID     string `path:"id" format:"uuid"`
	}
	fileDownload struct {
		Number string `path:"number" maxLength:"40" example:"100237"`
		ID     string `path:"id" format:"uuid"`
		Inline bool   `query:"inline" doc:"to show a picture in a page; anything else is saved all the same"`
	}
)

// Operations implements rest.Room.
func (f Files) Operations(to *rest.Registrar) {
	d := &files{keeper: f.Keeper, to: to}
	theirs := rest.Person(rest.Own, rest.All, "files of tickets that they may see")

	huma.Register(to.API, to.Operation("files", http.MethodGet, "/tickets/{number}/files", "A ticket's files", theirs.WithToken(gate.ReadTickets)), d.list)

	o := to.Operation("add-file", http.MethodPost, "/tickets/{number}/files", "Add a file to a ticket", theirs.WithToken(gate.WriteTickets))
	o.Description = "The body is the file itself, and its name stands in Content-Disposition: attachment; filename*=UTF-8''… Or it is a form " +
		"(multipart/form-data) with one field, file. A file is taken if the extension of its name is among limits.extensions and its content is what the " +
		"extension says. The same file a second time is not added again."
	huma.Register(to.API, o, d.add)
	takesFile(to, o)

	o = to.Operation("file", http.MethodGet, "/tickets/{number}/files/{id}", "Take a file", theirs.WithToken(gate.ReadTickets))
	o.Responses["200"] = &huma.Response{Description: "The file", Content: map[string]*huma.MediaType{"*/*": {Schema: rest.Binary}}}
	huma.Register(to.API, o, d.download)

	o = to.Operation("remove-file", http.MethodDelete, "/tickets/{number}/files/{id}", "Remove a file from a ticket",
		rest.Person(rest.Own, rest.All, "files that they brought, of tickets that they may see"))
	o.Description = "That it was there stays known; what it held is deleted."
	huma.Register(to.API, o, d.remove)
}

// takesFile says that the body of an operation is a file. It is said after the operation is registered: huma would else read the body into memory, to look at it.
func takesFile(to *rest.Registrar, o huma.Operation) {
	to.API.OpenAPI().Paths[o.Path].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/octet-stream": {Schema: rest.Binary},
		"multipart/form-data":      {Schema: &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{"file": rest.Binary}, Required: []string{"file"}}},
	}}
}

// files carries the operations out.
type files struct {
	keeper *attachment.Keeper
	to     *rest.Registrar
}

// ticket is who asks, and the ticket that they ask about, where they may see it.
func (d *files) ticket(ctx context.Context, number string) (gate.Account, tickets.Number, error) {
	a, err := d.to.Who(ctx)
	if err != nil {
		return a, "", err
	}
	t, err := d.to.Ticket(ctx, number, a)
	if err == nil && d.keeper == nil {
		err = agentapi.Refuse(agentapi.CodeNotFound, "tickets have no files here")
	}
	return a, t.Number, err
}

func (d *files) list(ctx context.Context, in *filesQuestion) (*rest.Answer[FileList], error) {
	a, n, err := d.ticket(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	return d.listed(ctx, a, n)
}

// listed is the list of a ticket's files, once the line is written of who looks at it.
func (d *files) listed(ctx context.Context, a gate.Account, n tickets.Number) (*rest.Answer[FileList], error) {
	if err := d.to.Looked(ctx, a, tickets.LookedAtFiles, string(n)); err != nil {
		return nil, err
	}
	all, err := d.keeper.Files(ctx, n)
	if err != nil {
		return nil, d.refusal(err, "list files")
	}
	l := d.keeper.Limits()
	list := FileList{Items: []File{}, Limits: FileLimits{Size: l.Size, Files: l.Files, TicketSize: l.TicketSize, Extensions: l.Extensions}}
	for _, f := range all {
		list.Items = append(list.Items, told(f))
	}
	return rest.Answered(list), nil
}

func told(f attachment.File) File {
	t := File{
		ID: f.ID, Name: f.Name, Type: f.Type, Size: f.Size, SHA256: f.Sum.String(), By: f.By, At: f.At, Internal: f.Internal, Inline: f.Inline(), Version: f.Version,
		RemovedBy: f.RemovedBy,
	}
	if !f.RemovedAt.IsZero() {
		t.RemovedAt = &f.RemovedAt
	}
	return t
}

func (d *files) add(ctx context.Context, in *upload) (*rest.Answer[File], error) {
	a, n, err := d.ticket(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	body, name, err := in.file(d.keeper.Limits().Size)
	if err != nil {
		return nil, err
	}
	if err := d.to.Looked(ctx, a, tickets.BroughtFile, string(n)); err != nil {
		return nil, err
	}
	f, err := d.keeper.Add(ctx, attachment.Upload{Ticket: n, Name: name, Content: body, Internal: in.Internal, By: hand(ctx, a), At: time.Now()})
	in.answerInTime()
	switch {
	case err != nil && body.broken != nil:
		return nil, agentapi.Refuse(agentapi.CodeBadRequest, "the file did not come whole")
	case err != nil:
		return nil, d.refusal(err, "keep a file")
	}
	return rest.Answered(told(f)), nil
}

func (d *files) remove(ctx context.Context, in *fileQuestion) (*rest.Answer[FileList], error) {
	a, n, err := d.ticket(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	f, err := d.keeper.File(ctx, n, attachment.ID(in.ID))
	if err != nil {
		return nil, d.refusal(err, "look for a file")
	}
	if !rest.ViewerOf(a).All && f.By != a.Login {
		return nil, agentapi.Refuse(agentapi.CodeForbidden, "only who brought a file and supervisors may remove it")
	}
	if err := d.keeper.Remove(ctx, n, f.ID, hand(ctx, a), time.Now()); err != nil {
		return nil, d.refusal(err, "remove a file")
	}
	return d.listed(ctx, a, n)
}

func hand(ctx context.Context, a gate.Account) attachment.Hand {
	return attachment.Hand{Login: a.Login, By: by(ctx, a)}
}

func (d *files) download(ctx context.Context, in *fileDownload) (*huma.StreamResponse, error) {
	a, n, err := d.ticket(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	f, err := d.keeper.File(ctx, n, attachment.ID(in.ID))
	if err != nil {
		return nil, d.refusal(err, "look for a file")
	}
	if err := d.to.Looked(ctx, a, tickets.TookFile(string(f.ID)), string(n)); err != nil {
		return nil, err
	}
	content, err := d.keeper.Open(ctx, f)
	if err != nil {
		return nil, d.refusal(err, "open a file")
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer content.Close()
		c.SetHeader("Content-Length", itoa(f.Size))
		out := rest.HandOut(c, f.Type, attachment.Disposition(f.Name, in.Inline && f.Inline()))
		if _, err := io.Copy(out, content); err != nil {
			if out.Broken == nil {
				_ = d.to.Refusal(err, "send a file") // for the log
			}
			panic(http.ErrAbortHandler) // what has gone out is not the file: the browser is to know
		}
	}}, nil
}

func (d *files) refusal(err error, doing string) error { return fileRefusal(d.to, err, doing) }

// fileRefusal is what a visitor is told of an error about a file.
func fileRefusal(to *rest.Registrar, err error, doing string) error {
	var r *attachment.Refusal
	switch {
	case errors.As(err, &r):
		code := agentapi.CodeInvalid
		if r.Code == attachment.TooLarge {
			code = agentapi.CodeTooLarge
		}
		p := agentapi.Refuse(code, "%s", r.Error())
		p.Errors = []agentapi.FieldError{{Field: r.Field, Rule: r.Rule, Code: agentapi.FieldCode(r.Code), Most: int(r.Most)}}
		return p
	case errors.Is(err, attachment.ErrNoFile):
		return agentapi.Refuse(agentapi.CodeNotFound, "the ticket has no such file")
	case errors.Is(err, tickets.ErrNoTicket):
		return agentapi.Refuse(agentapi.CodeNotFound, "there is no such ticket")
	case errors.Is(err, attachment.ErrFull):
		_ = to.Refusal(err, doing) // for the log: somebody must make room
		return agentapi.Refuse(agentapi.CodeNotKept, "%s", attachment.ErrFull)
	case errors.Is(err, attachment.ErrDamaged):
		_ = to.Refusal(err, doing)
		return agentapi.Refuse(agentapi.CodeInternal, "%s", attachment.ErrDamaged)
	default:
		return to.Refusal(err, doing)
	}
}
