package softphone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"syscall"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// ErrNobodyListens says that the machine is there and answers that nothing listens at the port (RFC 1122, 4.1.3.3).
var ErrNobodyListens = errors.New("connection refused: nothing listens there")

// Ping asks a SIP server (host:port) over UDP for its abilities with OPTIONS (RFC 3261, 11). Whatever it answers, it is there,
// and the error is nil. The error is ErrNobodyListens where that is known, and the cause of the context's end where no answer
// comes before it.
func Ping(ctx context.Context, server string) error {
	dialled, err := (&net.Dialer{}).DialContext(ctx, "udp", server)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	conn := &connectedUDP{UDPConn: dialled.(*net.UDPConn), failed: cancel, reading: make(chan struct{})}
	quietly := slog.New(slog.DiscardHandler)
	ua, err := sipgo.NewUA(sipgo.WithUserAgent("hotline"), sipgo.WithUserAgentHostname(addrPort(conn.UDPConn).Addr().String()),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(quietly)),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(quietly)))
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	var serving sync.WaitGroup
	defer serving.Wait()
	defer ua.Close()
	defer conn.Close()
	serving.Go(func() { _ = ua.TransportLayer().ServeUDP(conn) })
	<-conn.reading // From here on sipgo sends by this socket.
	client, err := sipgo.NewClient(ua, sipgo.WithClientLogger(quietly), sipgo.WithClientNAT(), sipgo.WithClientConnectionAddr(addrPort(conn.UDPConn).String()))
	if err != nil {
		return err
	}
	var to sip.Uri
	if err := sip.ParseUri("sip:"+conn.RemoteAddr().String(), &to); err != nil {
		return fmt.Errorf("server %q: %w", server, err)
	}
	req := sip.NewRequest(sip.OPTIONS, to)
	req.SetTransport("UDP")
	if _, err = client.Do(ctx, req); err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// connectedUDP is a socket that sends to one address alone, as sipgo takes it. To such a socket the kernel tells that the other
// machine refuses what is sent, and failed gets to know it.
type connectedUDP struct {
	*net.UDPConn
	failed  func(error)
	once    sync.Once
	reading chan struct{} // closed when sipgo has begun to read
}

func (c *connectedUDP) ReadFrom(b []byte) (int, net.Addr, error) {
	c.once.Do(func() { close(c.reading) })
	n, from, err := c.UDPConn.ReadFrom(b)
	return n, from, c.heed(err)
}

func (c *connectedUDP) WriteTo(b []byte, _ net.Addr) (int, error) {
	n, err := c.Write(b)
	return n, c.heed(err)
}

func (c *connectedUDP) heed(err error) error {
	if errors.Is(err, syscall.ECONNREFUSED) {
		c.failed(ErrNobodyListens)
	}
	return err
}
