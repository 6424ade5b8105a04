package journal

import (
	"fmt"
	"hash/fnv"
	"strconv"

	"hotline/queues"
)

// Digest is 64 bits of what was decided, in hexadecimal; "" where nothing was. Only what is carried out counts: who is offered
// to whom for how long, how offers and requests end and where they move, and what is rejected. The states that are shown, and
// why somebody was chosen, follow from these, and may be told in more words by a later version.
func Digest(decided []queues.Decision) string { return digest(appendDecided(nil, decided)) }

// digest is Digest of decisions in words.
func digest(words []byte) string {
	if len(words) == 0 {
		return ""
	}
	h := fnv.New64a()
	_, _ = h.Write(words) // never fails
	return fmt.Sprintf("%016x", h.Sum64())
}

// appendDecided puts decisions into words. It is called by the router's goroutine, and so does without fmt where it can.
func appendDecided(b []byte, decided []queues.Decision) []byte {
	word := func(s string) { b = append(b, s...) }
	quoted := func(s string) { b = append(strconv.AppendQuote(b, s), ' ') }
	for _, d := range decided {
		switch d := d.(type) {
		case *queues.Offered:
			o := &d.Offer
			word("offered ")
			quoted(string(o.ID))
			quoted(string(o.Request))
			quoted(string(o.Agent))
			b = strconv.AppendInt(b, int64(o.Deadline.Sub(o.At)), 10)
		case *queues.OfferEnded:
			word("offer ended ")
			quoted(string(d.Offer.ID))
			word(string(d.How))
		case *queues.RequestEnded:
			word("request ended ")
			quoted(string(d.Request.ID))
			word(string(d.How) + " ")
			quoted(string(d.Agent))
			b = append(appendDestination(append(strconv.AppendBool(b, d.Short), ' '), d.To), ' ')
			b = append(strconv.AppendInt(b, int64(d.Because), 10), ' ')
			b = strconv.AppendQuote(b, string(d.Instead))
		case *queues.RequestMoved:
			word("moved ")
			quoted(string(d.Request.ID))
			b = append(appendDestination(b, d.To), ' ')
			b = strconv.AppendInt(b, int64(d.Because), 10)
		case *queues.PlaceRegained:
			word("place regained ")
			quoted(string(d.Request.ID))
			b = strconv.AppendQuote(b, string(d.Of))
		case *queues.CallbackWaits:
			word("callback waits ")
			quoted(string(d.Request.ID))
			b = strconv.AppendInt(b, int64(d.Tried), 10)
		case *queues.Rejected:
			word("rejected") // the words may change
		case *queues.AnswerUndone:
			word("answer undone ")
			quoted(string(d.Request.ID))
			b = strconv.AppendQuote(b, string(d.Agent))
		case *queues.AgentChanged, *queues.QueueChanged:
			continue
		default:
			b = fmt.Appendf(b, "%T", d)
		}
		b = append(b, '\n')
	}
	return b
}

func appendDestination(b []byte, to queues.Destination) []byte {
	if to == (queues.Destination{}) {
		return append(b, "{   }"...)
	}
	if to.Agent != "" {
		return fmt.Append(b, to)
	}
	return fmt.Appendf(b, "{%v %v %v %v}", to.Kind, to.Queue, to.Number, to.Prompt) // as versions did that knew no agent
}
