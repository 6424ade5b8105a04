package asterisk

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"hotline/telephony"
)

// watch is a Hotline that keeps what it was told of phones.
type watch struct {
	mu   sync.Mutex
	told []string
}

func (w *watch) ParseNumber(raw string) telephony.Number { return testNumber(raw) }
func (w *watch) ParseCaller(raw string) telephony.Number { return testNumber(raw) }

func (w *watch) PhoneChanged(id string, reachable bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, map[bool]string{true: "+", false: "-"}[reachable]+id)
}

func (w *watch) all() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.told, " ")
}

func TestPhonesArePushedAfterEachStartOfAsterisk(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	if err := s.Provision(whole(t), telephony.Phone{ID: "7", Secret: "one"}); err != nil {
		t.Fatal(err)
	}
	line, _ := calls()
	running(t, s, line)
	if pushed := a.were("PUT asterisk/config/dynamic/res_pjsip"); len(pushed) != 3 || !strings.Contains(pushed[2].URI, "/endpoint/7") {
		t.Errorf("pushed %v", pushed)
	}
	if err := s.Provision(whole(t), telephony.Phone{ID: "8", Secret: "two", WebRTC: true}); err != nil {
		t.Fatal(err)
	}
	if pushed := a.were("endpoint/8"); len(pushed) != 1 || !strings.Contains(pushed[0].Body, `{"attribute":"webrtc","value":"yes"}`) ||
		!strings.Contains(pushed[0].Body, `{"attribute":"rtp_timeout","value":"12"}`) {
		t.Errorf("pushed %v", pushed)
	}
	// The same Asterisk still has them, but not what the application asked to be told.
	a.forget()
	a.drop("hotline")
	await(t, "it is back", func() bool { return s.Stats().Reconnects == 1 })
	if pushed := a.were("PUT asterisk/config"); len(pushed) != 0 || len(a.were("subscription")) != 2 {
		t.Errorf("pushed %v", pushed)
	}
	// Another start of Asterisk.
	a.mu.Lock()
	a.started = "2026-11-22T03:00:00.000+0000"
	a.mu.Unlock()
	a.forget()
	a.drop("hotline")
	await(t, "it is back", func() bool { return s.Stats().Reconnects == 2 })
	if pushed := a.were("PUT asterisk/config"); len(pushed) != 6 {
		t.Errorf("pushed %v", pushed)
	}
	// One that was taken away meanwhile goes with the next connection.
	a.forget()
	if err := s.Unprovision(whole(t), "7"); err != nil {
		t.Fatal(err)
	}
	if taken := a.were("DELETE asterisk/config"); len(taken) != 3 || !strings.Contains(taken[0].URI, "/endpoint/7") {
		t.Errorf("took %v", taken)
	}
}

func TestChangesOfPhonesAreToldOnce(t *testing.T) {
	a := newScripted(t)
	a.says("GET deviceStates/PJSIP%2F7", `{"name":"PJSIP/7","state":"UNAVAILABLE"}`)
	var w watch
	o := a.options()
	o.Hotline = &w
	s := New(o)
	line, _ := calls()
	running(t, s, line)
	if err := s.Provision(whole(t), telephony.Phone{ID: "7", Secret: "one"}); err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{"NOT_INUSE", "INUSE", "RINGING", "NOT_INUSE", "UNAVAILABLE", "UNAVAILABLE", "NOT_INUSE"} {
		a.sends(`{"type":"DeviceStateChanged","device_state":{"name":"PJSIP/7","state":"` + state + `"}}`)
	}
	a.sends(`{"type":"DeviceStateChanged","device_state":{"name":"PJSIP/stranger","state":"NOT_INUSE"}}`)
	await(t, "all changes are told", func() bool { return w.all() == "+7 -7 +7" })
	if !s.PhoneReachable("7") || s.PhoneReachable("stranger") {
		t.Error("who is reachable is wrong")
	}
	if err := s.Unprovision(whole(t), "7"); err != nil {
		t.Fatal(err)
	}
	if w.all() != "+7 -7 +7 -7" || s.PhoneReachable("7") {
		t.Errorf("told %s", w.all())
	}
}

func TestBadPhonesAreRefused(t *testing.T) {
	s := New(Options{})
	for _, p := range []telephony.Phone{{ID: "", Secret: "x"}, {ID: "7/8", Secret: "x"}, {ID: "a b", Secret: "x"}, {ID: "7", Secret: ""}, {ID: "7", Secret: "x\npassword=y"}} {
		if s.Provision(whole(t), p) == nil {
			t.Errorf("took %+v", p)
		}
	}
}

func TestPhoneThatAsteriskRefusesIsAnError(t *testing.T) {
	a := newScripted(t)
	a.refuses("PUT asterisk/config/dynamic/res_pjsip/endpoint/7", 403, `{"message":"Could not create object of type 'endpoint'"}`)
	s := New(a.options())
	line, _ := calls()
	running(t, s, line)
	err := s.Provision(whole(t), telephony.Phone{ID: "7", Secret: "top-secret"})
	if err == nil || !strings.Contains(err.Error(), "provision phone 7: endpoint: ") || !strings.Contains(err.Error(), "Could not create") || strings.Contains(err.Error(), "top-secret") {
		t.Errorf("error is %v", err)
	}
}

func TestPhonesOfAnotherApplicationStay(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	line, _ := calls()
	a.says("GET endpoints/PJSIP", `[{"resource":"7"},{"resource":"8"},{"resource":"9"},{"resource":"line"}]`)
	for id, fields := range map[string]string{
		"7": `{"attribute":"accountcode","value":"hotline"}`, "8": `{"attribute":"accountcode","value":"another"}`, "9": `{"attribute":"accountcode","value":""}`,
	} {
		a.says("GET asterisk/config/dynamic/res_pjsip/endpoint/"+id, fmt.Sprintf(
			`[{"attribute":"context","value":"phones"},{"attribute":"aors","value":%[1]q},{"attribute":"auth","value":%[1]q},%s]`, id, fields))
	}
	running(t, s, line)
	s.OnlyPhones(whole(t), nil)
	var taken []string
	for _, q := range a.were("DELETE asterisk/config/dynamic/res_pjsip/endpoint/") {
		taken = append(taken, q.URI[len("asterisk/config/dynamic/res_pjsip/endpoint/"):])
	}
	slices.Sort(taken)
	if !slices.Equal(taken, []string{"7", "9"}) {
		t.Errorf("the phones %q are taken away", taken)
	}
}
