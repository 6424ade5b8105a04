package config

import (
	"fmt"
	"time"

	"hotline/ivr/door"
	"hotline/telephony"
	"hotline/telephony/hours"
	"hotline/telephony/phonenumbers"
)

// Callers says who is turned away before a call has a ticket.
type Callers struct {
	PerMinute PerMinute `yaml:"per_minute,omitempty"`
	Blocked   []Blocked `yaml:"blocked,omitempty"`
	Overload  string    `yaml:"overload,omitempty"` // what becomes of who rings in vain while the line is behind: "sorry" or "refuse"; "" is sorry
}

// Spared says whether callers for whom there is no room are told so by the switch, and not refused.
func (c Callers) Spared() bool { return c.Overload != "refuse" }

// PerMinute is how many new calls may come in a minute; more are answered 503.
type PerMinute struct {
	Number  *int `yaml:"number,omitempty"`  // from one caller's number; nil is callsPerNumber, 0 any number of them
	Address *int `yaml:"address,omitempty"` // from one address; nil and 0 are any number of them: all calls of a carrier come from one
}

// Blocked is a caller who is not served, through the last day.
type Blocked struct {
	Number string `yaml:"number"` // E.164
	Until  string `yaml:"until"`  // the last day of it, by the line's clock: "2026-12-31"
	Why    string `yaml:"why,omitempty"`
}

// callsPerNumber is more than anybody dials by hand, and than a company behind one number usually does.
const callsPerNumber = 60

// perMinuteMost is a bound that no single number or address comes near by right.
const perMinuteMost = 100_000

// Door is what the line's door goes by.
func (c Config) Door() door.Rules {
	rules := door.Rules{PerNumber: callsPerNumber, Blocked: make(map[string]time.Time)}
	if n := c.Callers.PerMinute.Number; n != nil {
		rules.PerNumber = *n
	}
	if n := c.Callers.PerMinute.Address; n != nil {
		rules.PerAddress = *n
	}
	for _, b := range c.Callers.Blocked {
		number, numberErr := c.blocked(b.Number)
		if end, err := c.endOf(b.Until); err == nil && numberErr == nil {
			rules.Blocked[number.Key()] = end
		}
	}
	return rules
}

// blocked is the number of a caller who is not served.
func (c Config) blocked(text string) (telephony.Number, error) {
	n := phonenumbers.Parse(text, c.Line.Region)
	if n.Kind == telephony.Anonymous {
		return n, fmt.Errorf("%q is nobody's number; write it as \"+74951234567\"", text)
	}
	return n, nil
}

// endOf is the end of a day by the line's clock.
func (c Config) endOf(day string) (time.Time, error) {
	at, err := time.ParseInLocation(time.DateOnly, day, c.Location())
	if err != nil {
		return at, fmt.Errorf("%q is no day; write the last one as 2026-12-31", day)
	}
	if at.Year() > hours.LastYear {
		return at, fmt.Errorf("%q is too far ahead: the last year is %d", day, hours.LastYear)
	}
	return at.AddDate(0, 0, 1), nil
}

func (c *Config) proveCallers(doc *document) {
	for _, limit := range []struct {
		path string
		n    *int
	}{{"callers.per_minute.number", c.Callers.PerMinute.Number}, {"callers.per_minute.address", c.Callers.PerMinute.Address}} {
		if limit.n != nil {
			doc.from(limit.path, *limit.n, 0, perMinuteMost)
		}
	}
	doc.oneOf("callers.overload", c.Callers.Overload, "sorry", "refuse")
	seen := make(map[string]bool)
	for i, b := range c.Callers.Blocked {
		at := fmt.Sprintf("callers.blocked.%d", i)
		if doc.needed(at+".number", b.Number) {
			if number, err := c.blocked(b.Number); err != nil {
				doc.wrong(at+".number", "%v", err)
			} else {
				doc.once(at+".number", number.Key(), seen)
			}
		}
		if doc.needed(at+".until", b.Until) {
			if end, err := c.endOf(b.Until); err != nil {
				doc.wrong(at+".until", "%v", err)
			} else if end.Before(time.Now()) {
				doc.doubt(at+".until", "is over: the caller is served again, and this entry can go")
			}
		}
	}
}
