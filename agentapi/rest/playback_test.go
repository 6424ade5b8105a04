package rest_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/desk"
	"hotline/agentapi/playback"
	"hotline/agentapi/rest"
	"hotline/queues"
	"hotline/recordings"
	"hotline/recordings/conformance"
	"hotline/recordings/memory"
	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/lists"
)

// Recordings of a talk of anna's and of one of another's.
const (
	annasTape = recordings.ID("0193e5a8-0000-7000-8000-000000000007")
	otherTape = recordings.ID("0193e5a8-0000-7000-8000-000000000008")
)

// tapes are recordings in memory; a sound is what was put, without a header.
type tapes struct {
	rows  *memory.Rows
	vault *memory.Vault
	bad   error // what every sound is
}

func (p *tapes) archive() *recordings.Archive {
	return &recordings.Archive{Vault: p.vault, Rows: p.rows}
}

func (p *tapes) Sound(id recordings.ID) (io.ReadSeekCloser, error) {
	sound, err := p.vault.Sound(id)
	if p.bad != nil {
		err = p.bad
	}
	return struct {
		io.ReadSeeker
		io.Closer
	}{bytes.NewReader(sound), io.NopCloser(nil)}, err
}

func (p *tapes) Peaks(recordings.ID) (recordings.Peaks, error) {
	return recordings.Peaks{Stretch: 80, Channels: [][]byte{{1, 255}, {0, 7}}}, p.bad
}

var taped = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const tapeText = "a voice" + "!" // four samples of one side, two of both

