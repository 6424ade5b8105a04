package asterisk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// heardVariable is the global variable of the dialplan that says when it was last heard of Hotline, in seconds since 1970 by the clock of
// Asterisk's machine. The dialplan gives no call to a Hotline of which it has not heard for five: one that hangs, or behind a frozen network. See section [call] of
// deploy/asterisk/extensions.conf.tmpl.
//
// fullVariable says so, too, while as many calls ring as Hotline wants: the dialplan keeps new ones to itself. It is a variable of its own because a standby looks
// at the other; and a moment, because an older Hotline that follows does not take it back.
//
// asksVariable is "no" where Hotline asks no caller for keys: the dialplan need not keep them for the next one then, which is what takes it longest.
const (
	heardVariable = "HOTLINE_HEARD"
	fullVariable  = "HOTLINE_FULL"
	asksVariable  = "HOTLINE_ASKS"
	beatEvery     = time.Second
)

// beat says to the dialplan that Hotline is there, until ctx ends. It goes the way of requests, so that a Hotline whose requests are late gets no more calls
// until it has caught up. While Options.Full says so it says that, too, and then takes it back.
func (s *Switch) beat(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	said := true // by who was there before
	asks := s.opt.asks()
	for told := false; ; {
		var now struct{ Value string }
		err := s.requests.do(ctx, heardVariable, "say that Hotline is there", func(c *client) error {
			if err := c.request(http.MethodGet, "/asterisk/variable?variable=EPOCH", nil, &now); err != nil {
				return err
			}
			return c.setGlobal(heardVariable, now.Value) // first: a standby waits for it
		})
		if err == nil && !told {
			told = s.requests.do(ctx, asksVariable, "say whether callers are asked for keys", func(c *client) error { return c.setGlobal(asksVariable, asks) }) == nil
		}
		if full := s.opt.Full(); err == nil && (full || said) {
			if !full {
				now.Value = ""
			}
			err = s.requests.do(ctx, fullVariable, "say whether Hotline is full", func(c *client) error { return c.setGlobal(fullVariable, now.Value) })
			said = full || err != nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// asks is what asksVariable is set to.
func (o Options) asks() string {
	if o.AsksNobody {
		return "no"
	}
	return ""
}

// setGlobal sets a global variable of the dialplan.
func (c *client) setGlobal(name, value string) error {
	return c.request(http.MethodPost, "/asterisk/variable?variable="+name+"&value="+url.QueryEscape(value), nil, nil)
}

// forgetHeard takes back that Hotline was ever heard of, and is full: the next one may be of a version that does not say so.
func (s *Switch) forgetHeard() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = s.requests.do(ctx, heardVariable, "say that Hotline leaves", func(c *client) error {
		return errors.Join(c.setGlobal(asksVariable, ""), c.setGlobal(fullVariable, ""), c.setGlobal(heardVariable, ""))
	})
}
