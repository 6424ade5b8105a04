package proof

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hotline/queues"
	"hotline/telephony/hours"
)

// minutes says of each minute of a day whether something holds.
type minutes [24 * 60]bool

var wholeDay = func() (all minutes) {
	for i := range all {
		all[i] = true
	}
	return all
}()

// dayOpen is when a queue is open on a day of the week, or on a date.
type dayOpen struct {
	name string
	open minutes
}

// daysOfCalendar are the days of the week from Monday on, and then the dates that are unlike theirs.
func daysOfCalendar(c *hours.Calendar) (all []dayOpen) {
	open := func(spans []hours.Span) (m minutes) {
		for _, s := range spans {
			for t := s.From; t < s.To; t += time.Minute {
				m[t/time.Minute] = true
			}
		}
		return m
	}
	for i := range 7 {
		d := time.Weekday((i + 1) % 7)
		if c == nil {
			all = append(all, dayOpen{d.String(), wholeDay})
			continue
		}
		all = append(all, dayOpen{d.String(), open(c.Week[d])})
	}
	if c != nil {
		for _, date := range slices.Sorted(maps.Keys(c.Dates)) {
			all = append(all, dayOpen{date, open(c.Dates[date])})
		}
	}
	return all
}

// extras are what requests of a queue may need beyond what the queue asks for, as far as that is known: one of the languages of the
// line, and what the callers of the plan need.
func (p *prover) extras(id queues.QueueID) (all [][]queues.Need) {
	for _, l := range p.Languages {
		all = append(all, []queues.Need{{Skill: queues.Language(l), Level: 1}})
	}
	for _, d := range p.Demands {
		if d.Queue == id && !slices.ContainsFunc(all, func(e []queues.Need) bool { return slices.Equal(e, d.Extra) }) {
			all = append(all, d.Extra)
		}
	}
	return all
}

// onShift counts who is at work in each minute of a day and can do something.
func (p *prover) onShift(can func(queues.Agent) bool) (count [24 * 60]int) {
	for _, one := range p.Staff {
		if !can(one.Agent) {
			continue
		}
		var works minutes // shifts of one agent may overlap
		for _, shift := range one.Shifts {
			for t := shift.From; t < shift.To; t += time.Minute {
				works[t/time.Minute%(24*60)] = true
			}
		}
		for i, w := range works {
			if w {
				count[i]++
			}
		}
	}
	return count
}

// lack is that nobody can serve some requests of a queue, at some times.
type lack struct {
	when string // "" is never
	what string
}

// covered finds requests that nobody could serve when the queue is open.
func (p *prover) covered(at string, q queues.Queue) {
	led := slices.IndexFunc(q.Overflow, func(o queues.Overflow) bool {
		return o == queues.Overflow{After: o.After, NobodyThere: true, To: o.To}
	})
	extras := p.extras(q.ID)
	by := make(map[lack][]int) // what is the same for several extras is told once
	var order []lack
	for i, extra := range extras {
		for _, l := range p.lacks(q, extra, led >= 0) {
			if by[l] == nil {
				order = append(order, l)
			}
			by[l] = append(by[l], i)
		}
	}
	for _, l := range order {
		needs := needsWords(q)
		if len(by[l]) < len(extras) || needs == "" {
			var with []string
			for _, i := range by[l] {
				with = append(with, extraWords(extras[i]))
			}
			needs = strings.TrimPrefix(needs+" with "+strings.Join(with, " or with "), " with ")
		}
		text := fmt.Sprintf("queue %s%s: ", q.ID, l.when) + fmt.Sprintf(l.what, needs)
		if l.when == "" && led >= 0 && !strings.HasPrefix(l.what, "reserve") {
			p.doubt(at+".skills", "%s; all these callers overflow by rule %d", text, led+1)
			continue
		}
		if strings.HasSuffix(l.what, onlyRelaxed) {
			p.doubt(at+".skills", "%s", text)
			continue
		}
		p.wrong(at+".skills", "%s", text)
	}
}

const onlyRelaxed = "and only relaxation steps, taken at once, let anybody serve such calls"