// newTapes has two recordings.
func newTapes(t *testing.T) *tapes {
	t.Helper()
	p := &tapes{memory.NewRows(), memory.NewVault(), nil}
	for id, agent := range map[recordings.ID]string{annasTape: "7", otherTape: "8"} {
		m := conformance.Talk(taped, agent)
		m.ID, m.Call, m.Queue = id, telephony.CallID("of-"+agent), "help"
		if err := p.archive().Put(t.Context(), m, strings.NewReader(tapeText)); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *tapes) room(agentsHear bool) *playback.Room {
	calls := &callLog{all: []lists.Call{callOf("of-7", "7"), callOf("of-8", "8")}}
	lineup := &desk.Lineup{
		Queues: []queues.Queue{{ID: "help", Name: words.Text{"ru": "Помощь", "en": "Help"}}},
		Agents: map[queues.AgentID]queues.Agent{"7": {ID: "7", Name: "Анна"}, "8": {ID: "8", Name: "Boris"}},
	}
	return &playback.Room{Rows: p.rows, Sounds: p, Archive: p.archive(), Calls: calls, Present: desk.NewPresent(lineup), Terms: newArchive().Terms, AgentsHear: agentsHear}
}

func init() {
	for route, rest := range map[string]string{"GET": "", "GET waveform": "/waveform", "GET sound": "/sound"} {
		method, _, _ := strings.Cut(route, " ")
		asked[method+" /api/v1/recordings/{id}"+rest] = question{own: "/api/v1/recordings/" + string(annasTape) + rest, other: "/api/v1/recordings/" + string(otherTape) + rest}
	}
	mine := "/api/v1/recordings/" + string(annasTape)
	asked["GET /api/v1/recordings"] = question{own: "/api/v1/recordings", each: true}
	asked["GET /api/v1/recordings/{id}/file"] = question{own: mine + "/file"}
	asked["PUT /api/v1/recordings/{id}/hold"] = question{own: mine + "/hold", body: `{"why":"x"}`}
	asked["DELETE /api/v1/recordings/{id}/hold"] = question{own: mine + "/hold"}
	asked["DELETE /api/v1/recordings/{id}"] = question{own: mine + "?why=x"}
	for id, did := range map[string]tickets.Deed{
		"recordings": tickets.LookedAtCalls, "recording-of-talk": "", "recording-waveform": "", "recording-sound": tickets.HeardRecording, "take-recording": tickets.TookRecording,
		"hold-recording": tickets.HeldRecording, "release-recording": tickets.ReleasedRecording, "delete-recording": tickets.DeletedRecording,
	} {
		leaves[id] = did
	}
}

func openWithTapes(t *testing.T, agentsHear bool) (h *house, p *tapes, audit *diary, anna, vera http.Header) {
	t.Helper()
	p, audit = newTapes(t), &diary{}
	h = open(t, settings{options: func(o *rest.Options) { o.Rooms, o.Audit = []rest.Room{p.room(agentsHear)}, audit }})
	return h, p, audit, http.Header{"Cookie": {h.cookie("anna")}}, http.Header{"Cookie": {h.cookie("vera")}}
}

func TestRecordingsAreToldToWhoMayHearThem(t *testing.T) {
	h, _, _, anna, vera := openWithTapes(t, true)
	list := func(who http.Header, query string) playback.Recordings {
		t.Helper()
		return answerOf[playback.Recordings](t, h.request(http.MethodGet, "/api/v1/recordings"+query, "", who))
	}
	own, all := list(anna, ""), list(vera, "")
	if len(own.Items) != 1 || own.Items[0].ID != annasTape || len(all.Items) != 2 {
		t.Fatalf("anna is told of %+v, vera of %+v", own, all)
	}
	r := own.Items[0]
	if r.QueueName["en"] != "Help" || len(r.Agents) != 1 || r.Agents[0].Name != "Анна" || r.Agents[0].Until == nil || *r.Agents[0].Until != 60 || len(r.Pauses) != 1 || r.Pauses[0].To != 2 || r.Held != nil {
		t.Errorf("it is told as %+v", r)
	}
	number := string(tickets.MakeNumber(10023))
	for query, want := range map[string]int{
		"?call=of-8": 1, "?call=none": 0, "?call=of-7,none,of-8": 2, "?call=of-7&ticket=" + number: 1, "?agent=8": 1, "?queue=help": 2, "?queue=x": 0, "?kind=message": 0, "?held=true": 0, "?limit=1": 1,
		"?from=2026-03-02T09:00:00Z": 2, "?to=2026-03-02T09:00:00Z": 0, "?ticket=" + number: 2,
	} {
		if got := list(vera, query); len(got.Items) != want {
			t.Errorf("%s finds %d, want %d", query, len(got.Items), want)
		}
	}
	if got := list(anna, "?call=of-8"); len(got.Items) != 0 {
		t.Errorf("anna finds another's: %+v", got)
	}
	first := list(vera, "?limit=1")
	if second := list(vera, "?limit=1&cursor="+strings.ReplaceAll(first.Next, " ", "+")); len(second.Items) != 1 || second.Items[0].ID == first.Items[0].ID || second.Next != "" {
		t.Errorf("the second page is %+v", second)
	}
	for query, field := range map[string]string{"?ticket=x": "query.ticket", "?from=2026-03-03T00:00:00Z&to=2026-03-02T00:00:00Z": "query.to", "?kind=song": "query.kind", "?limit=0": "query.limit"} {
		answer := h.request(http.MethodGet, "/api/v1/recordings"+query, "", vera)
		if p := problemOf(t, answer); answer.StatusCode != 422 || len(p.Errors) != 1 || p.Errors[0].Field != field {
			t.Errorf("%s: %d %+v, want a word about %s", query, answer.StatusCode, p, field)
		}
	}
	if p := problemOf(t, h.request(http.MethodGet, "/api/v1/recordings?cursor=e30", "", vera)); p.Code != agentapi.CodeCursor {
		t.Errorf("a strange cursor: %+v", p)
	}
	w := answerOf[map[string]any](t, h.request(http.MethodGet, "/api/v1/recordings/"+string(annasTape)+"/waveform", "", anna))
	if w["step_s"] != 0.01 || w["left"] != base64.StdEncoding.EncodeToString([]byte{1, 255}) || w["right"] != base64.StdEncoding.EncodeToString([]byte{0, 7}) {
		t.Errorf("it looks like %v", w)
	}
}

func TestAgentsHearNothingWhereTheInstallationSaysSo(t *testing.T) {
	h, _, _, anna, vera := openWithTapes(t, false)
	if got := answerOf[playback.Recordings](t, h.request(http.MethodGet, "/api/v1/recordings", "", anna)); len(got.Items) != 0 {
		t.Errorf("anna is told of %+v", got)
	}
	for _, path := range []string{"", "/sound", "/waveform"} {
		if got := h.request(http.MethodGet, "/api/v1/recordings/"+string(annasTape)+path, "", anna).StatusCode; got != 404 {
			t.Errorf("anna has of %q %d", path, got)
		}
		if got := h.request(http.MethodGet, "/api/v1/recordings/"+string(annasTape)+path, "", vera).StatusCode; got != 200 {
			t.Errorf("vera has of %q %d", path, got)
		}
	}
}

// A message that a caller left is heard by whoever may see its ticket, whether agents hear their own talks or not, and found in no list of theirs.
func TestAMessageIsHeardByWhoMaySeeItsCall(t *testing.T) {
	h, p, audit, anna, vera := openWithTapes(t, false)
	for id, call := range map[recordings.ID]telephony.CallID{"00000000-0000-4000-8000-0000000000a1": "of-7", "00000000-0000-4000-8000-0000000000a2": "of-8"} {
		m := recordings.Meta{ID: id, Kind: recordings.Message, Call: call, Started: taped, Why: recordings.ByMessage, Name: string(call) + ".x"}
		if err := p.archive().Put(t.Context(), m, strings.NewReader(tapeText)); err != nil {
			t.Fatal(err)
		}
		before := len(audit.since(0))
		for _, rest := range []string{"", "/waveform", "/sound"} {
			path := "/api/v1/recordings/" + string(id) + rest
			if got, want := h.request(http.MethodGet, path, "", anna).StatusCode, map[telephony.CallID]int{"of-7": 200, "of-8": 404}[call]; got != want {
				t.Errorf("anna has %d of %s of %s, want %d", got, rest, call, want)
			}
			if got := h.request(http.MethodGet, path, "", vera).StatusCode; got != 200 {
				t.Errorf("vera has %d of %s of %s", got, rest, call)
			}
		}
		if got := h.request(http.MethodGet, "/api/v1/recordings/"+string(id)+"/file", "", anna).StatusCode; got != 403 {
			t.Errorf("anna takes it along: %d", got)
		}
		if lines := audit.since(before); len(lines) != map[telephony.CallID]int{"of-7": 2, "of-8": 1}[call] {
			t.Errorf("of hearing those of %s there are the lines %+v", call, lines)
		}
	}
}

func TestWhoHearsARecordingOrTakesItLeavesOneLine(t *testing.T) {
	h, p, audit, anna, vera := openWithTapes(t, true)
	sound := "/api/v1/recordings/" + string(annasTape) + "/sound"
	whole := h.request(http.MethodGet, sound, "", anna)
	if got := body(t, whole); whole.StatusCode != 200 || got != tapeText || whole.Header.Get("Content-Type") != "audio/wav" || whole.Header.Get("Cache-Control") != "no-store" || whole.Header.Get("Accept-Ranges") != "bytes" {
		t.Errorf("it sounds %d %q %v", whole.StatusCode, got, whole.Header)
	}
	piece := anna.Clone()
	piece.Set("Range", "bytes=2-4")
	if answer := h.request(http.MethodGet, sound, "", piece); answer.StatusCode != 206 || body(t, answer) != tapeText[2:5] {
		t.Errorf("a piece of it is %d", answer.StatusCode)
	}
	lines := audit.since(0)
	if len(lines) != 1 || lines[0].Did != tickets.HeardRecording || lines[0].Who != "anna" || lines[0].Subject != "of-7" {
		t.Errorf("the audit has %+v", lines)
	}
	file := h.request(http.MethodGet, "/api/v1/recordings/"+string(annasTape)+"/file", "", vera)
	if got := file.Header.Get("Content-Disposition"); file.StatusCode != 200 || !strings.HasPrefix(got, `attachment; filename="recording-100237-2026-03-02-090000.wav"`) {
		t.Errorf("taken along it is %d %s", file.StatusCode, got)
	}
	if more := audit.since(1); len(more) != 1 || more[0].Did != tickets.TookRecording || more[0].Who != "vera" {
		t.Errorf("the audit has besides %+v", more)
	}
	audit.fill(true)
	if got := h.request(http.MethodGet, sound, "", vera).StatusCode; got != 503 {
		t.Errorf("with no line it is heard: %d", got)
	}
	audit.fill(false)
	for bad, want := range map[error]int{recordings.ErrDamaged: 503, recordings.ErrNoKey: 503, recordings.ErrNone: 404, errors.New("no disk"): 500} {
		p.bad = bad
		answer := h.request(http.MethodGet, sound, "", vera)
		if problem := problemOf(t, answer); answer.StatusCode != want && want != 500 || strings.Contains(problem.Detail, "no disk") {
			t.Errorf("%v: %d %+v", bad, answer.StatusCode, problem)
		}
	}
}

func TestARecordingThatIsHeldStaysUntilItIsReleased(t *testing.T) {
	h, p, audit, anna, vera := openWithTapes(t, true)
	path := "/api/v1/recordings/" + string(annasTape)
	for _, c := range []struct {
		method, path, body string
		want               int
		did                tickets.Deed
	}{
		{"PUT", path + "/hold", `{"why":""}`, 422, ""},
		{"PUT", path + "/hold", `{"why":" \u200b "}`, 422, ""},
		{"DELETE", path, "", 422, ""},
		{"PUT", path + "/hold", `{"why":"a complaint"}`, 200, tickets.HeldRecording},
		{"DELETE", path + "?why=tidy", "", 409, ""},
		{"DELETE", path + "/hold", "", 200, tickets.ReleasedRecording},
		{"DELETE", path + "?why=tidy", "", 200, tickets.DeletedRecording},
		{"DELETE", path + "?why=tidy", "", 404, ""},
		{"GET", path, "", 404, ""},
	} {
		before := len(audit.since(0))
		answer := h.request(c.method, c.path, c.body, vera)
		lines := audit.since(before)
		if answer.StatusCode != c.want || (c.did == "") != (len(lines) == 0) || len(lines) > 0 && lines[0].Did != c.did {
			t.Errorf("%s %s: %d, the audit has %+v; want %d, %q", c.method, c.path, answer.StatusCode, lines, c.want, c.did)
		}
		if c.did == tickets.HeldRecording {
			if r := answerOf[playback.Recording](t, h.request("GET", path, "", anna)); r.Held == nil || r.Held.Why != "a complaint" {
				t.Errorf("it is held as %+v", r.Held)
			}
		}
	}
	if _, err := p.vault.Sound(annasTape); !errors.Is(err, recordings.ErrNone) {
		t.Errorf("its sound is there: %v", err)
	}
	if e, err := p.rows.One(context.Background(), otherTape); err != nil || e.Held != nil {
		t.Errorf("the other one is %+v, %v", e, err)
	}
}
