package queues

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var (
	update          = flag.Bool("update", false, "write what the transcripts in testdata say anew, as the router decides now")
	counterExamples = flag.String("counterexamples", "", "a folder where a failing random day is written to, as short as it was found")
)

// A transcript is a day as text: why it is kept, the configuration, and what was told and decided. Each file in
// testdata is one; `go test -run TestTranscripts -update` writes the decisions anew. A time is since the start, and an
// offer is called by its request and agent, the latest of these two if no number says which.
//
//	# Why it is kept.
//	start 2026-03-02T09:00:00Z
//	config {"Return":"30s"}
//	queue {"ID":"line","OfferTimeout":"15s"}
//
//	0s Enqueued {"Request":{"ID":"101","Queue":"line"}}
//	1s AgentSignedIn {"Agent":{"ID":"anna"},"Availability":"ready"}
//	2s PhoneChanged {"Agent":"anna","Reachable":true}
//		offered 101 anna by only_candidate
type transcript struct {
	why    []string
	start  time.Time
	config Config
	told   []moment // with an offer's name in the place of its id
}

// play tells the transcript to a router and a scan, and returns it as text with what they decide, and how they differ.
func (s *transcript) play() (text, differs string) {
	var b strings.Builder
	for _, line := range s.why {
		fmt.Fprintf(&b, "# %s\n", line)
	}
	fmt.Fprintf(&b, "start %s\n", s.start.Format(time.RFC3339))
	c := s.config
	c.Queues, c.Epoch = nil, ""
	fmt.Fprintf(&b, "config %s\n", s.write(reflect.ValueOf(c)))
	for _, q := range s.config.Queues {
		fmt.Fprintf(&b, "queue %s\n", s.write(reflect.ValueOf(q)))
	}
	b.WriteByte('\n')
	if _, err := New(s.config); err != nil {
		return b.String(), err.Error()
	}
	d, offers := newDuel(s.config), &offerNames{}
	for _, m := range s.told {
		e := reflect.ValueOf(m.e)
		fmt.Fprintf(&b, "%s %s %s\n", m.at.Sub(s.start), e.Type().Name(), s.write(e))
		decided, differs := d.safely(moment{m.at, offers.named(m.e, offers.id)})
		for _, x := range decided {
			line := said(x, s.start)
			switch x := x.(type) {
			case *Offered:
				offers.made(x.Offer)
				line += " by " + string(x.Why.Rule)
			case *Rejected:
				line = "rejected" // in words that are tested elsewhere
			}
			if line != "" {
				fmt.Fprintf(&b, "\t%s\n", line)
			}
		}
		if differs != "" {
			return b.String(), differs
		}
	}
	return b.String(), ""
}

// safely is step, where a panic is a difference too.
func (d *duel) safely(m moment) (decided []Decision, differs string) {
	defer func() {
		if p := recover(); p != nil {
			differs = fmt.Sprintf("%#v: panic: %v", m.e, p)
		}
	}()
	return d.step(m)
}

// offerNames are the offers of a day, by request and agent.
type offerNames struct {
	ids   map[string][]OfferID
	names map[OfferID]string
}

func (o *offerNames) made(offer Offer) {
	if o.ids == nil {
		o.ids, o.names = map[string][]OfferID{}, map[OfferID]string{}
	}
	pair := string(offer.Request) + " " + string(offer.Agent)
	o.ids[pair] = append(o.ids[pair], offer.ID)
	o.names[offer.ID] = fmt.Sprintf("%s %d", pair, len(o.ids[pair]))
}

// id finds an offer by its name; "none" where there was none.
func (o *offerNames) id(name OfferID) OfferID {
	words := strings.Fields(string(name))
	if n := len(words); n > 2 {
		nth, _ := strconv.Atoi(words[n-1])
		if ids := o.ids[strings.Join(words[:n-1], " ")]; nth >= 1 && nth <= len(ids) {
			return ids[nth-1]
		}
	} else if ids := o.ids[string(name)]; len(ids) > 0 {
		return ids[len(ids)-1]
	}
	return "none"
}

// name calls an offer by its name, without a number if it is the latest of its pair.
func (o *offerNames) name(id OfferID) OfferID {
	name := o.names[id]
	if pair := name[:max(0, strings.LastIndexByte(name, ' '))]; pair != "" && o.id(OfferID(pair)) == id {
		name = pair
	}
	return OfferID(name)
}

// named is an event whose offer is called otherwise.
func (o *offerNames) named(e Event, to func(OfferID) OfferID) Event {
	switch e := e.(type) {
	case OfferAccepted:
		return OfferAccepted{to(e.Offer)}
	case OfferDeclined:
		return OfferDeclined{to(e.Offer)}
	case OfferFailed:
		return OfferFailed{to(e.Offer), e.Reason}
	case OfferAnswered:
		return OfferAnswered{to(e.Offer)}
	case DeskAway:
		return DeskAway{e.Agent, to(e.Seen), e.Phone}
	}
	return e
}

