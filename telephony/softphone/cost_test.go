package softphone

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"
)

// cpu is what this process has used so far: wall time says little on a shared machine.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func benchPhones(b *testing.B, quiet bool) (caller, called *Phone) {
	b.Helper()
	x, err := NewExchange(ExchangeOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(x.Close)
	if caller, err = x.Phone(Options{User: "a", Quiet: quiet}); err != nil {
		b.Fatal(err)
	}
	called, err = x.Phone(Options{User: "b", Quiet: quiet, OnRinging: func(r *Ringing) {
		if c, err := r.Answer(context.Background()); err == nil {
			<-c.Done()
		}
	}})
	if err != nil {
		b.Fatal(err)
	}
	return caller, called
}

// BenchmarkCall is a call from INVITE to BYE, both ends in this process.
func BenchmarkCall(b *testing.B) {
	for _, quiet := range []bool{true, false} {
		b.Run(fmt.Sprintf("quiet=%v", quiet), func(b *testing.B) {
			caller, called := benchPhones(b, quiet)
			begin := cpu()
			for b.Loop() {
				c, err := caller.Call(b.Context(), called.URI(), CallOptions{})
				if err != nil {
					b.Fatal(err)
				}
				if err := c.Hangup(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpu()-begin).Microseconds())/float64(b.N), "µs-cpu/call")
		})
	}
}

// BenchmarkSound is a hundred calls that talk, both ends in this process: how much of one core they take.
func BenchmarkSound(b *testing.B) {
	caller, called := benchPhones(b, false)
	var last *Call
	for range 100 {
		c, err := caller.Call(b.Context(), called.URI(), CallOptions{})
		if err != nil {
			b.Fatal(err)
		}
		if err := c.PlayTone(440); err != nil {
			b.Fatal(err)
		}
		last = c
	}
	begin, at, sent := cpu(), time.Now(), last.Sent()
	for b.Loop() {
		_ = last.Play(b.Context(), make([]int16, sampleRate/2))
	}
	took := time.Since(at)
	b.ReportMetric(100*float64(cpu()-begin)/float64(took), "%core")
	b.ReportMetric(float64(last.Sent()-sent)/took.Seconds(), "packets/s/call")
}
