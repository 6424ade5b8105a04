package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config/sample"
	"hotline/telephony/hours"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/clock"
)

// promised is a change of the example that gives it agreements, vendors, and settings of tickets.
var promised = []string{
	"topics:\n", `agreement: standard
agreements:
  - id: standard
    name: {ru: Обычный, en: Standard}
    hours: {mon-fri: ["09:00-18:00"]}
    holidays: {"2027-01-01": {ru: Новый год, en: New Year}}
    reaction: 4h
    resolution: 24h
    warn: 0.7
    pauses: [customer]
    channels: [call, letter]
    priorities:
      1: {reaction: 30m, resolution: 4h}
      2: {reaction: 1h}
  - {id: gold, priority: 2, resolution: 8h}
vendors:
  - {id: fiber, name: Optics Ltd, phone: "+74950000200", mail: help@optics.example, hours: {mon-fri: ["08:00-17:00"]}, remind_every: 12h}
  - {id: power, name: Сетевая компания}
tickets:
  call_back_within: 2h
  confirm_within: 48h
  confirm_reminders: 3
  repeat_within: 168h
  escalate_after: 1h
  tell_after: 5
  review_within: 120h
  reviews: [{department: first_line, within: 48h}, {person: olga}, {outside: regulator, name: {ru: Банк России, en: Bank of Russia}, within: 720h}]
  files: {store: disk, folder: /srv/files, largest: 10 MB, per_ticket: 1GB, most: 7, in_all: 500gb, types: [pdf, png]}
  webhooks:
    - {url: "https://crm.example.org/hotline?x=1", secret: {env: HOTLINE_HOOK_SECRET}, events: [call.arrived, call.ended]}
    - {url: "http://zammad.local/api/v1/cti/", token: {env: HOTLINE_ZAMMAD_TOKEN}, secret: {env: HOTLINE_HOOK_SECRET}, format: zammad}
  crm: {url: "https://crm.example.org/who", token: {env: HOTLINE_ZAMMAD_TOKEN}, within: 200ms, cache: 1h}
topics:
`,
	"department: support}", "department: support, agreement: gold}",
}

func setHookSecrets(t *testing.T) {
	t.Helper()
	sample.SetSecrets(t)
	t.Setenv("HOTLINE_HOOK_SECRET", "swordfish-4be1c07a93d2")
	t.Setenv("HOTLINE_ZAMMAD_TOKEN", "swordfish-zammad")
	t.Setenv("HOTLINE_CRM_TOKEN", "swordfish-crm")
	t.Setenv("HOTLINE_ANNA_PIN", "246813")
}

func changedPromises(t *testing.T, oldNew ...string) (file string) {
	t.Helper()
	return sample.Changed(t, append(slices.Clone(promised), oldNew...)...)
}

