// Package written reads YAML files as people write them. The tree of a file is goccy/go-yaml's; how its values become Go's is told
// here, for people mean what they see: 0101 is a telephone and not 65, 1.9 is no whole number, 0,99 is no zero.
//
//	source.go    the text of a file: its encoding, its line breaks, its tree
//	bind.go      settings, lists and maps: names that there are, each once, anchors and what they lead to
//	names.go     the names that settings have, and those that are nearly written so
//	scalar.go    texts, numbers, true and false, times: how each is written, and what is meant by what is not
//	written.go   the document: what is wrong in it, with line and column
//
// Invariants:
//   - a text stands as it is written, whatever YAML would take it for;
//   - no value is taken for another than the one that stands there: what cannot be read is a mistake with its place;
//   - one mistake is told once, and hides no other: all else of the file is read.
package written

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Document is a file as it was read, and what was found wrong in it, each mistake with its place.
type Document struct {
	File    string
	example string           // a file in which one sees what such a file holds
	places  map[string]place // of each setting, by its path: "queues.0.skills"
	found   []error          // Mistakes
	doubts  []error          // Mistakes, too, of what may be meant as it stands
	overdue []error          // Mistakes that older versions took: see Overdue
	unread  []string         // paths of settings that cannot be read
	twice   []string         // and of those that are there twice, of which the second was not read
}

type place struct{ line, column int }

// Mistake is something wrong in a file. Line and Column are 0 where a place cannot be given.
type Mistake struct {
	File         string
	Line, Column int
	Text         string
}

func (e Mistake) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Text)
}

// Overdue notes a problem that older versions took. It is to be mended, and Err tells it; but no installation that has served with it may
// stand still after an upgrade, and so ErrToServe does not.
func (doc *Document) Overdue(path, format string, a ...any) {
	one := doc.located(path, path+": "+fmt.Sprintf(format, a...))
	if !doc.Unread(path) && !slices.Contains(doc.overdue, error(one)) {
		doc.overdue = append(doc.overdue, one)
	}
}

// OverdueBeside is Overdue for what the file has no place of.
func (doc *Document) OverdueBeside(format string, a ...any) {
	doc.overdue = append(doc.overdue, Mistake{File: doc.File, Text: fmt.Sprintf(format, a...)})
}

// Wrong notes a problem at a path such as "queues.0.skills". It is not noted where the setting could not be read, for then that
// has been told.
func (doc *Document) Wrong(path, format string, a ...any) {
	one := doc.located(path, path+": "+fmt.Sprintf(format, a...))
	if !doc.Unread(path) && !slices.Contains(doc.found, error(one)) {
		doc.found = append(doc.found, one)
	}
}

// WrongBeside notes a problem of which the file has no place.
func (doc *Document) WrongBeside(format string, a ...any) {
	doc.found = append(doc.found, Mistake{File: doc.File, Text: fmt.Sprintf(format, a...)})
}

// Doubt notes what is perhaps not meant as it stands.
func (doc *Document) Doubt(path, format string, a ...any) {
	doc.doubts = append(doc.doubts, doc.located(path, "warning: "+path+": "+fmt.Sprintf(format, a...)))
}

// Unread says whether a setting, something in it, or what it stands in could not be read.
func (doc *Document) Unread(path string) bool {
	return slices.ContainsFunc(doc.unread, func(left string) bool {
		return left == "" || path == left || strings.HasPrefix(path, left+".") || strings.HasPrefix(left, path+".")
	})
}

// NoName notes that an entry of a list has no id of its own, of which it has been told: whoever refers to it is not to blame.
func (doc *Document) NoName(path string) { doc.unread = append(doc.unread, path) }

// Incomplete says whether a list of things with an id is not known whole: it, one of its entries, or the id of one could not be
// read. Whoever refers to such a thing is not to blame.
func (doc *Document) Incomplete(list string) bool {
	return slices.ContainsFunc(doc.unread, func(left string) bool {
		entry, below := strings.CutPrefix(left, list+".")
		_, setting, deeper := strings.Cut(entry, ".")
		return left == "" || left == list || below && (!deeper || setting == "id")
	})
}

// Torn says whether something at a path or below it could not be read, or is there twice: how the rest hangs together is not known.
func (doc *Document) Torn(path string) bool {
	return doc.Unread(path) || slices.ContainsFunc(doc.twice, func(t string) bool { return t == path || strings.HasPrefix(t, path+".") })
}

// Stands says whether the file has a setting at a path.
func (doc *Document) Stands(path string) bool {
	_, there := doc.places[path]
	return there
}

// Sound says whether nothing wrong has been noted.
func (doc *Document) Sound() bool { return len(doc.found) == 0 }

// Readable says whether there is a document, and anything of it can be read.
func (doc *Document) Readable() bool { return doc != nil && !slices.Contains(doc.unread, "") }

// Err is all that is wrong, in the order of the file: an errors.Join of Mistakes.
func (doc *Document) Err() error {
	all := slices.Concat(doc.found, doc.overdue)
	sort(all)
	return errors.Join(all...)
}

// ErrToServe is what is wrong and leaves nothing to serve with, and overdue is the rest of Err.
func (doc *Document) ErrToServe() (overdue []error, err error) {
	sort(doc.found)
	sort(doc.overdue)
	return doc.overdue, errors.Join(doc.found...)
}

// DoubtOverdue makes doubts of what is overdue.
func (doc *Document) DoubtOverdue() {
	for _, one := range doc.overdue {
		var m Mistake
		_ = errors.As(one, &m) // each is one
		m.Text = "warning: " + m.Text
		doc.doubts = append(doc.doubts, m)
	}
	doc.overdue = nil
}

// Doubts are what is perhaps not meant as it stands, in the order of the file.
func (doc *Document) Doubts() []error {
	sort(doc.doubts)
	return doc.doubts
}

func sort(all []error) {
	slices.SortStableFunc(all, func(a, b error) int {
		var x, y Mistake
		_, _ = errors.As(a, &x), errors.As(b, &y)
		return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column), strings.Compare(x.Text, y.Text))
	})
}

// located is a problem with its place in the file. Where the setting itself is missing, the place is that of the nearest one around it.
func (doc *Document) located(path, text string) Mistake {
	at, there := doc.places[path]
	for around := path; !there; at, there = doc.places[around] {
		last := strings.LastIndex(around, ".")
		if last < 0 {
			break
		}
		around = around[:last]
	}
	return Mistake{File: doc.File, Line: at.line, Column: at.column, Text: text}
}
