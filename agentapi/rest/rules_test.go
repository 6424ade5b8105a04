package rest_test

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/alarms"
	"hotline/agentapi/gate"
	"hotline/agentapi/hooks"
	"hotline/agentapi/register"
	"hotline/agentapi/rest"
	told "hotline/queues/words"
	"hotline/tickets"
	"hotline/tickets/attachment"
	"hotline/tickets/customers"
	"hotline/tickets/life"
	"hotline/tickets/lists"
)

// vault is a Tokens that counts how often it is asked.
type vault struct {
	all   []gate.Machine
	asked atomic.Int64
	used  atomic.Int64
}

func (v *vault) Machines(context.Context) ([]gate.Machine, error) {
	v.asked.Add(1)
	return v.all, nil
}

func (v *vault) Used(context.Context, []string, time.Time) error {
	v.used.Add(1)
	return nil
}

// machine adds a token, and gives the header that shows it.
func (v *vault) machine(name string, expires time.Time, scopes ...gate.Scope) http.Header {
	token, hash := gate.NewToken()
	v.all = append(v.all, gate.Machine{Name: name, Hash: hash, Scopes: scopes, Expires: expires})
	return http.Header{"Authorization": {"Bearer " + token}}
}

// openWithAll is a house in which there is something of anna's, and something of others, behind each route.
func openWithAll(t *testing.T, v *vault) *house {
	t.Helper()
	keep := func(owner tickets.Person, n tickets.Number) tickets.Ticket {
		s, err := tickets.KeepOpen(owner, time.Now().Add(time.Hour), tickets.FollowUp)
		if err != nil {
			t.Fatal(err)
		}
		return tickets.Ticket{Number: n, State: s}
	}
	offered := agentapi.Decision{Kind: told.WasOffered, Agent: &agentapi.NamedAgent{ID: "7"}}
	others := agentapi.Decision{Kind: told.WasOffered, Agent: &agentapi.NamedAgent{ID: "8"}}
	mine, theirs, dashas := tickets.MakeNumber(10023), tickets.MakeNumber(10024), tickets.MakeNumber(10026)
	held := newShelf()
	held.stays = true
	held.put(mine, fileOfAnna, "hers.txt", "anna", "hers")
	held.put(theirs, fileOfBoris, "his.txt", "boris", "his")
	kept := newArchive(keep("7", mine), keep("8", theirs), keep("9", dashas), keep("7", solved), keep("8", theirSolved), keep("7", waits), keep("8", theyWait), keep("7", split), keep("8", theirSplit),
		keep("7", tied), keep("8", theyTied), keep("7", joined), keep("8", theyJoined))
	kept.frozen = true
	for id, n := range map[tickets.ContactID]tickets.Number{"c1": mine, "c2": theirs} {
		kept.items = append(kept.items, lists.Item{Contact: &tickets.Contact{ID: id, Channel: tickets.Call{}, Ticket: n, Recordings: []string{"kept"}}})
	}
	for n, p := range map[tickets.Number]tickets.Phase{solved: tickets.Solved, theirSolved: tickets.Solved, waits: tickets.Waiting, theyWait: tickets.Waiting} {
		m := kept.matters[n]
		m.State = m.State.(tickets.Open).In(p, tickets.ForCustomer)
		kept.matters[n] = m
	}
	for _, n := range []tickets.Number{split, theirSplit} {
		m := kept.matters[n]
		m.Parts = []life.Part{{N: 1, Department: "billing", State: life.PartOpen}}
		m.Promises = []life.Promise{{N: 1, State: life.PromiseOpen, Due: time.Now().Add(time.Hour)}}
		m.Vendors = []life.Vendor{{N: 1, Vendor: "x", State: life.VendorAsked}}
		m.Reviews = []life.Review{{N: 1, Level: 1, Department: "quality", About: "5", State: life.ReviewOpen}}
		kept.matters[n] = m
	}
	for _, n := range []tickets.Number{tied, theyTied} {
		m := kept.matters[n]
		m.Parent, m.Links = solved, []life.Link{{Other: solved, Kind: life.Related}}
		kept.matters[n] = m
	}
	kept.frozen = false
	for n, into := range map[tickets.Number]tickets.Number{joined: mine, theyJoined: theirs} {
		anna := tickets.By{Kind: tickets.ByPerson, ID: "7"}
		m, err := kept.Do(t.Context(), life.Order{Ticket: n, Command: life.Merge{Into: into}, By: anna, Check: func(life.Matter) error { return nil }})
		if err != nil {
			t.Fatal(err)
		}
		m.Join = &tickets.Change{By: anna, Patch: tickets.Patch{"phase": {"open", "closed"}, "owner": {"7", ""}, "owner_kind": {"person", ""}, "next": {soonAt, ""}, "step": {"follow_up", ""}}}
		kept.matters[n] = m
	}
	kept.frozen, kept.orders = true, nil
	raised := staffed().alarmed()
	asked["POST /api/v1/alarms/{id}/acknowledge"] = question{own: "/api/v1/alarms/" + raised.Now()[0].ID + "/acknowledge"}
	clerk := newClerk()
	clerk.is.Columns = []customers.Heading{{Name: "id"}}
	return open(t, settings{
		gate: func(o *gate.Options) { o.Tokens = v },
		options: func(o *rest.Options) {
			archive := kept.room()
			archive.Recordings = tape{}
			o.Rooms = []rest.Room{archive, hooks.Room{Graveyard: graveyard{}}, newBureau().room(), (&callLog{all: []lists.Call{callOf("mine", "7"), callOf("theirs", "8")}}).room(nil), (&annals{}).room(), (&timeClock{}).room(), clerk.room(held), &register.Persons{Holdings: &dossiers{}}, (&statistician{}).room(), register.Files{Keeper: held.keeper(attachment.Limits{})}, staffed().targets()}
			o.Rooms = append(o.Rooms, alarms.Room{Alarms: raised})
			o.Rooms = append(o.Rooms, newTapes(t).room(true), newMailbox().room())
			o.Rooms = append(o.Rooms, reviewedAlready(t).room())
			o.Rooms = append(o.Rooms, aScreen(t))
			o.Tickets = cabinet{mine: keep("7", mine), theirs: keep("8", theirs), dashas: keep("9", dashas)}
			o.Phones, o.Figures, o.Calls, o.Advisor = exchange{}, &ledgers{}, switchboard{}, oracle{}
			o.Decided = chronicle{"mine": {Items: []agentapi.Decision{offered}}, "theirs": {Items: []agentapi.Decision{others}}}
			o.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "calls 1") })
		},
	})
}

