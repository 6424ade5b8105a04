package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/schema"
	"hotline/telephony/softphone"
)

// scraped is what /metrics said at one moment.
type scraped map[string]*dto.MetricFamily

func scrape(t *testing.T, url string) scraped {
	t.Helper()
	response, err := http.Get(url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("/metrics answers %s, %v: %s", response.Status, err, text)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// value is that of a metric with these labels, written name=value; of a histogram it is how much was observed.
func (s scraped) value(name string, labels ...string) (float64, bool) {
	family := s[name]
	if family == nil {
		return 0, false
	}
	for _, m := range family.Metric {
		has := map[string]bool{}
		for _, l := range m.Label {
			has[l.GetName()+"="+l.GetValue()] = true
		}
		if !slices.ContainsFunc(labels, func(l string) bool { return !has[l] }) {
			switch {
			case m.Counter != nil:
				return m.Counter.GetValue(), true
			case m.Histogram != nil:
				return float64(m.Histogram.GetSampleCount()), true
			default:
				return m.Gauge.GetValue(), true
			}
		}
	}
	return 0, false
}

// series counts what Prometheus would keep.
func (s scraped) series() (n int) {
	for _, family := range s {
		n += len(family.Metric)
	}
	return n
}

// expect waits until metrics have values: "name label=value … == 1", or with > for at least a bit more.
func (s *stage) expect(lines ...string) {
	s.t.Helper()
	for _, line := range lines {
		var relation string
		words := strings.Fields(line)
		relation, want := words[len(words)-2], words[len(words)-1]
		s.eventually(line, func() error {
			is, found := scrape(s.t, s.scraped()).value(words[0], words[1:len(words)-2]...)
			var than float64
			if _, err := fmt.Sscan(want, &than); err != nil {
				return err
			}
			if !found || relation == "==" && is != than || relation == ">" && is <= than {
				return fmt.Errorf("it is %v (there: %v)", is, found)
			}
			return nil
		})
	}
}

// TestMetricsSayWhatHappened: callers who are served, give up and wait, an agent who declines and rests, a wrong password: each is found in
// the metrics, at its place and counted once.
func TestMetricsSayWhatHappened(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].ShortAbandon = 0
		}
	}})
	s.expect("hotline_calls_live == 0", "hotline_agents state=ready == 0", "hotline_queue_agents_ready queue=support == 0", "hotline_asterisk_up == 1",
		"hotline_database_up == 1", "hotline_router_up == 1", "hotline_build_info == 1", "hotline_ticket_numbers_left > 10000")
	version, err := schema.Version()
	s.must(err)
	s.expect(fmt.Sprintf("hotline_database_migration_version == %d", version), fmt.Sprintf("hotline_database_migration_version_wanted == %d", version))

	waits := s.calls("+79160031001")
	s.chooses(waits, "3")
	s.expect("hotline_calls_live == 1", "hotline_asterisk_calls == 1", "hotline_queue_waiting queue=support == 1", "hotline_queue_waiting queue=subscribers == 0",
		"hotline_queue_longest_wait_seconds queue=support > 0", "hotline_queue_agents_ready queue=support == 0")
	s.hangsUp(waits)
	s.expect("hotline_requests_total queue=support outcome=abandoned == 1", "hotline_time_to_abandon_seconds queue=support == 1",
		"hotline_calls_total outcome=abandoned_in_queue == 1", "hotline_queue_waiting queue=support == 0", "hotline_queue_longest_wait_seconds queue=support == 0",
		"hotline_calls_live == 0", "hotline_queue_service_level_ratio queue=support == 0")

	anna := s.agent("anna").ready()
	s.expect("hotline_agents state=ready == 1", "hotline_queue_agents_ready queue=support == 1", "hotline_queue_agents_free queue=support == 1",
		"hotline_asterisk_phones state=reachable == 1", "hotline_agents_unreachable == 0", "hotline_pages_connected == 1", "hotline_sign_ins_total outcome=ok == 1")
	call := s.calls("+79160031002")
	s.chooses(call, "3")
	talk := anna.answers()
	s.expect("hotline_agents state=talking == 1", "hotline_queue_agents_free queue=support == 0", "hotline_queue_agents_ready queue=support == 1")
	s.hangsUp(talk)
	s.expect("hotline_agents state=wrap_up == 1")
	anna.finish("resolved")
	s.gone(call)
	s.expect("hotline_requests_total queue=support outcome=answered == 1", "hotline_requests_in_target_total queue=support == 1",
		"hotline_time_to_answer_seconds queue=support == 1", "hotline_answer_delay_seconds queue=support == 1", "hotline_offers_total queue=support outcome=answered == 1",
		"hotline_calls_total outcome=served == 1", "hotline_queue_service_level_ratio queue=support == 0.5", "hotline_pop_acknowledged_seconds > -1")
	now := scrape(t, s.scraped())
	seen, _ := now.value("hotline_pop_delivery_seconds", "delivery=seen") // a page on a busy machine may be too late
	if acknowledged, _ := now.value("hotline_pop_acknowledged_seconds"); acknowledged != seen {
		t.Errorf("%v pops were acknowledged, and %v seen", acknowledged, seen)
	}

	s.declinesAndRests(anna, "+79160031003")
	if _, err := client.SignIn(t.Context(), s.pages(), "anna", "wrong"); !client.IsProblem(err, agentapi.CodeWrongLogin) {
		t.Errorf("a wrong password is answered by %v", err)
	}
	s.expect("hotline_sign_ins_total outcome=wrong_login == 1", "hotline_sign_in_wait_seconds == 2", "hotline_offers_total queue=support outcome=declined == 1")
	s.nothingLeft()
	s.expect("hotline_contacts_total == 3", "hotline_facts_pending == 0", "hotline_facts_oldest_pending_seconds == 0", "hotline_facts_lost_total == 0",
		"hotline_facts_set_aside_kept == 0", "hotline_facts_unwritten == 0", "hotline_facts_total > 10", "hotline_facts_applied_total > 10", "hotline_spool_disk_free_bytes > 1000000",
		"hotline_asterisk_reconnects_total == 0", "hotline_asterisk_events_total > 10", "hotline_asterisk_request_seconds > 10", "hotline_asterisk_requests_total > 10",
		"hotline_database_connections state=idle > 0")
	before := scrape(t, s.scraped())
	before.holdNoText(t)
	s.must(anna.desk.Command(t.Context(), "agent.ready", nil))
	s.declinesAndRests(anna, "+79160031004")
	if grown := scrape(t, s.scraped()).series() - before.series(); grown > 0 {
		t.Errorf("another caller has added %d series", grown)
	}
}

