package tickets

import "time"

// Today is what the wall says of a day: how many contacts came since its midnight, and whom to call back now.
type Today struct {
	Calls        int
	CallbacksDue int       // MostDue at most
	At           time.Time // when it was counted; zero: never yet
}

// MostDue is how many callbacks are counted, at most: who counts each second looks at no more.
const MostDue = 10_000

// DayCount adds up what came since a midnight by pieces of the day, so that a count each second costs the same on a day of five calls and on one
// of a million: the newest two pieces are counted anew, and one of the older in turn, since facts may come late and what is erased goes. It is not
// safe for concurrent use.
type DayCount struct {
	midnight time.Time
	pieces   []int // by Piece since midnight
	turn     int   // the older piece that is counted next
}

// Piece is how long a piece of a day is.
const Piece = 5 * time.Minute

// Span is what of a day is counted anew: what came from From on, and before To.
type Span struct{ From, To time.Time }

// Due are the spans to be counted now, each of whole pieces. A day that has just begun, or that was never counted, is counted whole.
func (d *DayCount) Due(midnight, now time.Time) []Span {
	at := max(0, int(now.Sub(midnight)/Piece))
	begin := func(piece int) time.Time { return midnight.Add(time.Duration(piece) * Piece) }
	newest := Span{begin(max(0, at-1)), begin(at + 1)}
	switch {
	case !midnight.Equal(d.midnight) || len(d.pieces) == 0:
		return []Span{{midnight, begin(at + 1)}}
	case len(d.pieces) < at: // nobody has counted for a while
		return []Span{{begin(len(d.pieces) - 1), begin(at + 1)}}
	case at < 2:
		return []Span{newest}
	}
	older := d.turn % (at - 1)
	return []Span{newest, {begin(older), begin(older + 1)}}
}

// Counted takes what was counted of the spans that Due gave, by the number of the piece since midnight, and adds up the day.
func (d *DayCount) Counted(midnight time.Time, spans []Span, counts map[int]int) (all int) {
	if !midnight.Equal(d.midnight) {
		d.midnight, d.pieces, d.turn = midnight, nil, 0
	}
	for _, s := range spans {
		for piece := int(s.From.Sub(midnight) / Piece); piece < int(s.To.Sub(midnight)/Piece); piece++ {
			for len(d.pieces) <= piece {
				d.pieces = append(d.pieces, 0)
			}
			d.pieces[piece] = counts[piece]
		}
	}
	if len(spans) > 1 {
		d.turn++
	}
	for _, n := range d.pieces {
		all += n
	}
	return all
}
