package main

import (
	"strings"
	"testing"

	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// outsider is who a queue leads callers to when nobody is there.
const outsider = "+74950000210"

// leadsOutside is a line that leads all callers to a number outside.
func leadsOutside(t *testing.T, configure func(*config.Config)) (*stage, *softphone.Phone) {
	t.Helper()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) {
		configure(c)
		for i := range c.Queues {
			c.Queues[i].Overflow = []config.Overflow{{NobodyThere: true, To: config.Destination{Number: outsider}}}
		}
	}})
	carrier, err := s.exchange.Phone(softphone.Options{User: outsider})
	s.must(err)
	return s, carrier
}

// ledOutside calls, and gives the INVITE that the carrier gets of it. The carrier refuses with 403 where it shows another number than one that
// may be shown, and else takes the call.
func (s *stage) ledOutside(carrier *softphone.Phone, o softphone.CallOptions, mayShow string) *softphone.Ringing {
	s.t.Helper()
	call := s.callsAs(o)
	s.chooses(call, "3")
	invite, err := carrier.Incoming(s.t.Context())
	s.must(err)
	if invite.From != mayShow {
		invite.Reject(403)
		s.t.Errorf("From of the call that was led outside is %q, and the carrier takes %q alone", invite.From, mayShow)
		s.hangsUp(call)
		return invite
	}
	outside, err := invite.Answer(s.t.Context())
	s.must(err)
	s.hearEachOther(call, outside)
	s.hangsUp(call)
	<-outside.Done()
	return invite
}

func TestCarrierThatRefusesForeignNumbersTakesACallerWhoIsLedOutside(t *testing.T) {
	t.Parallel()
	const number = "+79160007601"
	s, carrier := leadsOutside(t, func(*config.Config) {})
	invite := s.ledOutside(carrier, softphone.CallOptions{From: number, FromName: "Ivan"}, s.house.asterisk.Number)
	if d := invite.Header("Diversion"); !strings.Contains(d, "<sip:"+number+"@") {
		t.Errorf("Diversion is %q", d)
	}
	if before, _, _ := strings.Cut(invite.Text(), "Diversion:"); strings.Contains(before, number) || strings.Contains(invite.Text(), "Ivan") {
		t.Errorf("the caller is told elsewhere, too:\n%s", invite.Text())
	}
	s.nothingLeft()
}

func TestCallerWhoWithholdsTheirNumberIsNotToldOutside(t *testing.T) {
	t.Parallel()
	const number = "+79160007602"
	for shows, beside := range map[string]string{"line": "asserted", "caller": "diversion"} {
		t.Run(shows+" "+beside, func(t *testing.T) {
			s, carrier := leadsOutside(t, func(c *config.Config) { c.Asterisk.Shows, c.Asterisk.Beside = shows, beside })
			withheld := softphone.CallOptions{From: number, FromName: "Ivan", Lines: []string{"Privacy: id"}}
			if text := s.ledOutside(carrier, withheld, s.house.asterisk.Number).Text(); strings.Contains(text, number[2:]) || strings.Contains(text, "Ivan") {
				t.Errorf("who withholds their number is told outside:\n%s", text)
			}
			s.nothingLeft()
		})
	}
}

func TestCallerIsToldOutsideAsTheConfigurationHasIt(t *testing.T) {
	t.Parallel()
	const number = "+79160007603"
	for _, c := range []struct{ shows, beside, from, header, value string }{
		{"line", "asserted", lineNumber, "P-Asserted-Identity", "<tel:" + number + ">"},
		{"line", "none", lineNumber, "", ""},
		{"caller", "diversion", number, "Diversion", "<sip:" + lineNumber + "@"},
	} {
		t.Run(c.shows+" "+c.beside, func(t *testing.T) {
			s, carrier := leadsOutside(t, func(conf *config.Config) { conf.Asterisk.Shows, conf.Asterisk.Beside = c.shows, c.beside })
			invite := s.ledOutside(carrier, softphone.CallOptions{From: number}, c.from)
			for _, header := range []string{"P-Asserted-Identity", "Diversion"} {
				told := strings.TrimSpace(invite.Header(header))
				if header == c.header && !strings.HasPrefix(told, c.value) || header != c.header && told != "" {
					t.Errorf("%s is %q", header, told)
				}
			}
			s.nothingLeft()
		})
	}
}
