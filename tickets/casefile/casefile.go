// Package casefile writes a ticket's whole file as one document that leaves the house: for a regulator, a court, or the customer, who get all that
// was asked, answered, promised and sent, in order, with the files that belong to it.
//
//	Zip   ──► file.html      to read and to print: one page without scripts, which loads nothing
//	          file.json      the same for programs
//	          attachments/…  the files, each under a safe name of its own
//	HTML  ──► file.html alone, which names the files by their SHA-256
//
// Of a ticket's tables it leaves out those from which nothing is told to anybody outside: who was told of what (ticket_notices), what was saved to look by
// (ticket_views), and the words to search by (ticket_texts, ticket_open_texts).
//
// What a File holds is plain data that whoever asks for the document has gathered; nothing here reads a store. What people wrote is hostile: in
// the page it is text, without the marks that turn or hide text, and in the JSON it is as it came.
//
// Invariants:
//
//   - What is internal is in the document only where Options say so, and the document says whether it is, and how much is left out.
//   - A file that cannot be read, or whose bytes are not those of its sum, does not spoil the document: it is named, and said to be damaged.
//   - The same File and Options give the same bytes.
package casefile

import (
	"context"
	"io"
	"slices"
	"time"

	"hotline/telephony/words"
	"hotline/tickets"
)

// File is a ticket with all that is told of it.
type File struct {
	Ticket      Ticket       `json:"ticket"`
	Customer    Customer     `json:"customer"`
	Timeline    []Entry      `json:"timeline"` // the first that happened first
	Clocks      []Clock      `json:"clocks"`
	Whose       []Share      `json:"whose"` // whose clock ran for how long; the shares sum up to the ticket's age
	Promises    []Promise    `json:"promises"`
	Parts       []Part       `json:"parts"`   // internal
	Vendors     []Vendor     `json:"vendors"` // internal
	Complaints  []Complaint  `json:"complaints"`
	Links       []Link       `json:"links"`
	Attachments []Attachment `json:"attachments"`

	By string    `json:"by"` // who has the document written
	At time.Time `json:"at"`
}

// Term is a word of ours: its code for programs, and what people read. Where nothing is to be read, they read the code.
type Term struct {
	Code  string
	Shown words.Text
}

// In is the term in a language.
func (t Term) In(language string) string {
	if s := t.Shown.In(language); s != "" {
		return s
	}
	return t.Code
}

// MarshalText gives the code.
func (t Term) MarshalText() ([]byte, error) { return []byte(t.Code), nil }

// Ticket is what stands on the first page.
type Ticket struct {
	Number   tickets.Number   `json:"number"`
	Others   []tickets.Number `json:"other_numbers,omitempty"` // second names
	Subject  string           `json:"subject"`
	Topic    Term             `json:"topic"`
	Class    Term             `json:"class"`
	Priority Term             `json:"priority"`
	State    Term             `json:"state"`
	Owner    string           `json:"owner"`
	OpenedAt time.Time        `json:"opened_at"`
	NextAt   time.Time        `json:"next_at,omitzero"`
	ClosedAt time.Time        `json:"closed_at,omitzero"`
	Outcome  Term             `json:"outcome"` // of one that is closed
	District string           `json:"district"`
	ReplyBy  Term             `json:"reply_by"` // how the customer wants to be answered
	ReplyTo  string           `json:"reply_to"`
	Reopened int              `json:"reopened"`        // how often
	Parent   tickets.Number   `json:"parent,omitzero"` // the incident that it is part of
}

// Customer is whose ticket it is.
type Customer struct {
	Name      string   `json:"name"`
	Contract  string   `json:"contract"`
	Address   string   `json:"address"`
	Numbers   []string `json:"numbers"`
	Mails     []string `json:"mails"`
	Equipment []string `json:"equipment"`
}

// Entry is one thing that happened, or that somebody wrote.
type Entry struct {
	At       time.Time `json:"at"`
	Who      string    `json:"who"`
	Kind     Term      `json:"kind"` // a call, a note, an answer, a change …
	Internal bool      `json:"internal"`
	Text     string    `json:"text"`
}

// Clock is how long something may take, and has taken.
type Clock struct {
	Ticket    tickets.Number `json:"ticket,omitzero"` // whose it is, of a ticket that goes on in this one; absent: this one's
	What      Term           `json:"what"`            // reaction, resolution …
	Agreement string         `json:"agreement"`
	Allowed   time.Duration  `json:"allowed_ns"` // of working time
	Spent     time.Duration  `json:"spent_ns"`
	Began     time.Time      `json:"began_at"`
	Due       time.Time      `json:"due_at,omitzero"`
	Stopped   time.Time      `json:"stopped_at,omitzero"` // zero where it runs
	Broken    bool           `json:"broken"`
}

// Share is the time that was one party's.
type Share struct {
	Party Term          `json:"party"`
	Took  time.Duration `json:"took_ns"`
}

