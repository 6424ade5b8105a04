package lists

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/life"
)

// File is a ticket with all that a page shows of it, as somebody opens it.
type File struct {
	Row      Row
	Matter   life.Matter
	Customer *tickets.Customer
	Linked   map[tickets.Number]Row // those that its links, its parent and its merge name
	Children []Row                  // tickets whose parent it is, so many at most as a page has
	Others   []Row                  // open tickets of its customer beside it, the next one first, so many at most
	Clocks   []Clock                // in the order of their starts
	Whose    []Share                // of its life up to now
	Files    []attachment.File      // that are there
	Timeline Timeline               // its latest piece
	Served   bool                   // whoever asks took a call of the ticket, or of its customer
}

// Share is how long a ticket was somebody's to move: customer, first_line, department, vendor or scheduled.
type Share struct {
	Party   string
	Seconds float64
}

// Timeline is a piece of what happened to a ticket: its contacts, the changes of it, what was written, and files, those among them that were taken away,
// the latest first. Next is the
// cursor of the piece before it in time; "" where there is none.
type Timeline struct {
	Items []Item
	Next  string
}

// Item is one line of a timeline. One of the pointers is set.
type Item struct {
	At      time.Time
	Contact *tickets.Contact
	Change  *tickets.Change
	Entry   *life.Entry
	File    *attachment.File
}

// Kind tells items apart that happened at one moment: a change comes before what was written with it.
type Kind int

const (
	OfContact Kind = iota
	OfChange
	OfEntry
	OfFile
)

// Kinds are all kinds.
var Kinds = []Kind{OfContact, OfChange, OfEntry, OfFile}

// Kind is the item's.
func (i Item) Kind() Kind {
	switch {
	case i.Contact != nil:
		return OfContact
	case i.Change != nil:
		return OfChange
	case i.Entry != nil:
		return OfEntry
	default:
		return OfFile
	}
}

// Moment is a place in a timeline: what came before it follows.
type Moment struct {
	At   time.Time
	Kind Kind
	Text string // the id of a contact or a file
	N    int64  // the version of a change, the number of an entry
}

// Moment is the item's place.
func (i Item) Moment() Moment {
	m := Moment{At: i.At, Kind: i.Kind()}
	switch m.Kind {
	case OfContact:
		m.Text = string(i.Contact.ID)
	case OfChange:
		m.N = i.Change.Version
	case OfEntry:
		m.N = int64(i.Entry.N)
	case OfFile:
		m.Text = string(i.File.ID)
	}
	return m
}

func (m Moment) compare(o Moment) int {
	return cmp.Or(m.At.Compare(o.At), cmp.Compare(m.Kind, o.Kind), cmp.Compare(m.N, o.N), cmp.Compare(m.Text, o.Text))
}

// ID names an item in its ticket, for ever.
func (m Moment) ID() string {
	switch m.Kind {
	case OfContact:
		return "contact/" + m.Text
	case OfChange:
		return "change/" + strconv.FormatInt(m.N, 10)
	case OfEntry:
		return "entry/" + strconv.FormatInt(m.N, 10)
	default:
		return "file/" + m.Text
	}
}

// Merge makes a piece of a ticket's timeline from items of each kind, of which each has one more than fit, where there are so many.
func Merge(n tickets.Number, items []Item, limit int) Timeline {
	slices.SortFunc(items, func(a, b Item) int { return b.Moment().compare(a.Moment()) })
	t := Timeline{Items: items}
	if len(items) > limit {
		t.Items = items[:limit]
		t.Next = writeMoment(n, t.Items[limit-1].Moment())
	}
	return t
}

type momentCursor struct {
	Ticket tickets.Number `json:"f"`
	At     int64          `json:"t"`
	Kind   Kind           `json:"k"`
	Text   string         `json:"s,omitempty"`
	N      int64          `json:"n,omitempty"`
}

func writeMoment(n tickets.Number, m Moment) string {
	b, err := json.Marshal(momentCursor{n, m.At.UnixMicro(), m.Kind, m.Text, m.N})
	if err != nil {
		panic(err) // plain values
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// ReadMoment reads a cursor of a ticket's timeline; nil is its end, and an error ErrCursor.
func ReadMoment(n tickets.Number, text string) (*Moment, error) {
	if text == "" {
		return nil, nil
	}
	var c momentCursor
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil || c.Ticket != n || !slices.Contains(Kinds, c.Kind) || tickets.Clean(c.Text, tickets.LongestName) != c.Text {
		return nil, ErrCursor
	}
	return &Moment{time.UnixMicro(c.At).UTC(), c.Kind, c.Text, c.N}, nil
}
