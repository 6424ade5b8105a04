package days

import (
	"fmt"
	"io"
	"text/tabwriter"

	"hotline/queues"
	"hotline/queues/proof"
	"hotline/queues/simulation"
)

// Simulated is what came of simulated days. Calls and times waited are per day; all else is of all days.
type Simulated struct {
	Days   int      `json:"days"`
	Seed   uint64   `json:"seed"`
	More   *More    `json:"more,omitempty"`
	Notes  []string `json:"notes,omitempty"` // what is not simulated, for nobody said it
	Queues []Queue  `json:"queues"`
	Agents []Agent  `json:"agents"`
}

// More is how many agents had to be added, and were.
type More struct {
	Like   string `json:"like"`
	Hours  string `json:"hours"` // "21:00-23:00"
	Agents int    `json:"agents"`
}

func (m *More) String() string {
	if m == nil {
		return ""
	}
	return fmt.Sprintf("; with %d more like %s at %s", m.Agents, m.Like, m.Hours)
}

// Queue is one queue of the days.
type Queue struct {
	ID     queues.QueueID `json:"id"`
	Target Target         `json:"target"`
	Span
}

// Agent is one agent of the days.
type Agent struct {
	ID        queues.AgentID `json:"id"`
	Hours     float64        `json:"hours"` // a day
	Occupancy *float64       `json:"occupancy"`
}

func simulated(plan simulation.Plan, r simulation.Report) Simulated {
	days := float64(r.Days)
	s := Simulated{Days: r.Days, Seed: plan.Seed, Queues: []Queue{}, Agents: []Agent{}}
	for _, q := range plan.Config.Queues {
		if proof.NobodyAccepts(plan.Config.Queues, q, plan.Demands) {
			s.Notes = append(s.Notes, fmt.Sprintf("%s offers callbacks, and nobody accepts one: the arrivals say of no callers there how many would, such as callback: 0.4", q.ID))
		}
	}
	for _, q := range r.Queues {
		s.Queues = append(s.Queues, Queue{ID: q.ID, Target: targetOf(q), Span: spanOf(q, days)})
	}
	for _, a := range r.Agents {
		var work simulation.Work
		for _, w := range a.Slots {
			work = work.Plus(w)
		}
		s.Agents = append(s.Agents, Agent{ID: a.ID, Hours: (work.Handling + work.Ready).Hours() / days, Occupancy: maybe(work.Occupancy())})
	}
	return s
}

// Text is the report for people.
func (s Simulated) Text(w io.Writer) error {
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

func (f Figures) row(w io.Writer, name string, target float64) {
	fmt.Fprintf(w, "%s%s\t  %s\n", f.cells(name, 1, target), percent(f.Occupancy), f.causes().Words())
}

// Picture is the report as an SVG.
func (s Simulated) Picture(w io.Writer) error {
	days := "days"
	if s.Days == 1 {
		days = "day"
	}
	return draw(w, fmt.Sprintf("Simulated: %d %s, seed %d%s", s.Days, days, s.Seed, s.More), true, s.Queues)
}
