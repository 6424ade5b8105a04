// Package customers is what may be said of a customer, and how they are found: in plain Go, without a clock or a database.
//
//	what was typed ──► Edit ── Rules check it ──► Record ──► Patch, which history keeps
//	one field ──► Steps ──► words in the database
//	two records ──► Merge ──► one, and Moved, by which Part gives the other back
//	a line of a file ──► Mapping ──► Record, or what is wrong with the line
//
// A Record is all that people say of a customer. It holds texts without anything that turns, hides or forges them (see tickets.Typed), numbers by their keys, and
// no double in any list. What breaks a rule is refused with the field and the rule, and changes nothing; nothing is cut in silence.
//
// Whoever has no name is provisional: a number alone suffices, and naming them makes them known.
package customers

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"hotline/telephony"
	"hotline/tickets"
)

// Record is all that people say of a customer.
type Record struct {
	Name       string     `json:"name"`
	Numbers    []string   `json:"numbers"` // by their keys (telephony.Number.Key)
	Mails      []string   `json:"mails"`
	Addresses  []string   `json:"addresses"`
	Contracts  []Contract `json:"contracts"`
	Equipment  []string   `json:"equipment"`
	Notes      []string   `json:"notes"`
	Warnings   []string   `json:"warnings"`
	ExternalID string     `json:"external_id"` // theirs in another system
}

// Contract is one of a customer's.
type Contract struct {
	Number    string `json:"number" maxLength:"64"`
	Agreement string `json:"agreement,omitempty" maxLength:"64" doc:"the id of the agreement in the configuration"`
	EndsOn    string `json:"ends_on,omitempty" maxLength:"10" doc:"its last day, as in 2027-01-31; without it no end is known"`
}

// Change is a line of a customer's history.
type Change struct {
	Version int64           `json:"version"`
	At      time.Time       `json:"at"`
	By      tickets.By      `json:"by"`
	Kind    Kind            `json:"kind"`
	Data    json.RawMessage `json:"data"`
	Patch   Patch           `json:"patch"`
}

// Kind says what somebody did.
type Kind string

const (
	Created  Kind = "created"
	Changed  Kind = "changed"
	Imported Kind = "imported"
	Merged   Kind = "merged"    // into another
	TookOver Kind = "took_over" // what was another's, who was merged into them
	Parted   Kind = "parted"    // a merge was undone, and they are a customer again
	GaveBack Kind = "gave_back" // what they had taken over
)

// Kept is a checked contract as the other rooms know it.
func (k Contract) Kept() tickets.Contract {
	ends, _ := time.Parse(time.DateOnly, k.EndsOn) // "" is the zero time
	return tickets.Contract{Number: k.Number, Agreement: k.Agreement, EndsOn: ends}
}

// Errors of a store of customers.
var (
	ErrNoCustomer = errors.New("there is no such customer")
	ErrNoMerge    = errors.New("there is no such merge, or it has been undone")
	ErrNoContact  = errors.New("there is no such contact")
)

// Lost says that somebody else has changed a customer meanwhile, and what.
type Lost struct {
	Now     tickets.Customer
	Changes []Change // since the version that was meant, the latest last
}

func (l Lost) Error() string {
	return fmt.Sprintf("the customer was changed meanwhile: version %d is there", l.Now.Version)
}

// Of is what is said of a customer.
func Of(c tickets.Customer) Record {
	r := Record{
		Name: c.Name, Numbers: c.Numbers, Mails: c.Mails, Addresses: c.Addresses, Equipment: c.Equipment, Notes: c.Notes, Warnings: c.Warnings,
		ExternalID: c.ExternalID,
	}
	for _, k := range c.Contracts {
		kept := Contract{Number: k.Number, Agreement: k.Agreement}
		if !k.EndsOn.IsZero() {
			kept.EndsOn = k.EndsOn.Format(time.DateOnly)
		}
		r.Contracts = append(r.Contracts, kept)
	}
	return r.clone()
}

