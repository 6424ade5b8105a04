package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"hotline/agentapi/register"
	"hotline/cmd/hotline/config"
	"hotline/tickets/customers"
	"hotline/tickets/work"
)

// A supervisor sends a file of customers, sees what would change, and starts it: jobs of the Hotline that runs do both, and a number of the file is known from then on.
func TestFileOfCustomersIsImportedByAJob(t *testing.T) {
	t.Parallel()
	olga := config.Person{ID: "olga", Login: "olga", Name: "Olga", Role: "supervisor", Language: "ru", Password: config.SecretOf("password-olga")}
	s := raise(t, stageOptions{people: []config.Person{olga}})
	browser := filed{s, olga, s.pages()}
	read := func(method, path, body string) (i register.Import) {
		s.must(json.Unmarshal([]byte(browser.ask(method, path, body)), &i))
		return i
	}
	sent := read(http.MethodPost, "/api/v1/imports", "Код;ФИО;Телефон;Адрес\n1;Иванов;8 (916) 000-95-11;=HYPERLINK(1)\n2;Петров;нет;\n")
	become := func(state customers.ImportState) (i register.Import) {
		s.eventually("the import is "+string(state), func() error {
			if i = read(http.MethodGet, "/api/v1/imports/"+sent.ID, ""); i.State != state {
				return fmt.Errorf("it is %+v", i)
			}
			return nil
		})
		return i
	}
	if i := become(customers.Checked); i.Counts[customers.WouldCreate] != 1 || i.Counts[customers.IsWrong] != 1 {
		t.Errorf("looked through it is %+v", i)
	}
	if wrong := browser.ask(http.MethodGet, "/api/v1/imports/"+sent.ID+"/rows?what=wrong", ""); !strings.Contains(wrong, `"line":3`) || !strings.Contains(wrong, "expected a telephone number") {
		t.Errorf("wrong is %s", wrong)
	}
	read(http.MethodPost, "/api/v1/imports/"+sent.ID+"/start", "")
	if i := become(customers.ImportDone); i.Rows != 2 || i.Counts[customers.WouldCreate] != 1 {
		t.Errorf("at the end it is %+v", i)
	}
	if found := browser.ask(http.MethodGet, "/api/v1/customers/by-number?number=%2B79160009511", ""); !strings.Contains(found, "Иванов") || !strings.Contains(found, "=HYPERLINK(1)") {
		t.Errorf("the number is known as %s", found)
	}
	s.eventually("both jobs are done", func() error {
		all, err := s.service.work.List(t.Context(), work.Filter{Kinds: []string{importKind}, States: []work.State{work.Done}})
		if err == nil && len(all) != 2 {
			err = errors.New(fmt.Sprint("done are ", len(all)))
		}
		return err
	})
}

// A supervisor works the dialog of imports by the keyboard: says what a column holds, starts, sees how far it is, stops, and begins again. A colleague sees whose it is.
func TestImportIsWorkedByTheKeyboardFromItsDialog(t *testing.T) {
	t.Parallel()
	olga := config.Person{ID: "olga", Login: "olga", Name: "Olga", Role: "supervisor", Language: "ru", Password: config.SecretOf("password-olga")}
	vera := config.Person{ID: "vera", Login: "vera", Name: "Vera", Role: "supervisor", Language: "en", Password: config.SecretOf("password-vera")}
	s := raise(t, stageOptions{people: []config.Person{olga, vera}})
	s.must(s.query(`insert into customers (id, name, external_id) values ('00000000-0000-4000-8000-00000000c001', 'Known', 'known') returning 1`, new(int)))
	// Whoever changes a customer of the second piece keeps an import where it is.
	changing, err := pgx.Connect(t.Context(), s.database)
	s.must(err)
	defer changing.Close(context.WithoutCancel(t.Context()))
	tx, err := changing.Begin(t.Context())
	s.must(err)
	_, err = tx.Exec(t.Context(), `SELECT FROM customers WHERE external_id = 'known' FOR UPDATE`)
	s.must(err)

	var file strings.Builder
	file.WriteString("Код;Кто;Телефон\nbad;=1+1;нет\n")
	for n := range 2997 {
		if n == 2000 {
			file.WriteString("known;Renamed;\n")
		}
		fmt.Fprintf(&file, "new-%d;New;\n", n)
	}
	c := newCrowd(t, s.pages())
	c.enters(olga, "ru", "/customers")
	c.enters(vera, "en", "/customers")
	work := func(who, state string, rows int) {
		t.Helper()
		c.do("imported", hand{"who": who, "state": state, "rows": rows})
		c.do("sound", hand{"who": who})
	}
	press := func(who, button string) {
		t.Helper()
		c.do("presses", hand{"who": who, "button": button})
	}
	c.do("imports", hand{"who": "olga"})
	c.do("sound", hand{"who": "olga"})
	bring := func(nameless int, then string) {
		t.Helper()
		c.do("brings", hand{"who": "olga", "name": "клиенты.csv", "text": file.String()})
		work("olga", "checked", 2999)
		if said := c.text("refused", hand{"who": "olga"}); !strings.Contains(said, "Строка;Столбец;Причина\n2;номер;это не телефонный номер\n") || strings.Count(said, "нужно имя, номер или почта") != nameless {
			t.Errorf("not taken are %.300q", said)
		}
		c.do("holds", hand{"who": "olga", "column": "Кто", "as": "name"})
		press("olga", "read_again")
		c.do("reads", hand{"who": "olga", "text": then, "within": "dialog"})
		work("olga", "checked", 2999)
		press("olga", "start")
	}
	bring(2997, "новых")
	work("olga", "importing", 2000)
	c.do("imports", hand{"who": "vera"})
	if said := c.text("unfinished", hand{"who": "vera"}); !strings.Contains(said, "клиенты.csv") || !strings.Contains(said, "sent or started by Olga") {
		t.Errorf("Vera is told of %q", said)
	}
	c.do("sound", hand{"who": "vera"})
	c.do("presses", hand{"who": "vera", "button": "look_at", "of": "клиенты.csv"})
	work("vera", "importing", 2000)
	press("vera", "stop")
	work("vera", "stopped", 2000)
	work("olga", "stopped", 2000)
	s.must(tx.Rollback(t.Context()))
	press("olga", "another")
	bring(998, "изменений\n1\n")
	work("olga", "done", 2999)
	press("vera", "another")
	if said := c.text("unfinished", hand{"who": "vera"}); said != "" {
		t.Errorf("Vera is told of what is over: %q", said)
	}
	var name, stopped string
	s.must(s.query(`select name from customers where external_id = 'known'`, &name))
	if s.must(s.query(`select string_agg(who, ', ') from audit where did like 'stopped the import%'`, &stopped)); name != "Renamed" || stopped != "vera" {
		t.Errorf("at the end there is %q, stopped by %s", name, stopped)
	}
	c.unharmed()
}
