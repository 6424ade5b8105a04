package asterisk

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"hotline/deploy/private"
	"hotline/telephony"
	"hotline/telephony/conformance"
	"hotline/telephony/softphone"
)

func TestCallerIsWhoTheDialplanSaysAlone(t *testing.T) {
	for e, want := range map[entry]bool{
		{"PJSIP/line-00000001", "line", "78005550100", 3}: true, {"DAHDI/1-1", "line", "s", 1}: true, {"PJSIP/line-00000001", "line", "", 1}: true,
		{"PJSIP/line-00000001", "", "78005550100", 1}: true, {"PJSIP/line-00000001", "", "s", 2}: true, {"PJSIP/101-00000001", "", "s", 1}: false,
		{"PJSIP/line-00000001", "dialled", "78005550100", 3}: false, {"PJSIP/101-00000001", "dialled", "s", 1}: false, {"PJSIP/101-00000001", "ear", "s", 1}: false,
		{"PJSIP/line-00000001", "other", "78005550100", 3}: false, {"Local/s@line-00000001;2", "line", "78005550100", 3}: false,
		{"Local/100@phones-00000001;1", "dialled", "s", 1}: false, {"Snoop/1-1", "line", "78005550100", 3}: false, {"Surrogate/x", "", "78005550100", 3}: false,
	} {
		if got := e.isCallers(); got != want {
			t.Errorf("%+v is a caller's: %t", e, got)
		}
	}
}

// A phone that forwards its calls makes Asterisk dial elsewhere, under a channel's id of its own. Nobody is called there, nothing enters
// the application, and the dialling fails at once.
func TestForwardingPhoneIsNotFollowed(t *testing.T) {
	t.Parallel()
	b := theBench(t)
	phone := b.refusing()
	line, why := dialler(phone.phone.Address(), time.Minute)
	s := New(realOptions(b.asterisk))
	running(t, s, line)
	number := strings.TrimPrefix(lineNumber, "+")
	for _, to := range []string{
		"*43", number, "+" + number, "s", "nobody", "PJSIP%2F" + phone.phone.id, "Local%2F" + number + "%40line", "Local%2F" + number + "%40line%2Fn", "%00",
	} {
		for _, code := range []int{301, 302} {
			for _, early := range []int{0, 180} {
				phone.says(early, softphone.Elsewhere(code, "sip:"+to+"@127.0.0.1"))
				customer := b.Call("+78005550123", "Ivan")
				if err := within(t, why, "what came of dialling"); err == nil || !strings.Contains(err.Error(), "forwarded elsewhere") {
					t.Errorf("%d to %q after %d is %v", code, to, early, err)
				}
				await(t, "the customer is idle", func() bool { return customer.State() == conformance.Idle })
			}
		}
	}
	await(t, "all calls are over", func() bool { return s.Stats().LiveCalls == 0 })
	if len(why) != 0 {
		t.Errorf("something came as a caller: %+v", s.Stats())
	}
	empty(t, b.asterisk)
}

// intrude has channels come into the application that are no callers, in each way that another program and the dialplan have for it.
func intrude(t *testing.T, b *bench, phone *handset) int {
	t.Helper()
	local := "Local/*43@phones"
	ways := []url.Values{
		{"endpoint": {local}, "app": {"hotline"}},
		{"endpoint": {local}, "app": {"hotline"}, "appArgs": {"dialled"}},
		{"endpoint": {local}, "app": {"hotline"}, "appArgs": {"line"}},
		{"endpoint": {local}, "app": {"hotline"}, "appArgs": {"ear"}},
		{"endpoint": {"PJSIP/" + phone.id}, "app": {"hotline"}, "appArgs": {"dialled"}},
		{"endpoint": {"PJSIP/" + phone.id}, "app": {"hotline"}},
	}
	for i, way := range ways {
		post(t, b.asterisk, "/channels", way)
		if strings.HasPrefix(way.Get("endpoint"), "PJSIP/") {
			await(t, fmt.Sprintf("the phone rings for %d", i), func() bool { return phone.State() == conformance.Ringing })
			phone.Answer()
			if b.hotline == nil {
				await(t, "the phone is up", func() bool { return phone.State() == conformance.Talking })
				break // it stays in the call
			}
			await(t, "the phone is hung up", func() bool { return phone.State() == conformance.Idle })
		}
	}
	return len(ways)
}

