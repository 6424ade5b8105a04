package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hotline/agentapi/gate"
	"hotline/cmd/hotline/watch"
)

// How long a visitor may take, at most. A stream has times of its own; see stream.Timing.
const (
	headerTime  = 10 * time.Second // for the head of a request, and for shaking hands over TLS
	requestTime = 60 * time.Second // for all of a request, with the time that an attempt to sign in waits for its turn
	answerTime  = 75 * time.Second // from the head of the request to the end of its answer
	idleTime    = 75 * time.Second // between two requests
	bodyTime    = 5 * time.Second  // for a body, which is small wherever one is read: a connection that sends one counts as at work
	headerMost  = 32 << 10         // bytes
)

// listen takes the ports of the pages and of the figures, for as many connections as the process has room for.
func (s *service) listen() (err error) {
	bounds, short := s.config.HTTP.Bounds(openFiles())
	if short {
		s.log.Warn("http.connections is more than the open files allow: raise their limit (LimitNOFILE), or it stays so", "connections", bounds.All)
	}
	s.bounds = bounds
	s.connections = gate.NewConnections(bounds, s.config.HTTP.Proxies())
	if s.listener, err = take(s.config.Listen, s.connections); err != nil || s.config.HTTP.Metrics == "" {
		return err
	}
	s.scraped, err = take(s.config.HTTP.Metrics, gate.NewConnections(gate.Bounds{All: 32, PerAddress: 16}, gate.Proxies{}))
	return err
}

func take(address string, connections *gate.Connections) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, errors.Unwrap(err))
	}
	return connections.Listen(l), nil
}

// openFiles is how many files the process may have open.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > 1<<20 {
		return 1 << 20
	}
	return int(limit.Cur)
}

// newServer is an HTTP server that waits for nobody for ever.
func (s *service) newServer(handler http.Handler) *http.Server { return newServer(handler, s.log) }

func newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: bodiesInTime(handler), ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, WriteTimeout: answerTime, IdleTimeout: idleTime,
		MaxHeaderBytes: headerMost, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// bodiesInTime gives up a request whose body does not come, also where nobody reads it.
func bodiesInTime(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime)) // each connection of ours can
		}
		next.ServeHTTP(w, r)
	})
}

// serve answers browsers until the server is shut down.
func (s *service) serve(server *http.Server) error {
	var err error
	server.ConnState = s.connections.State
	if s.config.TLS.Certificate != "" {
		server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: s.certificate.Get}
		err = server.ServeTLS(s.listener, "", "")
	} else {
		err = server.Serve(s.listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// serveFigures answers Prometheus until ctx ends, on a port of its own: who may see the pages need not see these.
func (s *service) serveFigures(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics, promhttp.HandlerOpts{}))
	mux.Handle("GET /livez", s.health.Live())
	mux.Handle("GET /readyz", s.health.Ready(watch.Everybody)) // whoever reaches this port may see each part
	server := s.newServer(mux)
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(s.scraped); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Addr is where the pages are.
func (s *service) Addr() string { return s.listener.Addr().String() }