// Promise is what the customer was told to expect.
type Promise struct {
	What    string    `json:"what"`
	To      string    `json:"to"`
	Channel Term      `json:"channel"`
	MadeAt  time.Time `json:"made_at"`
	By      string    `json:"by"`
	Due     time.Time `json:"due_at"`
	First   time.Time `json:"first_due_at"` // what was promised before it was moved
	Moved   int       `json:"moved"`        // how often
	Told    bool      `json:"told"`         // whether the customer knew of each new date in time
	State   Term      `json:"state"`        // open, kept, broken, withdrawn
	EndedAt time.Time `json:"ended_at,omitzero"`
}

// Part is what a department was asked, and what it answered.
type Part struct {
	Department string    `json:"department"`
	Owner      string    `json:"owner"`
	What       string    `json:"what"`
	GivenAt    time.Time `json:"given_at"`
	Due        time.Time `json:"due_at"`
	State      Term      `json:"state"` // open, answered, returned, withdrawn
	By         string    `json:"by"`    // who answered
	Answer     string    `json:"answer"`
	EndedAt    time.Time `json:"ended_at,omitzero"`
}

// Vendor is what somebody outside was asked, and what they answered.
type Vendor struct {
	Vendor   string    `json:"vendor"`
	Number   string    `json:"number"` // as they count
	What     string    `json:"what"`
	AskedAt  time.Time `json:"asked_at"`
	Promised time.Time `json:"promised_at,omitzero"` // by when, as they said
	RemindAt time.Time `json:"remind_at,omitzero"`
	Reminded int       `json:"reminded"` // how often
	State    Term      `json:"state"`    // asked, answered, withdrawn
	Answer   string    `json:"answer"`
	EndedAt  time.Time `json:"ended_at,omitzero"`
}

// Complaint is a customer's complaint about an answer, and what came of it.
type Complaint struct {
	Text       string    `json:"text"`
	About      []string  `json:"about"` // who had given the answer, or written a part of it
	Level      int       `json:"level"` // from 1
	Department string    `json:"department"`
	Reviewer   string    `json:"reviewer"`
	OpenedAt   time.Time `json:"opened_at"`
	Due        time.Time `json:"due_at"`
	State      Term      `json:"state"` // open, upheld, rejected, withdrawn
	Answer     string    `json:"answer"`
	EndedAt    time.Time `json:"ended_at,omitzero"`
}

// Link is a tie to another ticket.
type Link struct {
	Other tickets.Number `json:"other"`
	Kind  Term           `json:"kind"`
	At    time.Time      `json:"at"`
}

// Attachment is a file that belongs to the ticket.
type Attachment struct {
	Name     string    `json:"name"`
	Type     string    `json:"type"`
	Size     int64     `json:"size"`
	SHA256   string    `json:"sha256"` // in hexadecimal; of a message that a caller left Zip fills it, and Size
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Internal bool      `json:"internal"`

	// Open gives the content. Nil is that there is none any more, as of a file that was removed; so is fs.ErrNotExist.
	Open func(context.Context) (io.ReadCloser, error) `json:"-"`

	Path    string `json:"path,omitempty"`    // in the archive; Zip fills it
	Damaged bool   `json:"damaged,omitempty"` // it could not be read whole; Zip fills it
}

// Options say what the document is to be.
type Options struct {
	Language string         // "ru", "en"; any other is English
	Internal bool           // with what is not for the customer
	Location *time.Location // in which the page tells times; nil is UTC
}

func (o Options) orUsual() Options {
	if !slices.Contains(words.Languages, o.Language) {
		o.Language = "en"
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	return o
}

// document is what is written: a file without what is not to be in it, and what was left out.
type document struct {
	File
	WithInternal     bool `json:"with_internal"`
	WithheldEntries  int  `json:"withheld_entries"`
	WithheldRequests int  `json:"withheld_requests"` // to departments and vendors
	WithheldFiles    int  `json:"withheld_files"`
}

// documentOf leaves out what is internal, unless it is wanted. Lists are never null in JSON.
func documentOf(f File, o Options) document {
	d := document{File: f, WithInternal: o.Internal}
	d.Timeline, d.WithheldEntries = without(f.Timeline, func(e Entry) bool { return e.Internal && !o.Internal })
	d.Attachments, d.WithheldFiles = without(f.Attachments, func(a Attachment) bool { return a.Internal && !o.Internal })
	d.Parts, d.Vendors = append([]Part{}, f.Parts...), append([]Vendor{}, f.Vendors...)
	if !o.Internal {
		d.Parts, d.Vendors, d.WithheldRequests = []Part{}, []Vendor{}, len(f.Parts)+len(f.Vendors)
	}
	d.Complaints, d.Links = append([]Complaint{}, f.Complaints...), append([]Link{}, f.Links...)
	d.Clocks, d.Whose, d.Promises = append([]Clock{}, f.Clocks...), append([]Share{}, f.Whose...), append([]Promise{}, f.Promises...)
	d.Customer.Numbers, d.Customer.Mails = append([]string{}, f.Customer.Numbers...), append([]string{}, f.Customer.Mails...)
	d.Customer.Equipment = append([]string{}, f.Customer.Equipment...)
	return d
}

func without[T any](all []T, out func(T) bool) (rest []T, left int) {
	rest = []T{}
	for _, one := range all {
		if !out(one) {
			rest = append(rest, one)
		}
	}
	return rest, len(all) - len(rest)
}
