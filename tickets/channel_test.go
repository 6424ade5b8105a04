package tickets_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hotline/tickets"
	"hotline/tickets/conformance"
)

func TestNothingInATicketsLifeAsksByWhichChannelAContactCame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		facts := conformance.Facts(t)
		fold := func(by tickets.Channel) *tickets.Book {
			b := tickets.NewBook()
			for _, f := range facts {
				f.Channel = by
				_ = b.Apply(f) // what is refused is refused for every channel
			}
			for _, c := range b.Contacts {
				if c.Channel != by {
					t.Fatalf("contact %s came by %T, its facts say %T", c.ID, c.Channel, by)
				}
				c.Channel, c.Customer = nil, ""
			}
			for _, t := range b.Tickets {
				t.Customer = ""
			}
			return b
		}
		calls := fold(tickets.Call{})
		for _, by := range tickets.Channels[1:] {
			b := fold(by)
			if diff := cmp.Diff(calls.Contacts, b.Contacts) + cmp.Diff(calls.Tickets, b.Tickets, cmp.AllowUnexported(tickets.Open{})) + cmp.Diff(calls.Merged, b.Merged); diff != "" {
				t.Fatalf("by %T (-calls):\n%s", by, diff)
			}
		}
	})
}

func TestAFactOfAnyChannelIsReadAsItWasWritten(t *testing.T) {
	for _, by := range tickets.Channels {
		f := tickets.Fact{Contact: "7", Channel: by, At: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), Own: "100014", Event: tickets.Resumed{}}
		b, err := f.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tickets.DecodeFact(b); err != nil || got != f {
			t.Errorf("%s is read as %+v, %v", b, got, err)
		}
	}
	none := tickets.Fact{Contact: "7", At: time.Now(), Own: "100014", Event: tickets.Resumed{}}
	if b, err := none.Encode(); err == nil {
		t.Errorf("a fact without a channel is written as %s", b)
	}
	if err := tickets.NewBook().Apply(none); !errors.Is(err, tickets.ErrRefused) {
		t.Errorf("a contact without a channel: %v", err)
	}
	for _, broken := range []string{
		`{"v":2,"contact":"7","channel":"telegram","kind":"call.resumed","at":"2026-03-02T12:00:00Z","body":{}}`,
		`{"v":2,"contact":"7","kind":"call.resumed","at":"2026-03-02T12:00:00Z","body":{}}`,
		`{"v":2,"call":"7","channel":"call","kind":"call.resumed","at":"2026-03-02T12:00:00Z","body":{}}`,
		`{"v":1,"contact":"7","channel":"call","kind":"call.resumed","at":"2026-03-02T12:00:00Z","body":{}}`,
		`{"v":3,"contact":"7","channel":"call","kind":"call.resumed","at":"2026-03-02T12:00:00Z","body":{}}`,
	} {
		if f, err := tickets.DecodeFact([]byte(broken)); !errors.Is(err, tickets.ErrRefused) {
			t.Errorf("%s is read as %+v, %v", broken, f, err)
		}
	}
}
