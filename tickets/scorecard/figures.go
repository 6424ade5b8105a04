package scorecard

import (
	"math"
	"slices"

	"hotline/telephony/words"
)

// ReviewFigures are what reviews say together: the first of each card, which the agent sees, and how far second ones are from those, which is told to
// who oversees alone, and not of their own calls.
type ReviewFigures struct {
	Reviews  int               `json:"reviews"`
	Share    *float64          `json:"share" doc:"mean of their scores, 0 to 1; null where there is none, or it would tell of a review that whoever asks may not see yet"`
	Criteria []CriterionFigure `json:"criteria" nullable:"false"`
}

// CriterionFigure is what they say of one criterion.
type CriterionFigure struct {
	ID      string     `json:"id"`
	Title   words.Text `json:"title" nullable:"false"`
	Kind    Kind       `json:"kind" enum:"yes_no,scale"`
	Answers int        `json:"answers" doc:"without n/a"`
	Mean    *float64   `json:"mean" doc:"the share of yes, or the mean of 1 to 5; null as share is"`
	Pairs   int        `json:"pairs" doc:"calls that two have reviewed, and both answered; 0 for who does not oversee, and without their own calls for who does"`
	Shift   *float64   `json:"shift" doc:"by how much second reviewers answer higher, on average; null without pairs"`
	Apart   *float64   `json:"apart" doc:"by how much the two differ, on average; null without pairs"`
}

// few is how many answers or scores a mean is of, at least, where somebody who may still review one of the calls asks: of fewer it would tell
// them what the first reviewer said.
const few = 5

// Sum sums cards by a key, for somebody. Cards without a review that is in count for nothing. The criteria are those of the youngest form, and after them
// those that older ones had.
func Sum(cards []Card, who string, oversees bool, key func(*Card) string) map[string]*ReviewFigures {
	of := map[string][]*Card{}
	for i := range cards {
		if c := &cards[i]; c.First() != nil {
			of[key(c)] = append(of[key(c)], c)
		}
	}
	all := map[string]*ReviewFigures{}
	for k, some := range of {
		f := &ReviewFigures{Reviews: len(some), Criteria: []CriterionFigure{}}
		slices.SortStableFunc(some, func(a, b *Card) int { return b.Begun.Compare(a.Begun) })
		blind := oversees && slices.ContainsFunc(some, func(c *Card) bool { return c.MayReview(who) })
		var shares []float64
		for _, c := range some {
			if s := c.First().Score.Share; s != nil {
				shares = append(shares, *s)
			}
			for _, x := range c.Form.criteria() {
				if !slices.ContainsFunc(f.Criteria, func(y CriterionFigure) bool { return y.ID == x.ID }) {
					f.Criteria = append(f.Criteria, sumCriterion(x, some, blind, func(c *Card) bool { return oversees && c.Agent != who }))
				}
			}
		}
		if !blind || len(shares) >= few {
			f.Share = mean(shares)
		}
		all[k] = f
	}
	return all
}

// sumCriterion sums the answers to one criterion; second are the cards of which the second review may be told.
func sumCriterion(x Criterion, cards []*Card, blind bool, second func(*Card) bool) CriterionFigure {
	f := CriterionFigure{ID: x.ID, Title: x.Title, Kind: x.Kind}
	var given, shifts, apart []float64
	for _, c := range cards {
		var values []float64 // of first and second
		for i, r := range c.done() {
			at := slices.IndexFunc(r.Answers, func(a Answer) bool { return a.Criterion == x.ID && a.Value != nil })
			if at < 0 || !slices.ContainsFunc(c.Form.criteria(), func(y Criterion) bool { return y.ID == x.ID && y.Kind == x.Kind }) {
				continue // another kind of question by the same name
			}
			if v := float64(*r.Answers[at].Value); len(values) == i {
				values = append(values, v)
			}
		}
		if len(values) > 0 {
			given = append(given, values[0])
		}
		if len(values) == 2 && second(c) {
			shifts, apart = append(shifts, values[1]-values[0]), append(apart, math.Abs(values[1]-values[0]))
		}
	}
	f.Answers, f.Pairs, f.Shift, f.Apart = len(given), len(shifts), mean(shifts), mean(apart)
	if !blind || len(given) >= few {
		f.Mean = mean(given)
	}
	return f
}

// mean is nil of nothing.
func mean(all []float64) *float64 {
	if len(all) == 0 {
		return nil
	}
	sum := 0.0
	for _, v := range all {
		sum += v
	}
	sum /= float64(len(all))
	return &sum
}
