package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/lease"
	"hotline/cmd/hotline/schema"
	"hotline/telephony/asterisk"
	"hotline/tickets"
)

// leased is a stage whose database is migrated and reached by a link, and on which no Hotline serves.
func leased(t *testing.T) (s *stage, link *freezer) {
	s, link = behindLink(t)
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
	for range 5 { // a busy machine may need more than its half second for a new connection
		link.strand()
		began := time.Now()
		if _, err = table.Beat(t.Context(), "node", "holder", epoch, "host", "asterisk"); err == nil {
			t.Logf("the beat takes %s", time.Since(began).Round(time.Millisecond))
			break
		}
	}
	s.must(err)
	if row, err := table.Read(t.Context(), "node"); err != nil || row.Beats == 0 {
		t.Errorf("%+v, %v", row, err)
	}
}

// TestWhoIsInChargeRenewsTheLeaseUntilAllIsWritten: while the service is wired, and while it drains after it was asked to hand over.
func TestWhoIsInChargeRenewsTheLeaseUntilAllIsWritten(t *testing.T) {
	t.Parallel()
	s, _ := leased(t)
	c, err := awaitCharge(t.Context(), s.config, slog.New(slog.DiscardHandler), nil)
	s.must(err)
	defer c.spool.Close()
	defer c.close()
	node := s.config.Asterisk.Node
	beats := func(when string) {
		t.Helper()
		before, err := c.table.Read(t.Context(), node)
		s.must(err)
		s.eventually("the lease is renewed "+when, func() error {
			row, err := c.table.Read(t.Context(), node)
			if err == nil && (row.Epoch != c.mark.Epoch || row.Beats < before.Beats+2) {
				err = fmt.Errorf("%+v", row)
			}
			return err
		})
	}
	beats("before anything serves")
	s.must(c.table.Want(t.Context(), node))
	if err := c.holds(t.Context()); !errors.Is(err, errHandedOver) {
		t.Fatalf("asked to hand over it says %v", err)
	}
	beats("until all is written")
	c.letGo()
	if row, err := c.table.Read(t.Context(), node); err != nil || !row.Free {
		t.Errorf("the lease is not free: %+v, %v", row, err)
	}
}

// TestTheFirstToAskForTheLeaseWaitsForWhoDoesNotKnowOfIt: an older version serves, and says so at Asterisk alone.
func TestTheFirstToAskForTheLeaseWaitsForWhoDoesNotKnowOfIt(t *testing.T) {
	t.Parallel()
	s, _ := leased(t)
	said := time.Now().Unix()
	says := func() {
		said++ // another each time, however long a second is here
		_, err := s.house.asterisk.CLI(t.Context(), fmt.Sprintf("dialplan set global HOTLINE_HEARD %d", said))
		s.must(err)
	}
	says()
	began := make(chan time.Time, 1)
	go func() {
		c, err := awaitCharge(t.Context(), s.config, slog.New(slog.DiscardHandler), nil)
		if err == nil && c != nil {
			began <- time.Now()
			c.close()
			_ = c.spool.Close()
		}
		close(began)
	}()
	for range 8 {
		select {
		case <-began:
			t.Fatal("it is in charge beside another")
		case <-time.After(heardFor / 4):
			says()
		}
	}
	silent := time.Now()
	at, ok := <-began
	if !ok {
		t.Fatal("it is never in charge")
	}
	t.Logf("it is in charge %s after the other fell silent", at.Sub(silent).Round(time.Millisecond))
}

// TestWhoBeganBlindlyBelievesTheDatabaseOnceTheLeaseWasTheirs: until then the row may be of somebody who is gone.
func TestWhoBeganBlindlyBelievesTheDatabaseOnceTheLeaseWasTheirs(t *testing.T) {
	t.Parallel()
	s, link := leased(t)
	table, err := lease.Open(s.database)
	s.must(err)
	defer table.Close()
	node := s.config.Asterisk.Node
	_, err = table.Take(t.Context(), node, lease.Row{}, 0, "gone", "there", "asterisk")
	s.must(err)
	link.freeze()
	c, err := awaitCharge(t.Context(), s.config, slog.New(slog.DiscardHandler), nil)
	s.must(err)
	defer c.spool.Close()
	defer c.close()
	c.rest() // the test itself renews the lease
	link.thaw()
	s.eventually("the database answers", func() error { _, err := c.table.Read(t.Context(), node); return err })
	if err := c.entitled(t.Context()); err != nil {
		t.Errorf("beside a row of somebody who is gone it says %v", err)
	}
	var watch lease.Watch
	s.eventually("the lease is had", func() error { return c.beat(t.Context(), &watch) })
	row, err := table.Read(t.Context(), node)
	s.must(err)
	if row.Holder != c.mark.Holder {
		t.Fatalf("the lease is %+v", row)
	}
	_, err = table.Take(t.Context(), node, row, 0, "another", "elsewhere", "asterisk")
	s.must(err)
	s.eventually("it believes that another has it", func() error {
		if err := c.entitled(t.Context()); !errors.Is(err, asterisk.ErrReplaced) {
			return fmt.Errorf("it says %v", err)
		}
		return nil
	})
}

func TestAMarkThatCannotBeReadStopsNoStart(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(markFile(folder), nil, 0o600); err != nil { // as a power cut may leave it
		t.Fatal(err)
	}
	m, copied, err := readMark(folder, "here")
	if err == nil || copied || m.Holder == "" {
		t.Fatalf("%+v, %v, %v; want a new one, and a word of what was there", m, copied, err)
	}
	m.write(folder, slog.New(slog.DiscardHandler))
	if again, copied, err := readMark(folder, "here"); err != nil || copied || again != m {
		t.Errorf("%+v, %v, %v; want %+v", again, copied, err, m)
	}
}

// TestACopiedSpoolIsAnotherHolder: with another machine's mark Hotline has a name of its own, and gives none of the numbers that the other may give.
func TestACopiedSpoolIsAnotherHolder(t *testing.T) {
	t.Parallel()
	if thisMachine() == "" {
		t.Skip("this machine has no name")
	}
	s, _ := leased(t)
	begin := func() (m mark, blocks []tickets.Block) {
		t.Helper()
		c, err := awaitCharge(t.Context(), s.config, slog.New(slog.DiscardHandler), nil)
		s.must(err)
		blocks, err = c.spool.LoadBlocks()
		s.must(err)
		if len(blocks) == 0 {
			s.must(c.spool.SaveBlocks([]tickets.Block{{First: 101, Count: 100}}))
		}
		c.letGo()
		c.close()
		s.must(c.spool.Close())
		return c.mark, blocks
	}
	first, _ := begin()
	again, blocks := begin()
	if again.Holder != first.Holder || len(blocks) != 1 {
		t.Errorf("on the same machine it is %q after %q, with the numbers %v", again.Holder, first.Holder, blocks)
	}
	text, err := os.ReadFile(markFile(s.config.Spool))
	s.must(err)
	s.must(os.WriteFile(markFile(s.config.Spool), []byte(strings.ReplaceAll(string(text), thisMachine(), "another")), 0o600))
	copied, blocks := begin()
	if copied.Holder == first.Holder || len(blocks) != 0 {
		t.Errorf("copied it is %q as before, with the numbers %v", copied.Holder, blocks)
	}
	if again, _ := begin(); again.Holder != copied.Holder {
		t.Errorf("then it is %q after %q", again.Holder, copied.Holder)
	}
}
