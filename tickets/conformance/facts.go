package conformance

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"hotline/telephony/words"
	"hotline/tickets"
)

// Facts draws the facts of a few calls, interleaved, in orders that no script would write: calls that end before
// they are routed, tickets that are typed and do not exist, wrap-ups before the end.
func Facts(t *rapid.T) []tickets.Fact {
	calls := rapid.IntRange(1, 4).Draw(t, "calls")
	number := func(i int) tickets.Number { return tickets.MakeNumber(uint64(10_000 + i)) }
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	var facts []tickets.Fact
	arrived := map[int]bool{}
	for range rapid.IntRange(1, 25).Draw(t, "facts") {
		i := rapid.IntRange(1, calls).Draw(t, "call")
		at = at.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "ms")) * time.Millisecond)
		f := tickets.Fact{Contact: tickets.ContactID(fmt.Sprint("c", i)), Channel: tickets.Call{}, At: at, Own: number(i)}
		if !arrived[i] {
			arrived[i] = true
			from := rapid.SampledFrom([]string{"", "+78005550101", "+78005550102"}).Draw(t, "from")
			calledBy, reason := calledOut(t)
			f.Event = tickets.Arrived{From: from, RawFrom: from, RawName: "Ann", To: "+78005550199", Department: "first_line", Next: at.Add(time.Hour), CalledBy: calledBy, Reason: reason}
			facts = append(facts, f)
			continue
		}
		f.Event = event(t, at, func() tickets.Number { return number(rapid.IntRange(1, calls+1).Draw(t, "ticket")) })
		if e, ended := f.Event.(tickets.Ended); !ended || (e.Outcome == tickets.Lost || e.Outcome == tickets.Served) && rapid.IntRange(0, 3).Draw(t, "of an old version") > 0 {
			f.N = at.UnixMicro()
		}
		facts = append(facts, f)
	}
	return facts
}

// calledOut draws who made a call, where it is not the customer, and why.
func calledOut(t *rapid.T) (by, reason string) {
	if by = rapid.SampledFrom([]string{"", "", "a1", "a2"}).Draw(t, "called by"); by != "" {
		reason = rapid.SampledFrom([]string{"", "answer", "visit"}).Draw(t, "reason")
	}
	return by, reason
}

func event(t *rapid.T, at time.Time, ticket func() tickets.Number) tickets.Event {
	agent := tickets.Agent{ID: rapid.SampledFrom([]string{"a1", "a2"}).Draw(t, "agent"), Name: "Olga"}
	department := rapid.SampledFrom([]string{"billing", "technical"}).Draw(t, "department")
	next := at.Add(time.Duration(rapid.IntRange(1, 50).Draw(t, "hours")) * time.Hour)
	switch rapid.SampledFrom([]string{"route", "queue", "offer", "offer ended", "answer", "record", "end", "wrap up", "lost", "back", "broken", "no callback", "silent", "resume", "claim", "decide", "transfer", "consult", "help", "callback", "callback over", "survey"}).Draw(t, "event") {
	case "route":
		linked := rapid.SampledFrom([]tickets.Linked{tickets.LinkedTyped, tickets.LinkedCustomer, tickets.LinkedBrokenOff, tickets.LinkedNew}).Draw(t, "linked")
		return tickets.Routed{Topic: department, Department: department, Ticket: ticket(), Linked: linked, Language: "ru", Path: []words.Text{{"ru": "Счёт", "en": "Bill"}}, Next: next}
	case "queue":
		return tickets.Queued{Queue: department, Department: department}
	case "offer":
		return tickets.Offered{Agent: agent}
	case "offer ended":
		return tickets.OfferEnded{Agent: agent, How: "missed"}
	case "answer":
		return tickets.Answered{Agent: agent, Next: next}
	case "record":
		return tickets.Recorded{Recording: "c1.abc-1"}
	case "end":
		ended := tickets.Ended{Outcome: rapid.SampledFrom(tickets.Outcomes).Draw(t, "outcome"), Department: department, Next: next}
		if rapid.Bool().Draw(t, "asked after the talk") {
			ended.Talked = at.Add(-time.Second)
		}
		return ended
	case "wrap up":
		subject := rapid.SampledFrom([]string{"", "subject", "another"})
		d := rapid.SampledFrom(append(tickets.Dispositions[:len(tickets.Dispositions):len(tickets.Dispositions)], tickets.DispositionChoice{Code: tickets.Undisposed})).Draw(t, "disposition")
		return tickets.WrappedUp{Agent: agent, Disposition: d.Code, Closes: d.Closes, Note: "note", Department: department, Next: next,
			Subject: subject.Draw(t, "subject"), SubjectSeen: rapid.Ptr(subject, true).Draw(t, "subject seen"), SentOn: rapid.IntRange(0, 4).Draw(t, "sent on") == 0}
	case "transfer":
		return tickets.Transferred{Agent: agent, Since: at, Queue: department, Note: "wants to know the date"}
	case "consult":
		return tickets.Consulted{Agent: agent, With: tickets.Agent{ID: "a3", Name: "Boris"}, Rang: at, Answered: at, How: tickets.ConsultTakenBack}
	case "help":
		return tickets.Helped{Agent: agent, Since: at, By: tickets.Agent{ID: "a4", Name: "Olga"}, Came: at, How: tickets.HelpGiven, Said: "shouts"}
	case "callback":
		return tickets.CallbackKept{Node: "north", Epoch: int64(rapid.IntRange(0, 2).Draw(t, "epoch")), Entry: []byte(rapid.SampledFrom([]string{`{}`, `{"n": 1}`}).Draw(t, "entry"))}
	case "callback over":
		return tickets.CallbackOver{Node: "north", Epoch: int64(rapid.IntRange(0, 2).Draw(t, "epoch"))}
	case "survey":
		return tickets.Surveyed{Agent: agent, About: words.Text{"ru": "Оценка", "en": "Rating"}, Mark: 4, Of: 5}
	case "claim":
		from := rapid.SampledFrom([]string{"", "+78005550101", "+78005550102"}).Draw(t, "claimed from")
		return tickets.Claimed{Ticket: ticket(), From: from, Department: department, Next: next}
	case "decide":
		return tickets.ClaimDecided{Ticket: ticket(), By: "olga", Accepted: rapid.Bool().Draw(t, "accepted")}
	case "broken":
		return tickets.BrokenOff{}
	case "no callback":
		return tickets.NoCallback{}
	case "silent":
		return tickets.SaidNothing{}
	case "back":
		return tickets.ConnectionBack{Agent: agent}
	case "lost":
		return tickets.ConnectionLost{By: rapid.SampledFrom([]tickets.Side{tickets.CallersSide, tickets.AgentsSide}).Draw(t, "by"), Agent: agent}
	default:
		return tickets.Resumed{}
	}
}
