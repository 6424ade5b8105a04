package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
	"hotline/tickets"
)

// callerOfHostility is the number of a customer whose fields are hostile.
const callerOfHostility = "+74952009922"

// marker stands in whatever hostile text is taken, so that it is found wherever it is shown.
const marker = "h0stile"

// hostileText is all that a text may be and must not do: a formula, markup, a template, SQL, a path, a header, emoji, marks that turn the direction, bells.
const hostileText = "=cmd|' /C calc'!A1 " + marker + " <script>alert(1)</script><img src=x onerror=alert(2)> '); DROP TABLE tickets;-- " +
	"../../a %0aX:1 👩‍👩‍👧‍👦 \u202egnp.exe\u202c \u2066x\u2069 \u200f \r\nSet-Cookie: a=b\t\a\x1b[31m"

// hostile is what is put in the place of a field's value, as it stands in the JSON. What is no text is refused wherever a text belongs.
var hostile = []struct {
	json string
	text bool
}{
	{quote(hostileText), true},
	{quote(marker + strings.Repeat("я", 5_000)), true},
	{"\"a\\u0000b\\ud800c\xff\xc3(d\"", true}, // NUL, half a letter, and no UTF-8
	{`17`, false},
	{`{"a": [[[[null]]]]}`, false},
}

