package postgres

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

// counted is a backlog that counts how often it is written.
type counted struct{ writes, last int }

func (c *counted) write(context.Context) error  { c.writes++; return nil }
func (c *counted) finish(context.Context) error { c.last++; return nil }

func TestNewsIsWrittenAtOnceAndFiveTimesASecondHoweverMuchThereIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, b := newWriter("news", slog.New(slog.DiscardHandler), 0), &counted{}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.run(ctx, b) }()
		time.Sleep(time.Minute)
		synctest.Wait()
		idle := b.writes
		for range 500 {
			w.news()
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
			if b.writes == idle {
				t.Fatal("the first news waits")
			}
		}
		if n := b.writes - idle; n < 24 || n > 26 {
			t.Errorf("in five seconds it is written %d times", n)
		}
		w.news()
		stop()
		if err := <-ended; err != nil || b.last != 1 {
			t.Errorf("at the end it was written %d times: %v", b.last, err)
		}
	})
}
