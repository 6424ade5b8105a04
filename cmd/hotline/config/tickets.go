package config

import (
	"cmp"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"hotline/agentapi/hooks"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/attachment"
)

// Tickets is how tickets live beside the calls, and which other programs are told of them or asked about customers.
type Tickets struct {
	CallBackWithin   time.Duration `yaml:"call_back_within,omitempty"`  // after a call broke off; 0 is 1 h
	FollowUpWithin   time.Duration `yaml:"follow_up_within,omitempty"`  // where an agent named no date; 0 is 24 h
	ConfirmWithin    time.Duration `yaml:"confirm_within,omitempty"`    // a solved ticket closes by itself after so long; 0 is 72 h
	ConfirmReminders *int          `yaml:"confirm_reminders,omitempty"` // so often the customer is asked again before; nil is 2
	RepeatWithin     time.Duration `yaml:"repeat_within,omitempty"`     // the same customer and topic within so long is a repeat; 0 is 30 days
	EscalateAfter    time.Duration `yaml:"escalate_after,omitempty"`    // so long past its date a ticket goes to the head; 0 is 4 h
	TellAfter        *int          `yaml:"tell_after,omitempty"`        // so many working days after the customer last heard something the owner is to tell them; nil is 3, 0 is never
	ReviewWithin     time.Duration `yaml:"review_within,omitempty"`     // so long a complaint may take at one level; 0 is 240 h
	Reviews          []Review      `yaml:"reviews,omitempty"`           // the levels above the head of who answered; nil is the first line and a regulator
	Files            Files         `yaml:"files,omitempty"`
	Webhooks         []Webhook     `yaml:"webhooks,omitempty"`
	CRM              CRM           `yaml:"crm,omitempty"`
}

// Review is a level at which complaints are decided that the level below has not settled, or that were about its own answer:
// {department: legal, within: 120h}, {person: olga}, {outside: regulator, name: {ru: Банк России, en: Bank of Russia}}.
type Review struct {
	Department string        `yaml:"department,omitempty"` // whose head decides; "" is the first line
	Person     string        `yaml:"person,omitempty"`     // who decides instead of the head
	Outside    string        `yaml:"outside,omitempty"`    // somebody who is none of ours: the first line sees to what they decide
	Name       words.Text    `yaml:"name,omitempty"`       // of who is outside
	Within     time.Duration `yaml:"within,omitempty"`     // 0 is review_within
}

// Files is which files tickets take, and where their contents are.
type Files struct {
	Store     string   `yaml:"store,omitempty"`      // disk or database; "" is disk
	Folder    string   `yaml:"folder,omitempty"`     // of the contents on disk; "" is files in the spool's
	Largest   Size     `yaml:"largest,omitempty"`    // of one file; "" is 25 MB
	PerTicket Size     `yaml:"per_ticket,omitempty"` // of one ticket's together; "" is 200 MB
	Most      int      `yaml:"most,omitempty"`       // to one ticket; 0 is 100
	InAll     Size     `yaml:"in_all,omitempty"`     // of all tickets' together; "" is as much as there is room
	Types     []string `yaml:"types,omitempty"`      // by their extensions; nil is all that are known
}

// Webhook is another program that is told over HTTP what happens.
type Webhook struct {
	URL    string   `yaml:"url"`
	Token  Secret   `yaml:"token,omitempty"`  // ends the address, behind a slash, where the program wants one there: Zammad does
	Secret Secret   `yaml:"secret"`           // by which what is sent is signed
	Events []string `yaml:"events,omitempty"` // "call.ended", or "call" for all of it; nil is everything
	Format string   `yaml:"format,omitempty"` // cloudevents or zammad; "" is cloudevents
}

// Address is where the program is, with its token.
func (w Webhook) Address() string {
	if token := w.Token.Text(); token != "" {
		return strings.TrimSuffix(w.URL, "/") + "/" + token
	}
	return w.URL
}

// The formats of webhooks.
const (
	cloudEvents = string(hooks.CloudEvents)
	zammad      = string(hooks.Zammad)
)

