package scorecard

import (
	"errors"
	"math/rand"
	"strings"
	"testing"
	"time"
)

var usual = Form{ID: "usual", Sections: []Section{
	{Criteria: []Criterion{{ID: "greets", Kind: YesNo, Weight: 1}, {ID: "listens", Kind: Scale, Weight: 3}}},
	{Criteria: []Criterion{{ID: "identity", Kind: YesNo, Weight: 2, FailsAll: true, Optional: true}}},
}}

func say(values ...int) (all []Answer) {
	for i, id := range []string{"greets", "listens", "identity"} {
		if i < len(values) && values[i] >= 0 {
			all = append(all, Answer{Criterion: id, Value: &values[i]})
		} else if i < len(values) {
			all = append(all, Answer{Criterion: id})
		}
	}
	return all
}

func TestAScoreIsTheWeightedMeanOfWhatCounts(t *testing.T) {
	for _, c := range []struct {
		answers []Answer
		want    float64
		failed  string
	}{
		{say(1, 5, 1), 1, ""}, {say(0, 1, 1), 2.0 / 6, ""}, {say(1, 3, -1), (1 + 1.5) / 4, ""}, {say(1, 5, 0), 0, "identity"}, {say(1), 1, ""},
	} {
		if s := usual.Score(c.answers); s.Share == nil || *s.Share != c.want || strings.Join(s.Failed, " ") != c.failed {
			t.Errorf("%+v: %v, %v", c.answers, s.Share, s.Failed)
		}
	}
	if s := usual.Score(nil); s.Share != nil {
		t.Errorf("nothing is worth %v", *s.Share)
	}
}

func TestAScoreIsFromNothingToOneAndGrowsWithEachAnswer(t *testing.T) {
	dice := rand.New(rand.NewSource(3))
	for range 2000 {
		v := []int{dice.Intn(2), 1 + dice.Intn(5), dice.Intn(3) - 1}
		s := usual.Score(say(v...))
		if err := usual.Check(say(v...), false); err != nil || *s.Share < 0 || *s.Share > 1 {
			t.Fatalf("%v: %v, %v", v, *s.Share, err)
		}
		if better := usual.Score(say(v[0], min(5, v[1]+1), v[2])); *better.Share < *s.Share {
			t.Fatalf("%v: a better answer makes %g of %g", v, *better.Share, *s.Share)
		}
	}
}

func TestWhatIsWrongInAnswersIsToldWithItsPlace(t *testing.T) {
	for text, c := range map[string]struct {
		answers []Answer
		at      int
	}{
		`listens is 6; it must be from 1 to 5`:                                {say(1, 6, 1), 1},
		`greets cannot be left out as n/a`:                                    {say(-1, 5, 1), 0},
		`identity is not answered`:                                            {say(1, 5), -1},
		`"greets" is no criterion of this form, or is answered twice`:         {append(say(1, 5, 1), say(1)...), 3},
		`"\u202e<script>" is no criterion of this form, or is answered twice`: {[]Answer{{Criterion: "\u202e<script>"}}, 0},
	} {
		var wrong Wrong
		if err := usual.Check(c.answers, false); !errors.As(err, &wrong) || wrong.At != c.at || wrong.Text != text {
			t.Errorf("%+v, not %q at %d", err, text, c.at)
		}
	}
	if err := usual.Check(say(1), true); err != nil {
		t.Errorf("a draft: %v", err)
	}
}

