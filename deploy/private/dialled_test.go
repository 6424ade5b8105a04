package private_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline/deploy/private"
	"hotline/telephony/softphone"
)

// TestTheReserveModeAnswersHoweverTheLinesNumberIsDialled: no Hotline is there, and the dialplan alone knows the line's number from others.
func TestTheReserveModeAnswersHoweverTheLinesNumberIsDialled(t *testing.T) {
	t.Parallel()
	a := startAsterisk(t, private.AsteriskOptions{Dialled: []string{"88005550100", "8005550100", "0078005550100"}, Patience: 1})
	phone, err := softphone.New(softphone.Options{User: "customer", Server: a.SIPAddr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(phone.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	at := "@" + a.SIPAddr
	reaches := []string{
		"sip:+78005550100" + at, "sip:78005550100;npdi;rn=+7800" + at, "sip:+7-800-555-01-00" + at, "sip:%2B7%20(800)%205550100" + at, "sip:88005550100" + at,
		"sip:8005550100" + at, "sip:0078005550100" + at, "tel:+7.800.555.01.00",
	}
	var calls sync.WaitGroup
	for _, to := range reaches {
		calls.Go(func() {
			call, err := phone.Call(ctx, to, softphone.CallOptions{From: "+79160001122", Headers: map[string]string{"Privacy": "id;critical"}})
			if err == nil {
				err = call.Hangup(ctx)
			}
			if err != nil {
				t.Errorf("%s: %v", to, err)
			}
		})
	}
	calls.Wait()
	for _, to := range []string{"sip:78005550101" + at, "sip:+7800555010" + at, "sip:5550100" + at, "sip:(" + at, "sip:7" + at, "tel:+78005550101"} {
		var refused *softphone.Refused
		if _, err := phone.Call(ctx, to, softphone.CallOptions{}); !errors.As(err, &refused) || refused.Code != 404 {
			t.Errorf("%s, which is not the line's: %v", to, err)
		}
	}
	noted := reserved(t, a)
	if len(noted) != len(reaches) {
		t.Errorf("noted are %q", noted)
	}
	for _, call := range noted {
		if len(call) != 12 || !strings.Contains(call[7], "privacy=id%3Bcritical&") {
			t.Errorf("a caller who withholds their number is not marked so: %q", call)
		}
	}
}