func quote(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Every field that REST takes, as openapi.json names them, is given hostile text, one field at a time in a request that is good but for it. What is taken
// is text wherever it is shown after that; what is not is refused with the field's name, and nothing of it is done. Nothing is an error of the server.
func TestHostileTextInEveryFieldIsOnlyEverText(t *testing.T) {
	t.Parallel()
	crm := openMailbox(t)
	s := raise(t, stageOptions{
		seeds: []tickets.Seed{
			{Customer: tickets.Customer{Name: "ООО «Каскад»", Contract: "ОП-9921", Numbers: []string{"+74952009921"}}},
			{Customer: tickets.Customer{Name: "Caller", Contract: "ОП-9922", Numbers: []string{callerOfHostility}}},
		},
		configure: func(c *config.Config) {
			*c = ofOrganisation(t, "service-desk", *c)
			for i := range c.Queues {
				c.Queues[i].OfferTimeout = time.Minute // while it rings the page is looked over
			}
			c.Tickets.Webhooks = []config.Webhook{{URL: crm.URL, Secret: config.SecretOf(hookSecret)}}
		},
	})
	h := &hostility{stage: s, crm: crm, olga: s.signsIn("olga"), taken: map[string]string{}, alike: map[string]bool{}}
	h.must(h.service.db.QueryRow(t.Context(), `select id::text from customers where contract = 'ОП-9921'`).Scan(&h.customer))
	h.olga.reads("/api/v1/openapi.json", &h.api)
	for _, path := range slices.Sorted(maps.Keys(h.api.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(h.api.Paths[path])) {
			h.operation(strings.ToUpper(method), path, h.api.Paths[path][method])
		}
	}
	t.Logf("%d requests; hostile text was taken in %d fields", h.requests, len(h.taken))
	for _, of := range []string{"note text", "promise what", "promise to", "solve answer", "describe subject", "describe district", "hand_over note", "add_part what", "refuse reason", "refuse alternatives",
		"complain text", "ask_vendor what", "customers name", "customers notes", "customers addresses", "tickets subject", "tickets text"} {
		if _, is := h.taken[of]; !is {
			t.Errorf("hostile text is taken nowhere in %s: this test tries it wrongly, or the server refuses what somebody may mean", of)
		}
	}
	h.shown()
}

type hostility struct {
	*stage
	crm      *mailbox
	olga     *browser
	customer string
	api      struct {
		Paths      map[string]map[string]operation
		Components struct{ Schemas map[string]shape }
	}
	requests int
	taken    map[string]string // by what took hostile text: the ticket
	alike    map[string]bool   // parameters of commands that were tried
	ticket   string            // one that is ready for the command that is tried; "" is none
}

type operation struct {
	Parameters []struct {
		Name, In string
		Required bool
		Schema   shape
	}
	RequestBody struct {
		Content map[string]struct{ Schema shape }
	}
}

type shape struct {
	Ref        string `json:"$ref"`
	Type       any
	Format     string
	Enum       []any
	Properties map[string]shape
	Items      *shape
	Required   []string
}

func (s shape) is(kind string) bool {
	if all, several := s.Type.([]any); several {
		return slices.Contains(all, any(kind))
	}
	return s.Type == kind
}

func (h *hostility) shape(s shape) shape {
	if s.Ref != "" {
		return h.api.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	return s
}

// skipped are operations that would end what this test stands on, or that have one of their own for what they take.
var skipped = map[string]string{
	"DELETE /api/v1/session":                     "it signs out",
	"POST /api/v1/password":                      "it changes the password with which the others are tried",
	"POST /api/v1/customers/{id}/merge":          "it merges the customer of whom the others are",
	"POST /api/v1/tickets/{number}/files":        "a file with its name: see TestFiles…",
	"POST /api/v1/second-factor":                 "of one that is on its way alone: agentapi/rest",
	"POST /api/v1/second-factor/off":             "of one that is on alone: agentapi/rest",
	"DELETE /api/v1/tickets/{number}/files/{id}": "it has nothing to remove",
	"PUT /api/v1/oversight":                      "of agent and call it takes one alone: agentapi/rest",
	"POST /api/v1/scorecards":                    "it takes a form and a call that are there: agentapi/rest",
	"POST /api/v1/calls/{id}/commands/{name}":    "each of them takes fields of its own: agentapi/rest",
	"POST /api/v1/screens":                       "a code is good for one request: agentapi/rest",
}

// operation tries all fields of one.
func (h *hostility) operation(method, path string, o operation) {
	h.t.Helper()
	if skipped[method+" "+path] != "" {
		return
	}
	body := h.shape(o.RequestBody.Content["application/json"].Schema)
	h.ticket = ""
	fields := h.fields("", body)
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		h.tries(method, path, o, body, "body."+field, led(len(h.taken)), true)
		for _, bad := range hostile {
			h.tries(method, path, o, body, "body."+field, bad.json, bad.text || !fields[field].is("string"))
		}
	}
	for _, p := range o.Parameters {
		if command := strings.HasPrefix(path, "/api/v1/tickets/{number}/") && len(o.Parameters) == 3; command && h.alike[p.Name] {
			continue // all commands read it by the same code
		} else if command {
			h.alike[p.Name] = true
		}
		for _, bad := range []string{hostileText, "a\x00b\xff", strings.Repeat("9", 3_000)} {
			h.tries(method, path, o, body, p.In+"."+p.Name, bad, true)
		}
	}
}

// fields are the ways to all texts, numbers and lists in a body: reply.channel, contracts.0.number.
func (h *hostility) fields(prefix string, s shape) map[string]shape {
	all := map[string]shape{}
	for name, p := range s.Properties {
		p = h.shape(p)
		switch {
		case name == "$schema":
		case len(p.Properties) > 0:
			maps.Copy(all, h.fields(prefix+name+".", p))
		case p.is("array") && p.Items != nil && len(h.shape(*p.Items).Properties) > 0:
			maps.Copy(all, h.fields(prefix+name+".0.", h.shape(*p.Items)))
		case p.is("array"):
			all[prefix+name], all[prefix+name+".0"] = p, h.shape(*p.Items)
		default:
			all[prefix+name] = p
		}
	}
	return all
}

// good is a body that is taken.
func (h *hostility) good(path string, name string, s shape) any {
	tomorrow := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
	command := path[strings.LastIndex(path, "/")+1:]
	known := map[string]any{
		"department": "engineers", "owner": "gleb", "person": "gleb", "reviewer": "sergei", "topic": "incident", "class": "outage", "vendor": "storage", "customer": h.customer,
		"n": 1, "channel": "mail", "by": "mail", "for": "customer", "kind": "related", "language": "ru", "priority": 2, "at": time.Now().Add(-time.Hour).UTC().Format(time.RFC3339), "district": "Север",
		"numbers": []any{"+74952009929"}, "mails": []any{"a@example.org"}, "number": "SR-1", "address": "a@example.org", "command": "note", "query": map[string]any{"list": "all"}, "position": 1,
		"ends_on": "2030-01-01", "agreement": "gold", "subject": "Тема", "old": h.password(), "password": h.password(), "contacts": []any{}, "ids": []any{1}, "login": "nobody", "external_id": "ext-" + strconv.Itoa(h.requests), "clear_for_s": 60,
	}
	known["body"] = map[string]any{"text": "x"}
	switch {
	case command == "tickets" && name == "channel":
		return "letter"
	case command == "calls" && name == "number":
		return "+74952009921"
	case command == "calls" && name == "reason":
		return "other"
	case command == "bulk" && name == "numbers":
		return []any{h.ticket}
	case slices.Contains([]string{"other", "into", "parent"}, name):
		return h.opens()
	case command == "split" && name == "contacts":
		return h.contacts()
	case strings.Contains(path, "/customers") && name == "number":
		return "ОП-" + strconv.Itoa(h.requests) // of a contract, which is one customer's
	}
	if v, is := known[name]; is && len(s.Properties) == 0 {
		return v
	}
	switch {
	case name == "" || len(s.Properties) > 0:
		all := map[string]any{}
		for n, p := range s.Properties {
			if n != "$schema" {
				all[n] = h.good(path, n, h.shape(p))
			}
		}
		return all
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Format == "date-time":
		return tomorrow
	case s.is("array") && s.Items != nil:
		return []any{h.good(path, name, h.shape(*s.Items))}
	case s.is("boolean"):
		return false
	case s.is("integer"), s.is("number"):
		return 1
	}
	return "x"
}

// put puts something in the place of a field.
func put(body any, field string, value json.RawMessage) {
	first, rest, deeper := strings.Cut(field, ".")
	switch b := body.(type) {
	case map[string]any:
		if deeper {
			put(b[first], rest, value)
		} else {
			b[first] = value
		}
	case []any:
		if deeper {
			put(b[0], rest, value)
		} else {
			b[0] = value
		}
	}
}

// raw writes JSON in which values stand as they are, also those that are none.
func raw(v any) string {
	switch v := v.(type) {
	case json.RawMessage:
		return string(v)
	case map[string]any:
		var all []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			all = append(all, quote(k)+": "+raw(v[k]))
		}
		return "{" + strings.Join(all, ", ") + "}"
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, raw(e))
		}
		return "[" + strings.Join(all, ", ") + "]"
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// tries sends one request with one bad value, and checks the answer.
func (h *hostility) tries(method, path string, o operation, s shape, field, value string, text bool) {
	h.t.Helper()
	in, name, _ := strings.Cut(field, ".")
	if in == "header" && name == "Cookie" {
		return
	}
	if h.ticket == "" && strings.Contains(path, "{number}") || strings.HasSuffix(path, "/bulk") {
		h.ticket = h.prepares(path[strings.LastIndex(path, "/")+1:])
	}
	query, header, at := url.Values{}, http.Header{}, path
	for _, p := range o.Parameters {
		v := map[string]string{"number": h.ticket, "id": h.customer, "call": h.customer, "limit": "10", "q": "диск", "by": "queue"}[p.Name]
		bad := p.In == in && p.Name == name
		if bad {
			v = value
		}
		switch {
		case p.In == "path":
			at = strings.Replace(at, "{"+p.Name+"}", url.PathEscape(v), 1)
		case p.In == "query" && (bad || p.Required || p.Name == "by"):
			query.Set(p.Name, v)
		case p.Name == "If-Match" && !bad && method == http.MethodPatch:
			header.Set(p.Name, h.version())
		case p.In == "header" && bad:
			if strings.ContainsAny(v, "\x00\r\n") || strings.Contains(v, "\xff") {
				return // no client sends such a header
			}
			header.Set(p.Name, v)
		}
	}
	body := ""
	if _, is := o.RequestBody.Content["application/json"]; is {
		good := h.good(path, "", s)
		if in == "body" {
			put(good, name, json.RawMessage(value))
		}
		body = raw(good)
	}
	if len(query) > 0 {
		at += "?" + query.Encode()
	}
	before := h.rows()
	status, answer := h.sends(method, at, body, header)
	what := fmt.Sprintf("%s %s, %s is %.40q", method, path, field, value)
	switch {
	case status >= 500:
		h.t.Errorf("%s: status %d: %.300s", what, status, answer)
	case status >= 400:
		h.refused(what, in, name, status, answer)
		if after := h.rows(); before != after && !strings.Contains(path, "session") {
			h.t.Errorf("%s is refused, and something is done: before %s, after %s", what, before, after)
		}
		return
	case in == "body" && !text && method != http.MethodGet:
		h.t.Errorf("%s: is taken: status %d", what, status)
	case in == "body" && strings.Contains(value, "DROP TABLE"):
		command := strings.Trim(strings.ReplaceAll(path[len("/api/v1/"):], "tickets/{number}/", ""), "/")
		h.taken[strings.TrimSuffix(strings.TrimSuffix(command, "/{id}")+" "+name, ".0")] = h.ticket
	}
	h.ticket = "" // it may be another now
}