func TestTheSecondReviewerSeesNothingOfTheFirstUntilTheirsIsIn(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	c := Card{ID: "1", Agent: "anna", Form: usual}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	sees := func(who string, oversees bool) string {
		seen, ok := c.SeenBy(who, oversees)
		if !ok {
			return "nothing"
		}
		var by []string
		for _, r := range seen.Reviews {
			by = append(by, r.By)
		}
		if seen.Objection != nil {
			by = append(by, "objection")
		}
		return strings.Join(by, " ")
	}
	expect := func(when string, want map[string]string) {
		t.Helper()
		for who, what := range want {
			if got := sees(who, who != "anna" && who != "boris"); got != what {
				t.Errorf("%s %s sees %q, not %q", when, who, got, what)
			}
		}
	}
	must(c.Fill("olga", say(1), "", false, at))
	expect("while the first writes", map[string]string{"anna": "nothing", "boris": "nothing", "olga": "olga", "petr": ""})
	if err := c.Object("anna", "no", at); !errors.Is(err, ErrNothing) {
		t.Errorf("anna objects to a draft: %v", err)
	}
	must(c.Fill("olga", say(1, 4, 1), "", true, at.Add(time.Minute)))
	expect("before the second writes", map[string]string{"anna": "olga", "boris": "nothing", "olga": "olga", "petr": "", "vera": ""})
	must(c.Fill("petr", say(0), "", false, at))
	must(c.Object("anna", "I did greet", at.Add(2*time.Minute)))
	expect("while the second writes", map[string]string{"anna": "olga objection", "boris": "nothing", "olga": "olga objection", "petr": "petr", "vera": "olga objection"})
	must(c.Fill("petr", say(0, 4, 1), "", true, at.Add(3*time.Minute)))
	expect("when both are in", map[string]string{"anna": "olga objection", "olga": "olga petr objection", "petr": "olga petr objection"})
	if d := c.Differences(); len(d) != 1 || d[0].Criterion != "greets" || *d[0].First != 1 || *d[0].Second != 0 {
		t.Errorf("they differ in %+v", d)
	}
	for name, refused := range map[string]struct{ got, want error }{
		"a third":         {c.Fill("vera", say(1, 4, 1), "", true, at), ErrBoth},
		"again":           {c.Fill("olga", say(0, 4, 1), "", true, at), ErrSubmitted},
		"her own":         {c.Fill("anna", say(1, 5, 1), "", true, at), ErrOwn},
		"another objects": {c.Object("boris", "x", at), ErrTheirs},
		"twice":           {c.Object("anna", "x", at), ErrObjected},
		"answers herself": {c.Answer("anna", "x", at), ErrOwn},
	} {
		if !errors.Is(refused.got, refused.want) {
			t.Errorf("%s: %v", name, refused.got)
		}
	}
	must(c.Answer("olga", "I have heard it again", at.Add(4*time.Minute)))
	objected := Card{ID: "2", Agent: "anna", Form: usual}
	must(objected.Fill("olga", say(1, 4, 1), "", true, at))
	must(objected.Object("anna", "no", at))
	if seen, _ := objected.SeenBy("vera", true); len(seen.Reviews) != 1 || seen.Objection == nil || objected.MayReview("vera") {
		t.Errorf("after an objection vera, who answers it, sees %+v", seen)
	}
	if err := objected.Fill("vera", say(1, 4, 1), "", false, at); !errors.Is(err, ErrObjected) {
		t.Errorf("she reviews what she has seen: %v", err)
	}
	if err := c.Answer("petr", "x", at); !errors.Is(err, ErrAnswered) || c.Objection.Text != "I did greet" {
		t.Errorf("answered twice: %v, %+v", err, c.Objection)
	}
}

// TestDraftsThatAreLeftKeepNobodyFromReviewing: of all who begin, the first two who finish count.
func TestDraftsThatAreLeftKeepNobodyFromReviewing(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	c := Card{ID: "1", Agent: "anna", Form: usual}
	for _, who := range []string{"olga", "petr"} {
		if err := c.Fill(who, say(1), "", false, at); err != nil {
			t.Fatal(err)
		}
	}
	for i, who := range []string{"vera", "petr"} {
		if !c.MayReview(who) {
			t.Errorf("%s may not", who)
		}
		if err := c.Fill(who, say(i, 4, 1), "", true, at.Add(time.Duration(i)*time.Minute)); err != nil {
			t.Fatalf("%s: %v", who, err)
		}
	}
	if err := c.Fill("olga", say(1, 4, 1), "", true, at); !errors.Is(err, ErrBoth) || c.MayReview("olga") {
		t.Errorf("a third: %v", err)
	}
	if d := c.Differences(); c.First().By != "vera" || len(d) != 1 || *d[0].First != 0 || *d[0].Second != 1 {
		t.Errorf("the first is %s's, and they differ in %+v", c.First().By, d)
	}
	if seen, _ := c.SeenBy("olga", true); len(seen.Reviews) != 3 {
		t.Errorf("olga, whose draft came too late, sees %+v", seen.Reviews)
	}
}
