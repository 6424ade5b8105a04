package ivr

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"hotline/queues"
)

// Problem is something wrong with a flow. Path says where, from the flow down:
// "nodes.main.menu.choices.3".
type Problem struct {
	Path string
	Text string
}

func (p Problem) String() string { return p.Path + ": " + p.Text }

// House is what a flow may refer to.
type House struct {
	Languages []string                     // the line's languages, the first is the default
	Queues    []queues.QueueID             // the queues there are
	Prompts   map[string]map[string]string // language → name → text
}

// Prove finds everything wrong with a flow, in an order that does not change: nodes that lead
// nowhere or are never reached, circles in which no caller is ever asked anything, prompts that are missing in
// a language, queues that do not exist.
func (f Flow) Prove(h House) []Problem {
	p := prover{flow: f, house: h}
	if f.Start == "" {
		p.wrong("start", "is missing: the flow needs a first node")
	} else if _, ok := f.Nodes[f.Start]; !ok {
		p.wrong("start", "leads to node %q, which does not exist", f.Start)
	}
	for _, id := range slices.Sorted(maps.Keys(f.Nodes)) {
		p.node(id, f.Nodes[id])
	}
	if len(p.found) == 0 { // the rest needs a flow that hangs together
		p.reached()
		p.circles()
	}
	return p.found
}

type prover struct {
	flow  Flow
	house House
	found []Problem
}

func (p *prover) wrong(path, format string, a ...any) {
	p.found = append(p.found, Problem{Path: path, Text: fmt.Sprintf(format, a...)})
}

func (p *prover) node(id NodeID, n Node) {
	at := "nodes." + string(id)
	kinds := n.kinds()
	if len(kinds) != 1 {
		p.wrong(at, "must be exactly one of say, language, menu, ticket, say_ticket, queue, hangup; it has %s", orNothing(kinds))
		return
	}
	switch {
	case n.Menu != nil:
		p.menu(at+".menu", *n.Menu)
		if n.Next != "" {
			p.wrong(at+".next", "is not used by a menu: each choice and otherwise name the way on")
		}
		return
	case n.Hangup != nil:
		p.prompts(at+".hangup.say", n.Hangup.Say...)
		if n.Next != "" {
			p.wrong(at+".next", "nothing comes after hangup")
		}
		return
	case n.Language != nil:
		p.language(at+".language", *n.Language)
	case n.Ticket != nil:
		p.prompts(at+".ticket.prompt", n.Ticket.Prompt)
		p.prompts(at+".ticket.wrong", n.Ticket.Wrong)
		p.tries(at+".ticket", n.Ticket.Tries)
		p.positive(at+".ticket.wait", int64(n.Ticket.Wait))
	case n.Queue != nil:
		p.queue(at+".queue", *n.Queue)
	case n.SayTicket != "":
		p.prompts(at+".say_ticket", n.SayTicket)
	default:
		if len(n.Say) == 0 {
			p.wrong(at+".say", "is empty: it needs at least one prompt")
		}
		p.prompts(at+".say", n.Say...)
	}
	p.leadsTo(at+".next", n.Next)
}

func (p *prover) menu(at string, m MenuNode) {
	p.prompts(at+".prompt", m.Prompt)
	if m.Invalid != "" {
		p.prompts(at+".invalid", m.Invalid)
	}
	if len(m.Choices) == 0 {
		p.wrong(at+".choices", "are missing: a menu without choices asks for nothing")
	}
	for _, digit := range slices.Sorted(maps.Keys(m.Choices)) {
		choice, where := m.Choices[digit], at+".choices."+digit
		p.digit(where, digit)
		p.leadsTo(where+".next", choice.Next)
		for _, language := range p.house.Languages {
			if choice.Path[language] == "" {
				p.wrong(where+".path", "has no words in %q: the agent reads them in the pop", language)
			}
		}
	}
	p.leadsTo(at+".otherwise", m.Otherwise)
	p.tries(at, m.Tries)
	p.positive(at+".wait", int64(m.Wait))
}

func (p *prover) language(at string, l LanguageNode) {
	p.prompts(at+".prompt", l.Prompt)
	if len(l.Choices) == 0 {
		p.wrong(at+".choices", "are missing: there is nothing to choose")
	}
	for _, digit := range slices.Sorted(maps.Keys(l.Choices)) {
		p.digit(at+".choices."+digit, digit)
		p.speaks(at+".choices."+digit, l.Choices[digit])
	}
	p.speaks(at+".default", l.Default)
	p.positive(at+".wait", int64(l.Wait))
}

