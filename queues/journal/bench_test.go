package journal

import (
	"testing"
	"time"

	"hotline/queues"
)

// What the router's goroutine pays for a fact, and what the writer's does.
func BenchmarkFact(b *testing.B) {
	fact := queues.Enqueued{Request: queues.Request{ID: "1763801234.5678", Queue: "subscribers", Arrived: time.Now(),
		Extra: []queues.Need{{Skill: "lang:ru", Level: 1}}, Caller: "+74951234567", Party: "customer:1234"}}
	decided := []queues.Decision{&queues.Offered{Offer: queues.Offer{ID: "abc-1", Request: fact.Request.ID, Agent: "anna", At: time.Now(), Deadline: time.Now()}}}
	b.Run("told", func(b *testing.B) {
		w, err := Open(Options{Dir: b.TempDir(), Room: 1})
		if err != nil {
			b.Fatal(err)
		}
		defer w.close()
		b.ReportAllocs()
		for b.Loop() {
			w.Stepped(fact.Request.Arrived, fact, decided)
			<-w.queue
		}
	})
	b.Run("written", func(b *testing.B) {
		w, err := Open(Options{Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		defer w.close()
		for b.Loop() {
			w.write(entry{at: fact.Request.Arrived, event: fact, decided: appendDecided(nil, decided)})
		}
	})
	b.Run("read", func(b *testing.B) {
		text, err := Append(nil, Line{At: fact.Request.Arrived, Event: fact, Decided: Digest(decided)})
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if _, err := Parse(text); err != nil {
				b.Fatal(err)
			}
		}
	})
}
