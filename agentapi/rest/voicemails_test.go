package rest_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/register"
	"hotline/agentapi/rest"
	"hotline/recordings"
	"hotline/telephony"
	"hotline/tickets"
	"hotline/tickets/lists"
)

// mailbox are voicemails of the calls of a log: one of each. Nothing is known of the sound of another's.
type mailbox struct {
	callLog
	done map[tickets.ContactID]lists.Voicemail
	by   []tickets.By
}

func (m *mailbox) of(c lists.Call) lists.Voicemail {
	v := lists.Voicemail{Contact: c.Contact, CustomerName: c.CustomerName, N: 1}
	v.Contact.Recordings = []string{string(c.ID) + ".x"}
	v.DoneAt, v.DoneBy = m.done[c.ID].DoneAt, m.done[c.ID].DoneBy
	return v
}

func (m *mailbox) Voicemails(_ context.Context, q lists.VoicemailQuestion) (p lists.VoicemailPage, err error) {
	if _, _, _, _, err := q.Begin(); err != nil {
		return p, err
	}
	for _, c := range m.all {
		v := m.of(c)
		if (q.Sight.All || c.Agent.ID == q.Sight.Agent) && v.DoneAt.IsZero() != q.Done && q.Done != q.Since.IsZero() {
			p.Voicemails = append(p.Voicemails, v)
		}
	}
	if len(p.Voicemails) > q.Limit {
		p.Voicemails = p.Voicemails[:q.Limit]
		p.Next = q.After(p.Voicemails[q.Limit-1])
	}
	return p, nil
}

func (m *mailbox) CountVoicemails(ctx context.Context, q lists.VoicemailQuestion) (int, error) {
	q.Limit = lists.Enough
	p, err := m.Voicemails(ctx, q)
	return len(p.Voicemails), err
}

func (m *mailbox) MarkVoicemail(_ context.Context, id tickets.ContactID, n int, done bool, by tickets.By, at time.Time) (v lists.Voicemail, err error) {
	i := slices.IndexFunc(m.all, func(c lists.Call) bool { return c.ID == id && n == 1 })
	if i < 0 {
		return v, lists.ErrNoVoicemail
	}
	m.by = append(m.by, by)
	delete(m.done, id)
	if done {
		m.done[id] = lists.Voicemail{DoneAt: at, DoneBy: by.Name}
	}
	return m.of(m.all[i]), nil
}

func (m *mailbox) OfCalls(_ context.Context, calls ...telephony.CallID) (all []recordings.Entry, err error) {
	for _, c := range calls {
		if c == "mine" {
			all = append(all, recordings.Entry{Meta: recordings.Meta{ID: annasTape, Kind: recordings.Talk, Call: c}}, recordings.Entry{Meta: recordings.Meta{ID: otherTape, Kind: recordings.Message, Call: c, Name: "mine.x", Length: 2500 * time.Millisecond}})
		}
	}
	return all, nil
}

func newMailbox() *mailbox {
	return &mailbox{callLog: callLog{all: []lists.Call{callOf("theirs", "8"), callOf("mine", "7")}}, done: map[tickets.ContactID]lists.Voicemail{}}
}

func (m *mailbox) room() *register.Voicemails {
	return &register.Voicemails{Store: m, Kept: m, Present: m.callLog.room(nil).Present, Terms: newArchive().Terms}
}

func init() {
	at := "/api/v1/voicemails"
	asked["GET "+at] = question{own: at, each: true}
	for _, method := range []string{"PUT", "DELETE"} {
		asked[method+" "+at+"/{contact}/{n}/done"] = question{own: at + "/mine/1/done", other: at + "/theirs/1/done"}
	}
	for _, id := range []string{"voicemails", "do-voicemail", "undo-voicemail"} { // whoever is shown one listens (see recording-sound), or looks at its ticket; the ticket's history says who has done it
		leaves[id] = ""
	}
}

func TestVoicemailsAreDoneByWhoMaySeeThem(t *testing.T) {
	m := newMailbox()
	h := open(t, settings{options: func(o *rest.Options) { o.Rooms = []rest.Room{m.room()} }})
	as := func(login string) http.Header { return http.Header{"Cookie": {h.cookie(login)}} }
	anna, vera := as("anna"), as("vera")
	list := func(who http.Header, query string) register.VoicemailList {
		t.Helper()
		return answerOf[register.VoicemailList](t, h.request(http.MethodGet, "/api/v1/voicemails"+query, "", who))
	}
	own, all := list(anna, "?count=true"), list(vera, "?count=true")
	if len(own.Items) != 1 || *own.Count != 1 || len(all.Items) != 2 || *all.Count != 2 {
		t.Fatalf("anna is told of %+v, vera of %+v", own, all)
	}
	v := own.Items[0]
	if v.Call != "mine" || v.Number != "+79161234567" || v.NumberName != "ANNA" || v.Customer.Name != "Ivanov" || v.Ticket != "100237" || v.QueueName["en"] != "Help" || v.Recording != otherTape || v.Length == nil || *v.Length != 2.5 || v.DoneAt != nil {
		t.Errorf("it is told as %+v", v)
	}
	if v := all.Items[0]; v.Call != "theirs" || v.Recording != "" || v.Length != nil {
		t.Errorf("one whose sound is not among the recordings is told as %+v", v)
	}
	first := list(vera, "?limit=1")
	if first.Next == "" || first.Count != nil {
		t.Errorf("the first page is %+v", first)
	}
	if p := problemOf(t, h.request(http.MethodGet, "/api/v1/voicemails?done=true&cursor="+first.Next, "", vera)); p.Code != agentapi.CodeCursor {
		t.Errorf("the cursor of another list: %+v", p)
	}

	at := "/api/v1/voicemails/mine/1/done"
	if done := answerOf[register.Voicemail](t, h.request(http.MethodPut, at, "", anna)); done.DoneAt == nil || done.DoneBy != "Анна" || done.Recording != otherTape {
		t.Errorf("done is %+v", done)
	}
	if left, done := list(anna, ""), list(anna, "?done=true&count=true"); len(left.Items) != 0 || len(done.Items) != 1 || *done.Count != 1 {
		t.Errorf("left is %+v, done %+v", left, done)
	}
	if undone := answerOf[register.Voicemail](t, h.request(http.MethodDelete, at, "", vera)); undone.DoneAt != nil {
		t.Errorf("undone is %+v", undone)
	}
	if len(m.by) != 2 || m.by[0].ID != "7" || m.by[0].Kind != tickets.ByPerson || m.by[1].ID == "7" {
		t.Errorf("it was done by %+v", m.by)
	}
	for path, want := range map[string]int{"theirs/1/done": 404, "mine/2/done": 404, "none/1/done": 404, "mine/0/done": 422, "mine/x/done": 422} {
		if got := h.request(http.MethodPut, "/api/v1/voicemails/"+path, "", anna).StatusCode; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}
