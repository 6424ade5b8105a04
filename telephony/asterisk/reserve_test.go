package asterisk

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// taken is what a switch reads from its file.
func taken(t *testing.T, s *Switch) (all []Reserved) {
	t.Helper()
	file := reserve{s.opt, s.log}
	if err := file.take(func(c Reserved) { all = append(all, c) }); err != nil {
		t.Error(err)
	}
	return all
}

func TestCallsOfTheReserveModeAreReadOnceEach(t *testing.T) {
	file := filepath.Join(t.TempDir(), "reserve.csv")
	s := New(Options{Node: "north", Reserve: file, Hotline: &watch{}})
	if calls := taken(t, s); len(calls) != 0 {
		t.Errorf("without a file there are %+v", calls)
	}
	write := func(file, text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const answered = "reserve,1763773.1,1763773152,12,%2B79160007001,%22a%2Cb%22%3B%0A,100\n"
	write(file, answered+"abandoned,1763773.2,1763773160,3,,,\n"+
		"reserve,1763773.3,soon,12,1,,\nreserve,1763773.4\nreserve,1763773.5,1763773152,12,%zz,,\n\"\n")
	calls := taken(t, s)
	if len(calls) != 2 {
		t.Fatalf("read %+v", calls)
	}
	at := time.Unix(1763773152, 0)
	first := calls[0]
	if first.From.E164 != "+79160007001" || first.Name != "\"a,b\";\n" || first.To.Raw != "100" || !first.At.Equal(at) || !first.Ended.Equal(at.Add(12*time.Second)) || !first.Answered {
		t.Errorf("read %+v", first)
	}
	if first.Leg != "" || first.Resume != nil || calls[1].Answered || calls[1].From.Key() != "" {
		t.Errorf("read %+v", calls)
	}
	if left, _ := filepath.Glob(file + "*"); len(left) != 0 {
		t.Errorf("%q are left", left)
	}

	// Hotline died while it read: what it had moved aside goes before what was noted since, and the ids are the same.
	write(file+".taken", answered)
	write(file, "reserve,1763773.6,1763773200,1,,,\n")
	again, later := taken(t, s), taken(t, s)
	if len(again) != 1 || again[0].ID != first.ID || len(later) != 1 || later[0].ID == first.ID {
		t.Errorf("read %+v, then %+v", again, later)
	}

	// Another node has the same channel and the same second.
	write(file, answered)
	if other := taken(t, New(Options{Node: "south", Reserve: file})); len(other) != 1 || other[0].ID == first.ID {
		t.Errorf("another node's call is %+v", other)
	}
	if id := callID("north", "1763773.1", at); id == first.ID {
		t.Error("a call that Hotline took has the id of one that it did not")
	}
}

// Somebody has looked at the file with an editor of Windows, and saved it.
func TestAReserveFileIsReadAsAnyEditorSavesIt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "reserve.csv")
	if err := os.WriteFile(file, []byte("\uFEFFreserve,1763773.1,1763773152,12,%2B79160007001,,100\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if calls := taken(t, New(Options{Node: "north", Reserve: file, Hotline: &watch{}})); len(calls) != 1 || !calls[0].Answered || calls[0].To.Raw != "100" {
		t.Errorf("read %+v", calls)
	}
}

func TestACallerOfTheReserveModeWhoWithholdsTheirNumberIsAnonymous(t *testing.T) {
	file := filepath.Join(t.TempDir(), "reserve.csv")
	const lines = "reserve,1763773.1,1763773152,12,%2B79160007001,Ivan,100,number=allowed_not_screened&privacy=id&party=\n" +
		"reserve,1763773.2,1763773152,12,%2B79160007002,Ivan,100,number=allowed_not_screened&privacy=&party=\n"
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	calls := taken(t, New(Options{Node: "north", Reserve: file, Hotline: &watch{}}))
	if len(calls) != 2 {
		t.Fatalf("read %+v", calls)
	}
	if c := calls[0]; c.From.Key() != "" || c.From.Raw != "" || c.Name != "" || c.Withheld != "Ivan <+79160007001>" {
		t.Errorf("who withholds it is %+v", c.Arrival)
	}
	if c := calls[1]; c.From.Key() != "+79160007002" || c.Name != "Ivan" || c.Withheld != "" {
		t.Errorf("who does not is %+v", c.Arrival)
	}
}
