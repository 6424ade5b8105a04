package main

import (
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
)

func TestCallerWhoseNumberIsAPhonesIDIsACaller(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}})
	anna := s.agent("anna").ready()
	call := s.calls("101")
	s.chooses(call, "3")
	talk := anna.answers()
	anna.talking()
	s.hearEachOther(call, talk)
	s.hangsUp(call)
	s.gone(talk)
	anna.finish("resolved")
	if c := s.contact("101"); c.Ticket == "" || c.Outcome != "served" {
		t.Errorf("the contact is %+v", c)
	}
	s.nothingLeft()
}

// A scan learns nothing: whoever has no password of theirs is answered alike, be there a phone of that name or not.
func TestScanDoesNotTellPhonesFromStrangers(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}})
	s.agent("anna") // 101 is registered, 102 is not
	const authorization = `Authorization: Digest username="%s",realm="asterisk",nonce="1764374400/0123456789abcdef0123456789abcdef",uri="sip:127.0.0.1",response="0123456789abcdef0123456789abcdef",algorithm=MD5,opaque="1",cnonce="1",qop=auth,nc=00000001` + "\r\n"
	requests := map[string]func(user string) string{
		"REGISTER": func(user string) string { return sipRequest("REGISTER", "sip:127.0.0.1", user, user, "") },
		"REGISTER with a wrong password": func(user string) string {
			return sipRequest("REGISTER", "sip:127.0.0.1", user, user, fmt.Sprintf(authorization, user))
		},
		"REGISTER for somebody else":       func(user string) string { return sipRequest("REGISTER", "sip:127.0.0.1", "stranger", user, "") },
		"REGISTER at an address with name": func(user string) string { return sipRequest("REGISTER", "sip:"+user+"@127.0.0.1", user, user, "") },
		"OPTIONS":                          func(user string) string { return sipRequest("OPTIONS", "sip:"+user+"@127.0.0.1", "stranger", user, "") },
		"OPTIONS as them":                  func(user string) string { return sipRequest("OPTIONS", "sip:127.0.0.1", user, user, "") },
		"SUBSCRIBE": func(user string) string {
			return sipRequest("SUBSCRIBE", "sip:"+user+"@127.0.0.1", "stranger", user, "Event: presence\r\n")
		},
		"INVITE to them": func(user string) string { return sipRequest("INVITE", "sip:"+user+"@127.0.0.1", "stranger", user, "") },
		"INVITE as them": func(user string) string { return sipRequest("INVITE", "sip:*43@127.0.0.1", user, "*43", "") },
		"MESSAGE":        func(user string) string { return sipRequest("MESSAGE", "sip:"+user+"@127.0.0.1", "stranger", user, "") },
	}
	for name, request := range requests {
		t.Run(name, func(t *testing.T) {
			nobody := s.answerTo(t, request("999"), "999")
			for _, user := range []string{"101", "102"} {
				if answer := s.answerTo(t, request(user), user); answer != nobody {
					t.Errorf("for phone %s:\n%s\nand where there is no phone:\n%s", user, answer, nobody)
				}
			}
		})
	}
}

// sipRequest is a request as a scanner sends it.
func sipRequest(method, uri, from, to, headers string) string {
	at := time.Now().UnixNano()
	return fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5099;rport;branch=z9hG4bK%d\r\nMax-Forwards: 70\r\n"+
		"From: <sip:%s@127.0.0.1>;tag=%d\r\nTo: <sip:%s@127.0.0.1>\r\nCall-ID: %d\r\nCSeq: 1 %s\r\nContact: <sip:%[4]s@127.0.0.1:5099>\r\nExpires: 60\r\n%[9]sContent-Length: 0\r\n\r\n",
		method, uri, at, from, at, to, at, method, headers)
}

// whatDiffers is what two answers may differ in, their content alike.
var whatDiffers = regexp.MustCompile(`(?m)^(Via|Call-ID|From|To|Date|Contact): .*\r\n|nonce="[^"]*"|opaque="[^"]*"`)

// answerTo sends a request over UDP, and is the first answer other than 100, without what differs between any two, the name that
// was asked for included.
func (s *stage) answerTo(t *testing.T, request, user string) string {
	t.Helper()
	conn, err := net.Dial("udp", s.house.asterisk.SIPAddr)
	s.must(err)
	defer conn.Close()
	s.must(conn.SetDeadline(time.Now().Add(atOnce)))
	_, err = conn.Write([]byte(request))
	s.must(err)
	buffer := make([]byte, 4096)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			t.Fatalf("no answer to\n%s", request)
		}
		if answer := string(buffer[:n]); !strings.HasPrefix(answer, "SIP/2.0 100") {
			return strings.ReplaceAll(whatDiffers.ReplaceAllString(answer, ""), user, "USER")
		}
	}
}
