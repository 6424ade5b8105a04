package asterisk

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"hotline/telephony"
)

// hearing notices who has vanished without a word: somebody of whom sound or RTCP came before, and nothing comes any more. Asterisk's own rtp_timeout cannot do that, because it also judges those who were never heard: behind a
// broken NAT, in a muted conference, on a phone without a microphone. They hear us, and a wrong verdict would cut them off.
//
//	what has come of them │ is it more than before?
//	──────────────────────┼──────────────────────────────────────────────────────────────────────────
//	nothing, ever         │ they stay
//	something             │ yes: they stay
//	                      │ not for the whole limit, and their phone holds: they stay (see the session timers)
//	                      │ not for the whole limit: hung up, and told to their call as lost
//
// Nobody is asked about who was not on the line for a while, so that short calls cost nothing. What was counted is
// forgotten with the connection to Asterisk, and whenever Asterisk answers late or not at all: what nobody has looked at was not
// silent.
//
// There are two of these. One is for callers, and for those outside to whom a call was led. The other is for agents' phones that have never been
// heard; one that is heard is judged by Asterisk itself from its next call on, and a page from its first, also while Hotline is away (presence in phones.go).
type hearing struct {
	begin    time.Duration // somebody who is on the line for so long is asked about
	every    time.Duration // and then as often; of whom nothing ever came, once in the limit
	limit    time.Duration // of the silence; negative: nobody is judged
	who      func(then time.Time) []onLine
	heard    func(onLine) // may be told more than once
	requests *requests
	registry *registry
	turns    pacer // its owner is the goroutine in run
}

func hearCallers(o Options, r *requests, g *registry) *hearing {
	return &hearing{
		begin: o.CallersLost / 2, every: o.CallersLost / 4, limit: o.CallersLost,
		who: g.callersOnTheLine, heard: func(onLine) {}, requests: r, registry: g,
	}
}

// hearPhones looks a little more often than it must, because somebody is to know within 15 s.
func hearPhones(o Options, r *requests, g *registry, heard func(onLine)) *hearing {
	return &hearing{
		begin: o.LostAfter / 4, every: o.LostAfter / 12, limit: o.LostAfter * 3 / 4,
		who: g.phonesOnTheLine, heard: heard, requests: r, registry: g,
	}
}

const (
	// leastTurn is the least time between two questions: with more than some hundred people each is asked about less often.
	leastTurn = 10 * time.Millisecond
	// lateAnswer is an answer of an Asterisk that has too much to do for questions that can wait.
	lateAnswer = time.Second
)

// came is what has come of somebody over RTP, as GET /channels/{id}/rtp_statistics tells it. The packets are those of sound, digits and
// comfort noise. The rest is what their reports (RTCP, RFC 3550, 6.4) say, and no two reports leave all of it the same: the time to them
// and back is told in microseconds. What Asterisk reports to them is not in it, because that changes by itself.
type came struct {
	Packets      int64   `json:"rxcount"`
	RoundTrip    float64 `json:"rtt"`
	MeanTrip     float64 `json:"normdevrtt"`
	TripsVary    float64 `json:"stdevrtt"`
	Jitter       float64 `json:"rxjitter"`
	MeanJitter   float64 `json:"remote_normdevjitter"`
	JitterVaries float64 `json:"remote_stdevjitter"`
	Lost         int64   `json:"txploss"`
}

// heard is what is known of one leg.
type heard struct {
	came    came
	since   time.Time // nothing more has come since
	inVain  int       // how often it was asked about since then
	counted bool
	asked   time.Time // about it last
}

// enoughInVain keeps a single question, asked long after the one before, from being a verdict.
const enoughInVain = 3

// silent takes what has come until now, and reports whether nothing more has come for the limit of somebody who was heard. Silence
// counts from turned on, when they last began or ceased to hold.
func (e *heard) silent(now time.Time, so came, turned time.Time, limit time.Duration) bool {
	if !e.counted || so != e.came || turned.After(e.since) {
		e.came, e.since, e.inVain, e.counted = so, now, 0, true
		return false
	}
	e.inVain++
	return so != came{} && e.inVain >= enoughInVain && now.Sub(e.since) >= limit
}

