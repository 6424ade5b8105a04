package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config/sample"

	"hotline/deploy/private"
	"hotline/ivr/flow"
)

// TestCommandLine runs the program itself, as an operator does: what it says, where, and how it exits.
func TestCommandLine(t *testing.T) {
	sample.SetSecrets(t)
	hotline := program{filepath.Join(t.TempDir(), "hotline")}
	if out, err := exec.Command("go", "build", "-o", hotline.binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for _, c := range []struct {
		name string
		test func(*testing.T, program)
	}{
		{"CheckOfASoundFileSaysSo", checkSound},
		{"CheckWarnsOfWhatMayBeMeantSo", checkDoubtful},
		{"ATZThatNamesNoZoneIsRefused", aMistypedTZ},
		{"CheckTellsAllMistakesOneALine", checkWrong},
		{"DoctorTellsWhatIsIllAndWhatToDo", doctorIll},
		{"MigrateNamesAddressAndCauseOfARefusedDatabase", migrateRefused},
		{"ServeNamesThePortThatIsInUse", servePortInUse},
		{"ServeNamesTheSpoolThatCannotBe", serveSpool},
		{"ServeOfAWrongFileStartsNothing", serveWrong},
		{"CallNamesWhatIsWrongWithItsArguments", callWrong},
		{"CallTellsOfAPhoneThatRefuses", callRefused},
		{"CallRingsAndSavesWhatItHears", callSaves},
		{"UnknownCommandsAndFlagsAreNamed", unknown},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, hotline) })
	}
}

type program struct{ binary string }

