package watch

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"hotline/tickets"
)

// Calls shows how the line's calls are and how they ended. It is a prometheus.Collector.
type Calls struct {
	Live  func() int64
	Ended func() map[tickets.Outcome]int64 // all outcomes that there are
}

var (
	callsLive  = prometheus.NewDesc("hotline_calls_live", "Calls that are on.", nil, nil)
	callsEnded = prometheus.NewDesc("hotline_calls_total", "Calls that have ended, by outcome.", []string{"outcome"}, nil)
)

// Describe implements prometheus.Collector.
func (c *Calls) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, ch) }

// Collect implements prometheus.Collector.
func (c *Calls) Collect(ch chan<- prometheus.Metric) {
	ch <- prometheus.MustNewConstMetric(callsLive, prometheus.GaugeValue, float64(c.Live()))
	for outcome, n := range c.Ended() {
		ch <- prometheus.MustNewConstMetric(callsEnded, prometheus.CounterValue, float64(n), string(outcome))
	}
}

// BuildInfo says which program runs: always 1.
func BuildInfo() prometheus.Collector {
	version, revision, compiler := "unknown", "unknown", "unknown"
	if b, known := debug.ReadBuildInfo(); known {
		version, compiler = b.Main.Version, b.GoVersion
		for _, s := range b.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
	}
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "hotline_build_info", Help: "The program that runs; always 1.",
		ConstLabels: prometheus.Labels{"version": version, "revision": revision, "goversion": compiler},
	}, func() float64 { return 1 })
}

// Certificate is a file with the certificate that browsers are shown. It is read again when it changes.
type Certificate struct {
	File string

	mu      sync.Mutex
	read    time.Time // the file's time when it was read
	expires time.Time
	err     error
}

var expiry = prometheus.NewDesc("hotline_certificate_expiry_timestamp_seconds", "When the pages' certificate ends to be valid; absent where it cannot be read.", nil, nil)

// Describe implements prometheus.Collector.
func (c *Certificate) Describe(ch chan<- *prometheus.Desc) { ch <- expiry }

// Collect implements prometheus.Collector.
func (c *Certificate) Collect(ch chan<- prometheus.Metric) {
	if ends, err := c.Expires(); err == nil {
		ch <- prometheus.MustNewConstMetric(expiry, prometheus.GaugeValue, float64(ends.Unix()))
	}
}

// Expires is when the certificate ends to be valid. An error says why it cannot be read.
func (c *Certificate) Expires() (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	is, err := os.Stat(c.File)
	if err != nil {
		return time.Time{}, err
	}
	if !is.ModTime().Equal(c.read) {
		c.read = is.ModTime()
		c.expires, c.err = endOf(c.File)
	}
	return c.expires, c.err
}

// endOf is when the first certificate of a file ends to be valid: it is the server's own.
func endOf(file string) (time.Time, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return time.Time{}, err
	}
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return time.Time{}, errors.New("it holds no certificate")
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return time.Time{}, fmt.Errorf("its certificate cannot be read: %w", err)
		}
		return certificate.NotAfter, nil
	}
}
