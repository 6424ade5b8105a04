package demo

import (
	"embed"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"hotline/cmd/hotline/config"
	"hotline/tickets"
)

// Organisation is who can be watched at work: a configuration of its own, customers, and what they and the people there have done before.
type Organisation struct {
	Name      string
	keys      []string // what callers press in the menu behind the language, each as often as it is there
	customers func() []tickets.Customer
	history   func(p *past, customers []tickets.Customer)
}

// Organisations are all that can be watched; the first is the usual one.
var Organisations = []Organisation{
	{"internet-provider", []string{"1", "2", "2", "3", "3", "3"}, subscribers, providerHistory},
	{"service-desk", []string{"1", "1", "1", "2", "2", "3"}, companies, serviceDeskHistory},
	{"bank", []string{"1", "1", "2", "2", "3", "4"}, clients, bankHistory},
}

// Named is an organisation by its name; "" is the usual one. The error names all there are.
func Named(name string) (Organisation, error) {
	var names []string
	for _, o := range Organisations {
		if name == "" || o.Name == name {
			return o, nil
		}
		names = append(names, o.Name)
	}
	return Organisation{}, fmt.Errorf("%q is none of %s", name, strings.Join(names, ", "))
}

//go:embed organisations
var organisations embed.FS

// Configuration is the organisation's, with fresh passwords of its people and phones; where its servers are is for others to say. As any file
// it can be proved: hotline check.
func (o Organisation) Configuration() (config.Config, error) {
	file := "organisations/" + o.Name + ".yaml"
	source, err := organisations.ReadFile(file)
	if err != nil {
		return config.Config{}, err
	}
	c, err := config.Parse(file, source)
	c.People = withSecrets(c.People)
	return c, err
}

// withSecrets are people with a password each, and phones with a secret.
func withSecrets(people []config.Person) []config.Person {
	for i := range people {
		p := &people[i]
		p.Password = config.SecretOf(newPassword())
		if p.Phone != "" && !p.Seat {
			p.PhoneSecret = config.SecretOf(newPassword())
		}
	}
	return people
}

// simulated says whether somebody's phone and desk are worked by the demo. Everybody else is for the reader to sign in as.
func simulated(p config.Person) bool { return p.Role == "agent" && !p.Seat }

// does is what somebody does there, for who would sign in as them.
func does(c config.Config, p config.Person) string {
	var at []string
	for _, d := range c.Departments {
		name := d.Name.In("en")
		switch {
		case d.Head == string(p.ID):
			at = append(at, "head of "+name)
		case len(p.Departments) > 0 && p.Departments[0] == d.ID:
			at = append(at, name)
		}
	}
	switch p.Role {
	case "agent":
		at = append(at, "a free seat, its phone in the page")
	case "supervisor", "administrator":
		at = append(at, "the wall")
	}
	return strings.Join(at, ", ")
}

// customerNumber is the telephone number of an organisation's i-th customer.
func customerNumber(i int) string { return fmt.Sprintf("+7495200%04d", 1000+i) }

// customerSpace makes a customer's id from the number of their contract, the same in each demo.
var customerSpace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("hotline:demo"))

// identified are customers with an id and a telephone number each.
func identified(all []tickets.Customer) []tickets.Customer {
	for i := range all {
		c := &all[i]
		c.Numbers = []string{customerNumber(i)}
		*c = c.Complete()
		c.ID = tickets.CustomerID(uuid.NewSHA1(customerSpace, []byte(c.Contract)).String())
	}
	return all
}

// named are so many persons, who live somewhere.
func named(count int) []tickets.Customer {
	first := []string{"Иван", "Мария", "Пётр", "Ольга", "Сергей", "Наталья", "Алексей", "Татьяна", "John", "Emily"}
	last := []string{"Смирнов", "Кузнецов", "Попов", "Васильев", "Новиков", "Фёдоров"}
	streets := []string{"Лесная ул.", "ул. Мира", "Садовая ул.", "пр. Победы", "Озёрная ул."}
	all := make([]tickets.Customer, count)
	for i := range all {
		name := first[i%len(first)] + " " + last[i%len(last)]
		switch n := i % len(first); {
		case n >= 8:
			name = first[n] + " " + []string{"Carter", "Hughes", "Walker"}[i%3]
		case n%2 == 1:
			name += "а"
		}
		all[i] = tickets.Customer{Name: name, Address: fmt.Sprintf("%s, %d, кв. %d", streets[i%len(streets)], 1+i%40, 1+i*7%120)}
	}
	return all
}
