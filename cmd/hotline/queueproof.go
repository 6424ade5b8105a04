package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"hotline/agentapi"
	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony/hours"
)

// What is wrong with one setting of the queues, or with one against another: no Hotline starts with it. What is sound and
// yet of no use, together with who works and who calls, is for `hotline check` alone: see set.go.

// mostPriority bounds priorities, a queue's and a caller's: the router takes no more.
const mostPriority = 1_000_000

func (c *Config) proveQueues(p *proof) {
	if len(c.Queues) == 0 {
		p.wrong("queues", "is missing: calls need somewhere to wait")
	}
	p.notNegative("return_within", c.Return)
	p.lasts("wrap_up_extension", c.Extension, time.Minute, time.Hour) // an agent asks for a minute at a time
	seen := make(map[string]bool)
	for i, q := range c.Queues {
		at := fmt.Sprintf("queues.%d", i)
		p.once(at+".id", string(q.ID), seen)
		p.levels(at+".skills", q.Skills)
		p.lasts(at+".offer_timeout", q.OfferTimeout, time.Second, 10*time.Minute) // no phone rings sooner, and no caller waits for one so long
		p.notNegative(at+".wrap_up", q.WrapUp)
		p.notNegative(at+".short_abandon", q.ShortAbandon)
		p.notNegative(at+".affinity", q.Affinity)
		p.notNegative(at+".target.within", q.Target.Within)
		p.share(at+".target.share", q.Target.Share)
		p.from(at+".priority", q.Priority, -mostPriority, mostPriority)
		p.from(at+".reserve", q.Reserve, 0, 1_000_000)
		if !(q.Aging >= 0 && q.Aging <= 1000) {
			p.wrong(at+".aging", "is %v; it must be from 0 to 1000 points a second", q.Aging)
		}
		rules := []queues.Rule{queues.LongestIdle, queues.MostSkilled, queues.LeastOccupied, queues.SpareSpecialist}
		if q.Choice != "" && !slices.Contains(rules, q.Choice) {
			p.wrong(at+".choice", "%q is none of longest_idle, most_skilled, least_occupied, spare_specialist", q.Choice)
		}
		for j, group := range q.AnyOf {
			p.levels(at+".any_of."+strconv.Itoa(j), group)
			if len(group) == 0 {
				p.wrong(at+".any_of."+strconv.Itoa(j), "is empty: nobody could have any of it")
			}
		}
		p.relaxation(at+".relax", q.Relax)
		for j, o := range q.Overflow {
			c.proveOverflow(p, at+".overflow."+strconv.Itoa(j), o)
		}
		p.from(at+".callback.attempts", q.Callback.Attempts, 0, 100)
		p.notNegative(at+".callback.every", q.Callback.Every)
		if every := q.Callback.Every; every > 0 && every < time.Minute {
			p.wrong(at+".callback.every", "%s between two calls to the same phone is too short; 1m is the least", every)
		}
		p.hours(at+".callback.hours", q.Callback.Hours)
		p.hours(at+".hours", q.Hours)
	}
	c.proveNoCircle(p)
}

func (p *proof) relaxation(path string, steps []RelaxConfig) {
	before := time.Duration(0)
	for i, s := range steps {
		at := path + "." + strconv.Itoa(i)
		switch {
		case s.After <= 0:
			p.wrong(at+".after", "must be a time above zero, such as 60s")
		case s.After <= before:
			p.wrong(at+".after", "is %s, and the step before is taken after %s: each must be later", s.After, before)
		}
		before = max(before, s.After)
		p.levels(at+".lower", s.Lower)
		p.levels(at+".add", s.Add)
		if len(s.Lower)+len(s.Drop)+len(s.Add) == 0 {
			p.wrong(at, "changes nothing: it needs lower, drop or add")
		}
		for j, skill := range s.Drop {
			p.needed(at+".drop."+strconv.Itoa(j), string(skill))
		}
	}
}

