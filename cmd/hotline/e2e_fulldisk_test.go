package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// TestAFullDiskAndKillsLoseNothing: the disk of the spool is full, the database is well, and Hotline is killed twice. One customer talks, one waits, and two call
// while the disk is full. Nobody is lost, nor what an agent was told is kept, and Hotline starts each time.
func TestAFullDiskAndKillsLoseNothing(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, elsewhere: true})
	s.config.Spool = filepath.Join(disk, "spool")
	s.config.Asterisk.Reserve = s.house.asterisk.ReserveFile
	_ = os.Remove(s.config.Asterisk.Reserve) // of other tests
	p := s.spawn()
	anna := s.agentAt(p.pages, s.config.People[0]).ready()
	served := s.calls("+79160010001")
	s.chooses(served, "3")
	anna.answers()
	waits := s.calls("+79160010002")
	s.chooses(waits, "3")
	s.hearsMusic(waits)

	empties := s.fills(disk)

	// finish files anna's work. What neither disk nor database has taken in time is refused with a word, and sent again, as the page does.
	finish := func() {
		t.Helper()
		me := anna.until("wrap-up", func(me agentapi.Me) bool { return me.WrapUp != nil })
		s.eventually("the wrap-up is kept", func() error {
			err := anna.desk.Command(t.Context(), "wrap_up.finish", map[string]any{"call": me.WrapUp.Call, "disposition": "resolved", "note": "note of anna"})
			if err != nil && !strings.Contains(err.Error(), "not_kept") {
				t.Fatal(err)
			}
			return err
		})
	}
	conn, err := pgx.Connect(t.Context(), s.database)
	s.must(err)
	defer conn.Close(context.Background())
	s.hangsUp(served)
	finish()
	talk := anna.answers()
	third := s.calls("+79160010003")
	s.chooses(third, "3")
	s.hearsMusic(third)
	for i := range 2 {
		p.kill()
		p = s.respawn(p)
		anna.until("talking again", func(me agentapi.Me) bool { return me.Call != nil && me.Activity.State == "talking" })
		s.hearEachOther(waits, talk)
		s.hearsMusic(third)
		from := fmt.Sprintf("+7916001000%d", 4+i)
		s.hangsUp(s.calls(from))
		s.eventually("a short call is in the database", func() error { // with both disks full a kill in the very second may cost it
			var ended bool
			return conn.QueryRow(t.Context(), `SELECT true FROM contacts WHERE caller = $1 AND ended_at IS NOT NULL`, from).Scan(&ended)
		})
	}
	s.hangsUp(waits)
	finish()
	anna.answers()
	s.hangsUp(third)
	finish()

	s.eventually("each of five calls has one contact with a ticket, and three have their notes", func() error {
		var calls, noted int
		err := conn.QueryRow(t.Context(), `SELECT count(*), count(*) FILTER (WHERE note LIKE 'note of anna%' AND disposition = 'resolved') FROM contacts WHERE ticket <> '' AND ended_at IS NOT NULL`).Scan(&calls, &noted)
		if err != nil || calls != 5 || noted != 3 {
			return errors.Join(err, fmt.Errorf("%d calls, %d notes", calls, noted))
		}
		return nil
	})
	for _, call := range []*softphone.Call{served, waits, third} {
		s.gone(call)
	}
	if torn, _ := filepath.Glob(filepath.Join(s.config.Spool, "facts", "*.torn-*")); len(torn) > 10 {
		t.Errorf("%d damaged parts are left", len(torn))
	}
	empties()
	p.end()
}

// smallDisk is a disk of one's own, which can be full.
func smallDisk(t *testing.T) string {
	t.Helper()
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64m"); err != nil {
		t.Skipf("a disk of one's own takes root: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	return disk
}

// fills fills a disk; the function empties it.
func (s *stage) fills(disk string) (empties func()) {
	s.t.Helper()
	filler, err := os.Create(filepath.Join(disk, "filler"))
	s.must(err)
	for _, size := range []int{1 << 20, 4096, 1} {
		for err = nil; err == nil; {
			_, err = filler.Write(make([]byte, size))
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		s.t.Fatal(err)
	}
	return func() {
		_ = filler.Close()
		s.must(os.Remove(filler.Name()))
	}
}
