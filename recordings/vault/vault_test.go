package vault

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hotline/recordings"
	"hotline/recordings/conformance"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// newKeys makes a key file with one key.
func newKeys(t testing.TB) *Keys {
	t.Helper()
	file := filepath.Join(t.TempDir(), "keys")
	if _, err := NewKey(file, now); err != nil {
		t.Fatal(err)
	}
	k, err := ReadKeys(file)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func open(t testing.TB, folder string, keys *Keys) *Vault {
	t.Helper()
	v, err := Open(folder, keys)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

// sound is what a recording sounds like, without its header.
func (f Folder) sound(id recordings.ID) ([]byte, error) {
	s, err := f.Open(id)
	if err != nil {
		return nil, err
	}
	all, err := io.ReadAll(s)
	return all[min(len(all), 44):], errors.Join(err, s.Close())
}

func put(t testing.TB, v *Vault, sound []byte) recordings.Meta {
	t.Helper()
	m, err := v.Put(context.Background(), conformance.Talk(now, "anna"), bytes.NewReader(sound))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestVaultKeepsAsAllVaultsDo(t *testing.T) {
	v := open(t, t.TempDir(), newKeys(t))
	conformance.Vaults(t, v, v.sound)
}

func TestWhatIsKeptIsItsOwnersAloneAndSaysNothing(t *testing.T) {
	folder := t.TempDir()
	v := open(t, folder, newKeys(t))
	m := conformance.Talk(now, "agent-whose-name-is-seen")
	said := bytes.Repeat([]byte("my card number is 4242 4242 4242 4242"), 3000)
	if _, err := v.Put(t.Context(), m, bytes.NewReader(said)); err != nil {
		t.Fatal(err)
	}
	file := v.of(m.ID)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"4242", "agent-whose", string(m.Call), "100237"} {
		if bytes.Contains(content, []byte(word)) {
			t.Errorf("the file says %q", word)
		}
	}
	for path, want := range map[string]os.FileMode{file: 0o600, filepath.Dir(file): 0o700, v.incoming(): 0o700, v.unsettled(): 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s is %v, %v", path, info.Mode(), err)
		}
	}
	if _, err := Open(folder, v.Keys); !errors.Is(err, ErrInUse) {
		t.Errorf("a second process: %v", err)
	}
}

// No change of a file may give a sound that was not put: it is an error, and nothing that was heard before it is wrong.
func TestAnyDamageIsAnErrorAndNeverAWrongSound(t *testing.T) {
	v := open(t, t.TempDir(), newKeys(t))
	rapid.Check(t, func(r *rapid.T) {
		whole := draw(r)
		m := put(t, v, whole)
		whole = whole[:len(whole)-len(whole)%4]
		if got, err := v.sound(m.ID); err != nil || !bytes.Equal(got, whole) {
			r.Fatalf("undamaged it is read with %v", err)
		}
		file := v.of(m.ID)
		content, err := os.ReadFile(file)
		if err != nil {
			r.Fatal(err)
		}
		damaged, what := damage(r, content)
		if bytes.Equal(damaged, content) {
			r.Skip("it is as it was")
		}
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			r.Fatal(err)
		}
		got, err := v.sound(m.ID)
		if bytes.Equal(withoutFreeSlot(damaged), withoutFreeSlot(content)) {
			if err != nil || !bytes.Equal(got, whole) {
				r.Errorf("a slot that nobody needs is damaged, and it is read with %v", err)
			}
			return
		}
		if !errors.Is(err, recordings.ErrDamaged) && !errors.Is(err, recordings.ErrNoKey) {
			r.Errorf("%s: read with %v", what, err)
		}
		if !bytes.HasPrefix(whole, got) {
			r.Errorf("%s: a wrong sound", what)
		}
		if err := v.Verify(t.Context(), m.ID); err == nil {
			r.Errorf("%s is not found", what)
		}
		if again, err := v.Put(t.Context(), m, bytes.NewReader(whole)); err != nil && !errors.Is(err, recordings.ErrNoKey) || err == nil && again.Length != m.Length {
			r.Errorf("%s: put again it is %+v, %v", what, again, err)
		}
		if err := v.Delete(m.ID); err != nil {
			r.Error(err)
		}
	})
}

// withoutFreeSlot is a file without its second slot, which holds a key only while keys are rotated.
func withoutFreeSlot(content []byte) []byte {
	if len(content) < headBytes {
		return content
	}
	return append(slices.Clone(content[:slotsAt+slotBytes]), content[headBytes:]...)
}

