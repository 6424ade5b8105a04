package customers_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hotline/tickets/customers"
)

func TestColumnsAreUnderstoodByTheirNamesOrAMapping(t *testing.T) {
	got, err := customers.Columns([]string{"\ufeffКод", " ФИО ", "Телефон 1", "Телефон 2", "Договор", "Действует до", "Менеджер"}, map[string]customers.Column{"менеджер": "-"})
	want := []customers.Column{"external_id", "name", "number", "number", "contract", "ends_on", "-"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for name, header := range map[string][]string{
		"unknown column": {"id", "colour"}, "no column to know them by": {"name", "phone"}, "two names": {"id", "name", "company"},
	} {
		if got, err := customers.Columns(header, nil); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	if _, err := customers.Columns([]string{"id"}, map[string]customers.Column{"nick": "name"}); err == nil {
		t.Error("a mapping of a column that is not there is no mistake")
	}
	if _, err := customers.Columns([]string{"id", "nick"}, map[string]customers.Column{"nick": "nickname"}); err == nil {
		t.Error("a mapping to what there is not is no mistake")
	}
}

func TestColumnsAreGuessedWhereSomebodyLooksAtWhatComesOfIt(t *testing.T) {
	got := customers.Guess([]string{"Имя", "colour", "company", "Телефон", "Телефон 2", "nick"}, map[string]customers.Column{"nick": "nickname"})
	if want := []customers.Column{"name", "-", "-", "number", "number", "-"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestReasonNamesItsColumnInEachLanguage(t *testing.T) {
	for field, want := range map[string]string{
		"contracts[2].ends_on": "последний день договора: такого дня нет; нужно, например, 2027-01-31", "contracts[0].number": "договор: такого дня нет; нужно, например, 2027-01-31",
		"addresses[11]": "адрес: такого дня нет; нужно, например, 2027-01-31", "row": "такого дня нет; нужно, например, 2027-01-31",
	} {
		if got := customers.ReasonOf(customers.Wrong{Field: field, Which: customers.NotDay}).In("ru"); got != want {
			t.Errorf("%s: %s", field, got)
		}
	}
	for why, want := range map[customers.Reason]string{
		{}: "", {Code: customers.SameAs, Line: 4}: "line 4 is about the same external id or contract", {Code: customers.TooLong, Column: customers.ColumnMail, Most: 254}: "mail: is too long: at most 254",
		{Code: customers.Another, Number: "100%d", Name: "Holder"}: "contract 100%d is of another customer: Holder", {Code: "of_tomorrow"}: "is not taken", {Said: "as it was said"}: "as it was said",
	} {
		if got := why.In("en"); got != want {
			t.Errorf("%+v: %q, want %q", why, got, want)
		}
	}
}

func TestRowSaysWhatItSaysOrWhatIsWrongWithIt(t *testing.T) {
	columns := []customers.Column{"external_id", "name", "number", "number", "mail", "contract", "agreement", "ends_on", "address", "note"}
	r, err := customers.ReadRow(columns, []string{"7", "Иванов", "8 916 123-45-67; 89161234568", "", "a@x.example,b@x.example", "К-1", "gold", "31.01.2027", "Мира 1, кв. 2", "one; two"}, rules)
	want := customers.Record{
		Name: "Иванов", ExternalID: "7", Numbers: []string{"+79161234567", "+79161234568"}, Mails: []string{"a@x.example", "b@x.example"},
		Contracts: []customers.Contract{{Number: "К-1", Agreement: "gold", EndsOn: "2027-01-31"}}, Addresses: []string{"Мира 1, кв. 2"}, Notes: []string{"one; two"},
		Equipment: []string{}, Warnings: []string{},
	}
	if err != nil || !cmp.Equal(r, want) {
		t.Errorf("%v: %s", err, cmp.Diff(r, want))
	}
	empty := func(change func(cells []string)) []string {
		cells := make([]string, len(columns))
		cells[0] = "7"
		change(cells)
		return cells
	}
	for name, cells := range map[string][]string{
		"too few cells":             {"7"},
		"no number":                 empty(func(c []string) { c[2] = "call me" }),
		"no day":                    empty(func(c []string) { c[5], c[7] = "K", "soon" }),
		"an end without a contract": empty(func(c []string) { c[7] = "31.01.2027" }),
		"an unknown agreement":      empty(func(c []string) { c[5], c[6] = "K", "silver" }),
		"nothing to know them by":   empty(func(c []string) { c[0], c[1] = "", "I" }),
		"a mail without a name":     empty(func(c []string) { c[4] = "@" }),
	} {
		r, err := customers.ReadRow(columns, cells, rules)
		if err == nil {
			t.Fatalf("%s: %+v", name, r)
		}
		if why := customers.ReasonOf(err); why.Code == "" || why.Words("ru") == why.Words("en") {
			t.Errorf("%s: %v, %+v", name, err, why)
		}
	}
	if r, err := customers.ReadRow(columns, empty(func([]string) {}), rules); err != nil || r.Name != "" {
		t.Errorf("a row that names nobody: %+v, %v", r, err)
	}
}

func TestImportAddsAndTakesNothingAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		was, row := records(t, "was"), records(t, "row")
		row.ExternalID = was.ExternalID
		once, err := customers.Added(was, row)
		if err != nil {
			t.Skip(err)
		}
		twice, err := customers.Added(once, row)
		if err != nil || !cmp.Equal(once, twice) {
			t.Fatalf("the second time: %v %s", err, cmp.Diff(once, twice))
		}
		for i, list := range [][2][]string{{was.Numbers, once.Numbers}, {was.Mails, once.Mails}, {was.Notes, once.Notes}, {row.Numbers, once.Numbers}, {row.Notes, once.Notes}} {
			for _, text := range list[0] {
				if !slices.Contains(list[1], text) {
					t.Fatalf("list %d lost %q", i, text)
				}
			}
		}
		if row.Name != "" && once.Name != row.Name || row.Name == "" && once.Name != was.Name {
			t.Fatalf("the name is %q of %q and %q", once.Name, was.Name, row.Name)
		}
	})
}
