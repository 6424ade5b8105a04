package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"hotline/deploy/private"
	"hotline/queues/figures"
	"hotline/queues/postgres"
	calendar "hotline/telephony/hours"
)

// A first answer about two years comes within firstAnswer as long as it is read from what is summed up, by index, and from the quarters of the days at the edges alone:
// how long it takes only BenchmarkHistory tells, on two years; that it is read so is told here, on some weeks.

// planDays is how many days of figures the plans are tried on: 15,000 quarters each.
const planDays = 15

// reads adds up the rows that a plan reads of each table, and names the tables that it reads from end to end.
func reads(n private.Plan, rows map[string]float64, whole map[string]bool) {
	if n.Relation != "" && n.Loops > 0 {
		rows[n.Relation] += n.Read()
		whole[n.Relation] = whole[n.Relation] || n.Kind == "Seq Scan"
	}
	for _, p := range n.Plans {
		reads(p, rows, whole)
	}
}

// plans are those of the statements since the last question.
type plans struct {
	mu  sync.Mutex
	all []private.Plan
}

func (p *plans) hear(e private.Explained) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, e.Plan)
}

func (p *plans) take() (all []private.Plan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all, p.all = p.all, nil
	return all
}

func TestHistoryReadsWhatIsSummedUpAndNoMoreThanItMust(t *testing.T) {
	s := emptyFigures(t)
	t.Cleanup(func() {
		if _, err := pool.Exec(context.Background(), `TRUNCATE figures, figures_not_ready, figures_sums, figures_summed`); err != nil {
			t.Error(err)
		}
	})
	now := time.Date(2026, 11, 30, 13, 7, 0, 0, moscow)
	fillHistory(t, now, planDays, 1)
	if _, err := s.SumUp(t.Context(), moscow, now); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), `VACUUM ANALYZE figures_sums`); err != nil {
		t.Fatal(err)
	}
	heard := &plans{}
	c := pool.Config()
	private.Explain(c.ConnConfig, heard.hear)
	c.ConnConfig.RuntimeParams["enable_seqscan"] = "off" // of weeks it would be no mistake: where it is done all the same no index serves
	watched, err := pgxpool.NewWithConfig(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer watched.Close()
	s = postgres.New(watched)
	ofKind := map[figures.SubjectKind]int{figures.OfQueue: 40, figures.OfSkill: 20, figures.OfAgent: 400}
	for _, q := range historyQuestions(now, planDays-1, planDays-1) {
		heard.take()
		if _, err := s.History(t.Context(), moscow, q.HistoryQuestion); err != nil {
			t.Fatal(err)
		}
		all := heard.take()
		rows, whole := map[string]float64{}, map[string]bool{}
		for _, p := range all {
			reads(p, rows, whole)
		}
		subjects := q.subjects
		if subjects > 1 {
			subjects = ofKind[q.Kind] // of some it may read all of their kind
		}
		asked := 2 * planDays * (subjects + 1)                                 // sums of days and months: by step, and by subject
		quarters := 2 * 2 * int(24*time.Hour/figures.Quarter) * ofKind[q.Kind] // of a day that is not summed up, and its edge
		for table, most := range map[string]int{"figures_sums": asked, "figures": quarters, "figures_not_ready": quarters} {
			if whole[table] || int(rows[table]) > most {
				t.Errorf("%s: of %s are read %.0f rows, at most %d are to be; from end to end: %v", q.name, table, rows[table], most, whole[table])
			}
		}
		if today := slices.Equal(q.Times[:1], []time.Time{calendar.DayBegins(now, 0)}); len(all) < 3 || rows["figures_sums"] == 0 && !today {
			t.Errorf("%s: %d statements were heard, and they read %s", q.name, len(all), fmt.Sprint(rows))
		}
	}
}
