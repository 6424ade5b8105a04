package life

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"hotline/tickets"
)

// A complaint about an answer goes on in the ticket that was answered, under its number. It opens a review by somebody else: nobody who has given
// an answer, or written a part of it, reviews it, neither by the rules here nor in the database. The levels of review:
//
//	1      the head of the department that answered; the next level where that one answered
//	2 …    those of the terms (tickets.Terms.Reviews), the last of which is usually a regulator outside
//
// A review that takes too long is raised to the next level; one that was decided is decided for good, and who is not content with it complains
// again, which opens another at the next level.

var (
	// ErrOwnAnswer refuses to let somebody review an answer that is their own, or end the complaint about it.
	ErrOwnAnswer = errors.New("nobody reviews an answer that they gave")
	// ErrOpenReview refuses to answer, to end a ticket or to complain while a complaint is to be decided.
	ErrOpenReview = errors.New("a complaint about it is to be decided first")
	// ErrLastLevel says that there is no level above.
	ErrLastLevel = errors.New("there is nobody above to whom it could go")
)

// Complain notes that the customer complains about the answer that they got, or about how they are served.
type Complain struct {
	Text string `json:"text" maxLength:"20000" doc:"in the customer's words"`
}

func (Complain) Name() string { return "complain" }

func (c Complain) do(w *work) error {
	said, err := text("text", c.Text, LongestText, true)
	if err != nil {
		return err
	}
	if err := w.reviewsDone(); err != nil {
		return err
	}
	about, level := w.lastAnswer(), 1
	for _, r := range w.Reviews {
		if r.State == ReviewUpheld || r.State == ReviewRejected {
			about, level = r.Reviewer, r.Level+1
		}
	}
	r := Review{N: len(w.Reviews) + 1, About: about, Wrote: w.authors(), Complaint: said, OpenedAt: w.at, State: ReviewOpen}
	if !w.give(&r, level) { // nobody is above the last level: it looks at its own matter again, with another person
		w.give(&r, w.levels())
	}
	w.Reviews = append(w.Reviews, r)
	w.details["review"] = strconv.Itoa(r.N)
	w.write(Objection, said, false)
	if !tickets.Reopen.From(w.Phase()) {
		return w.call()
	}
	return w.Turn(tickets.Reopen, w.owner(r), w.at.Add(w.file.Terms.FollowUpWithin), tickets.FollowUp, "")
}

// lastAnswer is who gave the last answer; who works on it where nobody has answered yet.
func (w *work) lastAnswer() string {
	if o, is := w.State.(tickets.Open); is && w.SolvedBy == "" {
		if p, is := o.Owner().(tickets.Person); is {
			return string(p)
		}
	}
	return w.SolvedBy
}

