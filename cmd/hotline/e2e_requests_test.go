package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"hotline/cmd/hotline/config"
	"hotline/telephony/softphone"
)

// dearest is how many requests of Asterisk a plain call may cost.
const dearest = 7

// TestAPlainCallCostsFewRequests: the agent is free, answers, talks, and one of the two hangs up. What Hotline asks of Asterisk for that is counted by its own metric.
func TestAPlainCallCostsFewRequests(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) {
		c.Flow.Start = "support" // no menu, and no last word
		node := c.Flow.Nodes["support"]
		node.Next = ""
		c.Flow.Nodes["support"] = node
	}})
	anna := s.agent("anna").ready()
	plain := func(n int, hangsUp func(call, talk *softphone.Call)) {
		call := s.calls(fmt.Sprintf("+7916003%04d", n))
		talk := anna.answers()
		s.hearEachOther(call, talk)
		hangsUp(call, talk)
		s.gone(call)
		s.gone(talk)
		anna.finish("resolved")
		s.eventually("the call is over", func() error {
			if live := s.service.line.Live(); live != 0 {
				return fmt.Errorf("%d calls are on", live)
			}
			return nil
		})
	}
	for who, hangsUp := range map[string]func(call, talk *softphone.Call){
		"the agent":  func(_, talk *softphone.Call) { s.hangsUp(talk) },
		"the caller": func(call, _ *softphone.Call) { s.hangsUp(call) },
	} {
		plain(1, hangsUp) // whatever is made once is made now
		const calls = 5
		before := s.requestsByKind()
		for n := range calls {
			plain(2+n, hangsUp)
		}
		spent, all := s.requestsByKind(), 0.0
		var each []string
		for _, kind := range slices.SortedFunc(maps.Keys(spent), func(a, b string) int { return cmp.Or(cmp.Compare(spent[b], spent[a]), strings.Compare(a, b)) }) {
			if n := (spent[kind] - before[kind]) / calls; n > 0 {
				if all += n; kind == "DELETE channels" {
					all -= max(0, n-1) // on a busy machine Hotline may hang up a phone, too, that just does so itself
				}
				each = append(each, fmt.Sprintf("%.1f %s", n, kind))
			}
		}
		t.Logf("where %s hangs up: %.1f requests a call: %s", who, all, strings.Join(each, ", "))
		if all > dearest {
			t.Errorf("where %s hangs up a plain call costs %.1f requests, more than %d", who, all, dearest)
		}
	}
	s.nothingLeft()
}

// requestsByKind are those of requestsForCalls.
func (s *stage) requestsByKind() map[string]float64 {
	s.t.Helper()
	return requestsForCalls(scrape(s.t, s.scraped()))
}

// requestsForCalls counts the requests that are made for calls, by kind: those about the whole of Asterisk, and questions of what is there, come by the clock.
func requestsForCalls(said scraped) map[string]float64 {
	all := map[string]float64{}
	for _, m := range said["hotline_asterisk_requests_by_kind_total"].GetMetric() {
		for _, l := range m.Label {
			if kind := l.GetValue(); l.GetName() == "kind" && !strings.HasPrefix(kind, "GET ") && !strings.Contains(kind, " asterisk/") {
				all[kind] = m.Counter.GetValue()
			}
		}
	}
	return all
}
