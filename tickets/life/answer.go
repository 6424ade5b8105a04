package life

import (
	"time"

	"hotline/tickets"
)

// SolveIt answers the customer: the ticket awaits their word then, and ends by itself where none comes.
type SolveIt struct {
	Answer  string `json:"answer,omitempty" maxLength:"20000" doc:"to the customer; what the parts say where it is left out"`
	Channel string `json:"channel,omitempty" maxLength:"256" doc:"how it is told; the customer's choice if left out"`
	Address string `json:"address,omitempty" maxLength:"256"`
}

func (SolveIt) Name() string { return "solve" }

func (c SolveIt) do(w *work) error {
	answer, err := text("answer", c.Answer, LongestText, false)
	if err != nil {
		return err
	}
	if err := w.mayAnswer(); err != nil {
		return err
	}
	if answer = orElse(answer, w.partsAnswer()); answer == "" {
		return missing("answer", "is missing")
	}
	if err := w.answer(Answer, answer, c.Channel, c.Address); err != nil {
		return err
	}
	return w.solved()
}

// mayAnswer says what must come before the answer: those of the departments, and the word about a complaint.
func (w *work) mayAnswer() error {
	if err := w.reviewsDone(); err != nil {
		return err
	}
	return w.partsDone()
}

// solved makes the ticket one that was answered, and awaits the customer's word.
func (w *work) solved() error {
	o, err := w.open(tickets.Solve)
	if err != nil {
		return err
	}
	if err := w.Turn(tickets.Solve, o.Owner(), w.at.Add(w.file.Terms.ConfirmWithin), tickets.FollowUp, ""); err != nil {
		return err
	}
	w.SolvedBy, w.SolvedAt, w.Reminded = w.by.ID, w.at, 0
	return nil
}

// answer writes what the customer is told, by the channel that they chose where none is named.
func (w *work) answer(kind EntryKind, text, channel, address string) (err error) {
	if channel, err = line("channel", channel, tickets.LongestName, false); err != nil {
		return err
	}
	if address, err = line("address", address, tickets.LongestName, false); err != nil {
		return err
	}
	if channel == "" {
		channel, address = w.Reply.Channel, orElse(address, w.Reply.Address)
	}
	w.write(kind, text, false)
	w.entries[len(w.entries)-1].Channel, w.entries[len(w.entries)-1].Address = channel, address
	return nil
}

// Tell writes to the customer how it goes: progress is announced unasked. The ticket stays as it is.
type Tell struct {
	Text    string `json:"text" maxLength:"20000"`
	Channel string `json:"channel,omitempty" maxLength:"256"`
	Address string `json:"address,omitempty" maxLength:"256"`
}

func (Tell) Name() string { return "tell" }

func (c Tell) do(w *work) error {
	told, err := text("text", c.Text, LongestText, true)
	if err != nil {
		return err
	}
	return w.answer(Answer, told, c.Channel, c.Address)
}

// RefuseIt ends the ticket without doing what was asked, for a reason, and with what the customer can do instead.
type RefuseIt struct {
	Reason       string   `json:"reason" maxLength:"20000"`
	Alternatives []string `json:"alternatives" doc:"what the customer can do instead" minItems:"1" maxItems:"10"`
}

func (RefuseIt) Name() string { return "refuse" }

func (c RefuseIt) do(w *work) error {
	told, err := text("reason", c.Reason, LongestText, true)
	if err != nil {
		return err
	}
	said := 0
	for _, a := range c.Alternatives {
		a, err := text("alternatives", a, LongestText, false)
		if err != nil {
			return err
		}
		if a != "" {
			told += "\n– " + a
			said++
		}
	}
	if said == 0 {
		return missing("alternatives", "are missing: say what the customer can do instead")
	}
	if err := w.reviewsDone(); err != nil {
		return err
	}
	if err := w.answer(Refusal, told, "", ""); err != nil {
		return err
	}
	w.SolvedBy, w.SolvedAt = w.by.ID, w.at
	return w.end(tickets.Refuse, tickets.ByRefusal)
}

// ConfirmIt is the customer's word that it is done.
type ConfirmIt struct {
	By string `json:"by,omitempty" maxLength:"256" doc:"how they said so: call, mail, page, visit"`
}

func (ConfirmIt) Name() string { return "confirm" }

func (c ConfirmIt) do(w *work) error {
	by, err := line("by", c.By, tickets.LongestName, false)
	if err != nil {
		return err
	}
	if by != "" {
		w.details["said_by"] = by
	}
	if w.by.Kind == tickets.ByPerson {
		w.EndsAnsweredBy(w.by.ID, w.at)
	}
	return w.end(tickets.Confirm, tickets.ByConfirmation)
}

// WithdrawIt ends the ticket because the customer does not want it any more.
type WithdrawIt struct {
	Note string `json:"note,omitempty" maxLength:"20000"`
}

func (WithdrawIt) Name() string { return "withdraw" }

func (c WithdrawIt) do(w *work) error {
	note, err := text("note", c.Note, LongestText, false)
	if err != nil {
		return err
	}
	if err := w.reviewsDone(); err != nil && w.by.Kind != tickets.ByRule { // nobody is left who complains where a person is erased
		return err
	}
	w.write(Note, note, true)
	return w.end(tickets.Withdraw, tickets.ByWithdrawal)
}

// ReopenIt opens a solved or closed ticket again, under its number: the customer is not content, or comes back to it.
type ReopenIt struct {
	Reason     string    `json:"reason" maxLength:"20000"`
	Department string    `json:"department,omitempty" maxLength:"256" doc:"who gets it; the department that had it if left out"`
	Next       time.Time `json:"next,omitzero"`
}

func (ReopenIt) Name() string { return "reopen" }

func (c ReopenIt) do(w *work) error {
	reason, err := text("reason", c.Reason, LongestText, true)
	if err != nil {
		return err
	}
	department, err := w.department("department", c.Department, false)
	if err != nil {
		return err
	}
	next, err := date("next", c.Next, w.at, false)
	if err != nil {
		return err
	}
	owner := orElse(department, orElse(w.Department, tickets.Department(w.file.Terms.Department)))
	if err := w.Turn(tickets.Reopen, owner, orElse(next, w.at.Add(w.file.Terms.FollowUpWithin)), tickets.FollowUp, ""); err != nil {
		return err
	}
	w.write(Objection, reason, false)
	return nil
}
