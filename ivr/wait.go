package ivr

import (
	"context"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
)

// askWithin bounds a question to the router: it answers at once, or has no time for this.
const askWithin = 2 * time.Second

// foretell asks how long the caller still has to wait, says so to the router, which watches whether it holds, and returns
// the words; none where that is not known, or the queue's ranges do not hold.
func (s *script) foretell(ctx context.Context, id queues.RequestID) []flow.Prompt {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	w, known, err := s.line.ACD.ExpectedWait(ctx, id)
	if err != nil || !known {
		return nil
	}
	prompts, low, high := flow.WaitInWords(w)
	if len(prompts) == 0 {
		return nil
	}
	if err := s.line.ACD.Report(ctx, queues.WaitAnnounced{Request: id, Low: low, High: high}); err != nil || w.Silent {
		return nil // answered in this moment, or a range that holds too rarely
	}
	return prompts
}
