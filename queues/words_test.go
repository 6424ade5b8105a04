package queues

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// constants are the values of all constants of a type that the package declares: a closed sum, as the source has it.
func constants(t *testing.T, of string) (values []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, is := n.(*ast.ValueSpec)
			if !is || len(spec.Values) != 1 {
				return true
			}
			typed, isNamed := spec.Type.(*ast.Ident)
			if value, is := spec.Values[0].(*ast.BasicLit); is && isNamed && typed.Name == of && value.Kind == token.STRING {
				text, err := strconv.Unquote(value.Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, text)
			}
			return true
		})
	}
	if len(values) < 3 {
		t.Fatalf("the source has %q of %s", values, of)
	}
	return values
}

var theNames = Names{
	Agent: func(id AgentID) string {
		if name, known := map[AgentID]string{"anna": "Анна Орлова", "boris": "Борис Ким", "vera": "Вера Лис"}[id]; known {
			return name
		}
		return string(id)
	},
	Queue: func(id QueueID, language string) string { return string(id) + "." + language },
}

var cyrillic = regexp.MustCompile(`[а-яё]{2}`)

// spoken checks that a sentence is there in both languages, is no bare code, and ends where it should.
func spoken(t *testing.T, about string, words map[string]string) {
	t.Helper()
	for _, language := range []string{"ru", "en"} {
		text := strings.TrimPrefix(words[language], "Анна Орлова: ")
		if text == "" || text == about || strings.Contains(text, "_") || strings.Contains(text, "  ") || strings.Contains(text, "%!") ||
			strings.HasSuffix(text, " ") || cyrillic.MatchString(text) != (language == "ru") {
			t.Errorf("%s in %s is %q", about, language, words[language])
		}
	}
}

func TestEveryRuleHasWordsInBothLanguages(t *testing.T) {
	for _, rule := range constants(t, "Rule") {
		r := Record{Kind: WasOffered, Agent: "anna", Facts: Facts{Rule: Rule(rule), Candidates: 3, IdleMS: 1000, Busy: 1}}
		spoken(t, rule, r.Words(theNames))
		spoken(t, rule, r.Why(theNames))
	}
}

func TestEveryRecordHasWordsInBothLanguages(t *testing.T) {
	for _, kind := range constants(t, "RecordKind") {
		spoken(t, kind, Record{Kind: RecordKind(kind), Agent: "anna", Queue: "a", Facts: Facts{Rule: LongestIdle, To: ToVoicemail, ToQueue: "b"}}.Words(theNames))
	}
	for _, to := range constants(t, "DestinationKind") {
		spoken(t, to, Record{Kind: WasOverflowed, Facts: Facts{To: DestinationKind(to), ToNumber: "+74950000100"}}.Words(theNames))
	}
}

func TestEveryEndingAndOutcomeIsRecorded(t *testing.T) {
	for _, how := range constants(t, "Ending") {
		if r := Records(noon, []Decision{&OfferEnded{Offer: Offer{Request: "1", Callback: true}, How: Ending(how)}}); len(r) != 1 {
			t.Errorf("%s is recorded as %+v", how, r)
		}
	}
	for _, how := range constants(t, "Outcome") {
		if r := Records(noon, []Decision{&RequestEnded{Request: Request{ID: "1"}, How: Outcome(how)}}); len(r) != 1 || string(r[0].Kind) != how {
			t.Errorf("%s is recorded as %+v", how, r)
		}
	}
}

