// Package crm asks another program over HTTP who has a number, where Hotline's own database does not know.
//
//	GET https://crm.example.org/who?number=%2B79161234567        Authorization: Bearer …
//	200 {"name": "…", "contract": "…", "address": "…", "external_id": "…", "mails": […], "equipment": […], "notes": […], "warnings": […]}
//	204, 404, null, {} or []: nobody
//
// In the address {number} stands for the number; where it does not stand, the number is added as a parameter.
//
// What is answered is shown to whoever takes the call, and kept nowhere but in memory, for as long as an answer is believed: also that nobody is
// known. Nothing waits for the other program longer than the register does (register.Options). One that fails five times is left alone for a while, which
// doubles up to a minute; then one caller tries it.
package crm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"hotline/tickets"
	"hotline/tickets/customers"
)

// Options of an Asker. Zero values take the defaults named.
type Options struct {
	URL      string        // with {number} in it, or without
	Token    string        // shown as Authorization: Bearer; "" shows none
	Believed time.Duration // how long an answer is: 10 min
	Patience time.Duration // for an answer that comes late to the pop: 2 s
	Log      *slog.Logger  // slog.Default
	Client   *http.Client  // one that follows no redirections
}

// Asker asks. It is safe for concurrent use.
type Asker struct {
	o       Options
	at      *url.URL
	counts  counts
	asking  chan struct{} // has room for the questions that may be under way at once
	mu      sync.Mutex    // guards what is below
	answers map[string]answer
	fails   int       // one after another
	until   time.Time // it is left alone
	wait    time.Duration
}

type answer struct {
	customer *tickets.Customer // nil: nobody
	until    time.Time
}

const (
	asksAtOnce    = 16
	mostAnswers   = 20_000
	longestAnswer = 64 << 10 // bytes
	failsBefore   = 5
	leastWait     = 2 * time.Second
	longestWait   = time.Minute
)

// ErrAway says that the other program is not asked now.
var ErrAway = errors.New("the other program is left alone for a while, for it has failed, or is being asked about too many callers")

