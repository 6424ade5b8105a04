package gate

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// try is one attempt, wrong or right; it says how long it waited, and whether its turn came.
func (t *turns) try(c claim, came outcome) (waited time.Duration, ok bool) {
	begun := time.Now()
	a, ok := t.take(context.Background(), c)
	waited = time.Since(begun)
	if ok {
		time.Sleep(25 * time.Millisecond) // the hash
		t.end(a, came)
	}
	return waited, ok
}

// sizes are how many attempts wait and are tried, and how many buckets there are.
func (t *turns) sizes() (waiting, trying, buckets int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.waiting), t.trying, len(t.buckets)
}

// guessing keeps so many guessers busy, each with the next claim as soon as the last was answered, until the bubble's main
// goroutine calls stop; it counts what they have tried.
func (t *turns) guessing(guessers int, next func(n int64) claim) (tried func() int64, stop func()) {
	var n, done atomic.Int64
	var over atomic.Bool
	var all sync.WaitGroup
	for range guessers {
		all.Go(func() {
			for !over.Load() {
				if _, ok := t.try(next(n.Add(1)), wrong); ok {
					done.Add(1)
				}
			}
		})
	}
	return done.Load, func() { over.Store(true); all.Wait() }
}

// TestARightPasswordIsNeverRefusedForOthersWrongOnes: it waits for seconds, whoever guesses what from wherever, and nobody guesses fast.
func TestARightPasswordIsNeverRefusedForOthersWrongOnes(t *testing.T) {
	from := func(login, address string) claim { return claim{login: login, address: address} }
	for _, c := range []struct {
		what     string
		guessers int
		next     func(n int64) claim
		person   claim
		within   time.Duration
		fastest  float64 // guesses a second, in the long run
	}{
		{"one guesser at this login and address", 1, func(int64) claim { return from("anna", "a") }, from("anna", "a"), 5 * time.Second, 0.5},
		{"several at once at this login and address", 10, func(int64) claim { return from("anna", "a") }, from("anna", "a"), 15 * time.Second, 0.5},
		{"another login at this address", 90, func(int64) claim { return from("boris", "a") }, from("anna", "a"), 3 * time.Second, 0.4},
		{"many logins at this address", 40, func(n int64) claim { return from(fmt.Sprint("u", n), "a") }, from("anna", "a"), 5 * time.Second, 0.7},
		{"this login from many addresses", 300, func(n int64) claim { return from("anna", fmt.Sprint(n%300)) }, from("anna", "b"), 15 * time.Second, 0.6},
		{"many logins from many addresses", 90, func(n int64) claim { return from(fmt.Sprint("u", n), fmt.Sprint("x", n)) }, from("anna", "b"), 5 * time.Second, 4},
		{"addresses of one provider's customer, in IPv6", 300, func(n int64) claim { return claim{login: fmt.Sprint("u", n), address: fmt.Sprint("x", n), site: "s"} }, from("anna", "b"), 2 * time.Second, 2.5},
		{"and the person is in their midst", 40, func(n int64) claim { return claim{login: fmt.Sprint("u", n), address: fmt.Sprint("x", n), site: "s"} }, claim{login: "anna", address: "z", site: "s"}, 5 * time.Second, 2.5},
	} {
		t.Run(c.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var turns turns
				tried, stop := turns.guessing(c.guessers, c.next)
				time.Sleep(2 * time.Minute)
				before := tried()
				for i := range 3 {
					time.Sleep(777 * time.Millisecond)
					if waited, ok := turns.try(c.person, right); !ok || waited > c.within {
						t.Errorf("attempt %d waited %s, let through %v", i, waited, ok)
					}
				}
				known := c.person
				known.browser = "known"
				if waited, ok := turns.try(known, right); !ok || waited > 100*time.Millisecond {
					t.Errorf("on a browser that has signed in before: waited %s, let through %v", waited, ok)
				}
				middle := tried()
				const long = 10 * time.Minute
				time.Sleep(long)
				if fast := float64(tried()-middle) / long.Seconds(); fast > c.fastest {
					t.Errorf("%.2f guesses a second; before the person came there were %d in 2 min", fast, before)
				}
				if waiting, _, buckets := turns.sizes(); waiting > waitingMost || buckets > bucketsMost {
					t.Errorf("%d wait, in %d buckets", waiting, buckets)
				}
				stop()
				time.Sleep(10 * time.Minute)
				if waited, ok := turns.try(c.person, right); !ok || waited != 0 {
					t.Errorf("long after the flood: waited %s, let through %v", waited, ok)
				}
			})
		})
	}
}