func ticketPath(serial uint64) string { return "/api/v1/tickets/" + string(tickets.MakeNumber(serial)) }

// Tickets in the phases that some commands need, one of anna's and one of another's each.
var (
	solved, theirSolved = tickets.MakeNumber(10027), tickets.MakeNumber(10028)
	waits, theyWait     = tickets.MakeNumber(10029), tickets.MakeNumber(10030)
	split, theirSplit   = tickets.MakeNumber(10031), tickets.MakeNumber(10032)
	tied, theyTied      = tickets.MakeNumber(10033), tickets.MakeNumber(10034)
	joined, theyJoined  = tickets.MakeNumber(10035), tickets.MakeNumber(10036)
)

// question is what is asked of a route.
type question struct {
	own, other string // about what is anna's, and about what is another's; "" is none
	body       string
	bodyNow    func() string // where it holds for a short time only; instead of body
	match      string        // the version that is meant
	each       bool          // everybody has theirs at the same address
	named      string        // of a file: what it is called
}

// says is the body of a question that is asked now.
func (q question) says() string {
	if q.bodyNow != nil {
		return q.bodyNow()
	}
	return q.body
}

// given are the commands with their fields, where they need some.
var given = map[string]string{
	"hand_over": `{"department":"support"}`, "plan": `{"next":"` + soonAt + `"}`, "wait": `{"for":"date","until":"` + soonAt + `"}`, "describe": `{"subject":"x"}`,
	"set_customer": `{"customer":"00000000-0000-4000-8000-000000000001"}`, "note": `{"text":"x"}`, "tell": `{"text":"x"}`, "solve": `{"answer":"x"}`,
	"refuse": `{"reason":"x","alternatives":["y"]}`, "reopen": `{"reason":"x"}`,
	"add_part": `{"department":"support","what":"x","due":"` + soonAt + `"}`, "answer_part": `{"n":1,"answer":"x"}`, "return_part": `{"n":1,"why":"x"}`,
	"move_part": `{"n":1,"due":"` + soonAt + `"}`, "promise": `{"what":"x","due":"` + soonAt + `"}`, "move_promise": `{"n":1,"due":"` + soonAt + `","told":true}`,
	"ask_vendor": `{"vendor":"x","what":"x"}`, "vendor_promised": `{"n":1,"promised":"` + soonAt + `"}`, "vendor_answered": `{"n":1,"answer":"x"}`,
	"link": `{"other":"` + string(solved) + `"}`, "unlink": `{"other":"` + string(solved) + `"}`, "set_parent": `{"parent":"` + string(solved) + `"}`,
	"merge": `{"into":"` + string(solved) + `"}`, "split": `{"contacts":["c1"],"subject":"x"}`,
	"complain": `{"text":"x"}`, "review": `{"n":1,"department":"support"}`, "decide_review": `{"n":1,"upheld":true,"answer":"x"}`,
}

