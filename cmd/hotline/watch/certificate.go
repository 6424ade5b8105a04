package watch

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Certificate is what browsers are shown, as its files have it: they are read again when they change, and one that cannot be read
// changes nothing. Until there was a readable one no page is reached, and calls are served all the same. A certificate is shown
// only with the key that is its own, whichever of the two files is written first.
type Certificate struct {
	File, Key string
	Log       *slog.Logger  // nil logs nothing
	Every     time.Duration // how often the files are looked at, at most; 0 is 1 s

	mu      sync.Mutex
	looked  time.Time
	tried   [2]os.FileInfo   // the files as they were when they were last read
	shown   *tls.Certificate // nil until there was a readable one
	err     error            // why the files as they are now cannot be shown
	told    string           // the last error that was logged
	warning time.Time        // the last one that the certificate ends
}

// CertificateEndsSoon is how long before its end a certificate is to be renewed at the latest.
const CertificateEndsSoon = 14 * 24 * time.Hour

var expiry = prometheus.NewDesc("hotline_certificate_expiry_timestamp_seconds", "When the certificate that the pages are shown with ends to be valid; absent where there is none.", nil, nil)

// Describe implements prometheus.Collector.
func (c *Certificate) Describe(ch chan<- *prometheus.Desc) { ch <- expiry }

// Collect implements prometheus.Collector.
func (c *Certificate) Collect(ch chan<- prometheus.Metric) {
	if ends, _ := c.Expires(); !ends.IsZero() {
		ch <- prometheus.MustNewConstMetric(expiry, prometheus.GaugeValue, float64(ends.Unix()))
	}
}

// Get is tls.Config's GetCertificate.
func (c *Certificate) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look()
	if c.shown == nil {
		return nil, c.err
	}
	return c.shown, nil
}

// Expires is when the certificate that is shown ends to be valid, zero where there is none. The error says why the files as they are
// now cannot be read; the certificate is an older one then.
func (c *Certificate) Expires() (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look()
	if c.shown == nil {
		return time.Time{}, c.err
	}
	return c.shown.Leaf.NotAfter, c.err
}

// Run looks at the files until ctx ends, so that the log says what becomes of them also while nobody comes.
func (c *Certificate) Run(ctx context.Context) {
	for ctx.Err() == nil {
		_, _ = c.Expires()
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Second):
		}
	}
}

// look reads the files where they have changed, or could not be read. The caller holds mu.
func (c *Certificate) look() {
	every := c.Every
	if every == 0 {
		every = time.Second
	}
	now := time.Now()
	if now.Sub(c.looked) < every {
		return
	}
	c.looked = now
	if is := c.stat(); c.err != nil || c.shown == nil || !same(is, c.tried) {
		c.tried = is
		var pair *tls.Certificate
		if pair, c.err = ReadCertificate(c.File, c.Key); c.err == nil {
			c.shown, c.warning = pair, time.Time{}
			c.log().Info("the pages have a certificate", "file", c.File, "names", pair.Leaf.DNSNames, "ends", pair.Leaf.NotAfter)
		}
	}
	c.tell(now)
}

// tell logs what an operator has to do something about: an error once, and that the certificate ends once a day.
func (c *Certificate) tell(now time.Time) {
	said := ""
	if c.err != nil {
		said = c.err.Error()
	}
	if said != c.told && said != "" {
		text := "the certificate cannot be read: the pages cannot be reached until it can, and calls are served"
		if c.shown != nil {
			text = "the certificate cannot be read: the pages keep the one that they have"
		}
		c.log().Error(text, "file", c.File, "key", c.Key, "err", c.err)
	}
	c.told = said
	if c.shown != nil && c.shown.Leaf.NotAfter.Sub(now) < CertificateEndsSoon && now.Sub(c.warning) >= 24*time.Hour {
		c.warning = now
		c.log().Warn("the pages' certificate ends soon, or has ended: renew it", "file", c.File, "ends", c.shown.Leaf.NotAfter)
	}
}

func (c *Certificate) log() *slog.Logger {
	if c.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Log
}

func (c *Certificate) stat() (is [2]os.FileInfo) {
	is[0], _ = os.Stat(c.File) // through links: those of a renewal are exchanged
	is[1], _ = os.Stat(c.Key)
	return is
}

func same(a, b [2]os.FileInfo) bool {
	for i := range a {
		if a[i] == nil || b[i] == nil || !os.SameFile(a[i], b[i]) || !a[i].ModTime().Equal(b[i].ModTime()) || a[i].Size() != b[i].Size() {
			return false
		}
	}
	return true
}

// ReadCertificate reads a certificate with its chain, and its key. They must be each other's.
func ReadCertificate(file, key string) (*tls.Certificate, error) {
	texts := make([][]byte, 2)
	for i, name := range []string{file, key} {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		texts[i] = bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF")) // as some editors put it before a text
	}
	pair, err := tls.X509KeyPair(texts[0], texts[1])
	if err != nil {
		return nil, fmt.Errorf("%s with %s: %w", file, key, withoutPrefix(err))
	}
	return &pair, nil
}

// withoutPrefix is an error of package tls without the package's name.
func withoutPrefix(err error) error {
	return errors.New(strings.TrimPrefix(err.Error(), "tls: "))
}
