package life

import (
	"testing"
	"time"

	"hotline/telephony/hours"
	"hotline/tickets"
)

func TestVendorIsAskedPromisesIsRemindedAndAnswers(t *testing.T) {
	f := fresh(t)
	f.Terms.Vendors = map[string]tickets.VendorTerms{"cables": {Name: "Cables", RemindEvery: 4 * time.Hour}}
	do(t, f, TakeOver{}, anna)
	must(t, at(t, f, noon, AskVendor{Vendor: "cables", Number: "INC-7/2", What: "mend the cable", Wait: true}, anna))
	o := f.Matters[own].State.(tickets.Open)
	if o.Phase() != tickets.Waiting || o.Awaits() != tickets.ForVendor || !o.Next().Equal(noon.Add(4*time.Hour)) {
		t.Errorf("it waits as %+v", o)
	}
	must(t, at(t, f, noon.Add(4*time.Hour), RemindVendor{N: 1}, rule))
	v, o := f.Matters[own].Vendors[0], f.Matters[own].State.(tickets.Open)
	if v.Reminded != 1 || !v.RemindAt.Equal(noon.Add(8*time.Hour)) || o.Next().After(noon.Add(4*time.Hour)) || o.Phase() != tickets.Waiting {
		t.Errorf("the rule reminded: %+v, %+v", v, o)
	}
	must(t, at(t, f, noon.Add(5*time.Hour), VendorPromised{N: 1, Promised: noon.Add(7 * time.Hour), Number: "INC-9"}, anna))
	v, o = f.Matters[own].Vendors[0], f.Matters[own].State.(tickets.Open)
	if v.Number != "INC-9" || !v.RemindAt.Equal(noon.Add(7*time.Hour)) || !o.Next().Equal(v.RemindAt) {
		t.Errorf("what they promised: %+v, %+v", v, o)
	}
	must(t, at(t, f, noon.Add(6*time.Hour), VendorReplied{N: 1, Answer: "mended", Resume: true}, anna))
	if m := f.Matters[own]; m.Phase() != tickets.InWork || m.Vendors[0].State != VendorAnswered || m.State.(tickets.Open).Next().After(noon.Add(6*time.Hour)) {
		t.Errorf("after the answer: %+v", m)
	}
	refused(t, f, RemindVendor{N: 1}, anna, ErrEnded)
	refused(t, f, AskVendor{What: "x"}, anna, &FieldError{Field: "vendor"})
	refused(t, f, AskVendor{Vendor: "x"}, anna, &FieldError{Field: "what"})
	do(t, f, AskVendor{Vendor: "Somebody whom nobody has listed", What: "x"}, anna)
	if m := f.Matters[own]; m.Phase() != tickets.InWork {
		t.Errorf("it waits for a vendor for whom it is not to wait")
	}
	do(t, f, WithdrawVendor{N: 2}, anna)
	do(t, f, SolveIt{Answer: "done"}, anna)
	refused(t, f, AskVendor{Vendor: "cables", What: "x"}, anna, tickets.ErrTransition)
}

// Nobody is told at midnight or on a Sunday to ask a vendor who works on weekdays.
func TestVendorIsRemindedInTheirOwnHours(t *testing.T) {
	office := &hours.Calendar{Zone: time.UTC}
	for d := time.Monday; d <= time.Friday; d++ {
		office.Week[d] = []hours.Span{{From: 9 * time.Hour, To: 17 * time.Hour}}
	}
	f := fresh(t)
	f.Terms.Vendors = map[string]tickets.VendorTerms{"cables": {Hours: office, RemindEvery: 8 * time.Hour}}
	friday := time.Date(2026, 6, 5, 15, 0, 0, 0, time.UTC)
	must(t, at(t, f, friday, AskVendor{Vendor: "cables", What: "x"}, anna))
	if got, want := f.Matters[own].Vendors[0].RemindAt, time.Date(2026, 6, 8, 15, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("asked on Friday at three, reminded %s", got)
	}
}
