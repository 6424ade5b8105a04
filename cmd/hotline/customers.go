package main

import (
	"slices"

	"hotline/agentapi/register"
	"hotline/cmd/hotline/config"
	"hotline/telephony"
	"hotline/telephony/phonenumbers"
	"hotline/tickets/customers"
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

// customers are the operations about customers.
func (s *service) customers() *register.Customers {
	region := s.config.Line.Region
	return &register.Customers{
		Store: s.tickets, Country: phonenumbers.Country(region),
		Rules: customerRules(region, func() []config.Agreement { return *s.agreements.Load() }),
	}
}