// authors are the people who have answered parts of the request so far.
func (w *work) authors() (ids []string) {
	for _, p := range w.Parts {
		if p.State == PartAnswered && p.By != "" {
			ids = append(ids, p.By)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// levels is how many levels of review there are.
func (w *work) levels() int { return 1 + len(w.file.Terms.Reviews) }

// give gives a review to a level, or to the first above on which somebody else than who answered can decide. It is false where there is none.
func (w *work) give(r *Review, level int) bool {
	terms := w.file.Terms
	for ; level <= w.levels(); level++ {
		department, person, within := orElse(string(w.Department), terms.Topic(w.Topic).Department), "", terms.ReviewWithin
		if level > 1 {
			l := terms.Reviews[level-2]
			department, person, within = orElse(l.Department, terms.Department), l.Person, orElse(l.Within, within)
		}
		person = orElse(person, terms.Departments[department].Head)
		if person != "" && (person == r.Reviewer || r.AnsweredBy(person) || w.hasAnswered(person)) {
			if level < w.levels() {
				continue
			}
			person = ""
		}
		r.Level, r.Department, r.Reviewer, r.Due = level, tickets.Department(department), person, w.at.Add(within)
		return true
	}
	return false
}

// owner is who owns a ticket while a review of it is open. A level outside, such as a regulator, owns nothing here: the first line sees to it.
func (w *work) owner(r Review) tickets.Owner {
	if r.Reviewer != "" {
		return tickets.Person(r.Reviewer)
	}
	if w.file.Terms.Outside(string(r.Department)) {
		return tickets.Department(w.file.Terms.Department)
	}
	return w.file.Terms.Heir(r.Department, w.Topic)
}

// hasAnswered says whether somebody gave an answer that was complained about, or a part of one, or decided a complaint.
func (m Matter) hasAnswered(id string) bool {
	return id != "" && (id == m.SolvedBy ||
		slices.ContainsFunc(m.Reviews, func(r Review) bool { return r.AnsweredBy(id) || r.State != ReviewOpen && id == r.Reviewer }))
}

// LeftToOthers says that somebody has answered, and that others are there who have not and to whom a complaint can be assigned. Where everybody has answered
// somebody must end it all the same, or the ticket would stay open for ever.
func (m Matter) LeftToOthers(id string, t tickets.Terms) bool {
	if !m.hasAnswered(id) {
		return false
	}
	for other := range t.People {
		if !m.hasAnswered(other) {
			return true
		}
	}
	return t.People == nil // who there is is not known
}

// reviewsDone says which complaint is to be decided.
func (w *work) reviewsDone() error {
	for _, r := range w.Reviews {
		if r.State == ReviewOpen {
			return fmt.Errorf("%w: %d", ErrOpenReview, r.N)
		}
	}
	return nil
}

// review is one that is to be decided.
func (w *work) review(n int) (*Review, error) {
	r, err := find("review", w.Reviews, n)
	if err != nil {
		return nil, err
	}
	if r.State != ReviewOpen {
		return nil, fmt.Errorf("review %d is %s: %w", n, r.State, ErrEnded)
	}
	w.details["review"] = strconv.Itoa(n)
	return r, nil
}

// AssignReview gives a complaint to a reviewer, or to a department as a whole. The ticket goes with it.
type AssignReview struct {
	N          int    `json:"n" minimum:"1" doc:"which review"`
	Reviewer   string `json:"reviewer,omitempty" maxLength:"256" doc:"a person, by id; nobody who has answered"`
	Department string `json:"department,omitempty" maxLength:"256" doc:"by id; as it was if left out"`
}

func (AssignReview) Name() string { return "review" }

func (c AssignReview) do(w *work) error {
	reviewer, err := w.person("reviewer", c.Reviewer)
	if err != nil {
		return err
	}
	department, err := w.department("department", c.Department, false)
	if err != nil {
		return err
	}
	if reviewer == "" && department == "" {
		return missing("reviewer", "is missing, and so is department: one of them is needed")
	}
	r, err := w.review(c.N)
	if err != nil {
		return err
	}
	if reviewer != "" && w.hasAnswered(reviewer) {
		return ErrOwnAnswer
	}
	r.Reviewer, r.Department = reviewer, orElse(department, r.Department)
	return w.goWith(*r)
}

// goWith gives a ticket that is under way to who reviews it. Who answered takes no complaint outside, where they might write down the word about it.
func (w *work) goWith(r Review) error {
	if w.file.Terms.Outside(string(r.Department)) && w.LeftToOthers(w.by.ID, w.file.Terms) {
		return ErrOwnAnswer
	}
	if _, err := w.underWay(); err != nil {
		return nil // a complaint about a ticket that is solved otherwise, or closed by a call: its review alone goes on
	}
	return w.Turn(tickets.Assign, w.owner(r), w.at.Add(w.file.Terms.FollowUpWithin), tickets.FollowUp, "")
}

// DecideReview is the word of a reviewer, or of somebody outside as it is written down here, and what the customer is told.
type DecideReview struct {
	N      int    `json:"n" minimum:"1" doc:"which review"`
	Upheld bool   `json:"upheld" doc:"whether the customer was right"`
	Answer string `json:"answer" maxLength:"20000" doc:"to the customer"`
	Solve  bool   `json:"solve,omitempty" doc:"whether nothing is left to be done: the ticket awaits the customer's word then; otherwise the work on it goes on"`
}

func (DecideReview) Name() string { return "decide_review" }

func (c DecideReview) do(w *work) error {
	me, err := w.me()
	if err != nil {
		return err
	}
	answer, err := text("answer", c.Answer, LongestText, true)
	if err != nil {
		return err
	}
	r, err := w.review(c.N)
	if err != nil {
		return err
	}
	r.Reviewer = ""
	if !w.file.Terms.Outside(string(r.Department)) { // of what is outside somebody but writes down the word, whoever they are
		if w.hasAnswered(me.Name()) {
			return ErrOwnAnswer
		}
		r.Reviewer = me.Name()
	}
	r.State, r.Answer, r.DoneAt = ReviewRejected, answer, w.at
	if c.Upheld {
		r.State = ReviewUpheld
	}
	w.details["became"] = string(r.State)
	if err := w.answer(Answer, answer, "", ""); err != nil {
		return err
	}
	if !c.Solve {
		return w.call()
	}
	if err := w.mayAnswer(); err != nil {
		return err
	}
	return w.solved()
}

// EscalateReview gives a complaint that takes too long to the next level.
type EscalateReview struct {
	N    int    `json:"n" minimum:"1" doc:"which review"`
	Note string `json:"note,omitempty" maxLength:"20000" doc:"why, for colleagues"`
}

func (EscalateReview) Name() string { return "escalate_review" }

func (c EscalateReview) do(w *work) error {
	note, err := text("note", c.Note, LongestText, false)
	if err != nil {
		return err
	}
	r, err := w.review(c.N)
	if err != nil {
		return err
	}
	if !w.give(r, r.Level+1) {
		return ErrLastLevel
	}
	w.details["level"] = strconv.Itoa(r.Level)
	w.write(Note, note, true)
	return w.goWith(*r)
}

// WithdrawReview ends a complaint that the customer takes back. Somebody else than who answered has heard so; where nobody else is there, who answered says why.
type WithdrawReview struct {
	N    int    `json:"n" minimum:"1" doc:"which review"`
	Note string `json:"note,omitempty" maxLength:"20000" doc:"why, for colleagues; needed of who answered"`
}

func (WithdrawReview) Name() string { return "withdraw_review" }

func (c WithdrawReview) do(w *work) error {
	r, err := w.review(c.N)
	if err != nil {
		return err
	}
	if w.LeftToOthers(w.by.ID, w.file.Terms) {
		return ErrOwnAnswer
	}
	note, err := text("note", c.Note, LongestText, w.hasAnswered(w.by.ID))
	if err != nil {
		return err
	}
	r.State, r.DoneAt = ReviewWithdrawn, w.at
	w.write(Note, note, true)
	return w.call()
}
