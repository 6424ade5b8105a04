package days

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"hotline/queues"
	"hotline/queues/journal"
	"hotline/queues/simulation"
)

// Replayed is a day that was, and what it would have been.
type Replayed struct {
	Day     string           `json:"day"`
	Journal journal.Replayed `json:"journal"`
	Rules   int              `json:"configurations"` // that the day had; the simulations take the last
	Changes []string         `json:"changes,omitempty"`
	Seed    uint64           `json:"seed,omitempty"`
	LeftOut int              `json:"left_out,omitempty"` // calls of the day to queues that its last configuration has not: not simulated
	Queues  []Compared       `json:"queues"`
}

// Compared is one queue, side by side. Again and Changed are missing where nothing is otherwise.
type Compared struct {
	ID      queues.QueueID `json:"id"`
	Target  Target         `json:"target"`
	Really  Span           `json:"really"`            // what was
	Again   *Span          `json:"again,omitempty"`   // the same day, simulated: its difference from what was is the model's
	Changed *Span          `json:"changed,omitempty"` // the day as it would have been; its difference from Again is the changes'
}

// with puts the figures side by side, by queue.
func (r Replayed) with(really, again, changed []simulation.QueueReport) Replayed {
	r.Queues = []Compared{}
	of := func(all []simulation.QueueReport, id queues.QueueID) *Span {
		i := slices.IndexFunc(all, func(q simulation.QueueReport) bool { return q.ID == id })
		if i < 0 {
			return nil
		}
		s := spanOf(all[i], 1)
		return &s
	}
	for _, q := range really {
		r.Queues = append(r.Queues, Compared{
			ID: q.ID, Target: targetOf(q), Really: reallyOf(q), Again: of(again, q.ID), Changed: of(changed, q.ID),
		})
	}
	return r
}

// reallyOf is a span of what was. Why callers waited was not looked at, nor how busy agents were.
func reallyOf(q simulation.QueueReport) Span {
	s := spanOf(q, 1)
	s.Day.Waits, s.Day.Occupancy = nil, nil
	for i := range s.HalfHours {
		s.HalfHours[i].Waits, s.HalfHours[i].Occupancy = nil, nil
	}
	return s
}

// Verdict is an error where the day is not decided as it was: unchanged, at any event; with changes, where facts do not fit any more.
// What is only decided otherwise now, as after an upgrade, is told beside the figures then: callers and agents fit it.
func (r Replayed) Verdict() error {
	j := r.Journal
	switch {
	case len(r.Changes) > 0:
		return r.misfit()
	case j.Events > 0 && j.Unproved == j.Events:
		return fmt.Errorf("no event of this day proves anything: events are missing before the first")
	case j.Unfit > 0:
		return r.misfit()
	case j.Different == 0:
		return nil
	}
	return fmt.Errorf("%s: another version of Hotline wrote this journal, or the clock was set", r.differs())
}

// misfit is an error where facts were taken then and are rejected now, or the other way round.
func (r Replayed) misfit() error {
	if r.Journal.Unfit == 0 {
		return nil
	}
	return fmt.Errorf("%s; %d of these were taken then and are rejected now, or the other way round: lines are missing or were changed there, or another version of Hotline decided otherwise",
		r.differs(), r.Journal.Unfit)
}

// nonsense is an error where so many facts do not fit that figures of the day say nothing: of one in twenty, most talks are of other
// people already.
func (r Replayed) nonsense() error {
	if r.Journal.Unfit*20 <= r.Journal.Events {
		return nil
	}
	return fmt.Errorf("%w; no figures are made of such a day", r.misfit())
}

func (r Replayed) differs() string {
	j := r.Journal
	return fmt.Sprintf("the router decides otherwise now than it did, at %d of %d events, first at %s, %s", j.Different, j.Events, j.Differs[0], j.DiffersFrom.Format("15:04:05"))
}

// Text is the report for people.
func (r Replayed) Text(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s\n", r.Day, r.provenance())
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	if len(r.Changes) > 0 {
		fmt.Fprintf(w, "again, with: %s (seed %d)\n", strings.Join(r.Changes, "; "), r.Seed)
	}
	for _, q := range r.Queues {
		fmt.Fprintf(t, "\n%s: %.0f %% within %.0f s\n", q.ID, 100*q.Target.Share, q.Target.WithinS)
		if q.Again == nil || q.Changed == nil {
			fmt.Fprintln(t, "from\t"+figureColumns)
			for _, f := range q.Really.HalfHours {
				if f.Offered > 0 {
					fmt.Fprintln(t, f.cells(f.From, 0, q.Target.Share))
				}
			}
			fmt.Fprintln(t, q.Really.Day.cells("day", 0, q.Target.Share))
			continue
		}
		q.sideBySide(t)
	}
	return t.Flush()
}

// sideBySide is the day in three rows, and its half hours in three columns.
func (q Compared) sideBySide(t io.Writer) {
	fmt.Fprintln(t, "\t"+figureColumns)
	for _, p := range q.panels() {
		fmt.Fprintln(t, p.span.Day.cells(p.name, 0, q.Target.Share))
	}
	fmt.Fprintf(t, "which makes\t\t%+.0f\t%+.0f\t%+.0f\t%+.0f\t%s\t%+.0f s\t\t\n", q.Changed.Day.Answered-q.Again.Day.Answered,
		q.Changed.Day.Abandoned-q.Again.Day.Abandoned, q.Changed.Day.CalledBack-q.Again.Day.CalledBack, q.Changed.Day.Left-q.Again.Day.Left,
		points(q.Again.Day.ServiceLevel, q.Changed.Day.ServiceLevel), q.Changed.Day.ASA-q.Again.Day.ASA)
	fmt.Fprintln(t, "level from\treally\tas it was\tchanged\t\t\t\t\t\t")
	for i, f := range q.Really.HalfHours {
		if f.Offered > 0 {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t\t\t\t\t\t\n", f.From, percent(f.ServiceLevel), percent(q.Again.HalfHours[i].ServiceLevel), percent(q.Changed.HalfHours[i].ServiceLevel))
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

// provenance says what the figures stand on.
func (r Replayed) provenance() string {
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

// Picture is `hotline simulate`'s, with up to three panels for each queue.
func (r Replayed) Picture(w io.Writer) error {
	title, causes := r.Day+" as it was", false
	if len(r.Changes) > 0 {
		title, causes = fmt.Sprintf("%s, and again with: %s (seed %d)", r.Day, strings.Join(r.Changes, "; "), r.Seed), true
	}
	if r.Journal.Different > 0 {
		title += "; " + r.differs()
	}
	var panels []Queue
	for _, q := range r.Queues {
		for _, p := range q.panels() {
			id := queues.QueueID(fmt.Sprintf("%s, %s", q.ID, p.name))
			panels = append(panels, Queue{ID: id, Target: q.Target, Span: *p.span})
		}
	}
	return draw(w, title, causes, panels)
}

type namedSpan struct {
	name string
	span *Span
}

// panels are the spans that there are.
func (q Compared) panels() []namedSpan {
	all := []namedSpan{{"really", &q.Really}, {"simulated as it was", q.Again}, {"with the changes", q.Changed}}
	return slices.DeleteFunc(all, func(p namedSpan) bool { return p.span == nil })
}
