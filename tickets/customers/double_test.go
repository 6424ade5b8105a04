package customers_test

import (
	"fmt"
	"strings"
	"testing"

	"hotline/tickets"
	"hotline/tickets/customers"
)

func TestDoublesAreToldWithTheReasonAndTheLikeliestFirst(t *testing.T) {
	of := tickets.Customer{
		ID: "me", Name: "Иванов Пётр", Numbers: []string{"+71", "+72"}, Mails: []string{"p@x.example"}, Addresses: []string{"ул. Мира, д. 1, кв. 2"},
		Equipment: []string{"Router SN 00FF12AA"},
	}
	for name, test := range map[string]struct {
		others []tickets.Customer
		want   string
	}{
		"themselves":                         {[]tickets.Customer{of}, ""},
		"nothing alike":                      {[]tickets.Customer{{ID: "a", Name: "Петров", Numbers: []string{"+73"}}}, ""},
		"a family has one number":            {[]tickets.Customer{{ID: "a", Name: "Иванова Анна", Numbers: []string{"+71"}}}, ""},
		"neighbours, or a family":            {[]tickets.Customer{{ID: "a", Name: "Иванова Анна", Addresses: []string{"Мира 1 2"}, Numbers: []string{"+71"}}}, ""},
		"an unknown caller with that number": {[]tickets.Customer{{ID: "a", Provisional: true, Numbers: []string{"+72"}}}, "a number"},
		"one name in another script and order, and the number": {[]tickets.Customer{{ID: "a", Name: "Petr IVANOV", Numbers: []string{"+71"}}}, "a number name"},
		"a mail in capitals":    {[]tickets.Customer{{ID: "a", Name: "Пётр И.", Mails: []string{"P@X.example"}}}, "a mail"},
		"one router":            {[]tickets.Customer{{ID: "a", Name: "ООО", Equipment: []string{"router, sn 00ff12aa"}}}, "a equipment"},
		"the likeliest first":   {[]tickets.Customer{{ID: "a", Name: "Иванов Петр"}, {ID: "b", Name: "Иванов Петр", Mails: []string{"p@x.example"}}}, "b mail name; a name"},
		"a name that many have": {[]tickets.Customer{{ID: "a", Name: "Иванов Петр"}, {ID: "b", Name: "Иванов Петр"}, {ID: "c", Name: "Иванов Петр"}, {ID: "d", Name: "Петр Иванов"}}, ""},
	} {
		var got []string
		for _, d := range customers.Doubles(of, test.others) {
			var why []string
			for _, w := range d.Why {
				why = append(why, string(w))
			}
			got = append(got, fmt.Sprint(d.Customer.ID, " ", strings.Join(why, " ")))
		}
		if s := strings.Join(got, "; "); s != test.want {
			t.Errorf("%s: %q, want %q", name, s, test.want)
		}
	}
}
