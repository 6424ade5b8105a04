// Package flow is the language of a caller's way through the line, as it is written in YAML: a flow is nodes by name, and each
// node is of one kind. What can be said of a flow without a call is said here: whether it is sound, what it may say, how it is
// drawn. A call walks it with the verbs that its script offers (Call); nothing here knows the script, the router or the switch.
//
//	welcome ─► language ─► main ─ 1, 3, otherwise ─► number ─► support ─► bye
//	                        │ 9                        ▲
//	                        └─► typed ─────────────────┘
//
// Each kind of node is a type in a file of its own, which says how the node is written, proved, drawn and run, and what it
// refers to. All of them stand in one table (kinds.go), from which reading, proof and drawing go out.
//
// Invariants of a flow that Prove finds sound:
//   - each node is of exactly one kind, and each way leads to a node that there is;
//   - each prompt has a text in each of the line's languages, and each queue is one that there is;
//   - a caller who types nothing comes to the end of the flow: no way that is taken in silence leads back to itself.
package flow

import (
	"maps"
	"reflect"
	"slices"
)

// NodeID names a node within its flow.
type NodeID string

// Prompt names a sentence that the line can say; Prompts has the texts.
type Prompt string

// Language is the code of a language that the line speaks: "ru".
type Language string

// Topic names what a call is about, as the configuration lists it.
type Topic string

// Flow is the script of the line. It is run only after Prove found nothing wrong with it.
type Flow struct {
	Start NodeID          `yaml:"start"`
	Nodes map[NodeID]Node `yaml:"nodes"`
}

// Node is one step of a flow: what it does, and the node where the call goes on, for the kinds that have only one.
type Node struct {
	Kind Kind // nil in a node that cannot be run: the file names no kind, or several
	Next NodeID

	named []string // the kinds that the file names, where they are not exactly one
}

// UnmarshalYAML reads a node, which is written as settings by name: that of its kind, and next. Several kinds in one node are
// no error of reading: Prove tells them, with all else that is wrong.
func (n *Node) UnmarshalYAML(read func(any) error) error {
	settings := reflect.New(written)
	if err := read(settings.Interface()); err != nil {
		return err
	}
	*n = Node{Next: settings.Elem().Field(len(kinds)).Interface().(NodeID)}
	var set []Kind
	for i, k := range kinds {
		if field := settings.Elem().Field(i); !field.IsNil() {
			set, n.named = append(set, field.Elem().Interface().(Kind)), append(n.named, k.name)
		}
	}
	if len(set) == 1 {
		n.Kind, n.named = set[0], nil
	}
	return nil
}

// MarshalYAML writes a node as it is read.
func (n Node) MarshalYAML() (any, error) {
	settings := reflect.New(written).Elem()
	settings.Field(len(kinds)).Set(reflect.ValueOf(n.Next))
	for i, k := range kinds {
		if n.Kind != nil && reflect.TypeOf(n.Kind) == k.of {
			settings.Field(i).Set(reflect.New(k.of))
			settings.Field(i).Elem().Set(reflect.ValueOf(n.Kind))
		}
	}
	return settings.Interface(), nil
}

// outline is the node's, and that of a dead end where the node has no kind.
func (n Node) outline() Outline {
	if n.Kind == nil {
		return Outline{}
	}
	return n.Kind.Outline(n.Next)
}

// Says names the prompts that the flow may say, each once, in the order of the alphabet.
func (f Flow) Says() []string {
	var names []string
	for _, n := range f.Nodes {
		for _, said := range n.outline().Says {
			for _, p := range said.Prompts {
				names = append(names, string(p))
			}
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" })
}

// Asks reports whether a caller may be asked for keys on their way.
func (f Flow) Asks() bool {
	for _, n := range f.Nodes {
		if n.outline().Asks {
			return true
		}
	}
	return false
}

// Greeting is what callers hear first.
func (f Flow) Greeting() []Prompt {
	for at, met := f.Start, map[NodeID]bool{}; at != "" && !met[at]; {
		met[at] = true
		o := f.Nodes[at].outline()
		for _, said := range o.Says {
			if len(said.Prompts) > 0 {
				return said.Prompts
			}
		}
		if len(o.Ways) == 0 {
			break
		}
		at = o.Ways[0].To
	}
	return nil
}

// Topics are those that the flow gives to calls, each with the path of its setting.
func (f Flow) Topics() (all []TopicAt) {
	for _, id := range slices.Sorted(maps.Keys(f.Nodes)) {
		for _, t := range f.Nodes[id].outline().Topics {
			if t.Topic != "" {
				all = append(all, TopicAt{Path: where(id) + "." + t.Setting, Topic: t.Topic})
			}
		}
	}
	return all
}

// TopicAt is a topic and the setting that names it, from the flow down: "nodes.main.menu.choices.3.topic".
type TopicAt struct {
	Path  string
	Topic Topic
}

// where is the path of a node, from the flow down.
func where(id NodeID) string { return "nodes." + string(id) }
