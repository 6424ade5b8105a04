package door

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func over(h *Held) bool {
	select {
	case <-h.Over():
		return true
	default:
		return false
	}
}

func TestCallsAreHeldWhileTheLineIsBehind(t *testing.T) {
	well, late, middling := Load{Delay: 10 * time.Millisecond}, Load{Delay: 3 * time.Second}, Load{Delay: 600 * time.Millisecond}
	for _, row := range []struct {
		name   string
		loads  []Load // each lasts a second, in which ten calls arrive
		comeIn []int  // in each second, about
	}{
		{"always in time", []Load{well, well, well}, []int{10, 10, 10}},
		{"somewhat late, and never behind", []Load{middling, middling}, []int{10, 10}},
		{"behind", []Load{late, late, late}, []int{1, 1, 1}},
		{"behind, and not well enough yet", []Load{late, middling, middling}, []int{1, 1, 1}},
		{"too much in flight", []Load{well, {InFlight: 300}, {InFlight: 150}, {InFlight: 50}}, []int{10, 1, 1, 5}},
		{"behind from the start", []Load{late, well, well}, []int{2, 18, 10}},
		{"behind, and in time again", []Load{well, late, late, late, well, well, well, well}, []int{10, 1, 1, 1, 5, 7, 9, 11}},
		{"a hiccup", []Load{well, late, well, well}, []int{10, 1, 19, 10}},
	} {
		t.Run(row.name, func(t *testing.T) {
			a, now := NewAdmission(), noon
			var held []*Held
			for i, load := range row.loads {
				in := 0
				for range 10 {
					if h := a.Arrive(now, now, load); over(h) {
						in++
					} else {
						held = append(held, h)
					}
					for range 2 {
						now = now.Add(50 * time.Millisecond)
						for ; len(held) > 0; held = held[1:] {
							if a.Look(held[0], now, func() Load { return load }); !over(held[0]) {
								break
							}
							in++
						}
					}
				}
				if want := row.comeIn[i]; in < want-2 || in > want+2 {
					t.Errorf("in second %d %d calls came in, not about %d", i+1, in, want)
				}
			}
		})
	}
}

// TestQuietMomentSaysNothingOfWhatALineCanBegin: ten calls a second came in, then nobody could call, and then the line is behind.
func TestQuietMomentSaysNothingOfWhatALineCanBegin(t *testing.T) {
	a, now := NewAdmission(), noon
	for range 200 {
		now = now.Add(100 * time.Millisecond)
		a.Arrive(now, now, Load{})
	}
	now = now.Add(15 * time.Second)
	a.Arrive(now, now, Load{Delay: 3 * time.Second})
	now = now.Add(hiccup)
	a.Arrive(now, now, Load{})
	if a.rate < 4 || a.rate > 6 {
		t.Errorf("calls come in at %.1f a second, and not at half of what it took before", a.rate)
	}
	now = now.Add(10 * time.Minute)
	a.Arrive(now, now, Load{Delay: 3 * time.Second})
	now = now.Add(hiccup)
	a.Arrive(now, now, Load{})
	if a.rate < unknown {
		t.Errorf("after minutes of which nothing is known calls come in at %.1f a second", a.rate)
	}
}

func TestCallsBeyondWhatIsHeldAreTurnedAway(t *testing.T) {
	a, late := NewAdmission(), Load{Delay: 3 * time.Second}
	var all []*Held
	for range heldMost + 10 {
		all = append(all, a.Arrive(noon, noon, late))
	}
	welcome, refused := 0, 0
	for _, h := range all {
		switch {
		case !over(h):
		case h.Verdict() == Welcome:
			welcome++
		case h.Verdict() == Overloaded:
			refused++
		}
	}
	if _, held := a.State(); welcome != 1 || refused != 9 || held != heldMost || a.Overloaded() != 9 || a.Held() != heldMost {
		t.Errorf("%d came in, %d were turned away, %d are held", welcome, refused, held)
	}
	if a.Full() {
		t.Error("callers are left to the switch, though they are to be refused")
	}
	if a.Spare(true); !a.Full() {
		t.Error("callers are refused, though the switch is to say sorry to them")
	}
	a.Leave(all[1])
	if h := a.Arrive(noon, noon, late); over(h) {
		t.Errorf("one left, and the next is %s", h.Verdict())
	}
}

