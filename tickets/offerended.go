package tickets

import "time"

// OfferEnded says how an offer ended without an answer: missed, declined, revoked, failed. It stands in the history, and changes nothing.
type OfferEnded struct {
	Agent Agent  `json:"agent"`
	How   string `json:"how"`
}

func init() { define[OfferEnded](often) }

func (OfferEnded) Kind() Kind { return "offer.ended" }

func (OfferEnded) apply(*page) error { return nil }

// OfferEnded notes how an offer ended without an answer: "missed", "declined", "revoked", "failed".
func (c *Case) OfferEnded(at time.Time, a Agent, how string) {
	c.write(at, OfferEnded{a.clean(), Clean(how, LongestName)})
}
