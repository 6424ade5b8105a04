package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hotline/cmd/hotline/config/sample"
)

// TestAsteriskIsSetUpAndWhatIsTheOperatorsStays sets up an Asterisk in folders of the test, twice.
func TestAsteriskIsSetUpAndWhatIsTheOperatorsStays(t *testing.T) {
	sample.SetSecrets(t)
	dir := t.TempDir()
	at := func(names ...string) string { return filepath.Join(append([]string{dir}, names...)...) }
	reserve := at("hotline", "reserve.csv")
	c := asteriskCommand{
		File: sample.Changed(t, "/var/spool/hotline/reserve.csv", reserve),
		Into: at("etc"), Sounds: at("sounds"), Spool: at("spool"), Music: at("moh"),
	}
	write := func(text string, names ...string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(at(names...)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at(names...), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	read := func(names ...string) string {
		text, err := os.ReadFile(at(names...))
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	write("; the distribution's", "etc", "pjsip.conf")
	write("my own voice", "sounds", "ru_RU_f_Somebody", "hotline", "welcome.gsm")
	write("", "spool", "asterisk")
	for range 2 {
		if err := c.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(read("etc", "pjsip.conf"), "#tryinclude trunk.conf") || read("etc", "pjsip.conf.before-hotline") != "; the distribution's" {
			t.Error("the distribution's pjsip.conf is not moved aside")
		}
		for _, way := range []string{"74950000100", "+74950000100", "84950000100", "4950000100", "0074950000100"} {
			if !strings.Contains(read("etc", "extensions.conf"), "\nexten => "+way+",1,Goto(call,74950000100,1)\n") {
				t.Errorf("the line is not reached by %s", way)
			}
		}
		if trunk := read("etc", "trunk.conf"); !strings.Contains(trunk, "[trunk]") {
			t.Errorf("the trunk is %q", trunk)
		}
		if read("sounds", "ru", "hotline", "welcome.gsm") != "my own voice" {
			t.Error("a recording of the operator's is lost")
		}
		if _, err := os.Stat(at("sounds", "ru", "hotline", "welcome.wav")); err == nil {
			t.Error("a prompt that has a recording is spoken again")
		}
		for _, name := range []string{"ru/hotline/goodbye.wav", "ru/hotline/reserve.wav", "en/hotline/welcome.wav"} {
			if len(read("sounds", name)) < 1000 {
				t.Errorf("%s is not spoken", name)
			}
		}
		for _, language := range []string{"ru", "en"} {
			for _, name := range []string{"silence16.sln16", "silence8.sln"} {
				if sound := read("sounds", language, "hotline", name); sound == "" || strings.Trim(sound, "\x00") != "" {
					t.Errorf("%s/%s is no silence", language, name)
				}
			}
		}
		if info, err := os.Stat(filepath.Dir(reserve)); err != nil || info.Mode() != os.ModeDir|os.ModeSetgid|0o770 {
			t.Errorf("the reserve's folder: %v, %v", info, err)
		}
		if !strings.Contains(read("etc", "ari.conf"), "swordfish-ari-9c2f71") {
			t.Error("ari.conf is not this command's")
		}
		write("[trunk]\n; mine", "etc", "trunk.conf")
		write(writtenBy+"elsewhere\nold", "etc", "ari.conf") // this command's own, from another time
	}
	if read("etc", "trunk.conf") != "[trunk]\n; mine" {
		t.Error("the operator's trunk is lost")
	}
}

func TestAnAsteriskElsewhereIsNotSetUpHere(t *testing.T) {
	sample.SetSecrets(t)
	c := asteriskCommand{File: sample.Changed(t, "sip: 127.0.0.1:5060", "sip: pbx.example:5060"), Into: t.TempDir()}
	if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), `asterisk.sip: "pbx.example" is no IPv4 address of this machine`) {
		t.Errorf("told is: %v", err)
	}
}
