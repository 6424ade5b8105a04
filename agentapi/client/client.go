// Package client speaks Hotline's own interface from Go: sign-in, REST, and the event
// stream with everything that a page must do to keep up (reconnect, resume, send a command
// again). The end-to-end tests and the demo's simulated agents are written with it.
//
//	c, err := client.SignIn(ctx, "http://127.0.0.1:8080", "anna", password)
//	s, err := c.Stream(ctx, client.StreamOptions{SeeOffers: true})
//	err = s.Command(ctx, "agent.ready", nil)
//	me, err := s.WaitMe(ctx, func(me agentapi.Me) bool { return me.Offer != nil })
//	err = s.Command(ctx, "offer.accept", agentapi.AcceptOffer{Offer: me.Offer.ID})
//
// What the server refuses comes back as an *agentapi.Problem.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/telephony"
	"hotline/tickets"
)

// Client is somebody signed in. It is safe for concurrent use.
type Client struct {
	base    *url.URL
	http    *http.Client
	account gate.Account
}

const longestAnswer = 4 << 20

// SignIn signs in at baseURL, like http://127.0.0.1:8080.
func SignIn(ctx context.Context, baseURL, login, password string) (*Client, error) {
	base, err := url.Parse(strings.TrimRight(baseURL, "/"))
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("address %q: expected http://host:port", baseURL)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := &Client{base: base, http: &http.Client{Jar: jar, Timeout: 30 * time.Second, Transport: &http.Transport{
		MaxIdleConnsPerHost: 1, IdleConnTimeout: 5 * time.Second,
	}}}
	who := map[string]string{"login": login, "password": password}
	if err := c.do(ctx, http.MethodPost, "/session", who, &c.account); err != nil {
		return nil, fmt.Errorf("sign in as %s: %w", login, err)
	}
	return c, nil
}

// Account is who is signed in.
func (c *Client) Account() gate.Account { return c.account }

// WhoAmI asks the server who is signed in.
func (c *Client) WhoAmI(ctx context.Context) (a gate.Account, err error) {
	return a, c.do(ctx, http.MethodGet, "/session", nil, &a)
}

// SignOut ends the sign-in, and its streams.
func (c *Client) SignOut(ctx context.Context) error {
	defer c.http.CloseIdleConnections()
	return c.do(ctx, http.MethodDelete, "/session", nil, nil)
}

// Phone provisions the seat's phone and returns how to register it.
func (c *Client) Phone(ctx context.Context) (p agentapi.Phone, err error) {
	return p, c.do(ctx, http.MethodPost, "/phone", nil, &p)
}

// Ticket reads a ticket.
func (c *Client) Ticket(ctx context.Context, n tickets.Number) (t agentapi.Summary, err error) {
	return t, c.do(ctx, http.MethodGet, "/tickets/"+url.PathEscape(string(n)), nil, &t)
}

// Calls lists calls: with "agent" or "ticket" and its id, or those that wait where about is "".
func (c *Client) Calls(ctx context.Context, about, id string) (list agentapi.CallsAnswer, err error) {
	question := url.Values{}
	if about != "" {
		question.Set(about, id)
	}
	return list, c.do(ctx, http.MethodGet, "/calls?"+question.Encode(), nil, &list)
}

// Decisions are what was decided about a call, and why.
func (c *Client) Decisions(ctx context.Context, call telephony.CallID) (s agentapi.Story, err error) {
	return s, c.do(ctx, http.MethodGet, "/calls/"+url.PathEscape(string(call))+"/decisions", nil, &s)
}

// Get asks for what has no method here: the rooms beside the server have shapes of their own.
func (c *Client) Get(ctx context.Context, path string, out any) error {
	return c.do(ctx, http.MethodGet, path, nil, out)
}

// Staffing is who is missing for the targets to hold.
func (c *Client) Staffing(ctx context.Context) (s agentapi.Staffing, err error) {
	return s, c.do(ctx, http.MethodGet, "/staffing", nil, &s)
}

// Targets are where a caller may be sent.
func (c *Client) Targets(ctx context.Context) (t agentapi.Targets, err error) {
	return t, c.do(ctx, http.MethodGet, "/targets", nil, &t)
}

// Reasons are those for being not ready.
func (c *Client) Reasons(ctx context.Context) (list []agentapi.Choice, err error) {
	return list, c.do(ctx, http.MethodGet, "/reasons", nil, &list)
}

// Dispositions are those for a wrap-up.
func (c *Client) Dispositions(ctx context.Context) (list []agentapi.Choice, err error) {
	return list, c.do(ctx, http.MethodGet, "/dispositions", nil, &list)
}

// Figures are what queues, skills or agents did: by is "queue", "skill" or "agent"; more are id, from, to and step, as
// GET /figures takes them.
func (c *Client) Figures(ctx context.Context, by string, more url.Values) (f agentapi.FiguresAnswer, err error) {
	question := url.Values{"by": {by}}
	maps.Copy(question, more)
	return f, c.do(ctx, http.MethodGet, "/figures?"+question.Encode(), nil, &f)
}

// CloseIdle closes the connections that wait for another request.
func (c *Client) CloseIdle() { c.http.CloseIdleConnections() }

func (c *Client) do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base.String()+"/api/v1"+path, body)
	if err != nil {
		return err
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, longestAnswer))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if answer.StatusCode >= 300 {
		return refusal(answer.StatusCode, b)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// refusal reads a problem; a proxy's answer has none.
func refusal(status int, b []byte) error {
	p := &agentapi.Problem{}
	if err := json.Unmarshal(b, p); err != nil || p.Code == "" {
		return fmt.Errorf("answered %d without a problem's code: %.200q", status, b)
	}
	return p
}

// IsProblem says whether err is a problem with this code.
func IsProblem(err error, code agentapi.Code) bool {
	var p *agentapi.Problem
	return errors.As(err, &p) && p.Code == code
}
