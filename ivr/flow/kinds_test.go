package flow

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
)

// free are the settings that may hold any text: what they name, the switch alone knows.
var free = []string{"queue.music"}

// tested is where the example of a kind stands in a flow; all its ways lead to the end.
const tested = NodeID("tested")

func TestEachKindOfNodeIsComplete(t *testing.T) {
	prompts, err := Prompts()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			for _, lack := range lacks(k, prompts) {
				t.Error(lack)
			}
		})
	}
}

// lacks says what a kind of node is without, by trying its example in every way.
func lacks(k kind, prompts map[string]map[string]string) (all []string) {
	lack := func(format string, a ...any) { all = append(all, fmt.Sprintf(format, a...)) }
	catalogue := Catalogue{Languages: words.Languages, Queues: []queues.QueueID{"support"}, Prompts: prompts}
	var settings map[string]any
	if err := yaml.Unmarshal([]byte(k.example), &settings); err != nil {
		return []string{"example: " + err.Error()}
	}
	f, err := with(k, settings)
	if err != nil {
		return []string{"example: " + err.Error()}
	}
	for _, p := range f.Prove(catalogue) {
		if p.Path != where("after") { // which no call comes to where the example ends
			lack("example: %s", p)
		}
	}
	for _, unset := range unset(reflect.ValueOf(f.Nodes[tested].Kind), k.name) {
		lack("example: %s is not set", unset)
	}
	for _, at := range leaves(settings, "") {
		if !slices.Contains(free, at) && !isTold(k, settings, at, catalogue) {
			lack("proof: nobody tells what is wrong with %s", at)
		}
	}
	drawn := drawing(f)
	if !strings.HasPrefix(drawn, "tested: "+k.name) {
		lack("drawing: it begins %q", drawn)
	}
	return append(all, silence(f)...)
}

// drawing is the line of the example.
func drawing(f Flow) string {
	line, _, _ := strings.Cut(f.Draw(), "\n")
	return line
}

// with is a flow of the example, as changed by a test, and an end.
func with(k kind, settings map[string]any) (f Flow, err error) {
	text, err := yaml.Marshal(settings)
	if err != nil {
		return f, err
	}
	node := reflect.New(form([]kind{k}))
	if err := yaml.UnmarshalWithOptions(text, node.Interface(), yaml.Strict()); err != nil {
		return f, err
	}
	n := Node{Next: node.Elem().Field(1).Interface().(NodeID)}
	if of := node.Elem().Field(0); !of.IsNil() {
		n.Kind = of.Elem().Interface().(Kind)
	}
	return Flow{Start: tested, Nodes: map[NodeID]Node{tested: n, "after": {Kind: Hangup{}}}}, nil
}

// unset are the settings that the example does not show.
func unset(v reflect.Value, at string) (all []string) {
	switch {
	case v.IsZero():
		return []string{at}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
			all = append(all, unset(v.Field(i), at+"."+name)...)
		}
	case v.Kind() == reflect.Map:
		for _, key := range v.MapKeys() {
			all = append(all, unset(v.MapIndex(key), at+"."+key.String())...)
		}
	}
	return all
}

// leaves are the paths of the settings that hold no others, in the order of the alphabet.
func leaves(settings map[string]any, above string) (all []string) {
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if inner, is := settings[name].(map[string]any); is {
			all = append(all, leaves(inner, above+name+".")...)
		} else if _, is := settings[name].(bool); !is { // yes or no: neither is wrong
			all = append(all, above+name)
		}
	}
	return all
}

// isTold says whether a mistake in a setting is found at its place, or at that of the settings around it. A topic is the
// configuration's to prove.
func isTold(k kind, settings map[string]any, at string, c Catalogue) bool {
	for _, wrong := range []any{"no such thing", "", -1, "-1s", []string{}, []string{"no such thing"}} {
		f, err := with(k, changed(settings, strings.Split(at, "."), wrong))
		if err != nil {
			continue // no value of the setting's type
		}
		for _, p := range f.Prove(c) {
			if strings.HasPrefix(where(tested)+"."+at+".", p.Path+".") && p.Path != where(tested) {
				return true
			}
		}
		for _, topic := range f.Topics() {
			if topic.Path == where(tested)+"."+at {
				return true
			}
		}
	}
	return false
}

// changed is a copy of settings with another value for one of them.
func changed(settings map[string]any, at []string, value any) map[string]any {
	settings = maps.Clone(settings)
	if inner, is := settings[at[0]].(map[string]any); is && len(at) > 1 {
		value = changed(inner, at[1:], value)
	}
	settings[at[0]] = value
	return settings
}

