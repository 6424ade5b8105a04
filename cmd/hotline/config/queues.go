package config

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"hotline/agentapi"
	"hotline/ivr"
	"hotline/queues"
	"hotline/telephony/words"
)

// Queue is a queue as people write it; queues.Queue says what each setting means.
type Queue struct {
	ID           queues.QueueID `yaml:"id"`
	Name         words.Text     `yaml:"name"`
	Skills       skillLevels    `yaml:"skills"`
	AnyOf        []skillLevels  `yaml:"any_of,omitempty"` // of each, one skill at least
	Relax        []Relaxation   `yaml:"relax,omitempty"`
	Choice       queues.Rule    `yaml:"choice,omitempty"`
	Priority     int            `yaml:"priority,omitempty"`
	Aging        float64        `yaml:"aging,omitempty"` // points a second
	Reserve      int            `yaml:"reserve,omitempty"`
	Affinity     time.Duration  `yaml:"affinity,omitempty"`
	Overflow     []Overflow     `yaml:"overflow,omitempty"`
	Callback     Callback       `yaml:"callback,omitempty"`
	Hours        Hours          `yaml:"hours,omitempty"`
	OfferTimeout time.Duration  `yaml:"offer_timeout,omitempty"`
	WrapUp       time.Duration  `yaml:"wrap_up,omitempty"`
	ShortAbandon time.Duration  `yaml:"short_abandon,omitempty"`
	Target       Target         `yaml:"target,omitempty"`

	TransfersAnew bool   `yaml:"transfers_anew,omitempty"`
	Extension     string `yaml:"extension,omitempty"` // by which agents name it on their phones

	Recording Recording `yaml:"recording,omitempty"`
}

// skillLevels are skills, each at a level or above: {support: 2, "lang:en": 3}.
type skillLevels map[queues.Skill]queues.Level

// Target is a service level: Share of the calls answered Within.
type Target struct {
	Share  float64       `yaml:"share,omitempty"`
	Within time.Duration `yaml:"within,omitempty"`
}

// Relaxation is a step by which less is asked of the agent.
type Relaxation struct {
	After time.Duration  `yaml:"after"`
	Lower skillLevels    `yaml:"lower,omitempty"`
	Drop  []queues.Skill `yaml:"drop,omitempty"`
	Add   skillLevels    `yaml:"add,omitempty"`
}

// Overflow is a rule by which a caller leaves the queue. All conditions given must hold.
type Overflow struct {
	After        time.Duration `yaml:"after,omitempty"`
	Waiting      int           `yaml:"waiting,omitempty"`
	ExpectedWait time.Duration `yaml:"expected_wait,omitempty"`
	ServiceLevel float64       `yaml:"service_level,omitempty"`
	NobodyThere  bool          `yaml:"nobody_there,omitempty"`
	Closed       bool          `yaml:"closed,omitempty"`
	To           Destination   `yaml:"to"`
}

// Destination is where an overflow rule leads callers; exactly one of its settings is given.
type Destination struct {
	Queue     queues.QueueID `yaml:"queue,omitempty"`
	Callback  bool           `yaml:"callback,omitempty"`
	Voicemail string         `yaml:"voicemail,omitempty"` // a prompt, or "default"
	Number    string         `yaml:"number,omitempty"`    // E.164
	Message   string         `yaml:"message,omitempty"`   // a prompt, or "default"
}

// Callback is how callers are called back.
type Callback struct {
	DialFirst bool          `yaml:"dial_first,omitempty"`
	Attempts  int           `yaml:"attempts,omitempty"`
	Every     time.Duration `yaml:"every,omitempty"`
	Hours     Hours         `yaml:"hours,omitempty"`
}

// Reason bounds a reason for which agents are not ready.
type Reason struct {
	AtMost  int           `yaml:"at_most,omitempty"`
	Longest time.Duration `yaml:"longest,omitempty"`
}

// Router is all of the configuration that the router knows of, but for where midnight is and the epoch.
func (c Config) Router() queues.Config {
	r := queues.Config{Return: c.Return, ExtensionLimit: c.Extension}
	for _, q := range c.Queues {
		r.Queues = append(r.Queues, q.queue())
	}
	for _, choice := range c.reasons() {
		reason := queues.Reason(choice.Code)
		r.Reasons = append(r.Reasons, queues.ReasonLimit{
			Reason: reason, AtMost: c.Reasons[reason].AtMost, Longest: time.Duration(choice.LongestS) * time.Second,
		})
	}
	return r
}

