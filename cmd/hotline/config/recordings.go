package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"hotline/recordings"
)

// Recordings says how recordings are kept: encrypted, by the keys of a file. Without a file of keys none are kept.
type Recordings struct {
	Keys   string `yaml:"keys,omitempty"`   // the file, relative to the configuration's folder: see hotline recordings new-key
	Folder string `yaml:"folder,omitempty"` // where they lie; "" is the folder vault in the spool's

	Keep        int            `yaml:"keep,omitempty"`          // days that talks are kept; 0 is for ever
	KeepByQueue map[string]int `yaml:"keep_by_queue,omitempty"` // days for talks out of these queues instead; 0 is for ever
	Messages    int            `yaml:"keep_messages,omitempty"` // days that callers' messages are kept; 0 is as long as voicemail.keep

	ReserveMB int `yaml:"reserve_mb,omitempty"` // so much stays free on each disk that recordings need, or nothing is recorded; 0 is 1024

	AgentsHear bool `yaml:"agents_hear,omitempty"` // agents hear the recordings of their own talks
}

// RecordingsFolder is where recordings lie.
func (c Config) RecordingsFolder() string {
	if c.Recordings.Folder == "" {
		return filepath.Join(c.Spool, "vault")
	}
	return c.Recordings.Folder
}

// RecordingsRule is how long recordings are kept.
func (c Config) RecordingsRule(messages time.Duration) recordings.Rule {
	r := recordings.Rule{Talks: time.Duration(c.Recordings.Keep) * day, Queues: map[string]time.Duration{}, Messages: messages}
	for q, days := range c.Recordings.KeepByQueue {
		r.Queues[q] = time.Duration(days) * day
	}
	if c.Recordings.Messages > 0 {
		r.Messages = time.Duration(c.Recordings.Messages) * day
	}
	return r
}

func (c *Config) proveRecordings(doc *document) {
	const longest = 100 * 366
	r := c.Recordings
	doc.from("recordings.keep", r.Keep, 0, longest)
	doc.from("recordings.keep_messages", r.Messages, 0, longest)
	doc.from("recordings.reserve_mb", r.ReserveMB, 0, 100_000_000)
	for _, queue := range slices.Sorted(maps.Keys(r.KeepByQueue)) {
		at := fmt.Sprintf("recordings.keep_by_queue.%s", queue)
		doc.from(at, r.KeepByQueue[queue], 0, longest)
		if !slices.ContainsFunc(c.Queues, func(q Queue) bool { return string(q.ID) == queue }) && !doc.Incomplete("queues") {
			doc.wrong(at, "there is no queue %q", queue)
		}
	}
	if r.Keys == "" && (r.Folder != "" || r.Keep > 0 || len(r.KeepByQueue) > 0 || r.ReserveMB > 0 || r.AgentsHear) {
		doc.wrong("recordings.keys", "is missing: recordings are kept encrypted, or not at all. Make a file of keys by hotline recordings new-key")
	}
}

// placeRecordings makes the name of the file of keys a path.
func (c *Config) placeRecordings(doc *document) {
	if k := c.Recordings.Keys; k != "" && !filepath.IsAbs(k) {
		c.Recordings.Keys = filepath.Join(filepath.Dir(doc.File), k)
	}
}