// refused checks that a refusal is a problem in JSON, and names the field where it is the field's fault.
func (h *hostility) refused(what, in, name string, status int, answer string) {
	h.t.Helper()
	var p struct {
		Code   string
		Errors []struct{ Field, Rule string }
	}
	if err := json.Unmarshal([]byte(answer), &p); err != nil || p.Code == "" {
		h.t.Errorf("%s: status %d, and no problem: %.200s", what, status, answer)
		return
	}
	if p.Code != "invalid" && p.Code != "bad_request" && p.Code != "too_large" {
		return // it has another reason: the ticket is not one for it, there is nobody of that name
	}
	name, _, _ = strings.Cut(name, ".")
	for _, e := range p.Errors {
		if e.Field == in+"."+name || strings.HasPrefix(e.Field, in+"."+name+".") || strings.HasPrefix(e.Field, in+"."+name+"[") || in == "header" && strings.EqualFold(e.Field, in+"."+name) {
			return
		}
	}
	h.t.Errorf("%s: the refusal does not name the field: %.300s", what, answer)
}

func (h *hostility) sends(method, path, body string, header http.Header) (int, string) {
	h.t.Helper()
	h.requests++
	request, err := http.NewRequestWithContext(h.t.Context(), method, h.pages()+path, strings.NewReader(body))
	h.must(err)
	maps.Copy(request.Header, header)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if header.Get("Content-Disposition") != "" {
		request.Header.Set("Content-Type", "application/octet-stream")
	}
	answer, err := h.olga.http.Do(request)
	h.must(err)
	text, err := io.ReadAll(answer.Body)
	h.must(err)
	h.must(answer.Body.Close())
	return answer.StatusCode, string(text)
}

