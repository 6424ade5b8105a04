package private_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"hotline/deploy"
	"hotline/deploy/private"
)

const number = "+78005550100"

func startAsterisk(t *testing.T, opt private.AsteriskOptions) *private.Asterisk {
	t.Helper()
	opt.Number = number
	opt.MediaPorts = 1000
	a, err := private.StartAsterisk(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if t.Failed() {
			log, _ := os.ReadFile(a.Log)
			t.Logf("Asterisk's log:\n%s", log)
		}
		if err := a.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return a
}

// ari sends a request and fails the test when it is refused.
func ari(t *testing.T, a *private.Asterisk, method, path string, query url.Values) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, a.ARIURL+path+"?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(a.ARIUser, a.ARIPassword)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		t.Fatalf("%s %s: %s", method, path, res.Status)
	}
	var body json.RawMessage
	_ = json.NewDecoder(res.Body).Decode(&body) // some answers have none
	return body
}

// call dials the line from inside: a local channel runs the dialplan as a customer's would. The other half listens to
// itself.
func call(t *testing.T, a *private.Asterisk, id, caller string) {
	t.Helper()
	ari(t, a, http.MethodPost, "/channels", url.Values{
		"endpoint": {"Local/" + number + "@line/n"}, "context": {"phones"}, "extension": {"*43"}, "priority": {"1"},
		"channelId": {id}, "callerId": {caller}, "timeout": {"60"},
	})
}

// listen connects as the application, and returns the events' types with the channel's id.
func listen(t *testing.T, a *private.Asterisk) *websocket.Conn {
	t.Helper()
	ws := strings.Replace(a.ARIURL, "http", "ws", 1) + "/events?" + url.Values{
		"app": {"hotline"}, "api_key": {a.ARIUser + ":" + a.ARIPassword}}.Encode()
	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), ws, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// awaitEvent reads until an event of the type, and returns its channel's id.
func awaitEvent(t *testing.T, conn *websocket.Conn, kind string) string {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		var ev struct {
			Type    string
			Args    []string
			Channel struct{ ID string }
		}
		if err := conn.ReadJSON(&ev); err != nil {
			t.Fatalf("waiting for %s: %v", kind, err)
		}
		if ev.Type == kind {
			if kind == "StasisStart" && (len(ev.Args) == 0 || ev.Args[0] != "line") {
				t.Errorf("arguments of Stasis: %q", ev.Args)
			}
			return ev.Channel.ID
		}
	}
}

