package spool

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hotline/tickets"
)

// mustOpen opens a spool whose facts are on the disk when they are appended, however busy that is.
func mustOpen(t testing.TB, o Options) *Spool {
	t.Helper()
	if o.Patience == 0 {
		o.Patience = time.Minute
	}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fact(i int) []byte {
	return []byte(fmt.Sprintf(`{"call":"c%d","body":%q}`, i, strings.Repeat("x", i%50)))
}

func mustAppend(t testing.TB, s *Spool, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if _, _, err := s.Append(fact(i), 0); err != nil {
			t.Fatal(err)
		}
	}
}

func readAll(t testing.TB, s *Spool, after uint64) []string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // what is there, without waiting
	var got []string
	for {
		entries, err := s.Read(ctx, after, 7)
		if errors.Is(err, context.Canceled) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Position <= after {
				t.Fatalf("position %d after %d", e.Position, after)
			}
			after = e.Position
			got = append(got, string(e.Fact))
		}
	}
}

func facts(from, to int) []string {
	var all []string
	for i := from; i < to; i++ {
		all = append(all, string(fact(i)))
	}
	return all
}

func sameFacts(t testing.TB, got, want []string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("got %d facts:\n%s\nwant %d:\n%s", len(got), strings.Join(got, "\n"), len(want), strings.Join(want, "\n"))
	}
}

func TestFactsSurviveARestartInOrder(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, SegmentSize: 500})
	mustAppend(t, s, 0, 100)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, Options{Dir: dir, SegmentSize: 500})
	defer s.Close()
	sameFacts(t, readAll(t, s, 0), facts(0, 100))
}

func TestAppliedFactsAreForgottenAndPositionsGoOn(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, SegmentSize: 500})
	mustAppend(t, s, 0, 20)
	if err := s.Applied(20); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = mustOpen(t, Options{Dir: dir, SegmentSize: 500})
	if got := readAll(t, s, 0); len(got) != 0 {
		t.Fatalf("applied facts came back: %q", got)
	}
	position, _, err := s.Append(fact(20), 0)
	if err != nil || position != 21 {
		t.Fatalf("position %d, %v; want 21", position, err)
	}
	mustAppend(t, s, 21, 1200)
	if err := s.Applied(1100); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = mustOpen(t, Options{Dir: dir, SegmentSize: 500})
	defer s.Close()
	sameFacts(t, readAll(t, s, 0), facts(1100, 1200))
}

// crash copies the folder of a running spool: what another process would find after kill -9.
func crash(t testing.TB, dir string) string {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "spool")
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return copied
}

func TestAfterAKillAllAppendedFactsAreThere(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, Patience: time.Minute})
	defer s.Close()
	var wg sync.WaitGroup
	for g := range 20 {
		wg.Go(func() { mustAppend(t, s, g*50, g*50+50) })
	}
	wg.Wait()
	s2 := mustOpen(t, Options{Dir: crash(t, dir)})
	defer s2.Close()
	if got := readAll(t, s2, 0); len(got) != 1000 {
		t.Fatalf("%d of 1000 facts are there", len(got))
	}
	if st := s.Stats(); st.Slow > 0 || st.Commits >= st.Appended/2 {
		t.Errorf("no group commit: %+v", st)
	}
}

func lastSegment(t testing.TB, dir string) string {
	t.Helper()
	segments, err := segmentsOf(filepath.Join(dir, "facts"))
	if err != nil || len(segments) == 0 {
		t.Fatal("no segments: ", err)
	}
	return segments[len(segments)-1].path
}

func TestATornTailCostsTheTornFactOnly(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	mustAppend(t, s, 0, 30)
	s.Close()
	whole, err := os.ReadFile(lastSegment(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		cut := rapid.IntRange(0, len(whole)).Draw(rt, "cut")
		tail := rapid.SampledFrom([]string{"", "\x00", strings.Repeat("\x00", 4096), "\xff\xff\xff", "\x80", "garbage"}).Draw(rt, "tail")
		copied := crash(t, dir)
		if err := os.WriteFile(lastSegment(t, copied), append(whole[:cut:cut], tail...), 0o600); err != nil {
			rt.Fatal(err)
		}
		s := mustOpen(t, Options{Dir: copied})
		defer s.Close()
		got := readAll(t, s, 0)
		want := facts(0, 30)
		sound := 0
		for sound < len(got) && sound < 30 && got[sound] == want[sound] {
			sound++
		}
		entries, _ := salvage(whole[:cut])
		if sound != len(entries) {
			rt.Fatalf("cut at %d: %d sound facts, want %d", cut, sound, len(entries))
		}
		for _, rest := range got[sound:] { // at most the torn one, marked as damaged
			if rest != "" {
				rt.Fatalf("cut at %d: %q came from nowhere", cut, rest)
			}
		}
		mustAppend(t, s, 1000, 1002)
		after := readAll(t, s, 0)
		sameFacts(t, after[len(got):], facts(1000, 1002))
	})
}

