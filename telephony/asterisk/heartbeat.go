package asterisk

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// heardVariable is the global variable of the dialplan that says when it was last heard of Hotline, in seconds since 1970 by the clock of
// Asterisk's machine. The dialplan gives no call to a Hotline of which it has not heard for five: one that hangs, or behind a frozen network. See section [call] of
// deploy/asterisk/extensions.conf.tmpl.
const (
	heardVariable = "HOTLINE_HEARD"
	beatEvery     = time.Second
)

// beat says to the dialplan that Hotline is there, until ctx ends. It goes the way of requests, so that a Hotline whose requests are late gets no more calls
// until it has caught up. While Options.Full says so it says that Hotline was last there in 1970.
func (s *Switch) beat(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		_ = s.requests.do(ctx, heardVariable, "say that Hotline is there", func(c *client) error {
			var now struct{ Value string }
			if err := c.request(http.MethodGet, "/asterisk/variable?variable=EPOCH", nil, &now); err != nil {
				return err
			}
			if s.opt.Full() {
				now.Value = "0"
			}
			return c.request(http.MethodPost, "/asterisk/variable?variable="+heardVariable+"&value="+url.QueryEscape(now.Value), nil, nil)
		})
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// forgetHeard takes back that Hotline was ever heard of: the next one may be of a version that does not say so.
func (s *Switch) forgetHeard() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = s.requests.do(ctx, heardVariable, "say that Hotline leaves", func(c *client) error {
		return c.request(http.MethodPost, "/asterisk/variable?variable="+heardVariable+"&value=", nil, nil)
	})
}
