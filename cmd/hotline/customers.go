package main

import (
	"slices"
	"time"

	pages "hotline/agentapi/register"
	"hotline/cmd/hotline/config"
	"hotline/telephony"
	"hotline/telephony/phonenumbers"
	"hotline/tickets/crm"
	"hotline/tickets/customers"
	"hotline/tickets/register"
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

// customers are the operations about customers.
func (s *service) customers() *pages.Customers {
	region := s.config.Line.Region
	return &pages.Customers{
		Store: s.tickets, Terms: s.register.Terms, Country: phonenumbers.Country(region),
		Rules: customerRules(region, func() []config.Agreement { return *s.agreements.Load() }),
		Agreements: func() (all []pages.Agreement) {
			for _, a := range *s.agreements.Load() {
				all = append(all, pages.Agreement{ID: a.ID, Name: a.Name})
			}
			return all
		},
	}
}
