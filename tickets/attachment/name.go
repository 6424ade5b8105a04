package attachment

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"hotline/tickets"
)

// LongestFileName is how many characters a file's name may have. It is what Windows allows; no other system allows more.
const LongestFileName = 255

// CleanName makes a name that a browser sent one that is safe on every system that people save files on: what stands before the last
// slash goes, and so do characters that turn or hide text; those that Windows does not allow become underscores, and a name that Windows keeps
// for a device gets one in front. Letters that a Mac sends in two pieces are put together. It is a Refusal where nothing is left, or too much:
// a name is never cut.
func CleanName(raw string) (string, error) {
	if len(raw) > 32<<10 {
		return "", nameTooLong()
	}
	name := strings.ToValidUTF8(raw, "\uFFFD")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = norm.NFC.String(tickets.Display(name)) // in this order: a mark that is taken away stands no longer between a letter and its accent
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}, name)
	name = strings.TrimFunc(name, func(r rune) bool { return r == '.' || unicode.IsSpace(r) }) // Windows drops them at the end, so that x.exe. is x.exe
	switch {
	case strings.Trim(name, "_\uFFFD") == "":
		return "", &Refusal{Field: "name", Code: NameMissing, Rule: "expected a file name"}
	case isDevice(name):
		name = "_" + name
	}
	if utf8.RuneCountInString(name) > LongestFileName {
		return "", nameTooLong()
	}
	return name, nil
}

func nameTooLong() error {
	return &Refusal{Field: "name", Code: NameTooLong, Rule: fmt.Sprintf("expected at most %d characters", LongestFileName), Most: LongestFileName}
}

// devices are the names that Windows keeps, with any extension (Microsoft, Naming Files, Paths, and Namespaces). COM and LPT have a digit behind.
var devices = []string{"con", "prn", "aux", "nul", "conin$", "conout$"}

func isDevice(name string) bool {
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	stem = strings.TrimSpace(stem)
	if slices.Contains(devices, stem) {
		return true
	}
	for _, port := range []string{"com", "lpt"} {
		if digit, is := strings.CutPrefix(stem, port); is && utf8.RuneCountInString(digit) == 1 && strings.Contains("0123456789¹²³", digit) {
			return true
		}
	}
	return false
}

// Extension is what stands behind the last dot of a name, in lower case; "" where there is no dot.
func Extension(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
}

// Names gives each of some files a name of its own, for a folder that holds them all: systems that do not tell a from A keep both, and no name
// is longer than 120 bytes, which leaves room for the folder's. Whoever uses them says elsewhere which name the file really has.
type Names struct{ taken map[string]bool }

const longestInFolder = 120

// Unique is a name for the next file. The extension stays.
func (n *Names) Unique(name string) string {
	clean, err := CleanName(name)
	if err != nil {
		clean = "file"
	}
	ext := path.Ext(clean)
	if len(ext) > 20 {
		ext = ""
	}
	stem := strings.TrimSuffix(clean, ext)
	if n.taken == nil {
		n.taken = map[string]bool{}
	}
	for i := 1; ; i++ {
		mark := ""
		if i > 1 {
			mark = " (" + strconv.Itoa(i) + ")"
		}
		unique := strings.TrimRight(cut(stem, longestInFolder-len(ext)-len(mark)), " .") + mark + ext
		key := strings.ToLower(unique)
		if !n.taken[key] {
			n.taken[key] = true
			return unique
		}
	}
}

// cut is the beginning of a text, of at most so many bytes, with no character cut through.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// Disposition is the header Content-Disposition (RFC 6266) of a file: how it is to be shown, and under which name saved. Old programs read
// the plain name, in which letters other than ASCII's are underscores; all others the encoded one (RFC 8187).
func Disposition(name string, inline bool) string {
	how := "attachment"
	if inline {
		how = "inline"
	}
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%;`, r) {
			return '_'
		}
		return r
	}, name)
	return how + `; filename="` + plain + `"; filename*=UTF-8''` + encoded(name)
}

// encoded is a value as RFC 8187 has it: letters, digits and a few signs stay, all other bytes are written in hexadecimal.
func encoded(s string) string {
	// PathEscape leaves a few signs that attr-char does not have.
	return strings.NewReplacer("(", "%28", ")", "%29", "'", "%27", "*", "%2A", ":", "%3A", "@", "%40", "=", "%3D", ",", "%2C", "/", "%2F").
		Replace(url.PathEscape(strings.ToValidUTF8(s, "\uFFFD")))
}