func (c *Config) proveOverflow(p *proof, at string, o OverflowConfig) {
	p.notNegative(at+".after", o.After)
	p.notNegative(at+".expected_wait", o.ExpectedWait)
	p.share(at+".service_level", o.ServiceLevel)
	p.from(at+".waiting", o.Waiting, 0, 1_000_000)
	conditions := o
	conditions.To = DestinationConfig{}
	if conditions == (OverflowConfig{}) {
		p.wrong(at, "has no condition, and nobody would ever wait here: give after, waiting, expected_wait, service_level, nobody_there or closed")
	}
	known := func(q QueueConfig) bool { return q.ID == o.To.Queue }
	switch kinds := o.To.kinds(); {
	case len(kinds) != 1:
		p.wrong(at+".to", "must be exactly one of {queue: ID}, {callback: true}, {voicemail: PROMPT}, {number: \"+…\"}, {message: PROMPT}; it has %d of them", len(kinds))
	case o.To.Queue != "" && !slices.ContainsFunc(c.Queues, known):
		p.wrong(at+".to.queue", "queue %q does not exist; there are: %s", o.To.Queue, c.queueNames())
	case (o.To.Number != "" || o.To.Callback) && c.Asterisk.Outbound == "":
		p.wrong(at+".to", "dials a number outside, and asterisk.outbound does not say how")
	case o.To.Number != "":
		if o.To.Number == c.Line.Number {
			p.wrong(at+".to.number", "is the line itself: each such call would make another")
		}
		p.like(at+".to.number", o.To.Number, e164, `a number in E.164; write it with the plus sign and in quotes, as "+74950000100"`)
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
func (c *Config) provePrompts(p *proof, house flow.House) {
	for i, q := range c.Queues {
		for j, o := range q.Overflow {
			name, kinds := o.To.prompt(), o.To.kinds()
			for _, language := range house.Languages {
				if name != "" && len(kinds) == 1 && house.Prompts[language][name] == "" {
					p.wrong(fmt.Sprintf("queues.%d.overflow.%d.to.%s", i, j, kinds[0]), "prompt %q has no text in %q", name, language)
				}
			}
		}
	}
}

// proveNoCircle names each circle of queues in which callers would be sent on and on.
func (c *Config) proveNoCircle(p *proof) {
	index := make(map[queues.QueueID]int)
	for i, q := range c.Queues {
		index[q.ID] = i
	}
	done := make([]bool, len(c.Queues))
	var way []int
	var walk func(i int)
	walk = func(i int) {
		way = append(way, i)
		for j, o := range c.Queues[i].Overflow {
			to, known := index[o.To.Queue]
			if !known || done[to] {
				continue
			}
			if back := slices.Index(way, to); back >= 0 {
				var names []string
				for _, k := range append(slices.Clone(way[back:]), to) {
					names = append(names, string(c.Queues[k].ID))
				}
				p.wrong(fmt.Sprintf("queues.%d.overflow.%d.to.queue", i, j), "leads in a circle: %s", strings.Join(names, " → "))
				continue
			}
			walk(to)
		}
		way = way[:len(way)-1]
		done[i] = true
	}
	for i := range c.Queues {
		if !done[i] {
			walk(i)
		}
	}
}

// proveReasons checks the bounds against the reasons that a desk offers.
func (c *Config) proveReasons(p *proof) {
	var known []string
	for _, r := range agentapi.DefaultReasons {
		known = append(known, r.Code)
	}
	for _, reason := range slices.Sorted(maps.Keys(c.Reasons)) {
		at, r := "reasons."+string(reason), c.Reasons[reason]
		if !slices.Contains(known, string(reason)) {
			p.wrong(at, "%q is no reason that agents can choose: %s", reason, strings.Join(known, ", "))
		}
		p.from(at+".at_most", r.AtMost, 0, 1_000_000)
		p.notNegative(at+".longest", r.Longest)
		if r == (ReasonConfig{}) {
			p.wrong(at, "bounds nothing: give at_most or longest")
		}
	}
}

func (p *proof) hours(path string, h HoursConfig) {
	_, wrong := h.calendar()
	for _, m := range wrong {
		p.wrong(strings.TrimSuffix(path+"."+m.path, "."), "%s", m.text)
	}
}

// spansOf reads the times at which a day is open. What is wrong is told by its index.
func spansOf(texts []string) (spans []hours.Span, wrong []hoursMistake) {
	for i, text := range texts {
		from, to, ok := timesOfDay(text)
		problem := ""
		switch {
		case !ok:
			problem = `is no time of the day; write it as "09:00-18:00"`
		case to > 24*time.Hour:
			problem = `ends the next day; write it until 24:00, and from 00:00 on the day that follows`
		case len(spans) > 0 && from < spans[len(spans)-1].To:
			problem = "begins before the one before it has ended"
		default:
			spans = append(spans, hours.Span{From: from, To: to})
			continue
		}
		wrong = append(wrong, hoursMistake{strconv.Itoa(i), fmt.Sprintf("%q %s", text, problem)})
	}
	return spans, wrong
}

func (p *proof) from(path string, n, low, high int) {
	if n < low || n > high {
		p.wrong(path, "is %d; it must be from %d to %d", n, low, high)
	}
}

func (p *proof) share(path string, share float64) {
	if !(share >= 0 && share <= 1) {
		p.wrong(path, "is %v; it must be from 0 to 1", share)
	}
}
