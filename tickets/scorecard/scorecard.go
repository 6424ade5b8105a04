// Package scorecard is how calls are reviewed: forms, what a reviewer answers by one, what that is worth, and how an agent may object. It is pure:
// who keeps cards asks it what may be done.
//
//	form ──Begin──► card ──Fill, Submit──► first review ──► the agent sees it ──Object──► objection ──Answer──► both stay
//	                  └──────Fill, Submit──► second review, by somebody else who does not see the first until theirs is in;
//	                                         nobody begins one after the objection, which all who oversee may read
//
// Invariants:
//
//   - a card has the form as it was when the card was begun: another version of the form changes no card;
//   - what was submitted is never changed, and a draft that is left keeps nobody from reviewing;
//   - nobody reviews their own call, and nobody reviews one twice;
//   - who may still review sees nothing of what another said, whether they have begun or not; the means of five and more answers count it
//     with the others';
//   - an agent objects once, and is answered once.
package scorecard

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"hotline/telephony/words"
)

// Form is what is asked about a call. ID is the configuration's.
type Form struct {
	ID       string     `json:"id"`
	Title    words.Text `json:"title" nullable:"false"`
	Sections []Section  `json:"sections" nullable:"false"`
	Sample   int        `json:"sample,omitempty" doc:"so many calls of each agent's a week are drawn to be reviewed by it"`
}

// Section is criteria that belong together.
type Section struct {
	Title    words.Text  `json:"title" nullable:"false"`
	Criteria []Criterion `json:"criteria" nullable:"false"`
}

// Kind is how a criterion is answered.
type Kind string

const (
	YesNo Kind = "yes_no" // 1 or 0
	Scale Kind = "scale"  // 1 to 5
)

// Criterion is one question.
type Criterion struct {
	ID       string     `json:"id"`
	Title    words.Text `json:"title" nullable:"false"`
	Kind     Kind       `json:"kind" enum:"yes_no,scale"`
	Weight   int        `json:"weight" doc:"beside the others', from 1 to 100"`
	Optional bool       `json:"optional,omitempty" doc:"may be answered with n/a, which is left out of the score"`
	FailsAll bool       `json:"fails_all,omitempty" doc:"the worst answer makes the whole score 0"`
}

// Answer is what a reviewer says to a criterion.
type Answer struct {
	Criterion string `json:"criterion" maxLength:"64"`
	Value     *int   `json:"value" doc:"1 or 0, or from 1 to 5; null is n/a"`
	Note      string `json:"note,omitempty" maxLength:"2000"`
	AtS       *int   `json:"at_s,omitempty" minimum:"0" maximum:"86400" doc:"seconds into the recording at which it is heard"`
}

// Score is what answers are worth.
type Score struct {
	Share  *float64 `json:"share" doc:"0 to 1; null where nothing counts"`
	Failed []string `json:"failed,omitempty" doc:"criteria that made the whole of it 0"`
}

// Review is what one reviewer said.
type Review struct {
	By        string     `json:"by"` // a person's id
	Answers   []Answer   `json:"answers" nullable:"false"`
	Note      string     `json:"note,omitempty"`
	Submitted *time.Time `json:"submitted_at"` // nil: a draft
	Score     Score      `json:"score"`
}

// Objection is what the agent says to it.
type Objection struct {
	Text     string     `json:"text"`
	At       time.Time  `json:"at"`
	Answer   string     `json:"answer,omitempty"`
	By       string     `json:"by,omitempty"` // who answered: a person's id
	Answered *time.Time `json:"answered_at,omitempty"`
}

// Card is a call of an agent under review.
type Card struct {
	ID        string     `json:"id"`
	Call      string     `json:"call"`
	Agent     string     `json:"agent"`
	Queue     string     `json:"queue,omitempty"`
	Form      Form       `json:"form"`
	Begun     time.Time  `json:"begun_at"`
	Reviews   []Review   `json:"reviews"` // two that are in at most, and drafts
	Objection *Objection `json:"objection,omitempty"`
}

// Errors of what may not be done. Who they are told to may read them.
var (
	ErrOwn       = errors.New("nobody reviews their own call")
	ErrBoth      = errors.New("two have reviewed this call already")
	ErrSubmitted = errors.New("that review is in, and is not changed any more")
	ErrObjected  = errors.New("the agent has objected already")
	ErrNothing   = errors.New("there is no review that is in")
	ErrAnswered  = errors.New("the objection is answered already")
	ErrTheirs    = errors.New("only the agent whose call it is objects")
)

// Wrong is an answer that cannot be: which, and why.
type Wrong struct {
	At   int // index of the answer; -1 is one that is missing
	Text string
}

func (w Wrong) Error() string { return w.Text }

func (f Form) criteria() (all []Criterion) {
	for _, s := range f.Sections {
		all = append(all, s.Criteria...)
	}
	return all
}

// Check says what is wrong with answers: a Wrong. Of a draft some may be missing.
func (f Form) Check(answers []Answer, draft bool) error {
	left := map[string]Criterion{}
	for _, c := range f.criteria() {
		left[c.ID] = c
	}
	for i, a := range answers {
		c, known := left[a.Criterion]
		if !known {
			return Wrong{i, fmt.Sprintf("%q is no criterion of this form, or is answered twice", a.Criterion)}
		}
		delete(left, a.Criterion)
		low, high := c.bounds()
		switch {
		case a.Value == nil && !c.Optional:
			return Wrong{i, fmt.Sprintf("%s cannot be left out as n/a", c.ID)}
		case a.Value != nil && (*a.Value < low || *a.Value > high):
			return Wrong{i, fmt.Sprintf("%s is %d; it must be from %d to %d", c.ID, *a.Value, low, high)}
		}
	}
	if draft {
		return nil
	}
	for _, c := range f.criteria() {
		if _, missing := left[c.ID]; missing {
			return Wrong{-1, c.ID + " is not answered"}
		}
	}
	return nil
}

