package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/telephony/asterisk"
	"hotline/telephony/softphone"
)

// exposure looks at what of Asterisk strangers reach. Whoever has ARI has all calls; whoever calls without a password as the trunk
// does calls at the line's cost.
func (m premises) exposure(ctx context.Context, c config.Config, there *asterisk.Examination, ari error) []finding {
	password := finding{what: "password of ARI", advice: "Give ARI's user another one, in ari.conf and where asterisk.password leads to; make it with: openssl rand -hex 16."}
	if weak := c.Asterisk.WeakPassword(); weak != "" {
		password.err = errors.New("it " + weak)
	}
	all := []finding{password, m.exposedARI(ctx, c)}
	if ari == nil {
		all = append(all, m.exposedSIP(ctx, c, there))
	}
	return all
}

// exposedARI looks whether ARI's password crosses a network unencrypted, and whether others than this machine reach ARI at all.
func (m premises) exposedARI(ctx context.Context, c config.Config) finding {
	f := finding{what: "reach of ARI", advice: "Let http.conf bind ARI to 127.0.0.1, or put TLS and a proxy before it that lets only /ws through, for phones. A firewall does as well."}
	at, err := url.Parse(c.Asterisk.URL)
	if err != nil {
		return f
	}
	host := at.Hostname()
	if !isLoopback(host) {
		if at.Scheme == "http" {
			f.err, f.warns = fmt.Errorf("ARI's password goes to %s unencrypted, for asterisk.url begins with http://", host), !isPublic(host)
		}
		return f
	}
	for _, own := range m.addresses {
		address := net.JoinHostPort(own.String(), at.Port())
		if answersARI(ctx, at.Scheme+"://"+address+strings.TrimSuffix(at.Path, "/")) {
			f.err, f.warns = fmt.Errorf("it answers at %s, too, where others than this machine may ask it", address), !isPublic(own.String())
			if !f.warns {
				return f
			}
		}
	}
	return f
}

// answersARI asks without a password: ARI refuses that, and so says that it is there.
func answersARI(ctx context.Context, base string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/asterisk/info", nil)
	if err != nil {
		return false
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden || answer.StatusCode == http.StatusOK
}

// exposedSIP looks whether Asterisk takes anybody from anywhere for a carrier.
func (m premises) exposedSIP(ctx context.Context, c config.Config, there *asterisk.Examination) finding {
	f := finding{what: "reach of SIP", advice: "Write the addresses of your carrier, and no others, as match in the identify section of pjsip.conf; or bind its transport to 127.0.0.1, or to a network of your own."}
	open, err := there.ForEverybody(ctx)
	if err != nil {
		f.err = whoIsRefused(c, err)
	}
	if len(open) == 0 {
		return f
	}
	host, port, err := net.SplitHostPort(c.Asterisk.SIP)
	if err != nil {
		return f
	}
	reached := []string{host}
	if isLoopback(host) {
		reached = nil
		for _, own := range m.addresses {
			if answersSIP(ctx, net.JoinHostPort(own.String(), port)) {
				reached = append(reached, own.String())
			}
		}
	}
	if len(reached) > 0 {
		f.err = fmt.Errorf("whoever reaches %s calls as %s, for that endpoint takes a caller from any address, without a password", strings.Join(reached, ", "), strings.Join(open, ", "))
		f.warns = !slices.ContainsFunc(reached, isPublic)
	}
	return f
}

func answersSIP(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return softphone.Ping(ctx, address) == nil
}

func isLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// isPublic says whether a host may be one that all the world reaches: a name may be.
func isPublic(host string) bool {
	address, err := netip.ParseAddr(host)
	shared := netip.MustParsePrefix("100.64.0.0/10") // of carriers (RFC 6598)
	return err != nil || address.IsGlobalUnicast() && !address.IsPrivate() && !shared.Contains(address)
}
