package written

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

// Lines is a text that may have several lines.
type Lines string

var (
	duration = reflect.TypeFor[time.Duration]()
	lines    = reflect.TypeFor[Lines]()
)

// longestTime bounds what a time may be: more is a slip, and would leave no room to reckon with.
const longestTime = 100 * 366 * 24 * time.Hour

var (
	wholeNumber   = regexp.MustCompile(`^[+-]?(0|[1-9][0-9]*)$`)
	number        = regexp.MustCompile(`^[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$`)
	decimalComma  = regexp.MustCompile(`^([+-]?[0-9]+),([0-9]+)$`)
	percent       = regexp.MustCompile(`^([0-9]+([.,][0-9]+)?) *%$`)
	rightTime     = regexp.MustCompile(`^[+-]?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$`)
	timeAsSpoken  = regexp.MustCompile(`^ *(([0-9]+([.,][0-9]+)?) *\pL+\.? *)+$`)
	piecesOfTimes = regexp.MustCompile(`([0-9]+(?:[.,][0-9]+)?) *(\pL+)`)
)

// scalar reads one value.
func (b *binder) scalar(path string, node ast.Node, into reflect.Value) {
	text, ok := textOf(node)
	problem := ""
	switch kind := into.Kind(); {
	case !ok:
		problem = "must be " + expected(into.Type())
	case into.Type() == lines:
		into.SetString(text)
		problem = unseen(strings.ReplaceAll(text, "\n", ""))
	case kind == reflect.String:
		into.SetString(text)
		problem = unseen(text)
	case into.Type() == duration:
		var d time.Duration
		d, problem = readTime(text)
		into.SetInt(int64(d))
	case kind == reflect.Bool:
		problem = readBool(text, into)
	case kind == reflect.Float64:
		problem = readNumber(text, into)
	case kind == reflect.Int || kind == reflect.Uint8:
		problem = readWhole(text, into)
	default:
		panic("written: no way to read a " + into.Type().String())
	}
	if problem != "" {
		b.unreadable(path, node, "%s", problem)
	}
}

// textOf is what stands in the file for one value, without its quotes; false where it is no single value.
func textOf(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
		return node.GetToken().Value, true
	default:
		return "", false
	}
}

// unseen tells of a character in a text that nobody sees, and that therefore nobody can have meant or could type again.
func unseen(text string) (problem string) {
	const joiners = "\u200C\u200D" // they are part of how some languages are written
	for _, r := range text {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && !strings.ContainsRune(joiners, r) {
			return fmt.Sprintf("%q has a character in it that is not seen (%U)", text, r)
		}
	}
	return ""
}

func expected(t reflect.Type) string {
	switch {
	case t == duration:
		return "a time, such as 15s or 1m30s"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Float64:
		return "a number"
	case t.Kind() == reflect.Int, t.Kind() == reflect.Uint8:
		return "a whole number"
	default:
		return "a text"
	}
}

// yesAndNo are the words by which people mean true and false.
var yesAndNo = map[string]string{
	"yes": "true", "y": "true", "on": "true", "1": "true", "да": "true", "вкл": "true",
	"no": "false", "n": "false", "off": "false", "0": "false", "нет": "false", "выкл": "false",
}

func readBool(text string, into reflect.Value) (problem string) {
	switch word := strings.ToLower(text); word {
	case "true", "false":
		into.SetBool(word == "true")
		return ""
	default:
		return fmt.Sprintf("%q is not true or false%s", text, write(yesAndNo[word]))
	}
}

// write is the end of a mistake that knows what is meant.
func write(meant string) string {
	if meant == "" {
		return ""
	}
	return ": write " + meant
}

func readNumber(text string, into reflect.Value) (problem string) {
	if n, err := strconv.ParseFloat(text, 64); number.MatchString(text) {
		if err != nil {
			return text + " is out of range"
		}
		into.SetFloat(n)
		return ""
	}
	meant := ""
	if p := percent.FindStringSubmatch(text); p != nil {
		if n, err := strconv.ParseFloat(strings.Replace(p[1], ",", ".", 1), 64); err == nil {
			meant = strconv.FormatFloat(n/100, 'f', -1, 64)
		}
	} else if decimalComma.MatchString(text) {
		meant = strings.Replace(text, ",", ".", 1)
	}
	return fmt.Sprintf("%q is not a number%s", text, write(meant))
}

