package main

import (
	"cmp"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/deploy/private"
	"hotline/recordings"
	"hotline/recordings/vault"
	"hotline/telephony/softphone"
)

var (
	costTalks  = flag.Int("talks", 0, "TestWhatRecordingAndListeningCost: how many talks there are at once; 0: it is only tried whether they can be measured")
	costBlock  = flag.Duration("block", 10*time.Second, "TestWhatRecordingAndListeningCost, TestWhatACallCosts: for how long each turn is measured")
	costRounds = flag.Int("rounds", 5, "TestWhatRecordingAndListeningCost, TestWhatACallCosts: how many rounds of six turns there are")
)

// What is promised of costs. CPU time is that of Asterisk and Hotline, in units of what a talk costs that nobody records or listens to: so machines are comparable.
const (
	recordedAtMost = 3.0 // a recorded talk
	listenedAtMost = 4.0 // one with a supervisor who listens, whose own leg is a third
	storedAtMost   = 0.7 // of the size that the sound has as a WAV file
)

// TestWhatRecordingAndListeningCost is make bench-recording: real talks by real phones, in which people speak by turns, are held plain, recorded and listened to, in turn; it tells the
// CPU time of Asterisk and of Hotline for each minute, bringing recordings into the archive included, and the room that they take there, and fails where more is taken than promised.
func TestWhatRecordingAndListeningCost(t *testing.T) {
	promised := *costTalks > 0
	talks, block, rounds := *costTalks, *costBlock, *costRounds
	if !promised {
		talks, block, rounds = 1, time.Second, 1
	}
	c := openCosts(t, talks, block)
	turns := []manner{heldPlain, heldRecorded, heldListened, heldListened, heldRecorded, heldPlain}
	var all, ratiosRecorded, ratiosListened, control []float64
	sums := make(map[manner]cost)
	for round := range rounds {
		of := make(map[manner][]cost)
		for _, m := range turns {
			of[m] = append(of[m], c.turn(m))
		}
		t.Logf("round %d: CPU ms a minute of a talk, Asterisk + Hotline: plain %v, recorded %v, listened to %v", round+1, of[heldPlain], of[heldRecorded], of[heldListened])
		for m, both := range of {
			sums[m] = sums[m].plus(both[0].plus(both[1]).times(0.5 / float64(rounds)))
		}
		base := of[heldPlain][0].all() + of[heldPlain][1].all()
		ratiosRecorded = append(ratiosRecorded, (of[heldRecorded][0].all()+of[heldRecorded][1].all())/base)
		ratiosListened = append(ratiosListened, (of[heldListened][0].all()+of[heldListened][1].all())/base)
		control = append(control, of[heldPlain][1].all()/of[heldPlain][0].all())
		all = append(all, base/2)
	}
	stored, length := c.stored()
	wav := length.Seconds() * 4 * recordings.Rate
	same := middle(control)
	rLow, rHigh := bootstrap(ratiosRecorded)
	lLow, lHigh := bootstrap(ratiosListened)
	more := func(m manner) cost { return sums[m].plus(sums[heldPlain].times(-1)) }
	fmt.Printf("bench-recording recorded_ratio=%.2f recorded_low=%.2f recorded_high=%.2f listened_ratio=%.2f listened_low=%.2f listened_high=%.2f control=%.3f plain_ms_per_min=%.0f "+
		"recording_asterisk_ms_per_min=%.0f recording_hotline_ms_per_min=%.0f ear_asterisk_ms_per_min=%.0f ear_hotline_ms_per_min=%.0f stored_kB_per_min=%.0f stored_ratio=%.3f "+
		"recorded_min=%.1f talks=%d block_s=%.0f rounds=%d cpus=%d\n",
		middle(ratiosRecorded), rLow, rHigh, middle(ratiosListened), lLow, lHigh, same, middle(all),
		more(heldRecorded).asterisk, more(heldRecorded).hotline, more(heldListened).asterisk, more(heldListened).hotline, float64(stored)/1000/length.Minutes(), float64(stored)/wav,
		length.Minutes(), talks, block.Seconds(), rounds, runtime.NumCPU())
	if length == 0 || stored == 0 {
		t.Error("nothing was recorded")
	}
	if !promised {
		return
	}
	if same < 0.9 || same > 1.1 {
		t.Errorf("void: plain talks beside themselves make %.3f, outside 0.9 to 1.1", same)
	}
	if middle(ratiosRecorded) > recordedAtMost || middle(ratiosListened) > listenedAtMost || float64(stored)/wav > storedAtMost {
		t.Errorf("not held: a recorded talk costs at most %.1f times a plain one, one that is listened to %.1f times, and a recording takes %.0f %% of a WAV file", recordedAtMost, listenedAtMost, storedAtMost*100)
	}
}

