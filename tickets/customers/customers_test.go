package customers_test

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hotline/telephony"
	"hotline/tickets"
	"hotline/tickets/customers"
)

var rules = customers.Rules{
	Number: func(written string) telephony.Number {
		digits := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, written)
		if len(digits) != 11 {
			return telephony.Number{Raw: written}
		}
		return telephony.NumberOf("+7"+digits[1:], written)
	},
	Agreement: func(id string) bool { return id == "gold" },
}

func p[T any](v T) *T { return &v }

func TestWhatIsTypedIsKeptWithoutWhatHidesOrForgesText(t *testing.T) {
	got, err := customers.Edit{
		Name: p(" Ива\u202eнов\x00 "), Numbers: p([]string{"8 916 123-45-67", "", "+7 (916) 123/45/67"}), Mails: p([]string{"A@example.org", "a@EXAMPLE.org"}),
		Notes: p([]string{"one\r\ntwo", "<b>bold</b>", " "}), Contracts: p([]customers.Contract{{Number: "Д-1", Agreement: "gold", EndsOn: "2027-01-31"}}),
	}.On(customers.Record{}, rules)
	want := customers.Of(customers.Record{
		Name: "Иванов", Numbers: []string{"+79161234567"}, Mails: []string{"A@example.org"}, Notes: []string{"one\ntwo", "<b>bold</b>"},
		Contracts: []customers.Contract{{Number: "Д-1", Agreement: "gold", EndsOn: "2027-01-31"}},
	}.Onto(tickets.Customer{}))
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("kept, %v: %s", err, cmp.Diff(got, want))
	}
}

func TestWhatBreaksARuleIsRefusedWithFieldAndRule(t *testing.T) {
	long := strings.Repeat("я", 5000)
	for _, test := range []struct {
		edit  customers.Edit
		field string
	}{
		{customers.Edit{}, "name"},
		{customers.Edit{Name: p("")}, "name"},
		{customers.Edit{Name: p("\u202e\u200b")}, "name"},
		{customers.Edit{Name: p(long)}, "name"},
		{customers.Edit{Numbers: p([]string{"89161234567", "call me"})}, "numbers[1]"},
		{customers.Edit{Numbers: p(slices.Repeat([]string{"89161234567"}, 51))}, "numbers"},
		{customers.Edit{Mails: p([]string{"a@b.example", "nobody"})}, "mails[1]"},
		{customers.Edit{Mails: p([]string{"a@b@c"})}, "mails[0]"},
		{customers.Edit{Mails: p([]string{"a b@example.org"})}, "mails[0]"},
		{customers.Edit{Mails: p([]string{long + "@example.org"})}, "mails[0]"},
		{customers.Edit{Name: p("I"), Addresses: p([]string{long})}, "addresses[0]"},
		{customers.Edit{Name: p("I"), Notes: p([]string{"short", long})}, "notes[1]"},
		{customers.Edit{Name: p("I"), Warnings: p([]string{long})}, "warnings[0]"},
		{customers.Edit{Name: p("I"), ExternalID: p(long)}, "external_id"},
		{customers.Edit{Name: p("I"), Equipment: p(slices.Repeat([]string{"a"}, 101))}, "equipment"},
		{customers.Edit{Name: p("I"), Contracts: p([]customers.Contract{{}})}, "contracts[0].number"},
		{customers.Edit{Name: p("I"), Contracts: p([]customers.Contract{{Number: "1"}, {Number: "1"}})}, "contracts[1].number"},
		{customers.Edit{Name: p("I"), Contracts: p([]customers.Contract{{Number: "1", EndsOn: "31.01.2027"}})}, "contracts[0].ends_on"},
		{customers.Edit{Name: p("I"), Contracts: p([]customers.Contract{{Number: "1", EndsOn: "2027-02-30"}})}, "contracts[0].ends_on"},
		{customers.Edit{Name: p("I"), Contracts: p([]customers.Contract{{Number: "1", Agreement: "silver"}})}, "contracts[0].agreement"},
	} {
		_, err := test.edit.On(customers.Record{}, rules)
		var wrong customers.Wrong
		if !errors.As(err, &wrong) || wrong.Field != test.field || wrong.Rule == "" {
			t.Errorf("%+v: %v, want %s refused", test.edit, err, test.field)
		}
	}
}

func TestNumberAloneMakesAProvisionalCustomerAndANameAKnownOne(t *testing.T) {
	r, err := customers.Edit{Numbers: p([]string{"89161234567"})}.On(customers.Record{}, rules)
	if err != nil {
		t.Fatal(err)
	}
	c := r.Onto(tickets.Customer{})
	if !c.Provisional {
		t.Error("a customer without a name is not provisional")
	}
	r, err = customers.Edit{Name: p("Иванов")}.On(customers.Of(c), rules)
	if err != nil || r.Onto(c).Provisional || len(r.Numbers) != 1 {
		t.Errorf("named, they are %+v, %v", r, err)
	}
}

