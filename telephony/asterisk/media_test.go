package asterisk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"hotline/telephony"
)

// TestMusicInABridgeIsEndedOutsideOfIt: the leg is back in the bridge afterwards, and where it is in none it stays where it is.
func TestMusicInABridgeIsEndedOutsideOfIt(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	a.arrives("1763773.1")
	c := within(t, arrived, "the call")
	caller, bridge := c.Arrival().Leg, telephony.BridgeID(string(c.ID())+".b-1")
	agent := telephony.LegID(string(c.ID()) + ".a-1")
	music := telephony.MediaID{Kind: telephony.MusicOnHold}
	plays := func() {
		t.Helper()
		if err := s.Play(whole(t), caller, music, telephony.Announcement{Parts: []telephony.Part{telephony.Music("default")}}); err != nil {
			t.Fatal(err)
		}
	}
	stops := func(want ...string) {
		t.Helper()
		a.forget()
		if err := s.Stop(whole(t), caller, music); err != nil {
			t.Fatal(err)
		}
		var asked []string
		for _, q := range a.were("") {
			if !strings.HasPrefix(q.URI, "asterisk/variable") { // that Hotline is there is said each second
				asked = append(asked, q.String()+" "+q.Body)
			}
		}
		if !slices.Equal(asked, want) {
			t.Errorf("asked\n%q, not\n%q", asked, want)
		}
	}
	end := fmt.Sprintf("DELETE channels/%s/moh ", caller)
	plays()
	stops(fmt.Sprintf(`POST bridges/hotline.music.default/removeChannel {"channel":[%q]}`, caller))
	plays()
	if err := s.Bridge(whole(t), bridge, caller, agent); err != nil {
		t.Fatal(err)
	}
	stops()    // it has ended as the caller came out of the holding bridge
	stops(end) // music that an earlier Hotline may have left: nobody is taken out of their talk for it
	body := fmt.Sprintf(`{"channel":[%q]}`, caller)
	for range 2 { // it is known to be in the bridge again
		plays()
		stops(fmt.Sprintf("POST bridges/%s/removeChannel %s", bridge, body), end, fmt.Sprintf("POST bridges/%s/addChannel %s", bridge, body))
	}

	plays()
	a.refuses(fmt.Sprintf("DELETE channels/%s/moh", caller), 500, `{"message":"Out of order"}`)
	a.forget()
	if err := s.Stop(whole(t), caller, music); err == nil || len(a.were("addChannel")) != 1 {
		t.Errorf("where the music does not end the leg comes back, and somebody is told: %v, asked %v", err, a.were(""))
	}
	a.says(fmt.Sprintf("DELETE channels/%s/moh", caller), `{}`)
	plays()
	a.refuses(fmt.Sprintf("POST bridges/%s/addChannel", bridge), 500, `{"message":"Out of order"}`)
	if err := s.Stop(whole(t), caller, music); err == nil {
		t.Error("nobody is told that the caller is out of the bridge")
	}
	a.says(fmt.Sprintf("POST bridges/%s/addChannel", bridge), `{}`)
	a.forget()
	if err := s.Bridge(whole(t), bridge, caller, agent); err != nil || len(a.were("addChannel")) != 1 {
		t.Errorf("the caller is not put back: %v, asked %v", err, a.were(""))
	}
}

// TestWhoIsOutOfTheBridgeAsTheLinkBreaksComesBack: else they would hear nobody, in a talk that all believe to be one.
func TestWhoIsOutOfTheBridgeAsTheLinkBreaksComesBack(t *testing.T) {
	for _, at := range []string{"removeChannel", "moh", "addChannel"} {
		t.Run(at, func(t *testing.T) {
			a := newScripted(t)
			s := New(a.options())
			line, arrived := calls()
			running(t, s, line)
			a.arrives("1763773.3")
			c := within(t, arrived, "the call")
			caller, bridge := c.Arrival().Leg, telephony.BridgeID(string(c.ID())+".b-1")
			a.says("GET channels", "["+channelJSON(string(caller), "Up")+"]")
			music := telephony.MediaID{Kind: telephony.MusicOnHold}
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			must(s.Bridge(whole(t), bridge, caller, telephony.LegID(string(c.ID())+".a-1")))
			must(s.Play(whole(t), caller, music, telephony.Announcement{Parts: []telephony.Part{telephony.Music("default")}}))
			a.forget()
			cut := map[string]string{
				"removeChannel": fmt.Sprintf("POST bridges/%s/removeChannel", bridge), "moh": fmt.Sprintf("DELETE channels/%s/moh", caller), "addChannel": fmt.Sprintf("POST bridges/%s/addChannel", bridge),
			}[at]
			a.mutes(cut)
			done := make(chan error)
			go func() { done <- s.Stop(whole(t), caller, music) }()
			await(t, "the request", func() bool { return len(a.were(at)) > 0 })
			a.hears(cut)
			a.forget()
			a.drop("")
			must(within(t, done, "the end of the music"))
			back := a.were("addChannel")
			if len(back) == 0 {
				t.Fatalf("the caller was not put back; asked %v", a.were(""))
			}
			if last := back[len(back)-1]; !strings.Contains(last.Body, string(caller)) {
				t.Errorf("%s was put back", last.Body)
			}
		})
	}
}

