package life

import (
	"errors"
	"strings"
	"testing"
	"time"

	"hotline/tickets"
)

func TestLetterIsATicketWithAContactOfTheDayOnWhichItCame(t *testing.T) {
	f := &File{Fresh: []tickets.Number{own}, Terms: tickets.Terms{Topics: map[string]tickets.TopicTerms{"fault": {Department: "technical", Class: tickets.Outage, Priority: 1}}}}
	came := noon.Add(-48 * time.Hour)
	out, err := Open(f, OpenByHand{
		Channel: "call", Subject: "No\u202e link", Text: "It does not work.\nSince Monday.", Topic: "fault", At: came, Reply: &tickets.Reply{Channel: "mail", Address: "i@example.org"},
	}, "the letter", anna, noon)
	if err != nil {
		t.Fatal(err)
	}
	m, c := f.Matters[own], out.Contact
	if m.Subject != "No link" || m.Department != "technical" || m.Class != tickets.Outage || m.Priority != 1 || m.Phase() != tickets.Opened || m.Version != 1 || m.Reply.Channel != "mail" || !m.Worked {
		t.Errorf("it opened %+v", m)
	}
	if at, late := tickets.Came(out.History[0]); !m.OpenedAt.Equal(came) || !m.ActivityAt.Equal(noon) || !at.Equal(came) || !late {
		t.Errorf("it is open since %s, and came %s by its history", m.OpenedAt, at)
	}
	if c.ID != "the letter" || c.Channel != (tickets.Elsewhere{}) || c.Ticket != own || !c.ArrivedAt.Equal(came) || !c.EndedAt.Equal(came) || c.Outcome != tickets.Served || c.Agent.ID != "anna" {
		t.Errorf("its contact is %+v", c)
	}
	if _, isCall := c.Call(); isCall {
		t.Error("it is a call that the switch knows")
	}
	if len(out.Entries) != 1 || out.Entries[0].Kind != Request || out.Entries[0].Internal || out.Entries[0].N != 1 || m.Written != 1 || out.History[0].Kind != "opened" {
		t.Errorf("it wrote %+v, %+v", out.Entries, out.History)
	}
	if fields, err := tickets.Replay(out.History); err != nil || fields["subject"] != "No link" {
		t.Errorf("its history is %v, %v", fields, err)
	}
}

func TestWhatAProgramRegistersIsServedByNobody(t *testing.T) {
	f := &File{Fresh: []tickets.Number{own}}
	out, err := Open(f, OpenByHand{Channel: "form", Subject: "s", Text: "t"}, "the form", tickets.By{Kind: tickets.ByProgram, ID: "anna", Name: "Site"}, noon)
	if err != nil || out.Contact.Agent != (tickets.Agent{}) {
		t.Errorf("its contact is %+v, %v", out.Contact, err)
	}
}

func TestOpeningByHandRefusesWhatIsNoTicket(t *testing.T) {
	good := OpenByHand{Channel: "letter", Subject: "s", Text: "t"}
	for field, spoil := range map[string]func(*OpenByHand){
		"channel":  func(c *OpenByHand) { c.Channel = "telegram" },
		"subject":  func(c *OpenByHand) { c.Subject = strings.Repeat("s", tickets.LongestSubject+1) },
		"text":     func(c *OpenByHand) { c.Text = "\u200b\n" },
		"class":    func(c *OpenByHand) { c.Class = "x" },
		"customer": func(c *OpenByHand) { c.Customer = "'; DROP TABLE tickets" },
		"next":     func(c *OpenByHand) { c.Next = noon.Add(-72 * time.Hour) },
		"at":       func(c *OpenByHand) { c.At = noon.Add(time.Second) },
		"at ":      func(c *OpenByHand) { c.At = noon.AddDate(-1, 0, -2) },
		"topic":    func(c *OpenByHand) { c.Topic = strings.Repeat("t", tickets.LongestName+1) },
	} {
		field = strings.TrimSpace(field)
		c := good
		spoil(&c)
		f := &File{Fresh: []tickets.Number{own}}
		var broke *FieldError
		if _, err := Open(f, c, "x", anna, noon); !errors.As(err, &broke) || broke.Field != field || len(f.Matters) != 0 {
			t.Errorf("%s: %v, %v", field, err, f.Matters)
		}
	}
	for channel := range byHand {
		c := good
		c.Channel = channel
		if _, err := Open(&File{Fresh: []tickets.Number{own}}, c, "x", anna, noon); err != nil {
			t.Errorf("%s: %v", channel, err)
		}
	}
}
