package ivr

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
)

// Notes as version 8751ab5 wrote them, word for word. This version must read them while calls of that one may be up.
func TestNoteOfTheVersionBeforeIsRead(t *testing.T) {
	began := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	after := func(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }
	stands := func(ms int) place { return place{Queue: "support", Since: after(ms)} }
	for _, c := range []struct {
		caller, text string
		phase        phase
	}{
		{"in the greeting", `{"phase":"flow","node":"welcome","language":"ru","outcome":"abandoned_in_greeting","ticket":{"own":"100009","ticket":"100009","linked":"new"}}`,
			inFlow{}},
		{"in the menu", `{"phase":"flow","node":"main","language":"ru","outcome":"abandoned_in_menu","ticket":{"own":"100009","ticket":"100009","linked":"new","language":"ru"}}`,
			inFlow{}},
		{"hears the number", `{"phase":"flow","node":"number","language":"ru","topic":"fault","outcome":"abandoned_in_menu","ticket":{"own":"100009","ticket":"100009","linked":"new","language":"ru","path":[{"en":"Fault","ru":"Неисправность"}]}}`,
			inFlow{}},
		{"waits", `{"phase":"queue","node":"support","language":"ru","topic":"fault","outcome":"abandoned_in_menu","queue":"support","since":"2000-01-01T00:00:07.4Z","ticket":{"own":"100009","ticket":"100009","linked":"new","topic":"fault","language":"ru","path":[{"en":"Fault","ru":"Неисправность"}]}}`,
			waiting{place: stands(7400)}},
		{"a phone rings", `{"phase":"queue","node":"support","language":"ru","topic":"fault","outcome":"abandoned_ringing","queue":"support","since":"2000-01-01T00:00:07.4Z","agent":"anna","offer":"1--1","rang":"2000-01-01T00:01:22Z","ticket":{"own":"100009","ticket":"100009","linked":"new","topic":"fault","language":"ru","path":[{"en":"Fault","ru":"Неисправность"}],"queue":{"id":"support","name":{"en":"Support","ru":"Поддержка"}},"queued_at":"2000-01-01T00:00:07.4Z"}}`,
			waiting{stands(7400), rings{"anna", "1--1", after(82000)}}},
		{"talks", `{"phase":"talk","node":"support","language":"ru","topic":"fault","outcome":"served","queue":"support","since":"2000-01-01T00:01:22Z","agent":"anna","offer":"1--1","rang":"2000-01-01T00:01:22Z","ticket":{"own":"100009","ticket":"100009","linked":"new","topic":"fault","language":"ru","path":[{"en":"Fault","ru":"Неисправность"}],"queue":{"id":"support","name":{"en":"Support","ru":"Поддержка"}},"queued_at":"2000-01-01T00:00:07.4Z","agent":{"id":"anna","name":"Anna"},"answered_at":"2000-01-01T00:01:22Z"}}`,
			talking{Queue: "support", Agent: "anna", Offer: "1--1", Since: after(82000)}},
		{"is on hold", `{"phase":"talk","node":"support","language":"ru","topic":"fault","outcome":"served","queue":"support","since":"2000-01-01T00:01:22Z","held":"2000-01-01T00:01:23Z","agent":"anna","offer":"1--1","rang":"2000-01-01T00:01:22Z","ticket":{"own":"100009","ticket":"100009","linked":"new","topic":"fault","language":"ru","path":[{"en":"Fault","ru":"Неисправность"}],"queue":{"id":"support","name":{"en":"Support","ru":"Поддержка"}},"queued_at":"2000-01-01T00:00:07.4Z","agent":{"id":"anna","name":"Anna"},"answered_at":"2000-01-01T00:01:22Z"}}`,
			talking{Queue: "support", Agent: "anna", Offer: "1--1", Since: after(82000), Held: after(83000)}},
		{"after the talk", `{"phase":"flow","node":"bye","language":"ru","topic":"fault","outcome":"served","queue":"support","since":"2000-01-01T00:01:22Z","agent":"anna","offer":"1--1","rang":"2000-01-01T00:01:22Z","ticket":{"own":"100009","ticket":"100009","linked":"new","topic":"fault","language":"ru","path":[{"en":"Fault","ru":"Неисправность"}],"queue":{"id":"support","name":{"en":"Support","ru":"Поддержка"}},"queued_at":"2000-01-01T00:00:07.4Z","agent":{"id":"anna","name":"Anna"},"answered_at":"2000-01-01T00:01:22Z"}}`,
			inFlow{}},
		{"talks outside", `{"phase":"outside","node":"support","language":"ru","topic":"fault","outcome":"sent_on","queue":"support","since":"2000-01-01T00:00:04.4Z","outside":"+74950000200","ticket":{"own":"100009","ticket":"100009","linked":"new","topic":"fault","language":"ru","path":[{"en":"Fault","ru":"Неисправность"}],"queue":{"id":"support","name":{"en":"Support","ru":"Поддержка"}},"queued_at":"2000-01-01T00:00:04.4Z"}}`,
			outside{Queue: "support", Number: "+74950000200"}},
		{"is being sent on", `{"phase":"queue","node":"support","language":"ru","topic":"fault","outcome":"abandoned_in_queue","queue":"support","since":"2000-01-01T00:00:04.4Z","outside":"+74950000200","ticket":{"own":"100009","ticket":"100009","linked":"new","topic":"fault","language":"ru","path":[{"en":"Fault","ru":"Неисправность"}],"queue":{"id":"support","name":{"en":"Support","ru":"Поддержка"}},"queued_at":"2000-01-01T00:00:04.4Z"}}`,
			sendingOn{stands(4400), "+74950000200"}},
		{"speaks to the recorder", `{"phase":"queue","node":"support","language":"ru","topic":"fault","outcome":"abandoned_in_queue","queue":"support","since":"2000-01-01T00:00:04.4Z","recording":"00dc6acf-ac00-7000-8000-000000000001.vdgcuh-4","ticket":{"own":"100009","ticket":"100009","linked":"new","topic":"fault","language":"ru","path":[{"en":"Fault","ru":"Неисправность"}],"queue":{"id":"support","name":{"en":"Support","ru":"Поддержка"}},"queued_at":"2000-01-01T00:00:04.4Z"}}`,
			recording{stands(4400), "00dc6acf-ac00-7000-8000-000000000001.vdgcuh-4"}},
		{"has left a message", `{"phase":"recorded","node":"support","language":"ru","topic":"fault","outcome":"voicemail","queue":"support","since":"2000-01-01T00:00:04.4Z","recording":"00dc6acf-ac00-7000-8000-000000000001.vdgcuh-4","ticket":{"own":"100009","ticket":"100009","linked":"new","topic":"fault","language":"ru","path":[{"en":"Fault","ru":"Неисправность"}],"queue":{"id":"support","name":{"en":"Support","ru":"Поддержка"}},"queued_at":"2000-01-01T00:00:04.4Z"}}`,
			recorded{"support", "00dc6acf-ac00-7000-8000-000000000001.vdgcuh-4"}},
		{"was moved", `{"phase":"queue","node":"support","language":"ru","topic":"fault","outcome":"abandoned_in_queue","queue":"second","since":"2000-01-01T00:00:04.4Z","came_to":"support","elsewhere":60000000000,"ticket":{"own":"100009","ticket":"100009","linked":"new","topic":"fault","language":"ru","path":[{"en":"Fault","ru":"Неисправность"}],"queue":{"id":"second","name":null},"queued_at":"2000-01-01T00:00:04.4Z"}}`,
			waiting{place: place{Queue: "second", Since: after(4400), CameTo: "support", Elsewhere: time.Minute}}},
		{"was offered a callback", `{"phase":"queue","node":"support","language":"ru","topic":"fault","outcome":"abandoned_in_queue","queue":"support","since":"2000-01-01T00:00:04.4Z","advised":true,"ticket":{"own":"100009","ticket":"100009","linked":"new","topic":"fault","language":"ru","path":[{"en":"Fault","ru":"Неисправность"}],"queue":{"id":"support","name":{"en":"Support","ru":"Поддержка"}},"queued_at":"2000-01-01T00:00:04.4Z"}}`,
			waiting{place: stands(4400)}},
		{"is promised a callback", `{"phase":"promised","node":"support","language":"ru","topic":"fault","outcome":"callback","queue":"support","since":"2000-01-01T00:00:04.4Z","advised":true,"ticket":{"own":"100009","ticket":"100009","linked":"new","topic":"fault","language":"ru","path":[{"en":"Fault","ru":"Неисправность"}],"queue":{"id":"support","name":{"en":"Support","ru":"Поддержка"}},"queued_at":"2000-01-01T00:00:04.4Z"}}`,
			promised{"support"}},
		{"is called back, and talks", `{"phase":"talk","node":"support","language":"ru","topic":"fault","outcome":"served","queue":"support","since":"2000-01-01T01:00:26.4Z","ahead":3622000000000,"agent":"anna","offer":"1--1","rang":"2000-01-01T01:00:24.4Z","advised":true,"back":{"request":"00dc6acf-ac00-7000-8000-000000000001","from":{"E164":"+79161112233","Raw":"+79161112233","Kind":2},"to":{"E164":"+74950000100","Raw":"+74950000100","Kind":2}},"ticket":{"own":"100014","ticket":"100009","linked":"broken_off","topic":"fault","language":"ru","path":[{"en":"Fault","ru":"Неисправность"}],"queue":{"id":"support","name":{"en":"Support","ru":"Поддержка"}},"queued_at":"2000-01-01T00:00:04.4Z","agent":{"id":"anna","name":"Anna"},"answered_at":"2000-01-01T01:00:26.4Z"}}`,
			talking{Queue: "support", Agent: "anna", Offer: "1--1", Since: after(3626400)}},
		{"is called back, and waits", `{"phase":"queue","node":"support","language":"ru","topic":"fault","outcome":"abandoned_ringing","queue":"support","since":"2000-01-01T00:00:04.4Z","ahead":3622000000000,"agent":"anna","offer":"1--1","rang":"2000-01-01T01:00:24.4Z","advised":true,"back":{"request":"00dc6acf-ac00-7000-8000-000000000001","from":{"E164":"+79161112233","Raw":"+79161112233","Kind":2},"to":{"E164":"+74950000100","Raw":"+74950000100","Kind":2}},"ticket":{"own":"100014","ticket":"100009","linked":"broken_off","topic":"fault","language":"ru","path":[{"en":"Fault","ru":"Неисправность"}],"queue":{"id":"support","name":{"en":"Support","ru":"Поддержка"}},"queued_at":"2000-01-01T00:00:04.4Z"}}`,
			waiting{place{Queue: "support", Since: after(4400), Ahead: 3622 * time.Second}, rings{"anna", "1--1", after(3624400)}}},
	} {
		t.Run(c.caller, func(t *testing.T) {
			n, err := readNote(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(n.phase, c.phase) {
				t.Errorf("the phase is %#v, not %#v", n.phase, c.phase)
			}
			again, err := n.text()
			if err != nil {
				t.Fatal(err)
			}
			says(t, again, c.text)
		})
	}
}

// says checks that a note says nothing that the older one did not, and all that is common to the phases: so the version before
// can read what this one writes, should it come back. What another phase had left in the older note is gone.
func says(t *testing.T, text, older string) {
	t.Helper()
	var now, before map[string]any
	if err := json.Unmarshal([]byte(text), &now); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(older), &before); err != nil {
		t.Fatal(err)
	}
	for name, value := range now {
		if !reflect.DeepEqual(value, before[name]) {
			t.Errorf("%s is %v, not %v", name, value, before[name])
		}
	}
	for _, name := range []string{"phase", "node", "language", "topic", "outcome", "queue", "advised", "back", "ticket"} {
		if _, there := now[name]; !there && before[name] != nil && (name != "queue" || before["phase"] != "flow") {
			t.Errorf("%s is gone", name)
		}
	}
}