func TestAgreementsVendorsAndSettingsOfTicketsAreReadAndTold(t *testing.T) {
	setHookSecrets(t)
	c, err := Load(changedPromises(t))
	if err != nil {
		t.Fatal(err)
	}
	a, hour := c.Agreements[0], time.Hour
	for p, want := range map[tickets.Priority]Times{1: {hour / 2, 4 * hour}, 2: {hour, 24 * hour}, 3: {4 * hour, 24 * hour}, 4: {4 * hour, 24 * hour}} {
		if got := a.For(p); got != want {
			t.Errorf("priority %d is promised %v, not %v", p, got, want)
		}
	}
	work := []hours.Span{{From: 9 * hour, To: 18 * hour}}
	clocks := map[string]*clock.Agreement{
		"standard": {
			ID: "standard", Name: words.Text{"ru": "Обычный", "en": "Standard"}, Warn: clock.Warn{Share: 0.7}, PausedFor: []clock.Party{clock.Customer},
			Calendar: &hours.Calendar{
				Zone: c.Location(), Week: [7][]hours.Span{1: work, 2: work, 3: work, 4: work, 5: work}, Dates: map[string][]hours.Span{"2027-01-01": nil},
				Names: map[string]words.Text{"2027-01-01": {"ru": "Новый год", "en": "New Year"}}},
			Target:     clock.Target{Reaction: 4 * hour, Resolution: 24 * hour},
			Priorities: map[tickets.Priority]clock.Target{1: {Reaction: hour / 2, Resolution: 4 * hour}, 2: {Reaction: hour}},
		},
		"gold": {ID: "gold", Warn: clock.Warn{Share: 0.8}, Target: clock.Target{Resolution: 8 * hour}, Priorities: map[tickets.Priority]clock.Target{}},
	}
	if got := c.Clocks(); !reflect.DeepEqual(got, clocks) {
		t.Errorf("clocks are told\n%+v\nnot\n%+v", got, clocks)
	}
	for id, a := range c.Clocks() {
		if err := a.Check(time.Now()); err != nil {
			t.Errorf("clocks refuse %s: %v", id, err)
		}
	}
	terms := c.Terms()
	if want := map[string]tickets.AgreementTerms{
		"standard": {Name: words.Text{"ru": "Обычный", "en": "Standard"}, Channels: []string{"call", "letter"}}, "gold": {Priority: 2},
	}; !reflect.DeepEqual(terms.Agreements, want) {
		t.Errorf("agreements are told as %+v", terms.Agreements)
	}
	day := []hours.Span{{From: 8 * hour, To: 17 * hour}}
	if want := map[string]tickets.VendorTerms{
		"fiber": {Name: "Optics Ltd", Phone: "+74950000200", Mail: "help@optics.example", RemindEvery: 12 * hour, Hours: &hours.Calendar{
			Zone: c.Location(), Week: [7][]hours.Span{1: day, 2: day, 3: day, 4: day, 5: day}, Dates: map[string][]hours.Span{}}},
		"power": {Name: "Сетевая компания", RemindEvery: 24 * hour},
	}; !reflect.DeepEqual(terms.Vendors, want) {
		t.Errorf("vendors are told as\n%+v\nnot\n%+v", terms.Vendors, want)
	}
	if terms.Agreement != "standard" || terms.Topics["fault"].Agreement != "gold" || terms.CallBackWithin != 2*hour || terms.FollowUpWithin != 24*hour ||
		terms.ConfirmWithin != 48*hour || terms.ConfirmReminders != 3 || terms.RepeatWithin != 168*hour || terms.EscalateAfter != hour || terms.TellAfter != 5 || terms.ReviewWithin != 120*hour {
		t.Errorf("tickets are told %+v", terms)
	}
	if want := []tickets.ReviewTerms{
		{Department: "first_line", Within: 48 * hour}, {Person: "olga"},
		{Department: "regulator", Outside: true, Name: words.Text{"ru": "Банк России", "en": "Bank of Russia"}, Within: 720 * hour},
	}; !reflect.DeepEqual(terms.Reviews, want) {
		t.Errorf("the levels of complaints are told as\n%+v\nnot\n%+v", terms.Reviews, want)
	}
	if name := terms.DepartmentName("regulator")["en"]; name != "Bank of Russia" {
		t.Errorf("the regulator is called %q", name)
	}
	f := c.Tickets.Files
	if l := f.Limits(); l.Size != 10_000_000 || l.TicketSize != 1_000_000_000 || l.Files != 7 || !slices.Equal(l.Extensions, []string{"pdf", "png"}) || l.Prove() != nil {
		t.Errorf("files: %+v", l)
	}
	if f.Quota() != 500_000_000_000 || f.InDatabase() || c.FilesFolder() != "/srv/files" {
		t.Errorf("files: %d in all, in %s", f.Quota(), c.FilesFolder())
	}
	hooks := c.Tickets.Webhooks
	if hooks[0].Address() != "https://crm.example.org/hotline?x=1" || hooks[1].Address() != "http://zammad.local/api/v1/cti/swordfish-zammad" || hooks[0].Secret.Text() != "swordfish-4be1c07a93d2" {
		t.Errorf("webhooks: %s, %s", hooks[0].Address(), hooks[1].Address())
	}
	if crm := c.Tickets.CRM; crm.AnswersWithin() != 200*time.Millisecond || crm.BelievedFor() != hour || crm.Token.Text() != "swordfish-zammad" {
		t.Errorf("CRM: %+v", crm)
	}
}

