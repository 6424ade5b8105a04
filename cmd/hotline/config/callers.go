package config

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"hotline/queues"
	"hotline/queues/simulation"
	"hotline/telephony/hours"
)

// callers is who calls, as people write it.
type callers struct {
	Arrivals []struct {
		Queue    queues.QueueID                `yaml:"queue"`
		Needs    map[queues.Skill]queues.Level `yaml:"needs,omitempty"`
		Priority int                           `yaml:"priority,omitempty"`
		Talk     struct {
			Mean      time.Duration `yaml:"mean"`
			Deviation time.Duration `yaml:"deviation,omitempty"`
		} `yaml:"talk"`
		WrapUp   time.Duration      `yaml:"wrap_up,omitempty"`
		Patience time.Duration      `yaml:"patience,omitempty"`
		Callback float64            `yaml:"callback,omitempty"`
		Calls    map[string]float64 `yaml:"calls"`
	} `yaml:"arrivals"`
}

// demands are the streams of callers.
func (c Config) demands(r callers, doc *document) (all []simulation.Demand) {
	if len(r.Arrivals) == 0 {
		doc.wrong("arrivals", "is missing: who calls?")
	}
	for i, a := range r.Arrivals {
		at := "arrivals." + strconv.Itoa(i)
		d := simulation.Demand{Queue: a.Queue, Priority: a.Priority, Talk: simulation.Exponential(a.Talk.Mean), Callback: a.Callback}
		if doc.needed(at+".queue", string(a.Queue)) && !slices.ContainsFunc(c.Queues, func(q Queue) bool { return q.ID == a.Queue }) {
			doc.wrong(at+".queue", "%q is no queue of the configuration", a.Queue)
		}
		doc.levels(at+".needs", a.Needs)
		doc.from(at+".priority", a.Priority, -mostPriority, mostPriority)
		for _, skill := range slices.Sorted(maps.Keys(a.Needs)) {
			d.Extra = append(d.Extra, queues.Need{Skill: skill, Level: a.Needs[skill]})
		}
		switch {
		case a.Talk.Mean <= 0:
			doc.wrong(at+".talk", "needs a mean above zero, such as {mean: 4m, deviation: 5m}")
		case a.Talk.Deviation > 0:
			d.Talk = simulation.Lognormal(a.Talk.Mean, a.Talk.Deviation)
		}
		doc.notNegative(at+".talk.deviation", a.Talk.Deviation)
		doc.notNegative(at+".wrap_up", a.WrapUp)
		doc.notNegative(at+".patience", a.Patience)
		doc.share(at+".callback", a.Callback)
		d.WrapUp = simulation.Exponential(a.WrapUp)
		if a.Patience > 0 {
			d.Patience = simulation.Exponential(a.Patience)
		}
		doc.halfHours(at+".calls", a.Calls, &d.Calls)
		all = append(all, d)
	}
	return all
}

// halfHours spreads calls over the day. Each half hour may stand there once.
func (doc *document) halfHours(path string, calls map[string]float64, day *[simulation.Slots]float64) {
	const most = 1e6
	if len(calls) == 0 {
		doc.wrong(path, `is missing: how many call in each half hour? Such as {"09:00-18:00": 12}`)
	}
	var taken [simulation.Slots]string
	for _, text := range slices.Sorted(maps.Keys(calls)) {
		from, to, ok := hours.TimesOfDay(text)
		switch at := path + "." + text; {
		case !ok || from%simulation.Slot != 0 || to%simulation.Slot != 0:
			doc.wrong(at, `%q are no half hours of the day; write them as "09:00-18:30"`, text)
			continue
		case !(calls[text] >= 0 && calls[text] <= most):
			doc.wrong(at, "is %v; in each half hour there may be from 0 to %.0f", calls[text], most)
			continue
		}
		for t := from; t < to; t += simulation.Slot {
			slot := int(t/simulation.Slot) % simulation.Slots
			if taken[slot] != "" {
				doc.wrong(path+"."+text, "meets %q", taken[slot])
				break
			}
			taken[slot], day[slot] = text, calls[text]
		}
	}
}
