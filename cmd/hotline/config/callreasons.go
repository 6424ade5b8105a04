package config

import (
	"fmt"

	"hotline/agentapi"
	"hotline/telephony/words"
)

// CallReason is why an agent calls a customer. One that is taken out of the list is shown by its id where it was chosen.
type CallReason struct {
	ID   string     `yaml:"id"`
	Name words.Text `yaml:"name"`
}

const mostCallReasons = 50

// calling are the reasons as desks offer them.
func (c Config) calling() agentapi.CallReasons {
	if c.CallReasons == nil {
		return agentapi.CallReasons{Items: agentapi.DefaultCallReasons, Required: c.CallReasonRequired}
	}
	all := agentapi.CallReasons{Items: []agentapi.Choice{}, Required: c.CallReasonRequired}
	for _, r := range c.CallReasons {
		all.Items = append(all.Items, agentapi.Choice{Code: r.ID, Name: r.Name})
	}
	return all
}

func (c *Config) proveCallReasons(doc *document) {
	if len(c.CallReasons) > mostCallReasons {
		doc.wrong("call_reasons", "are %d; there may be %d", len(c.CallReasons), mostCallReasons)
	}
	seen := make(map[string]bool)
	for i, r := range c.CallReasons {
		at := fmt.Sprintf("call_reasons.%d", i)
		doc.once(at+".id", r.ID, seen)
		doc.said(at+".name", r.Name)
	}
	if c.CallReasonRequired && c.CallReasons != nil && len(c.CallReasons) == 0 && !doc.Unread("call_reasons") {
		doc.wrong("call_reason_required", "asks for one of no reasons: nobody could call")
	}
}
