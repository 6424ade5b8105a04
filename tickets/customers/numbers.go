package customers

import (
	"regexp"
	"strconv"
	"strings"
)

// People write numbers as they please: "8 916 123/45/67", "тел. 8 495 123-00-01 доб. 12", "8 916 123-45-67 (мама)", and two of them into one field.

var (
	extension = regexp.MustCompile(`(?i)[,;]?\s*(?:доб|добавочный|вн|ext|extension|x|#)\.?\s*\d{1,6}\s*$`)
	besides   = regexp.MustCompile(`\([^()]*\p{L}[^()]*\)|\p{L}+\.?:?`)

	// fraction and power are a number as a spreadsheet writes it that takes it for a quantity: "79161234567.0", "7.9161234567E+10".
	fraction = regexp.MustCompile(`^(\+?[0-9]{7,})[.,]0+$`)
	power    = regexp.MustCompile(`^([0-9])[.,]([0-9]{6,})[eE]\+?([0-9]{1,2})$`)

	// meant is a letter in a digit's place, Latin or Cyrillic: O for 0, l for 1, З for 3, б for 6. What is left without it is somebody else's number.
	meant = regexp.MustCompile(`(?i)[0-9]-?[oоilізб](?:\P{L}|$)|(?:^|\P{L})[oоilізб]-?[0-9]`)
)

// leastOfSeveral is how many digits a number has that stands beside another in one field: what is shorter is an extension, or a mistake.
const leastOfSeveral = 5

// numbersIn are the keys of the numbers in one field; none where one of them is no number.
func numbersIn(written string, key func(string) string) (keys []string) {
	written = asQuantity(strings.TrimSpace(written))
	pieces := strings.FieldsFunc(extension.ReplaceAllString(written, ""), func(r rune) bool { return strings.ContainsRune(";,|\n\r", r) })
	for _, p := range pieces {
		p = strings.TrimSpace(p)
		if p == "" {
			continue
		}
		found := numbersOf(p, key)
		if len(found) == 0 || len(pieces) > 1 && digitsIn(p) < leastOfSeveral {
			return nil
		}
		keys = append(keys, found...)
	}
	return keys
}

// asQuantity is what a number was before a spreadsheet took it for a quantity, where all its digits are there still: it rounds what it writes as a power.
func asQuantity(written string) string {
	if whole := fraction.FindStringSubmatch(written); whole != nil {
		return whole[1]
	}
	if p := power.FindStringSubmatch(written); p != nil && strconv.Itoa(len(p[2])) == p[3] {
		return p[1] + p[2]
	}
	return written
}

// numbersOf are the numbers of a piece: the piece itself, whatever stands beside it in words, with slashes in it or between two.
func numbersOf(p string, key func(string) string) []string {
	if meant.MatchString(p) {
		return nil
	}
	for _, as := range []string{p, strings.ReplaceAll(p, "/", " "), besides.ReplaceAllString(strings.ReplaceAll(p, "/", " "), " ")} {
		if k := key(strings.TrimSpace(as)); k != "" {
			return []string{k}
		}
	}
	var keys []string
	halves := strings.Split(besides.ReplaceAllString(p, " "), "/")
	for _, half := range halves {
		k := key(strings.TrimSpace(half))
		if k == "" || len(halves) < 2 || digitsIn(half) < leastOfSeveral {
			return nil
		}
		keys = append(keys, k)
	}
	return keys
}

func digitsIn(s string) (n int) {
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

// lookalikes are letters that look the same in both scripts: a contract is copied by eye, and typed in either.
var lookalikes = func() map[rune]rune {
	m := map[rune]rune{}
	cyrillic := []rune("АВСЕНКМОРТХУасеорхук")
	for i, r := range []rune("ABCEHKMOPTXYaceopxyk") {
		m[r], m[cyrillic[i]] = cyrillic[i], r
	}
	return m
}()

// inOtherScript is a code whose letters all look the same in the other script; "" where they do not, or where it has none.
func inOtherScript(code string) string {
	changed := false
	other := strings.Map(func(r rune) rune {
		if o, is := lookalikes[r]; is {
			changed = true
			return o
		}
		return r
	}, code)
	if !changed {
		return ""
	}
	return other
}