// rows tells what stands in the database, but for what a rule of Hotline's own does with a ticket meanwhile.
func (h *hostility) rows() (all string) {
	h.t.Helper()
	h.must(h.service.db.QueryRow(h.t.Context(), `select concat_ws(' ', (select count(*) || ':' || coalesce(sum(version), 0) - (select count(*) from ticket_changes where by_kind = 'rule') from tickets), (select count(*) from ticket_changes where by_kind <> 'rule'),
		(select count(*) from ticket_entries), (select count(*) || ':' || coalesce(sum(version), 0) from customers), (select count(*) from contacts), (select count(*) from ticket_files))`).Scan(&all))
	return all
}

func (h *hostility) password() string { return h.person("olga").Password.Text() }

// version is the customer's, as If-Match wants it.
func (h *hostility) version() (v string) {
	h.t.Helper()
	h.must(h.service.db.QueryRow(h.t.Context(), `select '"' || version || '"' from customers where id::text = $1`, h.customer).Scan(&v))
	return v
}

// opens opens a ticket, and gives its number.
func (h *hostility) opens() string {
	h.t.Helper()
	var f struct{ Ticket struct{ Number string } }
	h.olga.decode(h.olga.asks(http.MethodPost, "/api/v1/tickets", `{"channel": "letter", "subject": "Письмо", "text": "О дисках", "customer": "`+h.customer+`", "department": "engineers"}`), &f)
	return f.Ticket.Number
}