// draw is some sound, of up to three chunks: quiet, of a telephone network, or any.
func draw(r *rapid.T) []byte {
	n := rapid.IntRange(0, 3*chunkBytes).Draw(r, "bytes")
	kind, seed := rapid.IntRange(0, 3).Draw(r, "kind"), rapid.Uint32().Draw(r, "seed")
	all := make([]byte, n)
	for i := 0; i+1 < n && kind > 0; i += 2 {
		seed = seed*1664525 + 1013904223
		v := int16(seed >> 16)
		if kind < 3 {
			v = laws[byte(kind)].value[seed>>24]
		}
		all[i], all[i+1] = byte(v), byte(uint16(v)>>8)
	}
	return all
}

// damage damages a file: by a bit, a cut, something behind it, or records that change places, are left out, or come twice.
func damage(r *rapid.T, content []byte) ([]byte, string) {
	all := slices.Clone(content)
	switch kind := rapid.IntRange(0, 5).Draw(r, "damage"); kind {
	case 0:
		at := rapid.IntRange(0, len(all)-1).Draw(r, "at")
		all[at] ^= 1 << rapid.IntRange(0, 7).Draw(r, "bit")
		return all, "a bit flipped"
	case 1:
		return all[:rapid.IntRange(0, len(all)-1).Draw(r, "cut")], "cut off"
	case 2:
		return append(all, rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(r, "more")...), "longer"
	default:
		var records [][]byte
		for rest := all[headBytes:]; len(rest) > 0; {
			n := 4 + binary.BigEndian.Uint32(rest)
			records, rest = append(records, rest[:n]), rest[n:]
		}
		i, j := rapid.IntRange(0, len(records)-1).Draw(r, "i"), rapid.IntRange(0, len(records)-1).Draw(r, "j")
		switch kind {
		case 3:
			records[i], records[j] = records[j], records[i]
		case 4:
			records = slices.Delete(records, i, i+1)
		case 5:
			records = slices.Insert(records, i, records[j])
		}
		return append(slices.Clone(all[:headBytes]), bytes.Join(records, nil)...), "records moved"
	}
}

func FuzzFileNobodyWrote(f *testing.F) {
	v := open(f, f.TempDir(), newKeys(f))
	m := put(f, v, conformance.Sound(1))
	good, err := os.ReadFile(v.of(m.ID))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(v.of(m.ID), content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := v.Verify(t.Context(), m.ID); err == nil && !bytes.Equal(content, good) {
			t.Error("it is taken for whole")
		}
	})
}

func TestSeekingGivesWhatReadingGives(t *testing.T) {
	v := open(t, t.TempDir(), newKeys(t))
	m := put(t, v, conformance.Sound(5))
	s, err := v.Open(m.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	whole, err := io.ReadAll(s)
	if err != nil || int64(len(whole)) != s.Size() {
		t.Fatalf("%d bytes, %v", len(whole), err)
	}
	rapid.Check(t, func(r *rapid.T) {
		from := rapid.IntRange(0, len(whole)).Draw(r, "from")
		n := rapid.IntRange(0, len(whole)-from).Draw(r, "n")
		whence, offset := io.SeekStart, int64(from)
		switch rapid.IntRange(0, 2).Draw(r, "whence") {
		case 1:
			whence, offset = io.SeekCurrent, offset-s.off
		case 2:
			whence, offset = io.SeekEnd, offset-s.Size()
		}
		if at, err := s.Seek(offset, whence); err != nil || at != int64(from) {
			r.Fatalf("seek gives %d, %v; want %d", at, err, from)
		}
		got := make([]byte, n)
		if _, err := io.ReadFull(s, got); err != nil || !bytes.Equal(got, whole[from:from+n]) {
			r.Errorf("%d bytes from %d are others: %v", n, from, err)
		}
	})
	if _, err := s.Seek(-1, io.SeekStart); err == nil {
		t.Error("before the beginning one may seek")
	}
	answer := httptest.NewRecorder()
	asked := httptest.NewRequest(http.MethodGet, "/", nil)
	asked.Header.Set("Range", "bytes=70000-140000")
	http.ServeContent(answer, asked, "", time.Time{}, s)
	if answer.Code != 206 || !bytes.Equal(answer.Body.Bytes(), whole[70000:140001]) {
		t.Errorf("a range is %d, %d bytes", answer.Code, answer.Body.Len())
	}
	want := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(whole)-8))...)
	if !bytes.HasPrefix(whole, want) || string(whole[36:40]) != "data" || int(binary.LittleEndian.Uint32(whole[40:])) != len(whole)-44 {
		t.Errorf("the WAV file begins %q", whole[:44])
	}
}

