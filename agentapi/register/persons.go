package register

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/tickets"
	"hotline/tickets/attachment"
)

// Persons is the operations about all that is held about one person: taking it out, and erasing it, as the law gives them the right. They are for administrators alone. It is
// a rest.Room.
type Persons struct{ Holdings Holdings }

// Holdings is all places in which something is held about people. Their errors may be Problems.
type Holdings interface {
	// Find finds those whom a number, a contract, or the id of a customer may mean; none is no error.
	Find(ctx context.Context, who string) ([]Subject, error)
	// Export writes into the audit who takes it, and gives what writes it as a ZIP.
	Export(ctx context.Context, s Subject, login string) (func(w io.Writer) error, error)
	// Weigh says what an erasure would take away, and what stands against it.
	Weigh(ctx context.Context, s Subject) (Weight, error)
	// Erase erases what was weighed, as long as it is the same still: confirm is that of its Weight.
	Erase(ctx context.Context, s Subject, confirm string, closes bool, login string) (Erased, error)
}

// Subject is a customer with the numbers that are theirs alone, or a number that no customer has.
type Subject struct {
	Customer string   `json:"customer,omitempty" doc:"their id; absent: a number of nobody known"`
	Name     string   `json:"name,omitempty"`
	Contract string   `json:"contract,omitempty"`
	Numbers  []string `json:"numbers" nullable:"false"`
	Shared   []string `json:"shared,omitempty" doc:"numbers that other customers have, too: calls from them are theirs only where the call says so"`
}

// Weight is what an erasure would take away.
type Weight struct {
	Rows    map[string]int `json:"rows" nullable:"false" doc:"that are about them, by table; what tells who they are goes, and tickets and contacts stay as what happened on a day"`
	Against string         `json:"against,omitempty" doc:"what stands against it, such as an open ticket"`
	Closes  bool           `json:"closes" doc:"it could be done with close: their open tickets are closed with it"`
	Confirm string         `json:"confirm" doc:"to be sent with the erasure: what is held must be the same then"`
}

// Erased is what an erasure has done.
type Erased struct {
	Contacts int  `json:"contacts" doc:"that are nobody's any more"`
	Disk     bool `json:"disk" doc:"journal, spool, recordings and files are done, too; else Hotline goes on with them"`
}

type (
	PersonQuestion struct {
		Who string `query:"who" required:"true" minLength:"1" maxLength:"200" doc:"a number, a contract, or the id of a customer" example:"+79161234567"`
	}
	personExport struct {
		PersonQuestion

		control *http.ResponseController
	}
	erasureOrder struct {
		Body struct {
			Who     string `json:"who" minLength:"1" maxLength:"200" doc:"as in the preview"`
			Confirm string `json:"confirm" minLength:"1" maxLength:"64" doc:"as the preview gave it"`
			Close   bool   `json:"close,omitempty" doc:"close their open tickets, which else stand against it"`
		}
	}
	// PersonsAnswer is whom a text may mean.
	PersonsAnswer struct {
		Items []Subject `json:"items" nullable:"false"`
	}
	// ErasurePreview is whom an erasure would take away, and how much.
	ErasurePreview struct {
		Person Subject `json:"person"`
		Weight
	}
)

// exportTime is how long an export may take, which reads the journal of months.
const exportTime = 30 * time.Minute

// Resolve gives an export its time.
func (q *personExport) Resolve(c huma.Context) []error {
	_, w := humago.Unwrap(c)
	q.control = http.NewResponseController(w)
	return nil
}

// Operations implements rest.Room.
func (p *Persons) Operations(to *rest.Registrar) {
	d := &persons{p, to}
	rule := rest.Administrators()
	huma.Register(to.API, to.Operation("persons", http.MethodGet, "/persons", "Whom a number, a contract or an id may mean", rule), d.find)
	o := to.Operation("export-person", http.MethodGet, "/persons/export", "Take all that is held about one person", rule)
	o.Description = "A ZIP with the sound of their messages, the files of their tickets, and person.json, which also says what of these is not there any more, or damaged."
	o.Responses["200"] = &huma.Response{Description: "The export", Content: map[string]*huma.MediaType{"application/zip": {Schema: rest.Binary}}}
	huma.Register(to.API, o, d.export)
	huma.Register(to.API, to.Operation("preview-erasure", http.MethodGet, "/persons/erasure", "What erasing one person would take away", rule), d.weigh)
	o = to.Operation("erase-person", http.MethodPost, "/persons/erasure", "Erase one person, which cannot be brought back", rule)
	o.Description = "From the database, the journal, the spool, recordings and files. What the preview said must still be so (412)."
	huma.Register(to.API, o, d.erase)
}