// Onto is a customer with what a record says.
func (r Record) Onto(c tickets.Customer) tickets.Customer {
	r = r.clone()
	c.Name, c.Provisional = r.Name, r.Name == ""
	c.Numbers, c.Mails, c.Addresses, c.Equipment, c.Notes, c.Warnings = r.Numbers, r.Mails, r.Addresses, r.Equipment, r.Notes, r.Warnings
	c.ExternalID, c.Contract, c.Address, c.Contracts = r.ExternalID, "", "", nil
	if len(r.Addresses) > 0 {
		c.Address = r.Addresses[0]
	}
	for i, k := range r.Contracts {
		if i == 0 {
			c.Contract = k.Number
		}
		c.Contracts = append(c.Contracts, k.Kept())
	}
	return c
}

// clone is a record with lists of its own, which are never nil; numbers have no order but their own.
func (r Record) clone() Record {
	for _, list := range r.lists() {
		*list = append([]string{}, *list...)
	}
	slices.Sort(r.Numbers)
	r.Contracts = append([]Contract{}, r.Contracts...)
	return r
}

// lists are those of texts.
func (r *Record) lists() []*[]string {
	return []*[]string{&r.Numbers, &r.Mails, &r.Addresses, &r.Equipment, &r.Notes, &r.Warnings}
}

// Patch is what changed: by field what it was, and what it is.
type Patch map[string][2]json.RawMessage

// FoundBy are the fields whose words a customer is found by.
var FoundBy = []string{"name", "numbers", "mails", "addresses", "contracts", "equipment", "external_id"}

// Touches says whether a patch changes one of some fields.
func (p Patch) Touches(fields ...string) bool {
	return slices.ContainsFunc(fields, func(name string) bool { _, changed := p[name]; return changed })
}

// Diff is what makes one record of another.
func Diff(from, to Record) Patch {
	was, is, p := from.clone().fields(), to.clone().fields(), Patch{}
	for i, f := range is {
		if !reflect.DeepEqual(was[i].value, f.value) {
			p[f.name] = [2]json.RawMessage{written(was[i].value), written(f.value)}
		}
	}
	return p
}

// Onto plays a patch: history that is folded so gives the record of today.
func (p Patch) Onto(r Record) (Record, error) {
	is := map[string]json.RawMessage{}
	for _, f := range r.clone().fields() {
		is[f.name] = written(f.value)
	}
	for name, change := range p {
		is[name] = change[1]
	}
	text, err := json.Marshal(is)
	if err != nil {
		return r, err
	}
	var next Record
	err = json.Unmarshal(text, &next)
	return next.clone(), err
}

// field is one of a record's, by its name in JSON.
type field struct {
	name  string
	value any
}

func (r Record) fields() []field {
	return []field{
		{"name", r.Name}, {"numbers", r.Numbers}, {"mails", r.Mails}, {"addresses", r.Addresses}, {"contracts", r.Contracts}, {"equipment", r.Equipment}, {"notes", r.Notes},
		{"warnings", r.Warnings}, {"external_id", r.ExternalID},
	}
}

func written(value any) json.RawMessage {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // texts alone
	}
	return text
}

// Rules are what an installation says about customers. What is nil allows everything, and leaves numbers as they are written.
type Rules struct {
	Number    func(written string) telephony.Number
	Agreement func(id string) bool // whether there is one
}

// Wrong says which field breaks which rule.
type Wrong struct {
	Field string
	Rule  string
	Which Which
	Most  int                // where it is too long or has too many: characters or entries
	Of    tickets.CustomerID // who has what was Taken; "" is not known
}

// Which is the stable name of a rule, by which pages say it in words. "" is one without a name.
type Which string

const (
	TooLong   Which = "too_long"
	TooMany   Which = "too_many"
	Missing   Which = "missing"
	Unknown   Which = "unknown_choice"
	NotNumber Which = "not_a_number"
	NotMail   Which = "not_a_mail"
	NotDay    Which = "not_a_day"
	Twice     Which = "twice"
	Taken     Which = "taken"
)

func (w Wrong) Error() string {
	if w.Most > 0 {
		return fmt.Sprintf("%s %s: at most %d", w.Field, w.Rule, w.Most)
	}
	return w.Field + ": " + w.Rule
}

// SameMail says whether two mails are the same to whom they are sent.
func SameMail(a, b string) bool { return strings.EqualFold(a, b) }

// has says whether a list holds a text, by some sense of being the same.
func has(list []string, text string, same func(a, b string) bool) bool {
	return slices.ContainsFunc(list, func(other string) bool { return same(other, text) })
}

func equal(a, b string) bool { return a == b }
