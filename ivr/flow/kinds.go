package flow

import (
	"context"
	"reflect"
	"strings"
)

// kinds is the table of all kinds of nodes, in the order in which a mistake lists them. A new kind is a file of its own, and its
// name here.
var kinds = []kind{sayKind, languageKind, menuKind, ticketKind, sayTicketKind, queueKind, surveyKind, hangupKind}

// kind is a line of the table.
type kind struct {
	name    string       // that of the setting in a node
	of      reflect.Type // the Kind
	example string       // a node of the kind with all its settings, as it is written; a test tries it in every way
}

func kindOf[K Kind](name, example string) kind {
	return kind{name: name, of: reflect.TypeFor[K](), example: example}
}

// Kind is what a node does. Its settings are the fields of its type, with the names that they have in YAML.
type Kind interface {
	// Outline is what can be said of the node without a call. next is the node's.
	Outline(next NodeID) Outline
	// Prove tells what is wrong with the settings themselves. What Outline names is proved by the flow.
	Prove(p *Proof)
	// Run does it for a caller, and returns the node where the call goes on; "" ends the call. A hang-up is the error
	// telephony.ErrHangup of a verb, returned as it is. next is the node's.
	Run(ctx context.Context, call Call, next NodeID) (NodeID, error)
}

// Outline is what can be said of a node without a call. Settings are named by their paths from the node down: "menu.prompt".
type Outline struct {
	Drawn  string // what it does, in a few words: the kind's name and what tells this node from others of the kind
	Says   []Said
	Ways   []Way   // where a call may go on, in the order in which they are drawn
	Ends   bool    // the call ends here: there are no ways
	NoNext string  // why the setting next is not used, where it is not
	Asks   bool    // for keys
	Topics []About // what a call is about from here on, or may be
}

// Said are prompts that a setting names, and that a caller may hear.
type Said struct {
	Setting string
	Prompts []Prompt
}

// Way is one of the ways out of a node.
type Way struct {
	On      string // what is typed, or what happens: "1", "otherwise"; "" is the only way
	Setting string // where it stands: "menu.choices.1.next"
	To      NodeID
	Silent  bool // a caller who types nothing may take it
}

// About is a topic that a setting names.
type About struct {
	Setting string
	Topic   Topic
}

// on is the way out of a node that has only one.
func on(next NodeID) []Way { return []Way{{Setting: "next", To: next, Silent: true}} }

// written is how a node stands in YAML.
var written = form(kinds)

// form is a struct with a setting for each kind, in their order, and next.
func form(kinds []kind) reflect.Type {
	fields := make([]reflect.StructField, 0, len(kinds)+1)
	for _, k := range kinds {
		fields = append(fields, reflect.StructField{
			Name: "Kind_" + k.name, Type: reflect.PointerTo(k.of), Tag: reflect.StructTag(`yaml:"` + k.name + `,omitempty"`),
		})
	}
	fields = append(fields, reflect.StructField{Name: "Next", Type: reflect.TypeFor[NodeID](), Tag: `yaml:"next,omitempty"`})
	return reflect.StructOf(fields)
}

// names lists the kinds.
func names() string {
	all := make([]string, len(kinds))
	for i, k := range kinds {
		all[i] = k.name
	}
	return strings.Join(all, ", ")
}
