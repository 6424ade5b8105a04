package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"hotline/agentapi/pages"
	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/demo"
	"hotline/telephony/softphone"
	"hotline/tickets"
)

// The reader's seat is worked by a real Chromium. A browser and Asterisk exchange media on an address other than
// loopback only, so the test starts itself a second time, in a network of its own that has one:
//
//	go test ──► TestReadersSeatInARealBrowser, outside: makes the network namespace, reads the verdict
//	               └─► the same test, inside: a veth pair with an address; then for each language
//	                      PostgreSQL, Asterisk, Hotline ◄──── a customer's SIP phone
//	                                    ▲      ▲
//	                             wall.mjs      seat.mjs       node and Chromium, from agentapi/pages/e2e
//
// Who may not make a namespace has the machine's own network instead, as the demo has. SIP, ARI and the pages are on
// loopback in both, media alone is not.

const (
	// insideNetwork tells the test that it is inside, and what network that is.
	insideNetwork = "HOTLINE_TEST_NETWORK"
	namespace     = "namespace"
	machine       = "machine"

	insideAddress = "198.51.100.1"   // TEST-NET-2 (RFC 5737): nobody's
	insideTime    = 20 * time.Minute // ten times what it takes; packages of a bare Debian come slowly on a busy machine
	pagesFolder   = "../../agentapi/pages"
)

func TestReadersSeatInARealBrowser(t *testing.T) {
	languages := []string{"ru", "en"}
	if network := os.Getenv(insideNetwork); network != "" {
		if network == namespace {
			setUpNetwork(t)
		}
		for _, language := range languages {
			t.Run(language, func(t *testing.T) { workTheSeat(t, language) })
		}
		return
	}
	browserIsThere(t)
	said, err := goInside(t, namespace)
	if errors.Is(err, os.ErrPermission) {
		if demo.OwnAddress() == nil {
			t.Skip("the desk's own phone in a real Chromium: needs root, for a network namespace, or an address other than loopback")
		}
		t.Log("no right to a network namespace: in the machine's own network instead")
		said, err = goInside(t, machine)
	}
	if err != nil {
		t.Fatalf("inside: %v\n%s", err, said)
	}
	for _, language := range languages {
		if verdict := "--- PASS: " + t.Name() + "/" + language + " "; !strings.Contains(said, verdict) {
			t.Errorf("inside, nothing says %q:\n%s", verdict, said)
		}
	}
}

// browserIsThere names what is missing, before anything is started.
func browserIsThere(t *testing.T) {
	t.Helper()
	index, err := pages.FS().Open("index.html")
	if err != nil {
		t.Fatal("the pages are not built into this program: make pages")
	}
	_ = index.Close()
	if _, err := os.Stat(pagesFolder + "/node_modules/playwright-core"); err != nil {
		t.Fatal("the browser's scripts lack playwright-core: make pages")
	}
	chromium := os.Getenv("CHROMIUM")
	if chromium == "" {
		chromium = "/usr/bin/chromium"
	}
	for _, program := range []string{"node", "ip", chromium} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v (deploy/setup.sh installs what is missing)", err)
		}
	}
}

// goInside runs this test once more, and returns what it says with a bar before each line, so that nobody takes its
// verdicts for those of this process.
func goInside(t *testing.T, network string, settings ...string) (string, error) {
	t.Helper()
	limit := insideTime
	if deadline, ok := t.Deadline(); ok {
		limit = min(limit, time.Until(deadline)-10*time.Second)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit+5*time.Second)
	defer cancel()
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, self, "-test.run", "^"+t.Name()+"$", "-test.v", "-test.timeout", limit.String())
	cmd.Env = append(append(os.Environ(), insideNetwork+"="+network), settings...)
	if network == namespace {
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	}
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	return "| " + strings.ReplaceAll(strings.TrimSpace(string(out)), "\n", "\n| "), err
}

// inNetwork does something in a network of its own, where a browser's phone has media.
func inNetwork(t *testing.T, does func(*testing.T)) {
	t.Helper()
	if network := os.Getenv(insideNetwork); network != "" {
		if network == namespace {
			setUpNetwork(t)
		}
		does(t)
		return
	}
	browserIsThere(t)
	said, err := goInside(t, namespace)
	if errors.Is(err, os.ErrPermission) {
		t.Skip("a phone in a real Chromium: needs root, for a network namespace")
	}
	if err != nil || !strings.Contains(said, "--- PASS: "+t.Name()) {
		t.Fatalf("inside: %v\n%s", err, said)
	}
}

// setUpNetwork gives the namespace, which is empty, loopback and an address.
func setUpNetwork(t *testing.T) {
	t.Helper()
	for _, command := range []string{
		"link set lo up",
		"link add house type veth peer name street",
		"addr add " + insideAddress + "/24 dev house",
		"link set house up",
		"link set street up",
	} {
		if out, err := exec.CommandContext(t.Context(), "ip", strings.Fields(command)...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v: %s", command, err, out)
		}
	}
}

