package softphone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

func init() {
	// sipgo refuses to send more than 1,300 bytes in a datagram. A caller's name of 10 kB is
	// among what Hotline must survive, and IP puts fragments together.
	sip.UDPMTUSize = 65535
	sip.TransportBufferReadSize = 65535
}

// ExchangeOptions describe the shared socket of many phones.
type ExchangeOptions struct {
	Bind   string // local host:port; "" or an empty host is the address that reaches Server
	Server string // host:port of the switch, for phones that name none
	Log    *slog.Logger

	// Lose decides which SIP packets that come get lost, for tests of a bad network. It must be safe
	// for concurrent use; nil loses none.
	Lose func(packet []byte) bool
}

// Exchange serves any number of phones over one UDP socket.
type Exchange struct {
	opts   ExchangeOptions
	log    *slog.Logger
	addr   netip.AddrPort // of the SIP socket
	laddr  sip.Addr       // the same, for sipgo
	conn   *net.UDPConn
	ua     *sipgo.UserAgent
	client *sipgo.Client
	quiet  *net.UDPConn // the RTP socket of all quiet calls: never read, so the kernel drops what arrives
	beat   metronome

	shut           sync.Once
	mu             sync.Mutex
	closed         bool
	phones         map[string]*Phone   // by user
	dialogs        map[string]*Call    // by dialog key
	vanished, dead map[string]struct{} // dialogs by key, and phones by user, of which nobody answers any more
	calls          int                 // calls that are up
	down           bool                // no request is served any more
	serving        sync.WaitGroup      // the reading goroutine and the servers of requests; grows under mu while not down
	closing        chan struct{}       // closed together with down
}

// NewExchange opens the sockets.
func NewExchange(o ExchangeOptions) (*Exchange, error) {
	x := &Exchange{
		opts: o, log: o.Log, closing: make(chan struct{}),
		phones: map[string]*Phone{}, dialogs: map[string]*Call{}, vanished: map[string]struct{}{}, dead: map[string]struct{}{},
	}
	if x.log == nil {
		x.log = slog.New(slog.DiscardHandler)
	}
	if err := x.open(); err != nil {
		return nil, fmt.Errorf("softphone: %w", err)
	}
	if err := x.serve(); err != nil {
		x.conn.Close()
		x.quiet.Close()
		return nil, fmt.Errorf("softphone: %w", err)
	}
	return x, nil
}

// open binds to one concrete address: it is what the phones tell the world to reach them at.
func (x *Exchange) open() error {
	host, port := "", "0"
	if x.opts.Bind != "" {
		var err error
		if host, port, err = net.SplitHostPort(x.opts.Bind); err != nil {
			return fmt.Errorf("bind address %q: %w", x.opts.Bind, err)
		}
	}
	if ip, err := netip.ParseAddr(host); host == "" || (err == nil && ip.IsUnspecified()) {
		var err error
		if host, err = reaching(x.opts.Server); err != nil {
			return err
		}
	}
	at, err := net.ResolveUDPAddr("udp", net.JoinHostPort(host, port))
	if err != nil {
		return fmt.Errorf("bind address %q: %w", x.opts.Bind, err)
	}
	if x.conn, err = net.ListenUDP("udp", at); err != nil {
		return err
	}
	_ = x.conn.SetReadBuffer(4 << 20) // a burst of a hundred calls; as much as the system grants
	x.addr = addrPort(x.conn)
	if x.quiet, err = net.ListenUDP("udp", &net.UDPAddr{IP: x.addr.Addr().AsSlice()}); err != nil {
		x.conn.Close()
		return err
	}
	_ = x.quiet.SetReadBuffer(1)
	x.laddr = sip.Addr{IP: net.IP(x.addr.Addr().AsSlice()), Port: int(x.addr.Port()), Hostname: x.addr.Addr().String()}
	return nil
}

