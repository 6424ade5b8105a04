package journal

import (
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hotline/queues"
)

var update = flag.Bool("update", false, "write testdata/events.jsonl anew")

// A new event without a name here would be missing from every journal.
func TestEveryEventOfTheRouterHasAName(t *testing.T) {
	files, err := filepath.Glob("../*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for kind := range names {
		named[kind.Name()] = true
	}
	found := 0
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, is := d.(*ast.FuncDecl)
			if !is || f.Recv == nil || f.Name.Name != "event" || strings.HasSuffix(name, "_test.go") {
				continue
			}
			found++
			if kind := f.Recv.List[0].Type.(*ast.Ident).Name; !named[kind] {
				t.Errorf("event %s has no name in a journal", kind)
			}
		}
	}
	if found != len(names) || len(byName) != len(names) {
		t.Errorf("%d events, %d names, %d of them different", found, len(names), len(byName))
	}
}

// fill fills a value at random; a list or a map that is empty is nil.
func fill(t *rapid.T, v reflect.Value) {
	switch v.Type() {
	case aTime:
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		v.Set(reflect.ValueOf(at.In(time.FixedZone("", 60*rapid.IntRange(-700, 700).Draw(t, "zone")))))
		return
	case aLocation:
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.String().Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "truth"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "number"))
	case reflect.Uint8:
		v.SetUint(uint64(rapid.Uint8().Draw(t, "level")))
	case reflect.Float64:
		v.SetFloat(rapid.Float64().Draw(t, "number") + 0) // minus zero is zero
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case reflect.Slice:
		if n := rapid.IntRange(0, 2).Draw(t, "length"); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(t, v.Index(i))
			}
		}
	case reflect.Map:
		for range rapid.IntRange(0, 2).Draw(t, "length") {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(t, key)
			fill(t, value)
			if v.IsNil() {
				v.Set(reflect.MakeMap(v.Type()))
			}
			v.SetMapIndex(key, value)
		}
	default:
		t.Fatalf("a %s cannot be filled", v.Type())
	}
}

// same compares values whose times may stand in other zones.
func same(a, b any) bool {
	return fmt.Sprintf("%+v", normal(reflect.ValueOf(a))) == fmt.Sprintf("%+v", normal(reflect.ValueOf(b)))
}

// normal is a value with its pointers followed and its times in UTC.
func normal(v reflect.Value) any {
	if !v.IsValid() {
		return nil
	}
	if v.Type() == aTime {
		return v.Interface().(time.Time).UnixNano()
	}
	if err, is := v.Interface().(error); is {
		return err.Error()
	}
	var all []any
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return normal(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				all = append(all, f.Name, normal(v.Field(i)))
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			all = append(all, normal(v.Index(i)))
		}
	case reflect.Map:
		members := map[string]any{}
		for _, k := range v.MapKeys() {
			members[k.String()] = normal(v.MapIndex(k))
		}
		return members
	default:
		return v.Interface()
	}
	return all
}

func TestEveryLineIsReadAsItWasWritten(t *testing.T) {
	for _, name := range append(slices.Sorted(maps.Keys(byName)), "run", "lost") {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			l := Line{At: time.Unix(1, 2), Decided: rapid.StringMatching("([0-9a-f]{16})?").Draw(t, "decided"), Rejected: rapid.String().Draw(t, "rejected")}
			switch name {
			case "run":
				l.Run = new(Run)
				fill(t, reflect.ValueOf(l.Run).Elem())
			case "lost":
				l.Lost = rapid.IntRange(1, 1e9).Draw(t, "lost")
			default:
				v := reflect.New(byName[name]).Elem()
				fill(t, v)
				l.Event = v.Interface().(queues.Event)
			}
			text, err := Append(nil, l)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Parse(text)
			if err != nil || !same(l, again) {
				t.Fatalf("%s is read as\n%+v, not\n%+v: %v", text, again, l, err)
			}
			if strings.Count(string(text), "\n") != 1 {
				t.Fatalf("%q is no line", text)
			}
		}))
	}
}