// CRM is another program that is asked over HTTP who calls, where Hotline does not know. The zero value asks nobody.
type CRM struct {
	URL    string        `yaml:"url"`
	Token  Secret        `yaml:"token,omitempty"`  // which Hotline shows: Authorization: Bearer …
	Within time.Duration `yaml:"within,omitempty"` // who does not answer by then knows nobody; 0 is 100 ms
	Cache  time.Duration `yaml:"cache,omitempty"`  // so long an answer is believed; 0 is 10 min
}

// AnswersWithin and BelievedFor are Within and Cache with what is usual.
func (c CRM) AnswersWithin() time.Duration { return cmp.Or(c.Within, 100*time.Millisecond) }
func (c CRM) BelievedFor() time.Duration   { return cmp.Or(c.Cache, 10*time.Minute) }

// Size is an amount of bytes with its unit: "500 KB", "20MB", "2GB". A unit is a thousand of the one before.
type Size string

// bytes is the amount; not ok where it is none.
func (s Size) bytes() (n int64, ok bool) {
	text := strings.TrimSpace(string(s))
	for _, unit := range []struct {
		name  string
		bytes int64
	}{{"KB", 1000}, {"MB", 1_000_000}, {"GB", gb}} {
		if digits, is := strings.CutSuffix(strings.ToUpper(text), unit.name); is {
			n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
			return n * unit.bytes, err == nil && n > 0 && n <= 1_000_000
		}
	}
	return 0, false
}

// Or is the amount in bytes, or the usual one where none is set.
func (s Size) Or(usual int64) int64 {
	if n, ok := s.bytes(); ok {
		return n
	}
	return usual
}

// Limits are which files tickets take.
func (f Files) Limits() attachment.Limits {
	const mb = 1_000_000
	l := attachment.Limits{Size: f.Largest.Or(25 * mb), Files: f.Most, Extensions: f.Types}
	l.TicketSize = f.PerTicket.Or(max(200*mb, l.Size))
	return l.OrUsual()
}

// Quota is how many bytes all contents may have together; 0 is no bound.
func (f Files) Quota() int64 { return f.InAll.Or(0) }

// InDatabase says whether the contents of files are in the database, and not on disk.
func (f Files) InDatabase() bool { return f.Store == "database" }

// FilesFolder is where the contents of files are on disk.
func (c Config) FilesFolder() string {
	return cmp.Or(c.Tickets.Files.Folder, filepath.Join(c.Spool, "files"))
}

// Reminders is ConfirmReminders with what is usual.
func (t Tickets) Reminders() int {
	if t.ConfirmReminders == nil {
		return 2
	}
	return *t.ConfirmReminders
}

// Silence is TellAfter with what is usual.
func (t Tickets) Silence() int {
	if t.TellAfter == nil {
		return 3
	}
	return *t.TellAfter
}

// tell tells tickets of the settings.
func (t Tickets) tell(terms *tickets.Terms) {
	terms.CallBackWithin, terms.FollowUpWithin = t.CallBackWithin, t.FollowUpWithin
	terms.ConfirmWithin, terms.ConfirmReminders = t.ConfirmWithin, t.Reminders()
	terms.RepeatWithin, terms.EscalateAfter, terms.ReviewWithin, terms.TellAfter = t.RepeatWithin, t.EscalateAfter, t.ReviewWithin, t.Silence()
	if t.Reviews != nil {
		terms.Reviews = []tickets.ReviewTerms{}
	}
	for _, r := range t.Reviews {
		terms.Reviews = append(terms.Reviews, tickets.ReviewTerms{
			Department: cmp.Or(r.Outside, r.Department), Person: r.Person, Outside: r.Outside != "", Name: r.Name, Within: r.Within,
		})
	}
}

// after are the settings that count after a reload: where files are, and whom to ask who calls, stays till a restart.
func (t Tickets) after(fresh Tickets) Tickets {
	fresh.Files, fresh.CRM = t.Files, t.CRM
	return fresh
}