func readWhole(text string, into reflect.Value) (problem string) {
	if !wholeNumber.MatchString(text) {
		meant := ""
		n, err := strconv.ParseFloat(text, 64)
		switch {
		case number.MatchString(text) && err == nil && n == math.Trunc(n) && math.Abs(n) < 1e15: // 2.0, 1e3
			meant = strconv.FormatFloat(n, 'f', -1, 64)
		case wholeNumber.MatchString(strings.ReplaceAll(text, "_", "")): // 1_000
			meant = strings.ReplaceAll(text, "_", "")
		}
		if strings.Contains(text, ": ") {
			return fmt.Sprintf("%q is not a whole number: a name that holds a colon needs quotes, such as \"lang:ru\": 5", text)
		}
		return fmt.Sprintf("%q is not a whole number%s", text, write(meant))
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil, into.Kind() == reflect.Int && into.OverflowInt(n), into.Kind() == reflect.Uint8 && (n < 0 || n > math.MaxUint8):
		return text + " is out of range"
	case into.Kind() == reflect.Int:
		into.SetInt(n)
	default:
		into.SetUint(uint64(n))
	}
	return ""
}

// readTime reads a time as Go writes it.
func readTime(text string) (d time.Duration, problem string) {
	if text == "0" {
		return 0, ""
	}
	if !rightTime.MatchString(text) {
		if meant := meantTime(text); meant != "" {
			return 0, fmt.Sprintf("%q is no time: write %s", text, meant)
		}
		return 0, fmt.Sprintf("%q is no time; write it with its unit, such as 15s or 1m30s", text)
	}
	d, err := time.ParseDuration(text)
	if err != nil || d.Abs() > longestTime {
		return 0, fmt.Sprintf("%s is out of range: a time is at most %.0fh", text, longestTime.Hours())
	}
	return d, ""
}

// units are those of times as people write them, in Russian and in English.
var units = []struct {
	unit  time.Duration
	words string
}{
	{time.Millisecond, "ms мс"},
	{time.Second, "s sec secs second seconds с сек секунд секунда секунды"},
	{time.Minute, "m min mins minute minutes м мин минут минута минуты"},
	{time.Hour, "h hr hrs hour hours ч час часа часов"},
	{24 * time.Hour, "d day days д дн день дня дней сут сутки суток"},
	{7 * 24 * time.Hour, "w week weeks н нед неделя недели недель"},
}

// unitOf is the unit that a word names, 0 where it names none.
func unitOf(word string) time.Duration {
	for _, u := range units {
		if slices.Contains(strings.Fields(u.words), strings.ToLower(word)) {
			return u.unit
		}
	}
	return 0
}

var errNoTime = errors.New("not a time as people write it")

// meantTime is how a time is written that a person wrote otherwise: "5мин", "1,5h", "30 S", "2d"; "" where it cannot be guessed.
func meantTime(text string) string {
	sum, err := spokenTime(text)
	if err != nil || sum <= 0 || sum > longestTime {
		return ""
	}
	written := sum.String() // "1h30m0s"
	written = strings.TrimSuffix(written, "0s")
	if strings.HasSuffix(written, "h0m") {
		written = strings.TrimSuffix(written, "0m")
	}
	if d, err := time.ParseDuration(written); err != nil || d != sum {
		return sum.String()
	}
	return written
}

func spokenTime(text string) (sum time.Duration, err error) {
	if !timeAsSpoken.MatchString(text) {
		return 0, errNoTime
	}
	for _, piece := range piecesOfTimes.FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseFloat(strings.Replace(piece[1], ",", ".", 1), 64)
		unit := unitOf(piece[2])
		if err != nil || unit == 0 || n*float64(unit) > float64(longestTime) {
			return 0, errNoTime
		}
		sum += time.Duration(n * float64(unit))
	}
	return sum, nil
}