var soonAt = time.Now().Add(time.Hour).UTC().Format(time.RFC3339)

func init() {
	number := func(serial uint64) string { return "/api/v1/tickets/" + string(tickets.MakeNumber(serial)) }
	for path, q := range map[string]question{"/file": {}, "/timeline": {}, "/casefile": {}, "/clocks/1/reckoning": {}} {
		q.own, q.other = number(10023)+path, number(10024)+path
		asked["GET /api/v1/tickets/{number}"+strings.Replace(path, "/1/", "/{n}/", 1)] = q
	}
	for _, c := range life.Commands {
		own, other := tickets.MakeNumber(10023), tickets.MakeNumber(10024)
		switch c.Name() {
		case "reopen":
			own, other = solved, theirSolved
		case "resume":
			own, other = waits, theyWait
		}
		switch c.Name() {
		case "unmerge":
			own, other = joined, theyJoined
		case "unlink", "clear_parent":
			own, other = tied, theyTied
		}
		body := cmp.Or(given[c.Name()], "{}")
		if _, about := reflect.TypeOf(c).FieldByName("N"); about { // a part, a promise, a vendor or a complaint
			own, other = split, theirSplit
			body = cmp.Or(given[c.Name()], `{"n":1}`)
		}
		asked["POST /api/v1/tickets/{number}/"+c.Name()] = question{own: "/api/v1/tickets/" + string(own) + "/" + c.Name(), other: "/api/v1/tickets/" + string(other) + "/" + c.Name(), body: body}
	}
}