func TestNumberThatTheyHaveAlreadyMayStay(t *testing.T) {
	r, err := customers.Edit{Numbers: p([]string{"0042", "89161234567"})}.On(customers.Record{Name: "I", Numbers: []string{"0042"}}, rules)
	if err != nil || !slices.Equal(r.Numbers, []string{"+79161234567", "0042"}) {
		t.Errorf("they have %v, %v", r.Numbers, err)
	}
}

func TestSearchIsWalkedThroughStepByStep(t *testing.T) {
	for typed, want := range map[string][]customers.Step{
		"Иванов Пётр":            {{"ivanov", "petr"}},
		"89161234567":            {{"89161234567"}, {"789161234567"}, {"79161234567"}, {"~76543216198"}},
		"+7 916 123/45/67":       {{"79161234567"}, {"~76543216197"}, {"7", "916", "123", "45", "67"}},
		"12":                     {{"12"}},
		"CB-12":                  {{"cb", "12"}, {"cb12"}, {"sv", "12"}},
		"495 1230001 доб. 5":     {{"4951230001"}, {"74951230001"}, {"~1000321594"}, {"495", "1230001", "dob", "5"}, {"4951230001dob5"}},
		"89161234567, 101-22-33": {{"89161234567"}, {"789161234567"}, {"79161234567"}, {"~76543216198"}, {"1012233"}, {"71012233"}, {"~3322101"}, {"89161234567", "101", "22", "33"}, {"891612345671012233"}},
		"Д-2291/07":              {{"2291", "07"}, {"d229107"}},
		"a@mail.example":         {{"a@mail.example"}},
		"«»":                     nil,
		"ivan @":                 {{"ivan"}},
	} {
		got := customers.Steps(typed, "7")
		if !cmp.Equal(got, want) {
			t.Errorf("%q: %s", typed, cmp.Diff(got, want))
		}
	}
}

func TestNumbersAreReadAsPeopleWriteThem(t *testing.T) {
	for written, want := range map[string]string{
		"8 916 123/45/67":                    "+79161234567",
		"тел. 8 916 123-45-67":               "+79161234567",
		"8-916-123-45-67 (мама)":             "+79161234567",
		"8 (495) 123-00-01, доб. 12":         "+74951230001",
		"84951230001 ext 12":                 "+74951230001",
		"89161234567;84951230001":            "+74951230001 +79161234567",
		"8 916 123-45-67, 8 495 123-00-01":   "+74951230001 +79161234567",
		"8 916 1234567 / 8 495 1230001":      "+74951230001 +79161234567",
		"8 916 123-45-67 и 8 495":            "refused",
		"8 916 123-45-67, 12":                "refused",
		"мама":                               "refused",
		"8 916 123-45-67, позвонить вечером": "refused",
		"79161234567.0":                      "+79161234567",
		"79161234567,00":                     "+79161234567",
		"7,9161234567E+10":                   "+79161234567",
		"7.916123E+10":                       "refused", // and rounded
		"8 9О16 123-45-67":                   "refused", // a letter for 0
		"8 916 123-45-67l":                   "refused", // for 1
		"З-8 916 123-45-67":                  "refused", // for 3
		"8 916 123-45-67 и о":                "+79161234567",
		"моб.89161234567":                    "+79161234567",
	} {
		r, err := customers.Edit{Numbers: p([]string{written})}.On(customers.Record{Name: "I"}, rules)
		got := strings.Join(r.Numbers, " ")
		if err != nil {
			got = "refused"
		}
		if got != want {
			t.Errorf("%q is %q, want %q", written, got, want)
		}
	}
}

func TestSearchOfAnythingStaysSmall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.String().Draw(t, "typed")
		for _, steps := range [][]customers.Step{customers.Steps(typed, "7"), customers.Steps(customers.OtherLayout(typed), "7")} {
			if len(steps) > 13 {
				t.Fatalf("%q has %d steps", typed, len(steps))
			}
			for _, s := range steps {
				if len(s) == 0 || len(s) > 8 || slices.Contains(s, "") {
					t.Fatalf("%q has the step %q", typed, s)
				}
			}
		}
	})
}

func TestSameKeysOnTheOtherKeyboard(t *testing.T) {
	for typed, want := range map[string]string{"bdfyjd": "иванов", "шмфтщм": "ivanov", "Gtnh": "Петр", "12": "12"} {
		if got := customers.OtherLayout(typed); got != want {
			t.Errorf("%q is %q, want %q", typed, got, want)
		}
	}
}

