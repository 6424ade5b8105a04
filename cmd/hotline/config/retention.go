package config

import (
	"cmp"
	"time"

	"hotline/tickets/postgres"
)

// Retention says for how many days what is over is kept. 0 is for ever, of the journal 60 days, of the spool 2.
type Retention struct {
	Contacts    int `yaml:"contacts,omitempty"`     // closed tickets since they last moved, with their contacts
	Facts       int `yaml:"facts,omitempty"`        // how each contact went, step by step
	Customers   int `yaml:"customers,omitempty"`    // customers since their last contact, unless a ticket of theirs is open
	Audit       int `yaml:"audit,omitempty"`        // lines of who looked at whose data; at least 30
	Scorecards  int `yaml:"scorecards,omitempty"`   // reviews of calls, since they were begun
	Journal     int `yaml:"journal,omitempty"`      // days of the router's journal
	JournalSize int `yaml:"journal_size,omitempty"` // of all of its days together, in GB; 0 is 20
	Spool       int `yaml:"spool,omitempty"`        // facts that the database has, beside it: they are younger than its last dump
	SpoolSize   int `yaml:"spool_size,omitempty"`   // of these together, in GB; 0 is 1
}

const (
	day = 24 * time.Hour
	gb  = 1_000_000_000
)

// Rows is what the database keeps.
func (r Retention) Rows() postgres.Retention {
	return postgres.Retention{
		Contacts: time.Duration(r.Contacts) * day, Facts: time.Duration(r.Facts) * day, Customers: time.Duration(r.Customers) * day, Audit: time.Duration(r.Audit) * day,
	}
}

// JournalBytes is how large the journal may be.
func (r Retention) JournalBytes() int64 { return int64(cmp.Or(r.JournalSize, 20)) * gb }

// Beside is how long facts are kept beside the database that has them, until the latest of them: no longer than there.
func (r Retention) Beside() time.Duration {
	beside := time.Duration(cmp.Or(r.Spool, 2)) * day
	if there := r.There(); there > 0 {
		beside = min(beside, there)
	}
	return beside
}

// There is how long the database keeps facts with their contacts; 0 is for ever.
func (r Retention) There() (there time.Duration) {
	for _, days := range []int{r.Contacts, r.Facts} {
		if kept := time.Duration(days) * day; kept > 0 && (there == 0 || kept < there) {
			there = kept
		}
	}
	return there
}

// BesideBytes is how many bytes of them there may be.
func (r Retention) BesideBytes() int64 { return int64(cmp.Or(r.SpoolSize, 1)) * gb }

func (c *Config) proveRetention(doc *document) {
	const longest = 100 * 366
	r := c.Retention
	doc.from("retention.contacts", r.Contacts, 0, longest)
	doc.from("retention.facts", r.Facts, 0, longest)
	doc.from("retention.customers", r.Customers, 0, longest)
	if r.Audit != 0 {
		doc.from("retention.audit", r.Audit, 30, longest)
	}
	doc.from("retention.scorecards", r.Scorecards, 0, longest)
	doc.from("retention.journal", r.Journal, 0, longest)
	doc.from("retention.journal_size", r.JournalSize, 0, 100_000)
	doc.from("retention.spool", r.Spool, 0, longest)
	doc.from("retention.spool_size", r.SpoolSize, 0, 100_000)
}