// run is the program with arguments, to its end.
func (p program) run(t *testing.T, args ...string) (out, errs string, exit int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.binary, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exited *exec.ExitError
	if err != nil && !errors.As(err, &exited) {
		t.Fatal(err)
	}
	if ctx.Err() != nil {
		t.Fatalf("hotline %s goes on and on:\n%s%s", strings.Join(args, " "), &stdout, &stderr)
	}
	sample.KeepsSecrets(t, stdout.String()+stderr.String())
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// fails is run where it must exit with 1 and say exactly this on stderr.
func (p program) fails(t *testing.T, want string, args ...string) {
	t.Helper()
	out, errs, exit := p.run(t, args...)
	if exit != 1 || out != "" || errs != want {
		t.Errorf("hotline %s exits with %d and says\n%s%s\nnot\n%s", strings.Join(args, " "), exit, out, errs, want)
	}
}

func checkSound(t *testing.T, hotline program) {
	file := sample.Changed(t)
	out, errs, exit := hotline.run(t, "check", file)
	sound, clock, _ := strings.Cut(out, "\n")
	if want := file + " is sound: +74950000100, 3 queues, 2 people, 11 nodes"; sound != want || errs != "" || exit != 0 {
		t.Errorf("it exits with %d and says\n%s%s", exit, out, errs)
	}
	if !regexp.MustCompile(`^it is \d\d:\d\d by this machine's clock \(.+\), for line\.timezone is not set\n$`).MatchString(clock) {
		t.Errorf("of the clock it says %q", clock)
	}
	out, _, _ = hotline.run(t, "check", sample.Changed(t, "# timezone: Europe/Moscow", "timezone: Pacific/Kiritimati"))
	if _, clock, _ = strings.Cut(out, "\n"); !regexp.MustCompile(`^it is \d\d:\d\d in Pacific/Kiritimati, the line's timezone\n$`).MatchString(clock) {
		t.Errorf("of the clock it says %q", clock)
	}
}

// aMistypedTZ is the machine's clock: the service would work by another without a word.
func aMistypedTZ(t *testing.T, hotline program) {
	t.Setenv("TZ", "Europe/Moskow")
	file := sample.Changed(t)
	for _, command := range []string{"check", "serve", "doctor"} {
		hotline.fails(t, "hotline: "+file+`: the environment variable TZ is "Europe/Moskow", which is not the name of a time zone, such as Europe/Moscow: this machine's clock would be taken for UTC`+"\n", command, file)
	}
}

func checkDoubtful(t *testing.T, hotline program) {
	file := sample.Changed(t, "{after: 15m, to: {callback: true}}", "{after: 30s, to: {message: goodbye}}")
	out, errs, exit := hotline.run(t, "check", file)
	want := "hotline: " + sample.Where(t, file, "60s, lower") + ": warning: queues.2.relax.0.after: is 1m0s, and overflow rule 1 lets callers leave after 30s: "
	if !strings.HasPrefix(errs, want) || strings.Count(errs, "\n") != 1 || !strings.HasPrefix(out, file+" is sound: ") || exit != 0 {
		t.Errorf("it exits with %d and says\n%s%s", exit, out, errs)
	}
}

func checkWrong(t *testing.T, hotline program) {
	file := sample.Changed(t, "region: RU", "region: Russia", "wrap_up: 30s", "wrap_up: 30", "role: supervisor", "role: boss", "next: typed}", "next: typo}")
	hotline.fails(t, strings.Join([]string{
		"hotline: " + sample.Where(t, file, "Russia") + `: line.region: "Russia" is not a country's two letters, such as RU`,
		"hotline: " + sample.Where(t, file, "30  ") + `: queues.0.wrap_up: "30" is no time; write it with its unit, such as 15s or 1m30s`,
		"hotline: " + sample.Where(t, file, "boss") + `: people.1.role: "boss" is none of agent, department, supervisor, administrator`,
		"hotline: " + sample.Where(t, file, "typo") + `: flow.nodes.main.menu.choices.9.next: leads to node "typo", which does not exist`,
	}, "\n")+"\n", "check", file)
	hotline.fails(t, "hotline: /no/such/file: cannot be read: no such file or directory\n", "check", "/no/such/file")
}

// nowhere is the example with addresses at which nothing listens.
func nowhere(t *testing.T) (file, address string) {
	t.Helper()
	address = refusing(t)
	t.Setenv("HOTLINE_DATABASE_URL", "postgres://hotline:swordfish@"+address+"/hotline")
	return sample.Changed(t,
		"http://127.0.0.1:8088/ari", "http://"+address+"/ari",
		"sip: 127.0.0.1:5060", "sip: "+address,
		"listen: 127.0.0.1:8080", "listen: 127.0.0.1:0",
		"/var/lib/hotline/spool", filepath.Join(t.TempDir(), "spool"),
	), address
}

func doctorIll(t *testing.T, hotline program) {
	file, address := nowhere(t)
	out, errs, exit := hotline.run(t, "doctor", file)
	if exit != 1 || errs != "hotline: 6 of the above need attention\n" {
		t.Errorf("it exits with %d: %s", exit, errs)
	}
	for _, want := range []string{
		"FAIL  database: ", "FAIL  clock: ", "FAIL  ARI at http://" + address + "/ari: ", "FAIL  sounds: ", "FAIL  outbound PJSIP/%s@trunk: ", "FAIL  SIP at " + address + ": ",
		"connection refused\n      Is PostgreSQL running", "connection refused\n      Is Asterisk running", "\nok    port 127.0.0.1:0\n", "\nok    spool ",
		", for line.timezone is not set\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}

func migrateRefused(t *testing.T, hotline program) {
	file, address := nowhere(t)
	_, errs, exit := hotline.run(t, "migrate", file)
	if exit != 1 || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, address) || !strings.Contains(errs, "connection refused") {
		t.Errorf("it exits with %d: %s", exit, errs)
	}
}

func servePortInUse(t *testing.T, hotline program) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file := sample.Changed(t, "listen: 127.0.0.1:8080", "listen: "+l.Addr().String(), "/var/lib/hotline/spool", t.TempDir())
	_, errs, exit := hotline.run(t, "serve", file)
	want := regexp.MustCompile(`(^|\n)hotline: listen on ` + regexp.QuoteMeta(l.Addr().String()) + `: (bind: )?address already in use\n$`)
	if exit != 1 || !want.MatchString(errs) {
		t.Errorf("it exits with %d: %s", exit, errs)
	}
}

func serveSpool(t *testing.T, hotline program) {
	inTheWay := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(inTheWay, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(inTheWay, "spool")
	_, errs, exit := hotline.run(t, "serve", sample.Changed(t, "listen: 127.0.0.1:8080", "listen: 127.0.0.1:0", "/var/lib/hotline/spool", dir))
	if exit != 1 || !strings.HasPrefix(errs, "hotline: spool "+dir+": ") || !strings.HasSuffix(errs, "not a directory\n") {
		t.Errorf("it exits with %d: %s", exit, errs)
	}
}

func serveWrong(t *testing.T, hotline program) {
	file := sample.Changed(t, "role: supervisor", "role: boss")
	hotline.fails(t, "hotline: "+sample.Where(t, file, "boss")+": people.1.role: \"boss\" is none of agent, department, supervisor, administrator\n", "serve", file)
}

func callWrong(t *testing.T, hotline program) {
	for to, want := range map[string]string{
		"+74950000100":                           `"+74950000100" is no SIP address: sip:NUMBER@HOST:PORT`,
		"tel:+74950000100":                       `"tel:+74950000100" is no SIP address: sip:NUMBER@HOST:PORT`,
		"sip:127.0.0.1:5060":                     `"sip:127.0.0.1:5060" is no SIP address: sip:NUMBER@HOST:PORT`,
		"sip:100@127.0.0.1:5060;transport=tcp":   `"sip:100@127.0.0.1:5060;transport=tcp" is no SIP address: sip:NUMBER@HOST:PORT`,
		"sip:100@127.0.0.1:5060?Subject=nothing": `"sip:100@127.0.0.1:5060?Subject=nothing" is no SIP address: sip:NUMBER@HOST:PORT`,
	} {
		hotline.fails(t, "hotline: "+want+"\n", "call", to)
	}
	hotline.fails(t, "hotline: --digits: \"x\" is no key of a telephone, nor a comma\n", "call", "sip:100@127.0.0.1:5060", "--digits", ",,1x3#")
}

func callRefused(t *testing.T, hotline program) {
	to := "sip:+74950000100@" + refusing(t)
	hotline.fails(t, "hotline: call "+to+": connection refused: nothing listens there\n", "call", to)
}

// Without a Hotline the dialplan answers by itself, and says that nobody is there.
func callSaves(t *testing.T, hotline program) {
	prompts, err := flow.Prompts()
	if err != nil {
		t.Fatal(err)
	}
	a, err := private.StartAsterisk(t.Context(), private.AsteriskOptions{Number: "+74950000100", Prompts: prompts, MediaPorts: 1000, Patience: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := a.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	wav := filepath.Join(t.TempDir(), "heard.wav")
	out, errs, exit := hotline.run(t, "call", "sip:+74950000100@"+a.SIPAddr, "--for", "2s", "--save", wav, "--digits", "1,2")
	said := regexp.MustCompile(`^answered after [0-9.m]+s\n[0-9.]+s on the line, [1-9][0-9]* packets of sound heard\n$`)
	if exit != 0 || !said.MatchString(out) {
		t.Errorf("it exits with %d and says\n%s%s", exit, out, errs)
	}
	if info, err := os.Stat(wav); err != nil || info.Size() < 16_000 { // a second of it
		t.Errorf("saved: %v, %v", info, err)
	}
}

func unknown(t *testing.T, hotline program) {
	for _, args := range [][]string{{"serv"}, {"serve"}, {"check", "--fast", "x"}, {"demo", "--rate", "many"}, {}} {
		out, errs, exit := hotline.run(t, args...)
		if exit == 0 || !strings.Contains(errs, "hotline: error: ") {
			t.Errorf("hotline %s exits with %d and says\n%s%s", strings.Join(args, " "), exit, out, errs)
		}
	}
}

// refusing is an address of this machine at which nothing listens.
func refusing(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
