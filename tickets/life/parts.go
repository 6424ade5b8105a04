package life

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A request is split into parts where several departments must answer it. Each part has a department, perhaps a person of it, a date and an
// answer:
//
//	add_part ──► open ──answer_part──► answered
//	              │ ▲ └─withdraw_part─► withdrawn
//	  return_part ▼ │ move_part
//	            returned
//
// While a part is open or returned the ticket can be neither solved nor confirmed. When the last one has ended the ticket comes before its
// owner; the answer to the customer is put together from those of the parts where its owner writes none.

// ErrOpenParts refuses to answer a customer before the departments have answered their parts.
var ErrOpenParts = errors.New("parts of it are not answered yet")

// AddPart gives a piece of the request to a department.
type AddPart struct {
	Department string    `json:"department" maxLength:"256" doc:"by id"`
	Owner      string    `json:"owner,omitempty" maxLength:"256" doc:"a person of it, by id; the department as a whole if left out"`
	What       string    `json:"what" maxLength:"20000" doc:"what they are to answer"`
	Due        time.Time `json:"due" doc:"by when"`
}

func (AddPart) Name() string { return "add_part" }

func (c AddPart) do(w *work) error {
	department, err := w.department("department", c.Department, true)
	if err != nil {
		return err
	}
	owner, err := w.member("owner", c.Owner, department)
	if err != nil {
		return err
	}
	what, err := text("what", c.What, LongestText, true)
	if err != nil {
		return err
	}
	due, err := date("due", c.Due, w.at, true)
	if err != nil {
		return err
	}
	if _, err := w.underWay(); err != nil {
		return err
	}
	w.Parts = append(w.Parts, Part{N: len(w.Parts) + 1, Department: department, Owner: owner, What: what, Due: due, State: PartOpen, GivenAt: w.at})
	return nil
}

// part is one that is to be answered yet.
func (w *work) part(n int) (*Part, error) {
	p, err := find("part", w.Parts, n)
	if err != nil {
		return nil, err
	}
	if !p.open() {
		return nil, fmt.Errorf("part %d is %s: %w", n, p.State, ErrEnded)
	}
	w.details["part"] = strconv.Itoa(n)
	return p, nil
}

// Awaited says that a part has still to be answered.
func (p Part) Awaited() bool { return p.State == PartOpen || p.State == PartReturned }

func (p Part) open() bool { return p.Awaited() }

// TakePart makes the person who sends it the owner of a part.
type TakePart struct {
	N int `json:"n" minimum:"1" doc:"which part"`
}

func (TakePart) Name() string { return "take_part" }

func (c TakePart) do(w *work) error {
	me, err := w.me()
	if err != nil {
		return err
	}
	p, err := w.part(c.N)
	if err != nil {
		return err
	}
	p.Owner, p.State = me.Name(), PartOpen
	return nil
}

// AnswerPart is a department's answer to its part.
type AnswerPart struct {
	N      int    `json:"n" minimum:"1" doc:"which part"`
	Answer string `json:"answer" maxLength:"20000" doc:"as the customer may read it: the answer to them is put together from those of the parts"`
}

func (AnswerPart) Name() string { return "answer_part" }

func (c AnswerPart) do(w *work) error {
	answer, err := text("answer", c.Answer, LongestText, true)
	if err != nil {
		return err
	}
	p, err := w.part(c.N)
	if err != nil {
		return err
	}
	p.State, p.Answer, p.By, p.DoneAt = PartAnswered, answer, w.by.ID, w.at
	w.write(Reply, answer, true)
	return w.partEnded()
}

// partEnded brings the ticket before its owner when its last part has ended.
func (w *work) partEnded() error {
	if w.partsDone() != nil {
		return nil
	}
	w.details["parts"] = "done"
	return w.call()
}

// ReturnPart says that a part is not for the department that has it. The ticket comes before its owner, who gives it on.
type ReturnPart struct {
	N   int    `json:"n" minimum:"1" doc:"which part"`
	Why string `json:"why" maxLength:"20000" doc:"and whose it is, if known"`
}

func (ReturnPart) Name() string { return "return_part" }

func (c ReturnPart) do(w *work) error {
	why, err := text("why", c.Why, LongestText, true)
	if err != nil {
		return err
	}
	p, err := w.part(c.N)
	if err != nil {
		return err
	}
	if p.State == PartReturned {
		return ErrNothing
	}
	p.State = PartReturned
	w.write(Reply, why, true)
	return w.call()
}

// MovePart gives a part to another department or person, or moves its date. What is left out stays.
type MovePart struct {
	N          int       `json:"n" minimum:"1" doc:"which part"`
	Department string    `json:"department,omitempty" maxLength:"256" doc:"by id"`
	Owner      *string   `json:"owner,omitempty" maxLength:"256" doc:"a person, by id; \"\" is the department as a whole"`
	Due        time.Time `json:"due,omitzero"`
	Note       string    `json:"note,omitempty" maxLength:"20000" doc:"for them alone"`
}

func (MovePart) Name() string { return "move_part" }

func (c MovePart) do(w *work) error {
	department, err := w.department("department", c.Department, false)
	if err != nil {
		return err
	}
	due, err := date("due", c.Due, w.at, false)
	if err != nil {
		return err
	}
	note, err := text("note", c.Note, LongestText, false)
	if err != nil {
		return err
	}
	p, err := w.part(c.N)
	if err != nil {
		return err
	}
	if department == "" && c.Owner == nil && due.IsZero() {
		return missing("department", "is missing, and so are owner and due: one of them is to change")
	}
	if department != "" && department != p.Department {
		p.Department, p.Owner = department, ""
	}
	if c.Owner != nil {
		if p.Owner, err = w.member("owner", *c.Owner, p.Department); err != nil {
			return err
		}
	}
	if department != "" || c.Owner != nil {
		p.State = PartOpen
	}
	p.Due = orElse(due, p.Due)
	w.write(Question, note, true)
	return nil
}

// WithdrawPart ends a part that is not needed any more.
type WithdrawPart struct {
	N    int    `json:"n" minimum:"1" doc:"which part"`
	Note string `json:"note,omitempty" maxLength:"20000"`
}

func (WithdrawPart) Name() string { return "withdraw_part" }

func (c WithdrawPart) do(w *work) error {
	note, err := text("note", c.Note, LongestText, false)
	if err != nil {
		return err
	}
	p, err := w.part(c.N)
	if err != nil {
		return err
	}
	p.State, p.DoneAt = PartWithdrawn, w.at
	w.write(Note, note, true)
	return w.partEnded()
}

// partsDone says which parts are still to be answered.
func (w *work) partsDone() error {
	var open []string
	for _, p := range w.Parts {
		if p.open() {
			open = append(open, fmt.Sprintf("%d (%s)", p.N, p.Department))
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("%w: %s", ErrOpenParts, strings.Join(open, ", "))
	}
	return nil
}

// partsAnswer is one answer put together from those that the parts were given since the customer was answered last; "" where there are none.
func (w *work) partsAnswer() string {
	var said []string
	for _, p := range w.Parts {
		if p.State == PartAnswered && p.Answer != "" && !p.DoneAt.Before(w.SolvedAt) {
			said = append(said, p.What+"\n"+p.Answer)
		}
	}
	return strings.Join(said, "\n\n")
}
