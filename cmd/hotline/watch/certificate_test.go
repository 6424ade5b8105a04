package watch

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// issued is a certificate for localhost with its key, both in PEM.
func issued(t *testing.T, name string, ends time.Time) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"localhost"},
		NotBefore: ends.Add(-90 * 24 * time.Hour), NotAfter: ends,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

// shop is a server whose certificate stands in files.
type shop struct {
	t           *testing.T
	certificate *Certificate
	address     string
	log         *bytes.Buffer
}

func open(t *testing.T) *shop {
	dir := t.TempDir()
	s := &shop{t: t, log: &bytes.Buffer{}}
	s.certificate = &Certificate{
		File: filepath.Join(dir, "hotline.crt"), Key: filepath.Join(dir, "hotline.key"), Every: time.Nanosecond, Log: slog.New(slog.NewTextHandler(s.log, nil)),
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: s.certificate.Get})
	if err != nil {
		t.Fatal(err)
	}
	s.address = l.Addr().String()
	var served sync.WaitGroup
	served.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			served.Go(func() { _ = conn.(*tls.Conn).Handshake(); _ = conn.Close() })
		}
	})
	t.Cleanup(func() { _ = l.Close(); served.Wait() })
	return s
}

// write puts files in the place of those that are there, as a renewal does.
func (s *shop) write(file string, text []byte) {
	s.t.Helper()
	next := file + ".new"
	if err := os.WriteFile(next, text, 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(next, file); err != nil {
		s.t.Fatal(err)
	}
}

// shows is the name in the certificate that a visitor is shown, who checks that the server has its key; "" where there is none.
func (s *shop) shows() string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}, NetDialer: &net.Dialer{}}
	conn, err := dialer.DialContext(ctx, "tcp", s.address)
	if err != nil {
		return ""
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].Subject.CommonName
}

func (s *shop) expect(want string) {
	s.t.Helper()
	if got := s.shows(); got != want {
		s.t.Errorf("the certificate of %q is shown, not of %q\n%s", got, want, s.log)
	}
}

func TestACertificateIsReadAgainWhenItChangesAndIsNeverShownWithAnothersKey(t *testing.T) {
	s := open(t)
	s.expect("") // there is none
	in := time.Now().Add(60 * 24 * time.Hour)
	firstCert, firstKey := issued(t, "first", in)
	secondCert, secondKey := issued(t, "second", in.Add(time.Hour))
	s.write(s.certificate.Key, firstKey)
	s.expect("")
	s.write(s.certificate.File, firstCert)
	s.expect("first")
	s.write(s.certificate.File, secondCert) // its key is still to come
	s.expect("first")
	if ends, err := s.certificate.Expires(); err == nil || !strings.Contains(err.Error(), "does not match") || !ends.Equal(in.UTC().Truncate(time.Second)) {
		t.Errorf("%s, %v", ends, err)
	}
	s.write(s.certificate.Key, secondKey)
	s.expect("second")
	s.write(s.certificate.Key, firstKey) // the other way round
	s.expect("second")
	s.write(s.certificate.File, firstCert)
	s.expect("first")
	for name, spoil := range map[string]func(){
		"half a file":     func() { s.write(s.certificate.File, firstCert[:len(firstCert)/2]) },
		"nothing":         func() { s.write(s.certificate.File, nil) },
		"no such file":    func() { _ = os.Remove(s.certificate.File) },
		"a folder":        func() { _ = os.Mkdir(s.certificate.File, 0o700) },
		"no key any more": func() { _ = os.Remove(s.certificate.File); _ = os.Remove(s.certificate.Key) },
	} {
		spoil()
		if got := s.shows(); got != "first" {
			t.Errorf("%s: the certificate of %q is shown", name, got)
		}
	}
	_ = os.Remove(s.certificate.File)
	s.write(s.certificate.File, append([]byte("\xEF\xBB\xBF"), secondCert...)) // as an editor saves it
	s.write(s.certificate.Key, append([]byte("\xEF\xBB\xBF"), secondKey...))
	s.expect("second")
	if strings.Contains(s.log.String(), "PRIVATE") {
		t.Error("the log holds the key")
	}
}

// Files that are written in place, and not moved there, are found by their time and size.
func TestACertificateWrittenInPlaceIsFound(t *testing.T) {
	s := open(t)
	in := time.Now().Add(60 * 24 * time.Hour)
	for i, name := range []string{"a", "b", "c"} {
		certificate, key := issued(t, name, in)
		for file, text := range map[string][]byte{s.certificate.File: certificate, s.certificate.Key: key} {
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			at := time.Now().Add(time.Duration(i) * time.Minute)
			_ = os.Chtimes(file, at, at)
		}
		s.expect(name)
	}
}

// Beside a renewal that never ends, each visitor is shown a certificate with its own key.
func TestNoVisitorMeetsAMismatchedPairDuringRenewals(t *testing.T) {
	s := open(t)
	in := time.Now().Add(60 * 24 * time.Hour)
	var certificates, keys [2][]byte
	for i := range 2 {
		certificates[i], keys[i] = issued(t, "anybody", in)
	}
	s.write(s.certificate.Key, keys[0])
	s.write(s.certificate.File, certificates[0])
	s.expect("anybody")
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			s.write(s.certificate.File, certificates[i%2])
			s.write(s.certificate.Key, keys[i%2])
		}
	}()
	for range 200 {
		s.expect("anybody")
	}
	close(stop)
	<-stopped
}

func TestTheLogSaysOnceWhatIsWrongWithACertificate(t *testing.T) {
	s := open(t)
	for range 3 {
		s.expect("")
	}
	if n := strings.Count(s.log.String(), "level=ERROR"); n != 1 || !strings.Contains(s.log.String(), "calls are served") {
		t.Errorf("it says\n%s", s.log)
	}
	certificate, key := issued(t, "old", time.Now().Add(5*24*time.Hour))
	s.write(s.certificate.Key, key)
	s.write(s.certificate.File, certificate)
	for range 3 {
		s.expect("old")
	}
	if n := strings.Count(s.log.String(), "ends soon"); n != 1 {
		t.Errorf("it says %d times that it ends soon\n%s", n, s.log)
	}
}
