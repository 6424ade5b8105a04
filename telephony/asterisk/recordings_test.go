package asterisk

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hotline/telephony"
)

func TestRecordingsOfOldCallsAreForgottenAndNothingElse(t *testing.T) {
	t.Parallel()
	b := theBench(t)
	s := New(realOptions(b.asterisk))
	recorded := make(chan telephony.MediaID, 1)
	running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
		if c.Answer(ctx) == nil {
			id := c.NameRecording()
			_, _ = c.Record(ctx, id, time.Second, 0, "")
			recorded <- id
		}
	}))
	before := time.Now().Add(-time.Second)
	b.Call("+78005550123", "Ivan")
	ours := within(t, recorded, "the recording").Name
	empty(t, b.asterisk)

	foreign := "01a20268-481d-7e82-aa55-1800d2622fa3x" // not quite the name of one of ours
	dir, err := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(b.asterisk.Log)), "spool", "recording"))
	if err != nil || len(dir) != 1 {
		t.Fatalf("the folder of recordings is %q, %v", dir, err)
	}
	const old = telephony.CallID("01a20268-481d-7e82-aa55-1800d2622fa3")
	track := string(old) + ".track-1770000000000-caller" // the archive has not taken it yet
	if _, is := telephony.ParseTrack(track); !is {
		t.Fatalf("%s is no track", track)
	}
	for _, name := range []string{foreign, track} {
		if err := os.WriteFile(filepath.Join(dir[0], name+".wav"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	names := func() (all []string) {
		for _, r := range listed(t, b.asterisk, "/recordings/stored") {
			all = append(all, r["name"].(string))
		}
		slices.Sort(all)
		return all
	}
	if _, err := s.ForgetRecordings(whole(t), before); err != nil || !slices.Contains(names(), ours) {
		t.Errorf("a younger call's is forgotten, %v; there are %q", err, names())
	}
	n, err := s.ForgetRecordings(whole(t), time.Now())
	if left := names(); n == 0 || err != nil || !slices.Equal(left, []string{track, foreign}) {
		t.Errorf("%d of older calls are forgotten, %v; there are %q", n, err, left)
	}
	n, err = s.DeleteRecordings(whole(t), old)
	if left := names(); n != 1 || err != nil || !slices.Equal(left, []string{foreign}) {
		t.Errorf("%d of an erased call are deleted, %v; there are %q", n, err, left)
	}
	e := Examine(realOptions(b.asterisk))
	defer e.Close()
	if _, err := e.Recording(whole(t), ours); !errors.Is(err, telephony.ErrGone) {
		t.Errorf("one that is forgotten: %v", err)
	}
}