// asked are the questions by route.
var asked = map[string]question{
	"GET /api/v1/tickets":              {own: "/api/v1/tickets", each: true},
	"GET /api/v1/tickets/export":       {own: "/api/v1/tickets/export", each: true},
	"GET /api/v1/reports":              {own: "/api/v1/reports", each: true},
	"GET /api/v1/reports/{name}":       {own: "/api/v1/reports/people?department=first_line", other: "/api/v1/reports/people?department=support"},
	"GET /api/v1/tickets/counts":       {own: "/api/v1/tickets/counts", each: true},
	"POST /api/v1/tickets":             {own: "/api/v1/tickets", each: true, body: `{"channel":"letter","subject":"x","text":"y"}`},
	"POST /api/v1/tickets/bulk":        {own: "/api/v1/tickets/bulk", each: true, body: `{"numbers":["` + string(tickets.MakeNumber(10023)) + `"],"command":"note","body":{"text":"x"}}`},
	"GET /api/v1/views":                {own: "/api/v1/views", each: true},
	"PUT /api/v1/views/{id}":           {own: "/api/v1/views/late", each: true, body: `{"name":"Late","query":{"list":"overdue"}}`},
	"DELETE /api/v1/views/{id}":        {own: "/api/v1/views/late", each: true},
	"GET /api/v1/notices":              {own: "/api/v1/notices", each: true},
	"POST /api/v1/notices/seen":        {own: "/api/v1/notices/seen", each: true, body: `{"ids":[1]}`},
	"GET /api/v1/departments":          {own: "/api/v1/departments"},
	"GET /api/v1/topics":               {own: "/api/v1/topics"},
	"GET /api/v1/vendors":              {own: "/api/v1/vendors"},
	"GET /api/v1/answers":              {own: "/api/v1/answers"},
	"POST /api/v1/session":             {own: "/api/v1/session", body: `{"login":"anna","password":"` + password + `"}`},
	"GET /api/v1/session":              {own: "/api/v1/session"},
	"DELETE /api/v1/session":           {own: "/api/v1/session"},
	"POST /api/v1/password":            {own: "/api/v1/password"},
	"POST /api/v1/second-factor/begin": {own: "/api/v1/second-factor/begin", body: `{"password":"` + password + `"}`},
	"POST /api/v1/second-factor":       {own: "/api/v1/second-factor"},
	"POST /api/v1/second-factor/off":   {own: "/api/v1/second-factor/off"},
	"GET /api/v1/phone":                {own: "/api/v1/phone"},
	"POST /api/v1/phone":               {own: "/api/v1/phone"},
	"GET /api/v1/tickets/{number}":     {own: "/api/v1/tickets/" + string(tickets.MakeNumber(10023)), other: "/api/v1/tickets/" + string(tickets.MakeNumber(10024))},
	"GET /api/v1/tickets/{number}/claims": {
		own: "/api/v1/tickets/" + string(tickets.MakeNumber(10023)) + "/claims", other: "/api/v1/tickets/" + string(tickets.MakeNumber(10024)) + "/claims"},
	"PUT /api/v1/tickets/{number}/claims/{call}": {
		own: "/api/v1/tickets/" + string(tickets.MakeNumber(10023)) + "/claims/c1", other: "/api/v1/tickets/" + string(tickets.MakeNumber(10024)) + "/claims/c1", body: `{"accept":true}`},
	"GET /api/v1/tickets/{number}/files":  {own: ticketPath(10023) + "/files", other: ticketPath(10024) + "/files"},
	"POST /api/v1/tickets/{number}/files": {own: ticketPath(10023) + "/files", other: ticketPath(10024) + "/files", body: "text", named: "a.txt"},
	"GET /api/v1/tickets/{number}/files/{id}": {
		own: ticketPath(10023) + "/files/" + fileOfAnna, other: ticketPath(10024) + "/files/" + fileOfBoris},
	"DELETE /api/v1/tickets/{number}/files/{id}": {
		own: ticketPath(10023) + "/files/" + fileOfAnna, other: ticketPath(10024) + "/files/" + fileOfBoris},
	"GET /api/v1/tickets/{number}/contacts/{id}/recording": {own: ticketPath(10023) + "/contacts/c1/recording", other: ticketPath(10024) + "/contacts/c2/recording"},
	"GET /api/v1/reasons":                     {own: "/api/v1/reasons"},
	"GET /api/v1/call-reasons":                {own: "/api/v1/call-reasons"},
	"GET /api/v1/dispositions":                {own: "/api/v1/dispositions"},
	"GET /api/v1/figures":                     {own: "/api/v1/figures?by=agent&id=7", other: "/api/v1/figures?by=agent&id=8"},
	"GET /api/v1/calls":                       {own: "/api/v1/calls"},
	"GET /api/v1/calls/past":                  {own: "/api/v1/calls/past", each: true},
	"GET /api/v1/calls/past/export":           {own: "/api/v1/calls/past/export", each: true},
	"GET /api/v1/history":                     {own: "/api/v1/history", each: true},
	"GET /api/v1/history/{by}":                {own: "/api/v1/history/agent?id=7", other: "/api/v1/history/agent?id=8"},
	"GET /api/v1/adherence":                   {own: "/api/v1/adherence", other: "/api/v1/adherence?agent=8", each: true},
	"GET /api/v1/calls/choices":               {own: "/api/v1/calls/choices", each: true},
	"GET /api/v1/calls/{id}":                  {own: "/api/v1/calls/mine", other: "/api/v1/calls/theirs"},
	"GET /api/v1/calls/{id}/decisions":        {own: "/api/v1/calls/mine/decisions", other: "/api/v1/calls/theirs/decisions"},
	"POST /api/v1/calls":                      {own: "/api/v1/calls?agent=7", body: `{"number":"+79160000001"}`},
	"POST /api/v1/calls/{id}/commands/{name}": {own: "/api/v1/calls/c1/commands/hold?agent=7"},
	"POST /api/v1/calls/{id}/recording":       {own: "/api/v1/calls/c1/recording", body: `{"do":"pause"}`},
	"GET /api/v1/staffing":                    {own: "/api/v1/staffing"},
	"GET /api/v1/targets":                     {own: "/api/v1/targets"},
	"GET /api/v1/alarms":                      {own: "/api/v1/alarms"},
	"GET /api/v1/alarms/past":                 {own: "/api/v1/alarms/past"},
	"PUT /api/v1/alarms/rules/{id}":           {own: "/api/v1/alarms/rules/crowd", body: `{"raise":3,"clear":2,"for_s":0,"clear_for_s":10}`},
	"DELETE /api/v1/alarms/rules/{id}":        {own: "/api/v1/alarms/rules/crowd"},
	"POST /api/v1/screens/codes":              {own: "/api/v1/screens/codes"},
	"POST /api/v1/screens/claim":              {own: "/api/v1/screens/claim", body: `{"secret":"none"}`},
	"GET /api/v1/screens/frame":               {own: "/api/v1/screens/frame"},
	"GET /api/v1/screens":                     {own: "/api/v1/screens"},
	"GET /api/v1/hooks/dead":                  {own: "/api/v1/hooks/dead"},
	"POST /api/v1/hooks/dead/{id}/retry":      {own: "/api/v1/hooks/dead/17/retry"},

	"GET /api/v1/persons":          {own: "/api/v1/persons?who=K-1"},
	"GET /api/v1/persons/export":   {own: "/api/v1/persons/export?who=K-1"},
	"GET /api/v1/persons/erasure":  {own: "/api/v1/persons/erasure?who=K-1"},
	"POST /api/v1/persons/erasure": {own: "/api/v1/persons/erasure", body: `{"who":"K-1","confirm":"seen-0","close":true}`},

	"GET /api/v1/imports":              {own: "/api/v1/imports"},
	"POST /api/v1/imports":             {own: "/api/v1/imports", body: "id\n1\n", named: "a.csv"},
	"GET /api/v1/imports/{id}":         {own: "/api/v1/imports/" + importID},
	"GET /api/v1/imports/{id}/rows":    {own: "/api/v1/imports/" + importID + "/rows?what=wrong"},
	"PUT /api/v1/imports/{id}/columns": {own: "/api/v1/imports/" + importID + "/columns", body: `{"columns":["external_id"]}`},
	"POST /api/v1/imports/{id}/start":  {own: "/api/v1/imports/" + importID + "/start"},
	"POST /api/v1/imports/{id}/stop":   {own: "/api/v1/imports/" + importID + "/stop"},

	"GET /api/v1/customers":                   {own: "/api/v1/customers?q=ivanov"},
	"GET /api/v1/customers/by-number":         {own: "/api/v1/customers/by-number?number=%2B79161234567"},
	"GET /api/v1/customers/{id}":              {own: "/api/v1/customers/" + string(ivanov)},
	"GET /api/v1/customers/{id}/contacts":     {own: "/api/v1/customers/" + string(ivanov) + "/contacts"},
	"GET /api/v1/agreements":                  {own: "/api/v1/agreements"},
	"GET /api/v1/customers/{id}/doubles":      {own: "/api/v1/customers/" + string(ivanov) + "/doubles"},
	"GET /api/v1/customers/{id}/merge":        {own: "/api/v1/customers/" + string(ivanov) + "/merge?into=" + string(ivanov)},
	"GET /api/v1/customers/{id}/changes":      {own: "/api/v1/customers/" + string(ivanov) + "/changes"},
	"POST /api/v1/customers":                  {own: "/api/v1/customers", body: `{"name":"Ivanov"}`},
	"PATCH /api/v1/customers/{id}":            {own: "/api/v1/customers/" + string(ivanov), body: `{"warnings":["dog"]}`, match: `"3"`},
	"POST /api/v1/customers/{id}/merge":       {own: "/api/v1/customers/" + string(ivanov) + "/merge", body: `{"into":"00000000-0000-4000-8000-000000000002"}`, match: `"3"`},
	"POST /api/v1/customers/merges/{id}/undo": {own: "/api/v1/customers/merges/" + merged + "/undo"},
	"PUT /api/v1/contacts/{id}/customer":      {own: "/api/v1/contacts/c1/customer", other: "/api/v1/contacts/c2/customer", body: `{"customer":"` + string(ivanov) + `"}`, each: true},
}

