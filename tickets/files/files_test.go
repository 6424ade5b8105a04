package files_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hotline/tickets/attachment"
	"hotline/tickets/conformance"
	"hotline/tickets/files"
)

const childFolder = "HOTLINE_TEST_SMALL_DISK"

func TestMain(m *testing.M) {
	if folder := os.Getenv(childFolder); folder != "" {
		os.Exit(smallDisk(folder))
	}
	os.Exit(m.Run())
}

func open(t *testing.T, folder string, quota int64) *files.Store {
	t.Helper()
	s, err := files.Open(folder, quota)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // some tests have closed it
	return s
}

func TestFolderIsAPlaceForContents(t *testing.T) {
	conformance.Contents(t, func(t *testing.T) attachment.Store { return open(t, t.TempDir(), 0) })
}

func TestQuotaCountsWhatIsKeptAndNothingElse(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder, 1000)
	put := func(content string) error {
		_, err := s.Put(t.Context(), strings.NewReader(content))
		return err
	}
	a, b := strings.Repeat("a", 600), strings.Repeat("b", 400)
	if err := errors.Join(put(a), put(b)); err != nil {
		t.Fatalf("to the last byte: %v", err)
	}
	for range 3 {
		if err := put("c"); !errors.Is(err, attachment.ErrFull) {
			t.Fatalf("one byte more: %v", err)
		}
	}
	if got := s.Used(); got != 1000 {
		t.Errorf("after refusals %d bytes are counted", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, folder, 2000)
	if got := s.Used(); got != 1000 {
		t.Errorf("opened again, %d bytes are counted", got)
	}
	if err := put(a); err != nil || s.Used() != 1000 {
		t.Errorf("the same again: error %v, and %d bytes are counted", err, s.Used())
	}
	c, err := s.Put(t.Context(), strings.NewReader(strings.Repeat("d", 1000)))
	if err := errors.Join(err, s.Drop(t.Context(), c)); err != nil || s.Used() != 1000 {
		t.Errorf("dropped: error %v, and %d bytes are counted", err, s.Used())
	}
	if _, err := s.Sweep(t.Context(), time.Now().Add(time.Minute), noneOf); err != nil || s.Used() != 0 {
		t.Errorf("swept: error %v, and %d bytes are counted", err, s.Used())
	}
}

func noneOf(context.Context, []attachment.Sum) ([]attachment.Sum, error) { return nil, nil }

func TestFolderIsOneProcessesAtATime(t *testing.T) {
	folder := t.TempDir()
	first := open(t, folder, 0)
	if _, err := files.Open(folder, 0); !errors.Is(err, files.ErrInUse) {
		t.Fatalf("opened twice: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, folder, 0)
}

func TestNothingInTheFolderIsExecutableOrReadByOthers(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "made")
	s := open(t, folder, 0)
	if _, err := s.Put(t.Context(), strings.NewReader("#!/bin/sh\necho hello\n")); err != nil {
		t.Fatal(err)
	}
	seen := 0
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if seen++; info.Mode().Perm() != want {
			t.Errorf("%s has mode %o", path, info.Mode().Perm())
		}
		return nil
	})
	if err != nil || seen != 6 { // the folder, lock, incoming, two shards, the content
		t.Errorf("%d things were looked at, error %v", seen, err)
	}
}

func TestUploadThatWasKilledIsSweptAndADamagedContentHealed(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder, 0)
	if err := os.WriteFile(filepath.Join(folder, "incoming", "upload-of-a-dead-process"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if swept, err := s.Sweep(t.Context(), time.Now().Add(-time.Minute), noneOf); err != nil || swept.Broken != 0 {
		t.Errorf("what may still be written was swept: %+v, error %v", swept, err)
	}
	if swept, err := s.Sweep(t.Context(), time.Now().Add(time.Minute), noneOf); err != nil || swept.Broken != 1 {
		t.Errorf("swept %+v, error %v", swept, err)
	}
	content := "what was meant"
	c, err := s.Put(t.Context(), strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	name := c.Sum.String()
	if err := os.Truncate(filepath.Join(folder, name[:2], name[2:4], name), 3); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(t.Context(), strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(t.Context(), c.Sum)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r); err != nil || b.String() != content {
		t.Errorf("it is %q, error %v", b.String(), err)
	}
}

// TestFullDiskSaysSoAndLeavesNothing mounts a disk of one megabyte, in a name space of its own.
func TestFullDiskSaysSoAndLeavesNothing(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(exe)
	child.Env = append(os.Environ(), childFolder+"="+t.TempDir())
	child.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := child.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == cannotMount, err != nil && exit == nil:
		t.Skipf("this machine lets nobody mount a small disk: %v %s", err, out)
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	}
}

const cannotMount = 77

// smallDisk is the other process of the test above.
func smallDisk(folder string) int {
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=1m"); err != nil {
		fmt.Println(err.Error())
		return cannotMount
	}
	if wrong := fillDisk(folder); wrong != "" {
		fmt.Println(wrong)
		return 1
	}
	return 0
}

func fillDisk(folder string) (wrong string) {
	s, err := files.Open(folder, 0)
	if err != nil {
		return err.Error()
	}
	_, err = s.Put(context.Background(), bytes.NewReader(make([]byte, 2<<20)))
	if !errors.Is(err, attachment.ErrFull) {
		return "two megabytes on a disk of one: " + errorText(err)
	}
	if left, err := os.ReadDir(filepath.Join(folder, "incoming")); err != nil || len(left) > 0 || s.Used() != 0 {
		return "something is left of what had no room: " + errorText(err)
	}
	if _, err = s.Put(context.Background(), bytes.NewReader(make([]byte, 900<<10))); err != nil {
		return "what has room is refused afterwards: " + errorText(err)
	}
	return ""
}

func errorText(err error) string {
	if err == nil {
		return "no error"
	}
	return err.Error()
}
