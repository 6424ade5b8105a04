package main

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/net/html"
)

// leads are the characters by which programs take a text in a table for a formula.
var leads = []string{"=", "+", "-", "@", "\t=", "\r="}

// led is hostile text that begins with one of them, each in its turn.
func led(i int) string { return quote(leads[i%len(leads)] + hostileText[1:]) }

// amount is what may begin as a formula does and is none.
var amount = regexp.MustCompile(`^[+-]?[0-9][0-9.]*$`)

// takenAway looks at what leaves the house as a file: lists and reports as tables, and the whole files of the tickets that took hostile text.
func (h *hostility) takenAway(numbers []string) {
	h.t.Helper()
	var reports struct{ Items []struct{ Name string } }
	h.olga.reads("/api/v1/reports", &reports)
	tables := []string{"/api/v1/tickets/export?list=all&"}
	for _, r := range reports.Items {
		tables = append(tables, "/api/v1/reports/"+r.Name+"?")
	}
	if len(tables) < 5 {
		h.t.Errorf("there are only these tables: %q", tables)
	}
	found := 0
	for _, path := range tables {
		for format, cells := range map[string]func(string, string) []string{"csv": h.ofCSV, "xlsx": h.ofXLSX, "json": h.ofJSON} {
			at := path + "format=" + format
			status, body := h.sends(http.MethodGet, at, "", nil)
			if status != http.StatusOK {
				h.t.Errorf("%s: status %d: %.300s", at, status, body)
				continue
			}
			for _, cell := range cells(at, body) {
				if strings.Contains(cell, marker) {
					found++
				}
			}
		}
	}
	if found < 3*len(leads) { // subjects, customers, in each format
		h.t.Errorf("hostile text is in only %d cells", found)
	}
	held := 0
	for _, n := range numbers {
		path := "/api/v1/tickets/" + n + "/casefile?internal=true&format="
		_, page := h.sends(http.MethodGet, path+"html", "", nil)
		h.inert(path, page)
		_, document := h.sends(http.MethodGet, path+"json", "", nil)
		h.ofJSON(path, document)
		_, archive := h.sends(http.MethodGet, path+"zip", "", nil)
		z, err := zip.NewReader(strings.NewReader(archive), int64(len(archive)))
		if err != nil {
			h.t.Errorf("the archive of %s: %v", n, err)
			continue
		}
		for _, f := range z.File {
			if strings.Contains(f.Name, "..") || strings.ContainsAny(f.Name, "\\:\x00\u202e\r\n") || strings.HasPrefix(f.Name, "/") {
				h.t.Errorf("the archive of %s has %q", n, f.Name)
			}
		}
		if in := strings.Contains(page, marker); in != strings.Contains(document, marker) {
			h.t.Errorf("of ticket %s the page and the document for programs hold not the same", n)
		} else if in {
			held++
		}
	}
	if held < 20 {
		h.t.Errorf("hostile text is in only %d of %d whole files", held, len(numbers))
	}
}

func (h *hostility) ofCSV(at, body string) (cells []string) {
	h.t.Helper()
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff")))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		h.t.Errorf("%s is no CSV: %v", at, err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if trimmed := strings.TrimLeft(cell, " \t\r\n"); trimmed != "" && strings.ContainsAny(trimmed[:1], "=+-@") && !amount.MatchString(trimmed) {
				h.t.Errorf("%s has a formula: %.60q", at, cell)
			}
			cells = append(cells, cell)
		}
	}
	return cells
}

func (h *hostility) ofXLSX(at, body string) (cells []string) {
	h.t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(body))
	if err != nil {
		h.t.Errorf("%s is no workbook: %v", at, err)
		return nil
	}
	defer f.Close()
	z, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	h.must(err)
	for _, part := range z.File {
		content, err := part.Open()
		h.must(err)
		var text bytes.Buffer
		_, err = text.ReadFrom(content)
		h.must(err)
		if strings.Contains(part.Name, "worksheets/") && regexp.MustCompile(`<(\w+:)?(f|hyperlink)[ >]`).Match(text.Bytes()) {
			h.t.Errorf("%s has a formula or a link in %s", at, part.Name)
		}
	}
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		h.must(err)
		for _, row := range rows {
			cells = append(cells, row...)
		}
	}
	return cells
}

func (h *hostility) ofJSON(at, body string) (texts []string) {
	h.t.Helper()
	if !json.Valid([]byte(body)) || strings.ContainsAny(body, "\x00\a\x1b") {
		h.t.Errorf("%s is no JSON: %.300q", at, body)
	}
	for d := json.NewDecoder(strings.NewReader(body)); ; {
		t, err := d.Token()
		if err != nil {
			return texts
		}
		if text, is := t.(string); is {
			texts = append(texts, text)
		}
	}
}

// inert checks that nothing in a page runs, loads or leads anywhere, or hides or turns text.
func (h *hostility) inert(at, page string) {
	h.t.Helper()
	for _, wrong := range live(page) {
		h.t.Errorf("%s has %s", at, wrong)
	}
}

// leading are the attributes of elements by which a page loads something, or leads somewhere.
var leading = []string{"src", "srcset", "href", "xlink:href", "action", "formaction", "poster", "data", "background", "ping", "cite", "manifest", "srcdoc"}

// loads is what in a style loads something.
var loads = regexp.MustCompile(`(?i)url\s*\(|@import|image-set\s*\(|expression\s*\(`)

// live is what in a page runs, loads or leads somewhere, or hides or turns text.
func live(page string) (all []string) {
	if strings.ContainsAny(page, "\x00\a\x1b\u202e\u2066\u200f") {
		all = append(all, "marks that are no part of a text")
	}
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return append(all, err.Error())
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && slices.Contains([]string{"script", "img", "iframe", "link", "form", "object", "embed", "svg", "math", "base"}, n.Data) {
			all = append(all, "<"+n.Data+">")
		}
		if n.Type == html.TextNode && n.Parent.Data == "style" && loads.MatchString(n.Data) {
			all = append(all, "<style> with "+loads.FindString(n.Data))
		}
		for _, a := range n.Attr {
			name := strings.TrimPrefix(a.Namespace+":"+a.Key, ":")
			if strings.HasPrefix(name, "on") || slices.Contains(leading, name) || name == "style" && loads.MatchString(a.Val) || name == "http-equiv" && a.Val != "Content-Security-Policy" {
				all = append(all, fmt.Sprintf("<%s %s=%q>", n.Data, name, a.Val))
			}
		}
	}
	return all
}

func TestWhatRunsLoadsOrLeadsAwayIsFoundInAPage(t *testing.T) {
	for _, page := range []string{
		`<meta http-equiv="refresh" content="0; url=//evil">`, `<source srcset="//evil 2x">`, `<video poster="//evil">`, `<button formaction="//evil">`, `<p style="background: URL (//evil)">`,
		`<style>@import "//evil";</style>`, `<style>p { background: url(//evil) }</style>`, `<svg><a xlink:href="//evil">`, `<a href="javascript:x()">`, `<a ping="//evil">`, `<body background="//evil">`,
		`<form action="//evil">`, `<iframe srcdoc="x">`, `<embed>`, `<math>`, `<base>`, `<script>x()</script>`, `<p onclick="x()">`, "<p>\u202etxt.exe",
	} {
		if len(live(page)) == 0 {
			t.Errorf("nothing is found in %q", page)
		}
	}
	if found := live(`<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="sandbox"><style>p { color: red }</style><p style="width: 3em" title="url(x)">&lt;script&gt; url(//evil)`); len(found) > 0 {
		t.Errorf("in an inert page are found %q", found)
	}
}
