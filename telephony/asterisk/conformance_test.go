package asterisk

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"hotline/deploy/private"
	"hotline/telephony"
	"hotline/telephony/conformance"
	"hotline/telephony/softphone"
)

// The suite that the switch in memory passes too, on a real Asterisk with real SIP phones and real sound. Scenarios run side
// by side, each on an Asterisk of its own.
func TestSwitchConforms(t *testing.T) {
	t.Parallel()
	conformance.Run(t, func(t *testing.T, test func(*testing.T)) {
		t.Parallel()
		test(t)
	}, openBench)
}

// bench is a real Asterisk with people at it.
type bench struct {
	t        *testing.T
	asterisk *private.Asterisk
	hotline  *Switch // connected last
	desk     *Switch // makes phones known; it serves no calls, and is another application
	exchange *softphone.Exchange

	mu      sync.Mutex
	parties int
}

func openBench(t *testing.T) conformance.Bench {
	a := realAsterisk(t)
	o := realOptions(a)
	o.App = "bench"
	b := &bench{t: t, asterisk: a, desk: New(o)}
	running(t, b.desk, lineFunc(func(context.Context, *telephony.Call) {}))
	var err error
	if b.exchange, err = softphone.NewExchange(softphone.ExchangeOptions{Server: a.SIPAddr}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.exchange.Close)
	return b
}

func (b *bench) Connect(line telephony.Line) (crash func()) {
	s := New(realOptions(b.asterisk))
	stop := running(b.t, s, line)
	b.hotline = s
	return func() {
		s.die()
		_ = stop()
	}
}

// die makes of a switch what kill -9 makes of a process: nothing more is asked of Asterisk.
func (s *Switch) die() {
	s.requests.stop(errors.New("killed"))
	s.life.stopped(fenced, errors.New("killed"))
	s.serving.stop(telephony.ErrHandover)
}

func (b *bench) Place(a telephony.Arrival) error { return b.hotline.Place(b.t.Context(), a) }

func (b *bench) Tracks(call telephony.CallID) (names []string) {
	for _, r := range listed(b.t, b.asterisk, "/recordings/stored") {
		name := r["name"].(string)
		if track, is := telephony.ParseTrack(name); is && track.Call == call {
			names = append(names, name)
		}
	}
	return names
}

func (b *bench) Track(name string, whom conformance.Party) (heard time.Duration) {
	e := Examine(realOptions(b.asterisk))
	defer e.Close()
	wav, err := e.Recording(b.t.Context(), name)
	if err != nil || len(wav) < 44 {
		b.t.Errorf("track %s of %d bytes: %v", name, len(wav), err)
		return 0
	}
	const frame = 160
	sound := make([]int16, 0, len(wav)/2)
	for i := 44; i+1 < len(wav); i += 2 {
		sound = append(sound, int16(binary.LittleEndian.Uint16(wav[i:])))
	}
	for ; len(sound) >= frame; sound = sound[frame:] {
		if (&party{}).inFrame(sound[:frame], whom) {
			heard += 20 * time.Millisecond
		}
	}
	return heard
}

func (b *bench) Leftovers() (channels, bridges int) {
	return len(listed(b.t, b.asterisk, "/channels")), len(bridgesLeft(b.t, b.asterisk))
}

// party is a person with a SIP phone, who hums a tone of their own.
type party struct {
	b     *bench
	phone *softphone.Phone
	hertz int

	mu      sync.Mutex
	dialled *softphone.Outgoing
	rings   *softphone.Ringing
	call    *softphone.Call
	muted   bool
	typed   string // to them
}

// person makes a party. Tones are whole numbers of periods in a frame of 20 ms, so that they do not disturb each other.
func (b *bench) person(o softphone.Options) *party {
	b.mu.Lock()
	b.parties++
	p := &party{b: b, hertz: 450 + 100*(b.parties%12)}
	if o.User == "" {
		o.User = fmt.Sprintf("person%d", b.parties)
	}
	b.mu.Unlock()
	o.Keep = 3 * time.Minute
	o.OnRinging = p.invited
	phone, err := b.exchange.Phone(o)
	if err != nil {
		b.t.Fatal(err)
	}
	p.phone = phone
	return p
}

func (b *bench) Call(from, name string) conformance.Party {
	p := b.person(softphone.Options{})
	out, err := p.phone.Dial(b.t.Context(), lineNumber, softphone.CallOptions{From: from, FromName: name, Anonymous: from == ""})
	if err != nil {
		b.t.Fatal(err)
	}
	p.mu.Lock()
	p.dialled = out
	p.mu.Unlock()
	go func() {
		if c, err := out.Wait(); err == nil {
			p.talk(c)
		}
	}()
	return p
}

func (b *bench) Phone(registered bool) conformance.Phone {
	return b.phone(registered, softphone.Options{})
}

// phone is a phone that behaves as its options say.
func (b *bench) phone(registered bool, o softphone.Options) *handset {
	b.mu.Lock()
	id := fmt.Sprintf("phone%d", b.parties)
	b.mu.Unlock()
	o.User, o.Secret = id, "secret-"+id
	p := &handset{b.person(o), id}
	ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer cancel()
	if err := b.desk.Provision(ctx, telephony.Phone{ID: id, Secret: "secret-" + id}); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = b.desk.Unprovision(context.Background(), id) })
	if registered {
		if err := p.phone.Register(ctx); err != nil {
			b.t.Fatalf("register %s: %v", id, err)
		}
		await(b.t, id+" is reachable", func() bool { return b.desk.PhoneReachable(id) })
	}
	return p
}