func TestWhatIsNotSaidOfTicketsIsAsUsual(t *testing.T) {
	sample.SetSecrets(t)
	c, err := Load(sample.Changed(t))
	if err != nil {
		t.Fatal(err)
	}
	l, terms := c.Tickets.Files.Limits(), c.Terms()
	if l.Size != 25_000_000 || l.TicketSize != 200_000_000 || l.Files != 100 || len(l.Extensions) < 10 || c.Tickets.Files.Quota() != 0 || c.FilesFolder() != "/var/lib/hotline/spool/files" {
		t.Errorf("files: %+v in %s", l, c.FilesFolder())
	}
	if terms.ConfirmReminders != 2 || terms.TellAfter != 3 || terms.ConfirmWithin != 72*time.Hour || terms.Agreement != "" || len(terms.Vendors) != 0 {
		t.Errorf("tickets are told %+v", terms)
	}
	if terms.ReviewWithin != 240*time.Hour || !reflect.DeepEqual(terms.Reviews, []tickets.ReviewTerms{{Department: "first_line"}, {Department: "regulator", Outside: true}}) {
		t.Errorf("complaints are decided within %s by %+v", terms.ReviewWithin, terms.Reviews)
	}
	if none := (Config{Tickets: Tickets{Reviews: []Review{}}}).Terms(); len(none.Reviews) != 0 {
		t.Errorf("nobody is above the heads, and yet %+v", none.Reviews)
	}
	if crm := c.Tickets.CRM; crm.AnswersWithin() != 100*time.Millisecond || crm.BelievedFor() != 10*time.Minute {
		t.Errorf("CRM: %+v", crm)
	}
	zero := 0
	if (Tickets{TellAfter: &zero}).Silence() != 0 {
		t.Error("nobody can be spared to be asked to tell customers")
	}
	if (Tickets{ConfirmReminders: &zero}).Reminders() != 0 {
		t.Error("nobody can be spared reminders")
	}
	if got := (Files{Largest: "1GB"}).Limits(); got.TicketSize != 1_000_000_000 {
		t.Errorf("a ticket takes no file of the largest size: %+v", got)
	}
}