func TestADamagedSectorCostsTheFactsThatItHit(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir, SegmentSize: 700})
	mustAppend(t, s, 0, 60)
	s.Close()
	segments, _ := segmentsOf(filepath.Join(dir, "facts"))
	if len(segments) < 3 {
		t.Fatal("too few segments to try")
	}
	rapid.Check(t, func(rt *rapid.T) {
		copied := crash(t, dir)
		hit := segments[rapid.IntRange(0, len(segments)-2).Draw(rt, "segment")].path
		raw, _ := os.ReadFile(hit)
		from := rapid.IntRange(0, len(raw)-1).Draw(rt, "from")
		to := min(len(raw), from+rapid.IntRange(1, 100).Draw(rt, "length"))
		for i := from; i < to; i++ {
			raw[i] = 0
		}
		os.WriteFile(filepath.Join(copied, "facts", filepath.Base(hit)), raw, 0o600)
		s := mustOpen(t, Options{Dir: copied, SegmentSize: 700})
		defer s.Close()
		got := readAll(t, s, 0)
		if len(got) != 60 {
			rt.Fatalf("%d positions, want 60", len(got))
		}
		wanted := map[string]bool{}
		for _, f := range facts(0, 60) {
			wanted[f] = true
		}
		lost := 0
		for _, f := range got {
			if !wanted[f] {
				lost++
			}
		}
		if lost > 6 { // 100 bytes hit that many short facts at most
			rt.Fatalf("%d facts lost to 100 bytes", lost)
		}
	})
}

func TestACutInterruptedByACrashIsFinished(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	mustAppend(t, s, 0, 10)
	s.Close()
	// What TruncateFront(6) leaves when it dies between writing the new front and removing the old.
	raw, _ := os.ReadFile(lastSegment(t, dir))
	entries, _ := salvage(raw)
	skip := 0
	for _, e := range entries[:5] {
		skip += len(e) + 1
	}
	if err := os.WriteFile(filepath.Join(dir, "facts", fmt.Sprintf("%020d.START", 6)), raw[skip:], 0o600); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, Options{Dir: dir})
	defer s.Close()
	sameFacts(t, readAll(t, s, 0), facts(5, 10))
}

func TestASlowDiskDelaysACallByPatienceOnly(t *testing.T) {
	s, err := open(Options{Dir: t.TempDir(), Patience: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	release := make(chan struct{})
	s.sync = func() error { <-release; return nil }
	go s.write()
	began := time.Now()
	mustAppend(t, s, 0, 5)
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("5 facts took %s on a disk that hangs", took)
	}
	if st := s.Stats(); st.Slow != 5 {
		t.Errorf("slow = %d, want 5", st.Slow)
	}
	close(release)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, Options{Dir: s.o.Dir})
	defer s.Close()
	sameFacts(t, readAll(t, s, 0), facts(0, 5))
}

