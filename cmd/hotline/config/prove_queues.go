package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/queues/proof"
)

// What makes a setting of the queues wrong, by itself or beside another setting: no Hotline starts with it. What is sound and yet of no
// use, given who works and who calls, only `hotline check` tells: see queues/proof.

// mostPriority bounds the priorities of queues and callers: the router takes no higher ones.
const mostPriority = 1_000_000

func (c *Config) proveQueues(doc *document) {
	if len(c.Queues) == 0 {
		doc.wrong("queues", "is missing: calls need somewhere to wait")
	}
	doc.notNegative("return_within", c.Return)
	doc.lasts("wrap_up_extension", c.Extension, time.Minute, time.Hour) // an agent asks for a minute at a time
	seen := make(map[string]bool)
	for i, q := range c.Queues { // first, for rules refer to any of them
		doc.once(fmt.Sprintf("queues.%d.id", i), string(q.ID), seen)
	}
	for i, q := range c.Queues {
		at := fmt.Sprintf("queues.%d", i)
		doc.text(at+".name", q.Name)
		doc.levels(at+".skills", q.Skills)
		doc.lasts(at+".offer_timeout", q.OfferTimeout, time.Second, 10*time.Minute) // no phone rings sooner, and no caller waits for one so long
		doc.notNegative(at+".wrap_up", q.WrapUp)
		doc.notNegative(at+".short_abandon", q.ShortAbandon)
		doc.notNegative(at+".affinity", q.Affinity)
		doc.notNegative(at+".target.within", q.Target.Within)
		doc.share(at+".target.share", q.Target.Share)
		doc.from(at+".priority", q.Priority, -mostPriority, mostPriority)
		doc.from(at+".reserve", q.Reserve, 0, 1_000_000)
		if !(q.Aging >= 0 && q.Aging <= 1000) {
			doc.wrong(at+".aging", "is %v; it must be from 0 to 1000 points a second", q.Aging)
		}
		rules := []queues.Rule{queues.LongestIdle, queues.MostSkilled, queues.LeastOccupied, queues.SpareSpecialist}
		if q.Choice != "" && !slices.Contains(rules, q.Choice) {
			doc.wrong(at+".choice", "%q is none of longest_idle, most_skilled, least_occupied, spare_specialist", q.Choice)
		}
		for j, group := range q.AnyOf {
			doc.levels(at+".any_of."+strconv.Itoa(j), group)
			if len(group) == 0 {
				doc.wrong(at+".any_of."+strconv.Itoa(j), "is empty: nobody could have any of it")
			}
		}
		doc.relaxation(at+".relax", q.Relax)
		for j, o := range q.Overflow {
			c.proveOverflow(doc, at+".overflow."+strconv.Itoa(j), o)
		}
		doc.from(at+".callback.attempts", q.Callback.Attempts, 0, 100)
		doc.notNegative(at+".callback.every", q.Callback.Every)
		if every := q.Callback.Every; every > 0 && every < time.Minute {
			doc.wrong(at+".callback.every", "%s between two calls to the same phone is too short; 1m is the least", every)
		}
		doc.hours(at+".callback.hours", q.Callback.Hours)
		doc.hours(at+".hours", q.Hours)
		c.proveRecording(doc, at+".recording", q.Recording)
	}
	for _, circle := range proof.Circles(c.Router().Queues) {
		doc.wrong(circle.Path, "%s", circle.Text)
	}
}

func (doc *document) relaxation(path string, steps []Relaxation) {
	before := time.Duration(0)
	for i, s := range steps {
		at := path + "." + strconv.Itoa(i)
		switch {
		case s.After <= 0:
			doc.wrong(at+".after", "must be a time above zero, such as 60s")
		case s.After <= before:
			doc.wrong(at+".after", "is %s, and the step before is taken after %s: each must be later", s.After, before)
		}
		before = max(before, s.After)
		doc.levels(at+".lower", s.Lower)
		doc.levels(at+".add", s.Add)
		if len(s.Lower)+len(s.Drop)+len(s.Add) == 0 {
			doc.wrong(at, "changes nothing: it needs lower, drop or add")
		}
		for j, skill := range s.Drop {
			doc.needed(at+".drop."+strconv.Itoa(j), string(skill))
		}
	}
}

func (c *Config) proveOverflow(doc *document, at string, o Overflow) {
	doc.notNegative(at+".after", o.After)
	doc.notNegative(at+".expected_wait", o.ExpectedWait)
	doc.share(at+".service_level", o.ServiceLevel)
	doc.from(at+".waiting", o.Waiting, 0, 1_000_000)
	conditions := o
	conditions.To = Destination{}
	if conditions == (Overflow{}) {
		doc.wrong(at, "has no condition, and nobody would ever wait here: give after, waiting, expected_wait, service_level, nobody_there or closed")
	}
	known := func(q Queue) bool { return q.ID == o.To.Queue }
	switch kinds := o.To.kinds(); {
	case len(kinds) != 1:
		doc.wrong(at+".to", "must be exactly one of {queue: ID}, {callback: true}, {voicemail: PROMPT}, {number: \"+…\"}, {message: PROMPT}; it has %d of them", len(kinds))
	case o.To.Queue != "" && doc.Incomplete("queues"):
	case o.To.Queue != "" && !slices.ContainsFunc(c.Queues, known):
		doc.wrong(at+".to.queue", "queue %q does not exist; there are: %s", o.To.Queue, c.queueNames())
	case (o.To.Number != "" || o.To.Callback) && doc.Unread("asterisk.outbound"):
	case (o.To.Number != "" || o.To.Callback) && c.Asterisk.Outbound == "":
		doc.wrong(at+".to", "dials a number outside, and asterisk.outbound does not say how")
	case o.To.Number != "":
		if o.To.Number == c.Line.Number {
			doc.wrong(at+".to.number", "is the line itself: each such call would make another")
		}
		doc.like(at+".to.number", o.To.Number, e164, `a number in E.164; write it with the plus sign and in quotes, as "+74950000100"`)
	}
}

func (c *Config) queueNames() string {
	var names []string
	for _, q := range c.Queues {
		names = append(names, string(q.ID))
	}
	return strings.Join(names, ", ")
}

// provePrompts looks for what is said where callers overflow to.
func (c *Config) provePrompts(doc *document, catalogue flow.Catalogue) {
	c.proveAnnounced(doc, catalogue)
	for i, q := range c.Queues {
		for j, o := range q.Overflow {
			name, kinds := o.To.prompt(), o.To.kinds()
			if name == "" || len(kinds) != 1 {
				continue
			}
			if missing := withoutText(catalogue, name); len(missing) > 0 {
				doc.wrong(fmt.Sprintf("queues.%d.overflow.%d.to.%s", i, j, kinds[0]), "prompt %q has no text in %s", name, strings.Join(missing, ", "))
			}
		}
	}
}