// declinesAndRests is a caller whom the agent declines, and who gives up while the agent has lunch.
func (s *stage) declinesAndRests(anna *worker, from string) {
	s.t.Helper()
	call := s.callsAs(softphone.CallOptions{From: from, FromName: "Canary Name"})
	s.chooses(call, "3")
	anna.rings()
	me := anna.until("offered", offered)
	s.must(anna.desk.Command(s.t.Context(), "offer.decline", map[string]any{"offer": me.Offer.ID}))
	s.expect("hotline_offers_total queue=support outcome=declined > 0", "hotline_queue_waiting queue=support == 1")
	s.hangsUp(call)
	s.eventually("anna rests", func() error {
		return anna.desk.Command(s.t.Context(), "agent.not_ready", map[string]any{"reason": "lunch"})
	})
	s.expect("hotline_agents state=not_ready == 1", "hotline_agents_not_ready reason=lunch == 1", "hotline_queue_agents_ready queue=support == 0",
		"hotline_queue_agents_signed_in queue=support == 1")
}

// labels are all that metrics of Hotline's own may have. The program lists the values of each.
var labels = []string{"queue", "outcome", "state", "reason", "node", "delivery", "name", "code", "kind", "rule", "le", "version", "revision", "goversion"}

// number is what may be a phone number or the number of a ticket.
var number = regexp.MustCompile(`[0-9]{5,}`)

// holdNoText checks that nothing that a caller or an agent chose is a label, and that each of Hotline's metrics is well named.
func (s scraped) holdNoText(t *testing.T) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if !strings.HasPrefix(name, "hotline_") {
			continue
		}
		family := s[name]
		if isCounter := family.GetType() == dto.MetricType_COUNTER; isCounter != strings.HasSuffix(name, "_total") {
			t.Errorf("%s is a %s", name, family.GetType())
		}
		if family.GetHelp() == "" || strings.Contains(name, "_ms") || strings.Contains(name, "minutes") {
			t.Errorf("%s: %q", name, family.GetHelp())
		}
		if len(family.Metric) > 60 {
			t.Errorf("%s has %d series", name, len(family.Metric))
		}
		for _, m := range family.Metric {
			for _, l := range m.Label {
				if !slices.Contains(labels, l.GetName()) || l.GetName() != "revision" && number.MatchString(l.GetValue()) || strings.Contains(l.GetValue(), "Canary") {
					t.Errorf("%s has the label %s=%q", name, l.GetName(), l.GetValue())
				}
			}
		}
	}
}

// TestFactsThatWaitAreSeenAndHowLong: while the database is away the metrics say so, how many facts wait, and how old the oldest is.
func TestFactsThatWaitAreSeenAndHowLong(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{noDatabase: true, configure: func(c *config.Config) {
		c.Database.URL = config.SecretOf("host=127.0.0.1 port=1 user=nobody dbname=nothing connect_timeout=1")
	}})
	s.hangsUp(s.calls("+79160032001"))
	s.expect("hotline_calls_total outcome=abandoned_in_greeting == 1", "hotline_facts_pending > 1", "hotline_facts_oldest_pending_seconds > 0.5", "hotline_database_up == 0",
		"hotline_database_migration_version == 0", "hotline_ticket_numbers_emergency_total == 1", "hotline_facts_applied_total == 0")
}
