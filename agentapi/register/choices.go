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
	Chain      []string         `json:"chain" nullable:"false" doc:"departments to which its tickets go on from its own, in order; of a ticket see next_departments"`
}

// KnownVendor is somebody outside who is asked to mend things.
type KnownVendor struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Phone       string `json:"phone"`
	Mail        string `json:"mail"`
	RemindEvery int    `json:"remind_every_s" doc:"so often whoever owns the ticket is told to ask again, in seconds; 0 is as often as usual"`
}

// PreparedAnswer is an answer to customers that is prepared. A page puts it into what somebody writes, and fills its places.
type PreparedAnswer struct {
	ID     string     `json:"id"`
	Name   words.Text `json:"name" nullable:"false" doc:"by language"`
	Topics []string   `json:"topics" nullable:"false" doc:"of the tickets that it is for, with all kinds of these; empty: all"`
	Text   words.Text `json:"text" nullable:"false" doc:"by language; with the places {customer_name}, {number}, {date} and {agent} in it, and no others"`
}

type answersQuestion struct {
	Topic    string `query:"topic" maxLength:"256" doc:"of the ticket: only those that are for it"`
	Language string `query:"language" enum:"ru,en" doc:"only those that are there in it"`
}

type choices[T any] struct {
	Items []T `json:"items" nullable:"false"`
}

func (t *Tickets) choiceOperations(to *rest.Registrar) {
	all := rest.Person(rest.All, rest.All, "").WithToken(gate.ReadTickets)
	choose(to, to.Operation("departments", http.MethodGet, "/departments", "To whom tickets and parts may be given", all), t.departments)
	choose(to, to.Operation("topics", http.MethodGet, "/topics", "What tickets may be about", all), t.topics)
	huma.Register(to.API, to.Operation("answers", http.MethodGet, "/answers", "Answers to customers that are prepared", all),
		func(_ context.Context, in *answersQuestion) (*rest.Answer[choices[PreparedAnswer]], error) {
			return rest.Answered(choices[PreparedAnswer]{t.answers(in)}), nil
		})
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

func (t *Tickets) answers(in *answersQuestion) []PreparedAnswer {
	terms := t.Register.Terms()
	known := terms.Answers
	if in.Topic != "" {
		known = terms.AnswersOn(in.Topic)
	}
	all := []PreparedAnswer{}
	for _, a := range known {
		if _, said := a.Text[in.Language]; said || in.Language == "" {
			all = append(all, PreparedAnswer{a.ID, textOr(a.Name, a.ID), append([]string{}, a.Topics...), a.Text})
		}
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
