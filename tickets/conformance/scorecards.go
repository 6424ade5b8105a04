package conformance

import (
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"hotline/telephony/words"
	"hotline/tickets/scorecard"
)

// Scorecards is what each scorecard.Store promises. The store is empty at first.
func Scorecards(t *testing.T, s scorecard.Store) {
	form := scorecard.Form{ID: "usual", Title: words.Text{"en": "Usual"}, Sections: []scorecard.Section{{Title: words.Text{"en": "Talk"}, Criteria: []scorecard.Criterion{
		{ID: "greets", Title: words.Text{"en": "Greets"}, Kind: scorecard.YesNo, Weight: 1}, {ID: "listens", Title: words.Text{"en": "Listens"}, Kind: scorecard.Scale, Weight: 3},
	}}}}
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	begin := func(call, agent string, after time.Duration) scorecard.Card {
		t.Helper()
		c, err := s.Begin(t.Context(), scorecard.Card{ID: uuid.NewString(), Call: call, Agent: agent, Form: form, Begun: at.Add(after), Reviews: []scorecard.Review{}})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	one, two, three := begin("c1", "anna", 0), begin("c2", "anna", time.Minute), begin("c3", "boris", 2*time.Minute)
	if again := begin("c1", "anna", time.Hour); again.ID != one.ID {
		t.Errorf("a second card of a call is %s, not %s", again.ID, one.ID)
	}
	yes, four := 1, 4
	answers := []scorecard.Answer{{Criterion: "greets", Value: &yes}, {Criterion: "listens", Value: &four, Note: "well"}}
	changed, err := s.Change(t.Context(), two.ID, func(c *scorecard.Card) error { return c.Fill("olga", answers, "good", true, at.Add(time.Hour)) })
	if err != nil {
		t.Fatal(err)
	}
	if read, err := s.Card(t.Context(), two.ID); err != nil || !reflect.DeepEqual(read, changed) || read.First() == nil || *read.First().Score.Share != (1+3*0.75)/4 {
		t.Errorf("kept is %+v, %v\nnot %+v", read, err, changed)
	}
	if _, err := s.Change(t.Context(), two.ID, func(c *scorecard.Card) error { c.Call = "other"; return scorecard.ErrBoth }); !errors.Is(err, scorecard.ErrBoth) {
		t.Errorf("a change that is refused: %v", err)
	}
	if read, _ := s.Card(t.Context(), two.ID); read.Call != "c2" {
		t.Error("a change that is refused is kept")
	}
	none := uuid.NewString()
	if _, err := s.Card(t.Context(), none); !errors.Is(err, scorecard.ErrNoCard) {
		t.Errorf("a card that is not there: %v", err)
	}
	if _, err := s.Change(t.Context(), none, func(*scorecard.Card) error { return nil }); !errors.Is(err, scorecard.ErrNoCard) {
		t.Errorf("a change of a card that is not there: %v", err)
	}
	for name, c := range map[string]struct {
		q    scorecard.Question
		want []string
	}{
		"all":         {scorecard.Question{}, []string{three.ID, two.ID, one.ID}},
		"an agent's":  {scorecard.Question{Agent: "anna"}, []string{two.ID, one.ID}},
		"a call's":    {scorecard.Question{Calls: []string{"c3"}}, []string{three.ID}},
		"some calls'": {scorecard.Question{Calls: []string{"c3", "c2", "none"}, Form: "usual"}, []string{three.ID, two.ID}},
		"in":          {scorecard.Question{In: true}, []string{two.ID}},
		"from there":  {scorecard.Question{Before: scorecard.Place{Begun: three.Begun, ID: three.ID}}, []string{two.ID, one.ID}},
		"by a form":   {scorecard.Question{Form: "other"}, nil},
		"a queue's":   {scorecard.Question{Queue: "other"}, nil},
		"of a time":   {scorecard.Question{From: two.Begun, To: three.Begun, Form: "usual"}, []string{two.ID}},
		"two":         {scorecard.Question{Limit: 2}, []string{three.ID, two.ID}},
	} {
		if c.q.Limit == 0 {
			c.q.Limit = 10
		}
		all, err := s.Cards(t.Context(), c.q)
		var got []string
		for _, x := range all {
			got = append(got, x.ID)
		}
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, %v, not %q", name, got, err, c.want)
		}
	}
	// Of ten who review at once two are in time.
	var all sync.WaitGroup
	refused := make(chan error, 10)
	for i := range 10 {
		all.Go(func() {
			if _, err := s.Change(t.Context(), three.ID, func(c *scorecard.Card) error {
				return c.Fill(string(rune('a'+i)), answers, "", true, at.Add(time.Duration(i)*time.Second))
			}); err != nil {
				refused <- err
			}
		})
	}
	all.Wait()
	close(refused)
	n := 0
	for err := range refused {
		n++
		if !errors.Is(err, scorecard.ErrBoth) {
			t.Error(err)
		}
	}
	if read, err := s.Card(t.Context(), three.ID); err != nil || n != 8 || len(read.Reviews) != 2 {
		t.Errorf("of ten who review at once %d are refused, and %d are in, %v", n, len(read.Reviews), err)
	}
}