// TestEachRouteIsForThoseWhomItsRuleNames walks all routes as everybody, and asks for what is theirs and what is not.
func TestEachRouteIsForThoseWhomItsRuleNames(t *testing.T) {
	v := &vault{}
	every := v.machine("every", time.Time{}, gate.Scopes...)
	none := v.machine("none", time.Time{}, "nothing:read")
	h := openWithAll(t, v)
	who := map[string]http.Header{"nobody": {}, "every": every, "none": none}
	for _, login := range []string{"anna", "vera"} {
		who[login] = http.Header{"Cookie": {h.cookie(login)}}
	}
	refused := func(status int) bool { return status == 401 || status == 403 || status == 404 }
	for _, r := range h.server.Rules() {
		if !strings.HasPrefix(r.Path, "/api/v1/") || strings.HasSuffix(r.Path, "/stream") || strings.HasSuffix(r.Path, "openapi.json") {
			continue // tried below
		}
		name := r.Method + " " + r.Path
		a, ok := asked[name]
		if !ok {
			t.Errorf("%s: this test knows no question for it", name)
			continue
		}
		if r.Path == "/api/v1/session" && r.Method != http.MethodGet {
			continue // signing in and out is for anybody, and ends what the same browser had
		}
		if r.Path == "/api/v1/password" || r.Path == "/api/v1/second-factor" || r.Path == "/api/v1/second-factor/off" {
			continue // it would sign out the others of this test
		}
		status := func(as, path string) int {
			header := who[as].Clone()
			if a.named != "" {
				header.Set("Content-Disposition", `attachment; filename="`+a.named+`"`)
			}
			if a.match != "" {
				header.Set("If-Match", a.match)
			}
			return h.request(r.Method, path, a.says(), header).StatusCode
		}
		expect := func(as string, reach rest.Reach) {
			t.Helper()
			got := status(as, a.own)
			switch {
			case reach == rest.None && as == "nobody":
				if got != 401 {
					t.Errorf("%s as %s: %d, want 401", name, as, got)
				}
			case reach == rest.None:
				if got != 403 {
					t.Errorf("%s as %s: %d, want 403", name, as, got)
				}
			case r.Path == "/api/v1/phone" && as == "vera": // she has no seat
			case r.Token == gate.WriteCalls && as == "vera": // nor a desk
			case r.Path == "/api/v1/scorecards/{id}/objection" && as == "vera": // no call of hers is reviewed
			case got != 200 && got != 201 && got != 204:
				t.Errorf("%s as %s: %d, want 200", name, as, got)
			}
			if a.other == "" {
				return
			}
			if got := status(as, a.other); refused(got) == (reach == rest.All) {
				t.Errorf("%s of another's as %s: %d, and the rule says %s", name, as, got, reach)
			}
		}
		expect("nobody", r.Anonymous)
		expect("anna", r.Agent)
		expect("vera", r.Supervisor)
		if r.Anonymous == rest.All {
			continue
		}
		programs := rest.None
		if r.Token != "" {
			programs = rest.All
		}
		expect("every", programs)
		expect("none", rest.None)
	}
}

