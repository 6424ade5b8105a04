package journal

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Values of package queues as JSON, without a tag in that package: a field is written in snake case and left out where it
// is zero, a time span as "1m30s", a time as RFC 3339. A golden file holds the names of all of them.

var (
	aTime     = reflect.TypeFor[time.Time]()
	aSpan     = reflect.TypeFor[time.Duration]()
	aLocation = reflect.TypeFor[*time.Location]()
)

// field is an exported field of a struct.
type field struct {
	name  string
	index int
}

var known sync.Map // reflect.Type of a struct → []field

// fields are those that are written. A location is written beside its configuration, by its name.
func fields(t reflect.Type) []field {
	if all, ok := known.Load(t); ok {
		return all.([]field)
	}
	var all []field
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() && f.Type != aLocation {
			all = append(all, field{snake(f.Name), i})
		}
	}
	known.Store(t, all)
	return all
}

// snake is "any_of" of AnyOf, and "id" of ID.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		startsWord := i > 0 && unicode.IsUpper(r) && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if startsWord {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func appendTime(b []byte, t time.Time) []byte {
	return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}

func appendString(b []byte, s string) []byte {
	if strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r >= unicode.MaxASCII }) < 0 {
		return append(append(append(b, '"'), s...), '"')
	}
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always can be
	}
	return append(b, text...)
}

func appendValue(b []byte, v reflect.Value) []byte {
	switch v.Type() {
	case aTime:
		return appendTime(b, v.Interface().(time.Time))
	case aSpan:
		return append(append(append(b, '"'), time.Duration(v.Int()).String()...), '"')
	}
	switch v.Kind() {
	case reflect.String:
		return appendString(b, v.String())
	case reflect.Bool:
		return strconv.AppendBool(b, v.Bool())
	case reflect.Int:
		return strconv.AppendInt(b, v.Int(), 10)
	case reflect.Uint8:
		return strconv.AppendUint(b, v.Uint(), 10)
	case reflect.Float64:
		return strconv.AppendFloat(b, v.Float(), 'g', -1, 64)
	case reflect.Pointer:
		return appendValue(b, v.Elem())
	case reflect.Struct:
		return appendStruct(b, v)
	case reflect.Slice, reflect.Array:
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, v.Index(i))
		}
		return append(b, ']')
	case reflect.Map:
		return appendMap(b, v)
	default:
		panic(fmt.Sprintf("journal: a %s cannot be written", v.Type()))
	}
}

func appendStruct(b []byte, v reflect.Value) []byte {
	b = append(b, '{')
	first := true
	for _, f := range fields(v.Type()) {
		at := v.Field(f.index)
		if at.IsZero() || (at.Kind() == reflect.Slice || at.Kind() == reflect.Map) && at.Len() == 0 {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(append(b, '"'), f.name...), '"', ':')
		b = appendValue(b, at)
	}
	return append(b, '}')
}

func appendMap(b []byte, v reflect.Value) []byte {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	b = append(b, '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, k.String()), ':')
		b = appendValue(b, v.MapIndex(k))
	}
	return append(b, '}')
}

// set makes a value of JSON that was decoded with numbers as they stand. What is wrong is said with its path.
func set(v reflect.Value, from any, path string) error {
	wrong := func(what string) error { return fmt.Errorf("%s: %v is not %s", path, from, what) }
	text, isText := from.(string)
	switch v.Type() {
	case aTime:
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return wrong("a time")
		}
		v.Set(reflect.ValueOf(t))
		return nil
	case aSpan:
		d, err := time.ParseDuration(text)
		if err != nil {
			return wrong("a time span")
		}
		v.SetInt(int64(d))
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		if !isText {
			return wrong("a text")
		}
		v.SetString(text)
	case reflect.Bool:
		is, ok := from.(bool)
		if !ok {
			return wrong("true or false")
		}
		v.SetBool(is)
	case reflect.Int, reflect.Uint8, reflect.Float64:
		n, ok := from.(json.Number)
		if !ok || !setNumber(v, n) {
			return wrong("a number that fits here")
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return set(v.Elem(), from, path)
	case reflect.Struct:
		members, ok := from.(map[string]any)
		if !ok {
			return wrong("an object")
		}
		return setStruct(v, members, path)
	case reflect.Slice, reflect.Array:
		items, ok := from.([]any)
		if !ok || v.Kind() == reflect.Array && len(items) != v.Len() {
			return wrong("a list of that length")
		}
		return setList(v, items, path)
	case reflect.Map:
		members, ok := from.(map[string]any)
		if !ok {
			return wrong("an object")
		}
		return setMap(v, members, path)
	default:
		panic(fmt.Sprintf("journal: a %s cannot be read", v.Type()))
	}
	return nil
}

func setNumber(v reflect.Value, n json.Number) bool {
	if v.Kind() == reflect.Float64 {
		f, err := n.Float64()
		v.SetFloat(f)
		return err == nil
	}
	i, err := n.Int64()
	if err != nil {
		return false
	}
	if v.Kind() == reflect.Uint8 {
		v.SetUint(uint64(i) & math.MaxUint8)
		return i >= 0 && i <= math.MaxUint8
	}
	v.SetInt(i)
	return true
}

func setStruct(v reflect.Value, members map[string]any, path string) error {
	found := 0
	for _, f := range fields(v.Type()) {
		member, there := members[f.name]
		if !there {
			continue
		}
		found++
		if err := set(v.Field(f.index), member, path+"."+f.name); err != nil {
			return err
		}
	}
	if found == len(members) {
		return nil
	}
	for name := range members {
		if !slices.ContainsFunc(fields(v.Type()), func(f field) bool { return f.name == name }) {
			return fmt.Errorf("%s.%s: is not known", path, name)
		}
	}
	return nil
}

func setList(v reflect.Value, items []any, path string) error {
	if v.Kind() == reflect.Slice && len(items) > 0 {
		v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	}
	for i, item := range items {
		if err := set(v.Index(i), item, path+"."+strconv.Itoa(i)); err != nil {
			return err
		}
	}
	return nil
}

func setMap(v reflect.Value, members map[string]any, path string) error {
	v.Set(reflect.MakeMapWithSize(v.Type(), len(members)))
	for key, member := range members {
		value := reflect.New(v.Type().Elem()).Elem()
		if err := set(value, member, path+"."+key); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), value)
	}
	return nil
}
