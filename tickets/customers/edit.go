package customers

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"hotline/telephony"
	"hotline/tickets"
)

// Limits of what is kept of a customer: characters of a text, and entries of a list.
const (
	LongestName     = 200
	LongestMail     = 254 // RFC 5321
	LongestAddress  = 500
	LongestContract = 64
	LongestThing    = 300 // of equipment
	LongestWarning  = 500
	MostNumbers     = 50
	MostEntries     = 100 // of any other list
)

// Edit is what somebody wants to change. What is nil stays as it is; a list replaces the one before.
type Edit struct {
	Name       *string     `json:"name,omitempty" doc:"a customer without a name is provisional: known by a number, and named by nobody"`
	Numbers    *[]string   `json:"numbers,omitempty" doc:"as they are written; kept in E.164"`
	Mails      *[]string   `json:"mails,omitempty"`
	Addresses  *[]string   `json:"addresses,omitempty" doc:"the first is shown where there is room for one"`
	Contracts  *[]Contract `json:"contracts,omitempty" doc:"the first is shown where there is room for one; a number of a contract is one customer's"`
	Equipment  *[]string   `json:"equipment,omitempty"`
	Notes      *[]string   `json:"notes,omitempty"`
	Warnings   *[]string   `json:"warnings,omitempty" doc:"shown to whoever takes a call"`
	ExternalID *string     `json:"external_id,omitempty" doc:"theirs in another system; it is one customer's"`
}

// On makes the edit of a record, or says what is wrong with it: a Wrong.
func (e Edit) On(r Record, rules Rules) (Record, error) {
	r = r.clone()
	if err := e.texts(&r); err != nil {
		return Record{}, err
	}
	if e.Numbers != nil {
		list, err := numbers(*e.Numbers, rules, r.Numbers)
		if err != nil {
			return Record{}, err
		}
		r.Numbers = list
	}
	if e.Mails != nil {
		list, err := mails(*e.Mails)
		if err != nil {
			return Record{}, err
		}
		r.Mails = list
	}
	if e.Contracts != nil {
		list, err := contracts(*e.Contracts, rules)
		if err != nil {
			return Record{}, err
		}
		r.Contracts = list
	}
	if r.Name == "" && len(r.Numbers) == 0 && len(r.Mails) == 0 {
		return Record{}, Wrong{Field: "name", Rule: "expected a name, or else a number or a mail", Which: Missing}
	}
	return r, nil
}

// texts takes over what is text and nothing else.
func (e Edit) texts(r *Record) (err error) {
	for _, t := range []struct {
		from    *string
		to      *string
		field   string
		longest int
	}{{e.Name, &r.Name, "name", LongestName}, {e.ExternalID, &r.ExternalID, "external_id", LongestContract}} {
		if t.from == nil {
			continue
		}
		if *t.to, err = line(*t.from, t.field, t.longest); err != nil {
			return err
		}
	}
	for _, l := range []struct {
		from    *[]string
		to      *[]string
		field   string
		longest int
		lines   bool
	}{
		{e.Addresses, &r.Addresses, "addresses", LongestAddress, false},
		{e.Equipment, &r.Equipment, "equipment", LongestThing, false},
		{e.Notes, &r.Notes, "notes", tickets.LongestNote, true},
		{e.Warnings, &r.Warnings, "warnings", LongestWarning, false},
	} {
		if l.from == nil {
			continue
		}
		if *l.to, err = list(*l.from, l.field, l.longest, l.lines); err != nil {
			return err
		}
	}
	return nil
}

// line is a text of one line, as it is kept.
func line(typed, field string, longest int) (string, error) {
	return text(tickets.Display(typed), field, longest)
}

func text(kept, field string, longest int) (string, error) {
	if utf8.RuneCountInString(kept) > longest {
		return "", Wrong{Field: field, Rule: "is too long", Which: TooLong, Most: longest}
	}
	return kept, nil
}

// list is a list of texts without blanks and doubles.
func list(typed []string, field string, longest int, lines bool) ([]string, error) {
	if len(typed) > MostEntries {
		return nil, Wrong{Field: field, Rule: "has too many entries", Which: TooMany, Most: MostEntries}
	}
	kept := []string{}
	for i, t := range typed {
		show := tickets.Display
		if lines {
			show = tickets.Typed
		}
		one, err := text(show(t), entry(field, i), longest)
		if err != nil {
			return nil, err
		}
		if one != "" && !slices.Contains(kept, one) {
			kept = append(kept, one)
		}
	}
	return kept, nil
}

