package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/queues"
	"hotline/telephony/softphone"
	"hotline/tickets"
)

// freezer is a TCP proxy that can stop passing anything on, and closes nothing then: a link that is frozen.
type freezer struct {
	net.Listener

	mu     sync.Mutex
	to     string
	thawed chan struct{} // closed while it passes on
	lost   *atomic.Bool  // of the connections that come now: what they carry gets nowhere
	ends   map[net.Conn]struct{}
}

func newFreezer(t *testing.T, to string) *freezer {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &freezer{Listener: l, to: to, thawed: make(chan struct{}), lost: new(atomic.Bool), ends: map[net.Conn]struct{}{}}
	close(f.thawed)
	t.Cleanup(func() {
		f.thaw()
		_ = l.Close()
	})
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			go f.carry(from)
		}
	}()
	return f
}

func (f *freezer) carry(from net.Conn) {
	f.mu.Lock()
	lost, where := f.lost, f.to
	f.mu.Unlock()
	f.wait()
	network := "tcp"
	if strings.HasPrefix(where, "/") {
		network = "unix"
	}
	to, err := net.Dial(network, where)
	if err != nil {
		_ = from.Close()
		return
	}
	f.mu.Lock()
	f.ends[from], f.ends[to] = struct{}{}, struct{}{}
	f.mu.Unlock()
	go f.pass(from, to, lost)
	f.pass(to, from, lost)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.ends, from)
	delete(f.ends, to)
}

func (f *freezer) pass(to, from net.Conn, lost *atomic.Bool) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		f.wait()
		if n > 0 && !lost.Load() {
			if _, failed := to.Write(buffer[:n]); failed != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (f *freezer) wait() {
	f.mu.Lock()
	thawed := f.thawed
	f.mu.Unlock()
	<-thawed
}

func (f *freezer) freeze() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.thawed = make(chan struct{})
}

// strand has what the connections carry that there are get nowhere. Those that come are as ever.
func (f *freezer) strand() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lost.Store(true)
	f.lost = new(atomic.Bool)
}

// cuts closes all connections that there are. Those that come are as ever.
func (f *freezer) cuts() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.ends {
		_ = c.Close()
	}
}

// leads has all connections go elsewhere: those that there are end.
func (f *freezer) leads(to string) {
	f.mu.Lock()
	f.to = to
	f.mu.Unlock()
	f.cuts()
}

func (f *freezer) thaw() {
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case <-f.thawed:
	default:
		close(f.thawed)
	}
}

