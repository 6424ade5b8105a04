package flow

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"time"

	"hotline/queues"
)

var queueKind = kindOf[Queue]("queue", `
queue: {queue: support, topic: fault, music: default, announce: still_waiting, every: 30s, announce_wait: true}
next: after
`)

// Queue waits in a queue and talks with the agent who answers. Music plays meanwhile; Announce is said every Every, and after it
// how long the caller is likely to wait yet.
type Queue struct {
	Queue        queues.QueueID `yaml:"queue"`
	Topic        Topic          `yaml:"topic,omitempty"` // where no menu set one
	Music        string         `yaml:"music,omitempty"`
	Announce     Prompt         `yaml:"announce,omitempty"`
	Every        time.Duration  `yaml:"every,omitempty"`
	AnnounceWait bool           `yaml:"announce_wait,omitempty"`
}

// Outline implements Kind.
func (q Queue) Outline(next NodeID) Outline {
	o := Outline{Drawn: drawn("queue", q.Queue), Ways: on(next), Topics: []About{{"queue.topic", q.Topic}}}
	if q.Announce != "" {
		o.Says = append(o.Says, Said{"queue.announce", []Prompt{q.Announce}})
	}
	if q.AnnounceWait {
		o.Says = append(o.Says, Said{"queue.announce_wait", waitPrompts()})
	}
	return o
}

var musicClass = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// Prove implements Kind.
func (q Queue) Prove(p *Proof) {
	p.queue("queue.queue", q.Queue)
	if q.Announce != "" {
		p.positive("queue.every", q.Every)
	}
	if q.Music != "" && !musicClass.MatchString(q.Music) {
		p.wrong("queue.music", "%q is not the name of a class of musiconhold.conf, such as default", q.Music)
	}
	if q.AnnounceWait && q.Announce == "" {
		p.wrong("queue.announce_wait", "is said after announce, and that is missing")
	}
}

// Run implements Kind.
func (q Queue) Run(ctx context.Context, call Call, next NodeID) (NodeID, error) {
	return next, call.Queues.Wait(ctx, q)
}

// Queue is what a node waits in; false where callers wait in none there.
func (f Flow) Queue(id NodeID) (Queue, bool) {
	q, waits := f.Nodes[id].Kind.(Queue)
	return q, waits
}

// WaitsIn is a node at which callers wait in a queue, the first in the order of the alphabet; "" where there is none.
func (f Flow) WaitsIn(queue queues.QueueID) NodeID {
	for _, id := range slices.Sorted(maps.Keys(f.Nodes)) {
		if q, waits := f.Queue(id); waits && q.Queue == queue {
			return id
		}
	}
	return ""
}