// persons carries the operations out.
type persons struct {
	*Persons
	to *rest.Registrar
}

func (d *persons) find(ctx context.Context, q *PersonQuestion) (*rest.Answer[PersonsAnswer], error) {
	a, err := d.to.Who(ctx)
	if err != nil {
		return nil, err
	}
	all, err := d.Holdings.Find(ctx, q.Who)
	if err != nil {
		return nil, d.to.Refusal(err, "look for a person")
	}
	var shown []string
	for _, s := range all {
		shown = append(shown, s.Customer)
	}
	if err := d.looked(ctx, a, shown...); err != nil {
		return nil, err
	}
	return rest.Answered(PersonsAnswer{append([]Subject{}, all...)}), nil
}

// looked leaves a line about each customer who is shown. A number that is nobody's is written nowhere.
func (d *persons) looked(ctx context.Context, a gate.Account, customers ...string) error {
	for _, id := range customers {
		if err := d.to.Looked(ctx, a, tickets.LookedAtCustomer, id); err != nil {
			return err
		}
	}
	return nil
}

// one is the one whom a text means.
func (d *persons) one(ctx context.Context, who string) (Subject, error) {
	all, err := d.Holdings.Find(ctx, who)
	switch {
	case err != nil:
		return Subject{}, d.to.Refusal(err, "look for a person")
	case len(all) == 0:
		return Subject{}, agentapi.Refuse(agentapi.CodeNotFound, "nothing is known of such a person")
	case len(all) > 1:
		return Subject{}, agentapi.Refuse(agentapi.CodeConflict, "it may mean %d customers: say which by the id", len(all))
	}
	return all[0], nil
}

func (d *persons) export(ctx context.Context, q *personExport) (*huma.StreamResponse, error) {
	a, err := d.to.Who(ctx)
	if err != nil {
		return nil, err
	}
	s, err := d.one(ctx, q.Who)
	if err != nil {
		return nil, err
	}
	_ = q.control.SetWriteDeadline(time.Now().Add(exportTime)) // where it cannot be set, the server's own holds
	write, err := d.Holdings.Export(ctx, s, a.Login)
	if err != nil {
		return nil, d.to.Refusal(err, "export a person")
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		if err := write(rest.HandOut(c, "application/zip", attachment.Disposition("person.zip", false))); err != nil {
			_ = d.to.Refusal(err, "export a person")
			panic(http.ErrAbortHandler) // what has gone out is not the whole: the browser is to know
		}
	}}, nil
}

func (d *persons) weigh(ctx context.Context, q *PersonQuestion) (*rest.Answer[ErasurePreview], error) {
	a, err := d.to.Who(ctx)
	if err != nil {
		return nil, err
	}
	s, err := d.one(ctx, q.Who)
	if err == nil {
		err = d.looked(ctx, a, s.Customer)
	}
	if err != nil {
		return nil, err
	}
	weight, err := d.Holdings.Weigh(ctx, s)
	if err != nil {
		return nil, d.to.Refusal(err, "weigh an erasure")
	}
	return rest.Answered(ErasurePreview{s, weight}), nil
}

func (d *persons) erase(ctx context.Context, q *erasureOrder) (*rest.Answer[Erased], error) {
	a, err := d.to.Who(ctx)
	if err != nil {
		return nil, err
	}
	s, err := d.one(ctx, q.Body.Who)
	if err != nil {
		return nil, err
	}
	done, err := d.Holdings.Erase(ctx, s, q.Body.Confirm, q.Body.Close, a.Login)
	if err != nil {
		return nil, d.to.Refusal(err, "erase a person")
	}
	return rest.Answered(done), nil
}
