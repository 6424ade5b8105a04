package asterisk

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"hotline/telephony"
)

func TestCallIDIsSameAfterRestartAndOfRightShape(t *testing.T) {
	at := time.Date(2026, 11, 22, 2, 19, 12, 958e6, time.UTC)
	id := callID("node", "1763773.1", at)
	if id != callID("node", "1763773.1", at.In(time.FixedZone("", 3*3600))) {
		t.Error("the same channel has two ids")
	}
	for _, other := range []telephony.CallID{callID("other", "1763773.1", at), callID("node", "1763773.2", at), callID("node", "1763773.1", at.Add(time.Second))} {
		if other == id {
			t.Error("two channels have one id")
		}
	}
	if len(id) != 36 || id[14] != '7' || !strings.ContainsRune("89ab", rune(id[19])) || !strings.HasPrefix(string(id), "01a2010c-e8be-7") {
		t.Errorf("%s is no UUIDv7 of that time", id)
	}
	for name, want := range map[string]telephony.CallID{
		string(id): id, string(id) + ".a-1": id, string(id) + "a": "", "1763773.1": "", "": "",
		strings.ToUpper(string(id)): "", "00000000-0000-4000-8000-000000000000": "",
	} {
		if got, ok := owner(name); got != want || ok != (want != "") {
			t.Errorf("%q belongs to %q", name, got)
		}
	}
}

func TestHostileNamesAreSafeOnPhones(t *testing.T) {
	number := telephony.Number{E164: "+78005550123", Kind: telephony.Full}
	for name, want := range map[string]string{
		"Иван Петров":                   `"Иван Петров" <+78005550123>`,
		"":                              `"+78005550123" <+78005550123>`,
		`Robert"; DROP TABLE <x>\`:      `"Robert; DROP TABLE x" <+78005550123>`,
		"a\r\nContact: <sip:evil>\x00b": `"aContact: sip:evilb" <+78005550123>`,
		"\u202egpj.exe\u200b":           `"gpj.exe" <+78005550123>`,
		"${SHELL(id)}":                  `"${SHELL(id)}" <+78005550123>`,
		"\xff\xfe":                      `"+78005550123" <+78005550123>`,
		strings.Repeat("Ж", 5000):       `"` + strings.Repeat("Ж", 30) + `" <+78005550123>`,
	} {
		if got := callerID(number, name); got != want || !utf8.ValidString(got) {
			t.Errorf("%q is shown as %s", name, got)
		}
	}
	if got := callerID(telephony.Number{}, ""); got != `"anonymous" <anonymous>` {
		t.Errorf("a withheld number is shown as %s", got)
	}
	if got := callerID(telephony.Number{Raw: `7"<x>`, Kind: telephony.Short}, "Ivan"); got != `"Ivan" <anonymous>` {
		t.Errorf("a hostile number is shown as %s", got)
	}
}

func TestAddressesBecomeEndpoints(t *testing.T) {
	s := New(Options{OutboundFormat: "PJSIP/%s@provider"})
	for to, want := range map[telephony.Address]string{
		"phone:7": "PJSIP/7", "number:+78005550100": "PJSIP/+78005550100@provider", "number:112": "PJSIP/112@provider",
		"phone:": "", "phone:7/8": "", "phone:7@evil": "", "number:": "", "number:+7&PJSIP/x": "", "number:7,x": "", "sip:7": "", "": "",
	} {
		if got, err := s.endpoint(to); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v", to, got, err)
		}
	}
}

func TestAnnouncementsBecomeMedia(t *testing.T) {
	for _, test := range []struct {
		parts []telephony.Part
		want  string // or the error
		lasts time.Duration
	}{
		{[]telephony.Part{telephony.Sound("hotline/ticket"), telephony.Digits("4711")}, "sound:hotline/ticket sound:digits/4 sound:digits/7 sound:digits/1 sound:digits/1", 0},
		{[]telephony.Part{telephony.Silence(1400 * time.Millisecond), telephony.Tone("beep")}, "sound:silence/1 sound:beep", 0},
		{[]telephony.Part{telephony.Silence(12 * time.Second)}, "sound:silence/10 sound:silence/2", 0},
		{[]telephony.Part{telephony.Tone("busy")}, "tone:425/400,0/400", 4 * time.Second},
		{[]telephony.Part{telephony.Tone("busy"), telephony.Tone("beep")}, `part 1: tone "busy" does not end, so it must be alone`, 0},
		{[]telephony.Part{telephony.Sound("a"), telephony.Music("default")}, "part 2: music on hold cannot be a part among others", 0},
		{[]telephony.Part{telephony.Sound("../../etc/passwd")}, `part 1: "../../etc/passwd" is no name of a sound`, 0},
		{[]telephony.Part{telephony.Digits("47,11")}, "part 1: not only digits", 0},
		{[]telephony.Part{telephony.Tone("trill")}, `part 1: unknown tone "trill"`, 0},
		{nil, "announcement has nothing to be heard", 0},
	} {
		media, lasts, err := mediaOf(telephony.Announcement{Parts: test.parts})
		got := strings.Join(media, " ")
		if err != nil {
			got = err.Error()
		}
		if got != test.want || lasts != test.lasts {
			t.Errorf("%v is %s for %v", test.parts, got, lasts)
		}
	}
}

// Versions of Asterisk that do not tell the response of a phone tell a cause of Q.850 alone.
func TestCauseOfQ850ComesToTheSameAsItsResponse(t *testing.T) {
	for q850, want := range map[int][2]telephony.Cause{ // at once, after ringing
		0: {telephony.CauseCongestion, telephony.CauseCongestion}, 16: {telephony.CauseCongestion, telephony.CauseCongestion},
		17: {telephony.CauseBusy, telephony.CauseDeclined}, 18: {telephony.CauseUnreachable, telephony.CauseNoAnswer},
		19: {telephony.CauseBusy, telephony.CauseNoAnswer}, 21: {telephony.CauseSelfDeclining, telephony.CauseDeclined},
		23: {telephony.CauseForwards, telephony.CauseForwards}, 58: {telephony.CauseFailing, telephony.CauseFailing},
		3: {telephony.CauseUnreachable, telephony.CauseUnreachable}, 20: {telephony.CauseUnreachable, telephony.CauseUnreachable},
		34: {telephony.CauseCongestion, telephony.CauseCongestion}, 127: {telephony.CauseNormal, telephony.CauseNormal},
	} {
		e := ending{q850: q850}
		if got := [2]telephony.Cause{e.cause(false), e.cause(true)}; got != want {
			t.Errorf("%d is %v", q850, got)
		}
	}
}

func TestMassActionsAreSpread(t *testing.T) {
	p := pacer{every: 5 * time.Millisecond}
	began := time.Now()
	for range 20 {
		if err := p.wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took < 19*p.every {
		t.Errorf("20 actions took %v", took)
	}
}
