package main

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	pages "hotline/agentapi/register"
	"hotline/cmd/hotline/config"
	"hotline/telephony"
	"hotline/telephony/phonenumbers"
	"hotline/tickets/attachment"
	"hotline/tickets/crm"
	"hotline/tickets/customers"
	"hotline/tickets/register"
	"hotline/tickets/work"
)

// customerRules are what this installation says about customers. agreements are asked for at each contract: a reload may bring others.
func customerRules(region string, agreements func() []config.Agreement) customers.Rules {
	return customers.Rules{
		Number: func(written string) telephony.Number { return phonenumbers.Parse(written, region) },
		Agreement: func(id string) bool {
			return slices.ContainsFunc(agreements(), func(a config.Agreement) bool { return string(a.ID) == id })
		},
	}
}

// outside is the CRM that is asked who calls; nil where there is none.
func (s *service) outside() (register.Outside, error) {
	c := s.config.Tickets.CRM
	if c.URL == "" {
		return nil, nil
	}
	a, err := crm.New(crm.Options{URL: c.URL, Token: c.Token.Text(), Believed: c.BelievedFor(), Patience: max(2*time.Second, c.AnswersWithin()), Log: s.log})
	if err != nil {
		return nil, err
	}
	return a, s.metrics.Register(a)
}

// customerRules are those that count now.
func (s *service) customerRules() customers.Rules {
	return customerRules(s.config.Line.Region, func() []config.Agreement { return *s.agreements.Load() })
}

// How long a job works on an import at a time: so long after a kill, and some minutes more, it goes on.
const (
	importStep     = 2 * time.Minute
	importPatience = importStep + time.Minute
)

const importKind = "customers.import"

// importAttempts are some eight days of them: nobody need be there while the disk or the database is away. After them whoever started it starts it again.
const importAttempts = 200

// importJob inserts the job that works on an import, in the transaction that asks for it.
func (s *service) importJob(ctx context.Context, tx pgx.Tx, id, key string) error {
	return s.work.InTx(ctx, tx, work.Job{Kind: importKind, Args: id, Unique: key})
}

// imports is that job. One at a time: it is a long one, and the database has calls to write, too.
func (s *service) imports() work.Kind {
	open := func(ctx context.Context, i customers.Import) (io.ReadCloser, error) {
		return s.files.Open(ctx, attachment.File{Sum: i.Sum, Place: i.Place})
	}
	return work.Kind{Name: importKind, Attempts: importAttempts, Timeout: importPatience, Workers: 1, Do: func(ctx context.Context, args json.RawMessage) error {
		var id string
		if err := json.Unmarshal(args, &id); err != nil {
			return err
		}
		more, err := s.imported.Continue(ctx, id, open, s.customerRules(), importStep)
		if err == nil && more {
			return goesOn{}
		}
		return err
	}}
}

// goesOn puts a job off that has more to do, so that others of its Hotline have their turn.
type goesOn struct{}

func (goesOn) Error() string        { return "there is more to do" }
func (goesOn) Later() time.Duration { return 0 }

// customers are the operations about customers.
func (s *service) customers() *pages.Customers {
	return &pages.Customers{
		Store: s.tickets.Customers(), Sights: s.tickets, Terms: s.register.Terms, Country: phonenumbers.Country(s.config.Line.Region),
		Rules: s.customerRules(),
		Agreements: func() (all []pages.Agreement) {
			for _, a := range *s.agreements.Load() {
				all = append(all, pages.Agreement{ID: a.ID, Name: a.Name})
			}
			return all
		},
	}
}
