package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"hotline/queues"
	"hotline/queues/proof"
	"hotline/queues/simulation"
)

// drawable is a report for people; its own fields are for programs.
type drawable interface {
	text(w io.Writer) error
	picture(w io.Writer) error // SVG
}

// write writes a report as text, json or svg.
func write(w io.Writer, format string, report drawable) error {
	switch format {
	case "json":
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(report)
	case "svg":
		return report.picture(w)
	default:
		return report.text(w)
	}
}

// simulatedReport is a report as it is written. Calls and times waited are per day; all else is of all days.
type simulatedReport struct {
	Days   int              `json:"days"`
	Seed   uint64           `json:"seed"`
	More   *simulatedMore   `json:"more,omitempty"`
	Notes  []string         `json:"notes,omitempty"` // what is not simulated, for nobody said it
	Queues []simulatedQueue `json:"queues"`
	Agents []simulatedAgent `json:"agents"`
}

// simulatedMore is how many agents had to be added, and were.
type simulatedMore struct {
	Like   string `json:"like"`
	Hours  string `json:"hours"` // "21:00-23:00"
	Agents int    `json:"agents"`
}

func (m *simulatedMore) String() string {
	if m == nil {
		return ""
	}
	return fmt.Sprintf("; with %d more like %s at %s", m.Agents, m.Like, m.Hours)
}

type simulatedQueue struct {
	ID     queues.QueueID  `json:"id"`
	Target simulatedTarget `json:"target"`
	simulatedSpan
}

type simulatedTarget struct {
	Share   float64 `json:"share"`
	WithinS float64 `json:"within_s"`
}

// simulatedSpan is a day, and its half hours.
type simulatedSpan struct {
	Day       simulatedFigures   `json:"day"`
	HalfHours []simulatedFigures `json:"half_hours"`
}

// simulatedFigures are those of the calls that came in a time. A share is from 0 to 1, and null where there is nothing to share.
type simulatedFigures struct {
	From         string             `json:"from,omitempty"` // "09:30"
	Offered      float64            `json:"offered"`
	Answered     float64            `json:"answered"`
	Abandoned    float64            `json:"abandoned"`
	Short        float64            `json:"short_abandoned"`
	CalledBack   float64            `json:"called_back"`
	Left         float64            `json:"left"` // went elsewhere, or nobody ever came for them
	ServiceLevel *float64           `json:"service_level"`
	Occupancy    *float64           `json:"occupancy"`
	ASA          float64            `json:"asa_s"`
	Longest      float64            `json:"longest_s"`
	Waits        map[string]float64 `json:"waits_s,omitempty"` // by cause, seconds a day; none of what really was, nor its occupancy
}

type simulatedAgent struct {
	ID        queues.AgentID `json:"id"`
	Hours     float64        `json:"hours"` // a day
	Occupancy *float64       `json:"occupancy"`
}

func simulated(plan simulation.Plan, r simulation.Report) simulatedReport {
	days := float64(r.Days)
	s := simulatedReport{Days: r.Days, Seed: plan.Seed, Queues: []simulatedQueue{}, Agents: []simulatedAgent{}}
	for _, q := range plan.Config.Queues {
		if proof.NobodyAccepts(plan.Config.Queues, q, plan.Demands) {
			s.Notes = append(s.Notes, fmt.Sprintf("%s offers callbacks, and nobody accepts one: the arrivals say of no callers there how many would, such as callback: 0.4", q.ID))
		}
	}
	for _, q := range r.Queues {
		s.Queues = append(s.Queues, simulatedQueue{ID: q.ID, Target: targetOf(q), simulatedSpan: spanOf(q, days)})
	}
	for _, a := range r.Agents {
		var work simulation.Work
		for _, w := range a.Slots {
			work = work.Plus(w)
		}
		s.Agents = append(s.Agents, simulatedAgent{ID: a.ID, Hours: (work.Handling + work.Ready).Hours() / days, Occupancy: maybe(work.Occupancy())})
	}
	return s
}

