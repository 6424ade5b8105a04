package words

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

	"hotline/queues"
)

// constants are the values of all constants of a type that the router's package or this one declares: a closed sum, as the source has it.
func constants(t *testing.T, of string) (values []string) {
	t.Helper()
	var files []string
	for _, pattern := range []string{"../*.go", "*.go"} {
		some, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, some...)
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

var theNames = house{}

// house is where these people and queues are known.
type house struct{}

func (house) Agent(id queues.AgentID) string {
	if name, known := map[queues.AgentID]string{"anna": "Анна Орлова", "boris": "Борис Ким", "vera": "Вера Лис"}[id]; known {
		return name
	}
	return string(id)
}

func (house) Queue(id queues.QueueID, language string) string { return string(id) + "." + language }

func (house) Skill(skill queues.Skill, language string) string {
	return "«" + string(skill) + "» " + language
}

func (house) Person(id string) string {
	if id == "olga" {
		return "Ольга Петрова"
	}
	return id
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
		r := Record{Kind: WasOffered, Agent: "anna", Facts: Facts{Rule: queues.Rule(rule), Candidates: 3, IdleMS: 1000, Busy: 1}}
		spoken(t, rule, r.Words(theNames))
		spoken(t, rule, r.Why(theNames))
	}
}

func TestEveryRecordHasWordsInBothLanguages(t *testing.T) {
	for _, kind := range constants(t, "RecordKind") {
		spoken(t, kind, Record{Kind: RecordKind(kind), Agent: "anna", Queue: "a", Facts: Facts{Rule: queues.LongestIdle, To: queues.ToVoicemail, ToQueue: "b"}}.Words(theNames))
	}
	for _, to := range constants(t, "DestinationKind") {
		spoken(t, to, Record{Kind: WasOverflowed, Facts: Facts{To: queues.DestinationKind(to), ToNumber: "+74950000100"}}.Words(theNames))
	}
}

func TestEveryEndingAndOutcomeIsRecorded(t *testing.T) {
	for _, how := range constants(t, "Ending") {
		if r := Records(noon, []queues.Decision{&queues.OfferEnded{Offer: queues.Offer{Request: "1", Callback: true}, How: queues.Ending(how)}}); len(r) != 1 {
			t.Errorf("%s is recorded as %+v", how, r)
		}
	}
	for _, how := range constants(t, "Outcome") {
		if r := Records(noon, []queues.Decision{&queues.RequestEnded{Request: queues.Request{ID: "1"}, How: queues.Outcome(how)}}); len(r) != 1 || string(r[0].Kind) != how {
			t.Errorf("%s is recorded as %+v", how, r)
		}
	}
}

func TestEveryStandingHasWordsInBothLanguages(t *testing.T) {
	for _, standing := range constants(t, "Standing") {
		c := queues.Consideration{Name: "Анна Орлова", Standing: queues.Standing(standing), Lacks: []queues.Need{{Skill: "x", Level: 2}}, Activity: queues.WrapUp, Reason: queues.Lunch}
		spoken(t, standing, OfStanding(c, theNames))
	}
	for _, reason := range constants(t, "Reason") {
		spoken(t, reason, OfStanding(queues.Consideration{Name: "Анна Орлова", Standing: queues.Away, Reason: queues.Reason(reason)}, theNames))
	}
	for _, activity := range []queues.Activity{queues.Ringing, queues.Talking, queues.OnHold, queues.Consulting, queues.WrapUp} {
		spoken(t, string(activity), OfStanding(queues.Consideration{Name: "Анна Орлова", Standing: queues.Occupied, Activity: activity}, theNames))
	}
}

