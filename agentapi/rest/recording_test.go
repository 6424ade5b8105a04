package rest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hotline/agentapi/rest"
	"hotline/telephony"
	"hotline/tickets"
	"hotline/tickets/lists"
)

// tape is a switch that keeps one recording, has none any more of another, and does not answer about a third.
type tape struct{}

const onTape = "RIFF and a voice"

func (tape) Recording(_ context.Context, name string) (io.ReadSeekCloser, error) {
	switch name {
	case "kept":
		return sound{strings.NewReader(onTape)}, nil
	case "deleted":
		return nil, telephony.ErrGone
	default:
		return nil, errors.New("no connection")
	}
}

type sound struct{ io.ReadSeeker }

func (sound) Close() error { return nil }

func TestMessageOfACallerIsHeardByWhoMaySeeTheTicket(t *testing.T) {
	s, err := tickets.KeepOpen(tickets.Person("9"), time.Now().Add(time.Hour), tickets.CallBack)
	if err != nil {
		t.Fatal(err)
	}
	n, other, merged := tickets.MakeNumber(20101), tickets.MakeNumber(20102), tickets.MakeNumber(20103)
	a := newArchive(tickets.Ticket{Number: n, State: s}, tickets.Ticket{Number: other, State: s})
	a.items = []lists.Item{
		{Contact: &tickets.Contact{ID: "c1", Channel: tickets.Call{}, Ticket: n, Recordings: []string{"kept", "deleted", "away"}}},
		{Contact: &tickets.Contact{ID: "c2", Channel: tickets.Call{}, Ticket: other, Recordings: []string{"kept"}}},
	}
	audit := &diary{}
	h := open(t, settings{options: func(o *rest.Options) {
		room := a.room()
		room.Recordings = tape{}
		o.Rooms, o.Audit = []rest.Room{room}, audit
		o.Tickets = cabinet{n: a.matters[n].Ticket, other: a.matters[other].Ticket, merged: a.matters[n].Ticket}
	}})
	of := func(who string) http.Header { return http.Header{"Cookie": {h.cookie(who)}} }
	path := "/api/v1/tickets/" + string(n) + "/contacts/"
	dasha := of("dasha")
	before := len(audit.since(0))

	whole := h.request(http.MethodGet, path+"c1/recording", "", dasha)
	if got := body(t, whole); whole.StatusCode != 200 || got != onTape {
		t.Errorf("the sound is %d %q", whole.StatusCode, got)
	}
	for name, want := range map[string]string{
		"Content-Type": "audio/wav", "Content-Disposition": `inline; filename="message-` + string(n) + `-1.wav"`, "Cache-Control": "no-store",
		"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff", "Accept-Ranges": "bytes",
	} {
		if got := whole.Header.Get(name); !strings.Contains(got, want) {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	part := dasha.Clone()
	part.Set("Range", "bytes=5-7")
	if answer := h.request(http.MethodGet, path+"c1/recording", "", part); answer.StatusCode != 206 || body(t, answer) != "and" {
		t.Errorf("a part of it is %d %q", answer.StatusCode, answer.Header)
	}
	looks := audit.since(before)
	if len(looks) != 1 || looks[0].Did != tickets.HeardRecording || looks[0].Who != "dasha" || looks[0].Subject != "c1" {
		t.Errorf("the audit has %+v", looks)
	}
	for _, c := range []struct {
		what, who, path string
		want            int
	}{
		{"of a ticket that they may not see", "boris", "c1/recording", 404},
		{"of another ticket", "dasha", "c2/recording", 404},
		{"of nobody", "dasha", "c3/recording", 404},
		{"that is kept no more", "dasha", "c1/recording?n=2", 404},
		{"while Asterisk is away", "dasha", "c1/recording?n=3", 503},
		{"that was never left", "dasha", "c1/recording?n=4", 404},
		{"before the first", "dasha", "c1/recording?n=0", 422},
	} {
		if got := h.request(http.MethodGet, path+c.path, "", of(c.who)).StatusCode; got != c.want {
			t.Errorf("a message %s: %d, want %d", c.what, got, c.want)
		}
	}
	if more := audit.since(before + 1); len(more) != 0 {
		t.Errorf("the audit has of what nobody heard %+v", more)
	}
	if got := h.request(http.MethodGet, "/api/v1/tickets/"+string(merged)+"/contacts/c1/recording", "", dasha); got.StatusCode != 200 {
		t.Errorf("by the number of a ticket that goes on in this one: %d", got.StatusCode)
	}
	// The first byte alone is no sound, and no line; whatever else brings more of it is one, but for a further piece of what was begun.
	before = len(audit.since(0))
	vera := of("vera")
	for _, c := range []struct {
		who            http.Header
		bytes, ifRange string
		want, lines    int
	}{
		{vera, "bytes=1-1", "", 206, 1}, {vera, "bytes=2-3", "", 206, 0}, {vera, "bytes=1-", `"x"`, 200, 1}, {vera, "bytes=00-5", "", 206, 1}, {vera, "bytes=-5", "", 206, 1},
		{dasha, "bytes=0-0", "", 206, 0}, {dasha, "bytes=0-0", `"x"`, 200, 1}, {dasha, "bytes=0-1", "", 206, 1}, {dasha, "bytes=0-0,1-15", "", 206, 1}, {dasha, "bytes=1-1,0-5", "", 206, 1}, {dasha, "bytes=010-", "", 206, 0},
	} {
		asked := c.who.Clone()
		asked.Set("Range", c.bytes)
		if c.ifRange != "" {
			asked.Set("If-Range", c.ifRange)
		}
		answer := h.request(http.MethodGet, path+"c1/recording", "", asked)
		if lines := len(audit.since(before)); answer.StatusCode != c.want || lines != c.lines {
			t.Errorf("%s, if %s: %d, and %d lines in the audit", c.bytes, c.ifRange, answer.StatusCode, lines)
		}
		before = len(audit.since(0))
	}
	audit.fill(true)
	if got := h.request(http.MethodGet, path+"c1/recording", "", dasha).StatusCode; got != 503 {
		t.Errorf("given out though no line of it can be written: %d", got)
	}
}
