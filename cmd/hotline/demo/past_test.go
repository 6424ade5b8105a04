package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/schema"
	"hotline/deploy/private"
	"hotline/ivr/flow"
	"hotline/tickets"
	"hotline/tickets/life"
	"hotline/tickets/postgres"
)

// One cluster serves all tests of the package; each organisation begins with empty tables.
var cluster *private.Postgres

func TestMain(m *testing.M) { os.Exit(withPostgres(m)) }

func withPostgres(m *testing.M) int {
	dir, err := os.MkdirTemp("", "hotline-demo-test-")
	if err == nil {
		err = os.Chmod(dir, 0o755) // PostgreSQL's user must get through
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err == nil {
		cluster, err = private.StartPostgres(ctx, filepath.Join(dir, "pg"))
	}
	if err == nil {
		defer cluster.Stop(context.Background())
		_, _, err = schema.Migrate(ctx, cluster.URL())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "no PostgreSQL for the tests of the demo:", err)
		return 1
	}
	return m.Run()
}

// fresh are books in which nothing stands.
func fresh(t *testing.T) (*postgres.Store, *pgxpool.Pool) {
	t.Helper()
	pool, err := postgres.Connect(cluster.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if _, err := pool.Exec(t.Context(), `
		DELETE FROM merged_numbers; DELETE FROM contacts; DELETE FROM tickets; DELETE FROM facts;
		DELETE FROM customer_numbers; DELETE FROM customers`); err != nil {
		t.Fatal(err)
	}
	return postgres.New(pool), pool
}

// each runs a test with each organisation.
func each(t *testing.T, test func(t *testing.T, o Organisation)) {
	for _, o := range Organisations {
		t.Run(o.Name, func(t *testing.T) { test(t, o) })
	}
}

func TestEachOrganisationIsSoundWithoutADoubt(t *testing.T) {
	each(t, func(t *testing.T, o Organisation) {
		source, err := organisations.ReadFile("organisations/" + o.Name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`HOTLINE_[A-Z_]+`).FindAllString(string(source), -1) {
			t.Setenv(name, newPassword()+newPassword())
		}
		t.Setenv("HOTLINE_DATABASE_URL", "postgres://hotline:"+newPassword()+"@127.0.0.1/hotline")
		file := filepath.Join(t.TempDir(), "hotline.yaml")
		if err := os.WriteFile(file, source, 0o600); err != nil {
			t.Fatal(err)
		}
		_, doubts, err := config.Check(file, "", "", 0)
		if err != nil || len(doubts) > 0 {
			t.Errorf("error: %v\ndoubts: %v", err, doubts)
		}
	})
}

// remembered is an organisation with its past.
func remembered(t *testing.T, o Organisation, now time.Time) (config.Config, *postgres.Store, []life.Matter) {
	t.Helper()
	c, err := o.Configuration()
	if err != nil {
		t.Fatal(err)
	}
	store, pool := fresh(t)
	if err := o.remember(t.Context(), store, c.Terms(), c.Line.Number, now); err != nil {
		t.Fatal(err)
	}
	rows, err := pool.Query(t.Context(), `SELECT number FROM tickets ORDER BY opened_at`)
	if err != nil {
		t.Fatal(err)
	}
	numbers, err := pgx.CollectRows(rows, pgx.RowTo[tickets.Number])
	if err != nil {
		t.Fatal(err)
	}
	var all []life.Matter
	for _, n := range numbers {
		m, err := store.Matter(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return c, store, all
}

func TestPastOfEachOrganisationHasTicketsInEveryPhase(t *testing.T) {
	each(t, func(t *testing.T, o Organisation) {
		now := time.Now()
		_, _, all := remembered(t, o, now)
		phases, awaited, dispositions := map[tickets.Phase]int{}, map[tickets.Awaited]int{}, map[tickets.Disposition]int{}
		overdue, parts, promises, reviews := 0, 0, 0, 0
		for _, m := range all {
			phases[m.Phase()]++
			switch s := m.State.(type) {
			case tickets.Open:
				awaited[s.Awaits()]++
				if s.Next().Before(now) {
					overdue++
				}
			case tickets.Closed:
				dispositions[s.Disposition]++
			}
			parts, promises, reviews = parts+len(m.Parts), promises+len(m.Promises), reviews+len(m.Reviews)
			if m.Customer == "" {
				t.Errorf("ticket %s is nobody's", m.Number)
			}
		}
		for _, p := range tickets.Phases {
			if phases[p] == 0 {
				t.Errorf("no ticket is %s", p)
			}
		}
		for _, a := range []tickets.Awaited{tickets.ForCustomer, tickets.ForVendor, tickets.ForDate} {
			if awaited[a] == 0 {
				t.Errorf("no ticket waits for a %s", a)
			}
		}
		for _, d := range []tickets.Disposition{tickets.Resolved, tickets.ByConfirmation, tickets.ByRefusal} {
			if dispositions[d] == 0 {
				t.Errorf("no ticket was closed as %s", d)
			}
		}
		if overdue == 0 || parts == 0 || promises == 0 || reviews == 0 {
			t.Errorf("%d are overdue; there are %d parts, %d promises, %d reviews", overdue, parts, promises, reviews)
		}
	})
}

func TestPastOfEachOrganisationReplaysToThePresentAndKnowsWhoDidIt(t *testing.T) {
	each(t, func(t *testing.T, o Organisation) {
		c, store, all := remembered(t, o, time.Now())
		terms := c.Terms()
		for _, m := range all {
			history, err := store.Changes(t.Context(), m.Number, 0, 1000)
			if err != nil {
				t.Fatal(err)
			}
			fields, err := tickets.Replay(history)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(m.Fields(), fields); diff != "" {
				t.Errorf("-is +replayed:\n%s", diff)
			}
			if _, known := terms.Departments[string(m.Department)]; !known {
				t.Errorf("ticket %s is of department %q, which is not listed", m.Number, m.Department)
			}
			for i, line := range history {
				if _, known := terms.People[line.By.ID]; line.By.Kind == tickets.ByPerson && !known {
					t.Errorf("ticket %s: %s by %q, who does not work here", m.Number, line.Kind, line.By.ID)
				}
				if i > 0 && line.At.Before(history[i-1].At) {
					t.Errorf("ticket %s: %s was before %s", m.Number, line.Kind, history[i-1].Kind)
				}
			}
		}
	})
}

func TestPastOfEachOrganisationIsOfWhatItsConfigurationHas(t *testing.T) {
	each(t, func(t *testing.T, o Organisation) {
		c, _, all := remembered(t, o, time.Now())
		terms := c.Terms()
		for _, m := range all {
			if _, known := terms.Topics[m.Topic]; !known {
				t.Errorf("ticket %s is about %q, which is no topic", m.Number, m.Topic)
			}
			for _, v := range m.Vendors {
				if _, known := terms.Vendors[v.Vendor]; !known {
					t.Errorf("ticket %s waits for %q, who is no vendor", m.Number, v.Vendor)
				}
			}
		}
		for _, customer := range o.customers() {
			for _, k := range customer.Contracts {
				if _, known := terms.Agreements[k.Agreement]; k.Agreement != "" && !known {
					t.Errorf("contract %s names %q, which is no agreement", k.Number, k.Agreement)
				}
			}
		}
		menu, is := c.Flow.Nodes["main"].Kind.(flow.Menu)
		if !is {
			t.Fatal("there is no menu")
		}
		for _, key := range o.keys {
			if _, there := menu.Choices[key]; !there {
				t.Errorf("callers press %s, which the menu does not have", key)
			}
		}
	})
}

func TestEachOrganisationHasWhomToSignInAs(t *testing.T) {
	each(t, func(t *testing.T, o Organisation) {
		c, err := o.Configuration()
		if err != nil {
			t.Fatal(err)
		}
		for what, is := range map[string]func(config.Person) bool{
			"a free seat":              func(p config.Person) bool { return p.Seat },
			"somebody of a department": func(p config.Person) bool { return p.Role == "department" && !heads(c, p) },
			"a head":                   func(p config.Person) bool { return p.Role == "department" && heads(c, p) },
			"a supervisor":             func(p config.Person) bool { return p.Role == "supervisor" },
		} {
			if !slices.ContainsFunc(c.People, func(p config.Person) bool {
				return is(p) && !simulated(p) && p.Password.Text() != "" && does(c, p) != ""
			}) {
				t.Errorf("nobody can sign in as %s", what)
			}
		}
	})
}

func heads(c config.Config, p config.Person) bool {
	return slices.ContainsFunc(c.Departments, func(d config.Department) bool { return d.Head == string(p.ID) })
}

func TestOrganisationThatIsNotThereIsRefusedByTheNamesOfThoseThatAre(t *testing.T) {
	if o, err := Named(""); err != nil || o.Name != "internet-provider" {
		t.Errorf("without a name it is %q, %v", o.Name, err)
	}
	if _, err := Named("circus"); err == nil || err.Error() != `"circus" is none of internet-provider, service-desk, bank` {
		t.Error(err)
	}
}
