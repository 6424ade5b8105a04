package config

import (
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config/sample"
	"hotline/deploy"
)

func TestTheCanaryCallsAsOftenAsIsSaid(t *testing.T) {
	sample.SetSecrets(t)
	for setting, wrong := range map[string]string{
		"":                        "",
		"{every: 1m}":             "",
		"{every: 1m, within: 3s}": "",
		"{every: 1s}":             "canary.every",
		"{every: 2h}":             "canary.every",
		"{every: 1m, within: 2m}": "canary.within",
	} {
		c, err := Parse("hotline.yaml", []byte(string(deploy.Configuration)+"\ncanary: "+setting+"\n"))
		switch {
		case wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)):
			t.Errorf("%q: %v", setting, err)
		case wrong == "" && err != nil:
			t.Errorf("%q: %v", setting, err)
		case wrong == "" && !strings.Contains(setting, "within") && c.Canary.Greets() != 5*time.Second:
			t.Errorf("%q: a greeting within %s is in time", setting, c.Canary.Greets())
		}
	}
}