func TestStrangersInTheApplicationAreHungUpAndNeverCallers(t *testing.T) {
	t.Parallel()
	b := theBench(t)
	phone := b.Phone(true).(*handset)
	s := New(realOptions(b.asterisk))
	b.hotline = s
	line, arrived := calls()
	running(t, s, line)
	n := intrude(t, b, phone)
	// And the line's own number, dialled by a channel of Asterisk's own: with nobody on it.
	post(t, b.asterisk, "/channels", url.Values{"endpoint": {"Local/" + strings.TrimPrefix(lineNumber, "+") + "@line"}, "extension": {"*43"}, "context": {"phones"}})
	await(t, "all are hung up", func() bool { return s.Stats().Strangers == uint64(n+1) })
	empty(t, b.asterisk)
	if len(arrived) != 0 {
		t.Errorf("%d came as callers, the first is %+v", len(arrived), (<-arrived).Arrival())
	}
	customer := b.Call("+78005550123", "Ivan")
	within(t, arrived, "a caller after them")
	customer.Hangup()
	empty(t, b.asterisk)
}

func TestRestartAdoptsNoStrangers(t *testing.T) {
	t.Parallel()
	b := theBench(t)
	phone := b.Phone(true).(*handset)
	o := realOptions(b.asterisk)
	// As an older version left them: it took them for callers.
	holdApplication(t, b.asterisk, func() {
		intrude(t, b, phone)
		b.Call("+78005550123", "Ivan")
		await(t, "all are in the application", func() bool {
			in := 0
			for _, ch := range listed(t, b.asterisk, "/channels") {
				if d, _ := ch["dialplan"].(map[string]any); d["app_name"] == "Stasis" {
					in++
				}
			}
			return in == 6
		})
	})
	line, arrived := calls()
	s := New(o)
	running(t, s, line)
	adopted := within(t, arrived, "the caller")
	if adopted.From().E164 != "+78005550123" || s.Stats().Adopted != 1 || len(arrived) != 0 {
		t.Errorf("adopted is %+v, counted %+v", adopted.Arrival(), s.Stats())
	}
	await(t, "the phone is hung up", func() bool { return phone.State() == conformance.Idle })
	await(t, "only the caller is left", func() bool { return len(listed(t, b.asterisk, "/channels")) == 1 })
	adopted.Hangup(whole(t))
	empty(t, b.asterisk)
}

// holdApplication keeps the application connected, so that channels stay in it, while nobody heeds it.
func holdApplication(t *testing.T, a *private.Asterisk, while func()) {
	t.Helper()
	o := realOptions(a).withDefaults()
	conn, err := dialSocket(whole(t), o, o.App)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = listen(t.Context(), conn, func([]byte) error { return nil }) }()
	while()
	_ = conn.Close()
}

// TestWhosePlaceSomebodyTakesIsBroughtBackUntilTheyStay: Asterisk tells of it before the leg is out of its bridge, and may forget an order that comes so early.
func TestWhosePlaceSomebodyTakesIsBroughtBackUntilTheyStay(t *testing.T) {
	t.Parallel()
	p := somebodysPlace(t)
	p.a.says(p.look, p.holds(p.other))
	p.a.saysThen(p.look, p.holds(p.caller))
	p.isTaken()
	await(t, "they are looked for twice", func() bool { return len(p.a.were(p.look)) == 2 })
	if asked := p.a.were("addChannel"); len(asked) != 2 {
		t.Errorf("brought back by %v", asked)
	}
	await(t, "who took the place is hung up", func() bool { return len(p.a.were("DELETE channels/"+p.other)) > 0 })
	p.callerStays()
}

