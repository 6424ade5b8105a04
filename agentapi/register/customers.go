package register

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/customers"
)

// Customers is the operations about customers: everybody who talks to customers, and everybody of a department, may look for them, read them and
// change them, for they need it while somebody waits; and whoever is shown a customer leaves a line in the audit first. It is a rest.Room.
type Customers struct {
	Store   CustomerStore
	Sights  Sights
	Terms   func() tickets.Terms // that count now
	Rules   customers.Rules
	Country string // the code of the line's country, such as "7": numbers are typed without it
	// Agreements are those that a contract may name, as the configuration has them now. nil: none.
	Agreements func() []Agreement
}

// Agreement is what a contract may name.
type Agreement struct {
	ID   string     `json:"id"`
	Name words.Text `json:"name,omitempty" doc:"by language; absent: it is called by its id"`
}

// Sights says who may see what. The Store of tickets/postgres implements it.
type Sights interface {
	// SeesContact says whether somebody may see a contact: it was theirs, or its ticket is one that they see.
	SeesContact(ctx context.Context, id tickets.ContactID, by tickets.Sight) (bool, error)
}

// CustomerStore is where customers are. The Customers of tickets/postgres implements it.
type CustomerStore interface {
	Find(ctx context.Context, typed, country, cursor string, limit int) (customers.Found, error)
	View(ctx context.Context, id tickets.CustomerID, by tickets.Sight) (customers.View, error)
	Candidates(ctx context.Context, key string) ([]tickets.Customer, error)
	Contacts(ctx context.Context, id tickets.CustomerID, by tickets.Sight, cursor string, limit int) ([]tickets.Contact, string, error)
	Changes(ctx context.Context, id tickets.CustomerID, after int64) ([]customers.Change, error)
	Doubles(ctx context.Context, id tickets.CustomerID) ([]customers.Double, error)
	PreviewMerge(ctx context.Context, merged, into tickets.CustomerID, by tickets.Sight) (customers.Preview, error)

	Add(ctx context.Context, r customers.Record, by tickets.By, key string) (tickets.Customer, error)
	Change(ctx context.Context, id tickets.CustomerID, version int64, edit func(customers.Record) (customers.Record, error), by tickets.By) (tickets.Customer, error)
	Merge(ctx context.Context, merged tickets.CustomerID, version int64, into tickets.CustomerID, by tickets.By) (customers.Merging, error)
	UndoMerge(ctx context.Context, merge string, by tickets.By) (customers.Merging, error)
	// TellContact says whose a contact is; with keeps, its number is theirs from now on.
	TellContact(ctx context.Context, contact tickets.ContactID, customer tickets.CustomerID, keeps bool, by tickets.By) (tickets.Customer, error)
}