// Who works on tickets and takes no calls has of each route what an agent has, of what is theirs: their tickets, and nothing of a desk.
func TestWhoHasTheRoleDepartmentReachesTheirTicketsAndNoDesk(t *testing.T) {
	h := openWithAll(t, &vault{})
	dasha := http.Header{"Cookie": {h.cookie("dasha")}}
	for _, r := range h.server.Rules() {
		a, ok := asked[r.Method+" "+r.Path]
		if !ok || r.Anonymous == rest.All || strings.HasPrefix(r.Path, "/api/v1/session") || strings.HasPrefix(r.Path, "/api/v1/password") || strings.HasPrefix(r.Path, "/api/v1/second-factor") {
			continue // their own account is in their hands
		}
		want := map[rest.Reach][]int{rest.None: {403}, rest.All: {200, 201}, rest.Own: {403, 404}}[r.Agent]
		if a.each {
			want = []int{200, 201}
		}
		head := dasha.Clone()
		if a.match != "" {
			head.Set("If-Match", a.match)
		}
		if got := h.request(r.Method, a.own, a.says(), head).StatusCode; !slices.Contains(want, got) {
			t.Errorf("%s %s, which is anna's: %d, and the rule says %s", r.Method, a.own, got, r.Agent)
		}
	}
	number := string(tickets.MakeNumber(10026))
	for _, path := range []string{"/tickets/" + number, "/tickets/" + number + "/claims"} {
		if got := h.request(http.MethodGet, "/api/v1"+path, "", dasha).StatusCode; got != 200 {
			t.Errorf("%s, which is dasha's: %d", path, got)
		}
	}
	page := h.socket("dasha", nil)
	page.expect("hello")
	page.send(`{"t":"cmd","id":"1","name":"agent.ready","data":{}}`)
	if ack := page.expect("ack"); ack.OK || ack.Problem.Code != agentapi.CodeNotAnAgent {
		t.Errorf("ready without a desk: %+v", ack)
	}
	page.send(`{"t":"subscribe","id":"2","topics":["me"]}`)
	page.expectProblem("2", agentapi.CodeNotAnAgent)
}

