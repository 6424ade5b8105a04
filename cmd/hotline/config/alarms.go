package config

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"hotline/agentapi/alarms"
	"hotline/queues"
	"hotline/telephony/words"
)

// Alarm is a rule by which supervisors are told at once what must not wait until they look. It looks at one thing: exactly one of the settings from
// Waiting to Recordings is given.
type Alarm struct {
	ID   string     `yaml:"id"`
	Name words.Text `yaml:"name,omitempty"` // "" is what it looks at, in words

	Waiting     Counts `yaml:"waiting,omitempty"`      // callers
	LongestWait Waits  `yaml:"longest_wait,omitempty"` // of those who wait
	Level       Shares `yaml:"service_level,omitempty"`
	Abandoned   Shares `yaml:"abandoned,omitempty"`      // share of the calls
	NobodyThere bool   `yaml:"nobody_there,omitempty"`   // in an open queue
	Phones      Counts `yaml:"phones_failing,omitempty"` // of agents signed in
	Promises    Counts `yaml:"broken_promises,omitempty"`
	Clocks      Counts `yaml:"clocks_ending,omitempty"`      // tickets whose time runs out within the hour, or has
	Recordings  bool   `yaml:"recordings_failing,omitempty"` // what is to be recorded is not

	Queue      queues.QueueID `yaml:"queue,omitempty"`      // this one
	Department string         `yaml:"department,omitempty"` // its queues, agents and tickets taken together
	Together   bool           `yaml:"together,omitempty"`   // all queues taken together; where none of the three is given a rule about queues is about each by itself

	For      time.Duration  `yaml:"for,omitempty"`       // so long without a break; 0 is 30 s
	ClearFor *time.Duration `yaml:"clear_for,omitempty"` // and so long below clear; nil is 1 min
	Urgent   bool           `yaml:"urgent,omitempty"`
	Sound    string         `yaml:"sound,omitempty"`  // none, once or repeat; "" is repeat where it is urgent, and once elsewhere
	Window   time.Duration  `yaml:"window,omitempty"` // of service_level and abandoned; 0 is 30 min
	Least    int            `yaml:"least,omitempty"`  // calls in it; 0 is 10
}

// Counts, Waits and Shares are from where on an alarm is raised, and where it is cleared; nil is a little on the good side of the first.
type (
	Counts struct {
		Raise int  `yaml:"raise"`
		Clear *int `yaml:"clear,omitempty"`
	}
	Waits struct {
		Raise time.Duration  `yaml:"raise"`
		Clear *time.Duration `yaml:"clear,omitempty"`
	}
	Shares struct {
		Raise float64  `yaml:"raise"`
		Clear *float64 `yaml:"clear,omitempty"`
	}
)

// usualAlarms are those of a configuration that says nothing about alarms.
func usualAlarms() []Alarm {
	return []Alarm{
		{ID: "nobody_there", NobodyThere: true, For: time.Minute, Urgent: true},
		{ID: "longest_wait", LongestWait: Waits{Raise: 2 * time.Minute}, For: 10 * time.Second},
		{ID: "service_level", Level: Shares{Raise: 0.6}, For: 2 * time.Minute, Sound: "none"},
		{ID: "phones_failing", Phones: Counts{Raise: 1}, For: time.Minute},
		{ID: "recordings_failing", Recordings: true, Urgent: true},
	}
}

// AlarmRules are the rules, as alarms know them.
func (c Config) AlarmRules() (all []alarms.Rule) {
	written := c.Alarms
	if written == nil {
		written = usualAlarms()
	}
	for _, a := range written {
		if looks := a.looks(); len(looks) == 1 {
			all = append(all, a.rule(looks[0]))
		}
	}
	return all
}

// look is what a rule looks at, with its bounds, by the name of its setting.
type look struct {
	kind         alarms.Kind
	raise, clear float64
}

// looks are all that is given; a sound rule has one.
func (a Alarm) looks() (all []look) {
	counts := func(kind alarms.Kind, c Counts) {
		if c != (Counts{}) {
			clear := float64(c.Raise - 1)
			if c.Clear != nil {
				clear = float64(*c.Clear)
			}
			all = append(all, look{kind, float64(c.Raise), clear})
		}
	}
	shares := func(kind alarms.Kind, s Shares, usual float64) {
		if s != (Shares{}) {
			clear := min(1, s.Raise*usual)
			if s.Clear != nil {
				clear = *s.Clear
			}
			all = append(all, look{kind, s.Raise, clear})
		}
	}
	is := func(kind alarms.Kind, set bool) {
		if set {
			all = append(all, look{kind, 1, 0})
		}
	}
	counts(alarms.Waiting, a.Waiting)
	if a.LongestWait != (Waits{}) {
		clear := a.LongestWait.Raise / 2
		if a.LongestWait.Clear != nil {
			clear = *a.LongestWait.Clear
		}
		all = append(all, look{alarms.LongestWait, a.LongestWait.Raise.Seconds(), clear.Seconds()})
	}
	shares(alarms.ServiceLevel, a.Level, 1.1)
	shares(alarms.Abandoned, a.Abandoned, 0.8)
	is(alarms.NobodyThere, a.NobodyThere)
	counts(alarms.Phones, a.Phones)
	counts(alarms.Promises, a.Promises)
	counts(alarms.Clocks, a.Clocks)
	is(alarms.Recordings, a.Recordings)
	return all
}