// silence runs the example for a caller who types nothing, and says where that is not as the outline has it.
func silence(f Flow) (all []string) {
	node := f.Nodes[tested]
	o := node.outline()
	if o.Ends != (len(o.Ways) == 0) {
		all = append(all, "silence: it must end the call, or have ways out")
	}
	call := &silent{}
	to, err := node.Kind.Run(context.Background(), Call{Speech: call, Keypad: call, File: call, Queues: call}, node.Next)
	isWay := slices.ContainsFunc(o.Ways, func(w Way) bool { return w.Silent && w.To == to })
	if err != nil || isWay == o.Ends || o.Ends && to != "" {
		all = append(all, fmt.Sprintf("silence: a caller who types nothing goes to %q (%v), and its ways are %v", to, err, o.Ways))
	}
	if f.Asks() != call.asked {
		all = append(all, fmt.Sprintf("keys: it says that it asks for them: %t; it does: %t", f.Asks(), call.asked))
	}
	says := f.Says()
	for _, p := range call.heard {
		if !slices.Contains(says, string(p)) {
			all = append(all, fmt.Sprintf("prompts: it says %q, and names it nowhere", p))
		}
	}
	return all
}

// silent is a call whose caller types nothing, and waits in queues for as long as it takes.
type silent struct {
	heard []Prompt
	asked bool // for keys
}

func (s *silent) Words(prompts ...Prompt) telephony.Announcement {
	s.heard = append(s.heard, prompts...)
	return telephony.Announcement{}
}
func (*silent) Say(context.Context, telephony.Announcement) error  { return nil }
func (*silent) Play(context.Context, telephony.Announcement) error { return nil }
func (*silent) Speak(Language)                                     {}
func (s *silent) Menu(context.Context, telephony.Menu) (byte, error) {
	s.asked = true
	return 0, telephony.ErrNoChoice
}
func (s *silent) Collect(context.Context, telephony.Collect) (string, error) {
	s.asked = true
	return "", telephony.ErrNoInput
}
func (*silent) Chose(words.Text, Topic)                    {}
func (*silent) Link(context.Context, tickets.Number) error { return errors.New("no such ticket") }
func (*silent) Number() tickets.Number                     { return "" }
func (*silent) Served() bool                               { return true }
func (*silent) Rated(words.Text, int, int)                 {}
func (*silent) Wait(context.Context, Queue) error          { return nil }

// odd is a kind of node that lacks something.
type odd struct {
	Lacks  string        `yaml:"lacks"`
	Prompt Prompt        `yaml:"prompt"`
	Wait   time.Duration `yaml:"wait"`
}

func (n odd) Outline(next NodeID) Outline {
	o := Outline{Drawn: "odd", Says: []Said{{"odd.prompt", []Prompt{n.Prompt}}}, Ways: on(next)}
	switch n.Lacks {
	case "drawing":
		o.Drawn = ""
	case "prompts":
		o.Says = nil
	case "ways":
		o.Ways = nil
	case "silence":
		o.Ways[0].Silent = false
	}
	return o
}

func (n odd) Prove(p *Proof) {
	if n.Lacks != "proof" {
		p.positive("odd.wait", n.Wait)
	}
}

func (n odd) Run(ctx context.Context, call Call, next NodeID) (NodeID, error) {
	if n.Lacks == "end" {
		next = ""
	}
	return next, call.Speech.Say(ctx, call.Speech.Words(n.Prompt))
}

func TestWhatAKindOfNodeLacksIsFound(t *testing.T) {
	defer func(before []string) { free = before }(free)
	free = append(slices.Clone(free), "odd.lacks")
	prompts := map[string]map[string]string{"ru": {"hello": "Привет", "half": "Пол"}, "en": {"hello": "Hello"}}
	example := func(lacks, prompt string) string {
		return `{odd: {lacks: ` + strconv.Quote(lacks) + `, prompt: ` + prompt + `, wait: 5s}, next: after}`
	}
	for _, c := range []struct{ example, want string }{
		{example("nothing", "hello"), ""},
		{example("nothing", "half"), `example: nodes.tested.odd.prompt: prompt "half" has no text in "en"`},
		{`{odd: {lacks: nothing, prompt: hello, wait: 5s, colour: red}, next: after}`, `unknown field "colour"`},
		{`{odd: {lacks: nothing, prompt: hello}, next: after}`, "example: odd.wait is not set"},
		{example("proof", "hello"), "proof: nobody tells what is wrong with odd.wait"},
		{example("drawing", "hello"), `drawing: it begins "tested: →after"`},
		{example("prompts", "hello"), `prompts: it says "hello", and names it nowhere`},
		{example("ways", "hello"), "silence: it must end the call, or have ways out"},
		{example("silence", "hello"), `silence: a caller who types nothing goes to "after"`},
		{example("end", "hello"), `silence: a caller who types nothing goes to ""`},
	} {
		found := lacks(kindOf[odd]("odd", c.example), prompts)
		matches := slices.ContainsFunc(found, func(lack string) bool { return strings.Contains(lack, c.want) })
		if c.want == "" && len(found) > 0 || c.want != "" && !matches {
			t.Errorf("%s: found %q, not %q", c.example, found, c.want)
		}
	}
}
