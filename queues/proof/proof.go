// Package proof says what can be known of a set of queues before the first call comes: of the queues, the agents who work for them and
// the callers who come to them, all at once. Each queue by itself is sound already; that is its reader's business. It knows no
// file: a problem names the setting by its path, and whoever has read the file puts it at its line and column.
//
//	what is said in vain     groups, relaxation steps and overflow rules that can change nothing     vain.go
//	where callers can get    circles of overflow, queues to which nobody comes                        ways.go
//	who is there for them    opening hours at which nobody on shift could serve a caller              cover.go
//	what is promised         targets that this staff cannot keep for these callers                    targets.go, ledaway.go
//
// Invariants:
//   - it is pure: the same set has the same problems, for the days that it simulates have a seed of their own;
//   - a Problem without Doubt is certain, whatever comes: no day, no order of calls and no choice of agents would show it wrong. What
//     may be meant so, or what only chance could disprove, is a doubt.
package proof

import (
	"fmt"
	"strconv"
	"time"

	"hotline/queues"
	"hotline/queues/simulation"
)

// Problem is something wrong with a set of queues.
type Problem struct {
	Path  string // of the setting, as the configuration writes it: "queues.2.relax.0.drop.1", counted from 0
	Text  string // what is wrong, for whoever wrote the setting
	Doubt bool   // it may be meant so, or come out otherwise
}

// Set is all queues together, with who works and who calls. Each queue by itself is sound.
type Set struct {
	Config    queues.Config
	Languages []string         // of the line: each caller needs one of them
	Entries   []queues.QueueID // the queues to which the flow leads callers

	Staff   []simulation.Staff
	Shifts  bool                // the staff comes and goes by a rota; otherwise everybody is there at all times
	Demands []simulation.Demand // who calls; none where nobody says, and then no target is looked at
	Days    int                 // that are simulated to judge the targets
}

// Problems are all that is wrong with the set, in no order that means anything. With Demands it takes seconds.
func (s Set) Problems() []Problem {
	p := prover{Set: s}
	for i, q := range s.Config.Queues {
		at := "queues." + strconv.Itoa(i)
		p.vainGroups(at, q)
		p.vainSteps(at, q)
		p.vainOverflow(at, q)
		p.covered(at, q)
	}
	p.unreached()
	if len(s.Demands) > 0 {
		p.targets()
	}
	return p.found
}

// prover collects what is wrong with a set.
type prover struct {
	Set
	found []Problem
}

// wrong notes what is certain.
func (p *prover) wrong(path, format string, a ...any) {
	p.found = append(p.found, Problem{Path: path, Text: fmt.Sprintf(format, a...)})
}

// doubt notes what may be meant so.
func (p *prover) doubt(path, format string, a ...any) {
	p.found = append(p.found, Problem{Path: path, Text: fmt.Sprintf(format, a...), Doubt: true})
}

const day = 24 * time.Hour