// TestWhoHearsMusicIsForgottenWithTheCall: otherwise each caller who hangs up while waiting would stay in memory.
func TestWhoHearsMusicIsForgottenWithTheCall(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	line, arrived := calls()
	running(t, s, line)
	a.arrives("1763773.2")
	c := within(t, arrived, "the call")
	plays := telephony.Announcement{Parts: []telephony.Part{telephony.Music("default")}}
	if err := s.Play(whole(t), c.Arrival().Leg, telephony.MediaID{Kind: telephony.MusicOnHold}, plays); err != nil {
		t.Fatal(err)
	}
	if s.bridges.musicEnds(c.Arrival().Leg).in == "" {
		t.Fatal("the music was not noted")
	}
	s.bridges.musicBegins(c.Arrival().Leg)
	s.registry.legEnded(c.Arrival().Leg, telephony.CauseNormal)
	if s.bridges.musicEnds(c.Arrival().Leg) != (music{}) {
		t.Error("the caller has gone, and is still noted as hearing music")
	}
}

// TestFirstMusicOfAnAdoptedCallerWaitsForNoAnnouncement of the Hotline before: the request that brings them to a holding bridge would.
func TestFirstMusicOfAnAdoptedCallerWaitsForNoAnnouncement(t *testing.T) {
	for name, found := range map[string]bool{"in no bridge": false, "in a holding bridge": true} {
		t.Run(name, func(t *testing.T) {
			a := newScripted(t)
			var bridges []string
			if found {
				bridges = []string{bridgeJSON("hotline.music.default", "hotline", "1763773.1")}
			}
			a.has([]string{channelJSON("1763773.1", "Up")}, bridges, "1763773.1")
			s := New(a.options())
			line, arrived := calls()
			running(t, s, line)
			caller, music := within(t, arrived, "the call").Arrival().Leg, telephony.MediaID{Kind: telephony.MusicOnHold}
			plays := func() (own, held int) {
				t.Helper()
				a.forget()
				if err := s.Play(whole(t), caller, music, telephony.Announcement{Parts: []telephony.Part{telephony.Music("default")}}); err != nil {
					t.Fatal(err)
				}
				return len(a.were("POST channels/1763773.1/moh")), len(a.were("addChannel"))
			}
			stops := func() {
				t.Helper()
				if err := s.Stop(whole(t), caller, music); err != nil {
					t.Fatal(err)
				}
			}
			if found {
				if own, held := plays(); own != 0 || held != 0 {
					t.Errorf("music was begun %d times, and again in the holding bridge %d times", own, held)
				}
				return
			}
			stops() // what may be left
			if own, held := plays(); own != 1 || held != 0 {
				t.Errorf("the first music was begun %d times, and in the holding bridge %d times", own, held)
			}
			stops()
			if own, held := plays(); own != 0 || held != 1 {
				t.Errorf("the second music was begun %d times, and in the holding bridge %d times", own, held)
			}
		})
	}
}

