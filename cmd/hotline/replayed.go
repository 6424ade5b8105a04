package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"hotline/queues"
	"hotline/queues/journal"
	"hotline/queues/simulation"
)

// replayReport is a day that was, and what it would have been.
type replayReport struct {
	Day     string           `json:"day"`
	Journal journal.Replayed `json:"journal"`
	Rules   int              `json:"configurations"` // that the day had; the simulations take the last
	Changes []string         `json:"changes,omitempty"`
	Seed    uint64           `json:"seed,omitempty"`
	LeftOut int              `json:"left_out,omitempty"` // calls of the day to queues that its last configuration has not: not simulated
	Queues  []replayedQueue  `json:"queues"`
}

// replayedQueue is one queue, side by side. Again and Changed are missing where nothing is otherwise.
type replayedQueue struct {
	ID      queues.QueueID  `json:"id"`
	Target  simulatedTarget `json:"target"`
	Really  simulatedSpan   `json:"really"`            // what was
	Again   *simulatedSpan  `json:"again,omitempty"`   // the same day, simulated: its difference from what was is the model's
	Changed *simulatedSpan  `json:"changed,omitempty"` // the day as it would have been; its difference from Again is the changes'
}

type simulatedTarget struct {
	Share   float64 `json:"share"`
	WithinS float64 `json:"within_s"`
}

// simulatedSpan is a day, and its half hours.
type simulatedSpan struct {
	Day       replayedFigures   `json:"day"`
	HalfHours []replayedFigures `json:"half_hours"`

	report simulation.QueueReport
}

// replayedFigures are those of the calls that came in a time. The level is from 0 to 1, and null where nothing counts.
type replayedFigures struct {
	From         string   `json:"from,omitempty"` // "09:30"
	Offered      int      `json:"offered"`
	Answered     int      `json:"answered"`
	Abandoned    int      `json:"abandoned"`
	Short        int      `json:"short_abandoned"`
	CalledBack   int      `json:"called_back"`
	Left         int      `json:"left"` // went elsewhere, or still waited at midnight
	ServiceLevel *float64 `json:"service_level"`
	ASA          float64  `json:"asa_s"`
	Longest      float64  `json:"longest_s"`
}

func spanOf(q simulation.QueueReport) simulatedSpan {
	s := simulatedSpan{Day: replayedOf(q.Total()), report: q}
	for slot, f := range q.Slots {
		one := replayedOf(f)
		one.From = slotName(slot)
		s.HalfHours = append(s.HalfHours, one)
	}
	return s
}

func replayedOf(f simulation.Figures) replayedFigures {
	return replayedFigures{
		Offered: f.Offered, Answered: f.Answered, Abandoned: f.Abandoned, Short: f.ShortAbandoned, CalledBack: f.CalledBack, Left: f.Left,
		ServiceLevel: maybe(f.ServiceLevel()), ASA: f.ASA().Seconds(), Longest: f.Longest.Seconds(),
	}
}

// with puts the figures side by side, by queue.
func (r replayReport) with(really, again, changed []simulation.QueueReport) replayReport {
	r.Queues = []replayedQueue{}
	of := func(all []simulation.QueueReport, id queues.QueueID) *simulatedSpan {
		i := slices.IndexFunc(all, func(q simulation.QueueReport) bool { return q.ID == id })
		if i < 0 {
			return nil
		}
		s := spanOf(all[i])
		return &s
	}
	for _, q := range really {
		one := replayedQueue{ID: q.ID, Really: spanOf(q), Again: of(again, q.ID), Changed: of(changed, q.ID)}
		one.Target = simulatedTarget{q.Target.Share, q.Target.Within.Seconds()}
		r.Queues = append(r.Queues, one)
	}
	return r
}

// verdict is an error where an unchanged day is not decided as it was.
func (r replayReport) verdict() error {
	switch {
	case len(r.Changes) > 0:
		return nil
	case r.Journal.Events > 0 && r.Journal.Unproved == r.Journal.Events:
		return fmt.Errorf("no event of this day proves anything: events are missing before the first")
	case r.Journal.Different == 0:
		return nil
	}
	return fmt.Errorf("the router decides otherwise now than it did, at %d of %d events, first at %s: another version of Hotline wrote this journal, or the clock was set",
		r.Journal.Different, r.Journal.Events, r.Journal.Differs[0])
}

// write writes the report as text, json or svg.
func (r replayReport) write(w io.Writer, format string) error {
	switch format {
	case "json":
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(r)
	case "svg":
		return r.picture(w)
	default:
		return r.text(w)
	}
}