// Of what is not theirs an agent is told the very same as of what is not there.
func TestAnothersIsToAnAgentAsWhatIsNotThere(t *testing.T) {
	h := openWithAll(t, &vault{})
	anna := http.Header{"Cookie": {h.cookie("anna")}}
	for theirs, nobodys := range map[string]string{
		"/tickets/" + string(tickets.MakeNumber(10024)):             "/tickets/" + string(tickets.MakeNumber(10025)),
		"/tickets/" + string(tickets.MakeNumber(10024)) + "/claims": "/tickets/" + string(tickets.MakeNumber(10025)) + "/claims",
		"/calls/theirs/decisions":                                   "/calls/nobody/decisions",
	} {
		one := problemOf(t, h.request(http.MethodGet, "/api/v1"+theirs, "", anna))
		other := problemOf(t, h.request(http.MethodGet, "/api/v1"+nobodys, "", anna))
		same := strings.NewReplacer(string(tickets.MakeNumber(10024)), "N", string(tickets.MakeNumber(10025)), "N", "theirs", "N", "nobody", "N")
		if one.Status != 404 || one.Code != other.Code || same.Replace(one.Detail) != same.Replace(other.Detail) {
			t.Errorf("%s: %+v, %s: %+v", theirs, one, nobodys, other)
		}
	}
}

// fields are what commands need.
var fields = map[string]string{
	"agent.not_ready": `{"reason":"break"}`, "bulletin.see": `{"bulletin":"b"}`, "offer.seen": `{"offer":"o"}`, "offer.accept": `{"offer":"o"}`, "offer.decline": `{"offer":"o"}`,
	"call.dial": `{"number":"+79160000001"}`, "call.link": `{"call":"c","ticket":"` + string(tickets.MakeNumber(10026)) + `"}`, "call.record": `{"call":"c","do":"pause"}`, "call.hang_up": `{"call":"c"}`, "call.hold": `{"call":"c"}`, "call.resume": `{"call":"c"}`, "call.type": `{"call":"c","digits":"1"}`, "call.transfer": `{"call":"c","queue":"q"}`, "call.consult": `{"call":"c","queue":"q"}`, "call.help": `{"call":"c"}`, "call.end_help": `{"call":"c"}`, "call.swap": `{"call":"c"}`, "call.join": `{"call":"c"}`, "call.take_back": `{"call":"c"}`, "call.drop": `{"call":"c","guest":"g"}`, "call.complete": `{"call":"c"}`, "wrap_up.finish": `{"call":"c","disposition":"resolved"}`,
}

// Each command of the stream is refused to an account without a desk, and the topic of the desk, too.
func TestCommandsAndTopicsAreForThoseWhomTheirRuleNames(t *testing.T) {
	h := openWithAll(t, &vault{})
	page := h.socket("vera", nil)
	page.expect("hello")
	for _, c := range agentapi.CommandRules() {
		page.send(`{"t":"cmd","id":"1","name":"` + c.Name + `","data":` + cmp.Or(fields[c.Name], `{}`) + `}`)
		if ack := page.expect("ack"); ack.OK || ack.Problem.Code != agentapi.CodeNotAnAgent {
			t.Errorf("%s without a desk: %+v", c.Name, ack.Problem)
		}
	}
	if done := h.office.commands(); len(done) > 0 {
		t.Errorf("carried out: %v", done)
	}
	page.send(`{"t":"subscribe","id":"2","topics":["me"]}`)
	page.expectProblem("2", agentapi.CodeNotAnAgent)
}

