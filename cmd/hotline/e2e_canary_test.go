package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/watch"
	"hotline/telephony"
	"hotline/telephony/softphone"
)

// meets waits until the canary's last call has met something. One that nobody answers takes most of atOnce.
func (s *stage) meets(state string) {
	s.t.Helper()
	eventually(s.t, 3*atOnce, "the canary's call is "+state, func() error {
		if p := s.service.canary.part(); p.State != state || p.Since.IsZero() {
			return fmt.Errorf("it is %+v", p)
		}
		return nil
	})
}

// count is how many of its calls became that.
func (c *canary) count(outcome string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls[outcome]
}

// TestTheCanaryHearsWhetherCustomersAreGreeted: on a real Asterisk they are; the greeting is silent, is not there, and is as before; the link to Asterisk freezes.
// Nothing of its calls is a ticket, or in a figure, and who feigns to be it is a customer.
func TestTheCanaryHearsWhetherCustomersAreGreeted(t *testing.T) {
	t.Parallel()
	var link *freezer
	s := raise(t, stageOptions{
		people: []config.Person{person("anna", "101")},
		configure: func(c *config.Config) {
			link = newFreezer(t, strings.TrimSuffix(strings.TrimPrefix(c.Asterisk.URL, "http://"), "/ari"))
			c.Asterisk.URL = "http://" + link.Addr().String() + "/ari"
			c.Canary = config.Canary{Every: time.Second, Within: 5 * time.Second}
		},
		elsewhere: true,
	})
	s.config.Asterisk.Reserve = s.house.asterisk.ReserveFile
	_ = os.Remove(s.config.Asterisk.Reserve) // of other tests
	s.serve(stageOptions{})
	s.config.Asterisk.URL = s.house.asterisk.ARIURL // the test itself asks past the link

	s.meets(watch.StateOK)
	s.isReady(http.StatusOK, "ready")
	s.expect("hotline_canary_greets == 1", "hotline_canary_greeting_seconds > 0.1", "hotline_canary_calls_total outcome=ok > 2")

	greeting := s.config.Flow.Greeting()
	if len(greeting) != 1 {
		t.Fatalf("the greeting is %v", greeting)
	}
	var sounds []string // in each language: Asterisk takes another where one lacks it
	for language := range s.house.prompts {
		sounds = append(sounds, filepath.Join(s.house.asterisk.Dir, "share", "sounds", language, "hotline", string(greeting[0])+".wav"))
	}
	each := func(do func(sound string) error) {
		for _, sound := range sounds {
			s.must(do(sound))
		}
	}
	back := func(sound string) error { return os.Rename(sound+".kept", sound) }
	t.Cleanup(func() {
		for _, sound := range sounds {
			_ = back(sound)
		}
	})
	each(func(sound string) error { return os.Rename(sound, sound+".kept") }) // the file is of all houses
	shown, err := s.signedIn("anna").Stream(t.Context(), client.StreamOptions{Topics: []string{agentapi.TopicWall}})
	s.must(err)
	defer shown.Close()
	s.meets(canarySilent)
	s.isReady(http.StatusOK, "degraded", "canary silent")
	s.expect("hotline_canary_greets == 0")
	s.eventually("the wall says so", func() error {
		if c := shown.Wall().Canary; c == nil || c.State != canarySilent || c.Since.IsZero() {
			return fmt.Errorf("%+v", c)
		}
		return nil
	})
	before := s.service.canary.count(canarySilent)
	each(func(sound string) error { return softphone.SaveWAV(sound, make([]int16, 4*8000)) })
	s.eventually("a greeting that says nothing is silent, too", func() error {
		if n := s.service.canary.count(canarySilent); n < before+2 {
			return fmt.Errorf("%d calls of %d", n, before+2)
		}
		return nil
	})
	each(back)
	s.meets(watch.StateOK)
	s.eventually("the wall says nothing any more", func() error {
		if c := shown.Wall().Canary; c != nil {
			return fmt.Errorf("%+v", c)
		}
		return nil
	})

	greeted := s.service.canary.count(watch.StateOK)
	s.eventually("a call has just ended", func() error { // in the midst of one it would be silent first
		if n := s.service.canary.count(watch.StateOK); n == greeted {
			return fmt.Errorf("%d are greeted", n)
		}
		return nil
	})
	link.freeze()
	s.meets(canaryUnanswered) // it is in Stasis, where nobody hears of it; the dialplan keeps the next to itself
	s.meets(canaryNotTaken)
	link.thaw()
	s.meets(watch.StateOK)
	s.eventually("what the dialplan has noted meanwhile is read", func() error {
		left, _ := filepath.Glob(s.config.Asterisk.Reserve + "*")
		if len(left) > 0 {
			return fmt.Errorf("%v", left)
		}
		return nil
	})

	feigned := s.service.canary.name(time.Now())
	feigned = feigned[:len(feigned)-4] + "0000"
	call, err := s.customer.Call(t.Context(), s.house.asterisk.Number, softphone.CallOptions{From: "+79160036001", FromName: feigned})
	s.must(err)
	s.chooses(call, "3")
	s.waiting(1)
	s.hangsUp(call)
	if c := s.contact("+79160036001"); c.Ticket == "" {
		t.Errorf("who feigns to be the canary has the contact %+v", c)
	}
	var contacts int
	if err := s.query(`select count(*) from contacts`, &contacts); err != nil || contacts != 1 {
		t.Errorf("of one customer's call there are %d contacts, %v", contacts, err)
	}
	if n := s.service.line.Served(); n != 1 {
		t.Errorf("%d calls are counted", n)
	}
	s.stop()
	s.emptyAsterisk()
}

func TestACanaryThatIsNotGreetedCallsAgainSoon(t *testing.T) {
	t.Parallel()
	for every, again := range map[time.Duration]time.Duration{time.Hour: time.Minute, time.Minute: time.Minute, 10 * time.Second: 10 * time.Second} {
		c := newCanary(config.Config{Canary: config.Canary{Every: every}}, nil)
		for state := range c.calls {
			switch waits := c.waits(state); {
			case state == watch.StateOK && waits != every, state != watch.StateOK && waits != again:
				t.Errorf("every %s, a call that is %s: the next comes after %s", every, state, waits)
			}
		}
	}
}

func TestACanarysNameIsMadeByItsSecretAndSoonOld(t *testing.T) {
	t.Parallel()
	conf := config.Config{}
	conf.Asterisk.Password = config.SecretOf("one")
	c := newCanary(conf, nil)
	now := time.Now()
	conf.Asterisk.Password = config.SecretOf("another")
	for _, test := range []struct {
		what, name string
		at         time.Time
		own        bool
	}{
		{"its own", c.name(now), now, true},
		{"its own, by a clock that is behind", c.name(now), now.Add(-time.Minute), true},
		{"its own of long ago", c.name(now), now.Add(time.Hour), false},
		{"another secret's", newCanary(conf, nil).name(now), now, false},
		{"a customer's", "Ivan", now, false},
		{"no name", "", now, false},
		{"one that is cut", c.name(now)[:40], now, false},
		{"one with more", c.name(now) + "0", now, false},
	} {
		if own := c.own(telephony.Arrival{Name: test.name, At: test.at}); own != test.own {
			t.Errorf("%s is own: %v", test.what, own)
		}
	}
}
