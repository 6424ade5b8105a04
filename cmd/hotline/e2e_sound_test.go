package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"hotline/telephony/softphone"
)

// Chromium's fake microphone beeps twice a second, and is silent in between.
const (
	beepTone  = 400
	beepEvery = 500 * time.Millisecond

	soundRate   = 8000
	soundWindow = soundRate / 50 // 20 ms
)

// hearsMicrophone waits until the customer hears, from now on, the seat's microphone and nothing else.
func (s *stage) hearsMicrophone(call *softphone.Call) {
	s.t.Helper()
	from := len(call.Sound())
	s.eventually("the customer hears the seat's microphone", func() error { return microphone(call.Sound()[from:]) })
}

// hearsMusic waits until the customer hears, from now on, a second that is full of sound, as no beeping is.
func (s *stage) hearsMusic(call *softphone.Call) {
	s.t.Helper()
	from := len(call.Sound())
	s.eventually("the customer on hold hears music", func() error { return fullOfSound(call.Sound()[from:]) })
}

// microphone says whether the fake microphone is in a sound: five beeps, and quiet for the most of the time between them. On a
// busy machine beeps come late and in pieces, and some are lost; what covers them is no silence, and is not the microphone.
func microphone(sound []int16) error {
	const enough, lost = 5, 4 // a gap of so many beeps is forgiven
	at := beeps(sound)
	for last := enough - 1; last < len(at); last++ {
		these := at[last-enough+1 : last+1]
		near := true
		for i := range enough - 1 {
			near = near && these[i+1]-these[i] <= lost*samplesOf(beepEvery)
		}
		if near && loudShare(sound[these[0]:these[enough-1]]) < 0.5 {
			return nil
		}
	}
	var times []time.Duration
	for _, i := range at {
		times = append(times, time.Duration(i)*time.Second/soundRate)
	}
	return fmt.Errorf("in %.1f s, of which %.0f %% are not quiet, beeps came at %v", float64(len(sound))/soundRate, 100*loudShare(sound), times)
}

// beeps are the samples at which they begin. A beep is loud, and its power lies at its tone; pieces that are closer to each other
// than two beeps ever are belong to one.
func beeps(sound []int16) (at []int) {
	const step = 20
	before := -soundRate
	for i := 0; i+soundWindow <= len(sound); i += step {
		tone, power := powerAt(sound[i:i+soundWindow], beepTone)
		if loud := power/soundWindow > 1000*1000; !loud || tone/power <= 0.5 {
			continue
		}
		if i-before > samplesOf(beepEvery/2) {
			at = append(at, i)
		}
		before = i
	}
	return at
}

// fullOfSound says whether there is a second of it in which hardly a moment is quiet.
func fullOfSound(sound []int16) error {
	most := 0.0
	for i := 0; i+soundRate <= len(sound); i += soundWindow {
		most = max(most, loudShare(sound[i:i+soundRate]))
	}
	if most < 0.7 {
		return fmt.Errorf("in %.1f s the fullest second is so for %.0f %%", float64(len(sound))/soundRate, 100*most)
	}
	return nil
}

// loudShare is how much of a sound is not quiet.
func loudShare(sound []int16) float64 {
	loud, all := 0, 0
	for ; len(sound) >= soundWindow; sound = sound[soundWindow:] {
		if _, power := powerAt(sound[:soundWindow], beepTone); power/soundWindow > 200*200 {
			loud++
		}
		all++
	}
	return float64(loud) / float64(max(all, 1))
}

// powerAt is the power of a sound at a tone, and in all (Goertzel's algorithm).
func powerAt(sound []int16, hertz float64) (tone, all float64) {
	turn := 2 * math.Cos(2*math.Pi*hertz/soundRate)
	var s1, s2 float64
	for _, v := range sound {
		s1, s2 = float64(v)+turn*s1-s2, s1
		all += float64(v) * float64(v)
	}
	return 2 * (s1*s1 + s2*s2 - turn*s1*s2) / float64(len(sound)), all
}

func samplesOf(d time.Duration) int { return int(d * soundRate / time.Second) }

// TestTheMicrophoneIsHeardThroughABusyMachineAndInNothingElse makes the sounds that a customer may hear of a seat, and those that
// come when the seat is not heard. Beeps last for 120 ms, as they do when a browser has worked on them.
func TestTheMicrophoneIsHeardThroughABusyMachineAndInNothingElse(t *testing.T) {
	const length = 120 * time.Millisecond
	dice := rand.New(rand.NewPCG(1, 2))
	sound := func(fill func(mix func(from, to time.Duration, hertz, height float64))) []int16 {
		all := make([]int16, 8*soundRate)
		fill(func(from, to time.Duration, hertz, height float64) {
			for i := samplesOf(from); i < min(samplesOf(to), len(all)); i++ {
				all[i] += int16(height * math.Sin(2*math.Pi*hertz*float64(i)/soundRate))
			}
		})
		return all
	}
	type mixes = func(from, to time.Duration, hertz, height float64)
	beeping := func(mix mixes, n int, hertz float64) {
		for i := range n {
			at := time.Duration(i+1) * beepEvery
			mix(at, at+length, hertz, 14000)
		}
	}
	music := func(mix mixes, height float64) {
		notes := []float64{300, 337, 400, 449, 505, 600}
		for at := time.Duration(0); at < 8*time.Second; at += 130 * time.Millisecond {
			mix(at, at+130*time.Millisecond, notes[dice.IntN(len(notes))], height)
			mix(at, at+130*time.Millisecond, 150, height/4)
		}
	}
	late := func(mix mixes) {
		for i := range 14 {
			if i%3 > 0 {
				at := time.Duration(i+1)*beepEvery + time.Duration(dice.IntN(300)-150)*time.Millisecond
				mix(at, at+length, beepTone, 14000)
			}
		}
	}
	pieces := func(mix mixes) {
		for i := range 14 {
			at := time.Duration(i+1) * beepEvery
			for range 3 {
				mix(at, at+length/3, beepTone, 14000)
				at += length/3 + time.Duration(20+dice.IntN(60))*time.Millisecond
			}
		}
	}
	for _, c := range []struct {
		name  string
		heard bool
		full  bool
		sound []int16
	}{
		{"as it is sent", true, false, sound(func(mix mixes) { beeping(mix, 14, beepTone) })},
		{"late, and each third beep lost", true, false, sound(late)},
		{"in pieces", true, false, sound(pieces)},
		{"after the end of music", true, true, slices.Concat(sound(func(mix mixes) { music(mix, 2500) }), sound(late))},
		{"four beeps", false, false, sound(func(mix mixes) { beeping(mix, 4, beepTone) })},
		{"silence", false, false, sound(func(mixes) {})},
		{"beeps of another tone", false, false, sound(func(mix mixes) { beeping(mix, 14, 1000) })},
		{"a hum of their tone", false, true, sound(func(mix mixes) { mix(0, 8*time.Second, beepTone, 14000) })},
		{"music", false, true, sound(func(mix mixes) { music(mix, 2500) })},
		{"loud music", false, true, sound(func(mix mixes) { music(mix, 14000) })},
		{"beeps under music", false, true, sound(func(mix mixes) { beeping(mix, 14, beepTone); music(mix, 2500) })},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := microphone(c.sound); (err == nil) != c.heard {
				t.Errorf("it is heard: %t; %v", err == nil, err)
			}
			if err := fullOfSound(c.sound); (err == nil) != c.full {
				t.Errorf("it is full of sound: %t; %v", err == nil, err)
			}
		})
	}
}