// TestWhoIsBackStaysHoweverLongAnotherIsInTheirBridge: that one is taken out, which an Asterisk that is behind does late.
func TestWhoIsBackStaysHoweverLongAnotherIsInTheirBridge(t *testing.T) {
	t.Parallel()
	p := somebodysPlace(t)
	p.a.says(p.look, p.holds(p.caller, p.other))
	p.isTaken()
	await(t, "they are looked for to the end", func() bool { return len(p.a.were(p.look)) == backTries })
	p.callerStays()
	if asked := p.a.were("addChannel"); len(asked) != 1 {
		t.Errorf("brought back by %v", asked)
	}
	if asked := p.a.were("removeChannel"); len(asked) == 0 || !strings.Contains(asked[0].Body, p.other) {
		t.Errorf("taken out by %v", asked)
	}
}

// TestWhoIsToComeBackIsAskedForAgainAfterTheConnectionWasLost, and not hung up.
func TestWhoIsToComeBackIsAskedForAgainAfterTheConnectionWasLost(t *testing.T) {
	t.Parallel()
	p := somebodysPlace(t)
	p.a.says("GET channels", "["+channelJSON(p.caller, "Up")+"]")
	p.a.says("GET bridges", "["+p.holds(p.other)+"]")
	p.a.mutes(p.look)
	p.isTaken()
	await(t, "they are looked for", func() bool { return len(p.a.were(p.look)) == 1 })
	p.a.says(p.look, p.holds(p.caller))
	p.a.hears(p.look)
	p.a.drop("")
	await(t, "they are looked for again", func() bool { return len(p.a.were(p.look)) > 1 })
	p.callerStays()
}

// TestWhoDoesNotComeBackIsHungUp, so that the call is told.
func TestWhoDoesNotComeBackIsHungUp(t *testing.T) {
	t.Parallel()
	p := somebodysPlace(t)
	p.a.says(p.look, p.holds())
	p.isTaken()
	await(t, "they are hung up", func() bool { return len(p.a.were("DELETE channels/"+p.caller)) == 1 })
}

// place is a caller's in a talk, which somebody else takes.
type place struct {
	t                          *testing.T
	a                          *scripted
	s                          *Switch
	caller, agent, other, look string
}

func somebodysPlace(t *testing.T) *place {
	a := newScripted(t)
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	a.arrives("1763773.1")
	c := within(t, arrived, "the call")
	p := &place{t: t, a: a, s: s, caller: "1763773.1", agent: string(c.ID()) + ".a-1", other: "1763773.9"}
	if err := s.Bridge(whole(t), telephony.BridgeID(string(c.ID())+".b-1"), telephony.LegID(p.caller), telephony.LegID(p.agent)); err != nil {
		t.Fatal(err)
	}
	p.look = "GET " + strings.TrimSuffix(a.were("addChannel")[0].URI, "/addChannel")
	a.forget()
	return p
}

// holds is the bridge with the agent and these in it.
func (p *place) holds(legs ...string) string {
	return bridgeJSON(p.look[strings.LastIndex(p.look, "/")+1:], "hotline", append([]string{p.agent}, legs...)...)
}

func (p *place) isTaken() {
	p.a.sends(fmt.Sprintf(`{"type":"StasisStart","application":"hotline","timestamp":%q,"args":[],"channel":%s,"replace_channel":%s}`, made, channelJSON(p.other, "Up"), channelJSON(p.caller, "Up")))
}

// callerStays waits until all is done about it.
func (p *place) callerStays() {
	p.t.Helper()
	p.s.errands.Wait()
	if asked := p.a.were("DELETE channels/" + p.caller); len(asked) != 0 {
		p.t.Errorf("asked %v", asked)
	}
}