// TestMusicOfWhoHangsUpAsItBeginsIsForgotten: the request is under way as its caller ends.
func TestMusicOfWhoHangsUpAsItBeginsIsForgotten(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	line, arrived := calls()
	goes := a.holds("POST bridges/hotline.music.other/addChannel")
	running(t, s, line)
	a.arrives("1763773.1")
	caller := within(t, arrived, "the call").Arrival().Leg
	done := make(chan error, 1)
	go func() {
		done <- s.Play(whole(t), caller, telephony.MediaID{Kind: telephony.MusicOnHold}, telephony.Announcement{Parts: []telephony.Part{telephony.Music("other")}})
	}()
	await(t, "the class is noted", func() bool { return s.bridges.classOf(caller) == "other" })
	s.registry.legEnded(caller, telephony.CauseNormal)
	goes()
	if err := within(t, done, "the music"); err != nil {
		t.Fatal(err)
	}
	if now := s.bridges.musicOf(caller); now != (music{}) || s.bridges.classOf(caller) != usualMusic {
		t.Errorf("the caller has gone, and is still noted as hearing %+v of %q", now, s.bridges.classOf(caller))
	}
}

// TestMusicOfWhoIsNotTakenOnIsForgotten: a Hotline that ends as it finds callers takes none.
func TestMusicOfWhoIsNotTakenOnIsForgotten(t *testing.T) {
	a := newScripted(t)
	s := New(a.options())
	line, _ := calls()
	running(t, s, line)
	s.serving.stop(telephony.ErrHandover)
	a.has([]string{channelJSON("1763773.1", "Up"), channelJSON("1763773.2", "Up")}, []string{bridgeJSON("hotline.music.other", "hotline", "1763773.1")}, "1763773.1", "1763773.2")
	s.resync.sweep(whole(t), map[string]bool{"1763773.1": true, "1763773.2": true})
	if len(a.were("HOTLINE_NOTE")) != 2 {
		t.Fatal("the callers were not found")
	}
	s.bridges.mu.Lock()
	defer s.bridges.mu.Unlock()
	if len(s.bridges.music)+len(s.bridges.classes) > 0 {
		t.Errorf("noted are %+v and %v", s.bridges.music, s.bridges.classes)
	}
}

// TestStopAsMusicBeginsEndsNoCall: the holding bridge of a Hotline before is there, and whether it is one could not be asked any more.
func TestStopAsMusicBeginsEndsNoCall(t *testing.T) {
	const holding = "bridges/hotline.music.default"
	for name, ends := range map[string]func(a *scripted, stop func() error){
		"Hotline stops": func(_ *scripted, stop func() error) { _ = stop() },
		"the connection is lost": func(a *scripted, _ func() error) {
			a.has([]string{channelJSON("1763773.1", "Up")}, nil, "1763773.1")
			a.hears("GET " + holding)
			a.drop("hotline")
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newScripted(t)
			a.refuses("POST "+holding, 409, `{"message":"Bridge with id 'hotline.music.default' already exists"}`)
			a.says("GET "+holding, bridgeJSON("hotline.music.default", "hotline"))
			a.mutes("GET " + holding)
			s := New(a.options())
			heard := make(chan error, 1)
			var left atomic.Bool
			stop := running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
				_, err := c.Music(ctx, "default")
				left.Store(c.Left())
				heard <- err
				<-ctx.Done()
			}))
			a.arrives("1763773.1")
			await(t, "it is asked for the bridge", func() bool { return len(a.were("GET "+holding)) > 0 })
			ends(a, stop)
			if err := within(t, heard, "the end of that"); left.Load() || err != nil && !errors.Is(err, telephony.ErrHandover) {
				t.Errorf("the caller has left: %v, %v", left.Load(), err)
			}
		})
	}
}

// TestMusicWhoseBridgeIsNotThereEndsNoCall: it is gone again as soon as it was made, or another's.
func TestMusicWhoseBridgeIsNotThereEndsNoCall(t *testing.T) {
	for code, why := range map[int]string{404: "Bridge not found", 409: "Bridge not in Stasis application"} {
		a := newScripted(t)
		a.refuses("POST bridges/hotline.music.default/addChannel", code, fmt.Sprintf(`{"message":%q}`, why))
		s := New(a.options())
		heard := make(chan error, 1)
		var left atomic.Bool
		running(t, s, lineFunc(func(ctx context.Context, c *telephony.Call) {
			_, err := c.Music(ctx, "default")
			left.Store(c.Left())
			heard <- err
			<-ctx.Done()
		}))
		a.arrives("1763773.1")
		if err := within(t, heard, "the end of that"); err == nil || left.Load() {
			t.Errorf("%s: the caller has left: %v, %v", why, left.Load(), err)
		}
	}
}