func TestNoteOfANewerVersionIsReadAsFarAsItIsUnderstood(t *testing.T) {
	for text, want := range map[string]phase{
		`{"phase":"consult","node":"support","language":"ru","queue":"support","agent":"anna","offer":"7","third":"boris"}`: waiting{place{Queue: "support"}, rings{Agent: "anna", Offer: "7"}},
		`{"phase":"survey","node":"survey","language":"ru"}`:                                                                inFlow{},
	} {
		if n, err := readNote(text); err != nil || !reflect.DeepEqual(n.phase, want) {
			t.Errorf("%s: %#v, %v", text, n.phase, err)
		}
	}
}

// TestNoteOfWhateverIsTypedFitsOnAChannel: a character that the switch may not keep takes twelve bytes, and what can be missed is left out.
func TestNoteOfWhateverIsTypedFitsOnAChannel(t *testing.T) {
	word := strings.Repeat("\U000E1000", tickets.LongestTransferNote) // which nobody has assigned
	name := strings.Repeat("\U000E1000", tickets.LongestName)
	n := note{
		Node: "support", Language: "ru", Topic: "fault", phase: waiting{place: place{Queue: "support", Since: time.Unix(1e9, 0).UTC()}},
		Back: &backOf{Request: "r", Name: name},
		Ticket: tickets.Kept{
			Own: "100009", Ticket: "100009", Path: []words.Text{{"ru": word}}, Queue: &tickets.Queue{ID: "support", Name: words.Text{"ru": name}},
			Agent: &tickets.Agent{ID: "anna", Name: "Anna"}, Sender: &tickets.Sender{Agent: tickets.Agent{ID: "anna", Name: "Anna"}, Note: word},
		},
	}
	text, err := n.text()
	if err != nil || len(text) > longestNote {
		t.Fatalf("%d bytes, %v", len(text), err)
	}
	again, err := readNote(text)
	if err != nil || !reflect.DeepEqual(again.phase, n.phase) || again.Ticket.Sender == nil || again.Ticket.Sender.Agent.ID != "anna" || again.Ticket.Path != nil {
		t.Errorf("read is %+v, %v", again, err)
	}
	if n.Ticket.Sender.Note != word {
		t.Error("what is kept in memory is cut, too")
	}
	n.Back, n.Ticket.Queue, n.Ticket.Path = nil, nil, nil
	n.Ticket.Sender.Note = strings.Repeat("слово ", 50)
	if text, _ := n.text(); !strings.Contains(text, n.Ticket.Sender.Note) {
		t.Errorf("a usual word is cut: %s", text)
	}
}

