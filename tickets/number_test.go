package tickets

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestNumberMadeIsParsed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := MakeNumber(rapid.Uint64Range(1000, 99_999_999_999_999).Draw(t, "serial"))
		got, err := ParseNumber(string(n))
		if err != nil || got != n {
			t.Fatalf("ParseNumber(%q) = %q, %v", n, got, err)
		}
	})
}

func TestEverySingleMistypedDigitIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := []byte(MakeNumber(rapid.Uint64Range(1000, 99_999_999_999).Draw(t, "serial")))
		i := rapid.IntRange(0, len(n)-1).Draw(t, "place")
		lowest := byte('0')
		if i == 0 {
			lowest = '1' // a leading zero is refused for another reason
		}
		d := rapid.ByteRange(lowest, '9').Draw(t, "digit")
		if d == n[i] {
			t.Skip("the same digit")
		}
		n[i] = d
		if _, err := ParseNumber(string(n)); !errors.Is(err, ErrCheckDigit) {
			t.Fatalf("ParseNumber(%q) = %v, want ErrCheckDigit", n, err)
		}
	})
}

func TestEverySwapOfNeighboursIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := []byte(MakeNumber(rapid.Uint64Range(1000, 99_999_999_999).Draw(t, "serial")))
		i := rapid.IntRange(0, len(n)-2).Draw(t, "place")
		if n[i] == n[i+1] || i == 0 && n[1] == '0' {
			t.Skip("nothing changes, or a leading zero")
		}
		n[i], n[i+1] = n[i+1], n[i]
		if _, err := ParseNumber(string(n)); !errors.Is(err, ErrCheckDigit) {
			t.Fatalf("ParseNumber(%q) = %v, want ErrCheckDigit", n, err)
		}
	})
}

func TestDammsOwnExampleHolds(t *testing.T) {
	if got := MakeNumber(572); got != "5724" { // the example of the thesis
		t.Fatalf("MakeNumber(572) = %s, want 5724", got)
	}
}

func TestWhatIsNoNumberIsNamed(t *testing.T) {
	for _, typed := range []string{"", "12", "12345678901234567", "10a237", "１００２３７", "0100", "-", "'; drop table tickets"} {
		if _, err := ParseNumber(typed); !errors.Is(err, ErrNotNumber) {
			t.Errorf("ParseNumber(%q) = %v, want ErrNotNumber", typed, err)
		}
	}
	if n, err := ParseNumber(" 57-24"); err != nil || n != "5724" {
		t.Errorf("spaces and hyphens between digits: %q, %v", n, err)
	}
}