// TestManyPeopleSignInAtOnceFromOneAddress: a shift that begins, in an office that was guessed at.
func TestManyPeopleSignInAtOnceFromOneAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var turns turns
		_, stop := turns.guessing(1, func(n int64) claim { return claim{login: fmt.Sprint("u", n), address: "office"} })
		time.Sleep(time.Minute)
		stop()
		var all sync.WaitGroup
		begun := time.Now()
		for i := range 90 {
			all.Go(func() {
				if _, ok := turns.try(claim{login: fmt.Sprint("agent", i), address: "office"}, right); !ok {
					t.Errorf("agent %d is refused", i)
				}
			})
		}
		all.Wait()
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

// TestAFewMistypedPasswordsCostNoTime, and a person who goes on mistyping waits a little longer each time.
func TestAFewMistypedPasswordsCostNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, browser := range []string{"", "known"} {
			var turns turns
			var pauses []time.Duration
			for range 10 {
				waited, _ := turns.try(claim{login: "anna", address: "a", browser: browser}, wrong)
				pauses = append(pauses, waited.Round(100*time.Millisecond))
			}
			if got, want := fmt.Sprint(pauses), "[0s 0s 0s 0s 0s 0s 500ms 500ms 500ms 600ms]"; got != want {
				t.Errorf("browser %q: pauses %s, expected %s", browser, got, want)
			}
			time.Sleep(5 * time.Second)
			turns.try(claim{login: "anna", address: "a", browser: browser}, right)
			if waited, _ := turns.try(claim{login: "anna", address: "a", browser: browser}, wrong); waited != 0 {
				t.Errorf("browser %q: after the right one the next waits %s", browser, waited)
			}
		}
	})
}

// TestAPasswordWithoutItsCodeMakesNoFailureGood: who has the password of somebody with a second factor could else guess codes fast.
func TestAPasswordWithoutItsCodeMakesNoFailureGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, browser := range []string{"", "known"} {
			var turns turns
			who := claim{login: "anna", address: "a", browser: browser}
			for range 10 {
				turns.try(who, wrong)
			}
			turns.try(who, undecided)
			turns.try(who, wrong)
			if waited, _ := turns.try(who, wrong); waited < 500*time.Millisecond {
				t.Errorf("browser %q: the next waits %s", browser, waited)
			}
		}
	})
}

// TestWhoWaitsIsBoundedAndWhoLeavesMakesRoom.
func TestWhoWaitsIsBoundedAndWhoLeavesMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var turns turns
		ctx, leave := context.WithCancel(t.Context())
		var refused atomic.Int64
		var all sync.WaitGroup
		for i := range 3000 {
			all.Go(func() {
				a, ok := turns.take(ctx, claim{login: fmt.Sprint(i), address: fmt.Sprint(i % 20)})
				if !ok {
					refused.Add(1)
					return
				}
				<-ctx.Done()
				turns.end(a, wrong)
			})
		}
		synctest.Wait()
		if waiting, _, _ := turns.sizes(); waiting > waitingMost {
			t.Errorf("%d wait", waiting)
		}
		leave()
		all.Wait()
		if waiting, trying, _ := turns.sizes(); waiting != 0 || trying != 0 {
			t.Errorf("%d wait and %d are tried when all have left", waiting, trying)
		}
	})
}
