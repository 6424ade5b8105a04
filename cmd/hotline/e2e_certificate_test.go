package main

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/config/sample"
)

// A certificate that is not there, or half there, when Hotline starts keeps browsers waiting, and no caller.
func TestAnUnreadableCertificateStopsNoCall(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pair := config.TLS{Certificate: filepath.Join(dir, "hotline.crt"), Key: filepath.Join(dir, "hotline.key")}
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101")}, configure: func(c *config.Config) { c.TLS = pair }})
	call := s.calls("+79160009911")
	s.chooses(call, "3")
	s.waiting(1)
	visit := func() error {
		browser := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
		answer, err := browser.Get("https://" + s.service.Addr() + "/")
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("the pages answer %s", answer.Status)
		}
		return nil
	}
	if visit() == nil {
		t.Error("the pages are there without a certificate")
	}
	certificate, key := sample.Certificate(t)
	s.must(os.WriteFile(pair.Certificate, certificate, 0o600))
	s.must(os.WriteFile(pair.Key, key, 0o600))
	s.eventually("the pages come with their certificate", visit)
	s.hangsUp(call)
	s.nothingLeft()
}
