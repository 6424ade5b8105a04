package spool

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"hotline/tickets"
)

// smallDisk is a folder on a disk of its own, and fill takes all room that is left on it.
func smallDisk(t *testing.T) (dir string, fill func() (free func())) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("a disk of one's own takes root: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir, func() func() {
		f, err := os.Create(filepath.Join(dir, "filler"))
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{4096, 1} {
			for err = nil; err == nil; {
				_, err = f.Write(make([]byte, size))
			}
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("the disk is filled with: %v", err)
		}
		return func() {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}
}

func TestAFullDiskKeepsNoFactFromTheDatabase(t *testing.T) {
	dir, fill := smallDisk(t)
	s := mustOpen(t, Options{Dir: filepath.Join(dir, "spool"), Patience: 20 * time.Millisecond})
	defer s.Close()
	mustAppend(t, s, 0, 10)
	free := fill()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	applied := make(chan []string, 1)
	const all = 500
	go func() { // the applier
		var got []string
		var after uint64
		for len(got) < all {
			entries, err := s.Read(ctx, after, 50)
			if err != nil {
				break
			}
			for _, e := range entries {
				got, after = append(got, string(e.Fact)), e.Position
			}
			_ = s.Applied(after)
		}
		applied <- got
	}()
	mustAppend(t, s, 10, all-1)
	if _, kept, err := s.Append(fact(all-1), time.Minute); !kept || err != nil {
		t.Errorf("what the database has is kept %v, %v", kept, err)
	}
	sameFacts(t, <-applied, facts(0, all))
	if st := s.Stats(); st.Queued != 0 || st.Waiting != 0 || st.Failed == 0 { // the last page of a full disk may have room for the marks of what is spent
		t.Errorf("the spool says %+v", st)
	}
	if n, err := s.Erase("nobody"); n != 0 || err != nil {
		t.Errorf("erasing on a full disk: %d, %v", n, err)
	}
	s.mu.Lock()
	for _, entry := range s.queue {
		if !isSpent(entry) {
			t.Error("what the database has is in memory still")
			break
		}
	}
	s.mu.Unlock()
	free()
	if _, kept, err := s.Append(fact(all), time.Minute); !kept || err != nil {
		t.Errorf("with room again a fact is kept %v, %v", kept, err)
	}
	sameFacts(t, readAll(t, s, all), facts(all, all+1))
}

func TestASpoolIsOpenedThoughTheDiskIsFull(t *testing.T) {
	dir, fill := smallDisk(t)
	o := Options{Dir: filepath.Join(dir, "spool")}
	s := mustOpen(t, o)
	mustAppend(t, s, 0, 100)
	if err := s.SaveBlocks([]tickets.Block{{First: 10_000, Count: 20_000}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	last := lastSegment(t, o.Dir)
	whole, err := os.Stat(last)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 * tornMost { // as often as it is killed
		if err := os.Truncate(last, whole.Size()-3); err != nil {
			t.Fatal(err)
		}
		free := fill()
		s = mustOpen(t, o)
		sameFacts(t, readAll(t, s, 0), facts(0, 99))
		blocks, err := s.LoadBlocks()
		if err != nil || len(blocks) != 1 {
			t.Fatalf("%v, %v", blocks, err)
		}
		blocks[0].First, blocks[0].Count = blocks[0].First+100, blocks[0].Count-100
		if err := s.SaveBlocks(blocks); err != nil {
			t.Errorf("the shelf on a full disk: %v", err)
		}
		free()
		mustAppend(t, s, 99, 100)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s = mustOpen(t, o)
	if err := s.Applied(100); err != nil { // all is cut
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	defer fill()()
	o.Patience = 20 * time.Millisecond
	s = mustOpen(t, o)
	mustAppend(t, s, 100, 101)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if entries, err := s.Read(ctx, 0, 10); err != nil || len(entries) != 1 || entries[0].Position != 101 {
		t.Errorf("after a start with an empty log there are %v, %v", entries, err)
	}
	if left, _ := filepath.Glob(filepath.Join(s.walDir(), "*.torn-*")); len(left) > tornMost {
		t.Errorf("%d damaged parts are kept", len(left))
	}
}

// A disk that hangs says nothing at all.
func TestADiskThatHangsKeepsNoFactFromTheDatabase(t *testing.T) {
	s, err := open(Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	hangs := make(chan struct{})
	s.sync = func() error { <-hangs; return nil }
	go s.write()
	mustAppend(t, s, 0, 1)
	await := func(after uint64) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		entries, err := s.Read(ctx, after, 10)
		if err != nil || len(entries) == 0 {
			t.Fatalf("after %d there are %v, %v", after, entries, err)
		}
		done := make(chan struct{})
		go func() { _ = s.Applied(entries[len(entries)-1].Position); close(done) }()
		select {
		case <-done:
		case <-time.After(time.Minute):
			t.Fatal("the applier waits for the disk")
		}
	}
	await(0)
	later := make(chan struct{})
	go func() { // the applier is there before the fact is
		await(1)
		close(later)
	}()
	time.Sleep(50 * time.Millisecond) // not for long: it is no fault if it is late
	mustAppend(t, s, 1, 2)
	select {
	case <-later:
	case <-time.After(time.Minute):
		t.Fatal("a fact that came while the applier waited is not read")
	}
	close(hangs)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestTheWriterMovesWhileTheDiskHangs: that is no fault of Hotline's, and may be long.
func TestTheWriterMovesWhileTheDiskHangs(t *testing.T) {
	s, err := open(Options{Dir: t.TempDir(), Patience: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	commits, hangs := make(chan struct{}, 1), make(chan struct{})
	s.sync = func() error { commits <- struct{}{}; <-hangs; return nil }
	go s.write()
	moves := func(when string) {
		t.Helper()
		moved := make(chan struct{})
		go func() { s.Move(); close(moved) }()
		select {
		case <-moved:
		case <-time.After(30 * time.Second):
			t.Fatalf("it does not move %s", when)
		}
	}
	moves("when it has nothing to do")
	mustAppend(t, s, 0, 1)
	<-commits
	moves("while the disk hangs")
	close(hangs)
	moves("when it does not hang any more")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	moves("when it is closed")
}

// TestAnIdleWriterMovesHoweverOftenItIsAsked: others have the lock now and then, so that the writer may be round before who asks has it.
func TestAnIdleWriterMovesHoweverOftenItIsAsked(t *testing.T) {
	s, err := Open(Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	var others sync.WaitGroup
	moved, enough := make(chan struct{}), make(chan struct{})
	for range 4 {
		others.Go(func() {
			for {
				select {
				case <-enough:
					return
				default:
					s.Stats()
				}
			}
		})
	}
	var moves atomic.Int64
	go func() {
		defer close(moved)
		for range 2000 {
			s.Move()
			moves.Add(1)
		}
	}()
	select {
	case <-moved:
	case <-time.After(time.Minute):
		t.Errorf("it does not move after %d moves", moves.Load())
	}
	close(enough)
	others.Wait()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestAWriterThatIsNotThereDoesNotMove: nobody takes what is queued.
func TestAWriterThatIsNotThereDoesNotMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := open(Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		moved := make(chan struct{})
		go func() { s.Move(); close(moved) }()
		synctest.Wait()
		select {
		case <-moved:
			t.Error("it moves without a writer")
		default:
		}
		go s.write()
		<-moved
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
