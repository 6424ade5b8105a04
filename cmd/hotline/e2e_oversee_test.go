package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/telephony"
	"hotline/telephony/softphone"
)

// The tones that people hum: a frame of 20 ms tells them apart.
const (
	customerHums, agentHums, bossHums, otherBossHums = 400, 600, 850, 1100
)

// humsIn are those of the tones that are in the last second that a call has brought, as its ends have it.
func humsIn(call *softphone.Call) (heard []int) {
	sound := call.Last(time.Second)
	for _, hertz := range []int{customerHums, agentHums, bossHums, otherBossHums} {
		loud, frames := 0, 0
		for rest := sound; len(rest) >= soundWindow; rest = rest[soundWindow:] {
			frames++
			if power, _ := powerAt(rest[:soundWindow], float64(hertz)); power/soundWindow > 2000*2000 {
				loud++
			}
		}
		if frames > 0 && loud > frames*3/4 {
			heard = append(heard, hertz)
		}
	}
	return heard
}

// hear waits until each call brings exactly these tones.
func (s *stage) hear(what string, want map[*softphone.Call][]int) {
	s.t.Helper()
	eventuallyEach(s.t, 200*time.Millisecond, atOnce, what, func() error {
		for call, tones := range want {
			if got := humsIn(call); !slices.Equal(got, tones) {
				return fmt.Errorf("instead of %v one hears %v", tones, got)
			}
		}
		return nil
	})
}

// oversees asks to take part in a call, and gives the problem; its code is "" where that is done.
func (b *browser) oversees(body string) agentapi.Problem {
	b.t.Helper()
	p, err := b.wouldOversee(b.t.Context(), body)
	b.must(err)
	return p
}

// wouldOversee is oversees for any goroutine.
func (b *browser) wouldOversee(ctx context.Context, body string) (p agentapi.Problem, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, b.pages()+"/api/v1/oversight", strings.NewReader(body))
	if err != nil {
		return p, err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := b.http.Do(request)
	if err != nil {
		return p, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		err = json.NewDecoder(answer.Body).Decode(&p)
	}
	return p, err
}

// comes asks for it, and picks up the phone.
func (s *stage) comes(b *browser, phone *softphone.Phone, body string, hertz int) *softphone.Call {
	s.t.Helper()
	soon, cancel := context.WithTimeout(s.t.Context(), atOnce)
	defer cancel()
	asked, refuse := context.WithCancelCause(soon)
	come := make(chan struct{})
	go func() {
		defer close(come)
		p, err := b.wouldOversee(soon, body)
		if err == nil && p.Code != "" {
			err = fmt.Errorf("told %+v", p)
		}
		if err != nil {
			refuse(fmt.Errorf("a supervisor who asks %s: %w", body, err))
		}
	}()
	rings, err := phone.Incoming(asked)
	s.must(err)
	call, err := rings.Answer(asked)
	s.must(err)
	s.must(call.PlayTone(hertz))
	<-come
	s.must(context.Cause(asked))
	return call
}