func TestEachMistakeAboutPromisesAndTicketsIsNamedWithItsPlace(t *testing.T) {
	setHookSecrets(t)
	for _, m := range []struct{ old, new, at, text string }{
		{"id: gold", "id: standard", "standard, priority", `agreements.1.id: "standard" is there twice`},
		{"id: gold, ", "", "priority: 2, resolution", `agreements.1.id: is missing`},
		{"name: {ru: Обычный, en: Standard}", "name: {de: Gewöhnlich}", "Gewöhnlich", `agreements.0.name.de: "de" is not a language Hotline speaks: ru or en`},
		{`    hours: {mon-fri: ["09:00-18:00"]}`, `    hours: {sun: []}`, "sun: []", `agreements.0.hours: are never: write such as {mon-fri: ["09:00-18:00"]}, or leave hours out for always`},
		{`"2027-01-01": {ru: Новый год, en`, `"2027-13-01": {ru: Новый год, en`, "ru: Новый год, en", `agreements.0.holidays.2027-13-01: "2027-13-01" is no date: write it as "2026-12-31"`},
		{"reaction: 4h", "reaction: 25h", "24h\n", `agreements.0.resolution: is 24h0m0s, and the reaction may take 25h0m0s`},
		{"reaction: 4h", "reaction: 0s", "0s\n    resolution", `agreements.0.reaction: is 0s; it must be from 1m0s to 8784h0m0s`},
		{"reaction: 4h", "reaction: 4", "4\n", `agreements.0.reaction: "4" is no time; write it with its unit, such as 15s or 1m30s`},
		{"resolution: 24h", "resolution: 9000h", "9000h", `agreements.0.resolution: is 9000h0m0s; it must be from 1m0s to 8784h0m0s`},
		{"warn: 0.7", "warn: 1", "1\n", `agreements.0.warn: is 1; it must be from 0 to below 1, such as 0.8`},
		{"warn: 0.7", "warn: -0.1", "-0.1", `agreements.0.warn: is -0.1; it must be from 0 to below 1, such as 0.8`},
		{"pauses: [customer]", "pauses: [vendor]", "vendor]", `agreements.0.pauses.0: is vendor: while a vendor is waited for the customer's date goes on`},
		{"pauses: [customer]", "pauses: [lunch]", "lunch]", `agreements.0.pauses.0: "lunch" is none of customer, scheduled`},
		{"pauses: [customer]", "pauses: [customer, customer]", "customer]", `agreements.0.pauses.1: "customer" is there twice`},
		{"channels: [call, letter]", "channels: [call, pigeon]", "pigeon]", `agreements.0.channels.1: "pigeon" is no channel of contacts, such as call or letter`},
		{"channels: [call, letter]", "channels: [call, call]", "call]", `agreements.0.channels.1: "call" is there twice`},
		{"      1: {reaction", "      0: {reaction", "reaction: 30m", `agreements.0.priorities.0: "0" is no priority: they are from 1, the most urgent, to 4`},
		{"2: {reaction: 1h}", "2: {}", "{}\n", `agreements.0.priorities.2: promises nothing of its own: give reaction or resolution`},
		{"2: {reaction: 1h}", "2: {reaction: 1s}", "1s}", `agreements.0.priorities.2.reaction: is 1s; it must be from 1m0s to 8784h0m0s`},
		{"2: {reaction: 1h}", "2: {resolution: 1h}", "resolution: 1h}", `agreements.0.priorities.2: promises a resolution within 1h0m0s, and the reaction may take 4h0m0s`},
		{"priority: 2, resolution: 8h", "priority: 2", "id: gold", `agreements.1: promises nothing: give reaction or resolution`},
		{"priority: 2, resolution: 8h", "priority: 5, resolution: 8h", "5, resolution", `agreements.1.priority: is 5; it must be from 1 to 4`},
		{"priority: 2, resolution: 8h", "priority: 0, resolution: 8h", "0, resolution", `agreements.1.priority: is 0; it must be from 1 to 4`},
		{"agreement: standard\n", "agreement: silver\n", "silver", `agreement: agreement "silver" does not exist`},
		{"agreement: gold}", "agreement: platinum}", "platinum", `topics.2.agreement: agreement "platinum" does not exist`},
		{"id: power", "id: fiber", "fiber, name: Сет", `vendors.1.id: "fiber" is there twice`},
		{", name: Сетевая компания", "", "id: power", `vendors.1.name: is missing`},
		{`phone: "+74950000200"`, `phone: "84950000200"`, `"84950000200"`, `vendors.0.phone: "84950000200" is not a number in E.164; write it with the plus sign and in quotes, as "+74950000100"`},
		{"help@optics.example", "optics.example", "optics.example", `vendors.0.mail: "optics.example" is no address of mail, such as help@example.org`},
		{"help@optics.example", "'Help <help@optics.example>'", "'Help", `vendors.0.mail: "Help <help@optics.example>" is no address of mail, such as help@example.org`},
		{"remind_every: 12h", "remind_every: 1m", "1m}", `vendors.0.remind_every: is 1m0s; it must be from 1h0m0s to 2160h0m0s`},
		{"call_back_within: 2h", "call_back_within: 1s", "1s\n", `tickets.call_back_within: is 1s; it must be from 1m0s to 720h0m0s`},
		{"confirm_within: 48h", "confirm_within: 1m", "1m\n", `tickets.confirm_within: is 1m0s; it must be from 1h0m0s to 8784h0m0s`},
		{"confirm_reminders: 3", "confirm_reminders: -1", "-1\n", `tickets.confirm_reminders: is -1; it must be from 0 to 10`},
		{"repeat_within: 168h", "repeat_within: 7d", "7d", `tickets.repeat_within: "7d" is no time: write 168h`},
		{"escalate_after: 1h", "escalate_after: -1h", "-1h", `tickets.escalate_after: is -1h0m0s; it must be from 1m0s to 8784h0m0s`},
		{"tell_after: 5", "tell_after: 72h", "72h", `tickets.tell_after: "72h" is not a whole number`},
		{"tell_after: 5", "tell_after: 61", "61", `tickets.tell_after: is 61; it must be from 0 to 60`},
		{"review_within: 120h", "review_within: 1m", "1m\n", `tickets.review_within: is 1m0s; it must be from 1h0m0s to 8784h0m0s`},
		{"first_line, within: 48h", "sales, within: 48h", "sales, within", `tickets.reviews.0.department: department "sales" does not exist; there are: first_line, information, subscribers, support`},
		{"first_line, within: 48h", "support, within: 1m", "1m}", `tickets.reviews.0.within: is 1m0s; it must be from 1h0m0s to 8784h0m0s`},
		{"first_line, within: 48h", "first_line, name: {ru: Поддержка}", "ru: Поддержка}", `tickets.reviews.0.name: is of who is outside: a department and a person have their own`},
		{"{person: olga}", "{person: petr}", "petr}", `tickets.reviews.1.person: "petr" is none of the people`},
		{"{person: olga}", "{within: 48h}", "within: 48h}, {out", `tickets.reviews.1: says nobody who decides: give department, person or outside`},
		{"outside: regulator", "outside: regulator, person: olga", "regulator, person", `tickets.reviews.2.outside: is none of ours: leave out department and person`},
		{"outside: regulator", "outside: support", "support, name", `tickets.reviews.2.outside: "support" is a department of ours: write department`},
		{"outside: regulator", "outside: ' regulator'", "' regulator'", `tickets.reviews.2.outside: " regulator" has a space before or behind it`},
		{"en: Bank of Russia", "de: Zentralbank", "Zentralbank", `tickets.reviews.2.name.de: "de" is not a language Hotline speaks: ru or en`},
		{"store: disk", "store: cloud", "cloud", `tickets.files.store: is "cloud": it is one of disk, database`},
		{"store: disk", "store: database", "/srv/files", `tickets.files.folder: is of no use: the contents are in the database`},
		{"folder: /srv/files", "folder: files", "files, largest", `tickets.files.folder: "files" is no whole path: it begins with /`},
		{"largest: 10 MB", "largest: 10", "10, per", `tickets.files.largest: "10" is no size: write it with its unit, such as 500KB, 20MB or 2GB`},
		{"largest: 10 MB", "largest: 0MB", "0MB", `tickets.files.largest: "0MB" is no size: write it with its unit, such as 500KB, 20MB or 2GB`},
		{"per_ticket: 1GB", "per_ticket: 1MB", "1MB", `tickets.files.per_ticket: is less than one file may have`},
		{"in_all: 500gb", "in_all: 500mb", "500mb", `tickets.files.in_all: is less than the files of one ticket may have`},
		{"most: 7", "most: -7", "-7", `tickets.files.most: is -7; it must be from 0 to 10000`},
		{"types: [pdf, png]", "types: [pdf, exe]", "exe]", `tickets.files.types.1: "exe" is none of 7z,`},
		{"types: [pdf, png]", "types: [pdf, pdf]", "pdf]}", `tickets.files.types.1: "pdf" is there twice`},
		{"types: [pdf, png]", "types: []", "[]}\n  webhooks", `tickets.files.types: are none: leave types out for all that are known`},
		{"https://crm.example.org/hotline?x=1", "ftp://crm.example.org", `"ftp:`, `tickets.webhooks.0.url: it is no address like https://crm.example.com/hotline, without a login in it`},
		{"https://crm.example.org/hotline?x=1", "https://anna:x@crm.example.org", `"https://anna`, `tickets.webhooks.0.url: it is no address like https://crm.example.com/hotline, without a login in it`},
		{"https://crm.example.org/hotline?x=1", "http://8.8.8.8/hotline", `"http://8`, `tickets.webhooks.0.url: http is for private addresses alone: use https`},
		{`url: "https://crm.example.org/hotline?x=1", `, "", "secret: {env: HOTLINE_HOOK_SECRET}, events", `tickets.webhooks.0.url: is missing`},
		{"secret: {env: HOTLINE_HOOK_SECRET}, events", "events", `url: "https://crm.example.org/hotline`, `tickets.webhooks.0.secret: is missing: give env or file`},
		{"secret: {env: HOTLINE_HOOK_SECRET}, events", "secret: {env: HOTLINE_ANNA_PASSWORD}, events", "env: HOTLINE_ANNA_PASSWORD}, events", `tickets.webhooks.0.secret: what it leads to has 14 characters, and needs 16 by chance: whoever guesses it can tell the program anything; make one with: openssl rand -hex 32`},
		{"secret: {env: HOTLINE_HOOK_SECRET}, events", "secret: swordfish, events", "swordfish, events", `tickets.webhooks.0.secret: a secret does not stand here: {env: NAME} or {file: PATH} does`},
		{"token: {env: HOTLINE_ZAMMAD_TOKEN}, secret", "token: {env: HOTLINE_DATABASE_URL}, secret", "env: HOTLINE_DATABASE_URL}, secret", `tickets.webhooks.1.token: what it leads to has a /, ?, # or space in it: it ends an address`},
		{"events: [call.arrived, call.ended]", "events: [call, Ticket]", "Ticket]", `tickets.webhooks.0.events.1: "Ticket" is no event and begins none; there are call.arrived,`},
		{"events: [call.arrived, call.ended]", "events: [call, call]", "call]}", `tickets.webhooks.0.events.1: "call" is there twice`},
		{"events: [call.arrived, call.ended]", "events: [call, ticket.close]", "ticket.close]", `tickets.webhooks.0.events.1: "ticket.close" is no event and begins none; there are call.arrived,`},
		{"format: zammad", "format: xml", "xml", `tickets.webhooks.1.format: is "xml": it is one of cloudevents, zammad`},
		{"http://zammad.local/api/v1/cti/\", token: {env: HOTLINE_ZAMMAD_TOKEN}, secret: {env: HOTLINE_HOOK_SECRET}, format: zammad", "https://crm.example.org/hotline?x=1\", secret: {env: HOTLINE_HOOK_SECRET}", "\"https://crm.example.org/hotline?x=1\", secret: {env: HOTLINE_HOOK_SECRET}}", `tickets.webhooks.1.url: "https://crm.example.org/hotline?x=1" is there twice: each event would come twice`},
		{"https://crm.example.org/who", "crm.example.org", `"crm.example.org"`, `tickets.crm.url: must be https:// or http://HOST/…, without a login in it`},
		{`url: "https://crm.example.org/who", `, "", "token: {env: HOTLINE_ZAMMAD_TOKEN}, within", `tickets.crm.url: is missing`},
		{"within: 200ms", "within: 1ms", "1ms", `tickets.crm.within: is 1ms; it must be from 10ms to 5s`},
		{"cache: 1h", "cache: 1ms", "1ms}", `tickets.crm.cache: is 1ms; it must be from 1s to 168h0m0s`},
	} {
		t.Run(m.new, func(t *testing.T) {
			file := changedPromises(t, m.old, m.new)
			_, err := Load(file)
			if got, want := mistakes(err), sample.Where(t, file, m.at)+": "+m.text; len(got) != 1 || !strings.HasPrefix(got[0], want) {
				t.Errorf("found\n  %s\n\nnot\n  %s", strings.Join(got, "\n  "), want)
			}
			for _, line := range mistakes(err) {
				sample.KeepsSecrets(t, line)
			}
		})
	}
}

