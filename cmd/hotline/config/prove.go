package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"hotline/agentapi"
	"hotline/telephony/words"
)

var (
	e164        = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)
	callingCode = regexp.MustCompile(`^\+[1-9][0-9]{0,6}$`)
	beginning   = regexp.MustCompile(`^\+[1-9][0-9]{0,14}$`)
	region      = regexp.MustCompile(`^[A-Z]{2}$`)
	plain       = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	pathName    = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	ariUser     = regexp.MustCompile(`^[^\s:]{1,64}$`)
	outbound    = regexp.MustCompile(`^[A-Za-z0-9]+/[^%\s]*%s[^%\s]*$`)
)

// prove checks everything but the flow, which proves itself.
func (c *Config) prove(doc *document) {
	doc.text("line.name", c.Line.Name)
	if c.Line.PageAwaited != 0 {
		doc.lasts("line.page_awaited", c.Line.PageAwaited, time.Second, 2*time.Minute)
	}
	if c.Line.ShortestTalk != nil {
		doc.lasts("line.shortest_talk", *c.Line.ShortestTalk, 50*time.Millisecond, 10*time.Second)
	}
	doc.like("line.number", c.Line.Number, e164, `a number in E.164; write it with the plus sign and in quotes, as "+74950000100"`)
	for i, prefix := range c.Line.CallBack {
		doc.like(fmt.Sprintf("line.call_back.%d", i), prefix, callingCode, `the beginning of numbers, as "+375"`)
	}
	doc.hours("line.call_hours", c.Line.CallHours)
	doc.oneOf("line.call_clock", c.Line.CallClock, "line", theirClock)
	for i, prefix := range c.Line.CallAnyTime {
		doc.like(fmt.Sprintf("line.call_any_time.%d", i), prefix, beginning, `the beginning of numbers, or a whole one, as "+74950000222"`)
	}
	for _, s := range []struct {
		name string
		set  bool
	}{{"call_clock", c.Line.CallClock != ""}, {"call_any_time", len(c.Line.CallAnyTime) > 0}} {
		if s.set && c.Line.CallHours == nil && !doc.Unread("line.call_hours") {
			doc.wrong("line."+s.name, "says nothing without call_hours")
		}
	}
	doc.like("line.region", c.Line.Region, region, `a country's two letters, such as RU`)
	if c.Line.Timezone != "" {
		if _, err := zone(c.Line.Timezone); err != nil {
			doc.wrong("line.timezone", "%q %v", c.Line.Timezone, err)
		}
	}
	doc.address("asterisk.url", c.Asterisk.URL, "http", "https")
	doc.like("asterisk.user", c.Asterisk.User, ariUser, "the name of a user of ARI: it has no space, and no colon")
	doc.like("asterisk.app", c.Asterisk.App, pathName, "the name of an application: letters of English, digits, dots, - and _")
	doc.like("asterisk.node", c.Asterisk.Node, pathName, "the name of a node: letters of English, digits, dots, - and _")
	doc.endpoint("asterisk.sip", c.Asterisk.SIP)
	if out := c.Asterisk.Outbound; out != "" && !outbound.MatchString(out) {
		doc.wrong("asterisk.outbound", "%q does not say where the number goes: write it as PJSIP/%%s@trunk", out)
	}
	doc.lasts("asterisk.lost_after", c.Asterisk.LostAfter, 3*time.Second, 5*time.Minute)
	doc.lasts("asterisk.callers_lost_after", c.Asterisk.CallersLost, 3*time.Second, 5*time.Minute)
	doc.from("asterisk.outbound_at_most", c.Asterisk.AtMost, 0, 1000)
	doc.oneOf("asterisk.outbound_shows", c.Asterisk.Shows, "line", "caller")
	doc.oneOf("asterisk.outbound_beside", c.Asterisk.Beside, "diversion", "asserted", "none")
	c.proveReserve(doc)
	doc.endpoint("listen", c.Listen)
	doc.needed("spool", c.Spool)
	if len(c.Line.Languages) == 0 {
		doc.wrong("line.languages", "is missing: at least one of ru and en")
	}
	sound := len(c.Line.Languages) > 0
	spoken := make(map[string]bool)
	for i, l := range c.Line.Languages {
		at := fmt.Sprintf("line.languages.%d", i)
		if doc.language(at, l); spoken[l] {
			doc.overdue(at, "%q is there twice", l)
		}
		sound = sound && !spoken[l] && slices.Contains(words.Languages, l)
		spoken[l] = true
	}
	if !sound {
		doc.NoName("line.languages") // what is said in which language is not known
	}
	if (c.TLS.Certificate == "") != (c.TLS.Key == "") {
		doc.wrong("tls", "needs both certificate and key")
	}
	c.proveHTTP(doc)
	c.proveLog(doc)
	c.proveQueues(doc)
	c.proveReasons(doc)
	c.proveCallReasons(doc)
	c.proveVoicemail(doc)
	c.proveRecordings(doc)
	c.proveCallers(doc)
	c.proveRetention(doc)
	c.provePeople(doc)
	doc.from("skill_warning", c.SkillWarning, 0, 365)
	c.proveCodes(doc)
	c.provePocket(doc)
	c.proveDepartmentsAndTopics(doc)
	c.proveAgreements(doc)
	c.proveVendors(doc)
	c.proveAnswers(doc)
	c.proveAlarms(doc)
	c.proveScorecards(doc)
	c.proveTickets(doc)
}

// proveReasons checks the bounds against the reasons that a desk offers.
func (c *Config) proveReasons(doc *document) {
	var known []string
	for _, r := range agentapi.DefaultReasons {
		known = append(known, r.Code)
	}
	for _, reason := range slices.Sorted(maps.Keys(c.Reasons)) {
		at, r := "reasons."+string(reason), c.Reasons[reason]
		if !slices.Contains(known, string(reason)) {
			doc.wrong(at, "%q is no reason that agents can choose: %s", reason, strings.Join(known, ", "))
		}
		doc.from(at+".at_most", r.AtMost, 0, 1_000_000)
		doc.notNegative(at+".longest", r.Longest)
		if r == (Reason{}) {
			doc.wrong(at, "bounds nothing: give at_most or longest")
		}
	}
}

// proveVoicemail keeps to what Asterisk can: it counts whole seconds.
func (c *Config) proveVoicemail(doc *document) {
	doc.lasts("canary.every", c.Canary.Every, 10*time.Second, time.Hour)
	doc.lasts("canary.within", c.Canary.Within, time.Second, time.Minute)
	doc.lasts("hold.remind", c.Hold.Remind, time.Second, time.Hour)
	doc.lasts("hold.longest", c.Hold.Longest, time.Second, 24*time.Hour)
	doc.lasts("longest_call", c.LongestCall, 10*time.Minute, 7*24*time.Hour)
	doc.lasts("voicemail.longest", c.Voicemail.Longest, 10*time.Second, time.Hour)
	doc.lasts("voicemail.silence", c.Voicemail.Silence, 2*time.Second, time.Minute)
	doc.lasts("voicemail.keep", c.Voicemail.Keep, time.Hour, 10*366*24*time.Hour)
}