// prepares opens a ticket to which a command can be given.
func (h *hostility) prepares(command string) string {
	h.t.Helper()
	n := h.opens()
	tomorrow := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
	does := func(command, body string) { h.olga.does(n, command, body) }
	switch {
	case command == "unlink":
		does("link", `{"other": "`+h.opens()+`"}`)
	case command == "unmerge":
		does("merge", `{"into": "`+h.opens()+`"}`)
	case strings.HasSuffix(command, "_part") && command != "add_part":
		does("add_part", `{"department": "experts", "what": "x", "due": "`+tomorrow+`"}`)
	case strings.HasSuffix(command, "_promise"):
		does("promise", `{"what": "x", "due": "`+tomorrow+`"}`)
	case strings.Contains(command, "vendor") && command != "ask_vendor":
		does("ask_vendor", `{"vendor": "storage", "what": "x"}`)
	case command == "reopen" || command == "complain" || strings.Contains(command, "review"):
		does("solve", `{"answer": "Готово"}`)
		if strings.Contains(command, "review") {
			does("complain", `{"text": "Не готово"}`)
		}
	case command == "resume":
		does("wait", `{"for": "date", "until": "`+tomorrow+`"}`)
	}
	return n
}

// contacts are those of the ticket.
func (h *hostility) contacts() []any {
	var id string
	if h.service.db.QueryRow(h.t.Context(), `select id::text from contacts where ticket = $1 limit 1`, h.ticket).Scan(&id) != nil {
		return []any{"x"}
	}
	return []any{id}
}

// shown looks at what was taken, everywhere where it is shown.
func (h *hostility) shown() {
	h.t.Helper()
	h.eventually("programs are told of it, in JSON", func() error { // which the mailbox reads
		for _, p := range h.crm.fields("data") {
			if strings.Contains(p, marker) {
				return nil
			}
		}
		return fmt.Errorf("none has heard of it")
	})
	all := slices.Sorted(maps.Values(h.taken))
	all = slices.Compact(slices.DeleteFunc(all, func(n string) bool { return n == "" }))
	for _, n := range all {
		status, text := h.sends(http.MethodGet, "/api/v1/tickets/"+n+"/file", "", nil)
		if status != http.StatusOK || strings.ContainsAny(unquoted(text), "\x00\a\x1b\u202e\u2066") {
			h.t.Errorf("the file of ticket %s, status %d: %.500q", n, status, text)
		}
	}
	h.takenAway(all)
	h.files(all[0])
	c := newCrowd(h.t, h.pages())
	c.enters(h.person("olga"), "ru", "/tickets?list=all")
	c.do("sound", hand{"who": "olga"})
	for _, of := range []string{"note text", "describe subject", "solve answer", "ask_vendor what", "promise what", "add_part what", "complain text", "refuse alternatives"} {
		if h.taken[of] != "" {
			c.do("open", hand{"who": "olga", "path": "/tickets/" + h.taken[of]})
			c.do("reads", hand{"who": "olga", "text": marker})
			c.do("sound", hand{"who": "olga"})
		}
	}
	h.rings(c)
	c.unharmed()
}