func TestADiskThatRefusesIsTriedAgainAndLosesNothing(t *testing.T) {
	s, err := open(Options{Dir: t.TempDir(), Patience: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	broken := 2
	s.sync = func() error { // called by the writer alone
		if broken--; broken >= 0 {
			return errors.New("no space left on device")
		}
		if st := s.Stats(); broken == -1 && (st.Refused == nil || st.Failed != 2 || st.Waiting != 1 || st.Since.IsZero()) {
			t.Errorf("a disk that refuses is told as %+v", st)
		}
		return nil
	}
	go s.write()
	mustAppend(t, s, 0, 3)
	sameFacts(t, readAll(t, s, 0), facts(0, 3))
	if st := s.Stats(); st.Failed != 2 || st.Refused != nil {
		t.Errorf("failed = %d, want 2; refused: %v", st.Failed, st.Refused)
	}
	s.Close()
}

func TestWhatTheDiskForgotIsWrittenAgainAtTheSamePositions(t *testing.T) {
	s, err := open(Options{Dir: t.TempDir(), Patience: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	mustForget := true
	s.sync = func() error {
		if mustForget {
			mustForget = false
			if err := os.Truncate(lastSegment(t, s.o.Dir), 0); err != nil {
				t.Error(err)
			}
			return errors.New("input/output error")
		}
		return nil
	}
	go s.write()
	mustAppend(t, s, 0, 3)
	sameFacts(t, readAll(t, s, 0), facts(0, 3))
	s.Close()
}

func TestASecondHotlineIsKeptOut(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	if _, err := Open(Options{Dir: dir}); !errors.Is(err, ErrInUse) {
		t.Fatalf("second Open: %v, want ErrInUse", err)
	}
	s.Close()
	mustOpen(t, Options{Dir: dir}).Close()
}

func TestReservedNumbersAreKeptOnTheShelf(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	blocks := []tickets.Block{{First: 10_000, Count: 5}, {First: 20_000, Count: 100}}
	if err := s.SaveBlocks(blocks); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = mustOpen(t, Options{Dir: dir})
	defer s.Close()
	got, err := s.LoadBlocks()
	if err != nil || fmt.Sprint(got) != fmt.Sprint(blocks) {
		t.Fatalf("LoadBlocks = %v, %v; want %v", got, err, blocks)
	}
	os.WriteFile(s.blocksFile(), []byte("torn"), 0o600)
	if got, err := s.LoadBlocks(); err != nil || len(got) != 0 {
		t.Fatalf("damaged: %v, %v; want none, and no error", got, err)
	}
}

func TestWhatWasSetAsideIsTriedAgainWhileTheSpoolIsOpen(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	defer s.Close()
	for i := range 3 {
		if err := s.SetAside(tickets.Entry{Position: uint64(i), Fact: fact(i)}, errors.New("refused")); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.OpenFile(s.AsideFile(), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("no JSON\n"); err != nil || f.Close() != nil {
		t.Fatal(err)
	}
	taken, left, err := RetryAside(dir, func(tried []byte) error {
		if string(tried) == string(fact(1)) {
			return fmt.Errorf("%w for another reason", tickets.ErrRefused)
		}
		return nil
	})
	if err != nil || taken != 2 || left != 2 {
		t.Errorf("%d are taken and %d are left, %v", taken, left, err)
	}
	if err := s.SetAside(tickets.Entry{Position: 7, Fact: fact(7)}, errors.New("later")); err != nil {
		t.Fatal(err)
	}
	kept, err := ReadAside(dir)
	var whys []string
	for _, k := range kept {
		whys = append(whys, k.Why)
	}
	if err != nil || strings.Join(whys, "; ") != "refused by the store for another reason; the line cannot be read; later" || string(kept[0].Fact) != string(fact(1)) {
		t.Errorf("set aside is %q, %v", whys, err)
	}
	if n, err := s.Aside(); err != nil || n != 3 {
		t.Errorf("the spool knows of %d, %v", n, err)
	}
}

// A database that is away says nothing of a fact, and each question to it takes as long as it may.
func TestTryingAgainEndsWithTheFirstErrorThatIsNoRefusal(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	defer s.Close()
	for i := range 4 {
		if err := s.SetAside(tickets.Entry{Position: uint64(i), Fact: fact(i)}, fmt.Errorf("reason %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	away := errors.New("away")
	answers := []error{nil, fmt.Errorf("%w again", tickets.ErrRefused), away}
	asked := 0
	taken, left, err := RetryAside(dir, func([]byte) error {
		if asked++; asked > len(answers) {
			return away
		}
		return answers[asked-1]
	})
	if !errors.Is(err, away) || taken != 1 || left != 3 || asked != 3 {
		t.Errorf("%d are taken and %d are left of %d, %v", taken, left, asked, err)
	}
	kept, err := ReadAside(dir)
	var whys []string
	for _, k := range kept {
		whys = append(whys, k.Why)
	}
	if err != nil || strings.Join(whys, "; ") != "refused by the store again; reason 2; reason 3" {
		t.Errorf("set aside is %q, %v", whys, err)
	}
}

// The command may be root's, and Hotline writes to the same files as another user.
func TestWhatRootTriesAgainStaysWithWhomTheFolderBelongsTo(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	dir := t.TempDir()
	s := mustOpen(t, Options{Dir: dir})
	defer s.Close()
	if err := s.SetAside(tickets.Entry{Fact: fact(1)}, errors.New("refused")); err != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(dir, "set-aside.lock")
	const other = 65_533
	if err := errors.Join(os.Remove(lock), os.Chown(dir, other, other)); err != nil {
		t.Fatal(err)
	}
	if _, left, err := RetryAside(dir, func([]byte) error { return tickets.ErrRefused }); err != nil || left != 1 {
		t.Fatalf("%d are left, %v", left, err)
	}
	for _, file := range []string{lock, s.AsideFile()} {
		is, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if owner := is.Sys().(*syscall.Stat_t); owner.Uid != other || owner.Gid != other {
			t.Errorf("%s is of %d:%d", file, owner.Uid, owner.Gid)
		}
	}
}

func TestWhatIsSetAsideStandsInAFile(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir()})
	defer s.Close()
	if err := s.SetAside(tickets.Entry{Position: 7, Fact: []byte("\x00poison")}, errors.New("no JSON")); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(s.AsideFile())
	if err != nil || !strings.Contains(string(b), `"position":7,"why":"no JSON"`) {
		t.Fatalf("%s, %v", b, err)
	}
}

// Who waits to be sure of a fact is told when a disk takes nothing.
func TestAFactIsKeptOnlyWhenTheDiskHasIt(t *testing.T) {
	s, err := open(Options{Dir: t.TempDir(), Patience: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	full := make(chan struct{})
	s.sync = func() error {
		select {
		case <-full:
			return nil
		default:
			return errors.New("no space left on device")
		}
	}
	go s.write()
	if _, kept, err := s.Append(fact(0), 50*time.Millisecond); kept || err != nil {
		t.Errorf("a full disk is answered by %t, %v", kept, err)
	}
	close(full)
	if _, kept, err := s.Append(fact(1), time.Minute); !kept || err != nil {
		t.Errorf("with room again: %t, %v", kept, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// The name of each file of the log is on the disk once facts in it are, and the folder is not looked through for each of them.
func TestTheNameOfEachFileOfTheLogIsOnTheDisk(t *testing.T) {
	s := mustOpen(t, Options{Dir: t.TempDir(), SegmentSize: 300})
	defer s.Close()
	files, looks, room := map[uint64]bool{}, 0, 0
	for i := range 200 {
		mustAppend(t, s, i, i+1)
		segments, err := segmentsOf(s.walDir())
		if err != nil {
			t.Fatal(err)
		}
		last := segments[len(segments)-1].first
		s.disk.Lock()
		if s.newest != last {
			t.Fatalf("after %d facts the log's last file begins with %d, and that of %d is known to be on the disk", i+1, last, s.newest)
		}
		if s.room > room {
			looks++
		}
		room = s.room
		s.disk.Unlock()
		files[last] = true
		if i%50 == 49 {
			if err := s.Applied(uint64(i - 10)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(files) < 5 || looks > 3*len(files) {
		t.Errorf("%d files were looked for %d times", len(files), looks)
	}
}

func TestAFactForWhichNobodyWaitsGoesWithTheNextOrSoon(t *testing.T) {
	s, err := open(Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	syncs := make(chan struct{}, 1)
	goesOn := make(chan struct{})
	s.sync = func() error {
		select {
		case syncs <- struct{}{}:
		default:
		}
		<-goesOn
		return nil
	}
	go s.write()
	alone, _, err := s.Append(fact(0), -1)
	if err != nil {
		t.Fatal(err)
	}
	<-syncs // it was written by itself, and the disk is at it while the others come
	for i := range 3 {
		if _, _, err := s.Append(fact(i+1), -1); err != nil {
			t.Fatal(err)
		}
	}
	last, kept, err := s.Append(fact(4), time.Nanosecond)
	if kept || err != nil {
		t.Fatalf("kept: %v, %v", kept, err)
	}
	close(goesOn)
	if !s.awaitSync(alone, time.Minute) || !s.awaitSync(last, time.Minute) {
		t.Fatal("a fact stays in memory")
	}
	if n := s.Stats().Commits; n != 2 {
		t.Errorf("one fact, and four together, took %d commits", n)
	}
	sameFacts(t, readAll(t, s, 0), facts(0, 5))
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
