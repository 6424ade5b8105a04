package asterisk

import (
	"net/url"
	"testing"

	"hotline/telephony"
)

func TestACallerWhoWantsPrivacyInWhateverWordsIsWithheld(t *testing.T) {
	for privacy, want := range map[string]bool{
		"":                            false,
		"number=allowed_not_screened": false,
		"number=allowed&name=allowed&privacy=&privacy=&party=&party=": false,
		"number=unavailable":         false,
		"number=prohib_not_screened": true,
		"number=prohib":              true,
		"number=allowed&name=prohib": true,
		"privacy=id":                 true,
		"privacy=ID":                 true,
		"privacy=user":               true,
		"privacy=header":             true,
		"privacy=session":            true,
		"privacy=critical":           true,
		"privacy=id%3Bcritical":      true,
		"privacy=none%3B%20id":       true,
		"privacy=none":               false,
		"privacy=none%3Bcritical":    true,
		"privacy=history":            false,
		"privacy=none&privacy=user":  true,
		"privacy=id, header":         true,
		"privacy=%zz":                true, // what cannot be read is no permission
		"party=" + url.PathEscape(`"Ivan" <sip:+7916@x>;party=calling;privacy=full;screen=yes`):                           true,
		"party=" + url.PathEscape(`<sip:+7916@x>;screen=yes;Privacy="URI"`):                                               true,
		"party=" + url.PathEscape(`<sip:+7916@x>;privacy=name`):                                                           true,
		"party=" + url.PathEscape(`<sip:+7916@x>;privacy=name-network`):                                                   true,
		"party=" + url.PathEscape(`<sip:+7916@x>;privacy=off;screen=yes`):                                                 false,
		"party=" + url.PathEscape(`<sip:+7916@x>;screen=yes`):                                                             false,
		"party=" + url.PathEscape(`<sip:+7495@x>;party=called;privacy=full`):                                              false,
		"party=" + url.PathEscape(`<sip:+7916@x>;privacy=off`) + "&party=" + url.PathEscape(`<sip:+7916@x>;privacy=full`): true,
	} {
		if withholds(privacy) != want {
			t.Errorf("%s: withheld is %v", privacy, !want)
		}
	}
}

func TestWhatIsWithheldIsKeptApart(t *testing.T) {
	full := telephony.Number{E164: "+79160001122", Raw: "+79160001122", Kind: telephony.Full}
	for _, in := range []struct {
		from     telephony.Number
		name     string
		raw      string
		withheld string
	}{
		{full, "Ivan", "", "Ivan <+79160001122>"},
		{full, "Anonymous", "", "<+79160001122>"},
		{full, "+79160001122", "", "<+79160001122>"},
		{telephony.Number{Raw: "101", Kind: telephony.Short}, "", "", "<101>"},
		{telephony.Number{Raw: "7916x"}, "", "", "<7916x>"},
		{telephony.Number{Raw: "anonymous"}, "Anonymous", "anonymous", ""},
		{telephony.Number{Raw: "anonymous"}, "Ivan", "anonymous", "Ivan"},
	} {
		a := telephony.Arrival{From: in.from, Name: in.name}
		withhold(&a)
		if a.From != (telephony.Number{Raw: in.raw}) || a.Name != "" || a.Withheld != in.withheld || a.Hidden.Key() != in.from.Key() {
			t.Errorf("%+v of %q is %+v", in.from, in.name, a)
		}
	}
}

// A dialplan of the operator's own says Stasis(hotline,line), and nothing of who withholds their number: Asterisk is asked.
func TestWhatTheDialplanDoesNotSayOfPrivacyIsAsked(t *testing.T) {
	const ask = "GET channels/1763773.1/variable?variable="
	all, alone := ask+url.QueryEscape(privacyAsked[0]), ask+url.QueryEscape(privacyAsked[1])
	for name, test := range map[string]struct {
		says  func(*scripted)
		shown bool
	}{
		"shown":                  {func(a *scripted) { a.says(all, `{"value":"number=allowed_not_screened&name=allowed&privacy="}`) }, true},
		"withheld by a header":   {func(a *scripted) { a.says(all, `{"value":"number=allowed_not_screened&privacy=user"}`) }, false},
		"without the functions":  {func(a *scripted) { a.refuses(all, 500, `{}`); a.says(alone, `{"value":"allowed_not_screened"}`) }, true},
		"withheld, without them": {func(a *scripted) { a.refuses(all, 500, `{}`); a.says(alone, `{"value":"prohib_not_screened"}`) }, false},
		"nothing is known":       {func(a *scripted) { a.refuses(all, 500, `{}`); a.refuses(alone, 500, `{}`) }, false},
		"an empty reply":         {func(a *scripted) { a.says(all, `{"value":""}`); a.says(alone, `{"value":""}`) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			a := newScripted(t)
			test.says(a)
			line, arrived := calls()
			running(t, New(a.options()), line)
			a.sends(`{"type":"StasisStart","application":"hotline","args":["line"],"channel":` + channelJSON("1763773.1", "Ring") + `}`)
			c := within(t, arrived, "a call").Arrival()
			if shown := c.From.E164 == "+78005550123" && c.Name == "Ivan" && c.Withheld == ""; shown != test.shown {
				t.Errorf("the call is %+v", c)
			}
			if !test.shown && (c.From.Key() != "" || c.Name != "" || c.Withheld != "Ivan <+78005550123>") {
				t.Errorf("who withholds it is %+v", c)
			}
		})
	}
}
