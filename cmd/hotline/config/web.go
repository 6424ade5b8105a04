package config

import (
	"fmt"
	"net/netip"
	"strconv"

	"hotline/agentapi/gate"
)

// HTTP is how browsers reach the pages, beside listen and tls.
type HTTP struct {
	Origins     []string `yaml:"origins,omitempty"`      // foreign origins whose pages may use the interface: "https://desk.example.org"
	BehindProxy any      `yaml:"behind_proxy,omitempty"` // true for a proxy nearby, or the addresses of all proxies: ["192.0.2.10", "10.1.0.0/16"]
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

func (c *Config) proveHTTP(doc *document) {
	for i, origin := range c.HTTP.Origins {
		if _, err := gate.Origin(origin); err != nil {
			doc.wrong("http.origins."+strconv.Itoa(i), "%q %v", origin, err)
		}
	}
	_, wrong := c.HTTP.proxies()
	for _, m := range wrong {
		doc.below("http.behind_proxy", m)
	}
}
