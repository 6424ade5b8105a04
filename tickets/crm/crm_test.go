package crm_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hotline/tickets/crm"
)

// roundTrip is the other program, without a network.
type roundTrip func(*http.Request) (int, string, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body, err := f(r)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), Header: http.Header{}, Request: r}, nil
}

func asker(t *testing.T, answers roundTrip) *crm.Asker {
	t.Helper()
	a, err := crm.New(crm.Options{URL: "https://crm.example.org/who?x=1", Token: "secret", Client: &http.Client{Transport: answers}, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAnswerOfTheCRMIsSafeToShow(t *testing.T) {
	for body, want := range map[string]string{
		`{"name":"Ива\u202eнов <b>","contract":"Д-1","notes":["a","\u0000"],"warnings":null}`: "Иванов <b>",
		`[{"name":"Ivanov"}]`:                   "Ivanov",
		`[{"name":"Ivanov"},{"name":"Petrov"}]`: "",
		`[]`:                                    "",
		`{}`:                                    "",
		`null`:                                  "",
		``:                                      "",
		`{"name":"` + strings.Repeat("я", 500) + `"}`: strings.Repeat("я", 200),
		`{"name":5}`:                             "error",
		`<html>`:                                 "error",
		`{"name":"` + strings.Repeat("x", 70000): "error",
	} {
		c, err := asker(t, func(r *http.Request) (int, string, error) {
			if r.URL.Query().Get("number") != "+79161234567" || r.URL.Query().Get("x") != "1" || r.Header.Get("Authorization") != "Bearer secret" {
				t.Errorf("asked %s with %v", r.URL, r.Header)
			}
			return 200, body, nil
		}).Who(t.Context(), "+79161234567")
		switch {
		case (err != nil) != (want == "error"):
			t.Errorf("%.60s gives %v", body, err)
		case err != nil:
		case (c == nil) != (want == ""):
			t.Errorf("%.60s names %+v", body, c)
		case c != nil && (c.Name != want || !c.Provisional || c.ID != ""):
			t.Errorf("%.60s names %+v", body, c)
		}
	}
}

func TestAnswerIsBelievedForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		a := asker(t, func(*http.Request) (int, string, error) { asked++; return 404, "", nil })
		for range 3 {
			if c, err := a.Who(t.Context(), "1"); c != nil || err != nil {
				t.Fatal(c, err)
			}
		}
		if asked != 1 {
			t.Errorf("asked %d times", asked)
		}
		time.Sleep(10*time.Minute + time.Second)
		if _, err := a.Who(t.Context(), "1"); err != nil || asked != 2 {
			t.Errorf("asked %d times, %v", asked, err)
		}
	})
}

func TestCRMThatFailsIsLeftAloneAndTriedAgainByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, status := 0, 500
		a := asker(t, func(*http.Request) (int, string, error) { asked++; return status, `{"name":"I"}`, nil })
		fail := func(times int) {
			t.Helper()
			for range times {
				if _, err := a.Who(t.Context(), "1"); err == nil {
					t.Error("it failed, and nobody was told")
				}
			}
		}
		if fail(8); asked != 5 {
			t.Errorf("asked %d times, want 5", asked)
		}
		time.Sleep(2*time.Second + time.Millisecond)
		if fail(3); asked != 6 {
			t.Errorf("asked %d times after the first wait, want 6", asked)
		}
		time.Sleep(3 * time.Second)
		if fail(1); asked != 6 {
			t.Errorf("asked %d times within the second wait, which is 4 s", asked)
		}
		status = 200
		time.Sleep(time.Second + time.Millisecond)
		if c, err := a.Who(t.Context(), "1"); err != nil || c.Name != "I" {
			t.Errorf("it answers again with %+v, %v", c, err)
		}
		if _, err := a.Who(t.Context(), "2"); err != nil || asked != 8 {
			t.Errorf("asked %d times, %v", asked, err)
		}
	})
}

func TestCallThatEndsIsNoFailureOfTheCRM(t *testing.T) {
	a := asker(t, func(r *http.Request) (int, string, error) { <-r.Context().Done(); return 0, "", r.Context().Err() })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 10 {
		if _, err := a.Who(ctx, "1"); errors.Is(err, crm.ErrAway) {
			t.Fatal("it is left alone")
		}
	}
}

func TestCRMIsAskedOverHTTPAndSendsNobodyElsewhere(t *testing.T) {
	var asked atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer other.Close()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved/+791" {
			http.Redirect(w, r, other.URL, http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, `{"name":"I","contract":"K"}`)
	}))
	defer web.Close()
	defer http.DefaultClient.CloseIdleConnections()
	a, err := crm.New(crm.Options{URL: web.URL + "/who/{number}"})
	if err != nil {
		t.Fatal(err)
	}
	if c, err := a.Who(t.Context(), "+791"); err != nil || c.Contract != "K" || len(c.Contracts) != 1 {
		t.Errorf("it answers %+v, %v", c, err)
	}
	a, err = crm.New(crm.Options{URL: web.URL + "/moved/{number}"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Who(t.Context(), "+791"); err == nil || asked.Load() != 0 {
		t.Errorf("it was followed elsewhere: %v", err)
	}
}