// TestNoteOfATalkOfSeveralFitsOnAChannel, whatever each of them was told, and it knows all of them.
func TestNoteOfATalkOfSeveralFitsOnAChannel(t *testing.T) {
	for _, word := range []string{strings.Repeat("\U000E1000", tickets.LongestTransferNote), strings.Repeat("<", tickets.LongestTransferNote)} {
		told := func(legs ...telephony.LegID) (all []askedNote) {
			for _, leg := range legs {
				all = append(all, askedNote{Request: "r", Offer: "1--1", Agent: "clara", Leg: leg, Rang: time.Unix(1e9, 0).UTC(), Note: word})
			}
			return all
		}
		for name, p := range map[string]phase{
			"an agent's": talking{Queue: "support", Agent: "anna", Offer: "1--2", Asked: &told("")[0], Guests: told("1", "2"), Help: &Help{Said: word}},
			"outside":    outside{Queue: "support", Number: "+74950000200", Guests: told("1", "2", "3")},
		} {
			n := note{Node: "support", Language: "ru", phase: p}
			text, err := n.text()
			if err != nil || len(text) > longestNote {
				t.Fatalf("%s: %d bytes, %v", name, len(text), err)
			}
			again, err := readNote(text)
			if err != nil {
				t.Fatal(err)
			}
			var before, after []askedNote
			switch p := p.(type) {
			case talking:
				before, after = p.Guests, again.talks().Guests
			case outside:
				found, _ := again.phase.(outside)
				before, after = p.Guests, found.Guests
			}
			if len(after) != len(before) || after[1].Leg != "2" || after[1].Note != "" {
				t.Errorf("%s: read is %+v", name, after)
			}
			if before[0].Note != word {
				t.Errorf("%s: what is kept in memory is cut, too", name)
			}
		}
	}
}