// TestSupervisorsListenWhisperAndSpeakThroughHoldKillAndTransfer: who hears whom is measured by tones at all of them.
func TestSupervisorsListenWhisperAndSpeakThroughHoldKillAndTransfer(t *testing.T) {
	t.Parallel()
	olga, petr := supervisors()
	vera := person("vera", "105")
	vera.Role, vera.Skills = "supervisor", nil
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102"), olga, petr, vera}, elsewhere: true, configure: recordsAll})
	s.config.ShowOverseers = true
	p := s.spawn()
	s.away = p
	anna := s.agentOf(p.pages, s.person("anna"), keeps).ready()
	boss := s.signsIn("olga")
	var phones []*softphone.Phone
	for _, who := range []config.Person{olga, vera} {
		phone, err := s.exchange.Phone(softphone.Options{User: who.Phone, Secret: who.PhoneSecret.Text(), Keep: keeps.Keep})
		s.must(err)
		s.must(phone.Register(t.Context()))
		phones = append(phones, phone)
	}
	if problem := s.signsIn("petr").oversees(`{"agent": "anna", "manner": "listen"}`); problem.Code != agentapi.CodeNoPhone {
		t.Errorf("a supervisor without a phone: %+v", problem)
	}
	if problem := boss.oversees(`{"agent": "anna", "manner": "listen"}`); problem.Code != agentapi.CodeTalkOver {
		t.Errorf("an agent who talks with nobody: %+v", problem)
	}
	customer := s.calls("+79160009301")
	s.chooses(customer, "3")
	talk := anna.answers()
	s.must(customer.PlayTone(customerHums))
	s.must(talk.PlayTone(agentHums))
	her := s.comes(boss, phones[0], `{"agent": "anna", "manner": "listen"}`, bossHums)
	call := anna.call()
	want := func(m string) map[*softphone.Call][]int {
		all := map[*softphone.Call][]int{her: {customerHums, agentHums}, customer: {agentHums}, talk: {customerHums}}
		if m != "listen" {
			all[talk] = append(all[talk], bossHums)
		}
		if m == "speak" {
			all[customer] = append(all[customer], bossHums)
		}
		return all
	}
	var spoke []span // when she may have been heard by all
	becomes := func(m string) {
		t.Helper()
		if n := len(spoke); n > 0 && spoke[n-1].to.IsZero() {
			defer func() { spoke[n-1].to = time.Now() }()
		}
		if m == "speak" {
			spoke = append(spoke, span{from: time.Now()})
		}
		if problem := boss.oversees(fmt.Sprintf(`{"call": %q, "manner": %q}`, call, m)); problem.Code != "" {
			t.Fatalf("%s: %+v", m, problem)
		}
		s.hear("who hears whom when a supervisor is to "+m, want(m))
		anna.until("told", func(me agentapi.Me) bool {
			return me.Call != nil && len(me.Call.Overseers) == 1 && me.Call.Overseers[0].Name == "Agent olga" && string(me.Call.Overseers[0].Manner) == m
		})
	}
	for _, m := range []string{"listen", "whisper", "speak", "listen", "whisper"} {
		becomes(m)
	}

	killed := func(hear map[*softphone.Call][]int) {
		t.Helper()
		epoch := anna.desk.Hello().Epoch
		p.kill()
		s.hear("while Hotline is dead the same", hear)
		p = s.respawn(p)
		s.away = p
		s.eventually("the page is back", func() error {
			if anna.desk.Hello().Epoch == epoch {
				return fmt.Errorf("anna sees the dead Hotline")
			}
			return nil
		})
		boss = s.signsIn("olga")
		s.hear("after the kill the same", hear)
	}

	// Killed while she speaks, and while she whispers.
	for _, m := range []string{"speak", "whisper"} {
		becomes(m)
		killed(want(m))
	}

	// On hold, and killed meanwhile.
	s.must(anna.inCall("call.hold"))
	onHold := map[*softphone.Call][]int{her: {agentHums}, talk: {bossHums}}
	s.hear("on hold the agent alone hears the whisper", onHold)
	killed(onHold)
	anna.onHold()
	second := s.signsIn("vera")
	s.must(anna.inCall("call.resume"))
	s.hear("taken back", want("whisper"))
	becomes("speak")

	// A second one, and the wall for those who oversee alone.
	his := s.comes(second, phones[1], fmt.Sprintf(`{"call": %q, "manner": "listen"}`, call), otherBossHums)
	all := want("speak")
	all[his] = []int{customerHums, agentHums, bossHums}
	s.hear("two supervisors", all)
	s.overseersOnWall("vera", p.pages, "olga speak anna, vera listen anna")
	s.overseersOnWall("anna", p.pages, "")
	becomes2 := second.oversees(`{"agent": "anna", "manner": "whisper"}`)
	if becomes2.Code != "" {
		t.Errorf("by the agent: %+v", becomes2)
	}
	s.hear("the second whispers", map[*softphone.Call][]int{talk: {customerHums, bossHums, otherBossHums}, customer: {agentHums, bossHums}, her: {customerHums, agentHums}})

	// To the next agent.
	boris := s.agentOf(p.pages, s.person("boris"), keeps).ready()
	s.must(anna.desk.Command(t.Context(), "call.transfer", map[string]any{"call": call, "agent": "boris"}))
	next := boris.answers()
	s.must(next.PlayTone(agentHums))
	s.hear("with the next agent as before", map[*softphone.Call][]int{
		next: {customerHums, bossHums, otherBossHums}, customer: {agentHums, bossHums}, her: {customerHums, agentHums}, his: {customerHums, agentHums, bossHums},
	})
	if answer := second.asks(http.MethodDelete, "/api/v1/oversight", ""); answer.StatusCode != http.StatusNoContent {
		t.Errorf("leaving: %d", answer.StatusCode)
	}
	s.gone(his)
	s.hangsUp(next)
	s.hear("who speaks stays with the caller", map[*softphone.Call][]int{customer: {bossHums}, her: {customerHums}})
	boris.finish("resolved")
	s.hangsUp(her)
	s.gone(customer)
	s.overseersOnWall("vera", p.pages, "")
	s.eventually("all of it is in the audit", func() error {
		var said string
		err := s.query(`select string_agg(distinct who || ' ' || did, ', ' order by who || ' ' || did) from audit where did like '%call%'`, &said)
		if want := "olga listened to a call, olga spoke in a call, olga whispered to the agent of a call, vera left a call that they listened to, vera listened to a call, vera whispered to the agent of a call"; err == nil && said != want {
			err = fmt.Errorf("it says %q", said)
		}
		return err
	})
	p.complete(1)

	// A recording has who speaks to all, beside the agents, and nobody who listens or whispers.
	const skew = 500 * time.Millisecond // a track begins some packets late
	spoke[len(spoke)-1].to = time.Now()
	r := s.recording(telephony.CallID(fmt.Sprint(call)))
	for _, side := range []struct {
		name                string
		sound               []int16
		at, throughout, not int
	}{{"the caller's side", r.sound[0], customerHums, customerHums, agentHums}, {"the others' side", r.sound[1], bossHums, agentHums, customerHums}} {
		heard := make(map[int]time.Duration)
		for i := 0; i+soundWindow <= len(side.sound); i += soundWindow {
			at := r.Started.Add(time.Duration(i) * time.Second / soundRate)
			for _, hertz := range []int{customerHums, agentHums, bossHums, otherBossHums} {
				if power, _ := powerAt(side.sound[i:i+soundWindow], float64(hertz)); power/soundWindow <= 2000*2000 {
					continue
				}
				heard[hertz] += 20 * time.Millisecond
				if hertz == bossHums && !slices.ContainsFunc(spoke, func(s span) bool { return at.After(s.from.Add(-skew)) && at.Before(s.to.Add(skew)) }) {
					t.Errorf("%v after the beginning %s has the supervisor, who did not speak to all", at.Sub(r.Started), side.name)
				}
			}
		}
		if heard[side.at] < time.Second || heard[side.throughout] < r.Length/4 || heard[side.not] > 0 || heard[otherBossHums] > 0 || side.at == customerHums && heard[bossHums] > 0 {
			t.Errorf("%s, %v long, has by tone %v", side.name, r.Length, heard)
		}
	}
	p.end()
}