// invited lets the phone ring until somebody does something.
func (p *party) invited(r *softphone.Ringing) {
	p.mu.Lock()
	p.rings, p.call = r, nil
	p.mu.Unlock()
}

func (p *party) talk(c *softphone.Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.call = c
	if !p.muted {
		_ = c.PlayTone(p.hertz)
	}
}

func (p *party) Mute() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.muted = true
	if p.call != nil {
		_ = p.call.PlaySilence()
	}
}

func (p *party) talking() *softphone.Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.call == nil {
		return nil
	}
	select {
	case <-p.call.Done():
		return nil
	default:
		return p.call
	}
}

func (p *party) State() conformance.State {
	if p.talking() != nil {
		return conformance.Talking
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rings != nil && p.call == nil {
		select {
		case <-p.rings.Cancelled():
		default:
			return conformance.Ringing
		}
	}
	if p.dialled != nil {
		select {
		case <-p.dialled.Done():
		default:
			return conformance.Ringing
		}
	}
	return conformance.Idle
}

func (p *party) Type(digits string) {
	if c := p.talking(); c != nil {
		_ = c.Digits(p.b.t.Context(), digits)
	}
}

func (p *party) Typed() string {
	c := p.talking()
	if c == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond) // for what has come
	defer cancel()
	for {
		key, err := c.Digit(ctx)
		p.mu.Lock()
		if err == nil {
			p.typed += string(key)
		}
		typed := p.typed
		p.mu.Unlock()
		if err != nil {
			return typed
		}
	}
}

func (p *party) Hold(on bool) {
	c := p.talking()
	if c == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var err error
	if on {
		err = c.Hold(ctx, softphone.Inactive)
	} else {
		err = c.Unhold(ctx)
	}
	if err != nil {
		p.b.t.Errorf("the phone's own hold: %v", err)
	}
}

func (p *party) Vanish() {
	if c := p.talking(); c != nil {
		c.Vanish()
	}
}

func (p *party) Hangup() {
	if c := p.talking(); c != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_ = c.Hangup(ctx)
		return
	}
	p.mu.Lock()
	dialled, rings := p.dialled, p.rings
	p.mu.Unlock()
	switch {
	case dialled != nil:
		dialled.Cancel()
		<-dialled.Done()
		if c, err := dialled.Wait(); err == nil { // the answer was first
			_ = c.Hangup(context.Background())
		}
	case rings != nil:
		rings.Reject(486)
	}
}

// Hears listens for a moment.
func (p *party) Hears(whom conformance.Party) bool {
	c := p.talking()
	if c == nil {
		return false
	}
	before := len(c.Sound())
	time.Sleep(240 * time.Millisecond) // what is to be heard takes its time
	sound := c.Sound()[before:]
	const frame = 160
	var heard, frames int
	for ; len(sound) >= frame; sound = sound[frame:] {
		frames++
		if p.inFrame(sound[:frame], whom) {
			heard++
		}
	}
	if whom == nil {
		return heard >= 3 // speech pauses
	}
	return frames >= 4 && heard >= frames/2
}

func (p *party) inFrame(frame []int16, whom conformance.Party) bool {
	var power float64
	for _, s := range frame {
		power += float64(s) * float64(s) / float64(len(frame))
	}
	const (
		audible = 100 * 100
		hum     = 5000 * 5000 / 2 // half as high as a person's (see softphone.Sine): music has all tones, but none so loud for long
	)
	switch whom := whom.(type) {
	case *party:
		return tonePower(frame, whom.hertz) > hum
	case *handset:
		return tonePower(frame, whom.hertz) > hum
	}
	// Announcements and music: what no person hums.
	hummed := 0.0
	for hertz := 450; hertz < 450+100*12; hertz += 100 {
		if tone := tonePower(frame, hertz); tone > power/4 {
			hummed += tone
		}
	}
	return power > audible && hummed < power/2
}

// tonePower is Goertzel's algorithm.
func tonePower(frame []int16, hertz int) float64 {
	k := 2 * math.Cos(2*math.Pi*float64(hertz)/8000)
	var a, b float64
	for _, s := range frame {
		a, b = float64(s)+k*a-b, a
	}
	n := float64(len(frame))
	return 2 * (a*a + b*b - k*a*b) / (n * n)
}

// handset is a party that is dialled.
type handset struct {
	*party
	id string
}

func (h *handset) Address() telephony.Address { return telephony.Address("phone:" + h.id) }

func (h *handset) Answer() {
	h.mu.Lock()
	r := h.rings
	h.mu.Unlock()
	if r == nil {
		return
	}
	ctx, cancel := context.WithTimeout(h.b.t.Context(), 20*time.Second)
	defer cancel()
	if c, err := r.Answer(ctx); err == nil {
		h.talk(c)
	}
}

func (h *handset) Decline() {
	h.mu.Lock()
	r := h.rings
	h.mu.Unlock()
	if r != nil {
		r.Reject(603)
	}
}
