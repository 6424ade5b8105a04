package spool

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// readKept gives all that a spool keeps beside the database.
func readKept(t testing.TB, s *Spool) (all []string) {
	t.Helper()
	pieces, err := s.Kept()
	if err != nil {
		t.Fatal(err)
	}
	for _, piece := range pieces {
		facts, err := s.ReadKept(piece)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range facts {
			all = append(all, string(f))
		}
	}
	return all
}

func bytesOf(facts []string) (all [][]byte) {
	for _, f := range facts {
		all = append(all, []byte(f))
	}
	return all
}

func TestWhatTheDatabaseHasIsKeptBesideItThroughRestarts(t *testing.T) {
	o := Options{Dir: t.TempDir(), Keep: time.Hour, SegmentSize: 200}
	s := mustOpen(t, o)
	for i := range 10 {
		s.Keep(bytesOf(facts(5*i, 5*i+5)))
	}
	sameFacts(t, readKept(t, s), facts(0, 50))
	pieces, err := s.Kept()
	if err != nil || len(pieces) < 5 {
		t.Fatalf("in pieces %q, %v", pieces, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, o)
	s.Keep(bytesOf(facts(50, 60)))
	sameFacts(t, readKept(t, s), facts(0, 60))
	if err := os.Truncate(pieces[2], 30); err != nil { // as a power cut leaves it
		t.Fatal(err)
	}
	if left := readKept(t, s); len(left) < 50 || !slices.Contains(left, string(fact(59))) {
		t.Errorf("a torn piece leaves %d facts", len(left))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsKeptBesideTheDatabaseIsNeitherOlderNorMoreThanItMay(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, Keep: time.Hour, SegmentSize: 1})
	for i := range 4 {
		s.Keep(bytesOf(facts(i, i+1)))
	}
	pieces, err := s.Kept()
	if err != nil || len(pieces) != 4 {
		t.Fatalf("the pieces are %q, %v", pieces, err)
	}
	if err := os.Chtimes(pieces[0], time.Time{}, time.Now().Add(-61*time.Minute)); err != nil {
		t.Fatal(err)
	}
	s.Keep(bytesOf(facts(4, 5)))
	sameFacts(t, readKept(t, s), facts(1, 5))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, Options{Dir: dir, Keep: time.Hour, KeepBytes: 80, SegmentSize: 1})
	s.Keep(bytesOf(facts(5, 6)))
	left := readKept(t, s)
	if n := len(left); n == 0 || n > 3 || left[n-1] != string(fact(5)) {
		t.Errorf("of 80 bytes beside the latest are kept %q", left)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, Options{Dir: dir}) // it is not wanted any more
	s.Keep(bytesOf(facts(0, 1)))
	sameFacts(t, readKept(t, s), nil)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestNothingIsTooOldBeforeNewerFactsAreKept: the database may have been away for longer than facts are kept, and be restored from a dump then.
func TestNothingIsTooOldBeforeNewerFactsAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Options{Dir: t.TempDir(), Keep: 48 * time.Hour, SegmentSize: 1}
		s := mustOpen(t, o)
		s.Keep(bytesOf(facts(0, 2)))
		time.Sleep(time.Minute)
		s.Keep(bytesOf(facts(2, 4)))
		pieces, err := s.Kept()
		if err != nil {
			t.Fatal(err)
		}
		for _, piece := range pieces {
			if err := os.Chtimes(piece, time.Time{}, time.Now()); err != nil { // by the clock of this test
				t.Fatal(err)
			}
		}
		mustAppend(t, s, 4, 5)
		time.Sleep(60 * time.Hour)
		sameFacts(t, readKept(t, s), facts(0, 4))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = mustOpen(t, o)
		sameFacts(t, readKept(t, s), facts(0, 4))
		s.Keep(bytesOf(facts(4, 5)))
		sameFacts(t, readKept(t, s), facts(0, 5))
		time.Sleep(time.Minute)
		s.Keep(bytesOf(facts(5, 6)))
		sameFacts(t, readKept(t, s), facts(4, 6))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAnErasedPersonIsNotKeptBesideTheDatabase(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir(), Keep: time.Hour, SegmentSize: 100})
	of := func(contact, caller string) string {
		return fmt.Sprintf(`{"contact":%q,"body":{"caller":%q}}`, contact, caller)
	}
	theirs := []string{of("a-1.1", "+79160000001"), of("a-1.2", "")}
	others := []string{of("a-1.3", "+79160000002"), of("a-1.21", "+791600000012")}
	for range 3 {
		s.Keep(bytesOf(append(slices.Clone(theirs), others...)))
	}
	before, err := s.Kept()
	if err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-30 * time.Minute)
	if err := os.Chtimes(before[0], time.Time{}, long); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Erase("+79160000001", "a-1.1", "a-1.2"); err != nil {
		t.Fatal(err)
	}
	sameFacts(t, readKept(t, s), slices.Concat(others, others, others))
	if is, err := os.Stat(before[0]); err != nil || is.ModTime().Sub(long).Abs() > time.Second {
		t.Errorf("what is left counts as new: %v, %v", is.ModTime(), err)
	}
	s.Keep(bytesOf(facts(0, 1)))
	if left := readKept(t, s); left[len(left)-1] != string(fact(0)) {
		t.Errorf("after that is kept %q", left)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestFactsReachTheDiskWhileAPersonIsErasedFromWhatIsKept: that may be a lot, and each call waits for the disk.
func TestFactsReachTheDiskWhileAPersonIsErasedFromWhatIsKept(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir(), Keep: time.Hour})
	s.Keep(bytesOf(facts(0, 1)))
	pieces, err := s.Kept()
	if err != nil || len(pieces) != 1 {
		t.Fatalf("the pieces are %q, %v", pieces, err)
	}
	long := filepath.Join(s.keptDir(), fmt.Sprintf("%020d", 1)) // a piece whose reading ends when it is closed here
	if err := syscall.Mkfifo(long, 0o600); err != nil {
		t.Fatal(err)
	}
	erased := make(chan error, 1)
	go func() {
		_, err := s.Erase("nobody")
		erased <- err
	}()
	reading, err := os.OpenFile(long, os.O_WRONLY, 0) // waits for the reader
	if err != nil {
		t.Fatal(err)
	}
	if _, kept, err := s.Append(fact(1), 5*time.Second); !kept || err != nil {
		t.Errorf("a fact that comes meanwhile is on disk: %v, %v", kept, err)
	}
	if err := os.Remove(pieces[0]); err != nil { // as what is too old goes
		t.Fatal(err)
	}
	if err := reading.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-erased; err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
