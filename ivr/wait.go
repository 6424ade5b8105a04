package ivr

import (
	"context"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
)

// askWithin bounds a question to the router: it answers at once, or has no time for this.
const askWithin = 2 * time.Second

// foretell asks the router how long the caller still has to wait, tells it what is announced, so that it watches whether that holds,
// and returns the prompts. There are none where the wait is not known, or where too few of the queue's announcements hold.
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
		return nil // the call is answered in this moment, or announcements of this queue hold too rarely
	}
	return prompts
}
