package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hotline/telephony"
)

// refusesAll fails the test when anything is sent through it.
type refusesAll struct{ t *testing.T }

func (r refusesAll) RoundTrip(req *http.Request) (*http.Response, error) {
	r.t.Errorf("%s %s goes by what the whole process shares", req.Method, req.URL)
	return nil, errors.New("refused")
}

func TestTwoSwitchesOfOneNodeShareNothing(t *testing.T) {
	shared := http.DefaultTransport
	http.DefaultTransport = refusesAll{t}
	t.Cleanup(func() { http.DefaultTransport = shared })
	for _, version := range []string{"22.10.1", "20.5.0"} {
		a := newScripted(t)
		a.version = version
		o := a.options()
		first := New(o)
		o.App = "second" // Asterisk has one socket per application; node and address are the same.
		second := New(o)
		line, _ := calls()
		stop := running(t, first, line)
		running(t, second, line)
		for _, s := range []*Switch{first, second} {
			if err := s.Answer(whole(t), "1763773.1"); err != nil {
				t.Errorf("Asterisk %s: %v", version, err)
			}
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		a.forget()
		if err := first.Answer(whole(t), "1763773.1"); !errors.Is(err, ErrAway) {
			t.Errorf("Asterisk %s: the switch that was stopped answers: %v", version, err)
		}
		if err := second.Answer(whole(t), "1763773.1"); err != nil {
			t.Errorf("Asterisk %s: with the other the second switch stopped, too: %v", version, err)
		}
		asked := a.were("answer")
		if len(asked) != 1 || asked[0].over != "http" && !strings.HasPrefix(asked[0].over, "second-") {
			t.Errorf("Asterisk %s: asked %+v", version, asked)
		}
		if n := second.Stats(); n.Failures != 0 || first.Stats().Requests == 0 {
			t.Errorf("Asterisk %s: the second switch counted %+v, the first %+v", version, n, first.Stats())
		}
	}
}

// TestBridgeOfATalkThatBeginsRightAfterAnotherIsMade, though that of the one before, of the same name, is still being dissolved.
func TestBridgeOfATalkThatBeginsRightAfterAnotherIsMade(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	line, _ := calls()
	running(t, s, line)
	a.refuses("POST bridges/1763773.1", http.StatusConflict, `{"message":"Bridge with id '1763773.1' already exists"}`)
	a.saysThen("POST bridges/1763773.1", `{}`)
	if err := s.Bridge(whole(t), "1763773.1", "1763773.1", "1763773.1.a-1"); err != nil {
		t.Errorf("the bridge is not made: %v", err)
	}
	if made := a.were("POST bridges/1763773.1"); len(made) < 2 {
		t.Errorf("asked for is %v", made)
	}
}

// TestWhatIsRefusedAboutABridgeIsNoLegsEnd: a bridge that cannot be made, or is gone, has not hung up. Of a leg the same code says that it has.
func TestWhatIsRefusedAboutABridgeIsNoLegsEnd(t *testing.T) {
	const makes, adds = "POST bridges/1763773.1", "POST bridges/1763773.1/addChannel"
	for _, c := range []struct {
		refused string
		code    int
		why     string
		gone    bool
	}{
		{makes, http.StatusConflict, "Bridge with id '1763773.1' already exists", false},
		{adds, http.StatusNotFound, "Bridge not found", false},
		{adds, http.StatusConflict, "Bridge not in Stasis application", false},
		{adds, http.StatusConflict, "Channel 1763773.1 not in Stasis application", true},
		{adds, http.StatusBadRequest, "Channel not found", true},
		{adds, http.StatusUnprocessableEntity, "Channel not in Stasis application", true},
	} {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			a := newScripted(t)
			s := New(a.options())
			line, _ := calls()
			running(t, s, line)
			a.refuses(c.refused, c.code, fmt.Sprintf(`{"message":%q}`, c.why))
			err := s.Bridge(whole(t), "1763773.1", "1763773.1", "1763773.1.a-1")
			if err == nil || errors.Is(err, telephony.ErrGone) != c.gone || !strings.Contains(err.Error(), c.why) {
				t.Errorf("it is %v", err)
			}
		})
	}
}

// TestWhoStopsWaitingForABridgeToBeGoneIsToldWhyTheyStopped, and not that a leg is gone.
func TestWhoStopsWaitingForABridgeToBeGoneIsToldWhyTheyStopped(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	line, _ := calls()
	running(t, s, line)
	a.refuses("POST bridges/1763773.1", http.StatusConflict, `{"message":"Bridge with id '1763773.1' already exists"}`)
	ctx, stop := context.WithCancelCause(whole(t))
	joined := make(chan error, 1)
	go func() { joined <- s.Bridge(ctx, "1763773.1", "1763773.1", "1763773.1.a-1") }()
	await(t, "it is asked for", func() bool { return len(a.were("POST bridges/1763773.1")) > 0 })
	stop(telephony.ErrHandover)
	if err := within(t, joined, "the end of the waiting"); !errors.Is(err, telephony.ErrHandover) || errors.Is(err, telephony.ErrGone) {
		t.Errorf("it is %v", err)
	}
}
