package pages

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write src/tickets/codes.json anew")

// coded are the types whose constants reach the pages as they are, by the name under which the pages have words for them.
var coded = map[string]string{
	"tickets.Phase": "phases", "tickets.Awaited": "awaits", "tickets.Disposition": "dispositions", "tickets.Outcome": "outcomes", "tickets.Class": "classes",
	"tickets.NoticeKind": "notices", "clock.Kind": "clocks", "clock.Party": "parties", "life.EntryKind": "entries", "life.PartState": "parts",
	"life.PromiseState": "promises", "life.VendorState": "vendors", "life.ReviewState": "reviews", "attachment.RefusalCode": "file_refusals",
	"agentapi.Code": "problems", "agentapi.FieldCode": "field_rules",
}

// TestPagesKnowEachCodeOfTheServer holds src/tickets/codes.json, by which the pages' own tests ask for words in each language, against the code:
// whoever adds a kind of event, a command or a state finds here that people are to be told of it in words.
func TestPagesKnowEachCodeOfTheServer(t *testing.T) {
	codes := map[string][]string{"history": {}, "channels": {}}
	for _, of := range coded {
		codes[of] = nil
	}
	for _, root := range []string{"../../tickets", ".."} {
		walk(t, root, func(f *ast.File) { collect(f, codes) })
	}
	for of, all := range codes {
		slices.Sort(all)
		if codes[of] = slices.Compact(all); len(codes[of]) == 0 {
			t.Errorf("the code has no %s: look at what this test collects", of)
		}
	}
	var want bytes.Buffer
	e := json.NewEncoder(&want)
	e.SetIndent("", " ")
	if err := e.Encode(codes); err != nil {
		t.Fatal(err)
	}
	const path = "src/tickets/codes.json"
	if *update {
		if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if is, err := os.ReadFile(path); err != nil || !bytes.Equal(is, want.Bytes()) {
		t.Errorf("%s is not what the code has (%v): go test ./agentapi/pages -update, and give words to what is new in src/texts", path, err)
	}
}

func walk(t *testing.T, root string, each func(*ast.File)) {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "pages"):
			return fs.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err == nil {
			each(f)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func collect(f *ast.File, codes map[string][]string) {
	add := func(of string, e ast.Expr) {
		if code, is := literal(e); is && code != "" && !strings.Contains(code, " ") {
			codes[of] = append(codes[of], code)
		}
	}
	home := f.Name.Name
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			for _, s := range d.Specs {
				v, is := s.(*ast.ValueSpec)
				if !is || v.Type == nil || d.Tok != token.CONST {
					continue
				}
				if of, told := coded[home+"."+nameOf(v.Type)]; told {
					for _, value := range v.Values {
						add(of, value)
					}
				}
			}
		case *ast.FuncDecl:
			// The name of a command or a rule, the kind of an event, the code of a channel.
			if of := methodOf(home, d); of != "" && len(d.Body.List) == 1 {
				if r, is := d.Body.List[0].(*ast.ReturnStmt); is && len(r.Results) == 1 {
					add(of, r.Results[0])
				}
			}
		}
	}
	// A line of the history that is written with its kind.
	ast.Inspect(f, func(n ast.Node) bool {
		if c, is := n.(*ast.CompositeLit); is && strings.HasSuffix(nameOf(c.Type), "Change") {
			for _, e := range c.Elts {
				if kv, is := e.(*ast.KeyValueExpr); is && nameOf(kv.Key) == "Kind" {
					add("history", kv.Value)
				}
			}
		}
		return true
	})
}

func methodOf(home string, d *ast.FuncDecl) string {
	if d.Recv == nil || d.Body == nil {
		return ""
	}
	switch {
	case home == "life" && d.Name.Name == "Name", home == "tickets" && d.Name.Name == "Kind":
		return "history"
	case home == "tickets" && d.Name.Name == "Code":
		return "channels"
	}
	return ""
}

func literal(e ast.Expr) (string, bool) {
	l, is := e.(*ast.BasicLit)
	if !is || l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil
}

func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.ArrayType:
		return nameOf(e.Elt)
	}
	return ""
}