func (a Alarm) rule(l look) alarms.Rule {
	r := alarms.Rule{
		ID: a.ID, Name: a.Name, Kind: l.kind, Of: alarms.Of{Queue: a.Queue, Department: a.Department}, Urgent: a.Urgent, Sound: a.Sound,
		Window: cmp.Or(a.Window, 30*time.Minute), Least: cmp.Or(a.Least, 10),
		Bounds: alarms.Bounds{Raise: l.raise, Clear: l.clear, For: cmp.Or(a.For, 30*time.Second), ClearFor: time.Minute},
	}
	if a.ClearFor != nil {
		r.ClearFor = *a.ClearFor
	}
	r.Each = r.Kind.OfQueues() && !a.Together && r.Of == (alarms.Of{})
	if r.Sound == "" {
		r.Sound = "once"
		if r.Urgent {
			r.Sound = "repeat"
		}
	}
	return r
}

// mostAlarms is how many rules there may be: each is judged twice a second.
const mostAlarms = 200

func (c *Config) proveAlarms(doc *document) {
	if len(c.Alarms) > mostAlarms {
		doc.wrong("alarms", "are %d rules; there may be %d", len(c.Alarms), mostAlarms)
	}
	seen := make(map[string]bool)
	for i, a := range c.Alarms {
		at := fmt.Sprintf("alarms.%d", i)
		doc.once(at+".id", a.ID, seen)
		doc.text(at+".name", a.Name)
		doc.oneOf(at+".sound", a.Sound, "none", "once", "repeat")
		doc.lasts(at+".window", a.Window, time.Minute, alarms.LongestWindow)
		doc.from(at+".least", a.Least, 0, 1_000_000)
		c.proveAlarmOf(doc, at, a)
		looks := a.looks()
		if len(looks) != 1 {
			doc.wrong(at, "must look at exactly one of waiting, longest_wait, service_level, abandoned, nobody_there, phones_failing, broken_promises, clocks_ending, recordings_failing; it looks at %d", len(looks))
			continue
		}
		r := a.rule(looks[0])
		setting, text := r.Wrong()
		switch setting {
		case "":
		case "raise", "clear":
			doc.wrong(at+"."+string(r.Kind)+"."+setting, "%s", text)
		default:
			doc.wrong(at+"."+setting, "%s", text)
		}
		if share := r.Kind == alarms.ServiceLevel || r.Kind == alarms.Abandoned; !share && (a.Window != 0 || a.Least != 0) {
			doc.wrong(at, "has window or least, which are for service_level and abandoned")
		}
	}
}

// proveAlarmOf checks what a rule is about.
func (c *Config) proveAlarmOf(doc *document, at string, a Alarm) {
	given := 0
	for _, is := range []bool{a.Queue != "", a.Department != "", a.Together} {
		if is {
			given++
		}
	}
	if given > 1 {
		doc.wrong(at, "may have one of queue, department and together; it has %d of them", given)
	}
	if a.Queue != "" && !doc.Incomplete("queues") && !slices.ContainsFunc(c.Queues, func(q Queue) bool { return q.ID == a.Queue }) {
		doc.wrong(at+".queue", "queue %q does not exist; there are: %s", a.Queue, c.queueNames())
	}
	if a.Department != "" && !c.knownDepartments()[a.Department] && !doc.Incomplete("departments") && !doc.Incomplete("topics") {
		doc.wrong(at+".department", "department %q does not exist; there are: %s", a.Department, c.departmentNames())
	}
	if looks := a.looks(); len(looks) == 1 {
		switch kind := looks[0].kind; {
		case kind == alarms.Recordings && given > 0:
			doc.wrong(at, "recordings_failing is about the whole line: it has no queue, no department, and no together")
		case !kind.OfQueues() && (a.Queue != "" || a.Together):
			doc.wrong(at, "%s is about a department or the whole line: it has no queue, and no together", kind)
		}
	}
}