func (c Criterion) bounds() (low, high int) {
	if c.Kind == YesNo {
		return 0, 1
	}
	return 1, 5
}

// Score is what answers are worth: the mean of what each reaches between its worst and its best, by weight. What is n/a, or not answered yet, is
// left out.
func (f Form) Score(answers []Answer) (s Score) {
	values := map[string]*int{}
	for _, a := range answers {
		values[a.Criterion] = a.Value
	}
	sum, all := 0.0, 0
	for _, c := range f.criteria() {
		v := values[c.ID]
		if v == nil {
			continue
		}
		low, high := c.bounds()
		sum += float64(c.Weight) * float64(*v-low) / float64(high-low)
		all += c.Weight
		if c.FailsAll && *v == low {
			s.Failed = append(s.Failed, c.ID)
		}
	}
	if all == 0 {
		return s
	}
	share := sum / float64(all)
	if len(s.Failed) > 0 {
		share = 0
	}
	s.Share = &share
	return s
}

// review is somebody's; nil where they have none.
func (c *Card) review(by string) *Review {
	for i := range c.Reviews {
		if c.Reviews[i].By == by {
			return &c.Reviews[i]
		}
	}
	return nil
}

// MayReview says whether somebody who oversees may still say what they think of it.
func (c *Card) MayReview(who string) bool {
	if own := c.review(who); own != nil {
		return own.Submitted == nil && len(c.done()) < 2
	}
	return who != c.Agent && len(c.done()) < 2 && c.Objection == nil
}

// Fill keeps what somebody answers: a draft, or for good.
func (c *Card) Fill(by string, answers []Answer, note string, submit bool, at time.Time) error {
	r := c.review(by)
	switch {
	case by == c.Agent:
		return ErrOwn
	case r != nil && r.Submitted != nil:
		return ErrSubmitted
	case len(c.done()) >= 2:
		return ErrBoth
	case r == nil && c.Objection != nil: // with it they have seen the first
		return ErrObjected
	}
	if err := c.Form.Check(answers, !submit); err != nil {
		return err
	}
	if r == nil {
		c.Reviews = append(c.Reviews, Review{By: by})
		r = &c.Reviews[len(c.Reviews)-1]
	}
	r.Answers, r.Note, r.Score = answers, note, c.Form.Score(answers)
	if submit {
		r.Submitted = &at
	}
	return nil
}

// done are the reviews that are in, in the order in which they came. A draft counts for nobody but its reviewer: it may have been left for good.
func (c *Card) done() (all []*Review) {
	for i := range c.Reviews {
		if r := &c.Reviews[i]; r.Submitted != nil {
			all = append(all, r)
		}
	}
	slices.SortStableFunc(all, func(a, b *Review) int { return a.Submitted.Compare(*b.Submitted) })
	return all
}

// First is the review that the agent sees: of those that are in, the one that came first. nil where none is.
func (c *Card) First() *Review {
	if all := c.done(); len(all) > 0 {
		return all[0]
	}
	return nil
}

// Object keeps what the agent says to their review, once.
func (c *Card) Object(by, text string, at time.Time) error {
	switch {
	case by != c.Agent:
		return ErrTheirs
	case c.First() == nil:
		return ErrNothing
	case c.Objection != nil:
		return ErrObjected
	}
	c.Objection = &Objection{Text: text, At: at}
	return nil
}

// Answer answers the objection, once.
func (c *Card) Answer(by, text string, at time.Time) error {
	switch {
	case by == c.Agent:
		return ErrOwn
	case c.Objection == nil:
		return ErrNothing
	case c.Objection.Answered != nil:
		return ErrAnswered
	}
	c.Objection.Answer, c.Objection.By, c.Objection.Answered = text, by, &at
	return nil
}

// SeenBy is the card as somebody sees it: an agent their first review once it is in; who oversees their own, and of others' what is in once they
// may not review any more. Not seen where there is nothing for them.
func (c Card) SeenBy(who string, oversees bool) (seen Card, ok bool) {
	all, first, blind := c.Reviews, c.First(), c.MayReview(who)
	c.Reviews = []Review{}
	if !oversees || who == c.Agent {
		if who != c.Agent || first == nil {
			return Card{}, false
		}
		c.Reviews = append(c.Reviews, *first)
		return c, true
	}
	for _, r := range all {
		if r.By == who || r.Submitted != nil && !blind {
			c.Reviews = append(c.Reviews, r)
		}
	}
	if blind {
		c.Objection = nil // it is about the other's
	}
	return c, true
}

// Difference is by how much two reviews differ in a criterion.
type Difference struct {
	Criterion string `json:"criterion"`
	First     *int   `json:"first"`
	Second    *int   `json:"second"`
}

// Differences are those of two reviews that are in; nothing where they are not two.
func (c *Card) Differences() []Difference {
	all := []Difference{}
	both := c.done()
	if len(both) < 2 {
		return all
	}
	value := func(r *Review, id string) *int {
		for _, a := range r.Answers {
			if a.Criterion == id {
				return a.Value
			}
		}
		return nil
	}
	for _, x := range c.Form.criteria() {
		one, two := value(both[0], x.ID), value(both[1], x.ID)
		if (one == nil) != (two == nil) || one != nil && *one != *two {
			all = append(all, Difference{x.ID, one, two})
		}
	}
	return all
}