// reserved returns the noted calls, once Asterisk has no channels left.
func reserved(t *testing.T, a *private.Asterisk) [][]string {
	t.Helper()
	eventually(t, "no channels left", func() bool {
		return string(ari(t, a, http.MethodGet, "/channels", nil)) == "[]"
	})
	f, err := os.Open(a.ReserveFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// eventually asks again until it is so: Asterisk offers no event for what the tests ask for so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for !so() {
		select {
		case <-ctx.Done():
			t.Fatalf("still not: %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func TestACallThatNobodyTakesHearsTheReserveModeAndIsNoted(t *testing.T) {
	t.Parallel()
	a := startAsterisk(t, private.AsteriskOptions{Patience: 2, Prompts: private.Prompts{
		"ru": {"reserve": "Да."}, "en": {"reserve": "Yes."}}})
	before := time.Now().Unix()
	call(t, a, "unlucky", `"Robert'); DROP, ${SHELL(id)}" <+79161234567>`)
	rows := reserved(t, a)
	if len(rows) != 1 || len(rows[0]) != 12 {
		t.Fatalf("noted: %q", rows)
	}
	r := rows[0]
	if r[0] != "reserve" {
		t.Errorf("how: %q", r[0])
	}
	after := time.Now().Unix()
	at, err := strconv.ParseInt(r[2], 10, 64)
	if err != nil || at < before || at > after {
		t.Errorf("arrived at %q, called at %d", r[2], before)
	}
	if seconds, err := strconv.ParseInt(r[3], 10, 64); err != nil || seconds < 3 || at+seconds > after+1 {
		t.Errorf("lasted %q s until %d: two of patience, and both announcements", r[3], after)
	}
	from, _ := url.PathUnescape(r[4])
	name, _ := url.PathUnescape(r[5])
	if from != "+79161234567" || name != `Robert'); DROP, ${SHELL(id)}` {
		t.Errorf("from %q, name %q", from, name)
	}
}

func TestACallerWhoLeavesWhileHotlineIsAwayIsNoted(t *testing.T) {
	t.Parallel()
	a := startAsterisk(t, private.AsteriskOptions{})
	call(t, a, "impatient", "Ivan <100>")
	eventually(t, "the line rings", func() bool {
		return strings.Contains(string(ari(t, a, http.MethodGet, "/channels", nil)), `"app_name":"Wait"`)
	})
	ari(t, a, http.MethodDelete, "/channels/impatient", nil)
	if rows := reserved(t, a); len(rows) != 1 || rows[0][0] != "abandoned" || rows[0][4] != "100" {
		t.Errorf("noted: %q", rows)
	}
}

func TestACallWaitsForARestartOfHotlineAndIsThenTakenOnce(t *testing.T) {
	t.Parallel()
	a := startAsterisk(t, private.AsteriskOptions{})
	call(t, a, "patient", "Ivan <100>")
	eventually(t, "the line rings", func() bool {
		return strings.Contains(string(ari(t, a, http.MethodGet, "/channels", nil)), `"app_name":"Wait"`)
	})
	conn := listen(t, a)
	channel := awaitEvent(t, conn, "StasisStart")

	// Hotline dies: the call stays where it is.
	_ = conn.Close()
	ari(t, a, http.MethodGet, "/channels/"+channel, nil)

	// It is hung up by the application, the next by the caller, both known to Hotline: neither is the dialplan's to note. The third leaves before Hotline has
	// marked it.
	known := func(channel string) {
		ari(t, a, http.MethodPost, "/channels/"+channel+"/variable", url.Values{"variable": {"HOTLINE_NOTE"}, "value": {"e30"}})
	}
	known(channel)
	ari(t, a, http.MethodDelete, "/channels/"+channel, nil)
	eventually(t, "the connection is known to be gone, whose end would take the application of the next one along", func() bool {
		return !strings.Contains(string(ari(t, a, http.MethodGet, "/applications", nil)), `"name":"hotline"`)
	})
	conn = listen(t, a)
	call(t, a, "leaving", "Ivan <100>")
	known(awaitEvent(t, conn, "StasisStart"))
	ari(t, a, http.MethodDelete, "/channels/leaving", nil)
	awaitEvent(t, conn, "StasisEnd")
	call(t, a, "unknown", "Olga <101>")
	awaitEvent(t, conn, "StasisStart")
	ari(t, a, http.MethodDelete, "/channels/unknown", nil)
	awaitEvent(t, conn, "StasisEnd")
	if rows := reserved(t, a); len(rows) != 1 || rows[0][0] != "abandoned" || rows[0][4] != "101" {
		t.Errorf("noted: %q", rows)
	}
}

// A Hotline that is connected and says nothing, because it hangs or the network between is frozen, gets no calls: the reserve mode takes them.
func TestAHotlineOfWhichNothingIsHeardGetsNoCalls(t *testing.T) {
	t.Parallel()
	a := startAsterisk(t, private.AsteriskOptions{Patience: 2, Prompts: private.Prompts{"ru": {"reserve": "Да."}, "en": {"reserve": "Yes."}}})
	conn := listen(t, a)
	says := func(what string, ago time.Duration) {
		ari(t, a, http.MethodPost, "/asterisk/variable", url.Values{"variable": {what}, "value": {fmt.Sprint(time.Now().Add(-ago).Unix())}})
	}
	says("HOTLINE_HEARD", time.Minute)
	call(t, a, "unlucky", "Ivan <100>")
	if rows := reserved(t, a); len(rows) != 1 || rows[0][0] != "reserve" || rows[0][4] != "100" {
		t.Errorf("noted: %q", rows)
	}
	says("HOTLINE_HEARD", 0)
	says("HOTLINE_FULL", -time.Minute) // said anew each second
	call(t, a, "toomany", "Olga <101>")
	if rows := reserved(t, a); len(rows) != 2 || rows[1][0] != "reserve" || rows[1][4] != "101" {
		t.Errorf("noted: %q", rows)
	}
	says("HOTLINE_HEARD", 0)
	says("HOTLINE_FULL", 5*time.Second) // by one that is gone
	call(t, a, "lucky", "Ivan <100>")
	awaitEvent(t, conn, "StasisStart")
}

// TestNothingIsToldOfVariables: they are a third of all that Asterisk would tell of a call, to nobody.
func TestNothingIsToldOfVariables(t *testing.T) {
	t.Parallel()
	a := startAsterisk(t, private.AsteriskOptions{})
	conn := listen(t, a)
	ari(t, a, http.MethodPost, "/channels/create", url.Values{"endpoint": {"Local/*43@phones/n"}, "channelId": {"one"}, "app": {"hotline"}, "appArgs": {"line"}})
	awaitEvent(t, conn, "StasisStart")
	ari(t, a, http.MethodPost, "/channels/one/variable", url.Values{"variable": {"COLOUR"}, "value": {"blue"}})
	if value := string(ari(t, a, http.MethodGet, "/channels/one/variable", url.Values{"variable": {"COLOUR"}})); value != `{"value":"blue"}` {
		t.Errorf("the variable is %s", value)
	}
	ari(t, a, http.MethodDelete, "/channels/one", nil)
	for {
		var event struct{ Type string }
		if err := conn.ReadJSON(&event); err != nil {
			t.Fatal(err)
		}
		switch event.Type {
		case "ChannelVarset":
			t.Fatal("a variable is told of")
		case "StasisEnd":
			return
		}
	}
}

// TestEachCommandForAsteriskThatIsWrittenDownIsOne: the modules that are loaded leave out some that other Asterisks have. The first one of trunk.conf brings what was written there.
func TestEachCommandForAsteriskThatIsWrittenDownIsOne(t *testing.T) {
	t.Parallel()
	a := startAsterisk(t, private.AsteriskOptions{})
	files, err := filepath.Glob(filepath.Join(a.Dir, "*", "pjsip.conf"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the files of Asterisk are %v, %v", files, err)
	}
	pjsip, err := os.OpenFile(files[0], os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = pjsip.Write(deploy.Trunk)
		err = errors.Join(err, pjsip.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	typed := regexp.MustCompile(`asterisk -rx '([^']+)'`)
	for _, file := range []string{"asterisk/trunk.conf", "hotline.yaml", "monitoring/RUNBOOK.md", "../README.md"} {
		text, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		commands := typed.FindAllStringSubmatch(string(text), -1)
		if len(commands) == 0 {
			t.Errorf("%s has no command for Asterisk", file)
		}
		for _, command := range commands {
			said, err := a.CLI(t.Context(), command[1])
			if err != nil || strings.Contains(said, "No such") || strings.Contains(said, "Unable to find") {
				t.Errorf("%s: of %q Asterisk says %q, %v", file, command[1], said, err)
			}
		}
	}
}

func TestTwoInstancesRunBesideEachOther(t *testing.T) {
	t.Parallel()
	a := startAsterisk(t, private.AsteriskOptions{})
	b := startAsterisk(t, private.AsteriskOptions{})
	if a.SIPAddr == b.SIPAddr || a.ARIURL == b.ARIURL || a.ARIPassword == b.ARIPassword || a.Dir == b.Dir {
		t.Errorf("they share something: %+v %+v", a, b)
	}
	for _, one := range []*private.Asterisk{a, b} {
		out, err := one.CLI(t.Context(), "core show channels count")
		if err != nil || !strings.Contains(out, "0 active channels") {
			t.Errorf("its console: %q, %v", out, err)
		}
	}
}

func TestAsteriskStartsAgainAfterAKillAtTheSameAddress(t *testing.T) {
	t.Parallel()
	a := startAsterisk(t, private.AsteriskOptions{})
	pid := a.PID()
	a.Kill()
	<-a.Ended()
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a.PID() == pid {
		t.Error("it is the same process")
	}
	ari(t, a, http.MethodGet, "/asterisk/info", nil)
}

// The owner is another process: this test's program again, see TestMain.
func TestAsteriskOfADeadOwnerLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	owner, said := startOwner(t, "asterisk", "")
	pid, dir, _ := strings.Cut(said, " ")
	_ = owner.Process.Kill()
	_ = owner.Wait()
	eventually(t, "the kernel has ended it", func() bool {
		_, err := os.Stat(filepath.Join("/proc", pid))
		return os.IsNotExist(err)
	})
	startAsterisk(t, private.AsteriskOptions{})
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("its folder is still there: %v", err)
	}
}

func TestStopLeavesNoFolder(t *testing.T) {
	t.Parallel()
	a := startAsterisk(t, private.AsteriskOptions{})
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(a.Dir); !os.IsNotExist(err) {
		t.Errorf("its folder: %v", err)
	}
}

func TestPromptsAreSpokenInBothLanguages(t *testing.T) {
	t.Parallel()
	a := startAsterisk(t, private.AsteriskOptions{Prompts: private.Prompts{
		"ru": {"welcome": "Здравствуйте!"}, "en": {"welcome": "Hello!"}}})
	var sounds []struct {
		ID      string
		Formats []struct{ Language, Format string }
	}
	if err := json.Unmarshal(ari(t, a, http.MethodGet, "/sounds", nil), &sounds); err != nil {
		t.Fatal(err)
	}
	found := make(map[string]string) // sound → its languages
	for _, s := range sounds {
		for _, f := range s.Formats {
			found[s.ID] += f.Language + " "
		}
	}
	for _, id := range []string{"hotline/welcome", "hotline/reserve", "digits/7"} {
		if l := found[id]; !strings.Contains(l, "ru") || !strings.Contains(l, "en") {
			t.Errorf("sound %s has languages %q", id, l)
		}
	}
}

func TestBadOptionsAreNamed(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	for want, opt := range map[string]private.AsteriskOptions{
		`number "8 800"`:                 {Number: "8 800"},
		`address "::"`:                   {Number: number, Address: "::"},
		"ARI port " + strconv.Itoa(port): {Number: number, HTTPPort: port},
		`language "de"`:                  {Number: number, Prompts: private.Prompts{"de": {"welcome": "Hallo"}}},
		`"../welcome"`:                   {Number: number, Prompts: private.Prompts{"en": {"../welcome": "Hello"}}},
		`"welcome" in "en" has no`:       {Number: number, Prompts: private.Prompts{"en": {"welcome": " "}}},
	} {
		if _, err := private.StartAsterisk(t.Context(), opt); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s named, got: %v", want, err)
		}
	}
}