// seatWords are what differs between the languages. In Russian the customer hangs up, and the page is reloaded in the
// wrap-up; in English the seat hangs up.
var seatWords = map[string]struct{ digits, path, talking, why, seatHangsUp, reload string }{
	"ru": {"13", "Техническая поддержка", "Разговор · Техническая поддержка", "Вера Лунина: больше никто не подходит", "0", "1"},
	"en": {"23", "Technical support", "Talking · Technical support", "Вера Лунина: nobody else could take it", "1", "0"},
}

// workTheSeat is one call at the seat, from the sign-in to the sign-out, with the wall beside it. The scripts check what
// the pages show and hear, and that everybody can use them; here is checked what the customer hears, and what remains.
func workTheSeat(t *testing.T, language string) {
	const (
		number = "+74952001001"
		tone   = 1000 // the customer's
	)
	seat := person("you", "107")
	seat.Name, seat.Seat, seat.PhoneSecret = "Вера Лунина", true, config.Secret{}
	olga := config.Person{ID: "olga", Login: "olga", Name: "Olga", Role: "supervisor", Language: language, Password: config.SecretOf("password-olga")}
	s := raise(t, stageOptions{
		people: []config.Person{seat, olga}, seeds: []tickets.Seed{ivanov(number)},
		configure: func(c *config.Config) {
			for i := range c.Queues { // a browser on a busy machine takes its time
				c.Queues[i].OfferTimeout, c.Queues[i].WrapUp = 30*time.Second, 2*time.Minute
			}
		},
	})
	words := seatWords[language]
	expected, err := json.Marshal(map[string]string{"name": "Иван Иванов", "match": "exact", "path": words.path, "queue": words.path})
	s.must(err)
	desk := s.script("seat", map[string]string{
		"LOGIN": seat.Login, "PASSWORD": seat.Password.Text(), "LANGUAGE": language, "EXPECT": string(expected), "TONE_HZ": fmt.Sprint(tone),
		"TALK_S": "6", "HANG_UP": words.seatHangsUp, "HOLD_S": "4", "RELOAD": words.reload, "NOTE": "note in " + language, "CALL_BACK": words.seatHangsUp,
	})
	desk.awaits("ready")
	wall := s.script("wall", map[string]string{
		"LOGIN": olga.Login, "PASSWORD": olga.Password.Text(), "LANGUAGE": language,
		"AT_LEAST": `{"calls": 1, "answered": 1, "signed_in": 1}`, "TEXT": words.talking + "|" + seat.Name, "ASK": string(seat.ID), "WHY": words.why, "LIVE_S": "2",
	})
	wall.awaits("live")

	home, err := s.exchange.Phone(softphone.Options{User: number, Keep: time.Minute}) // before the seat can call it
	s.must(err)
	call := s.calls(number)
	s.must(call.PlayTone(tone))
	s.must(call.Digits(t.Context(), words.digits))
	desk.awaits("talking")
	s.hearsMicrophone(call)
	desk.awaits("heard")
	desk.awaits("on_hold")
	s.hearsMusic(call)
	desk.awaits("resumed")
	s.hearsMicrophone(call)
	desk.awaits("heard_again")
	wall.awaits("texts")
	if words.seatHangsUp != "1" {
		s.hangsUp(call)
	}
	wall.awaits("ok")
	if words.seatHangsUp == "1" { // and calls the customer from the list of recent calls
		s.gone(call)
		soon, cancel := context.WithTimeout(t.Context(), atOnce)
		defer cancel()
		ringing, err := home.Incoming(soon)
		if err != nil {
			t.Fatalf("the customer whom the seat calls is not rung: %v", err)
		}
		back, err := ringing.Answer(t.Context())
		s.must(err)
		s.must(back.PlayTone(tone))
		s.hearsMicrophone(back)
		desk.awaits("called_back")
		s.gone(back)
	}
	desk.awaits("ok")
	s.gone(call) // after "good-bye", where the seat hung up
	if pop, invite := desk.line("pop_frame"), desk.line("invite"); pop > invite {
		t.Errorf("the seat's phone rang before its pop came")
	}
	s.nothingLeft()
	if c := s.contact(number); c.Outcome != "served" || c.Disposition != "resolved" || c.Agent != "you" {
		t.Errorf("the contact is %+v", c)
	}
	var note string
	s.must(s.service.db.QueryRow(t.Context(), `select note from contacts where caller = $1 order by arrived_at limit 1`, number).Scan(&note))
	if note != "note in "+language {
		t.Errorf("the note is %q", note)
	}
}