// reaching is the local address from which packets to server leave.
func reaching(server string) (string, error) {
	if server == "" {
		return "127.0.0.1", nil
	}
	c, err := net.Dial("udp", withPort(server)) // sends nothing
	if err != nil {
		return "", fmt.Errorf("server %q: %w", server, err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap().String(), nil
}

func (x *Exchange) serve() error {
	quietly := x.log.With("part", "sip")
	ua, err := sipgo.NewUA(
		sipgo.WithUserAgent("hotline"),
		sipgo.WithUserAgentHostname(x.addr.Addr().String()),
		sipgo.WithUserAgentTransactionLayerOptions(
			sip.WithTransactionLayerLogger(quietly),
			sip.WithTransactionLayerUnhandledResponseHandler(x.lateAnswer),
		),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(quietly)),
	)
	if err != nil {
		return err
	}
	x.ua = ua
	x.client, err = sipgo.NewClient(ua, sipgo.WithClientLogger(quietly), sipgo.WithClientNAT(),
		sipgo.WithClientConnectionAddr(x.addr.String()))
	if err != nil {
		return err
	}
	server, err := sipgo.NewServer(ua, sipgo.WithServerLogger(quietly))
	if err != nil {
		return err
	}
	x.route(server)
	socket := &announced{UDPConn: x.conn, reading: make(chan struct{}), x: x, peers: map[string]struct{}{}}
	x.serving.Go(func() { _ = server.ServeUDP(socket) })
	x.serving.Go(x.reportAll)
	<-socket.reading // from here on sipgo finds the socket when it sends
	return nil
}

// announced tells when sipgo has begun to read, and keeps it reading: sipgo gives a
// socket up at the first error.
type announced struct {
	*net.UDPConn
	once    sync.Once
	reading chan struct{}
	x       *Exchange
	peers   map[string]struct{} // those who have sent something; the reading goroutine only
}

func (a *announced) ReadFrom(b []byte) (int, net.Addr, error) {
	a.once.Do(func() { close(a.reading) })
	for {
		n, from, err := a.UDPConn.ReadFrom(b)
		if err == nil && a.x.opts.Lose != nil && a.x.opts.Lose(b[:n]) {
			continue
		}
		if err == nil {
			a.peers[from.String()] = struct{}{}
			return n, from, nil
		}
		if errors.Is(err, net.ErrClosed) {
			a.keepClosed()
			return n, from, err
		}
		a.x.log.Warn("the SIP socket could not be read", "err", err)
		time.Sleep(10 * time.Millisecond) // the system is short of buffers, which passes
	}
}

// keepClosed keeps the closed socket where sipgo looks for one to send from: under its own address, and
// under that of each peer. sipgo forgets a socket once it is closed, and opens another, which nobody
// closes, for whoever sends later: a hang-up in the background, or its own goroutine that is about to
// serve a request. What is sent through the closed socket fails with net.ErrClosed instead.
//
// The reading goroutine does this before sipgo learns of the end, so the socket is never missing;
// sipgo then takes from its pool only what it has put there itself.
func (a *announced) keepClosed() {
	self := a.LocalAddr().String()
	pool := a.x.ua.TransportLayer().Pool("udp")
	closed := &sip.UDPConnection{PacketConn: a.UDPConn, PacketAddr: self, Listener: true}
	pool.Add(self, closed)
	for peer := range a.peers {
		pool.Add(peer, closed)
	}
}

// Addr is the SIP socket's host:port.
func (x *Exchange) Addr() string { return x.addr.String() }

// Phone adds a phone. Its user must be new to the exchange.
func (x *Exchange) Phone(o Options) (*Phone, error) {
	if o.User == "" {
		return nil, errors.New("softphone: a phone needs a user")
	}
	if o.Server == "" {
		o.Server = x.opts.Server
	}
	if o.Refresh <= 0 {
		o.Refresh = 20 * time.Second
	}
	p := &Phone{opts: o, x: x, live: map[leg]struct{}{}, arrived: make(chan struct{})}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed {
		return nil, ErrClosed
	}
	if x.phones[o.User] != nil {
		return nil, fmt.Errorf("softphone: there is a phone %q on this exchange already", o.User)
	}
	x.phones[o.User] = p
	return p, nil
}

// Calls is how many calls are up.
func (x *Exchange) Calls() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.calls
}

// Close closes all phones, then the sockets, and waits for every goroutine.
func (x *Exchange) Close() { x.shut.Do(x.close) }

func (x *Exchange) close() {
	x.mu.Lock()
	x.closed = true
	phones := make([]*Phone, 0, len(x.phones))
	for _, p := range x.phones {
		phones = append(phones, p)
	}
	x.mu.Unlock()

	var ending sync.WaitGroup
	for _, p := range phones {
		ending.Go(p.Close)
	}
	ending.Wait()
	x.mu.Lock()
	x.down = true
	x.mu.Unlock()
	close(x.closing)
	x.conn.Close()
	// Ends all transactions, and whoever waits for one. Not ua.Close: it would empty the pool, where
	// the closed socket stays. There is no other socket in it.
	x.ua.TransactionLayer().Close()
	x.serving.Wait()
	for _, p := range phones {
		p.working.Wait()
	}
	x.beat.stop()
	x.quiet.Close()
}

func (x *Exchange) forget(p *Phone) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.phones[p.opts.User] == p {
		delete(x.phones, p.opts.User)
	}
}

func (x *Exchange) phone(user string) *Phone {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.phones[user]
}

// send sends a request that has all but its Via, and returns its transaction.
func (x *Exchange) send(ctx context.Context, req *sip.Request) (sip.ClientTransaction, error) {
	x.laddr.Copy(&req.Laddr)
	return x.client.TransactionRequest(ctx, req, sipgo.ClientRequestAddVia)
}

// ask sends a request other than INVITE and waits for its final answer, answering one
// challenge, and one more where the nonce was stale.
func (x *Exchange) ask(ctx context.Context, req *sip.Request, auth sipgo.DigestAuth) (*sip.Response, error) {
	x.laddr.Copy(&req.Laddr)
	res, err := x.client.Do(ctx, req, sipgo.ClientRequestAddVia)
	for range 2 {
		if err != nil || !challenged(res) || auth.Password == "" {
			break
		}
		req = req.Clone() // sipgo changes the request, which its transaction may still be resending
		res, err = x.client.DoDigestAuth(ctx, req, res, auth)
	}
	if err == nil && res == nil {
		err = errors.New("transaction ended without an answer")
	}
	if ctx.Err() != nil && err != nil {
		err = context.Cause(ctx)
	}
	return res, err
}

func challenged(res *sip.Response) bool {
	return res != nil && (res.StatusCode == sip.StatusUnauthorized || res.StatusCode == sip.StatusProxyAuthRequired)
}

func addrPort(c *net.UDPConn) netip.AddrPort {
	a := c.LocalAddr().(*net.UDPAddr).AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// Kill closes the SIP socket without a word, as a phone does that loses its power: who sends to it is told by the network that nobody
// listens there. What remains is closed by Close.
func (x *Exchange) Kill() { x.conn.Close() }
