package asterisk

import (
	"testing"

	"hotline/telephony"
)

// slowHotline takes its time for what it is told of phones.
type slowHotline struct {
	nobody
	told, thaw chan struct{}
}

func (h *slowHotline) PhoneChanged(string, bool) { h.told <- struct{}{}; <-h.thaw }

// TestASwitchMovesUnlessHotlineItselfHoldsItUp: it does while Asterisk says nothing, and while there is none; it does not while an event is stuck in Hotline.
func TestASwitchMovesUnlessHotlineItselfHoldsItUp(t *testing.T) {
	t.Parallel()
	a := newScripted(t)
	a.says("GET deviceStates/PJSIP%2F7", `{"name":"PJSIP/7","state":"UNAVAILABLE"}`)
	o := a.options()
	hotline := &slowHotline{told: make(chan struct{}, 8), thaw: make(chan struct{})}
	o.Hotline = hotline
	s := New(o)
	moves := func() <-chan struct{} {
		moved := make(chan struct{})
		go func() { s.Move(); close(moved) }()
		return moved
	}
	within(t, moves(), "a switch that has not begun")
	line, _ := calls()
	stop := running(t, s, line)
	within(t, moves(), "a switch of which nobody wants anything")
	if err := s.Provision(whole(t), telephony.Phone{ID: "7", Secret: "one"}); err != nil {
		t.Fatal(err)
	}
	a.sends(`{"type":"DeviceStateChanged","device_state":{"name":"PJSIP/7","state":"NOT_INUSE"}}`)
	within(t, hotline.told, "word of the phone")
	if s.turning.TryLock() {
		t.Error("it moves while an event is stuck")
		s.turning.Unlock()
	}
	stuck := moves()
	close(hotline.thaw)
	within(t, stuck, "the switch to move again")
	a.refuses("GET asterisk/info", 503, `{}`)
	a.mutes("GET asterisk/info")
	a.drop("")
	await(t, "the switch to notice that Asterisk is away", func() bool { return !s.Connected() })
	within(t, moves(), "a switch that tries to connect")
	if err := stop(); err != nil {
		t.Error(err)
	}
	within(t, moves(), "a switch that has ended")
}