func TestKeysAreReadWithCare(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "keys")
	const one = "a MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	for content, want := range map[string]string{
		"":                                "there is no key in it",
		"# nothing\n\n":                   "there is no key in it",
		"a\n":                             "line 1: expected a name and a key",
		"# x\na MDEy":                     "line 2: the key a is not 32 bytes in base64",
		one + "\n" + one:                  "line 2: there are two keys a",
		"a/b" + one[1:]:                   "line 1: a name has 1 to 32",
		strings.Repeat("a", 33) + one[1:]: "line 1: a name has 1 to 32",
		one + "\n":                        "",
		"  " + one:                        "",
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadKeys(file)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %s", content, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "MDEy") {
			t.Errorf("a key is told: %v", err)
		}
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadKeys(file); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("%#o: %v", mode, err)
		}
	}
	if _, err := ReadKeys(filepath.Join(folder, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a file: %v", err)
	}
}

// An installation gets a new key, wraps everything by it, and throws the old one away, while recordings are put and heard.
func TestKeysAreRotatedWhileRecordingsAreHeard(t *testing.T) {
	keys := newKeys(t)
	v := open(t, t.TempDir(), keys)
	sound := conformance.Sound(2)
	old := put(t, v, sound)
	name, err := NewKey(keys.file, now)
	if err != nil || name != "2026-03-02.2" {
		t.Fatalf("a new key %s, %v", name, err)
	}
	if got, err := v.sound(old.ID); err != nil || !bytes.Equal(got, sound) {
		t.Errorf("by the old key it is read with %v", err)
	}
	young := put(t, v, sound)
	stop := make(chan struct{})
	var listeners sync.WaitGroup
	listeners.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if got, err := v.sound(old.ID); err != nil || !bytes.Equal(got, sound) {
					t.Errorf("while keys are rotated it is read with %v", err)
					return
				}
				runtime.Gosched()
			}
		}
	})
	for _, c := range []struct {
		id   recordings.ID
		done bool
	}{{old.ID, true}, {old.ID, false}, {young.ID, false}} {
		if done, err := v.Rotate(c.id); done != c.done || err != nil {
			t.Errorf("rotate: %v, %v", done, err)
		}
	}
	close(stop)
	listeners.Wait()
	lines, err := os.ReadFile(keys.file)
	if err != nil {
		t.Fatal(err)
	}
	first, rest, _ := strings.Cut(string(lines), "\n")
	leave := func(content string) Folder {
		file := filepath.Join(t.TempDir(), "keys")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		k, err := ReadKeys(file)
		if err != nil {
			t.Fatal(err)
		}
		return Folder{v.Path, k}
	}
	for _, m := range []recordings.Meta{old, young} {
		if err := leave(first).Verify(t.Context(), m.ID); err != nil {
			t.Errorf("by the new key alone: %v", err)
		}
		if err := leave(rest).Verify(t.Context(), m.ID); !errors.Is(err, recordings.ErrNoKey) || !strings.Contains(err.Error(), name) {
			t.Errorf("by the old key alone: %v", err)
		}
	}
}

// A kill between the two slots leaves both, and one after it neither less.
func TestRotationThatBrokeOffIsFinished(t *testing.T) {
	keys := newKeys(t)
	v := open(t, t.TempDir(), keys)
	m := put(t, v, conformance.Sound(1))
	before, err := os.ReadFile(v.of(m.ID))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewKey(keys.file, now); err != nil {
		t.Fatal(err)
	}
	if done, err := v.Rotate(m.ID); !done || err != nil {
		t.Fatal(done, err)
	}
	after, err := os.ReadFile(v.of(m.ID))
	if err != nil {
		t.Fatal(err)
	}
	both := slices.Clone(after)
	copy(both[slotsAt:], before[slotsAt:slotsAt+slotBytes])
	torn := slices.Clone(before) // the second slot was being written
	copy(torn[slotsAt+slotBytes:], after[slotsAt+slotBytes:slotsAt+slotBytes+40])
	for what, content := range map[string][]byte{"both slots": both, "one slot torn": torn} {
		if err := os.WriteFile(v.of(m.ID), content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := v.Verify(t.Context(), m.ID); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if done, err := v.Rotate(m.ID); !done || err != nil {
			t.Errorf("%s: %v, %v", what, done, err)
		}
		if done, err := v.Rotate(m.ID); done || err != nil {
			t.Errorf("%s, again: %v, %v", what, done, err)
		}
		if err := v.Verify(t.Context(), m.ID); err != nil {
			t.Errorf("%s, once rotated: %v", what, err)
		}
	}
}

func TestARecordingIsPutByManyAtOnce(t *testing.T) {
	v := open(t, t.TempDir(), newKeys(t))
	m, sound := conformance.Talk(now), conformance.Sound(1)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := v.Put(t.Context(), m, bytes.NewReader(sound)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got, err := v.sound(m.ID); err != nil || !bytes.Equal(got, sound) {
		t.Errorf("it is read with %v", err)
	}
	if left, err := os.ReadDir(v.incoming()); err != nil || len(left) != 0 {
		t.Errorf("incoming has %v, %v", left, err)
	}
}