// TestTwoSupervisorsHearWhomTheyShouldWhateverBefallsTheCall: one listens while another whispers, both speak, over hold, a kill and a transfer,
// and one leaves and comes again; by tones at all of them.
func TestTwoSupervisorsHearWhomTheyShouldWhateverBefallsTheCall(t *testing.T) {
	t.Parallel()
	olga, _ := supervisors()
	vera := person("vera", "105")
	vera.Role, vera.Skills = "supervisor", nil
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102"), olga, vera}, elsewhere: true})
	p := s.spawn()
	s.away = p
	anna := s.agentOf(p.pages, s.person("anna"), keeps).ready()
	var bosses []*browser
	var phones []*softphone.Phone
	for _, who := range []config.Person{olga, vera} {
		phone, err := s.exchange.Phone(softphone.Options{User: who.Phone, Secret: who.PhoneSecret.Text(), Keep: keeps.Keep})
		s.must(err)
		s.must(phone.Register(t.Context()))
		phones, bosses = append(phones, phone), append(bosses, s.signsIn(string(who.ID)))
	}
	customer := s.calls("+79160009302")
	s.chooses(customer, "3")
	talk := anna.answers()
	s.must(customer.PlayTone(customerHums))
	s.must(talk.PlayTone(agentHums))
	call := anna.call()
	tones := []int{bossHums, otherBossHums}
	at := make([]*softphone.Call, 2) // of the two, nil: nowhere
	manner := make([]string, 2)
	comes := func(i int, m string) {
		t.Helper()
		at[i], manner[i] = s.comes(bosses[i], phones[i], fmt.Sprintf(`{"call": %q, "manner": %q}`, call, m), tones[i]), m
	}
	becomes := func(i int, m string) {
		t.Helper()
		if problem := bosses[i].oversees(fmt.Sprintf(`{"call": %q, "manner": %q}`, call, m)); problem.Code != "" {
			t.Fatalf("%s: %+v", m, problem)
		}
		manner[i] = m
	}
	// hear checks who hears whom: who speaks is heard by all in the talk, and by who oversees it; who whispers by the agent alone.
	hear := func(what string, held bool) {
		t.Helper()
		agents, customers := []int{customerHums}, []int{agentHums}
		if held {
			agents, customers = nil, nil
		}
		want := map[*softphone.Call][]int{}
		for i := range at {
			if at[i] == nil {
				continue
			}
			hears := []int{customerHums, agentHums}
			if held {
				hears = []int{agentHums}
			}
			if other := 1 - i; at[other] != nil && manner[other] == "speak" {
				hears = append(hears, tones[other])
			}
			want[at[i]] = hears
			if manner[i] != "listen" {
				agents = append(agents, tones[i])
			}
			if manner[i] == "speak" && !held {
				customers = append(customers, tones[i])
			}
		}
		want[talk] = agents
		if !held { // and on hold the caller hears music
			want[customer] = customers
		}
		s.hear(fmt.Sprintf("%s, olga: %s, vera: %s", what, manner[0], manner[1]), want)
	}
	hear("before anybody comes", false)
	comes(0, "listen")
	comes(1, "whisper")
	hear("one listens and one whispers", false)
	becomes(0, "speak")
	hear("one speaks and one whispers", false)
	becomes(1, "speak")
	hear("both speak", false)

	s.must(anna.inCall("call.hold"))
	anna.onHold()
	hear("on hold", true)
	epoch := anna.desk.Hello().Epoch
	p.kill()
	hear("on hold, without Hotline", true)
	p = s.respawn(p)
	s.away = p
	s.eventually("the page is back", func() error {
		if anna.desk.Hello().Epoch == epoch {
			return fmt.Errorf("anna sees the dead Hotline")
		}
		return nil
	})
	anna.onHold()
	hear("on hold after the kill", true)
	bosses = []*browser{s.signsIn("olga"), s.signsIn("vera")}
	s.must(anna.inCall("call.resume"))
	hear("taken back", false)

	s.hangsUp(at[0]) // by her own phone
	at[0] = nil
	hear("one has left", false)
	becomes(1, "whisper")
	hear("the other whispers alone", false)
	comes(0, "whisper")
	hear("both whisper", false)
	becomes(1, "listen")
	becomes(0, "speak")
	hear("they have changed places", false)

	s.must(anna.desk.Command(t.Context(), "call.transfer", map[string]any{"call": call, "queue": "information"}))
	s.gone(talk)
	s.hear("between two agents", map[*softphone.Call][]int{at[0]: nil, at[1]: nil})
	for _, waits := range append(at, customer) {
		s.waitsToMusic(waits)
	}
	p.kill() // and who comes back does not know that the two hear music
	p = s.respawn(p)
	s.away = p
	boris := s.agentOf(p.pages, s.person("boris"), keeps).ready()
	talk = boris.answers()
	s.must(talk.PlayTone(agentHums))
	hear("with the next agent", false)
	bosses = []*browser{s.signsIn("olga"), s.signsIn("vera")}
	becomes(1, "speak")
	hear("both speak with the next agent", false)
	s.hangsUp(customer)
	for _, one := range append(at, talk) {
		s.gone(one)
	}
	p.complete(1)
	p.end()
}

// span is a time in which something may have been so.
type span struct{ from, to time.Time }

// overseersOnWall waits until somebody's wall says who is at which call.
func (s *stage) overseersOnWall(who, pages, want string) {
	s.t.Helper()
	for _, p := range s.config.People {
		if string(p.ID) != who {
			continue
		}
		wall, err := s.signedInAt(pages, p).Stream(s.t.Context(), client.StreamOptions{Topics: []string{agentapi.TopicWall}})
		s.must(err)
		defer wall.Close()
		s.eventually("the wall of "+who+" says who listens", func() error {
			w := wall.Wall()
			var all []string
			for _, o := range w.Overseers {
				all = append(all, fmt.Sprintf("%s %s %s", o.ID, o.Manner, o.Agent))
			}
			if got := strings.Join(all, ", "); got != want || time.Since(w.Now) > time.Minute {
				return fmt.Errorf("it says %q", got)
			}
			return nil
		})
	}
}
