package config

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// document is a file as it was parsed, and what was found wrong in it, each mistake with its place.
type document struct {
	tree    *ast.File
	file    string
	example string   // a file in which one sees what such a file holds
	found   []error  // Mistakes
	doubts  []error  // Mistakes, too, of what may be meant as it stands
	leftOut []string // paths of settings that cannot be read
}

// mistakesAtOnce bounds how many unreadable settings are told at once.
const mistakesAtOnce = 100

// decode reads the tree. A setting that cannot be read is noted and left out, so that one mistake does
// not hide the next.
func decode[T any](doc *document) T {
	body := doc.tree.Docs[0].Body
	for range mistakesAtOnce {
		var read T
		err := decodeNode(body, &read)
		if err == nil {
			return read
		}
		node := wrongNode(body, err)
		if node == nil {
			doc.found = append(doc.found, noYAML(doc.file, err))
			break
		}
		steps := leaveOut(body, node)
		path := strings.Join(steps, ".")
		line, column := place(node)
		doc.found = append(doc.found, Mistake{File: doc.file, Line: line, Column: column, Text: doc.unreadable(path, node, err)})
		doc.leftOut = append(doc.leftOut, path)
		if len(steps) == 0 {
			break
		}
	}
	doc.leftOut = append(doc.leftOut, "") // all of it
	return *new(T)
}

var errUnreadable = errors.New("holds something that cannot be read: perhaps a tag, such as !!int, where a list is meant")

// decodeNode decodes a tree. Its decoder panics where a tagged value stands in the place of a list; that is a mistake of the file.
func decodeNode(body ast.Node, read any) (err error) {
	defer func() {
		if recover() != nil {
			err = errUnreadable
		}
	}()
	return yaml.NewDecoder(strings.NewReader(""), yaml.Strict()).DecodeFromNode(body, read)
}

// tornApart reports whether something was left out to which other settings refer. Then nothing more is proved: those settings would
// be told of mistakes that are not theirs.
func (doc *document) tornApart() bool {
	return slices.ContainsFunc(doc.leftOut, func(path string) bool {
		known := slices.ContainsFunc(sections(), func(s string) bool { return s == path })
		return path == "" || known || path == "line.languages" || strings.HasSuffix(path, ".id")
	})
}

// sections are the settings at the top of the file.
func sections() (names []string) {
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		names = append(names, name)
	}
	return names
}

// wrongNode is the node that an error of the decoder is about. Where a time is wrong the decoder does not say at which node; then it is
// the node whose value the message quotes.
func wrongNode(body ast.Node, err error) (found ast.Node) {
	var at yaml.Error
	located := errors.As(err, &at) && at.GetToken() != nil
	visit := func(n ast.Node) {
		if found != nil {
			return
		}
		if located && n.GetToken() == at.GetToken() {
			found = n
		}
		if s, ok := n.(*ast.StringNode); ok && !located && strings.Contains(err.Error(), strconv.Quote(s.Value)) {
			found = n
		}
	}
	ast.Walk(everyNode(visit), body)
	return found
}

// everyNode visits each node of a tree, from the outside in.
type everyNode func(ast.Node)

func (v everyNode) Visit(n ast.Node) ast.Visitor {
	v(n)
	return v
}

// leaveOut takes the setting around a node out of the tree, and returns its path; none where it is all of it.
func leaveOut(body, node ast.Node) (path []string) {
	var taken bool
	for node != body {
		parent := ast.Parent(body, node)
		switch around := parent.(type) {
		case nil:
			return path
		case *ast.MappingValueNode:
			path = append([]string{around.Key.GetToken().Value}, path...)
		case *ast.MappingNode:
			if entry, ok := node.(*ast.MappingValueNode); ok && !taken {
				taken = true
				around.Values = slices.DeleteFunc(around.Values, func(v *ast.MappingValueNode) bool { return v == entry })
			}
		case *ast.SequenceNode:
			if i := slices.Index(around.Values, node); i >= 0 {
				path = append([]string{strconv.Itoa(i)}, path...)
			}
		}
		node = parent
	}
	if !taken {
		return nil
	}
	return path
}

