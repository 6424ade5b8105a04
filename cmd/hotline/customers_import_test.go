package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"hotline/tickets/customers"
)

// readAll are the rows of a table, each as a line.
func readAll(t *testing.T, text []byte, cyrillic bool, mapping map[string]customers.Column) (string, error) {
	t.Helper()
	table, err := openTable(bytes.NewReader(text), cyrillic, mapping, customers.Rules{})
	if err != nil {
		return "", err
	}
	var all []string
	for row, err := range table.rows() {
		if err != nil {
			return strings.Join(all, "; "), err
		}
		what := row.Record.Name + " " + strings.Join(row.Record.Numbers, " ")
		if row.Err != nil {
			what = "wrong"
		}
		all = append(all, fmt.Sprintf("%d %s", row.Line, strings.TrimSpace(what)))
	}
	return strings.Join(all, "; "), nil
}

func TestTableIsReadHoweverSpreadsheetsWriteIt(t *testing.T) {
	cp1251, err := charmap.Windows1251.NewEncoder().String("Код;ФИО;Телефон\r\n1;Иванов;+79161234567\r\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		text     string
		cyrillic bool
		want     string
	}{
		{"\ufeffКод;ФИО;Телефон\r\n1;Иванов;+79161234567\r\n", false, "2 Иванов +79161234567"},
		{"id,name,phone\n1,\"Ivanov, Ivan\",+79161234567\n\n2,Petrov,", false, "2 Ivanov, Ivan +79161234567; 4 Petrov"},
		{"id\tname\n1\tIvanov\n", false, "2 Ivanov"},
		{"id;name\n1;\"two\nlines\"\n2;next\n", false, "2 two lines; 4 next"},
		{"id;name\n1;a\"b\n2;next\n", false, "2 wrong; 3 next"},
		{"id;name\n1\n2;next;more\n3;good\n", false, "2 wrong; 3 wrong; 4 good"},
		{"id;name\n1;\xff\xfe\n2;next\n", false, "2 wrong; 3 next"},
		{"id;name\n1;a\x00\u202eb\n", false, "2 a b"},
		{"id;name", false, ""},
		{cp1251, true, "2 Иванов +79161234567"},
	} {
		if got, err := readAll(t, []byte(test.text), test.cyrillic, nil); err != nil || got != test.want {
			t.Errorf("%q gives %q, %v; want %q", test.text, got, err, test.want)
		}
	}
	for text, says := range map[string]string{
		cp1251: "--encoding windows-1251", "": "the first line is empty", "\n1;2\n": "the first line is empty", "id;colour\n": "colour", "name\nI\n": "external id or a contract",
	} {
		if got, err := readAll(t, []byte(text), false, nil); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q gives %q, %v; want an error about %s", text, got, err, says)
		}
	}
}

// A quote that nothing closes would take the whole file into memory.
func TestQuoteThatIsNotClosedEndsTheReading(t *testing.T) {
	text := "id;name\n1;good\n2;\"open\n" + strings.Repeat("3;more\n", 1<<19)
	got, err := readAll(t, []byte(text), false, nil)
	if err == nil || !strings.Contains(err.Error(), "after line 2") || got != "2 good" {
		t.Errorf("it gives %q, %v", got, err)
	}
}