type (
	customersQuestion struct {
		Text   string `query:"q" required:"true" doc:"a name, a number, a contract, an address, a mail: or parts of them" example:"иванов мира 12"`
		Cursor string `query:"cursor" maxLength:"400"`
		Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	}
	// CustomersAnswer is a page of customers.
	CustomersAnswer struct {
		Items []agentapi.Customer `json:"items" nullable:"false"`
		How   string              `json:"how" enum:"exact,layout,alike" doc:"as it was typed, typed on the wrong keyboard, or with a typing error"`
		Next  string              `json:"next_cursor,omitempty"`
	}
	numberQuestion struct {
		Number string `query:"number" required:"true" maxLength:"256" example:"+79161234567"`
	}
	customerQuestion struct {
		ID string `path:"id" maxLength:"64"`
	}
	contactsQuestion struct {
		ID     string `path:"id" maxLength:"64"`
		Cursor string `query:"cursor" maxLength:"400"`
		Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	changesQuestion struct {
		ID    string `path:"id" maxLength:"64"`
		After int64  `query:"after" minimum:"0" doc:"the version after which the history is wanted"`
	}
	newCustomer struct {
		Key  string `header:"Idempotency-Key" maxLength:"64" doc:"of the request: sent again, it makes the same customer"`
		Body CustomerEdit
	}
	// CustomerEdit is what is to be said of a customer.
	CustomerEdit customers.Edit
	customerEdit struct {
		ID      string `path:"id" maxLength:"64"`
		IfMatch string `header:"If-Match" maxLength:"64" doc:"the version that was seen: where the customer has changed since, nothing is done (412)" example:"\"3\""`
		Body    CustomerEdit
	}
	mergeOrder struct {
		ID      string `path:"id" maxLength:"64" doc:"who is merged"`
		IfMatch string `header:"If-Match" maxLength:"64" doc:"their version that was seen" example:"\"3\""`
		Body    struct {
			Into string `json:"into" format:"uuid" doc:"the survivor"`
		}
	}
	undoOrder struct {
		ID string `path:"id" maxLength:"64" doc:"of the merge"`
	}
	tellOrder struct {
		ID   string `path:"id" maxLength:"64" doc:"of the contact: a call's own id"`
		Body struct {
			Customer    string `json:"customer" format:"uuid"`
			KeepsNumber bool   `json:"keeps_number,omitempty" doc:"the number of the contact is theirs from now on"`
		}
	}
	// CustomerFile is a customer with all that a page shows at once.
	CustomerFile struct {
		Customer agentapi.Customer      `json:"customer"`
		Shared   map[string]int         `json:"shared" nullable:"false" doc:"of their numbers that others have, too: how many customers have it"`
		Open     []agentapi.Summary     `json:"open_tickets" nullable:"false" doc:"those that you may see, latest activity first, at most 50"`
		Promises []customers.PromiseTo  `json:"promises" nullable:"false" doc:"open ones of these tickets, due first, at most 50"`
		Contacts []ContactRow           `json:"contacts" nullable:"false" doc:"the last ten that you may see"`
		Merged   []customers.MergedInto `json:"merged" nullable:"false" doc:"those who were merged into them, and can part again"`
		Into     tickets.CustomerID     `json:"merged_into,omitempty" doc:"the survivor, whom this shows, where the id that was asked for is of somebody who was merged into them"`
	}
	// ContactRow is an exchange with a customer.
	ContactRow struct {
		ID          tickets.ContactID `json:"id"`
		Channel     string            `json:"channel"`
		Ticket      tickets.Number    `json:"ticket"`
		At          time.Time         `json:"at"`
		EndedAt     *time.Time        `json:"ended_at"`
		From        string            `json:"from" doc:"the number, \"\" when withheld"`
		Topic       string            `json:"topic"`
		Agent       string            `json:"agent"`
		Outcome     tickets.Outcome   `json:"outcome"`
		Disposition string            `json:"disposition"`
		Note        string            `json:"note"`
	}
	// ContactsAnswer is a page of a customer's contacts, the latest first.
	ContactsAnswer struct {
		Items []ContactRow `json:"items" nullable:"false"`
		Next  string       `json:"next_cursor,omitempty"`
	}
	// DoublesAnswer is who may be the same as a customer.
	DoublesAnswer struct {
		Items []Double `json:"items" nullable:"false"`
	}
	// Double is somebody who may be the same, and why.
	Double struct {
		Customer agentapi.Customer    `json:"customer"`
		Why      []customers.Likeness `json:"why" nullable:"false" enum:"number,mail,name,address,equipment" doc:"what both have in common"`
	}
	mergeQuestion struct {
		ID   string `path:"id" maxLength:"64" doc:"who would be merged"`
		Into string `query:"into" required:"true" maxLength:"64" doc:"the survivor"`
	}
	// MergePreview is what a merge would do.
	MergePreview struct {
		Merged   agentapi.Customer `json:"merged"`
		Into     agentapi.Customer `json:"into"`
		After    agentapi.Customer `json:"after" doc:"the survivor"`
		Tickets  int               `json:"tickets" doc:"that would move, and that you may see"`
		Contacts int               `json:"contacts" doc:"likewise"`
	}
	// AgreementsAnswer is all agreements.
	AgreementsAnswer struct {
		Items []Agreement `json:"items" nullable:"false"`
	}
	// ChangesAnswer is a customer's history, the oldest line first, at most 200.
	ChangesAnswer struct {
		Items []customers.Change `json:"items" nullable:"false"`
	}
)

// longestCustomer is the longest body: all notes that may be, however their characters are escaped.
const longestCustomer = 1 << 20

// Operations implements rest.Room.
func (c *Customers) Operations(to *rest.Registrar) {
	all := rest.Person(rest.All, rest.All, "")
	read, write := all.WithToken(gate.ReadCustomers), all.WithToken(gate.WriteCustomers)
	huma.Register(to.API, to.Operation("customers", http.MethodGet, "/customers", "Look for customers", read), answers(c, to, c.find))
	huma.Register(to.API, to.Operation("customers-by-number", http.MethodGet, "/customers/by-number", "Who a number may be", read), answers(c, to, c.byNumber))
	huma.Register(to.API, to.Operation("customer", http.MethodGet, "/customers/{id}", "A customer, or the one into whom they were merged", read), answers(c, to, c.view))
	huma.Register(to.API, to.Operation("customer-contacts", http.MethodGet, "/customers/{id}/contacts", "A customer's contacts", read), answers(c, to, c.contacts))
	huma.Register(to.API, to.Operation("customer-changes", http.MethodGet, "/customers/{id}/changes", "Who has changed a customer, and how", read), answers(c, to, c.changes))
	huma.Register(to.API, to.Operation("customer-doubles", http.MethodGet, "/customers/{id}/doubles", "Who may be the same as a customer, and why", read), answers(c, to, c.doubles))
	o := to.Operation("preview-merge", http.MethodGet, "/customers/{id}/merge", "What a merge into another would do", read)
	o.Description = "Nothing is done. Where both have a name or an external id the survivor keeps theirs."
	huma.Register(to.API, o, answers(c, to, c.preview))
	huma.Register(to.API, to.Operation("agreements", http.MethodGet, "/agreements", "The agreements that a contract may name", read), answers(c, to, c.agreements))
	o = to.Operation("add-customer", http.MethodPost, "/customers", "Add a customer", write)
	o.MaxBodyBytes, o.DefaultStatus = longestCustomer, http.StatusCreated
	huma.Register(to.API, o, answers(c, to, c.add))
	o = to.Operation("change-customer", http.MethodPatch, "/customers/{id}", "Change a customer: what is left out stays, and a list replaces the one before", write)
	o.MaxBodyBytes = longestCustomer
	huma.Register(to.API, o, answers(c, to, c.change))
	o = to.Operation("merge-customer", http.MethodPost, "/customers/{id}/merge", "Merge a customer into another", write)
	o.Description = "Numbers, contracts, tickets, contacts and all that is said of them become the other's. It can be undone."
	huma.Register(to.API, o, answers(c, to, c.merge))
	huma.Register(to.API, to.Operation("undo-merge", http.MethodPost, "/customers/merges/{id}/undo", "Part two customers again", write), answers(c, to, c.undo))
	theirs := rest.Person(rest.Own, rest.All, "contacts of theirs, and of tickets that they may see").WithToken(gate.WriteCustomers)
	o = to.Operation("contact-customer", http.MethodPut, "/contacts/{id}/customer", "Say whose a contact is", theirs)
	o.Description = "The ticket that was opened for the contact is theirs, too, unless it is somebody else's. With keeps_number, whoever had been made of the unknown number becomes part of them."
	huma.Register(to.API, o, answers(c, to, c.tell))
}

// answers makes an operation of what answers a question of an account.
func answers[Q, A any](c *Customers, to *rest.Registrar, ask func(context.Context, *rest.Registrar, gate.Account, *Q) (*rest.Answer[A], error)) func(context.Context, *Q) (*rest.Answer[A], error) {
	return func(ctx context.Context, q *Q) (*rest.Answer[A], error) {
		a, err := to.Who(ctx)
		if err != nil {
			return nil, err
		}
		answer, err := ask(ctx, to, a, q)
		if err != nil {
			return nil, c.refusal(to, err)
		}
		return answer, nil
	}
}

// few is up to how many customers somebody has found whom they wanted to see: each has a line in the audit then. A longer list is one line.
const few = 3

func (c *Customers) looked(ctx context.Context, to *rest.Registrar, a gate.Account, found []tickets.Customer) error {
	if len(found) > few {
		return to.Looked(ctx, a, tickets.SearchedCustomers, "")
	}
	for _, one := range found {
		if err := to.Looked(ctx, a, tickets.SearchedCustomers, string(one.ID)); err != nil {
			return err
		}
	}
	return nil
}

func (c *Customers) find(ctx context.Context, to *rest.Registrar, a gate.Account, q *customersQuestion) (*rest.Answer[CustomersAnswer], error) {
	if err := customers.CheckSearch(q.Text); err != nil {
		return nil, queried(err)
	}
	found, err := c.Store.Find(ctx, q.Text, c.Country, q.Cursor, q.Limit)
	if err == nil {
		err = c.looked(ctx, to, a, found.Customers)
	}
	if err != nil {
		return nil, err
	}
	return rest.Answered(CustomersAnswer{c.shownAll(found.Customers), found.How, found.Next}), nil
}

func (c *Customers) byNumber(ctx context.Context, to *rest.Registrar, a gate.Account, q *numberQuestion) (*rest.Answer[CustomersAnswer], error) {
	key := q.Number
	if c.Rules.Number != nil {
		key = c.Rules.Number(q.Number).Key()
	} else if telephony.Placeholder(key) {
		key = ""
	}
	if key == "" {
		return nil, agentapi.RefuseField("query.number", "expected a telephone number").Coded(agentapi.FieldNotNumber, 0)
	}
	found, err := c.Store.Candidates(ctx, key)
	if err == nil {
		err = c.looked(ctx, to, a, found)
	}
	if err != nil {
		return nil, err
	}
	return rest.Answered(CustomersAnswer{Items: c.shownAll(found), How: customers.Exactly}), nil
}

func (c *Customers) view(ctx context.Context, to *rest.Registrar, a gate.Account, q *customerQuestion) (*rest.Answer[CustomerFile], error) {
	v, err := c.Store.View(ctx, tickets.CustomerID(q.ID), c.sight(a))
	if err == nil {
		err = to.Looked(ctx, a, tickets.LookedAtCustomer, string(v.Customer.ID))
	}
	if err != nil {
		return nil, err
	}
	f := CustomerFile{
		Customer: c.shown(v.Customer), Shared: v.Shared, Open: []agentapi.Summary{}, Promises: append([]customers.PromiseTo{}, v.Promises...),
		Contacts: shownContacts(v.Contacts), Merged: append([]customers.MergedInto{}, v.Merges...),
	}
	if q.ID != string(v.Customer.ID) {
		f.Into = v.Customer.ID
	}
	if f.Shared == nil {
		f.Shared = map[string]int{}
	}
	for i := range f.Promises {
		f.Promises[i].What, f.Promises[i].To = tickets.DisplayLines(f.Promises[i].What), tickets.Display(f.Promises[i].To)
	}
	for _, t := range v.Open {
		f.Open = append(f.Open, agentapi.ShowSummary(t.Summary()))
	}
	for i := range f.Merged {
		f.Merged[i].Name = tickets.Display(f.Merged[i].Name)
	}
	return rest.Versioned(v.Customer.Version, f), nil
}

// lookedAt leaves a line about each customer who was shown, under the id that they have, however it was typed.
func (c *Customers) lookedAt(ctx context.Context, to *rest.Registrar, a gate.Account, ids ...string) error {
	for _, id := range ids {
		if known, err := uuid.Parse(id); err == nil {
			id = known.String()
		}
		if err := to.Looked(ctx, a, tickets.LookedAtCustomer, id); err != nil {
			return err
		}
	}
	return nil
}

// sight is by what somebody sees a customer's tickets, and what was said about them.
func (c *Customers) sight(a gate.Account) tickets.Sight {
	s := c.Terms().Sight(a.Person)
	s.All = a.Role.Oversees()
	return s
}

func (c *Customers) doubles(ctx context.Context, to *rest.Registrar, a gate.Account, q *customerQuestion) (*rest.Answer[DoublesAnswer], error) {
	found, err := c.Store.Doubles(ctx, tickets.CustomerID(q.ID))
	shown := []string{q.ID}
	for _, d := range found {
		shown = append(shown, string(d.Customer.ID))
	}
	if err == nil {
		err = c.lookedAt(ctx, to, a, shown...)
	}
	if err != nil {
		return nil, err
	}
	answer := DoublesAnswer{[]Double{}}
	for _, d := range found {
		answer.Items = append(answer.Items, Double{c.shown(d.Customer), d.Why})
	}
	return rest.Answered(answer), nil
}

func (c *Customers) preview(ctx context.Context, to *rest.Registrar, a gate.Account, q *mergeQuestion) (*rest.Answer[MergePreview], error) {
	p, err := c.Store.PreviewMerge(ctx, tickets.CustomerID(q.ID), tickets.CustomerID(q.Into), c.sight(a))
	if err == nil {
		err = c.lookedAt(ctx, to, a, q.ID, q.Into)
	}
	if err != nil {
		return nil, queried(err)
	}
	return rest.Answered(MergePreview{c.shown(p.Merged), c.shown(p.Into), c.shown(p.After), p.Tickets, p.Contacts}), nil
}

func (c *Customers) contacts(ctx context.Context, to *rest.Registrar, a gate.Account, q *contactsQuestion) (*rest.Answer[ContactsAnswer], error) {
	found, next, err := c.Store.Contacts(ctx, tickets.CustomerID(q.ID), c.sight(a), q.Cursor, q.Limit)
	if err == nil {
		err = c.lookedAt(ctx, to, a, q.ID)
	}
	if err != nil {
		return nil, err
	}
	return rest.Answered(ContactsAnswer{shownContacts(found), next}), nil
}

func (c *Customers) changes(ctx context.Context, to *rest.Registrar, a gate.Account, q *changesQuestion) (*rest.Answer[ChangesAnswer], error) {
	all, err := c.Store.Changes(ctx, tickets.CustomerID(q.ID), q.After)
	if err == nil {
		err = c.lookedAt(ctx, to, a, q.ID)
	}
	if err != nil {
		return nil, err
	}
	return rest.Answered(ChangesAnswer{append([]customers.Change{}, all...)}), nil
}

func (c *Customers) agreements(context.Context, *rest.Registrar, gate.Account, *struct{}) (*rest.Answer[AgreementsAnswer], error) {
	all := []Agreement{}
	if c.Agreements != nil {
		all = append(all, c.Agreements()...)
	}
	return rest.Answered(AgreementsAnswer{all}), nil
}

func (c *Customers) add(ctx context.Context, to *rest.Registrar, a gate.Account, q *newCustomer) (*rest.Answer[agentapi.Customer], error) {
	r, err := customers.Edit(q.Body).On(customers.Record{}, c.Rules)
	if err != nil {
		return nil, err
	}
	key := ""
	if q.Key != "" {
		key = a.Login + " " + q.Key
	}
	one, err := c.Store.Add(ctx, r, by(ctx, a), key)
	if err == nil {
		err = to.Looked(ctx, a, tickets.ChangedCustomer, string(one.ID))
	}
	if err != nil {
		return nil, err
	}
	return rest.Versioned(one.Version, c.shown(one)), nil
}

func (c *Customers) change(ctx context.Context, to *rest.Registrar, a gate.Account, q *customerEdit) (*rest.Answer[agentapi.Customer], error) {
	version, err := seen(q.IfMatch)
	if err != nil {
		return nil, err
	}
	if err := to.Looked(ctx, a, tickets.ChangedCustomer, q.ID); err != nil { // the line first: what is changed stands
		return nil, err
	}
	edit := func(r customers.Record) (customers.Record, error) { return customers.Edit(q.Body).On(r, c.Rules) }
	one, err := c.Store.Change(ctx, tickets.CustomerID(q.ID), version, edit, by(ctx, a))
	if err != nil {
		return nil, err
	}
	return rest.Versioned(one.Version, c.shown(one)), nil
}

func (c *Customers) merge(ctx context.Context, to *rest.Registrar, a gate.Account, q *mergeOrder) (*rest.Answer[customers.Merging], error) {
	version, err := seen(q.IfMatch)
	if err != nil {
		return nil, err
	}
	if err := to.Looked(ctx, a, tickets.MergedCustomers, q.ID); err != nil {
		return nil, err
	}
	m, err := c.Store.Merge(ctx, tickets.CustomerID(q.ID), version, tickets.CustomerID(q.Body.Into), by(ctx, a))
	if err != nil {
		return nil, err
	}
	m.Name = tickets.Display(m.Name)
	return rest.Answered(m), nil
}

func (c *Customers) undo(ctx context.Context, to *rest.Registrar, a gate.Account, q *undoOrder) (*rest.Answer[customers.Merging], error) {
	if err := to.Looked(ctx, a, tickets.MergedCustomers, q.ID); err != nil {
		return nil, err
	}
	m, err := c.Store.UndoMerge(ctx, q.ID, by(ctx, a))
	if err != nil {
		return nil, err
	}
	m.Name = tickets.Display(m.Name)
	return rest.Answered(m), nil
}

func (c *Customers) tell(ctx context.Context, to *rest.Registrar, a gate.Account, q *tellOrder) (*rest.Answer[agentapi.Customer], error) {
	if !a.Role.Oversees() {
		switch sees, err := c.Sights.SeesContact(ctx, tickets.ContactID(q.ID), c.Terms().Sight(a.Person)); {
		case err != nil:
			return nil, err
		case !sees:
			return nil, customers.ErrNoContact
		}
	}
	if err := to.Looked(ctx, a, tickets.ChangedCustomer, q.Body.Customer); err != nil {
		return nil, err
	}
	one, err := c.Store.TellContact(ctx, tickets.ContactID(q.ID), tickets.CustomerID(q.Body.Customer), q.Body.KeepsNumber, by(ctx, a))
	if err != nil {
		return nil, err
	}
	return rest.Versioned(one.Version, c.shown(one)), nil
}

// seen is the version that somebody has seen, without which they would write over what they have not.
func seen(header string) (int64, error) {
	version, err := agentapi.ReadIfMatch(header)
	switch {
	case err != nil:
		return 0, agentapi.RefuseField("header.If-Match", err.Error())
	case version == 0:
		return 0, agentapi.RefuseField("header.If-Match", "expected the version that was seen, as the ETag gave it").Coded(agentapi.FieldMissing, 0)
	}
	return version, nil
}

// stale is told to who changes what somebody else has changed meanwhile: a Problem with the customer as they are, and what has happened.
type stale struct {
	agentapi.Problem
	Version  int64              `json:"version"`
	Customer agentapi.Customer  `json:"customer"`
	Since    []customers.Change `json:"since"`
}

func (s *stale) Error() string { return s.Problem.Error() }

// refusal is what somebody is told of an error about customers.
func (c *Customers) refusal(to *rest.Registrar, err error) error {
	var (
		lost  customers.Lost
		wrong customers.Wrong
		taken interface{ Wrong() customers.Wrong }
	)
	switch {
	case errors.As(err, &lost):
		p := agentapi.Problem{
			Title: http.StatusText(http.StatusPreconditionFailed), Status: http.StatusPreconditionFailed, Code: agentapi.CodeStale,
			Detail: fmt.Sprintf("the customer has changed meanwhile: it is version %d", lost.Now.Version),
		}
		return &stale{p, lost.Now.Version, c.shown(lost.Now), append([]customers.Change{}, lost.Changes...)}
	case errors.As(err, &wrong):
		return brokenRule("body.", wrong)
	case errors.As(err, &taken):
		return brokenRule("body.", taken.Wrong())
	case errors.Is(err, customers.ErrCursor):
		return agentapi.Refuse(agentapi.CodeCursor, "%v", customers.ErrCursor)
	}
	for _, none := range []error{customers.ErrNoCustomer, customers.ErrNoMerge, customers.ErrNoContact} {
		if errors.Is(err, none) {
			return agentapi.Refuse(agentapi.CodeNotFound, "%v", none)
		}
	}
	return to.Refusal(err, "serve customers")
}

func queried(err error) error {
	var wrong customers.Wrong
	if errors.As(err, &wrong) {
		return brokenRule("query.", wrong)
	}
	return err
}

func brokenRule(in string, w customers.Wrong) *agentapi.Problem {
	rule := w.Rule
	if w.Most > 0 {
		rule = fmt.Sprintf("%s: at most %d", w.Rule, w.Most)
	}
	p := agentapi.RefuseField(in+w.Field, rule)
	p.Coded(agentapi.FieldCode(w.Which), w.Most)
	p.Errors[0].Of = string(w.Of)
	return p
}

// shown is a customer as JSON, today by the clocks at the line.
func (c *Customers) shown(one tickets.Customer) agentapi.Customer {
	return agentapi.ShowCustomer(one.Shown(), c.Terms().Here(time.Now()))
}

func (c *Customers) shownAll(all []tickets.Customer) []agentapi.Customer {
	shown := []agentapi.Customer{}
	for _, one := range all {
		shown = append(shown, c.shown(one))
	}
	return shown
}

func shownContacts(all []tickets.Contact) []ContactRow {
	shown := []ContactRow{}
	for _, c := range all {
		one := ContactRow{
			ID: c.ID, Channel: c.Channel.Code(), Ticket: c.Ticket, At: c.ArrivedAt, From: c.From.Key(), Topic: c.Topic, Agent: tickets.Display(c.Agent.Shown()),
			Outcome: c.Outcome, Disposition: string(c.Disposition), Note: tickets.DisplayLines(c.Note),
		}
		if !c.EndedAt.IsZero() {
			ended := c.EndedAt
			one.EndedAt = &ended
		}
		shown = append(shown, one)
	}
	return shown
}
