package asterisk

import (
	"context"
	"testing"
	"time"

	"hotline/telephony"
)

// TestPhoneIsDialledAlsoWhereTheNoteCannotBeWritten: that on a customer whom we called takes a request of its own.
func TestPhoneIsDialledAlsoWhereTheNoteCannotBeWritten(t *testing.T) {
	a := newScripted(t)
	customer := string(telephony.CustomersLeg(telephony.CallID(theCallID(t, "1763773.8"))))
	a.has([]string{dialledJSON(customer, "Up", "Stasis")}, nil, customer)
	a.refuses("POST channels/"+customer+"/variable", 500, `{"message":"Allocation failed"}`)
	s := New(a.options())
	running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
		_, _ = c.DialAs(ctx, telephony.Dial{To: "phone:7", Timeout: time.Minute, Mark: "x"})
		<-ctx.Done()
	}))
	await(t, "the phone is dialled", func() bool { return len(a.were("POST channels/create")) == 1 })
	if len(a.were("POST channels/"+customer+"/variable")) == 0 {
		t.Error("it was not tried to write the note")
	}
}
