package hooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"hotline/telephony"
	"hotline/tickets"
)

const secret = "0123456789abcdef"

// letter is a request as a receiver gets it.
type letter struct {
	id, kind, signature string
	body                []byte
}

// box is a receiver.
type box struct {
	*httptest.Server
	mu      sync.Mutex // guards what is below
	letters []letter
	answer  func(w http.ResponseWriter, r *http.Request) // nil takes all
}

func openBox(t *testing.T) *box {
	b := &box{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		b.mu.Lock()
		b.letters = append(b.letters, letter{r.Header.Get(IDHeader), r.Header.Get("Content-Type"), r.Header.Get(SignatureHeader), body})
		answer := b.answer
		b.mu.Unlock()
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(b.Close)
	return b
}

func (b *box) got() []letter {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.letters)
}

func (b *box) answers(f func(http.ResponseWriter, *http.Request)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = f
}

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// call is the three facts of a call that was served, and its contact.
func call(id string) ([]tickets.Fact, map[tickets.ContactID]tickets.Contact) {
	contact := tickets.Contact{
		ID: tickets.ContactID(id), Channel: tickets.Call{}, Ticket: "100237", From: telephony.NumberOf("+79161234567", "+79161234567"), To: "+78001234567",
		Queue: "billing", Agent: tickets.Agent{ID: "anna", Name: "Анна"},
	}
	fact := func(at time.Duration, n int64, e tickets.Event) tickets.Fact {
		return tickets.Fact{Contact: contact.ID, Channel: tickets.Call{}, N: n, At: noon.Add(at), Event: e}
	}
	return []tickets.Fact{
		fact(0, 0, tickets.Arrived{From: "+79161234567"}), fact(time.Second, 0, tickets.Queued{Queue: "billing"}),
		fact(2*time.Second, 1, tickets.Answered{Agent: contact.Agent}), fact(time.Minute, 0, tickets.Ended{Outcome: tickets.Served}),
	}, map[tickets.ContactID]tickets.Contact{contact.ID: contact}
}

