package days

import (
	"fmt"
	"strconv"
	"time"

	"hotline/queues/simulation"
)

// Target is what a queue promises.
type Target struct {
	Share   float64 `json:"share"`
	WithinS float64 `json:"within_s"`
}

// Span is a day, and its half hours.
type Span struct {
	Day       Figures   `json:"day"`
	HalfHours []Figures `json:"half_hours"`
}

// Figures are those of the calls that came in a time. A share is from 0 to 1, and null where there is nothing to share.
type Figures struct {
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

func targetOf(q simulation.QueueReport) Target {
	return Target{q.Target.Share, q.Target.Within.Seconds()}
}

func spanOf(q simulation.QueueReport, days float64) Span {
	s := Span{Day: figuresOf(q.Total(), days)}
	for slot, f := range q.Slots {
		one := figuresOf(f, days)
		one.From = simulation.SlotName(slot)
		s.HalfHours = append(s.HalfHours, one)
	}
	return s
}

func figuresOf(f simulation.Figures, days float64) Figures {
	of := func(n int) float64 { return float64(n) / days }
	s := Figures{
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

// figureColumns are the heads of what cells writes.
const figureColumns = "calls\tanswered\tabandoned\tcalled back\tleft\tlevel\tASA\tlongest\t"

// cells are the columns that every report has, numbers of calls with so many decimals.
func (f Figures) cells(name string, decimals int, target float64) string {
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
func (f Figures) causes() (all simulation.Causes) {
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
