package config

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hotline/deploy"
	"hotline/recordings"
)

func TestRecordingsAreKeptByRule(t *testing.T) {
	c, err := Parse("hotline.yaml", []byte(string(deploy.Configuration)+"\nrecordings: {keys: k, keep: 90, keep_by_queue: {support: 365, subscribers: 0}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	r := c.RecordingsRule(60 * day)
	for queue, want := range map[string]time.Duration{"support": 365 * day, "subscribers": 0, "information": 90 * day} {
		if got := r.Keeps(recordings.Meta{Kind: recordings.Talk, Queue: queue}); got != want {
			t.Errorf("%s is kept for %s, want %s", queue, got, want)
		}
	}
	if got := r.Keeps(recordings.Meta{Kind: recordings.Message, Queue: "support"}); got != 60*day {
		t.Errorf("a message is kept for %s", got)
	}
	if got := c.RecordingsFolder(); got != filepath.Join(c.Spool, "vault") {
		t.Errorf("they lie in %s", got)
	}
	for setting, want := range map[string]string{
		"{keys: k, keep: -1}":                   "recordings.keep: is -1; it must be from 0 to 36600",
		"{keys: k, keep_by_queue: {nobody: 1}}": `recordings.keep_by_queue.nobody: there is no queue "nobody"`,
		"{keep: 90}":                            "recordings.keys: is missing: recordings are kept encrypted, or not at all",
		"{agents_hear: true}":                   "recordings.keys: is missing",
		"{keys: k, keep: long}":                 `recordings.keep: "long" is not a whole number`,
	} {
		_, err := Parse("hotline.yaml", []byte(string(deploy.Configuration)+"\nrecordings: "+setting+"\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %s", setting, err, want)
		}
	}
}
