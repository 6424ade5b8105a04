package journal

import (
	"fmt"
	"hash/fnv"

	"hotline/queues"
)

// Digest is 64 bits of what was decided, in hexadecimal; "" where nothing was. Only what is carried out counts: who is offered
// to whom for how long, how offers and requests end and where they move, and what is rejected. The states that are shown, and
// why somebody was chosen, follow from these, and may be told in more words by a later version.
func Digest(decided []queues.Decision) string {
	h := fnv.New64a()
	for _, d := range decided {
		switch d := d.(type) {
		case *queues.Offered:
			o := d.Offer
			fmt.Fprintf(h, "offered %q %q %q %d\n", o.ID, o.Request, o.Agent, o.Deadline.Sub(o.At))
		case *queues.OfferEnded:
			fmt.Fprintf(h, "offer ended %q %s\n", d.Offer.ID, d.How)
		case *queues.RequestEnded:
			fmt.Fprintf(h, "request ended %q %s %q %v %v %d %q\n", d.Request.ID, d.How, d.Agent, d.Short, d.To, d.Because, d.Instead)
		case *queues.RequestMoved:
			fmt.Fprintf(h, "moved %q %v %d\n", d.Request.ID, d.To, d.Because)
		case *queues.PlaceRegained:
			fmt.Fprintf(h, "place regained %q %q\n", d.Request.ID, d.Of)
		case *queues.CallbackWaits:
			fmt.Fprintf(h, "callback waits %q %d\n", d.Request.ID, d.Tried)
		case *queues.Rejected:
			fmt.Fprintf(h, "rejected\n") // the words may change
		case *queues.AgentChanged, *queues.QueueChanged:
		default:
			fmt.Fprintf(h, "%T\n", d)
		}
	}
	if h.Sum64() == empty {
		return ""
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

var empty = fnv.New64a().Sum64()