// rings lets a customer call in whom each of their fields makes an attack, as another program might have written them into the database: on their page,
// in the pop while it rings, and beside the call all of it is text.
func (h *hostility) rings(c *crowd) {
	h.t.Helper()
	long := marker + " " + strings.Repeat("я", 10_000)
	var id string
	h.must(h.service.db.QueryRow(h.t.Context(), `update customers set name = $2, addresses = array[$2, $3], address = $2, equipment = array[$2, $3], notes = array[$2, $3], warnings = array[$2, $3], mails = array[$2]
		where contract = $1 returning id::text`, "ОП-9922", hostileText, long).Scan(&id))
	c.do("open", hand{"who": "olga", "path": "/customers/" + id})
	c.do("reads", hand{"who": "olga", "text": marker})
	c.do("sound", hand{"who": "olga"})

	phone := h.phoneOf("alla")
	c.enters(h.person("alla"), "en", "/desk")
	c.do("shift", hand{"who": "alla"})
	call := h.callsAs(softphone.CallOptions{From: callerOfHostility, FromName: hostileText})
	h.must(call.Digits(h.t.Context(), "11"))
	ctx, cancel := context.WithTimeout(h.t.Context(), atOnce)
	defer cancel()
	ringing, err := phone.Incoming(ctx)
	h.must(err)
	for _, column := range []string{"main", "aside.right"} {
		c.do("reads", hand{"who": "alla", "text": marker, "within": column})
	}
	c.do("sound", hand{"who": "alla"})
	_, err = ringing.Answer(h.t.Context())
	h.must(err)
	c.do("talks", hand{"who": "alla"})
	c.do("reads", hand{"who": "alla", "text": marker, "within": "aside.right"})
	c.do("sound", hand{"who": "alla"})
	h.hangsUp(call)
	c.do("finish", hand{"who": "alla", "disposition": "resolved", "note": hostileText})
}

// unquoted are all texts of a JSON document; marks that are no part of a text are left out.
func unquoted(document string) string {
	var all strings.Builder
	for d := json.NewDecoder(strings.NewReader(document)); ; {
		t, err := d.Token()
		if err != nil {
			return all.String()
		}
		if text, is := t.(string); is {
			all.WriteString(text)
		}
	}
}

// files gives a ticket files whose names are hostile: each is saved under a name that is one of a file, and of nothing else.
func (h *hostility) files(n string) {
	h.t.Helper()
	path := "/api/v1/tickets/" + n + "/files"
	for i, name := range []string{`../../../etc/passwd.txt`, "a\r\nX-Evil: 1.txt", "\u202etxt.exe.txt", `=cmd|' /C calc'!A1.txt`, `C:\CON.txt`, `"; filename=evil.exe;.txt`, strings.Repeat("я", 4_000) + ".txt", "a\x00.txt"} {
		header := http.Header{"Content-Disposition": {"attachment; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")}}
		status, answer := h.sends(http.MethodPost, path, fmt.Sprintf("text %d", i), header)
		if status >= 500 || status == http.StatusOK == strings.Contains(name, "яя") {
			h.t.Errorf("a file %.40q: status %d: %.300s", name, status, answer)
		}
		if status != http.StatusOK {
			continue
		}
		var f struct{ ID, Name string }
		h.must(json.Unmarshal([]byte(answer), &f))
		if f.Name == "" || strings.ContainsAny(f.Name, "/\\\r\n\x00\u202e\"") || strings.HasPrefix(f.Name, ".") {
			h.t.Errorf("a file %.40q is kept as %q", name, f.Name)
		}
		given := h.olga.asks(http.MethodGet, path+"/"+f.ID, "")
		kind, as, err := mime.ParseMediaType(given.Header.Get("Content-Disposition"))
		if given.StatusCode != http.StatusOK || err != nil || kind != "attachment" || as["filename"] != f.Name || given.Header.Get("X-Evil") != "" {
			h.t.Errorf("a file %.40q is given out with status %d and %q", name, given.StatusCode, given.Header)
		}
	}
}
