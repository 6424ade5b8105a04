package casefile_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/casefile"
	"hotline/tickets/clock"
	"hotline/tickets/life"
	"hotline/tickets/lists"
)

func TestWholeFileTellsWhatHappenedInOrderAndInWords(t *testing.T) {
	open, err := tickets.KeepOpen(tickets.Person("boris"), at.Add(time.Hour), tickets.FollowUp)
	if err != nil {
		t.Fatal(err)
	}
	terms := tickets.Terms{
		Topics:      map[string]tickets.TopicTerms{"internet": {Name: words.Text{"ru": "Интернет", "en": "Internet"}}},
		Departments: map[string]tickets.DepartmentTerms{"support": {Name: words.Text{"ru": "Поддержка", "en": "Support"}}},
		People:      map[string]tickets.PersonTerms{"boris": {Name: "Борис"}},
	}
	m := life.Matter{Ticket: tickets.Ticket{Number: tickets.MakeNumber(50_001), Topic: "internet", Priority: 2, State: open.In(tickets.InWork, ""), OpenedAt: at}}
	contact := tickets.Contact{
		ID: "c1", Channel: tickets.Call{}, From: telephony.NumberOf("+79161234567", ""), RawName: "PAVEL", Agent: tickets.Agent{ID: "anna", Name: "Анна"},
		ArrivedAt: at, WrappedUpAt: at.Add(10 * time.Minute), Outcome: tickets.Served, Note: "sounds upset",
	}
	w := lists.Whole{
		Matter: m, Names: []tickets.Number{tickets.MakeNumber(50_002)}, Customer: &tickets.Customer{Name: "Павел"},
		Promises: []life.Promise{{N: 1, What: "call back", Channel: "call", State: life.PromiseKept, Department: "support"}},
		Spells:   []clock.Spell{{Party: clock.FirstLine, From: at, To: at.Add(time.Hour)}, {Party: clock.Department, From: at.Add(time.Hour)}},
		Items: lists.Story([]lists.Item{
			{At: at.Add(5 * time.Minute), Entry: &life.Entry{N: 1, Kind: life.Answer, Text: "It works.", Channel: "mail", Address: "p@example.org", By: tickets.By{Kind: tickets.ByPerson, ID: "boris"}}},
			{At: at.Add(4 * time.Minute), Change: &tickets.Change{Kind: "hand_over", By: tickets.By{Kind: tickets.ByPerson, ID: "boris"}, Patch: tickets.Patch{
				"phase": {"new", "open"}, "owner": {"boris", "support"}, "owner_kind": {"person", "department"}, "next": {"", "2026-03-02T10:00:00Z"}, "customer": {"", "0192"},
			}}},
			{At: at.Add(6 * time.Minute), Change: &tickets.Change{Kind: "describe", By: tickets.By{Kind: tickets.ByRule}, Patch: tickets.Patch{"topic": {"", "internet"}}}},
			{At: at, Contact: &contact},
			{At: at.Add(20 * time.Minute), Change: &tickets.Change{Kind: "file.added", By: tickets.By{Kind: tickets.ByPerson, ID: "boris"}, Details: map[string]string{"file": "f1"}}},
			{At: at.Add(20 * time.Minute), File: &attachment.File{ID: "f1", Name: "act.pdf", By: "boris"}},
			{At: at.Add(21 * time.Minute), Change: &tickets.Change{Kind: "file.removed", By: tickets.By{Kind: tickets.ByPerson, ID: "boris"}, Details: map[string]string{"file": "f1"}}},
			{At: at.Add(22 * time.Minute), Change: &tickets.Change{Kind: "file.added", By: tickets.By{Kind: tickets.ByPerson, ID: "boris"}, Details: map[string]string{"file": "gone"}}},
		}),
	}
	f := casefile.Of(w, terms, casefile.Options{Language: "en", Location: moscow}, at.Add(3*time.Hour))
	var told []string
	for _, e := range f.Timeline {
		mark := ""
		if e.Internal {
			mark = " (internal)"
		}
		told = append(told, e.Who+" "+e.Kind.In("en")+mark+": "+e.Text)
	}
	want := []string{
		"customer call: From: +79161234567 PAVEL\nServed by: Анна\nOutcome: served",
		"Борис handed over: State: new → open\nOwner: Борис → Support\nNext date: — → 2026-03-02 13:00 +03:00",
		"Борис answer to the customer: It works.\n(Sent: e-mail p@example.org)",
		"a rule of Hotline description changed (internal): Topic: — → Internet",
		"Анна note (internal): sounds upset",
		"boris File: act.pdf", // who brought it, and when, is told once
		"Борис file removed: File: act.pdf",
		"Борис file added (internal): ",
	}
	if !slices.Equal(told, want) {
		t.Errorf("it tells\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
	}
	if len(f.Whose) != 2 || f.Whose[0].Took != time.Hour || f.Whose[1].Took != 2*time.Hour || f.Whose[1].Party.In("ru") != "отдел" {
		t.Errorf("whose time it was: %+v", f.Whose)
	}
	if f.Ticket.Owner != "Борис" || f.Ticket.Priority.In("ru") != "высокий" || f.Ticket.State.In("en") != "in work" || f.Promises[0].By != "Support" || f.Promises[0].State.In("ru") != "выполнено" {
		t.Errorf("the first page says %+v, and of the promise %+v", f.Ticket, f.Promises[0])
	}
}

// marked fills each field of a thing with something that is nowhere else, and says what.
func marked[T any](t *testing.T, kind string) (thing T, marks map[string]string) {
	t.Helper()
	marks = map[string]string{}
	v := reflect.ValueOf(&thing).Elem()
	for i := range v.NumField() {
		name := kind + v.Type().Field(i).Name
		switch f := v.Field(i); f.Interface().(type) {
		case time.Time:
			day := at.AddDate(0, 0, len(kind)*20+i)
			f.Set(reflect.ValueOf(day))
			marks[name] = day.Format("2006-01-02")
		case int:
			f.SetInt(int64(len(kind)*1000 + i))
			marks[name] = strconv.Itoa(len(kind)*1000 + i)
		case []string:
			f.Set(reflect.ValueOf([]string{name}))
			marks[name] = name
		case bool:
		default:
			f.SetString(name)
			marks[name] = name
		}
	}
	return thing, marks
}

// A field that somebody adds to what belongs to a ticket is told in the document, or named here with the reason why not.
func TestWholeFileTellsEachFieldOfWhatBelongsToATicket(t *testing.T) {
	untold := []string{"PartN", "PromiseN", "VendorN", "ReviewN", // by which commands name them
		"PromiseDepartment"} // where a person has promised
	part, parts := marked[life.Part](t, "Part")
	promise, promises := marked[life.Promise](t, "Promise")
	vendor, vendors := marked[life.Vendor](t, "Vendor")
	review, reviews := marked[life.Review](t, "Review")
	link, links := marked[life.Link](t, "Link")
	ticket := tickets.Ticket{
		Number: tickets.MakeNumber(50_001), State: tickets.Closed{At: at, Disposition: "outcome of it"}, OpenedAt: at, District: "a district", Parent: tickets.MakeNumber(50_009), Reopened: 9119,
		Reply: tickets.Reply{Channel: "a channel", Address: "an address"},
	}
	w := lists.Whole{
		Matter: life.Matter{Ticket: ticket}, Parts: []life.Part{part}, Promises: []life.Promise{promise}, Vendors: []life.Vendor{vendor}, Reviews: []life.Review{review}, Links: []life.Link{link},
		Clocks: []lists.ClockOf{{Ticket: ticket.Number, Clock: clock.Clock{Kind: clock.Reaction}}, {Ticket: tickets.MakeNumber(50_007), Clock: clock.Clock{Kind: clock.Resolution, Broken: true}}},
		Items: []lists.Item{{At: at, Change: &tickets.Change{Kind: "move_promise", Patch: tickets.Patch{
			"phase": {"new", "waiting"}, "promise.1": {`{"due":"2027-01-01T00:00:00Z","what":"the same"}`, `{"due":"2027-01-02T00:00:00Z","what":"the same"}`}, "vendor.2": {"", `{"what":"a secret"}`},
			"promise.2": {`{"state":"open"}`, `{"state":"withdrawn","went_on":true}`},
		}}}},
	}
	o := casefile.Options{Language: "en", Internal: true}
	f := casefile.Of(w, tickets.Terms{}, o, at)
	var data bytes.Buffer
	if err := casefile.JSON(&data, f, o); err != nil {
		t.Fatal(err)
	}
	documents := map[string]string{"page": textOf(page(t, f, o), ""), "JSON": data.String()}
	for where, text := range documents {
		for _, marks := range []map[string]string{parts, promises, vendors, reviews, links} {
			for name, mark := range marks {
				if !slices.Contains(untold, name) && !strings.Contains(text, mark) {
					t.Errorf("the %s does not tell %s", where, name)
				}
			}
		}
		for _, want := range []string{"outcome of it", "a district", string(tickets.MakeNumber(50_009)), string(tickets.MakeNumber(50_007)), "9119", "a channel", "an address", "Promise 2: state: promised → goes on in another ticket", "due: 2027-01-01 00:00 +00:00 → 2027-01-02 00:00 +00:00"} {
			if !strings.Contains(text, want) {
				t.Errorf("the %s does not say %q", where, want)
			}
		}
	}
	o.Internal = false
	f = casefile.Of(w, tickets.Terms{}, o, at)
	data.Reset()
	if err := casefile.JSON(&data, f, o); err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{"page": textOf(page(t, f, o), ""), "JSON": data.String()} {
		if strings.Contains(text, "VendorWhat") || strings.Contains(text, "PartWhat") || strings.Contains(text, "a secret") || !strings.Contains(text, "ReviewComplaint") {
			t.Errorf("for outside the %s is %s", where, text)
		}
	}
	if told := textOf(page(t, f, o), "told"); !strings.HasSuffix(told, "Left out: 2 requests to departments and vendors.") {
		t.Errorf("what is left out is told as %q", told)
	}
}

// Whatever may stand in a history has words in both languages: each command, each kind of a call's event, and what rules do.
func TestEachLineOfAHistoryHasWords(t *testing.T) {
	kinds := []string{tickets.WasErased, "opened", "was_there", "customers_merged", "file.added", "file.removed", "file.moved", "voicemail.done", "voicemail.undone"}
	for _, c := range life.Commands {
		kinds = append(kinds, c.Name())
	}
	for _, dir := range []string{"..", "../life"} {
		kinds = append(kinds, named(t, dir)...)
	}
	if len(kinds) < 60 {
		t.Errorf("only %d kinds were found", len(kinds))
	}
	for _, k := range kinds {
		if w := casefile.Word("change", k).Shown; w["ru"] == "" || w["en"] == "" {
			t.Errorf("%s has no words", k)
		}
	}
	for of, codes := range map[string][]string{
		"phase": texts(tickets.Phases), "outcome": texts(tickets.Outcomes), "class": texts(tickets.Classes), "party": texts(clock.Parties),
		"part":   texts([]life.PartState{life.PartOpen, life.PartAnswered, life.PartReturned, life.PartWithdrawn}),
		"vendor": texts([]life.VendorState{life.VendorAsked, life.VendorAnswered, life.VendorWithdrawn}),
		"review": texts([]life.ReviewState{life.ReviewOpen, life.ReviewUpheld, life.ReviewRejected, life.ReviewWithdrawn}),
		"link":   {"related", "duplicate", "split_off", "split_from"},
		"entry":  texts([]life.EntryKind{life.Note, life.Request, life.Answer, life.Question, life.Reply, life.Objection, life.Refusal}),
	} {
		for _, code := range codes {
			if casefile.Word(of, code).Shown == nil {
				t.Errorf("%s %s has no words", of, code)
			}
		}
	}
	for _, c := range tickets.Channels {
		if casefile.Word("channel", c.Code()).Shown == nil {
			t.Errorf("channel %s has no words", c.Code())
		}
	}
}

func texts[T ~string](all []T) (these []string) {
	for _, one := range all {
		these = append(these, string(one))
	}
	return these
}

// named are the texts that the methods Kind and Name of a package give.
func named(t *testing.T, dir string) (all []string) {
	t.Helper()
	files, err := filepath.Glob(dir + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, is := d.(*ast.FuncDecl)
			if !is || f.Recv == nil || f.Name.Name != "Kind" && f.Name.Name != "Name" || len(f.Body.List) != 1 {
				continue
			}
			if r, is := f.Body.List[0].(*ast.ReturnStmt); is {
				if text, is := r.Results[0].(*ast.BasicLit); is && text.Kind == token.STRING {
					all = append(all, strings.Trim(text.Value, `"`))
				}
			}
		}
	}
	return all
}
