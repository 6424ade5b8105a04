package flow

import (
	"context"
	"strings"
)

var sayKind = kindOf[Say]("say", `{say: [welcome, please_wait], next: after}`)

// Say speaks prompts one after another. A caller may skip them by typing what is asked for next.
type Say []Prompt

// Outline implements Kind.
func (s Say) Outline(next NodeID) Outline {
	return Outline{Drawn: drawn("say", s...), Says: []Said{{"say", s}}, Ways: on(next)}
}

// Prove implements Kind.
func (s Say) Prove(p *Proof) {
	if len(s) == 0 {
		p.wrong("say", "is empty: it needs at least one prompt")
	}
}

// Run implements Kind.
func (s Say) Run(ctx context.Context, call Call, next NodeID) (NodeID, error) {
	return next, call.Speech.Say(ctx, call.Speech.Words(s...))
}

// drawn is a kind, and the names that tell one of its nodes from another.
func drawn[T ~string](kind string, names ...T) string {
	all := []string{kind}
	for _, n := range names {
		all = append(all, string(n))
	}
	return strings.Join(all, " ")
}
