package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"hotline/cmd/hotline/config"
)

// monitoring is the folder of what Prometheus and Grafana are given.
const monitoring = root + "/deploy/monitoring"

// promtool runs Prometheus' own checker, which deploy/setup.sh brings.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	program, err := exec.LookPath("promtool")
	if err != nil {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		program = filepath.Join(cache, "hotline", "promtool")
	}
	if out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v (deploy/setup.sh installs what is missing)\n%s", strings.Join(args, " "), err, out)
	}
}

// rules are deploy/monitoring/rules.yml, as far as they are asked here.
type rules struct {
	Groups []struct {
		Rules []struct {
			Record, Alert, Expr string
			Labels, Annotations map[string]string
		}
	}
}

func readRules(t *testing.T) (r rules) {
	t.Helper()
	text, err := os.ReadFile(monitoring + "/rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// queries are all that the dashboard asks, with Grafana's variables put in as Grafana does.
func queries(t *testing.T) (all []string) {
	t.Helper()
	var d struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
		Templating struct {
			List []struct{ Type, Definition string }
		}
	}
	text, err := os.ReadFile(monitoring + "/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	values := strings.NewReplacer("$__rate_interval", "1m", "$instance", ".*", "$queue", ".*")
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			all = append(all, values.Replace(target.Expr))
		}
	}
	for _, v := range d.Templating.List {
		if metric, _, is := strings.Cut(strings.TrimPrefix(v.Definition, "label_values("), ","); is && v.Type == "query" {
			all = append(all, metric)
		}
	}
	return all
}

func TestAlertsAreRaisedByWhatTheyTellAndByNothingLikeIt(t *testing.T) {
	t.Parallel()
	promtool(t, "check", "rules", monitoring+"/rules.yml")
	promtool(t, "check", "config", "--syntax-only", monitoring+"/prometheus.yml")
	promtool(t, "test", "rules", monitoring+"/rules_test.yml")
	tests, err := os.ReadFile(monitoring + "/rules_test.yml")
	if err != nil {
		t.Fatal(err)
	}
	runbook, err := os.ReadFile(monitoring + "/RUNBOOK.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, s := range strings.Split(string(runbook), "\n### ")[1:] {
		name, text, _ := strings.Cut(s, "\n")
		sections[name] = text
	}
	alerts := 0
	for _, group := range readRules(t).Groups {
		for _, r := range group.Rules {
			if r.Alert == "" {
				continue
			}
			alerts++
			for _, kind := range []string{" raised\n", " calm\n"} {
				if !strings.Contains(string(tests), "- name: "+r.Alert+kind) {
					t.Errorf("%s has no test in which it is%s", r.Alert, strings.TrimSuffix(kind, "\n"))
				}
			}
			if s := r.Labels["severity"]; s != "critical" && s != "warning" || r.Annotations["summary"] == "" || r.Annotations["runbook"] != "RUNBOOK.md#"+strings.ToLower(r.Alert) {
				t.Errorf("%s: %v, %v", r.Alert, r.Labels, r.Annotations)
			}
			for _, part := range []string{"**Sees:** ", "**By itself:** ", "**Do:** "} {
				if !strings.Contains(sections[r.Alert], part) {
					t.Errorf("the runbook has no %s of %s", part, r.Alert)
				}
			}
			delete(sections, r.Alert)
		}
	}
	if alerts < 25 || len(sections) > 0 {
		t.Errorf("%d alerts; the runbook knows besides of %v", alerts, slices.Collect(maps.Keys(sections)))
	}
}

// TestDashboardIsOneThatGrafanaReads: by the schema of Grafana's own types, without a field that these do not know; and each of its
// queries by Prometheus' parser.
func TestDashboardIsOneThatGrafanaReads(t *testing.T) {
	t.Parallel()
	plugins.RegisterDefaultPlugins()
	text, err := os.ReadFile(monitoring + "/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	//lint:ignore SA1019 This is the form that every Grafana reads; the newer one is for the newest alone.
	var d dashboard.Dashboard
	if err := d.UnmarshalJSONStrict(text); err != nil && err.Error() != "" { // where all is well it is a list of no errors, and not nil
		t.Fatal(err)
	}
	if err := d.Validate(); err != nil {
		t.Error(err)
	}
	if d.Uid == nil || *d.Uid != "hotline" || d.SchemaVersion < 36 || len(d.Panels) < 30 {
		t.Errorf("uid %v, schema %d, %d panels", d.Uid, d.SchemaVersion, len(d.Panels))
	}
	var asked strings.Builder
	asked.WriteString("groups:\n  - name: dashboard\n    rules:\n")
	for i, q := range queries(t) {
		fmt.Fprintf(&asked, "      - record: dashboard:query%d\n        expr: %q\n", i, q)
	}
	file := filepath.Join(t.TempDir(), "queries.yml")
	if err := os.WriteFile(file, []byte(asked.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", file)
}

// metricName is a metric of Hotline's or of its process in a query; ruleName one that a rule records.
var (
	metricName = regexp.MustCompile(`\b(hotline|process|go)_[a-z_]+\b`)
	ruleName   = regexp.MustCompile(`\b[a-z]+:[a-z0-9_:]+\b`)
)

// TestEachMetricThatIsAskedForExists: in rules and dashboard stands nothing that a running Hotline does not show.
func TestEachMetricThatIsAskedForExists(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].ShortAbandon = 0
		}
		c.Canary = config.Canary{Every: time.Minute, Within: atOnce}
	}})
	certificate := filepath.Join(t.TempDir(), "pages.crt")
	s.must(os.WriteFile(certificate, selfSigned(t), 0o600))
	s.service.certificate.File, s.service.certificate.Key = certificate, certificate
	s.service.metrics.MustRegister(&s.service.certificate)
	anna := s.agent("anna").ready()
	call := s.calls("+79160035001")
	s.chooses(call, "3")
	anna.rings()
	s.hangsUp(call)
	s.must(anna.desk.Command(t.Context(), "agent.not_ready", map[string]any{"reason": "lunch"}))
	s.expect("hotline_queue_service_level_ratio queue=support == 0", "hotline_agents_not_ready reason=lunch == 1", "hotline_canary_greets == 1")
	shown := scrape(t, s.scraped())

	exists := func(where, query string) {
		for _, name := range metricName.FindAllString(ruleName.ReplaceAllString(query, ""), -1) {
			family := shown[name]
			for _, suffix := range []string{"_bucket", "_count", "_sum"} {
				if base, is := strings.CutSuffix(name, suffix); is && family == nil {
					family = shown[base]
				}
			}
			if family == nil {
				t.Errorf("%s asks for %s, which is not there", where, name)
			}
		}
	}
	recorded := map[string]bool{}
	for _, group := range readRules(t).Groups {
		for _, r := range group.Rules {
			recorded[r.Record] = true
			exists(r.Record+r.Alert, r.Expr)
			for _, name := range ruleName.FindAllString(r.Expr, -1) {
				if !recorded[name] {
					t.Errorf("%s asks for %s, which no rule before it records", r.Record+r.Alert, name)
				}
			}
		}
	}
	for _, q := range queries(t) {
		exists("the dashboard", q)
	}
	if len(shown) < 60 {
		t.Errorf("only %d metrics are there", len(shown))
	}
}

// selfSigned is a certificate that nobody trusts, with its key.
func selfSigned(t *testing.T) []byte {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	made, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
}