func TestSkillsThatAnAgentLacksAreCalledByTheirNames(t *testing.T) {
	c := queues.Consideration{
		Name: "Анна Орлова", Standing: queues.LacksSkills, Expired: map[queues.Skill]time.Time{"gas": noon},
		Lacks: []queues.Need{{Skill: "support", Level: 2}, {Skill: "gas", Level: 1}}, LacksAny: [][]queues.Need{{{Skill: "x", Level: 1}, {Skill: "y", Level: 3}}},
	}
	want := map[string]string{
		"ru": "Анна Орлова: не хватает навыков: «support» ru ≥ 2, «gas» ru (срок истёк), один из «x» ru / «y» ru ≥ 3",
		"en": "Анна Орлова: lacks skills: «support» en ≥ 2, «gas» en (expired), one of «x» en / «y» en ≥ 3",
	}
	if got := OfStanding(c, theNames); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// The whole of a story, as people read it.
func TestDecisionsAreToldInNaturalSentences(t *testing.T) {
	offer := queues.Offer{ID: "e-1", Request: "101", Agent: "anna", Queue: "support", At: noon}
	caller := queues.Request{ID: "101", Queue: "support", Arrived: noon.Add(-34 * time.Second)}
	later := noon.Add(20 * time.Second)
	for _, c := range []struct {
		d      queues.Decision
		ru, en string
	}{
		{
			&queues.Offered{Offer: offer, Why: queues.Explanation{Rule: queues.LongestIdle, Candidates: 3, IdleSince: noon.Add(-4 * time.Minute), RunnerUp: "boris", Busy: 2, NotReady: 1}},
			"Анна Орлова: дольше всех без звонка (4 мин) из 3 подходящих, следом Борис Ким; занято 2, не готово 1",
			"Анна Орлова: idle for longest (4 min) of 3 who could take it, then Борис Ким; 2 busy, 1 not ready",
		},
		{
			&queues.Offered{Offer: offer, Why: queues.Explanation{Rule: queues.OnlyCandidate, Candidates: 3, Excluded: 2, Declined: []queues.AgentID{"boris", "vera"}, Waited: 68 * time.Second, Relaxed: 1, RelaxedAfter: time.Minute}},
			"Анна Орлова: других свободных нет; отказ, пропуск или передача раньше: Борис Ким, Вера Лис; после 60 с ожидания требования смягчены (шаг 1)",
			"Анна Орлова: nobody else is free; declined or missed it before, or sent the caller here: Борис Ким, Вера Лис; after 60 s of waiting less was asked for (step 1)",
		},
		{
			&queues.Offered{Offer: offer, Why: queues.Explanation{Rule: queues.OnlyCandidate, Candidates: 1, Relaxed: 2, RelaxedAfter: time.Minute, Early: true}},
			"Анна Орлова: больше никто не подходит; никто на смене не мог взять звонок, поэтому требования смягчены (шаг 2)",
			"Анна Орлова: nobody else could take it; nobody signed in could serve it as it stood, so less was asked for (step 2)",
		},
		{
			&queues.Offered{Offer: offer, Why: queues.Explanation{Rule: queues.OnlyCandidate, Candidates: 1}},
			"Анна Орлова: больше никто не подходит", "Анна Орлова: nobody else could take it",
		},
		{
			&queues.Offered{Offer: offer, Why: queues.Explanation{Rule: queues.MostSkilled, Candidates: 21, Busy: 5}},
			"Анна Орлова: самый высокий уровень навыков из 21 подходящего; занято 5", "Анна Орлова: most skilled of 21 who could take it; 5 busy",
		},
		{&queues.OfferEnded{Offer: offer, How: queues.OfferWasMissed}, "Анна Орлова: нет ответа за 20 с", "Анна Орлова: no answer in 20 s"},
		{
			&queues.RequestEnded{Request: caller, How: queues.RequestAnswered, Agent: "anna"},
			"Анна Орлова: разговор начат после 54 с ожидания", "Анна Орлова: answered after 54 s of waiting",
		},
		{
			&queues.RequestMoved{Request: caller, To: queues.Destination{Kind: queues.ToQueue, Queue: "sales"}, Because: 2},
			"Из очереди «support.ru» в очередь «sales.ru» после 54 с ожидания (правило 2)",
			"From the queue “support.en” to the queue “sales.en” after 54 s (rule 2)",
		},
		{
			&queues.RequestMoved{Request: caller, To: queues.Destination{Kind: queues.ToFront}, Lead: queues.Lead{By: "olga"}},
			"В начало очереди «support.ru» после 54 с ожидания, решение: Ольга Петрова", "To the front of the queue “support.en” after 54 s, by Ольга Петрова",
		},
		{
			&queues.RequestMoved{Request: caller, To: queues.Destination{Kind: queues.ToAgent, Agent: "anna"}, Lead: queues.Lead{By: "olga"}},
			"Анна Орлова: звонок отдан этому оператору после 54 с ожидания, решение: Ольга Петрова",
			"Анна Орлова: the call was given to this agent after 54 s, by Ольга Петрова",
		},
		{
			&queues.RequestMoved{Request: caller, To: queues.Destination{Kind: queues.ToCallback}, Because: 1},
			"Клиенту предложен обратный звонок после 54 с ожидания (правило 1)", "A callback was offered to the caller after 54 s (rule 1)",
		},
		{
			&queues.CallbackWaits{Request: caller, Until: later.Add(15 * time.Minute), Tried: 1},
			"Обратный звонок: попыток без ответа 1, следующая через 15 мин", "Callback: 1 tried in vain, the next in 15 min",
		},
		{
			&queues.RequestEnded{Request: caller, How: queues.RequestOverflowed, To: queues.Destination{Kind: queues.ToVoicemail}, Because: 3},
			"Звонок передан на голосовую почту после 54 с ожидания (правило 3)", "Sent to voicemail after 54 s (rule 3)",
		},
		{
			&queues.RequestEnded{Request: caller, How: queues.RequestOverflowed, To: queues.Destination{Kind: queues.ToMessage}, By: "olga"},
			"Звонок завершён сообщением: очередь закрыта, после 54 с ожидания, решение: Ольга Петрова", "Sent away with a message, as the queue was closed after 54 s, by Ольга Петрова",
		},
		{&queues.RequestEnded{Request: caller, How: queues.RequestAbandoned}, "Клиент не дождался ответа за 54 с", "The caller hung up after 54 s"},
	} {
		got := Records(later, []queues.Decision{c.d, &queues.AgentChanged{}, &queues.QueueChanged{}, &queues.Rejected{}})
		if _, is := c.d.(*queues.Offered); is {
			got = Records(noon, []queues.Decision{c.d})
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
	r := Record{Kind: WasOffered, Agent: "anna", Facts: Facts{Rule: queues.OnlyCandidate, Candidates: 1, Busy: 6, NotReady: 1, Others: &queues.Others{
		Busy: []queues.AgentID{"boris", "2", "3", "4", "5", "6"}, NotReady: []queues.AgentID{"vera"}, Lacking: []queues.AgentID{"8", "9"}, Lack: 30,
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
		Rule: queues.LongestIdle, Candidates: 3, IdleMS: 90_000, RunnerUp: "boris", Busy: 1, Declined: []queues.AgentID{"vera"}, Others: &queues.Others{Busy: []queues.AgentID{"boris"}},
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
	for _, first := range []bool{false, true} {
		r, err := queues.New(queues.Config{Queues: []queues.Queue{{ID: "line", Callback: queues.CallbackPlan{DialFirst: first}}}})
		if err != nil {
			t.Fatal(err)
		}
		r.Step(noon, queues.PhoneChanged{Agent: "anna", Reachable: true})
		r.Step(noon, queues.AgentSignedIn{Agent: queues.Agent{ID: "anna"}, Availability: queues.Ready})
		r.Step(noon, queues.Enqueued{Request: queues.Request{ID: "101", Queue: "line", Callback: true}})
		events := []queues.Event{queues.OfferAnswered{Offer: r.Snapshot().Agents[0].Offer}, queues.CallbackReached{Request: "101"}}
		want := []RecordKind{WasTaken, WasCalledBack}
		if first {
			events[0], events[1] = events[1], events[0]
			want = want[1:]
		}
		var got []RecordKind
		for _, e := range events {
			for _, told := range Records(noon.Add(time.Second), r.Step(noon.Add(time.Second), e)) {
				got = append(got, told.Kind)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("dialled first: %v: got %q, want %q", first, got, want)
		}
	}
}

func TestAnAnswerIsRecordedOnce(t *testing.T) {
	offer := queues.Offer{ID: "e-1", Request: "101", Agent: "anna"}
	got := Records(noon, []queues.Decision{&queues.OfferEnded{Offer: offer, How: queues.OfferWasAnswered}, &queues.RequestEnded{Request: queues.Request{ID: "101"}, How: queues.RequestAnswered, Agent: "anna"}})
	if len(got) != 1 || got[0].Kind != WasAnswered {
		t.Errorf("got %+v", got)
	}
}
