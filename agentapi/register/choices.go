package register

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/telephony/words"
	"hotline/tickets"
)

// Department is one to which tickets and parts are given.
type Department struct {
	ID     string      `json:"id"`
	Name   words.Text  `json:"name" nullable:"false" doc:"by language"`
	Head   string      `json:"head" doc:"a person's id; empty: nobody"`
	First  bool        `json:"first_line" doc:"it takes the calls"`
	Mine   bool        `json:"mine" doc:"whoever asks belongs to it"`
	People []NamedItem `json:"people" nullable:"false" doc:"who belong to it, by name"`
}

// NamedItem is somebody, or something, with a name.
type NamedItem struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Topic is what a ticket is about. Those that are kinds of another name it; pages make a tree of them.
type Topic struct {
	ID         string           `json:"id"`
	Name       words.Text       `json:"name" nullable:"false" doc:"by language"`
	Parent     string           `json:"parent" doc:"empty: none"`
	Department string           `json:"department" doc:"that owns its tickets to begin with"`
	Class      tickets.Class    `json:"class" doc:"empty: for a person to say"`
	Priority   tickets.Priority `json:"priority"`
	Chain      []string         `json:"chain" nullable:"false" doc:"departments to which its tickets may be handed on, in order; empty: any"`
}

// KnownVendor is somebody outside who is asked to mend things.
type KnownVendor struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Phone       string `json:"phone"`
	Mail        string `json:"mail"`
	RemindEvery int    `json:"remind_every_s" doc:"so often whoever owns the ticket is told to ask again, in seconds; 0 is as often as usual"`
}

type choices[T any] struct {
	Items []T `json:"items" nullable:"false"`
}

func (t *Tickets) choiceOperations(to *rest.Registrar) {
	all := rest.Person(rest.All, rest.All, "").WithToken(gate.ReadTickets)
	choose(to, to.Operation("departments", http.MethodGet, "/departments", "To whom tickets and parts may be given", all), t.departments)
	choose(to, to.Operation("topics", http.MethodGet, "/topics", "What tickets may be about", all), t.topics)
	choose(to, to.Operation("vendors", http.MethodGet, "/vendors", "Who outside may be asked", all), t.vendors)
}

func choose[T any](to *rest.Registrar, o huma.Operation, list func(gate.Account) []T) {
	huma.Register(to.API, o, func(ctx context.Context, _ *struct{}) (*rest.Answer[choices[T]], error) {
		a, err := to.Who(ctx)
		if err != nil {
			return nil, err
		}
		return rest.Answered(choices[T]{append([]T{}, list(a)...)}), nil
	})
}

func (t *Tickets) departments(a gate.Account) (all []Department) {
	terms := t.Register.Terms()
	known := map[string]bool{terms.Department: true}
	for id := range terms.Departments {
		known[id] = true
	}
	for id := range terms.Topics {
		known[terms.Topic(id).Department] = true
	}
	for id := range known {
		d := Department{
			ID: id, Name: textOr(terms.Departments[id].Name, id), Head: terms.Departments[id].Head, First: id == terms.Department,
			Mine: slices.Contains(terms.People[a.Person].Departments, id), People: []NamedItem{},
		}
		for _, person := range terms.Members(id) {
			d.People = append(d.People, NamedItem{person, nameOf(terms, person)})
		}
		slices.SortFunc(d.People, func(a, b NamedItem) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b Department) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

func textOr(t words.Text, otherwise string) words.Text {
	if len(t) == 0 {
		return words.Text{"ru": otherwise, "en": otherwise}
	}
	return t
}

func (t *Tickets) topics(gate.Account) (all []Topic) {
	terms := t.Register.Terms()
	for _, id := range slices.Sorted(maps.Keys(terms.Topics)) {
		topic := terms.Topic(id)
		all = append(all, Topic{id, textOr(topic.Name, id), topic.Parent, topic.Department, topic.Class, topic.Priority, append([]string{}, topic.Chain...)})
	}
	return all
}

func (t *Tickets) vendors(gate.Account) (all []KnownVendor) {
	terms := t.Register.Terms()
	for _, id := range slices.Sorted(maps.Keys(terms.Vendors)) {
		v := terms.Vendors[id]
		all = append(all, KnownVendor{id, cmp.Or(v.Name, id), v.Phone, v.Mail, int(v.RemindEvery / time.Second)})
	}
	return all
}
