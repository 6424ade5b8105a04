package written

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

const (
	mostNodes    = 200_000 // of a file: aliases of aliases could make any number of few lines
	mostMistakes = 100     // that are told at once
	mostMerged   = 20      // merge keys, one inside the other
)

// unmarshaler is what reads itself, by a function that binds its node to a value.
type unmarshaler interface {
	UnmarshalYAML(bind func(any) error) error
}

// binder gives the nodes of a tree to Go values.
type binder struct {
	doc     *Document
	anchors map[string]ast.Node
	nodes   int
	merging int // merge keys that are being followed, one inside the other
}

// bind reads a document into a value that a pointer leads to.
func (doc *Document) bind(body ast.Node, into any) {
	b := &binder{doc: doc, anchors: make(map[string]ast.Node)}
	ast.Walk(anchored(b.anchors), body)
	b.value("", body, reflect.ValueOf(into).Elem())
}

// anchored notes what the anchors of a tree name.
type anchored map[string]ast.Node

func (a anchored) Visit(n ast.Node) ast.Visitor {
	if anchor, ok := n.(*ast.AnchorNode); ok {
		a[anchor.Name.GetToken().Value] = anchor.Value
	}
	return a
}

// unreadable notes that the setting at a path cannot be read.
func (b *binder) unreadable(path string, node ast.Node, format string, a ...any) {
	b.doc.unread = append(b.doc.unread, path)
	if len(b.doc.found) < mostMistakes {
		at := placeOf(node)
		b.doc.found = append(b.doc.found, Mistake{File: b.doc.File, Line: at.line, Column: at.column, Text: strings.TrimPrefix(path+": ", ": ") + fmt.Sprintf(format, a...)})
	}
}

// plain is a node without its anchor, or what an alias leads to; nil where that has been told to lead nowhere.
func (b *binder) plain(path string, node ast.Node) ast.Node {
	start := node
	for range 100 {
		switch n := node.(type) {
		case *ast.AnchorNode:
			node = n.Value
		case *ast.AliasNode:
			name := n.Value.GetToken().Value
			if node = b.anchors[name]; node == nil {
				b.unreadable(path, n, "*%s leads nowhere: no &%s stands in this file", name, name)
				return nil
			}
		case *ast.TagNode:
			b.unreadable(path, n, "tags such as %s are not read here; write the value alone, and a text in quotes", n.GetToken().Value)
			return nil
		default:
			return node
		}
	}
	b.unreadable(path, start, "leads to itself")
	return nil
}

// value reads a node into a value.
func (b *binder) value(path string, node ast.Node, into reflect.Value) {
	if b.nodes++; b.nodes > mostNodes {
		if b.nodes == mostNodes+1 {
			b.unreadable("", node, "holds more than %d settings, or an alias of an alias without end", mostNodes)
		}
		return
	}
	b.doc.places[path] = placeOf(node)
	if node = b.plain(path, node); node == nil {
		return
	}
	if self, ok := into.Addr().Interface().(unmarshaler); ok {
		_ = self.UnmarshalYAML(func(inner any) error { b.value(path, node, reflect.ValueOf(inner).Elem()); return nil })
		return
	}
	_, nothing := node.(*ast.NullNode)
	switch kind := into.Kind(); {
	case kind == reflect.Pointer:
		if !nothing {
			into.Set(reflect.New(into.Type().Elem()))
			b.value(path, node, into.Elem())
		}
	case nothing && (path == "" || kind != reflect.Struct && kind != reflect.Map && kind != reflect.Slice):
		b.unreadable(path, node, "has no value: write one, or leave the setting out")
	case nothing: // A section with nothing in it is as if it were left out.
	case kind == reflect.Struct:
		b.settings(path, node, into)
	case kind == reflect.Map:
		b.byName(path, node, into)
	case kind == reflect.Slice:
		b.list(path, node, into)
	case kind == reflect.Interface:
		b.whatever(path, node, into)
	default:
		b.scalar(path, node, into)
	}
}

// settings reads settings by name into the fields of a struct that have these names.
func (b *binder) settings(path string, node ast.Node, into reflect.Value) {
	entries, ok := b.entries(path, node)
	if !ok {
		switch {
		case path == "":
			b.unreadable("", node, "is no configuration: it must be settings by name, such as those of %s", b.doc.example)
		case secret(into.Type()):
			b.unreadable(path, node, "a secret does not stand here: {env: NAME} or {file: PATH} does")
		default:
			b.unreadable(path, node, "must be settings by name")
		}
		return
	}
	fields := fieldsOf(into.Type())
	for _, e := range entries {
		at := below(path, e.name)
		field, known := fields[e.name]
		if !known {
			meant := closest(e.name, fields, entries)
			if meant == "" {
				b.unreadable(at, e.key, "unknown setting")
				continue
			}
			b.unreadable(at, e.key, "unknown setting; perhaps %s is meant", meant)
			at, field = below(path, meant), fields[meant] // so that what is in it is looked at, and nothing is told to be missing
		}
		b.value(at, e.value, into.Field(field))
	}
}

// byName reads a map whose keys are texts.
func (b *binder) byName(path string, node ast.Node, into reflect.Value) {
	entries, ok := b.entries(path, node)
	if !ok {
		b.unreadable(path, node, "must be settings by name")
		return
	}
	into.Set(reflect.MakeMapWithSize(into.Type(), len(entries)))
	for _, e := range entries {
		value := reflect.New(into.Type().Elem()).Elem()
		if _, nothing := e.value.(*ast.NullNode); nothing { // {mon,tue: […]} are two days, of which the first has nothing
			b.unreadable(below(path, e.name), e.key, "has no value: write one, or leave the setting out")
		} else {
			b.value(below(path, e.name), e.value, value)
		}
		if problem := unseen(e.name); problem != "" {
			b.unreadable(path, e.key, "%s", problem)
		}
		into.SetMapIndex(reflect.ValueOf(e.name).Convert(into.Type().Key()), value)
	}
}