// New makes an Asker. An error says what is wrong with the address.
func New(o Options) (*Asker, error) {
	at, err := url.Parse(strings.ReplaceAll(o.URL, "{number}", "NUMBER"))
	if err != nil || at.Scheme != "https" && at.Scheme != "http" || at.Host == "" {
		return nil, fmt.Errorf("the address of the CRM: expected https:// or http:// and a host")
	}
	if o.Believed <= 0 {
		o.Believed = 10 * time.Minute
	}
	if o.Patience <= 0 {
		o.Patience = 2 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Client == nil {
		o.Client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return &Asker{o: o, at: at, asking: make(chan struct{}, asksAtOnce), answers: map[string]answer{}, wait: leastWait}, nil
}

// Who is whom the other program knows by a number's key; nil is nobody. An error means that it does not say.
func (a *Asker) Who(ctx context.Context, key string) (*tickets.Customer, error) {
	now := time.Now()
	known, there, may := a.remembered(key, now)
	switch {
	case there:
		a.counts.cached.Add(1)
		return known, nil
	case !may:
		a.counts.away.Add(1)
		return nil, ErrAway
	}
	select {
	case a.asking <- struct{}{}:
		defer func() { <-a.asking }()
	default:
		a.counts.away.Add(1)
		return nil, ErrAway
	}
	ctx, cancel := context.WithTimeout(ctx, a.o.Patience)
	defer cancel()
	found, err := a.ask(ctx, key)
	a.counts.asked(time.Since(now), found != nil, err)
	if errors.Is(err, context.Canceled) {
		return nil, err // the call is over, and it says nothing about the other program
	}
	a.learn(key, found, err)
	return found, err
}

// remembered is an answer that is still believed, and else whether the other program may be asked. Of those who come while it is left alone, the first
// after the wait tries it for all.
func (a *Asker) remembered(key string, now time.Time) (known *tickets.Customer, there, may bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if answer, is := a.answers[key]; is && now.Before(answer.until) {
		return answer.customer, true, false
	}
	if now.Before(a.until) {
		return nil, false, false
	}
	if a.fails >= failsBefore {
		a.until = now.Add(a.wait)
	}
	return nil, false, true
}

// learn keeps an answer, or that there was none.
func (a *Asker) learn(key string, found *tickets.Customer, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	if err == nil {
		if a.fails >= failsBefore {
			a.o.Log.Info("the CRM answers again")
		}
		a.fails, a.until, a.wait = 0, time.Time{}, leastWait
		if len(a.answers) >= mostAnswers {
			a.forget(now)
		}
		a.answers[key] = answer{found, now.Add(a.o.Believed)}
		return
	}
	a.fails++
	switch {
	case a.fails == failsBefore:
		a.until = now.Add(a.wait)
		a.o.Log.Warn("the CRM does not answer, and is left alone for a while", "err", withoutNumber(err))
	case a.fails > failsBefore:
		a.wait = min(2*a.wait, longestWait)
		a.until = now.Add(a.wait)
	}
}

// forget drops what is not believed any more, and all where that is too little. Called with mu held.
func (a *Asker) forget(now time.Time) {
	for key, one := range a.answers {
		if !now.Before(one.until) {
			delete(a.answers, key)
		}
	}
	if len(a.answers) >= mostAnswers {
		a.answers = map[string]answer{}
	}
}

// withoutNumber is an error without the address, in which the number stands.
func withoutNumber(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

func (a *Asker) address(key string) string {
	if strings.Contains(a.o.URL, "{number}") {
		return strings.ReplaceAll(a.o.URL, "{number}", url.QueryEscape(key))
	}
	at := *a.at
	query := at.Query()
	query.Set("number", key)
	at.RawQuery = query.Encode()
	return at.String()
}

func (a *Asker) ask(ctx context.Context, key string) (*tickets.Customer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.address(key), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "Hotline")
	if a.o.Token != "" {
		r.Header.Set("Authorization", "Bearer "+a.o.Token)
	}
	answered, err := a.o.Client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answered.Body.Close()
	switch answered.StatusCode {
	case http.StatusOK:
	case http.StatusNoContent, http.StatusNotFound:
		return nil, nil
	default:
		return nil, fmt.Errorf("it answers %d", answered.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(answered.Body, longestAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(body) > longestAnswer {
		return nil, fmt.Errorf("its answer has more than %d bytes", longestAnswer)
	}
	return read(body)
}

// told is the other program's answer.
type told struct {
	Name       string   `json:"name"`
	Contract   string   `json:"contract"`
	Address    string   `json:"address"`
	ExternalID string   `json:"external_id"`
	Mails      []string `json:"mails"`
	Equipment  []string `json:"equipment"`
	Notes      []string `json:"notes"`
	Warnings   []string `json:"warnings"`
}

// mostShown is how many entries of a list are shown of an answer.
const mostShown = 20

// read is whom an answer names, with texts that are safe to show. Of several nobody can tell who calls: it is as if nobody were known.
func read(body []byte) (*tickets.Customer, error) {
	body = bytes.TrimSpace(body)
	if len(body) > 0 && body[0] == '[' {
		var several []json.RawMessage
		if err := json.Unmarshal(body, &several); err != nil {
			return nil, errors.New("its answer is no JSON")
		}
		if len(several) != 1 {
			return nil, nil
		}
		body = several[0]
	}
	var t told
	if len(body) > 0 {
		if err := json.Unmarshal(body, &t); err != nil {
			return nil, errors.New("its answer is not JSON of the expected shape")
		}
	}
	line := func(text string, longest int) string { return tickets.Display(tickets.Clean(text, longest)) }
	list := func(texts []string, longest int) []string {
		kept := []string{}
		for _, text := range texts[:min(len(texts), mostShown)] {
			if one := line(text, longest); one != "" {
				kept = append(kept, one)
			}
		}
		return kept
	}
	c := tickets.Customer{
		Name: line(t.Name, customers.LongestName), Contract: line(t.Contract, customers.LongestContract), Address: line(t.Address, customers.LongestAddress),
		ExternalID: line(t.ExternalID, customers.LongestContract), Mails: list(t.Mails, customers.LongestMail), Equipment: list(t.Equipment, customers.LongestThing),
		Notes: list(t.Notes, tickets.LongestNote), Warnings: list(t.Warnings, customers.LongestWarning), Provisional: true,
	}.Complete()
	if c.Name == "" && c.Contract == "" && c.ExternalID == "" {
		return nil, nil
	}
	c.Version = 0 // it is in no database
	return &c, nil
}