// full sets every field to something that is not zero.
func full(v reflect.Value) {
	switch v.Type() {
	case aTime:
		v.Set(reflect.ValueOf(time.Date(2026, 11, 22, 9, 30, 0, 123_000_000, time.FixedZone("", 3*3600))))
		return
	case aLocation:
		return
	case aSpan:
		v.SetInt(int64(90 * time.Second))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(7)
	case reflect.Uint8:
		v.SetUint(3)
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		full(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			full(v.Field(i))
		}
	case reflect.Array:
		full(v.Index(0))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		full(v.Index(0))
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		full(key)
		full(value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	}
}

// A field or an event of package queues that gets another name would make old journals unreadable; one that is new does not.
func TestNamesInAJournalStayWhatTheyAre(t *testing.T) {
	const file = "testdata/events.jsonl"
	if *update {
		if err := os.WriteFile(file, allFull(t), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(kept)) {
		l, err := Parse([]byte(line))
		if err != nil {
			t.Errorf("%s cannot be read any more: %v", line, err)
			continue
		}
		if again, err := Append(nil, l); err != nil || string(again) != line {
			t.Errorf("%s is written as\n%s: %v", line, again, err)
		}
	}
}

// allFull is a line of each kind, with all that it can have.
func allFull(t *testing.T) (text []byte) {
	t.Helper()
	for _, name := range append(slices.Sorted(maps.Keys(byName)), "run") {
		l := Line{At: time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)}
		if name == "run" {
			l.Run = new(Run)
			full(reflect.ValueOf(l.Run).Elem())
		} else {
			v := reflect.New(byName[name]).Elem()
			full(v)
			l.Event = v.Interface().(queues.Event)
		}
		var err error
		if text, err = Append(text, l); err != nil {
			t.Fatal(err)
		}
	}
	return text
}

func TestWhatIsNoLineIsSaidToBeNone(t *testing.T) {
	for text, want := range map[string]string{
		`{"at":"2026-11-22T09:00:00Z","event":"danced"}`:                                          `event: "danced" is not known`,
		`{"at":"2026-11-22T09:00:00Z","event":"ready","with":{"agent":"a","shoe":1}}`:             `with.shoe: is not known`,
		`{"at":"2026-11-22T09:00:00Z","event":"ready","with":{"agent":1}}`:                        `with.agent: 1 is not a text`,
		`{"at":"2026-11-22T09:00:00Z","event":"phone","with":{"reachable":"yes"}}`:                `with.reachable: yes is not true or false`,
		`{"at":"2026-11-22T09:00:00Z","event":"wrap_up_extended","with":{"by":"soon"}}`:           `with.by: soon is not a time span`,
		`{"at":"2026-11-22T09:00:00Z","event":"ready","with":[]}`:                                 `with: [] is not an object`,
		`{"at":"2026-11-22T09:00:00Z","event":"enqueued","with":{"request":{"extra":1}}}`:         `with.request.extra: 1 is not a list of that length`,
		`{"at":"2026-11-22T09:00:00Z","event":"enqueued","with":{"request":{"priority":"a"}}}`:    `with.request.priority: a is not a number that fits here`,
		`{"at":"2026-11-22T09:00:00Z","event":"signed_in","with":{"agent":{"skills":{"a":256}}}}`: `with.agent.skills.a: 256 is not a number that fits here`,
		`{"at":"today","event":"ready"}`:                                                          `at: today is not a time`,
		`{"event":"ready"}`:                                                                       `at: is missing`,
		`{"at":"2026-11-22T09:00:00Z"}`:                                                           `is neither a run, nor an event, nor a gap`,
		`{"at":"2026-11-22T09:00:00Z","lost":3,"of":"what"}`:                                      `of: is not known`,
		`{"at":"2026-11-22T09:00:00Z","event":"rea`:                                               ErrTorn.Error(),
		``:  ErrTorn.Error(),
		`7`: ErrTorn.Error(),
		`{"at":"2026-11-22T09:00:00Z","event":"tick"} {"at":1}`: ErrTorn.Error(),
	} {
		if _, err := Parse([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, not %s", text, err, want)
		}
	}
	type stranger struct{ queues.Tick }
	if _, err := Append(nil, Line{Event: stranger{}}); err == nil || errors.Is(err, ErrTorn) {
		t.Errorf("an unknown event: %v", err)
	}
}
