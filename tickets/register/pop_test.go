package register_test

import (
	"testing"
	"time"
	"unicode/utf8"

	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
)

func TestPopGrowsWithTheAnswer(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		earlier := o.call("c0", annas)
		earlier.Answered(time.Now(), tickets.Agent{ID: "olga", Name: "Olga"})
		earlier.Ended(time.Now(), tickets.Served)
		o.flush()
		time.Sleep(time.Hour)
		c := o.call("c1", annas)
		c.SetLanguage("ru")
		c.Path(words.Text{"ru": "Интернет", "en": "Internet"})
		c.Caller(t.Context())
		c.SetTopic("billing")
		since := time.Now()
		c.Queued(since, tickets.Queue{ID: "billing", Name: words.Text{"ru": "Оплата", "en": "Billing"}, Skill: "billing"})

		ringing := c.Pop()
		if ringing.OpenTickets != nil || ringing.Contacts != nil || ringing.Greeting != nil {
			t.Errorf("ringing, it shows what only an answered call shows: %+v", ringing)
		}
		if ringing.Repeat != 1 || ringing.OpenTicketsCount != 2 || ringing.Skill != "billing" || !ringing.WaitingSince.Equal(since) || ringing.Caller.Match != tickets.Exact {
			t.Errorf("ringing: %+v", ringing)
		}

		c.Answered(time.Now(), tickets.Agent{ID: "boris"})
		talking := c.Pop()
		if len(talking.Contacts) != 1 || talking.Contacts[0].Agent != "Olga" || len(talking.OpenTickets) != 2 || talking.Greeting["ru"] != "Здравствуйте, Анна!" {
			t.Errorf("talking: %+v", talking)
		}
	})
}

func TestPopShowsHostileNamesAsHarmlessText(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		name := "\u202e<img src=x onerror=alert(1)>\"\x1b[2J\x00\r\n"
		for len(name) < 10_000 {
			name += "A"
		}
		c := o.Arrive(telephony.Arrival{ID: "c1", From: unknown(1), Name: name, At: time.Now()})
		got := c.Pop().Caller.RawName
		if utf8.RuneCountInString(got) > 256 || got[:30] != `<img src=x onerror=alert(1)>" ` {
			t.Errorf("shown as %q", got)
		}
		if contact, _ := o.contact("c1"); utf8.RuneCountInString(contact.RawName) > 256 {
			t.Errorf("stored %d bytes", len(contact.RawName))
		}
	})
}

func TestPopOfAnUnknownCallerHasEmptyListsAndNoNulls(t *testing.T) {
	open(t, func(t *testing.T, o *office) {
		c := o.call("c1", unknown(1))
		c.Answered(time.Now(), tickets.Agent{ID: "olga"})
		p := c.Pop()
		if p.Path == nil || p.Caller.Candidates == nil || p.Caller.Customer != nil || p.OpenTickets == nil || p.Contacts == nil {
			t.Errorf("%+v", p)
		}
	})
}