// write writes a value as JSON, without what is zero.
func (s *transcript) write(v reflect.Value) string {
	if at, is := v.Interface().(time.Time); is {
		return strconv.Quote(at.Sub(s.start).String())
	}
	if span, is := v.Interface().(time.Duration); is {
		return strconv.Quote(span.String())
	}
	var parts []string
	switch v.Kind() {
	case reflect.Pointer:
		return s.write(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); !f.IsZero() {
				parts = append(parts, fmt.Sprintf("%q:%s", v.Type().Field(i).Name, s.write(f)))
			}
		}
		return "{" + strings.Join(parts, ",") + "}"
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			parts = append(parts, s.write(v.Index(i)))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case reflect.Map:
		for _, k := range v.MapKeys() {
			parts = append(parts, fmt.Sprintf("%q:%s", k.String(), s.write(v.MapIndex(k))))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ",") + "}"
	}
	b, err := json.Marshal(v.Interface())
	if err != nil {
		panic(err)
	}
	return string(b)
}

// read is the other way round: from what JSON gives for any.
func (s *transcript) read(from any, to reflect.Value) error {
	span := func() (time.Duration, error) {
		text, _ := from.(string)
		return time.ParseDuration(text)
	}
	switch to.Interface().(type) {
	case time.Time:
		since, err := span()
		to.Set(reflect.ValueOf(s.start.Add(since)))
		return err
	case time.Duration:
		d, err := span()
		to.Set(reflect.ValueOf(d))
		return err
	}
	switch from := from.(type) {
	case nil:
		return nil
	case map[string]any:
		return s.readFields(from, to)
	case []any:
		if to.Kind() == reflect.Slice {
			to.Set(reflect.MakeSlice(to.Type(), len(from), len(from)))
		}
		for i, x := range from {
			if err := s.read(x, to.Index(i)); err != nil {
				return err
			}
		}
		return nil
	}
	b, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, to.Addr().Interface())
}

func (s *transcript) readFields(from map[string]any, to reflect.Value) error {
	if to.Kind() == reflect.Pointer {
		to.Set(reflect.New(to.Type().Elem()))
		to = to.Elem()
	}
	if to.Kind() == reflect.Map {
		to.Set(reflect.MakeMap(to.Type()))
	}
	for _, name := range slices.Sorted(maps.Keys(from)) {
		if to.Kind() == reflect.Map {
			v := reflect.New(to.Type().Elem()).Elem()
			if err := s.read(from[name], v); err != nil {
				return err
			}
			to.SetMapIndex(reflect.ValueOf(name).Convert(to.Type().Key()), v)
			continue
		}
		f := to.FieldByName(name)
		if !f.IsValid() {
			return fmt.Errorf("%s has no %s", to.Type(), name)
		}
		if err := s.read(from[name], f); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// allEvents are one of each kind.
var allEvents = []Event{
	AgentSignedIn{}, AgentReady{}, AgentNotReady{}, AgentSignedOut{}, DeskLost{}, DeskAway{}, DeskBack{}, PhoneChanged{}, Enqueued{}, Abandoned{}, RequestLed{},
	OfferAccepted{}, OfferDeclined{}, OfferFailed{}, OfferAnswered{}, TalkEnded{}, TalkDropped{}, TalkHeld{}, TalkResumed{}, TalkConsults{}, ConsultWanted{}, TalkPassed{}, TalkRestored{}, AgentCalls{}, CallReached{}, CallFailed{},
	WrapUpRestored{}, WrapUpFinished{}, WrapUpExtended{}, OffersHeld{}, OffersReleased{}, CallbackWanted{}, CallBroken{}, CallbackReached{}, CallbackFailed{},
	WaitAnnounced{}, QueueClosed{}, QueueOpened{}, Reconfigured{}, AgentReskilled{}, Stalled{}, Tick{},
}

// parse reads a transcript. What was decided is not read: it is compared as text.
func parse(text string) (*transcript, error) {
	s := &transcript{}
	for n, line := range strings.Split(text, "\n") {
		if err := s.parse(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	s.config.Epoch = "e"
	return s, nil
}

func (s *transcript) parse(line string) error {
	if why, is := strings.CutPrefix(line, "# "); is {
		s.why = append(s.why, why)
		return nil
	}
	if line == "" || line[0] == '\t' {
		return nil
	}
	word, rest, _ := strings.Cut(line, " ")
	into := func(v reflect.Value, text string) error {
		var from any
		if err := json.Unmarshal([]byte(text), &from); err != nil {
			return err
		}
		return s.read(from, v)
	}
	switch word {
	case "start":
		start, err := time.Parse(time.RFC3339, rest)
		s.start = start
		return err
	case "config":
		return into(reflect.ValueOf(&s.config).Elem(), rest)
	case "queue":
		var q Queue
		err := into(reflect.ValueOf(&q).Elem(), rest)
		s.config.Queues = append(s.config.Queues, q)
		return err
	}
	at, err := time.ParseDuration(word)
	if err != nil {
		return err
	}
	name, with, _ := strings.Cut(rest, " ")
	for _, e := range allEvents {
		if t := reflect.TypeOf(e); t.Name() == name {
			v := reflect.New(t).Elem()
			err := into(v, with)
			s.told = append(s.told, moment{s.start.Add(at), v.Interface().(Event)})
			return err
		}
	}
	return fmt.Errorf("no event %q", name)
}

// Each found counter-example stays, and so do a few days that show a rule at work.
func TestTranscriptsAreDecidedAsTheySayByRouterAndScan(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := parse(string(want))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			got, differs := s.play()
			if differs != "" {
				t.Fatalf("%s\n%s", got, differs)
			}
			if got == string(want) {
				return
			}
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("%s is decided otherwise now:\n%s", file, got)
		})
	}
}
