package main

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hotline/agentapi/gate"
	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/watch"
)

// waitingDoor answers on the ports of a standby: whoever is there to watch it, that it is one, and browsers, that another serves. A port that the process in charge
// has, on the same machine, stays that one's.
type waitingDoor struct {
	conf        config.Config
	log         *slog.Logger
	health      *watch.Health
	certificate *watch.Certificate
	pages       http.Handler
	scraped     http.Handler
	servers     map[string]*http.Server // by address
	serving     sync.WaitGroup
	tried       time.Time

	mu  sync.Mutex
	why string // guarded by mu
}

// doorEvery is how often a standby tries to have its ports.
const doorEvery = time.Second

func newDoor(conf config.Config, log *slog.Logger) *waitingDoor {
	d := &waitingDoor{conf: conf, log: log, servers: map[string]*http.Server{}}
	d.health = &watch.Health{Pulse: &watch.Pulse{}, Parts: d.parts}
	if conf.TLS.Certificate != "" {
		d.certificate = &watch.Certificate{File: conf.TLS.Certificate, Key: conf.TLS.Key, Log: log}
	}
	metrics := prometheus.NewRegistry()
	standby := prometheus.NewGauge(prometheus.GaugeOpts{Name: "hotline_standby", Help: "1 of a Hotline that waits until it is in charge; absent of one that serves."})
	standby.Set(1)
	metrics.MustRegister(standby) // and no hotline_ready: nobody is to be woken by one who only waits
	d.pages = d.handler(func(r *http.Request) bool { return conf.HTTP.BehindProxy == nil && watch.Local(r) }, nil)
	d.scraped = d.handler(watch.Everybody, promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	return d
}

// parts is how a standby is: as it should be, and of no use for calls.
func (d *waitingDoor) parts() []watch.Part {
	d.mu.Lock()
	defer d.mu.Unlock()
	return []watch.Part{{Name: "hotline", Needs: watch.ForCalls, State: "standby", Says: d.why}}
}

func (d *waitingDoor) handler(maySee func(*http.Request) bool, metrics http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /livez", d.health.Live())
	mux.Handle("GET /readyz", d.health.Ready(maySee))
	if metrics != nil {
		mux.Handle("GET /metrics", metrics)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, waitingPage) // whoever asked may have gone
	})
	return mux
}

const waitingPage = `<!doctype html>
<meta charset="utf-8">
<meta http-equiv="refresh" content="2">
<title>Hotline</title>
<p lang="ru">Этот сервер ждёт в резерве: звонки обслуживает другой.</p>
<p lang="en">This server is a standby: another one serves the calls.</p>
`

// open takes the ports that are free, and tells why this is a standby.
func (d *waitingDoor) open(why string) {
	d.mu.Lock()
	d.why = why
	d.mu.Unlock()
	if time.Since(d.tried) < doorEvery {
		return
	}
	d.tried = time.Now()
	bounds, _ := d.conf.HTTP.Bounds(openFiles())
	d.take(d.conf.Listen, gate.NewConnections(bounds, d.conf.HTTP.Proxies()), d.pages, d.certificate)
	if d.conf.HTTP.Metrics != "" {
		d.take(d.conf.HTTP.Metrics, gate.NewConnections(gate.Bounds{All: 32, PerAddress: 16}, gate.Proxies{}), d.scraped, nil)
	}
}

func (d *waitingDoor) take(address string, connections *gate.Connections, handler http.Handler, certificate *watch.Certificate) {
	if d.servers[address] != nil {
		return
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		d.log.Debug("a standby without this port", "address", address, "err", err)
		return
	}
	server := newServer(handler, d.log)
	server.ConnState = connections.State
	d.servers[address] = server
	d.serving.Go(func() {
		if certificate == nil {
			_ = server.Serve(connections.Listen(l)) // it ends with close
			return
		}
		server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certificate.Get}
		_ = server.ServeTLS(connections.Listen(l), "", "")
	})
}

// close frees the ports.
func (d *waitingDoor) close() {
	moment, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond) // for answers that are under way
	defer cancel()
	for _, server := range d.servers {
		if server.Shutdown(moment) != nil {
			_ = server.Close()
		}
	}
	d.serving.Wait()
}
