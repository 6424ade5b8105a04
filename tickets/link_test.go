package tickets

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func openTicket(n Number, topic string, activity time.Time) Ticket {
	state, err := KeepOpen(Department("technical"), activity.Add(48*time.Hour), FollowUp)
	if err != nil {
		panic(err)
	}
	return Ticket{Number: n, Topic: topic, OpenedAt: activity, ActivityAt: activity, State: state}
}

func TestLinkingRule(t *testing.T) {
	customer := &Customer{ID: "anna"}
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	internet := openTicket("5724", "internet", ago(71*time.Hour))
	broken := Past{Contact: "c1", Ticket: "10018", At: ago(12 * time.Minute), EndedAt: ago(9 * time.Minute), BrokeOff: true}
	for name, tc := range map[string]struct {
		typed  Number
		topic  string
		caller Caller
		want   Number
		how    Linked
	}{
		"typed wins over everything":          {"30032", "internet", Caller{Match: Exact, Customer: customer, OpenTickets: []Ticket{internet}, Calls: []Past{broken}}, "30032", LinkedTyped},
		"typed links an anonymous caller too": {"30032", "", Caller{Match: Anonymous}, "30032", LinkedTyped},
		"the one open ticket on this topic":   {"", "internet", Caller{Match: Exact, Customer: customer, OpenTickets: []Ticket{internet}, Calls: []Past{broken}}, "5724", LinkedCustomer},
		"a provisional customer's as well":    {"", "internet", Caller{Match: Unknown, Customer: customer, OpenTickets: []Ticket{internet}}, "5724", LinkedCustomer},
		"one open ticket among other topics":  {"", "internet", Caller{Match: Exact, Customer: customer, OpenTickets: []Ticket{openTicket("40049", "billing", ago(time.Hour)), internet}}, "5724", LinkedCustomer},
		"another topic is another matter":     {"", "billing", Caller{Match: Exact, Customer: customer, OpenTickets: []Ticket{internet}}, "own", LinkedNew},
		"two open tickets: nobody can tell":   {"", "internet", Caller{Match: Exact, Customer: customer, OpenTickets: []Ticket{internet, openTicket("40049", "internet", ago(time.Hour))}}, "own", LinkedNew},
		"two open, but one went quiet":        {"", "internet", Caller{Match: Exact, Customer: customer, OpenTickets: []Ticket{internet, openTicket("40049", "internet", ago(73*time.Hour))}}, "5724", LinkedCustomer},
		"quiet for 72 h and a second":         {"", "internet", Caller{Match: Exact, Customer: customer, OpenTickets: []Ticket{openTicket("5724", "internet", ago(72*time.Hour+time.Second))}}, "own", LinkedNew},
		"quiet for 72 h exactly":              {"", "internet", Caller{Match: Exact, Customer: customer, OpenTickets: []Ticket{openTicket("5724", "internet", ago(72*time.Hour))}}, "5724", LinkedCustomer},
		"closed is closed":                    {"", "internet", Caller{Match: Exact, Customer: customer, OpenTickets: []Ticket{{Number: "5724", Topic: "internet", ActivityAt: ago(time.Hour), State: Closed{At: ago(time.Hour)}}}}, "own", LinkedNew},
		"several customers do not link":       {"", "internet", Caller{Match: Several, Candidates: []Customer{*customer}, OpenTickets: []Ticket{internet}}, "own", LinkedNew},
		"several customers, broken off":       {"", "internet", Caller{Match: Several, Calls: []Past{broken}}, "own", LinkedNew},
		"broken off nine minutes ago":         {"", "billing", Caller{Match: Exact, Customer: customer, OpenTickets: []Ticket{internet}, Calls: []Past{broken}}, "10018", LinkedBrokenOff},
		"broken off before any topic":         {"", "", Caller{Match: Unknown, Calls: []Past{broken}}, "10018", LinkedBrokenOff},
		"the latest that broke off":           {"", "", Caller{Match: Unknown, Calls: []Past{broken, {Ticket: "20021", EndedAt: ago(time.Minute), BrokeOff: true}}}, "20021", LinkedBrokenOff},
		"broken off too long ago":             {"", "", Caller{Match: Unknown, Calls: []Past{{Ticket: "10018", EndedAt: ago(10*time.Minute + time.Second), BrokeOff: true}}}, "own", LinkedNew},
		"served calls do not link":            {"", "", Caller{Match: Unknown, Calls: []Past{{Ticket: "10018", EndedAt: ago(time.Minute)}}}, "own", LinkedNew},
		"calls that still last do not link":   {"", "", Caller{Match: Unknown, Calls: []Past{{Ticket: "10018", At: ago(time.Minute), BrokeOff: true}}}, "own", LinkedNew},
		"anonymous never links by number":     {"", "internet", Caller{Match: Anonymous, Customer: customer, OpenTickets: []Ticket{internet}, Calls: []Past{broken}}, "own", LinkedNew},
		"unknown gets a new one":              {"", "internet", Caller{Match: Unknown}, "own", LinkedNew},
	} {
		t.Run(name, func(t *testing.T) {
			got, how := Link(noon, "own", tc.typed, tc.topic, tc.caller)
			if got != tc.want || how != tc.how {
				t.Errorf("Link = %s, %s; want %s, %s", got, how, tc.want, tc.how)
			}
		})
	}
}

func TestLinkOnlyGivesWhatItWasShown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Caller{Match: rapid.SampledFrom([]Match{Exact, Several, Unknown, Anonymous}).Draw(t, "match")}
		if rapid.Bool().Draw(t, "customer") {
			c.Customer = &Customer{ID: "anna"}
		}
		allowed := map[Number]Linked{"own": LinkedNew}
		for range rapid.IntRange(0, 3).Draw(t, "open") {
			n := MakeNumber(rapid.Uint64Range(1000, 1999).Draw(t, "number"))
			c.OpenTickets = append(c.OpenTickets, openTicket(n, rapid.SampledFrom([]string{"a", "b"}).Draw(t, "topic"), noon.Add(-time.Duration(rapid.IntRange(0, 80).Draw(t, "h"))*time.Hour)))
			if c.Match == Exact || c.Match == Unknown {
				allowed[n] = LinkedCustomer
			}
		}
		for range rapid.IntRange(0, 3).Draw(t, "calls") {
			n := MakeNumber(rapid.Uint64Range(2000, 2999).Draw(t, "past"))
			c.Calls = append(c.Calls, Past{Ticket: n, EndedAt: noon.Add(-time.Duration(rapid.IntRange(0, 15).Draw(t, "min")) * time.Minute), BrokeOff: rapid.Bool().Draw(t, "broke")})
			if c.Match != Anonymous && c.Match != Several {
				allowed[n] = LinkedBrokenOff
			}
		}
		n, how := Link(noon, "own", "", "a", c)
		if allowed[n] != how {
			t.Fatalf("Link = %s, %s; allowed %v", n, how, allowed)
		}
	})
}
