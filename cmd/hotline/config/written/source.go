package written

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// longest is how many bytes a file that a person writes may have.
const longest = 8 << 20

// Read reads a file as far as it can be read. The error is about a file that is no YAML; all else that is wrong is noted in the document.
func Read[T any](file, example string) (read T, doc *Document, err error) {
	source, err := Source(file)
	if err != nil {
		return read, nil, Mistake{File: file, Text: "cannot be read: " + err.Error()}
	}
	return Parse[T](file, source, example)
}

// Parse is Read for a text at hand, which mistakes call by the name of a file.
func Parse[T any](file string, source []byte, example string) (read T, doc *Document, err error) {
	source, err = text(file, source)
	if err != nil {
		return read, nil, err
	}
	tree, err := tree(file, source)
	if err != nil {
		return read, nil, err
	}
	doc = &Document{File: file, example: example, places: make(map[string]place)}
	body := doc.body(tree)
	if body == nil {
		return read, nil, Mistake{File: file, Text: "is empty"}
	}
	doc.bind(body, &read)
	return read, doc, nil
}

// Source are the bytes of a file. The error has the reason without the file's name.
func Source(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	source, err := io.ReadAll(io.LimitReader(f, longest+1))
	if err != nil {
		return nil, cause(err)
	}
	if len(source) > longest {
		return nil, fmt.Errorf("it is larger than %d MB", longest>>20)
	}
	return source, nil
}

// cause is an operating system's reason without the path, which the message has already.
func cause(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

var (
	mark = []byte("\xEF\xBB\xBF") // the byte-order mark, as some editors put it before a text

	errUTF16  = errors.New("is written in UTF-16; save it as UTF-8")
	errNUL    = errors.New("a NUL byte stands here: is this a text? Save it as UTF-8")
	errNoUTF8 = errors.New("a byte stands here that is not UTF-8, perhaps of Windows-1251; save the file as UTF-8")
)

// Clean takes from a text what editors put there and nobody sees: the byte-order mark and carriage returns. Where it is no UTF-8 the
// error says so, and at is how many bytes stand before the place.
func Clean(source []byte) (clean []byte, at int, err error) {
	if bytes.HasPrefix(source, []byte("\xFF\xFE")) || bytes.HasPrefix(source, []byte("\xFE\xFF")) {
		return nil, 0, errUTF16
	}
	for bytes.HasPrefix(source, mark) { // each editor may have put one there
		source = source[len(mark):]
	}
	clean = bytes.ReplaceAll(source, []byte("\r\n"), []byte("\n"))
	clean = bytes.ReplaceAll(clean, []byte("\r"), []byte("\n"))
	if nul := bytes.IndexByte(clean, 0); nul >= 0 {
		return clean, nul, errNUL
	}
	for at = 0; at < len(clean); {
		r, size := utf8.DecodeRune(clean[at:])
		if r == utf8.RuneError && size == 1 {
			return clean, at, errNoUTF8
		}
		at += size
	}
	return clean, 0, nil
}

// text is the text of a file, cleaned. The error has line and column.
func text(file string, source []byte) ([]byte, error) {
	clean, at, err := Clean(source)
	if err == nil {
		return clean, nil
	}
	if errors.Is(err, errUTF16) {
		return nil, Mistake{File: file, Text: err.Error()}
	}
	before := clean[:at]
	line := bytes.LastIndexByte(before, '\n') + 1
	return nil, Mistake{File: file, Line: bytes.Count(before, []byte("\n")) + 1, Column: utf8.RuneCount(before[line:]) + 1, Text: err.Error()}
}

// tree reads a text as YAML. The parser is a stranger's program, and what it cannot digest is a mistake of the file.
func tree(file string, source []byte) (tree *ast.File, err error) {
	defer func() {
		if recover() != nil {
			err = Mistake{File: file, Text: "is no YAML that can be read"}
		}
	}()
	if tree, err = parser.ParseBytes(source, 0, parser.AllowDuplicateMapKey()); err != nil {
		return nil, noYAML(file, err)
	}
	return tree, nil
}

// body is the first document of a file, nil where there is none. One file holds one.
func (doc *Document) body(tree *ast.File) (body ast.Node) {
	for _, d := range tree.Docs {
		_, directive := d.Body.(*ast.DirectiveNode)
		switch {
		case d.Body == nil || directive:
		case body == nil:
			body = d.Body
		case d.Start != nil:
			at := d.Start.Position
			doc.found = append(doc.found, Mistake{File: doc.File, Line: at.Line, Column: at.Column, Text: "another document begins here, and would not be looked at: one file holds one"})
			return body
		}
	}
	return body
}

func noYAML(file string, err error) error {
	e := Mistake{File: file, Text: strings.TrimSpace(err.Error())}
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		e.Line, e.Column = at.GetToken().Position.Line, at.GetToken().Position.Column
		e.Text = at.GetMessage()
	}
	for _, h := range hints {
		if strings.Contains(e.Text, h.of) {
			e.Text += ": " + h.hint
			break
		}
	}
	return e
}

// hints say of what the parser finds what is most often the matter.
var hints = []struct{ of, hint string }{
	{"mapping value is not allowed", "a second colon with a space behind it stands in this line; put the text in quotes"},
	{"value is not allowed", "the line above is not ended, or this one is not indented as its neighbours are"},
	{"invalid key", "a text that begins with { [ * & ! or holds a colon with a space needs quotes"},
	{"must be specified", "a bracket is not closed, a comma is missing, or a text needs quotes"},
	{"non-map value", "this line is no setting: a colon and a space are missing behind its name"},
	{"unexpected key name", "this line is no setting: a colon and a space are missing behind its name"},
	{"'\t'", "a tab stands where spaces are meant: settings are indented with spaces"},
	{"could not find end character", "the quote that begins here has no end"},
	{"could not find", "a bracket has no partner, or a text that holds one needs quotes"},
	{"escape character", "a backslash between double quotes means something; write / or take single quotes"},
	{"reserved character", "a text that begins so needs quotes"},
	{"unexpected scalar", "this line is no setting: a colon and a space are missing behind its name, or a text needs quotes"},
}
