package spool

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"hotline/recordings"
	"hotline/recordings/tape"
	"hotline/telephony"
)

const (
	call  = telephony.CallID("01a20268-481d-7e82-aa55-1800d2622fa3")
	other = telephony.CallID("01a20268-481d-7e82-aa55-1800d2622fa4")
)

var began = time.UnixMilli(1_770_000_000_000)

// folder is a switch's folder of tracks and messages: WAV files as Asterisk writes them.
type folder struct {
	dir    string
	on     map[telephony.CallID]bool // calls on the line
	faults *faults
	listed func() // when they were listed
}

func (f folder) Connected() bool                   { return true }
func (f folder) Serves(call telephony.CallID) bool { return f.on[call] }

func (f folder) Recorded(context.Context) (tracks []telephony.Track, messages []telephony.Message, err error) {
	if f.listed != nil {
		defer f.listed()
	}
	entries, err := os.ReadDir(f.dir)
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".wav")
		if t, ok := telephony.ParseTrack(name); ok {
			tracks = append(tracks, t)
		} else {
			messages = append(messages, telephony.Message{Name: name, Call: telephony.CallID(name[:len(call)]), Came: began})
		}
	}
	return tracks, messages, err
}

// left are how many files there are.
func (f folder) left() int {
	tracks, messages, _ := f.Recorded(context.Background())
	return len(tracks) + len(messages)
}

func (f folder) OpenRecording(_ context.Context, name string) (io.ReadCloser, error) {
	if err := f.faults.step("open"); err != nil {
		return nil, err
	}
	return os.Open(filepath.Join(f.dir, name+".wav"))
}

