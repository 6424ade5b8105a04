package gate

import (
	"crypto/tls"
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// TestOnlyAProxyOfOursSaysWhoAVisitorIs, and where it does not stand between, whatever a visitor writes into a header is passed over.
func TestOnlyAProxyOfOursSaysWhoAVisitorIs(t *testing.T) {
	nobody, nearby := Proxies{}, Proxies{OneNearby: true}
	named := Proxies{Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.10/32"), netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("2001:db8:aa::/48")}}
	for _, c := range []struct {
		what     string
		proxies  Proxies
		from     string
		header   string // lines of X-Forwarded-For, or another header by its name
		tls      bool   // of the connection
		want     string
		wantsTLS bool
	}{
		{"no proxy", nobody, "127.0.0.1:9", "6.6.6.6", false, "127.0.0.1", false},
		{"no proxy says TLS", nobody, "127.0.0.1:9", "X-Forwarded-Proto: https", false, "127.0.0.1", false},
		{"TLS of our own", nobody, "203.0.113.5:9", "", true, "203.0.113.5", true},
		{"one nearby", nearby, "127.0.0.1:9", "203.0.113.5", false, "203.0.113.5", true},
		{"one nearby, spoofed before it", nearby, "127.0.0.1:9", "6.6.6.6, 203.0.113.5", false, "203.0.113.5", true},
		{"one nearby, a visitor of its own network who spoofs", nearby, "127.0.0.1:9", "6.6.6.6, 192.168.1.50", false, "192.168.1.50", true},
		{"one nearby, in two lines", nearby, "[::1]:9", "6.6.6.6\n203.0.113.5", false, "203.0.113.5", true},
		{"one nearby, asked directly", nearby, "127.0.0.1:9", "", false, "127.0.0.1", false},
		{"one nearby, and the connection is from elsewhere", nearby, "203.0.113.66:9", "6.6.6.6\nX-Forwarded-Proto: https", false, "203.0.113.66", false},
		{"one nearby says it was plain", nearby, "10.0.0.2:9", "203.0.113.5\nX-Forwarded-Proto: http", false, "203.0.113.5", false},
		{"one nearby says TLS", nearby, "10.0.0.2:9", "203.0.113.5\nX-Forwarded-Proto: https", false, "203.0.113.5", true},
		{"one nearby, spoofed TLS before it", nearby, "10.0.0.2:9", "203.0.113.5\nX-Forwarded-Proto: https, http", false, "203.0.113.5", false},
		{"an address with a port", nearby, "127.0.0.1:9", "203.0.113.5:4711", false, "203.0.113.5", true},
		{"IPv6 with a port", nearby, "127.0.0.1:9", "[2001:db8::5]:4711", false, "2001:db8::/64", true},
		{"IPv6 in brackets", nearby, "127.0.0.1:9", "[2001:db8::5]", false, "2001:db8::/64", true},
		{"IPv6 by its network", nobody, "[2001:db8::1:2:3:4]:9", "", false, "2001:db8::/64", false},
		{"IPv4 in IPv6", nobody, "[::ffff:203.0.113.5]:9", "", false, "203.0.113.5", false},
		{"IPv6 with a zone", nobody, "[fe80::1%eth0]:9", "", false, "fe80::/64", false},
		{"no address at all", nearby, "127.0.0.1:9", "203.0.113.5, unknown", false, "127.0.0.1", true},
		{"an empty claim", nearby, "127.0.0.1:9", "", false, "127.0.0.1", false},
		{"another header", nearby, "127.0.0.1:9", "Forwarded: for=6.6.6.6", false, "127.0.0.1", false},
		{"yet another header", nearby, "127.0.0.1:9", "X-Real-Ip: 6.6.6.6", false, "127.0.0.1", false},
		{"a named one", named, "192.0.2.10:9", "203.0.113.5", false, "203.0.113.5", true},
		{"two of ours", named, "192.0.2.10:9", "6.6.6.6, 203.0.113.5, 10.1.7.7", false, "203.0.113.5", true},
		{"two of ours, one in IPv6", named, "[2001:db8:aa::7]:9", "6.6.6.6, 203.0.113.5, 10.1.7.7", false, "203.0.113.5", true},
		{"ours alone", named, "192.0.2.10:9", "10.1.7.8, 10.1.7.7", false, "10.1.7.8", true},
		{"a stranger behind ours", named, "192.0.2.10:9", "6.6.6.6, garbage, 10.1.7.7", false, "10.1.7.7", true},
		{"not named, though on this machine", named, "127.0.0.1:9", "6.6.6.6", false, "127.0.0.1", false},
		{"a flood of claims", nearby, "127.0.0.1:9", strings.Repeat("6.6.6.6,", 5000) + "203.0.113.5", false, "203.0.113.5", true},
	} {
		r := &http.Request{RemoteAddr: c.from, Header: http.Header{}}
		if c.tls {
			r.TLS = &tls.ConnectionState{}
		}
		for line := range strings.Lines(c.header) {
			name, value, named := strings.Cut(strings.TrimSpace(line), ": ")
			if !named {
				name, value = "X-Forwarded-For", name
			}
			r.Header.Add(name, value)
		}
		address, overTLS := c.proxies.visitor(r)
		if got := household(address); got != c.want || overTLS != c.wantsTLS {
			t.Errorf("%s: %s, TLS %v; expected %s, %v", c.what, got, overTLS, c.want, c.wantsTLS)
		}
	}
}

func TestAnOriginIsReadAsBrowsersWriteIt(t *testing.T) {
	for text, want := range map[string]string{
		"https://Desk.Example.org": "https://desk.example.org", "https://desk.example.org:443": "https://desk.example.org",
		"http://127.0.0.1:5173": "http://127.0.0.1:5173", "http://[::1]:80": "http://[::1]",
		"https://desk.example.org/": "https://desk.example.org",
		"desk.example.org":          "", "https://desk.example.org/desk": "", "*": "", "https://*.example.org": "",
		"null": "", "": "", "ftp://desk.example.org": "", "https://user@desk.example.org": "", "https://a b": "", "https://:8080": "",
	} {
		if got, err := Origin(text); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v; expected %q", text, got, err, want)
		}
	}
}