// unreadable says in the operator's words what the decoder says in Go's. It never quotes what may be a secret.
func (doc *document) unreadable(path string, node ast.Node, err error) string {
	var unknown *yaml.UnknownFieldError
	var kind *yaml.UnexpectedNodeTypeError
	var wrong *yaml.TypeError
	var large *yaml.OverflowError
	text := fmt.Sprintf("%q is no time; write it with its unit, such as 15s or 1m30s", node.GetToken().Value)
	switch {
	case path == "":
		return "is no configuration: it must be settings by name, such as those of " + doc.example
	case errors.As(err, &unknown):
		text = "unknown setting"
	case isSecret(path):
		text = "a secret does not stand here: {env: NAME} or {file: PATH} does"
	case errors.As(err, &kind):
		text = "must be " + map[bool]string{true: "a list", false: "settings by name"}[kind.Expected == ast.SequenceType]
	case errors.As(err, &large):
		text = large.SrcNum + " is out of range"
	case errors.As(err, &wrong) && (node.Type() == ast.SequenceType || node.Type() == ast.MappingType):
		text = "must be " + expected(wrong.DstType.Kind())
	case errors.As(err, &wrong) && wrong.DstType != reflect.TypeFor[time.Duration]():
		text = fmt.Sprintf("%q is not %s", node.GetToken().Value, expected(wrong.DstType.Kind()))
	}
	return path + ": " + text
}

func expected(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "true or false"
	case reflect.Float64:
		return "a number"
	case reflect.Int, reflect.Uint8:
		return "a whole number"
	default:
		return "a text"
	}
}

func isSecret(path string) bool {
	return path == "database.url" || strings.HasSuffix(path, ".password") || strings.HasSuffix(path, ".phone_secret")
}

// sort puts what was found in the order of the file.
func (doc *document) sort() {
	for _, all := range [][]error{doc.found, doc.doubts} {
		slices.SortStableFunc(all, func(a, b error) int {
			var x, y Mistake
			_, _ = errors.As(a, &x), errors.As(b, &y)
			return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column), strings.Compare(x.Text, y.Text))
		})
	}
}

// wrong notes a problem at a path such as "queues.0.skills".
func (doc *document) wrong(path, format string, a ...any) {
	for _, left := range doc.leftOut {
		if path == left || strings.HasPrefix(path, left+".") || strings.HasPrefix(left, path+".") {
			return // the setting is there, and was told to be unreadable
		}
	}
	doc.found = append(doc.found, doc.located(path, path+": "+fmt.Sprintf(format, a...)))
}

// doubt notes what is perhaps not meant as it stands.
func (doc *document) doubt(path, format string, a ...any) {
	doc.doubts = append(doc.doubts, doc.located(path, "warning: "+path+": "+fmt.Sprintf(format, a...)))
}

// located is a problem with its place in the file. Where the setting itself is missing, the place is that of the nearest one around it.
func (doc *document) located(path, text string) Mistake {
	e := Mistake{File: doc.file, Text: text}
	for steps := strings.Split(path, "."); len(steps) > 0 && e.Line == 0; steps = steps[:len(steps)-1] {
		b := (&yaml.PathBuilder{}).Root()
		for _, step := range steps {
			if i, err := strconv.ParseUint(step, 10, 31); err == nil && doc.isList(b) {
				b = b.Index(uint(i))
			} else {
				b = b.Child(step)
			}
		}
		if node, err := b.Build().FilterFile(doc.tree); err == nil && node != nil {
			e.Line, e.Column = place(node)
		}
	}
	return e
}

func (doc *document) isList(b *yaml.PathBuilder) bool {
	node, err := b.Build().FilterFile(doc.tree)
	return err == nil && node != nil && node.Type() == ast.SequenceType
}

// place is where a setting begins: for a block of settings, its first one.
func place(node ast.Node) (line, column int) {
	if m, ok := node.(*ast.MappingNode); ok && len(m.Values) > 0 {
		node = m.Values[0].Key
	}
	if s, ok := node.(*ast.SequenceNode); ok && len(s.Values) > 0 {
		return place(s.Values[0])
	}
	at := node.GetToken().Position
	return at.Line, at.Column
}

// Mistake is something wrong in a configuration file. Line and Column are 0 where a place cannot be given.
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

// parseYAML reads a text as far as it can be read; what cannot is noted in the document.
func parseYAML[T any](file string, source []byte, example string) (read T, doc *document, err error) {
	tree, err := parser.ParseBytes(source, 0)
	if err != nil {
		return read, nil, noYAML(file, err)
	}
	if len(tree.Docs) == 0 || tree.Docs[0].Body == nil {
		return read, nil, Mistake{File: file, Text: "is empty"}
	}
	for _, another := range tree.Docs[1:] {
		if another.Body != nil && another.Start != nil {
			at := another.Start.Position
			return read, nil, Mistake{File: file, Line: at.Line, Column: at.Column, Text: "another document begins here, and would not be looked at: one file holds one"}
		}
	}
	doc = &document{tree: tree, file: file, example: example}
	return decode[T](doc), doc, nil
}

func noYAML(file string, err error) error {
	e := Mistake{File: file, Text: strings.TrimSpace(err.Error())}
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		e.Line, e.Column = at.GetToken().Position.Line, at.GetToken().Position.Column
		e.Text = at.GetMessage()
	}
	return e
}

// cause is an operating system's reason without the path, which the message has already.
func cause(err error) string {
	var pathErr *os.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}
