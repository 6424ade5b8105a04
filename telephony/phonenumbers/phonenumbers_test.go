package phonenumbers

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	plan "github.com/nyaruka/phonenumbers"

	"hotline/telephony"
)

func TestNumbersAreReadAsTheyAreDialledInRussia(t *testing.T) {
	for raw, want := range map[string]string{
		"+74951234567":          "+74951234567",
		"8 (495) 123-45-67":     "+74951234567",
		"8-495-123-45-67":       "+74951234567",
		"84951234567":           "+74951234567",
		"74951234567":           "+74951234567",
		"4951234567":            "+74951234567",
		"8 800 555-01-00":       "+78005550100",
		"88005550100":           "+78005550100",
		"+7 916 123 45 67":      "+79161234567",
		"9161234567":            "+79161234567",
		"tel:+79161234567":      "+79161234567",
		"+44 20 7946 0958":      "+442079460958",
		"00442079460958":        "+442079460958",
		"810442079460958":       "+442079460958",
		"8 10 44 20 7946 0958":  "+442079460958",
		"380501234567":          "+380501234567",
		"+49 30 901820":         "+4930901820",
		"+39 06 698 83712":      "+390669883712", // Italy keeps its zero
		"\u00a0+7 916 1234567 ": "+79161234567",
	} {
		n := Parse(raw, "RU")
		if n.Kind != telephony.Full || n.E164 != want || n.Key() != want {
			t.Errorf("Parse(%q) = %+v, want %s", raw, n, want)
		}
		if n.Raw == "" {
			t.Errorf("Parse(%q) lost the raw text", raw)
		}
	}
}

func TestTheSameDigitsMeanAnotherNumberInAnotherRegion(t *testing.T) {
	if n := Parse("030 901820", "DE"); n.E164 != "+4930901820" {
		t.Errorf("German national form: %+v", n)
	}
	if n := Parse("011 7 495 123-45-67", "US"); n.E164 != "+74951234567" {
		t.Errorf("American international prefix: %+v", n)
	}
}

func TestShortNumbersKeepTheirDigitsAsKey(t *testing.T) {
	for raw, want := range map[string]string{
		"112": "112", " 7004 ": "7004", "10-05": "1005", "10": "10", "0101": "0101", "111": "111", "123456": "123456",
		"123-45-67": "1234567", // within the city
	} {
		n := Parse(raw, "RU")
		if n.Kind != telephony.Short || n.Raw != want || n.Key() != want || n.E164 != "" {
			t.Errorf("Parse(%q) = %+v, want short %s", raw, n, want)
		}
	}
}

func TestWhatIsNoNumberIsAnonymous(t *testing.T) {
	for _, raw := range []string{
		"", " ", "anonymous", "Anonymous", "unavailable", "Restricted", "unknown", "asterisk", "аноним",
		"+", "+1", "+112", "()", "--", "+7+9161234567",
		"sip:79161234567@example.org", "79161234567@example.org", "7916;x=\"<sip:evil@example.org>", "7916;\r\nVia: x",
		`"><sip:evil@example.org>`, "7916%0d%0aVia: x", "79161234567\r\nX: y", "1' OR '1'='1", "${SHELL(id)}",
		"9999999999999999999999", "+00000000000", "00000000000", strings.Repeat("7", 5000),
		"\xff\xfe", "٧٩١٦١٢٣٤٥٦٧", "7 916 ABC DEFG",
	} {
		n := Parse(raw, "RU")
		if n.Kind != telephony.Anonymous || n.Key() != "" || n.String() != "anonymous" {
			t.Errorf("Parse(%q) = %+v, want anonymous", raw, n)
		}
	}
}

func TestRawIsCutAtARuneBorderWithoutControls(t *testing.T) {
	n := Parse(strings.Repeat("ж", 50), "RU")
	if n.Raw != strings.Repeat("ж", 39) {
		t.Errorf("raw is %q (%d bytes)", n.Raw, len(n.Raw))
	}
	if n := Parse("a\x00b\r\nc\u202ed\x7f", "RU"); n.Raw != "abcd" {
		t.Errorf("raw is %q", n.Raw)
	}
}

// What a caller's number costs is for the most part to parse it by the tables of all countries.
func TestAUsualNumberIsParsedOnce(t *testing.T) {
	const number = "+79161234567"
	once := testing.AllocsPerRun(100, func() {
		if n, err := plan.Parse(number, "RU"); err != nil || !plan.IsValidNumber(n) {
			t.Error(n, err)
		}
	})
	if read := testing.AllocsPerRun(100, func() { Parse(number, "RU") }); read >= 1.5*once {
		t.Errorf("it is read with %.0f allocations, and parsed once with %.0f", read, once)
	}
	if asked := testing.AllocsPerRun(100, func() {
		Callable(telephony.Number{Kind: telephony.Full, E164: number}, "+74950000100", "RU", nil)
	}); asked >= 1.5*once {
		t.Errorf("whether it may be called is asked with %.0f allocations, and it is parsed once with %.0f", asked, once)
	}
}

func FuzzParseNeverFailsAndNeverLetsHostileTextThrough(f *testing.F) {
	for _, s := range []string{"+79161234567", "8 800 555-01-00", "810442079460958", "112", "anonymous", "", "\xff",
		"\"><sip:evil@x>", strings.Repeat("ж", 80), "+" + strings.Repeat("9", 40), "00", "000", "+0", "810", "tel:"} {
		f.Add(s, "RU")
	}
	f.Add("0301234", "DE")
	f.Add("123", "??")
	f.Fuzz(func(t *testing.T, raw, region string) {
		n := Parse(raw, region)
		if len(n.Raw) > 79 || !utf8.ValidString(n.Raw) || strings.ContainsFunc(n.Raw, unicode.IsControl) {
			t.Errorf("raw %q of %q", n.Raw, raw)
		}
		digits := func(s string) bool {
			return s != "" && strings.Trim(s, "0123456789") == ""
		}
		switch n.Kind {
		case telephony.Full:
			if n.E164[0] != '+' || !digits(n.E164[1:]) || len(n.E164) < 6 || len(n.E164) > 18 {
				t.Errorf("%q gave E.164 %q", raw, n.E164)
			}
			if again := Parse(n.E164, region); again.E164 != n.E164 {
				t.Errorf("%q gave %q, which read again is %+v", raw, n.E164, again)
			}
		case telephony.Short:
			if !digits(n.Raw) {
				t.Errorf("%q gave a short number %q", raw, n.Raw)
			}
		case telephony.Anonymous:
			if n.E164 != "" {
				t.Errorf("%q is anonymous with E.164 %q", raw, n.E164)
			}
		}
	})
}
