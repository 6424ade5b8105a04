package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// What Hotline is measured beside, on the same Asterisk and with phones of the same kind: app_queue, and a bare queue over ARI. Their agents' phones are none of Hotline's, which
// would get an event for each change of their states.

// The numbers that are dialled for each. In the small ones few agents serve many callers.
const (
	dialAppQueue      = "+74950000901"
	dialAppQueueSmall = "+74950000902"
	dialBare          = "+74950000903"
)

// bareApp is the application of the bare queue.
const bareApp = "bare"

// peersDialplan is added to the dialplan that customers come to.
const peersDialplan = `
[dialled](+)
exten => ` + dialAppQueue + `,1,Answer(0,i)
 same => n,Queue(all)
 same => n,Hangup()
exten => ` + dialAppQueueSmall + `,1,Answer(0,i)
 same => n,Queue(few)
 same => n,Hangup()
exten => ` + dialBare + `,1,Stasis(` + bareApp + `)
 same => n,Hangup()
`

// openPeers makes the phones of the others' agents known to Asterisk, and app_queue's queues. few is how many serve the small one.
func (r *callRig) openPeers(others []phoneOfDesk, few int) {
	r.t.Helper()
	var queues strings.Builder
	queue := func(name string, of []phoneOfDesk) {
		fmt.Fprintf(&queues, "[%s]\nstrategy=leastrecent\ntimeout=30\nretry=1\nwrapuptime=0\nringinuse=no\nautofill=yes\njoinempty=yes\nleavewhenempty=no\nmusicclass=default\n", name)
		for _, o := range of {
			fmt.Fprintf(&queues, "member => PJSIP/%s\n", o.User)
		}
	}
	queues.WriteString("[general]\npersistentmembers=no\nautofill=yes\n")
	queue("all", others)
	queue("few", others[:few])
	etc := filepath.Join(r.house.asterisk.Dir, "etc")
	r.must(os.WriteFile(filepath.Join(etc, "queues.conf"), []byte(queues.String()), 0o644))
	dialplan, err := os.OpenFile(filepath.Join(etc, "extensions.conf"), os.O_WRONLY|os.O_APPEND, 0)
	r.must(err)
	_, err = dialplan.WriteString(peersDialplan)
	r.must(errors.Join(err, dialplan.Close()))
	r.console("dialplan reload")
	for _, o := range others {
		r.provision(o)
	}
}

// console has Asterisk carry out a command.
func (r *callRig) console(command string) {
	r.t.Helper()
	if _, err := r.house.asterisk.CLI(r.t.Context(), command); err != nil {
		r.t.Fatal(err)
	}
}

// provision makes a phone known as Hotline does with its own; see sections in telephony/asterisk.
func (r *callRig) provision(o phoneOfDesk) {
	r.t.Helper()
	for _, section := range []struct {
		kind   string
		fields []string
	}{
		{"aor", []string{"max_contacts", "1", "remove_existing", "yes", "qualify_frequency", "30", "qualify_timeout", "3"}},
		{"auth", []string{"auth_type", "userpass", "username", o.User, "password", o.Secret}},
		{"endpoint", []string{
			"accountcode", "others", "context", "phones", "aors", o.User, "auth", o.User, "identify_by", "auth_username,username", "disallow", "all", "allow", "ulaw,alaw",
			"direct_media", "no", "rtp_symmetric", "yes", "force_rport", "yes", "rewrite_contact", "yes", "allow_transfer", "no", "allow_subscribe", "no",
			"rtp_timeout", "3600", "rtp_timeout_hold", "3600", "rtp_keepalive", "10", "timers", "always", "timers_min_se", "90", "timers_sess_expires", "120",
			"media_address", "127.0.0.1", "bind_rtp_to_media_address", "yes",
		}},
	} {
		type field struct {
			Attribute string `json:"attribute"`
			Value     string `json:"value"`
		}
		var body struct {
			Fields []field `json:"fields"`
		}
		for i := 0; i < len(section.fields); i += 2 {
			body.Fields = append(body.Fields, field{section.fields[i], section.fields[i+1]})
		}
		text, err := json.Marshal(body)
		r.must(err)
		request, err := http.NewRequestWithContext(r.t.Context(), http.MethodPut, r.house.asterisk.ARIURL+"/asterisk/config/dynamic/res_pjsip/"+section.kind+"/"+o.User, bytes.NewReader(text))
		r.must(err)
		request.Header.Set("Content-Type", "application/json")
		request.SetBasicAuth(r.house.asterisk.ARIUser, r.house.asterisk.ARIPassword)
		response, err := http.DefaultClient.Do(request)
		r.must(err)
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			r.t.Fatalf("%s of phone %s: %s", section.kind, o.User, response.Status)
		}
	}
}

// bareIs is what the process of the bare queue begins with: a file that HOTLINE_TEST_BARE names.
type bareIs struct {
	ARI, User, Password string
	Agents              []string // phones
}

// bareForTest is a queue over ARI that does nothing but what joins a caller and an agent, and remembers nothing: what a call costs at least. Six requests are
// sent for each, over websockets, and nobody waits for their answers: Asterisk carries out what comes over one socket one after the other, and all of a call goes over the same.
//
//	StasisStart of a caller ──► answer, dial ──► StasisStart of the agent ──► bridge, join ──► one leaves ──► hang up the other, remove the bridge
func bareForTest(file string) int {
	text, err := os.ReadFile(file)
	var is bareIs
	if err == nil {
		err = json.Unmarshal(text, &is)
	}
	if err == nil {
		err = bareServes(is)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "the bare queue:", err)
		return 1
	}
	return 0
}

