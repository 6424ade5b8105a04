package tickets

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestHostileNamesAreShownAsHarmlessText(t *testing.T) {
	for hostile, want := range map[string]string{
		`"Bobby" <script>alert(1)</script>`: `"Bobby" <script>alert(1)</script>`, // text stays text; pages show it as text
		"Anna\r\nVia: evil":                 "Anna  Via: evil",
		"a\x1b[31mred\x07":                  "a [31mred",
		"\u202egnp.exe":                     "gnp.exe",
		"\u2066Anna\u2069\u200b\ufeff":      "Anna",
		"Анна Петровна":                     "Анна Петровна",
		"\x00\x01":                          "",
		"line\u2028break":                   "line break",
	} {
		if got := Display(Clean(hostile, 256)); strings.ReplaceAll(got, "\uFFFD", "") != want {
			t.Errorf("Display(%q) = %q, want %q", hostile, got, want)
		}
	}
}

func TestCleanTextFitsAndIsStorable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := string(rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "raw"))
		limit := rapid.IntRange(0, 300).Draw(t, "limit")
		got := Clean(raw, limit)
		if utf8.RuneCountInString(got) > limit || !utf8.ValidString(got) || strings.ContainsRune(got, 0) {
			t.Fatalf("Clean(%q, %d) = %q", raw, limit, got)
		}
		for _, r := range Display(got) {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Fatalf("Display left %U", r)
			}
		}
	})
}
