package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// lineNumber is what customers dial.
const lineNumber = "+74950000100"

// contacted is a contact as the database has it.
type contacted struct {
	Caller, RawCaller, RawName, Ticket, Linked, Customer string
}

// contacts are those of all calls so far, in the order of their arrival, once there are so many and all have ended.
func (s *stage) contacts(want int) (all []contacted) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("%d contacts have an end", want), func() error {
		all = nil
		rows, err := s.service.db.Query(s.t.Context(), `
			select caller, raw_caller, raw_name, ticket, linked, coalesce(customer_id::text, '') from contacts where ended_at is not null order by arrived_at, id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var c contacted
			if err := rows.Scan(&c.Caller, &c.RawCaller, &c.RawName, &c.Ticket, &c.Linked, &c.Customer); err != nil {
				return err
			}
			all = append(all, c)
		}
		if len(all) != want {
			return fmt.Errorf("there are %d", len(all))
		}
		return rows.Err()
	})
	return all
}

// waitsAndLeaves is a caller who waits in a queue and hangs up.
func (s *stage) waitsAndLeaves(o softphone.CallOptions) {
	s.t.Helper()
	call := s.callsAs(o)
	s.chooses(call, "3")
	s.waiting(1)
	s.hangsUp(call)
	s.waiting(0)
}

// TestNobodyIsKnownByWhatStandsInANumbersPlace: two strangers call whose networks send zeros, or something else that is no number of theirs, and the
// second has neither the first one's place nor their ticket. Two calls of an extension are one matter.
func TestNobodyIsKnownByWhatStandsInANumbersPlace(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) { c.Return = time.Minute }})
	nobodys := []string{"0", "000000", "5", "+", "s", "Unavailable", "9999999999", "+74950000100", "84950000100"}
	for _, number := range append(slices.Clone(nobodys), "7101") {
		for range 2 {
			s.waitsAndLeaves(softphone.CallOptions{From: number})
		}
	}
	all := s.contacts(2*len(nobodys) + 2)
	own := all[len(all)-2:]
	tickets := make(map[string]bool)
	for i, c := range all[:len(all)-2] {
		if number := nobodys[i/2]; c.Caller != "" || c.Customer != "" || c.Linked != "new" || tickets[c.Ticket] || c.RawCaller != number {
			t.Errorf("a caller with %q is %+v", number, c)
		}
		tickets[c.Ticket] = true
	}
	if own[0].Caller != "7101" || own[1].Caller != "7101" || own[0].Ticket != own[1].Ticket || own[1].Linked != "customer" {
		t.Errorf("an extension that calls twice is %+v", own)
	}
	s.eventually("the extension alone has its old place back", func() (err error) {
		var regained int
		if err = s.query(`select count(*) from decisions where kind = 'place_regained'`, &regained); err == nil && regained != 1 {
			err = fmt.Errorf("%d have", regained)
		}
		return err
	})
	s.nothingLeft()
}

// TestTheLineIsReachedHoweverItsNumberIsDialled: with the parameters of RFC 3966 and 4694, with separators, percent signs and a password, as a tel: address,
// and in the ways of the line's region. The ticket says the line's number each time, and another number is not found.
func TestTheLineIsReachedHoweverItsNumberIsDialled(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}})
	at := "@" + s.house.asterisk.SIPAddr
	reaches := []string{
		"sip:+74950000100;npdi" + at, "sip:+74950000100;npdi;rn=+7495000;cic=+17" + at, "sip:74950000100;phone-context=+7;isub=12;oli=0" + at,
		"sip:+74950000100" + at + ";user=phone", "SIP:+7-495-000-01-00" + at, "sip:+7.495.000.01.00" + at, "sip:8(495)0000100" + at, "sip:%28495%29%20000-01-00" + at,
		"sip:%2B74950000100" + at, "sip:+74950000100:secret" + at, "sip:84950000100" + at, "sip:4950000100" + at, "sip:0074950000100" + at, "sip:81074950000100" + at,
		"tel:+74950000100", "tel:+7-495-000-01-00;npdi", "tel:8495-0000100;phone-context=+7",
	}
	ctx, cancel := context.WithTimeout(t.Context(), atOnce)
	defer cancel()
	for _, to := range reaches {
		call, err := s.customer.Call(ctx, to, softphone.CallOptions{From: "+79160007301"})
		if err != nil {
			t.Errorf("%s: %v", to, err)
			continue
		}
		s.hangsUp(call)
	}
	for _, to := range []string{"sip:74950000101" + at, "sip:+7495000010" + at, "sip:+749500001000" + at, "sip:0100" + at, "sip:(x)" + at, "sip:s" + at, "sip:h" + at, "sip:i" + at, "tel:+74950000101"} {
		var refused *softphone.Refused
		if _, err := s.customer.Call(ctx, to, softphone.CallOptions{From: "+79160007301"}); !errors.As(err, &refused) || refused.Code != 404 {
			t.Errorf("%s, which is not the line's: %v", to, err)
		}
	}
	s.contacts(len(reaches))
	var dialled []string
	s.must(s.query(`select array_agg(distinct dialled) from contacts`, &dialled))
	if !slices.Equal(dialled, []string{lineNumber}) {
		t.Errorf("the contacts say that %q was dialled", dialled)
	}
	s.nothingLeft()
}

// TestAWithheldNumberIsShownToNobody: the network tells us the number of a caller who withholds it, in each of the ways that carriers have. It is neither
// on the agent's phone nor on their page, nor known by ticket and customer; the fact of the call alone keeps it.
func TestAWithheldNumberIsShownToNobody(t *testing.T) {
	t.Parallel()
	const number = "79160007"
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}})
	anonymous := "sip:anonymous@anonymous.invalid"
	asserted := `P-Asserted-Identity: "Ivan Petrov" <sip:+79160007402@127.0.0.1>`
	ways := []softphone.CallOptions{
		{FromName: "Anonymous", FromURI: anonymous, Lines: []string{asserted, "Privacy: id"}},
		{FromName: "Anonymous", FromURI: anonymous, Lines: []string{asserted, "P-Asserted-Identity: <tel:+79160007402>", "Privacy: id;critical"}},
		{FromName: "Anonymous", FromURI: anonymous, Lines: []string{asserted, "Privacy: none", "Privacy: header"}},
		{From: "+79160007403", FromName: "Ivan", Lines: []string{"Privacy: user"}},
		{From: "+79160007404", FromName: "Ivan", Lines: []string{`Remote-Party-ID: "Ivan" <sip:+79160007404@127.0.0.1>;party=calling;screen=yes;privacy=full`}},
		{From: "+79160007405", FromName: "Ivan", Lines: []string{`Remote-Party-ID: "Ivan" <sip:+79160007405@127.0.0.1>;party=calling;privacy=uri`}},
	}
	for _, o := range ways {
		s.waitsAndLeaves(o)
	}
	shown := []softphone.CallOptions{ // who does not withhold it is known
		{FromName: "Anonymous", FromURI: anonymous, Lines: []string{`Remote-Party-ID: <sip:+79160009901@127.0.0.1>;party=calling;privacy=off`}},
		{From: "+79160009902", Lines: []string{"Privacy: none"}},
	}
	for _, o := range shown {
		s.waitsAndLeaves(o)
	}
	anna := s.agent("anna").ready()
	call := s.callsAs(ways[0])
	s.chooses(call, "3")
	ringing := anna.rings()
	pop, err := json.Marshal(anna.until("offered", offered))
	s.must(err)
	if text := ringing.Text(); strings.Contains(text, number) || strings.Contains(text, "Ivan") || strings.Contains(string(pop), number) || strings.Contains(string(pop), "Ivan") {
		t.Errorf("the phone is told\n%s\nand the page %s", text, pop)
	}
	talk, err := ringing.Answer(t.Context())
	s.must(err)
	s.hearEachOther(call, talk)
	s.hangsUp(talk)
	s.gone(call)
	anna.finish("resolved")

	all := s.contacts(len(ways) + len(shown) + 1)
	for _, c := range append(all[:len(ways):len(ways)], all[len(all)-1]) {
		if c.Caller != "" || c.Customer != "" || strings.Contains(c.RawCaller+c.RawName, number) || strings.Contains(c.RawName, "Ivan") {
			t.Errorf("the contact is %+v", c)
		}
	}
	for i, c := range all[len(ways) : len(all)-1] {
		if want := fmt.Sprintf("+7916000990%d", i+1); c.Caller != want {
			t.Errorf("%s, who withholds nothing, is %+v", want, c)
		}
	}
	var kept int
	s.must(s.query(`select count(*) from facts where event->>'withheld' like '%79160007%'`, &kept))
	if kept != len(ways)+1 {
		t.Errorf("%d calls keep what was withheld", kept)
	}
	if them, err := s.service.tickets.Persons(t.Context(), "+79160007402", "+79160007402"); err != nil || len(them) != 1 {
		t.Errorf("who exports or erases a person by the number that they withhold finds %v, error %v", them, err)
	}
	s.showsTheOperatorWhatIsWithheld(all[0].Ticket, all[len(ways)].Ticket)
	s.nothingLeft()
}

// showsTheOperatorWhatIsWithheld looks at the calls of one ticket whose caller withheld their number, and of one whose caller did not.
func (s *stage) showsTheOperatorWhatIsWithheld(withheld, shown string) {
	s.t.Helper()
	var said strings.Builder
	s.must(withheldCommand{About: withheld}.show(s.t.Context(), s.service.tickets, &said, time.UTC))
	if !strings.Contains(said.String(), "Ivan Petrov <+79160007402>\n") {
		s.t.Errorf("the operator is shown %q", said.String())
	}
	var lines int
	s.must(s.query(`select count(*) from audit a join contacts c on c.id = a.subject where a.did = 'looked at a withheld number' and c.ticket = '`+withheld+`'`, &lines))
	if lines != strings.Count(said.String(), "\n") {
		s.t.Errorf("%d lines of the audit say so", lines)
	}
	if err := (withheldCommand{About: shown}).show(s.t.Context(), s.service.tickets, &said, time.UTC); err == nil || !strings.Contains(err.Error(), "no caller of") {
		s.t.Errorf("of a caller who withholds nothing is said %q, %v", said.String(), err)
	}
}

// TestAWithheldNumberIsHiddenWhereTheDialplanDoesNotSayThatItIs: the operator's own dialplan says Stasis(hotline) and no more.
func TestAWithheldNumberIsHiddenWhereTheDialplanDoesNotSayThatItIs(t *testing.T) {
	t.Parallel()
	const own = "+74950000199"
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}})
	if said, err := s.house.asterisk.CLI(t.Context(), "dialplan add extension "+own+",1,Stasis,"+s.config.Asterisk.App+" into line"); err != nil || !strings.Contains(said, "added") {
		t.Fatalf("%s, %v", said, err)
	}
	t.Cleanup(func() { _, _ = s.house.asterisk.CLI(context.Background(), "dialplan remove extension "+own+"@line") })
	for i, o := range []softphone.CallOptions{
		{FromName: "Anonymous", FromURI: "sip:anonymous@anonymous.invalid", Lines: []string{`P-Asserted-Identity: "Ivan" <sip:+79160007701@127.0.0.1>`, "Privacy: id"}},
		{From: "+79160007702", FromName: "Ivan", Lines: []string{"Privacy: user"}}, // of which CALLERID says nothing
		{From: "+79160007703", FromName: "Ivan", Lines: []string{"Privacy: none", `Remote-Party-ID: <sip:+79160007703@127.0.0.1>;party=calling;privacy=uri`}},
		{From: "+79160007704", FromName: "Ivan"},
	} {
		call, err := s.customer.Call(t.Context(), own, o)
		s.must(err)
		s.hangsUp(call)
		all := s.contacts(i + 1)
		if c := all[i]; (i < 3) != (c.Caller == "") || i == 3 && c.Caller != "+79160007704" {
			t.Errorf("call %d is known as %+v", i, c)
		}
	}
	s.nothingLeft()
}

// TestACallersOwnNameStandsAtTheirSecondCall: the first call has made a provisional customer of the unknown number, whom nobody has named.
func TestACallersOwnNameStandsAtTheirSecondCall(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}})
	anna := s.agent("anna").ready()
	for i, o := range []softphone.CallOptions{
		{From: "+79160007501", FromName: "Pizzeria Napoli"}, {From: "+79160007501", FromName: "Pizzeria Napoli"}, {From: "+79160007501", FromName: "Anonymous"},
	} {
		shown := []string{"Pizzeria Napoli", "Pizzeria Napoli", "+79160007501"}[i] // a number where there is no name
		call := s.callsAs(o)
		s.chooses(call, "3")
		ringing := anna.rings()
		if ringing.FromName != shown {
			t.Errorf("call %d: the phone shows %q, not %q", i+1, ringing.FromName, shown)
		}
		talk, err := ringing.Answer(t.Context())
		s.must(err)
		anna.talking()
		s.hangsUp(talk)
		s.gone(call)
		anna.finish("resolved")
		anna.until("the call is in the list", func(me agentapi.Me) bool {
			return len(me.Recent) == i+1 && (me.Recent[0].Name == shown || i == 2 && me.Recent[0].Name == "")
		})
	}
	s.nothingLeft()
}