const bareSockets = 4

type bareQueue struct {
	commands [bareSockets]*websocket.Conn
	requests int
	idle     []string             // agents, who is longest first
	waiting  []string             // callers, in their order
	calls    map[string]*bareCall // by caller's channel, and by agent's
}

type bareCall struct {
	socket               *websocket.Conn
	number, caller       string
	agent, leg           string // whom it was given to, and their channel
	joined               bool
	callerGone, legEnded bool
}

func bareServes(is bareIs) error {
	q := &bareQueue{idle: is.Agents, calls: make(map[string]*bareCall)}
	open := func(app string) (*websocket.Conn, error) {
		at := "ws" + strings.TrimPrefix(is.ARI, "http") + "/events?" + url.Values{"app": {app}, "api_key": {is.User + ":" + is.Password}}.Encode()
		conn, response, err := websocket.DefaultDialer.Dial(at, nil)
		if response != nil {
			_ = response.Body.Close()
		}
		return conn, err
	}
	for i := range q.commands {
		var err error
		if q.commands[i], err = open(fmt.Sprintf("%s-commands-%d", bareApp, i)); err != nil {
			return err
		}
		defer q.commands[i].Close()
		go drain(q.commands[i])
	}
	events, err := open(bareApp)
	if err != nil {
		return err
	}
	defer events.Close()
	filter := map[string]any{"allowed": []map[string]string{{"type": "StasisStart"}, {"type": "StasisEnd"}, {"type": "ChannelDestroyed"}}}
	if err := q.send(q.commands[0], http.MethodPut, "applications/"+bareApp+"/eventFilter", filter); err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode("ready"); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = events.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
	}()
	for {
		var e bareEvent
		if err := events.ReadJSON(&e); websocket.IsCloseError(err, websocket.CloseNormalClosure) {
			return nil
		} else if err != nil {
			return err
		}
		if err := q.take(e); err != nil {
			return err
		}
	}
}

// drain reads the replies, which nobody waits for.
func drain(conn *websocket.Conn) {
	for {
		if _, _, err := conn.NextReader(); err != nil {
			return
		}
	}
}

type bareEvent struct {
	Type    string   `json:"type"`
	Args    []string `json:"args"`
	Channel struct {
		ID     string `json:"id"`
		Caller struct {
			Number string `json:"number"`
		} `json:"caller"`
	} `json:"channel"`
}

func (q *bareQueue) send(conn *websocket.Conn, method, uri string, body any) error {
	q.requests++
	r := map[string]string{"type": "RESTRequest", "request_id": fmt.Sprint(q.requests), "method": method, "uri": uri}
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		r["content_type"], r["message_body"] = "application/json", string(text)
	}
	return conn.WriteJSON(r)
}

func (q *bareQueue) take(e bareEvent) error {
	c := q.calls[e.Channel.ID]
	switch {
	case e.Type == "StasisStart" && len(e.Args) == 0:
		c = &bareCall{socket: q.commands[len(q.calls)%bareSockets], number: e.Channel.Caller.Number, caller: e.Channel.ID}
		q.calls[c.caller] = c
		q.waiting = append(q.waiting, c.caller)
		if err := q.send(c.socket, http.MethodPost, "channels/"+c.caller+"/answer", nil); err != nil {
			return err
		}
		return q.serve()
	case c == nil:
		return nil
	case e.Type == "StasisStart":
		c.joined = true
		bridge := "bridges/of-" + c.caller
		if err := q.send(c.socket, http.MethodPost, bridge+"?type=mixing", nil); err != nil {
			return err
		}
		return q.send(c.socket, http.MethodPost, bridge+"/addChannel?channel="+c.caller+","+c.leg, nil)
	case e.Channel.ID == c.caller && !c.callerGone:
		c.callerGone = true
		return q.callerLeft(c)
	case e.Type == "ChannelDestroyed" && e.Channel.ID == c.leg:
		return q.legEnded(c)
	}
	return nil
}

// serve gives callers who wait to agents who are idle.
func (q *bareQueue) serve() error {
	for len(q.waiting) > 0 && len(q.idle) > 0 {
		c := q.calls[q.waiting[0]]
		q.waiting = q.waiting[1:]
		if c == nil || c.callerGone {
			continue
		}
		c.agent, q.idle = q.idle[0], q.idle[1:]
		c.leg = "leg-of-" + c.caller
		q.calls[c.leg] = c
		err := q.send(c.socket, http.MethodPost, "channels", map[string]any{
			"endpoint": "PJSIP/" + c.agent, "app": bareApp, "appArgs": "agent", "channelId": c.leg, "originator": c.caller, "callerId": c.number, "timeout": 30,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (q *bareQueue) callerLeft(c *bareCall) error {
	if c.leg == "" || c.legEnded {
		delete(q.calls, c.caller)
		return nil
	}
	if err := q.send(c.socket, http.MethodDelete, "channels/"+c.leg, nil); err != nil || !c.joined {
		return err
	}
	return q.send(c.socket, http.MethodDelete, "bridges/of-"+c.caller, nil)
}

func (q *bareQueue) legEnded(c *bareCall) error {
	c.legEnded = true
	q.idle = append(q.idle, c.agent)
	delete(q.calls, c.leg)
	if c.callerGone {
		delete(q.calls, c.caller)
		return q.serve()
	}
	if err := q.send(c.socket, http.MethodDelete, "channels/"+c.caller, nil); err != nil {
		return err
	}
	if c.joined {
		if err := q.send(c.socket, http.MethodDelete, "bridges/of-"+c.caller, nil); err != nil {
			return err
		}
	}
	return q.serve()
}
