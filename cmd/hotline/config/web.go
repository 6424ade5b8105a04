package config

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"hotline/agentapi/gate"
)

// HTTP is how browsers reach the pages, beside listen and tls.
type HTTP struct {
	Origins     []string `yaml:"origins,omitempty"`      // foreign origins whose pages may use the interface: "https://desk.example.org"
	BehindProxy any      `yaml:"behind_proxy,omitempty"` // true for a proxy nearby, or the addresses of all proxies: ["192.0.2.10", "10.1.0.0/16"]
	Metrics     string   `yaml:"metrics,omitempty"`      // where /metrics is, for Prometheus alone: "127.0.0.1:9090"; "" is nowhere

	Connections int `yaml:"connections,omitempty"`             // at once, in all; 0 is 8000, and never more than the open files allow
	PerAddress  int `yaml:"connections_per_address,omitempty"` // and from one address; 0 is a quarter of all
}

// Bounds are how many connections there may be, where the process may have so many files open: some are set aside for all else that
// Hotline does. Of a bound that the files do not allow, short is true.
func (h HTTP) Bounds(files int) (bounds gate.Bounds, short bool) {
	const usual, aside = 8000, 256
	most := max(files-aside, files/2)
	bounds.All = min(cmp.Or(h.Connections, usual), most)
	bounds.PerAddress = min(cmp.Or(h.PerAddress, max(bounds.All/4, 1)), bounds.All)
	return bounds, h.Connections > most
}

// SignIn is how people sign in, and for how long.
type SignIn struct {
	Idle    time.Duration `yaml:"idle,omitempty"`    // without doing anything; 0 is 12 h
	Longest time.Duration `yaml:"longest,omitempty"` // in any case; 0 is 7 days

	SecondFactor []gate.Role `yaml:"second_factor,omitempty"` // roles that need one: [administrator, supervisor]; all others may have one
}

// Proxies are those whose word about a visitor is believed.
func (h HTTP) Proxies() gate.Proxies {
	proxies, _ := h.proxies()
	return proxies
}

// proxies reads behind_proxy. What is wrong is told by its path below it.
func (h HTTP) proxies() (proxies gate.Proxies, wrong []mistakeBelow) {
	switch said := h.BehindProxy.(type) {
	case nil:
	case bool:
		proxies.OneNearby = said
	case string:
		return HTTP{BehindProxy: []any{said}}.proxies()
	case []any:
		for i, one := range said {
			network, err := networkOf(one)
			if err != nil {
				wrong = append(wrong, mistakeBelow{strconv.Itoa(i), err.Error()})
				continue
			}
			proxies.Networks = append(proxies.Networks, network)
		}
	default:
		wrong = append(wrong, mistakeBelow{"", fmt.Sprintf("is %v; it must be true, or a list of the proxies' addresses", said)})
	}
	return proxies, wrong
}

// networkOf reads an address, or a network of more than one.
func networkOf(said any) (netip.Prefix, error) {
	text, ok := said.(string)
	if address, err := netip.ParseAddr(text); ok && err == nil && address.Zone() == "" {
		address = address.Unmap()
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	network, err := netip.ParsePrefix(text)
	switch {
	case !ok || err != nil:
		return netip.Prefix{}, fmt.Errorf("%q is no address and no network: write it as \"192.0.2.10\" or \"10.1.0.0/16\"", fmt.Sprint(said))
	case network.Bits() == 0:
		return netip.Prefix{}, fmt.Errorf("%q is everybody, and so every visitor would be believed", text)
	case network.Masked() != network:
		return netip.Prefix{}, fmt.Errorf("%q names one address and means a network: %s is the network, %s the address", text, network.Masked(), network.Addr())
	}
	return network, nil
}

// doubtProxy warns where others than the proxy can say who a visitor is: in a private network each of them would be believed.
func (c *Config) doubtProxy(doc *document) {
	host, _, _ := net.SplitHostPort(c.Listen)
	if ip := net.ParseIP(host); c.HTTP.Proxies().OneNearby && host != "localhost" && !ip.IsLoopback() {
		doc.doubt("http.behind_proxy", "whoever is in a private network reaches %s past the proxy, and is believed to come from any address that they claim: listen on 127.0.0.1, or write the proxy's address here", c.Listen)
	}
}

func (c *Config) proveHTTP(doc *document) {
	doc.lasts("sign_in.idle", c.SignIn.Idle, 5*time.Minute, 90*24*time.Hour)
	doc.lasts("sign_in.longest", c.SignIn.Longest, time.Hour, 90*24*time.Hour)
	for i, role := range c.SignIn.SecondFactor {
		switch place := "sign_in.second_factor." + strconv.Itoa(i); {
		case !role.Valid():
			doc.wrong(place, "%q is no role: expected agent, department, supervisor or administrator", role)
		case slices.Contains(c.SignIn.SecondFactor[:i], role):
			doc.wrong(place, "%q is there twice", role)
		}
	}
	for i, origin := range c.HTTP.Origins {
		if _, err := gate.Origin(origin); err != nil {
			doc.wrong("http.origins."+strconv.Itoa(i), "%q %v", origin, err)
		}
	}
	if c.HTTP.Metrics != "" {
		doc.endpoint("http.metrics", c.HTTP.Metrics)
		if c.HTTP.Metrics == c.Listen && !strings.HasSuffix(c.Listen, ":0") {
			doc.wrong("http.metrics", "%q is where the pages are: figures are for Prometheus alone", c.Listen)
		}
	}
	doc.from("http.connections", c.HTTP.Connections, 0, 1_000_000)
	doc.from("http.connections_per_address", c.HTTP.PerAddress, 0, 1_000_000)
	_, wrong := c.HTTP.proxies()
	for _, m := range wrong {
		doc.below("http.behind_proxy", m)
	}
}