func (f folder) DeleteRecording(_ context.Context, name string) error {
	if err := f.faults.step("delete"); err != nil {
		return err
	}
	err := os.Remove(filepath.Join(f.dir, name+".wav"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return errors.Join(err, f.faults.step("deleted"))
}

// writes puts a track there, of so much of one sample.
func (f folder) writes(t *testing.T, call telephony.CallID, leg string, after, lasts time.Duration, sample int16) {
	t.Helper()
	f.writesAs(t, fmt.Sprintf("%s.track-%d-%s", call, began.Add(after).UnixMilli(), leg), lasts, sample)
}

func (f folder) writesAs(t *testing.T, name string, lasts time.Duration, sample int16) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("RIFF\x00\x00\x00\x00WAVEfmt ")
	_ = binary.Write(&b, binary.LittleEndian, []uint32{16, 1<<16 | 1, 8000, 16000, 16<<16 | 2})
	b.WriteString("data\x00\x00\x00\x00")
	for range int(lasts.Seconds() * 8000) {
		_ = binary.Write(&b, binary.LittleEndian, sample)
	}
	if err := os.WriteFile(filepath.Join(f.dir, name+".wav"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// faults fail the nth step of all, and all after it, which nobody takes any more; 0 is none.
type faults struct{ at, n int }

var errKilled = errors.New("killed here")

func (f *faults) step(string) error {
	f.n++
	if f.at > 0 && f.n >= f.at {
		return errKilled
	}
	return nil
}

// archive keeps what it is given, once for each id.
type archive struct {
	faults *faults
	metas  []recordings.Meta
	sounds [][]byte
}

func (a *archive) Put(_ context.Context, m recordings.Meta, sound io.Reader) error {
	if err := errors.Join(m.Check(), a.faults.step("put")); err != nil {
		return err
	}
	b, err := io.ReadAll(sound)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(a.metas, func(old recordings.Meta) bool { return old.ID == m.ID }) {
		a.metas, a.sounds = append(a.metas, m), append(a.sounds, b)
	}
	return a.faults.step("is put")
}

// at is what is heard on both sides at a moment.
func at(sound []byte, when time.Duration) (left, right int16) {
	i := int(when.Seconds()*8000) * 4
	return int16(binary.LittleEndian.Uint16(sound[i:])), int16(binary.LittleEndian.Uint16(sound[i+2:]))
}

func open(t *testing.T, dir string, f folder, a *archive) *Spool {
	t.Helper()
	s, err := Open(Options{Dir: dir, Switch: f, Archive: a, Reserve: -1})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRecordingIsBroughtInOnceWhereverHotlineDies: the archive has it once and whole, and nothing is left of it elsewhere.
func TestRecordingIsBroughtInOnceWhereverHotlineDies(t *testing.T) {
	for kill := 0; ; kill++ {
		faults := &faults{at: kill}
		f := folder{t.TempDir(), make(map[telephony.CallID]bool), faults, nil}
		a := &archive{faults: faults}
		dir := t.TempDir()
		s := open(t, dir, f, a)
		f.writes(t, call, "caller", 0, 2*time.Second, 100)
		f.writes(t, call, "abc-1", 500*time.Millisecond, 2*time.Second, 200)
		f.writes(t, call, "caller", 4*time.Second, time.Second, 300)
		s.Note(call, tape.Fact{Kind: tape.Began, At: began, Queue: "billing"})
		s.Note(call, tape.Fact{Kind: tape.Paused, At: began.Add(time.Second), Why: tape.ByAgent})
		s.Note(call, tape.Fact{Kind: tape.WentOn, At: began.Add(1500 * time.Millisecond)})
		f.writesAs(t, string(call)+".xyz-1", 3*time.Second, 400)
		s.Note(call, tape.Fact{Kind: tape.Speaks, At: began.Add(6 * time.Second), Queue: "support", Name: string(call) + ".xyz-1"})
		s.Note(call, tape.Fact{Kind: tape.Ended, At: began.Add(9 * time.Second), Ticket: "T-1"})
		found := make(map[string]bool)
		finds := func(m recordings.Meta) error {
			found[m.Name] = true
			return faults.step("found")
		}
		s.opt.Found = finds
		err := s.BringIn(t.Context())
		if kill > 0 && !errors.Is(err, errKilled) {
			if faults.n >= kill || err != nil {
				t.Fatalf("killed at step %d: %v", kill, err)
			}
			break // all steps have been tried
		}
		faults.at = 0
		next := open(t, dir, f, a)
		next.opt.Found = finds
		if err := next.BringIn(t.Context()); err != nil {
			t.Fatalf("killed at step %d, then: %v", kill, err)
		}
		facts, _ := os.ReadDir(dir)
		if len(a.metas) != 2 || f.left()+len(facts) != 0 {
			t.Fatalf("killed at step %d: %d recordings, %d tracks and messages and %d files are left", kill, len(a.metas), f.left(), len(facts))
		}
		if m := a.metas[1]; !found[m.Name] || m.Kind != recordings.Message || m.Queue != "support" || m.Ticket != "T-1" || !m.Started.Equal(began.Add(6*time.Second)) || len(a.sounds[1]) != 3*8000*2 {
			t.Errorf("killed at step %d: of the message there is %+v with %d bytes, and its contact was told of %v", kill, m, len(a.sounds[1]), found)
		}
		m, sound := a.metas[0], a.sounds[0]
		if m.Queue != "billing" || m.Ticket != "T-1" || !m.Started.Equal(began) || m.Length != 5*time.Second || len(sound) != 5*8000*4 {
			t.Errorf("killed at step %d: %+v with %d bytes", kill, m, len(sound))
		}
		for when, want := range map[time.Duration][2]int16{
			250 * time.Millisecond:  {100, 0},
			750 * time.Millisecond:  {100, 200},
			1250 * time.Millisecond: {0, 0}, // paused, whatever the tracks have
			2250 * time.Millisecond: {0, 200},
			3 * time.Second:         {0, 0},
			4500 * time.Millisecond: {300, 0},
		} {
			if l, r := at(sound, when); [2]int16{l, r} != want {
				t.Errorf("killed at step %d: at %v are %d and %d, want %v", kill, when, l, r, want)
			}
		}
	}
}

// TestAMessageIsFoundWhoeverForgotIt: of one that is noted to be known nobody is told again, one of a Hotline of before goes in by itself, and who hung up at
// the tone, or said nothing, has left none.
func TestAMessageIsFoundWhoeverForgotIt(t *testing.T) {
	f := folder{t.TempDir(), make(map[telephony.CallID]bool), new(faults), nil}
	a := &archive{faults: f.faults}
	s := open(t, t.TempDir(), f, a)
	var found []string
	s.opt.Found = func(m recordings.Meta) error { found = append(found, m.Name); return nil }
	known, tone, older := string(call)+".xyz-1", string(call)+".xyz-2", string(other)+".abc-1"
	f.writesAs(t, known, 400*time.Millisecond, 1)
	f.writesAs(t, tone, 400*time.Millisecond, 2)
	f.writesAs(t, older, time.Second, 300)
	f.writesAs(t, string(other)+".abc-2", 10*time.Second, 3)
	for _, name := range []string{known, tone} {
		s.Note(call, tape.Fact{Kind: tape.Speaks, At: began, Name: name})
	}
	s.Note(call, tape.Fact{Kind: tape.Spoke, At: began, Name: known})
	s.write()
	if err := s.BringIn(t.Context()); err != nil || f.left() != 0 {
		t.Errorf("%v, and %d files are left", err, f.left())
	}
	var names []string
	for _, m := range a.metas {
		names = append(names, m.Name)
	}
	if !slices.Equal(names, []string{known, older}) || !slices.Equal(found, []string{older}) {
		t.Errorf("brought in are %q, and told of %q", names, found)
	}
}

func TestAMessageWaitsForRoomWhereItIs(t *testing.T) {
	f := folder{t.TempDir(), make(map[telephony.CallID]bool), new(faults), nil}
	s, err := Open(Options{Dir: t.TempDir(), Switch: f, Archive: &refusing{err: recordings.ErrFull}, Reserve: -1})
	if err != nil {
		t.Fatal(err)
	}
	f.writesAs(t, string(call)+".xyz-1", time.Second, 400)
	s.Note(call, tape.Fact{Kind: tape.Speaks, At: began, Name: string(call) + ".xyz-1"})
	s.write()
	if err := s.BringIn(t.Context()); !errors.Is(err, recordings.ErrFull) || f.left() != 1 || s.Stats().Waiting != 1 {
		t.Errorf("%v, %d files are left, and %d wait", err, f.left(), s.Stats().Waiting)
	}
}

func TestCallOnTheLineIsLeftAlone(t *testing.T) {
	f := folder{t.TempDir(), map[telephony.CallID]bool{call: true}, new(faults), nil}
	a := &archive{faults: f.faults}
	dir := t.TempDir()
	s := open(t, dir, f, a)
	f.writes(t, call, "caller", 0, time.Second, 1)
	f.writes(t, other, "caller", 0, time.Second, 2) // nothing is known of it
	s.Note(call, tape.Fact{Kind: tape.Began, At: began})
	if err := s.BringIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(a.metas) != 1 || a.metas[0].Call != other {
		t.Errorf("brought in are %+v", a.metas)
	}
	f.on[call] = false
	if err := s.BringIn(t.Context()); err != nil || len(a.metas) != 2 {
		t.Errorf("%d are brought in when the call is over, %v", len(a.metas), err)
	}
}

// A call that ends while tracks are listed has tracks that the list lacks.
func TestACallThatEndsWhileTracksAreListedIsBroughtInWhole(t *testing.T) {
	f := folder{dir: t.TempDir(), on: map[telephony.CallID]bool{call: true}, faults: new(faults)}
	f.writes(t, call, "caller", 0, time.Second, 100)
	f.listed = func() {
		if f.on[call] {
			f.on[call] = false
			f.writes(t, call, "caller", 2*time.Second, time.Second, 300)
		}
	}
	a := &archive{faults: new(faults)}
	s := open(t, t.TempDir(), f, a)
	s.Note(call, tape.Fact{Kind: tape.Began, At: began})
	s.write()
	for range 2 {
		if err := s.BringIn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.sounds) != 1 {
		t.Fatalf("%d recordings", len(a.sounds))
	}
	if length := time.Duration(len(a.sounds[0])/4) * time.Second / 8000; length != 3*time.Second {
		t.Errorf("it is %v long", length)
	}
	if left := f.left(); left > 0 {
		t.Errorf("%d are left", left)
	}
}

func TestOneThatCannotBeBroughtInKeepsNobodyElse(t *testing.T) {
	f := folder{t.TempDir(), nil, new(faults), nil}
	a := &archive{faults: f.faults}
	s := open(t, t.TempDir(), f, a)
	bad := filepath.Join(f.dir, string(call)+".track-1770000000000-caller.wav")
	if err := os.WriteFile(bad, []byte("no sound, and long enough to be some"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.writes(t, other, "caller", 0, time.Second, 2)
	err := s.BringIn(t.Context())
	if err == nil || len(a.metas) != 1 || s.Stats().Waiting != 1 {
		t.Errorf("%v, %d are brought in, %d wait", err, len(a.metas), s.Stats().Waiting)
	}
	if _, err := os.Stat(bad); err != nil {
		t.Errorf("what could not be read is gone: %v", err)
	}
}

// TestOfOneCallWhatCannotBeBroughtInHoldsNothingElseUp: neither a talk its messages, nor a message the talk and the other messages.
func TestOfOneCallWhatCannotBeBroughtInHoldsNothingElseUp(t *testing.T) {
	track, message, second := string(call)+".track-1770000000000-caller", string(call)+".xyz-1", string(call)+".xyz-2"
	for _, bad := range []string{track, message, second} {
		f := folder{t.TempDir(), nil, new(faults), nil}
		a := &archive{faults: f.faults}
		s := open(t, t.TempDir(), f, a)
		for _, name := range []string{track, message, second} {
			f.writesAs(t, name, time.Second, 400)
		}
		file := filepath.Join(f.dir, bad+".wav")
		if err := os.WriteFile(file, []byte("no sound, and long enough to be some"), 0o600); err != nil {
			t.Fatal(err)
		}
		s.Note(call, tape.Fact{Kind: tape.Began, At: began})
		s.write()
		for range 2 {
			if err := s.BringIn(t.Context()); err == nil || len(a.metas) != 2 || f.left() != 1 || s.Stats().Made != 2 {
				t.Errorf("%s is bad: %v, %d are brought in, %d files are left, %+v", bad, err, len(a.metas), f.left(), s.Stats())
			}
		}
		f.writesAs(t, bad, time.Second, 400)
		delete(s.tried, call)
		facts, _ := os.ReadDir(s.opt.Dir)
		if err := s.BringIn(t.Context()); err != nil || len(a.metas) != 3 || f.left() != 0 || len(facts) != 1 {
			t.Errorf("%s is mended: %v, %d are brought in, %d files are left, and there were %v", bad, err, len(a.metas), f.left(), facts)
		}
	}
}

// TestAFolderOfOthersMayBeClosed: on Debian only Asterisk may look into its own.
func TestAFolderOfOthersMayBeClosed(t *testing.T) {
	s, err := Open(Options{Dir: t.TempDir(), Switch: folder{}, Disks: []string{"archive"}, Others: []string{"asterisk"}})
	if err != nil {
		t.Fatal(err)
	}
	for closed, ready := range map[string]bool{"": true, "asterisk": true, "archive": false, s.opt.Dir: false} {
		s.free = func(dir string) (int64, error) {
			if dir == closed {
				return 0, &os.PathError{Op: "statfs", Path: dir, Err: syscall.EACCES}
			}
			return 1 << 40, nil
		}
		s.look()
		if err := s.Ready(); (err == nil) != ready || s.Stats().Free != 1<<40 {
			t.Errorf("%q may not be looked at: %v, %d bytes are free", closed, err, s.Stats().Free)
		}
	}
	s.free = func(dir string) (int64, error) {
		if dir == "asterisk" {
			return 1, nil
		}
		return 1 << 40, nil
	}
	if s.look(); s.Ready() == nil {
		t.Error("Asterisk's disk may be looked at, and is full: ready")
	}
}

// TestNoCallWaitsForADisk: a disk that hangs is asked by the spool, and by no call.
func TestNoCallWaitsForADisk(t *testing.T) {
	f := folder{t.TempDir(), nil, new(faults), nil}
	s := open(t, t.TempDir(), f, &archive{faults: f.faults})
	asked := 0
	s.free = func(string) (int64, error) { asked++; return 1 << 40, nil }
	s.Failed(call, errors.New("no track"))
	s.Note(call, tape.Fact{Kind: tape.Began, At: began})
	if _ = errors.Join(s.Ready(), s.Trouble()); asked != 0 {
		t.Errorf("a call has asked the disk %d times", asked)
	}
	select {
	case <-s.kick:
	default:
		t.Error("the spool does not look at once")
	}
}

// slow is a switch of which no track can be read until somebody lets it.
type slow struct {
	folder
	let chan struct{}
}

func (s slow) OpenRecording(ctx context.Context, name string) (io.ReadCloser, error) {
	<-s.let
	return s.folder.OpenRecording(ctx, name)
}

func TestFactsAreWrittenWhileARecordingIsFetched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := slow{folder{t.TempDir(), map[telephony.CallID]bool{other: true}, new(faults), nil}, make(chan struct{})}
		a := &archive{faults: f.faults}
		s, err := Open(Options{Dir: t.TempDir(), Switch: f, Archive: a, Reserve: -1})
		if err != nil {
			t.Fatal(err)
		}
		f.writes(t, call, "caller", 0, time.Second, 1)
		s.Note(call, tape.Fact{Kind: tape.Began, At: began})
		s.write() // so that it is known
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		synctest.Wait()
		s.Note(other, tape.Fact{Kind: tape.Began, At: began})
		synctest.Wait()
		if known, err := s.read(other); err != nil || len(known.Facts) != 1 {
			t.Errorf("while another is fetched, of the facts are written %+v, %v", known, err)
		}
		close(f.let)
		synctest.Wait()
		stop()
		if err := <-done; err != nil || len(a.metas) != 1 {
			t.Errorf("%v, and %d are brought in", err, len(a.metas))
		}
	})
}

// refusing is an archive that takes nothing.
type refusing struct {
	err   error
	asked int
}

func (r *refusing) Put(context.Context, recordings.Meta, io.Reader) error {
	r.asked++
	return r.err
}

func TestWhatCannotBeBroughtInIsTriedMoreAndMoreSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := folder{t.TempDir(), nil, new(faults), nil}
		a := &refusing{err: errors.New("no")}
		s, err := Open(Options{Dir: t.TempDir(), Switch: f, Archive: a, Reserve: -1})
		if err != nil {
			t.Fatal(err)
		}
		f.writes(t, call, "caller", 0, time.Second, 1)
		s.Note(call, tape.Fact{Kind: tape.Began, At: began})
		s.write()
		rounds := func(n int) (asked int) {
			before := a.asked
			for range n {
				_ = s.BringIn(t.Context())
				time.Sleep(usualEvery)
			}
			return a.asked - before
		}
		if n := rounds(2); n != 2 {
			t.Errorf("at first it is asked %d times in two rounds", n)
		}
		if n := rounds(360); n < 8 || n > 14 {
			t.Errorf("in the hour after that it is asked %d times", n)
		}
		if n := s.Stats().Waiting; n != 1 {
			t.Errorf("%d wait", n)
		}
		a.err = nil
		if n := rounds(61); n != 1 || s.Stats().Waiting != 0 {
			t.Errorf("when it can be brought in, it is asked %d times, and %d wait", n, s.Stats().Waiting)
		}
	})
}

func TestAFullArchiveEndsTheRound(t *testing.T) {
	f := folder{t.TempDir(), nil, new(faults), nil}
	a := &refusing{err: recordings.ErrFull}
	s, err := Open(Options{Dir: t.TempDir(), Switch: f, Archive: a, Reserve: -1})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []telephony.CallID{call, other} {
		f.writes(t, c, "caller", 0, time.Second, 1)
		s.Note(c, tape.Fact{Kind: tape.Began, At: began})
	}
	s.write()
	if err := s.BringIn(t.Context()); !errors.Is(err, recordings.ErrFull) || a.asked != 1 {
		t.Errorf("%v after %d were tried", err, a.asked)
	}
}

func TestNothingComesOfCallsThatAreErased(t *testing.T) {
	f := folder{t.TempDir(), map[telephony.CallID]bool{other: true}, new(faults), nil}
	a := &archive{faults: f.faults}
	dir := t.TempDir()
	s := open(t, dir, f, a)
	left := func() (n int) {
		facts, _ := os.ReadDir(dir)
		return f.left() + len(facts)
	}
	for _, c := range []telephony.CallID{call, other} {
		f.writes(t, c, "caller", 0, time.Second, 1)
		s.Note(c, tape.Fact{Kind: tape.Began, At: began})
	}
	if err := s.Erase(t.Context(), call, other); err != nil || left() != 2 {
		t.Errorf("%v, and %d files are left, of the call on the line", err, left())
	}
	f.writes(t, other, "abc-1", time.Second, time.Second, 2)
	f.writesAs(t, string(other)+".xyz-1", time.Second, 2)
	s.Note(other, tape.Fact{Kind: tape.Ended, At: began})
	s.write()
	f.on[other] = false
	s = open(t, dir, f, a) // Hotline was killed meanwhile
	if err := s.BringIn(t.Context()); err != nil || len(a.metas) != 0 || left() != 0 {
		t.Errorf("%v, %d are brought in, and %d files are left", err, len(a.metas), left())
	}
}

func TestNothingIsRecordedThatCannotBeKept(t *testing.T) {
	closed := errors.New("there is no key")
	s, err := Open(Options{Dir: t.TempDir(), Switch: folder{}, Reserve: -1, Keeps: func() error { return closed }})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(); !errors.Is(err, closed) || !errors.Is(s.Trouble(), closed) {
		t.Errorf("it is ready: %v, %v", err, s.Trouble())
	}
	closed = nil
	if s.look(); s.Ready() != nil {
		t.Errorf("there is a key, and %v", s.Ready())
	}
}

func TestTroubleLastsAsLongAsTheCallOrAsItFails(t *testing.T) {
	f := folder{t.TempDir(), nil, new(faults), nil}
	s := open(t, t.TempDir(), f, &archive{faults: f.faults})
	for name, over := range map[string]func(){
		"recorded again": func() { s.Failed(call, nil) },
		"the call ends":  func() { s.Note(call, tape.Fact{Kind: tape.Ended, At: began}) },
	} {
		failed := s.Stats().Failed
		s.Failed(call, errors.New("no track"))
		if s.Trouble() == nil || s.Stats().Failed != failed+1 {
			t.Errorf("%s: nobody is told that it fails", name)
		}
		if over(); s.Trouble() != nil || s.Stats().Failed != failed+1 {
			t.Errorf("%s: %v, failed %d times", name, s.Trouble(), s.Stats().Failed-failed)
		}
	}
}

func TestNothingIsRecordedIntoTheReserveOrAFolderThatCannotBeWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "recordings")
	s, err := Open(Options{Dir: dir, Switch: folder{}, Reserve: 1 << 62})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(); err == nil || !strings.Contains(err.Error(), "reserve") {
		t.Errorf("a full disk is ready: %v", err)
	}
	s.opt.Reserve = 0
	s.look()
	if err := s.Ready(); err != nil {
		t.Errorf("a disk with room is not ready: %v", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	s.look()
	if err := s.Ready(); err == nil {
		t.Error("a folder that is not there is ready")
	}
	s.Note(call, tape.Fact{Kind: tape.Began, At: began})
	s.write()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s.write()
	if known, err := s.read(call); err != nil || len(known.Facts) != 1 {
		t.Errorf("what was noted meanwhile is %+v, %v", known, err)
	}
}

// TestAFactThatWasCutTakesNoOtherAlong: by a disk that is full in the midst of it, after which it is written again, or by a kill.
func TestAFactThatWasCutTakesNoOtherAlong(t *testing.T) {
	names := func(s *Spool) (all []string) {
		t.Helper()
		known, err := s.read(call)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range known.Facts {
			all = append(all, f.Name)
		}
		return all
	}
	t.Run("by a kill", func(t *testing.T) {
		s := open(t, t.TempDir(), folder{}, nil)
		for _, name := range []string{"first", "cut", "last"} {
			s.Note(call, tape.Fact{Kind: tape.Speaks, At: began, Name: name})
			if s.write(); name != "cut" {
				continue
			}
			facts, err := os.ReadFile(s.file(call))
			if err == nil {
				err = os.WriteFile(s.file(call), facts[:len(facts)-3], 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if got := names(s); !slices.Equal(got, []string{"first", "last"}) {
			t.Errorf("read are %q", got)
		}
	})
	t.Run("by a full disk", func(t *testing.T) {
		disk := t.TempDir()
		if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64k"); err != nil {
			t.Skipf("a disk of one's own takes root: %v", err)
		}
		t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
		s := open(t, filepath.Join(disk, "recordings"), folder{}, nil)
		var want []string
		note := func() {
			name := fmt.Sprintf("%0100d", len(want))
			want = append(want, name)
			s.Note(call, tape.Fact{Kind: tape.Speaks, At: began, Name: name})
			s.write()
		}
		note()
		filler := filepath.Join(disk, "filler")
		if err := os.WriteFile(filler, make([]byte, 1<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("the disk is not full: %v", err)
		}
		for len(s.facts) == 0 && len(want) < 1000 {
			note()
		}
		if err := s.Ready(); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("the disk of facts is not full: %v", err)
		}
		note()
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		note()
		if got := names(s); !slices.Equal(got, want) {
			t.Errorf("%d facts are read, and %d were noted: %q", len(got), len(want), got)
		}
	})
}
