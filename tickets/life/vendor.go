package life

import (
	"fmt"
	"strconv"
	"time"

	"hotline/tickets"
)

// A vendor is somebody outside who is asked to mend what we cannot. What they promise binds them and not us: the customer's date goes on running,
// and the ticket's owner is told to ask again as often as the vendor's terms say.

// AskVendor notes a request to a vendor.
type AskVendor struct {
	Vendor   string    `json:"vendor" maxLength:"256" doc:"the id of one that is configured, or any name"`
	Number   string    `json:"number,omitempty" maxLength:"256" doc:"of the request, as they count"`
	What     string    `json:"what" maxLength:"20000" doc:"what they are asked for"`
	Promised time.Time `json:"promised,omitzero" doc:"by when, as they say"`
	Wait     bool      `json:"wait,omitempty" doc:"whether the ticket waits for them"`
}

func (AskVendor) Name() string { return "ask_vendor" }

func (c AskVendor) do(w *work) error {
	vendor, err := line("vendor", c.Vendor, tickets.LongestName, true)
	if err != nil {
		return err
	}
	number, err := line("number", c.Number, tickets.LongestName, false)
	if err != nil {
		return err
	}
	what, err := text("what", c.What, LongestText, true)
	if err != nil {
		return err
	}
	promised, err := date("promised", c.Promised, w.at, false)
	if err != nil {
		return err
	}
	o, err := w.underWay()
	if err != nil {
		return err
	}
	v := Vendor{N: len(w.Vendors) + 1, Vendor: vendor, Number: number, What: what, AskedAt: w.at, Promised: promised, State: VendorAsked}
	v.RemindAt = w.remindAt(v)
	w.Vendors = append(w.Vendors, v)
	if !c.Wait {
		return nil
	}
	return w.Turn(tickets.Await, o.Owner(), v.RemindAt, tickets.FollowUp, tickets.ForVendor)
}

// remindAt is when somebody is to ask a vendor again: when their usual time has passed, of their own hours, or what they promised, if that is sooner.
func (w *work) remindAt(v Vendor) time.Time {
	terms := w.file.Terms.Vendors[v.Vendor]
	at, ok := terms.Hours.Add(w.at, orElse(max(terms.RemindEvery, 0), w.file.Terms.FollowUpWithin))
	if !ok {
		at = w.at.Add(w.file.Terms.FollowUpWithin)
	}
	if v.Promised.After(w.at) && v.Promised.Before(at) {
		at = v.Promised
	}
	return at.UTC().Truncate(time.Microsecond)
}

// vendor is a request that was not answered yet.
func (w *work) vendor(n int) (*Vendor, error) {
	v, err := find("request to a vendor", w.Vendors, n)
	if err != nil {
		return nil, err
	}
	if v.State != VendorAsked {
		return nil, fmt.Errorf("request %d to %s is %s: %w", n, v.Vendor, v.State, ErrEnded)
	}
	w.details["vendor"] = strconv.Itoa(n)
	return v, nil
}

// awaitsVendor is the state of a ticket that waits for a vendor.
func (w *work) awaitsVendor() (tickets.Open, bool) {
	o, is := w.State.(tickets.Open)
	return o, is && o.Phase() == tickets.Waiting && o.Awaits() == tickets.ForVendor
}

// VendorPromised notes by when a vendor says that they will be done.
type VendorPromised struct {
	N        int       `json:"n" minimum:"1" doc:"which request"`
	Promised time.Time `json:"promised"`
	Number   string    `json:"number,omitempty" maxLength:"256" doc:"of the request, as they count; as it was if left out"`
	Note     string    `json:"note,omitempty" maxLength:"20000"`
}

func (VendorPromised) Name() string { return "vendor_promised" }

func (c VendorPromised) do(w *work) error {
	promised, err := date("promised", c.Promised, w.at, true)
	if err != nil {
		return err
	}
	number, err := line("number", c.Number, tickets.LongestName, false)
	if err != nil {
		return err
	}
	note, err := text("note", c.Note, LongestText, false)
	if err != nil {
		return err
	}
	v, err := w.vendor(c.N)
	if err != nil {
		return err
	}
	v.Promised, v.Number = promised, orElse(number, v.Number)
	v.RemindAt = w.remindAt(*v)
	w.write(Note, note, true)
	if o, waits := w.awaitsVendor(); waits {
		return w.KeepOpen(o.Owner(), v.RemindAt, o.Step())
	}
	return nil
}

// VendorReplied notes what a vendor answered. The ticket comes before its owner, or goes on at once.
type VendorReplied struct {
	N      int    `json:"n" minimum:"1" doc:"which request"`
	Answer string `json:"answer" maxLength:"20000"`
	Resume bool   `json:"resume,omitempty" doc:"whether the work goes on, where the ticket waits for them"`
}

func (VendorReplied) Name() string { return "vendor_answered" }

func (c VendorReplied) do(w *work) error {
	answer, err := text("answer", c.Answer, LongestText, true)
	if err != nil {
		return err
	}
	v, err := w.vendor(c.N)
	if err != nil {
		return err
	}
	v.State, v.Answer, v.DoneAt = VendorAnswered, answer, w.at
	w.write(Reply, answer, true)
	if o, waits := w.awaitsVendor(); waits && c.Resume {
		return w.Turn(tickets.Take, o.Owner(), w.at, tickets.FollowUp, "")
	}
	return w.call()
}

// RemindVendor says that a vendor was asked again, by a person; or that it is time to, by rule: then the ticket comes before its owner.
type RemindVendor struct {
	N    int    `json:"n" minimum:"1" doc:"which request"`
	Note string `json:"note,omitempty" maxLength:"20000" doc:"what they said"`
}

func (RemindVendor) Name() string { return "remind_vendor" }

func (c RemindVendor) do(w *work) error {
	note, err := text("note", c.Note, LongestText, false)
	if err != nil {
		return err
	}
	v, err := w.vendor(c.N)
	if err != nil {
		return err
	}
	v.Reminded++
	v.RemindAt = w.remindAt(*v)
	w.write(Note, note, true)
	if w.by.Kind == tickets.ByRule {
		return w.call()
	}
	if o, waits := w.awaitsVendor(); waits && o.Next().Before(v.RemindAt) {
		return w.KeepOpen(o.Owner(), v.RemindAt, o.Step())
	}
	return nil
}

// WithdrawVendor ends a request that needs no answer any more.
type WithdrawVendor struct {
	N    int    `json:"n" minimum:"1" doc:"which request"`
	Note string `json:"note,omitempty" maxLength:"20000"`
}

func (WithdrawVendor) Name() string { return "withdraw_vendor" }

func (c WithdrawVendor) do(w *work) error {
	note, err := text("note", c.Note, LongestText, false)
	if err != nil {
		return err
	}
	v, err := w.vendor(c.N)
	if err != nil {
		return err
	}
	v.State, v.DoneAt = VendorWithdrawn, w.at
	w.write(Note, note, true)
	return w.call()
}