// TestSparedCallersComeInBeforeTheyAreRefused: the switch keeps new ones from when no more than those who are held come in in time, until few are.
func TestSparedCallersComeInBeforeTheyAreRefused(t *testing.T) {
	a, now, late := NewAdmission(), noon, Load{Delay: 3 * time.Second}
	a.Spare(true)
	var said []bool
	for range 120 {
		full := a.Full()
		if len(said) == 0 || said[len(said)-1] != full {
			said = append(said, full)
		}
		for i := range 4 { // in each second, of which the switch knows at its beginning whether it is to keep them
			if full {
				break
			}
			a.Arrive(now.Add(time.Duration(i)), now.Add(time.Duration(i)), late)
		}
		now = now.Add(time.Second)
		if len(a.waiting) > 0 {
			a.Look(a.waiting[0], now, func() Load { return late })
		}
	}
	if a.Overloaded() > 0 {
		t.Errorf("%d were refused", a.Overloaded())
	}
	if len(said) < 4 || len(said) > 40 {
		t.Errorf("whether the line is full changed %d times in two minutes", len(said)-1)
	}
}

// TestWhoRangBeforeAnybodyLookedIsNotTurnedAwayForIt, where the line is in time: a link that was frozen brings them all at once.
func TestWhoRangBeforeAnybodyLookedIsNotTurnedAwayForIt(t *testing.T) {
	a, now := NewAdmission(), noon
	var all []*Held
	for range 40 {
		all = append(all, a.Arrive(now, now.Add(-time.Minute), Load{}))
	}
	for range 100 {
		now = now.Add(50 * time.Millisecond)
		if len(a.waiting) > 0 {
			a.Look(a.waiting[0], now, func() Load { return Load{} })
		}
	}
	for i, h := range all {
		if !over(h) || h.Verdict() != Welcome {
			t.Fatalf("call %d rings, or is turned away", i)
		}
	}
	if a.Full(); a.full {
		t.Error("the line is full, and everybody came in")
	}
}

// TestWhoRangBeforeComesInBefore, of those whom a restart found.
func TestWhoRangBeforeComesInBefore(t *testing.T) {
	a, late := NewAdmission(), Load{Delay: 3 * time.Second}
	a.Arrive(noon, noon, late) // it comes in
	last := a.Arrive(noon, noon.Add(-2*time.Second), late)
	first := a.Arrive(noon, noon.Add(-8*time.Second), late)
	a.Arrive(noon, noon.Add(time.Hour), late)
	a.Look(first, noon.Add(1100*time.Millisecond), func() Load { return late })
	if !over(first) || over(last) {
		t.Error("who rang for 8 s comes in after who rang for 2 s")
	}
	a.Look(last, noon.Add(28*time.Second), func() Load { return late })
	if !over(last) || last.Verdict() != Overloaded {
		t.Error("who rang for 30 s rings on")
	}
}

// TestNobodyIsOvertakenOrHeldForEver, whatever the load is, who comes and who leaves.
func TestNobodyIsOvertakenOrHeldForEver(t *testing.T) {
	for seed := range uint64(200) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 14))
			a, now := NewAdmission(), noon
			var waiting []*Held
			settle := func() {
				for len(waiting) > 0 && over(waiting[0]) {
					waiting = waiting[1:]
				}
				if i := slices.IndexFunc(waiting, over); i >= 0 {
					t.Fatalf("%d were overtaken", i)
				}
			}
			var load Load
			for range 3000 {
				now = now.Add(time.Duration(random.IntN(100)) * time.Millisecond)
				switch random.IntN(40) {
				case 0:
					load = Load{Delay: time.Duration(random.IntN(3000)) * time.Millisecond, InFlight: random.IntN(300)}
				case 1:
					if len(waiting) > 0 {
						i := random.IntN(len(waiting))
						a.Leave(waiting[i])
						waiting = slices.Delete(waiting, i, i+1)
					}
				}
				for range random.IntN(4) {
					h := a.Arrive(now, now, load)
					if over(h) && h.Verdict() == Welcome && len(waiting) > 0 {
						t.Fatalf("a new call came in before %d that are held", len(waiting))
					}
					if !over(h) {
						waiting = append(waiting, h)
					}
				}
				if len(waiting) > 0 {
					a.Look(waiting[0], now, func() Load { return load })
					settle()
				}
				if len(waiting) > heldMost {
					t.Fatalf("%d are held", len(waiting))
				}
				if len(waiting) > 0 && now.Sub(waiting[0].since) > heldLongest {
					t.Fatalf("one is held since %s", now.Sub(waiting[0].since))
				}
			}
		})
	}
}
