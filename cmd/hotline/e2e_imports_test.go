package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

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