// told are hooks for endpoints, and the deliveries of a call to them, as jobs have them.
func told(t *testing.T, endpoints ...Endpoint) (*Hooks, []json.RawMessage) {
	t.Helper()
	h := New(Options{Source: "/hotline/test"})
	facts, contacts := call("c1")
	h.Configure(endpoints)
	var all []json.RawMessage
	for _, d := range h.Deliveries(Events(facts, contacts, nil)) {
		b, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return h, all
}

func TestAReceiverGetsCloudEventsThatItCanVerify(t *testing.T) {
	b := openBox(t)
	h, jobs := told(t, Endpoint{URL: b.URL + "/in?token=x", Secret: secret})
	for _, j := range jobs {
		if err := h.Deliver(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	got := b.got()
	if len(got) != 3 {
		t.Fatalf("it got %d letters", len(got))
	}
	for _, l := range got {
		if err := Verify(secret, l.signature, l.body, time.Now(), time.Minute); err != nil || l.kind != "application/cloudevents+json; charset=utf-8" {
			t.Errorf("%s of %s: %v", l.signature, l.kind, err)
		}
	}
	want := `{"specversion":"1.0","id":"c1/call.answered/1","source":"/hotline/test","type":"hotline.call.answered","subject":"100237","time":"2026-11-29T12:00:02Z",` +
		`"datacontenttype":"application/json","data":{"call":"c1","ticket":"100237","from":"+79161234567","to":"+78001234567","queue":"billing","agent":{"id":"anna","name":"Анна"}}}`
	if string(got[1].body) != want || got[1].id != "c1/call.answered/1" {
		t.Errorf("%s is\n%s, not\n%s", got[1].id, got[1].body, want)
	}
	if !strings.Contains(string(got[2].body), `"outcome":"served"`) || strings.Contains(string(got[0].body), "anna") {
		t.Errorf("the others are %s and %s", got[0].body, got[2].body)
	}
}

func TestZammadGetsWhatItsInterfaceTakes(t *testing.T) {
	b := openBox(t)
	h, jobs := told(t, Endpoint{URL: b.URL, Secret: secret, Format: Zammad})
	for _, j := range jobs {
		if err := h.Deliver(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		`{"event":"newCall","from":"79161234567","to":"78001234567","direction":"in","callId":"c1","queue":"billing"}`,
		`{"event":"answer","from":"79161234567","to":"78001234567","direction":"in","callId":"c1","user":"Анна","queue":"billing","answeringNumber":"anna"}`,
		`{"event":"hangup","from":"79161234567","to":"78001234567","direction":"in","callId":"c1","user":"Анна","queue":"billing","answeringNumber":"anna","cause":"normalClearing"}`,
	}
	var got []string
	for _, l := range b.got() {
		got = append(got, string(l.body))
	}
	if diff := cmp.Diff(want, got); diff != "" || b.got()[0].kind != "application/json; charset=utf-8" {
		t.Errorf("%s (-want +got) as %s", diff, b.got()[0].kind)
	}
}

func TestEachOutcomeHasACauseThatZammadKnows(t *testing.T) {
	known := []string{"normalClearing", "busy", "cancel", "noAnswer", "congestion", "notFound", "forwarded"}
	for _, o := range []tickets.Outcome{
		tickets.Served, tickets.Informed, tickets.AbandonedInGreeting, tickets.AbandonedInMenu, tickets.AbandonedInQueue, tickets.AbandonedRinging, tickets.Refused,
		tickets.CallbackPromised, tickets.LeftMessage, tickets.SentOn, tickets.NotReached, tickets.Failed, tickets.Lost, "new",
	} {
		if !slices.Contains(known, cause(o)) {
			t.Errorf("%s is %s", o, cause(o))
		}
	}
	if cause(tickets.AbandonedInQueue) != "cancel" || cause(tickets.Served) != "normalClearing" {
		t.Error("an abandoned call is not told from a served one")
	}
}

func TestWhoWithheldTheirNumberIsToldToNobody(t *testing.T) {
	facts, contacts := call("c1")
	c := contacts["c1"]
	c.From, c.RawName = telephony.NumberOf("", "Anonymous <+79167654321>"), "Ivan 79167654321"
	contacts["c1"] = c
	facts[0].Event = tickets.Arrived{Withheld: "Ivan <+79167654321>", Hidden: "+79167654321", RawFrom: "+79167654321"}
	h := New(Options{})
	h.Configure([]Endpoint{{URL: "https://a.example", Secret: secret}, {URL: "https://b.example", Secret: secret, Format: Zammad}})
	for _, d := range h.Deliveries(Events(facts, contacts, nil)) {
		for _, f := range []Format{CloudEvents, Zammad} {
			body, _, err := d.Event.encode(f)
			if err != nil || strings.Contains(string(body), "7654321") || f == Zammad && !strings.Contains(string(body), `"from":"anonymous"`) {
				t.Errorf("%s, %v", body, err)
			}
		}
	}
}

func TestAnEventThatIsSentAgainHasTheSameIDAndBody(t *testing.T) {
	b := openBox(t)
	b.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	h, jobs := told(t, Endpoint{URL: b.URL, Secret: secret})
	for range 2 {
		if err := h.Deliver(t.Context(), jobs[0]); err == nil || err.Error() != "the receiver answers 503 Service Unavailable" {
			t.Errorf("it gives %v", err)
		}
	}
	b.answers(nil)
	if err := h.Deliver(t.Context(), jobs[0]); err != nil {
		t.Fatal(err)
	}
	for _, l := range b.got() {
		if first := b.got()[0]; l.id != first.id || string(l.body) != string(first.body) || Verify(secret, l.signature, l.body, time.Now(), time.Minute) != nil {
			t.Errorf("%+v and %+v", first, l)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	other, b := openBox(t), openBox(t)
	h, jobs := told(t, Endpoint{URL: b.URL, Secret: secret})
	for _, status := range []int{301, 302, 303, 307, 308} {
		b.answers(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, status) })
		if err := h.Deliver(t.Context(), jobs[0]); err == nil || !strings.Contains(err.Error(), "redirects are not followed") {
			t.Errorf("%d gives %v", status, err)
		}
	}
	if got := other.got(); len(got) != 0 {
		t.Errorf("the other one got %d letters", len(got))
	}
}

func TestNoErrorHoldsTheAddress(t *testing.T) {
	b := openBox(t)
	h, jobs := told(t, Endpoint{URL: b.URL + "/cti/a-token", Secret: secret}, Endpoint{URL: "http://no-such-host.invalid/cti/a-token", Secret: secret})
	b.Close()
	for _, j := range []json.RawMessage{jobs[0], jobs[1]} {
		err := h.Deliver(t.Context(), j)
		if err == nil || strings.Contains(err.Error(), "a-token") || strings.Contains(string(j), "a-token") || strings.Contains(string(j), secret) {
			t.Errorf("%s gives %v", j, err)
		}
	}
}

func TestHTTPGoesToPrivateAddressesAlone(t *testing.T) {
	for address, says := range map[string]string{
		"https://crm.example.com/hook": "", "http://192.168.1.7/hook": "", "http://[fd00::1]/hook": "",
		"http://zammad.local:3000/hook": "", // a name is looked at when it is dialled
		"http://93.184.215.14/hook":     "http is for private", "http://[::ffff:93.184.215.14]/hook": "http is for private",
		"ftp://192.168.1.7/": "it is no address", "https://olga:word@crm.example.com/": "it is no address", "crm.example.com": "it is no address",
	} {
		if err := CheckURL(address); (err == nil) != (says == "") || err != nil && !strings.HasPrefix(err.Error(), says) {
			t.Errorf("%s: %v", address, err)
		}
	}
	_, err := client(true).Get("http://93.184.215.14/") // refused before anything is sent
	if err == nil || !strings.Contains(err.Error(), "private addresses alone") {
		t.Errorf("a public address gives %v", err)
	}
}

func TestOnlyWhatAReceiverWantsIsSentToIt(t *testing.T) {
	for _, c := range []struct {
		events []string
		want   string
	}{
		{nil, "arrived answered ended"}, {[]string{"call"}, "arrived answered ended"}, {[]string{"hotline.call.ended", "call.arrived"}, "arrived ended"},
	} {
		_, jobs := told(t, Endpoint{URL: "https://a.example", Secret: secret, Events: c.events})
		var got []string
		for _, j := range jobs {
			var d Delivery
			if err := json.Unmarshal(j, &d); err != nil {
				t.Fatal(err)
			}
			got = append(got, strings.TrimPrefix(d.Event.Type, "hotline.call."))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%v gives %v", c.events, got)
		}
	}
}

func TestWhatIsNoEventIsFound(t *testing.T) {
	if err := CheckEvents([]string{"call", "ticket.closed", "hotline.call.ended"}); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"cal", "call.end", "", "call."} {
		if err := CheckEvents([]string{name}); err == nil || !strings.Contains(err.Error(), "call.arrived, ") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestEachChangeOfATicketIsOneEvent(t *testing.T) {
	change := func(version int64, kind string, was, is string) tickets.Change {
		p := tickets.Patch{"owner": {"", "anna"}}
		if was != is {
			p["phase"] = [2]string{was, is}
		}
		return tickets.Change{Ticket: "100237", Version: version, At: noon, By: tickets.By{Kind: tickets.ByPerson, ID: "anna", From: "192.0.2.1"}, Kind: kind, Patch: p}
	}
	history := []tickets.Change{
		change(1, wasThere, "", "open"), change(1, "call.arrived", "", "new"), change(2, "take", "new", "in_work"), change(3, "confirm", "solved", "closed"),
		change(4, "reopen", "closed", "open"), change(5, "describe", "", ""),
	}
	h := New(Options{})
	h.Configure([]Endpoint{{URL: "https://a.example", Secret: secret}, {URL: "https://b.example", Secret: secret, Format: Zammad}}) // to the second calls alone
	var got []string
	for _, d := range h.Deliveries(Events(nil, nil, history)) {
		job, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var back Delivery
		if err := json.Unmarshal(job, &back); err != nil {
			t.Fatal(err)
		}
		body, _, err := back.Event.encode(CloudEvents)
		if err != nil || strings.Contains(string(body), "192.0.2.1") {
			t.Errorf("%s, %v", body, err)
		}
		got = append(got, back.Event.ID+" "+back.Event.Type)
		if back.Event.ID == "100237/2" {
			want := `{"specversion":"1.0","id":"100237/2","source":"","type":"hotline.ticket.changed","subject":"100237","time":"2026-11-29T12:00:00Z","datacontenttype":"application/json",` +
				`"data":{"ticket":"100237","version":2,"kind":"take","by":{"kind":"person","id":"anna"},"changed":{"owner":["","anna"],"phase":["new","in_work"]}}}`
			if string(body) != want {
				t.Errorf("it is\n%s, not\n%s", body, want)
			}
		}
	}
	want := []string{"100237/1 hotline.ticket.opened", "100237/2 hotline.ticket.changed", "100237/3 hotline.ticket.closed", "100237/4 hotline.ticket.reopened", "100237/5 hotline.ticket.changed"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got) %s", diff)
	}
}

func TestWhatIsForAReceiverThatIsGoneIsDropped(t *testing.T) {
	h, jobs := told(t, Endpoint{URL: "https://a.example", Secret: secret})
	h.Configure(nil)
	if err := h.Deliver(t.Context(), jobs[0]); err != nil || h.Configured() {
		t.Errorf("it gives %v", err)
	}
}

// A receiver that hangs holds a few, and after some failures nobody; another one gets its own meanwhile.
func TestAReceiverThatHangsHoldsNobody(t *testing.T) {
	hangs, well := openBox(t), openBox(t)
	release := make(chan struct{})
	hangs.answers(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	h, jobs := told(t, Endpoint{URL: hangs.URL, Secret: secret, Events: []string{"call.arrived"}}, Endpoint{URL: well.URL, Secret: secret, Events: []string{"call.arrived"}})
	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	errs := make(chan error, 20)
	var sent sync.WaitGroup
	for range 20 {
		sent.Go(func() { errs <- h.Deliver(ctx, jobs[0]) })
	}
	put := 0
	for range 20 - atOnce {
		var b busy
		if err := <-errs; errors.As(err, &b) && b.Later() > 0 {
			put++
		}
	}
	if put != 20-atOnce {
		t.Errorf("%d were put off", put)
	}
	if err := h.Deliver(t.Context(), jobs[1]); err != nil || len(well.got()) != 1 {
		t.Errorf("the other one: %v", err)
	}
	giveUp()
	sent.Wait()
	ctx, giveUp = context.WithTimeout(t.Context(), Timeout) // of who is asked all the same
	defer giveUp()
	if err := h.Deliver(ctx, jobs[0]); err == nil || !strings.Contains(err.Error(), "away") {
		t.Errorf("after %d failures it gives %v", atOnce, err)
	}
}

func TestAReceiverThatWasAwayIsAskedOnceAndThenByAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiver()
		fail := func(err error) {
			done, refused := r.admit(time.Now())
			if refused != nil {
				t.Fatal(refused)
			}
			done(err, time.Now())
		}
		for range failedOften {
			fail(errors.New("refused"))
		}
		if _, err := r.admit(time.Now()); err == nil {
			t.Error("one that is away is asked")
		}
		time.Sleep(awayFor)
		done, err := r.admit(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.admit(time.Now()); err == nil {
			t.Error("it is asked by two at once")
		}
		done(fmt.Errorf("wrapped: %w", answered(404)), time.Now()) // it is there
		for range atOnce {
			if _, err := r.admit(time.Now()); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestAttemptsAreSpreadOverADay(t *testing.T) {
	var all time.Duration
	for attempt := 1; attempt < Attempts; attempt++ {
		if all += Pause(attempt); attempt > 1 && Pause(attempt) < Pause(attempt-1) {
			t.Errorf("the pause after attempt %d is shorter", attempt)
		}
	}
	if all < 23*time.Hour || all > 25*time.Hour {
		t.Errorf("in all they are %s", all)
	}
}

func TestVerifyRefusesWhatIsNotSignedNow(t *testing.T) {
	body := []byte(`{"a":1}`)
	good := Sign(secret, noon, body)
	for name, c := range map[string]struct {
		signature, body string
		at              time.Time
		good            bool
	}{
		"as it was sent":        {good, `{"a":1}`, noon, true},
		"a little late":         {good, `{"a":1}`, noon.Add(time.Minute), true},
		"with others":           {"v2=x, v1=00, " + good, `{"a":1}`, noon, true},
		"another body":          {good, `{"a":2}`, noon, false},
		"an hour late":          {good, `{"a":1}`, noon.Add(time.Hour), false},
		"from the future":       {good, `{"a":1}`, noon.Add(-time.Hour), false},
		"with another time":     {strings.Replace(good, "t=1", "t=2", 1), `{"a":1}`, noon, false},
		"none":                  {"", `{"a":1}`, noon, false},
		"by another":            {Sign(secret+"x", noon, body), `{"a":1}`, noon, false},
		"the time alone":        {good[:12], `{"a":1}`, noon, false},
		"half of the right one": {good[:len(good)-2], `{"a":1}`, noon, false},
	} {
		if err := Verify(secret, c.signature, []byte(c.body), c.at, 5*time.Minute); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
	// As others have it: printf '1795953600.{"a":1}' | openssl dgst -sha256 -hmac 0123456789abcdef
	if good != "t=1795953600,v1=8c73a7f19a9d9477da04c2ecbcdf497f0d3df7ab65cc78ba4dbe74b58d133982" {
		t.Errorf("it is %s", good)
	}
}

func TestHostileTextsAreOnlyEverStrings(t *testing.T) {
	facts, contacts := call("c1")
	c := contacts["c1"]
	evil := "</script>\",\"x\":{\"\u202e\x00\r\nHost: evil'; DROP TABLE tickets; --😀" + strings.Repeat("ё", 5000)
	c.Queue, c.To, c.Topic, c.Agent.Name = evil, evil, evil, evil
	contacts["c1"] = c
	b := openBox(t)
	for _, f := range []Format{CloudEvents, Zammad} {
		h := New(Options{})
		h.Configure([]Endpoint{{URL: b.URL, Secret: secret, Format: f}})
		for _, d := range h.Deliveries(Events(facts, contacts, nil)) {
			job, err := json.Marshal(d)
			if err == nil {
				err = h.Deliver(t.Context(), job)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, l := range b.got() {
		var all map[string]any
		if err := json.Unmarshal(l.body, &all); err != nil || all["x"] != nil {
			t.Errorf("%s: %v", l.body, err)
			continue
		}
		data, ok := all["data"].(map[string]any)
		if !ok {
			data = all
		}
		if data["queue"] != evil {
			t.Errorf("the queue is %q", data["queue"])
		}
	}
}
