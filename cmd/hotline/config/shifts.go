package config

import (
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"hotline/cmd/hotline/config/written"
	"hotline/queues/adherence"
	"hotline/queues/simulation"
)

// Shifts is who is to work when: adherence holds what was beside it.
type Shifts struct {
	File string `yaml:"file,omitempty"` // a rota as `hotline simulate` takes it, relative to the configuration's folder; "" plans nothing
	plan adherence.Plan
}

// Plan is what the file plans; empty where there is none.
func (s Shifts) Plan() adherence.Plan { return s.plan }

// readShifts reads the rota. What is wrong in it is told, and stops nobody who serves: callers need no plan.
func (c *Config) readShifts(doc *document) {
	name := c.Shifts.File
	if name == "" {
		return
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(doc.File), name)
	}
	works, read, err := written.Read[rota](name, "deploy/agents.yaml")
	if err != nil {
		doc.overdue("shifts.file", "%v", err)
		return
	}
	others := &document{read}
	if others.Readable() {
		c.Shifts.plan = works.plan(others)
		c.staff(works, others)
	}
	var mistakes interface{ Unwrap() []error }
	switch err := others.Err(); {
	case errors.As(err, &mistakes):
		for _, one := range mistakes.Unwrap() {
			doc.overdue("shifts.file", "%v", one)
		}
	case err != nil:
		doc.overdue("shifts.file", "%v", err)
	}
}

// plan is when each agent of a rota works. Of a group, which only simulations know, nobody is meant.
func (r rota) plan(doc *document) adherence.Plan {
	all := adherence.Plan{}
	for i, a := range r.Agents {
		at := "agents." + strconv.Itoa(i)
		one := adherence.Rota{Breaks: spansAs(doc.spans(at+".breaks", a.Breaks))}
		shifts := spansAs(doc.spans(at+".shifts", a.Shifts))
		days := []int{0, 1, 2, 3, 4, 5, 6}
		if len(a.Days) > 0 {
			days = nil
		}
		for n, key := range a.Days {
			some := daysOf(key)
			if some == nil {
				doc.wrong(at+".days."+strconv.Itoa(n), `%q is no day: write mon, or mon-fri`, key)
			}
			days = append(days, some...)
		}
		for _, day := range days {
			one.Week[day] = shifts
		}
		for date, texts := range a.Dates {
			path := at + ".dates." + date
			if _, err := time.Parse(time.DateOnly, date); err != nil {
				doc.wrong(path, `%q is no date; write it as "2026-12-31"`, date)
				continue
			}
			if one.Dates == nil {
				one.Dates = map[string][]adherence.Span{}
			}
			one.Dates[date] = spansAs(doc.spans(path, texts))
		}
		if a.Count == 0 {
			all[a.ID] = one
		}
	}
	return all
}

func spansAs(shifts []simulation.Shift) []adherence.Span {
	all := make([]adherence.Span, len(shifts))
	for i, s := range shifts {
		all[i] = adherence.Span{From: s.From, To: s.To}
	}
	return slices.Clip(all)
}
