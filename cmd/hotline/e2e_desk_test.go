package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
	"hotline/tickets"
)

// A caller whom nobody knows is served at a desk in a real Chromium, with a SIP phone beside it: all that the agent finds out is written while
// they talk, and stands in the ticket once.
func TestDeskWorksOnTheTicketWhileTheyTalk(t *testing.T) {
	t.Parallel()
	browserIsThere(t)
	const number = "+74952001777"
	vera := person("vera", "117")
	olga := config.Person{ID: "olga", Login: "olga", Name: "Olga", Role: "supervisor", Language: "ru", Password: config.SecretOf("password-olga")}
	s := raise(t, stageOptions{people: []config.Person{vera, olga}, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].OfferTimeout, c.Queues[i].WrapUp = time.Minute, 3*time.Minute // a browser on a busy machine takes its time
		}
	}})
	phone := &worker{s: s, id: vera.ID}
	var err error
	phone.phone, err = s.exchange.Phone(softphone.Options{User: vera.Phone, Secret: vera.PhoneSecret.Text()})
	s.must(err)
	s.must(phone.phone.Register(t.Context()))
	said := map[string]string{
		"NAME": "Пётр <b>Сафронов</b>", "SUBJECT": "Не работает домофон", "TOPIC": "fault", "PROMISE": "Позвонить после осмотра", "DEPARTMENT": "subscribers", "NOTE": "Дом 14, второй подъезд",
	}
	settings := map[string]string{"LOGIN": vera.Login, "PASSWORD": vera.Password.Text(), "LANGUAGE": "ru"}
	for name, value := range said {
		settings[name] = value
	}
	desk := s.script("desk", settings)
	desk.awaits("ready")
	call := s.calls(number)
	s.must(call.Digits(t.Context(), "13"))
	ringing := phone.rings()
	desk.awaits("pop")
	_, err = ringing.Answer(t.Context())
	s.must(err)
	desk.awaits("set")
	s.hangsUp(call)
	desk.awaits("ok")
	s.nothingLeft()

	boss := s.signsIn(string(olga.ID))
	var list struct {
		Items []struct {
			Number string `json:"number"`
		} `json:"items"`
	}
	boss.reads("/api/v1/tickets?list=all", &list)
	if len(list.Items) != 1 {
		t.Fatalf("there are %d tickets", len(list.Items))
	}
	var file struct {
		Ticket struct {
			Subject, Topic, Owner, Department string
			OwnerKind                         string    `json:"owner_kind"`
			Next                              time.Time `json:"next_at"`
		}
		Customer struct {
			Name        string
			Numbers     []string
			Provisional bool
		}
		Promises []struct{ What, State string }
		Timeline struct {
			Items []struct {
				Type    string
				Contact struct{ Note, Disposition string }
				Change  struct{ Kind string }
				Entry   struct{ Kind, Text string }
			}
		}
	}
	boss.reads("/api/v1/tickets/"+list.Items[0].Number+"/file", &file)
	if f := file.Ticket; f.Subject != said["SUBJECT"] || f.Topic != said["TOPIC"] || f.Owner != said["DEPARTMENT"] || f.OwnerKind != "department" || f.Department != said["DEPARTMENT"] {
		t.Errorf("the ticket is %+v", f)
	}
	if ahead := time.Until(file.Ticket.Next); ahead < 36*time.Hour || ahead > 96*time.Hour {
		t.Errorf("the department looks at it at %s", file.Ticket.Next) // three days ahead, as the hand-over says, and not the wrap-up's default
	}
	if c := file.Customer; c.Name != said["NAME"] || c.Provisional || len(c.Numbers) != 1 || c.Numbers[0] != number {
		t.Errorf("the customer is %+v", c)
	}
	if len(file.Promises) != 1 || file.Promises[0].What != said["PROMISE"] || file.Promises[0].State != "open" {
		t.Errorf("promised is %+v", file.Promises)
	}
	times := map[string]int{}
	for _, i := range file.Timeline.Items {
		switch i.Type {
		case "contact":
			times["contact "+i.Contact.Disposition+" "+i.Contact.Note]++
		case "change":
			times[i.Change.Kind]++
		case "entry":
			times[i.Entry.Kind+" "+i.Entry.Text]++
		}
	}
	for what, want := range map[string]int{"contact handed_over " + said["NOTE"]: 1, "plan": 1, "promise": 1, "hand_over": 1, "question half a question": 1} {
		if times[what] != want {
			told, _ := json.Marshal(times)
			t.Errorf("%q is there %d times: %s", what, times[what], told)
		}
	}
	if n := strings.Count(fmt.Sprint(times), said["NOTE"]); n != 1 {
		t.Errorf("the note is there %d times: %v", n, times)
	}
}

