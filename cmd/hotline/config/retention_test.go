package config

import (
	"strings"
	"testing"
	"time"

	"hotline/deploy"
)

func TestRetentionIsInDays(t *testing.T) {
	c, err := Parse("hotline.yaml", []byte(string(deploy.Configuration)+"\nretention: {contacts: 1095, customers: 30, audit: 400, journal_size: 2}\n"))
	if err != nil {
		t.Fatal(err)
	}
	rows := c.Retention.Rows()
	if rows.Contacts != 3*365*24*time.Hour || rows.Facts != 0 || rows.Customers != 30*24*time.Hour || rows.Audit != 400*24*time.Hour {
		t.Errorf("the database keeps %+v", rows)
	}
	if n := c.Retention.JournalBytes(); n != 2_000_000_000 {
		t.Errorf("the journal may have %d bytes", n)
	}
	for setting, days := range map[string]int{"{}": 2, "{spool: 7}": 7, "{contacts: 1}": 1, "{spool: 7, contacts: 30, facts: 5}": 5} {
		c, err := Parse("hotline.yaml", []byte(string(deploy.Configuration)+"\nretention: "+setting+"\n"))
		if err != nil || c.Retention.Beside() != time.Duration(days)*24*time.Hour {
			t.Errorf("%s: facts are kept beside the database for %s, not %d days; %v", setting, c.Retention.Beside(), days, err)
		}
	}
	for setting, want := range map[string]string{
		"{contacts: -1}":  "retention.contacts: is -1; it must be from 0 to 36600",
		"{audit: 29}":     "retention.audit: is 29; it must be from 30 to 36600",
		"{journal: 90d}":  `retention.journal: "90d" is not a whole number`,
		"{recordings: 1}": "retention.recordings: unknown setting",
	} {
		_, err := Parse("hotline.yaml", []byte(string(deploy.Configuration)+"\nretention: "+setting+"\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %s", setting, err, want)
		}
	}
}