func TestColleaguesReasonsAreOnTheWallOnlyWhereTheConfigurationSaysSo(t *testing.T) {
	for _, shown := range []bool{false, true} {
		h := open(t, settings{})
		h.hub.Wall(agentapi.Wall{Agents: []agentapi.WallAgent{{ID: "8", Name: "Boris", Availability: "not_ready", Reason: "lunch", Until: time.Now()}}}, shown)
		for login, sees := range map[string]bool{"anna": shown, "dasha": shown, "vera": true} {
			page := h.socket(login, nil)
			page.expect("hello")
			page.send(`{"t":"subscribe","id":"1","topics":["wall"]}`)
			var w agentapi.Wall
			for len(w.Agents) == 0 {
				f, err := page.read()
				if err == nil && f.Topic == agentapi.TopicWall {
					err = json.Unmarshal(f.Data, &w)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			a := w.Agents[0]
			if (a.Reason == "lunch") != sees || a.Until.IsZero() == sees || a.Availability != "not_ready" {
				t.Errorf("shown %t: %s sees %+v", shown, login, a)
			}
		}
	}
}

func TestAWrongTokenCostsNoQueryAndAnEndedOneLetsNobodyIn(t *testing.T) {
	v := &vault{}
	good := v.machine("prometheus", time.Now().Add(time.Hour), gate.ReadMetrics)
	ended := v.machine("old", time.Now().Add(-time.Hour), gate.ReadMetrics)
	far := http.Header{"X-Forwarded-For": {"192.0.2.1"}}
	h := openWithAll(t, v)
	get := func(path string, header http.Header) int {
		return h.request(http.MethodGet, path, "", header).StatusCode
	}
	if got := get("/metrics", far); got != 401 {
		t.Errorf("metrics from elsewhere: %d", got)
	}
	for path, want := range map[string]int{"/metrics": 200, "/api/v1/calls": 403, "/api/v1/session": 403} {
		if got := get(path, good); got != want {
			t.Errorf("%s with a token for metrics: %d, want %d", path, got, want)
		}
	}
	if got := get("/metrics", ended); got != 401 {
		t.Errorf("with an ended token: %d", got)
	}
	before := v.asked.Load()
	began := time.Now()
	for range 200 {
		token, _ := gate.NewToken()
		for _, wrong := range []string{"Bearer " + token, "Bearer ", "Bearer x", "Basic " + token} {
			if got := get("/metrics", http.Header{"Authorization": {wrong}, "X-Forwarded-For": {"192.0.2.1"}}); got != 401 {
				t.Fatalf("%s: %d", wrong, got)
			}
		}
	}
	if asked := v.asked.Load() - before; asked > 2+int64(time.Since(began)/time.Second) {
		t.Errorf("800 wrong tokens cost %d queries", asked)
	}
	v.all = slices.DeleteFunc(v.all, func(m gate.Machine) bool { return m.Name == "prometheus" }) // revoked
	for get("/metrics", good) != 401 {
		if soon(t).Err() != nil {
			t.Fatal("a revoked token lets somebody in still")
		}
		token, _ := gate.NewToken()
		get("/metrics", http.Header{"Authorization": {"Bearer " + token}})
	}
	if v.used.Load() == 0 {
		t.Error("the use of a token is noted nowhere")
	}
}

// CONTRIBUTING has the table of who may what, as the code has it.
func TestTheTableOfRulesInCONTRIBUTINGIsTheOneThatHolds(t *testing.T) {
	h := open(t, settings{})
	const file, begin, end = "../../CONTRIBUTING.md", "<!-- rules: go test ./agentapi/rest -run TableOfRules -update -->\n", "<!-- end of rules -->"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, found := strings.Cut(string(text), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatal("the table has no place in CONTRIBUTING.md")
	}
	want := head + begin + h.server.RulesText() + end + tail
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(text) != want {
		t.Error("CONTRIBUTING.md has another table than the code: look at the difference, then go test ./agentapi/rest -run TableOfRules -update")
	}
}
