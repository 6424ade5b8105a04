package lists

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"hotline/tickets"
)

// Voicemail is a message that a caller left, which somebody answers. That it is done is said by hand: whoever has called back knows whether that was all.
type Voicemail struct {
	Contact      tickets.Contact
	CustomerName string
	N            int       // which of the contact's messages, from 1
	DoneAt       time.Time // zero: it is to be done
	DoneBy       string    // by name, as it was then; "" is not known
}

// Name is what the switch called its sound; "" where the contact has none any more.
func (v Voicemail) Name() string {
	if v.N > len(v.Contact.Recordings) {
		return ""
	}
	return v.Contact.Recordings[v.N-1]
}

// VoicemailQuestion is which voicemails somebody asks for, the latest first: those of tickets that they may see, and of calls that they took.
type VoicemailQuestion struct {
	Sight  tickets.Sight
	Done   bool      // those that are done, or those that are not
	Since  time.Time // they were done then or later, or where they are not, their calls came; zero is any time
	Cursor string    // of the page before; "" begins
	Limit  int       // rows of a page
}

// VoicemailPage is a piece of a list of voicemails. Next is the cursor of the next one; "" where this is the last.
type VoicemailPage struct {
	Voicemails []Voicemail
	Next       string
}

// ErrNoVoicemail says that there is no such message.
var ErrNoVoicemail = errors.New("there is no such voicemail")

func (q VoicemailQuestion) hash() uint64 {
	return hashOf(struct {
		Of        string
		Who       string
		All, Done bool
	}{"voicemails", q.Sight.Agent, q.Sight.All, q.Done})
}

// Begin is the voicemail after which the page begins, by when its call came and what it is of; not any where it is the first page. An error is ErrCursor.
func (q VoicemailQuestion) Begin() (came time.Time, id tickets.ContactID, n int, any bool, err error) {
	if q.Cursor == "" {
		return came, "", 0, false, nil
	}
	at, name, err := readPlace(q.hash(), q.Cursor)
	contact, number, _ := strings.Cut(name, "/")
	n, wrong := strconv.Atoi(number)
	if err == nil && (wrong != nil || tickets.Clean(contact, tickets.LongestName) != contact) {
		err = ErrCursor
	}
	return at, tickets.ContactID(contact), n, true, err
}

// After is the cursor for the page that follows a voicemail.
func (q VoicemailQuestion) After(v Voicemail) string {
	return writePlace(q.hash(), v.Contact.ArrivedAt, string(v.Contact.ID)+"/"+strconv.Itoa(v.N))
}
