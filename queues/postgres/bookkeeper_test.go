package postgres

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"hotline/queues"
)

func TestTheTimeOfThousandsWhoGoOnDoingTheSameIsWrittenRarer(t *testing.T) {
	for agents, want := range map[int]time.Duration{0: settleEvery, 200: settleEvery, 4000: 20 * time.Second, 10_000: settleMost} {
		b := NewBookkeeper(nil, "run", queues.Config{}, slog.New(slog.DiscardHandler))
		for i := range agents {
			b.Stepped(time.Now(), queues.AgentSignedIn{Agent: queues.Agent{ID: queues.AgentID(fmt.Sprint("agent", i))}}, nil)
		}
		b.settle()
		if b.settles != want {
			t.Errorf("that of %d is written after %s, not %s", agents, b.settles, want)
		}
	}
}
