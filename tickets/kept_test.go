package tickets

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"hotline/telephony/words"
)

// The note on a caller's channel outlives the Hotline that wrote it.
func TestKeptHasTheNamesThatNotesHave(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	k := Kept{
		Own: "100014", Ticket: "100025", Linked: LinkedTyped, Topic: "billing", Language: "ru", About: "100036", Path: []words.Text{{"ru": "Счёт"}},
		Queue: &Queue{ID: "billing", Name: words.Text{"ru": "Оплата"}}, QueuedAt: at, Agent: &Agent{ID: "olga", Name: "Olga"}, AnsweredAt: at.Add(time.Minute),
		Sender: &Sender{Agent: Agent{ID: "petr", Name: "Petr"}, Since: at.Add(20 * time.Second), At: at.Add(40 * time.Second), Note: "the bill of May"},
		Talked: at.Add(2 * time.Minute),
	}
	const want = `{"own":"100014","ticket":"100025","linked":"typed","topic":"billing","language":"ru","about":"100036","path":[{"ru":"Счёт"}],` +
		`"queue":{"id":"billing","name":{"ru":"Оплата"}},"queued_at":"2026-03-02T12:00:00Z","agent":{"id":"olga","name":"Olga"},"answered_at":"2026-03-02T12:01:00Z",` +
		`"sender":{"agent":{"id":"petr","name":"Petr"},"since":"2026-03-02T12:00:20Z","at":"2026-03-02T12:00:40Z","note":"the bill of May"},"talked":"2026-03-02T12:02:00Z"}`
	b, err := json.Marshal(k)
	if err != nil || string(b) != want {
		t.Errorf("%v:\n%s\nwant\n%s", err, b, want)
	}
	var read Kept
	if err := json.Unmarshal([]byte(want), &read); err != nil || !reflect.DeepEqual(read, k) {
		t.Errorf("%v: read as %+v", err, read)
	}
}