func entry(field string, i int) string { return fmt.Sprintf("%s[%d]", field, i) }

// numbers are the keys of numbers as they are written, perhaps several in one entry. A number that the customer has already may stay, whatever it is.
func numbers(written []string, rules Rules, known []string) ([]string, error) {
	if len(written) > MostNumbers {
		return nil, Wrong{Field: "numbers", Rule: "has too many entries", Which: TooMany, Most: MostNumbers}
	}
	kept := []string{}
	for i, w := range written {
		if strings.TrimSpace(w) == "" {
			continue
		}
		keys := []string{w}
		if !slices.Contains(known, w) {
			keys = numbersIn(w, rules.key)
		}
		if len(keys) == 0 {
			return nil, Wrong{Field: entry("numbers", i), Rule: "expected a telephone number", Which: NotNumber}
		}
		for _, key := range keys {
			if !slices.Contains(kept, key) {
				kept = append(kept, key)
			}
		}
	}
	if len(kept) > MostNumbers {
		return nil, Wrong{Field: "numbers", Rule: "has too many entries", Which: TooMany, Most: MostNumbers}
	}
	slices.Sort(kept)
	return kept, nil
}

// key is the key of a number as it is written, "" where it is none.
func (r Rules) key(written string) string {
	if utf8.RuneCountInString(written) > tickets.LongestName {
		return ""
	}
	if r.Number != nil {
		return r.Number(written).Key()
	}
	digits := strings.TrimPrefix(written, "+")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	return telephony.NumberOf(written, written).Key()
}

func mails(written []string) ([]string, error) {
	if len(written) > MostEntries {
		return nil, Wrong{Field: "mails", Rule: "has too many entries", Which: TooMany, Most: MostEntries}
	}
	kept := []string{}
	for i, w := range written {
		m := tickets.Display(w)
		switch {
		case m == "" || has(kept, m, SameMail):
			continue
		case utf8.RuneCountInString(m) > LongestMail:
			return nil, Wrong{Field: entry("mails", i), Rule: "is too long", Which: TooLong, Most: LongestMail}
		case !isMail(m):
			return nil, Wrong{Field: entry("mails", i), Rule: "expected a mail address, such as name@example.org", Which: NotMail}
		}
		kept = append(kept, m)
	}
	return kept, nil
}

// isMail says whether a text has the shape of a mail address. Whether anybody reads it only a letter can tell.
func isMail(text string) bool {
	name, host, found := strings.Cut(text, "@")
	return found && name != "" && len(name) <= 64 && !strings.Contains(host, "@") &&
		strings.Trim(host, ".-") == host && host != "" && !strings.Contains(host, "..") && !strings.ContainsAny(text, " \"(),:;<>[]\\")
}

func contracts(typed []Contract, rules Rules) ([]Contract, error) {
	if len(typed) > MostEntries {
		return nil, Wrong{Field: "contracts", Rule: "has too many entries", Which: TooMany, Most: MostEntries}
	}
	kept := []Contract{}
	for i, t := range typed {
		k, err := contract(t, entry("contracts", i), rules)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(kept, func(other Contract) bool { return other.Number == k.Number }) {
			return nil, Wrong{Field: entry("contracts", i) + ".number", Rule: "is there twice", Which: Twice}
		}
		kept = append(kept, k)
	}
	return kept, nil
}

func contract(typed Contract, field string, rules Rules) (k Contract, err error) {
	if k.Number, err = line(typed.Number, field+".number", LongestContract); err != nil {
		return k, err
	}
	if k.Agreement, err = line(typed.Agreement, field+".agreement", LongestContract); err != nil {
		return k, err
	}
	k.EndsOn = strings.TrimSpace(typed.EndsOn)
	day, wrongDay := time.Parse(time.DateOnly, k.EndsOn)
	switch {
	case k.Number == "":
		return k, Wrong{Field: field + ".number", Rule: "expected the contract's number", Which: Missing}
	case k.EndsOn != "" && (wrongDay != nil || day.Year() < 1900 || day.Year() > 9999):
		return k, Wrong{Field: field + ".ends_on", Rule: "expected a day, such as 2027-01-31", Which: NotDay}
	case k.Agreement != "" && rules.Agreement != nil && !rules.Agreement(k.Agreement):
		return k, Wrong{Field: field + ".agreement", Rule: "the configuration has no such agreement", Which: Unknown}
	}
	return k, nil
}