func (p *prover) queue(at string, q QueueNode) {
	if !slices.Contains(p.house.Queues, q.Queue) {
		p.wrong(at+".queue", "queue %q does not exist; there are: %s", q.Queue, list(p.house.Queues))
	}
	if q.Announce != "" {
		p.prompts(at+".announce", q.Announce)
		p.positive(at+".every", int64(q.Every))
	}
	if q.AnnounceWait && q.Announce == "" {
		p.wrong(at+".announce_wait", "is said after announce, and that is missing")
	} else if q.AnnounceWait {
		p.prompts(at+".announce_wait", waitPrompts()...)
	}
}

func (p *prover) leadsTo(at string, to NodeID) {
	if to == "" {
		p.wrong(at, "is missing: the call would have nowhere to go")
	} else if _, ok := p.flow.Nodes[to]; !ok {
		p.wrong(at, "leads to node %q, which does not exist", to)
	}
}

func (p *prover) prompts(at string, names ...string) {
	for _, name := range names {
		if name == "" {
			p.wrong(at, "is missing: the name of a prompt")
			continue
		}
		for _, language := range p.house.Languages {
			if p.house.Prompts[language][name] == "" {
				p.wrong(at, "prompt %q has no text in %q", name, language)
			}
		}
	}
}

func (p *prover) digit(at, digit string) {
	if len(digit) != 1 || !strings.Contains("0123456789*#", digit) {
		p.wrong(at, "%q is no key of a telephone: one of 0-9, * and # is", digit)
	}
}

func (p *prover) speaks(at, language string) {
	if !slices.Contains(p.house.Languages, language) {
		p.wrong(at, "language %q is not one of the line's: %s", language, list(p.house.Languages))
	}
}

func (p *prover) tries(at string, n int) {
	if n < 1 || n > 9 {
		p.wrong(at+".tries", "is %d; it must be from 1 to 9", n)
	}
}

func (p *prover) positive(at string, n int64) {
	if n <= 0 {
		p.wrong(at, "must be a time above zero, such as 5s")
	}
}

// reached names the nodes that no call can come to.
func (p *prover) reached() {
	seen := make(map[NodeID]bool)
	var walk func(NodeID)
	walk = func(id NodeID) {
		if seen[id] {
			return
		}
		seen[id] = true
		for _, next := range p.flow.Nodes[id].ways() {
			walk(next)
		}
	}
	walk(p.flow.Start)
	for _, id := range slices.Sorted(maps.Keys(p.flow.Nodes)) {
		if !seen[id] {
			p.wrong("nodes."+string(id), "is never reached from %q", p.flow.Start)
		}
	}
}

// circles names the nodes from which a silent caller would go round for ever: the ways that
// are taken without any digit lead back to them.
func (p *prover) circles() {
	for _, start := range slices.Sorted(maps.Keys(p.flow.Nodes)) {
		at, steps := start, 0
		for ; steps <= len(p.flow.Nodes); steps++ {
			next := p.flow.Nodes[at].silentWay()
			if next == "" {
				break
			}
			at = next
			if at == start {
				p.wrong("nodes."+string(start), "a caller who types nothing comes back here for ever")
				break
			}
		}
	}
}

// ways are the nodes that may come next.
func (n Node) ways() []NodeID {
	if n.Menu == nil {
		if n.Next == "" {
			return nil
		}
		return []NodeID{n.Next}
	}
	ways := []NodeID{n.Menu.Otherwise}
	for _, digit := range slices.Sorted(maps.Keys(n.Menu.Choices)) {
		ways = append(ways, n.Menu.Choices[digit].Next)
	}
	return ways
}

// silentWay is where a caller who types nothing goes; "" at the end.
func (n Node) silentWay() NodeID {
	if n.Menu != nil {
		return n.Menu.Otherwise
	}
	return n.Next
}

func (n Node) kinds() (set []string) {
	for _, k := range []struct {
		name string
		set  bool
	}{
		{"say", n.Say != nil}, {"language", n.Language != nil}, {"menu", n.Menu != nil}, {"ticket", n.Ticket != nil},
		{"say_ticket", n.SayTicket != ""}, {"queue", n.Queue != nil}, {"hangup", n.Hangup != nil},
	} {
		if k.set {
			set = append(set, k.name)
		}
	}
	return set
}

func orNothing(words []string) string {
	if len(words) == 0 {
		return "none of them"
	}
	return strings.Join(words, " and ")
}

func list[T ~string](items []T) string {
	words := make([]string, len(items))
	for i, item := range items {
		words[i] = string(item)
	}
	return strings.Join(words, ", ")
}