func (q Queue) queue() queues.Queue {
	made := queues.Queue{
		ID: q.ID, Name: q.Name, Skills: q.Skills.needs(), Choice: q.Choice, Priority: q.Priority, Aging: q.Aging, Reserve: q.Reserve,
		Affinity: q.Affinity, OfferTimeout: q.OfferTimeout, WrapUp: q.WrapUp, ShortAbandon: q.ShortAbandon,
		Target: queues.Target{Share: q.Target.Share, Within: q.Target.Within}, TransfersAnew: q.TransfersAnew,
		Callback: queues.CallbackPlan{
			DialFirst: q.Callback.DialFirst, Attempts: q.Callback.Attempts, Every: q.Callback.Every,
		},
	}
	for _, group := range q.AnyOf {
		made.AnyOf = append(made.AnyOf, group.needs())
	}
	for _, s := range q.Relax {
		made.Relax = append(made.Relax, queues.Relaxation{After: s.After, Lower: s.Lower.needs(), Drop: s.Drop, Add: s.Add.needs()})
	}
	for _, o := range q.Overflow {
		made.Overflow = append(made.Overflow, queues.Overflow{
			After: o.After, Waiting: o.Waiting, ExpectedWait: o.ExpectedWait, ServiceLevel: o.ServiceLevel,
			NobodyThere: o.NobodyThere, Closed: o.Closed, To: o.To.destination(),
		})
	}
	made.Hours, _ = q.Hours.calendar()
	made.Callback.Hours, _ = q.Callback.Hours.calendar()
	return made
}

// needs are the skills by name.
func (s skillLevels) needs() (all []queues.Need) {
	for _, skill := range slices.Sorted(maps.Keys(s)) {
		all = append(all, queues.Need{Skill: skill, Level: s[skill]})
	}
	return all
}

// kinds are the kinds of destination that are set; a sound configuration has one.
func (d Destination) kinds() (all []queues.DestinationKind) {
	for _, k := range []struct {
		kind queues.DestinationKind
		set  bool
	}{
		{queues.ToQueue, d.Queue != ""}, {queues.ToCallback, d.Callback}, {queues.ToVoicemail, d.Voicemail != ""},
		{queues.ToNumber, d.Number != ""}, {queues.ToMessage, d.Message != ""},
	} {
		if k.set {
			all = append(all, k.kind)
		}
	}
	return all
}

// destination is the router's. Where not exactly one kind is set, which a sound configuration does not have, it has none.
func (d Destination) destination() queues.Destination {
	made := queues.Destination{Queue: d.Queue, Number: d.Number, Prompt: d.prompt()}
	if kinds := d.kinds(); len(kinds) == 1 {
		made.Kind = kinds[0]
	}
	return made
}

// prompt is the name of what is said there; "" where it is nothing, or the default.
func (d Destination) prompt() string {
	if name := cmp.Or(d.Voicemail, d.Message); name != "default" {
		return name
	}
	return ""
}

// LeavesDeserted says whether callers leave a queue when nobody is there.
func (c Config) LeavesDeserted() bool {
	return slices.ContainsFunc(c.Queues, func(q Queue) bool {
		return slices.ContainsFunc(q.Overflow, func(o Overflow) bool { return o.NobodyThere })
	})
}

// reasons are those that a desk offers, with how long each may last here: as usual where the configuration is silent, and else
// just as it says, so that a reason can be left without a bound.
func (c Config) reasons() []agentapi.Choice {
	all := slices.Clone(agentapi.DefaultReasons)
	if c.Reasons == nil {
		return all
	}
	for i := range all {
		all[i].LongestS = int(c.Reasons[queues.Reason(all[i].Code)].Longest.Seconds())
	}
	return all
}

// OverflowSays names the prompts that callers hear where the queues send them, and in what happens to talks.
func (c Config) OverflowSays() (names []string) {
	names = ivr.TalkSays()
	for _, q := range c.Queues {
		if name := q.Recording.Announce; name != "" {
			names = append(names, name)
		}
		for _, o := range q.Overflow {
			if to := o.To.destination(); to.Kind != "" {
				names = append(names, ivr.OverflowSays(to)...)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
