package telephony_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"hotline/telephony"
	"hotline/telephony/memory"
)

// A driver finds the legs 1 (in the bridge with the caller or not), 2 and 3 (beside it) of a call, and the note on the caller's leg.
func TestWhoIsAdoptedAfterARestart(t *testing.T) {
	const call = telephony.CallID("c")
	for name, found := range map[string]struct {
		note   string
		caller bool // in the bridge
		want   telephony.Resume
	}{
		"no note":               {"", true, telephony.Resume{Bridged: legs("1")}},
		"a note of two":         {`{"phase":"talk"}`, true, telephony.Resume{Note: `{"phase":"talk"}`, Bridged: legs("1")}},
		"on hold":               {"x", false, telephony.Resume{Note: "x", Bridged: legs("1"), Held: true}},
		"three of them beside":  {"talk caller agent:1 outside:3/calm supervisor:2/calm | x", true, telephony.Resume{Note: "x", Bridged: legs("1"), Beside: legs("2", "3")}},
		"somebody who has gone": {"talk caller agent:4 outside:2/calm | ", true, telephony.Resume{Bridged: legs("1"), Beside: legs("2")}},
		"words of a later one":  {"talk caller agent:1 robot:3 !? outside:2/calm | x", true, telephony.Resume{Note: "x", Bridged: legs("1"), Beside: legs("2")}},
		"text like a record":    {"talk | talk of the town | x", true, telephony.Resume{Note: "talk of the town | x", Bridged: legs("1")}},
		"a record cut off":      {"talk caller agent:1", true, telephony.Resume{Note: "talk caller agent:1", Bridged: legs("1")}},
	} {
		r := telephony.NewResume(call, found.note, true, telephony.FoundLeg{ID: "caller", Bridged: found.caller},
			telephony.FoundLeg{ID: "caller", Bridged: found.caller}, telephony.FoundLeg{ID: "c.1", Bridged: true},
			telephony.FoundLeg{ID: "c.3"}, telephony.FoundLeg{ID: "c.2"})
		got := telephony.Resume{Note: r.Note, Answered: true, Bridged: r.Bridged, Beside: r.Beside, Held: r.Held, Joined: r.Joined}
		found.want.Answered, found.want.Joined = true, found.caller
		if !reflect.DeepEqual(got, found.want) {
			t.Errorf("%s: found %+v, not %+v", name, got, found.want)
		}
	}
}

func legs(names ...string) (all []telephony.LegID) {
	for _, name := range names {
		all = append(all, telephony.LegID("c."+name))
	}
	return all
}

// TestNoteOfTheLineIsItsOwn: whatever a line writes, it finds again; and of a conversation of two nothing is added to it.
func TestNoteOfTheLineIsItsOwn(t *testing.T) {
	for _, note := range []string{"", "talk", "talk of the town", "talk | x", `{"phase":"talk"}`, strings.Repeat("talk ", 800)} {
		marked := make(chan string, 1)
		in(t, memory.Options{}, func(ctx context.Context, c *telephony.Call) {
			leg, err := c.Dial(ctx, "phone:7", customer, "", time.Minute)
			if err != nil {
				t.Error(err)
				return
			}
			v := c.Converse(leg.As(telephony.Agent))
			defer v.End(ctx)
			if err := v.Join(ctx); err != nil {
				t.Error(err)
			}
			c.Mark(ctx, note)
			marked <- note
			v.Hold(ctx, "calm")
			<-c.Gone()
		}, func(sw *memory.Switch) {
			sw.Phone("7").Answers(0)
			c := sw.Call(customer, line)
			<-marked
			if r := telephony.NewResume(c.ID(), c.Note(), true, telephony.FoundLeg{}); r.Note != note {
				t.Errorf("%q was found as %q", note, r.Note)
			}
			if !strings.HasPrefix(note, "talk ") && c.Note() != note {
				t.Errorf("%q was written as %q", note, c.Note())
			}
			c.Hangup()
		})
	}
}
