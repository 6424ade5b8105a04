package flow

import (
	"maps"
	"slices"
	"strings"
)

// Draw draws the flow: a line for each node, with what it does and the ways out of it. The start comes first, each node
// after one that leads to it, and those that nothing leads to come last, in the order of the alphabet.
//
//	main: menu main_menu 1→number 9→typed otherwise→number
//	number: say_ticket →support
func (f Flow) Draw() string {
	var drawing strings.Builder
	for _, id := range f.inOrder() {
		o := f.Nodes[id].outline()
		line := []string{string(id) + ":"}
		if o.Drawn != "" {
			line = append(line, o.Drawn)
		}
		for _, w := range o.Ways {
			line = append(line, w.On+"→"+string(w.To))
		}
		drawing.WriteString(strings.Join(line, " ") + "\n")
	}
	return drawing.String()
}

// inOrder are all nodes, in the order in which a caller may come to them.
func (f Flow) inOrder() (all []NodeID) {
	seen := make(map[NodeID]bool)
	var walk func(NodeID)
	walk = func(id NodeID) {
		if _, there := f.Nodes[id]; !there || seen[id] {
			return
		}
		seen[id] = true
		all = append(all, id)
		for _, w := range f.Nodes[id].outline().Ways {
			walk(w.To)
		}
	}
	walk(f.Start)
	for _, id := range slices.Sorted(maps.Keys(f.Nodes)) {
		walk(id)
	}
	return all
}