func TestAnUnreadableAgreementHidesWhatRefersToIt(t *testing.T) {
	setHookSecrets(t)
	for _, m := range []struct{ old, new string }{{"id: gold", "id: [gold]"}, {"- id: standard", "- id: {a: b}"}} {
		_, err := Load(changedPromises(t, m.old, m.new))
		if got := mistakes(err); len(got) != 1 || !strings.HasSuffix(got[0], "must be a text") {
			t.Errorf("found\n  %s", strings.Join(got, "\n  "))
		}
	}
}

func TestWhatGoesToOtherProgramsWithoutEncryptionIsDoubted(t *testing.T) {
	setHookSecrets(t)
	file := changedPromises(t, `"https://crm.example.org/who"`, `"http://127.0.0.1:8000/who"`, "agreement: gold}", "}")
	_, doubts, err := Check(file, "", "", 20)
	want := sample.Where(t, file, `"http://zammad.local`) + ": warning: tickets.webhooks.1.url: goes to zammad.local without encryption, with numbers and names of customers in it: use https"
	if err != nil || len(doubts) != 1 || doubts[0].Error() != want {
		t.Errorf("found %v, doubts %v, not %s", err, doubts, want)
	}
}

func TestAReloadTakesOverPromisesAndSettingsOfTicketsButNotWhereFilesAre(t *testing.T) {
	setHookSecrets(t)
	load := func(oldNew ...string) Config {
		c, err := Load(changedPromises(t, oldNew...))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	was := load()
	if got := was.Beyond(load("reaction: 4h", "reaction: 5h", "agreement: standard\n", "", "id: power", "id: grid", "confirm_within: 48h", "confirm_within: 49h", "events: [call.arrived,", "events: [call.answered,")); len(got) > 0 {
		t.Errorf("a restart is waited for by %q", got)
	}
	for _, waits := range [][2]string{{"folder: /srv/files", "folder: /srv/other"}, {"cache: 1h", "cache: 2h"}} {
		if got := was.Beyond(load(waits[0], waits[1])); !slices.Equal(got, []string{"tickets"}) {
			t.Errorf("%s: a restart is waited for by %q", waits[1], got)
		}
	}
}

func TestFilesInWhichSecretsOfOtherProgramsStandAreKnown(t *testing.T) {
	c := Config{Tickets: Tickets{Webhooks: []Webhook{{Token: Secret{File: "token"}, Secret: Secret{File: "/etc/secret"}}}, CRM: CRM{Token: Secret{File: "crm"}}}}
	if got := c.SecretFiles("/etc/hotline"); !slices.Equal(got, []string{"/etc/hotline/token", "/etc/secret", "/etc/hotline/crm"}) {
		t.Errorf("they are %q", got)
	}
}