// lacks finds when nobody could serve the requests of a queue that need something extra. Where an overflow rule leads
// them away while nobody is there, only what is so at all times is told.
func (p *prover) lacks(q queues.Queue, extra []queues.Need, led bool) (all []lack) {
	serve := func(a queues.Agent) bool { return q.ServedBy(a, extra...) }
	plain := q
	plain.Relax = nil
	some, same := false, false
	for _, one := range p.Staff {
		some = some || serve(one.Agent)
		same = same || plain.ServedBy(one.Agent, extra...)
	}
	switch {
	case !some && len(q.Relax) > 0:
		return []lack{{"", "nobody holds %s, nor what relaxation leaves of it"}}
	case !some:
		return []lack{{"", "nobody holds %s"}}
	case !same:
		all = append(all, lack{"", "nobody holds %s, " + onlyRelaxed})
	}
	count := p.onShift(serve)
	on := ""
	if p.Shifts {
		on = " on shift"
	}
	if !led {
		if when := WhenOpen(q.Hours, func(minute int) bool { return count[minute] == 0 }); when != "" {
			all = append(all, lack{", " + when, "nobody" + on + " holds %s"})
		}
	}
	if most := slices.Max(count[:]); most <= q.Reserve {
		all = append(all, lack{"", fmt.Sprintf("reserve keeps %d free who hold %%s, and never are there more than %d%s: nobody would be offered a call", q.Reserve, most, on)})
	} else if when := WhenOpen(q.Hours, func(minute int) bool { return count[minute] > 0 && count[minute] <= q.Reserve }); when != "" {
		all = append(all, lack{", " + when, fmt.Sprintf("reserve keeps %d free who hold %%s, and no more are%s then: nobody is offered a call", q.Reserve, on)})
	}
	return all
}

// WhenOpen says in words at which opening times something holds: "Monday to Friday 21:00–24:00"; "" where at none.
func WhenOpen(c *hours.Calendar, holds func(minute int) bool) string {
	var texts, names []string
	days := daysOfCalendar(c)
	spans := make([]string, len(days))
	for i, d := range days {
		for m := range d.open {
			d.open[m] = d.open[m] && holds(m)
		}
		spans[i] = d.open.String()
	}
	for i, text := range spans {
		if text == "" || slices.Contains(spans[:i], text) {
			continue
		}
		names = names[:0]
		for j := i; j < len(days); j++ {
			first := j
			for j+1 < 7 && spans[first] == text && spans[j+1] == text { // dates are told one by one
				j++
			}
			switch {
			case spans[first] != text:
			case j == first:
				names = append(names, days[j].name)
			case first == 0 && j == 6:
				names = append(names, "every day")
			default:
				names = append(names, days[first].name+" to "+days[j].name)
			}
		}
		texts = append(texts, strings.Join(names, ", ")+" "+text)
	}
	return strings.Join(texts, "; ")
}

// String writes the times of a day: "09:00–13:00, 21:00–24:00".
func (m minutes) String() string {
	var spans []string
	for from := 0; from < len(m); from++ {
		to := from
		for to < len(m) && m[to] {
			to++
		}
		if to > from {
			spans = append(spans, fmt.Sprintf("%02d:%02d–%02d:%02d", from/60, from%60, to/60, to%60))
			from = to
		}
	}
	return strings.Join(spans, ", ")
}

// needsWords is what a plain request of a queue needs: "support ≥ 2 and (fiber ≥ 2 or dsl ≥ 3)".
func needsWords(q queues.Queue) string {
	var all []string
	for _, n := range q.Skills {
		all = append(all, needWords(n))
	}
	for _, group := range q.AnyOf {
		var any []string
		for _, n := range group {
			any = append(any, needWords(n))
		}
		all = append(all, "("+strings.Join(any, " or ")+")")
	}
	return strings.Join(all, " and ")
}

// extraWords is what a request needs besides: a level only above 1.
func extraWords(needs []queues.Need) string {
	var all []string
	for _, n := range needs {
		if n.Level > 1 {
			all = append(all, needWords(n))
			continue
		}
		all = append(all, string(n.Skill))
	}
	return strings.Join(all, " and ")
}