// TestOneClickCallsFromATicketFromACustomerByATypedNumberAndARecentCall: the agent's own phone rings, then the customer's. What is called from a ticket is about that
// ticket; what is called from elsewhere has its own.
func TestOneClickCallsFromATicketFromACustomerByATypedNumberAndARecentCall(t *testing.T) {
	t.Parallel()
	browserIsThere(t)
	const number = "+74952001778"
	vera, olga := person("vera", "117"), config.Person{ID: "olga", Login: "olga", Name: "Olga", Role: "supervisor", Language: "ru", Password: config.SecretOf("password-olga")}
	vera.Departments = []string{"support"}
	s := raise(t, stageOptions{people: []config.Person{vera, olga}, seeds: []tickets.Seed{ivanov(number)}, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].OfferTimeout, c.Queues[i].WrapUp = time.Minute, 10*time.Minute
		}
	}})
	var list struct {
		Items []struct {
			Number   string
			Customer struct{ ID string }
		}
	}
	s.signsIn("olga").reads("/api/v1/tickets?list=all", &list)
	if len(list.Items) != 1 {
		t.Fatalf("there are %+v", list)
	}
	about := list.Items[0].Number
	phone := &worker{s: s, id: vera.ID}
	var err error
	phone.phone, err = s.exchange.Phone(softphone.Options{User: vera.Phone, Secret: vera.PhoneSecret.Text(), Keep: keeps.Keep})
	s.must(err)
	s.must(phone.phone.Register(t.Context()))
	home, err := s.exchange.Phone(softphone.Options{User: number, Keep: keeps.Keep})
	s.must(err)
	c := newCrowd(t, s.pages())
	c.enters(vera, "ru", "/desk")
	c.do("shift", hand{"who": "vera"})
	seen := map[string]string{}
	for _, from := range []string{"customer-panel", "recent", "customer-page-main", "typed"} {
		switch from {
		case "customer-panel":
			c.do("open", hand{"who": "vera", "path": "/tickets/" + about})
		case "customer-page-main":
			c.do("open", hand{"who": "vera", "path": "/customers/" + list.Items[0].Customer.ID})
		case "typed":
			c.do("fills", hand{"who": "vera", "fields": hand{"typed-number": number}})
		}
		c.do("clicks", hand{"who": "vera", "button": "call-" + number, "within": from})
		c.do("clicks", hand{"who": "vera", "button": "reason-visit"})
		own, err := phone.rings().Answer(t.Context())
		s.must(err)
		soon, cancel := context.WithTimeout(t.Context(), atOnce)
		defer cancel()
		ringing, err := home.Incoming(soon)
		if err != nil {
			t.Fatalf("%s: the customer's phone does not ring: %v", from, err)
		}
		customer, err := ringing.Answer(soon)
		s.must(err)
		s.hearEachOther(customer, own)
		var ticket string
		s.must(json.Unmarshal(c.do("talks", hand{"who": "vera"}), &ticket))
		seen[from] = ticket
		s.hangsUp(customer)
		s.gone(own)
		c.do("finish", hand{"who": "vera", "disposition": "follow_up", "note": "from " + from})
	}
	if seen["customer-panel"] != about || seen["customer-page-main"] == about || seen["typed"] == about || seen["recent"] == about {
		t.Errorf("the calls are about %v, and the ticket is %s", seen, about)
	}
	c.unharmed()
	s.nothingLeft()
}