// run asks until ctx ends.
func (h *hearing) run(ctx context.Context) {
	if h.limit < 0 {
		return
	}
	known := make(map[telephony.LegID]*heard)
	for ctx.Err() == nil {
		known = h.round(ctx, known)
	}
}

// round asks about each once, evenly spread. It returns what is known of them then.
func (h *hearing) round(ctx context.Context, known map[telephony.LegID]*heard) map[telephony.LegID]*heard {
	these := h.who(time.Now().Add(-h.begin))
	h.turns.every = h.every
	if len(these) == 0 {
		_ = h.turns.wait(ctx)
		return nil
	}
	h.turns.every = max(h.every/time.Duration(len(these)), leastTurn)
	now := make(map[telephony.LegID]*heard, len(these))
	for _, l := range these {
		e := known[l.leg]
		if e == nil {
			e = &heard{}
		}
		now[l.leg] = e
		if h.turns.wait(ctx) != nil {
			return nil
		}
		if e.counted && e.came == (came{}) && time.Since(e.asked) < h.limit {
			continue
		}
		if !h.ask(ctx, l, e) {
			return nil
		}
	}
	return now
}

// ask asks about one, and hangs up who is lost. It is false where Asterisk answers late, or not at all.
func (h *hearing) ask(ctx context.Context, l onLine, e *heard) bool {
	e.asked = time.Now()
	var so came
	err := h.requests.do(ctx, l.call, "ask what came of "+string(l.leg), func(c *client) error {
		return c.request(http.MethodGet, "/channels/"+string(l.leg)+"/rtp_statistics", nil, &so)
	})
	if errors.Is(err, telephony.ErrGone) {
		return true // They have just left, or are not on RTP.
	}
	now := time.Now()
	if err != nil || now.Sub(e.asked) > lateAnswer {
		return false
	}
	if so != (came{}) {
		h.heard(l)
	}
	if !e.silent(now, so, l.turned, h.limit) {
		return true
	}
	holds, err := h.requests.holds(ctx, l.call, l.leg)
	switch {
	case err != nil:
		return errors.Is(err, telephony.ErrGone)
	case holds: // An event may have been missed.
		e.since, e.inVain = now, 0
	default:
		h.registry.legLost(l.leg)
		_ = h.requests.hangup(ctx, l.call, l.leg, telephony.CauseNormal) // The next round tries again where it fails.
	}
	return true
}

// onLine is a leg as hearing sees it.
type onLine struct {
	leg    telephony.LegID
	call   telephony.CallID
	phone  string    // an agent's
	turned time.Time // when its phone last began or ceased to hold
}

// callersOnTheLine are the callers and those outside who were on the line before then. An agent's phone that was found again after a
// restart is not told apart from those outside.
func (r *registry) callersOnTheLine(then time.Time) []onLine {
	return r.onTheLine(then, func(l *leg) bool {
		return l.kind == callerLeg || l.kind == dialledLeg && l.answered && l.phone == ""
	})
}

// phonesOnTheLine are the agents' phones that were in a talk before then, and that Asterisk does not judge.
func (r *registry) phonesOnTheLine(then time.Time) []onLine {
	return r.onTheLine(then, func(l *leg) bool { return l.phone != "" && l.answered && l.unjudged })
}

// onTheLine are the legs that were there before then, always in the same order.
func (r *registry) onTheLine(then time.Time, are func(*leg) bool) (found []onLine) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.legs {
		if are(l) && l.since.Before(then) {
			found = append(found, onLine{l.id, l.of.ID(), l.phone, l.turned})
		}
	}
	slices.SortFunc(found, func(a, b onLine) int { return cmp.Compare(a.leg, b.leg) })
	return found
}
