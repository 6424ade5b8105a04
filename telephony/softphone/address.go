package softphone

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// quoted makes any text fit for the inside of a quoted-string (RFC 3261, section 25.1):
// quotes, backslashes and control characters become quoted pairs. CR and LF have no way
// in, and become spaces. sipgo sets the quotes themselves.
func quoted(name string) string {
	var b strings.Builder
	for i := range len(name) {
		switch c := name[i]; {
		case c == '\r' || c == '\n':
			b.WriteByte(' ')
		case c == '"' || c == '\\' || c < ' ' || c == 0x7f:
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// unquoted reads the inside of a quoted-string.
func unquoted(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// escaped makes any text fit for the user part of a SIP URI.
func escaped(user string) string {
	var b strings.Builder
	for i := range len(user) {
		c := user[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.!~*'()+", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func unescaped(user string) string {
	if u, err := url.PathUnescape(user); err == nil {
		return u
	}
	return user
}

// oneLine keeps a header's value on its line.
func oneLine(s string) string {
	return strings.NewReplacer("\r", " ", "\n", " ").Replace(s)
}

// uri reads whom to call: "sip:…", "user@host", "tel:…" at the phone's switch, or a user there.
func (p *Phone) uri(to string) (sip.Uri, error) {
	var u sip.Uri
	switch {
	case to == "":
		return u, fmt.Errorf("softphone: nobody to call")
	case strings.HasPrefix(to, "tel:") && p.opts.Server != "":
		return u, sip.ParseUri(to, &u)
	case len(to) > 4 && strings.EqualFold(to[:4], "sip:"):
	case strings.Contains(to, "@"):
		to = "sip:" + to
	case p.opts.Server == "":
		return u, fmt.Errorf("softphone: %q names no host, and the phone has no server", to)
	default:
		to = "sip:" + escaped(to) + "@" + withPort(p.opts.Server)
	}
	if err := sip.ParseUri(to, &u); err != nil {
		return u, fmt.Errorf("softphone: address %q: %w", to, err)
	}
	if u.Host == "" {
		return u, fmt.Errorf("softphone: address %q names no host", to)
	}
	return u, nil
}

// from is who calls, as the From header says it.
func (p *Phone) from(o CallOptions) (*sip.FromHeader, error) {
	from := sip.FromHeader{DisplayName: quoted(o.FromName), Address: sip.Uri{
		Scheme: "sip", User: escaped(o.From), Host: p.x.addr.Addr().String(),
	}}
	if o.From == "" {
		from.Address.User = escaped(p.opts.User)
	}
	if o.FromName == "" {
		from.DisplayName = quoted(p.opts.Name)
	}
	if o.Anonymous {
		from.DisplayName = "Anonymous"
		from.Address = sip.Uri{Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"}
	}
	if o.FromURI != "" {
		from.Address = sip.Uri{}
		if err := sip.ParseUri(o.FromURI, &from.Address); err != nil {
			return nil, fmt.Errorf("softphone: address of the caller %q: %w", o.FromURI, err)
		}
	}
	from.Params.Add("tag", newTag())
	return &from, nil
}

// server is the switch's own address, without a user.
func (p *Phone) server() (sip.Uri, error) {
	var u sip.Uri
	if p.opts.Server == "" {
		return u, fmt.Errorf("softphone: phone %s has no server", p.opts.User)
	}
	if err := sip.ParseUri("sip:"+withPort(p.opts.Server), &u); err != nil {
		return u, fmt.Errorf("softphone: server %q: %w", p.opts.Server, err)
	}
	return u, nil
}

func withPort(server string) string {
	if _, _, err := net.SplitHostPort(server); err != nil {
		return net.JoinHostPort(strings.Trim(server, "[]"), "5060")
	}
	return server
}

// contact is where this phone is reached.
func (p *Phone) contact() *sip.ContactHeader {
	return &sip.ContactHeader{Address: sip.Uri{
		Scheme: "sip", User: escaped(p.opts.User), Host: p.x.addr.Addr().String(), Port: int(p.x.addr.Port()),
	}}
}
