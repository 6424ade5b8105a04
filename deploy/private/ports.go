package private

import (
	"errors"
	"fmt"
	"net"
	"strconv"
)

// Ports are dealt out in units, below the range from which Linux takes ports for
// outgoing traffic (32768 and up), so that no client sits on one by chance:
//
//	unit u:  SIP, ARI     7000 + 20·u … 7019 + 20·u
//	         media (RTP)  8000 + 500·u … 8499 + 500·u
//
// Whoever holds the unit's name holds its ports. The name is an abstract unix socket: it
// belongs to the network namespace, as ports do, and goes with the process (unix(7)).
const (
	units      = 48
	rtpPerUnit = 500
)

// ports are those of one instance.
type ports struct {
	sip, http         int
	rtpFirst, rtpLast int
	names             []net.Listener // held to the instance's end
}

func (p *ports) release() {
	for _, n := range p.names {
		_ = n.Close()
	}
}

// takePorts finds a run of free units with rtp media ports, and in the first of them ports for SIP and
// ARI. A wish other than 0 is taken as it is, or refused when it is in use.
func takePorts(address string, sip, http, rtp int) (*ports, error) {
	need := (rtp + rtpPerUnit - 1) / rtpPerUnit
	p, first := &ports{}, 0
	for unit := 0; unit < units && len(p.names) < need; unit++ {
		name, err := net.Listen("unix", "@hotline/ports/"+strconv.Itoa(unit))
		if err != nil { // another's: the run begins anew
			p.release()
			p.names, first = nil, unit+1
			continue
		}
		p.names = append(p.names, name)
	}
	if len(p.names) < need {
		p.release()
		return nil, fmt.Errorf("no %d media ports free on this machine: other Hotlines hold them", rtp)
	}
	p.rtpFirst = 8000 + first*rtpPerUnit
	p.rtpLast = p.rtpFirst + need*rtpPerUnit - 1

	var err error
	if p.sip, err = freePort(address, sip, 7000+20*first, 10, "SIP", "udp", "tcp"); err == nil {
		p.http, err = freePort(address, http, 7010+20*first, 10, "ARI", "tcp")
	}
	if err != nil {
		p.release()
		return nil, err
	}
	return p, nil
}

// freePort returns wish, or the first of count ports that is free on all networks.
func freePort(address string, wish, first, count int, use string, networks ...string) (int, error) {
	if wish != 0 {
		first, count = wish, 1
	}
	var errs []error
	for port := first; port < first+count; port++ {
		err := bindable(address, port, networks)
		if err == nil {
			return port, nil
		}
		errs = append(errs, fmt.Errorf("%s port %d of %s: %w", use, port, address, err))
	}
	return 0, errors.Join(errs...)
}

func bindable(address string, port int, networks []string) error {
	at := net.JoinHostPort(address, strconv.Itoa(port))
	for _, network := range networks {
		if network == "udp" {
			c, err := net.ListenPacket(network, at)
			if err != nil {
				return err
			}
			_ = c.Close()
			continue
		}
		l, err := net.Listen(network, at)
		if err != nil {
			return err
		}
		_ = l.Close()
	}
	return nil
}
