package gate

import (
	"net/http"
	"net/netip"
	"strings"
)

// Proxies are whose word is believed about a visitor. The zero value believes nobody: a visitor's address is that of the
// connection, and headers that claim another are passed over.
type Proxies struct {
	// Networks are the addresses of proxies of ours. The visitor is the last address in X-Forwarded-For that is not theirs.
	Networks []netip.Prefix
	// OneNearby stands for one proxy on this machine or a private network, wherever it is: who connects from there is
	// believed, and the visitor is the very last address in X-Forwarded-For, which that proxy has written itself.
	OneNearby bool
}

// nearby is where a proxy stands whose address nobody has written down.
var nearby = []netip.Prefix{
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"),
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"),
}

// visitor is the address of who sends a request, and whether it reached our proxy, or us, over TLS. Only X-Forwarded-For and
// X-Forwarded-Proto are read: a proxy that knows nothing of another header passes on what the visitor has written there.
func (p Proxies) visitor(r *http.Request) (address netip.Addr, tls bool) {
	peer, tls := addressOf(r.RemoteAddr), r.TLS != nil
	if !p.has(peer) {
		return peer, tls
	}
	claims := r.Header.Values("X-Forwarded-For")
	if proto := lastOf(r.Header.Values("X-Forwarded-Proto")); proto != "" {
		tls = tls || strings.EqualFold(proto, "https")
	} else if len(claims) > 0 {
		tls = true // this is what the proxy is for
	}
	hops := strings.Split(strings.Join(claims, ","), ",")
	address = peer
	for i := len(hops) - 1; i >= 0; i-- {
		hop := addressOf(strings.TrimSpace(hops[i]))
		if !hop.IsValid() {
			break // nothing that stands before it can be believed
		}
		address = hop
		if p.OneNearby || !p.has(hop) {
			break
		}
	}
	return address, tls
}

// has says whether a proxy of ours has this address.
func (p Proxies) has(address netip.Addr) bool {
	networks := p.Networks
	if p.OneNearby {
		networks = nearby
	}
	for _, n := range networks {
		if n.Contains(address) {
			return true
		}
	}
	return false
}

// addressOf reads an address with or without a port and brackets; the zero Addr where it is none.
func addressOf(text string) netip.Addr {
	address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if err != nil {
		withPort, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}
		}
		address = withPort.Addr()
	}
	return address.Unmap().WithZone("")
}

// household is the network that one visitor has for themselves, in IPv6 a /64 with as many addresses as they like: for counting.
func household(address netip.Addr) string { return networkAround(address, 64) }

// site is the network that one customer of a provider may have in IPv6, with many households: a /48. In IPv4 it is an address.
func site(address netip.Addr) string { return networkAround(address, 48) }

func networkAround(address netip.Addr, bits int) string {
	if address.Is6() {
		if network, err := address.Prefix(bits); err == nil {
			return network.String()
		}
	}
	return address.String()
}

// lastOf is the last element of a header that is a list.
func lastOf(values []string) string {
	all := strings.Split(strings.Join(values, ","), ",")
	return strings.TrimSpace(all[len(all)-1])
}