func TestEveryStandingHasWordsInBothLanguages(t *testing.T) {
	for _, standing := range constants(t, "Standing") {
		c := Consideration{Name: "Анна Орлова", Standing: Standing(standing), Lacks: []Need{{"x", 2}}, Activity: WrapUp, Reason: Lunch}
		spoken(t, standing, c.Words())
	}
	for _, reason := range constants(t, "Reason") {
		spoken(t, reason, Consideration{Name: "Анна Орлова", Standing: Away, Reason: Reason(reason)}.Words())
	}
	for _, activity := range []Activity{Ringing, Talking, OnHold, WrapUp} {
		spoken(t, string(activity), Consideration{Name: "Анна Орлова", Standing: Occupied, Activity: activity}.Words())
	}
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// The whole of a story, as people read it.
func TestDecisionsAreToldInNaturalSentences(t *testing.T) {
	offer := Offer{ID: "e-1", Request: "101", Agent: "anna", Queue: "support", At: noon}
	caller := Request{ID: "101", Queue: "support", Arrived: noon.Add(-34 * time.Second)}
	later := noon.Add(20 * time.Second)
	for _, c := range []struct {
		d      Decision
		ru, en string
	}{
		{
			&Offered{offer, Explanation{Rule: LongestIdle, Candidates: 3, IdleSince: noon.Add(-4 * time.Minute), RunnerUp: "boris", Busy: 2, NotReady: 1}},
			"Анна Орлова: дольше всех без звонка (4 мин) из 3 подходящих, следом Борис Ким; занято 2, не готово 1",
			"Анна Орлова: idle for longest (4 min) of 3 who could take it, then Борис Ким; 2 busy, 1 not ready",
		},
		{
			&Offered{offer, Explanation{Rule: OnlyCandidate, Candidates: 3, Excluded: 2, Declined: []AgentID{"boris", "vera"}, Waited: 68 * time.Second, Relaxed: 1, RelaxedAfter: time.Minute}},
			"Анна Орлова: других свободных нет; отказ или пропуск раньше: Борис Ким, Вера Лис; после 60 с ожидания требования смягчены (шаг 1)",
			"Анна Орлова: nobody else is free; declined or missed before: Борис Ким, Вера Лис; after 60 s of waiting less was asked for (step 1)",
		},
		{
			&Offered{offer, Explanation{Rule: OnlyCandidate, Candidates: 1, Relaxed: 2, RelaxedAfter: time.Minute, Early: true}},
			"Анна Орлова: больше никто не подходит; никто на смене не мог взять звонок, поэтому требования смягчены (шаг 2)",
			"Анна Орлова: nobody else could take it; nobody signed in could serve it as it stood, so less was asked for (step 2)",
		},
		{
			&Offered{offer, Explanation{Rule: OnlyCandidate, Candidates: 1}},
			"Анна Орлова: больше никто не подходит", "Анна Орлова: nobody else could take it",
		},
		{
			&Offered{offer, Explanation{Rule: MostSkilled, Candidates: 21, Busy: 5}},
			"Анна Орлова: самый высокий уровень навыков из 21 подходящего; занято 5", "Анна Орлова: most skilled of 21 who could take it; 5 busy",
		},
		{&OfferEnded{offer, OfferWasMissed}, "Анна Орлова: нет ответа за 20 с", "Анна Орлова: no answer in 20 s"},
		{
			&RequestEnded{Request: caller, How: RequestAnswered, Agent: "anna"},
			"Анна Орлова: разговор начат после 54 с ожидания", "Анна Орлова: answered after 54 s of waiting",
		},
		{
			&RequestMoved{Request: caller, To: Destination{Kind: ToQueue, Queue: "sales"}, Because: 2},
			"Из очереди «support.ru» в очередь «sales.ru» после 54 с ожидания (правило 2)",
			"From the queue “support.en” to the queue “sales.en” after 54 s (rule 2)",
		},
		{
			&RequestMoved{Request: caller, To: Destination{Kind: ToCallback}, Because: 1},
			"Клиенту предложен обратный звонок после 54 с ожидания (правило 1)", "A callback was offered to the caller after 54 s (rule 1)",
		},
		{
			&CallbackWaits{Request: caller, Until: later.Add(15 * time.Minute), Tried: 1},
			"Обратный звонок: попыток без ответа 1, следующая через 15 мин", "Callback: 1 tried in vain, the next in 15 min",
		},
		{
			&RequestEnded{Request: caller, How: RequestOverflowed, To: Destination{Kind: ToVoicemail}, Because: 3},
			"Звонок передан на голосовую почту после 54 с ожидания (правило 3)", "Sent to voicemail after 54 s (rule 3)",
		},
		{&RequestEnded{Request: caller, How: RequestAbandoned}, "Клиент не дождался ответа за 54 с", "The caller hung up after 54 s"},
	} {
		got := Records(later, []Decision{c.d, &AgentChanged{}, &QueueChanged{}, &Rejected{}})
		if _, is := c.d.(*Offered); is {
			got = Records(noon, []Decision{c.d})
		}
		if len(got) != 1 || got[0].Call != "101" {
			t.Fatalf("%+v is recorded as %+v", c.d, got)
		}
		if want := map[string]string{"ru": c.ru, "en": c.en}; !reflect.DeepEqual(got[0].Words(theNames), want) {
			t.Errorf("got\n%q, want\n%q", got[0].Words(theNames), want)
		}
	}
}

func TestWhoWasBusyNotReadyOrLackedSkillsIsNamedAFewOfEach(t *testing.T) {
	r := Record{Kind: WasOffered, Agent: "anna", Facts: Facts{Rule: OnlyCandidate, Candidates: 1, Busy: 6, NotReady: 1, Others: &Others{
		Busy: []AgentID{"boris", "2", "3", "4", "5", "6"}, NotReady: []AgentID{"vera"}, Lacking: []AgentID{"8", "9"}, Lack: 30,
	}}}
	want := map[string]string{
		"ru": "Анна Орлова: других свободных нет; занято 6 (Борис Ким, 2, 3, 4, 5, …), не готово 1 (Вера Лис), без нужных навыков 30 (8, 9, …)",
		"en": "Анна Орлова: nobody else is free; 6 busy (Борис Ким, 2, 3, 4, 5, …), 1 not ready (Вера Лис), 30 without the skills (8, 9, …)",
	}
	if got := r.Words(theNames); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestWhyAnOfferCameNamesNobodyElse(t *testing.T) {
	r := Record{Kind: WasOffered, Agent: "anna", Facts: Facts{
		Rule: LongestIdle, Candidates: 3, IdleMS: 90_000, RunnerUp: "boris", Busy: 1, Declined: []AgentID{"vera"}, Others: &Others{Busy: []AgentID{"boris"}},
	}}
	want := map[string]string{"ru": "дольше всех без звонка (90 с) из 3 подходящих; занято 1", "en": "idle for longest (90 s) of 3 who could take it; 1 busy"}
	if got := r.Why(theNames); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
	if got := (Record{Kind: WasMissed}).Why(theNames); got != nil {
		t.Errorf("a missed offer has the reason %q", got)
	}
}

func TestAgentWhoAnswersACallerDialledBeforeIsNotSaidToWaitForThem(t *testing.T) {
	c := lineConfig()
	for _, first := range []bool{false, true} {
		c.Queues[0].Callback.DialFirst = first
		d := newDay(t, c)
		d.at(0, comes("anna")...).at(1, Enqueued{Request{ID: "101", Queue: lineQueue, Callback: true}})
		events := []Event{OfferAnswered{d.offer("101", "anna")}, CallbackReached{"101"}}
		want := []RecordKind{WasTaken, WasCalledBack}
		if first {
			events[0], events[1] = events[1], events[0]
			want = want[1:]
		}
		var got []RecordKind
		for _, e := range events {
			for _, r := range Records(d.second(2), d.r.Step(d.second(2), e)) {
				got = append(got, r.Kind)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("dialled first: %v: got %q, want %q", first, got, want)
		}
	}
}

func TestAStepTakenEarlyIsExplainedByWhoIsThere(t *testing.T) {
	c := lineConfig()
	c.Queues[0].Skills, c.Queues[0].Relax = []Need{{"tech", 3}}, []Relaxation{{After: time.Minute, Lower: []Need{{"tech", 1}}}}
	for _, able := range []bool{false, true} {
		d := newDay(t, c)
		if able {
			d.at(0, comes("olga", "tech=3")...).at(0, AgentNotReady{"olga", Lunch}) // could serve it, and does not
		}
		d.at(1, calls("101")).at(2, comes("anna", "tech=1")...).at(61)
		got := d.why
		if got.Relaxed != 1 || got.RelaxedAfter != time.Minute || got.Early == able {
			t.Errorf("where somebody could have served it: %v: %+v", able, got)
		}
	}
}

func TestAnAnswerIsRecordedOnce(t *testing.T) {
	offer := Offer{ID: "e-1", Request: "101", Agent: "anna"}
	got := Records(noon, []Decision{&OfferEnded{offer, OfferWasAnswered}, &RequestEnded{Request: Request{ID: "101"}, How: RequestAnswered, Agent: "anna"}})
	if len(got) != 1 || got[0].Kind != WasAnswered {
		t.Errorf("got %+v", got)
	}
}