func (b *binder) list(path string, node ast.Node, into reflect.Value) {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		b.unreadable(path, node, "must be a list")
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(list.Values), len(list.Values)))
	for i, entry := range list.Values {
		at := below(path, strconv.Itoa(i))
		if _, nothing := entry.(*ast.NullNode); nothing {
			b.unreadable(at, entry, "has no value: write one behind the dash, or take the dash away")
			continue
		}
		b.value(at, entry, into.Index(i))
	}
}

// whatever reads what may be of several kinds: a list of such, true or false, a whole number or a text.
func (b *binder) whatever(path string, node ast.Node, into reflect.Value) {
	var read reflect.Value
	switch node.(type) {
	case ast.MapNode:
		read = reflect.ValueOf(new(map[string]any))
	case *ast.SequenceNode:
		read = reflect.ValueOf(new([]any))
	case *ast.BoolNode:
		read = reflect.ValueOf(new(bool))
	default:
		read = reflect.ValueOf(new(string))
		if text, ok := textOf(node); ok && node.Type() == ast.IntegerType && wholeNumber.MatchString(text) {
			read = reflect.ValueOf(new(int))
		}
	}
	b.value(path, node, read.Elem())
	into.Set(read.Elem())
}

func below(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// entry is a setting: its name as it is written, and its value.
type entry struct {
	name       string
	key, value ast.Node
}

// entries are the settings of a node, each once; false where it has none by name.
func (b *binder) entries(path string, node ast.Node) (all []entry, ok bool) {
	mapping, ok := node.(ast.MapNode)
	if !ok {
		return nil, false
	}
	var merged []entry
	for values := mapping.MapRange(); values.Next(); {
		one := values.KeyValue()
		if one.Key.IsMergeKey() {
			merged = append(merged, b.merged(path, one.Value)...)
			continue
		}
		name, ok := b.name(path, one.Key)
		if !ok {
			continue
		}
		if last := len(all) - 1; last >= 0 && b.comma(path, all[last], one) {
			all = all[:last]
			continue
		}
		if i := slices.IndexFunc(all, func(e entry) bool { return e.name == name }); i >= 0 {
			at := placeOf(one.Key)
			b.doc.twice = append(b.doc.twice, below(path, name))
			b.doc.found = append(b.doc.found, Mistake{File: b.doc.File, Line: at.line, Column: at.column, Text: fmt.Sprintf(
				"%s: is there twice: it stands in line %d, too", below(path, name), placeOf(all[i].key).line)})
			continue
		}
		all = append(all, entry{name: name, key: one.Key, value: one.Value})
	}
	for _, e := range merged { // what stands beside a merged setting comes before it, and the first merged one before the next
		if !slices.ContainsFunc(all, func(own entry) bool { return own.name == e.name }) {
			all = append(all, e)
		}
	}
	return all, true
}

// merged are the settings that a merge key (<<) brings.
func (b *binder) merged(path string, node ast.Node) (all []entry) {
	start := node
	if b.merging++; b.merging > mostMerged {
		b.unreadable(below(path, "<<"), start, "leads to itself")
		return nil
	}
	defer func() { b.merging-- }()
	if node = b.plain(below(path, "<<"), node); node == nil {
		return nil
	}
	if list, ok := node.(*ast.SequenceNode); ok {
		for _, one := range list.Values {
			all = append(all, b.merged(path, one)...)
		}
		return all
	}
	all, ok := b.entries(path, node)
	if !ok {
		b.unreadable(below(path, "<<"), start, "must be settings by name, or an alias of such")
	}
	return all
}

// name is a key as it is written.
func (b *binder) name(path string, key ast.Node) (string, bool) {
	if asked, ok := key.(*ast.MappingKeyNode); ok {
		key = asked.Value
	}
	plain := b.plain(path, key)
	if plain == nil {
		return "", false
	}
	text, ok := textOf(plain)
	if !ok {
		b.unreadable(path, key, "the name of a setting must be a text")
	}
	return text, ok
}

// comma finds what was meant for a number with a decimal comma: {share: 0,99} is two settings, of which the second has no value.
func (b *binder) comma(path string, before entry, next *ast.MappingValueNode) bool {
	whole, fraction := before.value.GetToken(), next.Key.GetToken()
	nothing, ok := next.Value.(*ast.NullNode)
	if !ok || nothing.GetToken().Type != token.ImplicitNullType || !digits(whole.Value) || fraction.Value == "" || !digits(fraction.Value[:1]) ||
		whole.Position.Line != fraction.Position.Line || whole.Position.Column+len(whole.Value)+1 != fraction.Position.Column {
		return false
	}
	b.unreadable(below(path, before.name), before.value, "\"%s,%s\" has a comma: write %s.%s", whole.Value, fraction.Value, whole.Value, fraction.Value)
	return true
}

func digits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// placeOf is where a setting begins: for a block of settings, its first one.
func placeOf(node ast.Node) place {
	if m, ok := node.(*ast.MappingNode); ok && len(m.Values) > 0 {
		node = m.Values[0].Key
	}
	if s, ok := node.(*ast.SequenceNode); ok && len(s.Values) > 0 {
		return placeOf(s.Values[0])
	}
	at := node.GetToken().Position
	return place{at.Line, at.Column}
}
