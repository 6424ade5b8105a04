package deploy_test

import (
	"strings"
	"testing"

	"hotline/deploy"
)

func example() deploy.Asterisk {
	return deploy.Asterisk{
		SIPHost: "192.0.2.1", SIPPort: 5060, WebHost: "127.0.0.1", WebPort: 8088, RTPFirst: 10000, RTPLast: 20000,
		ARIUser: "hotline", ARIPassword: "secret", App: "hotline", Number: "74950000100", Callers: []string{"192.0.2.1"}, Patience: 10,
		Reserve: "/var/spool/hotline/reserve.csv", Music: "/usr/share/asterisk/moh", Trunk: "trunk.conf",
	}
}

func TestAsteriskOfAnOperatorListensWhereItIsTold(t *testing.T) {
	files, err := example().Files()
	if err != nil {
		t.Fatal(err)
	}
	if _, there := files["asterisk.conf"]; there {
		t.Error("asterisk.conf is its distribution's")
	}
	for file, texts := range map[string][]string{
		"pjsip.conf":      {"bind = 192.0.2.1:5060", "bind = 127.0.0.1", "media_address = 192.0.2.1", "match = 192.0.2.1\n", "#tryinclude trunk.conf"},
		"http.conf":       {"bindaddr = 127.0.0.1", "bindport = 8088"},
		"extensions.conf": {"Stasis(hotline,line,", "FILE(/var/spool/hotline/reserve.csv,"},
	} {
		for _, text := range texts {
			if !strings.Contains(string(files[file]), text) {
				t.Errorf("%s lacks %q:\n%s", file, text, files[file])
			}
		}
	}
	if strings.Contains(string(files["pjsip.conf"]), "match_request_uri") {
		t.Error("strangers at an address that others reach are customers")
	}
	everywhere := example()
	everywhere.SIPHost = "0.0.0.0"
	if files, err = everywhere.Files(); err != nil || strings.Contains(string(files["pjsip.conf"]), "media_address") {
		t.Errorf("nobody reaches media at 0.0.0.0: %v\n%s", err, files["pjsip.conf"])
	}
}

func TestNoSecretChangesTheMeaningOfAsterisksFiles(t *testing.T) {
	a := example()
	a.ARIPassword = "half;secret"
	files, err := a.Files()
	if err != nil || !strings.Contains(string(files["ari.conf"]), `password = half\;secret`) {
		t.Errorf("%v\n%s", err, files["ari.conf"])
	}
	for what, change := range map[string]func(*deploy.Asterisk){
		"a line break in the password": func(a *deploy.Asterisk) { a.ARIPassword = "x\n[admin]\ntype = user" },
		"no password":                  func(a *deploy.Asterisk) { a.ARIPassword = "" },
		"a bracket in the user":        func(a *deploy.Asterisk) { a.ARIUser = "x](y" },
		"a user called general":        func(a *deploy.Asterisk) { a.ARIUser = "general" },
		"a comma in the application":   func(a *deploy.Asterisk) { a.App = "x,y" },
		"a host for an address":        func(a *deploy.Asterisk) { a.SIPHost = "pbx.example" },
	} {
		bad := example()
		change(&bad)
		if _, err := bad.Files(); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
}
