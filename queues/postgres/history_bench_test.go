package postgres_test

import (
	_ "embed"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/queues/figures"
	"hotline/queues/postgres"
	calendar "hotline/telephony/hours"
)

//go:embed testdata/history.sql
var historySQL string

var (
	daysFlag = flag.Int("days", 730, "BenchmarkHistory: how many days of figures there are")
	seedFlag = flag.Int("seed", 1, "BenchmarkHistory: from which the figures are made")
)

const (
	historyRounds = 7
	firstAnswer   = 200 * time.Millisecond // of a question for two years
)

// BenchmarkHistory prints the lines of make bench-history: how long questions about two years of 40 queues, 20 skills and 400 agents take, the median of some rounds in
// turn, and fails where a first answer takes too long. It works once, whatever the number of iterations asked for.
func BenchmarkHistory(b *testing.B) {
	s := emptyFigures(b)
	now := time.Date(2026, 11, 30, 13, 7, 0, 0, moscow)
	began := time.Now()
	fillHistory(b, now, *daysFlag, *seedFlag)
	var rows int
	if err := pool.QueryRow(b.Context(), `SELECT count(*) FROM figures`).Scan(&rows); err != nil {
		b.Fatal(err)
	}
	fmt.Printf("filled with %d quarters in %s\n", rows, time.Since(began).Round(time.Second))
	began = time.Now()
	days, err := s.SumUp(b.Context(), moscow, now)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := pool.Exec(b.Context(), `VACUUM ANALYZE figures_sums`); err != nil {
		b.Fatal(err)
	}
	fmt.Printf("summed up %d days in %s\n", days, time.Since(began).Round(time.Second))

	questions := historyQuestions(now, 728, 30)
	took := map[string][]time.Duration{}
	for range historyRounds {
		for _, q := range questions {
			began := time.Now()
			h, err := s.History(b.Context(), moscow, q.HistoryQuestion)
			if err != nil {
				b.Fatal(err)
			}
			took[q.name] = append(took[q.name], time.Since(began))
			if len(h.Subjects) != q.subjects {
				b.Fatalf("%s: %d subjects, want %d", q.name, len(h.Subjects), q.subjects)
			}
		}
	}
	line := fmt.Sprintf("bench-history days=%d quarters=%d cpus=%d seed=%d", days, rows, runtime.NumCPU(), *seedFlag)
	for _, q := range questions {
		all := slices.Sorted(slices.Values(took[q.name]))
		median := all[len(all)/2]
		fmt.Printf("%-34s median %7.1f ms, first %7.1f, most %7.1f\n", q.name, ms(median), ms(took[q.name][0]), ms(all[len(all)-1]))
		line += fmt.Sprintf(" %s=%.0f", strings.ReplaceAll(q.name, " ", "_"), ms(median))
		if median > firstAnswer {
			b.Errorf("%s takes %s, and may take %s", q.name, median, firstAnswer)
		}
	}
	fmt.Println(line)
	byQuarters(b, s, questions[0])
}

// fillHistory keeps figures of so many days, up to a time: the same from the same seed.
func fillHistory(t testing.TB, now time.Time, days, seed int) {
	t.Helper()
	from := calendar.DayBegins(now, -days)
	fill := strings.NewReplacer(":from", "'"+from.UTC().Format(time.RFC3339)+"'::timestamptz", ":to", "'"+now.UTC().Format(time.RFC3339)+"'::timestamptz", ":seed", fmt.Sprint(seed)).Replace(historySQL)
	for statement := range strings.SplitSeq(fill, ";\n") {
		if _, err := pool.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%v in %.200s", err, statement)
		}
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// byQuarters tells what the first question would take without the sums of days.
func byQuarters(b *testing.B, s *postgres.Store, q historyQuestion) {
	if _, err := pool.Exec(b.Context(), `DELETE FROM figures_summed`); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if _, err := s.History(b.Context(), moscow, q.HistoryQuestion); err != nil {
		b.Fatal(err)
	}
	fmt.Printf("%-34s without sums of days %.0f ms\n", q.name, ms(time.Since(began)))
}

type historyQuestion struct {
	name     string
	subjects int
	figures.HistoryQuestion
}

// historyQuestions are about so many days, a number of weeks, and a month of so many.
func historyQuestions(now time.Time, long, month int) []historyQuestion {
	today := calendar.DayBegins(now, 1)
	steps := func(days, each int) (times []time.Time) {
		for back := days; back >= 0; back -= each {
			times = append(times, calendar.DayBegins(today, -back))
		}
		return times
	}
	var department []string
	for i := range 30 {
		department = append(department, fmt.Sprintf("a%03d", i*13))
	}
	var quarters []time.Time
	for at := calendar.DayBegins(now, 0); !at.After(now); at = at.Add(figures.Quarter) {
		quarters = append(quarters, at)
	}
	return []historyQuestion{
		{"all queues, two years by week", 40, figures.HistoryQuestion{Kind: figures.OfQueue, Times: steps(long, 7)}},
		{"a queue, two years by day", 1, figures.HistoryQuestion{Kind: figures.OfQueue, IDs: []string{"q07"}, Times: steps(long, 1)}},
		{"all agents, two years by week", 400, figures.HistoryQuestion{Kind: figures.OfAgent, Times: steps(long, 7)}},
		{"an agent, two years by day", 1, figures.HistoryQuestion{Kind: figures.OfAgent, IDs: []string{"a100"}, Times: steps(long, 1)}},
		{"a department, two years by week", 30, figures.HistoryQuestion{Kind: figures.OfAgent, IDs: department, Times: steps(long, 7)}},
		{"all skills, two years by week", 20, figures.HistoryQuestion{Kind: figures.OfSkill, Times: steps(long, 7)}},
		{"all queues, a month by day", 40, figures.HistoryQuestion{Kind: figures.OfQueue, Times: steps(month, 1)}},
		{"all queues, today by quarter", 40, figures.HistoryQuestion{Kind: figures.OfQueue, Times: quarters}},
	}
}