// TestAFrozenLinkToAsteriskLosesNobody: what goes between Hotline and Asterisk stops for a while, and no connection is closed. One customer talks, one waits, one
// is in the menu, one's agent's phone rings; four call meanwhile, of whom two leave.
func TestAFrozenLinkToAsteriskLosesNobody(t *testing.T) {
	t.Parallel()
	var link *freezer
	s := raise(t, stageOptions{
		people: []config.Person{person("anna", "101"), person("boris", "102")},
		configure: func(c *config.Config) {
			link = newFreezer(t, strings.TrimSuffix(strings.TrimPrefix(c.Asterisk.URL, "http://"), "/ari"))
			c.Asterisk.URL = "http://" + link.Addr().String() + "/ari"
			for i := range c.Queues {
				c.Queues[i].OfferTimeout = 8 * time.Second
			}
		},
		elsewhere: true,
	})
	s.config.Asterisk.Reserve = s.house.asterisk.ReserveFile
	_ = os.Remove(s.config.Asterisk.Reserve) // of other tests
	s.serve(stageOptions{})
	s.config.Asterisk.URL = s.house.asterisk.ARIURL // the test itself asks past the link
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(uint64(seed), 0))

	anna, boris := s.agent("anna").ready(), s.agent("boris")
	talks := s.calls("+79160009001")
	s.chooses(talks, "3")
	talk := anna.answers()
	inMenu := s.calls("+79160009003")
	waits := s.calls("+79160009002")
	s.chooses(waits, "3")
	s.hearsMusic(waits)
	boris.ready()
	ringing := boris.rings() // for who waits

	time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond)
	link.freeze()
	frozen := time.Now()
	newcomer := func(from string) *softphone.Outgoing {
		out, err := s.customer.Dial(t.Context(), s.house.asterisk.Number, softphone.CallOptions{From: from})
		s.must(err)
		return out
	}
	leaves, stays := newcomer("+79160009004"), newcomer("+79160009005")
	s.eventually("both are inside Stasis, of which Hotline hears nothing, or held by the dialplan where the freeze is older than they are", func() error {
		inside, held := 0, 0
		for _, ch := range s.list("/channels") {
			if strings.Contains(string(ch), `"state":"Ring"`) && strings.Contains(string(ch), `"app_name":"Stasis"`) {
				inside++
			}
		}
		for _, out := range []*softphone.Outgoing{leaves, stays} {
			select {
			case <-out.Ringing():
				held++
			default:
			}
		}
		if inside+held < 2 {
			return fmt.Errorf("%d are inside, and %d held", inside, held)
		}
		return nil
	})
	leaves.Cancel()
	s.eventually("health says that Asterisk is away", func() error {
		if s.service.switchPart().State == "ok" {
			return errors.New("it says that all is well")
		}
		return nil
	})
	noticed := time.Since(frozen)
	t.Logf("noticed after %s", noticed.Round(100*time.Millisecond))
	if noticed > time.Minute { // 5 s on a machine that is not busy
		t.Errorf("the link was frozen for %s before anybody noticed", noticed)
	}
	later, laterLeaves := newcomer("+79160009006"), newcomer("+79160009007") // whom the dialplan holds
	<-laterLeaves.Ringing()
	laterLeaves.Cancel()
	s.hearEachOther(talks, talk)
	s.eventually("the offer has ended", func() error {
		if time.Since(frozen) < 10*time.Second {
			return errors.New("not yet")
		}
		return nil
	})
	link.thaw()
	s.eventually("Hotline is connected again", func() error { return s.service.sw.Err() })
	t.Logf("connected again %s after the freeze", time.Since(frozen).Round(100*time.Millisecond))

	s.hearEachOther(talks, talk)
	if me := boris.desk.Me(); me.Availability.State != "ready" {
		t.Errorf("the agent whose phone rang when the link froze is %+v", me.Availability)
	}
	_, _ = ringing.Answer(t.Context()) // it may have ended
	var call *softphone.Call
	for _, out := range []*softphone.Outgoing{stays, later} {
		var err error
		if call, err = out.Wait(); err != nil {
			t.Fatalf("who called while the link was frozen is not served: %v", err)
		}
		s.hangsUp(call)
	}
	s.chooses(inMenu, "3")
	s.hearsMusic(inMenu)
	for _, from := range []string{"+79160009004", "+79160009007"} {
		if c := s.contact(from); c.Outcome != string(tickets.AbandonedInGreeting) || c.Ticket == "" {
			t.Errorf("%s, who left, has the contact %+v", from, c)
		}
	}
	for _, c := range []*softphone.Call{talks, inMenu} {
		s.hangsUp(c)
	}
	if c := s.contact("+79160009001"); c.Outcome != string(tickets.Served) || c.Agent != "anna" {
		t.Errorf("who talked has the contact %+v", c)
	}
	s.hangsUp(waits)
	s.eventually("each of seven calls has one contact", func() error {
		n := 0
		if err := s.query(`select count(*) from contacts`, &n); err != nil || n != 7 {
			return errors.Join(err, fmt.Errorf("%d contacts", n))
		}
		return nil
	})
	if missed := boris.endings(queues.OfferWasMissed) + anna.endings(queues.OfferWasMissed); missed != 0 {
		t.Errorf("%d calls were missed, the agents are told", missed)
	}
	s.emptyAsterisk()
}