func targetOf(q simulation.QueueReport) simulatedTarget {
	return simulatedTarget{q.Target.Share, q.Target.Within.Seconds()}
}

func spanOf(q simulation.QueueReport, days float64) simulatedSpan {
	s := simulatedSpan{Day: figuresOf(q.Total(), days)}
	for slot, f := range q.Slots {
		one := figuresOf(f, days)
		one.From = simulation.SlotName(slot)
		s.HalfHours = append(s.HalfHours, one)
	}
	return s
}

func figuresOf(f simulation.Figures, days float64) simulatedFigures {
	of := func(n int) float64 { return float64(n) / days }
	s := simulatedFigures{
		Offered: of(f.Offered), Answered: of(f.Answered), Abandoned: of(f.Abandoned), Short: of(f.ShortAbandoned),
		CalledBack: of(f.CalledBack), Left: of(f.Left),
		ServiceLevel: maybe(f.ServiceLevel()), Occupancy: maybe(f.Work.Occupancy()),
		ASA: f.ASA().Seconds(), Longest: f.Longest.Seconds(), Waits: make(map[string]float64),
	}
	for _, c := range simulation.AllCauses() {
		if f.Causes[c] > 0 {
			s.Waits[c.String()] = f.Causes[c].Seconds() / days
		}
	}
	return s
}

func maybe(share float64, ok bool) *float64 {
	if !ok {
		return nil
	}
	return &share
}

// text is the report for people.
func (s simulatedReport) text(w io.Writer) error {
	fmt.Fprintf(w, "%d days like this, seed %d%s; calls are per day, half hours by arrival\n", s.Days, s.Seed, s.More)
	for _, note := range s.Notes {
		fmt.Fprintln(w, note)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, q := range s.Queues {
		fmt.Fprintf(t, "\n%s: %.0f %% within %.0f s\n", q.ID, 100*q.Target.Share, q.Target.WithinS)
		fmt.Fprintln(t, "from\t"+figureColumns+"occupancy\t  where the waits came from")
		for _, f := range q.HalfHours {
			if f.Offered > 0 {
				f.row(t, f.From, q.Target.Share)
			}
		}
		q.Day.row(t, "day", q.Target.Share)
	}
	fmt.Fprintln(t, "\nagent\thours\toccupancy\t")
	for _, a := range s.Agents {
		fmt.Fprintf(t, "%s\t%.1f\t%s\t\n", a.ID, a.Hours, percent(a.Occupancy))
	}
	return t.Flush()
}

func (f simulatedFigures) row(w io.Writer, name string, target float64) {
	fmt.Fprintf(w, "%s%s\t  %s\n", f.cells(name, 1, target), percent(f.Occupancy), f.causes().Words())
}

// figureColumns are the heads of what cells writes.
const figureColumns = "calls\tanswered\tabandoned\tcalled back\tleft\tlevel\tASA\tlongest\t"

// cells are the columns that every report has, numbers of calls with so many decimals.
func (f simulatedFigures) cells(name string, decimals int, target float64) string {
	level := percent(f.ServiceLevel)
	if f.ServiceLevel != nil && *f.ServiceLevel < target {
		level = "! " + level
	}
	b := name
	for _, calls := range []float64{f.Offered, f.Answered, f.Abandoned, f.CalledBack, f.Left} {
		b += "\t" + strconv.FormatFloat(calls, 'f', decimals, 64)
	}
	return b + fmt.Sprintf("\t%s\t%.0f s\t%.0f s\t", level, f.ASA, f.Longest)
}

// causes are what kept the callers waiting, a day.
func (f simulatedFigures) causes() (all simulation.Causes) {
	for _, c := range simulation.AllCauses() {
		all[c] = time.Duration(f.Waits[c.String()] * float64(time.Second))
	}
	return all
}

func percent(share *float64) string {
	if share == nil {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100**share)
}
