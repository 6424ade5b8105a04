package clock

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/tickets"
)

// line is a line of a history: "owner=anna owner_kind=person", from nothing to that; "owner=" is none.
func line(version int64, at time.Time, kind string, by tickets.By, fields string) tickets.Change {
	c := tickets.Change{Version: version, At: at, Kind: kind, By: by, Patch: tickets.Patch{}}
	for _, field := range strings.Fields(fields) {
		name, value, _ := strings.Cut(field, "=")
		c.Patch[name] = [2]string{"", value}
	}
	return c
}

// byHand is what anna registers for the department technical.
func byHand(version int64, at time.Time, channel string, came time.Time) tickets.Change {
	c := line(version, at, "opened", anna, "phase=open owner=technical owner_kind=department department=technical")
	c.Details = map[string]string{"channel": channel}
	if !came.IsZero() {
		tickets.CameAt(c.Details, came)
	}
	return c
}

var (
	terms = tickets.Terms{
		Department: "line",
		People:     map[string]tickets.PersonTerms{"anna": {Departments: []string{"line", "billing"}}, "bob": {Departments: []string{"technical"}}, "eva": {}},
	}
	anna = tickets.By{Kind: tickets.ByPerson, ID: "anna"}
	rule = tickets.By{Kind: tickets.ByRule, ID: "clock"}
	call = tickets.By{Kind: tickets.ByCall}
)

func TestHistoryIsReadAsMoments(t *testing.T) {
	begun := "phase=new owner=line owner_kind=department department=line step=serve"
	at := func(minute int) time.Time { return june(t, "1 09:00").Add(time.Duration(minute) * time.Minute) }
	for name, x := range map[string]struct {
		lines []tickets.Change
		want  []string
	}{
		"a call that waits is the first line's, whatever it is about": {
			[]tickets.Change{line(1, at(0), "call.arrived", call, begun), line(2, at(1), "call.routed", call, "owner=technical department=technical")},
			[]string{"opened first_line line"},
		},
		"a talk is the reaction, and the agent's": {
			[]tickets.Change{line(1, at(0), "call.arrived", call, begun), line(2, at(1), "call.answered", call, "phase=in_work owner=anna owner_kind=person step=follow_up")},
			[]string{"opened first_line line", "moved first_line line anna", "reacted"},
		},
		"who is of several departments works for the one that is responsible": {
			[]tickets.Change{line(1, at(0), "hand_over", anna, "phase=open owner=anna owner_kind=person department=billing"), line(2, at(1), "hand_over", anna, "owner=bob department=technical")},
			[]string{"opened department billing anna", "moved department technical bob"},
		},
		"who is of no department takes calls": {
			[]tickets.Change{line(1, at(0), "call.answered", call, "phase=in_work owner=eva owner_kind=person department=technical")},
			[]string{"opened first_line line eva", "reacted"},
		},
		"an abandoned call is the department's to call back": {
			[]tickets.Change{line(1, at(0), "call.arrived", call, begun), line(2, at(1), "call.ended", call, "phase=open owner=technical department=technical step=call_back")},
			[]string{"opened first_line line", "moved department technical"},
		},
		"waiting is of whom it waits for": {
			[]tickets.Change{
				line(1, at(0), "x", anna, "phase=open owner=technical owner_kind=department"), line(2, at(1), "wait", anna, "phase=waiting awaits=customer"),
				line(3, at(2), "wait", anna, "awaits=vendor"), line(4, at(3), "wait", anna, "awaits=date"), line(5, at(4), "resume", anna, "phase=in_work awaits="),
			},
			[]string{"opened department technical", "moved customer technical", "moved vendor technical", "moved scheduled technical", "moved department technical"},
		},
		"an answer awaits the customer, and a complaint begins a new cycle": {
			[]tickets.Change{
				line(1, at(0), "x", call, "phase=open owner=technical owner_kind=department"), line(2, at(1), "solve", anna, "phase=solved"),
				line(3, at(2), "reopen", anna, "phase=open"), line(4, at(3), "confirm", anna, "phase=closed owner= owner_kind="),
				line(5, at(4), "call.routed", call, "phase=open owner=line owner_kind=department step=serve"),
			},
			[]string{"opened department technical", "solved customer technical", "reacted", "reopened department technical", "closed", "reopened first_line line"},
		},
		"a letter is the first line's until it is registered": {
			[]tickets.Change{byHand(1, at(1), "letter", at(0)), line(2, at(2), "take", anna, "phase=in_work owner=bob owner_kind=person")},
			[]string{"opened first_line line", "moved department technical", "moved department technical bob"},
		},
		"a visit that is registered later was a reaction when it came": {
			[]tickets.Change{byHand(1, at(1), "visit", at(0))},
			[]string{"opened first_line line", "reacted", "moved department technical"},
		},
		"who registers a call that they took elsewhere has talked with the customer": {
			[]tickets.Change{byHand(1, at(1), "phone", time.Time{})}, []string{"opened department technical", "reacted"},
		},
		"a form is registered without a talk": {
			[]tickets.Change{byHand(1, at(1), "form", time.Time{})}, []string{"opened department technical"},
		},
		"what is decided about a complaint is an answer, though the work goes on": {
			[]tickets.Change{line(1, at(0), "call.arrived", call, begun), line(2, at(1), "decide_review", anna, "")}, []string{"opened first_line line", "reacted"},
		},
		"what a rule says is no reaction, and neither is to take a ticket over": {
			[]tickets.Change{line(1, at(0), "x", call, begun), line(2, at(1), "tell", rule, ""), line(3, at(2), "take", anna, "phase=in_work owner=anna owner_kind=person step=follow_up")},
			[]string{"opened first_line line", "moved first_line line anna"},
		},
		"a merge lets it go on elsewhere, until it is undone": {
			[]tickets.Change{
				line(1, at(0), "x", call, "phase=open owner=technical owner_kind=department"), line(2, at(1), "solve", anna, "phase=solved"),
				line(3, at(2), "merge", anna, "phase=closed owner= owner_kind= into=100010"), line(4, at(3), "unmerge", anna, "phase=solved owner=technical owner_kind=department into="),
				line(5, at(4), "merge", anna, "phase=closed owner= owner_kind= into=100010"), line(6, at(5), "unmerge", anna, "phase=in_work owner=technical owner_kind=department into="),
			},
			[]string{"opened department technical", "solved customer technical", "reacted", "joined", "parted customer technical", "solved customer technical", "joined", "parted department technical"},
		},
		"what was there before histories was so from its opening": {
			[]tickets.Change{line(1, at(0), "was_there", rule, "phase=closed closed="+at(7).UTC().Format(time.RFC3339Nano)), line(2, at(9), "reopen", anna, "phase=open owner=line owner_kind=department")},
			[]string{"opened", "closed", "reopened first_line line"},
		},
	} {
		var got []string
		moments := Moments(x.lines, terms, Noted{})
		for _, m := range moments {
			got = append(got, strings.Join(strings.Fields(fmt.Sprint(m.What, " ", m.Party, " ", m.Department, " ", m.Person)), " "))
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%s: %q, not %q", name, got, x.want)
		}
		if name == "what was there before histories was so from its opening" && !moments[1].At.Equal(at(7)) {
			t.Errorf("it closed at %s", moments[1].At)
		}
	}
}
