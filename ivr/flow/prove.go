package flow

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"hotline/queues"
	"hotline/telephony/words"
)

// Problem is something wrong with a flow. Path says where, from the flow down:
// "nodes.main.menu.choices.3".
type Problem struct {
	Path string
	Text string
}

func (p Problem) String() string { return p.Path + ": " + p.Text }

// Catalogue is what a flow may refer to.
type Catalogue struct {
	Languages []string                     // the line's languages, the first is the default; nil where they are not known
	Queues    []queues.QueueID             // the queues there are; nil where they are not known, and no name of one is refused
	Prompts   map[string]map[string]string // language → name → text
	Torn      bool                         // something of the flow could not be read: whether it hangs together is not asked
}

// Prove finds everything wrong with a flow, in an order that does not change: nodes that lead
// nowhere or are never reached, circles in which no caller is ever asked anything, prompts that are missing in
// a language, queues that do not exist.
func (f Flow) Prove(c Catalogue) []Problem {
	p := Proof{flow: f, catalogue: c}
	if f.Start == "" {
		p.tell("start", "is missing: the flow needs a first node")
	} else if _, ok := f.Nodes[f.Start]; !ok && !p.withoutNodes() {
		p.tell("start", "leads to node %q, which does not exist", f.Start)
	}
	for _, id := range slices.Sorted(maps.Keys(f.Nodes)) {
		p.node(id, f.Nodes[id])
	}
	if len(p.found) == 0 && !c.Torn { // the rest needs a flow that hangs together
		p.reached()
		p.circles()
	}
	return p.found
}

// Proof collects what is wrong with a flow. Each kind tells it of a node's own settings, by their paths from the node down.
type Proof struct {
	flow      Flow
	catalogue Catalogue
	at        string // the node that is being proved, from the flow down
	found     []Problem
}

// tell notes a problem at a path from the flow down.
func (p *Proof) tell(path, format string, a ...any) {
	p.found = append(p.found, Problem{Path: path, Text: fmt.Sprintf(format, a...)})
}

// wrong notes a problem with a setting of the node that is being proved.
func (p *Proof) wrong(setting, format string, a ...any) { p.tell(p.at+"."+setting, format, a...) }

// node proves a node: what it refers to, by its outline, and then its settings.
func (p *Proof) node(id NodeID, n Node) {
	p.at = where(id)
	if n.Kind == nil {
		p.tell(p.at, "must be exactly one of %s; it has %s", names(), orNothing(n.named))
		return
	}
	o := n.outline()
	for _, said := range o.Says {
		p.prompts(said)
	}
	for _, w := range o.Ways {
		p.leadsTo(w)
	}
	n.Kind.Prove(p)
	if n.Next != "" && o.NoNext != "" {
		p.wrong("next", "%s", o.NoNext)
	}
}

// withoutNodes says whether the nodes of the flow could not be read, all of them.
func (p *Proof) withoutNodes() bool { return p.catalogue.Torn && p.flow.Nodes == nil }

func (p *Proof) leadsTo(w Way) {
	if w.To == "" {
		p.wrong(w.Setting, "is missing: the call would have nowhere to go")
	} else if _, ok := p.flow.Nodes[w.To]; !ok && !p.withoutNodes() {
		p.wrong(w.Setting, "leads to node %q, which does not exist", w.To)
	}
}

func (p *Proof) prompts(said Said) {
	for _, name := range said.Prompts {
		if name == "" {
			p.wrong(said.Setting, "is missing: the name of a prompt")
			continue
		}
		missing := p.without(func(language string) string { return p.catalogue.Prompts[language][string(name)] })
		if len(missing) > 0 {
			p.wrong(said.Setting, "prompt %q has no text in %s", name, strings.Join(missing, ", "))
		}
	}
}

// key is about something that a caller may type.
func (p *Proof) key(setting, key string) {
	if len(key) != 1 || !strings.Contains("0123456789*#", key) {
		p.wrong(setting, "%q is no key of a telephone: one of 0-9, * and # is", key)
	}
}

// readable is about words that an agent reads.
func (p *Proof) readable(setting string, text words.Text) {
	for _, language := range slices.Sorted(maps.Keys(text)) {
		if !slices.Contains(words.Languages, language) {
			p.wrong(setting+"."+language, "%q is not a language Hotline speaks: %s", language, strings.Join(words.Languages, " or "))
			return // it is one that is meant, and missing
		}
	}
	if missing := p.without(func(language string) string { return text[language] }); len(missing) > 0 {
		p.wrong(setting, "has no words in %s: the agent reads them in the pop", strings.Join(missing, ", "))
	}
}

// without are the line's languages in which there is no text, in quotes.
func (p *Proof) without(text func(language string) string) (missing []string) {
	for _, language := range p.catalogue.Languages {
		if text(language) == "" {
			missing = append(missing, strconv.Quote(language))
		}
	}
	return missing
}

// spoken is about a language that a caller is spoken to in.
func (p *Proof) spoken(setting string, l Language) {
	if p.catalogue.Languages != nil && !slices.Contains(p.catalogue.Languages, string(l)) {
		p.wrong(setting, "language %q is not one of the line's: %s", l, list(p.catalogue.Languages))
	}
}

func (p *Proof) queue(setting string, id queues.QueueID) {
	if p.catalogue.Queues != nil && !slices.Contains(p.catalogue.Queues, id) {
		p.wrong(setting, "queue %q does not exist; there are: %s", id, list(p.catalogue.Queues))
	}
}

func (p *Proof) tries(setting string, n int) {
	if n < 1 || n > 9 {
		p.wrong(setting, "is %d; it must be from 1 to 9", n)
	}
}

func (p *Proof) positive(setting string, d time.Duration) {
	if d <= 0 {
		p.wrong(setting, "must be a time above zero, such as 5s")
	}
}

// reached tells the nodes that no call can come to.
func (p *Proof) reached() {
	seen := p.flow.from(p.flow.Start, func(Way) bool { return true })
	for _, id := range slices.Sorted(maps.Keys(p.flow.Nodes)) {
		if id != p.flow.Start && !seen[id] {
			p.tell(where(id), "is never reached from %q", p.flow.Start)
		}
	}
}

// circles tells the nodes to which a silent caller may come back for ever: the ways that are taken without any key lead back
// to them.
func (p *Proof) circles() {
	for _, id := range slices.Sorted(maps.Keys(p.flow.Nodes)) {
		if p.flow.from(id, func(w Way) bool { return w.Silent })[id] {
			p.tell(where(id), "a caller who types nothing comes back here for ever")
		}
	}
}

// from are the nodes that a call may come to from a node by some of the ways. The node itself is one where a way leads back to it.
func (f Flow) from(start NodeID, by func(Way) bool) map[NodeID]bool {
	seen := make(map[NodeID]bool)
	var walk func(NodeID)
	walk = func(id NodeID) {
		for _, w := range f.Nodes[id].outline().Ways {
			if by(w) && !seen[w.To] {
				seen[w.To] = true
				walk(w.To)
			}
		}
	}
	walk(start)
	return seen
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
