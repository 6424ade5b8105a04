package codes

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// reads types keys, half a second apart; "," is a pause of 4 s and ";" one of 10 s. It tells what came of them: what was passed on as it is,
// codes in brackets, and an exclamation mark for each that was wrong.
func reads(r *Reader, keys string, names func(Code) bool) string {
	var b strings.Builder
	tell := func(read Read) {
		b.WriteString(read.Pass)
		if read.Wrong {
			b.WriteByte('!')
		}
		if read.Code != "" {
			fmt.Fprintf(&b, "[%s %s]", read.Code, read.To)
		}
	}
	at := noon
	for _, key := range []byte(keys) {
		switch key {
		case ',':
			at = at.Add(4 * time.Second)
		case ';':
			at = at.Add(10 * time.Second)
		default:
			at = at.Add(500 * time.Millisecond)
			tell(r.Press(key, at, names))
			continue
		}
		if until := r.Until(); !until.IsZero() && at.After(until) {
			tell(r.TimeOut())
		}
	}
	return b.String()
}

func alone(c Code) bool { return c == Consult || c == Transfer }
func asked(Code) bool   { return false }

func TestKeysAreCodesOrForTheOther(t *testing.T) {
	for _, test := range []struct {
		names       func(Code) bool
		typed, want string
	}{
		{alone, "1", "1"},
		{alone, "12#0AD", "12#0AD"}, // a far menu
		{alone, "*1102#", "[consult 102]"},
		{alone, "*2102#", "[transfer 102]"},
		{alone, "*2,1,0,2,#", "[transfer 102]"},
		{alone, "*4*4", "[recording ][recording ]"},
		{alone, "5*46", "5[recording ]6"},
		{alone, "*0", "[back ]"},
		{alone, "*3", "[conference ]"},
		{asked, "*1", "[consult ]"},
		{asked, "*2", "[transfer ]"},
		{asked, "*1102#", "[consult ]102#"},
		{alone, "*,", "*"},
		{alone, "*,1", "*1"},
		{alone, "*7", "*7"},
		{alone, "*#", "*#"},
		{alone, "**1102#", "*1102#"}, // the star is meant for the other
		{alone, "***1102#", "*[consult 102]"},
		{alone, "*1#", "!"},
		{alone, "*1102;", "!"},
		{alone, "*1102;5", "!5"},
		{alone, "*110*4", "![recording ]"},
		{alone, "*11A2", "!2"},
		{alone, "*1" + strings.Repeat("7", longestTarget) + "#", "[consult " + strings.Repeat("7", longestTarget) + "]"},
		{alone, "*1" + strings.Repeat("7", longestTarget+1), "!"},
	} {
		if got := reads(&Reader{Table: Usual()}, test.typed, test.names); got != test.want {
			t.Errorf("%q is read as %q, want %q", test.typed, got, test.want)
		}
	}
}

// TestKeyThatOvertakesItsTimerIsNotOfTheCodeBefore: the timer may be late.
func TestKeyThatOvertakesItsTimerIsNotOfTheCodeBefore(t *testing.T) {
	r := &Reader{Table: Usual()}
	r.Press('*', noon, alone)
	if got := r.Press('4', noon.Add(time.Minute), alone); got != (Read{Pass: "*4"}) {
		t.Errorf("%+v", got)
	}
	for _, key := range "*110" {
		r.Press(byte(key), noon, alone)
	}
	if got := r.Press('2', noon.Add(time.Minute), alone); got != (Read{Pass: "2", Wrong: true}) {
		t.Errorf("%+v", got)
	}
}

func TestKeysThatAreNoCodesHereAreForTheOther(t *testing.T) {
	if got := reads(&Reader{}, "*1102#**", alone); got != "*1102#**" {
		t.Errorf("%q", got)
	}
	if got := reads(&Reader{Table: Table{Consult: "*21", Transfer: "*22"}}, "*2102#*22102#*2,*4*29", alone); got != "[consult 02][transfer 102]*2*4*29" {
		t.Errorf("%q", got)
	}
}

func TestCodesAreProved(t *testing.T) {
	usual := Usual()
	for _, c := range All {
		if err := usual.Prove(c); err != nil {
			t.Error(err)
		}
	}
	for _, test := range []struct {
		table Table
		of    Code
		want  string
	}{
		{Table{Consult: "1"}, Consult, `"1" is no code`},
		{Table{Consult: "*"}, Consult, `"*" is no code`},
		{Table{Consult: "*123"}, Consult, `is no code`},
		{Table{Consult: "**"}, Consult, `is no code`},
		{Table{Consult: "*1", Back: "*12"}, Consult, `"*1" begins the code of back, "*12"`},
		{Table{Consult: "*1", Back: "*12"}, Back, `"*12" begins as the code of consult, "*1", and cannot be typed`},
		{Table{Consult: "", Back: "*12"}, Back, ``},
		{Table{Consult: "*1", Transfer: "*1"}, Transfer, `"*1" begins the code of consult, "*1"`},
		{Table{Consult: "", Transfer: "*1"}, Consult, ``},
	} {
		err := test.table.Prove(test.of)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v of %s: %v, want %s", test.table, test.of, err, test.want)
		}
	}
}
