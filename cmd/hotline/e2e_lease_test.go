package main

import (
	"testing"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/lease"
	"hotline/cmd/hotline/schema"
)

// leased is a stage whose database is migrated and reached by a link, and on which no Hotline serves.
func leased(t *testing.T) (s *stage, link *freezer) {
	s = raise(t, stageOptions{elsewhere: true, configure: func(c *config.Config) { link = newDatabaseFreezer(t, c) }})
	_, _, err := schema.Migrate(t.Context(), s.database)
	s.must(err)
	return s, link
}

// TestABeatThatIsLostIsMadeAgainInTime: the connection of the holder is dead, and others are not.
func TestABeatThatIsLostIsMadeAgainInTime(t *testing.T) {
	t.Parallel()
	s, link := leased(t)
	table, err := lease.Open(s.config.Database.URL.Text())
	s.must(err)
	defer table.Close()
	epoch, err := table.Take(t.Context(), "node", lease.Row{}, 0, "holder", "host", "asterisk")
	s.must(err)
	link.strand()
	began := time.Now()
	if _, err := table.Beat(t.Context(), "node", "holder", epoch, "host", "asterisk"); err != nil {
		t.Fatal(err)
	}
	t.Logf("the beat takes %s", time.Since(began).Round(time.Millisecond))
	if row, err := table.Read(t.Context(), "node"); err != nil || row.Beats != 1 {
		t.Errorf("%+v, %v", row, err)
	}
}
