package written

import (
	"reflect"
	"slices"
	"strings"
)

// secret says whether a setting holds what must not stand in the file, and must not be quoted: such a type has an env and a file.
func secret(t reflect.Type) bool {
	fields := fieldsOf(t)
	_, env := fields["env"]
	_, file := fields["file"]
	return env && file
}

// fieldsOf are the fields of a struct by the names that they have in a file.
func fieldsOf(t reflect.Type) map[string]int {
	fields := make(map[string]int)
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name != "" && name != "-" {
			fields[name] = i
		}
	}
	return fields
}

// Names are the names that the fields of a struct have in a file, in their order.
func Names[T any]() (names []string) {
	t := reflect.TypeFor[T]()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		names = append(names, name)
	}
	return names
}

// closest is the one name that a setting with an unknown name is most likely meant to have: nearly the same, and not there yet.
func closest(name string, fields map[string]int, entries []entry) (meant string) {
	for candidate := range fields {
		there := slices.ContainsFunc(entries, func(e entry) bool { return e.name == candidate })
		if there || !alike(name, candidate) {
			continue
		}
		if meant != "" {
			return ""
		}
		meant = candidate
	}
	return meant
}

// alike says whether one name becomes the other by few letters changed, left out or put in, or two neighbours exchanged.
func alike(a, b string) bool {
	x, y := []rune(strings.ToLower(strings.ReplaceAll(a, "-", "_"))), []rune(b)
	most := max(1, min(2, len(y)/3))
	before, row := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		last := before
		before, row = row, make([]int, len(y)+1)
		row[0] = i + 1
		for j := range y {
			differ := 1
			if x[i] == y[j] {
				differ = 0
			}
			row[j+1] = min(before[j]+differ, before[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], last[j-1]+1)
			}
		}
	}
	return row[len(y)] <= most
}