// text is the report for people.
func (r replayReport) text(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s\n", r.Day, r.provenance())
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	if len(r.Changes) > 0 {
		fmt.Fprintf(w, "again, with: %s (seed %d)\n", strings.Join(r.Changes, "; "), r.Seed)
	}
	for _, q := range r.Queues {
		fmt.Fprintf(t, "\n%s: %.0f %% within %.0f s\n", q.ID, 100*q.Target.Share, q.Target.WithinS)
		if q.Again == nil || q.Changed == nil {
			fmt.Fprintln(t, "from\tcalls\tanswered\tabandoned\tleft\tlevel\tASA\tlongest\t")
			for _, f := range q.Really.HalfHours {
				if f.Offered > 0 {
					f.row(t, f.From, q.Target.Share)
				}
			}
			q.Really.Day.row(t, "day", q.Target.Share)
			continue
		}
		q.sideBySide(t)
	}
	return t.Flush()
}

// sideBySide is the day in three rows, and its half hours in three columns.
func (q replayedQueue) sideBySide(t io.Writer) {
	fmt.Fprintln(t, "\tcalls\tanswered\tabandoned\tleft\tlevel\tASA\tlongest\t")
	q.Really.Day.row(t, "really", q.Target.Share)
	q.Again.Day.row(t, "simulated as it was", q.Target.Share)
	q.Changed.Day.row(t, "with the changes", q.Target.Share)
	fmt.Fprintf(t, "which makes\t\t%+d\t%+d\t%+d\t%s\t%+.0f s\t\t\n", q.Changed.Day.Answered-q.Again.Day.Answered,
		q.Changed.Day.Abandoned-q.Again.Day.Abandoned, q.Changed.Day.Left-q.Again.Day.Left,
		points(q.Again.Day.ServiceLevel, q.Changed.Day.ServiceLevel), q.Changed.Day.ASA-q.Again.Day.ASA)
	fmt.Fprintln(t, "level from\treally\tas it was\tchanged\t\t\t\t\t")
	for i, f := range q.Really.HalfHours {
		if f.Offered > 0 {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t\t\t\t\t\n", f.From, percent(f.ServiceLevel), percent(q.Again.HalfHours[i].ServiceLevel), percent(q.Changed.HalfHours[i].ServiceLevel))
		}
	}
}

// points are the difference of two shares.
func points(from, to *float64) string {
	if from == nil || to == nil {
		return "–"
	}
	return fmt.Sprintf("%+.1f points", 100*(*to-*from))
}

func (f replayedFigures) row(w io.Writer, name string, target float64) {
	level := percent(f.ServiceLevel)
	if f.ServiceLevel != nil && *f.ServiceLevel < target {
		level = "! " + level
	}
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%s\t%.0f s\t%.0f s\t\n", name, f.Offered, f.Answered, f.Abandoned, f.Left, level, f.ASA, f.Longest)
}

// provenance says what the figures stand on.
func (r replayReport) provenance() string {
	j := r.Journal
	said := []string{fmt.Sprintf("%d events, %d of them rejected, %d decisions", j.Events, j.Rejected, j.Decisions)}
	switch {
	case j.Different > 0:
		said = append(said, fmt.Sprintf("the router decides otherwise now at %d events: %s", j.Different, strings.Join(j.Differs, ", ")))
	case j.Unproved < j.Events:
		said = append(said, "the router decides now as it did, digest "+j.Digest)
	}
	if j.Unproved > 0 && j.Lost == 0 {
		said = append(said, fmt.Sprintf("events are missing on a day before, and %d of the %d prove nothing", j.Unproved, j.Events))
	}
	if j.Lost > 0 {
		said = append(said, fmt.Sprintf("%d events are missing, and the %d after them prove nothing", j.Lost, j.Unproved))
	}
	if len(j.Torn) > 0 {
		said = append(said, "left out, for a crash tore them apart: "+strings.Join(j.Torn, ", "))
	}
	if j.Runs > 1 {
		said = append(said, fmt.Sprintf("in %d runs of Hotline", j.Runs))
	}
	if r.Rules > 1 && len(r.Changes) > 0 {
		said = append(said, fmt.Sprintf("there were %d configurations, and the simulations take the last", r.Rules))
	}
	if r.LeftOut > 0 {
		said = append(said, fmt.Sprintf("left out of the simulations, for they came to queues that were gone when the day ended: %d calls", r.LeftOut))
	}
	return strings.Join(said, "; ")
}

// picture is `hotline simulate`'s, with up to three panels for each queue.
func (r replayReport) picture(w io.Writer) error {
	s := simulatedReport{Days: 1, Seed: r.Seed}
	for _, q := range r.Queues {
		panels := []struct {
			name string
			span *simulatedSpan
		}{{"really", &q.Really}, {"simulated as it was", q.Again}, {"with the changes", q.Changed}}
		for _, p := range panels {
			if p.span != nil {
				one := p.span.report
				one.ID = queues.QueueID(fmt.Sprintf("%s, %s", q.ID, p.name))
				s.Queues = append(s.Queues, simulated(simulation.Plan{}, simulation.Report{Days: 1, Queues: []simulation.QueueReport{one}}).Queues...)
			}
		}
	}
	return s.picture(w)
}
