package customers_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"hotline/tickets/customers"
)

// readAll are the rows of a table, each as a line.
func readAll(t *testing.T, text []byte, encoding customers.Encoding) (string, error) {
	t.Helper()
	var mapping map[string]customers.Column
	if bytes.Contains(text, []byte("Ф,И,О,П")) {
		mapping = map[string]customers.Column{"Ф,И,О,П": customers.ColumnName}
	}
	table, err := customers.ReadTable(bytes.NewReader(text), customers.Format{Encoding: encoding, Mapping: mapping}, customers.Rules{})
	if err != nil {
		return "", err
	}
	var all []string
	for row, err := range table.Rows() {
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
	utf16 := map[unicode.Endianness]string{}
	for _, order := range []unicode.Endianness{unicode.LittleEndian, unicode.BigEndian} {
		if utf16[order], err = unicode.UTF16(order, unicode.UseBOM).NewEncoder().String("Код\tФИО\r\n1\tИванов\r\n2\t\"Пётр\nІ\"\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		text     string
		encoding customers.Encoding
		want     string
	}{
		{"\ufeffКод;ФИО;Телефон\r\n1;Иванов;+79161234567\r\n", customers.UTF8, "2 Иванов +79161234567"},
		{"id,name,phone\n1,\"Ivanov, Ivan\",+79161234567\n\n2,Petrov,", customers.UTF8, "2 Ivanov, Ivan +79161234567; 4 Petrov"},
		{"id\tname\n1\tIvanov\n", customers.UTF8, "2 Ivanov"},
		{"id;name\n1;\"two\nlines\"\n2;next\n", customers.UTF8, "2 two lines; 4 next"},
		{"id;name\n1;a\"b\n2;next\n", customers.UTF8, "2 wrong; 3 next"},
		{"id;name\n1\n2;next;more\n3;good\n", customers.UTF8, "2 wrong; 3 wrong; 4 good"},
		{"id;name\n1;\xff\xfe\n2;next\n", customers.UTF8, "2 wrong; 3 next"},
		{"id;name\n1;a\x00\u202eb\n", customers.UTF8, "2 a b"},
		{"id;name", customers.UTF8, ""},
		{"\"Код\r\nклиента\",\"Эл.\nпочта\",ФИО,Телефон\r\n1,,Иванов,\r\n\"2\",,a\"b,\r\n3,,Петров,\r\n", customers.UTF8, "4 Иванов; 5 wrong; 6 Петров"},
		{"\ufeffsep=,\r\nid,name\r\n1,Ivanov\r\n2;3,Petrov\r\n", customers.UTF8, "3 Ivanov; 4 Petrov"},
		{"\"sep=;\"\nid;name\n1;Ivanov\n", customers.UTF8, "3 Ivanov"},
		{"Телефон;\"Ф,И,О,П\";Код\n+79161234567;\"Иванов, Иван\";1\n", customers.UTF8, "2 Иванов, Иван +79161234567"},
		{cp1251, customers.Windows1251, "2 Иванов +79161234567"},
		{utf16[unicode.LittleEndian], customers.UTF8, "2 Иванов; 3 Пётр І"}, // Excel's "Unicode text"
		{utf16[unicode.BigEndian], customers.Windows1251, "2 Иванов; 3 Пётр І"},
		{"\ufeffid;name\n1;Иванов\n", customers.Windows1251, "2 Иванов"}, // what a file says of itself is believed
	} {
		if got, err := readAll(t, []byte(test.text), test.encoding); err != nil || got != test.want {
			t.Errorf("%q gives %q, %v; want %q", test.text, got, err, test.want)
		}
	}
	for text, says := range map[string]string{
		cp1251: "in windows-1251", "": "the first line is empty", "\n1;2\n": "the first line is empty", "\"id;name\n1;Ivanov\n": "line 1", "id;colour\n": "colour", "sep=;\n": "the first line is empty", "sep=;\nid;colour\n": "colour", "PK\x03\x04\x14\x00\x06\x00[Content_Types].xml": "save the table as CSV", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00": "save the table as CSV",
		"i\x00d\x00;\x00n\x00": "save the table as CSV", "name\nI\n": "external id or a contract",
	} {
		if got, err := readAll(t, []byte(text), customers.UTF8); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q gives %q, %v; want an error about %s", text, got, err, says)
		}
	}
}

// A quote that nothing closes would take the whole file into memory.
func TestQuoteThatIsNotClosedEndsTheReading(t *testing.T) {
	text := "id;name\n1;good\n2;\"open\n" + strings.Repeat("3;more\n", 1<<19)
	got, err := readAll(t, []byte(text), customers.UTF8)
	if err == nil || !strings.Contains(err.Error(), "after line 2") || got != "2 good" {
		t.Errorf("it gives %q, %v", got, err)
	}
}
