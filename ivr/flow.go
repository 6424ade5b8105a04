package ivr

import (
	"slices"
	"time"

	"hotline/queues"
	"hotline/telephony/words"
)

// NodeID names a node within its flow.
type NodeID string

// Flow is the script of the line as written in YAML. It is run only after Prove
// found nothing wrong with it.
type Flow struct {
	Start NodeID          `yaml:"start"`
	Nodes map[NodeID]Node `yaml:"nodes"`
}

// Says names the prompts that the flow may say, each once, in the order of the alphabet.
func (f Flow) Says() []string {
	var names []string
	for _, n := range f.Nodes {
		names = append(names, n.Say...)
		names = append(names, n.SayTicket)
		if l := n.Language; l != nil {
			names = append(names, l.Prompt)
		}
		if m := n.Menu; m != nil {
			names = append(names, m.Prompt, m.Invalid)
		}
		if t := n.Ticket; t != nil {
			names = append(names, t.Prompt, t.Wrong)
		}
		if q := n.Queue; q != nil {
			names = append(names, q.Announce)
			if q.AnnounceWait {
				names = append(names, waitPrompts()...)
			}
		}
		if h := n.Hangup; h != nil {
			names = append(names, h.Say...)
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" })
}

// Node is one step. Exactly one of its kinds is set; Next is where the call goes
// afterwards (a menu's choices name their own).
type Node struct {
	Say       []string      `yaml:"say,omitempty"`        // prompts by name
	Language  *LanguageNode `yaml:"language,omitempty"`   // let the caller choose
	Menu      *MenuNode     `yaml:"menu,omitempty"`       // one digit decides
	Ticket    *TicketNode   `yaml:"ticket,omitempty"`     // the caller types a ticket's number
	SayTicket string        `yaml:"say_ticket,omitempty"` // a prompt, and then the number of this call's ticket, digit by digit
	Queue     *QueueNode    `yaml:"queue,omitempty"`      // wait for an agent, and talk
	Hangup    *HangupNode   `yaml:"hangup,omitempty"`     // the end
	Next      NodeID        `yaml:"next,omitempty"`
}

// LanguageNode asks for a language; without a choice Default is taken.
type LanguageNode struct {
	Prompt  string            `yaml:"prompt"`
	Choices map[string]string `yaml:"choices"` // digit → language
	Default string            `yaml:"default"`
	Wait    time.Duration     `yaml:"wait"`
}

// MenuNode asks for a digit. After Tries without a valid one the call goes to Otherwise:
// a caller who cannot type is never sent away.
type MenuNode struct {
	Prompt    string            `yaml:"prompt"`
	Invalid   string            `yaml:"invalid,omitempty"` // said after a digit that is no choice
	Choices   map[string]Choice `yaml:"choices"`
	Otherwise NodeID            `yaml:"otherwise"`
	Wait      time.Duration     `yaml:"wait"`
	Tries     int               `yaml:"tries"`
}

// Choice is a menu's way on. Path is what the agent reads about it.
type Choice struct {
	Path  words.Text `yaml:"path"`
	Topic string     `yaml:"topic,omitempty"`
	Next  NodeID     `yaml:"next"`
}

// TicketNode asks for a ticket's number. A mistyped one is told at once by its check
// digit. With no number after Tries the call goes on all the same.
type TicketNode struct {
	Prompt string        `yaml:"prompt"`
	Wrong  string        `yaml:"wrong"` // mistyped or not found
	Wait   time.Duration `yaml:"wait"`
	Tries  int           `yaml:"tries"`
}

// QueueNode waits in a queue and talks with the agent. Music plays meanwhile; Announce is said every Every, and after it
// how long the caller is likely to wait yet.
type QueueNode struct {
	Queue        queues.QueueID `yaml:"queue"`
	Topic        string         `yaml:"topic,omitempty"` // where no menu set one
	Music        string         `yaml:"music,omitempty"`
	Announce     string         `yaml:"announce,omitempty"`
	Every        time.Duration  `yaml:"every,omitempty"`
	AnnounceWait bool           `yaml:"announce_wait,omitempty"`
}

// HangupNode says good-bye and ends the call.
type HangupNode struct {
	Say []string `yaml:"say,omitempty"`
}