func TestWordsThatLookAlikeReplaceThoseTyped(t *testing.T) {
	steps := []customers.Step{{"ivonov", "petr"}}
	if got := customers.Alike(steps); !slices.Equal(got, []string{"ivonov", "petr"}) {
		t.Errorf("looked for like %v", got)
	}
	got := customers.With(steps, map[string][]string{"ivonov": {"ivanov", "ivonin"}})
	if want := []customers.Step{{"ivanov", "petr"}, {"ivonin", "petr"}}; !cmp.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// records draws customers as rules let them be.
func records(t *rapid.T, name string) customers.Record {
	few := func(of ...string) *[]string { return p(rapid.SliceOfN(rapid.SampledFrom(of), 0, 3).Draw(t, name)) }
	r, err := customers.Edit{
		Name: p(rapid.SampledFrom([]string{"", "Иванов", "Петров"}).Draw(t, name)), ExternalID: p(rapid.SampledFrom([]string{"", name}).Draw(t, name)),
		Numbers: few("89161234567", "89161234568", "89161234569"), Mails: few("a@x.example", "A@x.example", "b@x.example"), Addresses: few("1", "2"), Notes: few("n", "m"),
		Warnings: few("w"), Equipment: few("e", "f"), Contracts: p([]customers.Contract{{Number: name + "-1"}, {Number: name + "-2"}}[:rapid.IntRange(0, 2).Draw(t, name)]),
	}.On(customers.Record{Name: "?"}, rules)
	if err != nil {
		t.Skip(err)
	}
	return r
}

func TestWhoIsMergedAndPartsAtOnceIsAsBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		into, from := records(t, "into"), records(t, "from")
		one, moved := customers.Merge(into, from)
		for i, all := range [][]string{one.Numbers, one.Mails, one.Notes} {
			for _, theirs := range [][][]string{{into.Numbers, into.Mails, into.Notes}, {from.Numbers, from.Mails, from.Notes}} {
				for _, text := range theirs[i] {
					if !slices.ContainsFunc(all, func(s string) bool { return strings.EqualFold(s, text) }) {
						t.Fatalf("%q is lost", text)
					}
				}
			}
		}
		if len(one.Contracts) != len(into.Contracts)+len(from.Contracts) {
			t.Fatalf("contracts are %v", one.Contracts)
		}
		survivor, parted := customers.Part(one, moved)
		if !cmp.Equal(survivor, into) || !cmp.Equal(parted, from) {
			t.Fatalf("parted: %s %s", cmp.Diff(survivor, into), cmp.Diff(parted, from))
		}
	})
}

func TestWhatCameSinceAMergeStaysWithTheSurvivor(t *testing.T) {
	one, moved := customers.Merge(customers.Record{Name: "A", Numbers: []string{"+71"}}, customers.Record{Name: "B", Numbers: []string{"+72"}, Contracts: []customers.Contract{{Number: "k"}, {Number: "l"}}})
	one.Notes, one.Numbers = append(one.Notes, "since"), append(one.Numbers, "+73")
	one.Contracts = one.Contracts[1:] // k was taken away
	survivor, parted := customers.Part(one, moved)
	if !slices.Equal(survivor.Notes, []string{"since"}) || !slices.Equal(survivor.Numbers, []string{"+71", "+73"}) || len(survivor.Contracts) != 0 {
		t.Errorf("the survivor is %+v", survivor)
	}
	if !slices.Equal(parted.Numbers, []string{"+72"}) || len(parted.Contracts) != 1 || parted.Contracts[0].Number != "l" {
		t.Errorf("the other is %+v", parted)
	}
}

func TestPatchesGiveTheRecordThatTheyWereMadeFrom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := records(t, "a"), records(t, "b")
		got, err := customers.Diff(a, b).Onto(a)
		if err != nil || !cmp.Equal(got, b) {
			t.Fatalf("%v: %s", err, cmp.Diff(got, b))
		}
		if len(customers.Diff(a, a)) != 0 {
			t.Fatal("nothing is a change")
		}
	})
}

// What is compared by hand is all that there is.
func TestEachFieldOfARecordIsInAPatch(t *testing.T) {
	var full customers.Record
	v := reflect.ValueOf(&full).Elem()
	var want []string
	for i := range v.NumField() {
		want = append(want, v.Type().Field(i).Tag.Get("json"))
		switch f := v.Field(i).Addr().Interface().(type) {
		case *string:
			*f = "x"
		case *[]string:
			*f = []string{"x"}
		case *[]customers.Contract:
			*f = []customers.Contract{{Number: "x"}}
		default:
			t.Fatalf("a field of type %T", f)
		}
	}
	slices.Sort(want)
	patch := customers.Diff(customers.Record{}, full)
	if got := slices.Sorted(maps.Keys(patch)); !slices.Equal(got, want) {
		t.Errorf("the patch has %v, and the record %v", got, want)
	}
	if back, err := patch.Onto(customers.Record{}); err != nil || !reflect.DeepEqual(back, full) {
		t.Errorf("the patch makes %+v, %v", back, err)
	}
}
