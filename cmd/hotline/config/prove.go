package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"hotline/agentapi"
	"hotline/ivr/flow"
)

var (
	e164        = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)
	callingCode = regexp.MustCompile(`^\+[1-9][0-9]{0,6}$`)
	region      = regexp.MustCompile(`^[A-Z]{2}$`)
	plain       = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
)

// prove checks everything but the flow, which proves itself.
func (c *Config) prove(doc *document) {
	doc.like("line.number", c.Line.Number, e164, `a number in E.164; write it with the plus sign and in quotes, as "+74950000100"`)
	for i, prefix := range c.Line.CallBack {
		doc.like(fmt.Sprintf("line.call_back.%d", i), prefix, callingCode, `the beginning of numbers, as "+375"`)
	}
	doc.like("line.region", c.Line.Region, region, `a country's two letters, such as RU`)
	if c.Line.Timezone != "" {
		if _, err := zone(c.Line.Timezone); err != nil {
			doc.wrong("line.timezone", "%q %v", c.Line.Timezone, err)
		}
	}
	doc.address("asterisk.url", c.Asterisk.URL, "http", "https")
	doc.needed("asterisk.user", c.Asterisk.User)
	doc.needed("asterisk.app", c.Asterisk.App)
	doc.needed("asterisk.node", c.Asterisk.Node)
	doc.endpoint("asterisk.sip", c.Asterisk.SIP)
	if out := c.Asterisk.Outbound; out != "" && !strings.Contains(out, "%s") {
		doc.wrong("asterisk.outbound", "%q does not say where the number goes: write it as PJSIP/%%s@trunk", out)
	}
	doc.from("asterisk.outbound_at_most", c.Asterisk.AtMost, 0, 1000)
	doc.endpoint("listen", c.Listen)
	doc.needed("spool", c.Spool)
	if len(c.Line.Languages) == 0 {
		doc.wrong("line.languages", "is missing: at least one of ru and en")
	}
	for i, l := range c.Line.Languages {
		doc.language(fmt.Sprintf("line.languages.%d", i), l)
	}
	if (c.TLS.Certificate == "") != (c.TLS.Key == "") {
		doc.wrong("tls", "needs both certificate and key")
	}
	c.proveHTTP(doc)
	c.proveQueues(doc)
	c.proveReasons(doc)
	c.proveVoicemail(doc)
	c.proveCallers(doc)
	c.provePeople(doc)
	seen := make(map[string]bool)
	for i, t := range c.Topics {
		at := fmt.Sprintf("topics.%d", i)
		doc.once(at+".id", t.ID, seen)
		doc.needed(at+".department", t.Department)
	}
	doc.flowTopics(c.Flow, seen)
}

func (doc *document) flowTopics(f flow.Flow, known map[string]bool) {
	for _, at := range f.Topics() {
		if !known[string(at.Topic)] {
			doc.wrong("flow."+at.Path, "topic %q is not among topics", at.Topic)
		}
	}
}

func (c *Config) provePeople(doc *document) {
	ids, logins, phones := make(map[string]bool), make(map[string]bool), make(map[string]bool)
	for i, person := range c.People {
		at := fmt.Sprintf("people.%d", i)
		doc.once(at+".id", string(person.ID), ids)
		doc.once(at+".login", person.Login, logins)
		doc.levels(at+".skills", person.Skills)
		if !slices.Contains([]string{"agent", "supervisor", "administrator"}, person.Role) {
			doc.wrong(at+".role", "%q is none of agent, supervisor, administrator", person.Role)
		}
		doc.language(at+".language", person.Language)
		if person.Role == "agent" {
			doc.once(at+".phone", person.Phone, phones)
		}
		if person.Phone != "" {
			doc.like(at+".phone", person.Phone, plain, "the name of a phone: letters, digits, - and _")
		}
		if person.Seat && person.Role != "agent" {
			doc.wrong(at+".seat", "only agents have one")
		} else if person.Seat {
			doc.address("asterisk.websocket", c.Asterisk.Websocket, "ws", "wss")
		}
	}
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
	doc.lasts("voicemail.longest", c.Voicemail.Longest, 10*time.Second, time.Hour)
	doc.lasts("voicemail.silence", c.Voicemail.Silence, 2*time.Second, time.Minute)
	doc.lasts("voicemail.keep", c.Voicemail.Keep, time.Hour, 10*366*24*time.Hour)
}