// manner is how the talks of a turn are held.
type manner string

const (
	heldPlain    manner = "plain"
	heldRecorded manner = "recorded"
	heldListened manner = "listened to"
)

// cost is the CPU time that a minute of a talk takes, in milliseconds.
type cost struct{ asterisk, hotline float64 }

func (c cost) all() float64         { return c.asterisk + c.hotline }
func (c cost) plus(o cost) cost     { return cost{c.asterisk + o.asterisk, c.hotline + o.hotline} }
func (c cost) times(f float64) cost { return cost{c.asterisk * f, c.hotline * f} }
func (c cost) String() string       { return fmt.Sprintf("%.0f+%.0f", c.asterisk, c.hotline) }

// cpuOf is the CPU time so far of a process, in all of its threads.
func cpuOf(t *testing.T, pid int) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // the name may have blanks
	var ticks int64
	for _, field := range strings.Fields(rest)[11:13] { // utime and stime, of all threads: proc(5)
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// costs are a Hotline in a process of its own, with agents and supervisors whose phones pick up by themselves.
type costs struct {
	*stage
	p           *process
	talks       int
	block       time.Duration
	supervisors []*browser
	customers   *softphone.Phone
	speech      []int16 // and then as much silence
	made        int     // recordings
}

func openCosts(t *testing.T, talks int, block time.Duration) *costs {
	var people, agents, bosses []config.Person
	for i := range talks {
		agents = append(agents, person(fmt.Sprintf("agent%d", i), fmt.Sprintf("1%02d", i)))
		boss := person(fmt.Sprintf("boss%d", i), fmt.Sprintf("2%02d", i))
		boss.Role, boss.Skills = "supervisor", nil
		bosses = append(bosses, boss)
	}
	people = append(agents, bosses...)
	s := raise(t, stageOptions{people: people, elsewhere: true, configure: func(c *config.Config) {
		for i := range c.Queues {
			c.Queues[i].WrapUp = 0
			if c.Queues[i].ID == "support" {
				c.Queues[i].Recording = config.Recording{Share: 100}
			}
		}
		c.Recordings.ReserveMB = 1
	}})
	c := &costs{stage: s, p: s.spawn(), talks: talks, block: block}
	s.away = c.p
	said := "Good afternoon, this is the hotline. How may I help you? My washing machine does not spin any more, and nobody has come, and nobody has called."
	files, err := private.Speak(t.Context(), private.Prompts{"en": {"speech": said}})
	s.must(err)
	wav, err := os.ReadFile(files["en"]["speech"])
	s.must(err)
	for i := 44; i+1 < len(wav); i += 2 {
		c.speech = append(c.speech, int16(binary.LittleEndian.Uint16(wav[i:])))
	}
	c.customers, err = s.exchange.Phone(softphone.Options{User: "many"})
	s.must(err)
	answering := func(p config.Person) {
		phone, err := s.exchange.Phone(softphone.Options{User: p.Phone, Secret: p.PhoneSecret.Text(), OnRinging: func(r *softphone.Ringing) {
			if call, err := r.Answer(context.Background()); err == nil {
				c.speaks(call, false)
			}
		}})
		s.must(err)
		s.must(phone.Register(t.Context()))
	}
	for _, p := range agents {
		answering(p)
		w := &worker{s: s, id: p.ID, forgetful: true}
		w.openDesk(c.p.pages, p)
		s.must(w.desk.Command(t.Context(), "agent.ready", nil))
		w.until("ready", func(me agentapi.Me) bool { return me.Availability.State == "ready" && me.Phone.Reachable })
	}
	for _, p := range bosses {
		answering(p)
		c.supervisors = append(c.supervisors, s.signsIn(string(p.ID)))
	}
	return c
}

// speaks lets somebody in a call speak and listen by turns until it is over.
func (c *costs) speaks(call *softphone.Call, first bool) {
	silence := make([]int16, len(c.speech))
	turns := [][]int16{silence, c.speech}
	if first {
		slices.Reverse(turns)
	}
	for i := 0; ; i++ {
		if call.Play(context.Background(), turns[i%2]) != nil {
			return
		}
	}
}

// turn holds the talks in a manner, and tells what a minute of each costs.
func (c *costs) turn(m manner) cost {
	c.t.Helper()
	soon, cancel := context.WithTimeout(c.t.Context(), 2*time.Minute)
	defer cancel()
	department := "1"
	if m == heldRecorded {
		department = "3"
	}
	calls := make([]*softphone.Call, c.talks)
	var coming, speaking sync.WaitGroup
	for i := range calls {
		coming.Go(func() {
			call, err := c.reaches(soon, department)
			if err != nil {
				c.t.Error(err)
				return
			}
			speaking.Go(func() { c.speaks(call, true) })
			calls[i] = call
		})
	}
	coming.Wait()
	if c.t.Failed() {
		c.t.FailNow()
	}
	if m == heldListened {
		for i, boss := range c.supervisors {
			coming.Go(func() {
				p, err := boss.wouldOversee(soon, fmt.Sprintf(`{"agent": "agent%d", "manner": "listen"}`, i))
				if err != nil || p.Code != "" {
					c.t.Errorf("a supervisor is told %+v, %v", p, err)
				}
			})
		}
		coming.Wait()
	}
	asterisk, hotline := c.house.asterisk.PID(), c.p.cmd.Process.Pid
	a1, h1, began := cpuOf(c.t, asterisk), cpuOf(c.t, hotline), time.Now()
	time.Sleep(c.block) // it is what goes on meanwhile that is measured
	a2, minutes := cpuOf(c.t, asterisk), time.Since(began).Minutes()*float64(c.talks)
	for _, call := range calls {
		c.hangsUp(call)
	}
	speaking.Wait()
	if m == heldRecorded {
		c.made += c.talks
	}
	c.eventually("all is brought in", func() error {
		made, err := c.recordings()
		return cmp.Or(err, wants(made, c.made))
	})
	c.emptyAsterisk()
	h2 := cpuOf(c.t, hotline)
	return cost{asterisk: (a2 - a1).Seconds() * 1000 / minutes, hotline: (h2 - h1).Seconds() * 1000 / minutes}
}

// reaches lets a customer call, and talk with an agent.
func (c *costs) reaches(ctx context.Context, department string) (*softphone.Call, error) {
	from := fmt.Sprintf("+7916%07d", rand.IntN(10_000_000))
	talking := c.talkOf(from)
	call, err := c.customers.Call(ctx, c.house.asterisk.Number, softphone.CallOptions{From: from})
	if err == nil {
		err = call.Digits(ctx, "1"+department)
	}
	if err != nil {
		return nil, err
	}
	select {
	case <-talking:
		return call, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%s reached nobody", from)
	}
}

func wants(got, want int) error {
	if got != want {
		return fmt.Errorf("%d, want %d", got, want)
	}
	return nil
}

func (c *costs) folder() vault.Folder {
	keys, err := vault.ReadKeys(c.config.Recordings.Keys)
	c.must(err)
	return vault.Folder{Path: c.config.RecordingsFolder(), Keys: keys}
}

// recordings is how many are in the archive.
func (c *costs) recordings() (n int, err error) {
	err = c.folder().Each(c.t.Context(), func(recordings.ID) error { n++; return nil })
	return n, err
}

// stored is the room that all recordings take, and how long they last.
func (c *costs) stored() (bytes int64, length time.Duration) {
	folder := c.folder()
	c.must(folder.Each(c.t.Context(), func(id recordings.ID) error {
		m, err := folder.Meta(id)
		length += m.Length
		return err
	}))
	bytes, err := folder.Used(c.t.Context())
	c.must(err)
	return bytes, length
}

func middle(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// bootstrap is the 95 % interval of the median.
func bootstrap(of []float64) (low, high float64) {
	dice := rand.New(rand.NewPCG(5, 6))
	var drawn []float64
	for range 10_000 {
		again := make([]float64, len(of))
		for i := range again {
			again[i] = of[dice.IntN(len(of))]
		}
		drawn = append(drawn, middle(again))
	}
	slices.Sort(drawn)
	return drawn[250], drawn[9750]
}
