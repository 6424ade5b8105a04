package asterisk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	if left, _ := filepath.Glob(file + "*"); len(left) != 1 || left[0] != file+".unread" {
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

// They are noted as they end: who came first talked for long.
func TestCallsOfTheReserveModeAreGivenInTheOrderInWhichTheyCame(t *testing.T) {
	file := filepath.Join(t.TempDir(), "reserve.csv")
	const lines = "reserve,1763773.2,1763773153,12,%2B79160007002,,100,,1763773153200,,,reserve-1763773153200-1763773.2\n" +
		"reserve,1763773.3,1763773153,12,%2B79160007003,,100,,1763773153900,,,reserve-1763773153200-1763773.2\n" + // another's message
		"reserve,1763773.1,1763773152,70,%2B79160007001,,100,,1763773152100,phone%3Adesk-101,1763773160,\n"
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	calls := taken(t, New(Options{Node: "north", Reserve: file, Hotline: &watch{}}))
	if len(calls) != 3 || calls[0].With != "phone:desk-101" || !calls[0].Since.Equal(time.Unix(1763773160, 0)) || calls[0].Message != "" {
		t.Fatalf("read %+v", calls)
	}
	if c := calls[1]; c.From.Key() != "+79160007002" || c.With != "" || c.Message != "reserve-1763773153200-1763773.2" {
		t.Errorf("who left a message is %+v", c)
	}
	if c := calls[2]; c.From.Key() != "+79160007003" || c.Message != "" {
		t.Errorf("the last is %+v", c)
	}
	if whose, own := messageOwner("north", calls[1].Message); !own || whose != calls[1].ID {
		t.Errorf("the message is of %s, and the call is %s", whose, calls[1].ID)
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

// A line that a person or a full disk has spoilt costs no other, and is not lost: somebody may find out who called.
func TestALineOfTheReserveFileThatCannotBeReadCostsNoOther(t *testing.T) {
	const good = "reserve,1763773.%d,1763773152,12,%%2B7916000700%[1]d,,100,number=allowed&privacy=\n"
	for name, test := range map[string]struct {
		line  string
		reads bool
	}{
		"one stray quote":               {`reserve,"1763773.5,1763773152,12,%2B79160007005,,100,number=allowed`, true},
		"a quote within":                {`reserve,1763773.5,1763773152,12,%2B7916"0007005,,100,number=allowed`, true},
		"a quote alone":                 {`"`, false},
		"quotes around each":            {`"reserve","1763773.5","1763773152","12","%2B79160007005","","100","number=allowed"`, true},
		"semicolons":                    {`reserve;1763773.5;1763773152;12;%2B79160007005;;100;number=allowed`, true},
		"spaces":                        {` reserve, 1763773.5, 1763773152, 12, %2B79160007005, , 100, number=allowed ` + "\r", true},
		"cut short":                     {`reserve,1763773.5,17637`, false},
		"zeros of a disk":               {"\x00\x00\x00\x00", false},
		"somebody's remark":             {`# looked at by Anna`, false},
		"two lines in one":              {`reserve,1763773.5,17reserve,1763773.6,1763773152,12,%2B79160007006,,100,number=allowed`, false},
		"another word":                  {`call,1763773.5,1763773152,12,%2B79160007005,,100,number=allowed`, false},
		"no channel":                    {`reserve,,1763773152,12,%2B79160007005,,100,number=allowed`, false},
		"a number that is not encoded":  {`reserve,1763773.5,1763773152,12,%2,,100,number=allowed`, false},
		"longer than any caller's name": {strings.Repeat("x", 200_000), false},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "reserve.csv")
			text := fmt.Sprintf(good, 1) + test.line + "\n\n" + fmt.Sprintf(good, 2)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			calls := taken(t, New(Options{Node: "north", Reserve: file, Hotline: &watch{}}))
			want := []string{"+79160007001", "+79160007005", "+79160007002"}
			if !test.reads {
				want = []string{"+79160007001", "+79160007002"}
			}
			var got []string
			for _, c := range calls {
				got = append(got, c.From.Key())
			}
			if !slices.Equal(got, want) {
				t.Errorf("read the calls of %q", got)
			}
			kept, err := os.ReadFile(file + ".unread")
			if test.reads != errors.Is(err, fs.ErrNotExist) || !test.reads && string(kept) != test.line+"\n" {
				t.Errorf("kept aside is %.80q, %v", kept, err)
			}
		})
	}
}

func TestLinesOfTheReserveFileAreKeptAlsoWhereNoMoreCanBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "reserve.csv")
	if err := os.Mkdir(file+".unread", 0o700); err != nil { // nothing can be written there
		t.Fatal(err)
	}
	const text = "reserve,1763773.1,1763773152,12,%2B79160007001,,100\nspoilt\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := New(Options{Node: "north", Reserve: file, Hotline: &watch{}})
	if calls := taken(t, s); len(calls) != 1 {
		t.Errorf("read %+v", calls)
	}
	if calls := taken(t, s); len(calls) != 0 {
		t.Errorf("read again %+v", calls)
	}
	all, _ := filepath.Glob(file + ".unread.*")
	if len(all) != 1 {
		t.Fatalf("kept are %q", all)
	}
	if kept, err := os.ReadFile(all[0]); string(kept) != text {
		t.Errorf("kept is %q, %v", kept, err)
	}
}
