package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"hotline/ivr"
	"hotline/ivr/flow"
	"hotline/queues"
)

// Recording is what is recorded of a queue's talks; ivr.RecordingRule says what each setting means.
type Recording struct {
	Share         int           `yaml:"share,omitempty"` // percent; 100 is all
	OnDemand      bool          `yaml:"on_demand,omitempty"`
	Announce      string        `yaml:"announce,omitempty"` // a prompt
	Decline       string        `yaml:"decline,omitempty"`  // one key
	PauseAtMost   time.Duration `yaml:"pause_at_most,omitempty"`
	Consultations bool          `yaml:"consultations,omitempty"`
}

func (r Recording) rule() ivr.RecordingRule {
	rule := ivr.RecordingRule{Share: r.Share, OnDemand: r.OnDemand, Announce: flow.Prompt(r.Announce), PauseAtMost: r.PauseAtMost, Consultations: r.Consultations}
	if len(r.Decline) == 1 {
		rule.Decline = r.Decline[0]
	}
	return rule
}

// records reports whether any talk may be recorded by it.
func (r Recording) records() bool { return r.Share > 0 || r.OnDemand }

// RecordingRules are the rules of the queues that record.
func (c Config) RecordingRules() map[queues.QueueID]ivr.RecordingRule {
	rules := make(map[queues.QueueID]ivr.RecordingRule)
	for _, q := range c.Queues {
		if q.Recording.records() {
			rules[q.ID] = q.Recording.rule()
		}
	}
	return rules
}

func (c *Config) proveRecording(doc *document, at string, r Recording) {
	doc.from(at+".share", r.Share, 0, 100)
	doc.lasts(at+".pause_at_most", r.PauseAtMost, 10*time.Second, time.Hour) // a card is dictated in no less, and nobody dictates longer
	if r.Decline != "" && (len(r.Decline) != 1 || !strings.Contains("0123456789*#", r.Decline)) {
		doc.wrong(at+".decline", "%q is no key of a phone: 0 to 9, * or #, in quotes", r.Decline)
	}
	if r.Decline != "" && r.Announce == "" {
		doc.wrong(at+".decline", "is a key that nobody tells the caller of: announce is missing")
	}
	if r != (Recording{}) && !r.records() {
		doc.wrong(at, "records nothing: give share, from 1 to 100 percent, or on_demand: true")
	}
	if r.records() && c.Recordings.Keys == "" && !doc.Unread("recordings.keys") {
		doc.wrong(at, "needs recordings.keys: recordings are kept encrypted, or not at all")
	}
}

// withoutText are the languages in which a prompt has no text.
func withoutText(catalogue flow.Catalogue, name string) (missing []string) {
	for _, language := range catalogue.Languages {
		if catalogue.Prompts[language][name] == "" {
			missing = append(missing, strconv.Quote(language))
		}
	}
	return missing
}

// proveAnnounced looks for what callers are told of recordings.
func (c *Config) proveAnnounced(doc *document, catalogue flow.Catalogue) {
	for i, q := range c.Queues {
		if name := q.Recording.Announce; name != "" {
			if missing := withoutText(catalogue, name); len(missing) > 0 {
				doc.wrong(fmt.Sprintf("queues.%d.recording.announce", i), "prompt %q has no text in %s", name, strings.Join(missing, ", "))
			}
		}
	}
}
